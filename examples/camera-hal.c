/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A camera HAL's view of libqpas: starts the image control processor (ICP), works, stops it.
 * No device tree of Linux 7.2 describes an ICP, so an overlay does (docs/platform.md, camera-icp.dtso
 * beside this file): PAS id, region, stream and firmware come from there.
 *
 * Usage: camera-hal TREE OVERLAY [BACKEND-URI [FIRMWARE-PATH]]
 *   dtc -@ -O dtb -o camera-icp.dtbo camera-icp.dtso
 *   camera-hal lemans-evk-el2.dtb camera-icp.dtbo tzsim: /lib/firmware
 */
#include <inttypes.h>
#include <stdio.h>

#include <qpas/qpas.h>
#include <qpas/tzsim.h>

static void work(const char *name, const struct qpas_context_info *info)
{
	printf("%s: PAS id %" PRIu32 " %s at %#" PRIx64 ", %s path; frames would be taken here\n",
	       name, info->pas_id, qpas_state_name(info->state), info->carveout_address,
	       info->el2 ? "EL2" : "EL1");
}

/* The camera of the tree: whatever its node is called, its kind is known. */
static int find_camera(struct qpas_platform *platform, struct qpas_peripheral *camera,
		       struct qpas_error *err)
{
	for (uint32_t i = 0; i < qpas_platform_count(platform); i++) {
		int code = qpas_platform_peripheral(platform, i, camera, err);

		if (code || camera->kind == QPAS_KIND_CAMERA)
			return code;
	}
	/* Nothing of that kind: the look-up by name says what there is. */
	return qpas_platform_find(platform, "camera", camera, err);
}

static int run(struct qpas_backend *tz, struct qpas_platform *platform, struct qpas_error *err)
{
	struct qpas_context_params how = QPAS_CONTEXT_PARAMS_INIT;
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;
	struct qpas_peripheral camera = QPAS_PERIPHERAL_INIT;
	struct qpas_context *icp = NULL;
	int code = find_camera(platform, &camera, err);

	how.peripheral = &camera;
	how.platform = platform;
	if (!code)
		code = qpas_context_open(tz, NULL, &how, &icp, err);
	/* An ICP has no ready signal: after this its driver talks to it over its own queues. */
	if (!code)
		code = qpas_boot(icp, NULL, NULL, err);
	if (!code)
		code = qpas_context_describe(icp, &info, err);
	if (!code)
		work(camera.name, &info);
	/* Shuts down what runs; an error here means that the memory may not be used again. */
	if (qpas_context_close(icp) != QPAS_OK && !code)
		code = QPAS_ERR_UNKNOWN;
	return code;
}

int main(int argc, char **argv)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_platform *platform = NULL;
	struct qpas_backend *tz = NULL;
	int code;

	if (argc < 3) {
		fprintf(stderr, "usage: %s TREE OVERLAY [BACKEND-URI [FIRMWARE-PATH]]\n", argv[0]);
		return 2;
	}
	/* The base tree, then overlays in their order. */
	code = qpas_platform_open_file((const char *const[]){argv[1], argv[2]}, 2, NULL, &platform,
				       &err);
	params.platform = platform;
	params.firmware_path = argc > 4 ? argv[4] : NULL;

	/* Makes "tzsim:" known; a product leaves this out. */
	if (!code)
		code = qpas_tzsim_register(&err);
	if (!code)
		code = qpas_backend_open(argc > 3 ? argv[3] : NULL, &params, &tz, &err);
	if (!code)
		code = run(tz, platform, &err);
	if (code)
		fprintf(stderr, "camera: %s (%s)\n", qpas_error_text(&err), qpas_err_name(code));
	qpas_backend_unref(tz);
	qpas_platform_unref(platform);
	return code ? 1 : 0;
}
