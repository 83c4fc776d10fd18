/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the simulated trusted world makes of signatures, chains, roots and bindings: by registers,
 * each defect beside its twin without. Statuses are literals of docs/tzsim.md.
 */
#include "tzsim_verdict.h"

static const uint32_t versions[] = {3, 5, 6, 7, 8};

/* ---- roots ---- */

static void image_of_any_root_is_believed_where_none_is_fused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct signed_image made;

		signed_make(&made, versions[i], SIGNED_OEM);
		expect_of("its own root", &made, "", 0, "");
		made.chain[0].certificate[2].name = "Another Root CA";
		signed_sign(&made);
		expect_of("another root", &made, "", 0, "");
		test_image_free(&made.image);
	}
}

static void fused_root_is_compared_in_either_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct signed_image mine, foreign;

		signed_make(&mine, versions[i], SIGNED_OEM);
		signed_build(&foreign, versions[i], SIGNED_OEM);
		foreign.chain[0].certificate[2].name = "Another Root CA";
		signed_sign(&foreign);
		for (uint32_t kind = 0; kind < 2; kind++) {
			const char *fused = mine.root[0][kind];

			expect_of(fused, &mine, fused, 0, "");
			expect_of(fused, &foreign, fused, -35, "\"Another Root CA\"");
			expect_of(fused, &mine, foreign.root[0][kind], -35, "\"Some Root CA\"");
		}
		test_image_free(&mine.image);
		test_image_free(&foreign.image);
	}
}

/* Hashes are of the whole certificate: one with the same name and the same key is another root. */
static void root_of_the_same_name_and_key_is_not_the_fused_one(void **state)
{
	struct signed_image made;
	char fused[128];

	(void)state;
	signed_make(&made, 7, SIGNED_OEM);
	memcpy(fused, made.root[0][1], sizeof(fused));
	expect_of("the fused one", &made, fused, 0, "");
	signed_sign(&made);
	assert_string_not_equal(made.root[0][1], fused);
	expect_of("made again", &made, fused, -35, "not the fused root");
	test_image_free(&made.image);
}

static void each_digit_of_a_fused_root_counts(void **state)
{
	struct signed_image made;

	(void)state;
	signed_make(&made, 6, SIGNED_OEM);
	for (uint32_t kind = 0; kind < 2; kind++) {
		char *digits = strrchr(made.root[0][kind], ' ') + 1;

		for (size_t i = 0; digits[i] != '\n'; i++) {
			char was = digits[i];

			digits[i] = was == '0' ? '1' : '0';
			expect_of(made.root[0][kind], &made, made.root[0][kind], -35, "root");
			digits[i] = was;
		}
	}
	test_image_free(&made.image);
}

static void image_that_nobody_signed_is_believed_only_where_no_root_is_fused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct signed_image bare, made;

		signed_make(&bare, versions[i], 0);
		signed_make(&made, versions[i], SIGNED_OEM);
		expect_of("unfused", &bare, "", 0, "");
		expect_of("fused", &bare, made.root[0][0], -32, "no OEM signature");
		expect_of("fused", &bare, made.root[0][1], -32, "no OEM signature");
		expect_of("the twin", &made, made.root[0][1], 0, "");
		test_image_free(&bare.image);
		test_image_free(&made.image);
	}
}

/* ---- two signers ---- */

static void both_signers_of_an_image_are_heard(void **state)
{
	static const uint32_t doubles[] = {5, 6, 7};

	(void)state;
	for (size_t i = 0; i < COUNT(doubles); i++) {
		struct signed_image made;
		char both[256], wrong[256];

		signed_build(&made, doubles[i], SIGNED_BOTH);
		made.chain[1].certificate[2].name = "Root of QTI";
		signed_sign(&made);
		(void)snprintf(both, sizeof(both), "%s%s", made.root[0][1], made.root[1][0]);
		expect_of("unfused", &made, "", 0, "");
		expect_of("both fused", &made, both, 0, "");
		/* Each root in the other one's fuse. */
		(void)snprintf(wrong, sizeof(wrong), "fuse root %s",
			       strrchr(made.root[1][1], ' ') + 1);
		expect_of("QTI's as OEM's", &made, wrong, -35,
			  "oem chain ends in \"Some Root CA\"");
		(void)snprintf(wrong, sizeof(wrong), "fuse qti-root %s",
			       strrchr(made.root[0][1], ' ') + 1);
		expect_of("OEM's as QTI's", &made, wrong, -35, "qti chain ends in \"Root of QTI\"");
		test_image_free(&made.image);
	}
}

