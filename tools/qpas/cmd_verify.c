/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas verify: is an image what was signed? One line per image, one per problem, and a summary. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "facts.h"
#include "json.h"
#include "out.h"
#include "source.h"
#include "verify.h"

#define MAX_THREADS	64u
#define ROOT_FILE_BYTES 4096u

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The hash that `length` hexadecimal digits spell; false if they are not 64 or 96 of them. */
static bool parse_hash(const char *text, size_t length, struct verify *verify)
{
	size_t i;

	if (length != 64 && length != 96)
		return false;
	for (i = 0; i < length / 2; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		verify->root[i] = (uint8_t)(high << 4 | low);
	}
	verify->params.root_hash.ptr = verify->root;
	verify->params.root_hash.len = length / 2;
	return true;
}

/* The output of sha256sum or sha384sum over the root certificate, or the bare bytes. */
static int root_from_file(const char *path, struct verify *verify)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_slice file;
	int code = source_file(path, ROOT_FILE_BYTES, &file, &err);

	if (code) {
		report_error(path, &err);
		return code;
	}
	if (file.len == 32 || file.len == 48) {
		memcpy(verify->root, file.ptr, file.len);
		verify->params.root_hash.ptr = verify->root;
		verify->params.root_hash.len = file.len;
	} else {
		const char *text = file.ptr;
		size_t length = 0;

		while (length < file.len && hex_digit(text[length]) >= 0)
			length++;
		if (!parse_hash(text, length, verify))
			code = report_usage("verify",
					    "%s holds no root hash: make one with "
					    "'sha384sum root.der > %s'",
					    path, path);
	}
	free((void *)(uintptr_t)file.ptr);
	return code;
}

/* Certificates are not judged with --digests: a root would look checked and not be. */
static int take_root(const struct cli_arguments *args, struct verify *verify)
{
	const char *hash = cli_value(args, "root-hash");
	const char *file = cli_value(args, "root");

	if (hash && file)
		return report_usage("verify", "give --root or --root-hash, not both");
	if ((hash || file) && cli_switch(args, "digests"))
		return report_usage("verify", "--digests leaves certificates alone: it cannot be "
					      "combined with a root");
	if (file)
		return root_from_file(file, verify);
	if (hash && !parse_hash(hash, strlen(hash), verify))
		return report_usage("verify",
				    "--root-hash takes the 64 or 96 hexadecimal digits of SHA-256 "
				    "or SHA-384");
	return EXIT_FINE;
}

static int take_options(const struct cli_arguments *args, struct verify *verify)
{
	struct qpas_auth_params params = QPAS_AUTH_PARAMS_INIT;
	uint64_t threads = 0;
	int code;

	memset(verify, 0, sizeof(*verify));
	verify->params = params;
	verify->json = cli_switch(args, "json");
	verify->detail = args->operand_count == 1;
	if (cli_switch(args, "digests"))
		verify->params.flags |= QPAS_AUTH_DIGESTS_ONLY;
	if (cli_switch(args, "require-signature"))
		verify->params.flags |= QPAS_AUTH_REQUIRE_SIGNATURE;
	code = cli_number(args, "threads", &threads);
	if (!code && threads > MAX_THREADS)
		code = report_usage("verify", "--threads takes at most %u", MAX_THREADS);
	verify->params.threads = (uint32_t)threads;
	if (!code)
		code = take_root(args, verify);
	if (code)
		return code;
	return verify_for_take(args, &verify->params.root_hash, &verify->others);
}

uint32_t verify_root_answer(const struct verify *verify, const struct judged *judged)
{
	if (!verify->params.root_hash.len)
		return QPAS_AUTH_NOT_CHECKED;
	return judged->summary.signatures ? judged->summary.root_match : QPAS_AUTH_NO;
}

/* Unsigned is no fault by itself: development boards run such images. */
static bool verdict_passes(const struct judged *judged, const struct verify *verify)
{
	bool unsigned_is_fine = !(verify->params.flags & QPAS_AUTH_REQUIRE_SIGNATURE);

	if (judged->summary.verdict == QPAS_AUTH_VALID)
		return true;
	return judged->summary.verdict == QPAS_AUTH_UNSIGNED && unsigned_is_fine;
}

