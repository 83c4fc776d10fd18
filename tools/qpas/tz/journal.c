/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls in words. Everything that comes from the guest is escaped on its way out. */
#define _GNU_SOURCE
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../json.h"
#include "../out.h"

/* Metadata of an image are recorded up to this length. */
#define MOST_METADATA (1u << 20)
#define MOST_TABLE    (256u << 10)

/* Names of arguments, and the slot of a backend that a call belongs to. */
static const struct meaning {
	uint32_t function;
	const char *slot;
	const char *args[7];
} meanings[] = {
	{QPAS_SCM_BOOT_SDI_CONFIG, "smc", {"watchdog_off", "sdi_off"}},
	{QPAS_SCM_SET_REMOTE_STATE, "set_remote_state", {"state", "id"}},
	{QPAS_SCM_SET_DLOAD_MODE, "smc", {"mode", "zero"}},
	{QPAS_SCM_PAS_INIT_IMAGE, "metadata_begin", {"id", "metadata"}},
	{QPAS_SCM_PAS_MEM_SETUP, "mem_setup", {"id", "address", "size"}},
	{QPAS_SCM_PAS_AUTH_AND_RESET, "auth_reset", {"id"}},
	{QPAS_SCM_PAS_SHUTDOWN, "shutdown", {"id"}},
	{QPAS_SCM_PAS_IS_SUPPORTED, "supported", {"id"}},
	{QPAS_SCM_PAS_MSS_RESET, "smc", {"assert", "zero"}},
	{QPAS_SCM_PAS_GET_RSCTABLE, "rsc_table", {"id", "in", "in_size", "out", "out_size"}},
	{QPAS_SCM_INFO_IS_CALL_AVAIL, "smc", {"function"}},
	{QPAS_SCM_INFO_VERSION, "smc", {"feature"}},
	{QPAS_SCM_MP_VIDEO_VAR,
	 "protect_video",
	 {"start", "size", "nonpixel_start", "nonpixel_size"}},
	{QPAS_SCM_MP_ASSIGN,
	 "assign",
	 {"map", "map_size", "source", "source_size", "destination", "destination_size", "zero"}},
	{QPAS_SCM_SHM_BRIDGE_ENABLE, "smc", {NULL}},
	{QPAS_SCM_SHM_BRIDGE_DELETE, "bridge_delete", {"handle"}},
	{QPAS_SCM_SHM_BRIDGE_CREATE, "bridge_create", {"pa", "ipa", "size", "vms"}},
	{QPAS_SCM_WAITQ_RESUME, "smc", {"context"}},
	{QPAS_SCM_WAITQ_GET_WQ_CTX, "smc", {NULL}},
	{QPAS_SCM_WAITQ_GET_INFO, "smc", {NULL}},
};

/* Function ids that are no calls of this world, as kernels send them. */
static const struct {
	uint32_t id;
	const char *name;
} foreign[] = {
	{1, "go on with an interrupted call"}, {0x72000602, "SMCINVOKE"},
	{0x80000000, "SMCCC_VERSION"},	       {0x80000001, "SMCCC_ARCH_FEATURES"},
	{0x80000002, "SMCCC_ARCH_SOC_ID"},     {0x84000050, "TRNG_VERSION"},
	{0x8600ff01, "hypervisor UUID"},       {0xbf00ff01, "trusted OS UUID"},
};

static const struct meaning *meaning_of(const struct journal_call *call)
{
	size_t i;

	for (i = 0; !call->decoded && i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].function == call->call.function)
			return &meanings[i];
	}
	return NULL;
}

static const char *name_of(const struct journal_call *call)
{
	size_t i;

	if (!call->decoded)
		return qpas_scm_function_name(call->call.function);
	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (foreign[i].id == (uint32_t)call->x[0])
			return foreign[i].name;
	}
	return "?";
}

/* ---- opening and closing ---- */