/* One byte in the part of one signer: the other one's word does not help. */
static void one_wrong_signer_of_two_is_enough(void **state)
{
	static const uint32_t doubles[] = {5, 6, 7};

	(void)state;
	for (size_t i = 0; i < COUNT(doubles); i++) {
		struct signed_image made;

		signed_make(&made, doubles[i], SIGNED_BOTH);
		for (uint32_t part = 0; part < 4; part++) {
			const struct test_image *image = &made.image;
			const struct test_part *parts[] = {&image->oem_signature, &image->oem_chain,
							   &image->qti_signature,
							   &image->qti_chain};
			uint8_t *byte = image->bytes + parts[part]->offset + 40;

			*byte ^= 0x01;
			expect_of("flipped", &made, "", part % 2 ? -34 : -33,
				  part < 2 ? "OEM" : "QTI");
			*byte ^= 0x01;
		}
		expect_of("the twin", &made, "", 0, "");
		test_image_free(&made.image);
	}
}

static void qti_alone_is_no_oem(void **state)
{
	static const uint32_t doubles[] = {5, 6, 7};

	(void)state;
	for (size_t i = 0; i < COUNT(doubles); i++) {
		struct signed_image made, oem;

		signed_make(&made, doubles[i], SIGNED_QTI);
		signed_make(&oem, doubles[i], SIGNED_OEM);
		expect_of("unfused", &made, "", 0, "");
		expect_of("its root", &made, made.root[1][1], 0, "");
		expect_of("an OEM root", &made, oem.root[0][1], -32, "no OEM signature");
		/* A QTI root asks for nothing of an image that only its maker signed. */
		expect_of("OEM only", &oem, made.root[1][1], 0, "");
		test_image_free(&made.image);
		test_image_free(&oem.image);
	}
}

/* The words of a signer who did not sign may be anybody's. */
static void signer_who_did_not_sign_is_not_heard(void **state)
{
	struct signed_image made;

	(void)state;
	signed_build(&made, 6, SIGNED_BOTH);
	/* QTI's metadata are not OEM's to protect: anybody may put them there. */
	signed_set(&made, SIGNED_QTI, (struct signed_word){0x1c, 0x800});
	signed_set(&made, SIGNED_QTI, (struct signed_word){0x10, 0x14d});
	signed_sign(&made);
	expect_of("both signed", &made, "fuse oem-id 0x16", -42, "qti signer");
	/* Their signature and chain taken away by their sizes, which OEM does not cover either. */
	test_mbn_set(&made.image, 0x08, 0);
	test_mbn_set(&made.image, 0x0c, 0);
	memmove(made.image.bytes + made.image.qti_signature.offset,
		made.image.bytes + made.image.oem_signature.offset, 104 + 6144);
	memset(made.image.bytes + made.image.oem_signature.offset, 0xff, 104 + 6144);
	expect_of("OEM alone", &made, "fuse oem-id 0x16", 0, "");
	test_image_free(&made.image);
}

/* ---- bytes ---- */

/* One byte of each signed part, then of each part of the slot. */
static void each_flipped_byte_has_its_own_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		uint32_t version = versions[i];
		struct signed_image made;
		struct test_image *image;
		uint32_t size;

		signed_make(&made, version, SIGNED_OEM);
		image = &made.image;
		size = image->digest_size;
		/* Image id or its unused word; a serial number, or the stale pointers of v3 and v5. */
		const struct {
			const char *what;
			size_t at;
			int64_t status;
			const char *says;
		} rows[] = {
			{"header", image->hash.offset, -33, "OEM"},
			{"metadata",
			 version < 6 ? image->hash.offset + 0x18 :
				       image->oem_metadata.offset + 0x54,
			 -33, "OEM"},
			{"table of a segment", image->table.offset + 2 * size + 1, -33, "OEM"},
			{"table, last byte", image->table.offset + image->table.length - 1, -33,
			 "OEM"},
			{"table of the headers", image->table.offset, -37, "entry 0"},
			{"e_entry", 0x18, -37, "entry 0"},
			{"p_flags", 52 + 2 * 32 + 24, -37, "entry 0"},
			{"signature", image->oem_signature.offset + 50, -33, "OEM"},
			/* Its serial number; a changed key would be one that cannot be read. */
			{"leaf", image->oem_chain.offset + 15, -34, "OEM"},
			{"filler of the chain",
			 image->oem_chain.offset + image->oem_chain.length - 1, -34, "OEM"},
		};

		for (size_t row = 0; row < COUNT(rows); row++) {
			char name[64];

			(void)snprintf(name, sizeof(name), "v%u %s", version, rows[row].what);
			image->bytes[rows[row].at] ^= 0x40;
			expect_of(name, &made, "", rows[row].status, rows[row].says);
			image->bytes[rows[row].at] ^= 0x40;
		}
		expect_of("the twin", &made, made.root[0][1], 0, "");
		test_image_free(image);
	}
}

