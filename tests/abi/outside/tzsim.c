/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program of somebody else that asks for the TrustZone simulator by name.
 */
#include <qpas/qpas.h>
#include <qpas/tzsim.h>

#include <stdio.h>

int main(void)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	int code = qpas_tzsim_register(&err);

	printf("%s\n", code ? qpas_error_text(&err) : "registered");
	return code ? 1 : 0;
}
