/* SPDX-License-Identifier: BSD-3-Clause */
/* From the bytes of a slot to parsed certificates, and what single certificates say. */
#include "auth/certificate.h"

#include <time.h>

#include "auth/crypto.h"
#include "base/cursor.h"
#include "base/mem.h"

#define DER_SEQUENCE 0x30u

const char *qpasi_slot_name(uint32_t signer)
{
	return signer == QPAS_AUTH_SIGNER_OEM ? "OEM slot" : "QTI slot";
}

int qpasi_chain_fault(const struct qpasi_chain *chain, uint32_t message, uint32_t a, uint32_t b,
		      const char *t)
{
	int result = qpasi_fault_set(chain->fault, message, QPAS_NO_SEGMENT, a, b);

	if (chain->fault) {
		chain->fault->s = chain->slot;
		chain->fault->t = t;
	}
	return result;
}

/* The length of the DER sequence at the cursor, header included; 0 if there is none. */
static size_t sequence_length(struct qpasi_cursor cursor)
{
	size_t start = cursor.at;
	uint64_t length;
	uint8_t first;

	if (qpasi_cursor_u8(&cursor) != DER_SEQUENCE)
		return 0;
	first = qpasi_cursor_u8(&cursor);
	length = first;
	if (first & 0x80) {
		unsigned int bytes = first & 0x7fu;

		/* Indefinite lengths, lengths above 64 KiB and long forms of short ones are refused. */
		if (bytes < 1 || bytes > 2)
			return 0;
		length = qpasi_cursor_u8(&cursor);
		if (bytes == 2)
			length = length << 8 | qpasi_cursor_u8(&cursor);
		if (length < 0x80 || (bytes == 2 && length < 0x100))
			return 0;
	}
	qpasi_cursor_skip(&cursor, length);
	return cursor.failed ? 0 : cursor.at - start;
}

/* A fault about the bytes of the slot, at an offset of the hash segment. */
static int cut_fault(const struct qpasi_chain *chain, uint32_t message, uint64_t offset)
{
	int result =
		qpasi_chain_fault(chain, message, chain->count, QPASI_CHAIN_CERTIFICATES, NULL);

	if (chain->fault)
		chain->fault->offset = offset;
	return result;
}

/*
 * Only outer lengths are read here, so that the work is bounded before OpenSSL sees a byte. With a
 * limit of one, what follows the leaf is nobody's business.
 */
static int cut(struct qpasi_chain *chain, struct qpas_slice slot, uint32_t offset, uint32_t limit)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(slot);
	const uint8_t *byte = slot.ptr;

	while (cursor.at < slot.len && chain->count < limit) {
		size_t length;

		if (byte[cursor.at] != DER_SEQUENCE)
			break;
		if (chain->count == QPASI_CHAIN_CERTIFICATES)
			return cut_fault(chain, QPASI_MSG_CHAIN_COUNT, 0);
		length = sequence_length(cursor);
		if (!length)
			return cut_fault(chain, QPASI_MSG_CHAIN_DER, offset + cursor.at);
		chain->der[chain->count++] = qpasi_cursor_take(&cursor, length);
	}
	if (!chain->count)
		return cut_fault(chain, QPASI_MSG_CHAIN_DER, offset);
	if (chain->count < limit && !qpasi_mem_all(byte + cursor.at, 0xff, slot.len - cursor.at))
		return cut_fault(chain, QPASI_MSG_CHAIN_PADDING, offset + cursor.at);
	return 0;
}

