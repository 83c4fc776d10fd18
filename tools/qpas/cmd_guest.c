/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * qpas guest: an unmodified Linux kernel under QEMU, whose secure world is the simulator. Makes the
 * guest's tree and initramfs, starts server and QEMU together, and leaves nothing behind.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "guest/guest.h"
#include "guest/run.h"
#include "json.h"
#include "out.h"
#include "source.h"

#define DEFAULT_BOARD  "dtb/lemans-evk-el2.dtb"
#define DEFAULT_CPU    "neoverse-n1"
#define DEFAULT_MEMORY 2048u
#define MOST_MEMORY    65536u
#define MOST_CORES     8u
#define MOST_ADDED     32u
#define PATH_LENGTH    4096u

/* The option's value, or a file below the folder of fetched data. */
static const char *pick(struct guest *guest, const struct cli_arguments *args, const char *option,
			const char *name)
{
	const char *data = cli_value(args, "data");
	const char *value = cli_value(args, option);

	if (value)
		return value;
	if (!data)
		data = getenv("QPAS_DATA_DIR");
	return words_add(&guest->pool, "%s/%s", data && *data ? data : ".cache/data", name);
}

static int numbers(struct guest *guest, const struct cli_arguments *args)
{
	uint64_t level = 2, cores = 2, memory = DEFAULT_MEMORY;

	if (cli_number(args, "el", &level) || cli_number(args, "cores", &cores) ||
	    cli_number(args, "memory", &memory))
		return EXIT_USAGE;
	if (level != 1 && level != 2)
		return report_usage("guest", "--el is 1 or 2");
	if (guest->hypervisor && level != 1)
		return report_usage("guest", "--hypervisor needs --el 1");
	if (cores < 1 || cores > MOST_CORES)
		return report_usage("guest", "--cores is 1 to %u", MOST_CORES);
	if (memory < DEFAULT_MEMORY || memory > MOST_MEMORY)
		return report_usage("guest", "--memory is %u to %u MiB", DEFAULT_MEMORY,
				    MOST_MEMORY);
	guest->level = (uint32_t)level;
	guest->cores = (uint32_t)cores;
	guest->memory_mb = (uint32_t)memory;
	return EXIT_FINE;
}

static int read_options(struct guest *guest, const struct cli_arguments *args)
{
	guest->kernel = pick(guest, args, "kernel", "kernel/Image");
	guest->modules = pick(guest, args, "modules", "kernel/modules");
	guest->busybox = pick(guest, args, "busybox", "kernel/busybox");
	guest->board = pick(guest, args, "dtb", DEFAULT_BOARD);
	guest->firmware_path = pick(guest, args, "firmware-path", "firmware");
	guest->command = cli_value(args, "run");
	guest->append = cli_value(args, "append");
	guest->cpu = cli_value(args, "cpu") ? cli_value(args, "cpu") : DEFAULT_CPU;
	guest->hypervisor = cli_switch(args, "hypervisor");
	guest->iommus = !cli_switch(args, "no-iommus");
	return numbers(guest, args);
}

/* Only what qcom_q6v5_pas drives, at an address that the tree gives. */
static bool can_run(const struct qpas_peripheral *peripheral)
{
	return peripheral->kind == QPAS_KIND_REMOTEPROC &&
	       peripheral->flags & QPAS_PERIPHERAL_PAS && peripheral->carveout_count &&
	       !peripheral->carveouts[0].dynamic;
}

static int take(struct guest *guest, const struct qpas_peripheral *peripheral,
		struct qpas_error *err)
{
	struct qpas_peripheral *list;

	if (guest->peripheral_count == GUEST_MOST_PERIPHERALS) {
		error_set(err, QPAS_ERR_LIMIT, 0, "More than %u processors. Name fewer.",
			  GUEST_MOST_PERIPHERALS);
		return EXIT_BAD;
	}
	list = realloc(guest->peripherals, (guest->peripheral_count + 1) * sizeof(*list));
	if (!list) {
		error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
		return EXIT_HERE;
	}
	guest->peripherals = list;
	list[guest->peripheral_count++] = *peripheral;
	return EXIT_FINE;
}

static int take_named(struct guest *guest, const struct cli_arguments *args, struct qpas_error *err)
{
	int code = EXIT_FINE;
	size_t i;

	for (i = 0; i < args->operand_count && !code; i++) {
		struct qpas_peripheral found = QPAS_PERIPHERAL_INIT;

		if (qpas_platform_find(guest->platform, args->operands[i], &found, err))
			return exit_of(err, BLAME_INPUT);
		if (!can_run(&found)) {
			error_set(err, QPAS_ERR_UNSUPP, 0,
				  "%s is no remote processor that Linux starts through PAS into a "
				  "carveout of this tree.",
				  found.name);
			return EXIT_BAD;
		}
		code = take(guest, &found, err);
	}
	return code;
}

