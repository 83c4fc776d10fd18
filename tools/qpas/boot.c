/* SPDX-License-Identifier: BSD-3-Clause */
/* A boot as it is shown: opening the context, its steps, running, shutdown. */
#include "boot.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "out.h"
#include "peripheral.h"

/* A signal handler can reach nothing but these. */
static struct qpas_context *volatile interrupted_context;
static volatile sig_atomic_t interrupted;

/* Only what a signal handler may do: qpas_context_cancel() is made for it. */
static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
	qpas_context_cancel(interrupted_context);
}

static void catch_signals(void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* Blocks both signals while the flag is read, so that none is missed before the wait. */
static void wait_for_signal(void)
{
	sigset_t blocked, before;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	while (!interrupted)
		sigsuspend(&before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* What people call a step; JSON keeps the names of the backend's slots. */
static const char *title(const char *name)
{
	static const char *const titles[][2] = {
		{"device_tree", "device tree"},
		{"rsc_table", "resource table"},
		{"shared_alloc", "bridge metadata"},
		{"metadata_begin", "INIT_IMAGE"},
		{"mem_setup", "MEM_SETUP"},
		{"load", "load segments"},
		{"iommu_apply", "map for IOMMU"},
		{"bridge_create", "bridge carveout"},
		{"auth_reset", "AUTH_AND_RESET"},
		{"bridge_delete", "delete bridge"},
		{"metadata_release", "release metadata"},
		{"iommu_clear", "unmap"},
		{"region_zero", "clear carveout"},
	};
	size_t i;

	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		if (strcmp(titles[i][0], name) == 0)
			return titles[i][1];
	}
	return name;
}

static void print_step(const struct qpas_boot_step *step)
{
	enum style style = step->code ? STYLE_BAD : step->undo ? STYLE_WARN : STYLE_GOOD;
	const char *word = step->code ? "FAIL" : step->undo ? "undo" : "ok";

	printf("  %s%-4s%s %9.2f ms  %-16s ", style_on(stdout, style), word, style_off(stdout),
	       as_ms(step->duration), title(step->name));
	if (step->detail)
		print_safe(stdout, step->detail);
	putchar('\n');
	fflush(stdout);
}

/* Each step becomes JSON at once, whoever reports it: library, tool or demo. */
static void add_step(struct boot *boot, const struct qpas_boot_step *step)
{
	struct json_object *object = js_object();

	js_put(object, "step", js_text(step->name));
	js_put(object, "ok", js_bool(step->code == 0));
	js_put(object, "ms", js_ms(step->duration));
	js_put(object, "detail", js_text(step->detail ? step->detail : ""));
	js_put(object, "undo", js_bool(step->undo));
	js_append(boot->steps, object);
	if (!boot->quiet)
		print_step(step);
}

static void on_step(void *user, const struct qpas_boot_step *step)
{
	add_step(user, step);
}

static void print_header(const struct boot *boot)
{
	char text[PERIPHERAL_CELL];

	fputs(style_on(stdout, STYLE_BOLD), stdout);
	print_safe(stdout, boot->info.name);
	printf("%s: PAS id %" PRIu32, style_off(stdout), boot->info.pas_id);
	/* Somebody else's loader takes its own path. */
	if (boot->info.carveout_size)
		printf(", %s path, carveout %#" PRIx64 " + %#" PRIx64,
		       boot->info.el2 ? "EL2" : "EL1", boot->info.carveout_address,
		       boot->info.carveout_size);
	if (boot->info.carveout_size && boot->described.stream_count) {
		peripheral_stream(&boot->described, 0, text, sizeof(text));
		printf(", stream %s", text);
	}
	fputs(", on ", stdout);
	print_safe(stdout, boot->uri);
	putchar('\n');
}

/* Taken before the shutdown as well: JSON tells what state the boot reached. */
static int describe(struct boot *boot, const struct qpas_context *context, struct qpas_error *err)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;

	if (qpas_context_describe(context, &info, err))
		return err->code;
	boot->info = info;
	return 0;
}

/* Streams are told where the tree has them; a boot does not depend on this. */
static void describe_peripheral(struct boot *boot)
{
	struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;

	boot->described = peripheral;
	if (qpas_backend_platform(boot->backend, &boot->platform, NULL) == 0 &&
	    qpas_platform_find(boot->platform, boot->peripheral, &peripheral, NULL) == 0)
		boot->described = peripheral;
}

static int open_context(struct boot *boot, struct qpas_context **context, struct qpas_error *err)
{
	struct qpas_context_params params = QPAS_CONTEXT_PARAMS_INIT;

	params.flags = boot->context_flags;
	if (qpas_context_open(boot->backend, boot->peripheral, &params, context, err) ||
	    describe(boot, *context, err))
		return exit_of(err, BLAME_INPUT);
	boot->opened = true;
	return EXIT_FINE;
}

/* The error of the boot is the one that counts: describing the state must not replace it. */
static int start(struct boot *boot, struct qpas_context *context, struct qpas_error *err)
{
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct qpas_error quiet = QPAS_ERROR_INIT;
	int code;

	params.flags = boot->boot_flags;
	params.step = on_step;
	params.user = boot;
	code = qpas_boot(context, boot->image, &params, err);
	if (describe(boot, context, code ? &quiet : err))
		return EXIT_HERE;
	return code ? exit_of(err, BLAME_INPUT) : EXIT_FINE;
}

/* Also for steps before there is a context: `demo` tells of device tree and image. */
void boot_step(struct boot *boot, const char *name, int code, int64_t ns, const char *detail)
{
	struct qpas_boot_step step = {.size = sizeof(step)};

	step.code = code;
	step.name = name;
	step.detail = detail;
	step.duration = ns;
	if (!boot->steps)
		boot->steps = js_array();
	add_step(boot, &step);
}

/* The library tells of the steps of a boot only; the shutdown is timed here. */
static int stop(struct boot *boot, struct qpas_context *context, struct qpas_error *err)
{
	int64_t begin = now_ns();
	int code = qpas_shutdown(context, err);

	boot_step(boot, "shutdown", code, now_ns() - begin,
		  code ? qpas_error_text(err) : "stopped, the memory is back");
	return code ? exit_of(err, BLAME_INPUT) : EXIT_FINE;
}

/* Standard output may be a file: what was printed must be there while it runs. */
static void run_until_told(const struct boot *boot)
{
	if (!boot->keep)
		return;
	fflush(stdout);
	fprintf(stderr, "%s is running; Ctrl-C shuts it down.\n", boot->info.name);
	wait_for_signal();
}

bool boot_interrupted(void)
{
	return interrupted != 0;
}

/* It is shut down whatever became of the watch, whose error is the one that counts. */
static int run_and_stop(struct boot *boot, struct qpas_context *context, struct qpas_error *err)
{
	struct qpas_error quiet = QPAS_ERROR_INIT;
	int watched = EXIT_FINE;
	int code;

	if (boot->watch)
		watched = boot->watch(boot, context, err);
	/* A signal from here on ends the wait; the shutdown is not to be cancelled by it. */
	interrupted_context = NULL;
	if (!boot->watch)
		run_until_told(boot);
	code = stop(boot, context, watched ? &quiet : err);
	if (!code && !watched && boot->after)
		code = boot->after(boot, context, err);
	return watched ? watched : code;
}

static int boot_context(struct boot *boot, struct qpas_context *context, struct qpas_error *err)
{
	int code = boot->before ? boot->before(boot, context, err) : EXIT_FINE;

	if (code)
		return code;
	interrupted = 0;
	interrupted_context = context;
	catch_signals(interrupt);
	code = start(boot, context, err);
	if (!boot->watch)
		interrupted_context = NULL;
	if (!code)
		code = run_and_stop(boot, context, err);
	interrupted_context = NULL;
	catch_signals(SIG_DFL);
	return code;
}

static int close_context(struct boot *boot, struct qpas_context *context, int code,
			 struct qpas_error *err)
{
	int closed = qpas_context_close(context);

	if (!closed || code)
		return code;
	error_set(err, closed, 0, "Closing %s failed: %s.", boot->peripheral,
		  qpas_err_text(closed));
	return exit_of(err, BLAME_INPUT);
}

int boot_run(struct boot *boot, struct qpas_error *err)
{
	struct qpas_context *context = NULL;
	int code;

	if (!boot->steps)
		boot->steps = js_array();
	describe_peripheral(boot);
	code = open_context(boot, &context, err);
	if (!code) {
		if (!boot->quiet && boot->header)
			print_header(boot);
		code = boot_context(boot, context, err);
	}
	return close_context(boot, context, code, err);
}

static const char *ready_name(uint32_t ready)
{
	if (ready == QPAS_READY_YES)
		return "yes";
	return ready == QPAS_READY_NO ? "no" : "unknown";
}

static struct json_object *json_carveout(const struct qpas_context_info *info)
{
	struct json_object *object = js_object();

	js_put(object, "address", js_hex(info->carveout_address));
	js_put(object, "size", js_hex(info->carveout_size));
	return object;
}

/* Everything that was not reached is null, so that the keys are the same for each outcome. */
struct json_object *boot_json(const struct boot *boot, const struct qpas_error *err)
{
	const struct qpas_context_info *info = &boot->info;
	struct json_object *object = js_object();

	js_put(object, "peripheral", js_text(boot->peripheral));
	js_put(object, "backend", js_text(boot->uri));
	js_put(object, "pas_id", boot->opened ? js_number(info->pas_id) : NULL);
	js_put(object, "el2", boot->opened ? js_bool(info->el2) : NULL);
	js_put(object, "carveout", boot->opened ? json_carveout(info) : NULL);
	js_put(object, "streams",
	       boot->opened ? peripheral_json_streams(&boot->described) : js_array());
	js_put(object, "image", js_text(boot->image_name));
	js_put(object, "steps", boot->steps ? json_object_get(boot->steps) : js_array());
	js_put(object, "state", boot->opened ? js_text(qpas_state_name(info->state)) : NULL);
	js_put(object, "ready", boot->opened ? js_text(ready_name(info->ready)) : NULL);
	js_put(object, "error", js_error(err));
	return object;
}

void boot_free(struct boot *boot)
{
	json_object_put(boot->steps);
	qpas_platform_unref(boot->platform);
	boot->steps = NULL;
	boot->platform = NULL;
}
