/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas rsc make: a table from a description, which is the JSON that `qpas rsc --json` prints. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomic_file.h"
#include "out.h"
#include "rsc.h"
#include "source.h"

/* Values lie three deep: list, entry, vring. */
#define JSON_DEPTH 8
#define NAME_BYTES 32u

struct description {
	struct json_object *object;
	size_t index; /* of the entry */
	struct qpas_error *err;
};

static int refuse(const struct description *from, const char *key, const char *what)
{
	error_set(from->err, QPAS_ERR_FORMAT, 0, "Entry %zu: \"%s\" %s.", from->index, key, what);
	return QPAS_ERR_FORMAT;
}

/* A number or a text with one, decimal or hexadecimal; what is not there is left as it is. */
static int take_number(const struct description *from, const char *key, uint32_t *to)
{
	struct json_object *value = NULL;
	uint64_t number = UINT64_MAX;

	if (!json_object_object_get_ex(from->object, key, &value))
		return 0;
	if (json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 0)
		number = json_object_get_uint64(value);
	else if (!json_object_is_type(value, json_type_string) ||
		 !cli_parse_number(json_object_get_string(value), &number))
		return refuse(from, key, "is no number");
	if (number > UINT32_MAX)
		return refuse(from, key, "does not fit 32 bits");
	*to = (uint32_t)number;
	return 0;
}

struct field {
	const char *key;
	uint32_t *to;
};

static int take_numbers(const struct description *from, const struct field *fields)
{
	int code = 0;

	for (; !code && fields->key; fields++)
		code = take_number(from, fields->key, fields->to);
	return code;
}

/* A slip of the pen must not make a table that lacks something. */
static int check_keys(const struct description *from, const char *const *known)
{
	struct json_object_iterator at = json_object_iter_begin(from->object);
	struct json_object_iterator end = json_object_iter_end(from->object);

	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *key = json_object_iter_peek_name(&at);
		size_t i = 0;

		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i])
			return refuse(from, key, "is not known");
	}
	return 0;
}

/* The kind's name, its number, or both if they agree. */
static int take_type(const struct description *from, uint32_t *type)
{
	struct json_object *value = NULL;
	const char *kind = NULL;
	uint32_t of_kind = 0;

	*type = UINT32_MAX;
	if (json_object_object_get_ex(from->object, "kind", &value)) {
		if (!json_object_is_type(value, json_type_string))
			return refuse(from, "kind", "is no text");
		kind = json_object_get_string(value);
	}
	if (take_number(from, "type", type))
		return QPAS_ERR_FORMAT;
	if (*type != UINT32_MAX || json_object_object_get_ex(from->object, "type", &value))
		return kind && strcmp(kind, rsc_type_name(*type)) != 0 ?
			       refuse(from, "kind", "is not that of \"type\"") :
			       0;
	while (of_kind <= QPAS_RSC_VDEV && (!kind || strcmp(kind, rsc_type_name(of_kind)) != 0))
		of_kind++;
	*type = of_kind;
	return of_kind <= QPAS_RSC_VDEV ?
		       0 :
		       refuse(from, "kind",
			      "has to be carveout, devmem, trace or vdev, or give \"type\"");
}

static int take_name(const struct description *from, struct qpas_rsc_entry *entry)
{
	struct json_object *value = NULL;
	size_t length;

	if (!json_object_object_get_ex(from->object, "name", &value))
		return 0;
	if (!json_object_is_type(value, json_type_string))
		return refuse(from, "name", "is no text");
	length = (size_t)json_object_get_string_len(value);
	if (length > NAME_BYTES || memchr(json_object_get_string(value), 0, length))
		return refuse(from, "name", "has more than 32 bytes, or a zero");
	memcpy(entry->name, json_object_get_string(value), length);
	return 0;
}

