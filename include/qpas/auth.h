/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an image's hash segment says, and whether it is true: digests, signatures and certificate
 * chains. Facts only: no call of this library ever says
 * "trusted". The authority on that is the trusted world, with the root in its fuses.
 */
#ifndef QPAS_AUTH_H
#define QPAS_AUTH_H

#include <qpas/error.h>
#include <qpas/image.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The result of a check: an immutable list of facts. */
struct qpas_auth_report;

/**
 * What a check comes to. When several things are wrong: INVALID before MALFORMED before UNSUPPORTED.
 *
 * With QPAS_AUTH_DIGESTS_ONLY a verdict speaks of the digests alone: VALID then means "every digest
 * matches, and there is a signature that nobody looked at". Each signature of such a report says
 * QPAS_AUTH_NOT_CHECKED, so that the two kinds of VALID cannot be taken for each other. @since 0.1
 */
enum qpas_auth_verdict {
	/** All that the image carries and that was asked to be checked is right. */
	QPAS_AUTH_VALID = 1,
	/** A digest, a signature or a link of a certificate chain is wrong. */
	QPAS_AUTH_INVALID = 2,
	/** Digests match (or there are none), and nobody signed them. */
	QPAS_AUTH_UNSIGNED = 3,
	/** Well-formed, of a kind that is not handled: unknown version, encrypted, all-zero. */
	QPAS_AUTH_UNSUPPORTED = 4,
	/** The hash segment breaks the rules of its format. */
	QPAS_AUTH_MALFORMED = 5
};

/** Digest algorithm of the table. @since 0.1 */
enum qpas_auth_digest {
	/** There is no table. */
	QPAS_AUTH_DIGEST_NONE = 0,
	/** 32 bytes per entry: v3, v5, some v6 and v7. */
	QPAS_AUTH_SHA256 = 256,
	/** 48 bytes per entry: v6 and later. */
	QPAS_AUTH_SHA384 = 384
};

/** Whose slot a signature stands in. The slot says nothing about who really signed. @since 0.1 */
enum qpas_auth_signer {
	/** The device maker's slot. */
	QPAS_AUTH_SIGNER_OEM = 1,
	/** Qualcomm's slot. */
	QPAS_AUTH_SIGNER_QTI = 2
};

/** Three-valued answer to a question that may not have been asked. @since 0.1 */
enum qpas_auth_answer {
	/** Nobody asked, or the answer is not to be had: see the problems. */
	QPAS_AUTH_NOT_CHECKED = 0,
	/** Checked, and so. */
	QPAS_AUTH_YES = 1,
	/** Checked, and not so. */
	QPAS_AUTH_NO = 2
};

/** Check digests only; signatures stay QPAS_AUTH_NOT_CHECKED. @since 0.1 */
#define QPAS_AUTH_DIGESTS_ONLY (UINT64_C(1) << 0)
/** An image that nobody signed is QPAS_AUTH_INVALID. @since 0.1 */
#define QPAS_AUTH_REQUIRE_SIGNATURE (UINT64_C(1) << 1)

/** What to check. NULL in its place means everything that the library can check. @since 0.1 */
struct qpas_auth_params {
	/** sizeof(struct qpas_auth_params) */
	uint32_t size;
	/** Threads that may hash: 0 and 1 mean the caller's own. Up to 64. */
	uint32_t threads;
	/** QPAS_AUTH_*; unknown bits are refused. */
	uint64_t flags;
	/** Digest of the root certificate to compare with: 32 or 48 bytes, or empty. */
	struct qpas_slice root_hash;
};

/** Initialiser. @since 0.1 */
#define QPAS_AUTH_PARAMS_INIT                                    \
	{                                                        \
		(uint32_t)sizeof(struct qpas_auth_params), 0, 0, \
		{                                                \
			NULL, 0                                  \
		}                                                \
	}

/** The facts about an image as a whole. @since 0.1 */
struct qpas_auth_summary {
	/** sizeof(struct qpas_auth_summary) */
	uint32_t size;
	/** enum qpas_auth_verdict */
	uint32_t verdict;
	/** MBN header version, 0 without a hash segment. */
	uint32_t mbn_version;
	/** enum qpas_auth_digest of the table. */
	uint32_t digest;
	/** Digests that were computed: header 0, each header with data, a one-shot entry. */
	uint32_t digests_checked;
	/** Of these, how many equal the table's entry. */
	uint32_t digests_matched;
	/** Signature slots that are filled: 0, 1 or 2. */
	uint32_t signatures;
	/** Number of problems in the list. */
	uint32_t problems;
	/** enum qpas_auth_answer: is the root the one that was given? */
	uint32_t root_match;
	/** SW_ID (what kind of image this is), from metadata or leaf; valid if has_sw_id. */
	uint32_t sw_id;
	/** 1 if sw_id is known. */
	uint32_t has_sw_id;
	/** 0. */
	uint32_t reserved;
};

