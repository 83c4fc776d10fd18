/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas status and qpas shutdown: peripherals that somebody else has started. */
#include <stdio.h>

#include "commands.h"
#include "json.h"
#include "out.h"
#include "session.h"

/* The state of a simulated machine ends with the process that made it: none is left to ask. */
static int refuse_simulator(const char *what)
{
	report("%s: a simulated machine lives in the process that made it, and this one just "
	       "started: there is nothing to ask. Use 'qpas boot --keep', or a backend that "
	       "outlives the command.",
	       what);
	return EXIT_HERE;
}

static void show(const char *name, const char *state, bool json)
{
	struct json_object *list, *object;

	if (!json) {
		print_safe(stdout, name);
		printf(": %s\n", state);
		return;
	}
	list = js_array();
	object = js_object();
	js_put(object, "peripheral", js_text(name));
	js_put(object, "state", js_text(state));
	js_append(list, object);
	js_print(list);
}

/* Adopts the peripheral if it runs; *runs is false if it is known not to. */
static int adopt(struct qpas_context *context, bool *runs, struct qpas_error *err)
{
	struct qpas_error fresh = QPAS_ERROR_INIT;

	*runs = qpas_attach(context, err) == 0;
	if (*runs)
		return EXIT_FINE;
	if (err->code != QPAS_ERR_NOTFOUND)
		return exit_of(err, BLAME_BACKEND);
	*err = fresh;
	return EXIT_FINE;
}

/* A backend that can tell more than "it runs" is believed. */
static const char *state_word(struct qpas_context *context, bool runs)
{
	uint32_t state;

	if (qpas_context_status(context, &state, NULL) || state == QPAS_STATE_NEW)
		return runs ? "running" : "stopped";
	return qpas_state_name(state);
}

/* Forced open: the state of a disabled node is worth knowing, too. */
static int with_context(const struct cli_arguments *args, const struct session *session, bool stop,
			struct qpas_error *err)
{
	struct qpas_context_params params = QPAS_CONTEXT_PARAMS_INIT;
	struct qpas_context *context = NULL;
	const char *name = args->operands[0];
	bool json = cli_switch(args, "json");
	bool runs = false;
	int code = EXIT_FINE;

	/* Asking must not stop what runs; a refused shutdown must not be tried twice. */
	params.flags = QPAS_CONTEXT_KEEP_RUNNING | QPAS_CONTEXT_FORCE;
	if (qpas_context_open(session->backend, name, &params, &context, err))
		code = exit_of(err, BLAME_INPUT);
	if (!code)
		code = adopt(context, &runs, err);
	if (!code && stop && runs && qpas_shutdown(context, err))
		code = exit_of(err, BLAME_INPUT);
	if (!code)
		show(name, state_word(context, runs && !stop), json);
	if (qpas_context_close(context) && !code)
		code = EXIT_HERE;
	return code;
}

static int run_state(const struct cli_arguments *args, bool stop)
{
	const char *uri = cli_value(args, "backend");
	struct qpas_error err = QPAS_ERROR_INIT;
	struct session session;
	const char *subject = NULL;
	int code;

	if (uri && session_is_simulator(uri))
		return refuse_simulator(args->command->name);
	code = session_open(&session, args, &subject, &err);
	if (!code) {
		subject = args->operands[0];
		code = with_context(args, &session, stop, &err);
	}
	if (err.code)
		report_error(subject, &err);
	if (code && cli_switch(args, "json"))
		js_print(js_array());
	session_close(&session);
	return code;
}

static int run_status(const struct cli_arguments *args)
{
	return run_state(args, false);
}

static int run_shutdown(const struct cli_arguments *args)
{
	return run_state(args, true);
}

static const struct cli_option options[] = {
	SESSION_OPTIONS,
	{NULL, NULL, NULL},
};

const struct cli_command command_status = {
	.name = "status",
	.synopsis = "PERIPHERAL [--backend URI] [--dtb DTB]",
	.summary = "whether a peripheral runs",
	.about =
		"Asks the backend whether PERIPHERAL runs, without a call that could change it. A\n"
		"simulated machine ends with the command that made it, so that 'tzsim:' has nothing\n"
		"to ask.",
	.examples = "  qpas status adsp\n"
		    "  qpas status --json adsp | jq -r '.[0].state'",
	.codes = "  0  the state was printed\n"
		 "  1  no such peripheral in the device tree\n"
		 "  2  usage\n"
		 "  3  the backend cannot tell, or is not there",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run_status,
};

const struct cli_command command_shutdown = {
	.name = "shutdown",
	.synopsis = "PERIPHERAL [--backend URI] [--dtb DTB]",
	.summary = "shut a peripheral down that runs already",
	.about =
		"Adopts PERIPHERAL, which somebody else has started, and shuts it down. One that does\n"
		"not run is left alone. A simulated machine ends with the command that made it, so\n"
		"that 'tzsim:' has nothing to shut down.",
	.examples = "  qpas shutdown adsp",
	.codes = "  0  it is stopped\n"
		 "  1  no such peripheral, or the trusted world refused\n"
		 "  2  usage\n"
		 "  3  the backend cannot, or is not there",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run_shutdown,
};
