/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas platform: every peripheral of a device tree, and what the EL2 path still lacks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "out.h"
#include "peripheral.h"
#include "source.h"

enum column { NAME, KIND, STATUS, PAS, DTB_PAS, CARVEOUT, STREAM, FIRMWARE, COLUMNS };

static const char *const headings[COLUMNS] = {"name",	"kind",	    "status", "PAS id",
					      "DTB id", "carveout", "stream", "firmware"};

/* Columns that say the same of the peripheral as a whole: they stand in its first row only. */
static void first_cell(const struct qpas_peripheral *peripheral, enum column column, char *to)
{
	switch (column) {
	case NAME:
		snprintf(to, PERIPHERAL_CELL, "%s", peripheral->name);
		break;
	case KIND:
		snprintf(to, PERIPHERAL_CELL, "%s", qpas_kind_name(peripheral->kind));
		break;
	case STATUS:
		snprintf(to, PERIPHERAL_CELL, "%s", peripheral->status);
		break;
	case PAS:
		peripheral_id(peripheral->pas_id, to, PERIPHERAL_CELL);
		break;
	default:
		peripheral_id(peripheral->dtb_pas_id, to, PERIPHERAL_CELL);
		break;
	}
}

/* The text of one cell; rows behind the first carry further carveouts, streams and firmware. */
static void cell(const struct qpas_peripheral *peripheral, enum column column, uint32_t row,
		 char *to)
{
	to[0] = 0;
	if (column == CARVEOUT && (row == 0 || row < peripheral->carveout_count))
		peripheral_carveout(peripheral, row, to, PERIPHERAL_CELL);
	else if (column == STREAM && (row == 0 || row < peripheral->stream_count))
		peripheral_stream(peripheral, row, to, PERIPHERAL_CELL);
	else if (column == FIRMWARE && row < peripheral->firmware_count)
		snprintf(to, PERIPHERAL_CELL, "%s", peripheral->firmware[row]);
	else if (column == FIRMWARE && row == 0)
		snprintf(to, PERIPHERAL_CELL, "-");
	else if (column < CARVEOUT && row == 0)
		first_cell(peripheral, column, to);
}

/* A DTB image has a second carveout and firmware name: they stand below the first. */
static uint32_t rows_of(const struct qpas_peripheral *peripheral)
{
	uint32_t rows = 1;

	if (peripheral->carveout_count > rows)
		rows = peripheral->carveout_count;
	if (peripheral->stream_count > rows)
		rows = peripheral->stream_count;
	return peripheral->firmware_count > rows ? peripheral->firmware_count : rows;
}

/* Columns are as wide as their widest cell, whatever names a tree has. */
static void measure(const struct qpas_peripheral *peripheral, size_t widths[COLUMNS])
{
	char text[PERIPHERAL_CELL];
	uint32_t row;
	int column;

	for (row = 0; row < rows_of(peripheral); row++) {
		for (column = 0; column < COLUMNS; column++) {
			cell(peripheral, (enum column)column, row, text);
			if (safe_width(text) > widths[column])
				widths[column] = safe_width(text);
		}
	}
}

/* Trailing blanks are left out. */
static void print_row(const struct qpas_peripheral *peripheral, uint32_t row,
		      const size_t widths[COLUMNS])
{
	char text[PERIPHERAL_CELL];
	size_t gap = 0;
	int column;

	for (column = 0; column < COLUMNS; column++) {
		cell(peripheral, (enum column)column, row, text);
		if (text[0]) {
			if (gap)
				print_pad(0, gap);
			gap = widths[column] - print_safe(stdout, text) + 2;
		} else {
			gap += widths[column] + 2;
		}
	}
	putchar('\n');
}

static bool disabled(const struct qpas_peripheral *peripheral)
{
	return !(peripheral->flags & QPAS_PERIPHERAL_ENABLED);
}

/* Disabled ones are dimmed: they are there, and nobody starts them. */
static void print_peripheral(const struct qpas_peripheral *peripheral, const size_t widths[COLUMNS])
{
	uint32_t row;

	fputs(style_on(stdout, disabled(peripheral) ? STYLE_DIM : STYLE_PLAIN), stdout);
	for (row = 0; row < rows_of(peripheral); row++)
		print_row(peripheral, row, widths);
	fputs(style_off(stdout), stdout);
}

static void print_headings(const size_t widths[COLUMNS])
{
	int column;

	fputs(style_on(stdout, STYLE_BOLD), stdout);
	for (column = 0; column < COLUMNS; column++) {
		fputs(headings[column], stdout);
		if (column + 1 < COLUMNS)
			print_pad(strlen(headings[column]), widths[column] + 2);
	}
	printf("%s\n", style_off(stdout));
}

