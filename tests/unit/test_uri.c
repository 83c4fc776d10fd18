/* SPDX-License-Identifier: BSD-3-Clause */
/* Backend URIs: grammar, decoding, keys, children, and what stands in for a missing one. */
#define _GNU_SOURCE /* environ */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <qpas/backend.h>
#include <qpas/qpas.h>

#include "support/fake_backend.h"
#include "support/tree_builder.h"

/* What the last open got. */
static struct {
	uint32_t count;
	char keys[8][64];
	char values[8][64];
	bool has_child;
	char path[64];
} got;

static int keep(void *priv, const struct qpas_backend_open_args *args, struct qpas_error *err)
{
	(void)priv;
	(void)err;
	memset(&got, 0, sizeof(got));
	got.count = args->key_count;
	got.has_child = args->child != NULL;
	for (uint32_t i = 0; i < args->key_count && i < 8; i++) {
		(void)snprintf(got.keys[i], sizeof(got.keys[i]), "%s", args->keys[i].key);
		(void)snprintf(got.values[i], sizeof(got.values[i]), "%s", args->keys[i].value);
	}
	if (args->params->firmware_path)
		(void)snprintf(got.path, sizeof(got.path), "%s", args->params->firmware_path);
	return 0;
}

static void forget(void *priv)
{
	(void)priv;
}

static int setup(void **state)
{
	static const char *const keys[] = {"dtb", "el", "child", NULL};
	struct qpas_backend_desc desc = fake_descriptor;

	(void)state;
	desc.name = "keep";
	desc.keys = keys;
	desc.open = keep;
	desc.close = forget;
	return qpas_backend_register(&desc, NULL);
}

static int open_uri(const char *uri, const struct qpas_params *params)
{
	struct qpas_backend *backend = NULL;
	struct qpas_error err = QPAS_ERROR_INIT;
	int code = qpas_backend_open(uri, params, &backend, &err);

	assert_true((code == 0) == (backend != NULL));
	assert_int_equal(err.code, code);
	qpas_backend_unref(backend);
	return code;
}