/* A wrong root leaves the verdict alone, which speaks of the image only. */
int verify_code(const struct verify *verify, const struct judged *judged)
{
	bool root_given = verify->params.root_hash.len != 0;

	if (!verdict_passes(judged, verify))
		return EXIT_BAD;
	if (root_given && verify_root_answer(verify, judged) == QPAS_AUTH_NO)
		return EXIT_BAD;
	/* A question that was not answered must not look like a yes. */
	if (root_given && verify_root_answer(verify, judged) == QPAS_AUTH_NOT_CHECKED)
		return EXIT_HERE;
	return EXIT_FINE;
}

/* All facts of one image, before anything of it is printed. */
static int judge(const struct verify *verify, const struct qpas_image *image, struct judged *judged,
		 struct qpas_error *err)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_auth_summary summary = QPAS_AUTH_SUMMARY_INIT;
	int code = qpas_image_describe(image, &info, err);

	if (!code)
		code = qpas_auth_verify(image, &verify->params, &judged->report, err);
	if (!code)
		code = qpas_auth_report_describe(judged->report, &summary, err);
	judged->info = info;
	judged->summary = summary;
	return code;
}

/* A file that cannot be read as an image still gets its verdict. */
static void show_unread(const struct verify *verify, const char *file, int code,
			struct json_object *object)
{
	const char *verdict = code == EXIT_BAD ? "malformed" : NULL;

	if (verify->json) {
		verify_json_unread(object, verdict);
		return;
	}
	printf("%s%-11s%s  ", style_on(stdout, verify_style(code)), verdict ? verdict : "unread",
	       style_off(stdout));
	print_safe(stdout, file);
	putchar('\n');
}

/* What this library cannot read, Linux may still have an answer to. */
static int others_of_unread(const struct verify *verify, const char *file, int code,
			    struct json_object *object)
{
	const struct verify_subject subject = {file, NULL, NULL, object};
	struct qpas_error err = QPAS_ERROR_INIT;

	if (code != EXIT_BAD) {
		if (object)
			js_put(object, "refusals", js_array());
		return EXIT_FINE;
	}
	return verify_for_judge(&verify->others, &subject, &err);
}

/* What could not be read counts in the summary like what was judged. */
static int verify_file(struct verify *verify, const char *file, struct json_object *object,
		       struct qpas_error *err)
{
	struct judged judged = {.file = file};
	struct qpas_image *image = NULL;
	int code = source_image(file, NULL, &image, err);

	if (!code && judge(verify, image, &judged, err))
		code = exit_of(err, BLAME_INPUT);
	progress_clear();
	if (code) {
		verify->verdicts[code == EXIT_BAD ? QPAS_AUTH_MALFORMED : 0]++;
		show_unread(verify, file, code, object);
		code = exit_worst(code, others_of_unread(verify, file, code, object));
	} else if (verify->json ? verify_json(verify, &judged, object, err) :
				  verify_text(verify, &judged, err)) {
		code = exit_of(err, BLAME_INPUT);
	} else {
		const struct verify_subject subject = {file, image, judged.report, object};

		if (judged.summary.verdict <= QPAS_AUTH_MALFORMED)
			verify->verdicts[judged.summary.verdict]++;
		code = exit_worst(verify_code(verify, &judged),
				  verify_for_judge(&verify->others, &subject, err));
	}
	qpas_auth_report_free(judged.report);
	qpas_image_unref(image);
	return code;
}

static void print_total(const struct verify *verify, size_t count)
{
	const char *comma = "";
	uint32_t verdict;

	if (count < 2)
		return;
	printf("%zu images:", count);
	for (verdict = QPAS_AUTH_VALID; verdict <= QPAS_AUTH_MALFORMED; verdict++) {
		if (!verify->verdicts[verdict])
			continue;
		printf("%s %" PRIu32 " %s", comma, verify->verdicts[verdict],
		       qpas_auth_verdict_name(verdict));
		comma = ",";
	}
	if (verify->verdicts[0])
		printf("%s %" PRIu32 " unread", comma, verify->verdicts[0]);
	putchar('\n');
}

static int list_rules(const struct cli_arguments *args, const struct verify *verify)
{
	if (args->operand_count)
		return report_usage("verify", "--rules lists rules and judges no image");
	verify_for_rules(&verify->others, verify->json);
	return EXIT_FINE;
}

