/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dumps of a peripheral that was stopped: what stands in the core file, and when there is none. The
 * file is read here by the numbers of the ELF specification, not by the library's decoder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/qpas.h>

#include "format/core_file.h"
#include "support/fake_rig.h"
#include "support/image_builder.h"
#include "support/must.h"

#define FILE_BYTES ((size_t)1 << 20)
#define STATES	   ((uint32_t)QPAS_STATE_UNKNOWN + 1)

/* A file in the making. */
struct file {
	uint8_t *bytes;
	size_t size;
	uint32_t writes;
	uint32_t fail_at; /* the nth write, from 1 */
	int fail_code;
	struct qpas_context *context; /* called back, or cancelled, at that write */
	bool cancels;
	int called_back;
};

static int take(void *user, struct qpas_slice data, struct qpas_error *err)
{
	struct file *file = user;

	(void)err;
	test_must(file->size + data.len <= FILE_BYTES, "the file grows too large");
	test_must(data.len && data.len <= 65536, "pieces have 64 KiB at most");
	memcpy(file->bytes + file->size, data.ptr, data.len);
	file->size += data.len;
	if (++file->writes != file->fail_at)
		return 0;
	if (file->cancels)
		qpas_context_cancel(file->context);
	else if (file->context)
		file->called_back = qpas_shutdown(file->context, NULL);
	return file->fail_code;
}

static struct qpas_dump_target target_of(struct file *file)
{
	struct qpas_dump_target target = QPAS_DUMP_TARGET_INIT;

	memset(file, 0, sizeof(*file));
	file->bytes = calloc(1, FILE_BYTES);
	test_must(file->bytes, "memory");
	target.write = take;
	target.user = file;
	return target;
}

static uint64_t get(const uint8_t *at, unsigned int width)
{
	uint64_t value = 0;

	for (unsigned int i = width; i-- > 0;)
		value = value << 8 | at[i];
	return value;
}

/* Field `index` of a program header: type, offset, vaddr, paddr, filesz, memsz, flags. */
static uint64_t phdr(const struct file *file, uint32_t number, unsigned int index)
{
	static const unsigned int at_32[] = {0, 4, 8, 12, 16, 20, 24};
	static const unsigned int at_64[] = {0, 8, 16, 24, 32, 40, 4};
	bool wide = file->bytes[4] == 2;
	const uint8_t *start = file->bytes + (wide ? 64 + number * 56 : 52 + number * 32);

	if (!wide)
		return get(start + at_32[index], 4);
	return get(start + at_64[index], index == 0 || index == 6 ? 4 : 8);
}

static const struct test_segment three[] = {
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 5, 0x1000, 0x88000000, 0x1234, 0x2000, NULL, 0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0x9000, 0x88003000, 0x800, 0x800, NULL, 0},
	{TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0xa000, 0x88004000, 0, 0x3000, NULL, 0},
};

static struct qpas_image *make_image(uint32_t elf_class)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct qpas_image *image = NULL;
	struct test_image made;
	struct qpas_slice bytes;

	spec.elf_class = elf_class;
	spec.segments = three;
	spec.segment_count = 3;
	test_image_build(&made, &spec);
	bytes.ptr = made.bytes;
	bytes.len = made.size;
	test_must(!qpas_image_open_memory(bytes, NULL, &image, NULL), "image");
	test_image_free(&made);
	return image;
}

static void check_core(const struct rig *rig, const struct file *file, uint32_t elf_class)
{
	size_t headers = elf_class == 64 ? 64 + 3 * 56 : 52 + 3 * 32;
	uint64_t offset = headers;

	assert_memory_equal(file->bytes, "\177ELF", 4);
	assert_int_equal(file->bytes[4], elf_class / 32);
	assert_int_equal(get(file->bytes + 16, 2), 4); /* ET_CORE */
	assert_int_equal(get(file->bytes + 18, 2), 164); /* the image's */
	assert_int_equal(get(file->bytes + (elf_class == 64 ? 56 : 44), 2), 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(phdr(file, i, 0), TEST_PT_LOAD);
		assert_true(phdr(file, i, 1) == offset);
		assert_true(phdr(file, i, 2) == three[i].paddr);
		assert_true(phdr(file, i, 3) == three[i].paddr);
		assert_true(phdr(file, i, 4) == three[i].memsz);
		assert_true(phdr(file, i, 5) == three[i].memsz);
		assert_int_equal(phdr(file, i, 6), 7);
		assert_memory_equal(file->bytes + offset,
				    rig->board->fake.region[0] + (three[i].paddr - 0x88000000),
				    three[i].memsz);
		offset += three[i].memsz;
	}
	assert_true(file->size == offset);
}

