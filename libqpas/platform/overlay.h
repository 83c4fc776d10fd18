/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Overlays: what must hold before libfdt may apply one. Its code (1.6.1) trusts offsets and
 * strings inside overlays more than a hostile file allows.
 */
#ifndef QPASI_PLATFORM_OVERLAY_H
#define QPASI_PLATFORM_OVERLAY_H

#include <stdint.h>

#include "base/fault.h"

/* Applying takes time in proportion to size times references, so both are bounded. */
#define QPASI_OVERLAY_BYTES	 (256u * 1024u)
#define QPASI_OVERLAY_REFERENCES 2048u

/* Both trees have passed qpasi_tree_check(); both are unusable after a failure. */
int qpasi_overlay_apply(void *base, void *overlay, uint32_t index, struct qpasi_fault *fault);

/* The error for a code of libfdt; `index` counts overlays from 1. */
int qpasi_overlay_refuse(struct qpasi_fault *fault, uint32_t index, int fdt_error);

#endif
