/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas squash, qpas split: a split image as one file, and one file as a split image. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic_file.h"
#include "commands.h"
#include "json.h"
#include "out.h"
#include "source.h"

/* A file of the result, under its temporary name until all are complete. */
struct result {
	struct atomic_file file;
	char *path;
	uint32_t segment; /* QPAS_NO_SEGMENT: the .mbn or .mdt */
	uint64_t size;
};

struct pack {
	const char *file;
	const char *output;
	bool split; /* else squash */
	bool drop;
	bool force;
	bool dropped; /* there was something to drop */
	struct result *results;
	size_t count;
	size_t room;
	uint64_t written; /* for the progress line */
};

static int no_memory(struct qpas_error *err)
{
	error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
	return QPAS_ERR_NOMEM;
}

/* OUT.mdt, or OUT.bNN as the kernel writes it: two digits, more only where two do not do. */
static char *path_of(const struct pack *pack, uint32_t segment)
{
	size_t stem = strlen(pack->output) - 3;
	char *path = NULL;

	if (segment == QPAS_NO_SEGMENT)
		return strdup(pack->output);
	if (asprintf(&path, "%.*sb%02" PRIu32, (int)stem, pack->output, segment) < 0)
		return NULL;
	return path;
}

static struct result *new_result(struct pack *pack, uint32_t segment, uint64_t size)
{
	const struct result fresh = {ATOMIC_FILE_INIT, path_of(pack, segment), segment, size};

	if (!fresh.path || pack->count == pack->room) {
		free(fresh.path);
		return NULL;
	}
	pack->results[pack->count] = fresh;
	return &pack->results[pack->count++];
}

/* The one before is complete now: a full disk must be known before any file has its name. */
static int finish_last(struct pack *pack, struct qpas_error *err)
{
	return pack->count ? atomic_flush(&pack->results[pack->count - 1].file, err) : 0;
}

/* Parts that lie there already belong to another image; half of each set would be neither. */
static int check_free(const struct pack *pack, const char *path, struct qpas_error *err)
{
	struct stat status;

	if (!pack->split || pack->force || lstat(path, &status) != 0)
		return 0;
	error_set(err, QPAS_ERR_ARG, 0,
		  "%s exists. Give another name, or --force to replace the whole set.", path);
	return QPAS_ERR_ARG;
}

static int begin_file(void *user, uint32_t segment, uint64_t bytes, struct qpas_error *err)
{
	struct pack *pack = user;
	struct result *result;
	int code = finish_last(pack, err);

	if (code)
		return code;
	result = new_result(pack, segment, bytes);
	if (!result)
		return no_memory(err);
	code = check_free(pack, result->path, err);
	if (code)
		return code;
	if (atomic_open(&result->file, result->path, err))
		return err->code;
	return atomic_size(&result->file, bytes, err);
}

static int write_bytes(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct pack *pack = user;

	pack->written += data.len;
	progress("%s: %" PRIu64 " KiB", pack->split ? "splitting" : "squashing",
		 pack->written >> 10);
	return atomic_write(&pack->results[pack->count - 1].file, offset, data, err);
}

/* The image itself comes last: without it the parts are nobody's, and nobody reads them. */
static int commit(struct pack *pack, struct qpas_error *err)
{
	struct result *last = &pack->results[pack->count - 1];
	int code = 0;
	size_t i;

	/* An old .mdt over new parts would be half of each. */
	if (pack->split && unlink(last->file.target) == 0)
		code = atomic_sync_folder(&last->file, err);
	for (i = 0; !code && i + 1 < pack->count; i++)
		code = atomic_commit(&pack->results[i].file, err);
	if (!code && pack->split)
		code = atomic_sync_folder(&last->file, err);
	if (!code)
		code = atomic_commit(&last->file, err);
	if (!code)
		code = atomic_sync_folder(&last->file, err);
	for (i = 0; code && pack->split && i < pack->count; i++)
		atomic_undo(&pack->results[i].file);
	return code;
}

