/* SPDX-License-Identifier: BSD-3-Clause */
/* The hash segment before it is signed: sizes, header, metadata, certificates (docs/formats.md). */
#include "auth/sign.h"

#include "auth/auth.h"
#include "base/cursor.h"
#include "base/mem.h"

#define COMMON_BYTES 24u
#define V6_METADATA  120u
#define V7_METADATA  224u
#define UNUSED_WORD  0xffffffffu
/* What signers reserve: a fixed slot in v3 and v5, so much for each certificate in later versions. */
#define OLD_CHAIN_SLOT	   6144u
#define EC_CERTIFICATE	   1120u
#define RSA_CERTIFICATE	   1440u
#define EC_SIGNATURE_BYTES 104u

static uint32_t header_bytes(uint32_t version)
{
	if (version == 6)
		return 48;
	return version == 8 ? 56 : 40;
}

static uint32_t metadata_bytes(uint32_t version)
{
	if (version < 6)
		return 0;
	return version == 6 ? V6_METADATA : V7_METADATA;
}

static uint32_t chain_slot(const struct qpas_signer *signer, uint32_t version)
{
	struct qpas_slice der;
	uint32_t count = qpasi_signer_certificates(signer, &der);
	uint32_t each = qpasi_signer_bytes(signer) == EC_SIGNATURE_BYTES ? EC_CERTIFICATE :
									   RSA_CERTIFICATE;
	uint32_t slot = version < 6 ? OLD_CHAIN_SLOT : count * each;

	/* At most 32 KiB, so the rounding cannot wrap. */
	return der.len > slot ? ((uint32_t)der.len + 15u) & ~15u : slot;
}

static int check_version(const struct qpasi_sign_request *request, uint32_t bits,
			 struct qpasi_fault *fault)
{
	uint32_t version = request->version;

	if (version != 3 && (version < 5 || version > 8))
		return qpasi_fault_set(fault, QPASI_MSG_SIGN_VERSION, QPAS_NO_SEGMENT, version, 0);
	if ((bits != QPAS_AUTH_SHA256 && bits != QPAS_AUTH_SHA384) ||
	    (version < 6 && bits != QPAS_AUTH_SHA256))
		return qpasi_fault_set(fault, QPASI_MSG_SIGN_DIGEST, QPAS_NO_SEGMENT, version,
				       bits);
	if (!request->slot[0].signer && !request->slot[1].signer)
		return qpasi_fault_set(fault, QPASI_MSG_SIGN_NOBODY, QPAS_NO_SEGMENT, 0, 0);
	return 0;
}

static int check_slots(const struct qpasi_sign_request *request, struct qpasi_fault *fault)
{
	static const char *const names[QPASI_SIGN_SLOTS] = {"OEM slot", "QTI slot"};
	uint32_t version = request->version;
	int result = 0;

	if (request->slot[1].signer && (version == 3 || version == 8)) {
		result = qpasi_fault_set(fault, QPASI_MSG_SIGN_SLOT, QPAS_NO_SEGMENT, version, 0);
		if (fault)
			fault->s = names[1];
	}
	for (uint32_t i = 0; !result && i < QPASI_SIGN_SLOTS; i++) {
		if (request->slot[i].signer)
			result = qpasi_signer_fits(request->slot[i].signer, version, names[i],
						   fault);
	}
	return result;
}

static void add_part(struct qpasi_mbn_part *part, uint32_t length, uint32_t *at)
{
	part->offset = *at;
	part->length = length;
	*at += length;
}

static void add_slot(const struct qpas_signer *signer, uint32_t version,
		     struct qpasi_mbn_part *signature, struct qpasi_mbn_part *chain, uint32_t *at)
{
	add_part(signature, signer ? qpasi_signer_bytes(signer) : 0, at);
	add_part(chain, signer ? chain_slot(signer, version) : 0, at);
}

/* All parts are small: 256 digests and two chains of 32 KiB are the most. */
int qpasi_sign_size_segment(const struct qpasi_sign_request *request, uint32_t headers,
			    struct qpasi_sign_layout *layout, struct qpasi_fault *fault)
{
	const struct qpas_signer *oem = request->slot[0].signer;
	const struct qpas_signer *qti = request->slot[1].signer;
	uint32_t version = request->version;
	uint32_t bits = request->digest_bits;
	struct qpasi_mbn *mbn = &layout->mbn;
	uint32_t at;
	int result;

