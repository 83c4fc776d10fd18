/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `qpas verify --for`: options into what qpas_refusal_check() takes, and its answers for people and
 * for programs.
 */
#define _GNU_SOURCE
#include "verify_for.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "out.h"
#include "source.h"

#define FILE_LIMIT ((size_t)128 << 20)
#define NAME_BYTES 256u
#define PAGE	   4096u

/* ---- options ---- */

static uint32_t profile_of(const char *name, size_t length)
{
	for (uint32_t i = QPAS_REFUSAL_TZ; i <= QPAS_REFUSAL_OP_TEE; i++) {
		const char *known = qpas_refusal_profile_name(i);

		if (strlen(known) == length && !strncmp(known, name, length))
			return i;
	}
	return 0;
}

static bool is_taken(const struct verify_for *what, uint32_t profile)
{
	for (uint32_t i = 0; i < what->count; i++) {
		if (what->profiles[i] == profile)
			return true;
	}
	return false;
}

/* One list of --for. */
static int take_profiles(const char *list, struct verify_for *what)
{
	/* An empty variable of a script must not look like "nothing refuses it". */
	if (!*list)
		return report_usage("verify", "--for is empty: name tz, linux:6.1, linux:7.2 or "
					      "op-tee");
	while (*list) {
		size_t length = strcspn(list, ",");
		uint32_t profile = profile_of(list, length);

		if (!profile)
			return report_usage(
				"verify",
				"--for takes tz, linux:6.1, linux:7.2 and op-tee, not '%s'", list);
		if (!is_taken(what, profile))
			what->profiles[what->count++] = profile;
		list += length + (list[length] == ',');
	}
	return EXIT_FINE;
}

/* Numbers of the device: where they go, and the bit that says that they are known. */
static int take_device(const struct cli_arguments *args, struct qpas_refusal_device *device)
{
	uint64_t soc = 0, oem = 0, model = 0, version = 0;
	const struct {
		const char *name;
		uint64_t *to;
		uint64_t most;
		uint64_t known;
	} rows[] = {
		{"soc", &soc, UINT32_MAX, QPAS_AUTH_HAS_SOC_VERSIONS},
		{"hw-id", &device->hw_id, UINT64_MAX, QPAS_AUTH_HAS_HW_ID},
		{"oem-id", &oem, UINT32_MAX, QPAS_AUTH_HAS_OEM_ID},
		{"model-id", &model, UINT32_MAX, QPAS_AUTH_HAS_MODEL_ID},
		{"serial", &device->serial, UINT64_MAX, QPAS_AUTH_HAS_SERIALS},
		{"anti-rollback", &version, UINT32_MAX, QPAS_AUTH_HAS_ANTI_ROLLBACK},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int code = cli_number(args, rows[i].name, rows[i].to);

		if (!code && *rows[i].to > rows[i].most)
			code = report_usage("verify", "--%s has 32 bits", rows[i].name);
		if (code)
			return code;
		if (cli_value(args, rows[i].name))
			device->known |= rows[i].known;
	}
	device->soc_version = (uint32_t)soc;
	device->oem_id = (uint32_t)oem;
	device->model_id = (uint32_t)model;
	device->anti_rollback = (uint32_t)version;
	return EXIT_FINE;
}

static int take_secure_boot(const struct cli_arguments *args, struct qpas_refusal_device *device)
{
	const char *text = cli_value(args, "secure-boot");

	if (!text)
		return EXIT_FINE;
	if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
		return report_usage("verify", "--secure-boot is on or off, not '%s'", text);
	device->secure_boot = text[1] == 'n' ? QPAS_AUTH_YES : QPAS_AUTH_NO;
	return EXIT_FINE;
}

static int take_region(const struct cli_arguments *args, struct verify_for *what)
{
	const char *text = cli_value(args, "region");
	const char *plus = text ? strchr(text, '+') : NULL;
	size_t length = plus ? (size_t)(plus - text) : 0;
	struct qpas_refusal_params *params = &what->params;
	char base[32];

	if (!text)
		return EXIT_FINE;
	/* What does not fit is no number of 64 bits; its beginning would be another one. */
	(void)snprintf(base, sizeof(base), "%.*s", (int)(length < sizeof(base) ? length : 0), text);
	if ((plus && !cli_parse_number(base, &params->region_base)) ||
	    !cli_parse_number(plus ? plus + 1 : text, &params->region_size) || !params->region_size)
		return report_usage("verify",
				    "--region takes bytes, or an address, '+' and bytes, not '%s'",
				    text);
	what->region_has_base = plus != NULL;
	return EXIT_FINE;
}

