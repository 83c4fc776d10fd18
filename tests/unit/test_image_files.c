/* SPDX-License-Identifier: BSD-3-Clause */
/* Images as files: names, links, parts, and what the file system may do meanwhile. */
/* WRAPS: pread memfd_create syscall fcntl fstat */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <qpas/image.h>

#include "support/image_builder.h"
#include "support/must.h"

/* What the system calls below the library do; all zero: what they always do. */
static struct {
	bool one_byte; /* pread gives one byte at a time */
	unsigned int interrupts; /* and fails with EINTR before each success */
	unsigned int again; /* first reads fail with EAGAIN */
	size_t ends_at; /* and the file seems to end there */
	int read_errno;
	const char *grow; /* a file to append to during the first read */
	const char *cut; /* a file to shorten during the first read */
	const char *touch; /* a file to write into during the first read */
	bool no_memfd;
	bool no_seals;
	bool no_openat2;
	int open_errno;
	int stat_errno;
	int seals; /* seals that were put on a file */
} fake;

ssize_t __real_pread(int fd, void *to, size_t bytes, off_t at);
ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t at);
int __real_memfd_create(const char *name, unsigned int flags);
int __wrap_memfd_create(const char *name, unsigned int flags);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __real_fstat(int fd, struct stat *info);
int __wrap_fstat(int fd, struct stat *info);

static void disturb(void)
{
	int fd = -1;

	if (fake.grow)
		fd = open(fake.grow, O_WRONLY | O_APPEND | O_CLOEXEC);
	else if (fake.touch)
		fd = open(fake.touch, O_WRONLY | O_CLOEXEC);
	if (fake.grow || fake.touch) {
		/* file times have the resolution of a timer tick */
		(void)usleep(20000);
		test_must(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0, "change a file");
	}
	if (fake.cut)
		test_must(truncate(fake.cut, 100) == 0, "shorten a file");
	fake.grow = fake.cut = fake.touch = NULL;
}

ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t at)
{
	static bool interrupted;

	disturb();
	if (fake.read_errno) {
		errno = fake.read_errno;
		return -1;
	}
	if (fake.again) {
		fake.again--;
		errno = EAGAIN;
		return -1;
	}
	if (fake.interrupts) {
		interrupted = !interrupted;
		if (interrupted) {
			errno = EINTR;
			return -1;
		}
	}
	if (fake.ends_at && (size_t)at >= fake.ends_at)
		return 0;
	if (fake.ends_at && (size_t)at + bytes > fake.ends_at)
		bytes = fake.ends_at - (size_t)at;
	return __real_pread(fd, to, fake.one_byte && bytes ? 1 : bytes, at);
}

int __wrap_memfd_create(const char *name, unsigned int flags)
{
	if (fake.no_memfd) {
		errno = ENOSYS;
		return -1;
	}
	return __real_memfd_create(name, flags);
}

long __wrap_syscall(long number, ...)
{
	va_list list;
	long a, b, c, d;

	va_start(list, number);
	a = va_arg(list, long);
	b = va_arg(list, long);
	c = va_arg(list, long);
	d = va_arg(list, long);
	va_end(list);
	if (number == SYS_openat2 && (fake.no_openat2 || fake.open_errno)) {
		errno = fake.open_errno ? fake.open_errno : ENOSYS;
		return -1;
	}
	return __real_syscall(number, a, b, c, d);
}

int __wrap_fcntl(int fd, int command, ...)
{
	va_list list;
	long argument;

	va_start(list, command);
	argument = va_arg(list, long);
	va_end(list);
	if (command == F_ADD_SEALS && fake.no_seals) {
		errno = EINVAL;
		return -1;
	}
	if (command == F_ADD_SEALS && argument == (int)argument)
		fake.seals |= (int)argument;
	return __real_fcntl(fd, command, argument);
}

int __wrap_fstat(int fd, struct stat *info)
{
	if (fake.stat_errno) {
		errno = fake.stat_errno;
		return -1;
	}
	return __real_fstat(fd, info);
}

static unsigned int count_descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 256; fd++) {
		if (__real_fcntl(fd, F_GETFD, 0) >= 0)
			count++;
	}
	return count;
}

struct folder {
	char path[64];
	int fd;
	struct test_image image;
	unsigned int descriptors;
};

static int setup(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	test_must(folder != NULL, "memory");
	memset(&fake, 0, sizeof(fake));
	folder->fd = test_folder_new(folder->path);
	test_image_build(&folder->image, NULL);
	folder->descriptors = count_descriptors();
	*state = folder;
	return 0;
}

