/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Starts a DSP, shows each step of the boot, waits for Enter and stops it.
 *
 * Usage: dsp-boot PERIPHERAL [BACKEND-URI [FIRMWARE-PATH]]
 *   dsp-boot adsp
 *   dsp-boot adsp tzsim:dtb=lemans-evk-el2.dtb /lib/firmware
 */
#include <inttypes.h>
#include <stdio.h>

#include <qpas/qpas.h>
#include <qpas/tzsim.h>

/* Called by qpas_boot() when a step is over, also for those that undo others after a failure. */
static void show_step(void *user, const struct qpas_boot_step *step)
{
	(void)user;
	printf("  %-4s %8.2f ms  %-16s %s\n",
	       step->code ? "FAIL" :
	       step->undo ? "undo" :
			    "ok",
	       (double)step->duration / 1e6, step->name, step->detail ? step->detail : "");
}

static int show_state(const struct qpas_context *dsp, struct qpas_error *err)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;
	int code = qpas_context_describe(dsp, &info, err);

	if (!code)
		printf("%s: PAS id %" PRIu32 ", carveout %#" PRIx64 " + %#" PRIx64 ", %s\n",
		       info.name, info.pas_id, info.carveout_address, info.carveout_size,
		       qpas_state_name(info.state));
	return code;
}

static int run(struct qpas_backend *tz, const char *name, struct qpas_error *err)
{
	struct qpas_boot_params boot = QPAS_BOOT_PARAMS_INIT;
	struct qpas_context *dsp = NULL;
	int code = qpas_context_open(tz, name, NULL, &dsp, err);

	boot.step = show_step;
	if (!code)
		code = qpas_boot(dsp, NULL, &boot, err);
	if (!code)
		code = show_state(dsp, err);
	if (!code) {
		puts("Enter stops it.");
		(void)getchar();
		code = qpas_shutdown(dsp, err);
	}
	if (!code)
		code = show_state(dsp, err);
	if (qpas_context_close(dsp) != QPAS_OK && !code)
		code = QPAS_ERR_UNKNOWN;
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

	/* Makes "tzsim:" known; without this line the program has no simulator in it. */
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
