/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk from leaf to root. Stricter than X509_verify_cert() where shipped chains allow it, and
 * laxer in two things that they need: dates do not count, and a leaf may carry a path length.
 */
#include "auth/certificate.h"

#include "auth/crypto.h"
#include "base/mem.h"

#define RSA_BITS_MIN		    2048
#define RSA_BITS_MAX		    4096
#define EXPONENT_BITS_MAX	    64
#define KEY_USAGE_DIGITAL_SIGNATURE 0
#define KEY_USAGE_CERT_SIGN	    5

/* NULL, or why the key proves nothing. */
static const char *judge_exponent(const EVP_PKEY *key)
{
	const char *why = NULL;
	BIGNUM *exponent = NULL;

	if (!EVP_PKEY_get_bn_param(key, "e", &exponent))
		return "its exponent cannot be read";
	if (!BN_is_odd(exponent) || BN_is_one(exponent))
		why = "its exponent is even or 1";
	else if (BN_num_bits(exponent) > EXPONENT_BITS_MAX)
		why = "its exponent is longer than 64 bits";
	BN_free(exponent);
	return why;
}

/* Shorter keys are within reach of a forger; longer ones are in no image, and slow. */
static int check_rsa(const struct qpasi_chain *chain, uint32_t index, const EVP_PKEY *key)
{
	const char *why;

	if (EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
		return qpasi_chain_fault(chain, QPASI_MSG_KEY_WEAK, index, 0,
					 "RSA with less than 2048 bits");
	if (EVP_PKEY_get_bits(key) > RSA_BITS_MAX)
		return qpasi_chain_fault(chain, QPASI_MSG_KEY_KIND, index, 0,
					 "RSA with more than 4096 bits");
	why = judge_exponent(key);
	return why ? qpasi_chain_fault(chain, QPASI_MSG_KEY_WEAK, index, 0, why) : 0;
}

/*
 * The curve must be named. Parameters that spell a curve out can describe one that looks like P-384 and
 * has a generator for which the forger knows the key (CVE-2020-0601).
 */
static int check_ec(const struct qpasi_chain *chain, uint32_t index, const EVP_PKEY *key)
{
	static const char wanted[] = "secp384r1";
	char group[32] = {0};
	size_t length = 0;
	int explicit = 0;

	if (!EVP_PKEY_get_group_name(key, group, sizeof(group), &length) ||
	    length != sizeof(wanted) - 1 || memcmp(group, wanted, length) != 0)
		return qpasi_chain_fault(chain, QPASI_MSG_KEY_KIND, index, 0,
					 "an elliptic curve other than P-384");
	if (!EVP_PKEY_get_int_param(key, "decoded-from-explicit", &explicit) || explicit)
		return qpasi_chain_fault(chain, QPASI_MSG_KEY_WEAK, index, 0,
					 "its curve is spelled out instead of named");
	return 0;
}

int qpasi_chain_check_key(const struct qpasi_chain *chain, uint32_t index)
{
	const EVP_PKEY *key = X509_get0_pubkey(chain->cert[index]);

	if (!key && qpasi_crypto_no_memory())
		return qpasi_crypto_failed(chain->fault, QPASI_MSG_SIGN_CRYPTO, "a public key");
	if (key && (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")))
		return check_rsa(chain, index, key);
	if (key && EVP_PKEY_is_a(key, "EC"))
		return check_ec(chain, index, key);
	return qpasi_chain_fault(chain, QPASI_MSG_KEY_KIND, index, 0,
				 key ? "neither RSA nor elliptic curve" : "it cannot be decoded");
}

/* RSASSA-PSS carries its digest in parameters; the other algorithms have it in their name. */
static bool digest_is_sound(int nid)
{
	return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

static int check_algorithm(const struct qpasi_chain *chain, uint32_t index)
{
	int nid = X509_get_signature_nid(chain->cert[index]);
	int digest = NID_undef;
	const char *name;

	switch (nid) {
	case NID_sha256WithRSAEncryption:
	case NID_sha384WithRSAEncryption:
	case NID_sha512WithRSAEncryption:
	case NID_ecdsa_with_SHA256:
	case NID_ecdsa_with_SHA384:
	case NID_ecdsa_with_SHA512:
		return 0;
	case NID_rsassaPss:
		if (X509_get_signature_info(chain->cert[index], &digest, NULL, NULL, NULL) &&
		    digest_is_sound(digest))
			return 0;
		break;
	default:
		break;
	}
	name = OBJ_nid2sn(nid);
	return qpasi_chain_fault(chain, QPASI_MSG_CERT_ALGORITHM, index, 0, name ? name : "?");
}

/* Extensions that must be understood and are not: nobody can say what they forbid. */
static int check_extensions(const struct qpasi_chain *chain, uint32_t index)
{
	const X509 *cert = chain->cert[index];

	for (int i = 0; i < X509_get_ext_count(cert); i++) {
		X509_EXTENSION *extension = X509_get_ext(cert, i);

		if (!X509_EXTENSION_get_critical(extension))
			continue;
		switch (OBJ_obj2nid(X509_EXTENSION_get_object(extension))) {
		case NID_basic_constraints:
		case NID_key_usage:
		case NID_ext_key_usage:
		case NID_subject_key_identifier:
		case NID_authority_key_identifier:
			break;
		default:
			return qpasi_chain_fault(chain, QPASI_MSG_CERT_PARSE, index, 0,
						 "an unknown critical extension");
		}
	}
	return 0;
}

/* Whether key usage, where it is stated, has this bit. */
static bool may(const X509 *cert, int bit)
{
	int critical = 0;
	ASN1_BIT_STRING *usage = X509_get_ext_d2i(cert, NID_key_usage, &critical, NULL);
	bool allowed = critical == -1;

	if (usage)
		allowed = ASN1_BIT_STRING_get_bit(usage, bit) != 0;
	ASN1_BIT_STRING_free(usage);
	return allowed;
}

/* A path length without CA, or no constraints at all, are accepted: see leaf_remarks(). */
static int check_leaf(const struct qpasi_chain *chain)
{
	struct qpasi_constraints constraints;

	if (!qpasi_certificate_constraints(chain->cert[0], &constraints))
		return qpasi_chain_fault(chain, QPASI_MSG_CERT_PARSE, 0, 0,
					 "damaged basic constraints");
	if (constraints.ca)
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_LEAF, 0, 0, "it is a CA");
	if (!may(chain->cert[0], KEY_USAGE_DIGITAL_SIGNATURE))
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_LEAF, 0, 0, "key usage");
	return 0;
}

/* A path length counts the CAs between it and the leaf: none for the first issuer. */
static int check_issuer(const struct qpasi_chain *chain, uint32_t index)
{
	struct qpasi_constraints constraints;
	long below = (long)index - 1;

	if (!qpasi_certificate_constraints(chain->cert[index], &constraints))
		return qpasi_chain_fault(chain, QPASI_MSG_CERT_PARSE, index, 0,
					 "damaged basic constraints");
	if (!constraints.ca)
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_NOT_CA, index, 0, "no CA");
	if (!may(chain->cert[index], KEY_USAGE_CERT_SIGN))
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_NOT_CA, index, 0, "key usage");
	if (constraints.has_pathlen && constraints.pathlen < below)
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_PATHLEN, index, index - 1, NULL);
	return 0;
}

