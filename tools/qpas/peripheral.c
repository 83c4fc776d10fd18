/* SPDX-License-Identifier: BSD-3-Clause */
/* How peripherals are told: words for their flags, one JSON object, the pieces of a table row. */
#include "peripheral.h"

#include <inttypes.h>
#include <stdio.h>

const struct peripheral_word *peripheral_lacks(void)
{
	static const struct peripheral_word words[] = {
		{QPAS_LACKS_IOMMUS, "iommus",
		 "no iommus, so memory cannot be mapped. Use the board's -el2 tree or overlay"},
		{QPAS_LACKS_STATUS, "status",
		 "the node is disabled. Set status = \"okay\", or boot it with --force"},
		{QPAS_LACKS_FIRMWARE_STREAM, "firmware_stream",
		 "no stream id for its firmware. Add a video-firmware node with iommus"},
		{QPAS_LACKS_CARVEOUT, "carveout",
		 "no carveout with a fixed address. Add memory-region to the node"},
		{0, NULL, NULL},
	};

	return words;
}

const struct peripheral_word *peripheral_quirks(void)
{
	static const struct peripheral_word words[] = {
		{QPAS_PERIPHERAL_NO_BRIDGE, "no_bridge", "no SHM bridges on this chip"},
		{QPAS_PERIPHERAL_DECRYPT_SHUTDOWN, "decrypt_shutdown",
		 "the modem decrypts its memory before it stops"},
		{QPAS_PERIPHERAL_VIDEO_FIRMWARE, "video_firmware",
		 "started without PAS unless asked for"},
		{0, NULL, NULL},
	};

	return words;
}

static struct json_object *json_words(const struct peripheral_word *words, uint64_t flags)
{
	struct json_object *list = js_array();

	for (; words->flag; words++) {
		if (flags & words->flag)
			js_append(list, js_text(words->key));
	}
	return list;
}

static struct json_object *json_id(uint32_t id)
{
	return id == QPAS_NO_PAS_ID ? NULL : js_number(id);
}

static struct json_object *json_strings(const char *const *strings, uint32_t count)
{
	struct json_object *list = js_array();
	uint32_t i;

	for (i = 0; i < count; i++)
		js_append(list, js_text(strings[i]));
	return list;
}

static struct json_object *json_carveouts(const struct qpas_peripheral *peripheral)
{
	struct json_object *list = js_array();
	uint32_t i;

	for (i = 0; i < peripheral->carveout_count; i++) {
		const struct qpas_carveout *carveout = &peripheral->carveouts[i];
		struct json_object *object = js_object();

		js_put(object, "name", js_text(carveout->name));
		js_put(object, "address", carveout->dynamic ? NULL : js_hex(carveout->address));
		js_put(object, "size", js_hex(carveout->size));
		js_append(list, object);
	}
	return list;
}

/* The first cell is the stream id whatever the IOMMU; what follows depends on it. */
struct json_object *peripheral_json_streams(const struct qpas_peripheral *peripheral)
{
	struct json_object *list = js_array();
	uint32_t i, cell;

	for (i = 0; i < peripheral->stream_count; i++) {
		const struct qpas_stream *stream = &peripheral->streams[i];
		struct json_object *object = js_object();
		struct json_object *cells = js_array();

		for (cell = 0; cell < stream->cell_count && cell < 4; cell++)
			js_append(cells, js_hex(stream->cells[cell]));
		js_put(object, "iommu", js_text(stream->iommu));
		js_put(object, "cells", cells);
		js_append(list, object);
	}
	return list;
}

static struct json_object *json_assigns(const struct qpas_peripheral *peripheral)
{
	struct json_object *list = js_array();
	uint32_t i;

	for (i = 0; i < peripheral->assign_count; i++) {
		struct json_object *object = js_object();

		js_put(object, "region", js_number(peripheral->assigns[i].region_index));
		js_put(object, "vmid", js_hex(peripheral->assigns[i].vmid));
		js_put(object, "shared", js_bool(peripheral->assigns[i].shared));
		js_append(list, object);
	}
	return list;
}

