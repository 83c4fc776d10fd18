/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines for what a client does. Names, numbers and argument orders are those of
 * drivers/firmware/qcom/qcom_scm.h and qcom_scm.c, as literals.
 */
#include "integration/call_log.h"

#include <inttypes.h>
#include <stdio.h>

#include "support/must.h"

#define ARGUMENTS 10

/* How the arguments of a call are written down. */
enum shape { NUMBERS, METADATA, TABLE, BRIDGE, UNBRIDGE, ASSIGN };

static const struct {
	uint32_t fid;
	/* x1: number of arguments in bits 3:0, two bits for each above. */
	uint64_t info;
	const char *name;
	enum shape shape;
} calls[] = {
	{0x42000201, 0x82, "INIT_IMAGE", METADATA},
	{0x42000202, 0x3, "MEM_SETUP", NUMBERS},
	{0x42000205, 0x1, "AUTH_AND_RESET", NUMBERS},
	{0x42000206, 0x1, "SHUTDOWN", NUMBERS},
	{0x42000207, 0x1, "IS_SUPPORTED", NUMBERS},
	{0x42000221, 0x845, "GET_RSCTABLE", TABLE},
	{0x4200010a, 0x2, "SET_REMOTE_STATE", NUMBERS},
	{0x42000601, 0x1, "IS_CALL_AVAIL", NUMBERS},
	{0x42000c08, 0x4, "MP_VIDEO_VAR", NUMBERS},
	{0x42000c16, 0x1117, "MP_ASSIGN", ASSIGN},
	{0x42000c1c, 0x0, "BRIDGE_ENABLE", NUMBERS},
	{0x42000c1d, 0x1, "BRIDGE_DELETE", UNBRIDGE},
	{0x42000c1e, 0x4, "BRIDGE_CREATE", BRIDGE},
};

static __attribute__((format(printf, 2, 3))) void note(struct call_log *log, const char *form, ...)
{
	va_list list;
	int length;

	test_must(log->count < CALL_LOG_LINES, "more lines than there is room for");
	va_start(list, form);
	length = vsnprintf(log->line[log->count++], CALL_LOG_WIDTH, form, list);
	va_end(list);
	test_must(length >= 0 && length < CALL_LOG_WIDTH, "a line is too long");
}

/* ---- memory ---- */

static struct call_log_range *find(struct call_log_range *ranges, uint32_t count, uint64_t address,
				   uint64_t length)
{
	for (uint32_t i = 0; i < count; i++) {
		if (address >= ranges[i].address &&
		    address + length <= ranges[i].address + ranges[i].length)
			return &ranges[i];
	}
	return NULL;
}

static void keep(struct call_log_range *ranges, uint32_t *count, struct call_log_range range)
{
	test_must(*count < 8, "more ranges than there is room for");
	ranges[(*count)++] = range;
}

static bool drop(struct call_log_range *ranges, uint32_t *count, const struct call_log_range *range)
{
	if (!range)
		return false;
	ranges[range - ranges] = ranges[--*count];
	return true;
}

static const char *bridged(struct call_log *log, uint64_t address, uint64_t length)
{
	return find(log->bridges, log->bridge_count, address, length) ? "bridged" : "plain";
}

static uint64_t read_word(const struct call_log *log, uint64_t address, size_t bytes)
{
	uint8_t raw[8] = {0};
	uint64_t word = 0;

	rig_must(log->rig, qpas_tzsim_read(log->rig->model, address, raw, bytes, NULL), "read");
	for (size_t i = bytes; i > 0; i--)
		word = word << 8 | raw[i - 1];
	return word;
}

/* Calls with more than four arguments have those from the fourth on in memory. */
static void take_arguments(const struct call_log *log, const uint64_t regs[8], uint32_t count,
			   uint64_t arguments[ARGUMENTS])
{
	for (uint32_t i = 0; i < count; i++) {
		if (i < 3 || count <= 4)
			arguments[i] = regs[2 + i];
		else
			arguments[i] = read_word(log, regs[5] + (uint64_t)(i - 3) * 8, 8);
	}
}

