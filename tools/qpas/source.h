/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From words of the command line to objects of the library: images, device trees, firmware names.
 * Nothing is printed here; errors go to the caller's struct qpas_error.
 */
#ifndef QPAS_TOOL_SOURCE_H
#define QPAS_TOOL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include <qpas/qpas.h>

#include "cli.h"

/* The kernel's own list (drivers/base/firmware_loader/main.c). */
#define SOURCE_FIRMWARE_PATH "/lib/firmware/updates:/lib/firmware"

/*
 * Opens the image at a path. Symbolic links of the path itself are followed, since the user named
 * it; what the library forbids below its folder stays forbidden. Where the file is missing, its
 * compressed form (.zst, .xz) is opened. Returns an exit code.
 */
int source_image(const char *path, const struct qpas_params *params, struct qpas_image **image,
		 struct qpas_error *err);

/* Opens firmware `name` in the first folder of `path` that has it. Returns an exit code. */
int source_firmware(const char *name, const char *path, const struct qpas_params *params,
		    struct qpas_image **image, struct qpas_error *err);

/*
 * Opens a device tree with the overlays of --overlay; the running system's without `dtb`.
 * Returns an exit code; *subject is what the error is about.
 */
int source_platform(const struct cli_arguments *args, const char *dtb,
		    const struct qpas_params *params, struct qpas_platform **platform,
		    struct qpas_error *err);

/* What to call the tree in messages. */
const char *source_platform_name(const char *dtb);

/* Reads a whole file of at most `limit` bytes; *bytes is malloc()ed. Returns an exit code. */
int source_file(const char *path, size_t limit, struct qpas_slice *bytes, struct qpas_error *err);
/* Whether two paths name one file; false if either does not exist. NULL is allowed. */
bool source_same_file(const char *a, const char *b);
/* Whether a path is a name for a part of a split image: NAME.bNN. */
bool source_is_part(const char *path);
/* Overwrites and frees what source_file() read; an empty slice is left behind. */
void source_wipe(struct qpas_slice *bytes);

#endif