static struct json_object *json_lites(const struct qpas_peripheral *peripheral)
{
	struct json_object *list = js_array();
	uint32_t i;

	for (i = 0; i < peripheral->lite_count; i++)
		js_append(list, js_number(peripheral->lite_pas_ids[i]));
	return list;
}

struct json_object *peripheral_json(const struct qpas_peripheral *peripheral)
{
	struct json_object *object = js_object();
	struct json_object *el2 = js_object();

	js_put(el2, "path", js_bool(peripheral->flags & QPAS_PERIPHERAL_EL2_PATH));
	js_put(el2, "lacks", json_words(peripheral_lacks(), peripheral->lacks));
	js_put(object, "name", js_text(peripheral->name));
	js_put(object, "kind", js_text(qpas_kind_name(peripheral->kind)));
	js_put(object, "path", js_text(peripheral->path));
	js_put(object, "compatible", js_text(peripheral->compatible));
	js_put(object, "status", js_text(peripheral->status));
	js_put(object, "pas_id", json_id(peripheral->pas_id));
	js_put(object, "dtb_pas_id", json_id(peripheral->dtb_pas_id));
	js_put(object, "firmware", json_strings(peripheral->firmware, peripheral->firmware_count));
	js_put(object, "carveouts", json_carveouts(peripheral));
	js_put(object, "streams", peripheral_json_streams(peripheral));
	js_put(object, "el2", el2);
	js_put(object, "lite_pas_ids", json_lites(peripheral));
	js_put(object, "quirks", json_words(peripheral_quirks(), peripheral->flags));
	js_put(object, "assign", json_assigns(peripheral));
	js_put(object, "aliases", json_strings(peripheral->aliases, peripheral->alias_count));
	js_put(object, "auto_boot", js_bool(peripheral->flags & QPAS_PERIPHERAL_AUTO_BOOT));
	js_put(object, "ready_signal", js_bool(peripheral->flags & QPAS_PERIPHERAL_READY_SIGNAL));
	js_put(object, "minidump_id",
	       peripheral->minidump_id ? js_number(peripheral->minidump_id) : NULL);
	js_put(object, "crash_reason_item",
	       peripheral->crash_reason_item ? js_number(peripheral->crash_reason_item) : NULL);
	return object;
}

/* Address and size as device trees write them, not as a range with an end. */
void peripheral_carveout(const struct qpas_peripheral *peripheral, uint32_t index, char *to,
			 size_t size)
{
	const struct qpas_carveout *carveout;

	if (index >= peripheral->carveout_count) {
		snprintf(to, size, "-");
		return;
	}
	carveout = &peripheral->carveouts[index];
	if (carveout->dynamic)
		snprintf(to, size, "dynamic, %#" PRIx64, carveout->size);
	else
		snprintf(to, size, "%#" PRIx64 " + %#" PRIx64, carveout->address, carveout->size);
}

void peripheral_stream(const struct qpas_peripheral *peripheral, uint32_t index, char *to,
		       size_t size)
{
	const struct qpas_stream *stream;
	size_t used = 0;
	uint32_t cell;

	if (index >= peripheral->stream_count) {
		snprintf(to, size, "-");
		return;
	}
	stream = &peripheral->streams[index];
	for (cell = 0; cell < stream->cell_count && cell < 4 && used < size; cell++) {
		int printed;

		/* A mask of 0 says nothing more than the id. */
		if (cell == 1 && stream->cell_count == 2 && stream->cells[1] == 0)
			break;
		printed = snprintf(to + used, size - used, "%s%#" PRIx32, cell ? "/" : "",
				   stream->cells[cell]);

		used += printed > 0 ? (size_t)printed : 0;
	}
}

void peripheral_id(uint32_t id, char *to, size_t size)
{
	if (id == QPAS_NO_PAS_ID)
		snprintf(to, size, "-");
	else
		snprintf(to, size, "%" PRIu32, id);
}