static int take_vring(const struct description *from, struct qpas_rsc_vring *vring)
{
	static const char *const known[] = {"da", "align", "num", "notifyid", "pa", NULL};
	const struct field fields[] = {{"da", &vring->da},   {"align", &vring->align},
				       {"num", &vring->num}, {"notifyid", &vring->notifyid},
				       {"pa", &vring->pa},   {NULL, NULL}};

	if (!json_object_is_type(from->object, json_type_object))
		return refuse(from, "vrings", "has something else than objects");
	return check_keys(from, known) ? QPAS_ERR_FORMAT : take_numbers(from, fields);
}

static int take_vrings(const struct description *from, struct qpas_rsc_entry *entry)
{
	struct json_object *list = NULL;
	size_t i;

	if (!json_object_object_get_ex(from->object, "vrings", &list))
		return 0;
	if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) > 2)
		return refuse(from, "vrings", "is no list of two at most");
	for (i = 0; i < json_object_array_length(list); i++) {
		struct description one = *from;

		one.object = json_object_array_get_idx(list, i);
		if (take_vring(&one, &entry->vring[i]))
			return QPAS_ERR_FORMAT;
	}
	entry->vrings = (uint32_t)i;
	return 0;
}

static int take_vdev(const struct description *from, struct qpas_rsc_entry *entry)
{
	static const char *const known[] = {"id",	  "notifyid", "dfeatures", "gfeatures",
					    "config_len", "status",   NULL};
	const struct field fields[] = {{"id", &entry->vdev_id},
				       {"notifyid", &entry->vdev_notifyid},
				       {"dfeatures", &entry->vdev_dfeatures},
				       {"gfeatures", &entry->vdev_gfeatures},
				       {"config_len", &entry->vdev_config_len},
				       {"status", &entry->vdev_status},
				       {NULL, NULL}};
	struct description inner = *from;

	if (!json_object_object_get_ex(from->object, "vdev", &inner.object) || !inner.object)
		return 0;
	if (!json_object_is_type(inner.object, json_type_object))
		return refuse(from, "vdev", "is no object");
	return check_keys(&inner, known) ? QPAS_ERR_FORMAT : take_numbers(&inner, fields);
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Entries of a vendor's: the bytes behind the type, two digits each. */
static int add_payload(const struct description *from, struct qpas_rsc_table_builder *builder,
		       uint32_t type)
{
	struct json_object *value = NULL;
	struct qpas_slice payload = {NULL, 0};
	const char *text = "";
	uint8_t *bytes;
	size_t i;
	int code = 0;

	if (json_object_object_get_ex(from->object, "payload", &value) && value) {
		if (!json_object_is_type(value, json_type_string))
			return refuse(from, "payload", "is no text");
		text = json_object_get_string(value);
	}
	payload.len = strlen(text) / 2;
	bytes = malloc(payload.len + 1);
	if (!bytes) {
		error_set(from->err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
		return QPAS_ERR_NOMEM;
	}
	for (i = 0; !code && text[2 * i]; i++) {
		if (digit(text[2 * i]) < 0 || digit(text[2 * i + 1]) < 0)
			code = refuse(from, "payload",
				      "is no text of pairs of the digits 0-9 and a-f");
		else
			bytes[i] = (uint8_t)(digit(text[2 * i]) * 16 + digit(text[2 * i + 1]));
	}
	payload.ptr = bytes;
	if (!code)
		code = qpas_rsc_table_builder_add_payload(builder, type, payload, from->err);
	free(bytes);
	return code;
}

static int add_entry(struct qpas_rsc_table_builder *builder, struct json_object *object,
		     size_t index, struct qpas_error *err)
{
	static const char *const known[] = {"type",  "kind",   "name", "da",	 "pa",	    "size",
					    "flags", "offset", "vdev", "vrings", "payload", NULL};
	const struct description from = {object, index, err};
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	const struct field fields[] = {{"da", &entry.da},
				       {"pa", &entry.pa},
				       {"size", &entry.len},
				       {"flags", &entry.flags},
				       {NULL, NULL}};
	int code;

	if (!json_object_is_type(object, json_type_object))
		return refuse(&from, "entry", "is no object");
	code = check_keys(&from, known);
	if (!code)
		code = take_type(&from, &entry.type);
	if (!code && entry.type > QPAS_RSC_VDEV)
		return add_payload(&from, builder, entry.type);
	if (!code)
		code = take_numbers(&from, fields);
	if (!code)
		code = take_name(&from, &entry);
	if (!code)
		code = take_vdev(&from, &entry);
	if (!code)
		code = take_vrings(&from, &entry);
	return code ? code : qpas_rsc_table_builder_add(builder, &entry, err);
}

/* The whole file is one JSON list. */
static int parse(struct qpas_slice text, struct json_object **list, struct qpas_error *err)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
	const char *why = "it is no list";

	*list = NULL;
	if (!tokener || text.len > RSC_FILE_BYTES) {
		json_tokener_free(tokener);
		error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
		return EXIT_HERE;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	*list = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);
	/* A number at the end of a file waits for its end. */
	if (!*list && json_tokener_get_error(tokener) == json_tokener_continue)
		*list = json_tokener_parse_ex(tokener, "", 1);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		why = json_tokener_error_desc(json_tokener_get_error(tokener));
	json_tokener_free(tokener);
	if (json_object_is_type(*list, json_type_array))
		return EXIT_FINE;
	error_set(err, QPAS_ERR_FORMAT, 0, "The description is not the JSON of a table: %s.", why);
	return EXIT_BAD;
}

static int build(struct json_object *list, struct qpas_rsc_table_builder *builder,
		 struct qpas_error *err)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++) {
		if (add_entry(builder, json_object_array_get_idx(list, i), i, err))
			return exit_of(err, BLAME_INPUT);
	}
	return EXIT_FINE;
}