/* Each certificate: a byte of what is signed, and one of its signature. */
static void each_certificate_of_a_chain_is_looked_at(void **state)
{
	struct signed_image made;
	uint8_t *at;

	(void)state;
	signed_make(&made, 7, SIGNED_OEM);
	at = made.image.bytes + made.image.oem_chain.offset;
	for (uint32_t i = 0; i < 3; i++) {
		/* 30 82 LENGTH, as all certificates of these sizes begin. */
		size_t length = 4 + (size_t)(at[2] << 8 | at[3]);

		assert_int_equal(at[0] << 8 | at[1], 0x3082);
		at[length - 5] ^= 0x01;
		expect_of("signature of a certificate", &made, "", -34, "OEM");
		at[length - 5] ^= 0x01;
		/* Its serial number, 1 to 3. */
		at[15] ^= 0x40;
		expect_of("certificate", &made, "", -34, "OEM");
		at[15] ^= 0x40;
		at += length;
	}
	expect_of("the twin", &made, "", 0, "");
	test_image_free(&made.image);
}

static void half_a_slot_is_refused(void **state)
{
	struct signed_image made;
	struct test_part chain;

	(void)state;
	signed_make(&made, 6, SIGNED_OEM);
	chain = made.image.oem_chain;
	/* No chain: its bytes become filler. */
	test_mbn_set(&made.image, 0x24, 0);
	memset(made.image.bytes + chain.offset, 0xff, chain.length);
	expect_of("signature alone", &made, "", -34, "no certificate chain");
	test_image_free(&made.image);
	signed_make(&made, 6, SIGNED_OEM);
	chain = made.image.oem_chain;
	test_mbn_set(&made.image, 0x1c, 0);
	memmove(made.image.bytes + chain.offset - 104, made.image.bytes + chain.offset,
		chain.length);
	memset(made.image.bytes + chain.offset + chain.length - 104, 0xff, 104);
	expect_of("chain alone", &made, "", -33, "no signature");
	test_image_free(&made.image);
}

static void kinds_of_chains_that_no_image_has_are_refused(void **state)
{
	struct signed_image made;

	(void)state;
	/* A leaf signed with SHA-256 and P-256, one link up. */
	signed_build(&made, 7, SIGNED_OEM);
	made.chain[0].certificate[1].key = TEST_KEY_P256;
	signed_sign(&made);
	expect_of("ECDSA with SHA-256", &made, "", -36, "not handled");
	/* The legacy scheme is one of v3 only. */
	test_image_free(&made.image);
	signed_build(&made, 5, SIGNED_OEM);
	made.chain[0] = test_chain_usual(TEST_SCHEME_LEGACY);
	signed_sign(&made);
	expect_of("PKCS#1 in v5", &made, "", -36, "v5");
	test_image_free(&made.image);
	signed_make(&made, 3, SIGNED_OEM);
	expect_of("PKCS#1 in v3", &made, "", 0, "");
	test_image_free(&made.image);
}

/* ---- SW_ID ---- */

static void sw_id_of_another_processor_is_refused(void **state)
{
	static const struct {
		uint32_t pas_id, sw_id;
		int64_t status;
	} rows[] = {
		{1, 0x04, 0},	 {1, 0xba, 0},	  {1, 0x17, -39},  {1, 0x00, -39}, {1, 0x02, -39},
		{18, 0x17, 0},	 {18, 0x04, -39}, {18, 0x00, -39}, {30, 0x44, 0},  {30, 0x17, 0},
		{30, 0x04, -39}, {39, 0x58, 0},	  {39, 0x5a, -39},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t v = 0; v < COUNT(versions); v++) {
			struct signed_image made;
			struct verdict verdict;

			signed_build(&made, versions[v], SIGNED_OEM);
			made.chain[0].sw_id = rows[i].sw_id;
			if (versions[v] == 6)
				signed_set(&made, SIGNED_OEM,
					   (struct signed_word){0x08, rows[i].sw_id});
			if (versions[v] >= 7)
				test_image_set(&made.image, made.image.common.offset + 8, 4,
					       rows[i].sw_id);
			signed_sign(&made);
			verdict = judge(&made.image, rows[i].pas_id, "");
			expect_verdict("SW_ID", &verdict, rows[i].status, "SW_ID");
			test_image_free(&made.image);
		}
	}
}

