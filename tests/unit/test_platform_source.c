/* SPDX-License-Identifier: BSD-3-Clause */
/* Trees from files and from folders. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failing_heap.h"
#include "platform_open.h"

/* A folder of the test's own, and paths in it. */
static char folder[64];
static char path[4][128];

static int make_folder(void **state)
{
	(void)state;
	strncpy(folder, "/tmp/qpas-platform-XXXXXX", sizeof(folder) - 1);
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < 4; i++)
		(void)snprintf(path[i], sizeof(path[i]), "%s/%c", folder, (char)('a' + i));
	return 0;
}

static int remove_one(const char *name, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(name);
}

static int remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *name, const void *bytes, size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(close(fd), 0);
}

static int open_names(size_t count, const struct qpas_params *params, struct qpas_platform **out,
		      struct qpas_error *err)
{
	const char *const names[] = {path[0], path[1], path[2], path[3]};

	return qpas_platform_open_file(names, count, params, out, err);
}

static void reads_a_file_and_its_overlays(void **state)
{
	struct test_tree base = test_tree_lemans();
	struct test_tree overlay = test_tree_overlay();
	struct qpas_slice slice = test_tree_slice(&base);
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;

	(void)state;
	write_file(path[0], slice.ptr, slice.len);
	test_tree_add_node(&overlay, "/", "fragment@0");
	test_tree_set_text(&overlay, "/fragment@0", "target-path", "/soc@0/remoteproc@30000000");
	test_tree_add_node(&overlay, "/fragment@0", "__overlay__");
	test_tree_set_text(&overlay, "/fragment@0/__overlay__", "status", "disabled");
	slice = test_tree_slice(&overlay);
	write_file(path[1], slice.ptr, slice.len);
	assert_int_equal(open_names(1, NULL, &platform, &err), 0);
	assert_string_equal(must_find(platform, "adsp").status, "okay");
	qpas_platform_unref(platform);
	assert_int_equal(open_names(2, NULL, &platform, &err), 0);
	assert_string_equal(must_find(platform, "adsp").status, "disabled");
	qpas_platform_unref(platform);
	test_tree_free(&base);
	test_tree_free(&overlay);
}

static void reads_an_unpacked_tree(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *unpacked;
	struct qpas_platform *packed;
	int ret;

	(void)state;
	assert_int_equal(mkdir(path[0], 0700), 0);
	(void)test_tree_slice(&tree);
	test_tree_unpack(&tree, path[0]);
	ret = open_names(1, NULL, &unpacked, &err);
	if (ret)
		fail_msg("%s", err.text);
	packed = must_open(&tree);
	assert_int_equal(qpas_platform_count(unpacked), qpas_platform_count(packed));
	assert_string_equal(qpas_platform_model(unpacked), qpas_platform_model(packed));
	for (uint32_t i = 0; i < qpas_platform_count(packed); i++) {
		struct qpas_peripheral wanted = QPAS_PERIPHERAL_INIT;
		struct qpas_peripheral got;

		assert_int_equal(qpas_platform_peripheral(packed, i, &wanted, &err), 0);
		/* Folders have no order: look it up by path. */
		got = must_find(unpacked, wanted.path);
		assert_string_equal(got.name, wanted.name);
		assert_int_equal(got.flags, wanted.flags);
		assert_int_equal(got.lacks, wanted.lacks);
		assert_int_equal(got.pas_id, wanted.pas_id);
		assert_int_equal(got.carveouts[0].address, wanted.carveouts[0].address);
		assert_int_equal(got.stream_count, wanted.stream_count);
	}
	qpas_platform_unref(unpacked);
	qpas_platform_unref(packed);
}

static void unpacked_tree_is_checked_like_any(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;

	(void)state;
	assert_int_equal(mkdir(path[0], 0700), 0);
	test_tree_cells(&tree, "/soc@0/remoteproc@30000000", "memory-region", 0x1234);
	test_tree_unpack(&tree, path[0]);
	assert_int_equal(open_names(1, NULL, &platform, &err), QPAS_ERR_FORMAT);
	assert_int_equal(err.message_id, 806);
	test_tree_free(&tree);
}

static void unpacked_tree_has_a_largest_size(void **state)
{
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct test_tree tree = test_tree_lemans();
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;

	(void)state;
	assert_int_equal(mkdir(path[0], 0700), 0);
	test_tree_unpack(&tree, path[0]);
	params.limits = &limits;
	for (limits.dtb_bytes = 32; limits.dtb_bytes < 2500; limits.dtb_bytes += 61) {
		assert_int_equal(open_names(1, &params, &platform, &err), QPAS_ERR_LIMIT);
		assert_null(platform);
	}
	test_tree_free(&tree);
}

static void unpacked_tree_has_a_largest_depth(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	char deep[256] = {0};

	(void)state;
	strncpy(deep, path[0], sizeof(deep) - 1);
	for (int i = 0; i < 66; i++) {
		assert_int_equal(mkdir(deep, 0700), 0);
		strncat(deep, "/d", sizeof(deep) - strlen(deep) - 1);
	}
	assert_int_equal(open_names(1, NULL, &platform, &err), QPAS_ERR_LIMIT);
	assert_int_equal(err.message_id, 804);
}

