/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Boots by URI of images that are right but for one thing, beside twins that are right: one row for
 * each reason that docs/tzsim.md has a status for. The machine has everything fused, and the image is
 * bound to all of it. The client sees a plain -22 unless the simulator is asked to explain; the log
 * has the reason in either case.
 */
#include "support/signed_image.h"
#include "support/tzsim_rig.h"

/* v7 flags, in pairs: SoC, feature, JTAG id, serial, OEM_ID, MODEL_ID bound; debugging off. */
#define ALL_BOUND 0x155aaau
/* Serial numbers not bound, but debugging on for those that are listed. */
#define DEBUGGED 0x195a6au

#define FUSES                                                                              \
	"fuse soc 0xa009\nfuse feature 7\nfuse jtag-id 0x20e1\nfuse serial 0x1122334455\n" \
	"fuse oem-id 0x64\nfuse model-id 0xc69\nfuse minimum 4 3\n"

enum how {
	UNSIGNED,
	FLIP_SIGNATURE,
	FLIP_LEAF,
	OTHER_ROOT,
	OTHER_SCHEME,
	FLIP_HEADER,
	FLIP_SEGMENT,
	SW_ID,
	WORD /* of the metadata */
};

static const struct defect {
	const char *name;
	int64_t status;
	enum how how;
	struct signed_word word;
	uint32_t flags;
	const char *says;
} defects[] = {
	{"not signed", -32, UNSIGNED, {0, 0}, ALL_BOUND, "no OEM signature"},
	{"wrong signature", -33, FLIP_SIGNATURE, {0, 0}, ALL_BOUND, "OEM slot"},
	{"wrong chain", -34, FLIP_LEAF, {0, 0}, ALL_BOUND, "certificate 0 is not signed"},
	{"wrong root", -35, OTHER_ROOT, {0, 0}, ALL_BOUND, "Another Root CA"},
	{"unknown scheme", -36, OTHER_SCHEME, {0, 0}, ALL_BOUND, "not handled"},
	{"wrong headers", -37, FLIP_HEADER, {0, 0}, ALL_BOUND, "entry 0"},
	{"wrong segment", -38, FLIP_SEGMENT, {0, 0}, ALL_BOUND, "digest of segment"},
	{"wrong SW_ID", -39, SW_ID, {0, 0}, ALL_BOUND, "SW_ID 0x17"},
	{"wrong SoC", -40, WORD, {0x10, 0xa01b}, ALL_BOUND, "SoC versions"},
	{"wrong JTAG id", -41, WORD, {0x44, 0x20e2}, ALL_BOUND, "JTAG id"},
	{"wrong OEM_ID", -42, WORD, {0x88, 0x65}, ALL_BOUND, "OEM_ID"},
	{"wrong MODEL_ID", -43, WORD, {0x8c, 0xc68}, ALL_BOUND, "MODEL_ID"},
	{"wrong feature", -44, WORD, {0x40, 8}, ALL_BOUND, "feature id"},
	{"wrong serial", -45, WORD, {0x48, 0x22334456}, ALL_BOUND, "serial numbers"},
	{"debugging", -46, WORD, {0x48, 0x22334456}, DEBUGGED, "debugging"},
	{"rolled back", -47, WORD, {0x08, 2}, ALL_BOUND, "anti-rollback version is 2"},
};

