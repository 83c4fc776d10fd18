/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Version of the library: what a program was compiled with and what it runs with.
 * Nothing else belongs here.
 */
#ifndef QPAS_VERSION_H
#define QPAS_VERSION_H

#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version that this header belongs to. Major, minor and patch, each 0 to 255. @since 0.1 */
#define QPAS_VERSION_MAJOR 0
#define QPAS_VERSION_MINOR 1
#define QPAS_VERSION_PATCH 0

/** One comparable number: major << 16 | minor << 8 | patch. @since 0.1 */
#define QPAS_VERSION_NUMBER \
	((QPAS_VERSION_MAJOR << 16) | (QPAS_VERSION_MINOR << 8) | QPAS_VERSION_PATCH)

/**
 * Version number of the library that is loaded, in the form of QPAS_VERSION_NUMBER.
 *
 * It may be newer than QPAS_VERSION_NUMBER of the program's build; it is never older when the
 * dynamic linker accepted the library, since each release adds a symbol node of its own.
 *
 * Ownership: none.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT uint32_t qpas_version_number(void);

/**
 * Version of the loaded library as text, for instance "0.1.0".
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_version_text(void);

#ifdef __cplusplus
}
#endif

#endif
