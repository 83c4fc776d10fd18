/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas doctor: why this system cannot boot a peripheral, check by check. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "commands.h"
#include "doctor.h"
#include "source.h"

static const char *const result_names[] = {"ok", "warn", "fail"};

static void tell_text(enum doctor_result result, const char *check, const char *what,
		      const char *todo)
{
	static const enum style styles[] = {STYLE_GOOD, STYLE_WARN, STYLE_BAD};

	printf("  %s%-4s%s  %-17s ", style_on(stdout, styles[result]), result_names[result],
	       style_off(stdout), check);
	print_safe(stdout, what);
	putchar('\n');
	if (todo)
		printf("  %24s -> %s\n", "", todo);
}

/* Text comes check by check, so that a slow one does not hide those before it. */
void doctor_tell(struct doctor *doctor, enum doctor_result result, const char *check,
		 const char *todo, const char *format, ...)
{
	struct json_object *object;
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	doctor->results[result]++;
	if (!doctor->list) {
		tell_text(result, check, what, todo);
		return;
	}
	object = js_object();
	js_put(object, "check", js_text(check));
	js_put(object, "result", js_text(result_names[result]));
	js_put(object, "text", js_text(what));
	js_put(object, "help", js_text(todo));
	js_append(doctor->list, object);
}

/* The last word: all checks may be fine and the backend still not there. */
static void check_backend(struct doctor *doctor)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_backend *backend = NULL;

	if (qpas_backend_open(NULL, NULL, &backend, &err))
		doctor_tell(doctor, DOCTOR_FAIL, "backend",
			    "Solve what is listed above, or try it with --backend tzsim:",
			    "kernel: %s", qpas_error_text(&err));
	else
		doctor_tell(doctor, DOCTOR_OK, "backend", NULL, "kernel: can be opened");
	qpas_backend_unref(backend);
}

static void check_named(struct doctor *doctor, const struct qpas_platform *platform)
{
	struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;

	if (qpas_platform_find(platform, doctor->name, &peripheral, &err))
		doctor_tell(doctor, DOCTOR_FAIL, "peripheral",
			    "qpas platform lists what the tree has", "%s", qpas_error_text(&err));
	else
		doctor_check_peripheral(doctor, &peripheral);
}

static void check_all(struct doctor *doctor, const struct qpas_platform *platform)
{
	uint32_t i;

	for (i = 0; i < qpas_platform_count(platform); i++) {
		struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
		struct qpas_error err = QPAS_ERROR_INIT;

		if (qpas_platform_peripheral(platform, i, &peripheral, &err))
			doctor_tell(doctor, DOCTOR_FAIL, "peripheral", NULL, "%s",
				    qpas_error_text(&err));
		else
			doctor_check_peripheral(doctor, &peripheral);
	}
}

/* A tree without peripherals is read without complaint; here it is the diagnosis. */
static void check_platform(struct doctor *doctor, const struct qpas_platform *platform)
{
	const char *model = qpas_platform_model(platform);
	uint32_t count = qpas_platform_count(platform);

	if (!count) {
		doctor_tell(doctor, DOCTOR_FAIL, "device-tree",
			    "Use the device tree of a Qualcomm board",
			    "%s: no peripheral that Qualcomm's PAS starts", *model ? model : "?");
		return;
	}
	doctor_tell(doctor, DOCTOR_OK, "device-tree", NULL, "%s: %" PRIu32 " peripheral%s",
		    *model ? model : "no model name", count, plural(count));
	if (doctor->name)
		check_named(doctor, platform);
	else
		check_all(doctor, platform);
}

/* Below another root the tree is a file of that root. */
static int open_platform(struct doctor *doctor, const struct cli_arguments *args,
			 struct qpas_platform **platform, struct qpas_error *err)
{
	const char *dtb = cli_value(args, "dtb");
	char *system_tree = NULL;
	int code;

