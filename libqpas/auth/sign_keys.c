/* SPDX-License-Identifier: BSD-3-Clause */
/* Making keys: a root, an intermediate CA and a leaf, or a leaf under a CA that is there. */
#include <openssl/pem.h>

#include "auth/crypto.h"
#include "auth/sign_key.h"
#include "base/host/host_memory.h"
#include "base/mem.h"

#define PARTS	  QPAS_KEYS_CHAIN
#define ROLES	  3u
#define NAME_MOST 32u
/* From 2020 to the end of what two digits of a year can say (RFC 5280, 4.1.2.5). */
#define NOT_BEFORE INT64_C(1577836800)
#define NOT_AFTER  INT64_C(2524607999)

struct qpas_keys {
	struct qpasi_env env;
	BIO *part[PARTS + 1];
};

/* Everything that is only needed until the text is made. */
struct making {
	struct qpas_keys *keys;
	struct qpas_keys_params params; /* complete */
	struct qpas_auth_identity leaf;
	const struct qpasi_sign_scheme *scheme;
	EVP_PKEY *key[ROLES];
	X509 *cert[ROLES];
	struct qpasi_sign_chain ca; /* the CA that was given */
	bool given;
	struct qpasi_fault *fault;
};

static int refuse(const struct making *making, uint32_t message, const char *why)
{
	int result = qpasi_fault_set(making->fault, message, QPAS_NO_SEGMENT, 0, 0);

	if (making->fault)
		making->fault->t = why;
	return result;
}

static const char *judge_name(const char *name)
{
	size_t length = 0;

	while (name[length]) {
		if (name[length] < 0x20 || name[length] > 0x7e)
			return "their name has a character that is not printable ASCII";
		if (++length > NAME_MOST)
			return "their name is longer than 32 characters";
	}
	return length ? NULL : "their name is empty";
}

/* NULL, or what is wrong with the parameters, whose gaps are filled by now. */
static const char *judge(const struct making *making)
{
	const struct qpas_keys_params *params = &making->params;

	if (!making->scheme)
		return "that type of keys is not known";
	if (params->reserved)
		return "a reserved member is not 0";
	if (params->not_before < 0 || params->not_after > NOT_AFTER ||
	    params->not_after <= params->not_before)
		return "their dates are out of order, or not between 1970 and 2049";
	if (params->leaf && !making->scheme->rsa)
		return "an identity is in RSA leafs alone; images of versions 6 to 8 have metadata";
	if (params->leaf && qpasi_leaf_refuses(params->leaf))
		return qpasi_leaf_refuses(params->leaf);
	if (!params->ca_key.len != !params->ca_chain.len)
		return "a CA that is given has a key and a chain";
	return judge_name(params->name);
}

static const struct qpasi_sign_scheme *scheme_of(uint32_t type)
{
	switch (type) {
	case QPAS_KEY_P384:
		return qpasi_sign_scheme(NID_ecdsa_with_SHA384);
	case QPAS_KEY_RSA2048:
		return qpasi_sign_scheme(NID_rsassaPss);
	case QPAS_KEY_RSA2048_PKCS1:
		return qpasi_sign_scheme(NID_sha256WithRSAEncryption);
	default:
		return NULL;
	}
}

static int complete(struct making *making)
{
	struct qpas_keys_params *params = &making->params;
	const char *why;

	making->scheme = scheme_of(params->type);
	if (!params->name)
		params->name = "libqpas";
	if (!params->not_before && !params->not_after) {
		params->not_before = NOT_BEFORE;
		params->not_after = NOT_AFTER;
	}
	making->given = params->ca_key.len != 0;
	why = judge(making);
	return why ? refuse(making, QPASI_MSG_KEYS_PARAMS, why) : 0;
}

