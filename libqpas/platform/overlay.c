/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks of an overlay's references, then libfdt's application of it. */
#include "platform/overlay.h"

#include <stdbool.h>
#include <string.h>

#include <libfdt.h>

#include "base/ckd.h"
#include "platform/scan.h"

/* As deep as any limit of struct qpas_limits allows. */
#define DEPTH_MAX 64

struct overlay {
	const void *tree;
	uint32_t references;
};

/* Whether the property is one NUL-terminated absolute path: aliases make libfdt 1.6.1 recurse. */
static bool is_path(const void *value, int length)
{
	const char *path = value;

	return length > 2 && path[0] == '/' && strnlen(path, (size_t)length) == (size_t)length - 1;
}

/* Symbols: the values that libfdt takes for paths, in the base tree and in the overlay. */
static bool symbols_are_paths(struct overlay *overlay, const void *tree)
{
	int symbols = fdt_path_offset(tree, "/__symbols__");
	int property;

	if (symbols < 0)
		return true;
	fdt_for_each_property_offset(property, tree, symbols)
	{
		int length = 0;
		const void *value = fdt_getprop_by_offset(tree, property, NULL, &length);

		if (!value || !is_path(value, length))
			return false;
		if (tree == overlay->tree)
			overlay->references++;
	}
	return true;
}

/* "/" is a path, too; is_path() wants more, because symbols have more. */
static bool targets_are_paths(const void *tree)
{
	int fragment;

	fdt_for_each_subnode(fragment, tree, 0)
	{
		int length = 0;
		const void *value = fdt_getprop(tree, fragment, "target-path", &length);

		if (value && !(length == 2 && memcmp(value, "/", 2) == 0) &&
		    !is_path(value, length))
			return false;
	}
	return true;
}

/* A decimal number of at most nine digits up to the end of the string. */
static bool read_offset(const char *text, uint32_t *offset)
{
	size_t digits = strlen(text);

	*offset = 0;
	if (digits == 0 || digits > 9)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		*offset = *offset * 10 + (uint32_t)(*text - '0');
	}
	return true;
}

/* "/path:property:offset" must name four bytes of the overlay. */
static bool reference_is_inside(const void *tree, const char *reference)
{
	const char *property = strchr(reference, ':');
	const char *number = property ? strchr(property + 1, ':') : NULL;
	uint32_t offset;
	int length = 0;
	int node;

	if (!number || reference[0] != '/' || !read_offset(number + 1, &offset))
		return false;
	node = fdt_path_offset_namelen(tree, reference, (int)(property - reference));
	if (node < 0)
		return false;
	if (!fdt_getprop_namelen(tree, node, property + 1, (int)(number - property - 1), &length))
		return false;
	return qpasi_fits(offset, 4, (uint64_t)length);
}

/* Each string of each label is one place that libfdt will write a phandle to. */
static bool fixups_are_inside(struct overlay *overlay)
{
	int fixups = fdt_path_offset(overlay->tree, "/__fixups__");
	int property;

	if (fixups < 0)
		return true;
	fdt_for_each_property_offset(property, overlay->tree, fixups)
	{
		int length = 0;
		const char *list = fdt_getprop_by_offset(overlay->tree, property, NULL, &length);
		size_t left = length > 0 ? (size_t)length : 0;

		while (list && left > 0) {
			size_t used = strnlen(list, left) + 1;

			if (used > left || !reference_is_inside(overlay->tree, list) ||
			    ++overlay->references > QPASI_OVERLAY_REFERENCES)
				return false;
			list += used;
			left -= used;
		}
	}
	return true;
}

/* Each cell of a local fixup is an offset into the property of the same name. */
static bool local_node_is_inside(struct overlay *overlay, int fixups, int target)
{
	int property;

	fdt_for_each_property_offset(property, overlay->tree, fixups)
	{
		const char *name = NULL;
		int length = 0;
		int room = 0;
		const uint8_t *cells =
			fdt_getprop_by_offset(overlay->tree, property, &name, &length);

		if (!cells || length % 4 != 0 || !fdt_getprop(overlay->tree, target, name, &room))
			return false;
		for (int i = 0; i < length; i += 4) {
			if (!qpasi_fits(qpasi_scan_be32(cells + i), 4, (uint64_t)room) ||
			    ++overlay->references > QPASI_OVERLAY_REFERENCES)
				return false;
		}
	}
	return true;
}

/* The nodes below __local_fixups__ mirror those of the overlay. */
static bool local_fixups_are_inside(struct overlay *overlay)
{
	int node = fdt_path_offset(overlay->tree, "/__local_fixups__");
	int targets[DEPTH_MAX] = {0};
	int depth = 0;

	if (node < 0)
		return true;
	while (node >= 0 && depth >= 0) {
		if (depth >= DEPTH_MAX || ++overlay->references > QPASI_OVERLAY_REFERENCES)
			return false;
		if (depth > 0)
			targets[depth] =
				fdt_subnode_offset(overlay->tree, targets[depth - 1],
						   fdt_get_name(overlay->tree, node, NULL));
		if (targets[depth] < 0 || !local_node_is_inside(overlay, node, targets[depth]))
			return false;
		node = fdt_next_node(overlay->tree, node, &depth);
	}
	return true;
}

int qpasi_overlay_refuse(struct qpasi_fault *fault, uint32_t index, int fdt_error)
{
	int class;

	if (fdt_error == -FDT_ERR_NOSPACE)
		return qpasi_fault_set(fault, QPASI_MSG_OVERLAY_SPACE, QPAS_NO_SEGMENT, index, 0);
	class = qpasi_fault_set(fault, QPASI_MSG_OVERLAY, QPAS_NO_SEGMENT, index, 0);
	fault->s = fdt_strerror(fdt_error);
	return class;
}

int qpasi_overlay_apply(void *base, void *overlay, uint32_t index, struct qpasi_fault *fault)
{
	struct overlay checked = {overlay, 0};
	const char *why = NULL;
	int ret;

	if (!symbols_are_paths(&checked, base))
		why = "a symbol of the base tree is no path";
	else if (!symbols_are_paths(&checked, overlay) || !targets_are_paths(overlay))
		why = "a symbol or target of it is no path";
	else if (!fixups_are_inside(&checked) || !local_fixups_are_inside(&checked))
		why = "a reference of it is wrong, or there are too many";
	if (why || checked.references > QPASI_OVERLAY_REFERENCES) {
		ret = qpasi_fault_set(fault, QPASI_MSG_OVERLAY, QPAS_NO_SEGMENT, index, 0);
		fault->s = why ? why : "it has too many symbols";
		return ret;
	}
	ret = fdt_overlay_apply(base, overlay);
	return ret ? qpasi_overlay_refuse(fault, index, ret) : 0;
}