/* PAS ids that are the same on every chip that has the peripheral (docs/pas.md). */
static const struct {
	const char *name;
	uint32_t kind;
	uint32_t pas_id;
	uint32_t dtb_pas_id;
} well_known[] = {
	{"adsp", QPAS_KIND_REMOTEPROC, 1, 36},
	{"modem", QPAS_KIND_REMOTEPROC, 4, 38},
	{"wcnss", QPAS_KIND_REMOTEPROC, 6, QPAS_NO_PAS_ID},
	{"wpss", QPAS_KIND_REMOTEPROC, 6, QPAS_NO_PAS_ID},
	{"video", QPAS_KIND_VIDEO, 9, QPAS_NO_PAS_ID},
	{"slpi", QPAS_KIND_REMOTEPROC, 12, QPAS_NO_PAS_ID},
	{"gpu", QPAS_KIND_GPU, 13, QPAS_NO_PAS_ID},
	{"ipa", QPAS_KIND_IPA, 15, QPAS_NO_PAS_ID},
	{"cdsp", QPAS_KIND_REMOTEPROC, 18, 37},
	{"cdsp0", QPAS_KIND_REMOTEPROC, 18, 37},
	{"cdsp1", QPAS_KIND_REMOTEPROC, 30, QPAS_NO_PAS_ID},
	{"camera", QPAS_KIND_CAMERA, 33, QPAS_NO_PAS_ID},
	{"gpdsp0", QPAS_KIND_REMOTEPROC, 39, QPAS_NO_PAS_ID},
	{"gpdsp1", QPAS_KIND_REMOTEPROC, 40, QPAS_NO_PAS_ID},
	{"soccp", QPAS_KIND_REMOTEPROC, 51, 65},
};

/* Without a tree: a name that means the same everywhere, or the PAS id itself. */
static int name_peripheral(const char *name, bool dtb_image, struct qpas_peripheral *peripheral)
{
	uint64_t number;

	peripheral->name = name;
	peripheral->kind = QPAS_KIND_REMOTEPROC;
	for (size_t i = 0; i < sizeof(well_known) / sizeof(well_known[0]); i++) {
		if (strcmp(name, well_known[i].name) != 0)
			continue;
		peripheral->kind = well_known[i].kind;
		peripheral->pas_id = well_known[i].pas_id;
		peripheral->dtb_pas_id = well_known[i].dtb_pas_id;
		if (dtb_image && peripheral->dtb_pas_id == QPAS_NO_PAS_ID)
			return report_usage("verify", "%s has no DTB image", name);
		return EXIT_FINE;
	}
	if (!cli_parse_number(name, &number) || number >= QPAS_NO_PAS_ID)
		return report_usage(
			"verify",
			"'%s' means nothing without --dtb: give a device tree, or a PAS "
			"id",
			name);
	peripheral->pas_id = (uint32_t)number;
	peripheral->dtb_pas_id = (uint32_t)number;
	return EXIT_FINE;
}

static int find_peripheral(const struct cli_arguments *args, const char *name,
			   struct verify_for *what)
{
	const char *dtb = cli_value(args, "dtb");
	struct qpas_error err = QPAS_ERROR_INIT;
	int code = source_platform(args, dtb, NULL, &what->platform, &err);

	if (!code && qpas_platform_find(what->platform, name, &what->peripheral, &err))
		code = exit_of(&err, BLAME_INPUT);
	if (code)
		report_error(err.code == QPAS_ERR_NOTFOUND ? name : dtb, &err);
	else if (what->params.flags & QPAS_REFUSAL_DTB_IMAGE &&
		 what->peripheral.dtb_pas_id == QPAS_NO_PAS_ID)
		code = report_usage("verify", "%s has no DTB image in %s", name, dtb);
	return code;
}

static int take_peripheral(const struct cli_arguments *args, struct verify_for *what)
{
	const char *name = cli_value(args, "peripheral");
	bool tree = cli_value(args, "dtb") != NULL;
	int code;

	if (cli_switch(args, "dtb-image"))
		what->params.flags |= QPAS_REFUSAL_DTB_IMAGE;
	if (!name)
		return tree || cli_value(args, "overlay") || cli_switch(args, "dtb-image") ?
			       report_usage(
				       "verify",
				       "--dtb, --overlay and --dtb-image go with --peripheral") :
			       EXIT_FINE;
	if (!tree && cli_value(args, "overlay"))
		return report_usage("verify", "--overlay needs a device tree to apply to");
	code = tree ? find_peripheral(args, name, what) :
		      name_peripheral(name, cli_switch(args, "dtb-image"), &what->peripheral);
	if (!code)
		what->params.peripheral = &what->peripheral;
	return code;
}

