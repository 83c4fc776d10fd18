/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every peripheral of every public device tree whose image is public, too: booted and shut down on a
 * simulated machine of that tree, which must hold nothing afterwards. A refusal has to be a fact
 * about the data; the numbers of boots per kind may not fall below the recorded floor.
 *
 * Usage: boot_all FLOOR-FILE [-v]        data below QPAS_DATA_DIR; -v: a line for each pair
 */
#define _GNU_SOURCE
#include "boot_all.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qpas/tzsim.h>

#include "support/must.h"

#define PAIRS_MAX   8192
#define REGIONS_MAX 16
#define KINDS	    7
/* Trees for a host at EL2, without a hypervisor below it, are named like that. */
#define EL2_SUFFIX "-el2.dtb"
/* Where regions without an address go: some way above the start of memory. */
#define PLACE_ABOVE (UINT64_C(512) << 20)
#define PLACE_STEP  (UINT64_C(1) << 20)
/* Numbers of docs/errors.md: the tree gives no address; the tree switches it off. */
#define NO_CARVEOUT   915u
#define NODE_DISABLED 932u

static const char *const folders[] = {"firmware", "firmware-extra"};

static char top[512];
static char firmware_path[2 * sizeof(top) + 64];
static struct pair pairs[PAIRS_MAX];
static size_t pair_count;

static bool is_shipped(const char *name)
{
	char path[sizeof(top) + 512];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s/%s", top, folders[i], name);
		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

static struct qpas_image *open_image(const char *name)
{
	struct qpas_image *image = NULL;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !image; i++) {
		char path[sizeof(top) + 64];
		int fd;

		(void)snprintf(path, sizeof(path), "%s/%s", top, folders[i]);
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (qpas_image_open(fd, name, NULL, &image, NULL))
			image = NULL;
		(void)close(fd);
	}
	return image;
}

/* A peripheral in its tree, and the machine that it is started on. */
struct start {
	struct qpas_platform *platform;
	struct qpas_peripheral peripheral;
	struct qpas_carveout placed[REGIONS_MAX];
	uint32_t host_level;
	bool is_placed;

	struct qpas_tzsim *model;
	struct qpas_backend *backend;
	struct qpas_context *context;
	struct qpas_error err;
	/* What is wrong, if no call failed and something is. */
	const char *wrong;
};

/* The lowest address from `from` on where `size` bytes are reserved for nobody. */
static uint64_t find_gap(const struct qpas_platform *platform, uint64_t from, uint64_t size)
{
	struct qpas_memory_range range;

	for (uint32_t i = 0; !qpas_platform_memory(platform, i, &range, NULL); i++) {
		uint64_t end = range.address + range.size;

		if (range.is_memory || from >= end || range.address >= from + size)
			continue;
		from = (end + PLACE_STEP - 1) / PLACE_STEP * PLACE_STEP;
		i = UINT32_MAX;
	}
	return from;
}

/* Gives regions that the tree leaves to the kernel a place, as an operating system would. */
static bool place(struct start *start)
{
	struct qpas_peripheral *peripheral = &start->peripheral;
	struct qpas_memory_range memory;
	uint64_t next;

	if (peripheral->carveout_count > REGIONS_MAX ||
	    qpas_platform_memory(start->platform, 0, &memory, NULL) || !memory.is_memory)
		return false;
	next = memory.address + PLACE_ABOVE;
	for (uint32_t i = 0; i < peripheral->carveout_count; i++) {
		struct qpas_carveout *to = &start->placed[i];

		*to = peripheral->carveouts[i];
		if (!to->dynamic)
			continue;
		if (!to->size)
			return false;
		to->address = find_gap(start->platform, next, to->size);
		to->dynamic = 0;
		next = to->address + (to->size + PLACE_STEP - 1) / PLACE_STEP * PLACE_STEP;
	}
	peripheral->carveouts = start->placed;
	start->is_placed = true;
	return true;
}

static struct qpas_tzsim_books books_of(const struct start *start)
{
	struct qpas_tzsim_books books = QPAS_TZSIM_BOOKS_INIT;

	test_must(!qpas_tzsim_describe(start->model, &books, NULL), "books");
	return books;
}

