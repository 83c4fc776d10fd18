/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas info: what an image is made of, also when it could not be loaded. */
#include <inttypes.h>
#include <stdio.h>

#include "commands.h"
#include "facts.h"
#include "json.h"
#include "out.h"
#include "source.h"

/* A hostile file may have an image at every other byte. */
#define NESTED_MAX 1000u

/* Everything that is told about one image. */
struct info {
	const char *file;
	const struct qpas_image *image;
	/* Where it stands in the file. */
	uint64_t offset;
	struct qpas_image_info image_info;
	struct qpas_auth_summary auth;
	struct qpas_auth_report *report;
};

/* Type bits 7 mark the placeholder that covers the ELF headers (docs/formats.md). */
static const char *segment_kind(const struct qpas_segment *segment)
{
	if (segment->flags & QPAS_SEGMENT_HASH)
		return "hash";
	if (segment->flags & QPAS_SEGMENT_ONE_SHOT)
		return "one-shot";
	if (segment->flags & QPAS_SEGMENT_LOADABLE)
		return "load";
	if (((segment->p_flags >> 24) & 7) == 7)
		return "headers";
	return "-";
}

static struct json_object *json_segment(const struct qpas_segment *segment)
{
	struct json_object *object = js_object();

	js_put(object, "index", js_number(segment->index));
	js_put(object, "kind", js_text(segment_kind(segment)));
	js_put(object, "type", js_hex(segment->p_type));
	js_put(object, "flags", js_hex(segment->p_flags));
	js_put(object, "offset", js_number(segment->p_offset));
	js_put(object, "vaddr", js_hex(segment->p_vaddr));
	js_put(object, "paddr", js_hex(segment->p_paddr));
	js_put(object, "filesz", js_hex(segment->p_filesz));
	js_put(object, "memsz", js_hex(segment->p_memsz));
	js_put(object, "loadable", js_bool(segment->flags & QPAS_SEGMENT_LOADABLE));
	js_put(object, "relocatable", js_bool(segment->flags & QPAS_SEGMENT_RELOCATABLE));
	js_put(object, "own_file", js_bool(segment->flags & QPAS_SEGMENT_OWN_FILE));
	return object;
}

/* In the order of the program headers, so that `index` equals the place in the list. */
static int json_segments(const struct info *info, struct json_object *list, struct qpas_error *err)
{
	uint32_t i;

	for (i = 0; i < info->image_info.segments; i++) {
		struct qpas_segment segment = QPAS_SEGMENT_INIT;
		int code = qpas_image_segment(info->image, i, &segment, err);

		if (code)
			return code;
		js_append(list, json_segment(&segment));
	}
	return 0;
}

static struct json_object *json_slot(const struct qpas_auth_signature *signature)
{
	struct json_object *object = js_object();

	js_put(object, "signer", js_text(qpas_auth_signer_name(signature->signer)));
	js_put(object, "signature_size", js_hex(signature->signature_bytes));
	js_put(object, "signature_offset", js_number(signature->signature_offset));
	js_put(object, "chain_size", js_hex(signature->chain_bytes));
	js_put(object, "chain_offset", js_number(signature->chain_offset));
	return object;
}

static int json_slots(const struct info *info, struct json_object *list, struct qpas_error *err)
{
	uint32_t i;

	for (i = 0; i < info->auth.signatures; i++) {
		struct qpas_auth_signature signature = QPAS_AUTH_SIGNATURE_INIT;
		int code = qpas_auth_report_signature(info->report, i, &signature, err);

		if (code)
			return code;
		js_append(list, json_slot(&signature));
	}
	return 0;
}

static struct json_object *json_remarks(uint64_t flags)
{
	struct json_object *list = js_array();
	const struct fact_remark *remark;

	for (remark = fact_remarks(); remark->flag; remark++) {
		if (flags & remark->flag)
			js_append(list, js_text(remark->key));
	}
	return list;
}

static struct json_object *json_load_problem(const struct qpas_image_info *info)
{
	struct json_object *object;

	if (!info->load_code)
		return NULL;
	object = js_object();
	js_put(object, "code", js_text(qpas_err_name(info->load_code)));
	js_put(object, "message_id", js_number(info->load_message));
	js_put(object, "text", js_text(qpas_message_text(info->load_message)));
	return object;
}

static int show_json(const struct info *info, struct json_object *object, struct qpas_error *err)
{
	const struct qpas_image_info *image = &info->image_info;
	struct json_object *segments = js_array();
	struct json_object *slots = js_array();
	int code = json_segments(info, segments, err);

	if (!code)
		code = json_slots(info, slots, err);
	js_put(object, "offset", js_number(info->offset));
	fact_put_image(object, image);
	fact_put_auth(object, &info->auth);
	js_put(object, "machine", js_number(image->machine));
	js_put(object, "machine_name", js_text(fact_machine(image->machine)));
	js_put(object, "entry", js_hex(image->entry));
	js_put(object, "file_size", js_hex(image->file_bytes));
	js_put(object, "metadata_size", js_hex(image->metadata_bytes));
	js_put(object, "hash_segment",
	       image->hash_segment == QPAS_NO_SEGMENT ? NULL : js_number(image->hash_segment));
	js_put(object, "remarks", json_remarks(image->flags));
	js_put(object, "load_problem", json_load_problem(image));
	js_put(object, "signatures", slots);
	js_put(object, "segments", segments);
	return code;
}