/* The last certificate is the root; the first one signs the leaf, and may be the root itself. */
static int check_ca(const struct making *making)
{
	const struct qpasi_chain *chain = &making->ca.chain;
	const EVP_PKEY *key = X509_get0_pubkey(chain->cert[0]);
	struct qpasi_constraints constraints;

	if (!qpasi_certificate_constraints(chain->cert[0], &constraints) || !constraints.ca)
		return refuse(making, QPASI_MSG_KEYS_CA, "its first certificate is no CA");
	if (!key || !EVP_PKEY_is_a(key, making->scheme->rsa ? "RSA" : "EC"))
		return refuse(making, QPASI_MSG_KEYS_CA, "its key is of another kind");
	return qpasi_chain_check_key(chain, 0);
}

static int open_ca(struct making *making)
{
	const struct qpas_keys_params *params = &making->params;
	struct qpasi_sign_chain *ca = &making->ca;
	int result = qpasi_sign_chain_open(&making->keys->env, params->ca_chain, ca, making->fault);

	if (!result)
		result = check_ca(making);
	if (!result)
		result = qpasi_sign_key_open(params->ca_key, ca->chain.cert[0],
					     &making->key[QPASI_ROLE_CA], making->fault);
	return result;
}

static EVP_PKEY *generate(const struct qpasi_sign_scheme *scheme)
{
	return scheme->rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-384");
}

/* The one above: itself for the root, a given certificate where there is one. */
static X509 *issuer_of(const struct making *making, enum qpasi_role role)
{
	if (role == QPASI_ROLE_ROOT)
		return NULL;
	return making->given ? making->ca.chain.cert[0] : making->cert[role + 1];
}

static int make_one(struct making *making, enum qpasi_role role)
{
	struct qpasi_certificate_plan plan = {role, &making->params, making->scheme, NULL, NULL,
					      NULL};

	making->key[role] = generate(making->scheme);
	if (!making->key[role])
		return qpasi_sign_crypto(making->fault, "making a key");
	plan.key = making->key[role];
	plan.issuer = issuer_of(making, role);
	if (plan.issuer)
		plan.issuer_key = making->key[role + 1];
	making->cert[role] = qpasi_certificate_make(&plan);
	if (!making->cert[role])
		return qpasi_sign_crypto(making->fault, "making a certificate");
	return 0;
}

/* In memory that OpenSSL wipes when it is freed. */
static BIO *part(struct making *making, uint32_t number)
{
	BIO **bio = &making->keys->part[number];

	if (!*bio)
		*bio = BIO_new(BIO_s_secmem());
	return *bio;
}

static bool write_key(struct making *making, uint32_t number, EVP_PKEY *key)
{
	BIO *bio = part(making, number);

	return bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
}

static bool write_cert(struct making *making, uint32_t number, X509 *cert)
{
	BIO *bio = part(making, number);

	return bio && PEM_write_bio_X509(bio, cert) == 1;
}

static bool write_given(struct making *making)
{
	const struct qpasi_chain *chain = &making->ca.chain;
	bool done = write_cert(making, QPAS_KEYS_CA, chain->cert[0]) &&
		    write_cert(making, QPAS_KEYS_ROOT, chain->cert[chain->count - 1]);

	for (uint32_t i = 0; done && i < chain->count; i++)
		done = write_cert(making, QPAS_KEYS_CHAIN, chain->cert[i]);
	return done;
}

static bool write_made(struct making *making)
{
	return write_key(making, QPAS_KEYS_CA_KEY, making->key[QPASI_ROLE_CA]) &&
	       write_cert(making, QPAS_KEYS_CA, making->cert[QPASI_ROLE_CA]) &&
	       write_key(making, QPAS_KEYS_ROOT_KEY, making->key[QPASI_ROLE_ROOT]) &&
	       write_cert(making, QPAS_KEYS_ROOT, making->cert[QPASI_ROLE_ROOT]) &&
	       write_cert(making, QPAS_KEYS_CHAIN, making->cert[QPASI_ROLE_CA]) &&
	       write_cert(making, QPAS_KEYS_CHAIN, making->cert[QPASI_ROLE_ROOT]);
}

static int write_parts(struct making *making)
{
	bool done = write_key(making, QPAS_KEYS_LEAF_KEY, making->key[QPASI_ROLE_LEAF]) &&
		    write_cert(making, QPAS_KEYS_LEAF, making->cert[QPASI_ROLE_LEAF]) &&
		    write_cert(making, QPAS_KEYS_CHAIN, making->cert[QPASI_ROLE_LEAF]) &&
		    (making->given ? write_given(making) : write_made(making));

	return done ? 0 : qpasi_sign_crypto(making->fault, "writing PEM");
}

