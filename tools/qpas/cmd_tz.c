/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas tz serve: the simulator as the secure world of a kernel under QEMU. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "out.h"
#include "source.h"
#include "tz/launch.h"
#include "tz/serve.h"

#define MOST_TREE    (16u << 20)
#define MOST_PROFILE (64u << 10)
#define MIB	     (UINT64_C(1) << 20)
/* In MiB. Whether it is enough for a guest is judged where it is mapped. */
#define LEAST_MEMORY 1u
#define MOST_MEMORY  (1u << 20)

/* Words of the command line, judged. */
struct words {
	const char *ram;
	const char *socket;
	struct launch_words qemu;
	uint64_t memory;
};

static int read_world(struct server *server, const struct cli_arguments *args)
{
	static const char *const names[] = {NULL, "strict", "lenient", "old"};
	const char *name = cli_value(args, "tz");
	uint32_t i;

	server->options.tz = QPAS_TZSIM_LENIENT;
	for (i = 1; name && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0) {
			server->options.tz = i;
			return EXIT_FINE;
		}
	}
	return name ? report_usage("tz", "--tz is strict, lenient or old, not '%s'", name) :
		      EXIT_FINE;
}

/* "busy:3" is the line "fault busy:3" of a profile. */
static int read_profile(struct server *server, const struct cli_arguments *args)
{
	const char *file = cli_value(args, "profile");
	struct qpas_slice text = {NULL, 0};
	FILE *to;
	char *made = NULL;
	size_t length = 0, i;
	const char *fault;
	int code = file ? source_file(file, MOST_PROFILE, &text, &server->err) : EXIT_FINE;

	to = code ? NULL : open_memstream(&made, &length);
	if (to) {
		if (text.len)
			fwrite(text.ptr, 1, text.len, to);
		fputc('\n', to);
		for (i = 0; (fault = cli_value_at(args, "fault", i)) != NULL; i++)
			fprintf(to, "fault %s\n", fault);
		code = fclose(to) == 0 ? EXIT_FINE : EXIT_HERE;
	}
	if (text.len)
		free((void *)(uintptr_t)text.ptr);
	server->options.profile = made;
	return code;
}

static int read_options(struct server *server, const struct cli_arguments *args)
{
	uint64_t timeout = MAILBOX_DEFAULT_TIMEOUT_MS;
	const char *dtb = cli_value(args, "dtb");
	int code = cli_number(args, "timeout", &timeout);

	if (!code && timeout > UINT32_MAX)
		code = report_usage("tz", "--timeout is in milliseconds; 0 is for ever");
	server->options.timeout_ms = (uint32_t)timeout;
	if (!code)
		code = read_world(server, args);
	if (!code)
		code = read_profile(server, args);
	if (!code && dtb)
		code = source_file(dtb, MOST_TREE, &server->options.tree, &server->err);
	return code;
}

static int read_words(struct words *words, const struct cli_arguments *args)
{
	uint64_t memory = 0;

	if (strcmp(args->operands[0], "serve") != 0)
		return report_usage("tz", "unknown action '%s'; there is 'serve'",
				    args->operands[0]);
	words->ram = cli_value(args, "ram");
	words->socket = cli_value(args, "socket");
	if (args->operand_count > 1) {
		words->qemu.list = args->operands + 1;
		words->qemu.count = args->operand_count - 1;
	}
	if (words->qemu.list && (words->socket || cli_value(args, "memory")))
		return report_usage("tz", "--socket and --memory are for a QEMU that is started by "
					  "somebody else; leave one or the other out");
	if (!words->qemu.list && (!words->ram || !words->socket))
		return report_usage("tz", "give QEMU's command line behind --, or --ram and "
					  "--socket of a QEMU that is started by somebody else");
	if (cli_number(args, "memory", &memory))
		return EXIT_USAGE;
	if (cli_value(args, "memory") && (memory < LEAST_MEMORY || memory > MOST_MEMORY))
		return report_usage("tz", "--memory is %u to %u MiB", LEAST_MEMORY, MOST_MEMORY);
	words->memory = memory * MIB;
	return EXIT_FINE;
}

static int open_ram(struct server *server, struct words *words)
{
	int code;

	if (words->qemu.list) {
		code = launch_memory(&words->qemu, &words->memory, &server->err);
		if (code)
			return code;
		return words->ram ?
			       ram_create(&server->ram, words->ram, words->memory, &server->err) :
			       ram_make(&server->ram, words->memory, &server->err);
	}
	if (access(words->ram, F_OK) == 0)
		return ram_attach(&server->ram, words->ram, &server->err);
	return ram_create(&server->ram, words->ram, words->memory ? words->memory : 2048 * MIB,
			  &server->err);
}

static int meet(struct server *server, const struct words *words)
{
	if (words->qemu.list)
		return launch_qemu(&words->qemu, &server->ram, &server->child, &server->socket,
				   &server->err);
	return launch_meet(words->socket, &server->socket, &server->waits, &server->err);
}

/* How it ended: by a signal is well, a QEMU that fails or goes without a word is not. */
static int judge(struct server *server, int code)
{
	int status = server->child > 0 ? launch_end(server->child, server->told_to || code) : 0;

	if (code || server->told_to)
		return code;
	if (server->child > 0 && status) {
		error_set(&server->err, QPAS_ERR_BACKEND, 0,
			  "QEMU ended with exit code %d; what it said stands above.", status);
		return EXIT_HERE;
	}
	if (!server->off) {
		error_set(&server->err, QPAS_ERR_BACKEND, 0,
			  "QEMU is gone, and the guest had not said that it stops.");
		return EXIT_HERE;
	}
	return EXIT_FINE;
}

