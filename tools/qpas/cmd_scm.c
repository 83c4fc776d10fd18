/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas scm: secure monitor calls as registers, both ways. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "out.h"
#include "source.h"

/* Service and command are eight bits each. */
#define FUNCTIONS 0x10000u

struct scm {
	struct qpas_scm_call call;
	uint64_t regs[8];
	uint8_t page[QPAS_SCM_PAGE_BYTES];
};

/* The library names numbers; the way back is a search over all of them. */
static bool find_function(const char *name, uint32_t *function)
{
	uint32_t i;

	for (i = 0; i < FUNCTIONS; i++) {
		if (strcmp(qpas_scm_function_name(i), name) == 0 && strcmp(name, "?") != 0) {
			*function = i;
			return true;
		}
	}
	return false;
}

static int list_functions(bool json)
{
	struct json_object *list = js_array();
	uint32_t i;

	for (i = 0; i < FUNCTIONS; i++) {
		const char *name = qpas_scm_function_name(i);
		struct json_object *object;

		if (strcmp(name, "?") == 0)
			continue;
		if (!json)
			printf("%#06" PRIx32 "  %s\n", i, name);
		object = js_object();
		js_put(object, "call", js_text(name));
		js_put(object, "function", js_hex(i));
		js_append(list, object);
	}
	if (json)
		js_print(list);
	else
		json_object_put(list);
	return EXIT_FINE;
}

/* Too many are refused: silently dropped arguments would make another call. */
static int take_numbers(const struct cli_arguments *args, size_t from, uint64_t *to, size_t most)
{
	size_t i;

	if (args->operand_count - from > most)
		return report_usage("scm", "too many numbers: at most %zu", most);
	for (i = from; i < args->operand_count; i++) {
		if (!cli_parse_number(args->operands[i], &to[i - from]))
			return report_usage("scm", "'%s' is no number", args->operands[i]);
	}
	return EXIT_FINE;
}

static int encode(const struct cli_arguments *args, struct scm *scm, struct qpas_error *err)
{
	int code;

	if (!find_function(args->operands[0], &scm->call.function))
		return report_usage("scm", "unknown call '%s'; --list shows those that are known",
				    args->operands[0]);
	code = take_numbers(args, 1, scm->call.args, QPAS_SCM_MAX_ARGS);
	if (!code)
		code = cli_number(args, "page-address", &scm->call.page_address);
	if (code)
		return code;
	scm->call.arg_count = (uint32_t)(args->operand_count - 1);
	if (cli_switch(args, "smc32"))
		scm->call.convention = QPAS_SCM_SMC32;
	if (cli_switch(args, "fast"))
		scm->call.flags = QPAS_SCM_FAST;
	if (qpas_scm_encode(&scm->call, scm->regs, scm->page, sizeof(scm->page), err))
		return exit_of(err, BLAME_INPUT);
	scm->call.arginfo = (uint32_t)scm->regs[1];
	return EXIT_FINE;
}

/* A call with more than four arguments has the rest in a page that a trace may lack. */
static int decode(const struct cli_arguments *args, struct scm *scm, struct qpas_error *err)
{
	const char *file = cli_value(args, "page");
	struct qpas_slice page = {NULL, 0};
	int code = take_numbers(args, 0, scm->regs, 8);

	if (!code && file)
		code = source_file(file, 4096, &page, err);
	if (!code && qpas_scm_decode(scm->regs, page, &scm->call, err))
		code = err->code == QPAS_ERR_SPACE ? EXIT_BAD : exit_of(err, BLAME_INPUT);
	free((void *)(uintptr_t)page.ptr);
	return code;
}

static struct json_object *json_numbers(const uint64_t *numbers, size_t count)
{
	struct json_object *list = js_array();
	size_t i;

	for (i = 0; i < count; i++)
		js_append(list, js_hex(numbers[i]));
	return list;
}

static void show_json(const struct scm *scm)
{
	const struct qpas_scm_call *call = &scm->call;
	struct json_object *list = js_array();
	struct json_object *object = js_object();
	bool paged = call->arg_count > 4;

	js_put(object, "call", js_text(qpas_scm_function_name(call->function)));
	js_put(object, "convention",
	       js_text(call->convention == QPAS_SCM_SMC32 ? "smc32" : "smc64"));
	js_put(object, "fast", js_bool(call->flags & QPAS_SCM_FAST));
	js_put(object, "args", json_numbers(call->args, call->arg_count));
	js_put(object, "registers", json_numbers(scm->regs, 8));
	js_put(object, "page_address", paged ? js_hex(call->page_address) : NULL);
	js_append(list, object);
	js_print(list);
}

static void show_text(const struct scm *scm)
{
	const struct qpas_scm_call *call = &scm->call;
	uint32_t i;

	printf("%s(", qpas_scm_function_name(call->function));
	for (i = 0; i < call->arg_count; i++)
		printf("%s%#" PRIx64, i ? ", " : "", call->args[i]);
	printf("), %s%s\n", call->convention == QPAS_SCM_SMC32 ? "SMC32" : "SMC64",
	       call->flags & QPAS_SCM_FAST ? ", fast" : "");
	for (i = 0; i < 8; i++)
		printf("x%" PRIu32 " %#" PRIx64 "%s", i, scm->regs[i], i < 7 ? "  " : "\n");
	if (call->arg_count > 4)
		printf("arguments from the fourth on stand in a page at %#" PRIx64 "\n",
		       call->page_address);
}

static int run(const struct cli_arguments *args)
{
	struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct scm scm;
	int code;

	if (cli_switch(args, "list"))
		return list_functions(cli_switch(args, "json"));
	if (!args->operand_count)
		return report_usage("scm",
				    "give a call with its arguments, or --decode with registers");
	memset(&scm, 0, sizeof(scm));
	scm.call = call;
	code = cli_switch(args, "decode") ? decode(args, &scm, &err) : encode(args, &scm, &err);
	if (err.code)
		report_error("scm", &err);
	if (code)
		return code;
	if (cli_switch(args, "json"))
		show_json(&scm);
	else
		show_text(&scm);
	return EXIT_FINE;
}

static const struct cli_option options[] = {
	{"smc32", NULL, "encode for 32-bit registers"},
	{"fast", NULL, "encode a fast call"},
	{"page-address", "ADDR", "where the page with arguments four and up is"},
	{"decode", NULL, "decode the registers x0 to x7 that follow; missing ones are 0"},
	{"page", "FILE", "contents of that page, for --decode"},
	{"list", NULL, "list the calls that are known"},
	{NULL, NULL, NULL},
};

const struct cli_command command_scm = {
	.name = "scm",
	.synopsis = "CALL [ARG]... | --decode X0 [X1]... | --list",
	.summary = "secure monitor calls as registers, both ways",
	.about =
		"Encodes a PAS, bridge or assign call into the registers x0 to x7, or decodes them, as\n"
		"they stand in a trace. Nothing is called. Numbers are decimal, or hexadecimal with\n"
		"0x.",
	.examples = "  qpas scm PAS_AUTH_AND_RESET 1\n"
		    "  qpas scm --decode 0x42000202 0x3 1 0x95900000 0x1e00000\n"
		    "  qpas scm --list",
	.codes = "  0  fine\n"
		 "  1  the registers are no call that is known, or need their page\n"
		 "  2  usage",
	.options = options,
	.least = 0,
	.most = 11,
	.run = run,
};
