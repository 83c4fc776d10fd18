/* SPDX-License-Identifier: BSD-3-Clause */
/* What a guest needs before it starts: checked, made, and put into one folder. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../firmware/el3/mailbox.h"
#include "../../../firmware/el3/memory.h"
#include "../out.h"
#include "../source.h"
#include "blobs.h"
#include "guest.h"
#include "layout.h"
#include "run.h"

#define TREE_LIMIT   (4u << 20)
#define HEADER_BYTES 64u
#define IMAGE_SIZE   16u /* offset of the kernel's size in memory */
#define IMAGE_MAGIC  56u

static int cannot(const char *path, struct qpas_error *err)
{
	error_set(err, QPAS_ERR_IO, errno, "%s: %s.", path, strerror(errno));
	return EXIT_HERE;
}

static int write_file(const char *path, struct qpas_slice bytes, struct qpas_error *err)
{
	FILE *file = fopen(path, "wbe");
	bool written;

	if (!file)
		return cannot(path, err);
	written = fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
	written = fclose(file) == 0 && written;
	return written ? EXIT_FINE : cannot(path, err);
}

static uint64_t little64(const unsigned char *bytes)
{
	uint64_t value = 0;
	int i;

	for (i = 7; i >= 0; i--)
		value = value << 8 | bytes[i];
	return value;
}

/* QEMU loads it raw: a compressed kernel would start as garbage. */
static int check_kernel(const struct guest *guest, struct qpas_error *err)
{
	unsigned char header[HEADER_BYTES];
	FILE *file = fopen(guest->kernel, "rbe");
	uint64_t size;
	size_t got;

	if (!file) {
		error_set(err, QPAS_ERR_IO, errno,
			  "%s: %s. Run scripts/fetch-kernel, or give a kernel with --kernel.",
			  guest->kernel, strerror(errno));
		return EXIT_HERE;
	}
	got = fread(header, 1, sizeof(header), file);
	fclose(file);
	if (got < sizeof(header) || memcmp(header + IMAGE_MAGIC, "ARM\x64", 4) != 0) {
		error_set(err, QPAS_ERR_FORMAT, 0,
			  "%s is no uncompressed arm64 kernel. Give arch/arm64/boot/Image, or "
			  "decompress it.",
			  guest->kernel);
		return EXIT_BAD;
	}
	size = little64(header + IMAGE_SIZE);
	if (size > GUEST_HYPERVISOR - GUEST_KERNEL) {
		error_set(err, QPAS_ERR_LIMIT, 0, "%s needs %llu bytes of memory, %u is the limit.",
			  guest->kernel, (unsigned long long)size, GUEST_HYPERVISOR - GUEST_KERNEL);
		return EXIT_BAD;
	}
	return EXIT_FINE;
}

struct range {
	const char *name;
	uint64_t address;
	uint64_t size;
};

static bool overlap(const struct range *a, const struct range *b)
{
	return a->address < b->address + b->size && b->address < a->address + a->size;
}

static int check_range(const struct guest *guest, const char *owner, const struct range *range,
		       struct qpas_error *err)
{
	static const struct range own[] = {
		{"the kernel, its tree and its initramfs", GUEST_RAM,
		 LAYOUT_ARCHIVE_END - GUEST_RAM},
		{"shared memory", LAYOUT_SMEM, LAYOUT_SMEM_SIZE},
		{"the invented devices", LAYOUT_HWLOCK,
		 MAILBOX_ADDRESS + MAILBOX_SIZE - LAYOUT_HWLOCK},
	};
	uint64_t memory = (uint64_t)guest->memory_mb << 20;
	size_t i;