/* The order matters: QEMU finds the mailbox open and the socket there. */
static int run_server(struct server *server, struct words *words)
{
	bool keeps_ram;
	int code = open_ram(server, words);

	if (code)
		return code;
	box_open(&server->box, ram_mailbox(&server->ram), server->options.timeout_ms);
	code = meet(server, words);
	if (!code)
		code = judge(server, serve(server));
	/* A guest that goes on without us needs its file for the next server. */
	keeps_ram = !words->qemu.list && server->socket >= 0 && !server->waits;
	if (server->socket >= 0)
		close(server->socket);
	if (server->waits)
		unlink(words->socket);
	ram_close(&server->ram, !keeps_ram);
	return code;
}

static struct server *make_server(void)
{
	static const struct qpas_error err = QPAS_ERROR_INIT;
	struct server *server = calloc(1, sizeof(*server));

	if (!server) {
		report("memory ran out");
		return NULL;
	}
	server->err = err;
	server->socket = -1;
	server->signals = -1;
	server->ram.fd = -1;
	return server;
}

/* Both are emptied when they are opened. */
static int check_outputs(const struct cli_arguments *args, const struct words *words)
{
	static const char *const outputs[] = {"log", "record"};
	const char *const inputs[] = {cli_value(args, "dtb"), cli_value(args, "profile"),
				      words->ram};

	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < sizeof(inputs) / sizeof(inputs[0]); k++) {
			if (source_same_file(cli_value(args, outputs[i]), inputs[k]))
				return report_usage("tz",
						    "--%s would overwrite %s: give another file",
						    outputs[i], inputs[k]);
		}
	}
	return EXIT_FINE;
}

static int prepare(struct server *server, struct words *words, const struct cli_arguments *args)
{
	int code = read_words(words, args);

	if (!code)
		code = check_outputs(args, words);
	if (!code)
		code = read_options(server, args);
	if (!code)
		code = journal_open(&server->journal, cli_value(args, "log"),
				    cli_value(args, "record"), cli_switch(args, "json"),
				    &server->err);
	return code;
}

static int run(const struct cli_arguments *args)
{
	struct words words = {NULL, NULL, {NULL, 0}, 0};
	struct server *server = make_server();
	int code;

	if (!server)
		return EXIT_HERE;
	code = prepare(server, &words, args);
	if (!code)
		code = run_server(server, &words);
	if (server->err.code)
		report_error("tz", &server->err);
	code = journal_close(&server->journal, code);
	free((void *)(uintptr_t)server->options.profile);
	if (server->options.tree.len)
		free((void *)(uintptr_t)server->options.tree.ptr);
	free(server);
	return code;
}

static const struct cli_option options[] = {
	{"tz", "KIND", "strict (wants SHM bridges), lenient (default), old (no resource tables)"},
	{"fault", "NAME[:TIMES]", "what goes wrong, as in docs/tzsim.md; may be repeated"},
	{"profile", "FILE", "more about the machine, as in docs/tzsim.md"},
	{"dtb", "DTB", "device tree of the guest (default: the one in its RAM)"},
	{"ram", "FILE", "a name for the guest's RAM; without QEMU's command line, that of a guest"},
	{"socket", "PATH", "the secure UART of a QEMU that is started by somebody else"},
	{"memory", "MIB", "RAM to make when FILE is not there yet (default 2048)"},
	{"timeout", "MS", "how long the guest waits for this server, 0 for ever (default 10000)"},
	{"log", "FILE",
	 "where the log goes (default: standard error; with --json standard output)"},
	{"record", "FILE", "write a transcript of all calls, with their memory"},
	{NULL, NULL, NULL},
};

const struct cli_command command_tz = {
	.name = "tz",
	.synopsis = "serve [OPTION]... -- QEMU [ARGUMENT]... | serve --ram FILE --socket PATH",
	.summary = "be the TrustZone of a kernel under QEMU",
	.about =
		"Serves the secure world of a guest whose firmware is the EL3 relay: answers its secure\n"
		"monitor calls, authenticates images in its memory, lets a remote processor run only if\n"
		"the guest's SMMU lets it, and plays power domains, shared memory and the processors'\n"
		"signals. QEMU gets its RAM and the secure UART (its second -serial) from here. What is\n"
		"called is logged as it happens, with the reason of each refusal.\n"
		"\n"
		"SIGUSR1 makes the running processors crash, SIGUSR2 makes their watchdogs bite. 'qpas\n"
		"guest' does all of this by itself.",
	.examples =
		"  qpas tz serve -- qemu-system-aarch64 -M virt,secure=on,... -m 2048 ...\n"
		"  qpas tz serve --tz strict --fault busy:3 --record boot.jsonl -- qemu-system-aarch64 ...\n"
		"  qpas tz serve --ram /dev/shm/guest --socket /tmp/guest.sock",
	.codes = "  0  the guest stopped, or this was told to end\n"
		 "  1  the guest's device tree or RAM is bad\n"
		 "  2  usage\n"
		 "  3  QEMU could not be started or failed, or another server has the RAM",
	.options = options,
	.least = 1,
	.most = CLI_ANY_NUMBER,
	.run = run,
};
