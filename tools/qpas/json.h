/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON values in the tool's conventions: addresses and sizes are "0x…" strings, counts and indices
 * are numbers, lists are always arrays. What each command prints stands in docs/schemas/.
 */
#ifndef QPAS_TOOL_JSON_H
#define QPAS_TOOL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include <qpas/qpas.h>

/* None of these returns NULL for anything but the JSON value null: without memory the tool ends. */
struct json_object *js_object(void);
struct json_object *js_array(void);
struct json_object *js_text(const char *text); /* NULL gives null */
struct json_object *js_hex(uint64_t value);
struct json_object *js_number(uint64_t value);
struct json_object *js_signed(int64_t value);
struct json_object *js_bool(bool value);
struct json_object *js_ms(int64_t ns);
/* enum qpas_auth_answer: true, false, or null when it was not checked. */
struct json_object *js_answer(uint32_t answer);
/* Lower-case hexadecimal digits of bytes. */
struct json_object *js_bytes(const uint8_t *bytes, size_t length);
/* An error as an object, or null for code 0. */
struct json_object *js_error(const struct qpas_error *err);

void js_put(struct json_object *object, const char *key, struct json_object *value);
void js_append(struct json_object *array, struct json_object *value);

/* Prints a top-level value and frees it. */
void js_print(struct json_object *value);

#endif
