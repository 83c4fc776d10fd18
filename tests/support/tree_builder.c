/* SPDX-License-Identifier: BSD-3-Clause */
/* The trees of tree_builder.h, through libfdt's writing calls. */
#include "support/tree_builder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libfdt.h>

#include "support/must.h"

#define ROOM (512 * 1024)

static void must_write(int fdt_error)
{
	test_must(fdt_error >= 0, fdt_strerror(fdt_error));
}

static int node_at(const struct test_tree *tree, const char *path)
{
	int node = fdt_path_offset(tree->bytes, path);

	test_must(node >= 0, path);
	return node;
}

static struct test_tree empty_tree(void)
{
	struct test_tree tree = {calloc(1, ROOM), ROOM};

	test_must(tree.bytes != NULL, "memory");
	must_write(fdt_create_empty_tree(tree.bytes, ROOM));
	return tree;
}

void test_tree_free(struct test_tree *tree)
{
	free(tree->bytes);
	tree->bytes = NULL;
}

/* Packing moves blocks, so that it is done for each look, and undone for the next edit. */
struct qpas_slice test_tree_slice(const struct test_tree *tree)
{
	struct qpas_slice slice = {tree->bytes, 0};

	must_write(fdt_pack(tree->bytes));
	slice.len = fdt_totalsize((const void *)tree->bytes);
	return slice;
}

static void make_room(struct test_tree *tree)
{
	must_write(fdt_open_into(tree->bytes, tree->bytes, ROOM));
}

void test_tree_add_node(struct test_tree *tree, const char *parent, const char *name)
{
	make_room(tree);
	must_write(fdt_add_subnode(tree->bytes, node_at(tree, parent), name));
}

void test_tree_delete_node(struct test_tree *tree, const char *path)
{
	must_write(fdt_del_node(tree->bytes, node_at(tree, path)));
}

void test_tree_set(struct test_tree *tree, const char *path, const char *property,
		   const void *value, size_t bytes)
{
	make_room(tree);
	must_write(fdt_setprop(tree->bytes, node_at(tree, path), property, value, (int)bytes));
}

void test_tree_delete(struct test_tree *tree, const char *path, const char *property)
{
	must_write(fdt_delprop(tree->bytes, node_at(tree, path), property));
}

void test_tree_set_text(struct test_tree *tree, const char *path, const char *property,
			const char *text)
{
	test_tree_set(tree, path, property, text, strlen(text) + 1);
}

void test_tree_set_cells(struct test_tree *tree, const char *path, const char *property,
			 size_t count, const uint32_t *cells)
{
	fdt32_t swapped[64];

	test_must(count <= 64, "too many cells");
	for (size_t i = 0; i < count; i++)
		swapped[i] = cpu_to_fdt32(cells[i]);
	test_tree_set(tree, path, property, swapped, count * sizeof(swapped[0]));
}

void test_tree_add_region(struct test_tree *tree, const char *name, uint32_t phandle,
			  uint64_t address, uint64_t size)
{
	char path[128] = "/reserved-memory/";

	strncat(path, name, sizeof(path) - strlen(path) - 1);
	test_tree_add_node(tree, "/reserved-memory", name);
	test_tree_cells(tree, path, "reg", (uint32_t)(address >> 32), (uint32_t)address,
			(uint32_t)(size >> 32), (uint32_t)size);
	test_tree_set(tree, path, "no-map", NULL, 0);
	test_tree_cells(tree, path, "phandle", phandle);
}

struct test_tree test_tree_bare(const char *compatible)
{
	struct test_tree tree = empty_tree();

	test_tree_set_text(&tree, "/", "compatible", compatible);
	test_tree_cells(&tree, "/", "#address-cells", 2);
	test_tree_cells(&tree, "/", "#size-cells", 2);
	test_tree_add_node(&tree, "/", "reserved-memory");
	test_tree_cells(&tree, "/reserved-memory", "#address-cells", 2);
	test_tree_cells(&tree, "/reserved-memory", "#size-cells", 2);
	test_tree_set(&tree, "/reserved-memory", "ranges", NULL, 0);
	return tree;
}

