/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The small image and device tree of `qpas demo`. The tree and an ELF file are made during the build
 * by fixture/make_demo_fixture.c, so nothing of them stands in the repository; the file becomes a
 * signed image when the demo starts, so that no two builds differ in keys.
 */
#ifndef QPAS_TOOL_DEMO_FIXTURE_H
#define QPAS_TOOL_DEMO_FIXTURE_H

#include <stddef.h>

#include <qpas/qpas.h>

extern const unsigned char demo_image[];
extern const size_t demo_image_size;
extern const unsigned char demo_tree[];
extern const size_t demo_tree_size;

/* Signs the ELF file as an ADSP image by keys that end with the call, and opens it. */
int demo_image_open(struct qpas_image **image, struct qpas_error *err);

#endif
