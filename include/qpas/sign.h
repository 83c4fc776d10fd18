/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signing images with keys of one's own: for development boards, whose fuses name no root, for
 * simulated ones, and for whoever holds the keys of a device. From an ELF file and a chain of
 * certificates to an image with a hash segment of version 3, 5, 6, 7 or 8.
 *
 * Nobody but the trusted world decides whom to trust: an image signed here runs where the fuses
 * name its root, or none at all. Which bytes of the result differ from run to run is told in
 * docs/auth.md, "Signing".
 *
 *     struct qpas_auth_identity identity = QPAS_AUTH_IDENTITY_INIT;
 *     struct qpas_sign_params sign = QPAS_SIGN_PARAMS_INIT;
 *
 *     identity.known = QPAS_AUTH_HAS_SW_ID;
 *     identity.sw_id = 4;
 *     sign.mbn_version = 7;
 *     sign.oem_identity = &identity;
 *     if (qpas_signer_new(key, chain, NULL, &signer, &err))
 *             return -1;
 *     sign.oem = signer;
 *     result = qpas_image_sign(image, &sign, &target, &err);
 */
#ifndef QPAS_SIGN_H
#define QPAS_SIGN_H

#include <qpas/auth.h>
#include <qpas/error.h>
#include <qpas/image.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A private key and the certificates that vouch for it; immutable. */
struct qpas_signer;
/** Keys and certificates that were made together. */
struct qpas_keys;

/** Kinds of keys, and with them of signatures. @since 0.1 */
enum qpas_key_type {
	/** P-384: "ecdsa-p384-sha384", for versions 6, 7 and 8. */
	QPAS_KEY_P384 = 1,
	/** RSA of 2048 bits: "rsa-pss-sha256", for versions 3, 5 and 6. */
	QPAS_KEY_RSA2048 = 2,
	/** RSA of 2048 bits: "rsa-pkcs1-v15-mbn3", for version 3. */
	QPAS_KEY_RSA2048_PKCS1 = 3
};

/** What keys are made for. @since 0.1 */
struct qpas_keys_params {
	/** sizeof(struct qpas_keys_params) */
	uint32_t size;
	/** enum qpas_key_type */
	uint32_t type;
	/**
	 * First word of the certificates' names: 1 to 32 printable ASCII characters, NULL for
	 * "libqpas". The root is called "NAME Test Root CA", so that everybody sees what it is.
	 */
	const char *name;
	/**
	 * Validity of the certificates, in seconds since 1970: both 0 mean from 2020-01-01 to
	 * 2049-12-31. No clock is read. No device compares them.
	 */
	int64_t not_before;
	/** See not_before. */
	int64_t not_after;
	/**
	 * For leafs that sign versions 3 and 5, which carry the identity of the image: what the leaf
	 * says (`known`, `bound` and the members; `hw_id` is made of OEM_ID and MODEL_ID unless it
	 * is known). NULL for versions 6 to 8, whose images have metadata instead. RSA only.
	 */
	const struct qpas_auth_identity *leaf;
	/** SW_SIZE of such a leaf: 40 + bytes of the image's digest table. 0: left out. */
	uint32_t sw_size;
	/** 0. */
	uint32_t reserved;
	/**
	 * To make a leaf under a CA that exists: its private key (PEM) and its certificates, the CA
	 * first, the root last (PEM or DER). Both empty: intermediate CA and root are made, too.
	 */
	struct qpas_slice ca_key;
	/** See ca_key. */
	struct qpas_slice ca_chain;
};

/** Initialiser. @since 0.1 */
#define QPAS_KEYS_PARAMS_INIT                                                                    \
	{                                                                                        \
		(uint32_t)sizeof(struct qpas_keys_params), 0, NULL, 0, 0, NULL, 0, 0, {NULL, 0}, \
		{                                                                                \
			NULL, 0                                                                  \
		}                                                                                \
	}

/** What can be had from keys: PEM text. @since 0.1 */
enum qpas_keys_part {
	/** Private key of the leaf (PKCS#8, not encrypted). */
	QPAS_KEYS_LEAF_KEY = 1,
	/** Certificate of the leaf. */
	QPAS_KEYS_LEAF = 2,
	/** Private key of the intermediate CA; there is none if the CA was given. */
	QPAS_KEYS_CA_KEY = 3,
	/** Certificate of the CA that signed the leaf. */
	QPAS_KEYS_CA = 4,
	/** Private key of the root; there is none if the CA was given. */
	QPAS_KEYS_ROOT_KEY = 5,
	/** Certificate of the root. */
	QPAS_KEYS_ROOT = 6,
	/** All certificates, leaf first: what qpas_signer_new() takes. */
	QPAS_KEYS_CHAIN = 7
};

