/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's initramfs: busybox, modules in the order of their needs, firmware, and the script that
 * the kernel starts. Written as a cpio archive of the form "newc", uncompressed.
 */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../out.h"
#include "../source.h"
#include "blobs.h"
#include "words.h"

#define FILE_LIMIT  (256u << 20)
#define MODE_FOLDER 0040755u
#define MODE_RUN    0100755u
#define MODE_FILE   0100644u

/* What qcom_q6v5_pas needs, each after those that it uses itself. */
static const char *const modules[] = {
	"qmi_helpers", "qrtr",	      "qcom_hwspinlock", "smp2p",     "qcom_pil_info", "mdt_loader",
	"qcom_smd",    "qcom_common", "qcom_sysmon",	 "qcom_q6v5", "qcom_q6v5_pas",
};

#define MODULES (sizeof(modules) / sizeof(modules[0]))

struct archive {
	FILE *to;
	uint32_t inode;
	struct words pool; /* paths that were put together */
	struct qpas_error *err;
};

/* An archive of this form pads names and contents to four bytes. */
static void pad(struct archive *archive, size_t size)
{
	while (size++ % 4)
		fputc(0, archive->to);
}

static void put(struct archive *archive, const char *name, uint32_t mode, struct qpas_slice bytes)
{
	size_t length = strlen(name) + 1;

	fprintf(archive->to, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		++archive->inode, mode, 0u, 0u, 1u, 0u, (unsigned)bytes.len, 0u, 0u, 0u, 0u,
		(unsigned)length, 0u);
	fwrite(name, 1, length, archive->to);
	pad(archive, 110 + length);
	if (bytes.len)
		fwrite(bytes.ptr, 1, bytes.len, archive->to);
	pad(archive, bytes.len);
}

/* Every folder on the way to `name`; a kernel does not mind one that it has already. */
static void put_folders(struct archive *archive, const char *name)
{
	static const struct qpas_slice nothing;
	const char *slash = name;

	while ((slash = strchr(slash, '/'))) {
		put(archive, words_add(&archive->pool, "%.*s", (int)(slash - name), name),
		    MODE_FOLDER, nothing);
		slash++;
	}
}

static int put_file(struct archive *archive, const char *name, uint32_t mode, const char *from)
{
	struct qpas_slice bytes;
	int code = source_file(from, FILE_LIMIT, &bytes, archive->err);

	if (code)
		return code;
	put_folders(archive, name);
	put(archive, name, mode, bytes);
	free((void *)(uintptr_t)bytes.ptr);
	return EXIT_FINE;
}

/* Whether a file is the module, under either spelling, compressed or not. */
static bool is_module(const char *file, const char *module)
{
	size_t i;

	for (i = 0; module[i]; i++) {
		if (file[i] != module[i] && !(module[i] == '_' && file[i] == '-'))
			return false;
	}
	return strcmp(file + i, ".ko") == 0 || strcmp(file + i, ".ko.xz") == 0 ||
	       strcmp(file + i, ".ko.gz") == 0;
}

/* The files of the modules below a folder, compressed or not; links are not followed. */
static void find_modules(struct archive *archive, const char *folder, const char *found[MODULES])
{
	char *roots[] = {(char *)(uintptr_t)folder, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	size_t i;

	while (walk && (entry = fts_read(walk))) {
		for (i = 0; entry->fts_info == FTS_F && i < MODULES; i++) {
			if (!found[i] && is_module(entry->fts_name, modules[i]))
				found[i] = words_add(&archive->pool, "%s", entry->fts_path);
		}
	}
	if (walk)
		fts_close(walk);
}

/* One that is not there may be built into the kernel: the guest's script tells what it misses. */
static int put_modules(struct archive *archive, const char *folder)
{
	const char *found[MODULES] = {NULL};
	size_t i, count = 0;
	int code = EXIT_FINE;

	find_modules(archive, folder, found);
	for (i = 0; i < MODULES && !code; i++) {
		if (!found[i])
			continue;
		code = put_file(archive,
				words_add(&archive->pool, "modules/%02zu-%s", i,
					  basename(found[i])),
				MODE_FILE, found[i]);
		count++;
	}
	if (!code && !count) {
		error_set(archive->err, QPAS_ERR_NOTFOUND, 0,
			  "%s has no modules of remote processor drivers. Run "
			  "scripts/fetch-kernel, or give a folder with --modules.",
			  folder);
		return EXIT_HERE;
	}
	return code;
}

/* `name` below lib/firmware, from the folder that has it, compressed or not. */
static int put_as_firmware(struct archive *archive, const char *folder, const char *name,
			   bool *found)
{
	static const char *const endings[] = {"", ".xz", ".zst"};
	size_t i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		const char *from = words_add(&archive->pool, "%s/%s%s", folder, name, endings[i]);

		if (access(from, R_OK) != 0)
			continue;
		*found = true;
		return put_file(archive,
				words_add(&archive->pool, "lib/firmware/%s%s", name, endings[i]),
				MODE_FILE, from);
	}
	return EXIT_FINE;
}

