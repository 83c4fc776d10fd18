/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas rsc: what a resource table asks for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "out.h"
#include "rsc.h"
#include "source.h"

/* Vendor types are kept by the library and shown, never acted on. */
const char *rsc_type_name(uint32_t type)
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

struct qpas_slice rsc_bytes(const struct qpas_rsc_table *table, const struct qpas_rsc_entry *entry)
{
	struct qpas_slice bytes = {NULL, 0};

	if (qpas_rsc_table_bytes(table, &bytes, NULL))
		return bytes;
	bytes.ptr = (const uint8_t *)bytes.ptr + entry->offset;
	bytes.len = entry->bytes;
	return bytes;
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
		js_put(object, "pa", js_hex(entry->vring[i].pa));
		js_append(list, object);
	}
	return list;
}

static struct json_object *json_vdev(const struct qpas_rsc_entry *entry)
{
	struct json_object *object;

	if (entry->type != QPAS_RSC_VDEV)
		return NULL;
	object = js_object();
	js_put(object, "id", js_number(entry->vdev_id));
	js_put(object, "notifyid", js_number(entry->vdev_notifyid));
	js_put(object, "dfeatures", js_hex(entry->vdev_dfeatures));
	js_put(object, "gfeatures", js_hex(entry->vdev_gfeatures));
	js_put(object, "config_len", js_number(entry->vdev_config_len));
	js_put(object, "status", js_number(entry->vdev_status));
	return object;
}

/* Of entries that have no fields for us: what stands behind the type. */
static struct json_object *json_payload(const struct qpas_rsc_table *table,
					const struct qpas_rsc_entry *entry)
{
	struct qpas_slice bytes = rsc_bytes(table, entry);

	if (entry->type <= QPAS_RSC_VDEV || bytes.len < 4)
		return NULL;
	return js_bytes((const uint8_t *)bytes.ptr + 4, bytes.len - 4);
}

struct json_object *rsc_json(const struct qpas_rsc_table *table, const struct qpas_rsc_entry *entry)
{
	struct json_object *object = js_object();

	js_put(object, "type", js_number(entry->type));
	js_put(object, "kind", js_text(rsc_type_name(entry->type)));
	js_put(object, "name", js_text(entry->name));
	js_put(object, "da", js_hex(entry->da));
	js_put(object, "pa", js_hex(entry->pa));
	js_put(object, "size", js_hex(entry->len));
	js_put(object, "flags", js_hex(entry->flags));
	js_put(object, "offset", js_number(entry->offset));
	js_put(object, "vdev", json_vdev(entry));
	js_put(object, "vrings", json_vrings(entry));
	js_put(object, "payload", json_payload(table, entry));
	return object;
}

static void print_vrings(const struct qpas_rsc_entry *entry)
{
	uint32_t i;

	for (i = 0; i < entry->vrings && i < 2; i++)
		printf("       vring %" PRIu32 ": da %#" PRIx32 ", %" PRIu32
		       " buffers, aligned to %#" PRIx32 ", notify id %" PRIu32 "\n",
		       i, entry->vring[i].da, entry->vring[i].num, entry->vring[i].align,
		       entry->vring[i].notifyid);
}

void rsc_print(const char *mark, const struct qpas_rsc_entry *entry)
{
	char text[8];

	permissions(entry->flags, text);
	printf("  %3s  %-8s  ", mark, rsc_type_name(entry->type));
	if (entry->type > QPAS_RSC_VDEV) {
		printf("type %" PRIu32 ", %" PRIu32 " bytes\n", entry->type, entry->bytes - 4);
	} else if (entry->type == QPAS_RSC_VDEV) {
		printf("virtio device %" PRIu32 ", notify id %" PRIu32 ", features %#" PRIx32
		       ", %" PRIu32 " vrings, %" PRIu32 " bytes of configuration\n",
		       entry->vdev_id, entry->vdev_notifyid, entry->vdev_dfeatures, entry->vrings,
		       entry->vdev_config_len);
		print_vrings(entry);
	} else {
		printf("da %#10" PRIx32 "  pa %#10" PRIx32 "  %#9" PRIx32 " bytes  %-6s  ",
		       entry->da, entry->pa, entry->len, text);
		print_safe(stdout, entry->name);
		putchar('\n');
	}
}

