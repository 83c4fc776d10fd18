/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `qpas tz serve` against guests that send anything, peers that die, and other servers. The server
 * must answer, refuse with a clear message, or end; it never hangs and leaves nothing behind.
 */
#define _GNU_SOURCE
#include "tz_rig.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/must.h"

#define GARBAGE_CALLS 100000

static const char *const nothing[] = {NULL};
static const char *const quiet[] = {"--log", "/dev/null", NULL};

static uint64_t random_of(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void expect_alive(struct tz_rig *rig)
{
	uint64_t r[8];

	assert_int_equal(tz_smc(rig, r, 0x42000207, 1, 1), 0);
	assert_int_equal(r[1], 1);
}

/* ---- calls ---- */

/* Half of them are calls that exist, with right argument information; the other half is noise. */
static void any_registers_get_an_answer(void **state)
{
	static const uint32_t calls[][2] = {
		{0x42000201, 0x82},  {0x42000202, 3},	   {0x42000205, 1}, {0x42000206, 1},
		{0x42000221, 0x845}, {0x42000c16, 0x1117}, {0x42000c1e, 4}, {0x42000c1d, 1},
		{0x02000201, 0x82},  {0x42002402, 1},	   {0x1, 0},	    {RIG_SCMI_CALL, 0},
	};
	static const uint64_t bases[] = {0,
					 RIG_RAM,
					 RIG_CARVEOUT,
					 RIG_METADATA,
					 MAILBOX_ADDRESS,
					 RIG_RAM + ((uint64_t)RIG_RAM_MIB << 20) - 8,
					 UINT64_MAX - 0xfff};
	uint64_t seed = 0x5eed;
	struct tz_rig rig;

	(void)state;
	tz_rig_begin(&rig, true, quiet);
	(void)guest_put_metadata(&rig.memory, RIG_METADATA, &rig.image);
	for (int i = 0; i < GARBAGE_CALLS; i++) {
		uint64_t x[8], r[8];

		for (int k = 0; k < 8; k++)
			x[k] = random_of(&seed);
		if (i % 2) {
			size_t at = random_of(&seed) % (sizeof(calls) / sizeof(calls[0]));

			x[0] = calls[at][0];
			x[1] = calls[at][1];
			x[2] = random_of(&seed) % 4 ? 1 : x[2];
			for (int k = 3; k < 6; k++)
				x[k] = bases[random_of(&seed) % 7] + random_of(&seed) % 64 * 0x400;
		}
		(void)tz_rig_smc(&rig, x, r);
	}
	expect_alive(&rig);
	tz_rig_end(&rig);
}

static void addresses_that_are_not_the_guests_are_refused(void **state)
{
	static const struct {
		uint64_t address;
		const char *part;
	} rows[] = {
		{0, "no memory at 0x0"},
		{RIG_RAM - 0x1000, "no memory at 0x3ffff000"},
		{RIG_RAM + ((uint64_t)RIG_RAM_MIB << 20), "no memory at 0xa0000000"},
		{RIG_RAM + ((uint64_t)RIG_RAM_MIB << 20) - 8, "no memory at 0x9ffffff8"},
		{UINT64_C(1) << 63, "no memory at 0x8000000000000000"},
		{UINT64_MAX - 7, "no memory at 0xfffffffffffffff8"},
		/* The mailbox itself, and what reaches into it. */
		{MAILBOX_ADDRESS, "no memory at 0x90d00000"},
		{MAILBOX_ADDRESS + 0xfff, "no memory at 0x90d00fff"},
		{MAILBOX_ADDRESS - 8, "no memory at 0x90cffff8"},
	};
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t at = rows[i].address;

		assert_int_equal(tz_smc(&rig, r, 0x42000201, 0x82, 1, at), -8);
		assert_int_equal(tz_smc(&rig, r, 0x42000221, 0x845, 1, at, 16, at), -6);
		assert_int_equal(tz_smc(&rig, r, 0x42000c1e, 4, (at & ~UINT64_C(0xfff)) | 6,
					(at & ~UINT64_C(0xfff)) | 6, 0x2000 | 1 << 9, 3) == 0,
				 0);
		if (!tz_rig_logged(&rig, rows[i].part))
			fail_msg("row %zu: the log does not say \"%s\"", i, rows[i].part);
	}
	expect_alive(&rig);
	tz_rig_end(&rig);
}

