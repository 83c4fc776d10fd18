/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Takes over a processor that the boot loader may have left running: adopts it if it runs, boots it
 * if not, and leaves it running at the end. Nothing that runs is disturbed by that.
 *
 * Usage: attach PERIPHERAL [BACKEND-URI [FIRMWARE-PATH]]
 *   attach adsp
 *   attach adsp tzsim:dtb=lemans-evk-el2.dtb,profile=running.txt /lib/firmware
 * where running.txt says "running 1": the boot loader of the simulated machine has started PAS id 1.
 */
#include <stdio.h>

#include <qpas/qpas.h>
#include <qpas/tzsim.h>

static int attach_or_boot(struct qpas_context *core, const char *name, struct qpas_error *err)
{
	int code = qpas_attach(core, err);

	if (!code) {
		printf("%s: it ran already, adopted\n", name);
		return 0;
	}
	/* NOTFOUND: it does not run. UNSUPP: nobody can tell, and a boot is refused if it does. */
	if (code != QPAS_ERR_NOTFOUND && code != QPAS_ERR_UNSUPP)
		return code;
	printf("%s: it did not run\n", name);
	code = qpas_boot(core, NULL, NULL, err);
	if (!code)
		printf("%s: booted\n", name);
	return code;
}

static int run(struct qpas_backend *tz, const char *name, struct qpas_error *err)
{
	struct qpas_context_params how = QPAS_CONTEXT_PARAMS_INIT;
	struct qpas_context *core = NULL;
	int code;

	/* Without this flag the close below would shut it down. */
	how.flags = QPAS_CONTEXT_KEEP_RUNNING;
	code = qpas_context_open(tz, name, &how, &core, err);
	if (!code)
		code = attach_or_boot(core, name, err);
	if (qpas_context_close(core) != QPAS_OK && !code)
		code = QPAS_ERR_UNKNOWN;
	if (!code)
		printf("%s: left running\n", name);
	return code;
}

int main(int argc, char **argv)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_backend *tz = NULL;
	int code;

	if (argc < 2) {
		fprintf(stderr, "usage: %s PERIPHERAL [BACKEND-URI [FIRMWARE-PATH]]\n", argv[0]);
		return 2;
	}
	params.firmware_path = argc > 3 ? argv[3] : NULL;

	/* Makes "tzsim:" known; a product leaves this out. */
	code = qpas_tzsim_register(&err);
	if (!code)
		code = qpas_backend_open(argc > 2 ? argv[2] : NULL, &params, &tz, &err);
	if (!code)
		code = run(tz, argv[1], &err);
	if (code)
		fprintf(stderr, "%s: %s (%s)\n", argv[1], qpas_error_text(&err),
			qpas_err_name(code));
	qpas_backend_unref(tz);
	return code ? 1 : 0;
}
