/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates of our own: names, extensions, serial numbers that follow from the key. */
#include <stdio.h>

#include <openssl/rsa.h>

#include "auth/sign_key.h"
#include "base/mem.h"

#define SERIAL_BYTES   16
#define PSS_SALT_BYTES 32
#define NAME_BYTES     65
#define DAY	       86400

static const char *const titles[] = {
	[QPASI_ROLE_LEAF] = "Test Image Signing",
	[QPASI_ROLE_CA] = "Test Intermediate CA",
	[QPASI_ROLE_ROOT] = "Test Root CA",
};

static bool add_text(X509_NAME *name, int nid, const char *text)
{
	return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_ASC, (const unsigned char *)text, -1,
					  -1, 0) == 1;
}

/* "test" in the common name and the phrase in the organisation: each is enough to be recognised. */
static bool set_subject(X509 *cert, const struct qpasi_certificate_plan *plan)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	char text[NAME_BYTES];

	(void)snprintf(text, sizeof(text), "%s %s", plan->params->name, titles[plan->role]);
	if (!add_text(subject, NID_organizationName, "Generated keys, for testing only") ||
	    !add_text(subject, NID_commonName, text))
		return false;
	return plan->role != QPASI_ROLE_LEAF || !plan->params->leaf ||
	       qpasi_leaf_write(subject, plan->params);
}

/* A digest of key and subject, so that nothing but the key is random. Positive, never 0. */
static bool set_serial(X509 *cert)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned char *key = NULL;
	unsigned char *name = NULL;
	int key_bytes = i2d_PUBKEY(X509_get0_pubkey(cert), &key);
	int name_bytes = i2d_X509_NAME(X509_get_subject_name(cert), &name);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	BIGNUM *number = NULL;
	bool done = false;

	if (key_bytes > 0 && name_bytes > 0 && context &&
	    EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(context, key, (size_t)key_bytes) == 1 &&
	    EVP_DigestUpdate(context, name, (size_t)name_bytes) == 1 &&
	    EVP_DigestFinal_ex(context, digest, NULL) == 1) {
		digest[0] = (digest[0] & 0x7f) | 0x40;
		number = BN_bin2bn(digest, SERIAL_BYTES, NULL);
		done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	}
	BN_free(number);
	EVP_MD_CTX_free(context);
	OPENSSL_free(name);
	OPENSSL_free(key);
	return done;
}

static bool add_constraints(X509 *cert, enum qpasi_role role)
{
	BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
	bool done = constraints != NULL;

	if (done && role != QPASI_ROLE_LEAF)
		constraints->ca = 0xff;
	if (done && role == QPASI_ROLE_CA) {
		constraints->pathlen = ASN1_INTEGER_new();
		done = constraints->pathlen && ASN1_INTEGER_set(constraints->pathlen, 0) == 1;
	}
	done = done && X509_add1_ext_i2d(cert, NID_basic_constraints, constraints, 1, 0) == 1;
	BASIC_CONSTRAINTS_free(constraints);
	return done;
}

static bool add_extension(X509 *cert, X509V3_CTX *context, int nid, const char *text)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, text);
	bool done = extension && X509_add_ext(cert, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	return done;
}

/* As in public images: code signing in leafs of the newer kind alone. */
static bool add_extensions(X509 *cert, const struct qpasi_certificate_plan *plan)
{
	bool leaf = plan->role == QPASI_ROLE_LEAF;
	X509V3_CTX context;

	X509V3_set_ctx(&context, plan->issuer ? plan->issuer : cert, cert, NULL, NULL, 0);
	return add_constraints(cert, plan->role) &&
	       add_extension(cert, &context, NID_key_usage,
			     leaf ? "critical,digitalSignature" : "critical,keyCertSign") &&
	       (!leaf || plan->params->leaf ||
		add_extension(cert, &context, NID_ext_key_usage, "codeSigning")) &&
	       add_extension(cert, &context, NID_subject_key_identifier, "hash") &&
	       (!plan->issuer ||
		add_extension(cert, &context, NID_authority_key_identifier, "keyid:always"));
}