/* A question nobody asked is a mistake on the command line. */
static int check_asked(const struct cli_arguments *args)
{
	static const char *const needs[] = {
		"peripheral", "dtb",	  "overlay", "region",	    "soc",	     "hw-id",
		"oem-id",     "model-id", "serial",  "secure-boot", "anti-rollback",
	};

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (cli_value(args, needs[i]))
			return report_usage("verify", "--%s goes with --for", needs[i]);
	}
	return cli_switch(args, "dtb-image") ?
		       report_usage("verify", "--dtb-image goes with --for") :
		       EXIT_FINE;
}

int verify_for_take(const struct cli_arguments *args, const struct qpas_slice *root,
		    struct verify_for *what)
{
	static const struct qpas_refusal_params params = QPAS_REFUSAL_PARAMS_INIT;
	static const struct qpas_refusal_device device = QPAS_REFUSAL_DEVICE_INIT;
	static const struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
	int code = EXIT_FINE;

	memset(what, 0, sizeof(*what));
	what->params = params;
	what->device = device;
	what->peripheral = peripheral;
	what->params.device = &what->device;
	for (size_t i = 0; !code && cli_value_at(args, "for", i); i++)
		code = take_profiles(cli_value_at(args, "for", i), what);
	if (!code && !what->count)
		return check_asked(args);
	what->device.root_hash = *root;
	if (!code)
		code = take_device(args, &what->device);
	if (!code)
		code = take_secure_boot(args, &what->device);
	if (!code)
		code = take_region(args, what);
	return code ? code : take_peripheral(args, what);
}

void verify_for_end(struct verify_for *what)
{
	qpas_platform_unref(what->platform);
	what->platform = NULL;
}

/* ---- answers ---- */

/* What would have to be known, as JSON says it and as people give it. */
static const struct {
	uint64_t bit;
	const char *key;
	const char *option;
} unasked_rows[] = {
	{QPAS_REFUSAL_UNASKED_REGION, "region", "--region, or --peripheral with --dtb"},
	{QPAS_REFUSAL_UNASKED_PERIPHERAL, "peripheral", "--peripheral"},
	{QPAS_REFUSAL_UNASKED_ROOT, "root", "--root"},
	{QPAS_REFUSAL_UNASKED_SOC, "soc", "--soc"},
	{QPAS_REFUSAL_UNASKED_HW_ID, "hw_id", "--hw-id"},
	{QPAS_REFUSAL_UNASKED_OEM_ID, "oem_id", "--oem-id"},
	{QPAS_REFUSAL_UNASKED_MODEL_ID, "model_id", "--model-id"},
	{QPAS_REFUSAL_UNASKED_SERIAL, "serial", "--serial"},
	{QPAS_REFUSAL_UNASKED_ANTI_ROLLBACK, "anti_rollback", "--anti-rollback"},
	{QPAS_REFUSAL_UNASKED_SECURE_BOOT, "secure_boot", "--secure-boot"},
};

#define UNASKED_ROWS (sizeof(unasked_rows) / sizeof(unasked_rows[0]))

static void print_unasked(uint64_t unasked)
{
	const char *before = "             not judged, as nobody said: ";

	for (size_t i = 0; i < UNASKED_ROWS; i++) {
		if (!(unasked & unasked_rows[i].bit))
			continue;
		printf("%s%s", before, unasked_rows[i].option);
		before = ", ";
	}
	if (unasked)
		putchar('\n');
}

static void print_refusal(const struct qpas_refusal *refusal)
{
	printf("             %s [rule %" PRIu32 "]", refusal->name, refusal->rule);
	if (refusal->status)
		printf(", answered with %" PRId32, refusal->status);
	if (refusal->times > 1)
		printf(", in %" PRIu32 " places", refusal->times);
	fputs("\n               ", stdout);
	print_safe(stdout, refusal->text);
	printf("\n               %s(%s)%s\n", style_on(stdout, STYLE_DIM), refusal->source,
	       style_off(stdout));
}

static int show_list(const struct qpas_refusal_list *list,
		     const struct qpas_refusal_summary *summary, struct qpas_error *err)
{
	const char *name = qpas_refusal_profile_name(summary->profile);

	printf("             %s%s%s: ", style_on(stdout, summary->count ? STYLE_BAD : STYLE_GOOD),
	       name, style_off(stdout));
	puts(summary->count ? "refuses it" : "nothing that was asked refuses it");
	for (uint32_t i = 0; i < summary->count; i++) {
		struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
		int code = qpas_refusal_get(list, i, &refusal, err);

		if (code)
			return code;
		print_refusal(&refusal);
	}
	print_unasked(summary->unasked);
	return 0;
}

