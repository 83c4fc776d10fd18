/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Error classes and the object that carries an error's detail.
 * What each message means and what to do about it: docs/errors.md.
 *
 *     struct qpas_error err = QPAS_ERROR_INIT;
 *
 *     if (qpas_boot(context, NULL, NULL, &err))
 *             fprintf(stderr, "%s (%s in %s)\n", qpas_error_text(&err), qpas_err_name(err.code),
 *                     qpas_stage_name(err.stage));
 */
#ifndef QPAS_ERROR_H
#define QPAS_ERROR_H

#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Class of an error: the negative value that functions return. 0 is success; a positive return is a
 * count, and only where a function says so. Values are never renumbered or used again. @since 0.1
 */
enum qpas_err {
	/** No error. */
	QPAS_OK = 0,

	/** A call that no state could make right: NULL object, unknown flag, bad URI. */
	QPAS_ERR_ARG = -101,
	/** Not allowed in this state of the object; nothing was done. */
	QPAS_ERR_STATE = -102,
	/** Somebody else holds it, or it stayed busy through all retries. */
	QPAS_ERR_BUSY = -103,
	/** The deadline passed; see the object's state for what is known. */
	QPAS_ERR_TIMEOUT = -104,
	/** Another thread cancelled the call. */
	QPAS_ERR_CANCELED = -105,
	/** The outcome is not known: memory may still belong to the trusted world. */
	QPAS_ERR_UNKNOWN = -106,

	/** Memory ran out. */
	QPAS_ERR_NOMEM = -201,
	/** Larger than a limit of struct qpas_limits, or than a fixed one that the text names. */
	QPAS_ERR_LIMIT = -202,
	/** The caller's buffer is too short; the needed size was reported, nothing was written. */
	QPAS_ERR_SPACE = -203,

	/** A system call failed; `os_errno` has its reason. */
	QPAS_ERR_IO = -301,
	/** No such file, node, peripheral, entry. */
	QPAS_ERR_NOTFOUND = -302,
	/** The input changed while it was being read. */
	QPAS_ERR_CHANGED = -303,
	/** Forbidden by a rule of this library, such as a firmware name that leaves its folder. */
	QPAS_ERR_POLICY = -304,

	/** The input breaks the rules of its format. */
	QPAS_ERR_FORMAT = -401,
	/** The input ends too early. */
	QPAS_ERR_TRUNC = -402,
	/** A value lies outside what contains it. */
	QPAS_ERR_RANGE = -403,
	/** A sum of values of the input wraps. */
	QPAS_ERR_OVERFLOW = -404,
	/** Two ranges that must be apart overlap. */
	QPAS_ERR_OVERLAP = -405,
	/** Well-formed, but of a kind that is not handled here. */
	QPAS_ERR_UNSUPP = -406,

	/** Contents differ from their digest. */
	QPAS_ERR_MISMATCH = -501,
	/** A cryptographic operation failed, or its input is not usable. */
	QPAS_ERR_CRYPTO = -502,

	/** A backend broke its contract. */
	QPAS_ERR_BACKEND = -601,
	/** The trusted world refused a call; `tz_status` has its word. */
	QPAS_ERR_TZ = -602,
	/** The trusted world refused the image. */
	QPAS_ERR_AUTH = -603,

	/** A size-first structure or a backend table does not fit this library. */
	QPAS_ERR_ABI = -701
};