/* ---- calls ---- */

static __attribute__((format(printf, 3, 4))) size_t add(char *text, size_t used, const char *form,
							...)
{
	va_list list;
	int length;

	va_start(list, form);
	length = vsnprintf(text + used, CALL_LOG_WIDTH - used, form, list);
	va_end(list);
	test_must(length >= 0 && used + (size_t)length < CALL_LOG_WIDTH, "a line is too long");
	return used + (size_t)length;
}

/* VM ids, or destinations of 24 bytes with permissions behind. */
static size_t add_vms(const struct call_log *log, char *text, size_t used, uint64_t address,
		      const uint64_t shape[2])
{
	for (uint64_t i = 0; i < shape[0] / shape[1]; i++) {
		used = add(text, used, " %" PRIu64, read_word(log, address + i * shape[1], 4));
		if (shape[1] == 24)
			used = add(text, used, ":%" PRIu64,
				   read_word(log, address + i * shape[1] + 4, 4));
	}
	return used;
}

static void note_assign(struct call_log *log, const uint64_t arguments[ARGUMENTS])
{
	char text[CALL_LOG_WIDTH] = "MP_ASSIGN";
	size_t used = strlen(text);

	test_must(arguments[1] == 16 && arguments[6] == 0, "one range at a time");
	used = add(text, used, " 0x%" PRIx64, read_word(log, arguments[0], 8));
	used = add(text, used, " 0x%" PRIx64 " from", read_word(log, arguments[0] + 8, 8));
	used = add_vms(log, text, used, arguments[2], (const uint64_t[2]){arguments[3], 4});
	used = add(text, used, " to");
	(void)add_vms(log, text, used, arguments[4], (const uint64_t[2]){arguments[5], 24});
	note(log, "%s, lists %s", text, bridged(log, arguments[0], 16));
}

/* "buffer" stands for an address that the simulator chose. */
static void note_bridge(struct call_log *log, const uint64_t arguments[ARGUMENTS])
{
	uint64_t address = arguments[0] & ~UINT64_C(0xfff);
	uint64_t length = arguments[2] & ~UINT64_C(0xfff);
	bool buffer = find(log->buffers, log->buffer_count, address, length) != NULL;
	char place[32] = "buffer";

	if (!buffer)
		(void)snprintf(place, sizeof(place), "0x%" PRIx64, address);
	test_must(address == (arguments[1] & ~UINT64_C(0xfff)), "a bridge to other memory");
	note(log, "BRIDGE_CREATE %s 0x%" PRIx64 " %" PRIx64 " %" PRIx64 " %03" PRIx64 " %" PRIx64,
	     place, length, arguments[0] & 0xfff, arguments[1] & 0xfff, arguments[2] & 0xfff,
	     arguments[3]);
}

static void note_unbridge(struct call_log *log, uint64_t handle)
{
	for (uint32_t i = 0; i < log->bridge_count; i++) {
		if (log->bridges[i].handle != handle)
			continue;
		if (log->bridges[i].is_buffer)
			note(log, "BRIDGE_DELETE buffer");
		else
			note(log, "BRIDGE_DELETE 0x%" PRIx64, log->bridges[i].address);
		return;
	}
	note(log, "BRIDGE_DELETE of a handle that nobody has");
}

static void note_numbers(struct call_log *log, const char *name, const uint64_t *arguments,
			 uint32_t count)
{
	char text[CALL_LOG_WIDTH];
	size_t used = (size_t)snprintf(text, sizeof(text), "%s", name);

	/* Ids and states are small and read best in decimal. */
	for (uint32_t i = 0; i < count; i++)
		used = add(text, used, arguments[i] < 256 ? " %" PRIu64 : " 0x%" PRIx64,
			   arguments[i]);
	note(log, "%s", text);
}

