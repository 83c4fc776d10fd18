/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How code says what went wrong: a message number of messages.def plus the facts of the case.
 * The sentence is made from the message's pattern in one place (fault.c), so that it can be read,
 * translated and listed without reading code.
 */
#ifndef QPASI_BASE_FAULT_H
#define QPASI_BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/error.h>

enum qpasi_message {
	QPASI_MSG_NONE = 0,
#define QPASI_MESSAGE(number, name, class, pattern) QPASI_MSG_##name = number,
#include "base/messages.def"
#undef QPASI_MESSAGE
};

/* The facts. Members that the pattern does not use may be left 0; segment 0 is a segment. */
struct qpasi_fault {
	uint32_t message;
	uint32_t stage;
	uint32_t segment;
	int32_t os_errno;
	uint64_t offset;
	uint64_t a;
	uint64_t b;
	int64_t tz_status;
	uint64_t tz_result[3];
	/* Only valid while the error is being made. Escaped on output. */
	const char *s;
	const char *t;
};

#define QPASI_FAULT_INIT                                                    \
	{                                                                   \
		0, 0, QPAS_NO_SEGMENT, 0, 0, 0, 0, 0, {0, 0, 0}, NULL, NULL \
	}

/* A size-first structure is never larger than this (struct qpas_params in types.h). */
#define QPASI_ABI_SIZE_MAX 4096u

/* The class (a negative enum qpas_err) that a message belongs to; BACKEND for no message. */
int qpasi_message_class(uint32_t number);

/* Fills a fault (if given) and returns the message's class. */
int qpasi_fault_set(struct qpasi_fault *fault, uint32_t message, uint32_t segment, uint64_t a,
		    uint64_t b);
int qpasi_fault_at(struct qpasi_fault *fault, uint32_t message, uint32_t segment, uint64_t offset,
		   uint64_t a, uint64_t b);

/* Makes the public object from a fault and returns the class. `err` may be NULL. */
int qpasi_fault_report(const struct qpasi_fault *fault, uint32_t stage, struct qpas_error *err);

/* The short forms of the above for code that has no fault at hand. */
int qpasi_error_set(struct qpas_error *err, uint32_t message, uint32_t stage, const char *s);
int qpasi_error_numbers(struct qpas_error *err, uint32_t message, uint32_t stage, uint64_t a,
			uint64_t b);

/* Entry of a public call: checks the size of the caller's object and clears its code. */
int qpasi_error_begin(struct qpas_error *err);

/*
 * The size-first rule: `size` is the caller's, `v1` the size in the first release, `known` the size
 * here. Returns 0, or ABI with the error made.
 */
int qpasi_abi_check(const void *object, size_t v1, size_t known, struct qpas_error *err);

/* Writes a pattern with a fault's facts into a buffer, always terminated. Returns its length. */
size_t qpasi_fault_text(const struct qpasi_fault *fault, char *to, size_t capacity);

#endif
