/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Images of the ADSP, signed for one machine: every header version, by OEM and QTI, with words of an
 * identity that a test chooses. Offsets of metadata blocks are literals of the format's description.
 */
#ifndef QPAS_TESTS_SIGNED_IMAGE_H
#define QPAS_TESTS_SIGNED_IMAGE_H

#include <stdio.h>
#include <string.h>

#include "support/signer.h"

#define SIGNED_OEM  1u
#define SIGNED_QTI  2u
#define SIGNED_BOTH (SIGNED_OEM | SIGNED_QTI)

/* 32-bit word of a metadata block; value 0 at offset 0 is none. */
struct signed_word {
	uint32_t offset;
	uint32_t value;
};

struct signed_image {
	struct test_image image;
	struct test_chain chain[2]; /* OEM first */
	uint32_t signers;
	/* Roots of the chains as lines of a profile: SHA-256 and SHA-384. */
	char root[2][2][128];
};

/* What the version is signed with on shipped images. */
static inline enum test_scheme signed_scheme(uint32_t version)
{
	if (version == 3)
		return TEST_SCHEME_LEGACY;
	return version == 5 ? TEST_SCHEME_PSS : TEST_SCHEME_ECDSA;
}

/* Major versions that give each member a bit of its own, and flags that bind nothing. */
static inline uint32_t signed_major(uint32_t version)
{
	return version == 6 ? 1 : version == 7 ? 3 : 4;
}

static inline uint32_t signed_flags_offset(uint32_t version)
{
	return version == 6 ? 0x1c : 0xdc;
}

static inline uint32_t signed_unbound(uint32_t version)
{
	return version == 6 ? 0x808 : 0x155555;
}

static inline const struct test_part *signed_metadata(const struct test_image *image,
						      uint32_t signer)
{
	return signer == SIGNED_OEM ? &image->oem_metadata : &image->qti_metadata;
}

static inline void signed_set(struct signed_image *made, uint32_t signer, struct signed_word word)
{
	test_image_set(&made->image, signed_metadata(&made->image, signer)->offset + word.offset, 4,
		       word.value);
}

/* An image whose slots are empty yet, bound to nothing where it has metadata. */
static inline void signed_build(struct signed_image *made, uint32_t version, uint32_t signers)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	bool rsa = signed_scheme(version) != TEST_SCHEME_ECDSA;

	memset(made, 0, sizeof(*made));
	spec.mbn_version = version;
	spec.oem_signature = signers & SIGNED_OEM ? (rsa ? 256 : 104) : 0;
	spec.oem_chain = signers & SIGNED_OEM ? 6144 : 0;
	spec.qti_signature = signers & SIGNED_QTI ? (rsa ? 256 : 104) : 0;
	spec.qti_chain = signers & SIGNED_QTI ? 6144 : 0;
	spec.qti_metadata = (signers & SIGNED_QTI) != 0;
	test_image_build(&made->image, &spec);
	made->signers = signers;
	for (uint32_t i = 0; i < 2; i++) {
		made->chain[i] = test_chain_usual(signed_scheme(version));
		if (version < 6 || !signed_metadata(&made->image, i + 1)->length)
			continue;
		signed_set(made, i + 1, (struct signed_word){0, signed_major(version)});
		signed_set(made, i + 1,
			   (struct signed_word){signed_flags_offset(version),
						signed_unbound(version)});
		if (version == 6)
			signed_set(made, i + 1, (struct signed_word){0x08, spec.sw_id});
	}
}

static inline void signed_root_lines(struct signed_image *made, uint32_t slot)
{
	const char *name = slot ? "qti-root" : "root";
	uint8_t hash[2][48];

	test_chain_root(hash[0], hash[1]);
	for (uint32_t kind = 0; kind < 2; kind++) {
		char *to = made->root[slot][kind];
		size_t room = sizeof(made->root[slot][kind]);
		size_t used = (size_t)snprintf(to, room, "fuse %s ", name);

		for (uint32_t i = 0; i < (kind ? 48u : 32u); i++)
			used += (size_t)snprintf(to + used, room - used, "%02x", hash[kind][i]);
		(void)snprintf(to + used, room - used, "\n");
	}
}

/* Signs what stands there now. A second call makes new chains and new roots. */
static inline void signed_sign(struct signed_image *made)
{
	for (uint32_t slot = 0; slot < 2; slot++) {
		if (!(made->signers & (slot + 1)))
			continue;
		test_chain_write(&made->image, slot + 1, &made->chain[slot]);
		signed_root_lines(made, slot);
		test_sign(&made->image, slot + 1, &made->chain[slot]);
	}
}

/* The usual signed image. */
static inline void signed_make(struct signed_image *made, uint32_t version, uint32_t signers)
{
	signed_build(made, version, signers);
	signed_sign(made);
}

#endif
