/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checking a hash segment's word against data: digests, signatures, identity, and the report that
 * lists the outcome. Works on decoded headers and slices; knows no file, no image object.
 * All calls return 0 or a negative class with the fault filled; no OpenSSL error stays queued.
 */
#ifndef QPASI_AUTH_AUTH_H
#define QPASI_AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/auth.h>
#include <qpas/types.h>

#include "base/fault.h"
#include "format/elf.h"
#include "format/mbn.h"

struct qpasi_env;

/* ---- hashing ---- */

/* SHA-256 or SHA-384 for one thread at a time; the digest is fetched once, when it is made. */
struct qpasi_hasher;

#define QPASI_DIGEST_MAX 48u

/* `bits` is 256 or 384. Errors: NOMEM, CRYPTO (no provider has the digest). */
int qpasi_hasher_new(const struct qpasi_env *env, uint32_t bits, struct qpasi_hasher **out,
		     struct qpasi_fault *fault);
void qpasi_hasher_free(struct qpasi_hasher *hasher);
/* Bytes of a digest: 32 or 48. */
uint32_t qpasi_hasher_size(const struct qpasi_hasher *hasher);

/* begin, any number of updates, finish; begin again at any time. */
int qpasi_hasher_begin(struct qpasi_hasher *hasher, struct qpasi_fault *fault);
int qpasi_hasher_update(struct qpasi_hasher *hasher, struct qpas_slice data,
			struct qpasi_fault *fault);
int qpasi_hasher_finish(struct qpasi_hasher *hasher, uint8_t digest[QPASI_DIGEST_MAX],
			struct qpasi_fault *fault);

/* ---- what is checked ---- */

/*
 * Where the data of program headers come from. Each call gives the bytes from `offset` on, at least
 * one and at most `length` of them, in memory that stays valid until the thread's next call. A file
 * gives everything at once; a memory model one page or one run of pages at a time. A failure ends the
 * check with its class, which is never MISMATCH or FORMAT. With more threads it is called on all.
 */
struct qpasi_auth_source {
	int (*data)(void *user, uint32_t segment, uint64_t offset, uint64_t length,
		    struct qpas_slice *part, struct qpasi_fault *fault);
	void *user;
};

/* A hash segment and the headers it speaks of. All of it is only read. */
struct qpasi_auth_input {
	const struct qpasi_elf *elf;
	/* Laid out by qpasi_mbn_decode() over `hash_segment`. */
	const struct qpasi_mbn *mbn;
	/* File bytes 0 … phdr[0].p_filesz: the first part of the metadata blob. */
	struct qpas_slice headers;
	/* The second part. */
	struct qpas_slice hash_segment;
};

/* ---- single checks, for those who go step by step (the TrustZone model) ---- */

/*
 * Checks entry `index` of the digest table, whatever qpasi_mbn_expected() wants there: headers, data,
 * zero, empty, one-shot. `source` may be NULL for entries without data (index 0 included). 0: as it
 * must be. MISMATCH, or FORMAT for a hash-type entry that is not zero: it is not, and the fault says
 * how. Other classes: it could not be checked. `hasher` has the table's digest.
 */
int qpasi_auth_check_entry(struct qpasi_hasher *hasher, const struct qpasi_auth_input *input,
			   const struct qpasi_auth_source *source, uint32_t index,
			   struct qpasi_fault *fault);

/* Whether an entry counts as a digest that is computed: headers, data, one-shot. */
bool qpasi_auth_entry_counts(const struct qpasi_elf *elf, uint32_t index);

/* Whether `signer` (enum qpas_auth_signer) has a signature or a chain at all. */
bool qpasi_auth_slot_filled(const struct qpasi_mbn *mbn, uint32_t signer);

/*
 * Whether an image of this SW_ID is what a PAS id runs, as signers have them in every public image;
 * true for ids that no public image is for.
 */
bool qpasi_auth_software_fits(uint32_t pas_id, uint32_t sw_id);

/* Where a slot's parts are, every question in `facts` not asked. */
void qpasi_auth_list_signature(const struct qpasi_mbn *mbn, uint32_t signer,
			       struct qpas_auth_signature *facts);

/*
 * Checks the signature and the certificate chain in one slot, and fills all of `facts`, which then
 * points to nothing but static text. 0: both are right. CRYPTO, FORMAT, UNSUPP: the fault
 * says which rule failed first, `facts` has the answers up to there. NOMEM: out of memory.
 * A chain that is right ends in its own root; whose that is, `facts` says by its hashes.
 */
int qpasi_auth_check_signature(const struct qpasi_env *env, const struct qpasi_auth_input *input,
			       uint32_t signer, struct qpas_auth_signature *facts,
			       struct qpasi_fault *fault);

/*
 * Reads what a signer bound the image to: v6 to v8 from its metadata block, v3 and v5 from its leaf
 * certificate. Nothing is verified here. NOTFOUND: that signer has neither. CRYPTO: the leaf cannot
 * be read.
 */
int qpasi_auth_identify(const struct qpasi_auth_input *input, uint32_t signer,
			struct qpas_auth_identity *identity, struct qpasi_fault *fault);

/* ---- the whole ---- */

/* An image as the report's maker sees it. */
struct qpasi_auth_subject {
	const struct qpasi_elf *elf;
	struct qpas_slice headers;
	/* ptr NULL: the image has none. */
	struct qpas_slice hash_segment;
	struct qpasi_auth_source source;
	/* As qpasi_plan_uncovered() tells; 0 if there are none. */
	uint64_t uncovered;
	uint64_t uncovered_first;
};

/*
 * Checks everything that `params` (NULL: all) asks for and makes the report. A wrong image is no
 * error. `params` has passed qpasi_abi_check(); its values are checked here (ARG).
 */
int qpasi_auth_run(const struct qpasi_env *env, const struct qpasi_auth_subject *subject,
		   const struct qpas_auth_params *params, struct qpas_auth_report **report,
		   struct qpasi_fault *fault);

#endif