static void core_has_each_segment_at_its_address_with_its_bytes(void **state)
{
	(void)state;
	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		struct rig rig = begin();
		struct qpas_dump_target target;
		struct file file;

		target = target_of(&file);
		qpas_image_unref(rig.board->image);
		rig.board->image = make_image(elf_class);
		assert_int_equal(boot(&rig), 0);
		assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
		/* What the processor wrote counts, not what the file had. */
		rig.board->fake.region[0][0x4567] = 0xc5;
		assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), 0);
		check_core(&rig, &file, elf_class);
		assert_int_equal(board_state(rig.context), QPAS_STATE_STOPPED);
		/* As often as it is asked for. */
		file.size = 0;
		assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), 0);
		check_core(&rig, &file, elf_class);
		free(file.bytes);
		end(&rig);
	}
}

static void core_of_the_second_start_is_that_of_its_own_image(void **state)
{
	struct rig rig = begin_in(QPAS_STATE_STOPPED);
	struct qpas_dump_target target;
	struct file file;

	(void)state;
	target = target_of(&file);
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), 0);
	assert_true(phdr(&file, 0, 3) != three[0].paddr);
	qpas_image_unref(rig.board->image);
	rig.board->image = make_image(32);
	assert_int_equal(boot(&rig), 0);
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	file.size = 0;
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), 0);
	check_core(&rig, &file, 32);
	free(file.bytes);
	end(&rig);
}

static void core_that_elf32_cannot_name_is_elf64(void **state)
{
	static const struct {
		uint64_t first;
		uint32_t class_bits;
	} rows[] = {
		{0xffffffff - 116 - 0x1000, 32}, {0xffffffff - 116 - 0xfff, 64}, {UINT64_MAX, 64}};
	uint8_t headers[64 + 2 * 56];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpasi_core_range ranges[2] = {{0x1000, rows[i].first, 0}, {0, 0x1000, 0}};
		struct qpasi_core_file core = {ranges, 2, 32, 164, 0};
		size_t length = qpasi_core_settle(&core);

		assert_int_equal(core.class_bits, rows[i].class_bits);
		assert_int_equal(length, core.class_bits == 32 ? 116 : 176);
		qpasi_core_headers(&core, headers);
		assert_int_equal(headers[4], core.class_bits / 32);
	}
}

static void dump_is_for_what_was_stopped_and_reads_nothing_else(void **state)
{
	(void)state;
	for (uint32_t from = 0; from < STATES; from++) {
		struct rig rig = begin_in(from);
		struct qpas_dump_target target;
		struct file file;
		int wanted = from == QPAS_STATE_STOPPED ? 0 : QPAS_ERR_STATE;

		target = target_of(&file);
		assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), wanted);
		assert_int_equal(file.size != 0, !wanted);
		assert_int_equal(rig.board->fake.calls != 0, !wanted);
		assert_int_equal(board_state(rig.context), from);
		free(file.bytes);
		end(&rig);
	}
}

static void backend_that_cannot_read_says_so_before_anything_is_started(void **state)
{
	struct qpas_backend_desc desc = fake_descriptor;
	struct qpas_dump_target target;
	struct file file;
	struct rig rig;

	(void)state;
	desc.region_read = NULL;
	rig = begin_with(&desc, board_new());
	target = target_of(&file);
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), QPAS_ERR_UNSUPP);
	assert_int_equal(rig.board->fake.calls, 0);
	assert_int_equal(boot(&rig), 0);
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), QPAS_ERR_UNSUPP);
	free(file.bytes);
	end(&rig);
}

static void start_that_failed_and_one_that_was_adopted_leave_nothing_to_dump(void **state)
{
	struct rig rig = begin();
	struct qpas_dump_target target;
	struct file file;

	(void)state;
	target = target_of(&file);
	rig.board->fake.event = QPAS_EVENT_CRASH;
	assert_int_equal(boot(&rig), QPAS_ERR_BACKEND);
	assert_int_equal(board_state(rig.context), QPAS_STATE_STOPPED);
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), QPAS_ERR_NOTFOUND);
	/* What an earlier start loaded is not what the boot loader started later. */
	rig.board->fake.event = QPAS_EVENT_READY;
	assert_int_equal(boot(&rig), 0);
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), 0);
	assert_int_equal(qpas_context_release(rig.context, &rig.err), 0);
	assert_int_equal(qpas_attach(rig.context, &rig.err), 0);
	assert_int_equal(qpas_shutdown(rig.context, &rig.err), 0);
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), QPAS_ERR_NOTFOUND);
	free(file.bytes);
	end(&rig);
}

static void failing_write_ends_the_dump_with_its_own_error(void **state)
{
	static const struct {
		int code;
		int result;
	} rows[] = {{QPAS_ERR_IO, QPAS_ERR_IO},
		    {QPAS_ERR_SPACE, QPAS_ERR_SPACE},
		    {5, QPAS_ERR_BACKEND}};
	struct rig rig = begin_in(QPAS_STATE_STOPPED);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t nth = 1; nth <= 4; nth++) {
			struct qpas_dump_target target;
			struct file file;

			target = target_of(&file);
			file.fail_at = nth;
			file.fail_code = rows[i].code;
			assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err),
					 rows[i].result);
			assert_int_equal(rig.err.code, rows[i].result);
			assert_int_equal(file.writes, nth);
			assert_int_equal(board_state(rig.context), QPAS_STATE_STOPPED);
			free(file.bytes);
		}
	}
	end(&rig);
}

