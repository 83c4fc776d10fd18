/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON values in the tool's conventions, over json-c. */
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

/* A missing value would be printed as null, which means something else. */
static void *must(void *pointer)
{
	if (!pointer) {
		report("memory ran out");
		exit(EXIT_HERE);
	}
	return pointer;
}

struct json_object *js_object(void)
{
	return must(json_object_new_object());
}

struct json_object *js_array(void)
{
	return must(json_object_new_array());
}

/* Overlong forms, surrogates, and what lies above U+10FFFF: all shown by the second byte. */
static bool utf8_forbidden(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second < 0xa0;
	case 0xed:
		return second > 0x9f;
	case 0xf0:
		return second < 0x90;
	case 0xf4:
		return second > 0x8f;
	default:
		return false;
	}
}

/* Length of the UTF-8 character at `text`, 0 if there is none. */
static size_t utf8_length(const unsigned char *text)
{
	size_t length = 0;
	size_t i;

	if (text[0] < 0x80)
		return 1;
	if (text[0] >= 0xc2 && text[0] < 0xf5)
		length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return length > 1 && utf8_forbidden(text[0], text[1]) ? 0 : length;
}

/* File names may hold any bytes; JSON is UTF-8. Foreign bytes become U+FFFD. */
struct json_object *js_text(const char *text)
{
	struct json_object *value;
	const char *from = text;
	char *clean, *to;

	if (!text)
		return NULL;
	clean = must(malloc(3 * strlen(text) + 1));
	for (to = clean; *from;) {
		size_t length = utf8_length((const unsigned char *)from);

		if (length) {
			memcpy(to, from, length);
			to += length;
			from += length;
		} else {
			memcpy(to, "\xef\xbf\xbd", 3);
			to += 3;
			from++;
		}
	}
	*to = 0;
	value = must(json_object_new_string(clean));
	free(clean);
	return value;
}

struct json_object *js_hex(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return must(json_object_new_string(text));
}

struct json_object *js_signed(int64_t value)
{
	return must(json_object_new_int64(value));
}

struct json_object *js_number(uint64_t value)
{
	return must(json_object_new_uint64(value));
}

struct json_object *js_bool(bool value)
{
	return must(json_object_new_boolean(value));
}

/* Three digits: more would only be noise of the clock. */
struct json_object *js_ms(int64_t ns)
{
	char text[40];

	snprintf(text, sizeof(text), "%.3f", as_ms(ns));
	return must(json_object_new_double_s(as_ms(ns), text));
}

struct json_object *js_answer(uint32_t answer)
{
	return answer == QPAS_AUTH_NOT_CHECKED ? NULL : js_bool(answer == QPAS_AUTH_YES);
}

struct json_object *js_bytes(const uint8_t *bytes, size_t length)
{
	char text[2 * 64 + 1] = "";
	size_t i;

	for (i = 0; i < length && i < 64; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return must(json_object_new_string(text));
}

struct json_object *js_error(const struct qpas_error *err)
{
	struct json_object *object;

	if (!err->code)
		return NULL;
	object = js_object();
	js_put(object, "code", js_text(qpas_err_name(err->code)));
	js_put(object, "message_id", js_number(err->message_id));
	js_put(object, "stage", js_text(qpas_stage_name(err->stage)));
	js_put(object, "segment", err->segment == QPAS_NO_SEGMENT ? NULL : js_number(err->segment));
	js_put(object, "offset", js_number(err->offset));
	js_put(object, "os_errno", must(json_object_new_int(err->os_errno)));
	js_put(object, "tz_status", must(json_object_new_int64(err->tz_status)));
	js_put(object, "text", js_text(qpas_error_text(err)));
	return object;
}

void js_put(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) != 0)
		must(NULL);
}

/* The array takes the value over; on failure nothing could be printed anyway. */
void js_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) != 0)
		must(NULL);
}

void js_print(struct json_object *value)
{
	const char *text = json_object_to_json_string_ext(
		value,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		must(NULL);
	puts(text);
	json_object_put(value);
}
