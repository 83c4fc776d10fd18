/* SPDX-License-Identifier: BSD-3-Clause */
/* The iommus property: which streams a peripheral's firmware uses. */
#include "platform/platform.h"

/* Takes one entry off the list: a phandle, and as many cells as its target says. */
static int take_entry(struct qpasi_reader *reader, uint32_t node, struct qpas_slice *list,
		      uint32_t *iommu, struct qpas_stream *stream)
{
	const struct qpasi_tree *tree = &reader->platform->tree;
	uint32_t handle = qpasi_tree_next_cell(list);
	int class;

	*iommu = qpasi_tree_by_handle(tree, handle);
	if (*iommu == QPASI_TREE_NONE) {
		class = qpasi_reader_refuse(reader, QPASI_MSG_DT_PHANDLE, node, "iommus");
		reader->fault->a = handle;
		return class;
	}
	if (!qpasi_tree_cell(tree, *iommu, "#iommu-cells", 0, &stream->cell_count) ||
	    stream->cell_count < 1 || stream->cell_count > 4)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_CELLS, *iommu, "#iommu-cells");
	if (list->len < 4 * (size_t)stream->cell_count)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_REG, node, "iommus");
	for (uint32_t i = 0; i < stream->cell_count; i++)
		stream->cells[i] = qpasi_tree_next_cell(list);
	return 0;
}

/* Paths are kept once for each run of entries with the same IOMMU. */
static const char *iommu_path(struct qpasi_reader *reader, uint32_t iommu)
{
	if (!reader->iommu_path || reader->iommu != iommu) {
		reader->iommu = iommu;
		reader->iommu_path =
			qpasi_tree_path(&reader->platform->tree, iommu, &reader->platform->arena);
	}
	return reader->iommu_path;
}

/* Counts the entries and, once `streams` is there, fills it. */
static int walk_entries(struct qpasi_reader *reader, uint32_t node, struct qpas_stream *streams,
			uint32_t *count)
{
	struct qpas_slice list;
	int ret = 0;

	*count = 0;
	(void)qpasi_tree_property(&reader->platform->tree, node, "iommus", &list);
	if (list.len % 4 != 0)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_REG, node, "iommus");
	while (!ret && list.len > 0) {
		struct qpas_stream stream = {0};
		uint32_t iommu;

		if (*count == QPASI_STREAMS_MAX)
			return qpasi_reader_refuse(reader, QPASI_MSG_DT_TOO_MANY, node, "iommus");
		ret = take_entry(reader, node, &list, &iommu, &stream);
		if (!ret && streams) {
			stream.iommu = iommu_path(reader, iommu);
			if (!stream.iommu)
				return qpasi_reader_out_of_memory(reader);
			streams[*count] = stream;
		}
		(*count)++;
	}
	return ret;
}

int qpasi_streams_read(struct qpasi_reader *reader, uint32_t node,
		       struct qpas_peripheral *peripheral)
{
	struct qpas_stream *streams;
	uint32_t count;
	int ret = walk_entries(reader, node, NULL, &count);

	if (ret)
		return ret;
	streams = qpasi_arena_array(&reader->platform->arena, count, sizeof(*streams));
	if (!streams)
		return qpasi_reader_out_of_memory(reader);
	peripheral->streams = streams;
	peripheral->stream_count = count;
	return walk_entries(reader, node, streams, &count);
}