static void failing_read_ends_the_dump(void **state)
{
	static const int codes[] = {QPAS_ERR_IO, QPAS_ERR_BACKEND, QPAS_ERR_UNKNOWN, -9999, 1};
	struct rig rig = begin_in(QPAS_STATE_STOPPED);

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct qpas_dump_target target;
		struct file file;

		target = target_of(&file);
		fail_at(&rig, "region_read", 2, codes[i]);
		assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err),
				 codes[i] > -9999 && codes[i] < 0 ? codes[i] : QPAS_ERR_BACKEND);
		/* Headers and the first segment; nothing of the one that could not be read. */
		assert_int_equal(file.writes, 2);
		free(file.bytes);
	}
	end(&rig);
}

/* A13, B15 */
static void dump_can_be_cancelled_and_not_called_back_into(void **state)
{
	struct rig rig = begin_in(QPAS_STATE_STOPPED);
	struct qpas_dump_target target;
	struct file file;

	(void)state;
	target = target_of(&file);
	file.context = rig.context;
	file.fail_at = 2;
	file.cancels = true;
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), QPAS_ERR_CANCELED);
	assert_int_equal(file.writes, 2);
	file.size = 0;
	file.writes = 0;
	file.cancels = false;
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), 0);
	assert_int_equal(file.called_back, QPAS_ERR_STATE);
	free(file.bytes);
	end(&rig);
}

/* A01, A02 */
static void mistakes_of_the_caller_are_refused(void **state)
{
	static const uint32_t v1 = sizeof(struct qpas_dump_target);
	static const struct {
		uint32_t size;
		bool dirty;
		int code;
	} rows[] = {
		{0, false, QPAS_ERR_ABI},
		{4, false, QPAS_ERR_ABI},
		{v1 - 1, false, QPAS_ERR_ABI},
		{v1, false, 0},
		{v1 + 8, false, 0},
		{v1 + 8, true, QPAS_ERR_ABI},
		{4096, false, 0},
		{4097, false, QPAS_ERR_ABI},
	};
	struct rig rig = begin_in(QPAS_STATE_STOPPED);
	struct qpas_dump_target target;
	struct file file;

	(void)state;
	target = target_of(&file);
	assert_int_equal(qpas_context_dump(NULL, &target, NULL), QPAS_ERR_ARG);
	assert_int_equal(qpas_context_dump(rig.context, NULL, NULL), QPAS_ERR_ARG);
	target.reserved = 1;
	assert_int_equal(qpas_context_dump(rig.context, &target, NULL), QPAS_ERR_ARG);
	target.reserved = 0;
	target.write = NULL;
	assert_int_equal(qpas_context_dump(rig.context, &target, NULL), QPAS_ERR_ARG);
	target.write = take;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		union {
			struct qpas_dump_target target;
			uint8_t bytes[8192];
		} grown;
		int code;

		memset(&grown, 0, sizeof(grown));
		grown.target = target;
		grown.target.size = rows[i].size;
		if (rows[i].dirty)
			grown.bytes[v1 + 3] = 1;
		file.size = 0;
		code = qpas_context_dump(rig.context, &grown.target, NULL);
		if (code != rows[i].code)
			fail_msg("target of %u bytes: %d", rows[i].size, code);
		assert_int_equal(file.size != 0, !code);
	}
	free(file.bytes);
	end(&rig);
}

/* A06 */
static void each_allocation_may_fail_and_a_retry_gives_the_same(void **state)
{
	struct rig rig = begin_in(QPAS_STATE_STOPPED);
	struct qpas_dump_target target;
	struct file file;
	long before = rig.board->blocks;

	(void)state;
	target = target_of(&file);
	rig.board->fail_block = 1;
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), QPAS_ERR_NOMEM);
	assert_int_equal(file.size, 0);
	assert_int_equal(rig.board->blocks, before);
	assert_int_equal(qpas_context_dump(rig.context, &target, &rig.err), 0);
	assert_int_equal(rig.board->blocks, before);
	free(file.bytes);
	end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(core_has_each_segment_at_its_address_with_its_bytes),
		cmocka_unit_test(core_of_the_second_start_is_that_of_its_own_image),
		cmocka_unit_test(core_that_elf32_cannot_name_is_elf64),
		cmocka_unit_test(dump_is_for_what_was_stopped_and_reads_nothing_else),
		cmocka_unit_test(backend_that_cannot_read_says_so_before_anything_is_started),
		cmocka_unit_test(start_that_failed_and_one_that_was_adopted_leave_nothing_to_dump),
		cmocka_unit_test(failing_write_ends_the_dump_with_its_own_error),
		cmocka_unit_test(failing_read_ends_the_dump),
		cmocka_unit_test(dump_can_be_cancelled_and_not_called_back_into),
		cmocka_unit_test(mistakes_of_the_caller_are_refused),
		cmocka_unit_test(each_allocation_may_fail_and_a_retry_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