	if (range->address < GUEST_RAM || range->size > memory ||
	    range->address - GUEST_RAM > memory - range->size) {
		error_set(
			err, QPAS_ERR_RANGE, 0,
			"%s: carveout %s at 0x%llx lies outside of the guest's memory, which ends "
			"at 0x%llx. Give it more with --memory.",
			owner, range->name, (unsigned long long)range->address,
			(unsigned long long)(GUEST_RAM + memory));
		return EXIT_BAD;
	}
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!overlap(&own[i], range))
			continue;
		error_set(err, QPAS_ERR_OVERLAP, 0,
			  "%s: carveout %s at 0x%llx lies where the guest has %s. Leave that "
			  "processor out.",
			  owner, range->name, (unsigned long long)range->address, own[i].name);
		return EXIT_BAD;
	}
	return EXIT_FINE;
}

int guest_check_memory(const struct guest *guest, struct qpas_error *err)
{
	int code = EXIT_FINE;
	size_t i;
	uint32_t k;

	for (i = 0; i < guest->peripheral_count; i++) {
		const struct qpas_peripheral *peripheral = &guest->peripherals[i];

		for (k = 0; k < peripheral->carveout_count && !code; k++) {
			const struct qpas_carveout *carveout = &peripheral->carveouts[k];
			const struct range range = {carveout->name, carveout->address,
						    carveout->size};

			code = check_range(guest, peripheral->name, &range, err);
		}
	}
	return code;
}

static int make_tree(const struct guest *guest, struct words *pool, struct qpas_error *err)
{
	struct qpas_slice machine = {NULL, 0}, board = {NULL, 0}, tree = {NULL, 0};
	const char *from = words_add(pool, "%s/machine.dtb", guest->folder);
	const char *to = words_add(pool, "%s/guest.dtb", guest->folder);
	int code;

	code = run_dump_tree(guest, from, err);
	if (!code)
		code = source_file(from, TREE_LIMIT, &machine, err);
	if (!code)
		code = source_file(guest->board, TREE_LIMIT, &board, err);
	if (!code)
		code = guest_tree(guest, machine, board, &tree, err);
	if (!code)
		code = write_file(to, tree, err);
	free((void *)(uintptr_t)machine.ptr);
	free((void *)(uintptr_t)board.ptr);
	free((void *)(uintptr_t)tree.ptr);
	return code;
}

static int make_archive(struct guest *guest, struct words *pool, struct qpas_error *err)
{
	const char *path = words_add(pool, "%s/initramfs.cpio", guest->folder);
	int code = guest_archive(guest, path, &guest->archive_size, err);

	if (code || guest->archive_size <= LAYOUT_ARCHIVE_END - GUEST_ARCHIVE)
		return code;
	error_set(err, QPAS_ERR_LIMIT, 0, "The initramfs has %llu bytes, %u is the limit.",
		  (unsigned long long)guest->archive_size, LAYOUT_ARCHIVE_END - GUEST_ARCHIVE);
	return EXIT_BAD;
}

/* QEMU's options have no way to quote it that every version understands. */
static int check_comma(const char *path, struct qpas_error *err)
{
	if (!strchr(path, ','))
		return EXIT_FINE;
	error_set(err, QPAS_ERR_ARG, 0, "%s: QEMU takes no path with a comma. Rename it.", path);
	return EXIT_USAGE;
}

int guest_prepare(struct guest *guest, struct qpas_error *err)
{
	const struct qpas_slice relay = {guest_relay, guest_relay_size};
	const struct qpas_slice hypervisor = {guest_hypervisor, guest_hypervisor_size};
	struct words pool = {NULL, 0, false};
	int code = check_comma(guest->kernel, err);

	if (!code)
		code = check_comma(guest->folder, err);
	if (!code)
		code = check_kernel(guest, err);
	if (!code)
		code = guest_check_memory(guest, err);
	if (!code)
		code = make_archive(guest, &pool, err);
	if (!code)
		code = write_file(words_add(&pool, "%s/relay.bin", guest->folder), relay, err);
	if (!code && guest->hypervisor)
		code = write_file(words_add(&pool, "%s/hypervisor.bin", guest->folder), hypervisor,
				  err);
	if (!code)
		code = make_tree(guest, &pool, err);
	words_free(&pool);
	return code;
}
