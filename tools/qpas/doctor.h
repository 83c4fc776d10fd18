/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of `qpas doctor`: each has a name, a result, what was found and what to do.
 */
#ifndef QPAS_TOOL_DOCTOR_H
#define QPAS_TOOL_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include <qpas/qpas.h>

#include "json.h"
#include "out.h"

enum doctor_result { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor {
	const char *root; /* put before every system path; "" for this system */
	const char *firmware_path; /* NULL: the kernel's list below root */
	const char *name; /* the peripheral that is asked about, or NULL */
	bool offline; /* a device tree was given: this system is not judged */
	struct json_object *list; /* NULL: text */
	unsigned int results[DOCTOR_FAIL + 1];
};

/* Tells the result of one check. `todo` is NULL where nothing is to be done. */
void doctor_tell(struct doctor *doctor, enum doctor_result result, const char *check,
		 const char *todo, const char *format, ...) OUT_FORMAT(5, 6);

/* A file below the root; NULL if it cannot be opened, errno says why. */
FILE *doctor_open(const struct doctor *doctor, const char *path);
bool doctor_exists(const struct doctor *doctor, const char *path);
/* The path below the root, malloc()ed. */
char *doctor_path(const struct doctor *doctor, const char *path);

/* Machine, devices, kernel: doctor_system.c. */
void doctor_check_system(struct doctor *doctor);
/* Whether a kernel driver has the node: doctor_system.c. */
void doctor_check_driver(struct doctor *doctor, const struct qpas_peripheral *peripheral);
/* Node, PAS id, carveout, EL2, firmware: doctor_peripheral.c. */
void doctor_check_peripheral(struct doctor *doctor, const struct qpas_peripheral *peripheral);

#endif