/* The library wants an initialised structure for each call. */
static int collect(const struct qpas_platform *platform, uint32_t index,
		   struct qpas_peripheral *peripheral, struct qpas_error *err)
{
	struct qpas_peripheral fresh = QPAS_PERIPHERAL_INIT;

	*peripheral = fresh;
	return qpas_platform_peripheral(platform, index, peripheral, err);
}

static bool has_lack(const struct qpas_peripheral *peripheral, uint64_t flag)
{
	if (!(peripheral->flags & QPAS_PERIPHERAL_PAS))
		return !flag;
	return flag && peripheral->lacks & flag;
}

/* One sentence for all that it is true of; flag 0: those that are not started through PAS. */
static void print_lack(const struct qpas_platform *platform, uint64_t flag, const char *text)
{
	struct qpas_peripheral peripheral;
	bool any = false;
	uint32_t i;

	for (i = 0; i < qpas_platform_count(platform); i++) {
		if (collect(platform, i, &peripheral, NULL) || !has_lack(&peripheral, flag))
			continue;
		fputs(any ? ", " : "  ", stdout);
		print_safe(stdout, peripheral.name);
		any = true;
	}
	if (any)
		printf("\n      %s\n", text);
}

/* Told once below the table: a column of its own would be mostly empty, or the same for each DSP. */
static void print_lacks(const struct qpas_platform *platform)
{
	const struct peripheral_word *word;

	puts("\nFor a host at EL2 this tree lacks:");
	for (word = peripheral_lacks(); word->flag; word++)
		print_lack(platform, word->flag, word->text);
	print_lack(platform, 0, "not started through PAS: listed, not booted");
}

static int print_table(const struct qpas_platform *platform, struct qpas_error *err)
{
	uint32_t count = qpas_platform_count(platform);
	struct qpas_peripheral peripheral;
	size_t widths[COLUMNS];
	bool lacking = false;
	uint32_t i;

	for (i = 0; i < COLUMNS; i++)
		widths[i] = strlen(headings[i]);
	for (i = 0; i < count; i++) {
		if (collect(platform, i, &peripheral, err))
			return exit_of(err, BLAME_INPUT);
		measure(&peripheral, widths);
		lacking |= peripheral.lacks || !(peripheral.flags & QPAS_PERIPHERAL_PAS);
	}
	print_headings(widths);
	for (i = 0; i < count && !collect(platform, i, &peripheral, err); i++)
		print_peripheral(&peripheral, widths);
	if (!lacking) {
		puts("\nNothing is missing for a host at EL2.");
		return EXIT_FINE;
	}
	print_lacks(platform);
	return EXIT_FINE;
}

static void print_list(const char *label, const char *const *strings, uint32_t count)
{
	uint32_t i;

	if (!count)
		return;
	printf("  %-14s", label);
	for (i = 0; i < count; i++) {
		if (i)
			fputs(", ", stdout);
		print_safe(stdout, strings[i]);
	}
	putchar('\n');
}

static void print_words(const char *label, const struct peripheral_word *words, uint64_t flags)
{
	for (; words->flag; words++) {
		if (flags & words->flag)
			printf("  %-14s%s\n", label, words->text);
	}
}

static void print_resources(const struct qpas_peripheral *peripheral)
{
	char text[PERIPHERAL_CELL];
	uint32_t i;

	for (i = 0; i < peripheral->carveout_count; i++) {
		peripheral_carveout(peripheral, i, text, sizeof(text));
		printf("  %-14s%s  ", "carveout", text);
		print_safe(stdout, peripheral->carveouts[i].name);
		putchar('\n');
	}
	for (i = 0; i < peripheral->stream_count; i++) {
		peripheral_stream(peripheral, i, text, sizeof(text));
		printf("  %-14s%s of ", "stream", text);
		print_safe(stdout, peripheral->streams[i].iommu);
		putchar('\n');
	}
	for (i = 0; i < peripheral->lite_count; i++)
		printf("  %-14s%" PRIu32 " may run already\n", "lite id",
		       peripheral->lite_pas_ids[i]);
	for (i = 0; i < peripheral->assign_count; i++)
		printf("  %-14sregion %" PRIu32 " to VM %#" PRIx32 "%s\n", "assign",
		       peripheral->assigns[i].region_index, peripheral->assigns[i].vmid,
		       peripheral->assigns[i].shared ? ", shared" : "");
}

