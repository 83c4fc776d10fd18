/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How far two releases of Linux's loader read into headers that a file does not have whole, and what
 * splits an image for them. No network: tests/oracle asks the loaders themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/refuse.h>

#include "expect.h"

#define EHDR	 52u
#define PHDR	 32u
#define HEADERS	 4u
#define FILE_MAX 4096u
#define BASE	 0x80000000u
#define REGION	 0x10000u
#define HASH_AT	 512u
#define DATA_AT	 1024u
#define DATA_END 1088u

/* Three headers of an image that both releases take, and a fourth that each case fills. */
struct file {
	uint8_t bytes[FILE_MAX];
	size_t size;
};

static void put(struct file *file, size_t at, unsigned int width, uint32_t value)
{
	for (unsigned int i = 0; i < width; i++)
		file->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

static void put_header(struct file *file, uint32_t index, uint32_t type, uint32_t offset,
		       uint32_t filesz)
{
	size_t at = EHDR + (size_t)PHDR * index;

	put(file, at, 4, type);
	put(file, at + 4, 4, offset);
	put(file, at + 12, 4, BASE);
	put(file, at + 16, 4, filesz);
	put(file, at + 20, 4, filesz);
}

static void put_flags(struct file *file, uint32_t index, uint32_t flags)
{
	put(file, EHDR + (size_t)PHDR * index + 24, 4, flags);
}

static void make_file(struct file *file)
{
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};

	memset(file, 0, sizeof(*file));
	memcpy(file->bytes, ident, sizeof(ident));
	put(file, 28, 4, EHDR);
	put(file, 42, 2, PHDR);
	put(file, 44, 2, HEADERS);
	put_header(file, 0, 0, 0, EHDR + HEADERS * PHDR);
	put_flags(file, 0, 0x07000000);
	put_header(file, 1, 0, HASH_AT, 64);
	put_flags(file, 1, 0x02000000);
	put_header(file, 2, 1, DATA_AT, DATA_END - DATA_AT);
	file->size = DATA_END;
}

static int no_part(void *user, uint32_t segment, uint64_t *bytes)
{
	(void)user;
	(void)segment;
	(void)bytes;
	return QPAS_ERR_NOTFOUND;
}

static int part_of_sixteen(void *user, uint32_t segment, uint64_t *bytes)
{
	(void)user;
	(void)segment;
	*bytes = 16;
	return 0;
}

/* The first rule that the release answers with, number 0 if it takes the file. */
static struct qpas_refusal first_of(const struct file *file, uint32_t profile,
				    int (*part)(void *user, uint32_t segment, uint64_t *bytes))
{
	struct qpas_refusal_params params = QPAS_REFUSAL_PARAMS_INIT;
	struct qpas_slice bytes = {file->bytes, file->size};
	struct qpas_refusal first = QPAS_REFUSAL_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_refusal_list *list = NULL;

	params.profile = profile;
	params.region_base = BASE;
	params.region_size = REGION;
	params.name = "adsp.mdt";
	params.part = part;
	if (qpas_refusal_check_bytes(bytes, &params, &list, &err))
		fail_msg("%s", err.text);
	if (qpas_refusal_get(list, 0, &first, NULL))
		first.rule = 0;
	qpas_refusal_list_free(list);
	return first;
}

static uint32_t first_rule(const struct file *file, uint32_t profile)
{
	return first_of(file, profile, part_of_sixteen).rule;
}

static void expect_rules(const char *row, const struct file *file, uint32_t old, uint32_t new)
{
	expect_number(row, "rule of 6.1", first_rule(file, QPAS_REFUSAL_LINUX_6_1), old);
	expect_number(row, "rule of 7.2", first_rule(file, QPAS_REFUSAL_LINUX_7_2), new);
}

static void both_releases_take_the_file_that_the_cases_change(void **state)
{
	struct file file;

	(void)state;
	make_file(&file);
	expect_rules("unchanged", &file, 0, 0);
}

/*
 * E13. A table that e_phoff places inside the file, while the one that 6.1 reads ends beyond it. The
 * last header is read by size only if no header before it split the image.
 */
