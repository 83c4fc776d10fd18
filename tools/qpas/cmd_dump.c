/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas dump: boots a peripheral, waits until it dies, and writes its memory as an ELF core file. */
#include <inttypes.h>
#include <stdio.h>

#include "atomic_file.h"
#include "boot.h"
#include "commands.h"
#include "json.h"
#include "out.h"
#include "session.h"
#include "source.h"

#define NS_PER_S INT64_C(1000000000)
/* A century: more than anybody waits, and far from a wrap. */
#define MOST_SECONDS UINT64_C(3200000000)

struct dump {
	struct boot boot;
	const char *path;
	struct atomic_file file;
	uint64_t size;
	bool now; /* do not wait until it dies */
	int64_t timeout; /* nanoseconds, or 0 */
	bool died;
	struct qpas_context_event event; /* how */
};

static int write_file(void *user, struct qpas_slice data, struct qpas_error *err)
{
	struct dump *dump = user;
	int code = atomic_write(&dump->file, dump->size, data, err);

	dump->size += data.len;
	return code;
}

static struct qpas_dump_target target_of(struct dump *dump)
{
	struct qpas_dump_target target = QPAS_DUMP_TARGET_INIT;

	target.write = write_file;
	target.user = dump;
	return target;
}

/*
 * A processor is not started for a dump that cannot be made or has nowhere to go. That the context is
 * not stopped yet is the answer that is hoped for.
 */
static int prepare(struct boot *boot, struct qpas_context *context, struct qpas_error *err)
{
	static const struct qpas_error fresh = QPAS_ERROR_INIT;
	struct dump *dump = boot->user;
	struct qpas_dump_target target = target_of(dump);

	if (qpas_context_dump(context, &target, err) != QPAS_ERR_STATE)
		return exit_of(err, BLAME_BACKEND);
	*err = fresh;
	return atomic_open(&dump->file, dump->path, err);
}

static void tell_event(struct dump *dump)
{
	static const char *const kinds[] = {"", "ready", "crash", "fault", "stopped"};
	const struct qpas_context_event *event = &dump->event;
	char detail[200];

	if (event->type == QPAS_EVENT_FAULT)
		snprintf(detail, sizeof(detail), "stream %#" PRIx32 ", %s at %#" PRIx64,
			 event->stream, event->write ? "write" : "read", event->address);
	else
		snprintf(detail, sizeof(detail), "%s", event->text);
	boot_step(&dump->boot, kinds[event->type], 0, 0, detail);
}

/* Ctrl-C ends the wait and not the command: what is there by then is dumped. */
static int watch(struct boot *boot, struct qpas_context *context, struct qpas_error *err)
{
	static const struct qpas_error fresh = QPAS_ERROR_INIT;
	struct dump *dump = boot->user;
	int64_t deadline = dump->timeout ? now_ns() + dump->timeout : QPAS_NO_DEADLINE;

	while (!dump->now && !dump->died && !boot_interrupted()) {
		if (qpas_context_wait_event(context, deadline, &dump->event, err)) {
			if (err->code != QPAS_ERR_CANCELED || !boot_interrupted())
				return exit_of(err, BLAME_BACKEND);
			*err = fresh;
			break;
		}
		tell_event(dump);
		dump->died = dump->event.type != QPAS_EVENT_READY;
	}
	return EXIT_FINE;
}

static int write_dump(struct boot *boot, struct qpas_context *context, struct qpas_error *err)
{
	struct dump *dump = boot->user;
	struct qpas_dump_target target = target_of(dump);
	int64_t begin = now_ns();
	char detail[64];
	int code;

	dump->size = 0;
	code = qpas_context_dump(context, &target, err);
	if (!code)
		code = atomic_flush(&dump->file, err);
	if (!code)
		code = atomic_commit(&dump->file, err);
	snprintf(detail, sizeof(detail), "%" PRIu64 " bytes", dump->size);
	boot_step(boot, "dump", code, now_ns() - begin, code ? qpas_error_text(err) : detail);
	return code ? exit_of(err, BLAME_BACKEND) : EXIT_FINE;
}

static struct json_object *json_event(const struct qpas_context_event *event)
{
	static const char *const kinds[] = {NULL, NULL, "crash", "fault", "stopped"};
	struct json_object *object = js_object();
	bool fault = event->type == QPAS_EVENT_FAULT;

	js_put(object, "kind", js_text(kinds[event->type]));
	js_put(object, "text", js_text(event->text));
	js_put(object, "stream", fault ? js_hex(event->stream) : NULL);
	js_put(object, "address", fault ? js_hex(event->address) : NULL);
	js_put(object, "write", fault ? js_bool(event->write) : NULL);
	return object;
}

static struct json_object *json_dump(const struct dump *dump)
{
	struct json_object *object = js_object();

	js_put(object, "path", js_text(dump->path));
	js_put(object, "size", js_hex(dump->size));
	return object;
}

