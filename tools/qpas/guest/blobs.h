/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that are part of the program: made into arrays by cmake/QpasEmbed.cmake. */
#ifndef QPAS_TOOL_GUEST_BLOBS_H
#define QPAS_TOOL_GUEST_BLOBS_H

#include <stddef.h>

extern const unsigned char guest_relay[];
extern const size_t guest_relay_size;
extern const unsigned char guest_hypervisor[];
extern const size_t guest_hypervisor_size;
extern const unsigned char guest_init[];
extern const size_t guest_init_size;

#endif
