/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ELF files of the public firmware below QPAS_DATA_DIR, one after the other. Without any, the
 * test program ends and says how to get some: a check over nothing is no check.
 */
#ifndef TESTS_CORPUS_REAL_FILES_H
#define TESTS_CORPUS_REAL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A whole file in memory, only read. */
struct real_file {
	const char *path;
	const uint8_t *bytes;
	size_t size;
};

/* NAME.bNN belongs to NAME.mdt; the first one begins with the ELF header, too. */
bool real_files_is_part(const char *path);

/* Their sorted paths, those of parts too; returns how many. Called once per program, which owns them. */
size_t real_files_list(char ***paths);

/* Calls `visit` for each that is no part; returns how many there were. Called once per program. */
size_t real_files_visit(void (*visit)(const struct real_file *file, void *user), void *user);

#endif
