/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rules of linux:6.1 and linux:7.2 against those kernels' own loader, which the script beside
 * this file compiled: verdict and errno must be the same over every public image and over mutants
 * of their headers. Mutants are the same in every run.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <qpas/image.h>
#include <qpas/refuse.h>

#include "../corpus/real_files.h"
#include "mutants.h"
#include "oracle.h"
#include "support/must.h"
#include "support/report.h"

#define MUTANTS 10000u
/* Room for a file whose end lies directly before memory that nobody may touch. */
#define ARENA_BYTES ((size_t)1 << 31)
#define GUARD_BYTES ((size_t)1 << 33)
#define BASES_MAX   4096u
#define RULES_MAX   2000u
#define SHOWN	    20u

static struct loader {
	const char *file;
	uint32_t profile;
	oracle_load_function *load;
	oracle_size_function *size;
	unsigned long images;
	unsigned long mutants;
	unsigned long accepted;
	unsigned long refused;
	unsigned long wild;
	unsigned long sizes;
	unsigned long differ;
	unsigned long rules[RULES_MAX];
} loaders[] = {
	{"linux-6.1.so", QPAS_REFUSAL_LINUX_6_1, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, {0}},
	{"linux-7.2.so", QPAS_REFUSAL_LINUX_7_2, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, {0}},
};

static struct mutant_base bases[BASES_MAX];
static uint32_t base_count;
static uint8_t *arena;
static struct oracle_run *running;

/* ---- both sides see parts ---- */

/* NAME.bNN of the kernel's making: of a real file on disk, of a mutant in its own table. */
static long part_by_name(void *user, const char *name)
{
	const struct mutant *mutant = user;
	size_t length = strlen(name);
	struct stat info;
	char path[4352];
	unsigned long index;

	if (length < 4)
		return -1;
	index = strtoul(name + length - 2, NULL, 10);
	if (mutant->folder) {
		(void)snprintf(path, sizeof(path), "%s/%s", mutant->folder, name);
		return stat(path, &info) ? -1 : (long)info.st_size;
	}
	return mutant_part(mutant, (uint32_t)index);
}

static int part_by_index(void *user, uint32_t segment, uint64_t *bytes)
{
	const struct mutant *mutant = user;
	char name[300];
	long size;

	(void)snprintf(name, sizeof(name), "%.*sb%02u", (int)strlen(mutant->name) - 3, mutant->name,
		       segment);
	size = mutant->folder ? part_by_name(user, name) : mutant_part(mutant, segment);
	if (size < 0)
		return QPAS_ERR_NOTFOUND;
	*bytes = (uint64_t)size;
	return 0;
}

/* ---- the kernel's side ---- */

static void on_fault(int number)
{
	(void)number;
	if (!running)
		_exit(99);
	siglongjmp(running->out, ORACLE_WILD);
}

/* In the test itself: cmocka has a handler of its own for each. */
static void catch_faults(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_fault;
	test_must(!sigaction(SIGSEGV, &action, NULL), "a signal handler");
}

static int kernel_load(const struct loader *loader, struct oracle_run *run)
{
	int result = sigsetjmp(run->out, 1);

	running = run;
	if (!result)
		result = loader->load(run);
	running = NULL;
	return result;
}

static long kernel_size(const struct loader *loader, struct oracle_run *run)
{
	long result = sigsetjmp(run->out, 1);

	running = run;
	if (!result)
		result = loader->size(run);
	running = NULL;
	return result;
}

/* ---- our side ---- */

/* First rule of the list, or 0; its status as the kernel would answer it. */
static uint32_t predict(const struct loader *loader, const struct mutant *mutant,
			struct qpas_peripheral *peripheral, int *status, char *text)
{
	struct qpas_refusal_params params = QPAS_REFUSAL_PARAMS_INIT;
	struct qpas_slice bytes = {mutant->bytes, mutant->size};
	struct qpas_refusal first = QPAS_REFUSAL_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_refusal_list *list = NULL;
	uint32_t rule = 0;

	params.profile = loader->profile;
	params.region_base = mutant->base;
	params.region_size = mutant->region;
	params.name = mutant->name;
	params.peripheral = peripheral;
	params.part = part_by_index;
	params.user = (void *)(uintptr_t)mutant;
	if (qpas_refusal_check_bytes(bytes, &params, &list, &err))
		fail_msg("%s: %s", mutant->name, err.text);
	*status = 0;
	text[0] = '\0';
	if (!qpas_refusal_get(list, 0, &first, NULL)) {
		rule = first.rule;
		*status = first.status ? first.status : ORACLE_WILD;
		(void)snprintf(text, 256, "%s", first.text);
	}
	qpas_refusal_list_free(list);
	return rule;
}

