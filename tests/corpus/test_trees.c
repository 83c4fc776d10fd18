/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every device tree of Debian's arm64 kernel package: all read, what they say makes sense, and a
 * tree plus overlay says what the merged tree says. Counts are printed; properties are asserted.
 */
#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qpas/platform.h>

#include "support/report.h"
#include "support/tree_builder.h"

static char folder[2048];

static struct qpas_platform *must_read(const char *const *names, size_t count)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;

	if (qpas_platform_open_file(names, count, NULL, &platform, &err))
		fail_msg("%s: %s", names[0], err.text);
	return platform;
}

static struct qpas_platform *read_tree(const char *name)
{
	char path[4096];
	const char *const names[] = {path};

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return must_read(names, 1);
}

static struct qpas_peripheral at(const struct qpas_platform *platform, uint32_t index)
{
	struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;

	assert_int_equal(qpas_platform_peripheral(platform, index, &peripheral, NULL), 0);
	return peripheral;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);
	size_t tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

struct counts {
	uint32_t trees, el2_trees, el2_without_path;
	uint32_t kinds[8];
	uint32_t no_pas, ambiguous, dynamic, overlapping, el2_path, static_carveouts, firmware;
};

/* Modem, WPSS and WCSS of these drivers are started without PAS. */
static bool driver_makes_no_pas_call(const char *compatible)
{
	return ends_with(compatible, "-mss-pil") || ends_with(compatible, "-wpss-pil") ||
	       ends_with(compatible, "-wcss-pil");
}

static void check_id(const char *tree, const struct qpas_peripheral *found)
{
	bool pas = (found->flags & QPAS_PERIPHERAL_PAS) != 0;

	assert_int_equal(pas, found->pas_id != QPAS_NO_PAS_ID);
	switch (found->kind) {
	case QPAS_KIND_REMOTEPROC:
		/* A processor that PAS starts and that we have no id for would be a gap. */
		if (pas == driver_makes_no_pas_call(found->compatible))
			fail_msg("%s: %s: pas id %d", tree, found->compatible, (int)found->pas_id);
		break;
	case QPAS_KIND_VIDEO:
		assert_int_equal(found->pas_id, 9);
		break;
	case QPAS_KIND_GPU:
		assert_int_equal(found->pas_id, 13);
		break;
	case QPAS_KIND_WIFI:
		assert_false(pas);
		break;
	default:
		assert_int_equal(found->kind, QPAS_KIND_IPA);
	}
}

static void check_carveouts(const char *tree, const struct qpas_peripheral *found,
			    struct counts *counts)
{
	for (uint32_t i = 0; i < found->carveout_count; i++) {
		const struct qpas_carveout *carveout = &found->carveouts[i];

		counts->dynamic += carveout->dynamic;
		counts->static_carveouts += !carveout->dynamic;
		if (carveout->size == 0 || carveout->size > UINT64_C(0x40000000) ||
		    (carveout->address == 0) != (carveout->dynamic == 1) ||
		    carveout->address % 4096 || carveout->address > UINT64_C(0x1000000000))
			fail_msg("%s: %s: 0x%" PRIx64 " + 0x%" PRIx64, tree, found->path,
				 carveout->address, carveout->size);
	}
	for (uint32_t i = 0; i < found->assign_count; i++)
		assert_true(found->assigns[i].region_index < found->carveout_count);
}

static void check_peripheral(const char *tree, const struct qpas_platform *platform,
			     const struct qpas_peripheral *found, struct counts *counts)
{
	struct qpas_peripheral again = QPAS_PERIPHERAL_INIT;

	counts->kinds[found->kind]++;
	counts->no_pas += found->kind == QPAS_KIND_REMOTEPROC && found->pas_id == QPAS_NO_PAS_ID;
	counts->el2_path += (found->flags & QPAS_PERIPHERAL_EL2_PATH) != 0;
	counts->overlapping += (found->flags & QPAS_PERIPHERAL_CARVEOUT_OVERLAP) != 0;
	counts->firmware += found->firmware_count;
	check_id(tree, found);
	check_carveouts(tree, found, counts);
	if (found->dtb_pas_id != QPAS_NO_PAS_ID)
		assert_true(found->firmware_count == 2 && found->carveout_count >= 2);
	for (uint32_t i = 0; i < found->stream_count; i++)
		assert_true(found->streams[i].iommu[0] == '/' && found->streams[i].cell_count >= 1);
	assert_int_equal(qpas_platform_find(platform, found->path, &again, NULL), 0);
	assert_string_equal(again.path, found->path);
	if (qpas_platform_find(platform, found->name, &again, NULL))
		counts->ambiguous++;
}

