/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas extract: what would stand in the carveout, and the blob that the trusted world would get. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "atomic_file.h"
#include "commands.h"
#include "json.h"
#include "out.h"
#include "source.h"

struct extract {
	const char *file;
	const char *region_path;
	const char *metadata_path;
	struct atomic_file region;
	struct atomic_file metadata;
	struct qpas_image_info info;
	uint64_t base;
	uint64_t region_size;
	uint64_t metadata_size;
	uint64_t loaded; /* bytes so far, for the progress line */
};

/* Callback of qpas_image_load(): offsets are checked against the region already. */
static int write_region(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct extract *extract = user;

	extract->loaded += data.len;
	progress("extracting: %" PRIu64 " KiB", extract->loaded >> 10);
	return atomic_write(&extract->region, offset, data, err);
}

/* The file was made long before anything was written, so it reads as zero already. */
static int zero_region(void *user, uint64_t offset, uint64_t length, struct qpas_error *err)
{
	const struct extract *extract = user;

	if (offset > extract->region_size || length > extract->region_size - offset) {
		error_set(err, QPAS_ERR_RANGE, 0, "The load plan leaves the region.");
		return QPAS_ERR_RANGE;
	}
	return 0;
}

/*
 * Without --base a fixed image's region starts where the image does; without --region-size it ends
 * where the image does.
 */
static int choose_region(const struct cli_arguments *args, struct extract *extract)
{
	bool relocatable = (extract->info.flags & QPAS_IMAGE_RELOCATABLE) != 0;
	uint64_t end = extract->info.load_min + extract->info.load_size;
	int code;

	extract->base = relocatable ? 0 : extract->info.load_min;
	code = cli_number(args, "base", &extract->base);
	if (code)
		return code;
	if (relocatable)
		extract->region_size = extract->info.load_size;
	else
		extract->region_size = end > extract->base ? end - extract->base : 0;
	return cli_number(args, "region-size", &extract->region_size);
}

/* The file has its full size before the load: gaps are holes, and read as zero. */
static int extract_region(struct extract *extract, const struct qpas_image *image,
			  struct qpas_error *err)
{
	struct qpas_load_target target = QPAS_LOAD_TARGET_INIT;
	int code;

	target.base = extract->base;
	target.region_size = extract->region_size;
	target.write = write_region;
	target.zero = zero_region;
	target.user = extract;
	if (atomic_size(&extract->region, extract->region_size, err))
		return EXIT_HERE;
	code = qpas_image_load(image, &target, err);
	progress_clear();
	if (code)
		return exit_of(err, BLAME_INPUT);
	return atomic_flush(&extract->region, err) ? EXIT_HERE : EXIT_FINE;
}

/* The same bytes that a boot hands to INIT_IMAGE; the plan must accept the image. */
static int extract_metadata(struct extract *extract, const struct qpas_image *image,
			    struct qpas_error *err)
{
	struct qpas_slice data = {NULL, 0};

	if (qpas_image_metadata(image, &data, err))
		return exit_of(err, BLAME_INPUT);
	extract->metadata_size = data.len;
	if (atomic_write(&extract->metadata, 0, data, err) || atomic_flush(&extract->metadata, err))
		return EXIT_HERE;
	return EXIT_FINE;
}

/* Both files are complete before either gets its name. */
static int extract_files(struct extract *extract, const struct qpas_image *image,
			 struct qpas_error *err)
{
	int code = EXIT_FINE;

	if (extract->region_path)
		code = atomic_open(&extract->region, extract->region_path, err);
	if (!code && extract->metadata_path)
		code = atomic_open(&extract->metadata, extract->metadata_path, err);
	if (!code && extract->region_path)
		code = extract_region(extract, image, err);
	if (!code && extract->metadata_path)
		code = extract_metadata(extract, image, err);
	if (!code && extract->region_path && atomic_commit(&extract->region, err))
		code = EXIT_HERE;
	if (!code && extract->metadata_path && atomic_commit(&extract->metadata, err))
		code = EXIT_HERE;
	return code;
}

/* Mistakes that would destroy a file are usage errors, found before anything is opened. */
static int check_paths(const struct extract *extract)
{
	const char *region = extract->region_path;
	const char *metadata = extract->metadata_path;

	if (!region && !metadata)
		return report_usage("extract", "give --region OUT, --metadata OUT or both");
	if (region && metadata &&
	    (strcmp(region, metadata) == 0 || source_same_file(region, metadata)))
		return report_usage("extract", "--region and --metadata are the same file");
	if (source_same_file(extract->file, region) || source_same_file(extract->file, metadata))
		return report_usage("extract", "the output would replace the image '%s' itself",
				    extract->file);
	return EXIT_FINE;
}