static void lengths_that_wrap_and_bridges_that_overlap_are_refused(void **state)
{
	static const struct {
		const char *name;
		uint64_t x[6];
		int64_t status;
		uint64_t code;
	} rows[] = {
		{"region wraps", {0x42000202, 3, 1, UINT64_MAX - 0xfff, 0x2000}, -2, 0},
		{"region of all memory", {0x42000202, 3, 1, 0x1000, UINT64_MAX - 0xfff}, -2, 0},
		{"region over the mailbox", {0x42000202, 3, 1, 0x90cff000, 0x3000}, -2, 0},
		{"no region", {0x42000202, 3, 1, RIG_CARVEOUT, 0}, -2, 0},
		{"bridge wraps",
		 {0x42000c1e, 4, 0xfffffffffffff006, 0xfffffffffffff006, 0x2000 | 1 << 9, 3},
		 -2,
		 0},
		{"bridge over the mailbox",
		 {0x42000c1e, 4, 0x90cff006, 0x90cff006, 0x3000 | 1 << 9, 3},
		 -8,
		 0},
		{"bridge", {0x42000c1e, 4, 0x60000006, 0x60000006, 0x2000 | 1 << 9, 3}, 0, 0},
		{"bridge again", {0x42000c1e, 4, 0x60000006, 0x60000006, 0x2000 | 1 << 9, 3}, 0, 15},
		{"last page", {0x42000c1e, 4, 0x60001006, 0x60001006, 0x2000 | 1 << 9, 3}, 0, 15},
		{"around it", {0x42000c1e, 4, 0x5ffff006, 0x5ffff006, 0x4000 | 1 << 9, 3}, 0, 15},
		{"behind it", {0x42000c1e, 4, 0x60002006, 0x60002006, 0x1000 | 1 << 9, 3}, 0, 0},
		{"unknown handle", {0x42000c1d, 1, 0x5b00ffff}, -2, 0},
	};
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	(void)guest_put_metadata(&rig.memory, RIG_METADATA, &rig.image);
	assert_int_equal(tz_smc(&rig, r, 0x42000201, 0x82, 1, RIG_METADATA), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t x[8] = {0};
		int64_t status;

		memcpy(x, rows[i].x, sizeof(rows[i].x));
		status = tz_rig_smc(&rig, x, r);
		if (status != rows[i].status || r[1] != rows[i].code)
			fail_msg("%s: %lld, x1 %llu", rows[i].name, (long long)status,
				 (unsigned long long)r[1]);
	}
	tz_rig_end(&rig);
}

static void tables_of_the_smmu_outside_of_ram_are_a_fault(void **state)
{
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	tz_rig_load(&rig);
	guest_put64(&rig.memory, rig.smmu.context + 8, MAILBOX_ADDRESS);
	assert_int_equal(tz_smc(&rig, r, 0x42000205, 1, 1), 0);
	assert_true(tz_rig_logged(&rig, "external abort on a table walk"));
	rig.smmu.base_high = 0xffff;
	assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), 0);
	tz_rig_end(&rig);
}

/* Shared memory is the kernel's to write: its table of items may say anything. */
static void damaged_shared_memory_does_no_harm(void **state)
{
	uint64_t seed = 7;
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, 6);
	for (uint64_t at = 0; at < 0x2200; at += 4)
		tz_put32(&rig, RIG_SMEM + at, (uint32_t)random_of(&seed));
	kill(rig.server, SIGUSR1);
	assert_true(tz_rig_logged(&rig, "its item of shared memory is damaged"));
	assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), 0);
	expect_alive(&rig);
	tz_rig_end(&rig);
}

