/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of the machine, reserved regions, and the carveouts of peripherals. */
#include "platform/platform.h"

#include <string.h>

#include "base/ckd.h"

/* Cell counts of a node's children; an address or a size has one or two. */
static int read_cells(struct qpasi_reader *reader, uint32_t node, struct qpasi_cells *cells)
{
	const struct qpasi_tree *tree = &reader->platform->tree;

	if (!qpasi_tree_cell(tree, node, "#address-cells", 2, &cells->address) ||
	    cells->address < 1 || cells->address > 2)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_CELLS, node, "#address-cells");
	if (!qpasi_tree_cell(tree, node, "#size-cells", 1, &cells->size) || cells->size < 1 ||
	    cells->size > 2)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_CELLS, node, "#size-cells");
	return 0;
}

static size_t entry_bytes(const struct qpasi_cells *cells)
{
	return 4 * ((size_t)cells->address + cells->size);
}

static uint64_t take_number(struct qpas_slice *list, uint32_t cells)
{
	uint64_t number = 0;

	for (uint32_t i = 0; i < cells; i++)
		number = number << 32 | qpasi_tree_next_cell(list);
	return number;
}

/* Zero size, or an end that wraps: nothing can be loaded there. */
static int refuse_region(struct qpasi_reader *reader, uint32_t node, uint64_t address,
			 uint64_t size)
{
	int class = qpasi_reader_refuse(reader, QPASI_MSG_DT_REGION, node, NULL);

	reader->fault->a = address;
	reader->fault->b = size;
	return class;
}

/* The reg property of a node; absent or empty gives an empty list. */
static int read_reg(struct qpasi_reader *reader, uint32_t node, const struct qpasi_cells *cells,
		    struct qpas_slice *reg)
{
	(void)qpasi_tree_property(&reader->platform->tree, node, "reg", reg);
	if (reg->len % entry_bytes(cells) != 0)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_REG, node, "reg");
	return 0;
}

/* One pass over a node's ranges: counts where `ranges` is not there yet, fills it else. */
static int add_ranges(struct qpasi_reader *reader, uint32_t node, const struct qpasi_cells *cells,
		      bool is_memory)
{
	struct qpas_platform *platform = reader->platform;
	struct qpas_slice reg;
	int ret = read_reg(reader, node, cells, &reg);

	while (!ret && reg.len > 0) {
		uint64_t address = take_number(&reg, cells->address);
		uint64_t size = take_number(&reg, cells->size);
		struct qpas_slice no_map;
		uint64_t end;

		/* Boot loaders fill memory nodes in: only there a size may be 0. */
		if ((size == 0 && !is_memory) || ckd_add(&end, address, size))
			return refuse_region(reader, node, address, size);
		if (platform->ranges) {
			struct qpas_memory_range *range = &platform->ranges[platform->range_count];

			range->name = qpasi_tree_name(&platform->tree, node);
			range->address = address;
			range->size = size;
			range->is_memory = is_memory;
			range->no_map =
				qpasi_tree_property(&platform->tree, node, "no-map", &no_map);
		}
		platform->range_count++;
		if (is_memory)
			platform->memory_count++;
	}
	return ret;
}

/* The kernel goes by device_type; some trees have the name only. */
static bool is_memory(const struct qpasi_tree *tree, uint32_t node)
{
	const char *type = qpasi_tree_string(tree, node, "device_type");

	return qpasi_tree_is_named(tree, node, "memory") || (type && strcmp(type, "memory") == 0);
}

/* Nodes that are switched off do not count: some have a placeholder of size 0. */
static int add_children(struct qpasi_reader *reader, uint32_t parent,
			const struct qpasi_cells *cells, bool memory)
{
	const struct qpasi_tree *tree = &reader->platform->tree;
	int ret = 0;

	for (uint32_t i = parent + 1; i < tree->node_count && !ret; i++) {
		if (parent != QPASI_TREE_ROOT && tree->nodes[i].parent < parent)
			break;
		if (tree->nodes[i].parent != parent || !qpasi_tree_available(tree, i) ||
		    (memory && !is_memory(tree, i)))
			continue;
		ret = add_ranges(reader, i, cells, memory);
	}
	return ret;
}

static int add_all(struct qpasi_reader *reader, const struct qpasi_cells *root)
{
	int ret;

	reader->platform->range_count = 0;
	reader->platform->memory_count = 0;
	ret = add_children(reader, QPASI_TREE_ROOT, root, true);
	if (!ret && reader->reserved_memory != QPASI_TREE_NONE)
		ret = add_children(reader, reader->reserved_memory, &reader->reserved_cells, false);
	return ret;
}

/* Two passes over the same loops: the first counts, the second fills. */
int qpasi_regions_read(struct qpasi_reader *reader)
{
	struct qpas_platform *platform = reader->platform;
	struct qpasi_cells root;
	int ret = read_cells(reader, QPASI_TREE_ROOT, &root);

	reader->reserved_memory =
		qpasi_tree_child(&platform->tree, QPASI_TREE_ROOT, "reserved-memory");
	if (!ret && reader->reserved_memory != QPASI_TREE_NONE)
		ret = read_cells(reader, reader->reserved_memory, &reader->reserved_cells);
	if (!ret)
		ret = add_all(reader, &root);
	if (ret)
		return ret;
	platform->ranges = qpasi_arena_array(&platform->arena, platform->range_count,
					     sizeof(*platform->ranges));
	return platform->ranges ? add_all(reader, &root) : qpasi_reader_out_of_memory(reader);
}

