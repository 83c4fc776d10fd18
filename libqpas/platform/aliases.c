/* SPDX-License-Identifier: BSD-3-Clause */
/* Other names of peripherals: labels of the tree's source, and the device's name in sysfs. */
#include "platform/platform.h"

#include <string.h>

#define DEVICE_NAME_BYTES 256u

/* A name that is put together from its end. */
struct name {
	char text[DEVICE_NAME_BYTES];
	size_t start;
};

static bool prepend(struct name *name, const char *part, size_t length)
{
	if (length > name->start)
		return false;
	name->start -= length;
	memcpy(name->text + name->start, part, length);
	return true;
}

/*
 * "ADDRESS.NAME" for a node with reg; else its name, behind those of its parents up to the first
 * that has (drivers/of/device.c). The unit address stands for the translated one.
 */
static bool device_name(const struct qpasi_tree *tree, uint32_t node, struct name *name)
{
	name->start = DEVICE_NAME_BYTES - 1;
	name->text[name->start] = '\0';
	for (uint32_t i = node; i != QPASI_TREE_ROOT; i = tree->nodes[i].parent) {
		const char *own = qpasi_tree_name(tree, i);
		const char *unit = strchr(own, '@');
		struct qpas_slice reg;

		if (i != node && !prepend(name, ":", 1))
			return false;
		if (unit && qpasi_tree_property(tree, i, "reg", &reg))
			return prepend(name, own, (size_t)(unit - own)) && prepend(name, ".", 1) &&
			       prepend(name, unit + 1, strlen(unit + 1));
		if (!prepend(name, own, strlen(own)))
			return false;
	}
	return true;
}

/* "" where there is no device, NULL when the arena is spent. */
static const char *keep_device_name(struct qpasi_reader *reader, uint32_t node, bool zap)
{
	struct name name;
	size_t bytes;
	char *kept;

	/* The zap shader is a child of its GPU's device, not a device. */
	if (zap || !device_name(&reader->platform->tree, node, &name))
		return "";
	bytes = DEVICE_NAME_BYTES - name.start;
	kept = qpasi_arena_array(&reader->platform->arena, bytes, 1);
	return kept ? memcpy(kept, name.text + name.start, bytes) : NULL;
}

/* Counts the labels of a node and, once `labels` is there, fills it. */
static uint32_t walk_labels(const struct qpas_platform *platform, uint32_t symbols,
			    const char *path, const char **labels)
{
	struct qpasi_tree_property_walk walk;
	struct qpas_slice value;
	const char *label;
	uint32_t count = 0;

	qpasi_tree_walk_start(&platform->tree, symbols, &walk);
	while ((label = qpasi_tree_walk_next(&platform->tree, &walk, &value)) != NULL) {
		const char *target = qpasi_tree_next_string(&value);

		if (!target || strcmp(target, path) != 0)
			continue;
		if (labels)
			labels[count] = label;
		count++;
	}
	return count;
}

/* Labels are counted first: how many point at one node is for the tree to say. */
static int read_one(struct qpasi_reader *reader, uint32_t symbols, uint32_t node,
		    struct qpas_peripheral *peripheral)
{
	struct qpas_platform *platform = reader->platform;
	const char **aliases;
	uint32_t labels = 0;

	if (symbols != QPASI_TREE_NONE)
		labels = walk_labels(platform, symbols, peripheral->path, NULL);
	aliases = qpasi_arena_array(&platform->arena, (size_t)labels + 1, sizeof(*aliases));
	if (!aliases)
		return qpasi_reader_out_of_memory(reader);
	if (labels)
		labels = walk_labels(platform, symbols, peripheral->path, aliases);
	aliases[labels] = keep_device_name(reader, node, peripheral->kind == QPAS_KIND_GPU);
	if (!aliases[labels])
		return qpasi_reader_out_of_memory(reader);
	peripheral->aliases = aliases;
	peripheral->alias_count = labels + (aliases[labels][0] ? 1 : 0);
	return 0;
}

int qpasi_aliases_read(struct qpasi_reader *reader, const uint32_t *nodes)
{
	struct qpas_platform *platform = reader->platform;
	uint32_t symbols = qpasi_tree_child(&platform->tree, QPASI_TREE_ROOT, "__symbols__");
	int ret = 0;

	for (uint32_t i = 0; i < platform->count && !ret; i++)
		ret = read_one(reader, symbols, nodes[i], &platform->peripherals[i]);
	return ret;
}