/* Belongs to the certificate. */
static bool name_of(const X509_NAME *name, struct qpas_slice *der)
{
	const unsigned char *bytes = NULL;

	if (!X509_NAME_get0_der(name, &bytes, &der->len))
		return false;
	der->ptr = bytes;
	return true;
}

static bool names_equal(struct qpas_slice a, struct qpas_slice b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* Whether the key identifiers of a link agree, as far as both are stated. */
static bool key_ids_agree(const X509 *cert, const X509 *issuer)
{
	AUTHORITY_KEYID *wanted = X509_get_ext_d2i(cert, NID_authority_key_identifier, NULL, NULL);
	ASN1_OCTET_STRING *own = X509_get_ext_d2i(issuer, NID_subject_key_identifier, NULL, NULL);
	bool agree = !wanted || !wanted->keyid || !own ||
		     ASN1_OCTET_STRING_cmp(wanted->keyid, own) == 0;

	AUTHORITY_KEYID_free(wanted);
	ASN1_OCTET_STRING_free(own);
	return agree;
}

/* Certificate `index` by the key of certificate `by`, which is itself for the root. */
static int check_link(const struct qpasi_chain *chain, uint32_t index, uint32_t by)
{
	X509 *cert = chain->cert[index];
	int verified;

	if (!key_ids_agree(cert, chain->cert[by]))
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_KEY_ID, index, by, NULL);
	verified = X509_verify(cert, X509_get0_pubkey(chain->cert[by]));
	if (verified == 1)
		return 0;
	if (qpasi_crypto_no_memory())
		return qpasi_crypto_failed(chain->fault, QPASI_MSG_SIGN_CRYPTO, "X509_verify");
	return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_LINK, index, by, NULL);
}

/* Names are compared byte for byte, as all shipped chains allow. */
static int check_names(const struct qpasi_chain *chain, uint32_t index)
{
	bool last = index == chain->count - 1;
	const X509 *above = chain->cert[last ? index : index + 1];
	struct qpas_slice issuer;
	struct qpas_slice own;
	struct qpas_slice wanted;

	if (!name_of(X509_get_issuer_name(chain->cert[index]), &issuer) ||
	    !name_of(X509_get_subject_name(chain->cert[index]), &own) ||
	    !name_of(X509_get_subject_name(above), &wanted))
		return qpasi_crypto_failed(chain->fault, QPASI_MSG_SIGN_CRYPTO, "reading a name");
	if (last && !names_equal(issuer, own))
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_ROOT, index, 0, NULL);
	if (!last && names_equal(issuer, own))
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_SELF, index, 0, NULL);
	if (!names_equal(issuer, wanted))
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_ISSUER, index, index + 1, NULL);
	return 0;
}

static int check_one(const struct qpasi_chain *chain, uint32_t index)
{
	uint32_t by = index == chain->count - 1 ? index : index + 1;
	int result = check_names(chain, index);

	if (!result)
		result = check_algorithm(chain, index);
	if (!result)
		result = check_extensions(chain, index);
	if (!result)
		result = index ? check_issuer(chain, index) : check_leaf(chain);
	return result ? result : check_link(chain, index, by);
}

int qpasi_chain_check(const struct qpasi_chain *chain)
{
	int result = 0;

	if (chain->count < 2)
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_SHORT, chain->count, 0, NULL);
	/* All keys first: a link is not worth checking with a key that proves nothing. */
	for (uint32_t i = 0; !result && i < chain->count; i++)
		result = qpasi_chain_check_key(chain, i);
	for (uint32_t i = 0; !result && i < chain->count; i++)
		result = check_one(chain, i);
	return result;
}