static void print_detail(const struct qpas_peripheral *peripheral)
{
	char id[16], dtb_id[16];

	peripheral_id(peripheral->pas_id, id, sizeof(id));
	peripheral_id(peripheral->dtb_pas_id, dtb_id, sizeof(dtb_id));
	fputs(style_on(stdout, STYLE_BOLD), stdout);
	print_safe(stdout, peripheral->name);
	printf("%s (%s, ", style_off(stdout), qpas_kind_name(peripheral->kind));
	print_safe(stdout, peripheral->status);
	puts(")");
	print_list("node", &peripheral->path, 1);
	print_list("compatible", &peripheral->compatible, 1);
	printf("  %-14s%s\n  %-14s%s\n", "PAS id", id, "DTB PAS id", dtb_id);
	print_list("firmware", peripheral->firmware, peripheral->firmware_count);
	print_resources(peripheral);
	print_list("alias", peripheral->aliases, peripheral->alias_count);
	printf("  %-14s%s\n", "EL2 path",
	       peripheral->flags & QPAS_PERIPHERAL_EL2_PATH ? "taken" : "not taken");
	print_words("EL2 lacks", peripheral_lacks(), peripheral->lacks);
	print_words("quirk", peripheral_quirks(), peripheral->flags);
}

/* An array of one, as interfaces for programs should not change shape. */
static int show_one(const struct qpas_platform *platform, const char *name, bool json,
		    struct qpas_error *err)
{
	struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
	struct json_object *list;

	if (qpas_platform_find(platform, name, &peripheral, err))
		return exit_of(err, BLAME_INPUT);
	if (!json) {
		print_detail(&peripheral);
		return EXIT_FINE;
	}
	list = js_array();
	js_append(list, peripheral_json(&peripheral));
	js_print(list);
	return EXIT_FINE;
}

static int show_json(const struct qpas_platform *platform, struct qpas_error *err)
{
	struct json_object *list = js_array();
	uint32_t i;

	for (i = 0; i < qpas_platform_count(platform); i++) {
		struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;

		if (qpas_platform_peripheral(platform, i, &peripheral, err)) {
			json_object_put(list);
			return exit_of(err, BLAME_INPUT);
		}
		js_append(list, peripheral_json(&peripheral));
	}
	js_print(list);
	return EXIT_FINE;
}

static int show_text(const struct qpas_platform *platform, const char *subject,
		     struct qpas_error *err)
{
	const char *model = qpas_platform_model(platform);
	uint32_t count = qpas_platform_count(platform);

	print_safe(stdout, *model ? model : subject);
	printf(": %" PRIu32 " peripheral%s\n\n", count, plural(count));
	if (!count) {
		puts("The device tree describes no peripheral that Qualcomm's PAS starts.");
		return EXIT_FINE;
	}
	return print_table(platform, err);
}

static int run(const struct cli_arguments *args)
{
	const char *dtb = args->operand_count ? args->operands[0] : NULL;
	const char *name = cli_value(args, "peripheral");
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform = NULL;
	int code;

	if (!dtb && cli_value(args, "overlay"))
		return report_usage("platform", "--overlay needs a device tree to apply to");
	code = source_platform(args, dtb, NULL, &platform, &err);
	if (!code && name)
		code = show_one(platform, name, cli_switch(args, "json"), &err);
	else if (!code && cli_switch(args, "json"))
		code = show_json(platform, &err);
	else if (!code)
		code = show_text(platform, source_platform_name(dtb), &err);
	if (code) {
		report_error(source_platform_name(dtb), &err);
		if (cli_switch(args, "json"))
			js_print(js_array());
	}
	qpas_platform_unref(platform);
	return code;
}

static const struct cli_option options[] = {
	{"overlay", "DTBO", "apply an overlay first; may be repeated, in order"},
	{"peripheral", "NAME", "show this one in full: a name, a label or a node path"},
	{NULL, NULL, NULL},
};

const struct cli_command command_platform = {
	.name = "platform",
	.synopsis = "[DTB] [--overlay DTBO]... [--peripheral NAME]",
	.summary = "the peripherals of a device tree, and what EL2 still lacks",
	.about =
		"Lists what Qualcomm's PAS starts on a board: DSPs, modem, video, GPU and more, with\n"
		"PAS ids, carveouts (address + size), stream ids (id/mask) and firmware names. Below\n"
		"the table stands, per peripheral, what a host at EL2 is missing. Without DTB the\n"
		"running system's tree is read. Peripherals that are not started through PAS are\n"
		"listed with PAS id \"-\".",
	.examples =
		"  qpas platform lemans-evk-el2.dtb\n"
		"  qpas platform lemans-evk.dtb --overlay lemans-el2.dtbo\n"
		"  qpas platform board.dtb --peripheral adsp\n"
		"  qpas platform --json board.dtb | jq -r '.[] | select(.el2.lacks == []).name'",
	.codes = "  0  the tree was read, also when it has no peripheral\n"
		 "  1  the tree or an overlay is damaged, or the peripheral is not there\n"
		 "  2  usage, or a NAME that fits several peripherals\n"
		 "  3  a file could not be opened, or this system has no device tree",
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};