/* An item that ends behind shared memory is none, although there is memory. */
static void an_item_that_leaves_shared_memory_is_not_read(void **state)
{
	static const uint32_t offsets[] = {RIG_SMEM_SIZE - 0x20, RIG_SMEM_SIZE, 0x80000000, 2};

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		const uint64_t entry = RIG_SMEM + 0xd0 + RIG_ITEM_OUT * 16;
		struct tz_rig rig;

		tz_rig_begin(&rig, true, nothing);
		assert_int_equal(tz_rig_boot_adsp(&rig), 0);
		tz_rig_expect_word(&rig, 6);
		assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
		tz_put32(&rig, RIG_SMEM + 0xc4, offsets[0]);
		tz_rig_put_word(&rig, 1);
		/* Two rounds of looking: with the item where it is now, the stop would be seen. */
		tz_put32(&rig, entry, 0);
		tz_put32(&rig, entry + 4, offsets[i]);
		tz_put32(&rig, entry, 1);
		assert_int_equal(tz_rig_event(&rig, 100), -1);
		tz_rig_end(&rig);
	}
}

/* ---- the mailbox's page ---- */

static void requests_that_no_relay_makes_are_closed_and_told(void **state)
{
	static const uint32_t kinds[] = {0, MAILBOX_VALUE, 6, 77, UINT32_MAX};
	const uint64_t x[8] = {0x42000205, 1, 1};
	struct tz_rig rig;

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		tz_rig_post(&rig, MAILBOX_SLOTS - 1, kinds[i], x);
		assert_true(tz_rig_answered(&rig, MAILBOX_SLOTS - 1, 5000));
	}
	assert_true(tz_rig_logged(&rig, "slot 13, kind 77: ignored"));
	/* Events that nobody consumes, and a counter of them that makes no sense. */
	rig.box->relay.ev_cons = rig.consumed + 1000;
	tz_rig_post(&rig, 0, MAILBOX_NONE, x);
	assert_true(tz_rig_answered(&rig, 0, 5000));
	assert_true(tz_rig_logged(&rig, "the relay has given up the call before"));
	expect_alive(&rig);
	tz_rig_end(&rig);
}

static void calls_before_the_first_reset_are_not_answered_by_a_guess(void **state)
{
	const uint64_t x[8] = {0x42000207, 1, 1};
	struct tz_rig rig;

	(void)state;
	tz_rig_prepare(&rig);
	tz_rig_start_server(&rig, nothing);
	tz_rig_post(&rig, 0, MAILBOX_SMC, x);
	assert_true(tz_rig_answered(&rig, 0, 5000));
	/* The registers come back as they went. */
	assert_true(rig.box->slots[0].answer.x[0] == x[0]);
	assert_true(tz_rig_logged(&rig, "a request that no relay makes"));
	tz_rig_put_tree(&rig, true);
	tz_rig_boot(&rig);
	expect_alive(&rig);
	tz_rig_end(&rig);
}

/* Each of four cores has a call open at once; each gets its own answer. */
static void cores_have_slots_of_their_own(void **state)
{
	struct tz_rig rig;

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	for (unsigned round = 0; round < 50; round++) {
		for (unsigned core = 0; core < 4; core++) {
			const uint64_t x[8] = {0x42000207, 1, core % 2 ? 1 : 99, 0, 0, core};

			tz_rig_post(&rig, core, MAILBOX_SMC, x);
		}
		for (unsigned core = 0; core < 4; core++) {
			assert_true(tz_rig_answered(&rig, core, 5000));
			assert_int_equal(rig.box->slots[core].answer.x[1], core % 2);
			assert_int_equal(rig.box->slots[core].answer.x[5], core);
		}
	}
	tz_rig_end(&rig);
}

static void a_reset_forgets_everything_and_voids_other_cores_calls(void **state)
{
	const uint64_t x[8] = {0x42000207, 1, 0x1234}, none[8] = {0};
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, 6);
	/* Core 3 was in the middle of a call when the machine was reset: it must not be done. */
	kill(rig.server, SIGSTOP);
	tz_rig_post(&rig, 3, MAILBOX_SMC, x);
	tz_rig_post(&rig, 0, MAILBOX_RESET, none);
	kill(rig.server, SIGCONT);
	assert_true(tz_rig_answered(&rig, 0, 5000));
	assert_true(tz_rig_answered(&rig, 3, 1000));
	assert_false(tz_rig_has_logged(&rig, "id=4660"));
	assert_int_equal(tz_rig_word(&rig), 0);
	/* Shared memory is new, the processor is off, bridges are gone. */
	assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), -2);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, 6);
	tz_rig_end(&rig);
}

