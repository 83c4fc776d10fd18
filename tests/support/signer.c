/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys, certificates and signatures for test images. */
#include "support/signer.h"

#include <string.h>

#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "support/must.h"

#define OEM 1u

/* Making RSA keys takes long, so each kind is made once per program. */
static EVP_PKEY *keys[TEST_KEY_COUNT];
static uint8_t root_hash_256[32];
static uint8_t root_hash_384[48];

static EVP_PKEY *make_rsa(size_t bits, unsigned long exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;

	test_must(ctx && e && BN_set_word(e, exponent), "RSA");
	test_must(EVP_PKEY_keygen_init(ctx) > 0, "RSA");
	test_must(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) > 0, "RSA bits");
	test_must(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) > 0, "RSA exponent");
	test_must(EVP_PKEY_generate(ctx, &key) > 0, "RSA key");
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *key_of(enum test_key kind)
{
	if (keys[kind])
		return keys[kind];
	switch (kind) {
	case TEST_KEY_RSA_A:
	case TEST_KEY_RSA_B:
		keys[kind] = make_rsa(2048, 65537);
		break;
	case TEST_KEY_RSA_E3:
		keys[kind] = make_rsa(2048, 3);
		break;
	case TEST_KEY_RSA_512:
		keys[kind] = make_rsa(512, 65537);
		break;
	case TEST_KEY_P256:
		keys[kind] = EVP_EC_gen("P-256");
		break;
	default:
		keys[kind] = EVP_EC_gen("P-384");
		break;
	}
	test_must(keys[kind] != NULL, "a key");
	return keys[kind];
}

void test_key_with_exponent(enum test_key key, const char *exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *n = NULL;
	BIGNUM *e = NULL;
	OSSL_PARAM *params;

	EVP_PKEY_free(keys[key]);
	keys[key] = NULL;
	test_must(EVP_PKEY_get_bn_param(key_of(TEST_KEY_RSA_A), "n", &n), "a modulus");
	test_must(BN_hex2bn(&e, exponent) > 0, "an exponent");
	test_must(ctx && builder && OSSL_PARAM_BLD_push_BN(builder, "n", n) &&
			  OSSL_PARAM_BLD_push_BN(builder, "e", e),
		  "a public key");
	params = OSSL_PARAM_BLD_to_param(builder);
	test_must(params && EVP_PKEY_fromdata_init(ctx) > 0 &&
			  EVP_PKEY_fromdata(ctx, &keys[key], EVP_PKEY_PUBLIC_KEY, params) > 0,
		  "a public key");
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
}

void test_keys_free(void)
{
	for (size_t i = 0; i < TEST_KEY_COUNT; i++) {
		EVP_PKEY_free(keys[i]);
		keys[i] = NULL;
	}
}

struct test_chain test_chain_usual(enum test_scheme scheme)
{
	bool ec = scheme == TEST_SCHEME_ECDSA;
	struct test_chain chain = {
		scheme,
		3,
		{{"Leaf of tests", NULL, ec ? TEST_KEY_P384_A : TEST_KEY_RSA_A, 0, -1, false, false,
		  false, -1, "critical,digitalSignature"},
		 {"Middle", NULL, ec ? TEST_KEY_P384_B : TEST_KEY_RSA_E3, 1, 0, false, false, false,
		  -1, "critical,keyCertSign"},
		 {"Some Root CA", NULL, ec ? TEST_KEY_P384_C : TEST_KEY_RSA_B, 1, -1, false, false,
		  false, -1, "critical,keyCertSign"}},
		4,
		0,
		NULL,
	};

	return chain;
}

static void add_name(X509_NAME *name, const char *field, const char *text)
{
	test_must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, (const unsigned char *)text,
					     -1, -1, 0),
		  "a name");
}

static void add_words(X509_NAME *subject, const struct test_chain *chain)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "01 %016llX SW_ID", (unsigned long long)chain->sw_id);
	if (chain->sw_id != TEST_NO_SW_ID)
		add_name(subject, "OU", text);
	(void)snprintf(text, sizeof(text), "02 %016llX HW_ID", (unsigned long long)chain->hw_id);
	add_name(subject, "OU", text);
	add_name(subject, "OU", "04 0001 OEM_ID");
	add_name(subject, "OU", "06 0203 MODEL_ID");
	add_name(subject, "OU", "11 6000 6001 0000 0000 0000 0000 0000 0000 0000 0000 SOC_VERS");
	add_name(subject, "OU", "13 0001 IN_USE_SOC_HW_VERSION");
	if (chain->extra_ou)
		add_name(subject, "OU", chain->extra_ou);
}