static void bind_all(struct signed_image *made, uint32_t flags)
{
	static const struct signed_word words[] = {
		{0x08, 3},	    {0x10, 0xa009}, {0x40, 7},	  {0x44, 0x20e1},
		{0x48, 0x22334455}, {0x4c, 0x11},   {0x88, 0x64}, {0x8c, 0xc69},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		signed_set(made, SIGNED_OEM, words[i]);
	signed_set(made, SIGNED_OEM, (struct signed_word){0xdc, flags});
}

/* What is wrong before the image is signed. */
static void spoil(struct signed_image *made, const struct defect *defect)
{
	switch (defect->how) {
	case OTHER_ROOT:
		made->chain[0].certificate[2].name = "Another Root CA";
		break;
	case OTHER_SCHEME:
		made->chain[0].certificate[1].key = TEST_KEY_P256;
		break;
	case SW_ID:
		test_image_set(&made->image, made->image.common.offset + 8, 4, 0x17);
		break;
	case WORD:
		signed_set(made, SIGNED_OEM, defect->word);
		break;
	default:
		break;
	}
}

/* And what is changed afterwards: one byte. */
static void flip(struct signed_image *made, const struct defect *defect)
{
	struct test_image *image = &made->image;

	switch (defect->how) {
	case FLIP_SIGNATURE:
		image->bytes[image->oem_signature.offset + 50] ^= 0x40;
		break;
	case FLIP_LEAF:
		/* Its serial number. */
		image->bytes[image->oem_chain.offset + 15] ^= 0x40;
		break;
	case FLIP_HEADER:
		image->bytes[0x18] ^= 0x01;
		break;
	case FLIP_SEGMENT:
		image->bytes[test_phdr_get(image, 2, TEST_P_OFFSET) + 9] ^= 0x01;
		break;
	default:
		break;
	}
}

static void make(struct signed_image *made, const struct defect *defect, bool wrong)
{
	signed_build(made, 7, wrong && defect->how == UNSIGNED ? 0 : SIGNED_OEM);
	bind_all(made, defect->flags);
	if (wrong)
		spoil(made, defect);
	signed_sign(made);
	if (wrong)
		flip(made, defect);
}

/* ---- a boot by URI ---- */

struct console {
	char text[4096];
	size_t used;
};

static void note(void *user, uint32_t level, uint32_t message_id, const char *text)
{
	struct console *console = user;

	if (level == QPAS_LOG_WARNING)
		console->used += (size_t)snprintf(console->text + console->used,
						  sizeof(console->text) - console->used, "%u %s\n",
						  message_id, text);
	assert_true(console->used < sizeof(console->text));
}

struct bench {
	struct qpas_platform *platform;
	struct console console;
	struct qpas_error err;
	char folder[64];
	int dirfd;
};

static void bench_begin(struct bench *bench)
{
	const struct qpas_error err = QPAS_ERROR_INIT;
	struct test_tree tree = test_tree_lemans();

	memset(bench, 0, sizeof(*bench));
	bench->err = err;
	bench->dirfd = test_folder_new(bench->folder);
	assert_int_equal(qpas_platform_open_memory(test_tree_slice(&tree), NULL, 0, NULL,
						   &bench->platform, &bench->err),
			 0);
	test_tree_free(&tree);
	assert_int_equal(qpas_tzsim_register(&bench->err), 0);
}

static void bench_end(struct bench *bench)
{
	qpas_platform_unref(bench->platform);
	test_folder_remove(bench->folder, bench->dirfd);
}

static int boot(struct bench *bench, const char *keys, const char *profile,
		const struct test_image *built)
{
	struct qpas_slice bytes = {built->bytes, built->size};
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_log log = QPAS_LOG_INIT;
	struct qpas_backend *backend = NULL;
	struct qpas_context *context = NULL;
	struct qpas_image *image = NULL;
	char uri[256];
	int code;

	bench->console.used = 0;
	bench->console.text[0] = '\0';
	log.level = QPAS_LOG_WARNING;
	log.write = note;
	log.user = &bench->console;
	params.platform = bench->platform;
	params.log = &log;
	test_file_write(bench->dirfd, "profile", profile, strlen(profile));
	(void)snprintf(uri, sizeof(uri), "tzsim:%s,profile=%s/profile", keys, bench->folder);
	assert_int_equal(qpas_image_open_memory(bytes, NULL, &image, &bench->err), 0);
	if (qpas_backend_open(uri, &params, &backend, &bench->err) ||
	    qpas_context_open(backend, "adsp", NULL, &context, &bench->err))
		fail_msg("%s: %s", uri, qpas_error_text(&bench->err));
	code = qpas_boot(context, image, NULL, &bench->err);
	if (!code)
		assert_int_equal(qpas_shutdown(context, NULL), 0);
	assert_int_equal(qpas_context_close(context), 0);
	qpas_backend_unref(backend);
	qpas_image_unref(image);
	return code;
}

static void expect_refusal(const struct bench *bench, const struct defect *defect, int code,
			   bool explained)
{
	const char *text = qpas_error_text(&bench->err);
	uint32_t stage = defect->status == -38 ? QPAS_STAGE_AUTH_RESET : QPAS_STAGE_INIT_IMAGE;
	int64_t status = explained ? defect->status : -22;
	char number[32];

	if (code != QPAS_ERR_AUTH || bench->err.stage != stage || bench->err.tz_status != status)
		fail_msg("%s: %s in %s, status %lld instead of %lld: %s", defect->name,
			 qpas_err_name(code), qpas_stage_name(bench->err.stage),
			 (long long)bench->err.tz_status, (long long)status, text);
	if (explained != (strstr(text, defect->says) != NULL))
		fail_msg("%s: \"%s\" %s \"%s\"", defect->name, text,
			 explained ? "does not say" : "says", defect->says);
	/* The simulator's side is the same in both cases. */
	(void)snprintf(number, sizeof(number), "1108 The simulator refused ");
	if (strncmp(bench->console.text, number, strlen(number)) != 0)
		fail_msg("%s: the log has \"%s\"", defect->name, bench->console.text);
	(void)snprintf(number, sizeof(number), " with %lld: ", (long long)defect->status);
	if (!strstr(bench->console.text, number) || !strstr(bench->console.text, defect->says))
		fail_msg("%s: the log has \"%s\", no \"%s\"", defect->name, bench->console.text,
			 defect->says);
}

static void one_defect_is_refused_with_its_status_and_its_twin_boots(void **state)
{
	static const struct {
		const char *keys;
		bool explained;
	} worlds[] = {
		{"el=2,tz=strict", false},
		{"el=2,tz=strict,explain=0", false},
		{"el=2,tz=strict,explain=1", true},
		{"el=1,tz=lenient,explain=1", true},
		{"el=1,tz=old", false},
	};
	struct bench bench;

	(void)state;
	bench_begin(&bench);
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
		const struct defect *defect = &defects[i];
		bool foreign = defect->how == UNSIGNED || defect->how == OTHER_ROOT;
		struct signed_image twin, wrong;
		char profile[2][512];

		make(&twin, defect, false);
		make(&wrong, defect, true);
		/* Each image has a root of its own; only where that is the defect, it is not fused. */
		(void)snprintf(profile[0], sizeof(profile[0]), FUSES "%s", twin.root[0][1]);
		(void)snprintf(profile[1], sizeof(profile[1]), FUSES "%s",
			       foreign ? twin.root[0][1] : wrong.root[0][1]);
		for (size_t world = 0; world < sizeof(worlds) / sizeof(worlds[0]); world++) {
			const char *keys = worlds[world].keys;

			expect_refusal(&bench, defect, boot(&bench, keys, profile[1], &wrong.image),
				       worlds[world].explained);
			if (boot(&bench, keys, profile[0], &twin.image))
				fail_msg("the twin of \"%s\", %s: %s", defect->name, keys,
					 qpas_error_text(&bench.err));
			if (strstr(bench.console.text, "INIT_IMAGE") ||
			    strstr(bench.console.text, "AUTH"))
				fail_msg("the twin of \"%s\": the log has \"%s\"", defect->name,
					 bench.console.text);
		}
		test_image_free(&twin.image);
		test_image_free(&wrong.image);
	}
	bench_end(&bench);
}