/** Initialiser. @since 0.1 */
#define QPAS_AUTH_SUMMARY_INIT                                                              \
	{                                                                                   \
		(uint32_t)sizeof(struct qpas_auth_summary), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 \
	}

/** `remarks` of struct qpas_auth_signature: odd, seen in production, and no reason to refuse. */
/** The leaf says how long a path may be though it is no CA (RFC 5280 forbids that). @since 0.1 */
#define QPAS_AUTH_REMARK_LEAF_PATHLEN (UINT64_C(1) << 0)
/** The leaf does not say whether it is a CA. @since 0.1 */
#define QPAS_AUTH_REMARK_LEAF_PLAIN (UINT64_C(1) << 1)
/** An RSA key of the chain has the exponent 3. @since 0.1 */
#define QPAS_AUTH_REMARK_EXPONENT_3 (UINT64_C(1) << 2)

/** One filled signature slot. @since 0.1 */
struct qpas_auth_signature {
	/** sizeof(struct qpas_auth_signature) */
	uint32_t size;
	/** enum qpas_auth_signer */
	uint32_t signer;
	/** Bytes of the signature slot and where it starts in the hash segment. */
	uint32_t signature_bytes;
	/** See signature_bytes. */
	uint32_t signature_offset;
	/** Bytes of the certificate slot and where it starts in the hash segment. */
	uint32_t chain_bytes;
	/** See chain_bytes. */
	uint32_t chain_offset;
	/** enum qpas_auth_answer: does the signature fit the signed bytes? */
	uint32_t valid;
	/** enum qpas_auth_answer: is each certificate signed by the next, up to its own root? */
	uint32_t chain_valid;
	/** Certificates in the chain; 0 when it was not checked. */
	uint32_t certificates;
	/** enum qpas_auth_answer: does the root's name say that it is for tests? */
	uint32_t test_root;
	/**
	 * Static name of the scheme: "rsa-pkcs1-v15-mbn3" (the keyed double hash of v3),
	 * "rsa-pss-sha256" or "ecdsa-p384-sha384"; NULL when not checked or not known.
	 */
	const char *algorithm;
	/** QPAS_AUTH_REMARK_* */
	uint64_t remarks;
	/**
	 * Validity of the leaf certificate, in seconds since 1970; both 0 when not checked. Only told:
	 * devices have no clock, and leafs of shipped images are expired.
	 */
	int64_t not_before;
	/** See not_before. */
	int64_t not_after;
	/** Bits of the leaf's key, 0 when not checked. */
	uint32_t key_bits;
	/** 0. */
	uint32_t reserved;
	/** SHA-256 and SHA-384 of the whole root certificate (DER); zero when not checked. */
	uint8_t root_sha256[32];
	/** See root_sha256. */
	uint8_t root_sha384[48];
	/** Common names of leaf and root, printable ASCII, cut if longer; empty when not checked. */
	char leaf_name[96];
	/** See leaf_name. */
	char root_name[96];
};

/** Initialiser. @since 0.1 */
#define QPAS_AUTH_SIGNATURE_INIT                                                                  \
	{                                                                                         \
		(uint32_t)sizeof(struct qpas_auth_signature), 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, \
			0, 0, 0, 0, {0}, {0}, {0},                                                \
		{                                                                                 \
			0                                                                         \
		}                                                                                 \
	}

/** `known` of struct qpas_auth_identity: which members the image has. @since 0.1 */
/** Member sw_id. */
#define QPAS_AUTH_HAS_SW_ID (UINT64_C(1) << 0)
/** Member secondary_sw_id. */
#define QPAS_AUTH_HAS_SECONDARY_SW_ID (UINT64_C(1) << 1)
/** Member hw_id. */
#define QPAS_AUTH_HAS_HW_ID (UINT64_C(1) << 2)
/** Member oem_id. */
#define QPAS_AUTH_HAS_OEM_ID (UINT64_C(1) << 3)
/** Member model_id. */
#define QPAS_AUTH_HAS_MODEL_ID (UINT64_C(1) << 4)
/** Member anti_rollback. */
#define QPAS_AUTH_HAS_ANTI_ROLLBACK (UINT64_C(1) << 5)
/** Members soc_count and soc_versions. */
#define QPAS_AUTH_HAS_SOC_VERSIONS (UINT64_C(1) << 6)
/** Members serial_count and serials. */
#define QPAS_AUTH_HAS_SERIALS (UINT64_C(1) << 7)
/** Member flags. */
#define QPAS_AUTH_HAS_FLAGS (UINT64_C(1) << 8)
/** Members debug and debug_word. */
#define QPAS_AUTH_HAS_DEBUG (UINT64_C(1) << 9)
/** Member root_index. */
#define QPAS_AUTH_HAS_ROOT_INDEX (UINT64_C(1) << 10)
/** Member feature_id. */
#define QPAS_AUTH_HAS_FEATURE_ID (UINT64_C(1) << 11)