static void compare_load(struct loader *loader, const struct mutant *mutant)
{
	struct oracle_run run = {.file = mutant->bytes,
				 .size = mutant->size,
				 .name = mutant->name,
				 .base = mutant->base,
				 .region = mutant->region,
				 .part = part_by_name,
				 .user = (void *)(uintptr_t)mutant};
	char text[256];
	int ours;
	uint32_t rule = predict(loader, mutant, NULL, &ours, text);
	int theirs = kernel_load(loader, &run);

	loader->accepted += theirs == 0;
	loader->wild += theirs == ORACLE_WILD;
	loader->refused += theirs < 0;
	if (rule < RULES_MAX)
		loader->rules[rule]++;
	if (ours == theirs)
		return;
	if (loader->differ++ < SHOWN)
		print_message("%s: %s (%s): kernel %d, rules %d [%u] %s\n", loader->file,
			      mutant->name, mutant->what, theirs, ours, rule, text);
}

/* qcom_mdt_get_size(), which drivers of video and GPU ask first. */
static void compare_size(struct loader *loader, const struct mutant *mutant)
{
	struct qpas_peripheral video = QPAS_PERIPHERAL_INIT;
	struct oracle_run run = {.file = mutant->bytes, .size = mutant->size};
	char text[256];
	bool theirs;
	uint32_t rule;
	long size;
	int ours;

	video.kind = QPAS_KIND_VIDEO;
	rule = predict(loader, mutant, &video, &ours, text);
	/* The rules about the span are met here only: they come before the loader's own. */
	if (rule == 1230 || rule == 1231)
		loader->rules[rule]++;
	size = kernel_size(loader, &run);
	theirs = size < 0 || size == ORACLE_WILD || (uint64_t)size > mutant->region;
	loader->sizes++;
	/* What is read beyond the file comes sooner for the one, later for the other. */
	if (rule == 1207)
		return;
	/* Headers that are not valid, then the two rules about the span, come before all others. */
	if (theirs == (rule >= 1200 && rule < 1210) || theirs == (rule == 1230 || rule == 1231))
		return;
	if (loader->differ++ < SHOWN)
		print_message("%s: %s (%s): kernel's size %ld, rule %u %s\n", loader->file,
			      mutant->name, mutant->what, size, rule, text);
}

static void compare(const struct mutant *mutant)
{
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		compare_load(&loaders[i], mutant);
		compare_size(&loaders[i], mutant);
	}
}

/* ---- every public image ---- */

/* A region as a board would have it for this image: at its own address if that is fixed. */
static void region_of(const struct real_file *file, struct mutant *mutant)
{
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_slice bytes = {file->bytes, file->size};
	struct qpas_image *image = NULL;

	mutant->base = 0x80000000;
	mutant->region = UINT64_C(1) << 33;
	if (qpas_image_open_memory(bytes, NULL, &image, NULL))
		return;
	if (!qpas_image_describe(image, &info, NULL) && !(info.flags & QPAS_IMAGE_RELOCATABLE))
		mutant->base = info.load_min;
	qpas_image_unref(image);
}

/* The same file with the region that fits exactly, and with one page less. */
static void compare_regions(struct mutant *mutant)
{
	struct oracle_run run = {.file = mutant->bytes, .size = mutant->size};
	long size = kernel_size(&loaders[1], &run);

	compare(mutant);
	if (size <= 4096 || size == ORACLE_WILD)
		return;
	mutant->what = "exact region";
	mutant->region = (uint64_t)size;
	compare(mutant);
	mutant->what = "a page less";
	mutant->region = (uint64_t)size - 4096;
	compare(mutant);
	mutant->what = "somewhere else";
	mutant->base += 0x100000;
	compare(mutant);
}

static void keep_base(const struct real_file *file, const struct mutant *mutant)
{
	struct mutant_base *base = &bases[base_count];

	test_must(base_count < BASES_MAX, "too many files");
	base->head_bytes = file->size < sizeof(base->head) ? file->size : sizeof(base->head);
	memcpy(base->head, file->bytes, base->head_bytes);
	base->size = file->size;
	base->base = mutant->base;
	(void)snprintf(base->name, sizeof(base->name), "%s", mutant->name);
	base_count++;
}