/* ---- deaths ---- */

static void a_guest_that_is_gone_without_a_word_is_an_error(void **state)
{
	struct tz_rig rig;
	struct stat status;

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	close(rig.socket);
	rig.socket = -1;
	assert_int_equal(tz_rig_wait(&rig), 3);
	assert_true(tz_rig_logged(&rig, "QEMU is gone, and the guest had not said that it stops"));
	/* The file that the server made goes with it. */
	assert_int_equal(stat(rig.ram_path, &status), -1);
	tz_rig_clean(&rig);
}

/* The peer dies between the request for a register and the register. */
static void a_guest_that_dies_inside_of_a_call_ends_the_server(void **state)
{
	const uint64_t x[8] = {0x42000205, 1, 1};
	struct tz_rig rig;

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	tz_rig_load(&rig);
	tz_rig_post(&rig, 0, MAILBOX_SMC, x);
	while (rig.box->slots[0].answer.kind != MAILBOX_PEEK)
		sched_yield();
	close(rig.socket);
	rig.socket = -1;
	assert_int_equal(tz_rig_wait(&rig), 3);
	tz_rig_clean(&rig);
}

/* The relay gives up while the server waits for a register: the call is done, nobody hears of it. */
static void a_call_that_is_withdrawn_inside_is_not_answered(void **state)
{
	const uint64_t x[8] = {0x42000205, 1, 1};
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	tz_rig_load(&rig);
	tz_rig_post(&rig, 0, MAILBOX_SMC, x);
	while (rig.box->slots[0].answer.kind != MAILBOX_PEEK)
		sched_yield();
	tz_rig_post(&rig, 0, MAILBOX_NONE, x);
	assert_true(tz_rig_answered(&rig, 0, 5000));
	assert_true(tz_rig_logged(&rig, "nobody hears of it"));
	assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), 0);
	tz_rig_end(&rig);
}

static void a_server_that_is_told_to_end_ends_well(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct tz_rig rig;

		tz_rig_begin(&rig, true, nothing);
		kill(rig.server, signals[i]);
		assert_int_equal(tz_rig_wait(&rig), 0);
		/* The guest goes on and waits for another server. */
		assert_int_equal(access(rig.ram_path, F_OK), 0);
		tz_rig_clean(&rig);
	}
}

static void another_server_takes_over_where_one_was_killed(void **state)
{
	const uint64_t x[8] = {0x42000206, 1, 1, 0, 0, 0x55};
	struct tz_rig rig;

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	tz_rig_put_word(&rig, 0);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, 6);
	kill(rig.server, SIGKILL);
	assert_int_equal(tz_rig_wait(&rig), 128 + SIGKILL);
	close(rig.socket);
	rig.socket = -1;
	/* Asked while nobody is there. */
	tz_rig_post(&rig, 0, MAILBOX_SMC, x);
	assert_false(tz_rig_answered(&rig, 0, 200));
	tz_rig_start_server(&rig, nothing);
	assert_true(tz_rig_answered(&rig, 0, 5000));
	assert_true(tz_rig_logged(&rig, "taken over: 7 processors, 1 running"));
	/* It runs for the new server, too: this stopped it. */
	assert_int_equal(rig.box->slots[0].answer.x[0], 0);
	assert_int_equal(rig.box->slots[0].answer.x[5], 0x55);
	tz_rig_expect_word(&rig, 0);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, 6);
	tz_rig_end(&rig);
}

/* ---- two servers ---- */

static void a_second_server_on_the_same_ram_is_refused(void **state)
{
	struct tz_rig rig;
	const char *words[] = {"qpas",	     "tz",	 "serve",	  "--ram",
			       rig.ram_path, "--socket", rig.socket_path, NULL};

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	assert_int_equal(tz_rig_run(words, rig.log_path), 3);
	assert_true(tz_rig_logged(&rig, "another server has this RAM"));
	expect_alive(&rig);
	tz_rig_end(&rig);
}