/* Three lines that tell people what they look for first. */
static void print_summary(const struct info *info)
{
	const struct qpas_image_info *image = &info->image_info;

	printf("  ELF%" PRIu32 ", machine %" PRIu32 " (%s), %" PRIu32 " program headers, %" PRIu64
	       " bytes, entry %#" PRIx64 "\n",
	       image->elf_class, image->machine, fact_machine(image->machine), image->segments,
	       image->file_bytes, image->entry);
	printf("  %s, %#" PRIx64 " bytes of memory from %#" PRIx64 "\n",
	       image->flags & QPAS_IMAGE_RELOCATABLE ? "relocatable" : "fixed address",
	       image->load_size, image->load_min);
	if (image->hash_segment == QPAS_NO_SEGMENT)
		puts("  no hash segment: nobody signed it, and PAS refuses it");
	else if (info->auth.mbn_version)
		printf("  hash segment: header %" PRIu32 ", MBN version %" PRIu32
		       ", %s digests, metadata of %" PRIu32 " bytes\n",
		       image->hash_segment, info->auth.mbn_version,
		       fact_digest(info->auth.digest) ? fact_digest(info->auth.digest) : "no",
		       image->metadata_bytes);
	else
		printf("  hash segment: header %" PRIu32 ", not understood (see qpas verify)\n",
		       image->hash_segment);
}

static int print_slots(const struct info *info, struct qpas_error *err)
{
	uint32_t i;

	for (i = 0; i < info->auth.signatures; i++) {
		struct qpas_auth_signature signature = QPAS_AUTH_SIGNATURE_INIT;
		int code = qpas_auth_report_signature(info->report, i, &signature, err);

		if (code)
			return code;
		printf("  %s slot: signature of %" PRIu32 " bytes, certificates of %" PRIu32
		       " bytes\n",
		       qpas_auth_signer_name(signature.signer), signature.signature_bytes,
		       signature.chain_bytes);
	}
	return 0;
}

static void print_remarks(const struct qpas_image_info *info)
{
	const struct fact_remark *remark;

	for (remark = fact_remarks(); remark->flag; remark++) {
		if (info->flags & remark->flag)
			printf("  note: %s\n", remark->text);
	}
	if (info->load_code)
		printf("  %snot loadable:%s %s (%s)\n", style_on(stdout, STYLE_WARN),
		       style_off(stdout), qpas_message_text(info->load_message),
		       qpas_err_name(info->load_code));
}

static int print_segments(const struct info *info, struct qpas_error *err)
{
	uint32_t i;

	printf("\n  %s  #  kind      p_type      p_flags         offset       paddr     filesz     "
	       " memsz%s\n",
	       style_on(stdout, STYLE_BOLD), style_off(stdout));
	for (i = 0; i < info->image_info.segments; i++) {
		struct qpas_segment segment = QPAS_SEGMENT_INIT;
		int code = qpas_image_segment(info->image, i, &segment, err);

		if (code)
			return code;
		printf("  %3" PRIu32 "  %-8s %#10" PRIx32 "  %#10" PRIx32 " %#11" PRIx64
		       " %#11" PRIx64 " %#10" PRIx64 " %#10" PRIx64 "%s%s\n",
		       i, segment_kind(&segment), segment.p_type, segment.p_flags, segment.p_offset,
		       segment.p_paddr, segment.p_filesz, segment.p_memsz,
		       segment.flags & QPAS_SEGMENT_RELOCATABLE ? "  reloc" : "",
		       segment.flags & QPAS_SEGMENT_OWN_FILE ? "  .bNN" : "");
	}
	return 0;
}

static int show_text(const struct info *info, struct qpas_error *err)
{
	int code;

	fputs(style_on(stdout, STYLE_BOLD), stdout);
	print_safe(stdout, info->file);
	if (info->offset)
		printf("@%#" PRIx64, info->offset);
	printf("%s\n", style_off(stdout));
	print_summary(info);
	code = print_slots(info, err);
	print_remarks(&info->image_info);
	return code ? code : print_segments(info, err);
}