	if (!dtb && *doctor->root)
		system_tree = doctor_path(doctor, "/sys/firmware/fdt");
	code = source_platform(args, dtb ? dtb : system_tree, NULL, platform, err);
	free(system_tree);
	return code;
}

/* System first, then tree: the order in which a boot would stumble. */
static void judge(struct doctor *doctor, const struct qpas_platform *platform,
		  const struct qpas_error *err)
{
	if (!doctor->offline)
		doctor_check_system(doctor);
	if (platform)
		check_platform(doctor, platform);
	else
		doctor_tell(doctor, DOCTOR_FAIL, "device-tree",
			    "Judge the tree of another board with --dtb", "%s",
			    qpas_error_text(err));
	if (!doctor->offline && !*doctor->root)
		check_backend(doctor);
}

static void finish(struct doctor *doctor)
{
	if (doctor->list) {
		js_print(doctor->list);
		return;
	}
	if (doctor->offline)
		puts("\nThis system itself was not looked at: --dtb describes another one.");
	printf("\n%u checks are fine, %u want a look, %u fail.\n", doctor->results[DOCTOR_OK],
	       doctor->results[DOCTOR_WARN], doctor->results[DOCTOR_FAIL]);
}

static int run(const struct cli_arguments *args)
{
	const char *root = cli_value(args, "root");
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform = NULL;
	struct doctor doctor = {.offline = cli_value(args, "dtb") != NULL};
	int code;

	if (root && doctor.offline)
		return report_usage("doctor", "give --dtb or --root, not both");
	if (cli_value(args, "overlay") && !doctor.offline)
		return report_usage("doctor", "--overlay applies to the tree of --dtb: give that");
	doctor.root = root ? root : "";
	doctor.firmware_path = cli_value(args, "firmware-path");
	doctor.name = args->operand_count ? args->operands[0] : NULL;
	doctor.list = cli_switch(args, "json") ? js_array() : NULL;
	code = open_platform(&doctor, args, &platform, &err);
	if (code && doctor.offline) {
		report_error(cli_value(args, "dtb"), &err);
		json_object_put(doctor.list);
		return code;
	}
	judge(&doctor, platform, &err);
	qpas_platform_unref(platform);
	finish(&doctor);
	return doctor.results[DOCTOR_FAIL] ? EXIT_BAD : EXIT_FINE;
}

static const struct cli_option options[] = {
	{"dtb", "DTB", "judge this tree instead of the running system"},
	{"overlay", "DTBO", "apply an overlay to it; may be repeated, in order"},
	{"root", "DIR", "look at the system below DIR (a mounted root of a board)"},
	{"firmware-path", "DIR", "folders of firmware, separated by ':' (default: the kernel's)"},
	{NULL, NULL, NULL},
};

const struct cli_command command_doctor = {
	.name = "doctor",
	.synopsis = "[PERIPHERAL] [--dtb DTB] [--overlay DTBO]... [--firmware-path DIR]",
	.summary = "why this system cannot boot a peripheral, and what to do",
	.about =
		"Looks at everything that a boot needs and tells, check by check, what is right,\n"
		"what wants a look and what fails, with what to do about it: machine, kernel options,\n"
		"/sys/class/remoteproc and permissions; the device tree, the peripheral's\n"
		"node, its PAS id, carveout and stream ids; the firmware, its digests and whether it\n"
		"fits. Without PERIPHERAL all are judged. Nothing is changed.\n"
		"\n"
		"With --dtb only the tree and the firmware are judged, for a board elsewhere.",
	.examples = "  qpas doctor adsp\n"
		    "  qpas doctor --dtb lemans-evk.dtb --firmware-path firmware\n"
		    "  qpas doctor --json adsp | jq '.[] | select(.result == \"fail\")'",
	.codes = "  0  nothing fails (warnings may stand)\n"
		 "  1  a check fails\n"
		 "  2  usage\n"
		 "  3  the tree of --dtb could not be opened",
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};