static void a_server_waits_on_its_socket_for_a_qemu_that_comes_later(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *words[] = {"qpas",	   "tz", "serve",    "--ram", NULL,
			       "--socket", NULL, "--memory", "1536",  NULL};
	char folder[] = "/tmp/qpas-tz-XXXXXX";
	char ram[64], path[64];
	int status = 0, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), tries = 0;
	pid_t child;

	(void)state;
	test_must(mkdtemp(folder) != NULL && fd >= 0, "folder and socket");
	snprintf(ram, sizeof(ram), "%s/ram", folder);
	snprintf(path, sizeof(path), "%s/uart", folder);
	words[4] = ram;
	words[6] = path;
	child = fork();
	if (child == 0) {
		execv(QPAS_TOOL, (char *const *)(uintptr_t)words);
		_exit(127);
	}
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	while (connect(fd, (struct sockaddr *)(void *)&address, sizeof(address)) != 0) {
		const struct timespec pause = {0, 5000000};

		test_must(++tries < 1000, "the server listens");
		nanosleep(&pause, NULL);
	}
	close(fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	/* Gone without a word. */
	assert_int_equal(WEXITSTATUS(status), 3);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

/* ---- files ---- */

static void files_that_are_no_guests_ram_are_refused(void **state)
{
	char folder[] = "/tmp/qpas-tz-XXXXXX";
	char ram[64], path[64], log[64];
	static const struct {
		off_t size;
		int code;
	} rows[] = {{0, 1}, {4096, 1}, {((off_t)RIG_RAM_MIB << 20) + 1, 1}};

	(void)state;
	test_must(mkdtemp(folder) != NULL, "folder");
	snprintf(ram, sizeof(ram), "%s/ram", folder);
	snprintf(path, sizeof(path), "%s/uart", folder);
	snprintf(log, sizeof(log), "%s/log", folder);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *words[] = {"qpas", "tz", "serve", "--ram", ram, "--socket", path, NULL};
		int fd = open(ram, O_RDWR | O_CREAT | O_TRUNC, 0600);

		test_must(fd >= 0 && ftruncate(fd, rows[i].size) == 0, "file");
		close(fd);
		assert_int_equal(tz_rig_run(words, log), rows[i].code);
		/* It was there before, so it stays. */
		assert_int_equal(access(ram, F_OK), 0);
	}
	{
		const char *words[] = {"qpas", "tz",	   "serve", "--ram",
				       folder, "--socket", path,    NULL};

		assert_int_equal(tz_rig_run(words, log), 3);
	}
	unlink(ram);
	unlink(log);
	assert_int_equal(rmdir(folder), 0);
}

static void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	test_must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

static void expect_file(const char *path, const char *text)
{
	char found[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	test_must(fd >= 0 && read(fd, found, sizeof(found) - 1) >= 0, path);
	close(fd);
	assert_string_equal(found, text);
}

static void files_of_others_stay_what_they_are(void **state)
{
	static const char notes[] = "somebody's notes";
	char folder[] = "/tmp/qpas-tz-XXXXXX";
	char ram[64], file[64], log[64], socket_path[64];
	struct stat status;

	(void)state;
	test_must(mkdtemp(folder) != NULL, "folder");
	snprintf(ram, sizeof(ram), "%s/ram", folder);
	snprintf(file, sizeof(file), "%s/notes", folder);
	snprintf(log, sizeof(log), "%s/log", folder);
	snprintf(socket_path, sizeof(socket_path), "%s/uart", folder);
	put_file(file, notes);
	{
		const char *words[] = {"qpas", "tz", "serve", "--ram", ram, "--socket", file, NULL};

		assert_int_equal(tz_rig_run(words, log), 3);
		expect_file(file, notes);
		/* What was made for it is gone again. */
		assert_int_equal(access(ram, F_OK), -1);
	}
	{
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		const char *words[] = {"qpas", "tz",	   "serve",	"--ram",
				       ram,    "--socket", socket_path, NULL};
		int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
		test_must(bind(fd, (struct sockaddr *)(void *)&address, sizeof(address)) == 0,
			  "bind");
		assert_int_equal(tz_rig_run(words, log), 3);
		assert_int_equal(lstat(socket_path, &status), 0);
		close(fd);
		unlink(socket_path);
	}
	for (int i = 0; i < 4; i++) {
		const char *words[] = {"qpas",	    "tz",
				       "serve",	    i & 1 ? "--log" : "--record",
				       file,	    i & 2 ? "--dtb" : "--profile",
				       file,	    "--ram",
				       ram,	    "--socket",
				       socket_path, NULL};

		assert_int_equal(tz_rig_run(words, log), 2);
		expect_file(file, notes);
	}
	unlink(file);
	unlink(log);
	assert_int_equal(rmdir(folder), 0);
}

static void memory_that_no_guest_has_is_usage(void **state)
{
	static const char *const sizes[] = {"0", "1048577", "18446744073709551615"};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const char *words[] = {"qpas",	   "tz",   "serve",    "--ram",	 "/nonexistent/ram",
				       "--socket", "uart", "--memory", sizes[i], NULL};

		assert_int_equal(tz_rig_run(words, NULL), 2);
	}
}