/* The .bNN files that belong to a split image. */
static int put_parts(struct archive *archive, const char *folder, const char *name)
{
	const char *ending = strrchr(name, '.');
	size_t stem = ending ? (size_t)(ending - name) : 0;
	bool found = true;
	int code = EXIT_FINE;
	unsigned i;

	if (!ending || strcmp(ending, ".mdt") != 0)
		return EXIT_FINE;
	for (i = 0; i < 100 && !code; i++) {
		code = put_as_firmware(archive, folder,
				       words_add(&archive->pool, "%.*s.b%02u", (int)stem, name, i),
				       &found);
	}
	return code;
}

static int put_firmware(struct archive *archive, const char *name, const char *path)
{
	const char *from = path;
	bool found = false;
	int code = EXIT_FINE;

	while (*from && !found && !code) {
		size_t length = strcspn(from, ":");
		const char *folder = words_add(&archive->pool, "%.*s", (int)length, from);

		code = put_as_firmware(archive, folder, name, &found);
		if (found && !code)
			code = put_parts(archive, folder, name);
		from += length + (from[length] == ':');
	}
	if (!code && !found) {
		error_set(archive->err, QPAS_ERR_NOTFOUND, 0,
			  "%s is in none of the firmware folders (%s). Run scripts/fetch-data, or "
			  "give a folder with --firmware-path.",
			  name, path);
		return EXIT_HERE;
	}
	return code;
}

static int put_all_firmware(struct archive *archive, const struct guest *guest)
{
	int code = EXIT_FINE;
	size_t i;
	uint32_t k;

	for (i = 0; i < guest->peripheral_count; i++) {
		for (k = 0; k < guest->peripherals[i].firmware_count && !code; k++)
			code = put_firmware(archive, guest->peripherals[i].firmware[k],
					    guest->firmware_path);
	}
	return code;
}

static int put_added(struct archive *archive, const struct guest *guest)
{
	const char *file;
	int code = EXIT_FINE;
	size_t i;

	for (i = 0; (file = cli_value_at(guest->args, "add", i)) && !code; i++)
		code = put_file(archive, words_add(&archive->pool, "root/%s", basename(file)),
				MODE_RUN, file);
	return code;
}

static void put_scripts(struct archive *archive, const struct guest *guest)
{
	static const char *const folders[] = {"dev/", "proc/", "sys/", "tmp/", "root/", "bin/"};
	const struct qpas_slice init = {guest_init, guest_init_size};
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		put_folders(archive, folders[i]);
	put(archive, "init", MODE_RUN, init);
	if (guest->command) {
		const struct qpas_slice command = {guest->command, strlen(guest->command)};

		put(archive, "command", MODE_FILE, command);
	}
}

static int fill(struct archive *archive, const struct guest *guest)
{
	static const struct qpas_slice nothing;
	int code;

	put_scripts(archive, guest);
	code = put_file(archive, "bin/busybox", MODE_RUN, guest->busybox);
	if (!code)
		code = put_modules(archive, guest->modules);
	if (!code)
		code = put_all_firmware(archive, guest);
	if (!code)
		code = put_added(archive, guest);
	put(archive, "TRAILER!!!", 0, nothing);
	return code;
}

int guest_archive(const struct guest *guest, const char *path, uint64_t *size,
		  struct qpas_error *err)
{
	struct archive archive = {.to = fopen(path, "wbe"), .err = err};
	bool written;
	long end;
	int code;

	if (!archive.to) {
		error_set(err, QPAS_ERR_IO, errno, "%s: %s.", path, strerror(errno));
		return EXIT_HERE;
	}
	code = fill(&archive, guest);
	end = ftell(archive.to);
	written = !ferror(archive.to) && end > 0;
	written = fclose(archive.to) == 0 && written;
	words_free(&archive.pool);
	*size = written ? (uint64_t)end : 0;
	if (code || (written && !archive.pool.failed))
		return code;
	if (written)
		error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
	else
		error_set(err, QPAS_ERR_IO, errno, "%s could not be written. Is the disk full?",
			  path);
	return EXIT_HERE;
}
