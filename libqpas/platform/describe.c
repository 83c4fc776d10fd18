/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts the description of each peripheral together from the tree and the SoC table. */
#include "platform/platform.h"

#include <string.h>

/* With the arena spent, the name alone must do. */
int qpasi_reader_refuse(struct qpasi_reader *reader, uint32_t message, uint32_t node,
			const char *about)
{
	int class = qpasi_fault_set(reader->fault, message, QPAS_NO_SEGMENT, 0, 0);
	const char *path = qpasi_tree_path(&reader->platform->tree, node, &reader->platform->arena);

	reader->fault->s = path ? path : qpasi_tree_name(&reader->platform->tree, node);
	reader->fault->t = about;
	return class;
}

int qpasi_reader_out_of_memory(struct qpasi_reader *reader)
{
	return qpasi_fault_set(reader->fault, qpasi_arena_message(&reader->platform->arena),
			       QPAS_NO_SEGMENT, QPASI_ARENA_BUDGET, 0);
}

/* A device whose bus is switched off is not there either. */
static bool is_enabled(const struct qpasi_tree *tree, uint32_t node)
{
	for (; node != QPASI_TREE_ROOT; node = tree->nodes[node].parent) {
		if (!qpasi_tree_available(tree, node))
			return false;
	}
	return true;
}

/* Strings must end: whoever prints them would run on else. */
static int read_text(struct qpasi_reader *reader, const struct qpasi_candidate *candidate,
		     struct qpas_peripheral *peripheral)
{
	struct qpas_platform *platform = reader->platform;
	uint32_t node = candidate->node;
	struct qpas_slice status;

	peripheral->name = qpasi_candidate_name(candidate, &platform->arena);
	peripheral->path = qpasi_tree_path(&platform->tree, node, &platform->arena);
	if (!peripheral->name || !peripheral->path)
		return qpasi_reader_out_of_memory(reader);
	peripheral->compatible = qpasi_tree_string(&platform->tree, node, "compatible");
	if (!peripheral->compatible)
		peripheral->compatible = qpasi_tree_string(
			&platform->tree, platform->tree.nodes[node].parent, "compatible");
	peripheral->status = "okay";
	if (qpasi_tree_property(&platform->tree, node, "status", &status))
		peripheral->status = qpasi_tree_next_string(&status);
	if (!peripheral->status)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_TEXT, node, "status");
	if (is_enabled(&platform->tree, node))
		peripheral->flags |= QPAS_PERIPHERAL_ENABLED;
	else
		peripheral->lacks |= QPAS_LACKS_STATUS;
	return 0;
}

static int read_assigns(struct qpasi_reader *reader, const struct qpasi_soc_row *row,
			struct qpas_peripheral *peripheral)
{
	struct qpas_assign *assigns =
		qpasi_arena_array(&reader->platform->arena, row->assign_count, sizeof(*assigns));

	if (!assigns)
		return qpasi_reader_out_of_memory(reader);
	for (uint32_t i = 0; i < row->assign_count; i++) {
		assigns[i].region_index = row->assign_first + i;
		assigns[i].vmid = row->assign_vmid;
		assigns[i].shared = row->assign_shared;
	}
	peripheral->assigns = assigns;
	peripheral->assign_count = row->assign_count;
	return 0;
}

/* Whether the remote processor can say that it is up. */
static bool interrupts_have_ready(const struct qpasi_tree *tree, uint32_t node)
{
	struct qpas_slice list;
	const char *name;

	if (!qpasi_tree_property(tree, node, "interrupt-names", &list))
		return false;
	while ((name = qpasi_tree_next_string(&list)) != NULL) {
		if (strcmp(name, "ready") == 0)
			return true;
	}
	return false;
}

/* The PAS driver insists on a ready interrupt, the one for WCNSS takes what there is. */
static int apply_row(struct qpasi_reader *reader, const struct qpasi_candidate *candidate,
		     struct qpas_peripheral *peripheral)
{
	const struct qpasi_soc_row *row = candidate->row;

	if (!row || (row->driver != QPASI_SOC_PAS && row->driver != QPASI_SOC_WCNSS))
		return 0;
	peripheral->flags |= QPAS_PERIPHERAL_PAS;
	if (row->auto_boot)
		peripheral->flags |= QPAS_PERIPHERAL_AUTO_BOOT;
	if (row->decrypt_shutdown)
		peripheral->flags |= QPAS_PERIPHERAL_DECRYPT_SHUTDOWN;
	if (row->driver == QPASI_SOC_PAS ||
	    interrupts_have_ready(&reader->platform->tree, candidate->node))
		peripheral->flags |= QPAS_PERIPHERAL_READY_SIGNAL;
	peripheral->pas_id = row->pas_id;
	peripheral->dtb_pas_id = row->dtb_pas_id ? row->dtb_pas_id : QPAS_NO_PAS_ID;
	peripheral->minidump_id = row->minidump_id;
	peripheral->crash_reason_item = row->crash_reason_item;
	peripheral->lite_pas_ids = row->lite_pas_ids;
	peripheral->lite_count = row->lite_count;
	return read_assigns(reader, row, peripheral);
}