	if (!bits)
		bits = version < 6 ? QPAS_AUTH_SHA256 : QPAS_AUTH_SHA384;
	result = check_version(request, bits, fault);
	if (!result)
		result = check_slots(request, fault);
	if (!result)
		result = qpasi_sign_check_identity(request, fault);
	if (result)
		return result;
	layout->digest_bits = bits;
	mbn->version = version;
	mbn->digest_size = bits / 8;
	mbn->entries = headers;
	mbn->header_size = header_bytes(version);
	at = mbn->header_size;
	add_part(&mbn->common, version < 7 ? 0 : COMMON_BYTES, &at);
	add_part(&mbn->qti_metadata, qti ? metadata_bytes(version) : 0, &at);
	/* QTI-only images of v7 have an empty block here, those of v6 have none. */
	add_part(&mbn->oem_metadata, oem || version == 7 ? metadata_bytes(version) : 0, &at);
	add_part(&mbn->table, headers * mbn->digest_size, &at);
	add_slot(qti, version, &mbn->qti_signature, &mbn->qti_chain, &at);
	add_slot(oem, version, &mbn->oem_signature, &mbn->oem_chain, &at);
	add_part(&mbn->filler, 0, &at);
	return 0;
}

/* Table, signatures and chains; metadata are not in it (docs/formats.md). */
static uint32_t total(const struct qpasi_mbn *mbn)
{
	return mbn->table.length + mbn->qti_signature.length + mbn->qti_chain.length +
	       mbn->oem_signature.length + mbn->oem_chain.length;
}

static void put_words(uint8_t *to, const uint32_t *words, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		qpasi_put_le32(to + 4 * (size_t)i, words[i]);
}

/* v3, v5 and v6; v3 alone has addresses that mean something. */
static void write_old_header(const struct qpasi_sign_request *request,
			     const struct qpasi_sign_layout *layout, uint8_t *segment)
{
	const struct qpasi_mbn *mbn = &layout->mbn;
	uint32_t start = (uint32_t)layout->elf.phdr[layout->hash_index].paddr;
	bool v3 = mbn->version == 3;
	const uint32_t words[] = {
		request->image_id,
		mbn->version,
		mbn->qti_signature.length,
		v3 ? start + mbn->header_size : mbn->qti_chain.length,
		total(mbn),
		mbn->table.length,
		v3 ? start + mbn->oem_signature.offset : UNUSED_WORD,
		mbn->oem_signature.length,
		v3 ? start + mbn->oem_chain.offset : UNUSED_WORD,
		mbn->oem_chain.length,
		mbn->qti_metadata.length,
		mbn->oem_metadata.length,
	};

	put_words(segment, words, mbn->header_size / 4);
}

static void write_v7_header(const struct qpasi_mbn *mbn, uint8_t *segment)
{
	const uint32_t words[] = {
		0,
		7,
		mbn->common.length,
		mbn->qti_metadata.length,
		mbn->oem_metadata.length,
		mbn->table.length,
		mbn->qti_signature.length,
		mbn->qti_chain.length,
		mbn->oem_signature.length,
		mbn->oem_chain.length,
	};

	put_words(segment, words, sizeof(words) / sizeof(words[0]));
}

static void write_v8_header(const struct qpasi_mbn *mbn, uint8_t *segment)
{
	const uint32_t words[] = {
		0,
		8,
		mbn->common.length,
		0,
		mbn->oem_metadata.length,
		mbn->table.length,
		0,
		0,
		0,
		0,
		mbn->oem_signature.length,
		mbn->oem_chain.length,
		0,
		0,
	};

	put_words(segment, words, sizeof(words) / sizeof(words[0]));
}

static void write_metadata(const struct qpasi_sign_request *request,
			   const struct qpasi_sign_layout *layout, uint8_t *segment)
{
	const struct qpasi_mbn *mbn = &layout->mbn;
	uint32_t first = request->slot[0].signer ? 0 : 1;

	if (mbn->common.length)
		qpasi_sign_write_common(qpasi_sign_identity(request, first), layout->digest_bits,
					segment + mbn->common.offset);
	if (request->slot[0].signer && mbn->oem_metadata.length)
		qpasi_sign_write_metadata(qpasi_sign_identity(request, 0), mbn->version,
					  segment + mbn->oem_metadata.offset);
	if (mbn->qti_metadata.length)
		qpasi_sign_write_metadata(qpasi_sign_identity(request, 1), mbn->version,
					  segment + mbn->qti_metadata.offset);
}

static void write_chain(const struct qpas_signer *signer, const struct qpasi_mbn_part *part,
			uint8_t *segment)
{
	struct qpas_slice der;

	if (!signer)
		return;
	(void)qpasi_signer_certificates(signer, &der);
	memset(segment + part->offset, 0xff, part->length);
	memcpy(segment + part->offset, der.ptr, der.len);
}

void qpasi_sign_write_segment(const struct qpasi_sign_request *request,
			      const struct qpasi_sign_layout *layout, uint8_t *segment)
{
	const struct qpasi_mbn *mbn = &layout->mbn;

	if (mbn->version < 7)
		write_old_header(request, layout, segment);
	else if (mbn->version == 7)
		write_v7_header(mbn, segment);
	else
		write_v8_header(mbn, segment);
	write_metadata(request, layout, segment);
	write_chain(request->slot[0].signer, &mbn->oem_chain, segment);
	write_chain(request->slot[1].signer, &mbn->qti_chain, segment);
}
