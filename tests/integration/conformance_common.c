/* SPDX-License-Identifier: BSD-3-Clause */
/* What the groups of the conformance suite share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conformance.h"
#include "support/must.h"

void conformance_code(int code, int wanted, const struct qpas_error *err)
{
	if (code != wanted)
		fail_msg("%s instead of %s: %s", qpas_err_name(code), qpas_err_name(wanted),
			 qpas_error_text(err));
}

struct qpas_backend *conformance_open(const struct conformance *subject, const char *prefix)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_backend *backend = NULL;
	char uri[1024];

	(void)snprintf(uri, sizeof(uri), "%s%s", prefix, subject->uri);
	conformance_code(qpas_backend_open(uri, &subject->params, &backend, &err), 0, &err);
	return backend;
}

struct qpas_context *conformance_context(const struct conformance *subject,
					 struct qpas_backend *backend)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_context *context = NULL;

	conformance_code(qpas_context_open(backend, subject->name, NULL, &context, &err), 0, &err);
	return context;
}

/* File offset of the first byte of a segment that is loaded, in the middle of its data. */
static size_t byte_to_flip(const struct qpas_image *image)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_segment segment = QPAS_SEGMENT_INIT;

	test_must(!qpas_image_describe(image, &info, NULL), "describe the image");
	for (uint32_t i = 0; i < info.segments; i++) {
		test_must(!qpas_image_segment(image, i, &segment, NULL), "describe a segment");
		if ((segment.flags & QPAS_SEGMENT_LOADABLE) && segment.p_filesz)
			return (size_t)(segment.p_offset + segment.p_filesz / 2);
	}
	test_must(false, "the image has data");
	return 0;
}

struct qpas_image *conformance_image(const struct conformance *subject, bool flip)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;
	struct qpas_slice changed = {NULL, subject->image.len};
	unsigned char *bytes;

	conformance_code(qpas_image_open_memory(subject->image, &subject->params, &image, &err), 0,
			 &err);
	if (!flip)
		return image;
	bytes = malloc(subject->image.len);
	test_must(bytes, "memory");
	memcpy(bytes, subject->image.ptr, subject->image.len);
	bytes[byte_to_flip(image)] ^= 0x10;
	qpas_image_unref(image);
	image = NULL;
	changed.ptr = bytes;
	conformance_code(qpas_image_open_memory(changed, &subject->params, &image, &err), 0, &err);
	free(bytes);
	return image;
}

uint32_t conformance_state(const struct qpas_context *context)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;

	assert_int_equal(qpas_context_describe(context, &info, NULL), 0);
	return info.state;
}
