/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas/scm.h: argument checks and error objects around the pure encoder and decoder. */
#include <qpas/scm.h>

#include "base/params.h"
#include "format/scm.h"

static int null_argument(struct qpas_error *err, const char *name)
{
	return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, name);
}

int qpas_scm_encode(const struct qpas_scm_call *call, uint64_t regs[8], void *page,
		    size_t page_capacity, struct qpas_error *err)
{
	struct qpas_scm_call copy = QPAS_SCM_CALL_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int rc = qpasi_error_begin(err);

	if (rc)
		return rc;
	if (!call || !regs)
		return null_argument(err, call ? "regs" : "call");
	rc = qpasi_abi_copy(&copy, call, sizeof(copy), sizeof(copy), err);
	if (rc)
		return rc;
	rc = qpasi_scm_encode(&copy, regs, page, page_capacity, &fault);
	return rc ? qpasi_fault_report(&fault, QPAS_STAGE_NONE, err) : 0;
}

int qpas_scm_decode(const uint64_t regs[8], struct qpas_slice page, struct qpas_scm_call *call,
		    struct qpas_error *err)
{
	struct qpas_scm_call made = QPAS_SCM_CALL_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	int rc = qpasi_error_begin(err);

	if (rc)
		return rc;
	if (!regs || !call || (!page.ptr && page.len))
		return null_argument(err, !regs ? "regs" : call ? "page" : "call");
	rc = qpasi_abi_check(call, sizeof(made), sizeof(made), err);
	if (rc)
		return rc;
	rc = qpasi_scm_decode(regs, page, &made, &fault);
	if (!rc || rc == QPAS_ERR_SPACE)
		qpasi_abi_give(call, &made, sizeof(made));
	return rc ? qpasi_fault_report(&fault, QPAS_STAGE_NONE, err) : 0;
}
