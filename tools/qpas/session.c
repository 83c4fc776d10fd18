/* SPDX-License-Identifier: BSD-3-Clause */
/* A backend with its platform, opened as the command line says. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#ifdef QPAS_TOOL_TZSIM
#include <qpas/tzsim.h>
#endif

#include "out.h"
#include "source.h"

/* The scheme alone decides; keys may follow. */
bool session_is_simulator(const char *uri)
{
	return strncmp(uri, "tzsim:", 6) == 0 || strcmp(uri, "tzsim") == 0;
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) & 15) : -1;
}

/* The percent-decoded value of a key of the URI, malloc()ed; NULL if it has no such key. */
static char *uri_value(const char *uri, const char *key)
{
	const char *at = strchr(uri, ':');
	size_t length = strlen(key);
	char *value, *to;

	while (at && (strncmp(at + 1, key, length) != 0 || at[1 + length] != '='))
		at = strchr(at + 1, ',');
	value = at ? strdup(at + length + 2) : NULL;
	if (!value)
		return NULL;
	value[strcspn(value, ",")] = 0;
	for (at = to = value; *at; at++) {
		if (*at == '%' && digit(at[1]) >= 0 && digit(at[2]) >= 0) {
			*to++ = (char)(digit(at[1]) * 16 + digit(at[2]));
			at += 2;
		} else {
			*to++ = *at;
		}
	}
	*to = 0;
	return value;
}

/* --dtb fills a missing dtb= key; both and different is a contradiction. */
static int choose_tree(const struct cli_arguments *args, const char *uri, const char **dtb)
{
	char *key = uri_value(uri, "dtb");
	const char *command = args->command->name;
	int code = EXIT_FINE;

	*dtb = cli_value(args, "dtb");
	if (cli_value(args, "overlay") && (!*dtb || key))
		code = report_usage(command, "--overlay applies to the tree of --dtb: give that "
					     "and no dtb= key");
	else if (key && *dtb && !source_same_file(key, *dtb))
		code = report_usage(command, "--dtb %s and dtb=%s are different trees: give one",
				    *dtb, key);
	if (key)
		*dtb = NULL;
	free(key);
	return code;
}

static int register_simulator(struct qpas_error *err)
{
#ifdef QPAS_TOOL_TZSIM
	return qpas_tzsim_register(err);
#else
	(void)err;
	return 0;
#endif
}

/* A simulated trusted world has somebody who reads its console; a real one has not. */
static void show_console(void *user, uint32_t level, uint32_t message_id, const char *text)
{
	(void)user;
	(void)message_id;
	/* Errors are the client's, and told where they end. */
	if (level == QPAS_LOG_WARNING)
		report("%s", text);
}

/* A contradiction of the command line is found before any file is opened. */
int session_open(struct session *session, const struct cli_arguments *args, const char **subject,
		 struct qpas_error *err)
{
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_log log = QPAS_LOG_INIT;
	const char *uri = cli_value(args, "backend");
	const char *dtb = NULL;
	int code;

	memset(session, 0, sizeof(*session));
	session->uri = uri && *uri ? uri : "kernel:";
	*subject = session->uri;
	code = choose_tree(args, session->uri, &dtb);
	if (code)
		return code;
	if (dtb) {
		*subject = dtb;
		code = source_platform(args, dtb, NULL, &session->platform, err);
		if (code)
			return code;
		*subject = session->uri;
	}
	params.platform = session->platform;
	params.firmware_path = cli_value(args, "firmware-path");
	log.level = QPAS_LOG_WARNING;
	log.write = show_console;
	if (session_is_simulator(session->uri))
		params.log = &log;
	if (register_simulator(err) ||
	    qpas_backend_open(session->uri, &params, &session->backend, err))
		return exit_of(err, BLAME_BACKEND);
	return EXIT_FINE;
}

void session_close(struct session *session)
{
	qpas_backend_unref(session->backend);
	qpas_platform_unref(session->platform);
}