static int write_all(struct pack *pack, const struct qpas_image *image, struct qpas_error *err)
{
	struct qpas_pack_target target = QPAS_PACK_TARGET_INIT;
	int code;

	target.flags = pack->drop ? QPAS_PACK_DROP_UNCOVERED : 0;
	target.file = begin_file;
	target.write = write_bytes;
	target.user = pack;
	code = pack->split ? qpas_image_split(image, &target, err) :
			     qpas_image_squash(image, &target, err);
	progress_clear();
	if (!code)
		code = finish_last(pack, err);
	if (!code)
		code = commit(pack, err);
	return code ? exit_of(err, BLAME_INPUT) : EXIT_FINE;
}

/* Room for a file of each program header, and for the image itself. */
static int pack_image(struct pack *pack, const struct qpas_image *image, struct qpas_error *err)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	bool lossy;

	if (qpas_image_describe(image, &info, err))
		return exit_of(err, BLAME_INPUT);
	/* A file that stays one file keeps all its bytes. */
	lossy = pack->split || (info.flags & QPAS_IMAGE_SPLIT);
	pack->dropped = pack->drop && lossy && (info.flags & QPAS_IMAGE_UNCOVERED);
	pack->room = info.segments + 1u;
	pack->results = calloc(pack->room, sizeof(*pack->results));
	if (!pack->results) {
		no_memory(err);
		return EXIT_HERE;
	}
	return write_all(pack, image, err);
}

static void free_results(struct pack *pack)
{
	size_t i;

	for (i = 0; i < pack->count; i++) {
		atomic_close(&pack->results[i].file);
		free(pack->results[i].path);
	}
	free(pack->results);
}

static struct json_object *json_result(const struct result *result)
{
	struct json_object *object = js_object();

	if (result->segment != QPAS_NO_SEGMENT)
		js_put(object, "segment", js_number(result->segment));
	js_put(object, "path", js_text(result->path));
	js_put(object, "size", js_hex(result->size));
	return object;
}

static struct json_object *json_parts(const struct pack *pack)
{
	struct json_object *list = js_array();
	size_t i;

	for (i = 0; i + 1 < pack->count; i++)
		js_append(list, json_result(&pack->results[i]));
	return list;
}

static void show_json(const struct pack *pack, const struct qpas_error *err)
{
	struct json_object *list = js_array();
	struct json_object *object = js_object();

	js_put(object, "file", js_text(pack->file));
	js_put(object, "output", err->code ? NULL : json_result(&pack->results[pack->count - 1]));
	if (pack->split)
		js_put(object, "parts", err->code ? js_array() : json_parts(pack));
	js_put(object, "dropped", js_bool(pack->dropped && !err->code));
	js_put(object, "error", js_error(err));
	js_append(list, object);
	js_print(list);
}

static void show_text(const struct pack *pack)
{
	const struct result *last = &pack->results[pack->count - 1];

	print_safe(stdout, last->path);
	printf(": %" PRIu64 " bytes", last->size);
	if (pack->split)
		printf(", and %zu part%s", pack->count - 1, plural(pack->count - 1));
	puts(pack->dropped ? "; bytes that are in no segment were left out" : "");
}

static bool ends_in(const char *path, const char *ending)
{
	size_t length = strlen(path);

	return length > strlen(ending) && strcmp(path + length - strlen(ending), ending) == 0;
}

/* What would destroy the input or could never be read again is found before anything is opened. */
static int check_paths(const struct pack *pack, const char *command)
{
	if (!pack->output)
		return report_usage(command, "give --output OUT%s", pack->split ? ".mdt" : ".mbn");
	if (pack->split && !ends_in(pack->output, ".mdt"))
		return report_usage(command,
				    "'%s' does not end in .mdt: nobody would look for the "
				    "parts of such an image",
				    pack->output);
	if (!pack->split && source_is_part(pack->output))
		return report_usage(command, "'%s' is a name for a part of a split image",
				    pack->output);
	if (source_same_file(pack->file, pack->output))
		return report_usage(command, "the output would replace the image '%s' itself",
				    pack->file);
	return EXIT_FINE;
}

