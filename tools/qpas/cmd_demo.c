/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * qpas demo: from a device tree and an image to a running remote processor, on the simulated
 * TrustZone, step by step. Without files it uses those that were made during the build.
 */
#include <inttypes.h>
#include <stdio.h>

#include "commands.h"
#include "json.h"
#include "out.h"

#ifdef QPAS_TOOL_TZSIM
#include <qpas/tzsim.h>

#include "boot.h"
#include "facts.h"
#include "peripheral.h"
#include "source.h"
#ifdef QPAS_TOOL_FIXTURE
#include "demo_fixture.h"
#endif

#define DEMO_TEXT 200u

struct demo {
	const char *dtb; /* NULL: the one from the build */
	const char *firmware_path;
	const char *subject; /* what an error is about */
	struct qpas_platform *platform;
	struct qpas_peripheral peripheral;
	struct qpas_tzsim *machine;
	struct qpas_tzsim_books books;
	struct boot boot;
};

#ifdef QPAS_TOOL_FIXTURE
static int open_built_in_tree(struct demo *demo, struct qpas_error *err)
{
	const struct qpas_slice tree = {demo_tree, demo_tree_size};

	demo->subject = "built-in device tree";
	if (qpas_platform_open_memory(tree, NULL, 0, NULL, &demo->platform, err))
		return exit_of(err, BLAME_INPUT);
	return EXIT_FINE;
}

static int open_built_in_image(struct demo *demo, struct qpas_error *err)
{
	demo->subject = "built-in image";
	if (demo_image_open(&demo->boot.image, err))
		return exit_of(err, BLAME_INPUT);
	return EXIT_FINE;
}
#else
static int open_built_in_tree(struct demo *demo, struct qpas_error *err)
{
	demo->subject = "demo";
	error_set(err, QPAS_ERR_UNSUPP, 0,
		  "This qpas was cross-built without data of its own. Give --dtb and "
		  "--firmware-path.");
	return EXIT_HERE;
}

static int open_built_in_image(struct demo *demo, struct qpas_error *err)
{
	return open_built_in_tree(demo, err);
}
#endif

/* The first line names the board, so that a wrong tree is noticed at once. */
static int show_tree(struct demo *demo, const struct cli_arguments *args, struct qpas_error *err)
{
	const char *model;
	uint32_t count;
	char text[DEMO_TEXT];
	int64_t begin = now_ns();
	int code;

	demo->subject = demo->dtb;
	if (demo->dtb)
		code = source_platform(args, demo->dtb, NULL, &demo->platform, err);
	else
		code = open_built_in_tree(demo, err);
	if (code)
		return code;
	model = qpas_platform_model(demo->platform);
	count = qpas_platform_count(demo->platform);
	snprintf(text, sizeof(text), "%s: %" PRIu32 " peripheral%s",
		 *model ? model : "no model name", count, plural(count));
	boot_step(&demo->boot, "device_tree", 0, now_ns() - begin, text);
	return EXIT_FINE;
}

/* What the device tree says is all that is needed to boot: nothing comes from the command line. */
static int show_peripheral(struct demo *demo, struct qpas_error *err)
{
	struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
	char text[DEMO_TEXT], id[16], carveout[64], stream[64];
	int64_t begin = now_ns();

	demo->subject = demo->boot.peripheral;
	if (qpas_platform_find(demo->platform, demo->boot.peripheral, &peripheral, err))
		return exit_of(err, BLAME_INPUT);
	demo->peripheral = peripheral;
	peripheral_id(peripheral.pas_id, id, sizeof(id));
	peripheral_carveout(&peripheral, 0, carveout, sizeof(carveout));
	peripheral_stream(&peripheral, 0, stream, sizeof(stream));
	snprintf(text, sizeof(text), "%s: PAS id %s, carveout %s, stream %s", peripheral.name, id,
		 carveout, stream);
	boot_step(&demo->boot, "peripheral", 0, now_ns() - begin, text);
	return EXIT_FINE;
}