/* Emptied if it is there; a link is followed, so that /dev/stdout and its like can be given. */
static FILE *create(const char *path, struct qpas_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file) {
		error_set(err, QPAS_ERR_IO, errno, "%s: %s.", path, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	return file;
}

int journal_open(struct journal *journal, const char *log, const char *record, bool json,
		 struct qpas_error *err)
{
	memset(journal, 0, sizeof(*journal));
	journal->json = json;
	journal->start = now_ns();
	journal->to = json ? stdout : stderr;
	journal->record_path = record;
	if (log)
		journal->to = create(log, err);
	if (journal->to && record)
		journal->record = create(record, err);
	if (!journal->to || (record && !journal->record))
		return EXIT_HERE;
	return EXIT_FINE;
}

static bool close_file(FILE *file)
{
	bool fine = fflush(file) == 0 && !ferror(file);

	if (file != stdout && file != stderr)
		fine &= fclose(file) == 0;
	return fine;
}

int journal_close(struct journal *journal, int code)
{
	bool fine = !journal->failed;

	if (journal->to)
		fine &= close_file(journal->to);
	if (journal->record)
		fine &= close_file(journal->record);
	if (fine)
		return code;
	report("tz: the log or the transcript is not complete: it could not be written");
	return exit_worst(code, EXIT_HERE);
}

/* ---- lines ---- */

static double seconds(const struct journal *journal)
{
	return (double)(now_ns() - journal->start) / 1e9;
}

/* One value on one line, for a program that follows the file. */
static void put_line(struct journal *journal, FILE *to, struct json_object *value)
{
	const char *text = json_object_to_json_string_ext(
		value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text || fputs(text, to) == EOF || fputc('\n', to) == EOF || fflush(to) != 0)
		journal->failed = true;
	json_object_put(value);
}

static struct json_object *line_object(const struct journal *journal)
{
	struct json_object *object = js_object();
	double time = seconds(journal);
	char text[32];

	/* Microseconds, as in the text: more digits would be noise. */
	snprintf(text, sizeof(text), "%.6f", time);
	js_put(object, "time", json_object_new_double_s(time, text));
	return object;
}

static void put_time(struct journal *journal)
{
	fprintf(journal->to, "%s%11.6f%s ", style_on(journal->to, STYLE_DIM), seconds(journal),
		style_off(journal->to));
}

static void end_line(struct journal *journal)
{
	if (fputc('\n', journal->to) == EOF || fflush(journal->to) != 0)
		journal->failed = true;
}

void journal_event(struct journal *journal, const char *what, const char *who, const char *text)
{
	struct json_object *object;

	if (journal->json) {
		object = line_object(journal);
		js_put(object, "event", js_text(what));
		js_put(object, "peripheral", js_text(who));
		js_put(object, "text", js_text(text && *text ? text : NULL));
		put_line(journal, journal->to, object);
		return;
	}
	put_time(journal);
	if (who)
		fprintf(journal->to, "%s: ", who);
	fputs(what, journal->to);
	if (text && *text) {
		fputs(": ", journal->to);
		print_safe(journal->to, text);
	}
	end_line(journal);
}

void journal_relay(struct journal *journal, const char *bytes, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		char byte = bytes[i];

		if ((unsigned char)byte >= MAILBOX_BELL)
			continue;
		if (byte != '\n' && journal->length + 1 < sizeof(journal->line)) {
			journal->line[journal->length++] = byte;
			continue;
		}
		journal->line[journal->length] = 0;
		if (journal->length)
			journal_event(journal, "relay", NULL, journal->line);
		journal->length = 0;
	}
}

/* ---- calls ---- */

static void put_args(struct journal *journal, const struct journal_call *call)
{
	const struct meaning *meaning = meaning_of(call);
	uint32_t i;

	if (!meaning) {
		fprintf(journal->to, "%#" PRIx64 "(", call->x[0]);
		for (i = 1; i < 6; i++)
			fprintf(journal->to, "%s%#" PRIx64, i > 1 ? ", " : "", call->x[i]);
		fprintf(journal->to, ") %s", name_of(call));
		return;
	}
	fprintf(journal->to, "%s(", name_of(call));
	for (i = 0; i < call->call.arg_count; i++)
		fprintf(journal->to,
			strcmp(meaning->args[i], "id") == 0 ? "%s%s=%" PRIu64 : "%s%s=%#" PRIx64,
			i ? ", " : "", meaning->args[i], call->call.args[i]);
	fputc(')', journal->to);
	if (call->call.convention == QPAS_SCM_SMC32)
		fputs(" smc32", journal->to);
}