/* A07: whatever happened, nothing stays open. */
static int teardown(void **state)
{
	struct folder *folder = *state;
	unsigned int now = count_descriptors();

	memset(&fake, 0, sizeof(fake));
	test_folder_remove(folder->path, folder->fd);
	test_image_free(&folder->image);
	if (now != folder->descriptors)
		fprintf(stderr, "%u descriptors open, %u before\n", now, folder->descriptors);
	now -= folder->descriptors;
	free(folder);
	return now ? -1 : 0;
}

static int try_open(const struct folder *folder, const char *name, uint64_t flags,
		    struct qpas_error *err)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_image *image = NULL;
	int result;

	params.flags = flags;
	result = qpas_image_open(folder->fd, name, &params, &image, err);
	if ((result == 0) != (image != NULL))
		fail_msg("%s: result %d, image %p", name, result, (void *)image);
	qpas_image_unref(image);
	return result;
}

static void expect(const struct folder *folder, const char *name, int wanted)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	int result = try_open(folder, name, 0, &err);

	if (result != wanted)
		fail_msg("%s: got %d (%s), want %d", name, result, err.text, wanted);
	if (result && (err.code != result || !err.text[0]))
		fail_msg("%s: error code %d, text \"%s\"", name, err.code, err.text);
}

static void path_in(const struct folder *folder, const char *name, char path[400])
{
	(void)snprintf(path, 400, "%s/%s", folder->path, name);
}

static void f05_names_that_leave_the_rules_are_refused(void **state)
{
	struct folder *folder = *state;
	char longest[300];
	const char *names[] = {"..",
			       "../x.mbn",
			       "a/../x.mbn",
			       "a/..",
			       "/etc/passwd",
			       "/",
			       "",
			       longest,
			       "x\n.mbn",
			       "x\x1b[0m",
			       "x\x7f",
			       "x%n.mbn",
			       "\xff.mbn",
			       "\xc0\xae",
			       "\xed\xa0\x80",
			       "x.mbn/",
			       "a//x.mbn",
			       "\xe2\x82",
			       "\xf4\x90\x80\x80",
			       "\xe0\x80\xae",
			       "\xf0\x80\x80\xae"};

	memset(longest, 'a', sizeof(longest));
	longest[256] = '\0';
	test_image_write(&folder->image, folder->fd, "x.mbn");
	/* before any open: an open would give another error */
	fake.open_errno = EIO;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct qpas_image *image = NULL;

		expect(folder, names[i], QPAS_ERR_POLICY);
		assert_int_equal(qpas_image_open_fd(folder->fd, names[i], NULL, &image, NULL),
				 QPAS_ERR_POLICY);
	}
	longest[255] = '\0';
	expect(folder, longest, QPAS_ERR_IO);
}

