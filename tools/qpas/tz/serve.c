/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop, and what is done for each kind of request. */
#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../firmware/el3/memory.h"
#include "../out.h"
#include "scmi.h"
#include "smem.h"

#define MS	    INT64_C(1000000)
#define BEAT	    (100 * MS) /* the longest time between two rounds of the loop */
#define PEEK_WAIT   (3000 * MS)
#define MOST_TREE   (2u << 20)
#define MOST_ROUNDS 64u /* of answers, before the socket is looked at again */
#define FIRST_SPI   32u

/* ---- the model ---- */

static int read_memory(void *user, uint64_t address, void *to, size_t length)
{
	const struct server *server = user;

	return ram_read(&server->ram, address, to, length) ? 0 : -1;
}

static int write_memory(void *user, uint64_t address, const void *from, size_t length)
{
	const struct server *server = user;

	return ram_write(&server->ram, address, from, length) ? 0 : -1;
}

static void changed(void *user, uint32_t pas_id, uint32_t running)
{
	struct server *server = user;

	dsps_changed(&server->dsps, pas_id, running, now_ns());
}

static void take_bytes(struct server *server);
static void take_signals(struct server *server);

/* Between request and answer: nothing else is served, but time, text and signals go on. */
static void wait_for_relay(struct server *server)
{
	struct pollfd polls[] = {{server->socket, POLLIN, 0}, {server->signals, POLLIN, 0}};

	box_beat(&server->box);
	(void)poll(polls, 2, (int)(BEAT / MS));
	if (polls[0].revents)
		take_bytes(server);
	if (polls[1].revents)
		take_signals(server);
}

/* The model asks for a register of the SMMU: the relay reads it for us. */
static int peek(void *user, uint64_t address, uint32_t *value)
{
	struct server *server = user;
	const uint64_t ask[8] = {address};
	int64_t limit = now_ns() + PEEK_WAIT;
	struct box_request reply;

	if (server->gone)
		return -1;
	box_answer(&server->box, server->core, MAILBOX_PEEK, ask);
	while (!box_take(&server->box, server->core, &reply)) {
		if (server->ended || now_ns() > limit) {
			journal_event(&server->journal, "relay", NULL,
				      "it does not read a register that it was asked for");
			server->gone = true;
			return -1;
		}
		wait_for_relay(server);
	}
	/* Withdrawn, or a new boot: that request is taken again by the loop. */
	if (reply.kind != MAILBOX_VALUE) {
		server->gone = true;
		return -1;
	}
	*value = (uint32_t)reply.x[0];
	return 0;
}

static void describe_memory(const struct server *server, struct qpas_tzsim_ram ram[2])
{
	uint64_t end = server->ram.base + server->ram.size;

	ram[0].address = server->ram.base;
	ram[0].size = MAILBOX_ADDRESS - server->ram.base;
	ram[1].address = MAILBOX_ADDRESS + (uint64_t)MAILBOX_SIZE;
	ram[1].size = end - ram[1].address;
}

/* What the user said, and the processors that an earlier server had started. */
static char *make_profile(const struct server *server)
{
	size_t room = strlen(server->options.profile) + 32 * BOARD_PROCESSORS + 1;
	char *text = malloc(room);
	size_t length;
	uint32_t i;

	if (!text)
		return NULL;
	length = (size_t)snprintf(text, room, "%s", server->options.profile);
	for (i = 0; i < server->board.processor_count; i++) {
		if (server->dsps.at[i].state == DSP_RUNNING)
			length += (size_t)snprintf(text + length, room - length,
						   "running %" PRIu32 "\n",
						   server->board.processors[i].pas_id);
	}
	return text;
}

