/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates as they stand in a slot of the hash segment, and the words of a leaf's subject. */
#ifndef QPASI_AUTH_CERTIFICATE_H
#define QPASI_AUTH_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509v3.h>

#include <qpas/auth.h>

#include "auth/auth.h"

/* Real chains have up to three certificates and 12,288 bytes, filler included. */
#define QPASI_CHAIN_CERTIFICATES 8u
#define QPASI_CHAIN_BYTES	 32768u

struct qpasi_chain {
	const char *slot; /* "OEM slot", for messages */
	struct qpasi_fault *fault;
	uint32_t count;
	X509 *cert[QPASI_CHAIN_CERTIFICATES]; /* leaf first */
	struct qpas_slice der[QPASI_CHAIN_CERTIFICATES];
};

const char *qpasi_slot_name(uint32_t signer);

/* A fault about this chain: {a}, {b} and {t} of the message, {s} is the slot. */
int qpasi_chain_fault(const struct qpasi_chain *chain, uint32_t message, uint32_t a, uint32_t b,
		      const char *t);

/*
 * Cuts and parses at most `limit` certificates of the part; with a limit that is reached, what
 * follows is not looked at. Closed by qpasi_chain_close() in either case.
 */
int qpasi_chain_open(struct qpasi_chain *chain, struct qpas_slice segment,
		     const struct qpasi_mbn_part *part, bool leaf_only);
void qpasi_chain_close(struct qpasi_chain *chain);

/* Walks from the leaf to the root and checks every link. Dates are not looked at. */
int qpasi_chain_check(const struct qpasi_chain *chain);

/* RSA of 2048 to 4096 bits with a sound exponent, or P-384; index for the message. */
int qpasi_chain_check_key(const struct qpasi_chain *chain, uint32_t index);

/* What a certificate says about being a CA. False: the extension is damaged or stands there twice. */
struct qpasi_constraints {
	bool present;
	bool ca;
	bool has_pathlen;
	long pathlen;
};

bool qpasi_certificate_constraints(const X509 *cert, struct qpasi_constraints *constraints);

/* Facts for the report: remarks, dates and names; root hashes are left to the caller. */
void qpasi_chain_describe(const struct qpasi_chain *chain, struct qpas_auth_signature *facts);

/* Numbered words in the OU attributes of a v3 or v5 leaf: "NN HEX NAME". */
enum qpasi_ou {
	QPASI_OU_SW_ID = 1,
	QPASI_OU_HW_ID = 2,
	QPASI_OU_DEBUG = 3,
	QPASI_OU_OEM_ID = 4,
	QPASI_OU_MODEL_ID = 6,
	QPASI_OU_APP_ID = 8,
	QPASI_OU_SOC_VERS = 11,
	QPASI_OU_IN_USE_SOC = 13,
	QPASI_OU_USE_SERIAL = 14,
	QPASI_OU_OEM_INDEPENDENT = 15,
	QPASI_OU_COUNT = 16
};

#define QPASI_OU_SOC_MAX 10u

struct qpasi_leaf_words {
	uint32_t seen[QPASI_OU_COUNT]; /* how often */
	uint64_t value[QPASI_OU_COUNT]; /* of the last one */
	uint32_t soc[QPASI_OU_SOC_MAX];
};

void qpasi_leaf_read(const X509 *leaf, struct qpasi_leaf_words *words);

#endif
