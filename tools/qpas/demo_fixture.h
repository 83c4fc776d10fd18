/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The small image and device tree of `qpas demo`. Both are made during the build by
 * fixture/make_demo_fixture.c; nothing of them stands in the repository.
 */
#ifndef QPAS_TOOL_DEMO_FIXTURE_H
#define QPAS_TOOL_DEMO_FIXTURE_H

#include <stddef.h>

extern const unsigned char demo_image[];
extern const size_t demo_image_size;
extern const unsigned char demo_tree[];
extern const size_t demo_tree_size;

#endif
