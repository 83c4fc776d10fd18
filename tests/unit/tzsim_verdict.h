/* SPDX-License-Identifier: BSD-3-Clause */
/* One INIT_IMAGE on a simulated machine of its own, and what is expected of the answer. */
#ifndef TESTS_UNIT_TZSIM_VERDICT_H
#define TESTS_UNIT_TZSIM_VERDICT_H

#include "support/signed_image.h"

#include "expect.h"
#include "tzsim_calls.h"

#define INIT 0x42000201u

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct verdict {
	int64_t status;
	char reason[256];
};

/* A machine with this profile, and the image's metadata where it can read them. */
static inline struct buffer load(struct rig *rig, const struct test_image *image,
				 const char *profile)
{
	struct test_tree tree = test_tree_lemans();
	struct buffer metadata;

	rig_machine(rig, 2, QPAS_TZSIM_LENIENT, profile, &tree);
	test_image_copy(&rig->built, image);
	metadata = take(rig, 0x10000);
	(void)write_metadata(rig, &metadata);
	return metadata;
}

static inline struct verdict judge(const struct test_image *image, uint32_t id, const char *profile)
{
	struct verdict verdict;
	struct buffer metadata;
	uint64_t out[8];
	struct rig rig;

	metadata = load(&rig, image, profile);
	verdict.status = call(&rig, out, INIT, 0x82, id, metadata.address);
	(void)snprintf(verdict.reason, sizeof(verdict.reason), "%s", qpas_tzsim_reason(rig.model));
	/* Who is refused leaves nothing behind, and whoever is not says nothing. */
	expect_number(verdict.reason, "images", rig_books(&rig).images, verdict.status == 0);
	expect_number(verdict.reason, "a reason", verdict.reason[0] != '\0', verdict.status != 0);
	give(&rig, &metadata);
	rig_free(&rig);
	return verdict;
}

static inline void expect_verdict(const char *row, const struct verdict *verdict, int64_t status,
				  const char *part)
{
	if (verdict->status != status || (status && !strstr(verdict->reason, part)))
		fail_msg("%s: x0 is %lld, not %lld; \"%s\" should say \"%s\"", row,
			 (long long)verdict->status, (long long)status, verdict->reason, part);
}

static inline void expect_of(const char *row, const struct signed_image *made, const char *profile,
			     int64_t status, const char *part)
{
	struct verdict verdict = judge(&made->image, 1, profile);

	expect_verdict(row, &verdict, status, part);
}

#endif