static void put_answer(struct journal *journal, const uint64_t r[8], const char *reason)
{
	int64_t status = (int32_t)r[0];
	bool bad = status < 0 || (*reason && status == 0);
	uint32_t i;

	fprintf(journal->to, " = %s%" PRId64, style_on(journal->to, bad ? STYLE_WARN : STYLE_GOOD),
		status);
	if (status && !*reason)
		fprintf(journal->to, " (%s)", qpas_scm_status_text(status));
	fputs(style_off(journal->to), journal->to);
	for (i = 1; i < 4; i++) {
		if (r[i])
			fprintf(journal->to, " x%" PRIu32 "=%#" PRIx64, i, r[i]);
	}
	if (status == 1)
		fprintf(journal->to, " x6=%#" PRIx64, r[6]);
	if (*reason) {
		fputs(": ", journal->to);
		print_safe(journal->to, reason);
	}
}

static struct json_object *words(const uint64_t *from, uint32_t count)
{
	struct json_object *list = js_array();
	uint32_t i;

	for (i = 0; i < count; i++)
		js_append(list, js_hex(from[i]));
	return list;
}

static struct json_object *call_object(const struct journal *journal,
				       const struct journal_call *call, const uint64_t r[8],
				       const char *reason)
{
	struct json_object *object = line_object(journal);

	js_put(object, "core", js_number(call->core));
	js_put(object, "call", js_text(name_of(call)));
	js_put(object, "args", call->decoded ? NULL : words(call->call.args, call->call.arg_count));
	js_put(object, "x", words(call->x, 8));
	js_put(object, "r", words(r, 8));
	js_put(object, "status", json_object_new_int64((int32_t)r[0]));
	js_put(object, "reason", js_text(*reason ? reason : NULL));
	return object;
}

/* ---- the transcript ---- */

static void add_blob(struct journal_call *call, const struct ram *ram, const char *name,
		     uint64_t address, uint64_t length)
{
	uint8_t *bytes;

	if (!length || length > MOST_METADATA || !ram_has(ram, address, length))
		return;
	bytes = malloc((size_t)length);
	if (!bytes || !ram_read(ram, address, bytes, (size_t)length)) {
		free(bytes);
		return;
	}
	if (!call->blobs)
		call->blobs = js_object();
	js_put(call->blobs, name, js_bytes(bytes, (size_t)length));
	free(bytes);
}

static uint32_t word_at(const uint8_t *bytes, uint32_t offset)
{
	return (uint32_t)bytes[offset] | (uint32_t)bytes[offset + 1] << 8 |
	       (uint32_t)bytes[offset + 2] << 16 | (uint32_t)bytes[offset + 3] << 24;
}

/* Headers and hash segment of an ELF32 image: as much as the trusted world would read. */
static uint64_t metadata_length(const struct ram *ram, uint64_t address)
{
	uint8_t header[52 + 32];
	uint64_t length;
	uint32_t count, i;

	if (!ram_read(ram, address, header, sizeof(header)) || memcmp(header, "\177ELF\1", 5) != 0)
		return 0;
	length = word_at(header, 52 + 16);
	count = word_at(header, 44) & 0xffff;
	for (i = 1; i < count; i++) {
		uint8_t entry[32];

		if (!ram_read(ram, address + 52 + (uint64_t)32 * i, entry, sizeof(entry)))
			return 0;
		if ((word_at(entry, 24) & 0x07000000) == 0x02000000)
			return length + word_at(entry, 16);
	}
	return length;
}

static void keep_memory(struct journal_call *call, const struct ram *ram)
{
	const uint64_t *args = call->call.args;

	if (call->decoded)
		return;
	if (call->call.arg_count > 4)
		add_blob(call, ram, "page", call->call.page_address, QPAS_SCM_PAGE_BYTES);
	if (call->call.function == QPAS_SCM_PAS_INIT_IMAGE)
		add_blob(call, ram, "metadata", args[1], metadata_length(ram, args[1]));
	if (call->call.function == QPAS_SCM_PAS_GET_RSCTABLE && args[2] <= MOST_TABLE)
		add_blob(call, ram, "in", args[1], args[2]);
	if (call->call.function == QPAS_SCM_MP_ASSIGN) {
		add_blob(call, ram, "map", args[0], args[1]);
		add_blob(call, ram, "source", args[2], args[3]);
		add_blob(call, ram, "destination", args[4], args[5]);
	}
}