static void show_json(const struct dump *dump, int code, const struct qpas_error *err)
{
	struct json_object *object = boot_json(&dump->boot, err);

	js_put(object, "event", dump->died ? json_event(&dump->event) : NULL);
	js_put(object, "dump", code ? NULL : json_dump(dump));
	js_print(object);
}

static void show_text(const struct dump *dump, int code)
{
	if (code)
		return;
	print_safe(stdout, dump->path);
	printf(": core file of %" PRIu64 " bytes\n", dump->size);
}

static int dump_image(struct dump *dump, const struct cli_arguments *args, const char **subject,
		      struct qpas_error *err)
{
	struct session session;
	int code = session_open(&session, args, subject, err);

	dump->boot.backend = session.backend;
	dump->boot.uri = session.uri;
	if (!code && dump->boot.image_name) {
		*subject = dump->boot.image_name;
		code = source_image(dump->boot.image_name, NULL, &dump->boot.image, err);
	}
	if (!code) {
		*subject = dump->boot.peripheral;
		code = boot_run(&dump->boot, err);
	}
	if (code && err->code)
		report_error(*subject, err);
	if (cli_switch(args, "json") && (code != EXIT_USAGE || err->code))
		show_json(dump, code, err);
	else if (!cli_switch(args, "json"))
		show_text(dump, code);
	atomic_close(&dump->file);
	boot_free(&dump->boot);
	qpas_image_unref(dump->boot.image);
	session_close(&session);
	return code;
}

static int run(const struct cli_arguments *args)
{
	static const struct qpas_context_event no_event = QPAS_CONTEXT_EVENT_INIT;
	static const struct atomic_file no_file = ATOMIC_FILE_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct dump dump = {.path = cli_value(args, "output"), .event = no_event, .file = no_file};
	const char *subject = NULL;
	uint64_t seconds = 0;

	/* What a processor had in its memory is nobody else's to read. */
	dump.file.secret = true;
	if (!dump.path)
		return report_usage("dump", "give the file to write with -o FILE");
	if (args->operand_count > 1 && source_same_file(args->operands[1], dump.path))
		return report_usage("dump", "the output would replace the image '%s' itself",
				    args->operands[1]);
	if (cli_number(args, "timeout", &seconds))
		return EXIT_USAGE;
	if (seconds > MOST_SECONDS)
		return report_usage("dump", "--timeout is longer than a century");
	dump.timeout = (int64_t)seconds * NS_PER_S;
	dump.now = cli_switch(args, "now");
	dump.boot.peripheral = args->operands[0];
	dump.boot.image_name = args->operand_count > 1 ? args->operands[1] : NULL;
	dump.boot.context_flags = cli_switch(args, "force") ? QPAS_CONTEXT_FORCE : 0;
	/* A boot that fails leaves zeros: one that dies before it is ready is to be dumped as well. */
	dump.boot.boot_flags = dump.now ? 0 : QPAS_BOOT_NO_WAIT;
	dump.boot.quiet = cli_switch(args, "json");
	dump.boot.header = true;
	dump.boot.before = prepare;
	dump.boot.watch = watch;
	dump.boot.after = write_dump;
	dump.boot.user = &dump;
	return dump_image(&dump, args, &subject, &err);
}

static const struct cli_option options[] = {
	{"output", "FILE", "write the core file FILE (also -o FILE)"},
	{"now", NULL, "stop it as soon as it is ready, and do not wait until it dies"},
	{"timeout", "SECONDS", "give up if it lives longer (default: wait for ever)"},
	SESSION_OPTIONS,
	{"force", NULL, "boot it although its node is disabled"},
	{NULL, NULL, NULL},
};

const struct cli_command command_dump = {
	.name = "dump",
	.synopsis = "PERIPHERAL [IMAGE] -o FILE [--now] [--backend URI] [--dtb DTB]",
	.summary = "boot a peripheral, and write its memory to a core file when it dies",
	.about =
		"Boots PERIPHERAL as 'qpas boot' does and waits until it crashes, faults or stops;\n"
		"Ctrl-C ends the wait. Then it is shut down, and only when the trusted world has given\n"
		"the memory back, it is read: an ELF core file with one PT_LOAD per loadable segment, at\n"
		"the addresses that the image was linked to, like the kernel's remoteproc dumps.\n"
		"The file appears whole or not at all.\n"
		"\n"
		"On a simulated machine a profile or fault=NAME makes it die: crash, crash-after:MS,\n"
		"watchdog:MS. The kernel's own drivers dump through devcoredump, not through this.",
	.examples =
		"  qpas dump adsp adsp.mbn -o adsp.core --backend tzsim:fault=watchdog --dtb board.dtb\n"
		"  qpas dump adsp -o adsp.core --now --backend tzsim: --dtb board.dtb\n"
		"  readelf -l adsp.core",
	.codes = "  0  the core file was written\n"
		 "  1  image, device tree or peripheral are bad, or the trusted world refused\n"
		 "  2  usage\n"
		 "  3  the backend cannot, the file could not be written, it did not die in time",
	.options = options,
	.least = 1,
	.most = 2,
	.run = run,
};