static void f05_names_with_folders_dots_and_utf8_are_fine(void **state)
{
	struct folder *folder = *state;

	assert_int_equal(mkdirat(folder->fd, "qcom", 0755), 0);
	assert_int_equal(mkdirat(folder->fd, "qcom/sa8775p", 0755), 0);
	test_image_write(&folder->image, folder->fd, "qcom/sa8775p/adsp.mbn");
	test_image_write(&folder->image, folder->fd, "..adsp..mbn");
	test_image_write(&folder->image, folder->fd, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	for (int fallback = 0; fallback < 2; fallback++) {
		fake.no_openat2 = fallback;
		expect(folder, "qcom/sa8775p/adsp.mbn", 0);
		expect(folder, "./qcom/./sa8775p/adsp.mbn", 0);
		expect(folder, "..adsp..mbn", 0);
		expect(folder, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 0);
		expect(folder, "qcom/missing.mbn", QPAS_ERR_NOTFOUND);
		expect(folder, "missing/adsp.mbn", QPAS_ERR_NOTFOUND);
		expect(folder, "..adsp..mbn/x", QPAS_ERR_NOTFOUND);
	}
}

/* Name of a link, its target, what opening it gives. */
struct link_case {
	const char *name;
	const char *target;
	int result;
};

static const struct link_case links[] = {
	{"inside", "sub/real.mbn", 0},
	{"inside-again", "inside", 0},
	{"sub/up-and-down", "../sub/real.mbn", 0},
	{"sub/two", ".././inside-again", 0},
	{"folder", "sub", 0},
	{"absolute", "/etc/hostname", QPAS_ERR_POLICY},
	{"leaving", "../outside.mbn", QPAS_ERR_POLICY},
	{"sub/leaving", "../../outside.mbn", QPAS_ERR_POLICY},
	{"leaves-and-returns", "../../../../../../../../etc/hostname", QPAS_ERR_POLICY},
	{"loop", "loop", QPAS_ERR_POLICY},
	{"ping", "pong", QPAS_ERR_POLICY},
	{"pong", "ping", QPAS_ERR_POLICY},
	{"dangling", "nothing", QPAS_ERR_NOTFOUND},
	{"absolute-folder", "/etc", QPAS_ERR_POLICY},
};

static void f08_links_may_not_leave_the_folder(void **state)
{
	struct folder *folder = *state;

	assert_int_equal(mkdirat(folder->fd, "sub", 0755), 0);
	test_image_write(&folder->image, folder->fd, "sub/real.mbn");
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		assert_int_equal(symlinkat(links[i].target, folder->fd, links[i].name), 0);
	for (int fallback = 0; fallback < 2; fallback++) {
		fake.no_openat2 = fallback;
		for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
			if (strcmp(links[i].name, "folder") &&
			    strcmp(links[i].name, "absolute-folder"))
				expect(folder, links[i].name, links[i].result);
		}
		expect(folder, "folder/real.mbn", 0);
		expect(folder, "folder/up-and-down", 0);
		expect(folder, "absolute-folder/hostname", QPAS_ERR_POLICY);
		/* a link as a middle component that goes nowhere near a folder */
		expect(folder, "inside/x", QPAS_ERR_NOTFOUND);
		expect(folder, "loop/x", QPAS_ERR_POLICY);
	}
}

static void f08_links_can_be_forbidden(void **state)
{
	struct folder *folder = *state;

	assert_int_equal(mkdirat(folder->fd, "sub", 0755), 0);
	test_image_write(&folder->image, folder->fd, "sub/real.mbn");
	assert_int_equal(symlinkat("sub/real.mbn", folder->fd, "inside"), 0);
	assert_int_equal(symlinkat("sub", folder->fd, "folder"), 0);
	for (int fallback = 0; fallback < 2; fallback++) {
		struct qpas_error err = QPAS_ERROR_INIT;

		fake.no_openat2 = fallback;
		assert_int_equal(try_open(folder, "sub/real.mbn", QPAS_PARAMS_NO_SYMLINKS, &err),
				 0);
		assert_int_equal(try_open(folder, "inside", QPAS_PARAMS_NO_SYMLINKS, &err),
				 QPAS_ERR_POLICY);
		assert_int_equal(try_open(folder, "folder/real.mbn", QPAS_PARAMS_NO_SYMLINKS, &err),
				 QPAS_ERR_POLICY);
	}
}

static void f08_magic_links_are_refused(void **state)
{
	struct folder proc = {.fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};

	(void)state;
	assert_true(proc.fd >= 0);
	for (int fallback = 0; fallback < 2; fallback++) {
		fake.no_openat2 = fallback;
		expect(&proc, "exe", QPAS_ERR_POLICY);
		expect(&proc, "root/etc/hostname", QPAS_ERR_POLICY);
		expect(&proc, "cwd/x", QPAS_ERR_POLICY);
	}
	(void)close(proc.fd);
}