static int show(const struct qpas_rsc_table *table, struct json_object *list,
		struct qpas_error *err)
{
	uint32_t count = qpas_rsc_table_count(table);
	char number[12];
	uint32_t i;

	if (!list)
		printf("resource table: %" PRIu32 " entries\n", count);
	for (i = 0; i < count; i++) {
		struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

		if (qpas_rsc_table_entry(table, i, &entry, err))
			return exit_of(err, BLAME_INPUT);
		snprintf(number, sizeof(number), "%" PRIu32, i);
		if (list)
			js_append(list, rsc_json(table, &entry));
		else
			rsc_print(number, &entry);
	}
	return EXIT_FINE;
}

int rsc_read(const char *path, struct qpas_rsc_table **table, struct qpas_error *err)
{
	struct qpas_slice bytes = {NULL, 0};
	int code = source_file(path, RSC_FILE_BYTES, &bytes, err);

	if (!code && qpas_rsc_table_new(bytes, NULL, table, err))
		code = exit_of(err, BLAME_INPUT);
	free((void *)(uintptr_t)bytes.ptr);
	return code;
}

static int list_table(const struct cli_arguments *args, const char *path)
{
	struct json_object *list = cli_switch(args, "json") ? js_array() : NULL;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_rsc_table *table = NULL;
	int code = rsc_read(path, &table, &err);

	if (!code)
		code = show(table, list, &err);
	if (code)
		report_error(path, &err);
	if (list)
		js_print(list);
	qpas_rsc_table_free(table);
	return code;
}

/* With --json the table is printed as it stands in the file that was made. */
static int make_and_list(const struct cli_arguments *args)
{
	int code = rsc_make(args);

	if (!cli_switch(args, "json") || code == EXIT_USAGE)
		return code;
	if (!code)
		return list_table(args, cli_value(args, "output"));
	js_print(js_array());
	return code;
}

static int run(const struct cli_arguments *args)
{
	const char *word = args->operands[0];
	size_t count = args->operand_count;

	if (strcmp(word, "diff") == 0)
		return count == 3 ? rsc_diff(args) :
				    report_usage("rsc", "diff takes two tables: diff A B");
	if (strcmp(word, "make") == 0)
		return count == 2 ?
			       make_and_list(args) :
			       report_usage("rsc", "make takes one description: make JSON -o OUT");
	if (count != 1)
		return report_usage("rsc",
				    "'%s' is neither make nor diff, and there is more than "
				    "one file",
				    word);
	return list_table(args, word);
}

static const struct cli_option options[] = {
	{"output", "OUT", "make: write the table to OUT (also -o OUT)"},
	{NULL, NULL, NULL},
};

const struct cli_command command_rsc = {
	.name = "rsc",
	.synopsis = "FILE | make JSON -o OUT | diff A B",
	.summary = "what a resource table asks for; make one; compare two",
	.about =
		"Validates a resource table (the layout of include/linux/rsc_table.h) and lists its\n"
		"entries: device address, physical address, length, permissions (r read, w write,\n"
		"c cached, n not executable, m device memory, p privileged).\n"
		"\n"
		"make writes a table from a description: a JSON list of entries as --json prints it.\n"
		"What is left out is 0; an entry of a vendor's has its \"type\" and its \"payload\" in\n"
		"hexadecimal; configuration space of a vdev is zeros. A table that validation would\n"
		"refuse is not written.\n"
		"\n"
		"diff lists the entries that only A (-) or only B (+) has, whatever their order. A file\n"
		"called make or diff is ./make or ./diff.",
	.examples =
		"  qpas rsc adsp.rsc\n"
		"  qpas rsc --json adsp.rsc > adsp.json\n"
		"  qpas rsc make adsp.json -o adsp.rsc\n"
		"  echo '[{\"kind\": \"devmem\", \"da\": \"0x1000\", \"pa\": \"0x1000\", \"size\": 4096,\n"
		"    \"flags\": 3, \"name\": \"uart\"}]' > uart.json\n"
		"  qpas rsc diff old.rsc new.rsc",
	.codes = "  0  the table is valid, was made, or both are alike\n"
		 "  1  it breaks a rule, or the two differ\n"
		 "  2  usage\n"
		 "  3  a file could not be opened or written",
	.options = options,
	.least = 1,
	.most = 3,
	.run = run,
};