static void add_extension(X509 *cert, X509V3_CTX *ctx, int nid, const char *text)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, ctx, nid, text);

	test_must(extension && X509_add_ext(cert, extension, -1), text);
	X509_EXTENSION_free(extension);
}

/* Not through X509V3_EXT_conf_nid(), which refuses a path length without a CA. */
static void add_constraints(X509 *cert, const struct test_certificate *spec)
{
	BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();

	test_must(constraints != NULL, "basic constraints");
	constraints->ca = spec->ca ? 0xff : 0;
	if (spec->pathlen >= 0) {
		constraints->pathlen = ASN1_INTEGER_new();
		test_must(ASN1_INTEGER_set(constraints->pathlen, spec->pathlen), "path length");
	}
	test_must(X509_add1_ext_i2d(cert, NID_basic_constraints, constraints, 1, 0) == 1,
		  "basic constraints");
	BASIC_CONSTRAINTS_free(constraints);
}

static void add_extensions(X509 *cert, X509 *issuer, const struct test_certificate *spec)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	if (spec->ca >= 0)
		add_constraints(cert, spec);
	if (spec->usage)
		add_extension(cert, &ctx, NID_key_usage, spec->usage);
	add_extension(cert, &ctx, NID_subject_key_identifier, "hash");
	if (spec->wrong_key_id)
		X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	if (issuer != cert || spec->wrong_key_id)
		add_extension(cert, &ctx, NID_authority_key_identifier, "keyid:always");
	if (spec->critical)
		add_extension(cert, &ctx, NID_name_constraints, "critical,permitted;DNS:a.example");
}

static void sign_certificate(X509 *cert, enum test_scheme scheme, EVP_PKEY *by)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *settings = NULL;
	const EVP_MD *md = EVP_PKEY_is_a(by, "EC") && EVP_PKEY_get_bits(by) > 256 ? EVP_sha384() :
										    EVP_sha256();

	test_must(ctx && EVP_DigestSignInit(ctx, &settings, md, NULL, by) > 0, "signing");
	if (scheme == TEST_SCHEME_PSS && EVP_PKEY_is_a(by, "RSA")) {
		test_must(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) > 0, "PSS");
		test_must(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, 32) > 0, "salt");
	}
	test_must(X509_sign_ctx(cert, ctx) > 0, "signing a certificate");
	EVP_MD_CTX_free(ctx);
}

static X509 *make_certificate(const struct test_chain *chain, uint32_t index, X509 *issuer)
{
	const struct test_certificate *spec = &chain->certificate[index];
	const struct test_certificate *above = issuer ? spec + 1 : spec;
	enum test_key by = spec->signed_by >= 0 ? (enum test_key)spec->signed_by : above->key;
	X509_NAME *name = X509_NAME_new();
	X509 *cert = X509_new();

	test_must(cert && name && X509_set_version(cert, 2), "a certificate");
	test_must(ASN1_INTEGER_set(X509_get_serialNumber(cert), (long)index + 1), "serial number");
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), spec->expired ? -200000 : -100);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), spec->expired ? -100000 : 100000);
	add_name(X509_get_subject_name(cert), "CN", spec->name);
	if (index == 0 && chain->scheme != TEST_SCHEME_ECDSA)
		add_words(X509_get_subject_name(cert), chain);
	add_name(name, "CN", spec->issuer ? spec->issuer : above->name);
	test_must(X509_set_issuer_name(cert, name), "issuer");
	test_must(X509_set_pubkey(cert, key_of(spec->key)), "public key");
	add_extensions(cert, issuer ? issuer : cert, spec);
	sign_certificate(cert, chain->scheme, key_of(by));
	X509_NAME_free(name);
	return cert;
}

static const struct test_part *slot(const struct test_image *image, uint32_t signer, bool chain)
{
	if (signer == OEM)
		return chain ? &image->oem_chain : &image->oem_signature;
	return chain ? &image->qti_chain : &image->qti_signature;
}

void test_chain_write(struct test_image *image, uint32_t signer, const struct test_chain *chain)
{
	const struct test_part *part = slot(image, signer, true);
	X509 *cert[TEST_CHAIN_MAX] = {NULL};
	unsigned char *at = image->bytes + part->offset;
	unsigned char *end = at + part->length;

	for (uint32_t i = chain->count; i--;)
		cert[i] = make_certificate(chain, i, i + 1 < chain->count ? cert[i + 1] : NULL);
	memset(at, 0xff, part->length);
	for (uint32_t i = 0; i < chain->count; i++) {
		unsigned char *start = at;
		int length = i2d_X509(cert[i], NULL);

		test_must(length > 0 && length <= end - at, "the chain fits its slot");
		length = i2d_X509(cert[i], &at);
		(void)EVP_Digest(start, (size_t)length, root_hash_256, NULL, EVP_sha256(), NULL);
		(void)EVP_Digest(start, (size_t)length, root_hash_384, NULL, EVP_sha384(), NULL);
		X509_free(cert[i]);
	}
}