static void who_signs_has_to_name_a_sw_id(void **state)
{
	struct signed_image made;

	(void)state;
	/* v3 with PSS: the legacy scheme is keyed with SW_ID and cannot be without. */
	signed_build(&made, 3, SIGNED_OEM);
	made.chain[0] = test_chain_usual(TEST_SCHEME_PSS);
	made.chain[0].sw_id = TEST_NO_SW_ID;
	signed_sign(&made);
	expect_of("no SW_ID", &made, "", -39, "has no SW_ID");
	made.chain[0].sw_id = 4;
	signed_sign(&made);
	expect_of("the twin", &made, "", 0, "");
	test_image_free(&made.image);
	signed_build(&made, 5, SIGNED_BOTH);
	made.chain[1].sw_id = TEST_NO_SW_ID;
	signed_sign(&made);
	expect_of("one of two names it", &made, "", 0, "");
	test_image_free(&made.image);
}

/* ---- bindings ---- */

/* A number that an image can be bound to: words of metadata, or of a leaf. */
struct binding {
	const char *name;
	/* Number that the image names, as its offset and value, or the leaf's HW_ID. */
	struct signed_word number;
	uint64_t hw_id;
	uint32_t bound;
	const char *bound_ou;
	const char *unbound_ou;
	const char *same;
	const char *other;
	int64_t status;
	const char *says;
};

static const char *const leaf_jtag = "13 0000 IN_USE_SOC_HW_VERSION";

/* v3, v5: OUs of the leaf. It lists SoC versions 6000 and 6001, OEM_ID 1 and MODEL_ID 0203. */
static const struct binding leaf_bindings[] = {
	{"soc",
	 {0, 0},
	 0,
	 0,
	 NULL,
	 leaf_jtag,
	 "fuse soc 0x6001",
	 "fuse soc 0x6002",
	 -40,
	 "SoC versions"},
	{"jtag-id",
	 {0, 0},
	 UINT64_C(0x000950e100010203),
	 0,
	 leaf_jtag,
	 NULL,
	 "fuse jtag-id 0x950e1",
	 "fuse jtag-id 0x950e2",
	 -41,
	 "JTAG id"},
	{"oem-id",
	 {0, 0},
	 0,
	 0,
	 NULL,
	 "15 0001 OEM_ID_INDEPENDENT",
	 "fuse oem-id 1",
	 "fuse oem-id 2",
	 -42,
	 "OEM_ID"},
	{"model-id",
	 {0, 0},
	 0,
	 0,
	 NULL,
	 "15 0001 OEM_ID_INDEPENDENT",
	 "fuse model-id 515",
	 "fuse model-id 516",
	 -43,
	 "MODEL_ID"},
	/* A leaf names no serial number, so one that wants some fits no chip. */
	{"serial",
	 {0, 0},
	 0,
	 0,
	 "14 0001 USE_SERIAL_NUMBER_IN_SIGNING",
	 NULL,
	 NULL,
	 "fuse serial 77",
	 -45,
	 "serial numbers"},
};

static const struct binding v6_bindings[] = {
	{"soc",
	 {0x24, 0x6008},
	 0,
	 0x80a,
	 NULL,
	 NULL,
	 "fuse soc 0x6008",
	 "fuse soc 0x6018",
	 -40,
	 "SoC versions"},
	{"jtag-id",
	 {0x0c, 0xc30e1},
	 0,
	 0xc08,
	 NULL,
	 NULL,
	 "fuse jtag-id 0xc30e1",
	 "fuse jtag-id 0x950e1",
	 -41,
	 "JTAG id"},
	{"oem-id",
	 {0x10, 0x14d},
	 0,
	 0x800,
	 NULL,
	 NULL,
	 "fuse oem-id 0x14d",
	 "fuse oem-id 0",
	 -42,
	 "OEM_ID"},
	{"model-id",
	 {0x14, 0x2e8},
	 0,
	 0x008,
	 NULL,
	 NULL,
	 "fuse model-id 0x2e8",
	 "fuse model-id 0x2e9",
	 -43,
	 "MODEL_ID"},
	{"serial",
	 {0x6c, 0xabcdef01},
	 0,
	 0x80c,
	 NULL,
	 NULL,
	 "fuse serial 0xabcdef01",
	 "fuse serial 0xabcdef02",
	 -45,
	 "serial numbers"},
	/* Bits 9:8 are 2. */
	{"debug",
	 {0x50, 0x1234},
	 0,
	 0xa08,
	 NULL,
	 NULL,
	 "fuse serial 0x1234",
	 "fuse serial 0x1235",
	 -46,
	 "debugging"},
};