/* What a CA made of a leaf must hold as a chain, too: a given CA may be at the end of its path. */
static int check_result(const struct making *making)
{
	struct qpasi_sign_chain chain;
	struct qpas_slice text;
	char *data = NULL;
	long length = BIO_get_mem_data(making->keys->part[QPAS_KEYS_CHAIN], &data);
	int result;

	text.ptr = data;
	text.len = (size_t)length;
	result = qpasi_sign_chain_open(&making->keys->env, text, &chain, making->fault);
	if (!result)
		result = qpasi_chain_check(&chain.chain);
	qpasi_sign_chain_close(&making->keys->env, &chain);
	return result;
}

static int make(struct making *making)
{
	int result = complete(making);

	if (!result && making->given)
		result = open_ca(making);
	if (!result && !making->given)
		result = make_one(making, QPASI_ROLE_ROOT);
	if (!result && !making->given)
		result = make_one(making, QPASI_ROLE_CA);
	if (!result)
		result = make_one(making, QPASI_ROLE_LEAF);
	if (!result)
		result = write_parts(making);
	return result ? result : check_result(making);
}

static void clean_up(struct making *making)
{
	for (uint32_t i = 0; i < ROLES; i++) {
		X509_free(making->cert[i]);
		EVP_PKEY_free(making->key[i]);
	}
	qpasi_sign_chain_close(&making->keys->env, &making->ca);
}

/* The caller's structures, each as large as here. */
static int copy_params(struct making *making, const struct qpas_keys_params *params,
		       struct qpas_error *err)
{
	int result = qpasi_abi_copy(&making->params, params, sizeof(*params), sizeof(*params), err);

	if (result || !making->params.leaf)
		return result;
	result = qpasi_abi_copy(&making->leaf, making->params.leaf, sizeof(making->leaf),
				sizeof(making->leaf), err);
	making->params.leaf = &making->leaf;
	return result;
}

int qpas_keys_new(const struct qpas_keys_params *keys, const struct qpas_params *params,
		  struct qpas_keys **out, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	struct making making = {0};
	struct qpasi_env env;
	int result = qpasi_error_begin(err);

	if (out)
		*out = NULL;
	if (result)
		return result;
	if (!out || !keys)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       out ? "keys" : "out");
	result = qpasi_env_init(&env, params, qpasi_host_allocator(), err);
	if (!result)
		result = copy_params(&making, keys, err);
	if (result)
		return result;
	making.fault = &fault;
	making.keys = qpasi_env_alloc(&env, sizeof(*making.keys));
	if (!making.keys)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_NONE, NULL);
	making.keys->env = env;
	qpasi_crypto_enter();
	result = make(&making);
	clean_up(&making);
	qpasi_crypto_leave();
	if (result) {
		qpas_keys_free(making.keys);
		return qpasi_fault_report(&fault, QPAS_STAGE_SIGNATURE, err);
	}
	*out = making.keys;
	return 0;
}

int qpas_keys_pem(const struct qpas_keys *keys, uint32_t part_number, struct qpas_slice *pem,
		  struct qpas_error *err)
{
	char *data = NULL;
	int result = qpasi_error_begin(err);

	if (result)
		return result;
	if (!keys || !pem)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       keys ? "pem" : "keys");
	if (part_number > PARTS || !keys->part[part_number])
		return qpasi_error_numbers(err, QPASI_MSG_KEYS_PART, QPAS_STAGE_NONE, part_number,
					   0);
	pem->len = (size_t)BIO_get_mem_data(keys->part[part_number], &data);
	pem->ptr = data;
	return 0;
}

void qpas_keys_free(struct qpas_keys *keys)
{
	struct qpasi_env env;

	if (!keys)
		return;
	env = keys->env;
	for (uint32_t i = 0; i <= PARTS; i++)
		BIO_free(keys->part[i]);
	qpasi_env_free(&env, keys);
}