/* From the folder list, by the name in the tree: as a boot finds it. */
static int open_image(struct demo *demo, struct qpas_error *err)
{
	if (!demo->dtb) {
		demo->boot.image_name = "built-in image";
		return open_built_in_image(demo, err);
	}
	if (!demo->peripheral.firmware_count) {
		error_set(err, QPAS_ERR_NOTFOUND, 0,
			  "The device tree names no firmware for %s. Use qpas boot with an image.",
			  demo->peripheral.name);
		return EXIT_BAD;
	}
	demo->boot.image_name = demo->peripheral.firmware[0];
	demo->subject = demo->boot.image_name;
	return source_firmware(demo->boot.image_name, demo->firmware_path, NULL, &demo->boot.image,
			       err);
}

/* The snapshot that is opened here is the one that is booted below. */
static int show_image(struct demo *demo, struct qpas_error *err)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	char text[DEMO_TEXT];
	int64_t begin = now_ns();
	int code = open_image(demo, err);

	if (!code && qpas_image_describe(demo->boot.image, &info, err))
		code = exit_of(err, BLAME_INPUT);
	if (code)
		return code;
	snprintf(text, sizeof(text),
		 "%s: ELF%" PRIu32 ", %" PRIu32 " program headers, %" PRIu64
		 " bytes, takes %#" PRIx64 " of memory",
		 demo->boot.image_name, info.elf_class, info.segments, info.file_bytes,
		 info.load_size);
	boot_step(&demo->boot, "image", 0, now_ns() - begin, text);
	return EXIT_FINE;
}

/* An image that nobody signed is told as such; one that is wrong ends the demo here. */
static int show_digests(struct demo *demo, struct qpas_error *err)
{
	struct qpas_auth_summary summary = QPAS_AUTH_SUMMARY_INIT;
	struct qpas_auth_report *report = NULL;
	const char *digest;
	char text[DEMO_TEXT];
	int64_t begin = now_ns();
	int code = EXIT_FINE;

	if (qpas_auth_verify(demo->boot.image, NULL, &report, err) ||
	    qpas_auth_report_describe(report, &summary, err))
		code = exit_of(err, BLAME_INPUT);
	qpas_auth_report_free(report);
	if (code)
		return code;
	if (summary.verdict != QPAS_AUTH_VALID && summary.verdict != QPAS_AUTH_UNSIGNED)
		code = EXIT_BAD;
	digest = fact_digest(summary.digest);
	snprintf(text, sizeof(text), "%" PRIu32 " of %" PRIu32 " %s digests match, %s",
		 summary.digests_matched, summary.digests_checked, digest ? digest : "",
		 qpas_auth_verdict_name(summary.verdict));
	boot_step(&demo->boot, "digests", code ? QPAS_ERR_MISMATCH : 0, now_ns() - begin, text);
	if (code)
		error_set(err, QPAS_ERR_MISMATCH, 0,
			  "The image is %s. qpas verify lists what is wrong.",
			  qpas_auth_verdict_name(summary.verdict));
	return code;
}

/* Not through "tzsim:": only who owns the machine can read its books afterwards. */
static int show_boot(struct demo *demo, struct qpas_error *err)
{
	struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
	struct qpas_params common = QPAS_PARAMS_INIT;
	struct qpas_tzsim_books books = QPAS_TZSIM_BOOKS_INIT;
	int code;

	demo->subject = demo->boot.peripheral;
	common.platform = demo->platform;
	common.firmware_path = demo->firmware_path;
	params.params = &common;
	params.flags = QPAS_TZSIM_EXPLAIN;
	if (qpas_tzsim_new(&params, &demo->machine, err) ||
	    qpas_tzsim_open(demo->machine, &common, &demo->boot.backend, err))
		return exit_of(err, BLAME_INPUT);
	code = boot_run(&demo->boot, err);
	/* An open backend keeps a bridged pool: what is left over is known when it is closed. */
	qpas_backend_unref(demo->boot.backend);
	demo->boot.backend = NULL;
	if (!code && qpas_tzsim_describe(demo->machine, &books, err))
		code = exit_of(err, BLAME_INPUT);
	demo->books = books;
	return code;
}

static int run_steps(struct demo *demo, const struct cli_arguments *args, struct qpas_error *err)
{
	int code = show_tree(demo, args, err);

	if (!code)
		code = show_peripheral(demo, err);
	if (!code)
		code = show_image(demo, err);
	if (!code)
		code = show_digests(demo, err);
	return code ? code : show_boot(demo, err);
}