static bool sign(X509 *cert, const struct qpasi_certificate_plan *plan)
{
	EVP_PKEY *by = plan->issuer ? plan->issuer_key : plan->key;
	const EVP_MD *md = plan->scheme->bits == 384 ? EVP_sha384() : EVP_sha256();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *settings = NULL;
	bool done = context && EVP_DigestSignInit(context, &settings, md, NULL, by) > 0;

	if (done && plan->scheme->pss)
		done = EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) > 0 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(settings, md) > 0 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, PSS_SALT_BYTES) > 0;
	done = done && X509_sign_ctx(cert, context) > 0;
	EVP_MD_CTX_free(context);
	return done;
}

/* In days and seconds from the epoch, since time_t may have 32 bits. */
static bool set_date(ASN1_TIME *date, int64_t seconds)
{
	return ASN1_TIME_adj(date, 0, (int)(seconds / DAY), (long)(seconds % DAY)) != NULL;
}

static bool set_dates(X509 *cert, const struct qpas_keys_params *params)
{
	return set_date(X509_getm_notBefore(cert), params->not_before) &&
	       set_date(X509_getm_notAfter(cert), params->not_after);
}

X509 *qpasi_certificate_make(const struct qpasi_certificate_plan *plan)
{
	X509 *cert = X509_new();
	const X509 *issuer = plan->issuer ? plan->issuer : cert;

	if (cert && X509_set_version(cert, X509_VERSION_3) && X509_set_pubkey(cert, plan->key) &&
	    set_subject(cert, plan) && set_serial(cert) && set_dates(cert, plan->params) &&
	    X509_set_issuer_name(cert, X509_get_subject_name(issuer)) &&
	    add_extensions(cert, plan) && sign(cert, plan))
		return cert;
	X509_free(cert);
	return NULL;
}

/* ---- the numbered words of v3 and v5 leafs (docs/auth.md, "Identity") ---- */

#define LEAF_MEMBERS                                                                   \
	(QPAS_AUTH_HAS_SW_ID | QPAS_AUTH_HAS_SECONDARY_SW_ID | QPAS_AUTH_HAS_HW_ID |   \
	 QPAS_AUTH_HAS_OEM_ID | QPAS_AUTH_HAS_MODEL_ID | QPAS_AUTH_HAS_ANTI_ROLLBACK | \
	 QPAS_AUTH_HAS_SOC_VERSIONS | QPAS_AUTH_HAS_DEBUG)
#define LEAF_BINDINGS                                                        \
	(QPAS_AUTH_BIND_SOC | QPAS_AUTH_BIND_HW_ID | QPAS_AUTH_BIND_OEM_ID | \
	 QPAS_AUTH_BIND_MODEL_ID)
#define DEBUG_USUAL 2u

const char *qpasi_leaf_refuses(const struct qpas_auth_identity *identity)
{
	uint64_t bound = identity->bound;
	bool oem = (bound & QPAS_AUTH_BIND_OEM_ID) != 0;

	if (!(identity->known & QPAS_AUTH_HAS_SW_ID))
		return "the leaf's identity lacks SW_ID";
	if (identity->known & ~LEAF_MEMBERS)
		return "a leaf has no word for a member of its identity";
	if (identity->oem_id > UINT16_MAX || identity->model_id > UINT16_MAX)
		return "OEM_ID and MODEL_ID of a leaf have 16 bits";
	if (bound & ~LEAF_BINDINGS)
		return "a leaf cannot bind the image to that";
	if ((bound & QPAS_AUTH_BIND_SOC) && (bound & QPAS_AUTH_BIND_HW_ID))
		return "a leaf binds the image to SoC versions or to HW_ID, not to both";
	if (oem != ((bound & QPAS_AUTH_BIND_MODEL_ID) != 0))
		return "a leaf binds the image to OEM_ID and MODEL_ID, or to neither";
	for (uint32_t i = 0; i < identity->soc_count; i++) {
		if (i >= QPASI_OU_SOC_MAX || identity->soc_versions[i] > UINT16_MAX)
			return "a leaf has up to 10 SoC versions of 16 bits";
	}
	return NULL;
}

