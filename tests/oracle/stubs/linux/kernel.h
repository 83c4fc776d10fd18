/* SPDX-License-Identifier: BSD-3-Clause */
/* Stands for a header of the kernel: everything is in user_kernel.h. */
#include "user_kernel.h"