/* v7, v8: pair `n` of the flags becomes 10. */
#define PAIR(n) (0x155555u ^ 3u << 2 * (n))

static const struct binding v7_bindings[] = {
	{"soc",
	 {0x3c, 0xa009},
	 0,
	 PAIR(0),
	 NULL,
	 NULL,
	 "fuse soc 0xa009",
	 "fuse soc 0xa01b",
	 -40,
	 "SoC versions"},
	{"feature",
	 {0x40, 7},
	 0,
	 PAIR(1),
	 NULL,
	 NULL,
	 "fuse feature 7",
	 "fuse feature 8",
	 -44,
	 "feature id"},
	{"jtag-id",
	 {0x44, 0x20e1},
	 0,
	 PAIR(2),
	 NULL,
	 NULL,
	 "fuse jtag-id 0x20e1",
	 "fuse jtag-id 0x20e2",
	 -41,
	 "JTAG id"},
	/* 64 bits: these are the high ones of the last. */
	{"serial",
	 {0x84, 5},
	 0,
	 PAIR(3),
	 NULL,
	 NULL,
	 "fuse serial 0x500000000",
	 "fuse serial 5",
	 -45,
	 "serial numbers"},
	{"oem-id",
	 {0x88, 0x64},
	 0,
	 PAIR(4),
	 NULL,
	 NULL,
	 "fuse oem-id 100",
	 "fuse oem-id 0",
	 -42,
	 "OEM_ID"},
	{"model-id",
	 {0x8c, 0xc69},
	 0,
	 PAIR(5),
	 NULL,
	 NULL,
	 "fuse model-id 0xc69",
	 "fuse model-id 0",
	 -43,
	 "MODEL_ID"},
	{"debug",
	 {0x48, 9},
	 0,
	 PAIR(9),
	 NULL,
	 NULL,
	 "fuse serial 9",
	 "fuse serial 10",
	 -46,
	 "debugging"},
};

static const struct binding *bindings_of(uint32_t version, size_t *count)
{
	if (version < 6) {
		*count = COUNT(leaf_bindings);
		return leaf_bindings;
	}
	*count = version == 6 ? COUNT(v6_bindings) : COUNT(v7_bindings);
	return version == 6 ? v6_bindings : v7_bindings;
}

/* Signed, by a word that only the given signer says. */
static void bind_image(struct signed_image *made, uint32_t version, uint32_t signer,
		       const struct binding *binding, bool bound)
{
	/* In v3 and v5 a second leaf would bind the image as well. */
	uint32_t signers = version == 6 || version == 7 ? SIGNED_BOTH : SIGNED_OEM;

	signed_build(made, version, signers);
	if (version < 6) {
		made->chain[signer - 1].hw_id = binding->hw_id;
		made->chain[signer - 1].extra_ou = bound ? binding->bound_ou : binding->unbound_ou;
	} else {
		signed_set(made, signer, binding->number);
		if (bound)
			signed_set(made, signer,
				   (struct signed_word){signed_flags_offset(version),
							binding->bound});
	}
	signed_sign(made);
}

static void expect_binding(uint32_t version, uint32_t signer, const struct binding *binding)
{
	struct signed_image bound, unbound;
	char row[64];

	(void)snprintf(row, sizeof(row), "v%u %s of signer %u", version, binding->name, signer);
	bind_image(&bound, version, signer, binding, true);
	bind_image(&unbound, version, signer, binding, false);
	expect_of(row, &bound, binding->other, binding->status, binding->says);
	if (binding->same)
		expect_of(row, &bound, binding->same, 0, "");
	/* A number that the machine does not know fits whatever an image wants. */
	expect_of(row, &bound, "", 0, "");
	expect_of(row, &unbound, binding->other, 0, "");
	test_image_free(&bound.image);
	test_image_free(&unbound.image);
}

