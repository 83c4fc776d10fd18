/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A video HAL's view of libqpas: start the video core, work, stop it. PAS id, carveout, streams and
 * firmware come from the device tree.
 *
 * Usage: QPAS_BACKEND=tzsim:el=1,dtb=FILE QPAS_FIRMWARE_PATH=DIR video-hal
 *        Else "kernel:", which cannot start video; a product has its own backend (docs/backends.md).
 */
#include <stdio.h>

#include <qpas/qpas.h>
#include <qpas/tzsim.h>

static void work(void)
{
	puts("video: the core runs; frames would be decoded here");
}

int main(void)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_backend *tz = NULL;
	struct qpas_context *video = NULL;
	int failed;

	/* Only for trying it without hardware: a product leaves these two lines out. */
	params.flags = QPAS_PARAMS_ENVIRONMENT;
	failed = qpas_tzsim_register(&err);

	if (!failed)
		failed = qpas_backend_open(NULL, &params, &tz, &err) ||
			 qpas_context_open(tz, "video", NULL, &video, &err) ||
			 qpas_boot(video, NULL, NULL, &err);
	if (failed)
		fprintf(stderr, "video: %s\n", qpas_error_text(&err));
	else
		work();

	/* Shuts down what runs; both accept NULL. */
	if (qpas_context_close(video) != QPAS_OK) {
		fputs("video: the trusted world may still hold the memory\n", stderr);
		failed = 1;
	}
	qpas_backend_unref(tz);
	return failed ? 1 : 0;
}
