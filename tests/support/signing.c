/* SPDX-License-Identifier: BSD-3-Clause */
/* Signing by the library, and reading what it signed without it. */
#include "support/signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/must.h"

#define NO_INDEX 0xffffffffu

static const struct {
	uint32_t type;
	const char *name;
	bool leaf; /* with an identity */
	enum test_signer ca; /* whose CA signs the leaf */
} makes[TEST_SIGN_COUNT] = {
	[TEST_SIGN_EC] = {QPAS_KEY_P384, "Maker", false, TEST_SIGN_NOBODY},
	[TEST_SIGN_EC_QTI] = {QPAS_KEY_P384, "Chip", false, TEST_SIGN_NOBODY},
	[TEST_SIGN_PSS] = {QPAS_KEY_RSA2048, "Old Maker", true, TEST_SIGN_NOBODY},
	[TEST_SIGN_PSS_QTI] = {QPAS_KEY_RSA2048, "Old Chip", true, TEST_SIGN_PSS},
	[TEST_SIGN_LEGACY] = {QPAS_KEY_RSA2048_PKCS1, "Oldest Maker", true, TEST_SIGN_NOBODY},
};

static struct {
	struct qpas_keys *keys;
	struct qpas_signer *signer;
} made[TEST_SIGN_COUNT];

struct qpas_auth_identity test_sign_identity(void)
{
	struct qpas_auth_identity identity = QPAS_AUTH_IDENTITY_INIT;

	identity.known = QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_OEM_ID | QPAS_AUTH_HAS_MODEL_ID |
			 QPAS_AUTH_HAS_ANTI_ROLLBACK;
	identity.bound = QPAS_AUTH_BIND_OEM_ID | QPAS_AUTH_BIND_MODEL_ID;
	identity.sw_id = 4;
	identity.oem_id = 0x14d;
	identity.model_id = 7;
	identity.anti_rollback = 2;
	return identity;
}

struct qpas_slice test_sign_pem(const struct qpas_keys *keys, uint32_t part)
{
	struct qpas_slice pem = {NULL, 0};

	test_must(qpas_keys_pem(keys, part, &pem, NULL) == 0, "a part of the keys");
	return pem;
}

static struct qpas_keys *make_keys(enum test_signer who)
{
	struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
	struct qpas_auth_identity leaf = test_sign_identity();
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_keys *keys = NULL;
	static char chain[16384];

	params.type = makes[who].type;
	params.name = makes[who].name;
	params.leaf = makes[who].leaf ? &leaf : NULL;
	if (makes[who].ca != TEST_SIGN_NOBODY) {
		const struct qpas_keys *ca = test_sign_keys(makes[who].ca);
		struct qpas_slice first = test_sign_pem(ca, QPAS_KEYS_CA);
		struct qpas_slice root = test_sign_pem(ca, QPAS_KEYS_ROOT);

		test_must(first.len + root.len <= sizeof(chain), "the chain is small");
		memcpy(chain, first.ptr, first.len);
		memcpy(chain + first.len, root.ptr, root.len);
		params.ca_key = test_sign_pem(ca, QPAS_KEYS_CA_KEY);
		params.ca_chain.ptr = chain;
		params.ca_chain.len = first.len + root.len;
	}
	if (qpas_keys_new(&params, NULL, &keys, &err))
		fail_msg("%s: %s", makes[who].name, err.text);
	return keys;
}

const struct qpas_keys *test_sign_keys(enum test_signer who)
{
	if (!made[who].keys)
		made[who].keys = make_keys(who);
	return made[who].keys;
}

const struct qpas_signer *test_sign_signer(enum test_signer who)
{
	struct qpas_error err = QPAS_ERROR_INIT;

	if (who == TEST_SIGN_NOBODY || made[who].signer)
		return made[who].signer;
	if (qpas_signer_new(test_sign_pem(test_sign_keys(who), QPAS_KEYS_LEAF_KEY),
			    test_sign_pem(test_sign_keys(who), QPAS_KEYS_CHAIN), NULL,
			    &made[who].signer, &err))
		fail_msg("%s: %s", makes[who].name, err.text);
	return made[who].signer;
}

const char *test_sign_name(enum test_signer who)
{
	return makes[who].name;
}

void test_sign_free(void)
{
	for (size_t i = 0; i < TEST_SIGN_COUNT; i++) {
		qpas_signer_free(made[i].signer);
		qpas_keys_free(made[i].keys);
	}
	memset(made, 0, sizeof(made));
}

/* ---- output ---- */

static int judge(struct test_output *output, struct qpas_error *err)
{
	if (++output->calls != output->fail_at)
		return 0;
	if (output->says_why && err) {
		err->code = output->result;
		(void)snprintf(err->text, sizeof(err->text), "The disk is full.");
	}
	return output->result;
}