/* Digests are not judged here; the report is asked for version and slots only. */
static int describe(struct info *info, struct qpas_error *err)
{
	struct qpas_image_info image_info = QPAS_IMAGE_INFO_INIT;
	struct qpas_auth_summary auth = QPAS_AUTH_SUMMARY_INIT;
	struct qpas_auth_params params = QPAS_AUTH_PARAMS_INIT;
	int code = qpas_image_describe(info->image, &image_info, err);

	params.flags = QPAS_AUTH_DIGESTS_ONLY;
	if (!code)
		code = qpas_auth_verify(info->image, &params, &info->report, err);
	if (!code)
		code = qpas_auth_report_describe(info->report, &auth, err);
	info->image_info = image_info;
	info->auth = auth;
	return code;
}

/* Names the object, or starts the paragraph, and shows the image. Returns an exit code. */
static int show(struct info *info, struct json_object *list, struct qpas_error *err)
{
	struct json_object *object = list ? js_object() : NULL;
	int code;

	if (object)
		js_put(object, "file", js_text(info->file));
	code = describe(info, err);
	if (!code)
		code = object ? show_json(info, object, err) : show_text(info, err);
	if (code)
		report_error(info->file, err);
	if (object) {
		js_put(object, "error", js_error(err));
		js_append(list, object);
	}
	qpas_auth_report_free(info->report);
	info->report = NULL;
	return code ? exit_of(err, BLAME_INPUT) : EXIT_FINE;
}

/* Images inside come after the one around them, in the order of the file. */
static int show_nested(const char *file, const struct qpas_image *image, struct json_object *list)
{
	struct info info = {.file = file};
	struct qpas_image *inside = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;
	int worst = EXIT_FINE;
	uint32_t count;

	for (count = 0; count < NESTED_MAX; count++) {
		if (qpas_image_nested(image, info.offset + 1, &inside, &info.offset, &err))
			break;
		if (!list)
			putchar('\n');
		info.image = inside;
		worst = exit_worst(worst, show(&info, list, &err));
		qpas_image_unref(inside);
	}
	if (count == NESTED_MAX)
		error_set(&err, QPAS_ERR_LIMIT, 0,
			  "more than %u images inside; the rest is not shown. Cut the file.",
			  NESTED_MAX);
	if (err.code == QPAS_ERR_NOTFOUND)
		return worst;
	report_error(file, &err);
	return exit_worst(worst, exit_of(&err, BLAME_INPUT));
}

/* A file that cannot be opened has an object, too. */
static void show_unread(const char *file, struct json_object *list, const struct qpas_error *err)
{
	struct json_object *object;

	report_error(file, err);
	if (!list)
		return;
	object = js_object();
	js_put(object, "file", js_text(file));
	js_put(object, "error", js_error(err));
	js_append(list, object);
}

/* One file's failure must not keep the others from being shown. */
static int info_file(const char *file, bool nested, struct json_object *list)
{
	struct info info = {.file = file};
	struct qpas_image *image = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;
	int code = source_image(file, NULL, &image, &err);

	if (code) {
		show_unread(file, list, &err);
		return code;
	}
	info.image = image;
	code = show(&info, list, &err);
	if (nested)
		code = exit_worst(code, show_nested(file, image, list));
	qpas_image_unref(image);
	return code;
}

static int run(const struct cli_arguments *args)
{
	struct json_object *list = cli_switch(args, "json") ? js_array() : NULL;
	bool nested = cli_switch(args, "nested");
	int worst = EXIT_FINE;
	size_t i;

	for (i = 0; i < args->operand_count; i++) {
		if (!list && i > 0)
			putchar('\n');
		worst = exit_worst(worst, info_file(args->operands[i], nested, list));
	}
	if (list)
		js_print(list);
	return worst;
}

static const struct cli_option options[] = {
	{"nested", NULL, "show images inside of the image, too, each with its place in the file"},
	{NULL, NULL, NULL},
};

const struct cli_command command_info = {
	.name = "info",
	.synopsis = "IMAGE... [--nested] [--json]",
	.summary = "what an image is made of: headers, segments, hash segment",
	.about =
		"Shows what each image is: ELF class, where it loads, its hash segment and signature\n"
		"slots, and one line per program header. Images that could not be loaded are shown\n"
		"too, with the rule that refuses them. IMAGE is an .mbn (or other ELF) file, or the\n"
		".mdt of a split image, whose .bNN parts are read from the same folder.\n"
		"\n"
		"Boot images wrap signed images in their segments, and some files are several images\n"
		"one behind the other: --nested shows each of them as FILE@OFFSET.\n"
		"\n"
		"Nothing is judged here: qpas verify says whether the digests are right.",
	.examples = "  qpas info adsp.mbn\n"
		    "  qpas info --nested xbl.elf\n"
		    "  qpas info --json *.mbn | jq '.[] | {file, mbn_version}'",
	.codes = "  0  all images were read\n"
		 "  1  an image is damaged, or is none\n"
		 "  2  usage\n"
		 "  3  a file could not be opened",
	.options = options,
	.least = 1,
	.most = CLI_ANY_NUMBER,
	.run = run,
};