struct test_tree test_tree_overlay(void)
{
	return empty_tree();
}

struct processor {
	const char *node;
	const char *path;
	const char *label;
	const char *compatible;
	const char *firmware;
	const char *region;
	uint32_t address;
	uint32_t size;
	uint32_t region_handle;
	uint32_t stream;
	uint32_t mask;
};

/* Written last to first: libfdt puts a new node before the others. */
static const struct processor processors[] = {
	{"remoteproc@30000000", "/soc@0/remoteproc@30000000", "remoteproc_adsp",
	 "qcom,sa8775p-adsp-pas", "qcom/sa8775p/adsp.mbn", "pil-adsp@95900000", 0x95900000,
	 0x1e00000, 1, 0x3000, 0},
	{"remoteproc@2a300000", "/soc@0/remoteproc@2a300000", "remoteproc_cdsp1",
	 "qcom,sa8775p-cdsp1-pas", "qcom/sa8775p/cdsp1.mbn", "pil-cdsp1@9d400000", 0x9d400000,
	 0x1e00000, 2, 0x29c0, 0x400},
	{"remoteproc@26300000", "/soc@0/remoteproc@26300000", "remoteproc_cdsp0",
	 "qcom,sa8775p-cdsp0-pas", "qcom/sa8775p/cdsp0.mbn", "pil-cdsp0@9b500000", 0x9b500000,
	 0x1e00000, 3, 0x21c0, 0x400},
	{"remoteproc@21c00000", "/soc@0/remoteproc@21c00000", "remoteproc_gpdsp1",
	 "qcom,sa8775p-gpdsp1-pas", "qcom/sa8775p/gpdsp1.mbn", "pil-gdsp1@99600000", 0x99600000,
	 0x1e00000, 4, 0x38c0, 0},
	{"remoteproc@20c00000", "/soc@0/remoteproc@20c00000", "remoteproc_gpdsp0",
	 "qcom,sa8775p-gpdsp0-pas", "qcom/sa8775p/gpdsp0.mbn", "pil-gdsp0@97800000", 0x97800000,
	 0x1e00000, 5, 0x38a0, 0},
};

#define IOMMU_HANDLE 0x10u

static void add_processor(struct test_tree *tree, const struct processor *processor)
{
	static const char interrupts[] = "wdog\0fatal\0ready\0handover\0stop-ack";

	test_tree_add_region(tree, processor->region, processor->region_handle, processor->address,
			     processor->size);
	test_tree_add_node(tree, "/soc@0", processor->node);
	test_tree_cells(tree, processor->path, "iommus", IOMMU_HANDLE, processor->stream,
			processor->mask);
	test_tree_cells(tree, processor->path, "memory-region", processor->region_handle);
	test_tree_set_text(tree, processor->path, "firmware-name", processor->firmware);
	test_tree_set(tree, processor->path, "interrupt-names", interrupts, sizeof(interrupts));
	test_tree_cells(tree, processor->path, "reg", 0, processor->address, 0, 0x10000);
	test_tree_set_text(tree, processor->path, "compatible", processor->compatible);
	/* As dtc does for each label, so that overlays can refer to it. */
	test_tree_cells(tree, processor->path, "phandle", 0x100 + processor->region_handle);
	test_tree_set_text(tree, "/__symbols__", processor->label, processor->path);
}