static void check_tree(const char *name, struct counts *counts)
{
	struct qpas_platform *platform = read_tree(name);
	uint32_t el2 = 0;

	for (uint32_t i = 0; i < qpas_platform_count(platform); i++) {
		struct qpas_peripheral found = at(platform, i);

		check_peripheral(name, platform, &found, counts);
		el2 += (found.flags & QPAS_PERIPHERAL_EL2_PATH) != 0;
	}
	assert_true(qpas_platform_model(platform)[0]);
	counts->trees++;
	if (ends_with(name, "-el2.dtb")) {
		counts->el2_trees++;
		counts->el2_without_path += el2 == 0;
	}
	qpas_platform_unref(platform);
}

static void every_tree_reads(void **state)
{
	struct counts counts = {0};
	DIR *trees = opendir(folder);
	const struct dirent *entry;

	(void)state;
	if (!trees)
		fail_msg("%s: no device trees; run scripts/fetch-data", folder);
	while ((entry = readdir(trees)) != NULL) {
		if (ends_with(entry->d_name, ".dtb"))
			check_tree(entry->d_name, &counts);
	}
	(void)closedir(trees);
	print_message("%" PRIu32 " trees, %" PRIu32 " of them -el2 (%" PRIu32
		      " without EL2 path)\n",
		      counts.trees, counts.el2_trees, counts.el2_without_path);
	test_report("device-trees", counts.trees);
	for (size_t i = 0; i < sizeof(counts.kinds) / sizeof(counts.kinds[0]); i++)
		test_report("peripherals", counts.kinds[i]);
	print_message("remoteproc %" PRIu32 " (%" PRIu32 " not through PAS), video %" PRIu32
		      ", gpu %" PRIu32 ", ipa %" PRIu32 ", wifi %" PRIu32 "\n",
		      counts.kinds[QPAS_KIND_REMOTEPROC], counts.no_pas,
		      counts.kinds[QPAS_KIND_VIDEO], counts.kinds[QPAS_KIND_GPU],
		      counts.kinds[QPAS_KIND_IPA], counts.kinds[QPAS_KIND_WIFI]);
	print_message("carveouts %" PRIu32 " fixed, %" PRIu32 " without address, %" PRIu32
		      " overlapping; firmware names %" PRIu32 "; EL2 path %" PRIu32
		      "; ambiguous names %" PRIu32 "\n",
		      counts.static_carveouts, counts.dynamic, counts.overlapping, counts.firmware,
		      counts.el2_path, counts.ambiguous);
	/* Trees come and go between releases; a quarter of them does not. */
	assert_true(counts.trees >= 300 && counts.el2_trees >= 30);
	assert_true(counts.kinds[QPAS_KIND_REMOTEPROC] >= 720 && counts.no_pas >= 138);
	assert_true(counts.kinds[QPAS_KIND_VIDEO] >= 210 && counts.kinds[QPAS_KIND_GPU] >= 160);
	assert_true(counts.el2_path >= 50);
	assert_int_equal(counts.ambiguous, 0);
}

