/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of boots on a simulated machine share: expectations, and functions that are bent. */
#ifndef TESTS_INTEGRATION_TZSIM_BOOT_H
#define TESTS_INTEGRATION_TZSIM_BOOT_H

#include "support/tzsim_rig.h"

/* Function ids, as literals. */
#define BRIDGE_FID   0x42000c1eu
#define DELETE_FID   0x42000c1du
#define INIT_FID     0x42000201u
#define MEM_FID	     0x42000202u
#define AUTH_FID     0x42000205u
#define SHUTDOWN_FID 0x42000206u

static inline void expect_text(const struct rig *rig, const char *part)
{
	if (!strstr(qpas_error_text(&rig->err), part))
		fail_msg("\"%s\" does not say \"%s\"", qpas_error_text(&rig->err), part);
}

static inline void expect_failure(struct rig *rig, int code, int wanted, uint32_t stage)
{
	if (code != wanted || rig->err.stage != stage)
		fail_msg("%s in %s instead of %s in %s: %s", qpas_err_name(code),
			 qpas_stage_name(rig->err.stage), qpas_err_name(wanted),
			 qpas_stage_name(stage), qpas_error_text(&rig->err));
}

/* What the client holds while it is open and nothing runs: its page of arguments, bridged. */
static inline void expect_idle(struct rig *rig)
{
	struct qpas_tzsim_books books = rig_books(rig);

	rig_no("bridges beyond the page of arguments", books.bridges > 1 ? books.bridges : 0);
	rig_no("mappings", books.mappings);
	rig_no("tables", books.table_pages);
	rig_no("images", books.images);
	rig_no("running", books.running);
	rig_no("shared buffers beyond one page",
	       books.shared_buffers > 1 ? books.shared_buffers : 0);
}

static inline int drop_mapping(void *user, const struct qpas_stream *stream,
			       const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	return mapping->iova == rig->value ? 0 : rig_map(user, stream, mapping);
}

static inline int drop_unmapping(void *user, const struct qpas_stream *stream,
				 const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	return mapping->iova == rig->value ? 0 : rig_unmap(user, stream, mapping);
}

/* Flips a byte of simulated memory right before AUTH_AND_RESET. */
static inline int flip_before_auth(void *user, uint64_t regs[8])
{
	struct rig *rig = user;

	if ((uint32_t)regs[0] == AUTH_FID) {
		uint8_t byte;
		struct qpas_slice slice = {&byte, 1};

		rig_must(rig, qpas_tzsim_read(rig->model, rig->value, &byte, 1, &rig->err), "read");
		byte ^= 0x10;
		rig_must(rig, qpas_tzsim_write(rig->model, rig->value, slice, &rig->err), "write");
	}
	return rig_smc(user, regs);
}

/* ---- companion image ---- */

/* A board whose ADSP has a companion image, with a region at 0x90b00000. */
static inline struct test_tree companion_tree(void)
{
	static const char firmware[] = "qcom/x1e/adsp.mbn\0qcom/x1e/adsp_dtb.mbn";
	struct test_tree tree = test_tree_lemans();
	const char *adsp = "/soc@0/remoteproc@30000000";

	test_tree_add_region(&tree, "adsp-dtb@90b00000", 0x30, 0x90b00000, 0x80000);
	test_tree_set_text(&tree, adsp, "compatible", "qcom,x1e80100-adsp-pas");
	test_tree_set(&tree, adsp, "firmware-name", firmware, sizeof(firmware));
	test_tree_cells(&tree, adsp, "memory-region", 1, 0x30);
	return tree;
}

/* A machine of this tree, with both images; the tree is freed here. */
static inline void begin_companion_on(struct rig *rig, uint32_t level, const char *profile,
				      struct test_tree *tree, struct qpas_image **companion)
{
	struct test_image_spec spec = rig_spec();
	struct test_image built;

	rig_machine(rig, level, 0, profile, tree);
	rig_ops(rig);
	rig_image(rig);
	spec.sw_id = 0x53;
	test_image_build(&built, &spec);
	rig_open_image(rig, &built, companion);
	test_image_free(&built);
}

static inline void begin_companion(struct rig *rig, uint32_t level, const char *profile,
				   struct qpas_image **companion)
{
	struct test_tree tree = companion_tree();

	begin_companion_on(rig, level, profile, &tree, companion);
}

static inline int boot_with(struct rig *rig, struct qpas_image *companion)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;

	params.companion = companion;
	return qpas_boot(rig->context, rig->image, &params, &rig->err);
}

#endif
