/* SPDX-License-Identifier: BSD-3-Clause */
/* Packs a tree of folders (nodes) and files (properties) into a flattened device tree. */
#include "platform/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libfdt.h>

#define DEPTH_MAX   64u
#define ENTRIES_MAX 4096u

/* A folder on the way from the root to where the walk is. */
struct level {
	DIR *folder;
	char **names;
	uint32_t count;
	/* The next name to look at, first for files, then for folders. */
	uint32_t next;
};

struct pack {
	const struct qpasi_env *env;
	struct qpasi_fault *fault;
	void *blob;
	struct level levels[DEPTH_MAX];
	uint32_t depth;
};

static int no_memory(struct pack *pack)
{
	return qpasi_fault_set(pack->fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
}

/* What libfdt's writer says: it knows no other failure here than a full buffer. */
static int wrote(struct pack *pack, int fdt_error)
{
	if (!fdt_error)
		return 0;
	return qpasi_fault_set(pack->fault, QPASI_MSG_FILE_TOO_LARGE, QPAS_NO_SEGMENT,
			       fdt_totalsize(pack->blob), pack->env->limits.dtb_bytes);
}

/* Undoes enter(), also half of it. */
static void leave(struct pack *pack)
{
	struct level *level = &pack->levels[--pack->depth];

	for (uint32_t i = 0; i < level->count; i++)
		qpasi_env_free(pack->env, level->names[i]);
	qpasi_env_free(pack->env, level->names);
	(void)closedir(level->folder);
	memset(level, 0, sizeof(*level));
}

/* Keeps the names sorted: folders give theirs in any order, and results must not depend on it. */
static int add_name(struct pack *pack, struct level *level, const char *name)
{
	char **names;
	uint32_t at;

	if (level->count == ENTRIES_MAX)
		return qpasi_fault_set(pack->fault, QPASI_MSG_DT_TOO_MUCH, QPAS_NO_SEGMENT, 0, 0);
	names = qpasi_env_realloc(pack->env, level->names, (level->count + 1) * sizeof(*names));
	if (!names)
		return no_memory(pack);
	level->names = names;
	at = level->count;
	names[at] = qpasi_env_strdup(pack->env, name);
	if (!names[at])
		return no_memory(pack);
	level->count++;
	for (; at > 0 && strcmp(names[at - 1], names[at]) > 0; at--) {
		char *later = names[at - 1];

		names[at - 1] = names[at];
		names[at] = later;
	}
	return 0;
}

static int read_names(struct pack *pack, struct level *level)
{
	const struct dirent *entry;
	int ret = 0;

	for (;;) {
		errno = 0;
		entry = readdir(level->folder);
		if (!entry || ret)
			break;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ret = add_name(pack, level, entry->d_name);
	}
	return !ret && errno ? qpasi_source_refuse(pack->fault, QPASI_MSG_FILE_READ, errno) : ret;
}

/* Links are not followed: a tree is what its folder holds. */
static int write_property(struct pack *pack, int folder, const char *name)
{
	struct qpas_slice bytes = {NULL, 0};
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	int ret;

	if (fd < 0)
		return qpasi_source_refuse(pack->fault, QPASI_MSG_FILE_OPEN, errno);
	ret = qpasi_source_read_fd(pack->env, fd, pack->env->limits.dtb_bytes, &bytes, pack->fault);
	if (!ret)
		ret = wrote(pack, fdt_property(pack->blob, name, bytes.ptr, (int)bytes.len));
	qpasi_env_free(pack->env, (void *)(uintptr_t)bytes.ptr);
	(void)close(fd);
	return ret;
}

static bool is_kind(int folder, const char *name, mode_t kind)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (status.st_mode & S_IFMT) == kind;
}

/* Opens a node; its properties are written before its children. */
static int enter(struct pack *pack, int fd, const char *name)
{
	struct level *level = &pack->levels[pack->depth];
	int ret;

	if (fd < 0)
		return qpasi_source_refuse(pack->fault, QPASI_MSG_FOLDER_OPEN, errno);
	if (pack->depth == DEPTH_MAX) {
		(void)close(fd);
		return qpasi_fault_set(pack->fault, QPASI_MSG_DTB_DEPTH, QPAS_NO_SEGMENT, DEPTH_MAX,
				       0);
	}
	level->folder = fdopendir(fd);
	if (!level->folder) {
		ret = qpasi_source_refuse(pack->fault, QPASI_MSG_FOLDER_OPEN, errno);
		(void)close(fd);
		return ret;
	}
	pack->depth++;
	ret = wrote(pack, fdt_begin_node(pack->blob, name));
	if (!ret)
		ret = read_names(pack, level);
	for (uint32_t i = 0; i < level->count && !ret; i++) {
		if (is_kind(dirfd(level->folder), level->names[i], S_IFREG))
			ret = write_property(pack, dirfd(level->folder), level->names[i]);
	}
	return ret;
}

/* One step: the next child of the deepest open node, or its end. */
static int step(struct pack *pack)
{
	struct level *level = &pack->levels[pack->depth - 1];
	int folder = dirfd(level->folder);

	while (level->next < level->count) {
		const char *name = level->names[level->next++];

		if (is_kind(folder, name, S_IFDIR))
			return enter(pack,
				     openat(folder, name,
					    O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW),
				     name);
	}
	leave(pack);
	return wrote(pack, fdt_end_node(pack->blob));
}

int qpasi_source_pack(const struct qpasi_env *env, int folder, struct qpas_slice *bytes,
		      struct qpasi_fault *fault)
{
	struct pack pack = {.env = env, .fault = fault};
	int ret;

	pack.blob = qpasi_env_alloc(env, env->limits.dtb_bytes);
	if (!pack.blob) {
		(void)close(folder);
		return qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	}
	ret = wrote(&pack, fdt_create(pack.blob, (int)env->limits.dtb_bytes));
	if (!ret)
		ret = wrote(&pack, fdt_finish_reservemap(pack.blob));
	if (ret)
		(void)close(folder);
	else
		ret = enter(&pack, folder, "");
	while (!ret && pack.depth > 0)
		ret = step(&pack);
	while (pack.depth > 0)
		leave(&pack);
	if (!ret)
		ret = wrote(&pack, fdt_finish(pack.blob));
	if (ret) {
		qpasi_env_free(env, pack.blob);
		return ret;
	}
	bytes->ptr = pack.blob;
	bytes->len = fdt_totalsize(pack.blob);
	return 0;
}
