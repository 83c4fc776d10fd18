/* SPDX-License-Identifier: BSD-3-Clause */
/* The guest's RAM as a file: making it, taking it over, reaching into it. */
#define _GNU_SOURCE
#include "ram.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../firmware/el3/memory.h"
#include "../out.h"

#define PAGE 4096u

/* A file that is cut short, or a full file system: the page is gone in the middle of an access. */
static void page_is_gone(int number)
{
	static const char text[] =
		"qpas: tz: the guest's RAM file was cut short, or its file system "
		"is full. The server ends.\n";

	(void)number;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EXIT_HERE);
	_exit(EXIT_HERE);
}

static int fail(struct ram *ram, const char *what, struct qpas_error *err)
{
	error_set(err, QPAS_ERR_IO, errno, "%s: %s: %s.", ram->path ? ram->path : "the guest's RAM",
		  what, strerror(errno));
	ram_close(ram, true);
	return EXIT_HERE;
}

static int map(struct ram *ram, struct qpas_error *err)
{
	const struct sigaction action = {.sa_handler = page_is_gone};
	void *bytes;

	ram->base = GUEST_RAM;
	if (ram->size % PAGE || ram->size < MAILBOX_ADDRESS + (uint64_t)MAILBOX_SIZE - GUEST_RAM) {
		error_set(err, QPAS_ERR_RANGE, 0,
			  "%s: %llu bytes are no RAM with a mailbox: the guest needs pages, and at "
			  "least 1.3 GiB. Give QEMU and the server -m 2048.",
			  ram->path ? ram->path : "the guest's RAM", (unsigned long long)ram->size);
		ram_close(ram, true);
		return EXIT_BAD;
	}
	bytes = mmap(NULL, (size_t)ram->size, PROT_READ | PROT_WRITE, MAP_SHARED, ram->fd, 0);
	if (bytes == MAP_FAILED)
		return fail(ram, "cannot be mapped", err);
	ram->bytes = bytes;
	sigaction(SIGBUS, &action, NULL);
	return EXIT_FINE;
}

int ram_make(struct ram *ram, uint64_t size, struct qpas_error *err)
{
	memset(ram, 0, sizeof(*ram));
	ram->size = size;
	ram->fd = memfd_create("qpas-guest-ram", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (ram->fd < 0 || ftruncate(ram->fd, (off_t)size) != 0 ||
	    fcntl(ram->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)
		return fail(ram, "cannot be made", err);
	return map(ram, err);
}

/* Held until the process ends, however it ends. */
static int lock(struct ram *ram, struct qpas_error *err)
{
	if (flock(ram->fd, LOCK_EX | LOCK_NB) == 0)
		return EXIT_FINE;
	if (errno != EWOULDBLOCK)
		return fail(ram, "cannot be locked", err);
	error_set(
		err, QPAS_ERR_BUSY, errno,
		"%s: another server has this RAM. End that one first: a guest has one secure world.",
		ram->path);
	ram->created = false;
	ram_close(ram, false);
	return EXIT_HERE;
}

int ram_create(struct ram *ram, const char *path, uint64_t size, struct qpas_error *err)
{
	int code;

	memset(ram, 0, sizeof(*ram));
	ram->path = path;
	ram->size = size;
	ram->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (ram->fd < 0 && errno == EEXIST) {
		error_set(
			err, QPAS_ERR_IO, EEXIST,
			"%s is there already and may hold another guest's past. Remove it, or give "
			"another name.",
			path);
		return EXIT_HERE;
	}
	ram->created = ram->fd >= 0;
	if (ram->fd < 0 || ftruncate(ram->fd, (off_t)size) != 0)
		return fail(ram, "cannot be made", err);
	code = lock(ram, err);
	return code ? code : map(ram, err);
}

int ram_attach(struct ram *ram, const char *path, struct qpas_error *err)
{
	struct stat status;
	int code;

	memset(ram, 0, sizeof(*ram));
	ram->path = path;
	ram->fd = open(path, O_RDWR | O_CLOEXEC);
	if (ram->fd < 0 || fstat(ram->fd, &status) != 0)
		return fail(ram, "cannot be opened", err);
	if (!S_ISREG(status.st_mode)) {
		error_set(err, QPAS_ERR_ARG, 0, "%s is no regular file, so it is no guest's RAM.",
			  path);
		ram_close(ram, false);
		return EXIT_BAD;
	}
	ram->size = (uint64_t)status.st_size;
	code = lock(ram, err);
	return code ? code : map(ram, err);
}

void ram_close(struct ram *ram, bool forget)
{
	if (ram->bytes)
		munmap(ram->bytes, (size_t)ram->size);
	if (ram->fd >= 0)
		close(ram->fd);
	if (forget && ram->created)
		unlink(ram->path);
	ram->bytes = NULL;
	ram->fd = -1;
	ram->created = false;
}

bool ram_has(const struct ram *ram, uint64_t address, uint64_t length)
{
	uint64_t offset = address - ram->base;
	uint64_t mailbox = MAILBOX_ADDRESS - ram->base;

	if (address < ram->base || offset > ram->size || length > ram->size - offset)
		return false;
	return offset + length <= mailbox || offset >= mailbox + MAILBOX_SIZE;
}

bool ram_read(const struct ram *ram, uint64_t address, void *to, size_t length)
{
	if (!ram_has(ram, address, length))
		return false;
	memcpy(to, ram->bytes + (address - ram->base), length);
	return true;
}

bool ram_write(const struct ram *ram, uint64_t address, const void *from, size_t length)
{
	if (!ram_has(ram, address, length))
		return false;
	memcpy(ram->bytes + (address - ram->base), from, length);
	return true;
}

bool ram_zero(const struct ram *ram, uint64_t address, uint64_t length)
{
	if (!ram_has(ram, address, length))
		return false;
	memset(ram->bytes + (address - ram->base), 0, (size_t)length);
	return true;
}

/* One access of four bytes where it is aligned: a core of the guest may look at the word. */
bool ram_read32(const struct ram *ram, uint64_t address, uint32_t *value)
{
	if (address % sizeof(*value) || !ram_has(ram, address, sizeof(*value)))
		return false;
	*value = __atomic_load_n((uint32_t *)(void *)(ram->bytes + (address - ram->base)),
				 __ATOMIC_ACQUIRE);
	return true;
}

bool ram_write32(const struct ram *ram, uint64_t address, uint32_t value)
{
	if (address % sizeof(value) || !ram_has(ram, address, sizeof(value)))
		return false;
	__atomic_store_n((uint32_t *)(void *)(ram->bytes + (address - ram->base)), value,
			 __ATOMIC_RELEASE);
	return true;
}

volatile struct mailbox *ram_mailbox(const struct ram *ram)
{
	return (volatile struct mailbox *)(void *)(ram->bytes + (MAILBOX_ADDRESS - ram->base));
}