static int new_file(void *user, uint32_t segment, uint64_t bytes, struct qpas_error *err)
{
	struct test_output *output = user;

	test_must(!output->bytes && segment == NO_INDEX, "one file, the image itself");
	output->bytes = calloc(1, (size_t)bytes);
	output->size = (size_t)bytes;
	test_must(output->bytes != NULL, "memory");
	return judge(output, err);
}

static int write_file(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct test_output *output = user;

	test_must(output->bytes && offset <= output->size && data.len <= output->size - offset,
		  "a write inside the file");
	memcpy(output->bytes + offset, data.ptr, data.len);
	return judge(output, err);
}

struct qpas_pack_target test_output_target(struct test_output *output)
{
	struct qpas_pack_target target = QPAS_PACK_TARGET_INIT;

	target.flags = output->flags;
	target.file = new_file;
	target.write = write_file;
	target.user = output;
	return target;
}

void test_output_free(struct test_output *output)
{
	free(output->bytes);
	output->bytes = NULL;
	output->size = 0;
	output->calls = 0;
}

int test_sign_bytes(struct qpas_slice bytes, const struct qpas_params *params,
		    const struct qpas_sign_params *sign, struct test_output *output,
		    struct qpas_error *err)
{
	struct qpas_pack_target target = test_output_target(output);
	struct qpas_error opened = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;
	int result;

	if (qpas_image_open_memory(bytes, params, &image, &opened))
		fail_msg("an image that is to be signed: %s", opened.text);
	result = qpas_image_sign(image, sign, &target, err);
	qpas_image_unref(image);
	return result;
}

void test_sign_image(const struct test_image *from, const struct qpas_sign_params *sign,
		     uint32_t flags, struct test_image *to)
{
	struct qpas_slice bytes = {from->bytes, from->size};
	struct qpas_error err = QPAS_ERROR_INIT;
	struct test_output output = {.flags = flags};

	if (test_sign_bytes(bytes, NULL, sign, &output, &err))
		fail_msg("v%u: %d, message %u: %s", (unsigned int)sign->mbn_version, err.code,
			 (unsigned int)err.message_id, err.text);
	test_image_adopt(to, output.bytes, output.size);
}

/* ---- reading ---- */

static uint32_t word(const struct test_image *image, size_t offset)
{
	return (uint32_t)test_image_get(image, image->hash.offset + offset, 4);
}

static struct test_part next(size_t *at, size_t length)
{
	struct test_part part = {*at, length};

	*at += length;
	return part;
}

/* Where the header says how long the parts are, in their order in the segment; 0: nowhere. */
static const struct {
	uint8_t header;
	uint8_t size[8]; /* common, QTI and OEM metadata, table, QTI pair, OEM pair */
} layouts[9] = {
	[3] = {40, {0, 0, 0, 0x14, 0, 0, 0x1c, 0x24}},
	[5] = {40, {0, 0, 0, 0x14, 0x08, 0x0c, 0x1c, 0x24}},
	[6] = {48, {0, 0x28, 0x2c, 0x14, 0x08, 0x0c, 0x1c, 0x24}},
	[7] = {40, {0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24}},
	[8] = {56, {0x08, 0x0c, 0x10, 0x14, 0, 0, 0x28, 0x2c}},
};

static void adopt_parts(struct test_image *image)
{
	struct test_part *parts[] = {&image->common,	    &image->qti_metadata,
				     &image->oem_metadata,  &image->table,
				     &image->qti_signature, &image->qti_chain,
				     &image->oem_signature, &image->oem_chain};
	uint32_t version = word(image, 4);
	size_t at = image->hash.offset;

	test_must(version < 9 && layouts[version].header, "a version that is known");
	image->mbn_version = version;
	image->header = next(&at, layouts[version].header);
	for (size_t i = 0; i < 8; i++) {
		uint8_t offset = layouts[version].size[i];

		*parts[i] = next(&at, offset ? word(image, offset) : 0);
	}
	image->digest_size = (uint32_t)image->table.length / image->phnum;
	test_must(at == image->hash.offset + image->hash.length, "parts fill the hash segment");
}

void test_image_adopt(struct test_image *image, uint8_t *bytes, size_t size)
{
	memset(image, 0, sizeof(*image));
	image->bytes = bytes;
	image->size = size;
	test_must(size > 64, "headers");
	image->elf_class = bytes[4] == 2 ? 64 : 32;
	image->phnum = (uint32_t)test_image_get(image, image->elf_class == 64 ? 56 : 44, 2);
	image->hash_index = NO_INDEX;
	for (uint32_t i = image->phnum; i-- > 1;) {
		if ((test_phdr_get(image, i, TEST_P_FLAGS) >> 24 & 7) == 2)
			image->hash_index = i;
	}
	test_must(image->hash_index != NO_INDEX, "a hash segment");
	image->hash.offset = (size_t)test_phdr_get(image, image->hash_index, TEST_P_OFFSET);
	image->hash.length = (size_t)test_phdr_get(image, image->hash_index, TEST_P_FILESZ);
	adopt_parts(image);
}