static void note_call(struct call_log *log, size_t at, const uint64_t regs[8])
{
	uint32_t count = (uint32_t)(calls[at].info & 0xf);
	uint64_t arguments[ARGUMENTS] = {0};

	take_arguments(log, regs, count, arguments);
	switch (calls[at].shape) {
	case METADATA:
		note(log, "INIT_IMAGE %" PRIu64 " %s", arguments[0],
		     bridged(log, arguments[1], 52));
		break;
	case TABLE:
		note(log, "GET_RSCTABLE %" PRIu64 " in %" PRIu64 " %s out %" PRIu64 " %s, list %s",
		     arguments[0], arguments[2], bridged(log, arguments[1], arguments[2]),
		     arguments[4], bridged(log, arguments[3], arguments[4]),
		     bridged(log, regs[5], 56));
		break;
	case BRIDGE:
		note_bridge(log, arguments);
		break;
	case UNBRIDGE:
		note_unbridge(log, arguments[0]);
		break;
	case ASSIGN:
		note_assign(log, arguments);
		break;
	default:
		note_numbers(log, calls[at].name, arguments, count);
	}
}

/* A call is written down before it is made: what it changes counts for those after it. */
static void note_registers(struct call_log *log, const uint64_t regs[8])
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (regs[0] != calls[i].fid)
			continue;
		if (regs[1] != calls[i].info)
			note(log, "%s with argument information 0x%" PRIx64, calls[i].name,
			     regs[1]);
		else
			note_call(log, i, regs);
		return;
	}
	note(log, "call 0x%" PRIx64, regs[0]);
}

/* The trusted world's answer decides what is bridged: x0 and the first result are 0. */
static void follow(struct call_log *log, const uint64_t in[8], const uint64_t out[8])
{
	struct call_log_range range = {in[2] & ~UINT64_C(0xfff), in[4] & ~UINT64_C(0xfff), out[2],
				       false};

	if (out[0] || (in[0] == 0x42000c1e && out[1]))
		return;
	if (in[0] == 0x42000c1e) {
		range.is_buffer =
			find(log->buffers, log->buffer_count, range.address, range.length) != NULL;
		keep(log->bridges, &log->bridge_count, range);
	}
	for (uint32_t i = 0; in[0] == 0x42000c1d && i < log->bridge_count; i++) {
		if (log->bridges[i].handle != in[2])
			continue;
		(void)drop(log->bridges, &log->bridge_count, &log->bridges[i]);
		return;
	}
}

/* ---- functions of the conduit ---- */

static struct call_log *log_of(void *user)
{
	return user;
}

static int log_smc(void *user, uint64_t regs[8])
{
	struct call_log *log = log_of(user);
	uint64_t in[8];
	int code;

	memcpy(in, regs, sizeof(in));
	note_registers(log, in);
	if (++log->smc_count == log->refuse_nth) {
		memcpy(log->refused, log->line[log->count - 1], CALL_LOG_WIDTH);
		memset(regs, 0, 8 * sizeof(regs[0]));
		regs[0] = (uint64_t)-2;
		return 0;
	}
	code = log->rig->own.smc(log->rig->own.user, regs);
	follow(log, in, regs);
	return code;
}

static int log_shared_alloc(void *user, size_t length, void **ptr, uint64_t *address)
{
	struct call_log *log = log_of(user);
	int code = rig_shared_alloc(log->rig, length, ptr, address);

	if (!code)
		keep(log->buffers, &log->buffer_count,
		     (struct call_log_range){*address, length, 0, true});
	return code;
}

/* Memory goes back only when no bridge over it is left. */
static void log_shared_free(void *user, void *ptr, uint64_t address, size_t length)
{
	struct call_log *log = log_of(user);

	if (find(log->bridges, log->bridge_count, address, length))
		note(log, "a bridged buffer was given back");
	test_must(drop(log->buffers, &log->buffer_count,
		       find(log->buffers, log->buffer_count, address, length)),
		  "memory of somebody else was given back");
	rig_shared_free(log->rig, ptr, address, length);
}

static int log_region_write(void *user, uint64_t address, struct qpas_slice data)
{
	note(log_of(user), "write 0x%" PRIx64 " 0x%zx", address, data.len);
	return rig_region_write(log_of(user)->rig, address, data);
}

