/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `qpas tz serve` with the relay and the kernel played by the test: what an unmodified kernel sends,
 * register for register, and what it gets.
 */
#define _GNU_SOURCE
#include "tz_rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY	 2u
#define HANDOVER 4u
#define STOP_ACK 8u
#define FATAL	 1u

static const char *const nothing[] = {NULL};

/* ---- probe ---- */

/* Linux 7.2 at probe of qcom_scm, qseecom and qcomtee; the ids from 0x80000000 on are SMCCC's. */
static void the_probe_of_a_kernel_is_answered_register_for_register(void **state)
{
	static const struct {
		uint64_t x[8];
		uint64_t r[4];
	} rows[] = {
		{{0xc2000601, 1, 0x2000601}, {0, 1}},
		{{0x42000601, 1, 0x2000c1c}, {0, 1}},
		{{0x42000c1c, 0}, {0, 0}},
		{{0xc2002404, 0}, {(uint64_t)-4}},
		{{0xc2002404, 0}, {(uint64_t)-4}},
		{{0x42000601, 1, 0x2000110}, {0, 0}},
		{{0x42000109, 2, 1, 0}, {(uint64_t)-4}},
		{{0x42000603, 1, 0xa}, {(uint64_t)-4}},
		{{0x72000602, 0x224, 0, 0, 0, 0}, {(uint64_t)-1}},
		{{0x8600ff01}, {(uint64_t)-1}},
		{{0x80000001, 0x80000002}, {(uint64_t)-1}},
		{{0x84000050}, {(uint64_t)-1}},
	};
	struct tz_rig rig;

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t x[8], r[8];

		memcpy(x, rows[i].x, sizeof(x));
		x[4] = 0x4444;
		x[7] = UINT64_C(0x7777777777777777);
		(void)tz_rig_smc(&rig, x, r);
		for (unsigned k = 0; k < 4; k++) {
			if (r[k] != rows[i].r[k])
				fail_msg("row %zu: x%u is 0x%llx, not 0x%llx", i, k,
					 (unsigned long long)r[k],
					 (unsigned long long)rows[i].r[k]);
		}
		/* SMCCC 1.1: callers keep values in these. */
		for (unsigned k = 4; k < 8; k++)
			assert_true(r[k] == x[k]);
	}
	assert_true(tz_rig_logged(&rig, "BOOT_SDI_CONFIG(watchdog_off=0x1, sdi_off=0) = -4: "));
	tz_rig_end(&rig);
}

/* ---- life of a processor ---- */

static void a_processor_starts_stops_and_starts_again(void **state)
{
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	tz_rig_put_word(&rig, 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(tz_rig_boot_adsp(&rig), 0);
		assert_int_equal(rig.peeks, 4 * (round + 1));
		assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
		assert_int_equal(tz_rig_word(&rig), READY | HANDOVER);
		/* No word without the kernel's: then the answer to its request. */
		assert_int_equal(tz_rig_event(&rig, 100), -1);
		tz_rig_put_word(&rig, 1);
		assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
		assert_int_equal(tz_rig_word(&rig), READY | HANDOVER | STOP_ACK);
		assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), 0);
		tz_rig_put_word(&rig, 0);
		assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
		assert_int_equal(tz_rig_word(&rig), 0);
	}
	/* An id that is not up. */
	assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), -2);
	assert_true(tz_rig_logged(&rig, "PAS_SHUTDOWN(id=1) = -2: PAS id 1: SHUTDOWN, and it is "
					"not up"));
	tz_rig_end(&rig);
}

static void the_word_to_the_kernel_speaks_the_kernels_version(void **state)
{
	struct tz_rig rig;
	uint64_t item;

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	tz_rig_put_word(&rig, 0);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, READY | HANDOVER);
	item = RIG_SMEM + tz_get32(&rig, RIG_SMEM + 0xd0 + RIG_ITEM_IN * 16 + 4);
	assert_int_equal(tz_get32(&rig, item), 0x504d5324);
	assert_int_equal(tz_get32(&rig, item + 4), 2);
	assert_int_equal(tz_get32(&rig, item + 8), 2);
	assert_int_equal(tz_get32(&rig, item + 12), 1u << 16 | 16);
	assert_memory_equal(guest_at(&rig.memory, item + 20, 16), "slave-kernel\0\0\0", 16);
	tz_rig_end(&rig);
}