/* The boot loader has left the lite processors running: who forgets them is refused. */
static void leave_lites_running(const struct qpas_peripheral *peripheral, char *profile,
				size_t bytes)
{
	size_t used = 0;

	profile[0] = '\0';
	for (uint32_t i = 0; i < peripheral->lite_count && used < bytes; i++)
		used += (size_t)snprintf(profile + used, bytes - used, "running %" PRIu32 "\n",
					 peripheral->lite_pas_ids[i]);
	test_must(used < bytes, "too many lite processors");
}

static int open_machine(struct start *start)
{
	struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
	char profile[128];
	struct qpas_context_params how = QPAS_CONTEXT_PARAMS_INIT;
	struct qpas_params common = QPAS_PARAMS_INIT;
	int code;

	common.platform = start->platform;
	common.firmware_path = firmware_path;
	params.params = &common;
	params.flags = QPAS_TZSIM_EXPLAIN;
	params.host_level = start->host_level;
	leave_lites_running(&start->peripheral, profile, sizeof(profile));
	params.profile.ptr = profile;
	params.profile.len = strlen(profile);
	how.peripheral = &start->peripheral;
	how.platform = start->platform;
	/* What is off at EL2 is started in the plain tree of the same board. */
	how.flags = start->host_level == 2 ? 0 : QPAS_CONTEXT_FORCE;
	code = qpas_tzsim_new(&params, &start->model, &start->err);
	if (!code)
		code = qpas_tzsim_open(start->model, &common, &start->backend, &start->err);
	if (!code)
		code = qpas_context_open(start->backend, NULL, &how, &start->context, &start->err);
	return code;
}

/* What must hold while it runs. */
static const char *check_running(const struct start *start, bool direct, uint64_t calls)
{
	const struct qpas_peripheral *peripheral = &start->peripheral;
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;
	struct qpas_tzsim_books books = books_of(start);
	uint32_t processors = peripheral->dtb_pas_id == QPAS_NO_PAS_ID ? 1 : 2;
	bool signals = peripheral->flags & QPAS_PERIPHERAL_READY_SIGNAL;

	test_must(!qpas_context_describe(start->context, &info, NULL), "describe");
	if (info.state != QPAS_STATE_RUNNING)
		return "it does not run after its boot";
	if (info.ready != (uint32_t)(signals ? QPAS_READY_YES : QPAS_READY_UNKNOWN))
		return "its ready signal is wrong";
	if (info.el2 != (start->host_level == 2))
		return "it went the other level's path";
	if (books.running != processors || books.images)
		return "the trusted world runs something else";
	if (books.bridges > 1 || books.faults || books.protected_accesses)
		return "a bridge too many, or a fault";
	if (direct && books.calls != calls)
		return "a start by register called the trusted world";
	return NULL;
}

static const char *check_stopped(const struct start *start)
{
	struct qpas_tzsim_books books = books_of(start);

	if (books.running || books.images)
		return "the trusted world still has it";
	if (books.mappings || books.table_pages)
		return "mappings are left";
	if (books.faults || books.protected_accesses)
		return "a fault, or an access to protected memory";
	return NULL;
}

/* One start and stop on the open machine. */
static int cycle(struct start *start, uint64_t flags)
{
	struct qpas_boot_params how = QPAS_BOOT_PARAMS_INIT;
	bool direct = (start->peripheral.flags & QPAS_PERIPHERAL_VIDEO_FIRMWARE) &&
		      !(flags & QPAS_BOOT_USE_PAS);
	uint64_t calls = books_of(start).calls;
	int code;

	how.flags = flags;
	code = qpas_boot(start->context, NULL, &how, &start->err);
	if (!code)
		start->wrong = check_running(start, direct, calls);
	if (!code && !start->wrong)
		code = qpas_shutdown(start->context, &start->err);
	if (!start->wrong)
		start->wrong = check_stopped(start);
	return code;
}

static int close_machine(struct start *start)
{
	int code = qpas_context_close(start->context);

	qpas_backend_unref(start->backend);
	if (start->model) {
		struct qpas_tzsim_books books = books_of(start);

		if (!start->wrong && (code || books.bridges || books.shared_buffers))
			start->wrong = "bridges or shared buffers are left behind";
	}
	qpas_tzsim_free(start->model);
	start->context = NULL;
	start->backend = NULL;
	start->model = NULL;
	return code;
}