/* Whether this processor, and not the modem or nobody, loads the IPA's firmware. */
static bool ipa_is_ours(const struct qpasi_tree *tree, uint32_t node)
{
	const char *loader = qpasi_tree_string(tree, node, "qcom,gsi-loader");
	struct qpas_slice value;

	if (loader)
		return strcmp(loader, "self") == 0;
	return !qpasi_tree_property(tree, node, "modem-init", &value);
}

/* The PAS id of a camera processor: docs/platform.md. */
static int read_camera_id(struct qpasi_reader *reader, uint32_t node,
			  struct qpas_peripheral *peripheral)
{
	if (!qpasi_tree_cell(&reader->platform->tree, node, "qcom,pas-id", QPASI_SOC_ID_CAMERA,
			     &peripheral->pas_id) ||
	    peripheral->pas_id == QPAS_NO_PAS_ID)
		return qpasi_reader_refuse(reader, QPASI_MSG_DT_REG, node, "qcom,pas-id");
	peripheral->flags |= QPAS_PERIPHERAL_PAS;
	return 0;
}

/* PAS id by kind; remote processors have theirs from the table. */
static int read_id(struct qpasi_reader *reader, const struct qpasi_candidate *candidate,
		   struct qpas_peripheral *peripheral)
{
	peripheral->pas_id = QPAS_NO_PAS_ID;
	peripheral->dtb_pas_id = QPAS_NO_PAS_ID;
	switch (candidate->kind) {
	case QPAS_KIND_REMOTEPROC:
		return apply_row(reader, candidate, peripheral);
	case QPAS_KIND_CAMERA:
		return read_camera_id(reader, candidate->node, peripheral);
	case QPAS_KIND_VIDEO:
		peripheral->pas_id = QPASI_SOC_ID_VIDEO;
		peripheral->video_ranges = candidate->row ? candidate->row->ranges : NULL;
		peripheral->video_range_count = peripheral->video_ranges ? 1 : 0;
		break;
	case QPAS_KIND_GPU:
		peripheral->pas_id = QPASI_SOC_ID_GPU;
		break;
	case QPAS_KIND_IPA:
		if (ipa_is_ours(&reader->platform->tree, candidate->node))
			peripheral->pas_id = QPASI_SOC_ID_IPA;
		break;
	default:
		break;
	}
	if (peripheral->pas_id != QPAS_NO_PAS_ID)
		peripheral->flags |= QPAS_PERIPHERAL_PAS;
	return 0;
}

/* The firmware of video and wifi has streams on a child node; the node's own are the device's. */
static int read_streams(struct qpasi_reader *reader, const struct qpasi_candidate *candidate,
			struct qpas_peripheral *peripheral)
{
	const struct qpasi_tree *tree = &reader->platform->tree;
	bool video = candidate->kind == QPAS_KIND_VIDEO;
	uint32_t node = candidate->node;

	if (video || candidate->kind == QPAS_KIND_WIFI) {
		node = qpasi_tree_child(tree, node, video ? "video-firmware" : "wifi-firmware");
		if (node == QPASI_TREE_NONE)
			return 0;
		if (video)
			peripheral->flags |= QPAS_PERIPHERAL_VIDEO_FIRMWARE;
	}
	return qpasi_streams_read(reader, node, peripheral);
}

/* The kernel's rule: the PAS driver takes the EL2 path for a node with iommus. */
static void set_el2_path(const struct qpasi_candidate *candidate,
			 struct qpas_peripheral *peripheral)
{
	bool pas_driver = candidate->row && candidate->row->driver == QPASI_SOC_PAS;

	if (peripheral->stream_count > 0 && (pas_driver || candidate->kind == QPAS_KIND_CAMERA))
		peripheral->flags |= QPAS_PERIPHERAL_EL2_PATH;
}

/* Zap shaders and firmware of an IPA are started at EL2 with or without a stream. */
static uint64_t stream_lack(uint32_t kind)
{
	if (kind == QPAS_KIND_VIDEO)
		return QPAS_LACKS_FIRMWARE_STREAM;
	return kind == QPAS_KIND_REMOTEPROC || kind == QPAS_KIND_CAMERA ? QPAS_LACKS_IOMMUS : 0;
}

/* What stands in the way of the EL2 path; a node that PAS does not start has none. */
static void set_lacks(struct qpas_peripheral *peripheral)
{
	uint32_t needed = peripheral->dtb_pas_id == QPAS_NO_PAS_ID ? 1 : 2;

	if (!(peripheral->flags & QPAS_PERIPHERAL_PAS))
		return;
	if (peripheral->stream_count == 0)
		peripheral->lacks |= stream_lack(peripheral->kind);
	for (uint32_t i = 0; i < needed; i++) {
		if (i >= peripheral->carveout_count || peripheral->carveouts[i].dynamic)
			peripheral->lacks |= QPAS_LACKS_CARVEOUT;
	}
}

