/* SPDX-License-Identifier: BSD-3-Clause */
/* What a step did, in a few words for people. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/context.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)

void qpasi_detail(struct qpas_context *context, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(context->detail, sizeof(context->detail), format, arguments);
	va_end(arguments);
}

void qpasi_detail_region(struct qpas_context *context)
{
	qpasi_detail(context, "0x%" PRIx64 " + 0x%" PRIx64, context->region.address,
		     context->region.size);
}

/* One decimal from tenths, because rounding is then the same everywhere. */
void qpasi_detail_load(struct qpas_context *context, uint32_t segments, uint64_t bytes)
{
	uint64_t unit = bytes >= MIB ? MIB : KIB;
	uint64_t tenths = bytes / unit * 10 + bytes % unit * 10 / unit;

	qpasi_detail(context, "%" PRIu32 " segment%s, %" PRIu64 ".%" PRIu64 " %s", segments,
		     segments == 1 ? "" : "s", tenths / 10, tenths % 10,
		     unit == MIB ? "MiB" : "KiB");
}

void qpasi_detail_domain(struct qpas_context *context)
{
	const struct qpas_stream *stream = context->peripheral.streams;
	uint32_t streams = context->peripheral.stream_count;
	uint32_t ranges = context->mapping_count - 1;
	char devices[48] = "";
	char more[32] = "";

	if (ranges)
		(void)snprintf(devices, sizeof(devices), " and %" PRIu32 " device range%s", ranges,
			       ranges == 1 ? "" : "s");
	if (streams > 1)
		(void)snprintf(more, sizeof(more), " and %" PRIu32 " more", streams - 1);
	qpasi_detail(context, "carveout 0x%" PRIx64 " + 0x%" PRIx64 "%s for stream 0x%" PRIx32 "%s",
		     context->region.address, context->region.size, devices, stream->cells[0],
		     more);
}