static int make_model(struct server *server, struct qpas_platform *platform)
{
	struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
	struct qpas_tzsim_guest guest = QPAS_TZSIM_GUEST_INIT;
	struct qpas_params common = QPAS_PARAMS_INIT;
	struct qpas_tzsim_ram ram[2];
	char *profile = make_profile(server);
	int code;

	if (!profile) {
		error_set(&server->err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
		return EXIT_HERE;
	}
	describe_memory(server, ram);
	guest.ram = ram;
	guest.ram_count = ram[1].size ? 2 : 1;
	guest.user = server;
	guest.read = read_memory;
	guest.write = write_memory;
	guest.peek = peek;
	guest.changed = changed;
	guest.smmu = server->board.smmu;
	common.platform = platform;
	params.params = &common;
	params.tz = server->options.tz;
	params.profile.ptr = profile;
	params.profile.len = strlen(profile);
	params.guest = &guest;
	code = qpas_tzsim_new(&params, &server->model, &server->err) ?
		       exit_of(&server->err, BLAME_INPUT) :
		       EXIT_FINE;
	free(profile);
	return code;
}

static bool model_event(void *user, uint32_t pas_id, struct qpas_backend_event *event)
{
	struct server *server = user;
	struct qpas_error ignored = QPAS_ERROR_INIT;

	return !qpas_tzsim_event(server->model, pas_id, event, &ignored);
}

static void raise_spi(void *user, uint32_t spi)
{
	struct server *server = user;

	box_raise(&server->box, spi);
}

static void tell(void *user, const struct board_processor *processor, const char *what,
		 const char *text)
{
	struct server *server = user;

	journal_event(&server->journal, what, processor->name, text);
}

/* ---- the machine of one boot ---- */

/* The tree where the launcher has put it; its kernel leaves it alone. *bytes is malloc()ed. */
static int fetch_tree(struct server *server, struct qpas_slice *tree, void **bytes)
{
	uint8_t head[8];
	uint32_t length;

	*bytes = NULL;
	*tree = server->options.tree;
	if (tree->len)
		return EXIT_FINE;
	if (!ram_read(&server->ram, GUEST_TREE, head, sizeof(head)) ||
	    memcmp(head, "\xd0\x0d\xfe\xed", 4) != 0) {
		error_set(&server->err, QPAS_ERR_FORMAT, 0,
			  "The guest has no device tree at %#x. Load one there, or give --dtb.",
			  GUEST_TREE);
		return EXIT_BAD;
	}
	length = (uint32_t)head[4] << 24 | (uint32_t)head[5] << 16 | (uint32_t)head[6] << 8 |
		 head[7];
	*bytes = length <= MOST_TREE ? malloc(length + 1) : NULL;
	if (!*bytes || !ram_read(&server->ram, GUEST_TREE, *bytes, length)) {
		free(*bytes);
		*bytes = NULL;
		error_set(&server->err, QPAS_ERR_LIMIT, 0,
			  "The guest's device tree says that it has %" PRIu32
			  " bytes; at most %u are "
			  "believed.",
			  length, MOST_TREE);
		return EXIT_BAD;
	}
	tree->ptr = *bytes;
	tree->len = length;
	return EXIT_FINE;
}

static int make_board(struct server *server, struct qpas_platform *platform, struct qpas_slice tree,
		      bool adopt)
{
	const struct dsp_host host = {server, model_event, raise_spi, tell};
	int code = board_read(&server->board, tree, platform, &server->err);

	if (code)
		return code;
	dsps_init(&server->dsps, &server->ram, &server->board, &host);
	if (adopt) {
		dsps_adopt(&server->dsps, now_ns());
	} else if (!smem_make(&server->ram, &server->board) ||
		   !scmi_make(&server->ram, &server->board)) {
		error_set(&server->err, QPAS_ERR_RANGE, 0,
			  "Shared memory of the guest's device tree (SMEM %#" PRIx64 " + %#" PRIx64
			  ", SCMI %#" PRIx64 " + %#" PRIx64 ") is not in its RAM, or too small.",
			  server->board.smem, server->board.smem_size, server->board.scmi,
			  server->board.scmi_size);
		return EXIT_BAD;
	}
	return make_model(server, platform);
}

/* Everything that a machine forgets when it is reset; `adopt`: it goes on instead. */
static int make_machine(struct server *server, bool adopt)
{
	struct qpas_platform *platform = NULL;
	struct qpas_slice tree;
	void *bytes;
	int code;

	qpas_tzsim_free(server->model);
	server->model = NULL;
	server->wake_interrupt = 0;
	code = fetch_tree(server, &tree, &bytes);
	if (!code && qpas_platform_open_memory(tree, NULL, 0, NULL, &platform, &server->err))
		code = exit_of(&server->err, BLAME_INPUT);
	if (!code)
		code = make_board(server, platform, tree, adopt);
	/* The model counts the platform; the board has copies. */
	qpas_platform_unref(platform);
	free(bytes);
	return code;
}

static void tell_machine(struct server *server, const char *what)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "%" PRIu32 " processors, %" PRIu32 " running, %" PRIu32
		 " power domains, SMMU %s, %" PRIu64 " MiB of RAM",
		 server->board.processor_count, dsps_running(&server->dsps),
		 server->board.domain_count, server->board.smmu ? "yes" : "no",
		 server->ram.size >> 20);
	journal_event(&server->journal, what, NULL, text);
}