static struct json_object *json_region(const struct extract *extract)
{
	struct json_object *object;

	if (!extract->region_path)
		return NULL;
	object = js_object();
	js_put(object, "path", js_text(extract->region_path));
	js_put(object, "base", js_hex(extract->base));
	js_put(object, "size", js_hex(extract->region_size));
	return object;
}

static struct json_object *json_metadata(const struct extract *extract)
{
	struct json_object *object;

	if (!extract->metadata_path)
		return NULL;
	object = js_object();
	js_put(object, "path", js_text(extract->metadata_path));
	js_put(object, "size", js_hex(extract->metadata_size));
	return object;
}

static void show_json(const struct extract *extract, const struct qpas_error *err)
{
	struct json_object *list = js_array();
	struct json_object *object = js_object();

	js_put(object, "file", js_text(extract->file));
	js_put(object, "region", err->code ? NULL : json_region(extract));
	js_put(object, "metadata", err->code ? NULL : json_metadata(extract));
	js_put(object, "error", js_error(err));
	js_append(list, object);
	js_print(list);
}

static void show_text(const struct extract *extract)
{
	if (extract->region_path) {
		print_safe(stdout, extract->region_path);
		printf(": region of %#" PRIx64 " bytes", extract->region_size);
		if (extract->base)
			printf(" at %#" PRIx64, extract->base);
		putchar('\n');
	}
	if (extract->metadata_path) {
		print_safe(stdout, extract->metadata_path);
		printf(": metadata of %" PRIu64 " bytes\n", extract->metadata_size);
	}
}

static int run(const struct cli_arguments *args)
{
	struct extract extract = {.region = ATOMIC_FILE_INIT, .metadata = ATOMIC_FILE_INIT};
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;
	int code;

	extract.file = args->operands[0];
	extract.region_path = cli_value(args, "region");
	extract.metadata_path = cli_value(args, "metadata");
	code = check_paths(&extract);
	if (code)
		return code;
	code = source_image(extract.file, NULL, &image, &err);
	if (!code && qpas_image_describe(image, &info, &err))
		code = exit_of(&err, BLAME_INPUT);
	extract.info = info;
	if (!code)
		code = choose_region(args, &extract);
	if (!code)
		code = extract_files(&extract, image, &err);
	if (err.code)
		report_error(extract.file, &err);
	if (cli_switch(args, "json") && code != EXIT_USAGE)
		show_json(&extract, &err);
	else if (!code)
		show_text(&extract);
	atomic_close(&extract.region);
	atomic_close(&extract.metadata);
	qpas_image_unref(image);
	return code;
}

static const struct cli_option options[] = {
	{"region", "OUT", "write what would stand in the carveout to OUT"},
	{"metadata", "OUT", "write the blob for PAS INIT_IMAGE to OUT"},
	{"base", "ADDR", "physical address of the carveout (default: where the image was linked)"},
	{"region-size", "N", "bytes of the carveout (default: up to the end of the image)"},
	{NULL, NULL, NULL},
};

const struct cli_command command_extract = {
	.name = "extract",
	.synopsis = "IMAGE --region OUT --metadata OUT [--base ADDR] [--region-size N]",
	.summary = "what would stand in the carveout, byte for byte",
	.about =
		"Loads an image as a boot would, into a file instead of a carveout: the region is zero\n"
		"but for the segments, a relocatable image stands at its start. The metadata are the\n"
		"ELF headers and the hash segment, as PAS INIT_IMAGE takes them. One of both files is\n"
		"enough.\n"
		"\n"
		"Each file appears whole or not at all: it is written under another name in the same\n"
		"folder and renamed at the end. ADDR and N are decimal, or hexadecimal with 0x.",
	.examples =
		"  qpas extract adsp.mbn --region adsp.region --metadata adsp.metadata\n"
		"  qpas extract mba.mbn --base 0x8ea00000 --region-size 0x200000 --region mba.region",
	.codes = "  0  the files are there\n"
		 "  1  the image is damaged, is none, or does not fit the region\n"
		 "  2  usage\n"
		 "  3  a file could not be read or written",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