static void a_processor_without_iommu_needs_no_mapping(void **state)
{
	struct tz_rig rig;

	(void)state;
	tz_rig_begin(&rig, false, nothing);
	rig.smmu.cr0 = 0;
	rig.smmu.gbpa = 1 << 20;
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, READY | HANDOVER);
	tz_rig_end(&rig);
}

/* The twin of the first test: one page is not mapped, and nothing else differs. */
static void a_processor_with_one_page_unmapped_says_nothing(void **state)
{
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	tz_rig_load(&rig);
	guest_put64(&rig.memory, guest_smmu_descriptor(&rig.smmu, RIG_CARVEOUT + 0x1000), 0);
	assert_int_equal(tz_smc(&rig, r, 0x42000205, 1, 1), 0);
	assert_int_equal(tz_rig_event(&rig, 300), -1);
	assert_int_equal(tz_rig_word(&rig), 0);
	assert_true(tz_rig_logged(&rig, "adsp: fault before ready: read of 0x95901000 by stream "
					"0x3000: translation fault at level 3"));
	assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), 0);
	tz_rig_end(&rig);
}

static void a_mapping_that_goes_away_kills_a_running_processor(void **state)
{
	struct tz_rig rig;

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, READY | HANDOVER);
	guest_put64(&rig.memory, guest_smmu_descriptor(&rig.smmu, RIG_CARVEOUT), 0);
	tz_rig_expect_word(&rig, READY | HANDOVER | FATAL);
	tz_rig_end(&rig);
}

static void a_flipped_bit_is_refused_with_its_reason(void **state)
{
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	tz_rig_load(&rig);
	*guest_at(&rig.memory, RIG_CARVEOUT, 1) ^= 1;
	assert_true(tz_smc(&rig, r, 0x42000205, 1, 1) < 0);
	assert_true(tz_rig_logged(&rig, "PAS_AUTH_AND_RESET(id=1) = -"));
	assert_true(tz_rig_logged(&rig, ": in memory: "));
	assert_int_equal(tz_rig_event(&rig, 100), -1);
	tz_rig_end(&rig);
}

/* ---- switches ---- */

static void a_strict_world_reads_only_what_is_bridged(void **state)
{
	static const char *const strict[] = {"--tz", "strict", NULL};
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, strict);
	(void)guest_put_metadata(&rig.memory, RIG_METADATA, &rig.image);
	assert_int_equal(tz_smc(&rig, r, 0x42000201, 0x82, 1, RIG_METADATA), -8);
	assert_true(tz_rig_logged(&rig, "lies in no SHM bridge"));
	assert_int_equal(tz_smc(&rig, r, 0x42000c1e, 4, RIG_METADATA | 6, RIG_METADATA | 6,
				0x4000 | 1 << 9, 3),
			 0);
	assert_int_equal(r[1], 0);
	assert_int_equal(r[2], 0x5b000000);
	/* Overlapping ones are refused by code 15. */
	assert_int_equal(tz_smc(&rig, r, 0x42000c1e, 4, (RIG_METADATA + 0x3000) | 6,
				(RIG_METADATA + 0x3000) | 6, 0x1000 | 1 << 9, 3),
			 0);
	assert_int_equal(r[1], 15);
	assert_int_equal(tz_smc(&rig, r, 0x42000201, 0x82, 1, RIG_METADATA), 0);
	tz_rig_end(&rig);
}

static void an_old_world_has_no_resource_tables(void **state)
{
	static const char *const old[] = {"--tz", "old", NULL};
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, old);
	assert_int_equal(tz_smc(&rig, r, 0x42000221, 0x845, 1, RIG_METADATA, 16, RIG_METADATA), -1);
	assert_int_equal(tz_smc(&rig, r, 0x42000601, 1, 0x2000221), 0);
	assert_int_equal(r[1], 0);
	tz_rig_end(&rig);
}

