/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas rsc: what a resource table asks for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "json.h"
#include "out.h"
#include "source.h"

/* Above the largest limit that the library takes, so that the library says what is too large. */
#define TABLE_BYTES ((size_t)2 << 20)

/* Vendor types are kept by the library and shown, never acted on. */
static const char *type_name(uint32_t type)
{
	static const char *const names[] = {"carveout", "devmem", "trace", "vdev"};

	if (type <= QPAS_RSC_VDEV)
		return names[type];
	return type >= QPAS_RSC_VENDOR_FIRST && type <= QPAS_RSC_VENDOR_LAST ? "vendor" : "unknown";
}

/* "rwcnmp": one letter per permission. */
static void permissions(uint32_t flags, char text[8])
{
	static const char letters[] = "rwcnmp";
	size_t used = 0;
	size_t i;

	for (i = 0; letters[i]; i++) {
		if (flags & (UINT32_C(1) << i))
			text[used++] = letters[i];
	}
	if (!used)
		text[used++] = '-';
	text[used] = 0;
}

static struct json_object *json_vrings(const struct qpas_rsc_entry *entry)
{
	struct json_object *list = js_array();
	uint32_t i;

	for (i = 0; i < entry->vrings && i < 2; i++) {
		struct json_object *object = js_object();

		js_put(object, "da", js_hex(entry->vring[i].da));
		js_put(object, "align", js_hex(entry->vring[i].align));
		js_put(object, "num", js_number(entry->vring[i].num));
		js_put(object, "notifyid", js_number(entry->vring[i].notifyid));
		js_append(list, object);
	}
	return list;
}

static struct json_object *json_entry(const struct qpas_rsc_entry *entry)
{
	struct json_object *object = js_object();

	js_put(object, "type", js_number(entry->type));
	js_put(object, "kind", js_text(type_name(entry->type)));
	js_put(object, "name", js_text(entry->name));
	js_put(object, "da", js_hex(entry->da));
	js_put(object, "pa", js_hex(entry->pa));
	js_put(object, "size", js_hex(entry->len));
	js_put(object, "flags", js_hex(entry->flags));
	js_put(object, "offset", js_number(entry->offset));
	js_put(object, "vrings", json_vrings(entry));
	return object;
}

static void print_entry(const struct qpas_rsc_entry *entry, uint32_t index)
{
	char text[8];

	permissions(entry->flags, text);
	printf("  %3" PRIu32 "  %-8s  da %#10" PRIx32 "  pa %#10" PRIx32 "  %#9" PRIx32
	       " bytes  %-6s  ",
	       index, type_name(entry->type), entry->da, entry->pa, entry->len, text);
	print_safe(stdout, entry->name);
	putchar('\n');
}

static int show(const struct qpas_rsc_table *table, struct json_object *list,
		struct qpas_error *err)
{
	uint32_t count = qpas_rsc_table_count(table);
	uint32_t i;

	if (!list)
		printf("resource table: %" PRIu32 " entries\n", count);
	for (i = 0; i < count; i++) {
		struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

		if (qpas_rsc_table_entry(table, i, &entry, err))
			return exit_of(err, BLAME_INPUT);
		if (list)
			js_append(list, json_entry(&entry));
		else
			print_entry(&entry, i);
	}
	return EXIT_FINE;
}

static int run(const struct cli_arguments *args)
{
	struct json_object *list = cli_switch(args, "json") ? js_array() : NULL;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_rsc_table *table = NULL;
	struct qpas_slice bytes;
	int code = source_file(args->operands[0], TABLE_BYTES, &bytes, &err);

	if (!code && qpas_rsc_table_new(bytes, NULL, &table, &err))
		code = exit_of(&err, BLAME_INPUT);
	if (!code)
		code = show(table, list, &err);
	if (code)
		report_error(args->operands[0], &err);
	if (list)
		js_print(list);
	qpas_rsc_table_free(table);
	free((void *)(uintptr_t)bytes.ptr);
	return code;
}

const struct cli_command command_rsc = {
	.name = "rsc",
	.synopsis = "FILE",
	.summary = "what a resource table asks for",
	.about =
		"Validates a resource table (the layout of include/linux/rsc_table.h) and lists its\n"
		"entries: device address, physical address, length, permissions (r read, w write,\n"
		"c cached, n not executable, m device memory, p privileged).",
	.examples = "  qpas rsc adsp.rsc",
	.codes = "  0  the table is valid\n"
		 "  1  it breaks a rule\n"
		 "  2  usage\n"
		 "  3  the file could not be opened",
	.options = NULL,
	.least = 1,
	.most = 1,
	.run = run,
};
