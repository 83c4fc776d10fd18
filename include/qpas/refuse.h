/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why would it be refused? The rules of those who load and check images (Linux's loader, the trusted
 * world, OP-TEE's PAS service), judged over one image, each by its number. Kernels answer with a bare
 * -22; this is what stands behind it. Rules and sources: docs/refusals.md.
 *
 *     struct qpas_refusal_params params = QPAS_REFUSAL_PARAMS_INIT;
 *     struct qpas_refusal refusal = QPAS_REFUSAL_INIT;
 *     struct qpas_refusal_list *list;
 *
 *     params.profile = QPAS_REFUSAL_LINUX_7_2;
 *     if (!qpas_refusal_check(image, &params, &list, &err))
 *             for (i = 0; !qpas_refusal_get(list, i, &refusal, NULL); i++)
 *                     printf("%s [%s]\n", refusal.text, refusal.name);
 */
#ifndef QPAS_REFUSE_H
#define QPAS_REFUSE_H

#include <qpas/auth.h>
#include <qpas/error.h>
#include <qpas/image.h>
#include <qpas/platform.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What would refuse an image, and what could not be asked: immutable. */
struct qpas_refusal_list;

/** Whose rules. @since 0.1 */
enum qpas_refusal_profile {
	/** Qualcomm's trusted world, as far as its rules are public or measured. */
	QPAS_REFUSAL_TZ = 1,
	/** drivers/soc/qcom/mdt_loader.c of Linux 6.1 with its stable fixes. */
	QPAS_REFUSAL_LINUX_6_1 = 2,
	/** The same file of Linux 7.2. */
	QPAS_REFUSAL_LINUX_7_2 = 3,
	/** OP-TEE OS, ta/qcom_pas and core/pta/qcom/pas. */
	QPAS_REFUSAL_OP_TEE = 4
};

/** `flags` of struct qpas_refusal_params: the image is the DTB image of `peripheral`. @since 0.1 */
#define QPAS_REFUSAL_DTB_IMAGE (UINT64_C(1) << 0)

/**
 * What is known of a device. Members count only if their bit of `known` is set; a rule about one that
 * is not known is not judged, and the list says so. @since 0.1
 */
struct qpas_refusal_device {
	/** sizeof(struct qpas_refusal_device) */
	uint32_t size;
	/**
	 * enum qpas_auth_answer: is secure boot fused on? Not known counts as on, but a test root
	 * then refuses nothing and is told as unasked.
	 */
	uint32_t secure_boot;
	/**
	 * QPAS_AUTH_HAS_SOC_VERSIONS, QPAS_AUTH_HAS_HW_ID, QPAS_AUTH_HAS_OEM_ID,
	 * QPAS_AUTH_HAS_MODEL_ID, QPAS_AUTH_HAS_ANTI_ROLLBACK, QPAS_AUTH_HAS_SERIALS.
	 */
	uint64_t known;
	/** Family and device number of the SoC, as images list them: 0x6018, 0xa009. */
	uint32_t soc_version;
	/** Maker of the device. */
	uint32_t oem_id;
	/** Which of the maker's products. */
	uint32_t model_id;
	/** Lowest version that the fuses still allow. */
	uint32_t anti_rollback;
	/** JTAG id, or the 64-bit HW_ID of old chips. */
	uint64_t hw_id;
	/** Serial number. */
	uint64_t serial;
	/** Digest of the root certificate in the fuses: 32 or 48 bytes, or empty. */
	struct qpas_slice root_hash;
};

/** Initialiser: nothing is known. @since 0.1 */
#define QPAS_REFUSAL_DEVICE_INIT                                                      \
	{                                                                             \
		(uint32_t)sizeof(struct qpas_refusal_device), 0, 0, 0, 0, 0, 0, 0, 0, \
		{                                                                     \
			NULL, 0                                                       \
		}                                                                     \
	}

/** What to judge by. @since 0.1 */
struct qpas_refusal_params {
	/** sizeof(struct qpas_refusal_params) */
	uint32_t size;
	/** enum qpas_refusal_profile */
	uint32_t profile;
	/** QPAS_REFUSAL_DTB_IMAGE; unknown bits are refused. */
	uint64_t flags;
	/** Region that the image is loaded into. */
	uint64_t region_base;
	/** Its bytes; 0: that of `peripheral`, or not known. */
	uint64_t region_size;
	/** Whom the image is for; NULL: not known. Only read during the call. */
	const struct qpas_peripheral *peripheral;
	/** The device; NULL: nothing is known. */
	const struct qpas_refusal_device *device;
	/** Report of qpas_auth_verify() over the same image; NULL: the call makes its own. */
	const struct qpas_auth_report *report;
	/** Name of the file in the firmware folder, by which Linux finds parts; NULL: not known. */
	const char *name;
	/**
	 * Says how large the file NAME.bNN of program header `segment` is: 0, or NOTFOUND. Linux asks
	 * for such files whenever data of a segment end beyond the file, whatever its name. NULL: as
	 * the image was opened, none for bytes.
	 */
	int (*part)(void *user, uint32_t segment, uint64_t *bytes);
	/** Handed to `part`. */
	void *user;
};

/** Initialiser; set `profile`. @since 0.1 */
#define QPAS_REFUSAL_PARAMS_INIT                                                                  \
	{                                                                                         \
		(uint32_t)sizeof(struct qpas_refusal_params), 0, 0, 0, 0, NULL, NULL, NULL, NULL, \
			NULL, NULL                                                                \
	}

/** One broken rule, with the facts of the first place that breaks it. @since 0.1 */
struct qpas_refusal {
	/** sizeof(struct qpas_refusal) */
	uint32_t size;
	/** Number of the rule, stable; also a message number (qpas_message_text()). */
	uint32_t rule;
	/** enum qpas_refusal_profile */
	uint32_t profile;
	/** errno that a kernel answers with, negative; 0: not known, or it misbehaves instead. */
	int32_t status;
	/** Program header index, or QPAS_NO_SEGMENT. */
	uint32_t segment;
	/** Places that break the rule. */
	uint32_t times;
	/** Where: offset in the file, or of the segment's data; 0 if the rule has none. */
	uint64_t offset;
	/** The value that breaks the rule, and what it is compared with; 0 if there is none. */
	uint64_t value;
	/** See value. */
	uint64_t limit;
	/** Name of the rule, for instance "linux-elf64"; static. */
	const char *name;
	/** Where the rule comes from: a file of Linux or OP-TEE, or a page of docs/; static. */
	const char *source;
	/** What is wrong and what to do; belongs to the list. */
	const char *text;
};

/** Initialiser. @since 0.1 */
#define QPAS_REFUSAL_INIT                                                                          \
	{                                                                                          \
		(uint32_t)sizeof(struct qpas_refusal), 0, 0, 0, QPAS_NO_SEGMENT, 0, 0, 0, 0, NULL, \
			NULL, NULL                                                                 \
	}

/** `unasked` of struct qpas_refusal_summary: what would have to be known to judge more. @since 0.1 */
/** The region that the image goes to. */
#define QPAS_REFUSAL_UNASKED_REGION (UINT64_C(1) << 0)
/** The peripheral: which SW_ID it runs. */
#define QPAS_REFUSAL_UNASKED_PERIPHERAL (UINT64_C(1) << 1)
/** The root in the fuses of the device. */
#define QPAS_REFUSAL_UNASKED_ROOT (UINT64_C(1) << 2)
/** The SoC version of the device, which the image is bound to. */
#define QPAS_REFUSAL_UNASKED_SOC (UINT64_C(1) << 3)
/** The JTAG id of the device, which the image is bound to. */
#define QPAS_REFUSAL_UNASKED_HW_ID (UINT64_C(1) << 4)
/** The OEM_ID of the device, which the image is bound to. */
#define QPAS_REFUSAL_UNASKED_OEM_ID (UINT64_C(1) << 5)
/** The MODEL_ID of the device, which the image is bound to. */
#define QPAS_REFUSAL_UNASKED_MODEL_ID (UINT64_C(1) << 6)
/** The serial number of the device, which the image is bound to. */
#define QPAS_REFUSAL_UNASKED_SERIAL (UINT64_C(1) << 7)
/** The anti-rollback version of the device. */
#define QPAS_REFUSAL_UNASKED_ANTI_ROLLBACK (UINT64_C(1) << 8)
/** Whether secure boot is on; judged as if it were, test roots apart. */
#define QPAS_REFUSAL_UNASKED_SECURE_BOOT (UINT64_C(1) << 9)

/** A list as a whole. @since 0.1 */
struct qpas_refusal_summary {
	/** sizeof(struct qpas_refusal_summary) */
	uint32_t size;
	/** enum qpas_refusal_profile */
	uint32_t profile;
	/** Broken rules. 0: nothing that was asked refuses the image. */
	uint32_t count;
	/** 0. */
	uint32_t reserved;
	/** QPAS_REFUSAL_UNASKED_* */
	uint64_t unasked;
};

/** Initialiser. @since 0.1 */
#define QPAS_REFUSAL_SUMMARY_INIT                                         \
	{                                                                 \
		(uint32_t)sizeof(struct qpas_refusal_summary), 0, 0, 0, 0 \
	}

/**
 * Lists what would refuse an image. A refused image is no error of this call.
 *
 * The rules of Linux are in the order in which its loader gets to them: the first entry is what it
 * answers with. Each rule stands in a list once.
 *
 * Ownership: *list is the caller's, freed with qpas_refusal_list_free(); NULL on failure. It holds
 * nothing of the image.
 * Threads: any thread; `part` runs on it.
 * Errors: ARG, ABI, NOMEM, CRYPTO.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_refusal_check(const struct qpas_image *image,
						 const struct qpas_refusal_params *params,
						 struct qpas_refusal_list **list,
						 struct qpas_error *err);

/**
 * The same for a file that this library does not open as an image. Linux's rules are judged over the
 * bytes as they are; the other profiles refuse such a file by one rule that says why.
 *
 * Ownership: *list is the caller's, freed with qpas_refusal_list_free(); NULL on failure. `bytes`
 * are only read during the call.
 * Threads: any thread; `part` runs on it.
 * Errors: ARG, ABI, NOMEM, CRYPTO, IO.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_refusal_check_bytes(struct qpas_slice bytes,
						       const struct qpas_refusal_params *params,
						       struct qpas_refusal_list **list,
						       struct qpas_error *err);

/**
 * Frees a list. NULL is allowed.
 *
 * Ownership: all that was taken from the list is gone.
 * Threads: as the list.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT void qpas_refusal_list_free(struct qpas_refusal_list *list);

/**
 * How many rules are broken, and what could not be asked.
 *
 * Ownership: *summary is the caller's.
 * Threads: any thread; a list is immutable.
 * Errors: ARG, ABI.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_refusal_describe(const struct qpas_refusal_list *list,
						    struct qpas_refusal_summary *summary,
						    struct qpas_error *err);

/**
 * Broken rule `index`, 0 up to `count` - 1.
 *
 * Ownership: *refusal is the caller's, its text the list's.
 * Threads: any thread; a list is immutable.
 * Errors: ARG, ABI, NOTFOUND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_refusal_get(const struct qpas_refusal_list *list, uint32_t index,
					       struct qpas_refusal *refusal,
					       struct qpas_error *err);

/** A rule, whoever breaks it. @since 0.1 */
struct qpas_refusal_rule {
	/** sizeof(struct qpas_refusal_rule) */
	uint32_t size;
	/** Its number. */
	uint32_t number;
	/** 1 << enum qpas_refusal_profile, for each profile that has it. */
	uint32_t profiles;
	/** 0. */
	uint32_t reserved;
	/** Its name; static. */
	const char *name;
	/** Where it comes from; static. */
	const char *source;
};

/** Initialiser. @since 0.1 */
#define QPAS_REFUSAL_RULE_INIT                                                  \
	{                                                                       \
		(uint32_t)sizeof(struct qpas_refusal_rule), 0, 0, 0, NULL, NULL \
	}

/**
 * Rule `index` of all there are, in the order of their numbers.
 *
 * Ownership: *rule is the caller's, its strings are static.
 * Threads: any thread, any time.
 * Errors: ARG, ABI, NOTFOUND past the end.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_refusal_rule_get(uint32_t index, struct qpas_refusal_rule *rule,
						    struct qpas_error *err);

/**
 * The sentence pattern of a rule, with fields in braces where facts stand; "" for a number that is
 * no rule.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_refusal_rule_text(uint32_t number);

/**
 * The name of a profile: "tz", "linux:6.1", "linux:7.2", "op-tee"; "?" else.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_refusal_profile_name(uint32_t profile);

#ifdef __cplusplus
}
#endif

#endif