static void end_with(struct server *server, int code)
{
	server->ended = true;
	server->code = exit_worst(server->code, code);
}

/* ---- requests ---- */

/* Registers beyond x3 come back as they went: callers of SMCCC 1.1 rely on that. */
static void keep_registers(const uint64_t x[8], uint64_t r[8])
{
	unsigned i;

	for (i = 4; i < 8; i++) {
		if (i != 6 || r[0] != 1)
			r[i] = x[i];
	}
}

/* A call that sleeps is woken at once: nothing here takes time. */
static void mind_wait_queue(struct server *server, const struct journal_call *call,
			    const uint64_t r[8])
{
	if (!call->decoded && call->call.function == QPAS_SCM_WAITQ_GET_INFO && r[0] == 0)
		server->wake_interrupt = (uint32_t)r[2];
	if (r[0] == 2 && server->wake_interrupt >= FIRST_SPI)
		box_raise(&server->box, server->wake_interrupt - FIRST_SPI);
}

static void serve_scmi(struct server *server, const struct journal_call *call, uint64_t r[8])
{
	struct scmi_said said;
	bool fine = scmi_answer(&server->ram, &server->board, &said);

	memcpy(r, call->x, sizeof(call->x));
	r[0] = fine ? 0 : UINT64_MAX;
	journal_scmi(&server->journal, call, &server->board, fine ? &said : NULL);
}

static void serve_smc(struct server *server, const uint64_t x[8])
{
	struct journal_call call;
	uint64_t r[8];

	server->gone = false;
	journal_begin(&server->journal, &server->ram, &call, server->core, x);
	if (server->board.scmi_function && (uint32_t)x[0] == server->board.scmi_function) {
		serve_scmi(server, &call, r);
	} else {
		qpas_tzsim_smc(server->model, x, r);
		keep_registers(x, r);
		journal_end(&server->journal, &server->ram, &call, r,
			    qpas_tzsim_reason(server->model));
	}
	if (server->gone) {
		journal_event(&server->journal, "withdrawn", NULL,
			      "the call above was done, and nobody hears of it");
		return;
	}
	box_answer(&server->box, server->core, MAILBOX_DONE, r);
	mind_wait_queue(server, &call, r);
}

/* The first call of each boot: what other cores had asked for is of the boot before. */
static void serve_reset(struct server *server)
{
	const uint64_t nothing[8] = {0};
	int code = make_machine(server, false);
	unsigned i;

	if (code) {
		end_with(server, code);
		return;
	}
	server->off = false;
	for (i = 0; i < MAILBOX_SLOTS; i++) {
		if (i != server->core)
			box_void(&server->box, i);
	}
	tell_machine(server, "reset");
	box_answer(&server->box, server->core, MAILBOX_DONE, nothing);
}

static void serve_off(struct server *server, const uint64_t x[8])
{
	char text[64];

	server->off = true;
	snprintf(text, sizeof(text), "PSCI function %#" PRIx64, x[0]);
	journal_event(&server->journal, "the guest stops or resets", NULL, text);
	box_answer(&server->box, server->core, MAILBOX_DONE, x);
}

/* Whoever writes this is not the relay: the page is not protected. */
static void serve_garbage(struct server *server, const struct box_request *request)
{
	char text[96];

	snprintf(text, sizeof(text), "slot %u, kind %" PRIu32 ": ignored", server->core,
		 request->kind);
	journal_event(&server->journal, "a request that no relay makes", NULL, text);
	box_answer(&server->box, server->core, MAILBOX_DONE, request->x);
}

