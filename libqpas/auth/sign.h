/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a file and its headers to a signed image in memory. Works on slices; knows no image object.
 * Checking is the business of auth.h, and the result is checked by it.
 */
#ifndef QPASI_AUTH_SIGN_H
#define QPASI_AUTH_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/sign.h>

#include "base/fault.h"
#include "format/elf.h"
#include "format/mbn.h"

struct qpasi_env;

#define QPASI_SIGN_SLOTS 2u

/* Who signs one slot, and what is said there. */
struct qpasi_sign_slot {
	const struct qpas_signer *signer; /* NULL: the slot is empty */
	const struct qpas_auth_identity *identity; /* NULL: none was given */
};

/* What is asked for. Structures in it are as large as they are here. */
struct qpasi_sign_request {
	const struct qpasi_env *env;
	struct qpas_slice file; /* one file, whole */
	const struct qpasi_elf *elf; /* decoded from it */
	uint32_t hash_index; /* of the hash segment that is there, or QPAS_NO_SEGMENT */
	uint32_t version;
	uint32_t digest_bits; /* 0: what the version has */
	uint32_t image_id;
	bool again;
	bool relocatable;
	bool drop_uncovered;
	struct qpasi_sign_slot slot[QPASI_SIGN_SLOTS]; /* OEM, QTI */
};

/* The result: allocated from the request's env, freed by the caller. */
struct qpasi_sign_result {
	uint8_t *bytes;
	size_t size;
};

/* Makes the signed image. On failure nothing is left allocated. */
int qpasi_sign(const struct qpasi_sign_request *request, struct qpasi_sign_result *result,
	       struct qpasi_fault *fault);

/* ---- steps ---- */

/* Where everything goes. Large: kept off the stack. */
struct qpasi_sign_layout {
	struct qpasi_elf elf; /* headers of the result */
	uint32_t from[QPASI_ELF_MAX_PHDRS]; /* header of the original, or QPAS_NO_SEGMENT */
	uint32_t hash_index;
	uint64_t first; /* bytes of the original that are kept: [first, end) … */
	uint64_t end;
	uint64_t shift; /* … and how far they move */
	uint64_t size; /* of the result */
	uint32_t digest_bits;
	struct qpasi_mbn mbn; /* parts of the hash segment */
};

/* Decides all that does not depend on keys' contents: sizes, offsets, headers. */
int qpasi_sign_lay_out(const struct qpasi_sign_request *request, struct qpasi_sign_layout *layout,
		       struct qpasi_fault *fault);
/* Writes data, ELF header and program headers; the bytes are zero before. */
void qpasi_sign_write_file(const struct qpasi_sign_request *request,
			   const struct qpasi_sign_layout *layout, uint8_t *to);

/* Sizes and places of the parts of the hash segment for so many program headers. */
int qpasi_sign_size_segment(const struct qpasi_sign_request *request, uint32_t headers,
			    struct qpasi_sign_layout *layout, struct qpasi_fault *fault);
/* Writes header, metadata and certificates. */
void qpasi_sign_write_segment(const struct qpasi_sign_request *request,
			      const struct qpasi_sign_layout *layout, uint8_t *segment);

/* Whether the identities can be said in this version. */
int qpasi_sign_check_identity(const struct qpasi_sign_request *request, struct qpasi_fault *fault);
/* Writes a metadata block, or for v7 and v8 the common one. */
void qpasi_sign_write_metadata(const struct qpas_auth_identity *identity, uint32_t version,
			       uint8_t *block);
void qpasi_sign_write_common(const struct qpas_auth_identity *identity, uint32_t digest_bits,
			     uint8_t *block);

/* The identity that a slot's metadata say: its own, else the OEM's; NULL if there is none. */
const struct qpas_auth_identity *qpasi_sign_identity(const struct qpasi_sign_request *request,
						     uint32_t slot);

/* ---- signers ---- */

struct qpasi_auth_input;

/* Bytes of a signature; the certificates as they stand in a slot; what the leaf says. */
uint32_t qpasi_signer_bytes(const struct qpas_signer *signer);
uint32_t qpasi_signer_certificates(const struct qpas_signer *signer, struct qpas_slice *der);
const struct qpas_auth_identity *qpasi_signer_leaf(const struct qpas_signer *signer);
/* UNSUPP unless images of this version are signed that way. */
int qpasi_signer_fits(const struct qpas_signer *signer, uint32_t version, const char *slot,
		      struct qpasi_fault *fault);

/* Signs what `input` has in the slot of `who` (enum qpas_auth_signer), which is zero before. */
int qpasi_signer_sign(const struct qpas_signer *signer, const struct qpasi_auth_input *input,
		      uint32_t who, uint8_t *to, struct qpasi_fault *fault);

#endif
