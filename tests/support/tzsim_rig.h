/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A simulated machine with a client on it, for tests: a small lemans board, a signed image, and a
 * conduit whose functions can be bent one at a time. Every rig checks its books when it ends.
 */
#ifndef QPAS_TESTS_TZSIM_RIG_H
#define QPAS_TESTS_TZSIM_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/el2.h>
#include <qpas/qpas.h>
#include <qpas/tzsim.h>

#include "support/image_builder.h"
#include "support/tree_builder.h"

/* The board's ADSP. */
#define RIG_CARVEOUT UINT64_C(0x95900000)
#define RIG_STREAM   0x3000u
#define RIG_DEVICE   UINT64_C(0x30000000)

struct rig {
	struct test_image built;
	struct qpas_platform *platform;
	struct qpas_tzsim *model;
	/* The model's own functions, and those that the client gets. */
	struct qpas_el2_ops own;
	struct qpas_el2_ops ops;
	struct qpas_backend *backend;
	struct qpas_context *context;
	struct qpas_image *image;
	struct qpas_error err;
	/* For bent functions. */
	uint64_t value;
	uint64_t handle;
	uint32_t count;
};

static inline void rig_must(const struct rig *rig, int code, const char *what)
{
	if (code)
		fail_msg("%s: %s: %s", what, qpas_err_name(code), qpas_error_text(&rig->err));
}

static inline struct qpas_tzsim_books rig_books(struct rig *rig)
{
	struct qpas_tzsim_books books = QPAS_TZSIM_BOOKS_INIT;

	/* The rig's error keeps what the test is about. */
	rig_must(rig, qpas_tzsim_describe(rig->model, &books, NULL), "describe");
	return books;
}

static inline void rig_open_image(struct rig *rig, struct test_image *built,
				  struct qpas_image **image)
{
	struct qpas_slice bytes = {built->bytes, built->size};

	rig_must(rig, qpas_image_open_memory(bytes, NULL, image, &rig->err), "image");
}

/* The usual image without a signer: a machine without a fused root takes it, however it is bent. */
static inline struct test_image_spec rig_spec(void)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	spec.oem_signature = 0;
	spec.oem_chain = 0;
	spec.filler = 0;
	return spec;
}

/* A machine on the rig's platform: host level (0, 1, 2), kind of trusted world, profile. */
static inline void rig_model(struct rig *rig, uint32_t level, uint32_t tz, const char *profile)
{
	struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
	struct qpas_params common = QPAS_PARAMS_INIT;

	common.platform = rig->platform;
	params.params = &common;
	params.flags = QPAS_TZSIM_EXPLAIN;
	params.host_level = level;
	params.tz = tz;
	params.profile.ptr = profile;
	params.profile.len = strlen(profile);
	rig_must(rig, qpas_tzsim_new(&params, &rig->model, &rig->err), "model");
	rig_must(rig, qpas_tzsim_ops(rig->model, &rig->own, &rig->err), "ops");
	rig->ops = rig->own;
	rig->ops.user = rig;
}

/* An empty rig with the platform of a tree and perhaps an overlay; both are freed here. */
static inline void rig_platform(struct rig *rig, struct test_tree *tree, struct test_tree *overlay)
{
	static const struct qpas_error error = QPAS_ERROR_INIT;
	static const struct qpas_el2_ops ops = QPAS_EL2_OPS_INIT;
	struct qpas_slice slices[2] = {test_tree_slice(tree), {NULL, 0}};

	memset(rig, 0, sizeof(*rig));
	rig->err = error;
	rig->own = ops;
	if (overlay)
		slices[1] = test_tree_slice(overlay);
	rig_must(rig,
		 qpas_platform_open_memory(slices[0], &slices[1], overlay ? 1 : 0, NULL,
					   &rig->platform, &rig->err),
		 "platform");
	test_tree_free(tree);
	if (overlay)
		test_tree_free(overlay);
}

/* Machine only: host level (0, 1, 2), kind of trusted world, profile, tree (freed here). */
static inline void rig_machine(struct rig *rig, uint32_t level, uint32_t tz, const char *profile,
			       struct test_tree *tree)
{
	rig_platform(rig, tree, NULL);
	rig_model(rig, level, tz, profile);
}

/* The functions of a rig hand on to the model; a test replaces some of them. */
static inline int rig_smc(void *user, uint64_t regs[8])
{
	struct rig *rig = user;

	return rig->own.smc(rig->own.user, regs);
}

static inline int rig_shared_alloc(void *user, size_t length, void **ptr, uint64_t *address)
{
	struct rig *rig = user;

	return rig->own.shared_alloc(rig->own.user, length, ptr, address);
}

static inline void rig_shared_free(void *user, void *ptr, uint64_t address, size_t length)
{
	struct rig *rig = user;

	rig->own.shared_free(rig->own.user, ptr, address, length);
}

static inline int rig_region_write(void *user, uint64_t address, struct qpas_slice data)
{
	struct rig *rig = user;

	return rig->own.region_write(rig->own.user, address, data);
}

