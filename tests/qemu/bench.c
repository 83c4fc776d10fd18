/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bench: memory, socket and child process of one QEMU, and a server's half of the mailbox.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "../../firmware/el3/memory.h"
#include "agent.h"
#include "bench.h"

#define RAM_SIZE (2048ull << 20)
#define STEP_MS	 5

#define must(condition)                                                  \
	do {                                                             \
		if (!(condition)) {                                      \
			fail_msg("%s: %s", #condition, strerror(errno)); \
		}                                                        \
	} while (0)

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void *at(const struct bench *bench, uint64_t address)
{
	return bench->ram + (address - GUEST_RAM);
}

static uint32_t load(const uint32_t *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *flag, uint32_t value)
{
	__atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

static void open_memory(struct bench *bench)
{
	bench->memory = memfd_create("guest", 0);
	must(bench->memory >= 0);
	must(ftruncate(bench->memory, (off_t)RAM_SIZE) == 0);
	bench->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, bench->memory, 0);
	must(bench->ram != MAP_FAILED);
	bench->box = at(bench, MAILBOX_ADDRESS);
}

static void open_mailbox(struct bench *bench, const struct bench_options *options)
{
	struct mailbox_server *server = &bench->box->server;

	server->version = options->version ? options->version : MAILBOX_VERSION;
	server->h_gen = (uint32_t)getpid();
	server->tick_us = options->tick_us;
	server->timeout_ms = options->timeout_ms;
	store(&server->magic, options->magic ? options->magic : MAILBOX_MAGIC);
}

static int open_bell(struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0);
	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path), "/tmp/qpas-bench-%d", (int)getpid());
	unlink(address->sun_path);
	must(bind(fd, (struct sockaddr *)address, sizeof(*address)) == 0);
	must(listen(fd, 1) == 0);
	return fd;
}