static void a_guest_without_a_tree_ends_the_server_with_a_message(void **state)
{
	const uint64_t x[8] = {0};
	struct tz_rig rig;

	(void)state;
	tz_rig_prepare(&rig);
	tz_rig_start_server(&rig, nothing);
	tz_rig_post(&rig, 0, MAILBOX_RESET, x);
	assert_int_equal(tz_rig_wait(&rig), 1);
	assert_true(tz_rig_logged(&rig, "The guest has no device tree at 0x49000000"));
	tz_rig_clean(&rig);
}

static void a_ram_file_that_is_cut_short_ends_the_server_with_a_message(void **state)
{
	struct tz_rig rig;

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	test_must(truncate(rig.ram_path, 4096) == 0, "truncate");
	/* The next beat finds no page there. */
	assert_int_equal(tz_rig_wait(&rig), 3);
	assert_true(tz_rig_logged(&rig, "was cut short"));
	tz_rig_clean(&rig);
}

/* ---- QEMU as a child ---- */

static void qemus_end_is_the_servers_end(void **state)
{
	static const struct {
		const char *script;
		int code;
	} rows[] = {{"exit 3", 3}, {"exit 0", 3}, {"kill -9 $$", 3}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *words[] = {"qpas",	       "tz",   "serve", "--",	"/bin/sh", "-c",
				       rows[i].script, "qemu", "-m",	"2048", NULL};

		assert_int_equal(tz_rig_run(words, NULL), rows[i].code);
	}
}

static void a_qemu_that_cannot_be_started_or_says_no_memory_is_an_error(void **state)
{
	const char *missing[] = {"qpas", "tz", "serve", "--", "/nonexistent/qemu",
				 "-m",	 "2G", NULL};
	const char *no_memory[] = {"qpas", "tz", "serve", "--", "/bin/true", NULL};
	const char *odd[] = {"qpas", "tz", "serve", "--", "/bin/true", "-m", "2X", NULL};
	const char *small[] = {"qpas", "tz", "serve", "--", "/bin/true", "-m", "512", NULL};
	const char *both[] = {"qpas", "tz",	   "serve", "--socket", "x",
			      "--",   "/bin/true", "-m",    "2G",	NULL};
	const char *neither[] = {"qpas", "tz", "serve", NULL};
	const char *action[] = {"qpas", "tz", "server", NULL};
	const char *world[] = {"qpas", "tz",	    "serve", "--tz", "new",
			       "--",   "/bin/true", "-m",    "2G",   NULL};

	(void)state;
	assert_int_equal(tz_rig_run(missing, NULL), 3);
	assert_int_equal(tz_rig_run(no_memory, NULL), 2);
	assert_int_equal(tz_rig_run(odd, NULL), 2);
	assert_int_equal(tz_rig_run(small, NULL), 1);
	assert_int_equal(tz_rig_run(both, NULL), 2);
	assert_int_equal(tz_rig_run(neither, NULL), 2);
	assert_int_equal(tz_rig_run(action, NULL), 2);
	assert_int_equal(tz_rig_run(world, NULL), 2);
}

