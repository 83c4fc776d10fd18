/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program of somebody else: uses the installed headers and library, knows nothing of the tree.
 */
#include <qpas/qpas.h>

#include <stdio.h>

int main(void)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_backend *backend = NULL;
	int code = qpas_backend_open("no-such-scheme:", NULL, &backend, &err);

	printf("%s: %s: %s\n", qpas_version_text(), qpas_err_name(code), qpas_error_text(&err));
	qpas_backend_unref(backend);
	return code < 0 && qpas_version_number() == QPAS_VERSION_NUMBER ? 0 : 1;
}