static void a_cut_header_counts_only_where_6_1_reads_it(void **state)
{
	static const struct {
		const char *row;
		uint32_t split_offset;
		uint32_t present; /* bytes of the last header */
		uint32_t type;
		uint32_t rule;
	} rows[] = {
		{"all of it, nothing split", 0, 32, 0, 0},
		{"sizes there, flags not read", 0, 20, 0, 0},
		{"p_filesz cut, nothing split before", 0, 19, 0, 1207},
		{"p_filesz cut, an earlier header splits", FILE_MAX, 19, 0, 0},
		{"p_offset cut, an earlier header splits", FILE_MAX, 4, 0, 0},
		{"p_type cut, an earlier header splits", FILE_MAX, 3, 0, 1207},
		{"p_flags of a PT_LOAD cut", FILE_MAX, 27, 1, 1207},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct file file;

		make_file(&file);
		file.size = EHDR + (HEADERS - 1) * PHDR + rows[i].present;
		/* Where e_phoff says, the whole table is there. */
		put(&file, 28, 4, 0);
		put_header(&file, 0, 0, 0, 52);
		put_header(&file, 1, 0, 52, 64);
		put_flags(&file, 1, 0x02000000);
		put_header(&file, 2, 0, rows[i].split_offset, 16);
		put(&file, EHDR + (HEADERS - 1) * PHDR, 4, rows[i].type);
		expect_number(rows[i].row, "rule of 6.1", first_rule(&file, QPAS_REFUSAL_LINUX_6_1),
			      rows[i].rule);
	}
}

/* E40. 6.1 looks for parts as soon as a header lies beyond the end, even one without data. */
static void an_empty_header_beyond_the_end_splits_for_6_1_alone(void **state)
{
	static const struct {
		const char *row;
		uint32_t offset;
		uint32_t filesz;
		uint32_t old;
		uint32_t new;
	} rows[] = {
		{"empty, at the end", DATA_END, 0, 0, 0},
		{"empty, a byte beyond the end", DATA_END + 1, 0, 1225, 0},
		{"with data, at the end", DATA_END, 1, 1225, 1225},
		{"with data, the last bytes", DATA_END - 1, 1, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct file file;

		make_file(&file);
		put_header(&file, 3, 0, rows[i].offset, rows[i].filesz);
		expect_rules(rows[i].row, &file, rows[i].old, rows[i].new);
	}
}

/* Whoever fills the file as the sentence says has a file that 6.1 takes, and no byte less will do. */
static void filling_the_file_as_told_is_enough_for_6_1(void **state)
{
	struct qpas_refusal refusal;
	struct file file;

	(void)state;
	make_file(&file);
	/* Two headers without data: the one that is further away decides, whichever comes first. */
	put(&file, 44, 2, HEADERS + 1);
	put_header(&file, 0, 0, 0, EHDR + (HEADERS + 1) * PHDR);
	put_header(&file, 3, 0, 3000, 0);
	put_header(&file, 4, 0, 2000, 0);
	refusal = first_of(&file, QPAS_REFUSAL_LINUX_6_1, no_part);
	expect_number("as it is", "rule", refusal.rule, 1228);
	expect_number("as it is", "segment", refusal.segment, 2);
	expect_number("as it is", "offset", refusal.offset, 3000);
	file.size = (size_t)refusal.offset - 1;
	expect_number("a byte less", "rule", first_of(&file, QPAS_REFUSAL_LINUX_6_1, no_part).rule,
		      1228);
	file.size++;
	expect_number("as told", "rule", first_of(&file, QPAS_REFUSAL_LINUX_6_1, no_part).rule, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_releases_take_the_file_that_the_cases_change),
		cmocka_unit_test(a_cut_header_counts_only_where_6_1_reads_it),
		cmocka_unit_test(an_empty_header_beyond_the_end_splits_for_6_1_alone),
		cmocka_unit_test(filling_the_file_as_told_is_enough_for_6_1),
	};

	return cmocka_run_group_tests_name("refuse_linux", tests, NULL, NULL);
}