static int take_all(struct guest *guest, struct qpas_error *err)
{
	uint32_t count = qpas_platform_count(guest->platform);
	int code = EXIT_FINE;
	uint32_t i;

	for (i = 0; i < count && !code; i++) {
		struct qpas_peripheral found = QPAS_PERIPHERAL_INIT;

		if (qpas_platform_peripheral(guest->platform, i, &found, err))
			return exit_of(err, BLAME_INPUT);
		if (can_run(&found) && found.flags & QPAS_PERIPHERAL_ENABLED)
			code = take(guest, &found, err);
	}
	if (!code && !guest->peripheral_count) {
		error_set(err, QPAS_ERR_NOTFOUND, 0,
			  "%s enables no remote processor that Linux starts through PAS.",
			  guest->board);
		return EXIT_BAD;
	}
	return code;
}

static int open_board(struct guest *guest, const struct cli_arguments *args, struct qpas_error *err)
{
	int code = source_platform(args, guest->board, NULL, &guest->platform, err);

	if (code)
		return code;
	return args->operand_count ? take_named(guest, args, err) : take_all(guest, err);
}

static int make_folder(struct guest *guest, const struct cli_arguments *args,
		       struct qpas_error *err)
{
	const char *prepared = cli_value(args, "prepare");
	const char *temporary = getenv("TMPDIR");
	char *name;

	if (prepared) {
		guest->folder = prepared;
		if (mkdir(prepared, 0777) == 0 || errno == EEXIST)
			return EXIT_FINE;
		error_set(err, QPAS_ERR_IO, errno, "%s: %s.", prepared, strerror(errno));
		return EXIT_HERE;
	}
	if (asprintf(&name, "%s/qpas-guest-XXXXXX", temporary && *temporary ? temporary : "/tmp") <
	    0)
		name = NULL;
	if (name && mkdtemp(name))
		guest->folder = words_add(&guest->pool, "%s", name);
	else
		error_set(err, QPAS_ERR_IO, errno, "%s: %s.", name ? name : "a temporary folder",
			  strerror(errno));
	free(name);
	return guest->folder ? EXIT_FINE : EXIT_HERE;
}

/* Everything in there was made here; it has no folders. */
static void remove_folder(const struct guest *guest)
{
	DIR *dir = guest->folder ? opendir(guest->folder) : NULL;
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(guest->folder);
}

/* Options that are the server's business: each as often as it was given. */
static void add_server_options(const struct guest *guest, struct words *words)
{
	static const char *const names[] = {"tz", "fault", "profile", "record", "timeout", "log"};
	const char *value;
	size_t i, k;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (k = 0; (value = cli_value_at(guest->args, names[i], k)); k++) {
			words_add(words, "--%s", names[i]);
			words_add(words, "%s", value);
		}
	}
	/* On a terminal the console has standard error's place, too. */
	if (!guest->command && !cli_value(guest->args, "log")) {
		words_add(words, "--log");
		words_add(words, "%s/server.log", guest->folder);
		printf("guest: the server's log is %s/server.log until the end\n", guest->folder);
	}
}

static int start(const struct guest *guest, struct qpas_error *err)
{
	struct words words = {NULL, 0, false};
	int code;

	words_add(&words, "qpas");
	words_add(&words, "tz");
	words_add(&words, "serve");
	add_server_options(guest, &words);
	words_add(&words, "--");
	run_qemu_words(guest, &words);
	code = run_guest(guest, &words, err);
	words_free(&words);
	return code;
}

static void put_file_name(struct json_object *object, const struct guest *guest, const char *key,
			  const char *name)
{
	struct words pool = {NULL, 0, false};

	js_put(object, key, js_text(words_add(&pool, "%s/%s", guest->folder, name)));
	words_free(&pool);
}

static void print_json(const struct guest *guest, const struct words *words)
{
	struct json_object *object = js_object();
	struct json_object *names = js_array();
	struct json_object *qemu = js_array();
	size_t i;

	for (i = 0; i < guest->peripheral_count; i++)
		js_append(names, js_text(guest->peripherals[i].name));
	for (i = 0; i < words->count; i++)
		js_append(qemu, js_text(words->list[i]));
	js_put(object, "peripherals", names);
	put_file_name(object, guest, "tree", "guest.dtb");
	put_file_name(object, guest, "initramfs", "initramfs.cpio");
	put_file_name(object, guest, "relay", "relay.bin");
	js_put(object, "kernel", js_text(guest->kernel));
	js_put(object, "qemu", qemu);
	js_print(object);
}

