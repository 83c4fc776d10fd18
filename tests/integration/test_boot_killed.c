/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Row B20: a client in a process of its own is killed at each of its steps. The machine is in another
 * process, which owns the conduit, knows what went through it, and cleans up as docs/backends.md says;
 * then its books are empty, and the next client boots.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "integration/boot_matrix.h"
#include "support/must.h"

#define ARENA_BYTES  ((size_t)1 << 20)
#define MAPPINGS_MAX 8
#define IDS_MAX	     4

enum step { SMC, ALLOC, FREE, WRITE, ZERO, MAP, UNMAP, WAIT, DONE };

/* One step of the client. Pointers are those of before the fork, so that both have what is there. */
struct request {
	enum step step;
	int code; /* of the reply */
	uint64_t regs[8];
	uint64_t address;
	uint64_t length;
	uint32_t pas_id;
	struct qpas_stream stream;
	struct qpas_backend_mapping mapping;
	struct qpas_backend_event event;
};

struct buffer {
	uint64_t address, length;
	uint8_t *own; /* the model's memory */
	uint8_t *shared; /* what both processes see */
};

/* What the owner of the conduit writes down. */
struct owner {
	struct rig rig;
	struct call_log log;
	struct buffer buffers[8];
	uint32_t buffer_count;
	struct request mappings[MAPPINGS_MAX];
	uint32_t mapping_count;
	uint64_t ids[IDS_MAX]; /* that got metadata, in this order */
	uint32_t id_count;
	struct qpas_image *companion;
};

/* The client's end. */
static int channel;
static uint8_t *arena;
static size_t arena_used;

static void move(int fd, void *bytes, size_t count, bool out)
{
	uint8_t *at = bytes;

	while (count) {
		ssize_t done = out ? send(fd, at, count, MSG_NOSIGNAL) : recv(fd, at, count, 0);

		test_must(done > 0, "the other end is gone");
		at += done;
		count -= (size_t)done;
	}
}

/* ---- the client's conduit ---- */

static void ask(struct request *request)
{
	move(channel, request, sizeof(*request), true);
	move(channel, request, sizeof(*request), false);
}

static int far_smc(void *user, uint64_t regs[8])
{
	struct request request = {.step = SMC};

	(void)user;
	memcpy(request.regs, regs, sizeof(request.regs));
	ask(&request);
	memcpy(regs, request.regs, sizeof(request.regs));
	return request.code;
}

static int far_alloc(void *user, size_t length, void **ptr, uint64_t *address)
{
	struct request request = {.step = ALLOC, .length = length, .address = arena_used};

	(void)user;
	test_must(arena_used + length <= ARENA_BYTES, "the arena is too small");
	ask(&request);
	*ptr = arena + arena_used;
	*address = request.address;
	arena_used += length;
	return request.code;
}

static void far_free(void *user, void *ptr, uint64_t address, size_t length)
{
	struct request request = {.step = FREE, .address = address, .length = length};

	(void)user;
	(void)ptr;
	ask(&request);
}

/* The bytes follow the request. */
static int far_write(void *user, uint64_t address, struct qpas_slice data)
{
	struct request request = {.step = WRITE, .address = address, .length = data.len};

	(void)user;
	test_must(data.len <= 4096, "a segment of more than a page");
	memcpy(arena + ARENA_BYTES - 4096, data.ptr, data.len);
	ask(&request);
	return request.code;
}

static int far_zero(void *user, uint64_t address, uint64_t length)
{
	struct request request = {.step = ZERO, .address = address, .length = length};

	(void)user;
	ask(&request);
	return request.code;
}

static int far_map(void *user, const struct qpas_stream *stream,
		   const struct qpas_backend_mapping *mapping)
{
	struct request request = {.step = MAP, .stream = *stream, .mapping = *mapping};

	(void)user;
	ask(&request);
	return request.code;
}

static int far_unmap(void *user, const struct qpas_stream *stream,
		     const struct qpas_backend_mapping *mapping)
{
	struct request request = {.step = UNMAP, .stream = *stream, .mapping = *mapping};

	(void)user;
	ask(&request);
	return request.code;
}

static int far_wait(void *user, uint32_t pas_id, int64_t deadline, struct qpas_backend_event *event)
{
	struct request request = {.step = WAIT, .pas_id = pas_id};

	(void)user;
	(void)deadline;
	ask(&request);
	*event = request.event;
	return request.code;
}