static void a_busy_world_and_an_interrupted_call_are_retried(void **state)
{
	static const char *const faults[] = {"--fault", "busy:2", "--fault", "interrupted:1", NULL};
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, faults);
	(void)guest_put_metadata(&rig.memory, RIG_METADATA, &rig.image);
	assert_int_equal(tz_smc(&rig, r, 0x42000201, 0x82, 1, RIG_METADATA), -12);
	assert_int_equal(tz_smc(&rig, r, 0x42000201, 0x82, 1, RIG_METADATA), -12);
	assert_int_equal(tz_smc(&rig, r, 0x42000201, 0x82, 1, RIG_METADATA), 1);
	assert_int_equal(r[6], 0x5e551);
	assert_int_equal(tz_smc(&rig, r, 1, 0x82, 1, RIG_METADATA, 0, 0, 0x5e551), 0);
	tz_rig_end(&rig);
}

static void a_sleeping_call_is_woken_by_the_interrupt_that_the_kernel_was_told(void **state)
{
	static const char *const faults[] = {"--fault", "waitq", NULL};
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, faults);
	(void)guest_put_metadata(&rig.memory, RIG_METADATA, &rig.image);
	assert_int_equal(tz_smc(&rig, r, 0xc2002404, 0), 0);
	assert_int_equal(r[1], 1);
	assert_int_equal(r[2], 0x86);
	assert_int_equal(tz_smc(&rig, r, 0x42000201, 0x82, 1, RIG_METADATA), 2);
	assert_int_equal(r[1], 0);
	assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), 0x86 - 32);
	{
		uint64_t context = r[2];

		assert_int_equal(tz_smc(&rig, r, 0xc2002403, 0), 0);
		assert_int_equal(r[1], 0);
		assert_int_equal(r[2], 1);
		assert_int_equal(tz_smc(&rig, r, 0x42002402, 1, context), 0);
	}
	tz_rig_end(&rig);
}

static void a_processor_can_be_asked_never_to_be_ready(void **state)
{
	static const char *const faults[] = {"--fault", "never-ready", NULL};
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, faults);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	assert_int_equal(tz_rig_event(&rig, 300), -1);
	assert_true(tz_rig_logged(&rig, "adsp: never ready"));
	assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), 0);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, READY | HANDOVER);
	tz_rig_end(&rig);
}

static void a_crash_is_told_with_its_reason(void **state)
{
	static const char *const faults[] = {"--fault", "crash", NULL};
	struct tz_rig rig;
	uint64_t reason;

	(void)state;
	tz_rig_begin(&rig, true, faults);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, FATAL);
	reason = RIG_SMEM + tz_get32(&rig, RIG_SMEM + 0xd0 + 423 * 16 + 4);
	assert_string_equal((const char *)guest_at(&rig.memory, reason, 128),
			    "err_fatal: asked to crash before ready");
	tz_rig_end(&rig);
}

static void signals_crash_what_runs_at_once(void **state)
{
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	kill(rig.server, SIGUSR1);
	assert_true(tz_rig_logged(&rig, "no processor runs"));
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	tz_rig_expect_word(&rig, READY | HANDOVER);
	assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
	kill(rig.server, SIGUSR1);
	tz_rig_expect_word(&rig, READY | HANDOVER | FATAL);
	assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
	assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), 0);
	assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
	kill(rig.server, SIGUSR2);
	assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_WATCHDOG);
	tz_rig_end(&rig);
}

/* By the model's own clock: the first look after that finds it. */
static void a_processor_dies_after_a_while_as_it_was_asked_to(void **state)
{
	static const struct {
		const char *fault;
		int spi;
		uint32_t word;
		const char *logged;
	} rows[] = {
		{"watchdog:50", RIG_WATCHDOG, READY | HANDOVER,
		 "adsp: watchdog bite: asked to hang"},
		{"crash-after:50", RIG_DOORBELL, READY | HANDOVER | FATAL,
		 "adsp: crash: err_fatal: asked to crash after a while"},
		{"crash-running", RIG_DOORBELL, READY | HANDOVER | FATAL,
		 "adsp: crash: err_fatal: asked to crash while running"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *more[] = {"--fault", rows[i].fault, NULL};
		struct tz_rig rig;
		uint64_t r[8];

		tz_rig_begin(&rig, true, more);
		assert_int_equal(tz_rig_boot_adsp(&rig), 0);
		assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
		assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), rows[i].spi);
		assert_int_equal(tz_rig_word(&rig), rows[i].word);
		if (!tz_rig_logged(&rig, rows[i].logged))
			fail_msg("the log does not say \"%s\"", rows[i].logged);
		/* The kernel recovers it: the second start lasts. */
		assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), 0);
		assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
		assert_int_equal(tz_rig_boot_adsp(&rig), 0);
		assert_int_equal(tz_rig_event(&rig, TZ_PATIENCE_MS), RIG_DOORBELL);
		assert_int_equal(tz_rig_event(&rig, 700), -1);
		tz_rig_end(&rig);
	}
}

