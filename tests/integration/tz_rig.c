/* SPDX-License-Identifier: BSD-3-Clause */
/* Relay and kernel, played. */
#define _GNU_SOURCE
#include "tz_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/must.h"

#define MOST_WORDS 32

static void pause_ms(int ms)
{
	const struct timespec time = {ms / 1000, (ms % 1000) * 1000000L};

	nanosleep(&time, NULL);
}

static int64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

uint32_t tz_get32(const struct tz_rig *rig, uint64_t address)
{
	return __atomic_load_n((uint32_t *)(void *)guest_at(&rig->memory, address, 4),
			       __ATOMIC_ACQUIRE);
}

void tz_put32(const struct tz_rig *rig, uint64_t address, uint32_t value)
{
	__atomic_store_n((uint32_t *)(void *)guest_at(&rig->memory, address, 4), value,
			 __ATOMIC_RELEASE);
}

/* ---- processes ---- */

static pid_t spawn(const char *const *words, const char *output)
{
	pid_t child = fork();
	int fd;

	test_must(child >= 0, "fork");
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(output, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	execv(QPAS_TOOL, (char *const *)(uintptr_t)words);
	_exit(127);
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int tz_rig_run(const char *const *words, const char *output)
{
	int status = 0;
	pid_t child = spawn(words, output ? output : "/dev/null");

	test_must(waitpid(child, &status, 0) == child, "waitpid");
	return exit_code(status);
}

int tz_rig_wait(struct tz_rig *rig)
{
	int64_t limit = now_ms() + TZ_PATIENCE_MS;
	int status = 0;

	while (waitpid(rig->server, &status, WNOHANG) == 0) {
		if (now_ms() > limit) {
			kill(rig->server, SIGKILL);
			fail_msg("the server does not end");
		}
		pause_ms(2);
	}
	rig->server = 0;
	return exit_code(status);
}

/* ---- the mailbox ---- */

static uint32_t load(const volatile uint32_t *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void store(volatile uint32_t *flag, uint32_t value)
{
	__atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

void tz_rig_post(struct tz_rig *rig, unsigned core, uint32_t kind, const uint64_t x[8])
{
	volatile struct mailbox_request *request = &rig->box->slots[core].request;
	const unsigned char bell = MAILBOX_BELL;

	for (int i = 0; i < 8; i++)
		request->x[i] = x[i];
	request->kind = kind;
	store(&request->seq, request->seq + 1);
	if (rig->socket >= 0)
		(void)!send(rig->socket, &bell, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool closed(struct tz_rig *rig, unsigned core)
{
	return load(&rig->box->slots[core].answer.seq) == rig->box->slots[core].request.seq;
}

/* The server may ask for registers of the SMMU and for nothing else. */
static void access_register(struct tz_rig *rig, unsigned core)
{
	uint64_t reply[8] = {0};
	uint64_t address = rig->box->slots[core].answer.x[0];
	uint32_t value = 0;

	if (!guest_smmu_register(&rig->smmu, address - RIG_SMMU, &value))
		fail_msg("the server asks for a register at 0x%llx", (unsigned long long)address);
	rig->peeks++;
	reply[0] = value;
	tz_rig_post(rig, core, MAILBOX_VALUE, reply);
}

bool tz_rig_answered(struct tz_rig *rig, unsigned core, int ms)
{
	int64_t limit = now_ms() + ms;

	for (;;) {
		if (closed(rig, core)) {
			if (rig->box->slots[core].answer.kind != MAILBOX_PEEK)
				return true;
			access_register(rig, core);
		}
		if (now_ms() > limit)
			return false;
		sched_yield();
	}
}

int64_t tz_rig_smc(struct tz_rig *rig, const uint64_t x[8], uint64_t r[8])
{
	tz_rig_post(rig, 0, MAILBOX_SMC, x);
	if (!tz_rig_answered(rig, 0, TZ_PATIENCE_MS))
		fail_msg("no answer to 0x%llx", (unsigned long long)x[0]);
	assert_int_equal(rig->box->slots[0].answer.kind, MAILBOX_DONE);
	for (int i = 0; i < 8; i++)
		r[i] = rig->box->slots[0].answer.x[i];
	return (int64_t)r[0];
}

int tz_rig_event(struct tz_rig *rig, int ms)
{
	int64_t limit = now_ms() + ms;
	uint32_t spi;

	while (load(&rig->box->server.ev_prod) == rig->consumed) {
		if (now_ms() > limit)
			return -1;
		pause_ms(1);
	}
	spi = rig->box->events[rig->consumed % MAILBOX_EVENTS];
	rig->consumed++;
	store(&rig->box->relay.ev_cons, rig->consumed);
	return (int)spi;
}

/* ---- the machine ---- */

static void add_states(struct test_tree *tree)
{
	test_tree_add_node(tree, "/", "intc");
	test_tree_cells(tree, "/intc", "phandle", 0x200);
	test_tree_cells(tree, "/intc", "#interrupt-cells", 3);
	test_tree_add_node(tree, "/", "smp2p-adsp");
	test_tree_set_text(tree, "/smp2p-adsp", "compatible", "qcom,smp2p");
	test_tree_cells(tree, "/smp2p-adsp", "qcom,smem", RIG_ITEM_IN, RIG_ITEM_OUT);
	test_tree_cells(tree, "/smp2p-adsp", "interrupts-extended", 0x200, 0, RIG_DOORBELL, 1);
	test_tree_cells(tree, "/smp2p-adsp", "qcom,remote-pid", 2);
	test_tree_add_node(tree, "/smp2p-adsp", "slave-kernel");
	test_tree_set_text(tree, "/smp2p-adsp/slave-kernel", "qcom,entry-name", "slave-kernel");
	test_tree_cells(tree, "/smp2p-adsp/slave-kernel", "#interrupt-cells", 2);
	test_tree_cells(tree, "/smp2p-adsp/slave-kernel", "phandle", 0x201);
	test_tree_add_node(tree, "/smp2p-adsp", "master-kernel");
	test_tree_set_text(tree, "/smp2p-adsp/master-kernel", "qcom,entry-name", "master-kernel");
	test_tree_cells(tree, "/smp2p-adsp/master-kernel", "phandle", 0x202);
	test_tree_cells(tree, "/soc@0/remoteproc@30000000", "interrupts-extended", 0x200, 0,
			RIG_WATCHDOG, 1, 0x201, 0, 1, 0x201, 1, 1, 0x201, 2, 1, 0x201, 3, 1);
	test_tree_cells(tree, "/soc@0/remoteproc@30000000", "qcom,smem-states", 0x202, 0);
}

static void add_power(struct test_tree *tree)
{
	static const char names[] = "lcx\0lmx";

	test_tree_add_node(tree, "/", "sram@90c20000");
	test_tree_cells(tree, "/sram@90c20000", "reg", 0, (uint32_t)RIG_SCMI, 0, 0x1000);
	test_tree_cells(tree, "/sram@90c20000", "#address-cells", 1);
	test_tree_cells(tree, "/sram@90c20000", "#size-cells", 1);
	test_tree_add_node(tree, "/sram@90c20000", "shmem@0");
	test_tree_cells(tree, "/sram@90c20000/shmem@0", "reg", 0, 128);
	test_tree_cells(tree, "/sram@90c20000/shmem@0", "phandle", 0x203);
	test_tree_add_node(tree, "/", "firmware");
	test_tree_add_node(tree, "/firmware", "scmi");
	test_tree_set_text(tree, "/firmware/scmi", "compatible", "arm,scmi-smc");
	test_tree_cells(tree, "/firmware/scmi", "arm,smc-id", RIG_SCMI_CALL);
	test_tree_cells(tree, "/firmware/scmi", "shmem", 0x203);
	test_tree_add_node(tree, "/firmware/scmi", "protocol@11");
	test_tree_cells(tree, "/firmware/scmi/protocol@11", "phandle", 0x204);
	test_tree_set(tree, "/soc@0/remoteproc@30000000", "power-domain-names", names,
		      sizeof(names));
	test_tree_cells(tree, "/soc@0/remoteproc@30000000", "power-domains", 0x204, 0, 0x204, 1);
}

void tz_rig_put_tree(struct tz_rig *rig, bool streams)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_slice slice;

	add_states(&tree);
	add_power(&tree);
	test_tree_add_region(&tree, "smem@90900000", 0x210, RIG_SMEM, RIG_SMEM_SIZE);
	test_tree_set_text(&tree, "/reserved-memory/smem@90900000", "compatible", "qcom,smem");
	test_tree_add_node(&tree, "/", "hwlock@90c00000");
	test_tree_set_text(&tree, "/hwlock@90c00000", "compatible", "qcom,tcsr-mutex");
	test_tree_cells(&tree, "/hwlock@90c00000", "reg", 0, (uint32_t)RIG_HWLOCK, 0, 0x1000);
	test_tree_add_node(&tree, "/", "smmuv3@9050000");
	test_tree_set_text(&tree, "/smmuv3@9050000", "compatible", "arm,smmu-v3");
	test_tree_cells(&tree, "/smmuv3@9050000", "reg", 0, (uint32_t)RIG_SMMU, 0, 0x20000);
	if (!streams)
		test_tree_delete(&tree, "/soc@0/remoteproc@30000000", "iommus");
	slice = test_tree_slice(&tree);
	memcpy(guest_at(&rig->memory, RIG_TREE, slice.len), slice.ptr, slice.len);
	test_tree_free(&tree);
}

/* ---- the server ---- */

static void map_ram(struct tz_rig *rig)
{
	int fd = open(rig->ram_path, O_RDWR | O_CLOEXEC);

	test_must(fd >= 0, "the server's RAM file");
	rig->memory.base = RIG_RAM;
	rig->memory.size = (uint64_t)RIG_RAM_MIB << 20;
	rig->memory.bytes = mmap(NULL, rig->memory.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	test_must(rig->memory.bytes != MAP_FAILED, "mmap");
	rig->box = (volatile struct mailbox *)(void *)guest_at(&rig->memory, MAILBOX_ADDRESS,
							       MAILBOX_SIZE);
}

static int listen_on(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	test_must(fd >= 0 && !bind(fd, (struct sockaddr *)(void *)&address, sizeof(address)) &&
			  !listen(fd, 4),
		  "listen");
	return fd;
}

void tz_rig_prepare(struct tz_rig *rig)
{
	struct test_image_spec spec = TEST_IMAGE_SPEC_INIT;

	memset(rig, 0, sizeof(*rig));
	rig->socket = -1;
	snprintf(rig->folder, sizeof(rig->folder), "/tmp/qpas-tz-XXXXXX");
	test_must(mkdtemp(rig->folder) != NULL, "mkdtemp");
	snprintf(rig->ram_path, sizeof(rig->ram_path), "%s/ram", rig->folder);
	snprintf(rig->socket_path, sizeof(rig->socket_path), "%s/uart", rig->folder);
	snprintf(rig->log_path, sizeof(rig->log_path), "%s/log", rig->folder);
	rig->listener = listen_on(rig->socket_path);
	/* Nobody has fused a root in this machine: an image without a signer is taken. */
	spec.oem_signature = 0;
	spec.oem_chain = 0;
	spec.filler = 0;
	test_image_build(&rig->image, &spec);
}

void tz_rig_start_server(struct tz_rig *rig, const char *const *more)
{
	const char *words[MOST_WORDS] = {"qpas",	"tz",	    "serve",	      "--ram",
					 rig->ram_path, "--socket", rig->socket_path, "--memory",
					 "1536",	NULL};
	struct pollfd poller = {rig->listener, POLLIN, 0};
	size_t count = 9;

	while (more && *more)
		words[count++] = *more++;
	rig->server = spawn(words, rig->log_path);
	test_must(poll(&poller, 1, TZ_PATIENCE_MS) == 1, "the server does not come to the socket");
	rig->socket = accept4(rig->listener, NULL, NULL, SOCK_CLOEXEC);
	test_must(rig->socket >= 0, "accept");
	if (!rig->memory.bytes)
		map_ram(rig);
}

void tz_rig_boot(struct tz_rig *rig)
{
	const uint64_t x[8] = {0};

	rig->box->relay.version = MAILBOX_VERSION;
	rig->box->relay.boot_gen++;
	rig->consumed = load(&rig->box->server.ev_prod);
	rig->box->relay.ev_cons = rig->consumed;
	store(&rig->box->relay.magic, MAILBOX_MAGIC);
	tz_rig_post(rig, 0, MAILBOX_RESET, x);
	if (!tz_rig_answered(rig, 0, TZ_PATIENCE_MS))
		fail_msg("no answer to RESET");
}

void tz_rig_begin(struct tz_rig *rig, bool streams, const char *const *more)
{
	tz_rig_prepare(rig);
	tz_rig_start_server(rig, more);
	tz_rig_put_tree(rig, streams);
	guest_smmu_make(&rig->smmu, &rig->memory, RIG_PAGES, RIG_STREAM, true);
	assert_int_equal(load(&rig->box->server.magic), MAILBOX_MAGIC);
	tz_rig_boot(rig);
}

void tz_rig_clean(struct tz_rig *rig)
{
	if (rig->memory.bytes)
		munmap(rig->memory.bytes, rig->memory.size);
	if (rig->socket >= 0)
		close(rig->socket);
	close(rig->listener);
	unlink(rig->ram_path);
	unlink(rig->socket_path);
	unlink(rig->log_path);
	test_must(rmdir(rig->folder) == 0, "something was left behind in the test's folder");
	test_image_free(&rig->image);
}

void tz_rig_end(struct tz_rig *rig)
{
	const uint64_t off[8] = {0x84000008};

	tz_rig_post(rig, 0, MAILBOX_OFF, off);
	if (!tz_rig_answered(rig, 0, TZ_PATIENCE_MS))
		fail_msg("no answer to OFF");
	close(rig->socket);
	rig->socket = -1;
	assert_int_equal(tz_rig_wait(rig), 0);
	tz_rig_clean(rig);
}

/* ---- the kernel ---- */

static uint64_t item_at(const struct tz_rig *rig, uint32_t item)
{
	uint64_t entry = RIG_SMEM + 0xd0 + (uint64_t)item * 16;

	return tz_get32(rig, entry) ? RIG_SMEM + tz_get32(rig, entry + 4) : 0;
}

uint32_t tz_rig_word(struct tz_rig *rig)
{
	uint64_t item = item_at(rig, RIG_ITEM_IN);

	return item ? tz_get32(rig, item + 36) : 0;
}

void tz_rig_expect_word(struct tz_rig *rig, uint32_t word)
{
	int64_t limit = now_ms() + TZ_PATIENCE_MS;

	while (tz_rig_word(rig) != word) {
		if (now_ms() > limit)
			fail_msg("the word to the kernel is %u, not %u", tz_rig_word(rig), word);
		pause_ms(1);
	}
}

/* As qcom_smem_alloc() and smp2p's probe do it, version 2 with its features. */
void tz_rig_put_word(struct tz_rig *rig, uint32_t word)
{
	uint64_t item = item_at(rig, RIG_ITEM_OUT);
	uint64_t entry = RIG_SMEM + 0xd0 + (uint64_t)RIG_ITEM_OUT * 16;
	uint32_t offset = tz_get32(rig, RIG_SMEM + 0xc4);

	if (!item) {
		item = RIG_SMEM + offset;
		tz_put32(rig, entry + 4, offset);
		tz_put32(rig, entry + 8, 344);
		tz_put32(rig, entry, 1);
		tz_put32(rig, RIG_SMEM + 0xc4, offset + 344);
		tz_put32(rig, RIG_SMEM + 0xc8, tz_get32(rig, RIG_SMEM + 0xc8) - 344);
		memcpy(guest_at(&rig->memory, item + 20, 16), "master-kernel\0\0", 16);
		tz_put32(rig, item, 0x504d5324);
		tz_put32(rig, item + 8, 2u << 16);
		tz_put32(rig, item + 12, 1u << 16 | 16);
		tz_put32(rig, item + 4, 0x102);
	}
	tz_put32(rig, item + 36, word);
}

bool tz_rig_has_logged(struct tz_rig *rig, const char *text)
{
	static char log[1u << 20];
	int fd = open(rig->log_path, O_RDONLY);
	ssize_t got = fd < 0 ? 0 : read(fd, log, sizeof(log) - 1);

	if (fd >= 0)
		close(fd);
	log[got > 0 ? got : 0] = 0;
	return strstr(log, text) != NULL;
}

bool tz_rig_logged(struct tz_rig *rig, const char *text)
{
	int64_t limit = now_ms() + TZ_PATIENCE_MS;

	while (!tz_rig_has_logged(rig, text)) {
		if (now_ms() > limit)
			return false;
		pause_ms(5);
	}
	return true;
}

/* Device memory that the trusted world names is mapped as Linux does, to itself. */
static void map_table(struct tz_rig *rig, uint64_t table)
{
	uint32_t count = tz_get32(rig, table + 4);

	assert_int_equal(tz_get32(rig, table), 1);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t entry = table + tz_get32(rig, table + 16 + 4 * (uint64_t)i);

		assert_int_equal(tz_get32(rig, entry), 1);
		assert_int_equal(tz_get32(rig, entry + 4), tz_get32(rig, entry + 8));
		guest_smmu_map(&rig->smmu, tz_get32(rig, entry + 4), tz_get32(rig, entry + 12));
	}
}

void tz_rig_load(struct tz_rig *rig)
{
	const uint64_t in = RIG_METADATA + 0x100000, page = in + 0x1000, out = in + 0x2000;
	uint64_t r[8];

	memset(guest_at(&rig->memory, in, 16), 0, 16);
	guest_put64(&rig->memory, page, out);
	guest_put64(&rig->memory, page + 8, 0x4000);
	assert_int_equal(tz_smc(rig, r, 0x42000221, 0x845, 1, in, 16, page), 0);
	map_table(rig, out);
	(void)guest_put_metadata(&rig->memory, RIG_METADATA, &rig->image);
	rig->span = guest_put_segments(&rig->memory, RIG_CARVEOUT, &rig->image);
	guest_smmu_map(&rig->smmu, RIG_CARVEOUT, rig->span);
	assert_int_equal(tz_smc(rig, r, 0x42000201, 0x82, 1, RIG_METADATA), 0);
	assert_int_equal(tz_smc(rig, r, 0x42000202, 3, 1, RIG_CARVEOUT,
				(rig->span + 0xfff) & ~UINT64_C(0xfff)),
			 0);
}

int64_t tz_rig_boot_adsp(struct tz_rig *rig)
{
	uint64_t r[8];

	tz_rig_load(rig);
	return tz_smc(rig, r, 0x42000205, 1, 1);
}