static int write_table(const struct qpas_rsc_table_builder *builder, const char *path,
		       struct qpas_error *err)
{
	struct atomic_file file = ATOMIC_FILE_INIT;
	struct qpas_slice bytes = {NULL, 0};
	void *buffer = NULL;
	int code;

	if (qpas_rsc_table_builder_write(builder, NULL, 0, &bytes.len, err) != QPAS_ERR_SPACE)
		return EXIT_HERE;
	buffer = malloc(bytes.len);
	if (!buffer || qpas_rsc_table_builder_write(builder, buffer, bytes.len, &bytes.len, err)) {
		free(buffer);
		error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
		return EXIT_HERE;
	}
	bytes.ptr = buffer;
	code = atomic_open(&file, path, err);
	if (!code && (atomic_write(&file, 0, bytes, err) || atomic_flush(&file, err) ||
		      atomic_commit(&file, err)))
		code = EXIT_HERE;
	atomic_close(&file);
	free(buffer);
	return code;
}

static int make(const char *from, const char *to, struct qpas_error *err)
{
	struct qpas_rsc_table_builder *builder = NULL;
	static const struct qpas_error fresh = QPAS_ERROR_INIT;
	struct json_object *list = NULL;
	struct qpas_slice text = {NULL, 0};
	int code = source_file(from, RSC_FILE_BYTES, &text, err);

	if (!code)
		code = parse(text, &list, err);
	if (!code && qpas_rsc_table_builder_new(NULL, &builder, err))
		code = exit_of(err, BLAME_INPUT);
	if (!code)
		code = build(list, builder, err);
	if (!code)
		code = write_table(builder, to, err);
	if (!code)
		*err = fresh;
	qpas_rsc_table_builder_free(builder);
	json_object_put(list);
	free((void *)(uintptr_t)text.ptr);
	return code;
}

int rsc_make(const struct cli_arguments *args)
{
	const char *from = args->operands[1];
	const char *to = cli_value(args, "output");
	struct qpas_error err = QPAS_ERROR_INIT;
	int code;

	if (!to)
		return report_usage("rsc", "give the table to write with -o OUT");
	if (source_same_file(from, to))
		return report_usage("rsc", "the output would replace the description '%s' itself",
				    from);
	code = make(from, to, &err);
	if (code)
		report_error(from, &err);
	return code;
}