static uint64_t known(const struct qpas_auth_identity *identity, uint64_t bit, uint64_t value)
{
	return identity->known & bit ? value : 0;
}

/* "NN HEX NAME" as one more OU. */
static bool add_word(X509_NAME *subject, const char *name, uint32_t number, int digits,
		     uint64_t value)
{
	char text[NAME_BYTES];

	(void)snprintf(text, sizeof(text), "%02u %0*llX %s", (unsigned int)number, digits,
		       (unsigned long long)value, name);
	return add_text(subject, NID_organizationalUnitName, text);
}

/* Not every public leaf has them. */
static bool add_soc_versions(X509_NAME *subject, const struct qpas_auth_identity *identity)
{
	char text[NAME_BYTES] = "11";
	size_t at = 2;

	if (!(identity->known & QPAS_AUTH_HAS_SOC_VERSIONS))
		return true;
	for (uint32_t i = 0; i < QPASI_OU_SOC_MAX; i++, at += 5) {
		uint32_t version = i < identity->soc_count ? identity->soc_versions[i] : 0;

		(void)snprintf(text + at, sizeof(text) - at, " %04X", (unsigned int)version);
	}
	(void)snprintf(text + at, sizeof(text) - at, " SOC_VERS");
	return add_text(subject, NID_organizationalUnitName, text);
}

/* HW_ID holds OEM_ID and MODEL_ID in its lower half (measured on public images). */
static uint64_t hw_id_of(const struct qpas_auth_identity *identity)
{
	uint64_t oem = known(identity, QPAS_AUTH_HAS_OEM_ID, identity->oem_id);
	uint64_t model = known(identity, QPAS_AUTH_HAS_MODEL_ID, identity->model_id);

	if (identity->known & QPAS_AUTH_HAS_HW_ID)
		return identity->hw_id;
	return oem << 16 | model;
}

static uint64_t debug_of(const struct qpas_auth_identity *identity)
{
	return identity->known & QPAS_AUTH_HAS_DEBUG ? identity->debug_word : DEBUG_USUAL;
}

bool qpasi_leaf_write(X509_NAME *subject, const struct qpas_keys_params *params)
{
	const struct qpas_auth_identity *id = params->leaf;
	uint64_t rollback = known(id, QPAS_AUTH_HAS_ANTI_ROLLBACK, id->anti_rollback);
	bool app = (id->known & QPAS_AUTH_HAS_SECONDARY_SW_ID) != 0;
	bool by_hw_id = !(id->bound & QPAS_AUTH_BIND_SOC);
	bool oem = (id->bound & QPAS_AUTH_BIND_OEM_ID) != 0;

	return add_word(subject, "SW_ID", QPASI_OU_SW_ID, 16, rollback << 32 | id->sw_id) &&
	       add_word(subject, "HW_ID", QPASI_OU_HW_ID, 16, hw_id_of(id)) &&
	       add_word(subject, "DEBUG", QPASI_OU_DEBUG, 16, debug_of(id)) &&
	       add_word(subject, "OEM_ID", QPASI_OU_OEM_ID, 4,
			known(id, QPAS_AUTH_HAS_OEM_ID, id->oem_id)) &&
	       (!params->sw_size || add_word(subject, "SW_SIZE", 5, 8, params->sw_size)) &&
	       add_word(subject, "MODEL_ID", QPASI_OU_MODEL_ID, 4,
			known(id, QPAS_AUTH_HAS_MODEL_ID, id->model_id)) &&
	       add_word(subject, "SHA256", 7, 4, 1) &&
	       (!app || add_word(subject, "APP_ID", QPASI_OU_APP_ID, 16, id->secondary_sw_id)) &&
	       add_soc_versions(subject, id) &&
	       add_word(subject, "IN_USE_SOC_HW_VERSION", QPASI_OU_IN_USE_SOC, 4, !by_hw_id) &&
	       add_word(subject, "USE_SERIAL_NUMBER_IN_SIGNING", QPASI_OU_USE_SERIAL, 4, 0) &&
	       add_word(subject, "OEM_ID_INDEPENDENT", QPASI_OU_OEM_INDEPENDENT, 4, !oem);
}
