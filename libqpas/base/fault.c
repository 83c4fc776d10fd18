/* SPDX-License-Identifier: BSD-3-Clause */
/* Turns message numbers and facts into error objects and sentences, without a C library. */
#include "base/fault.h"

#include "base/mem.h"

struct message {
	uint32_t number;
	int32_t class;
	const char *pattern;
};

static const struct message messages[] = {
#define QPASI_MESSAGE(number, name, class, pattern) {number, QPAS_ERR_##class, pattern},
#include "base/messages.def"
#undef QPASI_MESSAGE
};

#define MESSAGE_COUNT (sizeof(messages) / sizeof(messages[0]))

static const struct message *find_message(uint32_t number)
{
	for (size_t i = 0; i < MESSAGE_COUNT; i++) {
		if (messages[i].number == number)
			return &messages[i];
	}
	return NULL;
}

const char *qpas_message_text(uint32_t message_id)
{
	const struct message *message = find_message(message_id);

	return message ? message->pattern : "";
}

int qpasi_message_class(uint32_t number)
{
	const struct message *message = find_message(number);

	return message ? message->class : QPAS_ERR_BACKEND;
}

/* A text buffer that drops what does not fit and always has room for its NUL. */
struct text {
	char *to;
	size_t capacity;
	size_t length;
};

static void put_char(struct text *text, char c)
{
	if (text->length + 1 < text->capacity)
		text->to[text->length++] = c;
}

static void put_number(struct text *text, uint64_t value, unsigned int base)
{
	static const char digits[] = "0123456789abcdef";
	char reversed[20];
	size_t n = 0;

	do {
		reversed[n++] = digits[value % base];
		value /= base;
	} while (value);
	while (n)
		put_char(text, reversed[--n]);
}

static void put_hex(struct text *text, uint64_t value)
{
	put_char(text, '0');
	put_char(text, 'x');
	put_number(text, value, 16);
}

/* Names come from files and device trees: nothing of them may steer a terminal. */
static void put_escaped(struct text *text, const char *s)
{
	for (; s && *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x20 && c < 0x7f && c != '\\') {
			put_char(text, *s);
			continue;
		}
		put_char(text, '\\');
		put_char(text, 'x');
		put_char(text, "0123456789abcdef"[c >> 4]);
		put_char(text, "0123456789abcdef"[c & 15]);
	}
}

static void put_signed(struct text *text, int64_t value)
{
	if (value < 0) {
		put_char(text, '-');
		put_number(text, (uint64_t)0 - (uint64_t)value, 10);
		return;
	}
	put_number(text, (uint64_t)value, 10);
}

/* The fields of messages.def, in the order of field_names. */
enum field { SEGMENT, OFFSET, A_HEX, B_HEX, STATUS, A, B, S, T, FIELDS };

static const char field_names[FIELDS][4] = {"seg", "off", "xa", "xb", "tz", "a", "b", "s", "t"};

/* FIELDS for a name that is none. */
static enum field find_field(const char *name, size_t length)
{
	unsigned int i = 0;

	while (i < FIELDS && (length >= sizeof(field_names[i]) ||
			      memcmp(name, field_names[i], length) || field_names[i][length]))
		i++;
	return (enum field)i;
}

static void put_field(struct text *text, enum field field, const struct qpasi_fault *fault)
{
	switch (field) {
	case SEGMENT:
		put_number(text, fault->segment, 10);
		break;
	case OFFSET:
		put_hex(text, fault->offset);
		break;
	case A_HEX:
		put_hex(text, fault->a);
		break;
	case B_HEX:
		put_hex(text, fault->b);
		break;
	case STATUS:
		put_signed(text, fault->tz_status);
		break;
	case A:
		put_number(text, fault->a, 10);
		break;
	case B:
		put_number(text, fault->b, 10);
		break;
	case S:
		put_escaped(text, fault->s);
		break;
	case T:
		put_escaped(text, fault->t);
		break;
	default:
		break;
	}
}

size_t qpasi_fault_text(const struct qpasi_fault *fault, char *to, size_t capacity)
{
	const char *pattern = qpas_message_text(fault->message);
	struct text text = {to, capacity, 0};

	if (!capacity)
		return 0;
	for (; *pattern; pattern++) {
		size_t length = 0;

		if (*pattern != '{') {
			put_char(&text, *pattern);
			continue;
		}
		pattern++;
		while (pattern[length] && pattern[length] != '}')
			length++;
		put_field(&text, find_field(pattern, length), fault);
		pattern += length;
		if (!*pattern)
			break;
	}
	to[text.length] = '\0';
	return text.length;
}

int qpasi_fault_at(struct qpasi_fault *fault, uint32_t message, uint32_t segment, uint64_t offset,
		   uint64_t a, uint64_t b)
{
	if (fault) {
		struct qpasi_fault fresh = QPASI_FAULT_INIT;

		*fault = fresh;
		fault->message = message;
		fault->segment = segment;
		fault->offset = offset;
		fault->a = a;
		fault->b = b;
	}
	return qpasi_message_class(message);
}

int qpasi_fault_set(struct qpasi_fault *fault, uint32_t message, uint32_t segment, uint64_t a,
		    uint64_t b)
{
	return qpasi_fault_at(fault, message, segment, 0, a, b);
}

int qpasi_fault_report(const struct qpasi_fault *fault, uint32_t stage, struct qpas_error *err)
{
	int class = qpasi_message_class(fault->message);

	if (!err)
		return class;
	err->code = class;
	err->message_id = fault->message;
	err->stage = fault->stage ? fault->stage : stage;
	err->os_errno = fault->os_errno;
	err->segment = fault->segment;
	err->offset = fault->offset;
	err->tz_status = fault->tz_status;
	memcpy(err->tz_result, fault->tz_result, sizeof(err->tz_result));
	(void)qpasi_fault_text(fault, err->text, sizeof(err->text));
	return class;
}

int qpasi_error_set(struct qpas_error *err, uint32_t message, uint32_t stage, const char *s)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = message;
	fault.s = s;
	return qpasi_fault_report(&fault, stage, err);
}

int qpasi_error_numbers(struct qpas_error *err, uint32_t message, uint32_t stage, uint64_t a,
			uint64_t b)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = message;
	fault.a = a;
	fault.b = b;
	return qpasi_fault_report(&fault, stage, err);
}

int qpasi_error_begin(struct qpas_error *err)
{
	if (!err)
		return 0;
	if (err->size < sizeof(*err) || err->size > QPASI_ABI_SIZE_MAX)
		return QPAS_ERR_ABI;
	err->code = 0;
	return 0;
}

int qpasi_abi_check(const void *object, size_t v1, size_t known, struct qpas_error *err)
{
	uint32_t size;

	memcpy(&size, object, sizeof(size));
	if (size < v1 || size > QPASI_ABI_SIZE_MAX)
		return qpasi_error_numbers(err, QPASI_MSG_ABI_SIZE, QPAS_STAGE_NONE, size, v1);
	if (size > known && !qpasi_mem_all((const uint8_t *)object + known, 0, size - known))
		return qpasi_error_numbers(err, QPASI_MSG_ABI_TAIL, QPAS_STAGE_NONE, size, known);
	return 0;
}