static void lemans_el2_has_its_five_processors(void **state)
{
	static const struct {
		const char *name, *firmware;
		uint32_t pas_id, address, stream, mask;
	} wanted[] = {
		{"adsp", "qcom/sa8775p/adsp.mbn", 1, 0x95900000, 0x3000, 0},
		{"cdsp0", "qcom/sa8775p/cdsp0.mbn", 18, 0x9b500000, 0x21c0, 0x400},
		{"cdsp1", "qcom/sa8775p/cdsp1.mbn", 30, 0x9d400000, 0x29c0, 0x400},
		{"gpdsp0", "qcom/sa8775p/gpdsp0.mbn", 39, 0x97800000, 0x38a0, 0},
		{"gpdsp1", "qcom/sa8775p/gpdsp1.mbn", 40, 0x99600000, 0x38c0, 0},
	};
	struct qpas_platform *platform = read_tree("lemans-evk-el2.dtb");

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct qpas_peripheral found = QPAS_PERIPHERAL_INIT;

		assert_int_equal(qpas_platform_find(platform, wanted[i].name, &found, NULL), 0);
		assert_int_equal(found.pas_id, wanted[i].pas_id);
		assert_int_equal(found.firmware_count, 1);
		assert_string_equal(found.firmware[0], wanted[i].firmware);
		assert_int_equal(found.carveout_count, 1);
		assert_int_equal(found.carveouts[0].address, wanted[i].address);
		assert_int_equal(found.carveouts[0].size, 0x1e00000);
		assert_int_equal(found.stream_count, 1);
		assert_int_equal(found.streams[0].cells[0], wanted[i].stream);
		assert_int_equal(found.streams[0].cells[1], wanted[i].mask);
		assert_int_equal(found.lacks, 0);
		assert_true(found.flags & QPAS_PERIPHERAL_EL2_PATH);
	}
	qpas_platform_unref(platform);
}

/*
 * What the six overlays for EL2 in arch/arm64/boot/dts/qcom change in nodes that are ours, written down
 * from them: a stream, a child with a stream, or neither and the node is switched off.
 */
struct change {
	const char *label;
	uint32_t stream, mask;
	const char *child;
};

#define LEMANS	 "lemans- qcs9100-"
#define MONACO	 "monaco- qcs8300-"
#define TALOS	 "qcs615-"
#define X1	 "x1 hamoa- purwa-"
#define SC8280XP "sc8280xp-"
#define SC7180	 "sc7180-"

static const struct {
	/* How the names of its trees begin. */
	const char *trees;
	struct change changes[7];
} overlays[] = {
	{LEMANS,
	 {{"remoteproc_adsp", 0x3000, 0, NULL},
	  {"remoteproc_cdsp0", 0x21c0, 0x400, NULL},
	  {"remoteproc_cdsp1", 0x29c0, 0x400, NULL},
	  {"remoteproc_gpdsp0", 0x38a0, 0, NULL},
	  {"remoteproc_gpdsp1", 0x38c0, 0, NULL},
	  {"iris", 0, 0, NULL},
	  {"gpu_zap_shader", 0, 0, NULL}}},
	{MONACO,
	 {{"remoteproc_adsp", 0x2000, 0, NULL},
	  {"remoteproc_cdsp", 0x19c0, 0x400, NULL},
	  {"remoteproc_gpdsp", 0x28a0, 0, NULL},
	  {"iris", 0, 0, NULL},
	  {"gpu_zap_shader", 0, 0, NULL}}},
	{TALOS,
	 {{"remoteproc_adsp", 0x1720, 0, NULL},
	  {"remoteproc_cdsp", 0x1080, 0, NULL},
	  {"venus", 0, 0, NULL},
	  {"gpu_zap_shader", 0, 0, NULL}}},
	{X1,
	 {{"remoteproc_adsp", 0x1000, 0x80, NULL},
	  {"remoteproc_cdsp", 0xc00, 0, NULL},
	  {"iris", 0, 0, NULL},
	  {"gpu_zap_shader", 0, 0, NULL}}},
	{SC8280XP, {{"gpu_zap_shader", 0, 0, NULL}}},
	{SC7180, {{"venus", 0xc42, 0, "video-firmware"}, {"gpu_zap_shader", 0, 0, NULL}}},
};

#define OVERLAYS (sizeof(overlays) / sizeof(overlays[0]))

/* One fragment; its reference to the IOMMU goes behind `references`. */
static void add_change(struct test_tree *overlay, const struct change *change, size_t number,
		       char references[1024], size_t *used)
{
	char fragment[32], inside[128], target[64];

	(void)snprintf(fragment, sizeof(fragment), "/fragment@%zu", number);
	(void)snprintf(inside, sizeof(inside), "%s/__overlay__", fragment);
	(void)snprintf(target, sizeof(target), "%s:target:0", fragment);
	test_tree_add_node(overlay, "/", fragment + 1);
	test_tree_cells(overlay, fragment, "target", 0xffffffff);
	test_tree_add_node(overlay, fragment, "__overlay__");
	test_tree_set_text(overlay, "/__fixups__", change->label, target);
	if (!change->stream) {
		test_tree_set_text(overlay, inside, "status", "disabled");
		return;
	}
	if (change->child) {
		test_tree_add_node(overlay, inside, change->child);
		(void)snprintf(inside, sizeof(inside), "%s/__overlay__/%s", fragment,
			       change->child);
	}
	test_tree_cells(overlay, inside, "iommus", 0xffffffff, change->stream, change->mask);
	*used += (size_t)snprintf(references + *used, 1024 - *used, "%s:iommus:0", inside) + 1;
	assert_true(*used < 1024);
}