static void grammar_is_checked_before_anything_is_opened(void **state)
{
	static const struct {
		const char *uri;
		int code;
	} rows[] = {
		{"keep:", 0},
		{"keep", QPAS_ERR_ARG},
		{":", QPAS_ERR_ARG},
		{"Keep:", QPAS_ERR_ARG},
		{"../keep:", QPAS_ERR_ARG},
		{" keep:", QPAS_ERR_ARG},
		{"keep:dtb", QPAS_ERR_ARG},
		{"keep:=x", QPAS_ERR_ARG},
		{"keep:dtb=x,", QPAS_ERR_ARG},
		{"keep:,dtb=x", QPAS_ERR_ARG},
		{"keep:dtb=x,dtb=y", QPAS_ERR_ARG},
		{"keep:dtb=%", QPAS_ERR_ARG},
		{"keep:dtb=%4", QPAS_ERR_ARG},
		{"keep:dtb=%4g", QPAS_ERR_ARG},
		{"keep:dtb=%00", QPAS_ERR_ARG},
		{"keep:DTB=x", QPAS_ERR_ARG},
		{"keep:other=x", QPAS_ERR_ARG},
		{"keep:dtb=", 0},
		{"nobody:", QPAS_ERR_UNSUPP},
		{"a23456789012345678:", QPAS_ERR_ARG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int code = open_uri(rows[i].uri, NULL);

		if (code != rows[i].code)
			fail_msg("%s: %d", rows[i].uri, code);
	}
}

static void values_are_decoded_and_child_takes_the_rest_verbatim(void **state)
{
	(void)state;
	assert_int_equal(open_uri("keep:el=2,dtb=/a%2cb%25%2Ec d=e,child=keep:dtb=%2c,el=1", NULL),
			 0);
	/* The outer one is opened last. */
	assert_int_equal(got.count, 2);
	assert_string_equal(got.keys[0], "el");
	assert_string_equal(got.values[0], "2");
	assert_string_equal(got.keys[1], "dtb");
	assert_string_equal(got.values[1], "/a,b%.c d=e");
	assert_true(got.has_child);
	assert_int_equal(open_uri("keep:child=keep:child=keep:child=keep:", NULL), 0);
	assert_int_equal(open_uri("keep:child=keep:child=keep:child=keep:child=keep:", NULL),
			 QPAS_ERR_ARG);
	assert_int_equal(open_uri("keep:child=nobody:", NULL), QPAS_ERR_UNSUPP);
	assert_int_equal(open_uri("keep:child=keep:bad", NULL), QPAS_ERR_ARG);
}

static void overlong_uri_and_too_many_keys_are_refused(void **state)
{
	static char longest[5000];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	memcpy(longest, "keep:dtb=", 9);
	assert_int_equal(open_uri(longest, NULL), QPAS_ERR_ARG);
	assert_int_equal(open_uri("keep:a=,b=,c=,d=,e=,f=,g=,h=,i=,j=,k=,l=,m=,n=,o=,p=,q=", NULL),
			 QPAS_ERR_ARG);
}

static void missing_schemes_say_what_to_do(void **state)
{
	static const struct {
		const char *uri;
		const char *text;
	} rows[] = {
		{"tzsim:el=2", "No backend is registered for \"tzsim:\". For the simulator, link "
			       "libqpas-tzsim and call qpas_tzsim_register()."},
		{"el2:", "el2: cannot be opened by URI: it needs the embedder's conduit. Call "
			 "qpas_el2_open()."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qpas_error err = QPAS_ERROR_INIT;
		struct qpas_backend *backend = NULL;

		assert_int_equal(qpas_backend_open(rows[i].uri, NULL, &backend, &err),
				 QPAS_ERR_UNSUPP);
		assert_string_equal(err.text, rows[i].text);
	}
}

/* Never a simulator: only the kernel's own backend asks for a driver. */
static void no_uri_means_the_kernel(void **state)
{
	static const char *const uris[] = {NULL, "", "kernel:"};
	struct test_tree tree = test_tree_lemans();
	struct qpas_params params = QPAS_PARAMS_INIT;

	(void)state;
	assert_int_equal(qpas_platform_open_memory(test_tree_slice(&tree), NULL, 0, NULL,
						   &params.platform, NULL),
			 0);
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct qpas_error err = QPAS_ERROR_INIT;
		struct qpas_backend *backend = NULL;
		struct qpas_context *context = NULL;

		assert_int_equal(qpas_backend_open(uris[i], &params, &backend, &err), 0);
		assert_int_equal(qpas_context_open(backend, "video", NULL, &context, &err),
				 QPAS_ERR_UNSUPP);
		assert_int_equal(err.message_id, 1501);
		qpas_backend_unref(backend);
	}
	qpas_platform_unref(params.platform);
	test_tree_free(&tree);
}

/* A16: the other half, set-user-id programs, is secure_getenv()'s. */
static void environment_counts_only_when_it_was_allowed(void **state)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	static char backend[] = "QPAS_BACKEND=keep:dtb=env", path[] = "QPAS_FIRMWARE_PATH=/env";
	static char *variables[] = {backend, path, NULL};
	char **before = environ;

	(void)state;
	environ = variables;
	/* The kernel's, which a machine may have or not. */
	memset(&got, 0, sizeof(got));
	(void)open_uri(NULL, &params);
	assert_int_equal(got.count, 0);
	params.flags = QPAS_PARAMS_ENVIRONMENT;
	assert_int_equal(open_uri(NULL, &params), 0);
	assert_string_equal(got.values[0], "env");
	assert_string_equal(got.path, "/env");
	/* What the program says wins. */
	params.firmware_path = "/own";
	assert_int_equal(open_uri("keep:dtb=own", &params), 0);
	assert_string_equal(got.values[0], "own");
	assert_string_equal(got.path, "/own");
	environ = before;
}

/* A15 */
static void hostile_text_is_escaped(void **state)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_backend *backend = NULL;

	(void)state;
	assert_int_equal(qpas_backend_open("x\x1b[31m%s%n", NULL, &backend, &err), QPAS_ERR_ARG);
	assert_non_null(strstr(err.text, "x\\x1b[31m%s%n"));
	assert_null(strchr(err.text, '\x1b'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grammar_is_checked_before_anything_is_opened),
		cmocka_unit_test(values_are_decoded_and_child_takes_the_rest_verbatim),
		cmocka_unit_test(overlong_uri_and_too_many_keys_are_refused),
		cmocka_unit_test(missing_schemes_say_what_to_do),
		cmocka_unit_test(no_uri_means_the_kernel),
		cmocka_unit_test(environment_counts_only_when_it_was_allowed),
		cmocka_unit_test(hostile_text_is_escaped),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
