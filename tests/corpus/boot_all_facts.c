/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The classes of refusals that the public trees and images give cause for, as a literal list. Each
 * has a proof of its own over the tree and the image: a message that stands here without its fact
 * is unexpected like any other.
 */
#include "boot_all.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);
	size_t tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* qcom_q6v5_mss.c, qcom_q6v5_adsp.c and qcom_q6v5_wcss.c make no PAS call. */
static bool driver_makes_no_pas_call(const struct evidence *about, char *text, size_t bytes)
{
	const char *compatible = about->peripheral->compatible;

	(void)snprintf(text, bytes, "compatible \"%s\"", compatible);
	return about->peripheral->pas_id == QPAS_NO_PAS_ID &&
	       (ends_with(compatible, "-mss-pil") || ends_with(compatible, "-wpss-pil") ||
		ends_with(compatible, "-wcss-pil"));
}

static bool region_has_no_size(const struct evidence *about, char *text, size_t bytes)
{
	const struct qpas_carveout *region = about->peripheral->carveouts;

	(void)snprintf(text, bytes, "memory-region %s has neither reg nor size",
		       about->peripheral->carveout_count ? region->name : "(none)");
	return !about->peripheral->carveout_count || (region->dynamic && !region->size);
}

static bool node_has_no_iommus(const struct evidence *about, char *text, size_t bytes)
{
	(void)snprintf(text, bytes, "host level %" PRIu32 ", no iommus", about->host_level);
	return about->host_level == 2 && about->peripheral->kind == QPAS_KIND_REMOTEPROC &&
	       !about->peripheral->stream_count;
}

static bool video_has_no_firmware_stream(const struct evidence *about, char *text, size_t bytes)
{
	(void)snprintf(text, bytes, "host level %" PRIu32 ", no video-firmware child",
		       about->host_level);
	return about->host_level == 2 && about->peripheral->kind == QPAS_KIND_VIDEO &&
	       (about->peripheral->lacks & QPAS_LACKS_FIRMWARE_STREAM);
}

static bool companion_is_not_shipped(const struct evidence *about, char *text, size_t bytes)
{
	const struct qpas_peripheral *peripheral = about->peripheral;

	if (peripheral->dtb_pas_id == QPAS_NO_PAS_ID || peripheral->firmware_count < 2)
		return false;
	(void)snprintf(text, bytes, "firmware-name[1] \"%s\" is in no package",
		       peripheral->firmware[1]);
	return !about->is_shipped(peripheral->firmware[1]);
}

static bool image_exceeds_carveout(const struct evidence *about, char *text, size_t bytes)
{
	struct qpas_image *image = about->open(about->peripheral->firmware[0]);
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	bool known = image && !qpas_image_describe(image, &info, NULL);

	qpas_image_unref(image);
	(void)snprintf(text, bytes, "image spans 0x%" PRIx64 ", carveout 0x%" PRIx64,
		       info.load_size, about->peripheral->carveouts[0].size);
	return known && info.load_size > about->peripheral->carveouts[0].size;
}

/* The other half of the proof is the plain tree of the same board, which must boot the same node. */
static bool overlay_disables_node(const struct evidence *about, char *text, size_t bytes)
{
	(void)snprintf(text, bytes, "status \"%s\" in the tree for host level %" PRIu32,
		       about->peripheral->status, about->host_level);
	return about->host_level == 2 && !(about->peripheral->flags & QPAS_PERIPHERAL_ENABLED);
}

static const struct {
	uint32_t message;
	const char *about;
	bool (*proof)(const struct evidence *about, char *text, size_t bytes);
} classes[] = {
	{914, "its driver starts it without PAS", driver_makes_no_pas_call},
	{915, "its region has neither address nor size", region_has_no_size},
	{916, "no stream id at EL2", node_has_no_iommus},
	{918, "its DTB image is not shipped", companion_is_not_shipped},
	{919, "the image is larger than the carveout", image_exceeds_carveout},
	{920, "no stream for its firmware at EL2", video_has_no_firmware_stream},
	{932, "switched off at EL2, boots in the plain tree of the board", overlay_disables_node},
};

bool boot_all_explain(uint32_t message, const struct evidence *evidence, char *text, size_t bytes)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (classes[i].message == message)
			return classes[i].proof(evidence, text, bytes);
	}
	return false;
}

void boot_all_print_classes(const struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		const struct pair *first = NULL;
		unsigned int number = 0;

		for (size_t at = 0; at < count; at++) {
			if (pairs[at].outcome != REFUSED || pairs[at].message != classes[i].message)
				continue;
			if (!first)
				first = &pairs[at];
			number++;
		}
		if (number)
			printf("refused %4u  message %u: %s, e.g. %s %s: %s\n", number,
			       classes[i].message, classes[i].about, first->tree, first->path,
			       first->text);
	}
}
