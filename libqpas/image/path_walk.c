/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What openat2() with RESOLVE_BENEATH does, one component at a time: each step opens one name in a
 * folder that is held open, so that nobody can swap what was checked for something else.
 */
#define _GNU_SOURCE
#include "image/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX 32
#define LINKS_MAX 40
#define REST_MAX  512

struct walk {
	/* Folders below the start, innermost last: ".." of a link goes back along them. */
	int folders[DEPTH_MAX];
	unsigned int depth;
	unsigned int links;
	bool no_symlinks;
	int start;
	/* What is still to be walked. */
	char rest[REST_MAX];
};

static int innermost(const struct walk *walk)
{
	return walk->depth ? walk->folders[walk->depth - 1] : walk->start;
}

static int go_up(struct walk *walk)
{
	if (walk->depth == 0)
		return -EXDEV;
	(void)close(walk->folders[--walk->depth]);
	return 0;
}

/* Puts a link's target in front of what is left. */
static int follow(struct walk *walk, const char *component)
{
	char target[REST_MAX];
	size_t left = strlen(walk->rest);
	ssize_t length = readlinkat(innermost(walk), component, target, sizeof(target));

	if (length < 0)
		return errno == EINVAL ? -ENOTDIR : -errno;
	if (walk->no_symlinks || ++walk->links > LINKS_MAX)
		return -ELOOP;
	if (length > 0 && target[0] == '/')
		return -EXDEV;
	if ((size_t)length + 1 + left + 1 > sizeof(walk->rest))
		return -ENAMETOOLONG;
	memmove(walk->rest + length + 1, walk->rest, left + 1);
	memcpy(walk->rest, target, (size_t)length);
	walk->rest[length] = '/';
	return 0;
}

/* Cuts the next component off; false at the end. */
static bool next_component(struct walk *walk, char component[NAME_MAX + 1], bool *last)
{
	size_t skip = strspn(walk->rest, "/");
	size_t length = strcspn(walk->rest + skip, "/");
	size_t after;

	if (length == 0 || length > NAME_MAX)
		return false;
	memcpy(component, walk->rest + skip, length);
	component[length] = '\0';
	after = skip + length;
	after += strspn(walk->rest + after, "/");
	*last = walk->rest[after] == '\0';
	memmove(walk->rest, walk->rest + after, strlen(walk->rest + after) + 1);
	return true;
}

static int enter(struct walk *walk, const char *component)
{
	int fd;

	if (!strcmp(component, "."))
		return 0;
	if (!strcmp(component, ".."))
		return go_up(walk);
	if (walk->depth == DEPTH_MAX)
		return -ENAMETOOLONG;
	fd = openat(innermost(walk), component, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		walk->folders[walk->depth++] = fd;
	else if (errno == ENOTDIR || errno == ELOOP)
		return follow(walk, component);
	return fd < 0 ? -errno : 0;
}

/* Opens the last component: a descriptor, -EAGAIN when it was a link, or another negative errno. */
static int open_last(struct walk *walk, const char *component)
{
	int result;
	int fd;

	if (!strcmp(component, ".") || !strcmp(component, ".."))
		return -EISDIR;
	fd = openat(innermost(walk), component,
		    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0)
		return fd;
	if (errno != ELOOP)
		return -errno;
	result = follow(walk, component);
	return result ? result : -EAGAIN;
}

int qpasi_path_walk(int dirfd, const char *name, bool no_symlinks)
{
	struct walk walk = {{0}, 0, 0, no_symlinks, dirfd, {0}};
	char component[NAME_MAX + 1];
	bool last = false;
	int result = 0;

	if (strlen(name) >= sizeof(walk.rest))
		return -ENAMETOOLONG;
	memcpy(walk.rest, name, strlen(name) + 1);
	for (;;) {
		if (!next_component(&walk, component, &last)) {
			result = -ENOENT;
			break;
		}
		result = last ? open_last(&walk, component) : enter(&walk, component);
		if (last && result != -EAGAIN)
			break;
		if (!last && result < 0)
			break;
	}
	while (walk.depth)
		(void)go_up(&walk);
	return result;
}