static void f09_only_regular_files_are_read(void **state)
{
	struct folder *folder = *state;
	struct folder dev = {.fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct qpas_image *image = NULL;
	int ends[2];

	assert_true(listener >= 0 && dev.fd >= 0);
	assert_int_equal(mkfifoat(folder->fd, "fifo.mbn", 0644), 0);
	assert_int_equal(mkdirat(folder->fd, "folder.mbn", 0755), 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket.mbn", folder->path);
	assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	(void)alarm(20); /* a FIFO nobody writes to would wait for ever */
	for (int fallback = 0; fallback < 2; fallback++) {
		fake.no_openat2 = fallback;
		expect(folder, "fifo.mbn", QPAS_ERR_POLICY);
		expect(folder, "folder.mbn", QPAS_ERR_POLICY);
		expect(folder, "socket.mbn", QPAS_ERR_POLICY);
		expect(&dev, "null", QPAS_ERR_POLICY);
		expect(&dev, "zero", QPAS_ERR_POLICY);
	}
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(qpas_image_open_fd(ends[0], "x", NULL, &image, NULL), QPAS_ERR_POLICY);
	(void)alarm(0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(listener);
	(void)close(dev.fd);
}

static void f10_a_sparse_tebibyte_is_refused_unread(void **state)
{
	struct folder *folder = *state;
	char path[400];

	test_file_write(folder->fd, "huge.mbn", "", 0);
	path_in(folder, "huge.mbn", path);
	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	fake.read_errno = EIO; /* a read would say so */
	expect(folder, "huge.mbn", QPAS_ERR_LIMIT);
}

static void f11_errors_of_the_system_are_kept(void **state)
{
	static const int reasons[] = {EACCES, EMFILE, ENFILE, EIO, ENOMEM};
	struct folder *folder = *state;

	test_image_write(&folder->image, folder->fd, "x.mbn");
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct qpas_error err = QPAS_ERROR_INIT;

		fake.open_errno = reasons[i];
		assert_int_equal(try_open(folder, "x.mbn", 0, &err), QPAS_ERR_IO);
		assert_int_equal(err.os_errno, reasons[i]);
		assert_int_equal(err.stage, QPAS_STAGE_OPEN);
	}
	fake.open_errno = 0;
	for (int which = 0; which < 2; which++) {
		struct qpas_error err = QPAS_ERROR_INIT;

		fake.read_errno = which ? 0 : EIO;
		fake.stat_errno = which ? EIO : 0;
		assert_int_equal(try_open(folder, "x.mbn", 0, &err), QPAS_ERR_IO);
		assert_int_equal(err.os_errno, EIO);
		assert_int_equal(err.stage, QPAS_STAGE_READ);
	}
}

static void f12_short_and_interrupted_reads_are_continued(void **state)
{
	struct folder *folder = *state;

	test_image_write(&folder->image, folder->fd, "x.mbn");
	fake.one_byte = true;
	expect(folder, "x.mbn", 0);
	fake.interrupts = 1;
	expect(folder, "x.mbn", 0);
	fake.one_byte = false;
	fake.interrupts = 0;
	fake.again = 3;
	expect(folder, "x.mbn", 0);
}

static void f12_a_file_that_is_never_ready_is_given_up(void **state)
{
	struct folder *folder = *state;

	test_image_write(&folder->image, folder->fd, "x.mbn");
	fake.again = 1000000;
	(void)alarm(20);
	expect(folder, "x.mbn", QPAS_ERR_IO);
	(void)alarm(0);
}

static void f13_an_early_end_is_truncated(void **state)
{
	struct folder *folder = *state;

	test_image_write(&folder->image, folder->fd, "x.mbn");
	fake.ends_at = folder->image.size - 1;
	expect(folder, "x.mbn", QPAS_ERR_TRUNC);
	fake.ends_at = 1;
	expect(folder, "x.mbn", QPAS_ERR_TRUNC);
}

static void f03_a_file_that_changes_meanwhile_is_refused(void **state)
{
	struct folder *folder = *state;
	char path[400];

	path_in(folder, "x.mbn", path);
	test_image_write(&folder->image, folder->fd, "x.mbn");
	fake.grow = path;
	expect(folder, "x.mbn", QPAS_ERR_CHANGED);
	test_image_write(&folder->image, folder->fd, "x.mbn");
	fake.cut = path;
	expect(folder, "x.mbn", QPAS_ERR_CHANGED);
	test_image_write(&folder->image, folder->fd, "x.mbn");
	fake.touch = path;
	expect(folder, "x.mbn", QPAS_ERR_CHANGED);
	test_image_write(&folder->image, folder->fd, "x.mbn");
	expect(folder, "x.mbn", 0);
}

static void f04_later_changes_do_not_reach_an_open_image(void **state)
{
	struct folder *folder = *state;
	struct qpas_image *image = NULL;
	struct test_image other;
	struct qpas_slice data;

	for (int anonymous = 0; anonymous < 2; anonymous++) {
		fake.no_memfd = anonymous;
		fake.seals = 0;
		test_image_write(&folder->image, folder->fd, "x.mbn");
		assert_int_equal(qpas_image_open(folder->fd, "x.mbn", NULL, &image, NULL), 0);
		assert_int_equal(fake.seals, anonymous ? 0 :
							 F_SEAL_SHRINK | F_SEAL_GROW |
								 F_SEAL_WRITE | F_SEAL_SEAL);
		test_image_copy(&other, &folder->image);
		memset(other.bytes, 0x11, other.size);
		test_image_write(&other, folder->fd, "x.mbn"); /* in place */
		test_image_write(&other, folder->fd, "y.mbn");
		assert_int_equal(renameat(folder->fd, "y.mbn", folder->fd, "x.mbn"), 0);
		assert_int_equal(qpas_image_segment_data(image, 2, &data, NULL), 0);
		assert_memory_equal(data.ptr,
				    folder->image.bytes +
					    test_phdr_get(&folder->image, 2, TEST_P_OFFSET),
				    data.len);
		qpas_image_unref(image);
		test_image_free(&other);
	}
}

static void f14_low_descriptors_are_as_good_as_others(void **state)
{
	struct folder *folder = *state;
	int status = 0;
	pid_t child;

	test_image_write_split(&folder->image, folder->fd, "x");
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct qpas_image *image = NULL;
		int result;

		(void)close(0);
		(void)close(1);
		(void)close(2);
		result = qpas_image_open(folder->fd, "x.mdt", NULL, &image, NULL);
		qpas_image_unref(image);
		_exit(result == 0 && __real_fcntl(0, F_GETFD, 0) < 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void f15_works_without_memfd_and_without_sealing(void **state)
{
	struct folder *folder = *state;
	struct qpas_image *image = NULL;
	struct qpas_slice data;
	unsigned long from, to;
	char line[256], rights[8];

	test_image_write_split(&folder->image, folder->fd, "x");
	for (int which = 0; which < 2; which++) {
		bool found = false;
		FILE *maps;

		fake.no_memfd = which == 0;
		fake.no_seals = which == 1;
		assert_int_equal(qpas_image_open(folder->fd, "x.mdt", NULL, &image, NULL), 0);
		assert_int_equal(qpas_image_segment_data(image, 3, &data, NULL), 0);
		assert_memory_equal(data.ptr,
				    folder->image.bytes +
					    test_phdr_get(&folder->image, 3, TEST_P_OFFSET),
				    data.len);
		maps = fopen("/proc/self/maps", "re");
		assert_non_null(maps);
		while (!found && fgets(line, sizeof(line), maps)) {
			if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3)
				found = (uintptr_t)data.ptr >= from && (uintptr_t)data.ptr < to;
		}
		(void)fclose(maps);
		assert_true(found);
		assert_string_equal(rights, "r--p");
		qpas_image_unref(image);
	}
}

static void f17_a_wrong_folder_descriptor_is_an_error(void **state)
{
	struct folder *folder = *state;
	struct folder wrong = {.fd = -1};

	test_image_write(&folder->image, folder->fd, "x.mbn");
	for (int fallback = 0; fallback < 2; fallback++) {
		fake.no_openat2 = fallback;
		wrong.fd = 250;
		expect(&wrong, "x.mbn", QPAS_ERR_IO);
		wrong.fd = openat(folder->fd, "x.mbn", O_RDONLY | O_CLOEXEC);
		expect(&wrong, "x.mbn", QPAS_ERR_IO);
		(void)close(wrong.fd);
	}
}

static void f01_a_missing_part_is_named(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;

	test_image_write_split(&folder->image, folder->fd, "x");
	expect(folder, "x.mdt", 0);
	assert_int_equal(unlinkat(folder->fd, "x.b02", 0), 0);
	assert_int_equal(try_open(folder, "x.mdt", 0, &err), QPAS_ERR_NOTFOUND);
	assert_int_equal(err.segment, 2);
	assert_int_equal(err.os_errno, ENOENT);
	assert_non_null(strstr(err.text, "x.b02"));
}

static void f02_a_part_has_exactly_its_size(void **state)
{
	struct folder *folder = *state;
	const uint8_t *data = folder->image.bytes + test_phdr_get(&folder->image, 2, TEST_P_OFFSET);

	test_image_write_split(&folder->image, folder->fd, "x");
	test_file_write(folder->fd, "x.b02", data, 0x1233);
	expect(folder, "x.mdt", QPAS_ERR_TRUNC);
	test_file_write(folder->fd, "x.b02", data, 0);
	expect(folder, "x.mdt", QPAS_ERR_TRUNC);
	test_file_write(folder->fd, "x.b02", data, 0x1235);
	expect(folder, "x.mdt", QPAS_ERR_FORMAT);
	test_file_write(folder->fd, "x.b02", data, 0x1234);
	expect(folder, "x.mdt", 0);
	/* header 4 has no data: its part never existed */
	assert_int_equal(faccessat(folder->fd, "x.b04", F_OK, 0), -1);
}

static void parts_obey_the_rules_for_names_and_kinds(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;

	test_image_write_split(&folder->image, folder->fd, "x");
	assert_int_equal(unlinkat(folder->fd, "x.b02", 0), 0);
	assert_int_equal(symlinkat("/etc/hostname", folder->fd, "x.b02"), 0);
	assert_int_equal(try_open(folder, "x.mdt", 0, &err), QPAS_ERR_POLICY);
	assert_int_equal(err.segment, 2);
	assert_int_equal(unlinkat(folder->fd, "x.b02", 0), 0);
	assert_int_equal(mkfifoat(folder->fd, "x.b02", 0644), 0);
	expect(folder, "x.mdt", QPAS_ERR_POLICY);
}

static void f06_only_the_last_suffix_counts(void **state)
{
	static const char *const whole[] = {"x", "x.MDT", "x.elf", "x.melf", "mdt", "x.mdt.mbn"};
	struct folder *folder = *state;
	struct test_image cut;

	assert_int_equal(mkdirat(folder->fd, "a.mdt.d", 0755), 0);
	test_image_write_split(&folder->image, folder->fd, "a.mdt.d/x");
	expect(folder, "a.mdt.d/x.mdt", 0);
	test_image_write_split(&folder->image, folder->fd, "");
	expect(folder, ".mdt", 0);
	test_image_copy(&cut, &folder->image);
	test_image_resize(&cut, cut.size - 1);
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		test_image_write(&folder->image, folder->fd, whole[i]);
		expect(folder, whole[i], 0);
		test_image_write(&cut, folder->fd, whole[i]);
		expect(folder, whole[i], QPAS_ERR_TRUNC);
	}
	test_image_free(&cut);
}

static void f07_part_names_have_two_digits_or_as_many_as_needed(void **state)
{
	struct folder *folder = *state;
	struct test_segment *segments = calloc(126, sizeof(*segments));
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct qpas_image *image = NULL;
	struct test_image large;
	struct qpas_slice data;
	char name[300];

	assert_non_null(segments);
	for (uint32_t i = 0; i < 126; i++) {
		segments[i].type = TEST_PT_LOAD;
		segments[i].flags = TEST_FLAGS_RELOCATABLE;
		segments[i].paddr = 0x80000000 + i * 0x100;
		segments[i].filesz = i + 1;
		segments[i].memsz = 0x100;
	}
	spec.segments = segments;
	spec.segment_count = 126;
	test_image_build(&large, &spec);
	test_image_write_split(&large, folder->fd, "x");
	assert_int_equal(faccessat(folder->fd, "x.b09", F_OK, 0), 0);
	assert_int_equal(faccessat(folder->fd, "x.b127", F_OK, 0), 0);
	assert_int_equal(qpas_image_open(folder->fd, "x.mdt", NULL, &image, NULL), 0);
	for (uint32_t i = 2; i < 128; i++) {
		assert_int_equal(qpas_image_segment_data(image, i, &data, NULL), 0);
		assert_int_equal(data.len, i - 1);
		assert_memory_equal(data.ptr, large.bytes + test_phdr_get(&large, i, TEST_P_OFFSET),
				    data.len);
	}
	qpas_image_unref(image);
	/* 255 bytes; part 100 and above would have 256 */
	memset(name, 'n', 251);
	name[251] = '\0';
	test_image_write_split(&folder->image, folder->fd, name);
	memcpy(name + 251, ".mdt", 5);
	expect(folder, name, 0);
	test_image_free(&large);
	free(segments);
}

static void f07_a_part_name_above_255_bytes_is_a_limit(void **state)
{
	struct folder *folder = *state;
	struct test_segment *segments = calloc(100, sizeof(*segments));
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
	struct test_image large;
	char name[300];

	assert_non_null(segments);
	segments[98].type = TEST_PT_LOAD;
	segments[98].flags = TEST_FLAGS_RELOCATABLE;
	segments[98].paddr = 0x80000000;
	segments[98].filesz = segments[98].memsz = 16;
	spec.segments = segments;
	spec.segment_count = 100;
	test_image_build(&large, &spec);
	assert_int_equal(test_phdr_get(&large, 100, TEST_P_FILESZ), 16);
	test_image_resize(&large, (size_t)test_phdr_get(&large, 100, TEST_P_OFFSET));
	memset(name, 'n', 251);
	memcpy(name + 251, ".mdt", 5);
	test_image_write(&large, folder->fd, name);
	expect(folder, name, QPAS_ERR_LIMIT);
	test_image_free(&large);
	free(segments);
}

static void assert_same_image(const struct qpas_image *a, const struct qpas_image *b)
{
	struct qpas_image_info left = QPAS_IMAGE_INFO_INIT;
	struct qpas_image_info right = QPAS_IMAGE_INFO_INIT;
	struct qpas_slice x, y;

	assert_int_equal(qpas_image_describe(a, &left, NULL), 0);
	assert_int_equal(qpas_image_describe(b, &right, NULL), 0);
	assert_int_equal(left.flags | QPAS_IMAGE_SPLIT, right.flags | QPAS_IMAGE_SPLIT);
	assert_int_equal(left.segments, right.segments);
	assert_int_equal(left.load_min, right.load_min);
	assert_int_equal(left.load_size, right.load_size);
	assert_int_equal(left.hash_segment, right.hash_segment);
	assert_int_equal(left.load_code, 0);
	assert_int_equal(right.load_code, 0);
	assert_int_equal(qpas_image_metadata(a, &x, NULL), 0);
	assert_int_equal(qpas_image_metadata(b, &y, NULL), 0);
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.ptr, y.ptr, x.len);
	for (uint32_t i = 0; i < left.segments; i++) {
		assert_int_equal(qpas_image_segment_data(a, i, &x, NULL), 0);
		assert_int_equal(qpas_image_segment_data(b, i, &y, NULL), 0);
		assert_int_equal(x.len, y.len);
		if (x.len)
			assert_memory_equal(x.ptr, y.ptr, x.len);
	}
}

/* E39, with the hash segment in each of the places of E44 */
static void merged_and_split_images_are_the_same(void **state)
{
	struct folder *folder = *state;

	for (uint32_t elf_class = 32; elf_class <= 64; elf_class += 32) {
		for (int way = 0; way < 4; way++) {
			struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;
			struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
			struct qpas_image *merged = NULL;
			struct qpas_image *split = NULL;
			struct test_image image;
			size_t headers;

			spec.elf_class = elf_class;
			spec.mbn_version = way % 2 ? 7 : 6;
			spec.hash_position = way % 2 ? TEST_HASH_LAST : TEST_HASH_SECOND;
			test_image_build(&image, &spec);
			headers = (size_t)test_phdr_get(&image, 0, TEST_P_FILESZ);
			test_image_write(&image, folder->fd, "x.mbn");
			test_image_write_split(&image, folder->fd, "x");
			if (way == 2) /* up to the hash segment, at its offset */
				test_file_write(folder->fd, "x.mdt", image.bytes,
						image.hash.offset + image.hash.length);
			if (way == 3) { /* headers alone, hash in its own part */
				test_file_write(folder->fd, "x.mdt", image.bytes, headers);
				test_file_write(folder->fd, "x.b04",
						image.bytes + image.hash.offset, image.hash.length);
			}
			assert_int_equal(qpas_image_open(folder->fd, "x.mbn", NULL, &merged, NULL),
					 0);
			assert_int_equal(qpas_image_open(folder->fd, "x.mdt", NULL, &split, NULL),
					 0);
			assert_same_image(merged, split);
			assert_int_equal(qpas_image_describe(split, &info, NULL), 0);
			assert_true(info.flags & QPAS_IMAGE_SPLIT);
			qpas_image_unref(merged);
			qpas_image_unref(split);
			test_image_free(&image);
		}
	}
}

/* E40 */
static void a_complete_mdt_needs_no_parts(void **state)
{
	struct folder *folder = *state;
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_image *image = NULL;

	test_image_write(&folder->image, folder->fd, "x.mdt");
	assert_int_equal(qpas_image_open(folder->fd, "x.mdt", NULL, &image, NULL), 0);
	assert_int_equal(qpas_image_describe(image, &info, NULL), 0);
	assert_false(info.flags & QPAS_IMAGE_SPLIT);
	qpas_image_unref(image);
	/* the same bytes, split, under another name */
	test_image_write_split(&folder->image, folder->fd, "y");
	assert_int_equal(renameat(folder->fd, "y.mdt", folder->fd, "y.mbn"), 0);
	expect(folder, "y.mbn", QPAS_ERR_TRUNC);
}

/* E01 and E17 for names that end in .mdt */
static void every_prefix_of_an_mdt_is_refused(void **state)
{
	struct folder *folder = *state;

	for (size_t size = 0; size < folder->image.size; size += size < 400 ? 1 : 61) {
		struct qpas_error err = QPAS_ERROR_INIT;
		int result;

		test_file_write(folder->fd, "x.mdt", folder->image.bytes, size);
		result = try_open(folder, "x.mdt", 0, &err);
		if (result != (size < 212 ? QPAS_ERR_TRUNC : QPAS_ERR_NOTFOUND))
			fail_msg("%zu bytes: %d %s", size, result, err.text);
	}
}

static void a_descriptor_is_read_from_its_start_and_left_alone(void **state)
{
	struct folder *folder = *state;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;
	int fd;

	test_image_write(&folder->image, folder->fd, "x.mbn");
	test_image_write_split(&folder->image, folder->fd, "y");
	fd = openat(folder->fd, "x.mbn", O_RDONLY | O_CLOEXEC);
	assert_int_equal(lseek(fd, 77, SEEK_SET), 77);
	assert_int_equal(qpas_image_open_fd(fd, "x.mbn", NULL, &image, &err), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 77);
	qpas_image_unref(image);
	(void)close(fd);
	fd = openat(folder->fd, "y.mdt", O_RDONLY | O_CLOEXEC);
	assert_int_equal(qpas_image_open_fd(fd, "y.mdt", NULL, &image, &err), QPAS_ERR_NOTFOUND);
	assert_non_null(strstr(err.text, "y.b02"));
	assert_int_equal(qpas_image_open_fd(fd, "y.mbn", NULL, &image, &err), QPAS_ERR_TRUNC);
	(void)close(fd);
	assert_int_equal(qpas_image_open_fd(-1, "y.mbn", NULL, &image, &err), QPAS_ERR_IO);
	assert_int_equal(err.os_errno, EBADF);
}

static void limits_hold_for_all_files_together(void **state)
{
	struct folder *folder = *state;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_limits limits = QPAS_LIMITS_INIT;
	struct qpas_image *image = NULL;
	size_t total = (size_t)test_phdr_get(&folder->image, 0, TEST_P_FILESZ) +
		       folder->image.hash.length + 0x1234 + 0x800;

	params.limits = &limits;
	test_image_write_split(&folder->image, folder->fd, "x");
	limits.image_bytes = total;
	assert_int_equal(qpas_image_open(folder->fd, "x.mdt", &params, &image, NULL), 0);
	qpas_image_unref(image);
	limits.image_bytes = total - 1;
	assert_int_equal(qpas_image_open(folder->fd, "x.mdt", &params, &image, NULL),
			 QPAS_ERR_LIMIT);
	limits.image_bytes = 0;
	limits.file_bytes = 0x1233 + 0x1000;
	assert_int_equal(qpas_image_open(folder->fd, "x.mdt", &params, &image, NULL), 0);
	qpas_image_unref(image);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(f01_a_missing_part_is_named),
		TEST(f02_a_part_has_exactly_its_size),
		TEST(f03_a_file_that_changes_meanwhile_is_refused),
		TEST(f04_later_changes_do_not_reach_an_open_image),
		TEST(f05_names_that_leave_the_rules_are_refused),
		TEST(f05_names_with_folders_dots_and_utf8_are_fine),
		TEST(f06_only_the_last_suffix_counts),
		TEST(f07_part_names_have_two_digits_or_as_many_as_needed),
		TEST(f07_a_part_name_above_255_bytes_is_a_limit),
		TEST(f08_links_may_not_leave_the_folder),
		TEST(f08_links_can_be_forbidden),
		TEST(f08_magic_links_are_refused),
		TEST(f09_only_regular_files_are_read),
		TEST(f10_a_sparse_tebibyte_is_refused_unread),
		TEST(f11_errors_of_the_system_are_kept),
		TEST(f12_short_and_interrupted_reads_are_continued),
		TEST(f12_a_file_that_is_never_ready_is_given_up),
		TEST(f13_an_early_end_is_truncated),
		TEST(f14_low_descriptors_are_as_good_as_others),
		TEST(f15_works_without_memfd_and_without_sealing),
		TEST(f17_a_wrong_folder_descriptor_is_an_error),
		TEST(parts_obey_the_rules_for_names_and_kinds),
		TEST(merged_and_split_images_are_the_same),
		TEST(a_complete_mdt_needs_no_parts),
		TEST(every_prefix_of_an_mdt_is_refused),
		TEST(a_descriptor_is_read_from_its_start_and_left_alone),
		TEST(limits_hold_for_all_files_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
