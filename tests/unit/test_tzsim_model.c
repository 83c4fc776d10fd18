/* SPDX-License-Identifier: BSD-3-Clause */
/* Making a machine: parameters, profiles, the memory of device trees, memory that runs out. */
#include <stdio.h>

#include "support/signer.h"
#include "support/tzsim_rig.h"

#include "unit/failing_heap.h"

#include "tzsim/model.h"

static struct qpas_platform *platform_of(struct test_tree *tree)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform = NULL;

	if (qpas_platform_open_memory(test_tree_slice(tree), NULL, 0, NULL, &platform, &err))
		fail_msg("%s", qpas_error_text(&err));
	test_tree_free(tree);
	return platform;
}

/* ---- parameters ---- */

static void wrong_parameters_are_refused_and_leave_nothing(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform = platform_of(&tree);
	struct qpas_params common = QPAS_PARAMS_INIT;
	struct qpas_tzsim_params good = QPAS_TZSIM_PARAMS_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;

	(void)state;
	common.platform = platform;
	good.params = &common;
	for (int i = 0; i < 8; i++) {
		struct qpas_params other = common;
		struct qpas_tzsim_params params = good;
		struct qpas_tzsim *model = (struct qpas_tzsim *)&other;
		int wanted = QPAS_ERR_ARG;
		int code;

		params.host_level = i == 0 ? 3 : 0;
		params.tz = i == 1 ? 4 : 0;
		params.reserved = i == 2;
		params.flags = i == 3 ? 4 : 0;
		if (i == 4)
			params.params = NULL;
		if (i == 5) {
			other.platform = NULL;
			params.params = &other;
		}
		if (i == 6)
			params.profile.len = 1;
		if (i == 7) {
			params.size = 8;
			wanted = QPAS_ERR_ABI;
		}
		code = qpas_tzsim_new(&params, &model, &err);
		if (code != wanted || model)
			fail_msg("case %d: %s, not %s", i, qpas_err_name(code),
				 qpas_err_name(wanted));
	}
	assert_int_equal(qpas_tzsim_new(&good, NULL, &err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_new(NULL, NULL, &err), QPAS_ERR_ARG);
	qpas_platform_unref(platform);
}

static void null_arguments_are_refused_everywhere(void **state)
{
	struct qpas_tzsim_books books = QPAS_TZSIM_BOOKS_INIT;
	struct qpas_el2_ops ops = QPAS_EL2_OPS_INIT;
	struct qpas_slice none = {NULL, 4};
	struct qpas_backend *backend = NULL;
	uint64_t regs[8] = {0x42000207, 1, 1};
	uint8_t byte = 0;
	struct rig rig;
	struct test_tree tree = test_tree_lemans();

	(void)state;
	rig_machine(&rig, 2, 0, "", &tree);
	assert_int_equal(qpas_tzsim_describe(NULL, &books, &rig.err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_describe(rig.model, NULL, &rig.err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_ops(NULL, &ops, &rig.err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_ops(rig.model, NULL, &rig.err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_read(NULL, 0x80000000, &byte, 1, &rig.err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_read(rig.model, 0x80000000, NULL, 1, &rig.err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_write(rig.model, 0x80000000, none, &rig.err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_open(NULL, NULL, &backend, &rig.err), QPAS_ERR_ARG);
	assert_int_equal(qpas_tzsim_open(rig.model, NULL, NULL, &rig.err), QPAS_ERR_ARG);
	assert_string_equal(qpas_tzsim_reason(NULL), "");
	qpas_tzsim_smc(NULL, regs, regs);
	assert_int_equal((int64_t)regs[0], -1);
	qpas_tzsim_smc(rig.model, NULL, regs);
	qpas_tzsim_free(NULL);
	books.size = 4;
	assert_int_equal(qpas_tzsim_describe(rig.model, &books, &rig.err), QPAS_ERR_ABI);
	ops.size = 12;
	assert_int_equal(qpas_tzsim_ops(rig.model, &ops, &rig.err), QPAS_ERR_ABI);
	rig_free(&rig);
}

/* ---- profiles ---- */

static void profiles_are_read_whole_or_refused_with_the_line(void **state)
{
	static const struct {
		const char *text;
		uint64_t line; /* 0: it is right */
	} rows[] = {
		{"", 0},
		{"\n\n  # nothing but a comment\n\t\r\n", 0},
		{"el 1", 0},
		{"el\t2 # behind the words", 0},
		{"tz strict\ntz lenient\ntz old\n", 0},
		{"fault busy\nfault crash:4294967295\n", 0},
		{"running 0x1f\nno-table 18\nmemory 0x100000000 0x1000\n", 0},
		{"devmem 1 0x1000 4096 0x1000 0x3f name", 0},
		{"el 3", 1},
		{"el", 1},
		{"el 1 1", 1},
		{"\nel 1\nlevel 1\n", 3},
		{"tz new", 1},
		{"fault", 1},
		{"fault nothing", 1},
		{"fault busy:0", 1},
		{"fault busy:", 1},
		{"fault busy:1x", 1},
		{"fault busy:4294967296", 1},
		{"running -1", 1},
		{"running 0x", 1},
		{"running 0x100000000", 1},
		{"memory 0x1000 0", 1},
		{"memory 0xfffffffffffff000 0x2000", 1},
		{"memory 0xfffffffff000 0x2000", 1},
		{"memory 18446744073709551616 1", 1},
		{"devmem 1 0x1000 0x1000 0x1000 3", 1},
		{"devmem 1 0x100000000 0x1000 0x1000 3 name", 1},
		{"devmem 1 1 1 1 1 a-name-of-more-than-thirty-two-bytes", 1},
		{"a b c d e f g h i", 1},
	};
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform = platform_of(&tree);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
		struct qpas_params common = QPAS_PARAMS_INIT;
		struct qpas_error err = QPAS_ERROR_INIT;
		struct qpas_tzsim *model = NULL;
		char line[16];
		int code;

		common.platform = platform;
		params.params = &common;
		params.profile.ptr = rows[i].text;
		params.profile.len = strlen(rows[i].text);
		code = qpas_tzsim_new(&params, &model, &err);
		(void)snprintf(line, sizeof(line), "Line %llu ", (unsigned long long)rows[i].line);
		if (code != (rows[i].line ? QPAS_ERR_FORMAT : 0) ||
		    (code && !strstr(err.text, line)))
			fail_msg("\"%s\": %s: %s", rows[i].text, qpas_err_name(code), err.text);
		qpas_tzsim_free(model);
	}
	qpas_platform_unref(platform);
}

static void profile_bytes_that_are_no_text_are_refused(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
	struct qpas_params common = QPAS_PARAMS_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_tzsim *model = NULL;
	char text[8192];

	(void)state;
	common.platform = platform_of(&tree);
	params.params = &common;
	params.profile.ptr = text;
	params.profile.len = sizeof(text);
	memset(text, 'a', sizeof(text));
	assert_int_equal(qpas_tzsim_new(&params, &model, &err), QPAS_ERR_FORMAT);
	memset(text, 0, sizeof(text));
	assert_int_equal(qpas_tzsim_new(&params, &model, &err), QPAS_ERR_FORMAT);
	memset(text, '\n', sizeof(text));
	assert_int_equal(qpas_tzsim_new(&params, &model, &err), QPAS_ERR_FORMAT);
	assert_non_null(strstr(err.text, "4097"));
	qpas_platform_unref(common.platform);
}

static void parameters_go_before_the_profile(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct rig rig;

	(void)state;
	rig_machine(&rig, 2, QPAS_TZSIM_STRICT, "el 1\ntz old\n", &tree);
	assert_int_equal(rig.own.host_level, 2);
	assert_int_equal(rig.model->tz, QPAS_TZSIM_STRICT);
	rig_free(&rig);
	tree = test_tree_lemans();
	rig_machine(&rig, 0, 0, "el 1\ntz old\n", &tree);
	assert_int_equal(rig.own.host_level, 1);
	assert_int_equal(rig.model->tz, QPAS_TZSIM_OLD);
	rig_free(&rig);
}

static void chip_without_bridges_has_a_trusted_world_that_does_not_insist(void **state)
{
	static const struct {
		const char *chip;
		uint32_t level;
		uint32_t asked;
		uint32_t tz;
	} rows[] = {
		{"qcom,sdm845", 2, 0, QPAS_TZSIM_LENIENT},
		{"qcom,sdm845", 2, QPAS_TZSIM_STRICT, QPAS_TZSIM_STRICT},
		{"qcom,sa8775p", 2, 0, QPAS_TZSIM_STRICT},
		{"qcom,sa8775p", 1, 0, QPAS_TZSIM_LENIENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_tree tree = test_tree_lemans();
		struct rig rig;

		test_tree_set_text(&tree, "/", "compatible", rows[i].chip);
		rig_machine(&rig, rows[i].level, rows[i].asked, "", &tree);
		if (rig.model->tz != rows[i].tz)
			fail_msg("%s: %u, not %u", rows[i].chip, rig.model->tz, rows[i].tz);
		rig_free(&rig);
	}
}

/* ---- processors started by register ---- */

static bool starts(struct rig *rig, struct qpasi_tzsim_pas *pas, uint64_t iova, bool write)
{
	if (qpasi_tzsim_processor_direct(rig->model, pas))
		return true;
	assert_int_equal(pas->event.type, QPAS_EVENT_FAULT);
	assert_int_equal(pas->event.stream, 0x3000);
	assert_int_equal(pas->event.address, iova);
	assert_int_equal(pas->event.write, write);
	return false;
}

static void processor_started_by_register_fetches_its_whole_region_from_0(void **state)
{
	static const struct qpas_stream stream = {"/soc@0/iommu@15000000", {0x3000, 0}, 2, 0};
	struct qpas_backend_mapping mapping = {0, 0x95900000, 0x1e00000 - 0x1000,
					       QPAS_RSC_READ | QPAS_RSC_WRITE | QPAS_RSC_PRIV, 0};
	struct qpas_slice code = {"code", 4};
	struct test_tree tree = test_tree_lemans();
	struct qpasi_tzsim_pas *pas;
	struct rig rig;

	(void)state;
	rig_machine(&rig, 2, 0, "", &tree);
	rig_must(&rig, qpas_tzsim_write(rig.model, 0x95900000, code, &rig.err), "write");
	pas = qpasi_tzsim_find_pas(rig.model, 1);
	assert_false(starts(&rig, pas, 0, false));
	assert_int_equal(rig.own.iommu_map(rig.own.user, &stream, &mapping), 0);
	assert_false(starts(&rig, pas, 0x1dff000, false));
	mapping.iova = mapping.length;
	mapping.address += mapping.length;
	mapping.length = 0x1000;
	mapping.permissions = QPAS_RSC_READ;
	assert_int_equal(rig.own.iommu_map(rig.own.user, &stream, &mapping), 0);
	assert_false(starts(&rig, pas, 0x1dff000, true));
	assert_int_equal(rig.own.iommu_unmap(rig.own.user, &stream, &mapping), 0);
	mapping.permissions = 3;
	assert_int_equal(rig.own.iommu_map(rig.own.user, &stream, &mapping), 0);
	assert_true(starts(&rig, pas, 0, false));
	assert_int_equal(rig_books(&rig).faults, 3);
	assert_int_equal(rig_books(&rig).running, 1);
	rig_free(&rig);
}

/* What unprivileged accesses can write is not executed by privileged ones: hence PRIV. */
static void video_core_cannot_execute_what_is_mapped_for_all(void **state)
{
	static const struct qpas_stream stream = {"/soc@0/iommu@15000000", {0x3000, 0}, 2, 0};
	static const struct {
		uint32_t permissions;
		const char *says;
	} rows[] = {
		{3, "permission fault at level 3 on an instruction fetch"},
		{3 | QPAS_RSC_PRIV | QPAS_RSC_NOEXEC,
		 "permission fault at level 3 on an instruction fetch"},
		{1 | QPAS_RSC_PRIV, "permission fault at level 3"},
		{3 | QPAS_RSC_PRIV, NULL},
	};
	struct qpas_slice code = {"code", 4};
	struct test_tree tree = test_tree_lemans();
	struct qpasi_tzsim_pas *pas;
	struct rig rig;

	(void)state;
	rig_machine(&rig, 2, 0, "", &tree);
	rig_must(&rig, qpas_tzsim_write(rig.model, 0x95900000, code, &rig.err), "write");
	pas = qpasi_tzsim_find_pas(rig.model, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_backend_mapping mapping = {0, 0x95900000, 0x1e00000,
						       rows[i].permissions, 0};

		assert_int_equal(rig.own.iommu_map(rig.own.user, &stream, &mapping), 0);
		assert_int_equal(starts(&rig, pas, 0, i == 2), !rows[i].says);
		if (rows[i].says)
			assert_string_equal(pas->event.text, rows[i].says);
		assert_int_equal(rig.own.iommu_unmap(rig.own.user, &stream, &mapping), 0);
	}
	rig_free(&rig);
}

/* ---- memory of device trees ---- */

static bool has_memory(struct rig *rig, uint64_t address)
{
	uint8_t byte;

	return qpas_tzsim_read(rig->model, address, &byte, 1, NULL) == 0;
}

static void memory_of_size_0_covers_every_reserved_region_and_4_gib_more(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct rig rig;

	(void)state;
	test_tree_add_region(&tree, "high@880000000", 0x40, UINT64_C(0x880000000), 0x100000);
	rig_machine(&rig, 2, 0, "memory 0x1000000 0x1000\n", &tree);
	assert_false(has_memory(&rig, 0x7fffffff));
	assert_true(has_memory(&rig, 0x80000000));
	assert_true(has_memory(&rig, UINT64_C(0x8800fffff)));
	assert_true(has_memory(&rig, UINT64_C(0x9800fffff)));
	assert_false(has_memory(&rig, UINT64_C(0x980100000)));
	assert_true(has_memory(&rig, 0x1000fff));
	assert_false(has_memory(&rig, 0x1001000));
	rig_free(&rig);
}

static void memory_with_a_size_ends_there_and_reserved_regions_outside_are_memory_too(void **state)
{
	struct test_tree tree = test_tree_bare("qcom,sa8775p");
	struct rig rig;

	(void)state;
	test_tree_add_node(&tree, "/", "memory@80000000");
	test_tree_set_text(&tree, "/memory@80000000", "device_type", "memory");
	test_tree_cells(&tree, "/memory@80000000", "reg", 0, 0x80000000, 0, 0x10000000);
	test_tree_add_region(&tree, "outside@95900000", 0x40, 0x95900000, 0x1000);
	rig_machine(&rig, 2, 0, "", &tree);
	assert_true(has_memory(&rig, 0x8fffffff));
	assert_false(has_memory(&rig, 0x90000000));
	assert_true(has_memory(&rig, 0x95900fff));
	assert_false(has_memory(&rig, 0x958fffff));
	assert_false(has_memory(&rig, 0x95901000));
	rig_free(&rig);
}

static void tree_without_memory_gets_some(void **state)
{
	struct test_tree tree = test_tree_bare("qcom,sa8775p");
	struct rig rig;
	uint64_t address = 0;
	void *ptr = NULL;

	(void)state;
	rig_machine(&rig, 2, 0, "", &tree);
	assert_true(has_memory(&rig, 0x80000000));
	assert_int_equal(rig.own.shared_alloc(rig.own.user, 4096, &ptr, &address), 0);
	assert_true(has_memory(&rig, address));
	rig.own.shared_free(rig.own.user, ptr, address, 4096);
	rig_free(&rig);
}

static void shared_memory_lies_in_no_reserved_region(void **state)
{
	struct test_tree tree = test_tree_lemans();
	uint64_t address = 0;
	void *ptr = NULL;
	struct rig rig;

	(void)state;
	test_tree_add_region(&tree, "first@80000000", 0x40, 0x80000000, 0x1000000);
	test_tree_add_region(&tree, "hole@84800000", 0x41, 0x84800000, 0x1000);
	rig_machine(&rig, 2, 0, "", &tree);
	assert_int_equal(rig.own.shared_alloc(rig.own.user, 0x3000000, &ptr, &address), 0);
	if (address < 0x84801000 || address + 0x3000000 > 0x95900000)
		fail_msg("at 0x%llx", (unsigned long long)address);
	rig.own.shared_free(rig.own.user, ptr, address, 0x3000000);
	rig_free(&rig);
}

/* ---- static tables ---- */

static void table_made_up_from_the_tree_has_shared_memory_and_the_cores_registers(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpasi_tzsim_pas *pas;
	struct rig rig;

	(void)state;
	test_tree_add_region(&tree, "smem@90900000", 0x40, 0x90900000, 0x200000);
	test_tree_add_region(&tree, "aop-cmd-db@90860000", 0x41, 0x90860000, 0x20000);
	rig_machine(&rig, 2, 0, "", &tree);
	pas = qpasi_tzsim_find_pas(rig.model, 1);
	assert_int_equal(qpasi_tzsim_table_ensure(rig.model, pas), 0);
	/* Header and three offsets, three entries of 56 bytes. */
	assert_int_equal(pas->table_bytes, 28 + 3 * 56);
	assert_memory_equal(pas->table + 28 + 4, "\0\0\x86\x90\0\0\x86\x90\0\0\x02\0\x01\0\0\0",
			    16);
	assert_memory_equal(pas->table + 84 + 4, "\0\0\x90\x90\0\0\x90\x90\0\0\x20\0\x03\0\0\0",
			    16);
	assert_memory_equal(pas->table + 140 + 4, "\0\0\0\x30\0\0\0\x30\0\x10\0\0\x13\0\0\0", 16);
	rig_free(&rig);
}

/* ---- memory that runs out ---- */

static int whole_boot(struct heap *heap, struct qpas_platform *platform, struct qpas_image *image)
{
	struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
	struct qpas_params common = QPAS_PARAMS_INIT;
	struct qpas_params client = QPAS_PARAMS_INIT;
	struct qpas_allocator allocator = QPAS_ALLOCATOR_INIT;
	struct qpas_backend *backend = NULL;
	struct qpas_context *context = NULL;
	struct qpas_tzsim *model = NULL;
	int code;

	allocator.malloc = heap_malloc;
	allocator.realloc = heap_realloc;
	allocator.free = heap_free;
	allocator.user = heap;
	common.allocator = &allocator;
	common.platform = platform;
	client.platform = platform;
	params.params = &common;
	code = qpas_tzsim_new(&params, &model, NULL);
	if (!code)
		code = qpas_tzsim_open(model, &client, &backend, NULL);
	if (!code)
		code = qpas_context_open(backend, "adsp", NULL, &context, NULL);
	if (!code)
		code = qpas_boot(context, image, NULL, NULL);
	(void)qpas_context_close(context);
	qpas_backend_unref(backend);
	qpas_tzsim_free(model);
	return code;
}

/* X rows: every allocation of the simulator fails once, and once with all that follow. */
static void every_failing_allocation_ends_in_an_error_and_leaks_nothing(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform = platform_of(&tree);
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	struct qpas_image *image = NULL;
	struct heap heap = {0};
	struct rig rig;
	uint32_t total;

	(void)state;
	memset(&rig, 0, sizeof(rig));
	rig.err = (struct qpas_error)QPAS_ERROR_INIT;
	test_image_build(&rig.built, NULL);
	test_chain_write(&rig.built, 1, &chain);
	test_sign(&rig.built, 1, &chain);
	rig_open_image(&rig, &rig.built, &image);
	assert_int_equal(whole_boot(&heap, platform, image), 0);
	assert_int_equal(heap.live, 0);
	total = heap.calls;
	assert_true(total > 20);
	for (int sticky = 0; sticky < 2; sticky++) {
		for (uint32_t at = 1; at <= total; at++) {
			int code;

			memset(&heap, 0, sizeof(heap));
			heap.fail_at = at;
			heap.sticky = sticky;
			code = whole_boot(&heap, platform, image);
			if (!code || heap.live)
				fail_msg("allocation %u of %u: %s, %u blocks left", at, total,
					 qpas_err_name(code), heap.live);
		}
	}
	qpas_image_unref(image);
	test_image_free(&rig.built);
	test_keys_free();
	qpas_platform_unref(platform);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_parameters_are_refused_and_leave_nothing),
		cmocka_unit_test(null_arguments_are_refused_everywhere),
		cmocka_unit_test(profiles_are_read_whole_or_refused_with_the_line),
		cmocka_unit_test(profile_bytes_that_are_no_text_are_refused),
		cmocka_unit_test(parameters_go_before_the_profile),
		cmocka_unit_test(chip_without_bridges_has_a_trusted_world_that_does_not_insist),
		cmocka_unit_test(processor_started_by_register_fetches_its_whole_region_from_0),
		cmocka_unit_test(video_core_cannot_execute_what_is_mapped_for_all),
		cmocka_unit_test(memory_of_size_0_covers_every_reserved_region_and_4_gib_more),
		cmocka_unit_test(
			memory_with_a_size_ends_there_and_reserved_regions_outside_are_memory_too),
		cmocka_unit_test(tree_without_memory_gets_some),
		cmocka_unit_test(shared_memory_lies_in_no_reserved_region),
		cmocka_unit_test(
			table_made_up_from_the_tree_has_shared_memory_and_the_cores_registers),
		cmocka_unit_test(every_failing_allocation_ends_in_an_error_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