static void write_record(struct journal *journal, const struct ram *ram, struct journal_call *call,
			 const uint64_t r[8])
{
	const struct meaning *meaning = meaning_of(call);
	struct json_object *object = js_object();

	if (!call->decoded && call->call.function == QPAS_SCM_PAS_GET_RSCTABLE && !r[0] &&
	    r[3] <= call->call.args[4])
		add_blob(call, ram, "out", call->call.args[3], r[3]);
	js_put(object, "op", js_text(meaning ? meaning->slot : "smc"));
	js_put(object, "x", words(call->x, 8));
	js_put(object, "r", words(r, 8));
	js_put(object, "status", json_object_new_int64((int32_t)r[0]));
	if (call->blobs)
		js_put(object, "blobs", call->blobs);
	call->blobs = NULL;
	put_line(journal, journal->record, object);
}

/* A page of arguments is read here for the log alone; the model reads its own copy. */
void journal_begin(struct journal *journal, const struct ram *ram, struct journal_call *call,
		   unsigned core, const uint64_t x[8])
{
	static const struct qpas_scm_call none = QPAS_SCM_CALL_INIT;
	uint8_t page[QPAS_SCM_PAGE_BYTES];
	struct qpas_slice slice = {NULL, 0};
	struct qpas_error err = QPAS_ERROR_INIT;

	memset(call, 0, sizeof(*call));
	call->core = core;
	memcpy(call->x, x, sizeof(call->x));
	call->call = none;
	call->decoded = qpas_scm_decode(x, slice, &call->call, &err);
	if (call->decoded == QPAS_ERR_SPACE &&
	    ram_read(ram, call->call.page_address, page, sizeof(page))) {
		slice.ptr = page;
		slice.len = sizeof(page);
		call->decoded = qpas_scm_decode(x, slice, &call->call, &err);
	}
	if (journal->record)
		keep_memory(call, ram);
}

void journal_end(struct journal *journal, const struct ram *ram, struct journal_call *call,
		 const uint64_t r[8], const char *reason)
{
	if (journal->record)
		write_record(journal, ram, call, r);
	if (journal->json) {
		put_line(journal, journal->to, call_object(journal, call, r, reason));
		return;
	}
	put_time(journal);
	fprintf(journal->to, "cpu%u ", call->core);
	put_args(journal, call);
	put_answer(journal, r, reason);
	end_line(journal);
}

static const char *scmi_name(const struct scmi_said *said)
{
	static const char *const base[] = {"VERSION", "ATTRIBUTES",    "MESSAGE_ATTRIBUTES",
					   "VENDOR",  "SUB_VENDOR",    "IMPLEMENTATION",
					   "LIST",    "DISCOVER_AGENT"};
	static const char *const power[] = {"VERSION", "ATTRIBUTES", "MESSAGE_ATTRIBUTES",
					    "DOMAIN",  "STATE_SET",  "STATE_GET"};

	if (said->protocol == 0x10 && said->message < sizeof(base) / sizeof(base[0]))
		return base[said->message];
	if (said->protocol == 0x11 && said->message < sizeof(power) / sizeof(power[0]))
		return power[said->message];
	return "?";
}

void journal_scmi(struct journal *journal, const struct journal_call *call,
		  const struct board *board, const struct scmi_said *said)
{
	char text[128] = "no message is in shared memory";
	struct json_object *object;

	if (said && said->domain < board->domain_count)
		snprintf(text, sizeof(text), "protocol %#x %s %s = %d, %s", said->protocol,
			 scmi_name(said), board->domains[said->domain], said->status,
			 board->powered[said->domain] ? "on" : "off");
	else if (said)
		snprintf(text, sizeof(text), "protocol %#x %s (%u) = %d", said->protocol,
			 scmi_name(said), said->message, said->status);
	if (!journal->json) {
		put_time(journal);
		fprintf(journal->to, "cpu%u SCMI ", call->core);
		print_safe(journal->to, text);
		end_line(journal);
		return;
	}
	object = line_object(journal);
	js_put(object, "core", js_number(call->core));
	js_put(object, "call", js_text("SCMI"));
	js_put(object, "text", js_text(text));
	put_line(journal, journal->to, object);
}