static void each_binding_counts_where_image_and_machine_both_say_so(void **state)
{
	(void)state;
	for (size_t v = 0; v < COUNT(versions); v++) {
		uint32_t version = versions[v];
		size_t count;
		const struct binding *bindings = bindings_of(version, &count);

		for (size_t i = 0; i < count; i++) {
			expect_binding(version, SIGNED_OEM, &bindings[i]);
			if (version == 6 || version == 7)
				expect_binding(version, SIGNED_QTI, &bindings[i]);
		}
	}
}

/* Major 0 of v6 has no bit for the JTAG id: it counts where the SoC version does not. */
static void older_metadata_of_v6_bind_as_v5_does(void **state)
{
	static const struct {
		uint32_t flags;
		const char *profile;
		int64_t status;
	} rows[] = {
		{0x0, "fuse jtag-id 1", -41},  {0x2, "fuse jtag-id 1", 0},
		{0x2, "fuse oem-id 7", -42},   {0xa, "fuse oem-id 7", 0},
		{0x2, "fuse model-id 7", -43}, {0xa, "fuse model-id 7", 0},
		{0x2, "fuse soc 7", -40},      {0x8, "fuse soc 7", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct signed_image made;

		signed_build(&made, 6, SIGNED_OEM);
		signed_set(&made, SIGNED_OEM, (struct signed_word){0x00, 0});
		signed_set(&made, SIGNED_OEM, (struct signed_word){0x0c, 0xc30e1});
		signed_set(&made, SIGNED_OEM, (struct signed_word){0x1c, rows[i].flags});
		signed_set(&made, SIGNED_OEM, (struct signed_word){0x20, 0x6018});
		signed_sign(&made);
		expect_of(rows[i].profile, &made, rows[i].profile, rows[i].status, "");
		test_image_free(&made.image);
	}
}

/* A HW_ID of zeros names no chip: shipped images of v3 and v6 that bind it have no other. */
static void jtag_id_of_zero_fits_any_chip(void **state)
{
	(void)state;
	for (size_t v = 0; v < COUNT(versions); v++) {
		struct signed_image made;

		signed_build(&made, versions[v], SIGNED_OEM);
		made.chain[0].extra_ou = leaf_jtag;
		if (versions[v] >= 6)
			signed_set(&made, SIGNED_OEM,
				   (struct signed_word){signed_flags_offset(versions[v]),
							versions[v] == 6 ? 0xc08 : PAIR(2)});
		signed_sign(&made);
		expect_of("no JTAG id", &made, "fuse jtag-id 0x950e1", 0, "");
		test_image_free(&made.image);
	}
}

/* ---- anti-rollback ---- */

static void version_below_the_minimum_of_its_sw_id_is_refused(void **state)
{
	static const struct {
		const char *profile;
		int64_t status;
	} rows[] = {
		{"", 0},
		{"fuse minimum 4 3", 0},
		{"fuse minimum 4 2", 0},
		{"fuse minimum 4 4", -47},
		{"fuse minimum 0x4 0xffffffff", -47},
		/* Other kinds of images have minima of their own; the highest of one's own counts. */
		{"fuse minimum 0x17 4\nfuse minimum 0 4", 0},
		{"fuse minimum 4 1\nfuse minimum 4 4\nfuse minimum 4 2", -47},
	};

	(void)state;
	for (size_t v = 0; v < COUNT(versions); v++) {
		struct signed_image made;

		signed_build(&made, versions[v], SIGNED_OEM);
		made.chain[0].sw_id = UINT64_C(0x300000004);
		if (versions[v] >= 6)
			signed_set(&made, SIGNED_OEM,
				   (struct signed_word){versions[v] == 6 ? 0x74 : 0x08, 3});
		signed_sign(&made);
		for (size_t i = 0; i < COUNT(rows); i++)
			expect_of(rows[i].profile, &made, rows[i].profile, rows[i].status,
				  "anti-rollback version is 3");
		test_image_free(&made.image);
	}
}

/* ---- a library that fails ---- */

/* The certificate that cannot be read, counted from 1; 0: none. */
static unsigned int unreadable;

X509 *__real_d2i_X509(X509 **to, const unsigned char **at, long length);
X509 *__wrap_d2i_X509(X509 **to, const unsigned char **at, long length);
X509 *__wrap_d2i_X509(X509 **to, const unsigned char **at, long length)
{
	if (unreadable && !--unreadable)
		return NULL;
	return __real_d2i_X509(to, at, length);
}

/* v5: chain of three, then each leaf once more for what it binds the image to. */
static void image_whose_certificates_cannot_be_read_is_never_believed(void **state)
{
	struct signed_image made;

	(void)state;
	signed_make(&made, 5, SIGNED_BOTH);
	for (unsigned int i = 1; i <= 9; i++) {
		struct verdict verdict;

		unreadable = i <= 8 ? i : 0;
		verdict = judge(&made.image, 1, "");
		/* Eight are read in all, so the ninth round has none that fails. */
		assert_int_equal(unreadable, 0);
		if (i <= 8 && verdict.status != (i <= 6 ? -34 : -9))
			fail_msg("certificate %u: x0 is %lld: %s", i, (long long)verdict.status,
				 verdict.reason);
		if (i > 8)
			expect_verdict("the twin", &verdict, 0, "");
	}
	test_image_free(&made.image);
}

/* ---- segments ---- */

static int64_t start(struct rig *rig, uint64_t metadata, uint64_t at)
{
	uint64_t out[8];
	int64_t status = call(rig, out, INIT, 0x82, 1, metadata);

	if (!status)
		status = call(rig, out, 0x42000202, 3, 1, RIG_CARVEOUT, 0x10000);
	write_segments(rig, RIG_CARVEOUT);
	if (at) {
		uint8_t byte;
		struct qpas_slice slice = {&byte, 1};

		rig_must(rig, qpas_tzsim_read(rig->model, at, &byte, 1, &rig->err), "read");
		byte ^= 0x01;
		rig_must(rig, qpas_tzsim_write(rig->model, at, slice, &rig->err), "write");
	}
	return status ? status : call(rig, out, 0x42000205, 1, 1);
}

/* A signature covers the table only: the segments are judged where they stand. */
static void changed_segment_is_refused_at_its_start_and_not_before(void **state)
{
	(void)state;
	for (size_t v = 0; v < COUNT(versions); v++) {
		for (uint64_t at = 0; at < 2; at++) {
			struct signed_image made;
			struct buffer metadata;
			struct rig rig;

			signed_make(&made, versions[v], SIGNED_OEM);
			metadata = load(&rig, &made.image, made.root[0][1]);
			expect_reason(&rig, start(&rig, metadata.address, at * (RIG_CARVEOUT + 5)),
				      at ? -38 : 0, at ? "digest of segment" : "");
			assert_int_equal(rig_books(&rig).running, !at);
			give(&rig, &metadata);
			rig_free(&rig);
			test_image_free(&made.image);
		}
	}
}

/* ---- profiles ---- */

#define HEX32 "00112233445566778899aAbBcCdDeEfF"

static void lines_of_fuses_are_read_or_refused(void **state)
{
	static const struct {
		const char *line;
		bool good;
	} rows[] = {
		{"fuse root " HEX32 HEX32, true},
		{"fuse root " HEX32 HEX32 HEX32, true},
		{"fuse qti-root " HEX32 HEX32, true},
		{"fuse qti-root " HEX32 HEX32 HEX32, true},
		{"fuse root " HEX32, false},
		{"fuse root " HEX32 HEX32 "0", false},
		{"fuse root " HEX32 HEX32 "00", false},
		{"fuse root 0x" HEX32 HEX32, false},
		{"fuse root " HEX32 "g0112233445566778899aAbBcCdDeEfF", false},
		{"fuse root " HEX32 "0g112233445566778899aAbBcCdDeEfF", false},
		{"fuse qti-root 0", false},
		{"fuse root", false},
		{"fuse soc 0xffffffff # a comment", true},
		{"fuse soc 0x100000000", false},
		{"fuse soc -1", false},
		{"fuse soc 6018h", false},
		{"fuse soc", false},
		{"fuse soc 1 2", false},
		{"fuse jtag-id 4294967295", true},
		{"fuse jtag-id 4294967296", false},
		{"fuse jtag-id 0x", false},
		{"fuse oem-id 0", true},
		{"fuse oem-id 0x100000000", false},
		{"fuse model-id 0xFFFFFFFF", true},
		{"fuse model-id 0x100000000", false},
		{"fuse feature 1", true},
		{"fuse feature 0x100000000", false},
		{"fuse serial 0xffffffffffffffff", true},
		{"fuse serial 0x10000000000000000", false},
		{"fuse minimum 4 1", true},
		{"fuse minimum 0xffffffff 0xffffffff", true},
		{"fuse minimum 4", false},
		{"fuse minimum 0x100000000 1", false},
		{"fuse minimum 4 0x100000000", false},
		{"fuse minimum 4 one", false},
		{"fuse minimum 4 1 1", false},
		{"fuse maximum 4 1", false},
		{"fuse", false},
		{"fuse colour red", false},
		{"fuses soc 1", false},
	};
	struct test_tree tree = test_tree_lemans();
	struct rig rig;

	(void)state;
	rig_machine(&rig, 2, 0, "", &tree);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
		struct qpas_params common = QPAS_PARAMS_INIT;
		struct qpas_tzsim *model = NULL;
		int code;

		common.platform = rig.platform;
		params.params = &common;
		params.profile.ptr = rows[i].line;
		params.profile.len = strlen(rows[i].line);
		code = qpas_tzsim_new(&params, &model, &rig.err);
		if (code != (rows[i].good ? 0 : QPAS_ERR_FORMAT) ||
		    (code && !strstr(rig.err.text, "Line 1 ")))
			fail_msg("\"%s\": %s: %s", rows[i].line, qpas_err_name(code), rig.err.text);
		qpas_tzsim_free(model);
	}
	rig_free(&rig);
}