static int run(const struct cli_arguments *args, bool split)
{
	struct pack pack = {.file = args->operands[0], .split = split};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;
	int code;

	pack.output = cli_value(args, "output");
	pack.drop = cli_switch(args, "drop-uncovered");
	pack.force = split && cli_switch(args, "force");
	code = check_paths(&pack, args->command->name);
	if (code)
		return code;
	code = source_image(pack.file, NULL, &image, &err);
	if (!code)
		code = pack_image(&pack, image, &err);
	if (err.code)
		report_error(pack.file, &err);
	if (cli_switch(args, "json"))
		show_json(&pack, &err);
	else if (!code)
		show_text(&pack);
	free_results(&pack);
	qpas_image_unref(image);
	return code;
}

static int run_squash(const struct cli_arguments *args)
{
	return run(args, false);
}

static int run_split(const struct cli_arguments *args)
{
	return run(args, true);
}

static const struct cli_option squash_options[] = {
	{"output", "OUT", "write the image to OUT (also -o OUT)"},
	{"drop-uncovered", NULL, "leave out bytes of the .mdt that are in no segment"},
	{NULL, NULL, NULL},
};

static const struct cli_option split_options[] = {
	{"output", "OUT", "write OUT (a name in .mdt) and its parts (also -o OUT)"},
	{"drop-uncovered", NULL, "leave out bytes that are in no segment"},
	{"force", NULL, "replace a split image of that name"},
	{NULL, NULL, NULL},
};

const struct cli_command command_squash = {
	.name = "squash",
	.synopsis = "IMAGE.mdt --output OUT.mbn [--drop-uncovered]",
	.summary = "a split image as one file",
	.about =
		"Puts an .mdt and its .bNN parts together: the headers at the start, each segment\n"
		"at its offset, zeros between them. What qpas split made becomes the same file again,\n"
		"byte for byte. A part that is missing, too short or too long is an error; so are parts\n"
		"that claim the same bytes with different contents, and bytes of the .mdt that are in\n"
		"no segment. An image that is one file already is copied.\n"
		"\n"
		"OUT appears whole or not at all: it is written under another name in the same folder,\n"
		"flushed to the disk and renamed. Compressed images (.xz, .zst) are unpacked.",
	.examples = "  qpas squash modem.mdt -o modem.mbn\n"
		    "  qpas squash --json q6_fw.mdt --output q6_fw.mbn",
	.codes = "  0  the file is there\n"
		 "  1  the image is damaged, is none, or would lose bytes\n"
		 "  2  usage\n"
		 "  3  a file could not be read or written",
	.options = squash_options,
	.least = 1,
	.most = 1,
	.run = run_squash,
};

const struct cli_command command_split = {
	.name = "split",
	.synopsis = "IMAGE.mbn --output OUT.mdt [--drop-uncovered] [--force]",
	.summary = "an image as .mdt and .bNN files",
	.about =
		"Cuts an image into OUT.mdt (the headers and the hash segment) and one OUT.bNN for each\n"
		"program header with data. qpas squash makes the same file of them again, byte for byte.\n"
		"One thing cannot be kept: bytes that are in no segment, other than the zeros between\n"
		"segments. An image that has such bytes is refused; --drop-uncovered leaves them out.\n"
		"\n"
		"The set appears whole or not at all: all files are written under other names in the same\n"
		"folder and flushed to the disk, then the parts get their names, and last the .mdt. If a\n"
		"name cannot be given, those that were given are taken away again. A set that exists is\n"
		"replaced only with --force.",
	.examples = "  qpas split modem.mbn -o modem.mdt\n"
		    "  qpas split adsp.mbn.zst --output firmware/adsp.mdt --force",
	.codes = "  0  the files are there\n"
		 "  1  the image is damaged, is none, has no split form, or would lose bytes\n"
		 "  2  usage, or a file of that name exists\n"
		 "  3  a file could not be read or written",
	.options = split_options,
	.least = 1,
	.most = 1,
	.run = run_split,
};