static struct test_tree el2_overlay(size_t which)
{
	struct test_tree overlay = test_tree_overlay();
	const struct change *changes = overlays[which].changes;
	char references[1024];
	size_t used = 0;

	test_tree_add_node(&overlay, "/", "__fixups__");
	for (size_t i = 0; i < 7 && changes[i].label; i++)
		add_change(&overlay, &changes[i], i, references, &used);
	if (used)
		test_tree_set(&overlay, "/__fixups__", "apps_smmu", references, used);
	return overlay;
}

/* By the words of `trees`; OVERLAYS if it is none of them. */
static size_t overlay_for(const char *tree)
{
	for (size_t i = 0; i < OVERLAYS; i++) {
		const char *word = overlays[i].trees;

		while (*word) {
			size_t length = strcspn(word, " ");

			if (!strncmp(tree, word, length))
				return i;
			word += length + strspn(word + length, " ");
		}
	}
	return OVERLAYS;
}

static void same_carveouts_and_streams(const struct qpas_peripheral *a,
				       const struct qpas_peripheral *b)
{
	assert_int_equal(a->carveout_count, b->carveout_count);
	for (uint32_t i = 0; i < a->carveout_count; i++) {
		assert_string_equal(a->carveouts[i].name, b->carveouts[i].name);
		assert_int_equal(a->carveouts[i].address, b->carveouts[i].address);
		assert_int_equal(a->carveouts[i].size, b->carveouts[i].size);
	}
	assert_int_equal(a->stream_count, b->stream_count);
	for (uint32_t i = 0; i < a->stream_count; i++) {
		assert_string_equal(a->streams[i].iommu, b->streams[i].iommu);
		assert_memory_equal(a->streams[i].cells, b->streams[i].cells,
				    sizeof(a->streams[i].cells));
	}
}

static void same_peripherals(const char *tree, const struct qpas_platform *both,
			     const struct qpas_platform *merged)
{
	assert_int_equal(qpas_platform_count(both), qpas_platform_count(merged));
	for (uint32_t i = 0; i < qpas_platform_count(merged); i++) {
		struct qpas_peripheral a = at(both, i);
		struct qpas_peripheral b = at(merged, i);

		if (strcmp(a.path, b.path) || strcmp(a.status, b.status) || a.flags != b.flags ||
		    a.lacks != b.lacks || a.stream_count != b.stream_count)
			fail_msg("%s: %s (%s, lacks %" PRIx64 ", %" PRIu32 " streams) is %s (%s, "
				 "lacks %" PRIx64 ", %" PRIu32 " streams) in the merged tree",
				 tree, a.path, a.status, a.lacks, a.stream_count, b.path, b.status,
				 b.lacks, b.stream_count);
		assert_string_equal(a.name, b.name);
		assert_int_equal(a.pas_id, b.pas_id);
		assert_int_equal(a.dtb_pas_id, b.dtb_pas_id);
		assert_int_equal(a.firmware_count, b.firmware_count);
		for (uint32_t n = 0; n < a.firmware_count; n++)
			assert_string_equal(a.firmware[n], b.firmware[n]);
		same_carveouts_and_streams(&a, &b);
	}
}

/* A base tree with an overlay of our own beside it against the kernel's merged tree. */
static void compare_pair(const char *merged_name, const char *overlay)
{
	char base[4096];
	const char *const names[] = {base, overlay};
	struct qpas_platform *merged = read_tree(merged_name);
	struct qpas_platform *both;

	(void)snprintf(base, sizeof(base), "%s/%.*s.dtb", folder,
		       (int)(strlen(merged_name) - strlen("-el2.dtb")), merged_name);
	both = must_read(names, 2);
	same_peripherals(merged_name, both, merged);
	qpas_platform_unref(both);
	qpas_platform_unref(merged);
}