/* As many minima as there may be lines of a kind, and one more. */
static void minima_have_a_limit(void **state)
{
	static char text[513 * 24];
	struct test_tree tree = test_tree_lemans();
	struct signed_image made;
	size_t used = 0;
	struct rig rig;

	(void)state;
	for (unsigned int i = 0; i < 512; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "fuse minimum %u 1\n",
					 0x100 + i);
	rig_machine(&rig, 2, 0, text, &tree);
	signed_make(&made, 6, SIGNED_OEM);
	expect_of("512 minima of others", &made, text, 0, "");
	(void)snprintf(text + used, sizeof(text) - used, "fuse minimum 4 1\n");
	{
		struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
		struct qpas_params common = QPAS_PARAMS_INIT;
		struct qpas_tzsim *model = NULL;

		common.platform = rig.platform;
		params.params = &common;
		params.profile.ptr = text;
		params.profile.len = strlen(text);
		expect_code("513 minima", qpas_tzsim_new(&params, &model, &rig.err),
			    QPAS_ERR_FORMAT);
	}
	test_image_free(&made.image);
	rig_free(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_of_any_root_is_believed_where_none_is_fused),
		cmocka_unit_test(fused_root_is_compared_in_either_length),
		cmocka_unit_test(root_of_the_same_name_and_key_is_not_the_fused_one),
		cmocka_unit_test(each_digit_of_a_fused_root_counts),
		cmocka_unit_test(image_that_nobody_signed_is_believed_only_where_no_root_is_fused),
		cmocka_unit_test(both_signers_of_an_image_are_heard),
		cmocka_unit_test(one_wrong_signer_of_two_is_enough),
		cmocka_unit_test(qti_alone_is_no_oem),
		cmocka_unit_test(signer_who_did_not_sign_is_not_heard),
		cmocka_unit_test(each_flipped_byte_has_its_own_status),
		cmocka_unit_test(each_certificate_of_a_chain_is_looked_at),
		cmocka_unit_test(half_a_slot_is_refused),
		cmocka_unit_test(kinds_of_chains_that_no_image_has_are_refused),
		cmocka_unit_test(sw_id_of_another_processor_is_refused),
		cmocka_unit_test(who_signs_has_to_name_a_sw_id),
		cmocka_unit_test(each_binding_counts_where_image_and_machine_both_say_so),
		cmocka_unit_test(older_metadata_of_v6_bind_as_v5_does),
		cmocka_unit_test(jtag_id_of_zero_fits_any_chip),
		cmocka_unit_test(version_below_the_minimum_of_its_sw_id_is_refused),
		cmocka_unit_test(image_whose_certificates_cannot_be_read_is_never_believed),
		cmocka_unit_test(changed_segment_is_refused_at_its_start_and_not_before),
		cmocka_unit_test(lines_of_fuses_are_read_or_refused),
		cmocka_unit_test(minima_have_a_limit),
	};
	int failed = cmocka_run_group_tests_name("tzsim auth", tests, NULL, NULL);

	test_keys_free();
	return failed;
}