/* ---- power domains ---- */

static uint32_t scmi(struct tz_rig *rig, uint32_t protocol, uint32_t message, uint32_t count,
		     const uint32_t *words)
{
	uint64_t r[8];

	assert_int_equal(tz_get32(rig, RIG_SCMI + 4) & 1, 1);
	tz_put32(rig, RIG_SCMI + 4, 0);
	tz_put32(rig, RIG_SCMI + 24, message | protocol << 10 | 5 << 18);
	tz_put32(rig, RIG_SCMI + 20, 4 + 4 * count);
	for (uint32_t i = 0; i < count; i++)
		tz_put32(rig, RIG_SCMI + 28 + 4 * i, words[i]);
	assert_int_equal(tz_smc(rig, r, RIG_SCMI_CALL), 0);
	assert_int_equal(tz_get32(rig, RIG_SCMI + 4), 1);
	assert_int_equal(tz_get32(rig, RIG_SCMI + 24), message | protocol << 10 | 5 << 18);
	return tz_get32(rig, RIG_SCMI + 28);
}

static void power_domains_are_those_of_the_tree(void **state)
{
	static const uint32_t on[] = {0, 1, 0}, off[] = {0, 1, 1u << 30}, first[] = {0},
			      second[] = {1}, third[] = {2}, state_beyond[] = {0, 2, 0};
	struct tz_rig rig;

	(void)state;
	tz_rig_begin(&rig, true, nothing);
	assert_int_equal(scmi(&rig, 0x10, 0, 0, NULL), 0);
	assert_int_equal(tz_get32(&rig, RIG_SCMI + 32), 0x20000);
	assert_int_equal(scmi(&rig, 0x10, 6, 1, first), 0);
	assert_int_equal(tz_get32(&rig, RIG_SCMI + 32), 1);
	assert_int_equal(tz_get32(&rig, RIG_SCMI + 36), 0x11);
	assert_int_equal(scmi(&rig, 0x11, 1, 0, NULL), 0);
	assert_int_equal(tz_get32(&rig, RIG_SCMI + 32), 2);
	assert_int_equal(scmi(&rig, 0x11, 3, 1, second), 0);
	assert_string_equal((const char *)guest_at(&rig.memory, RIG_SCMI + 36, 16), "lmx");
	assert_int_equal(scmi(&rig, 0x11, 5, 1, second), 0);
	assert_int_equal(tz_get32(&rig, RIG_SCMI + 32), 1u << 30);
	assert_int_equal(scmi(&rig, 0x11, 4, 3, on), 0);
	assert_int_equal(scmi(&rig, 0x11, 5, 1, second), 0);
	assert_int_equal(tz_get32(&rig, RIG_SCMI + 32), 0);
	assert_int_equal(scmi(&rig, 0x11, 4, 3, off), 0);
	assert_true(tz_rig_logged(&rig, "STATE_SET lmx = 0, off"));
	/* What is not there, what is cut short, another protocol. */
	assert_int_equal(scmi(&rig, 0x11, 3, 1, third), (uint32_t)-4);
	assert_int_equal(scmi(&rig, 0x11, 4, 3, state_beyond), (uint32_t)-4);
	assert_int_equal(scmi(&rig, 0x11, 4, 2, on), (uint32_t)-2);
	assert_int_equal(scmi(&rig, 0x11, 3, 0, NULL), (uint32_t)-2);
	assert_int_equal(scmi(&rig, 0x11, 9, 0, NULL), (uint32_t)-1);
	assert_int_equal(scmi(&rig, 0x13, 0, 0, NULL), (uint32_t)-1);
	tz_rig_end(&rig);
}

/* ---- logs ---- */

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1u << 20);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, (1u << 20) - 1, file) > 0);
	fclose(file);
	return text;
}