static inline int rig_region_zero(void *user, uint64_t address, uint64_t length)
{
	struct rig *rig = user;

	return rig->own.region_zero(rig->own.user, address, length);
}

static inline int rig_region_read(void *user, uint64_t address, void *to, size_t length)
{
	struct rig *rig = user;

	return rig->own.region_read(rig->own.user, address, to, length);
}

static inline int rig_map(void *user, const struct qpas_stream *stream,
			  const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	return rig->own.iommu_map(rig->own.user, stream, mapping);
}

static inline int rig_unmap(void *user, const struct qpas_stream *stream,
			    const struct qpas_backend_mapping *mapping)
{
	struct rig *rig = user;

	return rig->own.iommu_unmap(rig->own.user, stream, mapping);
}

static inline int64_t rig_now(void *user)
{
	struct rig *rig = user;

	return rig->own.now(rig->own.user);
}

static inline void rig_sleep_until(void *user, int64_t deadline)
{
	struct rig *rig = user;

	rig->own.sleep_until(rig->own.user, deadline);
}

static inline int rig_wait_wq(void *user, uint64_t context, int64_t deadline)
{
	struct rig *rig = user;

	return rig->own.wait_wq(rig->own.user, context, deadline);
}

static inline int rig_wait_event(void *user, uint32_t pas_id, int64_t deadline,
				 struct qpas_backend_event *event)
{
	struct rig *rig = user;

	return rig->own.wait_event(rig->own.user, pas_id, deadline, event);
}

static inline const char *rig_explain(void *user)
{
	struct rig *rig = user;

	return rig->own.explain(rig->own.user);
}

static inline void rig_ops(struct rig *rig)
{
	rig->ops.smc = rig_smc;
	rig->ops.shared_alloc = rig_shared_alloc;
	rig->ops.shared_free = rig_shared_free;
	rig->ops.region_write = rig_region_write;
	rig->ops.region_zero = rig_region_zero;
	rig->ops.region_read = rig_region_read;
	rig->ops.iommu_map = rig_map;
	rig->ops.iommu_unmap = rig_unmap;
	rig->ops.now = rig_now;
	rig->ops.sleep_until = rig_sleep_until;
	rig->ops.wait_wq = rig_wait_wq;
	rig->ops.wait_event = rig_wait_event;
	rig->ops.explain = rig_explain;
	rig->ops.cancel = NULL;
}

/* The usual image, relocatable, an ADSP image by its SW_ID. */
static inline void rig_image(struct rig *rig)
{
	struct test_image_spec spec = rig_spec();

	test_image_build(&rig->built, &spec);
	rig_open_image(rig, &rig->built, &rig->image);
}

/* Opens the client's side on what the rig's functions are by now. */
static inline void rig_open(struct rig *rig, const char *peripheral)
{
	struct qpas_params params = QPAS_PARAMS_INIT;

	params.platform = rig->platform;
	rig_must(rig, qpas_el2_open(&rig->ops, &params, &rig->backend, &rig->err), "backend");
	rig_must(rig, qpas_context_open(rig->backend, peripheral, NULL, &rig->context, &rig->err),
		 "context");
}

/* A machine, an image and an open context of the ADSP; functions can be bent before. */
static inline void rig_begin(struct rig *rig, uint32_t level, uint32_t tz, const char *profile)
{
	struct test_tree tree = test_tree_lemans();

	rig_machine(rig, level, tz, profile, &tree);
	rig_ops(rig);
	rig_image(rig);
}

static inline int rig_boot(struct rig *rig)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;

	params.ready_timeout = 20000000;
	return qpas_boot(rig->context, rig->image, &params, &rig->err);
}

static inline uint32_t rig_state(struct rig *rig)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;

	rig_must(rig, qpas_context_describe(rig->context, &info, NULL), "describe");
	return info.state;
}

static inline void rig_no(const char *what, uint64_t number)
{
	if (number)
		fail_msg("%s: %llu are left", what, (unsigned long long)number);
}

/* Closes the client; nothing of it may be left in the machine. */
static inline void rig_close_client(struct rig *rig)
{
	struct qpas_tzsim_books books;

	(void)qpas_context_close(rig->context);
	qpas_backend_unref(rig->backend);
	rig->context = NULL;
	rig->backend = NULL;
	books = rig_books(rig);
	rig_no("bridges", books.bridges);
	rig_no("mappings", books.mappings);
	rig_no("tables", books.table_pages);
	rig_no("images", books.images);
	rig_no("running", books.running);
	rig_no("shared buffers", books.shared_buffers);
	rig_no("protected accesses", books.protected_accesses);
}

static inline void rig_free(struct rig *rig)
{
	qpas_image_unref(rig->image);
	test_image_free(&rig->built);
	qpas_tzsim_free(rig->model);
	qpas_platform_unref(rig->platform);
}

static inline void rig_end(struct rig *rig)
{
	rig_close_client(rig);
	rig_free(rig);
}

#endif