/* No status is left out of the table, and none stands there twice. */
static void table_has_every_status(void **state)
{
	(void)state;
	assert_int_equal(sizeof(defects) / sizeof(defects[0]), 47 - 32 + 1);
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
		assert_int_equal(defects[i].status, -32 - (int64_t)i);
}

/* Every header version with everything fused that it can be bound to, in both lengths of hashes. */
static void signed_images_of_every_version_boot_on_a_fused_machine(void **state)
{
	static const uint32_t versions[] = {3, 5, 6, 7, 8};
	struct bench bench;

	(void)state;
	bench_begin(&bench);
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		bool two = versions[i] >= 5 && versions[i] <= 7;
		struct signed_image made;

		signed_build(&made, versions[i], two ? SIGNED_BOTH : SIGNED_OEM);
		made.chain[1].certificate[2].name = "Root of QTI";
		signed_sign(&made);
		for (uint32_t kind = 0; kind < 2; kind++) {
			char profile[512];

			(void)snprintf(profile, sizeof(profile),
				       "%s%sfuse soc 0x6001\nfuse oem-id 1\nfuse model-id 515\n"
				       "fuse minimum 4 0\n",
				       made.root[0][kind], two ? made.root[1][kind] : "");
			if (boot(&bench, "el=2", profile, &made.image))
				fail_msg("v%u: %s", versions[i], qpas_error_text(&bench.err));
		}
		test_image_free(&made.image);
	}
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_defect_is_refused_with_its_status_and_its_twin_boots),
		cmocka_unit_test(table_has_every_status),
		cmocka_unit_test(signed_images_of_every_version_boot_on_a_fused_machine),
	};
	int failed = cmocka_run_group_tests_name("tzsim boots of signed images", tests, NULL, NULL);

	test_keys_free();
	return failed;
}