static void run_qemu(const struct bench *bench, const struct bench_options *options,
		     const char *socket_path)
{
	char memory[96];
	char bell[160];
	char cores[16];
	char words[3][80];
	const uint32_t values[3] = {options->level ? options->level : 2, options->flags,
				    options->wait_ms};
	static const char machine[] = "virt,secure=on,virtualization=on,gic-version=3,"
				      "iommu=smmuv3,memory-backend=ram";

	snprintf(memory, sizeof(memory),
		 "memory-backend-file,id=ram,size=2048M,mem-path=/proc/self/fd/%d,share=on",
		 bench->memory);
	snprintf(bell, sizeof(bell), "socket,id=tz,path=%s", socket_path);
	snprintf(cores, sizeof(cores), "%u", options->cores ? options->cores : 1);
	for (unsigned i = 0; i < 3; i++)
		snprintf(words[i], sizeof(words[i]), "loader,addr=0x%x,data=%u,data-len=4",
			 MAILBOX_BOOT_WORDS + 4 * i, values[i]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execlp("qemu-system-aarch64", "qemu-system-aarch64", "-object", memory, "-M", machine, "-m",
	       "2048", "-cpu", "neoverse-n1", "-smp", cores, "-accel", "tcg", "-display", "none",
	       "-monitor", "none", "-nic", "none", "-serial", "null", "-chardev", bell, "-serial",
	       "chardev:tz", "-bios", QPAS_RELAY, "-device",
	       "loader,file=" QPAS_AGENT ",addr=0x44200000,force-raw=on", "-device", words[0],
	       "-device", words[1], "-device", words[2], (char *)NULL);
	perror("qemu-system-aarch64");
	_exit(127);
}

void bench_start(struct bench *bench, const struct bench_options *options)
{
	struct sockaddr_un address = {0};
	struct pollfd door;

	memset(bench, 0, sizeof(*bench));
	open_memory(bench);
	open_mailbox(bench, options);
	door.fd = open_bell(&address);
	door.events = POLLIN;
	bench->qemu = fork();
	must(bench->qemu >= 0);
	if (bench->qemu == 0)
		run_qemu(bench, options, address.sun_path);
	must(poll(&door, 1, BENCH_PATIENCE) == 1);
	bench->bell = accept4(door.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	must(bench->bell >= 0);
	close(door.fd);
	unlink(address.sun_path);
}

void bench_end(struct bench *bench)
{
	if (bench->qemu > 0) {
		kill(bench->qemu, SIGKILL);
		waitpid(bench->qemu, NULL, 0);
	}
	close(bench->bell);
	close(bench->memory);
	munmap(bench->ram, RAM_SIZE);
}

static void take(struct bench *bench, const char *bytes, ssize_t size)
{
	for (ssize_t i = 0; i < size; i++) {
		if ((unsigned char)bytes[i] >= MAILBOX_BELL)
			bench->bells++;
		else if (bench->log_size + 1 < sizeof(bench->log))
			bench->log[bench->log_size++] = bytes[i];
	}
}

void bench_listen(struct bench *bench, int ms)
{
	struct pollfd bell = {bench->bell, POLLIN, 0};
	char bytes[256];
	ssize_t got;

	if (poll(&bell, 1, ms) <= 0)
		return;
	got = recv(bench->bell, bytes, sizeof(bytes), 0);
	if (got <= 0)
		poll(NULL, 0, ms); /* QEMU has gone: nothing more to hear */
	take(bench, bytes, got);
}

int bench_says(struct bench *bench, const char *text, int ms)
{
	int64_t end = clock_ms() + ms;

	while (!strstr(bench->log, text)) {
		if (clock_ms() > end)
			return 0;
		bench_listen(bench, STEP_MS);
	}
	return 1;
}

int bench_exit_code(struct bench *bench, int ms)
{
	int64_t end = clock_ms() + ms;
	int status;

	while (waitpid(bench->qemu, &status, WNOHANG) == 0) {
		if (clock_ms() > end)
			return -1;
		bench_listen(bench, STEP_MS);
	}
	bench->qemu = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int bench_is_open(struct bench *bench, uint32_t core, int ms)
{
	struct mailbox_slot *slot = &bench->box->slots[core];
	int64_t end = clock_ms() + ms;

	while (load(&slot->request.seq) == slot->answer.seq) {
		if (clock_ms() > end)
			return 0;
		bench_listen(bench, STEP_MS);
	}
	return 1;
}

struct mailbox_request bench_request(struct bench *bench, uint32_t core)
{
	if (!bench_is_open(bench, core, BENCH_PATIENCE))
		fail_msg("core %u makes no call; the relay said: %s", core, bench->log);
	return bench->box->slots[core].request;
}

void bench_answer(struct bench *bench, uint32_t core, uint32_t kind, const uint64_t x[8])
{
	struct mailbox_slot *slot = &bench->box->slots[core];

	memcpy(slot->answer.x, x, sizeof(slot->answer.x));
	slot->answer.kind = kind;
	store(&slot->answer.seq, load(&slot->request.seq));
}

void bench_boot(struct bench *bench)
{
	struct mailbox_request request = bench_request(bench, 0);

	assert_int_equal(request.kind, MAILBOX_RESET);
	bench_answer(bench, 0, MAILBOX_DONE, request.x);
}

void bench_ring(struct bench *bench)
{
	must(send(bench->bell, "", 1, MSG_NOSIGNAL) == 1);
}

void bench_event(struct bench *bench, uint32_t spi)
{
	struct mailbox *box = bench->box;

	box->events[box->server.ev_prod % MAILBOX_EVENTS] = spi;
	store(&box->server.ev_prod, box->server.ev_prod + 1);
}

static uint8_t *block(const struct bench *bench, uint32_t core)
{
	return at(bench, AGENT_BLOCKS + ((uint64_t)core << AGENT_BLOCK_LOG2));
}

static uint32_t *word(const struct bench *bench, uint32_t core, uint32_t offset)
{
	return (uint32_t *)(void *)(block(bench, core) + offset);
}

void bench_tell(struct bench *bench, uint32_t core, uint32_t operation, const uint64_t x[8])
{
	*word(bench, core, AGENT_OPERATION) = operation;
	memcpy(block(bench, core) + AGENT_IN, x, 64);
	store(word(bench, core, AGENT_WANTED), *word(bench, core, AGENT_WANTED) + 1);
}

int bench_told(struct bench *bench, uint32_t core, int ms)
{
	int64_t end = clock_ms() + ms;

	while (load(word(bench, core, AGENT_DONE)) != *word(bench, core, AGENT_WANTED)) {
		if (clock_ms() > end)
			return 0;
		bench_listen(bench, STEP_MS);
	}
	return 1;
}

uint32_t bench_word(const struct bench *bench, uint32_t core, uint32_t offset)
{
	return load(word(bench, core, offset));
}

void bench_forget(struct bench *bench, uint32_t core)
{
	store(word(bench, core, AGENT_DONE), *word(bench, core, AGENT_WANTED));
}

uint64_t bench_field(const struct bench *bench, uint32_t core, uint32_t offset)
{
	uint64_t value;

	memcpy(&value, block(bench, core) + offset, sizeof(value));
	return value;
}

static uint64_t do_it(struct bench *bench, uint32_t core, uint32_t operation, const uint64_t x[8])
{
	bench_tell(bench, core, operation, x);
	if (!bench_told(bench, core, BENCH_PATIENCE))
		fail_msg("core %u does not return; the relay said: %s", core, bench->log);
	return bench_field(bench, core, AGENT_OUT);
}

uint64_t bench_smc(struct bench *bench, uint32_t core, const uint64_t x[8])
{
	return do_it(bench, core, AGENT_SMC, x);
}

uint32_t bench_read(struct bench *bench, uint64_t address)
{
	const uint64_t x[8] = {address};

	return (uint32_t)do_it(bench, 0, AGENT_READ, x);
}