static int live(struct owner *owner)
{
	struct qpas_el2_ops ops = QPAS_EL2_OPS_INIT;
	struct qpas_boot_params params = QPAS_BOOT_PARAMS_INIT;
	struct qpas_params common = QPAS_PARAMS_INIT;
	struct qpas_backend *backend = NULL;
	struct qpas_context *context = NULL;
	int code;

	ops.host_level = 2;
	ops.smc = far_smc;
	ops.shared_alloc = far_alloc;
	ops.shared_free = far_free;
	ops.region_write = far_write;
	ops.region_zero = far_zero;
	ops.iommu_map = far_map;
	ops.iommu_unmap = far_unmap;
	ops.wait_event = far_wait;
	common.platform = owner->rig.platform;
	params.companion = owner->companion;
	code = qpas_el2_open(&ops, &common, &backend, NULL);
	if (!code)
		code = qpas_context_open(backend, "adsp", NULL, &context, NULL);
	if (!code)
		code = qpas_boot(context, owner->rig.image, &params, NULL);
	if (!code)
		code = qpas_shutdown(context, NULL);
	code |= qpas_context_close(context);
	qpas_backend_unref(backend);
	return code;
}

/* ---- the owner ---- */

static void copy_buffers(struct owner *owner, bool to_model)
{
	for (uint32_t i = 0; i < owner->buffer_count; i++) {
		struct buffer *buffer = &owner->buffers[i];

		memcpy(to_model ? buffer->own : buffer->shared,
		       to_model ? buffer->shared : buffer->own, buffer->length);
	}
}

static void do_smc(struct owner *owner, struct request *request)
{
	uint32_t function = (uint32_t)request->regs[0];

	if (function == 0x42000201) {
		test_must(owner->id_count < IDS_MAX, "too many ids");
		owner->ids[owner->id_count++] = request->regs[2];
	}
	copy_buffers(owner, true);
	request->code = owner->rig.ops.smc(&owner->log, request->regs);
	copy_buffers(owner, false);
}

static void do_alloc(struct owner *owner, struct request *request)
{
	struct buffer *buffer = &owner->buffers[owner->buffer_count];
	void *ptr = NULL;

	test_must(owner->buffer_count < 8, "too many buffers");
	buffer->shared = arena + request->address;
	buffer->length = request->length;
	request->code =
		owner->rig.ops.shared_alloc(&owner->log, request->length, &ptr, &request->address);
	test_must(!request->code, "memory of the model");
	buffer->own = ptr;
	buffer->address = request->address;
	owner->buffer_count++;
}

static void do_free(struct owner *owner, uint64_t address)
{
	for (uint32_t i = 0; i < owner->buffer_count; i++) {
		struct buffer buffer = owner->buffers[i];

		if (buffer.address != address)
			continue;
		owner->buffers[i] = owner->buffers[--owner->buffer_count];
		owner->rig.ops.shared_free(&owner->log, buffer.own, address, buffer.length);
		return;
	}
}

static void do_map(struct owner *owner, struct request *request)
{
	request->code = rig_map(&owner->rig, &request->stream, &request->mapping);
	test_must(owner->mapping_count < MAPPINGS_MAX, "too many mappings");
	if (!request->code)
		owner->mappings[owner->mapping_count++] = *request;
}

static void do_unmap(struct owner *owner, struct request *request)
{
	request->code = rig_unmap(&owner->rig, &request->stream, &request->mapping);
	for (uint32_t i = 0; !request->code && i < owner->mapping_count; i++) {
		if (owner->mappings[i].mapping.iova != request->mapping.iova)
			continue;
		owner->mappings[i] = owner->mappings[--owner->mapping_count];
		return;
	}
}

static void serve(struct owner *owner, struct request *request)
{
	struct qpas_slice data = {arena + ARENA_BYTES - 4096, request->length};

	switch (request->step) {
	case SMC:
		do_smc(owner, request);
		break;
	case ALLOC:
		do_alloc(owner, request);
		break;
	case FREE:
		do_free(owner, request->address);
		break;
	case WRITE:
		request->code = rig_region_write(&owner->rig, request->address, data);
		break;
	case ZERO:
		request->code = rig_region_zero(&owner->rig, request->address, request->length);
		break;
	case MAP:
		do_map(owner, request);
		break;
	case UNMAP:
		do_unmap(owner, request);
		break;
	default:
		request->code = rig_wait_event(&owner->rig, request->pas_id, rig_now(&owner->rig),
					       &request->event);
	}
}

/*
 * What the owner of a conduit does for a client that died: every id that got metadata is shut down,
 * the last one first; then, as nobody reads them any more, mappings, bridges and buffers go.
 */
static void clean_up(struct owner *owner)
{
	while (owner->id_count) {
		uint64_t regs[8] = {0x42000206, 1, owner->ids[--owner->id_count]};

		/* A refusal says that it was not up. */
		assert_int_equal(rig_smc(&owner->rig, regs), 0);
	}
	while (owner->mapping_count) {
		const struct request *last = &owner->mappings[--owner->mapping_count];

		assert_int_equal(rig_unmap(&owner->rig, &last->stream, &last->mapping), 0);
	}
	while (owner->log.bridge_count) {
		uint64_t regs[8] = {0x42000c1d, 1, owner->log.bridges[0].handle};

		assert_int_equal(owner->rig.ops.smc(&owner->log, regs), 0);
		assert_int_equal(regs[0], 0);
	}
	while (owner->buffer_count)
		do_free(owner, owner->buffers[0].address);
}