/* The child writes its process id, then sleeps for long: it must not outlive the server. */
static void qemu_does_not_outlive_a_server_that_is_killed(void **state)
{
	char path[] = "/tmp/qpas-tz-XXXXXX", script[128];
	const char *words[] = {"qpas", "tz",   "serve", "--",	"/bin/sh", "-c",
			       script, "qemu", "-m",	"2048", NULL};
	const struct timespec pause = {0, 5000000};
	int fd = mkstemp(path), status = 0, tries = 0;
	pid_t server, qemu = 0;
	FILE *file;

	(void)state;
	test_must(fd >= 0, "mkstemp");
	snprintf(script, sizeof(script), "echo $$ >%s; exec sleep 60", path);
	server = fork();
	if (server == 0) {
		execv(QPAS_TOOL, (char *const *)(uintptr_t)words);
		_exit(127);
	}
	file = fdopen(fd, "r");
	while (fscanf(file, "%d", &qemu) != 1) {
		test_must(++tries < 1000, "the child's process id");
		nanosleep(&pause, NULL);
		rewind(file);
	}
	fclose(file);
	unlink(path);
	kill(server, SIGKILL);
	assert_int_equal(waitpid(server, &status, 0), server);
	/* Not our child: it is gone when nobody answers to its number, or when it is a zombie. */
	for (tries = 0; tries < 400; tries++) {
		char name[64], line[256] = "";

		snprintf(name, sizeof(name), "/proc/%d/stat", (int)qemu);
		file = fopen(name, "r");
		if (!file)
			return;
		if (!fgets(line, sizeof(line), file) || strstr(line, ") Z ")) {
			fclose(file);
			return;
		}
		fclose(file);
		nanosleep(&pause, NULL);
	}
	kill(qemu, SIGKILL);
	fail_msg("QEMU outlives its server");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_registers_get_an_answer),
		cmocka_unit_test(addresses_that_are_not_the_guests_are_refused),
		cmocka_unit_test(lengths_that_wrap_and_bridges_that_overlap_are_refused),
		cmocka_unit_test(tables_of_the_smmu_outside_of_ram_are_a_fault),
		cmocka_unit_test(damaged_shared_memory_does_no_harm),
		cmocka_unit_test(an_item_that_leaves_shared_memory_is_not_read),
		cmocka_unit_test(requests_that_no_relay_makes_are_closed_and_told),
		cmocka_unit_test(calls_before_the_first_reset_are_not_answered_by_a_guess),
		cmocka_unit_test(cores_have_slots_of_their_own),
		cmocka_unit_test(a_reset_forgets_everything_and_voids_other_cores_calls),
		cmocka_unit_test(a_guest_that_is_gone_without_a_word_is_an_error),
		cmocka_unit_test(a_guest_that_dies_inside_of_a_call_ends_the_server),
		cmocka_unit_test(a_call_that_is_withdrawn_inside_is_not_answered),
		cmocka_unit_test(a_server_that_is_told_to_end_ends_well),
		cmocka_unit_test(another_server_takes_over_where_one_was_killed),
		cmocka_unit_test(a_second_server_on_the_same_ram_is_refused),
		cmocka_unit_test(a_server_waits_on_its_socket_for_a_qemu_that_comes_later),
		cmocka_unit_test(files_that_are_no_guests_ram_are_refused),
		cmocka_unit_test(files_of_others_stay_what_they_are),
		cmocka_unit_test(memory_that_no_guest_has_is_usage),
		cmocka_unit_test(a_guest_without_a_tree_ends_the_server_with_a_message),
		cmocka_unit_test(a_ram_file_that_is_cut_short_ends_the_server_with_a_message),
		cmocka_unit_test(qemus_end_is_the_servers_end),
		cmocka_unit_test(a_qemu_that_cannot_be_started_or_says_no_memory_is_an_error),
		cmocka_unit_test(qemu_does_not_outlive_a_server_that_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