/* Video that can be started by register is also started through PAS. */
static int run(struct start *start)
{
	int code = open_machine(start);

	if (!code)
		code = cycle(start, 0);
	if (!code && !start->wrong && (start->peripheral.flags & QPAS_PERIPHERAL_VIDEO_FIRMWARE))
		code = cycle(start, QPAS_BOOT_USE_PAS);
	(void)close_machine(start);
	return code;
}

static void judge(struct pair *pair, const struct start *start, int code)
{
	struct evidence evidence = {&start->peripheral, start->host_level, is_shipped, open_image};

	pair->placed = start->is_placed;
	pair->message = code ? start->err.message_id : 0;
	pair->outcome = UNEXPECTED;
	if (start->wrong) {
		(void)snprintf(pair->text, sizeof(pair->text), "%s", start->wrong);
	} else if (!code) {
		pair->outcome = BOOTED;
	} else if (boot_all_explain(pair->message, &evidence, pair->text, sizeof(pair->text))) {
		pair->outcome = REFUSED;
	} else {
		(void)snprintf(pair->text, sizeof(pair->text), "%s", start->err.text);
	}
}

static void visit(const char *tree, struct qpas_platform *platform,
		  const struct qpas_peripheral *peripheral, uint32_t host_level)
{
	static const struct qpas_error no_error = QPAS_ERROR_INIT;
	struct start start = {.platform = platform, .host_level = host_level, .err = no_error};
	struct pair *pair = &pairs[pair_count++];
	int code;

	test_must(pair_count < PAIRS_MAX, "too many pairs");
	start.peripheral = *peripheral;
	pair->tree = tree;
	pair->kind = peripheral->kind;
	pair->path = strdup(peripheral->path);
	pair->image = strdup(peripheral->firmware[0]);
	test_must(pair->path && pair->image, "memory");
	code = run(&start);
	/* Refused first, as it has to be, then started where the program puts it. */
	if (code && start.err.message_id == NO_CARVEOUT && !start.wrong && place(&start))
		code = run(&start);
	judge(pair, &start, code);
}

static bool is_el2(const char *tree)
{
	size_t length = strlen(tree);
	size_t tail = strlen(EL2_SUFFIX);

	return length > tail && strcmp(tree + length - tail, EL2_SUFFIX) == 0;
}

static void visit_tree(const char *tree)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform = NULL;
	char path[sizeof(top) + 512];
	const char *const names[] = {path};

	(void)snprintf(path, sizeof(path), "%s/dtb/%s", top, tree);
	if (qpas_platform_open_file(names, 1, NULL, &platform, &err)) {
		fprintf(stderr, "%s: %s\n", tree, err.text);
		exit(1);
	}
	for (uint32_t i = 0; i < qpas_platform_count(platform); i++) {
		struct qpas_peripheral found = QPAS_PERIPHERAL_INIT;

		test_must(!qpas_platform_peripheral(platform, i, &found, NULL), "peripheral");
		/* The network's driver starts wireless LANs; nothing here does. */
		if (found.kind != QPAS_KIND_WIFI && found.firmware_count &&
		    is_shipped(found.firmware[0]))
			visit(tree, platform, &found, is_el2(tree) ? 2 : 1);
	}
	qpas_platform_unref(platform);
}

/* The plain tree of the same board must boot what its tree for EL2 switches off. */
static void check_twin(struct pair *pair)
{
	size_t stem = strlen(pair->tree) - strlen(EL2_SUFFIX);

	for (size_t i = 0; i < pair_count; i++) {
		const struct pair *twin = &pairs[i];

		if (twin->outcome == BOOTED && !strncmp(twin->tree, pair->tree, stem) &&
		    !strcmp(twin->tree + stem, ".dtb") && !strcmp(twin->path, pair->path) &&
		    !strcmp(twin->image, pair->image))
			return;
	}
	pair->outcome = UNEXPECTED;
	(void)snprintf(pair->text, sizeof(pair->text),
		       "off at EL2, and the plain tree of the board does not boot it");
}

struct counts {
	unsigned int pairs, of[3], el2, placed, floor;
};