static void write_overlay(size_t which, char name[])
{
	struct test_tree overlay = el2_overlay(which);
	struct qpas_slice slice = test_tree_slice(&overlay);
	int fd = mkstemp(name);
	FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;

	assert_non_null(file);
	assert_int_equal(fwrite(slice.ptr, 1, slice.len, file), slice.len);
	assert_int_equal(fclose(file), 0);
	test_tree_free(&overlay);
}

/* Each tree for EL2 of the package, with the overlay that its name says. */
static void base_and_overlay_equal_the_merged_tree(void **state)
{
	char names[OVERLAYS][32];
	uint32_t pairs[OVERLAYS] = {0};
	DIR *trees = opendir(folder);
	const struct dirent *entry;

	(void)state;
	assert_non_null(trees);
	for (size_t i = 0; i < OVERLAYS; i++) {
		memcpy(names[i], "/tmp/qpas-overlay-XXXXXX", 25);
		write_overlay(i, names[i]);
	}
	while ((entry = readdir(trees)) != NULL) {
		size_t which;

		if (!ends_with(entry->d_name, "-el2.dtb"))
			continue;
		which = overlay_for(entry->d_name);
		if (which == OVERLAYS)
			fail_msg("%s: an overlay that is not known here", entry->d_name);
		compare_pair(entry->d_name, names[which]);
		pairs[which]++;
	}
	(void)closedir(trees);
	for (size_t i = 0; i < OVERLAYS; i++) {
		print_message("%-16s %" PRIu32 " trees\n", overlays[i].trees, pairs[i]);
		assert_true(pairs[i] > 0);
		(void)remove(names[i]);
	}
}

static uint8_t *read_bytes(const char *name, size_t *size)
{
	char path[4096];
	FILE *file;
	uint8_t *bytes = malloc(1 << 20);

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	assert_true(file && bytes);
	*size = fread(bytes, 1, 1 << 20, file);
	assert_int_equal(fclose(file), 0);
	return bytes;
}

/* D01 on a real tree: every prefix of the first 4 KiB, then steps. */
static void prefixes_of_a_real_tree_are_refused(void **state)
{
	size_t size;
	uint8_t *bytes = read_bytes("lemans-evk-el2.dtb", &size);
	struct qpas_platform *platform;

	(void)state;
	assert_true(size > 8192);
	for (size_t cut = 0; cut < size; cut += cut < 4096 ? 1 : 997) {
		/* A copy of exactly this length, for AddressSanitizer. */
		uint8_t *prefix = malloc(cut + 1);
		struct qpas_slice slice = {prefix, cut};

		assert_non_null(prefix);
		memcpy(prefix, bytes, cut);
		assert_true(qpas_platform_open_memory(slice, NULL, 0, NULL, &platform, NULL) < 0);
		free(prefix);
	}
	free(bytes);
}

static void flipped_bits_of_a_real_tree_do_no_harm(void **state)
{
	size_t size;
	uint8_t *bytes = read_bytes("x1e80100-crd-el2.dtb", &size);
	struct qpas_slice slice = {bytes, size};
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
	uint32_t read = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		struct qpas_platform *platform;
		size_t place;
		uint8_t bit;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		place = (size_t)(seed >> 33) % size;
		bit = (uint8_t)(1u << (seed >> 30 & 7));
		bytes[place] ^= bit;
		if (qpas_platform_open_memory(slice, NULL, 0, NULL, &platform, NULL) == 0)
			read++;
		qpas_platform_unref(platform);
		bytes[place] ^= bit;
	}
	print_message("%" PRIu32 " of 1000 flips leave a tree that reads\n", read);
	assert_true(read > 0 && read < 1000);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_tree_reads),
		cmocka_unit_test(lemans_el2_has_its_five_processors),
		cmocka_unit_test(base_and_overlay_equal_the_merged_tree),
		cmocka_unit_test(prefixes_of_a_real_tree_are_refused),
		cmocka_unit_test(flipped_bits_of_a_real_tree_do_no_harm),
	};
	const char *data = getenv("QPAS_DATA_DIR");

	if (!data) {
		fprintf(stderr, "QPAS_DATA_DIR is not set: no device trees to read\n");
		return 1;
	}
	(void)snprintf(folder, sizeof(folder), "%s/dtb", data);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