static void add_media(struct test_tree *tree)
{
	static const char video[] = "qcom,sa8775p-iris\0qcom,sm8550-iris";
	static const char gpu[] = "qcom,adreno-663.0\0qcom,adreno";

	test_tree_add_region(tree, "pil-video@9f900000", 6, 0x9f900000, 0x1000000);
	test_tree_add_region(tree, "pil-gpu@9d300000", 7, 0x9d300000, 0x2000);
	test_tree_add_node(tree, "/soc@0", "video-codec@aa00000");
	test_tree_set(tree, "/soc@0/video-codec@aa00000", "compatible", video, sizeof(video));
	test_tree_cells(tree, "/soc@0/video-codec@aa00000", "reg", 0, 0xaa00000, 0, 0xf0000);
	test_tree_cells(tree, "/soc@0/video-codec@aa00000", "memory-region", 6);
	test_tree_cells(tree, "/soc@0/video-codec@aa00000", "iommus", IOMMU_HANDLE, 0x880, 0x400);
	test_tree_add_node(tree, "/soc@0", "gpu@3d00000");
	test_tree_set(tree, "/soc@0/gpu@3d00000", "compatible", gpu, sizeof(gpu));
	test_tree_add_node(tree, "/soc@0/gpu@3d00000", "zap-shader");
	test_tree_cells(tree, "/soc@0/gpu@3d00000/zap-shader", "memory-region", 7);
	test_tree_set_text(tree, "/soc@0/gpu@3d00000/zap-shader", "firmware-name",
			   "qcom/sa8775p/a663_zap.mbn");
}

struct test_tree test_tree_lemans(void)
{
	static const char compatible[] = "qcom,lemans-evk\0qcom,qcs9100\0qcom,sa8775p";
	struct test_tree tree = test_tree_bare("");

	test_tree_set(&tree, "/", "compatible", compatible, sizeof(compatible));
	test_tree_set_text(&tree, "/", "model", "Board of the lemans kind");
	test_tree_add_node(&tree, "/", "__symbols__");
	test_tree_add_node(&tree, "/", "soc@0");
	test_tree_add_node(&tree, "/soc@0", "iommu@15000000");
	test_tree_cells(&tree, "/soc@0/iommu@15000000", "#iommu-cells", 2);
	test_tree_cells(&tree, "/soc@0/iommu@15000000", "phandle", IOMMU_HANDLE);
	test_tree_set_text(&tree, "/__symbols__", "apps_smmu", "/soc@0/iommu@15000000");
	for (size_t i = 0; i < sizeof(processors) / sizeof(processors[0]); i++)
		add_processor(&tree, &processors[i]);
	add_media(&tree);
	test_tree_add_node(&tree, "/", "memory@80000000");
	test_tree_set_text(&tree, "/memory@80000000", "device_type", "memory");
	test_tree_cells(&tree, "/memory@80000000", "reg", 0, 0x80000000, 0, 0);
	return tree;
}

static void write_file(int folder, const char *name, const void *value, size_t bytes)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	test_must(fd >= 0 && write(fd, value, bytes) == (ssize_t)bytes && close(fd) == 0, name);
}

void test_tree_unpack(const struct test_tree *tree, const char *folder)
{
	int folders[64] = {open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	int depth = 0;
	int top = 0;

	test_must(folders[0] >= 0, folder);
	for (int node = 0; node >= 0 && depth >= 0;
	     node = fdt_next_node(tree->bytes, node, &depth)) {
		const char *name = fdt_get_name(tree->bytes, node, NULL);
		int property;

		while (top > depth || (top == depth && depth > 0))
			(void)close(folders[top--]);
		if (depth > 0) {
			test_must(mkdirat(folders[depth - 1], name, 0700) == 0, name);
			folders[depth] = openat(folders[depth - 1], name,
						O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			test_must(folders[depth] >= 0, name);
			top = depth;
		}
		fdt_for_each_property_offset(property, tree->bytes, node)
		{
			const char *label;
			int bytes;
			const void *value =
				fdt_getprop_by_offset(tree->bytes, property, &label, &bytes);

			write_file(folders[depth], label, value, (size_t)bytes);
		}
	}
	for (; top >= 0; top--)
		(void)close(folders[top]);
}