static void print_intro(const struct demo *demo)
{
	printf("%slibqpas demo%s: %s on the simulated TrustZone, host at EL2\n",
	       style_on(stdout, STYLE_BOLD), style_off(stdout), demo->boot.peripheral);
	if (!demo->dtb)
		puts("No --dtb given: a small device tree and a small image, signed just now by a test "
		     "root\nof its own, stand in for a board and its firmware.");
	putchar('\n');
	fflush(stdout);
}

/* The simulator's books prove that nothing was left behind. */
static void print_end(const struct demo *demo)
{
	printf("\n%s ran, was ready and is shut down: %" PRIu64 " secure monitor calls; left over: "
	       "%" PRIu32 " bridges,\n%" PRIu32 " mappings, %" PRIu32 " shared buffers, %" PRIu32
	       " images in the trusted world.\n",
	       demo->boot.peripheral, demo->books.calls, demo->books.bridges, demo->books.mappings,
	       demo->books.shared_buffers, demo->books.images);
}

static void show_json(const struct demo *demo, const struct qpas_error *err)
{
	struct json_object *list = js_array();

	js_append(list, boot_json(&demo->boot, err));
	js_print(list);
}

static void close_demo(struct demo *demo)
{
	boot_free(&demo->boot);
	qpas_backend_unref(demo->boot.backend);
	qpas_tzsim_free(demo->machine);
	qpas_image_unref(demo->boot.image);
	qpas_platform_unref(demo->platform);
}

static int run(const struct cli_arguments *args)
{
	const char *peripheral = cli_value(args, "peripheral");
	struct qpas_error err = QPAS_ERROR_INIT;
	struct demo demo = {.dtb = cli_value(args, "dtb")};
	int code;

	demo.firmware_path = cli_value(args, "firmware-path");
	if (!demo.dtb && demo.firmware_path)
		return report_usage("demo",
				    "--firmware-path needs the --dtb that names the firmware");
	demo.boot.uri = "tzsim:";
	demo.boot.peripheral = peripheral ? peripheral : "adsp";
	demo.boot.quiet = cli_switch(args, "json");
	if (!demo.boot.quiet)
		print_intro(&demo);
	code = run_steps(&demo, args, &err);
	if (code)
		report_error(demo.subject, &err);
	if (demo.boot.quiet)
		show_json(&demo, &err);
	else if (!code)
		print_end(&demo);
	close_demo(&demo);
	return code;
}

#else

static int run(const struct cli_arguments *args)
{
	(void)args;
	report("demo: this qpas was built without the TrustZone simulator (QPAS_BUILD_TZSIM)");
	return EXIT_HERE;
}

#endif

static const struct cli_option options[] = {
	{"dtb", "DTB", "a real device tree instead of the built-in one"},
	{"firmware-path", "DIR", "folders of firmware, separated by ':' (default: the kernel's)"},
	{"peripheral", "NAME", "what to boot (default: adsp)"},
	{NULL, NULL, NULL},
};

const struct cli_command command_demo = {
	.name = "demo",
	.synopsis = "[--dtb DTB] [--firmware-path DIR] [--peripheral NAME]",
	.summary = "a whole boot on the simulated TrustZone, step by step",
	.about =
		"Shows what libqpas does: reads a device tree, finds the peripheral, parses and\n"
		"verifies its image, and boots it on the TrustZone simulator as a host at EL2 must,\n"
		"down to AUTH_AND_RESET, ready and shutdown, with the time of each step. Needs no\n"
		"hardware. Without --dtb it uses a small device tree and a small image of its own,\n"
		"which it signs first.",
	.examples =
		"  qpas demo\n"
		"  qpas demo --dtb lemans-evk-el2.dtb --firmware-path firmware\n"
		"  qpas demo --dtb lemans-evk-el2.dtb --firmware-path firmware --peripheral cdsp0",
	.codes = "  0  the peripheral ran\n"
		 "  1  image, device tree or peripheral are bad, or the boot was refused\n"
		 "  2  usage\n"
		 "  3  a file could not be opened",
	.options = options,
	.least = 0,
	.most = 0,
	.run = run,
};
