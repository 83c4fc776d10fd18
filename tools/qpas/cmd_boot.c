/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas boot: the whole path for one peripheral, step by step, with the reason where it stops. */
#include <stdio.h>

#include "boot.h"
#include "commands.h"
#include "json.h"
#include "out.h"
#include "session.h"
#include "source.h"

/* What the JSON calls the image: the file that was given, else the platform's firmware name. */
static void name_image(struct boot *boot)
{
	if (!boot->image_name && boot->described.firmware_count)
		boot->image_name = boot->described.firmware[0];
}

/* With --json a failure prints its object, too; the sentence on standard error always comes. */
static void finish(struct boot *boot, bool json, const char *subject, int code,
		   struct qpas_error *err)
{
	if (code && err->code)
		report_error(subject, err);
	name_image(boot);
	if (json)
		js_print(boot_json(boot, err));
	else if (!code)
		printf("%s ran and was shut down.\n", boot->peripheral);
	else if (boot->opened)
		printf("%s did not start; state: %s.\n", boot->peripheral,
		       qpas_state_name(boot->info.state));
}

static int run(const struct cli_arguments *args)
{
	const char *file = args->operand_count > 1 ? args->operands[1] : NULL;
	bool json = cli_switch(args, "json");
	struct qpas_error err = QPAS_ERROR_INIT;
	struct boot boot = {
		.peripheral = args->operands[0], .image_name = file, .quiet = json, .header = true};
	const char *subject = NULL;
	struct session session;
	int code;

	boot.context_flags = cli_switch(args, "force") ? QPAS_CONTEXT_FORCE : 0;
	boot.boot_flags = cli_switch(args, "use-pas") ? QPAS_BOOT_USE_PAS : 0;
	boot.keep = cli_switch(args, "keep");
	code = session_open(&session, args, &subject, &err);
	boot.backend = session.backend;
	boot.uri = session.uri;
	if (!code && file) {
		subject = file;
		code = source_image(file, NULL, &boot.image, &err);
	}
	if (!code) {
		subject = boot.peripheral;
		code = boot_run(&boot, &err);
	}
	if (code != EXIT_USAGE || err.code)
		finish(&boot, json, subject, code, &err);
	boot_free(&boot);
	qpas_image_unref(boot.image);
	session_close(&session);
	return code;
}

static const struct cli_option options[] = {
	SESSION_OPTIONS,
	{"keep", NULL, "keep it running until Ctrl-C, then shut it down"},
	{"force", NULL, "boot it although its node is disabled"},
	{"use-pas", NULL, "start video through PAS although its tree has a video-firmware node"},
	{NULL, NULL, NULL},
};

const struct cli_command command_boot = {
	.name = "boot",
	.synopsis = "PERIPHERAL [IMAGE] [--backend URI] [--dtb DTB] [--firmware-path DIR]",
	.summary = "start a remote processor, step by step, with the reason where it stops",
	.about =
		"Looks PERIPHERAL up in the device tree (a name such as adsp, a label or a node path),\n"
		"takes IMAGE or the firmware that the tree names, and drives the whole sequence\n"
		"through the backend: resource table, metadata, memory, segments, IOMMU, bridges,\n"
		"AUTH_AND_RESET, ready. Each step is shown with its time. When one fails, all that was\n"
		"done is undone in reverse, and the reason is told. At the end the peripheral is shut\n"
		"down again; with --keep it runs until Ctrl-C.\n"
		"\n"
		"Backends are URIs, scheme:key=value,key=value:\n"
		"  kernel:                what this system's kernel offers (default)\n"
		"  tzsim:el=2,tz=strict   the TrustZone simulator: needs no hardware, keeps nothing\n"
		"                         when the command ends. Keys: el=1|2, tz=strict|lenient|old,\n"
		"                         bridge=list|self, dtb=FILE, profile=FILE,\n"
		"                         fault=NAME, explain=0|1.\n"
		"                         It says on stderr what it refuses and why; the error itself\n"
		"                         is as plain as on hardware, unless explain=1.",
	.examples =
		"  qpas boot adsp --backend tzsim: --dtb lemans-evk-el2.dtb --firmware-path firmware\n"
		"  qpas boot cdsp0 cdsp0.mbn --backend tzsim:el=1,tz=lenient --dtb board.dtb\n"
		"  qpas boot adsp --keep\n"
		"  qpas boot --json adsp --backend tzsim: --dtb board.dtb | jq '.steps[].step'",
	.codes = "  0  it ran, and was shut down\n"
		 "  1  image, device tree or peripheral are bad, or the trusted world refused\n"
		 "  2  usage\n"
		 "  3  no such backend, firmware not installed, timeout, cancelled, and the like",
	.options = options,
	.least = 1,
	.most = 2,
	.run = run,
};