void test_chain_root(uint8_t sha256[32], uint8_t sha384[48])
{
	memcpy(sha256, root_hash_256, sizeof(root_hash_256));
	memcpy(sha384, root_hash_384, sizeof(root_hash_384));
}

static void clear(uint8_t *bytes, size_t from, size_t length)
{
	memset(bytes + from, 0, length);
}

static void clear_part(const struct test_image *image, uint8_t *bytes, const struct test_part *part)
{
	if (part->length)
		clear(bytes, part->offset - image->hash.offset, part->length);
}

uint8_t *test_signed_bytes(const struct test_image *image, uint32_t signer, size_t *length)
{
	bool oem = signer == OEM;
	uint8_t *bytes;

	*length = image->table.offset + image->table.length - image->hash.offset;
	bytes = malloc(*length);
	test_must(bytes != NULL, "memory");
	memcpy(bytes, image->bytes + image->hash.offset, *length);
	if (image->mbn_version == 6 && oem)
		clear(bytes, 0x08, 8);
	if ((image->mbn_version == 5 || image->mbn_version == 6) && !oem) {
		clear(bytes, 0x1c, 4);
		clear(bytes, 0x24, 4);
	}
	if (image->mbn_version == 7)
		clear(bytes, oem ? 0x18 : 0x20, 8);
	if (image->mbn_version == 6 || image->mbn_version == 7)
		clear_part(image, bytes, oem ? &image->qti_metadata : &image->oem_metadata);
	return bytes;
}

/* ECDSA or PSS over the bytes, into the slot, zeros behind it. */
static void sign_bytes(EVP_PKEY *key, const uint8_t *bytes, size_t length, uint8_t *to,
		       size_t capacity)
{
	bool rsa = EVP_PKEY_is_a(key, "RSA");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *settings = NULL;

	test_must(ctx && EVP_DigestSignInit(ctx, &settings, rsa ? EVP_sha256() : EVP_sha384(), NULL,
					    key) > 0,
		  "signing");
	if (rsa) {
		test_must(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) > 0, "PSS");
		test_must(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, 32) > 0, "salt");
	}
	memset(to, 0, capacity);
	test_must(EVP_DigestSign(ctx, to, &capacity, bytes, length) > 0, "signing an image");
	EVP_MD_CTX_free(ctx);
}

static void sha256_keyed(uint64_t key, uint8_t pattern, const uint8_t inner[32], uint8_t to[32])
{
	uint8_t bytes[40];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(key >> (56 - 8 * i)) ^ pattern;
	memcpy(bytes + 8, inner, 32);
	test_must(EVP_Digest(bytes, sizeof(bytes), to, NULL, EVP_sha256(), NULL) == 1, "digest");
}

void test_legacy_block(const struct test_image *image, uint64_t sw_id, uint64_t hw_id, size_t size,
		       uint8_t *block)
{
	size_t length = image->table.offset + image->table.length - image->hash.offset;
	uint8_t digest[32];

	test_must(EVP_Digest(image->bytes + image->hash.offset, length, digest, NULL, EVP_sha256(),
			     NULL) == 1,
		  "digest");
	sha256_keyed(sw_id, 0x36, digest, digest);
	sha256_keyed(hw_id, 0x5c, digest, digest);
	memset(block, 0xff, size);
	block[0] = 0;
	block[1] = 1;
	block[size - 33] = 0;
	memcpy(block + size - 32, digest, 32);
}

void test_rsa_private(enum test_key key, const uint8_t *block, size_t size, uint8_t *to)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key_of(key), NULL);
	size_t length = size;

	test_must(ctx && EVP_PKEY_decrypt_init(ctx) > 0, "RSA");
	test_must(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0, "RSA");
	test_must(EVP_PKEY_decrypt(ctx, to, &length, block, size) > 0 && length == size, "RSA");
	EVP_PKEY_CTX_free(ctx);
}

void test_sign(struct test_image *image, uint32_t signer, const struct test_chain *chain)
{
	const struct test_part *part = slot(image, signer, false);
	uint8_t *to = image->bytes + part->offset;
	enum test_key key = chain->certificate[0].key;

	if (chain->scheme == TEST_SCHEME_LEGACY) {
		uint8_t block[256];

		test_legacy_block(image, chain->sw_id, chain->hw_id, sizeof(block), block);
		test_rsa_private(key, block, sizeof(block), to);
	} else {
		size_t length;
		uint8_t *bytes = test_signed_bytes(image, signer, &length);

		sign_bytes(key_of(key), bytes, length, to, part->length);
		free(bytes);
	}
}