/**
 * Makes private keys and certificates: root, intermediate CA and leaf, or a leaf alone. Keys are
 * random; everything else in the certificates follows from the parameters and the keys, serial
 * numbers included.
 *
 * The root says that it is a test root: keys from a file on somebody's disk are no others.
 *
 * Ownership: *out is the caller's, freed with qpas_keys_free(); NULL on failure. The parameters are
 * only read during the call.
 * Threads: any thread.
 * Errors: ARG, ABI, NOMEM; CRYPTO and UNSUPP for a CA that cannot be used, or when OpenSSL fails.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_keys_new(const struct qpas_keys_params *keys,
					    const struct qpas_params *params,
					    struct qpas_keys **out, struct qpas_error *err);

/**
 * One part (enum qpas_keys_part) as PEM text.
 *
 * Ownership: *pem belongs to the keys. Private keys are wiped when those are freed; copies are the
 * caller's affair.
 * Threads: any thread; keys are immutable.
 * Errors: ARG, NOTFOUND for the private keys of a CA that was given.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_keys_pem(const struct qpas_keys *keys, uint32_t part,
					    struct qpas_slice *pem, struct qpas_error *err);

/**
 * Wipes and frees keys. NULL is allowed.
 *
 * Ownership: all that was taken from the keys is gone.
 * Threads: as the keys.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT void qpas_keys_free(struct qpas_keys *keys);

/**
 * Reads a private key and the chain of certificates that goes with it, and checks the chain by all
 * rules of a verification (docs/auth.md, "Certificate chain"): leaf first, root last, each signed
 * by the next, the key that of the leaf.
 *
 * `key` is PEM, not encrypted: nobody is ever asked for a pass phrase. `chain` is PEM, or DER as it
 * stands in an image, one certificate after the other.
 *
 * Ownership: *out is the caller's, freed with qpas_signer_free(); NULL on failure. Key and chain
 * are copied.
 * Threads: any thread.
 * Errors: ARG, ABI, NOMEM; CRYPTO for what cannot be read or does not belong together; UNSUPP for
 * kinds of keys that no image has; LIMIT for longer chains than an image may have.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_signer_new(struct qpas_slice key, struct qpas_slice chain,
					      const struct qpas_params *params,
					      struct qpas_signer **out, struct qpas_error *err);

/**
 * Describes a signer as the report of an image signed by it would: algorithm, key, names and root
 * hashes. Members about the slot of an image are 0, and `valid` is QPAS_AUTH_NOT_CHECKED.
 *
 * Ownership: *facts is the caller's.
 * Threads: any thread; a signer is immutable.
 * Errors: ARG, ABI.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_signer_describe(const struct qpas_signer *signer,
						   struct qpas_auth_signature *facts,
						   struct qpas_error *err);

/**
 * Wipes and frees a signer. NULL is allowed.
 *
 * Ownership: the signer is gone; images that it signed are not concerned.
 * Threads: as the signer.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT void qpas_signer_free(struct qpas_signer *signer);

/**
 * `flags` of struct qpas_sign_params: an image that has a hash segment already gets a new one in its
 * place; without the flag it is refused with QPAS_ERR_POLICY. @since 0.1
 */
#define QPAS_SIGN_AGAIN (UINT64_C(1) << 0)
/**
 * `flags` of struct qpas_sign_params: sets the relocatable bit (27) of each loadable segment, which
 * no linker does. @since 0.1
 */
#define QPAS_SIGN_RELOCATABLE (UINT64_C(1) << 1)

/**
 * How an image is signed: by OEM, by QTI, or by both (versions 5, 6 and 7). @since 0.1
 *
 * Identities. From version 6 on they are written into the image, and SW_ID is needed. Members count
 * if `known` has their bit, and are 0 else. `bound` becomes the flags; what is bound must be known.
 * With QPAS_AUTH_HAS_FLAGS `major`, `minor` and `flags` are written as they are, and `bound` and
 * `debug` do not count: so an identity out of a report comes back as it was. Fields of the metadata
 * that have no member here (lifecycle, root hash, measurement register) are 0. In versions 3 and 5 the
 * leaf says all of it, SW_ID at least; an identity that is given is compared with the leaf.
 */
struct qpas_sign_params {
	/** sizeof(struct qpas_sign_params) */
	uint32_t size;
	/** 3, 5, 6, 7 or 8. */
	uint32_t mbn_version;
	/** QPAS_SIGN_*; unknown bits are refused. */
	uint64_t flags;
	/** enum qpas_auth_digest of the table; 0: SHA-256 in versions 3 and 5, else SHA-384. */
	uint32_t digest;
	/** First word of the header in versions 3, 5 and 6. Nobody is known to look at it. */
	uint32_t image_id;
	/** Who signs in the OEM slot, or NULL. */
	const struct qpas_signer *oem;
	/** Who signs in the QTI slot, or NULL. Not in versions 3 and 8. */
	const struct qpas_signer *qti;
	/** What the OEM says about the image. */
	const struct qpas_auth_identity *oem_identity;
	/** What QTI says about it; NULL: what the OEM says. */
	const struct qpas_auth_identity *qti_identity;
};

/** Initialiser. @since 0.1 */
#define QPAS_SIGN_PARAMS_INIT                                                                 \
	{                                                                                     \
		(uint32_t)sizeof(struct qpas_sign_params), 0, 0, 0, 0, NULL, NULL, NULL, NULL \
	}

/**
 * Writes the image with a hash segment, signed. Two program headers are added: one for the headers
 * themselves at index 0, one for the hash segment. The data of all others stay as they are, further
 * behind in the file where that is needed; so does everything else in the file, section headers
 * included, unless QPAS_PACK_DROP_UNCOVERED of the target leaves out what no segment claims. Such
 * bytes are loaded by nobody, and no digest covers them.
 *
 * The result is verified before the first byte is written: a failure leaves the target untouched.
 * `file` of the target is called once, with QPAS_NO_SEGMENT; a split image is signed as one file.
 *
 * Ownership: parameters and target are only used during the call.
 * Threads: any thread; callbacks run on it. An image and a signer may be in use elsewhere.
 * Errors: ARG, ABI, NOMEM; POLICY for an image that has a hash segment; LIMIT for too many program
 * headers and files that get too large; UNSUPP for a version that has no such slot, scheme or
 * digest; MISMATCH for a leaf that says something else than the identity, and for one without SW_ID
 * in versions 3 and 5; FORMAT for a split image whose parts contradict; CRYPTO when OpenSSL fails;
 * whatever `file` and `write` return.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_image_sign(const struct qpas_image *image,
					      const struct qpas_sign_params *sign,
					      const struct qpas_pack_target *target,
					      struct qpas_error *err);

#ifdef __cplusplus
}
#endif

#endif