static int run(const struct cli_arguments *args)
{
	struct verify verify;
	struct json_object *list;
	int worst = take_options(args, &verify);
	size_t i;

	if (worst || cli_switch(args, "rules")) {
		if (!worst)
			worst = list_rules(args, &verify);
		verify_for_end(&verify.others);
		return worst;
	}
	if (!args->operand_count) {
		verify_for_end(&verify.others);
		return report_usage("verify", "give at least one IMAGE");
	}
	list = verify.json ? js_array() : NULL;
	for (i = 0; i < args->operand_count; i++) {
		struct qpas_error err = QPAS_ERROR_INIT;
		struct json_object *object = list ? js_object() : NULL;
		int code;

		if (object)
			js_put(object, "file", js_text(args->operands[i]));
		progress("verifying image %zu of %zu", i + 1, args->operand_count);
		code = verify_file(&verify, args->operands[i], object, &err);
		if (err.code)
			report_error(args->operands[i], &err);
		if (object) {
			js_put(object, "error", js_error(&err));
			js_append(list, object);
		}
		worst = exit_worst(worst, code);
	}
	if (list)
		js_print(list);
	else
		print_total(&verify, args->operand_count);
	verify_for_end(&verify.others);
	return worst;
}

static const struct cli_option options[] = {
	{"root", "FILE",
	 "compare the root certificate with the hash in FILE (as sha384sum writes)"},
	{"root-hash", "HEX", "the same with the SHA-256 or SHA-384 digits themselves"},
	{"require-signature", NULL, "an image that nobody signed is invalid"},
	{"digests", NULL, "check digests only"},
	{"threads", "N", "hash with up to N threads (1 to 64)"},
	VERIFY_FOR_OPTIONS,
	{NULL, NULL, NULL},
};

const struct cli_command command_verify = {
	.name = "verify",
	.synopsis =
		"IMAGE... [--root FILE | --root-hash HEX] [--require-signature] [--digests]\n"
		"            [--threads N] [--for PROFILES [--peripheral NAME [--dtb DTB]] ...]\n"
		"       qpas verify --rules [--for PROFILES]",
	.summary = "whether an image is what was signed: digests, signatures, certificates",
	.about =
		"Hashes the headers and every segment of each image and compares with its hash\n"
		"segment; checks signatures and certificate chains up to their own root. One line per\n"
		"image tells the verdict; a single image also shows who signed:\n"
		"\n"
		"  valid        all that was checked is right (with --digests: the digests alone)\n"
		"  invalid      a digest or signature is wrong; the segments follow\n"
		"  unsigned     the digests match, or there are none, and nobody signed\n"
		"  unsupported  well-formed, of a kind that is not handled\n"
		"  malformed    breaks the rules of its format\n"
		"\n"
		"No verdict says \"trusted\": whom to trust is decided by the root in the fuses of a\n"
		"device, which --root stands for. The root hash of a device is that of its root\n"
		"certificate in DER form: sha384sum root.der > root.hash\n"
		"\n"
		"Kernels answer a refused image with a bare -22. --for says what stands behind it: the\n"
		"rules of Linux's loader (linux:6.1, linux:7.2), of TrustZone as far as they are public\n"
		"(tz) and of OP-TEE's PAS service (op-tee), each broken one with its number, what the\n"
		"refuser answers and where the rule comes from. What is known of the device makes more\n"
		"rules askable: --peripheral, --dtb, --region, --soc and so on; with --for, --root is\n"
		"the root in its fuses. docs/refusals.md has all rules.",
	.examples =
		"  qpas verify adsp.mbn\n"
		"  qpas verify --require-signature --root root.hash /lib/firmware/qcom/*/*.mbn\n"
		"  qpas verify --for linux:7.2,tz adsp.mbn --peripheral adsp --dtb board.dtb\n"
		"  qpas verify --json *.mbn | jq -r '.[] | select(.verdict != \"valid\").file'",
	.codes =
		"  0  every image is valid, or unsigned where that is allowed\n"
		"  1  an image is invalid, unsupported or malformed, has another root, or would be\n"
		"     refused by one of --for\n"
		"  2  usage\n"
		"  3  a file could not be opened, or a root was given and no chain could be checked",
	.options = options,
	.least = 0,
	.most = CLI_ANY_NUMBER,
	.run = run,
};