static void serve_request(struct server *server, const struct box_request *request)
{
	switch (request->kind) {
	case MAILBOX_RESET:
		serve_reset(server);
		break;
	case MAILBOX_SMC:
		if (server->model)
			serve_smc(server, request->x);
		else
			serve_garbage(server, request);
		break;
	case MAILBOX_OFF:
		serve_off(server, request->x);
		break;
	case MAILBOX_NONE:
		journal_event(&server->journal, "withdrawn", NULL,
			      "the relay has given up the call before");
		box_answer(&server->box, server->core, MAILBOX_DONE, request->x);
		break;
	default:
		serve_garbage(server, request);
	}
}

/* As long as somebody asks, but not for ever: the socket and the processors want their turn. */
static bool serve_slots(struct server *server)
{
	struct box_request request;
	unsigned round;
	bool any = true;

	for (round = 0; any && round < MOST_ROUNDS; round++) {
		any = false;
		for (server->core = 0; server->core < MAILBOX_SLOTS; server->core++) {
			if (server->ended || !box_take(&server->box, server->core, &request))
				continue;
			any = true;
			serve_request(server, &request);
		}
	}
	return any;
}

/* ---- the loop ---- */

static void peer_is_gone(struct server *server)
{
	close(server->socket);
	server->socket = -1;
	server->box.bell = -1;
	server->gone = true;
	server->ended = true;
}

static void take_bytes(struct server *server)
{
	char bytes[1024];
	ssize_t got = recv(server->socket, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (got > 0)
		journal_relay(&server->journal, bytes, (size_t)got);
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		peer_is_gone(server);
}

static void accept_peer(struct server *server)
{
	int peer = accept4(server->socket, NULL, NULL, SOCK_CLOEXEC);

	if (peer < 0)
		return;
	close(server->socket);
	server->socket = peer;
	server->box.bell = peer;
	server->waits = false;
	journal_event(&server->journal, "QEMU has come", NULL, NULL);
}

static void crash(struct server *server, bool watchdog)
{
	if (!dsps_crash(&server->dsps, watchdog))
		journal_event(&server->journal, "asked to crash", NULL, "no processor runs");
}

/* A child that ends closes the UART, which is what ends the loop. */
static void take_signals(struct server *server)
{
	struct signalfd_siginfo info;

	while (read(server->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGUSR1 || info.ssi_signo == SIGUSR2) {
			crash(server, info.ssi_signo == SIGUSR2);
			continue;
		}
		server->ended = true;
		server->told_to = true;
	}
}

static int timeout_ms(int64_t due, int64_t now, bool busy)
{
	int64_t left = due - now < BEAT ? due - now : BEAT;

	if (busy || left <= 0)
		return 0;
	return (int)((left + MS - 1) / MS);
}

static void go_round(struct server *server, bool busy)
{
	struct pollfd polls[] = {{server->socket, POLLIN, 0}, {server->signals, POLLIN, 0}};
	int64_t due = server->model ? dsps_tick(&server->dsps, now_ns()) : INT64_MAX;

	box_flush(&server->box);
	box_beat(&server->box);
	(void)poll(polls, 2, timeout_ms(due, now_ns(), busy));
	if (polls[1].revents)
		take_signals(server);
	if (polls[0].revents && server->waits)
		accept_peer(server);
	else if (polls[0].revents)
		take_bytes(server);
}

static int open_signals(struct server *server)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	server->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (server->signals >= 0)
		return EXIT_FINE;
	error_set(&server->err, QPAS_ERR_IO, errno, "signalfd: %s.", strerror(errno));
	return EXIT_HERE;
}

/* A relay that has been here before us is in the middle of its boot: its RESET does not come again. */
static int take_over(struct server *server)
{
	int code;

	if (!box_has_relay(&server->box))
		return EXIT_FINE;
	code = make_machine(server, true);
	if (!code)
		tell_machine(server, "taken over");
	return code;
}

int serve(struct server *server)
{
	bool busy = false;
	int code = open_signals(server);

	server->box.bell = server->waits ? -1 : server->socket;
	if (!code)
		code = take_over(server);
	server->code = code;
	server->ended = code != EXIT_FINE;
	while (!server->ended) {
		go_round(server, busy);
		busy = serve_slots(server);
	}
	qpas_tzsim_free(server->model);
	server->model = NULL;
	if (server->signals >= 0)
		close(server->signals);
	return server->code;
}
