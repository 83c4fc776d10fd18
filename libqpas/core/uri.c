/* SPDX-License-Identifier: BSD-3-Clause */
/* Cuts a backend URI into scheme, keys and child, decoding values in place. */
#include "core/uri.h"

#include <stdbool.h>
#include <string.h>

#include "core/registry.h"

static int syntax(const char *text, struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_URI_SYNTAX, QPAS_STAGE_OPEN, text);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes %xx in place; false for a broken one and for %00, which would cut the value short. */
static bool decode(char *value)
{
	char *to = value;

	for (const char *from = value; *from; from++) {
		int high, low;

		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		high = hex_digit(from[1]);
		low = high < 0 ? -1 : hex_digit(from[2]);
		if (low < 0 || high * 16 + low == 0)
			return false;
		*to++ = (char)(high * 16 + low);
		from += 2;
	}
	*to = '\0';
	return true;
}

static bool key_valid(const char *key)
{
	if (!*key)
		return false;
	for (; *key; key++) {
		if (!(*key >= 'a' && *key <= 'z') && !(*key >= '0' && *key <= '9') && *key != '_')
			return false;
	}
	return true;
}

/* A key given twice has no right answer: which one wins would be a surprise. */
static bool has_key(const struct qpasi_uri *uri, const char *key)
{
	for (uint32_t i = 0; i < uri->key_count; i++) {
		if (!strcmp(uri->keys[i].key, key))
			return true;
	}
	return false;
}

/* One key=value; *next is what follows its comma, or NULL. */
static bool parse_pair(struct qpasi_uri *uri, char *at, char **next)
{
	char *equals = strchr(at, '=');
	char *comma;

	*next = NULL;
	if (!equals)
		return false;
	*equals = '\0';
	if (!key_valid(at) || has_key(uri, at))
		return false;
	if (!strcmp(at, "child")) {
		uri->child = equals + 1;
		return true;
	}
	comma = strchr(equals + 1, ',');
	if (comma) {
		*comma = '\0';
		*next = comma + 1;
	}
	if (uri->key_count == QPASI_URI_MAX_KEYS || !decode(equals + 1))
		return false;
	uri->keys[uri->key_count].key = at;
	uri->keys[uri->key_count].value = equals + 1;
	uri->key_count++;
	return true;
}

/* Works in place on a private copy; on failure the caller throws the copy away. */
static bool parse(struct qpasi_uri *uri)
{
	char *at = uri->storage;
	char *colon = strchr(at, ':');
	char *next = NULL;

	if (!colon)
		return false;
	*colon = '\0';
	if (!qpasi_scheme_valid(at))
		return false;
	uri->scheme = at;
	for (at = colon[1] ? colon + 1 : NULL; at; at = next) {
		if (!parse_pair(uri, at, &next))
			return false;
	}
	return true;
}

/* The length is bounded before anything is copied or looked at. */
int qpasi_uri_parse(const char *text, const struct qpasi_env *env, struct qpasi_uri *uri,
		    struct qpas_error *err)
{
	int code = 0;

	memset(uri, 0, sizeof(*uri));
	if (strnlen(text, QPASI_URI_MAX_LENGTH) == QPASI_URI_MAX_LENGTH)
		return syntax(text, err);
	uri->storage = qpasi_env_strdup(env, text);
	if (!uri->storage)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
	if (!parse(uri)) {
		code = syntax(text, err);
		qpasi_uri_free(env, uri);
	}
	return code;
}

void qpasi_uri_free(const struct qpasi_env *env, struct qpasi_uri *uri)
{
	qpasi_env_free(env, uri->storage);
	memset(uri, 0, sizeof(*uri));
}
