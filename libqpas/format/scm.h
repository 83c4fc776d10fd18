/* SPDX-License-Identifier: BSD-3-Clause */
/* Secure monitor calls, the freestanding half of qpas/scm.h. */
#ifndef QPASI_FORMAT_SCM_H
#define QPASI_FORMAT_SCM_H

#include <qpas/scm.h>

#include "base/fault.h"

int qpasi_scm_encode(const struct qpas_scm_call *call, uint64_t regs[8], void *page,
		     size_t page_capacity, struct qpasi_fault *fault);
int qpasi_scm_decode(const uint64_t regs[8], struct qpas_slice page, struct qpas_scm_call *call,
		     struct qpasi_fault *fault);

/* Owner in function ids, and in the word that IS_CALL_AVAIL asks about (owner | function). */
#define QPASI_SCM_OWNER_SIP UINT32_C(0x02000000)

/* x0 of replies that are no final answer (drivers/firmware/qcom/qcom_scm-smc.c). */
#define QPASI_SCM_INTERRUPTED	1
#define QPASI_SCM_WAITQ_SLEEP	2
#define QPASI_SCM_EBUSY		(-12)
#define QPASI_SCM_BUSY_RETRIES	21u
#define QPASI_SCM_BUSY_DELAY_NS INT64_C(30000000)
/* result[1] of GET_RSCTABLE, together with x0 != 0: the buffer is too small. */
#define QPASI_SCM_RSCTABLE_SHORT 20u
/* Status of BRIDGE_CREATE over memory that already lies in a bridge. */
#define QPASI_SCM_BRIDGE_TAKEN 15

#endif