/* ---- lives and deaths ---- */

static struct qpas_image *page_image(struct rig *rig, uint32_t sw_id)
{
	static const struct test_segment segment = {
		TEST_PT_LOAD, TEST_FLAGS_RELOCATABLE | 6, 0, 0x80000000, 0x800, 0x1000, NULL, 0};
	struct test_image_spec spec = rig_spec();
	struct qpas_image *image = NULL;
	struct test_image built;

	spec.sw_id = sw_id;
	spec.segments = &segment;
	spec.segment_count = 1;
	test_image_build(&built, &spec);
	rig_open_image(rig, &built, &image);
	test_image_free(&built);
	return image;
}

static struct owner *begin(const struct client_row *client)
{
	struct owner *owner = calloc(1, sizeof(*owner));
	struct test_tree tree = test_tree_lemans();

	test_must(owner != NULL, "memory");
	if (client->bend)
		client->bend(&tree);
	rig_platform(&owner->rig, &tree, NULL);
	rig_model(&owner->rig, 2, QPAS_TZSIM_STRICT, "");
	call_log_begin(&owner->log, &owner->rig);
	owner->rig.image = page_image(&owner->rig, client->sw_id);
	if (client->companion_sw_id)
		owner->companion = page_image(&owner->rig, client->companion_sw_id);
	return owner;
}

static void end(struct owner *owner)
{
	qpas_image_unref(owner->companion);
	rig_free(&owner->rig);
	free(owner);
}

static pid_t fork_client(struct owner *owner, int *fd)
{
	int ends[2];
	pid_t child;

	test_must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
	child = fork();
	test_must(child >= 0, "fork");
	if (!child) {
		struct request done = {.step = DONE};

		(void)close(ends[0]);
		channel = ends[1];
		arena_used = 0;
		done.code = live(owner);
		move(channel, &done, sizeof(done), true);
		_exit(0);
	}
	(void)close(ends[1]);
	*fd = ends[0];
	return child;
}

/*
 * A client that is killed at step `fatal`, before it is carried out or with its reply on the way; false
 * if it lived through all its steps, which must have gone well then.
 */
static bool live_until(struct owner *owner, uint32_t fatal, bool carried_out)
{
	struct request request = {.step = SMC};
	int fd = -1, status;
	pid_t child = fork_client(owner, &fd);
	bool killed = false;

	for (uint32_t step = 1; !killed; step++) {
		move(fd, &request, sizeof(request), false);
		if (request.step == DONE)
			break;
		killed = step == fatal;
		if (!killed || carried_out)
			serve(owner, &request);
		if (!killed)
			move(fd, &request, sizeof(request), true);
	}
	if (killed)
		test_must(!kill(child, SIGKILL), "kill");
	else
		assert_int_equal(request.code, 0);
	test_must(waitpid(child, &status, 0) == child, "waitpid");
	assert_int_equal(WIFSIGNALED(status) != 0, killed);
	(void)close(fd);
	return killed;
}

static void expect_empty(struct owner *owner, uint32_t step, bool carried_out)
{
	struct qpas_tzsim_books books = rig_books(&owner->rig);

	if (books.bridges || books.mappings || books.images || books.running ||
	    books.shared_buffers || books.protected_accesses)
		fail_msg("killed %s step %u: %u bridges, %u mappings, %u images, %u run, "
			 "%u buffers, %u fatal accesses",
			 carried_out ? "after" : "before", step, books.bridges, books.mappings,
			 books.images, books.running, books.shared_buffers,
			 books.protected_accesses);
}

static uint32_t kill_at_each_step(struct owner *owner, bool carried_out)
{
	uint32_t step = 1;

	while (live_until(owner, step, carried_out)) {
		clean_up(owner);
		expect_empty(owner, step, carried_out);
		call_log_clear(&owner->log);
		/* The next client finds nothing in its way. */
		if (live_until(owner, 0, false))
			fail_msg("step %u", step);
		owner->id_count = 0;
		expect_empty(owner, step, carried_out);
		call_log_clear(&owner->log);
		step++;
	}
	owner->id_count = 0;
	return step - 1;
}

/* B20 */
static void client_may_be_killed_at_each_step(void **state)
{
	(void)state;
	/* A DSP, and one with a companion; the latter without lite processors to find. */
	for (size_t i = 0; i < 2; i++) {
		for (int carried_out = 0; carried_out < 2; carried_out++) {
			struct owner *owner = begin(&matrix_clients[i]);
			uint32_t steps = kill_at_each_step(owner, carried_out);

			print_message("%s: killed at %u steps\n", matrix_clients[i].name, steps);
			/* The lists of the matrix, the page's bridge, two buffers to and fro. */
			assert_int_equal(steps, i ? 37 : 25);
			end(owner);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(client_may_be_killed_at_each_step)};

	arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	test_must(arena != MAP_FAILED, "mmap");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