/* Reported, not refused: only the boot of this very peripheral is in danger. */
static void set_overlap(const struct qpas_platform *platform, struct qpas_peripheral *peripheral)
{
	for (uint32_t i = 0; i < peripheral->carveout_count; i++) {
		if (qpasi_carveout_overlap(platform, &peripheral->carveouts[i]))
			peripheral->flags |= QPAS_PERIPHERAL_CARVEOUT_OVERLAP;
	}
}

/* The order matters: what a carveout must fulfil depends on who starts the peripheral. */
static int read_peripheral(struct qpasi_reader *reader, const struct qpasi_candidate *candidate,
			   struct qpas_peripheral *peripheral)
{
	int ret;

	peripheral->size = sizeof(*peripheral);
	peripheral->kind = candidate->kind;
	ret = read_text(reader, candidate, peripheral);
	if (!ret)
		ret = read_id(reader, candidate, peripheral);
	if (!ret)
		ret = qpasi_firmware_read(reader, candidate, peripheral);
	if (!ret)
		ret = qpasi_carveouts_read(reader, candidate->node, peripheral);
	if (!ret)
		ret = read_streams(reader, candidate, peripheral);
	if (ret)
		return ret;
	if (peripheral->flags & QPAS_PERIPHERAL_PAS)
		peripheral->flags |= reader->machine_flags;
	set_el2_path(candidate, peripheral);
	set_lacks(peripheral);
	set_overlap(reader->platform, peripheral);
	return 0;
}

/* Finds what node `node` describes, itself or its zap shader; the read pass does so again. */
static bool find_at(const struct qpasi_reader *reader, uint32_t node,
		    struct qpasi_candidate *candidate)
{
	return qpasi_candidate_find(reader, node, candidate) ||
	       qpasi_candidate_find_zap(reader, node, candidate);
}

/* Bounded, so that no tree makes work in proportion to peripherals it invents. */
static int find_nodes(struct qpasi_reader *reader, uint32_t *nodes)
{
	struct qpas_platform *platform = reader->platform;
	struct qpasi_candidate candidate;

	for (uint32_t i = 0; i < platform->tree.node_count; i++) {
		if (!find_at(reader, i, &candidate))
			continue;
		if (platform->count == QPASI_PERIPHERALS_MAX)
			return qpasi_reader_refuse(reader, QPASI_MSG_DT_TOO_MANY, i, "the tree");
		nodes[platform->count++] = i;
	}
	return 0;
}

static int read_peripherals(struct qpasi_reader *reader)
{
	struct qpas_platform *platform = reader->platform;
	uint32_t nodes[QPASI_PERIPHERALS_MAX];
	int ret = find_nodes(reader, nodes);

	if (ret)
		return ret;
	platform->peripherals = qpasi_arena_array(&platform->arena, platform->count,
						  sizeof(*platform->peripherals));
	if (!platform->peripherals)
		return qpasi_reader_out_of_memory(reader);
	for (uint32_t i = 0; i < platform->count && !ret; i++) {
		struct qpasi_candidate candidate;

		(void)find_at(reader, nodes[i], &candidate);
		ret = read_peripheral(reader, &candidate, &platform->peripherals[i]);
	}
	return ret ? ret : qpasi_aliases_read(reader, nodes);
}

/* PAS of OP-TEE wants the memory announced for each image (its ta/qcom_pas). */
static bool has_op_tee(const struct qpasi_tree *tree)
{
	uint32_t node = qpasi_tree_child(tree, QPASI_TREE_ROOT, "firmware");
	const char *compatible;

	if (node != QPASI_TREE_NONE)
		node = qpasi_tree_child(tree, node, "optee");
	if (node == QPASI_TREE_NONE || !is_enabled(tree, node))
		return false;
	compatible = qpasi_tree_string(tree, node, "compatible");
	return compatible && strcmp(compatible, "linaro,optee-tz") == 0;
}

/* What holds for the board as a whole. */
static void read_machine(struct qpasi_reader *reader)
{
	struct qpas_platform *platform = reader->platform;

	(void)qpasi_tree_property(&platform->tree, QPASI_TREE_ROOT, "compatible", &reader->machine);
	if (qpasi_soc_has_no_bridge(reader->machine))
		reader->machine_flags |= QPAS_PERIPHERAL_NO_BRIDGE;
	if (has_op_tee(&platform->tree))
		reader->machine_flags |= QPAS_PERIPHERAL_MEM_SETUP_ALWAYS;
	if (qpasi_soc_has_old_tz(reader->machine))
		reader->machine_flags |= QPAS_PERIPHERAL_OLD_TZ;
	platform->model = qpasi_tree_string(&platform->tree, QPASI_TREE_ROOT, "model");
	if (!platform->model)
		platform->model = qpasi_tree_string(&platform->tree, QPASI_TREE_ROOT, "compatible");
	if (!platform->model)
		platform->model = "";
}

int qpasi_platform_describe(struct qpas_platform *platform, struct qpasi_fault *fault)
{
	struct qpasi_reader reader = {0};
	int ret;

	reader.platform = platform;
	reader.fault = fault;
	read_machine(&reader);
	ret = qpasi_regions_read(&reader);
	return ret ? ret : read_peripherals(&reader);
}
