/* SPDX-License-Identifier: BSD-3-Clause */
/* The qpas tool: finds the command, hands it its arguments, minds standard output at the end. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "out.h"

static const struct cli_command *const commands[] = {
	&command_info,	 &command_verify,   &command_extract,  &command_squash, &command_split,
	&command_keygen, &command_sign,	    &command_platform, &command_boot,	&command_dump,
	&command_status, &command_shutdown, &command_doctor,   &command_demo,	&command_rsc,
	&command_bridge, &command_scm,
#ifdef QPAS_TOOL_TZSIM
	&command_tz,
#endif
#ifdef QPAS_TOOL_GUEST
	&command_guest,
#endif
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct cli_command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

/* A slip of the finger gets a hint instead of the whole list. */
static int unknown_command(const char *name)
{
	const char *names[COMMAND_COUNT];
	const char *nearest;
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i]->name;
	nearest = cli_nearest(name, names, COMMAND_COUNT);
	if (nearest)
		return report_usage(NULL, "unknown command '%s'; did you mean '%s'?", name,
				    nearest);
	return report_usage(NULL, "unknown command '%s'", name);
}

static void print_overview(void)
{
	size_t i;

	printf("%sqpas%s: images, device trees and boots of Qualcomm's remote processors\n\n"
	       "usage: qpas COMMAND [ARGUMENT]... [--json]\n"
	       "       qpas COMMAND --help\n\n",
	       style_on(stdout, STYLE_BOLD), style_off(stdout));
	for (i = 0; i < COMMAND_COUNT; i++)
		printf("  %s%-10s%s %s\n", style_on(stdout, STYLE_BOLD), commands[i]->name,
		       style_off(stdout), commands[i]->summary);
	puts("\nFirst steps:\n"
	     "  qpas demo                       a whole boot on the simulated TrustZone\n"
	     "  qpas verify adsp.mbn            is this image what was signed?\n"
	     "  qpas platform board.dtb         what can be started on this board, and what lacks?\n"
	     "  qpas doctor adsp                why does it not start here?\n"
	     "\n"
	     "Exit codes: 0 fine, 1 the input is bad or was refused, 2 usage, 3 could not be done "
	     "here.");
}

static int print_version(void)
{
	printf("qpas %d.%d.%d (libqpas %s)\n", QPAS_VERSION_MAJOR, QPAS_VERSION_MINOR,
	       QPAS_VERSION_PATCH, qpas_version_text());
	return EXIT_FINE;
}

static int print_help(const char *name)
{
	const struct cli_command *command;

	if (!name) {
		print_overview();
		return EXIT_FINE;
	}
	command = find_command(name);
	if (!command)
		return unknown_command(name);
	cli_help(command);
	return EXIT_FINE;
}

/* The parser has told what is wrong by then; here it is only handed on. */
static int run_command(const struct cli_command *command, int argc, char **argv)
{
	struct cli_arguments args;
	bool help = false;
	int code = cli_parse(command, argc, argv, &args, &help);

	if (help)
		cli_help(command);
	else if (!code)
		code = command->run(&args);
	cli_free(&args);
	return code;
}

/* Nothing on the command line is a mistake, yet the overview is the best answer to it. */
static int dispatch(int argc, char **argv)
{
	const struct cli_command *command;

	if (argc < 2) {
		print_overview();
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0)
		return print_help(argc > 2 ? argv[2] : NULL);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return print_help(NULL);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0)
		return print_version();
	if (argv[1][0] == '-')
		return report_usage(NULL, "unknown option '%s'", argv[1]);
	command = find_command(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	return run_command(command, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
	/* A reader that goes away, a file size limit: write errors like any other, and reported. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return out_finish(dispatch(argc, argv));
}