/* A certificate must fill what was cut out for it: nothing hides behind its end. */
static int parse(struct qpasi_chain *chain, uint32_t index)
{
	const unsigned char *at = chain->der[index].ptr;
	const unsigned char *end = at + chain->der[index].len;
	int result;

	chain->cert[index] = d2i_X509(NULL, &at, (long)chain->der[index].len);
	if (chain->cert[index] && at == end)
		return 0;
	if (qpasi_crypto_no_memory())
		return qpasi_fault_set(chain->fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	result = qpasi_chain_fault(chain, QPASI_MSG_CERT_PARSE, index, 0, qpasi_crypto_reason());
	return result;
}

/* The count is set even on failure, so that what was parsed is freed by qpasi_chain_close(). */
int qpasi_chain_open(struct qpasi_chain *chain, struct qpas_slice segment,
		     const struct qpasi_mbn_part *part, bool leaf_only)
{
	struct qpas_slice slot;
	int result;

	chain->count = 0;
	memset(chain->cert, 0, sizeof(chain->cert));
	if (part->length > QPASI_CHAIN_BYTES)
		return qpasi_chain_fault(chain, QPASI_MSG_CHAIN_BYTES, part->length,
					 QPASI_CHAIN_BYTES, NULL);
	if (!qpasi_slice_sub(segment, part->offset, part->length, &slot))
		return cut_fault(chain, QPASI_MSG_CHAIN_DER, part->offset);
	result = cut(chain, slot, part->offset, leaf_only ? 1 : UINT32_MAX);
	for (uint32_t i = 0; !result && i < chain->count; i++)
		result = parse(chain, i);
	return result;
}

void qpasi_chain_close(struct qpasi_chain *chain)
{
	for (uint32_t i = 0; i < QPASI_CHAIN_CERTIFICATES; i++)
		X509_free(chain->cert[i]);
}

bool qpasi_certificate_constraints(const X509 *cert, struct qpasi_constraints *constraints)
{
	int critical = 0;
	BASIC_CONSTRAINTS *found = X509_get_ext_d2i(cert, NID_basic_constraints, &critical, NULL);

	memset(constraints, 0, sizeof(*constraints));
	if (!found)
		return critical == -1;
	constraints->present = true;
	constraints->ca = found->ca != 0;
	constraints->has_pathlen = found->pathlen != NULL;
	/* -1 for a negative number or one that does not fit: less than any chain needs. */
	if (found->pathlen)
		constraints->pathlen = ASN1_INTEGER_get(found->pathlen);
	BASIC_CONSTRAINTS_free(found);
	return true;
}

/* 0 stands for a date that cannot be told; dates decide nothing. */
static int64_t seconds_of(const ASN1_TIME *date)
{
	struct tm parts;

	if (!ASN1_TIME_to_tm(date, &parts))
		return 0;
	return timegm(&parts);
}

/* The subject's first common name; bytes that are not printable ASCII become '?'. */
static void copy_name(const X509 *cert, char *to, size_t capacity)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	const ASN1_STRING *text;
	size_t length;

	to[0] = '\0';
	if (at < 0)
		return;
	text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	length = (size_t)ASN1_STRING_length(text);
	length = length < capacity ? length : capacity - 1;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = ASN1_STRING_get0_data(text)[i];

		to[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	to[length] = '\0';
}

static bool is_letter(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Whether a word or phrase (lower case) stands in the text; "Attestation" holds no "test". */
static bool has_words(const ASN1_STRING *text, const char *words, size_t length)
{
	const unsigned char *at = ASN1_STRING_get0_data(text);
	size_t size = (size_t)ASN1_STRING_length(text);

	for (size_t i = 0; i + length <= size; i++) {
		size_t same = 0;

		while (same < length && (at[i + same] | 0x20) == words[same])
			same++;
		if (same == length && (i == 0 || !is_letter(at[i - 1])) &&
		    (i + length == size || !is_letter(at[i + length])))
			return true;
	}
	return false;
}

/* Every attribute counts: some test roots say so in the organisation, not in the common name. */
static bool is_test(const X509 *cert)
{
	static const char word[] = "test";
	static const char phrase[] = "for testing only";
	const X509_NAME *subject = X509_get_subject_name(cert);

	for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
		const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i));

		if (has_words(text, word, sizeof(word) - 1) ||
		    has_words(text, phrase, sizeof(phrase) - 1))
			return true;
	}
	return false;
}

/* Both oddities are in shipped images, so they are told and not refused. */
static uint64_t leaf_remarks(const X509 *leaf)
{
	struct qpasi_constraints constraints;

	if (!qpasi_certificate_constraints(leaf, &constraints))
		return 0;
	if (!constraints.present)
		return QPAS_AUTH_REMARK_LEAF_PLAIN;
	return constraints.has_pathlen && !constraints.ca ? QPAS_AUTH_REMARK_LEAF_PATHLEN : 0;
}

/* Elliptic keys have no exponent: the question fails, and the answer is no. */
static bool has_exponent_3(X509 *cert)
{
	BIGNUM *exponent = NULL;
	bool three;

	if (!EVP_PKEY_get_bn_param(X509_get0_pubkey(cert), "e", &exponent))
		return false;
	three = BN_is_word(exponent, 3);
	BN_free(exponent);
	return three;
}

/* Only for chains that are right: names of a broken one would be believed all the same. */
void qpasi_chain_describe(const struct qpasi_chain *chain, struct qpas_auth_signature *facts)
{
	const X509 *leaf = chain->cert[0];
	const X509 *root = chain->cert[chain->count - 1];

	facts->remarks = leaf_remarks(leaf);
	for (uint32_t i = 0; i < chain->count; i++) {
		if (has_exponent_3(chain->cert[i]))
			facts->remarks |= QPAS_AUTH_REMARK_EXPONENT_3;
	}
	facts->not_before = seconds_of(X509_get0_notBefore(leaf));
	facts->not_after = seconds_of(X509_get0_notAfter(leaf));
	facts->key_bits = (uint32_t)EVP_PKEY_get_bits(X509_get0_pubkey(leaf));
	facts->test_root = is_test(root) ? QPAS_AUTH_YES : QPAS_AUTH_NO;
	copy_name(leaf, facts->leaf_name, sizeof(facts->leaf_name));
	copy_name(root, facts->root_name, sizeof(facts->root_name));
}