/* "KIND NUMBER" a line; '#' starts a comment. */
static void read_floor(const char *name, struct counts counts[KINDS])
{
	FILE *file = fopen(name, "re");
	char line[128], kind[32];
	unsigned int number, lines = 0;

	test_must(file != NULL, name);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		test_must(sscanf(line, "%31s %u", kind, &number) == 2, line);
		for (uint32_t i = 1; i < KINDS; i++) {
			if (strcmp(kind, qpas_kind_name(i)) != 0)
				continue;
			counts[i].floor = number;
			lines++;
		}
	}
	test_must(lines >= 3, "the floor says nothing");
	(void)fclose(file);
}

static void print_pair(const struct pair *pair)
{
	static const char *const words[] = {"booted", "refused", "UNEXPECTED"};

	printf("%-10s %-10s %s %s %s%s", words[pair->outcome], qpas_kind_name(pair->kind),
	       pair->tree, pair->path, pair->image, pair->placed ? " (region placed)" : "");
	if (pair->outcome != BOOTED)
		printf(": message %" PRIu32 ": %s", pair->message, pair->text);
	putchar('\n');
}

static bool print_summary(struct counts counts[KINDS])
{
	bool good = true;

	printf("%-12s %6s %7s %9s %9s %8s %11s %6s\n", "kind", "pairs", "booted", "(at EL2)",
	       "(placed)", "refused", "unexpected", "floor");
	for (uint32_t i = 0; i < KINDS; i++) {
		if (i)
			printf("%-12s", qpas_kind_name(i));
		else
			printf("%-12s", "all");
		printf(" %6u %7u %9u %9u %8u %11u", counts[i].pairs, counts[i].of[BOOTED],
		       counts[i].el2, counts[i].placed, counts[i].of[REFUSED],
		       counts[i].of[UNEXPECTED]);
		if (i)
			printf(" %6u", counts[i].floor);
		if (i && counts[i].of[BOOTED] < counts[i].floor) {
			printf("  BELOW THE FLOOR");
			good = false;
		}
		putchar('\n');
	}
	return good && !counts[0].of[UNEXPECTED];
}

static bool report(const char *floor, bool verbose)
{
	struct counts counts[KINDS] = {0};

	read_floor(floor, counts);
	for (size_t i = 0; i < pair_count; i++) {
		struct pair *pair = &pairs[i];

		if (pair->outcome == REFUSED && is_el2(pair->tree) &&
		    pair->message == NODE_DISABLED)
			check_twin(pair);
		if (verbose || pair->outcome == UNEXPECTED)
			print_pair(pair);
		for (uint32_t at = 0; at <= pair->kind; at += pair->kind) {
			counts[at].pairs++;
			counts[at].of[pair->outcome]++;
			counts[at].el2 += is_el2(pair->tree) && pair->outcome == BOOTED;
			counts[at].placed += pair->placed && pair->outcome == BOOTED;
		}
	}
	boot_all_print_classes(pairs, pair_count);
	return print_summary(counts);
}

static int is_tree(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && !strcmp(entry->d_name + length - 4, ".dtb");
}

int main(int argc, char **argv)
{
	const char *data = getenv("QPAS_DATA_DIR");
	struct dirent **trees = NULL;
	char path[sizeof(top) + 8];
	bool good;
	int count;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FLOOR-FILE [-v]\n", argv[0]);
		return 2;
	}
	test_must((size_t)snprintf(top, sizeof(top), "%s", data ? data : ".") < sizeof(top),
		  "the path of the data is too long");
	(void)snprintf(path, sizeof(path), "%s/dtb", top);
	(void)snprintf(firmware_path, sizeof(firmware_path), "%s/%s:%s/%s", top, folders[0], top,
		       folders[1]);
	count = scandir(path, &trees, is_tree, alphasort);
	if (count <= 0) {
		fprintf(stderr, "no device trees in %s: run scripts/fetch-data\n", path);
		return 1;
	}
	for (int i = 0; i < count; i++)
		visit_tree(trees[i]->d_name);
	good = report(argv[1], argc > 2 && !strcmp(argv[2], "-v"));
	for (size_t i = 0; i < pair_count; i++) {
		free(pairs[i].path);
		free(pairs[i].image);
	}
	for (int i = 0; i < count; i++)
		free(trees[i]);
	free(trees);
	return good ? 0 : 1;
}