/* F09, and what else a name may stand for. */
static void other_files_are_refused_at_once(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice slice = test_tree_slice(&tree);

	(void)state;
	assert_int_equal(open_names(1, NULL, &platform, &err), QPAS_ERR_NOTFOUND);
	assert_int_equal(err.os_errno, ENOENT);
	assert_non_null(strstr(err.text, path[0]));
	assert_int_equal(mkfifo(path[0], 0600), 0);
	assert_int_equal(open_names(1, NULL, &platform, &err), QPAS_ERR_POLICY);
	assert_int_equal(unlink(path[0]), 0);
	write_file(path[0], "", 0);
	assert_int_equal(open_names(1, NULL, &platform, &err), QPAS_ERR_TRUNC);
	write_file(path[0],
		   "\x7f"
		   "ELF and more than forty bytes of other things",
		   46);
	assert_int_equal(open_names(1, NULL, &platform, &err), QPAS_ERR_FORMAT);
	assert_int_equal(err.message_id, 805);
	/* A folder is a base tree, never an overlay. */
	write_file(path[0], slice.ptr, slice.len);
	assert_int_equal(mkdir(path[1], 0700), 0);
	assert_int_equal(open_names(2, NULL, &platform, &err), QPAS_ERR_POLICY);
	assert_null(platform);
	test_tree_free(&tree);
}

/* F10 */
static void sparse_giant_is_refused_unread(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	int fd = open(path[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(open_names(1, NULL, &platform, &err), QPAS_ERR_LIMIT);
	assert_int_equal(err.message_id, 205);
}

static void link_inside_an_unpacked_tree_is_no_property(void **state)
{
	struct test_tree tree = test_tree_bare("qcom,board");
	struct qpas_platform *platform;
	char inside[256];

	(void)state;
	assert_int_equal(mkdir(path[0], 0700), 0);
	test_tree_unpack(&tree, path[0]);
	(void)snprintf(inside, sizeof(inside), "%s/model", path[0]);
	write_file(path[1], "secret", 7);
	assert_int_equal(symlink(path[1], inside), 0);
	assert_int_equal(open_names(1, NULL, &platform, NULL), 0);
	assert_string_equal(qpas_platform_model(platform), "qcom,board");
	qpas_platform_unref(platform);
	test_tree_free(&tree);
}

static void no_descriptor_is_left_open(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform;
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int after;

	(void)state;
	assert_int_equal(close(before), 0);
	assert_int_equal(mkdir(path[0], 0700), 0);
	test_tree_unpack(&tree, path[0]);
	assert_int_equal(open_names(1, NULL, &platform, NULL), 0);
	qpas_platform_unref(platform);
	assert_int_equal(open_names(2, NULL, &platform, NULL), QPAS_ERR_NOTFOUND);
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(after, before);
	assert_int_equal(close(after), 0);
	test_tree_free(&tree);
}

/* A06 */
static void every_failed_allocation_is_survived(void **state)
{
	struct heap all = {0, UINT32_MAX, 0, 0, false};
	struct qpas_allocator allocator = {sizeof(allocator), 0,	 heap_malloc,
					   heap_realloc,      heap_free, &all};
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform;

	(void)state;
	assert_int_equal(mkdir(path[0], 0700), 0);
	test_tree_unpack(&tree, path[0]);
	params.allocator = &allocator;
	assert_int_equal(open_names(1, &params, &platform, NULL), 0);
	qpas_platform_unref(platform);
	assert_int_equal(all.live, 0);
	for (uint32_t n = 1; n <= all.calls; n++) {
		struct heap heap = {0, n, 0, 0, n % 2 != 0};

		allocator.user = &heap;
		assert_int_equal(open_names(1, &params, &platform, NULL), QPAS_ERR_NOMEM);
		assert_int_equal(heap.live, 0);
	}
	test_tree_free(&tree);
}

static void system_without_a_tree_says_so(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;
	int ret = qpas_platform_open_system(NULL, &platform, &err);
	bool has_tree = access("/proc/device-tree", F_OK) == 0 ||
			access("/sys/firmware/fdt", F_OK) == 0;

	(void)state;
	if (has_tree) {
		/* Whatever machine this is: its tree reads, or the refusal has a reason. */
		assert_true(ret == 0 || err.message_id != 814);
	} else {
		assert_int_equal(ret, QPAS_ERR_NOTFOUND);
		assert_int_equal(err.message_id, 814);
	}
	qpas_platform_unref(platform);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_file_and_its_overlays),
		TEST(reads_an_unpacked_tree),
		TEST(unpacked_tree_is_checked_like_any),
		TEST(unpacked_tree_has_a_largest_size),
		TEST(unpacked_tree_has_a_largest_depth),
		TEST(other_files_are_refused_at_once),
		TEST(sparse_giant_is_refused_unread),
		TEST(link_inside_an_unpacked_tree_is_no_property),
		TEST(no_descriptor_is_left_open),
		TEST(every_failed_allocation_is_survived),
		TEST(system_without_a_tree_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