/** Which part of the work failed: `stage` of struct qpas_error. Values are stable. @since 0.1 */
enum qpas_stage {
	/** Not part of a sequence. */
	QPAS_STAGE_NONE = 0,
	/** Opening a file, device or backend. */
	QPAS_STAGE_OPEN = 1,
	/** Reading a file. */
	QPAS_STAGE_READ = 2,
	/** Decoding ELF headers. */
	QPAS_STAGE_HEADERS = 3,
	/** Deciding where segments go. */
	QPAS_STAGE_PLAN = 4,
	/** Decoding the hash segment. */
	QPAS_STAGE_HASH_SEGMENT = 5,
	/** Comparing digests. */
	QPAS_STAGE_DIGEST = 6,
	/** Checking signatures and certificates. */
	QPAS_STAGE_SIGNATURE = 7,
	/** Reading a device tree. */
	QPAS_STAGE_PLATFORM = 8,
	/** Fetching or reading a resource table. */
	QPAS_STAGE_RSC_TABLE = 9,
	/** Preparing the metadata buffer, its bridge included. */
	QPAS_STAGE_METADATA = 10,
	/** PAS INIT_IMAGE. */
	QPAS_STAGE_INIT_IMAGE = 11,
	/** PAS MEM_SETUP. */
	QPAS_STAGE_MEM_SETUP = 12,
	/** Writing segments into the carveout. */
	QPAS_STAGE_LOAD = 13,
	/** Mapping for the peripheral's IOMMU. */
	QPAS_STAGE_IOMMU = 14,
	/** SHM bridge over the carveout. */
	QPAS_STAGE_BRIDGE = 15,
	/** PAS AUTH_AND_RESET. */
	QPAS_STAGE_AUTH_RESET = 16,
	/** Waiting for the remote processor to say ready. */
	QPAS_STAGE_READY = 17,
	/** PAS SHUTDOWN. */
	QPAS_STAGE_SHUTDOWN = 18,
	/** Giving resources back. */
	QPAS_STAGE_RELEASE = 19,
	/** Asking whether the trusted world knows the peripheral. */
	QPAS_STAGE_SUPPORTED = 20,
	/** Attaching to a running processor. */
	QPAS_STAGE_ATTACH = 21,
	/** Lending memory to another VM, or taking it back: MP_ASSIGN. */
	QPAS_STAGE_ASSIGN = 22,
	/** Protecting the ranges of a video core: MP_VIDEO_VAR. */
	QPAS_STAGE_PROTECT = 23
};

/**
 * Detail of an error. The caller owns it, initialises it with QPAS_ERROR_INIT and may pass NULL
 * instead. It is written only when a call fails; one object can be used for any number of calls.
 * On success its `code` is set to 0 and the rest is left as it was. @since 0.1
 */
struct qpas_error {
	/** sizeof(struct qpas_error) */
	uint32_t size;
	/** The returned enum qpas_err. */
	int32_t code;
	/** Number of the message in docs/errors.md; stable, 0 when there is no error. */
	uint32_t message_id;
	/** enum qpas_stage. */
	uint32_t stage;
	/** errno of the system call that failed, or 0. */
	int32_t os_errno;
	/** Program header index, or QPAS_NO_SEGMENT. */
	uint32_t segment;
	/** Byte offset in the input where the trouble is; 0 if the message has none. */
	uint64_t offset;
	/** x0 of the trusted world's reply, sign-extended; 0 if there was none. */
	int64_t tz_status;
	/** x1 to x3 of that reply. */
	uint64_t tz_result[3];
	/** One sentence on what is wrong and one on what to do, always NUL-terminated. */
	char text[256];
};

/** Initialiser. @since 0.1 */
#define QPAS_ERROR_INIT                                                                            \
	{                                                                                          \
		(uint32_t)sizeof(struct qpas_error), 0, 0, 0, 0, QPAS_NO_SEGMENT, 0, 0, {0, 0, 0}, \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}

/**
 * The name of an error class, for instance "QPAS_ERR_RANGE".
 *
 * Total: a number that is no class gives "QPAS_ERR_?".
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_err_name(int code);

/**
 * What an error class means, in a few words of plain English.
 *
 * Total: a number that is no class gives "unknown error".
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_err_text(int code);

/**
 * The name of a stage, for instance "auth_reset". Total: "?" for a number that is none.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_stage_name(uint32_t stage);

/**
 * The sentences of an error, fit to be shown: `text` if it has some, else the class's meaning.
 * NULL gives "no error detail".
 *
 * Ownership: valid as long as `err`, or static.
 * Threads: as `err`.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_error_text(const struct qpas_error *err);

/**
 * The sentence pattern that a message number stands for, as docs/errors.md lists it; "" for a
 * number that is none.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_message_text(uint32_t message_id);

#ifdef __cplusplus
}
#endif

#endif
