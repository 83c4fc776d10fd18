/* SPDX-License-Identifier: BSD-3-Clause */
/* Header and token checks. Layout: Devicetree Specification 0.4, chapter 5. */
#include "platform/scan.h"

#include <string.h>

#include "base/ckd.h"
#include "base/mem.h"

#define MAGIC		  0xd00dfeedu
#define VERSION		  17u
#define HEADER_BYTES	  40u
#define RESERVATION_BYTES 16u

#define TOKEN_NOP 4u

/*
 * A property's name with its NUL. Many properties may share one string, so that time would grow
 * with its length times their number. Real names have up to 60 bytes.
 */
#define NAME_BYTES 256u

/* Places in the header. */
enum {
	AT_MAGIC = 0,
	AT_TOTAL = 4,
	AT_STRUCTURE = 8,
	AT_STRINGS = 12,
	AT_RESERVATIONS = 16,
	AT_VERSION = 20,
	AT_LAST_COMPATIBLE = 24,
	AT_STRINGS_SIZE = 32,
	AT_STRUCTURE_SIZE = 36
};

uint32_t qpasi_scan_be32(const void *from)
{
	const uint8_t *byte = from;

	return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

static uint32_t field(struct qpas_slice bytes, size_t at)
{
	return qpasi_scan_be32((const uint8_t *)bytes.ptr + at);
}

static int damaged(struct qpasi_fault *fault, const char *why, uint64_t offset)
{
	int class = qpasi_fault_at(fault, QPASI_MSG_DTB_FORMAT, QPAS_NO_SEGMENT, offset, 0, 0);

	fault->s = why;
	return class;
}

/* The list of reservations must end inside the tree: libfdt walks it before it knows the end. */
static int check_reservations(struct qpas_slice bytes, struct qpasi_fault *fault)
{
	uint64_t at = field(bytes, AT_RESERVATIONS);

	if (at < HEADER_BYTES || at % 8 != 0)
		return damaged(fault, "the reservation list starts at a wrong place",
			       AT_RESERVATIONS);
	for (; qpasi_fits(at, RESERVATION_BYTES, bytes.len); at += RESERVATION_BYTES) {
		if (qpasi_mem_all((const uint8_t *)bytes.ptr + at, 0, RESERVATION_BYTES))
			return 0;
	}
	return damaged(fault, "the reservation list does not end", AT_RESERVATIONS);
}

/* Offsets and sizes are 32 bits each: sums of them are never formed. */
static int check_blocks(struct qpas_slice bytes, struct qpasi_fault *fault)
{
	uint32_t structure = field(bytes, AT_STRUCTURE);
	uint32_t strings = field(bytes, AT_STRINGS);

	if (structure < HEADER_BYTES || structure % 4 != 0 ||
	    !qpasi_fits(structure, field(bytes, AT_STRUCTURE_SIZE), bytes.len))
		return damaged(fault, "the structure block lies outside", AT_STRUCTURE);
	if (strings < HEADER_BYTES ||
	    !qpasi_fits(strings, field(bytes, AT_STRINGS_SIZE), bytes.len))
		return damaged(fault, "the strings block lies outside", AT_STRINGS);
	return check_reservations(bytes, fault);
}

/* Nothing of the input beyond its first 40 bytes is looked at before the size is proven. */
int qpasi_scan_header(struct qpas_slice bytes, uint32_t limit, struct qpasi_fault *fault)
{
	uint32_t total;

	if (!bytes.ptr || bytes.len < HEADER_BYTES)
		return qpasi_fault_set(fault, QPASI_MSG_DTB_SHORT, QPAS_NO_SEGMENT,
				       bytes.ptr ? bytes.len : 0, HEADER_BYTES);
	if (field(bytes, AT_MAGIC) != MAGIC)
		return qpasi_fault_set(fault, QPASI_MSG_DTB_MAGIC, QPAS_NO_SEGMENT,
				       field(bytes, AT_MAGIC), 0);
	if (bytes.len > limit)
		return qpasi_fault_set(fault, QPASI_MSG_DTB_LIMIT, QPAS_NO_SEGMENT, bytes.len,
				       limit);
	total = field(bytes, AT_TOTAL);
	if (total != bytes.len)
		return qpasi_fault_at(fault, QPASI_MSG_DTB_TOTAL, QPAS_NO_SEGMENT, AT_TOTAL, total,
				      bytes.len);
	if (field(bytes, AT_VERSION) != VERSION || field(bytes, AT_LAST_COMPATIBLE) > VERSION)
		return qpasi_fault_at(fault, QPASI_MSG_DTB_VERSION, QPAS_NO_SEGMENT, AT_VERSION,
				      field(bytes, AT_VERSION), 0);
	return check_blocks(bytes, fault);
}

struct qpasi_scanner qpasi_scan_start(struct qpas_slice bytes)
{
	struct qpasi_scanner scanner = {0};
	const uint8_t *base = bytes.ptr;

	scanner.structure.ptr = base + field(bytes, AT_STRUCTURE);
	scanner.structure.len = field(bytes, AT_STRUCTURE_SIZE);
	scanner.strings.ptr = base + field(bytes, AT_STRINGS);
	scanner.strings.len = field(bytes, AT_STRINGS_SIZE);
	return scanner;
}

static const uint8_t *here(const struct qpasi_scanner *scanner)
{
	return (const uint8_t *)scanner->structure.ptr + scanner->at;
}

/* Moves over bytes and the padding behind them. */
static bool advance(struct qpasi_scanner *scanner, uint64_t bytes)
{
	uint64_t padded;

	if (qpasi_ckd_align_up(&padded, bytes, 4) ||
	    !qpasi_fits(scanner->at, padded, scanner->structure.len))
		return false;
	scanner->at += (uint32_t)padded;
	return true;
}

/* A name ends inside the structure block, whatever stands behind the block. */
static int read_node(struct qpasi_scanner *scanner, struct qpasi_scan_token *token,
		     struct qpasi_fault *fault)
{
	size_t room = scanner->structure.len - scanner->at;
	size_t length = strnlen((const char *)here(scanner), room);

	token->name = (const char *)here(scanner);
	if (length == room || !advance(scanner, (uint64_t)length + 1))
		return damaged(fault, "a node name does not end", token->offset);
	/* It would make two nodes share one path. */
	if (strchr(token->name, '/'))
		return damaged(fault, "a node name has a slash", token->offset);
	return 0;
}

/* Lengths near 2^32 make libfdt before 1.7.0 wrap: they end here. */
static int read_property(struct qpasi_scanner *scanner, struct qpasi_scan_token *token,
			 struct qpasi_fault *fault)
{
	const uint8_t *head = here(scanner);
	uint32_t name;
	size_t room;

	if (!advance(scanner, 8))
		return damaged(fault, "a property has no room for its head", token->offset);
	token->value.len = qpasi_scan_be32(head);
	token->value.ptr = here(scanner);
	if (!advance(scanner, token->value.len))
		return damaged(fault, "a property is longer than the tree", token->offset);
	name = qpasi_scan_be32(head + 4);
	if (name >= scanner->strings.len)
		return damaged(fault, "a property's name lies outside the strings", token->offset);
	token->name = (const char *)scanner->strings.ptr + name;
	room = scanner->strings.len - name;
	if (room > NAME_BYTES)
		room = NAME_BYTES;
	if (strnlen(token->name, room) == room)
		return damaged(fault, "a property's name does not end", token->offset);
	return 0;
}

int qpasi_scan_next(struct qpasi_scanner *scanner, struct qpasi_scan_token *token,
		    struct qpasi_fault *fault)
{
	static const struct qpasi_scan_token none;

	do {
		*token = none;
		token->offset = scanner->at;
		if (!qpasi_fits(scanner->at, 4, scanner->structure.len))
			return damaged(fault, "the structure block has no end", scanner->at);
		token->kind = qpasi_scan_be32(here(scanner));
		scanner->at += 4;
	} while (token->kind == TOKEN_NOP);

	switch (token->kind) {
	case QPASI_SCAN_NODE:
		return read_node(scanner, token, fault);
	case QPASI_SCAN_PROPERTY:
		return read_property(scanner, token, fault);
	case QPASI_SCAN_NODE_END:
	case QPASI_SCAN_END:
		return 0;
	default:
		return damaged(fault, "an unknown token", token->offset);
	}
}

uint32_t qpasi_scan_handle(const struct qpasi_scan_token *token)
{
	uint32_t handle;

	if (token->kind != QPASI_SCAN_PROPERTY || token->value.len != 4 ||
	    (strcmp(token->name, "phandle") != 0 && strcmp(token->name, "linux,phandle") != 0))
		return 0;
	handle = qpasi_scan_be32(token->value.ptr);
	return handle == UINT32_MAX ? 0 : handle;
}

/* Where a walk over the tokens stands. */
struct nesting {
	uint32_t depth;
	uint32_t limit;
	/* Properties may stand only before the first child: libfdt does not see later ones. */
	bool in_properties;
};

static int enter_node(struct nesting *nesting, const struct qpasi_scan_token *token,
		      struct qpasi_scan_counts *counts, struct qpasi_fault *fault)
{
	/* libfdt takes whatever stands at offset 0 for the root. */
	if (nesting->depth == 0 && (token->offset != 0 || token->name[0]))
		return damaged(fault, "there is not exactly one root", token->offset);
	if (nesting->depth > 0 && !token->name[0])
		return damaged(fault, "a node has no name", token->offset);
	if (nesting->depth == nesting->limit)
		return qpasi_fault_at(fault, QPASI_MSG_DTB_DEPTH, QPAS_NO_SEGMENT, token->offset,
				      nesting->limit, 0);
	nesting->depth++;
	nesting->in_properties = true;
	counts->nodes++;
	return 0;
}

/* Depth and order; what tokens say is for others. */
static int check_token(struct nesting *nesting, const struct qpasi_scan_token *token,
		       struct qpasi_scan_counts *counts, struct qpasi_fault *fault)
{
	switch (token->kind) {
	case QPASI_SCAN_NODE:
		return enter_node(nesting, token, counts, fault);
	case QPASI_SCAN_NODE_END:
		if (nesting->depth == 0)
			return damaged(fault, "a node ends that did not begin", token->offset);
		nesting->depth--;
		nesting->in_properties = false;
		return 0;
	case QPASI_SCAN_PROPERTY:
		if (!nesting->in_properties)
			return damaged(fault, "a property stands outside its node", token->offset);
		if (qpasi_scan_handle(token))
			counts->handles++;
		return 0;
	default:
		if (nesting->depth != 0 || counts->nodes == 0)
			return damaged(fault, "the tree ends inside a node", token->offset);
		return 0;
	}
}

int qpasi_scan_tree(struct qpas_slice bytes, uint32_t depth, struct qpasi_scan_counts *counts,
		    struct qpasi_fault *fault)
{
	struct qpasi_scanner scanner = qpasi_scan_start(bytes);
	struct nesting nesting = {0, depth, false};
	struct qpasi_scan_token token;
	int ret;

	counts->nodes = 0;
	counts->handles = 0;
	do {
		ret = qpasi_scan_next(&scanner, &token, fault);
		if (!ret)
			ret = check_token(&nesting, &token, counts, fault);
	} while (!ret && token.kind != QPASI_SCAN_END);
	return ret;
}