static struct json_object *json_refusal(const struct qpas_refusal *refusal)
{
	struct json_object *object = js_object();

	js_put(object, "rule", js_number(refusal->rule));
	js_put(object, "name", js_text(refusal->name));
	js_put(object, "status", refusal->status ? js_signed(refusal->status) : NULL);
	js_put(object, "segment",
	       refusal->segment == QPAS_NO_SEGMENT ? NULL : js_number(refusal->segment));
	js_put(object, "offset", js_number(refusal->offset));
	js_put(object, "times", js_number(refusal->times));
	js_put(object, "text", js_text(refusal->text));
	js_put(object, "source", js_text(refusal->source));
	return object;
}

static int put_list(const struct qpas_refusal_list *list,
		    const struct qpas_refusal_summary *summary, struct json_object *to,
		    struct qpas_error *err)
{
	struct json_object *object = js_object();
	struct json_object *rules = js_array();
	struct json_object *unasked = js_array();
	int code = 0;

	for (uint32_t i = 0; !code && i < summary->count; i++) {
		struct qpas_refusal refusal = QPAS_REFUSAL_INIT;

		code = qpas_refusal_get(list, i, &refusal, err);
		if (!code)
			js_append(rules, json_refusal(&refusal));
	}
	for (size_t i = 0; i < UNASKED_ROWS; i++) {
		if (summary->unasked & unasked_rows[i].bit)
			js_append(unasked, js_text(unasked_rows[i].key));
	}
	js_put(object, "profile", js_text(qpas_refusal_profile_name(summary->profile)));
	js_put(object, "refused", js_bool(summary->count != 0));
	js_put(object, "rules", rules);
	js_put(object, "not_judged", unasked);
	js_append(to, object);
	return code;
}

/* Tells one list and frees it; exit code. */
static int tell(struct qpas_refusal_list *list, struct json_object *to, struct qpas_error *err)
{
	struct qpas_refusal_summary summary = QPAS_REFUSAL_SUMMARY_INIT;
	int code = qpas_refusal_describe(list, &summary, err);

	if (!code)
		code = to ? put_list(list, &summary, to, err) : show_list(list, &summary, err);
	qpas_refusal_list_free(list);
	if (code)
		return exit_of(err, BLAME_INPUT);
	return summary.count ? EXIT_BAD : EXIT_FINE;
}

/* ---- asking ---- */

/* Without the suffix of a compressed file, which is none of the kernel's name of it. */
static size_t name_length(const char *file)
{
	size_t length = strlen(file);

	if (length > 3 && !strcmp(file + length - 3, ".xz"))
		return length - 3;
	if (length > 4 && !strcmp(file + length - 4, ".zst"))
		return length - 4;
	return length;
}

/* STEM.bNN with a suffix behind it; the caller frees it. */
static char *part_name(const char *file, uint32_t segment, const char *suffix)
{
	size_t length = name_length(file);
	char *path = NULL;

	if (length < 3 ||
	    asprintf(&path, "%.*sb%02" PRIu32 "%s", (int)(length - 3), file, segment, suffix) < 0)
		return NULL;
	return path;
}

static bool find_part(const char *file, uint32_t segment, const char *suffix, struct stat *status)
{
	char *path = part_name(file, segment, suffix);
	bool there = path && !stat(path, status);

	free(path);
	return there;
}

/*
 * The kernel's way: the last three letters of the name, whatever they are, become bNN, and what is not
 * there is looked for compressed. An image that was opened has parts of the right size, or would not
 * have been.
 */
static int part_size(void *user, uint32_t segment, uint64_t *bytes)
{
	const struct verify_subject *subject = user;
	struct qpas_segment described = QPAS_SEGMENT_INIT;
	struct stat status;

	if (find_part(subject->file, segment, "", &status)) {
		*bytes = (uint64_t)status.st_size;
		return 0;
	}
	if (!subject->image || (!find_part(subject->file, segment, ".xz", &status) &&
				!find_part(subject->file, segment, ".zst", &status)))
		return QPAS_ERR_NOTFOUND;
	if (qpas_image_segment(subject->image, segment, &described, NULL))
		return QPAS_ERR_NOTFOUND;
	*bytes = described.p_filesz;
	return 0;
}