/**
 * `bound` of struct qpas_auth_identity: what the flags of the image, of whatever version, tie it to.
 * The trusted world compares these with the device; an unbound member is not compared. @since 0.1
 */
/** One of the listed SoC hardware versions. */
#define QPAS_AUTH_BIND_SOC (UINT64_C(1) << 0)
/** The SoC feature or product segment id. */
#define QPAS_AUTH_BIND_FEATURE (UINT64_C(1) << 1)
/** The JTAG id, or the HW_ID of v3 and v5. */
#define QPAS_AUTH_BIND_HW_ID (UINT64_C(1) << 2)
/** One of the listed serial numbers. */
#define QPAS_AUTH_BIND_SERIAL (UINT64_C(1) << 3)
/** The OEM_ID. */
#define QPAS_AUTH_BIND_OEM_ID (UINT64_C(1) << 4)
/** The MODEL_ID (product id). */
#define QPAS_AUTH_BIND_MODEL_ID (UINT64_C(1) << 5)
/** The lifecycle state of the SoC. */
#define QPAS_AUTH_BIND_SOC_LIFECYCLE (UINT64_C(1) << 6)
/** The lifecycle state that the device's maker has set. */
#define QPAS_AUTH_BIND_OEM_LIFECYCLE (UINT64_C(1) << 7)
/** A root hash in the metadata. */
#define QPAS_AUTH_BIND_ROOT_HASH (UINT64_C(1) << 8)
/** Debugging, for the listed serial numbers. */
#define QPAS_AUTH_BIND_DEBUG (UINT64_C(1) << 9)
/** Root of trust enabled by this image. */
#define QPAS_AUTH_BIND_ROT (UINT64_C(1) << 10)

/** What an image says about debugging. @since 0.1 */
enum qpas_auth_debug {
	/** It says nothing. */
	QPAS_AUTH_DEBUG_UNSET = 0,
	/** Off, whatever the fuses allow. */
	QPAS_AUTH_DEBUG_DISABLE = 1,
	/** Only on devices whose serial numbers are listed. */
	QPAS_AUTH_DEBUG_ENABLE = 2,
	/** A value without a public meaning. */
	QPAS_AUTH_DEBUG_OTHER = 3
};

/** What one signer says that the image is and where it may run. @since 0.1 */
struct qpas_auth_identity {
	/** sizeof(struct qpas_auth_identity) */
	uint32_t size;
	/** enum qpas_auth_signer */
	uint32_t signer;
	/** QPAS_AUTH_HAS_*: members that are not known are 0. */
	uint64_t known;
	/** QPAS_AUTH_BIND_* */
	uint64_t bound;
	/** Version of the metadata block; 0.0 for v3 and v5, which have none. */
	uint32_t major;
	/** See major. */
	uint32_t minor;
	/** What kind of image: qpas_auth_sw_id_text(). */
	uint32_t sw_id;
	/** Secondary software id, or the application id of applications. */
	uint32_t secondary_sw_id;
	/** JTAG id (v6 and later) or the 64-bit HW_ID (v3 and v5). */
	uint64_t hw_id;
	/** Who made the device. */
	uint32_t oem_id;
	/** Which of the maker's products (product id in v7 and later). */
	uint32_t model_id;
	/** Version that a device compares with its fuses. */
	uint32_t anti_rollback;
	/** Which of several root certificates. */
	uint32_t root_index;
	/** SoC feature or product segment id (v7 and later). */
	uint32_t feature_id;
	/** enum qpas_auth_debug */
	uint32_t debug;
	/** The flags as the metadata block has them; `bound` and `debug` say what they mean. */
	uint64_t flags;
	/** What `debug` was taken from: the leaf's 64-bit DEBUG (v3, v5), else two bits of the flags. */
	uint64_t debug_word;
	/** SoC hardware versions, as many as `soc_count`; zeros behind the last are left out. */
	uint32_t soc_count;
	/** Serial numbers, as many as `serial_count`; zeros behind the last are left out. */
	uint32_t serial_count;
	/** See soc_count. */
	uint32_t soc_versions[12];
	/** See serial_count. */
	uint64_t serials[8];
};

