/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a GPU driver leaves secure mode. Boot firmware hands the GPU over in it; the zap shader, which
 * the trusted world authenticates as PAS id 13, takes it out. Where nothing below the host guards the
 * GPU's registers, that is at EL2 without a hypervisor, the host may clear SECVID_TRUST_CNTL itself,
 * and device trees for EL2 switch the zap shader off. Whether that is so is known to the board's
 * maker, not to libqpas: a write that is guarded resets the machine.
 *
 * Usage: gpu-zap [--may-clear-secvid] [BACKEND-URI [FIRMWARE-PATH]]
 *   gpu-zap tzsim:el=1,dtb=lemans-evk.dtb /lib/firmware
 *   gpu-zap --may-clear-secvid tzsim:el=2,dtb=lemans-evk-el2.dtb /lib/firmware
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <qpas/qpas.h>
#include <qpas/tzsim.h>

/* What a driver does with its registers (drivers/gpu/drm/msm/adreno/a6xx_gpu.c). */
static void submit_secure_mode_off(void)
{
	puts("gpu: the zap shader is loaded; CP_SET_SECURE_MODE 0 would be submitted here");
}

static void clear_secvid(void)
{
	puts("gpu: no zap shader; RBBM_SECVID_TRUST_CNTL would be written with 0 here");
}

/* The tree has none, has it switched off, or the trusted world does not know it: no failure. */
static bool is_no_zap(int code)
{
	return code == QPAS_ERR_UNSUPP || code == QPAS_ERR_NOTFOUND;
}

/* The shader stays until the GPU is powered down: its context is kept, and closed then. */
static int load_zap(struct qpas_backend *tz, struct qpas_context **zap, struct qpas_error *err)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;
	int code = qpas_context_open(tz, "gpu", NULL, zap, err);

	if (code)
		return is_no_zap(code) ? QPAS_ERR_UNSUPP : code;
	/* Firmware that is missing is a failure: the GPU would stay in secure mode. */
	code = qpas_boot(*zap, NULL, NULL, err);
	if (!code)
		code = qpas_context_describe(*zap, &info, err);
	if (!code)
		printf("gpu: PAS id %" PRIu32 " %s, region %#" PRIx64 " + %#" PRIx64 "\n",
		       info.pas_id, qpas_state_name(info.state), info.carveout_address,
		       info.carveout_size);
	/* Here UNSUPP is a fault of the machine, none of a tree without a zap shader. */
	return code == QPAS_ERR_UNSUPP ? QPAS_ERR_BACKEND : code;
}

static int leave_secure_mode(struct qpas_backend *tz, bool may_clear, struct qpas_error *err)
{
	struct qpas_context *zap = NULL;
	int code = load_zap(tz, &zap, err);

	if (!code) {
		submit_secure_mode_off();
	} else if (code == QPAS_ERR_UNSUPP && may_clear) {
		clear_secvid();
		code = 0;
	}
	/* A driver does this when it lets go of the GPU. */
	if (qpas_context_close(zap) != QPAS_OK && !code)
		code = QPAS_ERR_UNKNOWN;
	return code;
}

int main(int argc, char **argv)
{
	bool may_clear = argc > 1 && !strcmp(argv[1], "--may-clear-secvid");
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_backend *tz = NULL;
	int at = may_clear ? 2 : 1;
	int code = qpas_tzsim_register(&err);

	params.firmware_path = argc > at + 1 ? argv[at + 1] : NULL;
	if (!code)
		code = qpas_backend_open(argc > at ? argv[at] : NULL, &params, &tz, &err);
	if (!code)
		code = leave_secure_mode(tz, may_clear, &err);
	if (code)
		fprintf(stderr, "gpu: %s (%s)\n", qpas_error_text(&err), qpas_err_name(code));
	qpas_backend_unref(tz);
	return code ? 1 : 0;
}