static struct qpas_refusal_params params_for(const struct verify_for *what,
					     const struct verify_subject *subject,
					     char name[NAME_BYTES])
{
	struct qpas_refusal_params params = what->params;
	const char *slash = strrchr(subject->file, '/');
	const char *base = slash ? slash + 1 : subject->file;

	/* Where a region stands that only has a size is not known: where the image would. */
	if (params.region_size && !what->region_has_base && subject->image) {
		struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;

		(void)!qpas_image_describe(subject->image, &info, NULL);
		params.region_base = info.load_min ? info.load_min : PAGE;
	} else if (!what->region_has_base) {
		params.region_size = 0;
	}
	(void)snprintf(name, NAME_BYTES, "%.*s", (int)name_length(base), base);
	params.name = name;
	params.part = part_size;
	params.user = (void *)(uintptr_t)subject;
	params.report = subject->report;
	return params;
}

/* One list after the other; a compressed file that is no image has no bytes that Linux would see. */
static int judge_all(const struct verify_for *what, const struct verify_subject *subject,
		     struct qpas_slice bytes, struct json_object *to, struct qpas_error *err)
{
	char name[NAME_BYTES];
	struct qpas_refusal_params params = params_for(what, subject, name);
	int worst = EXIT_FINE;

	for (uint32_t i = 0; i < what->count; i++) {
		struct qpas_refusal_list *list = NULL;
		int code;

		params.profile = what->profiles[i];
		if (subject->image)
			code = qpas_refusal_check(subject->image, &params, &list, err);
		else
			code = qpas_refusal_check_bytes(bytes, &params, &list, err);
		code = code ? exit_of(err, BLAME_INPUT) : tell(list, to, err);
		worst = exit_worst(worst, code);
	}
	return worst;
}

int verify_for_judge(const struct verify_for *what, const struct verify_subject *subject,
		     struct qpas_error *err)
{
	struct json_object *to = subject->object ? js_array() : NULL;
	struct qpas_slice bytes = {NULL, 0};
	bool packed = name_length(subject->file) != strlen(subject->file);
	int code = EXIT_FINE;

	if (!subject->image && what->count && !packed)
		code = source_file(subject->file, FILE_LIMIT, &bytes, err);
	if (!code && (subject->image || !packed))
		code = judge_all(what, subject, bytes, to, err);
	else if (!code && what->count && !to)
		puts("             nobody's rules are judged: unpack the file to ask about its bytes");
	free((void *)(uintptr_t)bytes.ptr);
	if (subject->object)
		js_put(subject->object, "refusals", to);
	return code;
}

/* ---- rules ---- */

static bool wants(const struct verify_for *what, const struct qpas_refusal_rule *rule)
{
	for (uint32_t i = 0; i < what->count; i++) {
		if (rule->profiles >> what->profiles[i] & 1)
			return true;
	}
	return !what->count;
}

static struct json_object *json_profiles(const struct qpas_refusal_rule *rule)
{
	struct json_object *list = js_array();

	for (uint32_t i = QPAS_REFUSAL_TZ; i <= QPAS_REFUSAL_OP_TEE; i++) {
		if (rule->profiles >> i & 1)
			js_append(list, js_text(qpas_refusal_profile_name(i)));
	}
	return list;
}

static struct json_object *json_rule(const struct qpas_refusal_rule *rule)
{
	struct json_object *object = js_object();

	js_put(object, "rule", js_number(rule->number));
	js_put(object, "name", js_text(rule->name));
	js_put(object, "profiles", json_profiles(rule));
	js_put(object, "text", js_text(qpas_refusal_rule_text(rule->number)));
	js_put(object, "source", js_text(rule->source));
	return object;
}

static void print_rule(const struct qpas_refusal_rule *rule)
{
	printf("%4" PRIu32 "  %s%s%s (", rule->number, style_on(stdout, STYLE_BOLD), rule->name,
	       style_off(stdout));
	for (uint32_t i = QPAS_REFUSAL_TZ, comma = 0; i <= QPAS_REFUSAL_OP_TEE; i++) {
		if (rule->profiles >> i & 1)
			printf("%s%s", comma++ ? ", " : "", qpas_refusal_profile_name(i));
	}
	printf(")\n      %s\n      %s(%s)%s\n", qpas_refusal_rule_text(rule->number),
	       style_on(stdout, STYLE_DIM), rule->source, style_off(stdout));
}

void verify_for_rules(const struct verify_for *what, bool json)
{
	struct json_object *list = json ? js_array() : NULL;
	struct qpas_refusal_rule rule = QPAS_REFUSAL_RULE_INIT;

	for (uint32_t i = 0; !qpas_refusal_rule_get(i, &rule, NULL); i++) {
		if (!wants(what, &rule))
			continue;
		if (list)
			js_append(list, json_rule(&rule));
		else
			print_rule(&rule);
	}
	if (list)
		js_print(list);
}
