/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages are copied out of shared memory, answered, and copied back; the status word goes last. */
#include "scmi.h"

#include <string.h>

/* Shared memory, 5.1.2. */
#define STATUS	    4u
#define STATUS_FREE 1u
#define LENGTH	    20u
#define HEADER	    24u
#define PAYLOAD	    28u

#define PROTOCOL_BASE  0x10u
#define PROTOCOL_POWER 0x11u
#define VERSION_BASE   0x20000u
#define VERSION_POWER  0x20000u

enum { SUCCESS = 0, NOT_SUPPORTED = -1, INVALID_PARAMETERS = -2, NOT_FOUND = -4 };

/* Messages that both protocols have, and those of one. */
enum { VERSION = 0, ATTRIBUTES = 1, MESSAGE_ATTRIBUTES = 2 };
enum {
	BASE_VENDOR = 3,
	BASE_SUB_VENDOR = 4,
	BASE_IMPLEMENTATION = 5,
	BASE_PROTOCOLS = 6,
	BASE_AGENT = 7
};
enum { POWER_DOMAIN = 3, POWER_SET = 4, POWER_GET = 5 };

#define POWER_STATE_OFF (1u << 30)
#define POWER_IS_SYNC	(1u << 29)
#define MOST_WORDS	8u
#define TEXT_WORDS	4u
#define LEAST_BYTES	(PAYLOAD + 4 * MOST_WORDS)

struct message {
	uint32_t in[3];
	uint32_t in_words;
	uint32_t out[MOST_WORDS]; /* the status first */
	uint32_t out_words;
};

static int32_t put(struct message *message, uint32_t word)
{
	message->out[message->out_words++] = word;
	return SUCCESS;
}

static int32_t put_text(struct message *message, const char *text)
{
	char padded[TEXT_WORDS * 4] = {0};
	uint32_t i;

	strncpy(padded, text, sizeof(padded) - 1);
	for (i = 0; i < TEXT_WORDS; i++) {
		uint32_t word;

		memcpy(&word, padded + 4 * i, sizeof(word));
		put(message, word);
	}
	return SUCCESS;
}

/* The list counts from the protocol that was skipped last: there is one besides the base. */
static int32_t list_protocols(struct message *message)
{
	if (message->in_words < 1)
		return INVALID_PARAMETERS;
	if (message->in[0])
		return put(message, 0);
	put(message, 1);
	return put(message, PROTOCOL_POWER);
}

static int32_t answer_base(struct message *message, uint32_t id)
{
	switch (id) {
	case VERSION:
		return put(message, VERSION_BASE);
	case ATTRIBUTES:
		return put(message, 1 | 1 << 8); /* one protocol, one agent */
	case MESSAGE_ATTRIBUTES:
		if (message->in_words < 1)
			return INVALID_PARAMETERS;
		return message->in[0] <= BASE_AGENT ? put(message, 0) : NOT_FOUND;
	case BASE_VENDOR:
		return put_text(message, "libqpas");
	case BASE_SUB_VENDOR:
		return put_text(message, "tzsim");
	case BASE_IMPLEMENTATION:
		return put(message, 1);
	case BASE_PROTOCOLS:
		return list_protocols(message);
	case BASE_AGENT:
		put(message, 0);
		return put_text(message, "guest");
	default:
		return NOT_SUPPORTED;
	}
}

static int32_t answer_domain(struct message *message, const struct board *board, uint32_t domain)
{
	put(message, POWER_IS_SYNC);
	return put_text(message, board->domains[domain]);
}

static int32_t set_state(struct message *message, struct board *board, uint32_t domain)
{
	if (message->in_words < 3)
		return INVALID_PARAMETERS;
	board->powered[domain] = !(message->in[2] & POWER_STATE_OFF);
	return SUCCESS;
}

/* Words of a message that names a domain; `at` is where. */
static int32_t answer_power_of(struct message *message, struct board *board, uint32_t id,
			       struct scmi_said *said)
{
	uint32_t at = id == POWER_SET ? 1 : 0;

	if (message->in_words <= at)
		return INVALID_PARAMETERS;
	said->domain = message->in[at];
	if (said->domain >= board->domain_count)
		return NOT_FOUND;
	if (id == POWER_DOMAIN)
		return answer_domain(message, board, said->domain);
	if (id == POWER_SET)
		return set_state(message, board, said->domain);
	return put(message, board->powered[said->domain] ? 0 : POWER_STATE_OFF);
}

static int32_t answer_power(struct message *message, struct board *board, uint32_t id,
			    struct scmi_said *said)
{
	switch (id) {
	case VERSION:
		return put(message, VERSION_POWER);
	case ATTRIBUTES:
		put(message, board->domain_count);
		put(message, 0);
		put(message, 0);
		return put(message, 0);
	case MESSAGE_ATTRIBUTES:
		if (message->in_words < 1)
			return INVALID_PARAMETERS;
		return message->in[0] <= POWER_GET ? put(message, 0) : NOT_FOUND;
	case POWER_DOMAIN:
	case POWER_SET:
	case POWER_GET:
		return answer_power_of(message, board, id, said);
	default:
		return NOT_SUPPORTED;
	}
}

static bool fetch(const struct ram *ram, const struct board *board, struct message *message,
		  uint32_t *header)
{
	uint32_t length = 0, i;

	memset(message, 0, sizeof(*message));
	message->out_words = 1;
	if (board->scmi_size < LEAST_BYTES || !ram_read32(ram, board->scmi + HEADER, header) ||
	    !ram_read32(ram, board->scmi + LENGTH, &length))
		return false;
	/* The length counts the header. */
	for (i = 0; i < sizeof(message->in) / sizeof(message->in[0]) && 4 * i + 8 <= length; i++) {
		if (!ram_read32(ram, board->scmi + PAYLOAD + 4 * i, &message->in[i]))
			return false;
		message->in_words++;
	}
	return true;
}

static bool give(const struct ram *ram, const struct board *board, const struct message *message)
{
	uint32_t i;

	for (i = 0; i < message->out_words; i++) {
		if (!ram_write32(ram, board->scmi + PAYLOAD + 4 * i, message->out[i]))
			return false;
	}
	return ram_write32(ram, board->scmi + LENGTH, 4 + 4 * message->out_words) &&
	       ram_write32(ram, board->scmi + STATUS, STATUS_FREE);
}

bool scmi_make(const struct ram *ram, const struct board *board)
{
	if (!board->scmi_function)
		return true;
	return board->scmi_size >= LEAST_BYTES && ram_zero(ram, board->scmi, LEAST_BYTES) &&
	       ram_write32(ram, board->scmi + STATUS, STATUS_FREE);
}

bool scmi_answer(const struct ram *ram, struct board *board, struct scmi_said *said)
{
	struct message message;
	uint32_t header = 0;

	if (!fetch(ram, board, &message, &header))
		return false;
	said->message = header & 0xff;
	said->protocol = header >> 10 & 0xff;
	said->domain = UINT32_MAX;
	switch (said->protocol) {
	case PROTOCOL_BASE:
		said->status = answer_base(&message, said->message);
		break;
	case PROTOCOL_POWER:
		said->status = answer_power(&message, board, said->message, said);
		break;
	default:
		said->status = NOT_SUPPORTED;
	}
	if (said->status != SUCCESS)
		message.out_words = 1;
	message.out[0] = (uint32_t)said->status;
	return give(ram, board, &message);
}