static void visit(const struct real_file *file, void *user)
{
	char folder[4096];
	struct mutant mutant = {.what = "as it is", .bytes = file->bytes, .size = file->size};
	char *name;

	(void)user;
	(void)snprintf(folder, sizeof(folder), "%s", file->path);
	name = strrchr(folder, '/');
	test_must(name != NULL, file->path);
	*name++ = '\0';
	mutant.folder = folder;
	mutant.name = name;
	region_of(file, &mutant);
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++)
		loaders[i].images++;
	keep_base(file, &mutant);
	compare_regions(&mutant);
}

static unsigned long differences(void)
{
	return loaders[0].differ + loaders[1].differ;
}

static void print_books(const char *what)
{
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		struct loader *loader = &loaders[i];

		print_message("%s %s: %lu loads (%lu accepted, %lu refused, %lu beyond the file), "
			      "%lu spans, %lu differences\n",
			      what, qpas_refusal_profile_name(loader->profile),
			      loader->accepted + loader->refused + loader->wild, loader->accepted,
			      loader->refused, loader->wild, loader->sizes, loader->differ);
	}
}

static void the_loaders_agree_over_every_public_image(void **state)
{
	(void)state;
	catch_faults();
	(void)real_files_visit(visit, NULL);
	print_books("images:");
	print_message("%lu images compared, %lu differences\n", loaders[0].images, differences());
	test_report("loader-images", loaders[0].images);
	assert_int_equal(differences(), 0);
	assert_true(loaders[0].images > 100);
	assert_true(loaders[1].accepted > 100 && loaders[1].refused > 100);
}

/* ---- mutants ---- */

static void compare_mutant(uint32_t seed)
{
	struct mutant mutant;
	uint8_t *end = arena + ARENA_BYTES;

	mutant_make(&bases[seed % base_count], seed, &mutant);
	test_must(mutant.size <= ARENA_BYTES, "a file larger than the arena");
	/* Bytes behind the head are zero or left over: no loader looks at them. */
	if (mutant.size) {
		size_t head = mutant.size < mutant.head_bytes ? mutant.size : mutant.head_bytes;

		memcpy(end - mutant.size, mutant.head, head);
	}
	mutant.bytes = end - mutant.size;
	compare(&mutant);
	memset(end - mutant.size, 0,
	       mutant.size < mutant.head_bytes ? mutant.size : mutant.head_bytes);
}

static void the_loaders_agree_over_mutants(void **state)
{
	(void)state;
	catch_faults();
	test_must(base_count > 0, "no files");
	for (uint32_t seed = 1; seed <= MUTANTS; seed++)
		compare_mutant(seed);
	print_books("with mutants:");
	print_message("%u mutants compared, %lu differences\n", MUTANTS, differences());
	test_report("loader-mutants", MUTANTS);
	assert_int_equal(differences(), 0);
}

/* A comparison that never meets a rule says nothing about it. */
static void every_rule_was_met(void **state)
{
	struct qpas_refusal_rule rule = QPAS_REFUSAL_RULE_INIT;
	unsigned int missing = 0;

	(void)state;
	for (uint32_t i = 0; !qpas_refusal_rule_get(i, &rule, NULL); i++) {
		for (size_t k = 0; k < sizeof(loaders) / sizeof(loaders[0]); k++) {
			if (!(rule.profiles >> loaders[k].profile & 1u))
				continue;
			print_message("%s %-22s %lu\n", loaders[k].file, rule.name,
				      loaders[k].rules[rule.number]);
			missing += loaders[k].rules[rule.number] == 0;
		}
	}
	assert_int_equal(missing, 0);
}

/* ---- set-up ---- */

static int open_loaders(void **state)
{
	const char *folder = getenv("ORACLE_LOADERS");

	(void)state;
	test_must(folder != NULL, "ORACLE_LOADERS is not set: run tests/oracle/run");
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		char path[4096];
		void *handle;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, loaders[i].file);
		handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		test_must(handle != NULL, path);
		/* POSIX has no other way to get a function from dlsym(). */
		*(void **)&loaders[i].load = dlsym(handle, "oracle_load");
		*(void **)&loaders[i].size = dlsym(handle, "oracle_size");
		test_must(loaders[i].load && loaders[i].size, path);
	}
	arena = mmap(NULL, ARENA_BYTES + GUARD_BYTES, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	test_must(arena != MAP_FAILED, "address space");
	test_must(!mprotect(arena, ARENA_BYTES, PROT_READ | PROT_WRITE), "address space");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_loaders_agree_over_every_public_image),
		cmocka_unit_test(the_loaders_agree_over_mutants),
		cmocka_unit_test(every_rule_was_met),
	};

	return cmocka_run_group_tests_name("loaders", tests, open_loaders, NULL);
}