static int log_region_zero(void *user, uint64_t address, uint64_t length)
{
	note(log_of(user), "zero 0x%" PRIx64 " 0x%" PRIx64, address, length);
	return rig_region_zero(log_of(user)->rig, address, length);
}

static int log_region_read(void *user, uint64_t address, void *to, size_t length)
{
	return rig_region_read(log_of(user)->rig, address, to, length);
}

static void note_mapping(struct call_log *log, const char *what, const struct qpas_stream *stream,
			 const struct qpas_backend_mapping *mapping)
{
	char where[32] = "";

	if (mapping->iova != mapping->address)
		(void)snprintf(where, sizeof(where), " at 0x%" PRIx64, mapping->iova);
	note(log, "%s 0x%" PRIx32 "/0x%" PRIx32 " 0x%" PRIx64 " 0x%" PRIx64 " %" PRIu32 "%s", what,
	     stream->cells[0], stream->cells[1], mapping->address, mapping->length,
	     mapping->permissions, where);
}

static int log_map(void *user, const struct qpas_stream *stream,
		   const struct qpas_backend_mapping *mapping)
{
	note_mapping(log_of(user), "map", stream, mapping);
	return rig_map(log_of(user)->rig, stream, mapping);
}

static int log_unmap(void *user, const struct qpas_stream *stream,
		     const struct qpas_backend_mapping *mapping)
{
	note_mapping(log_of(user), "unmap", stream, mapping);
	return rig_unmap(log_of(user)->rig, stream, mapping);
}

static int64_t log_now(void *user)
{
	return rig_now(log_of(user)->rig);
}

static void log_sleep_until(void *user, int64_t deadline)
{
	rig_sleep_until(log_of(user)->rig, deadline);
}

static int log_wait_wq(void *user, uint64_t context, int64_t deadline)
{
	return rig_wait_wq(log_of(user)->rig, context, deadline);
}

static int log_wait_event(void *user, uint32_t pas_id, int64_t deadline,
			  struct qpas_backend_event *event)
{
	note(log_of(user), "wait %" PRIu32, pas_id);
	return rig_wait_event(log_of(user)->rig, pas_id, deadline, event);
}

static const char *log_explain(void *user)
{
	return rig_explain(log_of(user)->rig);
}

void call_log_begin(struct call_log *log, struct rig *rig)
{
	memset(log, 0, sizeof(*log));
	log->rig = rig;
	rig_ops(rig);
	rig->ops.user = log;
	rig->ops.smc = log_smc;
	rig->ops.shared_alloc = log_shared_alloc;
	rig->ops.shared_free = log_shared_free;
	rig->ops.region_write = log_region_write;
	rig->ops.region_zero = log_region_zero;
	rig->ops.region_read = log_region_read;
	rig->ops.iommu_map = log_map;
	rig->ops.iommu_unmap = log_unmap;
	rig->ops.now = log_now;
	rig->ops.sleep_until = log_sleep_until;
	rig->ops.wait_wq = log_wait_wq;
	rig->ops.wait_event = log_wait_event;
	rig->ops.explain = log_explain;
}

void call_log_clear(struct call_log *log)
{
	log->count = 0;
}

static void print_log(const struct call_log *log)
{
	for (uint32_t i = 0; i < log->count; i++)
		print_message("\t\"%s\",\n", log->line[i]);
}

void call_log_expect(const struct call_log *log, const char *what, const char *const *wanted)
{
	uint32_t i = 0;

	for (; wanted[i]; i++) {
		if (i < log->count && !strcmp(log->line[i], wanted[i]))
			continue;
		print_log(log);
		fail_msg("%s: line %u is \"%s\", not \"%s\"", what, i + 1,
			 i < log->count ? log->line[i] : "(none)", wanted[i]);
	}
	if (i == log->count)
		return;
	print_log(log);
	fail_msg("%s: \"%s\" is too much", what, log->line[i]);
}

uint32_t call_log_number(const struct call_log *log, const char *start)
{
	uint32_t number = 0;

	for (uint32_t i = 0; i < log->count; i++)
		number += !strncmp(log->line[i], start, strlen(start));
	return number;
}