/* Whether the memory nodes cover a region; those of size 0 say nothing. */
static bool in_memory(const struct qpas_platform *platform, uint64_t address, uint64_t size)
{
	uint64_t end = address + size;
	bool known = false;
	bool moved = true;

	while (moved && address < end) {
		moved = false;
		for (uint32_t i = 0; i < platform->memory_count; i++) {
			const struct qpas_memory_range *range = &platform->ranges[i];

			known = known || range->size > 0;
			if (address >= range->address && address - range->address < range->size) {
				address = range->address + range->size;
				moved = true;
			}
		}
	}
	return !known || address >= end;
}

/* A region that the kernel places, or that is switched off. */
static int read_unplaced(struct qpasi_reader *reader, uint32_t region,
			 struct qpas_carveout *carveout)
{
	const struct qpasi_tree *tree = &reader->platform->tree;
	struct qpas_slice size;

	carveout->dynamic = 1;
	if (!qpasi_tree_property(tree, region, "size", &size))
		return qpasi_tree_available(tree, region) ?
			       qpasi_reader_refuse(reader, QPASI_MSG_DT_REG, region, "reg") :
			       0;
	if (size.len != 4 * (size_t)reader->reserved_cells.size)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_REG, region, "size");
	carveout->size = take_number(&size, reader->reserved_cells.size);
	return carveout->size ? 0 : refuse_region(reader, region, 0, 0);
}

/* The first range of a region is the carveout, as for the kernel. */
static int read_carveout(struct qpasi_reader *reader, uint32_t region,
			 struct qpas_carveout *carveout)
{
	const struct qpasi_tree *tree = &reader->platform->tree;
	struct qpas_slice reg;
	int ret = read_reg(reader, region, &reader->reserved_cells, &reg);

	if (ret)
		return ret;
	carveout->name = qpasi_tree_name(tree, region);
	if (reg.len == 0 || !qpasi_tree_available(tree, region))
		return read_unplaced(reader, region, carveout);
	/* Zero sizes and wraps were refused when the ranges were read. */
	carveout->address = take_number(&reg, reader->reserved_cells.address);
	carveout->size = take_number(&reg, reader->reserved_cells.size);
	return 0;
}

/* A phandle of anything else, the node itself included, is no carveout. */
static int find_region(struct qpasi_reader *reader, uint32_t node, uint32_t handle,
		       uint32_t *region)
{
	const struct qpasi_tree *tree = &reader->platform->tree;
	uint32_t message = QPASI_MSG_DT_PHANDLE;
	int class;

	*region = qpasi_tree_by_handle(tree, handle);
	if (*region != QPASI_TREE_NONE) {
		if (tree->nodes[*region].parent == reader->reserved_memory)
			return 0;
		message = QPASI_MSG_DT_NOT_REGION;
	}
	class = qpasi_reader_refuse(reader, message, node, "memory-region");
	reader->fault->a = handle;
	return class;
}

/* Where the tree knows the memory, an image must not go elsewhere. */
static int check_carveout(struct qpasi_reader *reader, uint32_t node,
			  const struct qpas_carveout *carveout)
{
	int class;

	if (carveout->dynamic || in_memory(reader->platform, carveout->address, carveout->size))
		return 0;
	class = qpasi_reader_refuse(reader, QPASI_MSG_DT_REGION_OUTSIDE, node, NULL);
	reader->fault->a = carveout->address;
	return class;
}

int qpasi_carveouts_read(struct qpasi_reader *reader, uint32_t node,
			 struct qpas_peripheral *peripheral)
{
	struct qpas_platform *platform = reader->platform;
	struct qpas_carveout *carveouts;
	struct qpas_slice handles;
	int ret = 0;

	(void)qpasi_tree_property(&platform->tree, node, "memory-region", &handles);
	if (handles.len % 4 != 0)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_REG, node, "memory-region");
	if (handles.len / 4 > QPASI_REGIONS_MAX)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_TOO_MANY, node, "memory-region");
	carveouts = qpasi_arena_array(&platform->arena, handles.len / 4, sizeof(*carveouts));
	if (!carveouts)
		return qpasi_reader_out_of_memory(reader);
	peripheral->carveouts = carveouts;
	while (!ret && handles.len > 0) {
		struct qpas_carveout *carveout = &carveouts[peripheral->carveout_count];
		uint32_t region;

		ret = find_region(reader, node, qpasi_tree_next_cell(&handles), &region);
		if (!ret)
			ret = read_carveout(reader, region, carveout);
		if (!ret && (peripheral->flags & QPAS_PERIPHERAL_PAS))
			ret = check_carveout(reader, node, carveout);
		peripheral->carveout_count++;
	}
	return ret;
}

const struct qpas_memory_range *qpasi_carveout_overlap(const struct qpas_platform *platform,
						       const struct qpas_carveout *carveout)
{
	for (uint32_t i = platform->memory_count; i < platform->range_count; i++) {
		const struct qpas_memory_range *range = &platform->ranges[i];

		/* The same place in the tree: the carveout's own node. */
		if (range->name == carveout->name || carveout->dynamic)
			continue;
		if (range->address < carveout->address + carveout->size &&
		    carveout->address < range->address + range->size)
			return range;
	}
	return NULL;
}