/* Each line by itself, as a program that follows the log reads it. */
static void expect_schema(const char *log)
{
	char command[512];
	int status = 0;
	pid_t child;

	snprintf(command, sizeof(command),
		 "while read -r line; do printf '%%s' \"$line\" | /usr/bin/python3 "
		 "%s/tests/integration/check_json.py %s/docs/schemas/tz.json || exit 1; done <%s",
		 QPAS_SOURCE_DIR, QPAS_SOURCE_DIR, log);
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void the_json_log_has_a_line_for_each_call(void **state)
{
	static const char *const json[] = {"--json", NULL};
	struct tz_rig rig;
	uint64_t r[8];

	(void)state;
	tz_rig_begin(&rig, true, json);
	assert_int_equal(tz_smc(&rig, r, 0x8600ff01), -1);
	assert_int_equal(scmi(&rig, 0x10, 0, 0, NULL), 0);
	assert_int_equal(tz_smc(&rig, r, 0x42000207, 1, 99), 0);
	assert_true(tz_rig_logged(&rig,
				  "\"core\":0,\"call\":\"PAS_IS_SUPPORTED\",\"args\":[\"0x63\"],"
				  "\"x\":[\"0x42000207\",\"0x1\",\"0x63\""));
	assert_true(tz_rig_logged(&rig, "\"status\":0,\"reason\":\"PAS id 0x63 is not one of this "
					"machine's\""));
	assert_true(tz_rig_logged(&rig, "\"event\":\"reset\""));
	expect_schema(rig.log_path);
	tz_rig_end(&rig);
}

static void the_transcript_has_registers_statuses_and_memory(void **state)
{
	char path[128];
	const char *record[] = {"--record", path, NULL};
	struct tz_rig rig;
	uint64_t r[8];
	char *text;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/qpas-tz-record.%d", (int)getpid());
	tz_rig_begin(&rig, true, record);
	assert_int_equal(tz_rig_boot_adsp(&rig), 0);
	assert_int_equal(tz_smc(&rig, r, 0x42000206, 1, 1), 0);
	tz_rig_end(&rig);
	text = read_text(path);
	assert_non_null(
		strstr(text, "{\"op\":\"rsc_table\",\"x\":[\"0x42000221\",\"0x845\",\"0x1\""));
	assert_non_null(strstr(text, "\"blobs\":{\"page\":\""));
	assert_non_null(strstr(text, "\"in\":\"00000000000000000000000000000000\",\"out\":\"0100"));
	assert_non_null(strstr(text, "{\"op\":\"metadata_begin\""));
	assert_non_null(strstr(text, "\"blobs\":{\"metadata\":\"7f454c4601"));
	assert_non_null(
		strstr(text, "{\"op\":\"auth_reset\",\"x\":[\"0x42000205\",\"0x1\",\"0x1\""));
	assert_non_null(strstr(text, "{\"op\":\"shutdown\""));
	free(text);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_probe_of_a_kernel_is_answered_register_for_register),
		cmocka_unit_test(a_processor_starts_stops_and_starts_again),
		cmocka_unit_test(the_word_to_the_kernel_speaks_the_kernels_version),
		cmocka_unit_test(a_processor_without_iommu_needs_no_mapping),
		cmocka_unit_test(a_processor_with_one_page_unmapped_says_nothing),
		cmocka_unit_test(a_mapping_that_goes_away_kills_a_running_processor),
		cmocka_unit_test(a_flipped_bit_is_refused_with_its_reason),
		cmocka_unit_test(a_strict_world_reads_only_what_is_bridged),
		cmocka_unit_test(an_old_world_has_no_resource_tables),
		cmocka_unit_test(a_busy_world_and_an_interrupted_call_are_retried),
		cmocka_unit_test(
			a_sleeping_call_is_woken_by_the_interrupt_that_the_kernel_was_told),
		cmocka_unit_test(a_processor_can_be_asked_never_to_be_ready),
		cmocka_unit_test(a_crash_is_told_with_its_reason),
		cmocka_unit_test(signals_crash_what_runs_at_once),
		cmocka_unit_test(a_processor_dies_after_a_while_as_it_was_asked_to),
		cmocka_unit_test(power_domains_are_those_of_the_tree),
		cmocka_unit_test(the_json_log_has_a_line_for_each_call),
		cmocka_unit_test(the_transcript_has_registers_statuses_and_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