/* What a server of one's own still adds: the memory's file and the secure UART's socket. */
static void print_start(const struct guest *guest, bool json)
{
	struct words words = {NULL, 0, false};

	run_qemu_words(guest, &words);
	if (json)
		print_json(guest, &words);
	else
		words_print(stdout, &words);
	words_free(&words);
}

static int run(const struct cli_arguments *args)
{
	struct guest guest = {.args = args};
	struct qpas_error err = QPAS_ERROR_INIT;
	bool prepare = cli_value(args, "prepare") != NULL;
	int code = read_options(&guest, args);

	if (!code && !prepare && cli_switch(args, "json"))
		code = report_usage("guest", "only --prepare has something to say in JSON");
	if (!code)
		code = open_board(&guest, args, &err);
	if (!code)
		code = make_folder(&guest, args, &err);
	if (!code)
		code = guest_prepare(&guest, &err);
	if (!code && prepare)
		print_start(&guest, cli_switch(args, "json"));
	else if (!code)
		code = start(&guest, &err);
	if (err.code)
		report_error("guest", &err);
	if (!prepare)
		remove_folder(&guest);
	free(guest.peripherals);
	qpas_platform_unref(guest.platform);
	words_free(&guest.pool);
	return code;
}

static const struct cli_option options[] = {
	{"el", "1|2", "exception level that the kernel starts at (default 2)"},
	{"dtb", "DTB", "the board whose processors the guest gets (default lemans-evk-el2)"},
	{"hypervisor", NULL, "with --el 1: a small hypervisor below the kernel makes SHM bridges"},
	{"no-iommus", NULL, "leave out the processors' iommus property: the path without EL2"},
	{"kernel", "IMAGE", "an uncompressed arm64 kernel (default: scripts/fetch-kernel's)"},
	{"modules", "DIR", "its modules, in one folder or in the tree of modules_install"},
	{"busybox", "FILE", "a static arm64 busybox"},
	{"firmware-path", "DIR", "folders of firmware, separated by ':'"},
	{"data", "DIR", "what the scripts fetched (default $QPAS_DATA_DIR, else .cache/data)"},
	{"run", "COMMAND", "run a shell command instead of a shell, then power off"},
	{"add", "FILE", "put a file into the guest's /root; may be repeated"},
	{"append", "ARGUMENTS", "add to the kernel's command line"},
	{"tz", "KIND", "the trusted world: strict, lenient or old, as in 'qpas tz'"},
	{"fault", "NAME[:TIMES]", "what goes wrong there; may be repeated"},
	{"profile", "FILE", "more about the machine, as in docs/tzsim.md"},
	{"record", "FILE", "write a transcript of all calls, with their memory"},
	{"timeout", "MS", "how long the guest waits for the server, 0 for ever (default 10000)"},
	{"log", "FILE", "where the server's log goes (with --run: standard error)"},
	{"cpu", "MODEL", "QEMU's model of them (default neoverse-n1)"},
	{"cores", "N", "cores of the guest, 1 to 8 (default 2)"},
	{"memory", "MIB", "memory of the guest (default 2048)"},
	{"prepare", "DIR", "make the files there, print QEMU's command line, start nothing"},
	{NULL, NULL, NULL},
};

const struct cli_command command_guest = {
	.name = "guest",
	.synopsis = "[PERIPHERAL]... [--el 1|2] [--dtb DTB] [--run COMMAND]",
	.summary = "boot an unmodified Linux kernel against the simulated TrustZone",
	.about =
		"Starts QEMU with an arm64 kernel as it is, at EL2 or EL1, and the simulator as its\n"
		"secure world. The guest has the remote processors of a board's device tree (all that\n"
		"it enables, or those named), with their ids, carveouts, streams and real firmware.\n"
		"Its own drivers start them; the console is a shell where /sys/class/remoteproc\n"
		"works. Leave it with 'poweroff -f'; Ctrl-C ends everything.\n"
		"\n"
		"Nothing of the host is touched: no root, no network, no KVM.",
	.examples = "  qpas guest adsp\n"
		    "  qpas guest --el 1 --run 'grep . /sys/class/remoteproc/*/state'\n"
		    "  qpas guest --kernel arch/arm64/boot/Image --modules /tmp/modules adsp\n"
		    "  qpas guest --add my_client.ko --run 'insmod my_client.ko && dmesg | tail'",
	.codes = "  0  the shell was left, or the command returned 0\n"
		 "  1  the command returned another code, or an input is bad\n"
		 "  2  usage\n"
		 "  3  QEMU, kernel, modules or firmware are missing, or the guest ended early",
	.options = options,
	.least = 0,
	.most = CLI_ANY_NUMBER,
	.run = run,
};