/** Initialiser. @since 0.1 */
#define QPAS_AUTH_IDENTITY_INIT                                                                  \
	{                                                                                        \
		(uint32_t)sizeof(struct qpas_auth_identity), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
			0, 0, 0, 0, 0, 0, {0},                                                   \
		{                                                                                \
			0                                                                        \
		}                                                                                \
	}

/** One thing that is wrong or odd. @since 0.1 */
struct qpas_auth_problem {
	/** sizeof(struct qpas_auth_problem) */
	uint32_t size;
	/** enum qpas_err that the problem would be refused with, or 0 for a remark. */
	int32_t code;
	/** Message number, as in struct qpas_error. */
	uint32_t message_id;
	/** Program header index, or QPAS_NO_SEGMENT. */
	uint32_t segment;
	/** Byte offset in the file (merged images) or in the hash segment. */
	uint64_t offset;
	/** What is wrong; belongs to the report. */
	const char *text;
};

/** Initialiser. @since 0.1 */
#define QPAS_AUTH_PROBLEM_INIT                                                             \
	{                                                                                  \
		(uint32_t)sizeof(struct qpas_auth_problem), 0, 0, QPAS_NO_SEGMENT, 0, NULL \
	}

/**
 * Checks an image and lists what is found. An image that fails a check is no error of this call:
 * the report says so. The call fails only when it could not be carried out.
 *
 * Every header with file data is hashed, whatever its type; a zero entry for a header with data is
 * a mismatch, never "not hashed". Comparison takes constant time.
 *
 * Ownership: *report is the caller's, freed with qpas_auth_report_free(); NULL on failure. It holds
 * nothing of the image.
 * Threads: any thread; an image is immutable. Starts threads only if `threads` is above 1.
 * Errors: ARG, ABI, NOMEM, CRYPTO.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_auth_verify(const struct qpas_image *image,
					       const struct qpas_auth_params *params,
					       struct qpas_auth_report **report,
					       struct qpas_error *err);

/**
 * Frees a report. NULL is allowed.
 *
 * Ownership: all that was taken from the report is gone.
 * Threads: as the report.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT void qpas_auth_report_free(struct qpas_auth_report *report);

/**
 * The facts about the image as a whole.
 *
 * Ownership: *summary is the caller's.
 * Threads: any thread; a report is immutable.
 * Errors: ARG, ABI.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_auth_report_describe(const struct qpas_auth_report *report,
							struct qpas_auth_summary *summary,
							struct qpas_error *err);

/**
 * Signature slot `index`, 0 up to `signatures` - 1, OEM first.
 *
 * Ownership: *signature is the caller's.
 * Threads: any thread; a report is immutable.
 * Errors: ARG, ABI, NOTFOUND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_auth_report_signature(const struct qpas_auth_report *report,
							 uint32_t index,
							 struct qpas_auth_signature *signature,
							 struct qpas_error *err);

/**
 * What `signer` (enum qpas_auth_signer) says about the image. It is read whether or not a signature
 * protects it: believe it only as far as that signer's slot is valid.
 *
 * Ownership: *identity is the caller's.
 * Threads: any thread; a report is immutable.
 * Errors: ARG, ABI, NOTFOUND when that signer says nothing.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_auth_report_identity(const struct qpas_auth_report *report,
							uint32_t signer,
							struct qpas_auth_identity *identity,
							struct qpas_error *err);

/**
 * Problem `index`, 0 up to `problems` - 1, in the order of the program headers.
 *
 * Ownership: *problem is the caller's, its text the report's.
 * Threads: any thread; a report is immutable.
 * Errors: ARG, ABI, NOTFOUND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_auth_report_problem(const struct qpas_auth_report *report,
						       uint32_t index,
						       struct qpas_auth_problem *problem,
						       struct qpas_error *err);

/**
 * The name of a verdict: "valid", "invalid", "unsigned", "unsupported", "malformed"; "?" else.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_auth_verdict_name(uint32_t verdict);

/**
 * The name of a signer: "oem", "qti"; "?" else.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_auth_signer_name(uint32_t signer);

/**
 * What kind of image a SW_ID stands for, for instance "adsp"; "?" for one that no public image has.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_auth_sw_id_text(uint32_t sw_id);

/**
 * The name of one QPAS_AUTH_BIND_* bit, for instance "soc"; "?" for anything else.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_auth_binding_name(uint64_t bit);

/**
 * The name of an enum qpas_auth_debug: "unset", "disable", "enable", "other"; "?" else.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_auth_debug_name(uint32_t debug);

#ifdef __cplusplus
}
#endif

#endif
