/* SPDX-License-Identifier: BSD-3-Clause */
/* Heap and items. All addresses are checked by ram.c; lengths come from here, never from the guest. */
#include "smem.h"

#include <string.h>

/* struct smem_header */
#define VERSIONS      0x40u
#define LOADER	      7u /* index of the boot loader's version */
#define HEAP_VERSION  (11u << 16)
#define INITIALIZED   0xc0u
#define FREE_OFFSET   0xc4u
#define AVAILABLE     0xc8u
#define ENTRIES	      0xd0u
#define ENTRY_BYTES   16u
#define ITEMS	      512u
#define HEAP_START    0x2100u
#define LARGEST_SMEM  (16u << 20)
#define LARGEST_LOCKS (1u << 20)

/* struct smp2p_smem_item */
#define STATE_MAGIC    0x504d5324u
#define STATE_VERSION  4u
#define STATE_PIDS     8u
#define STATE_COUNTS   12u
#define STATE_FLAGS    16u
#define STATE_ENTRIES  20u
#define STATE_ENTRY    20u /* a name, then the word */
#define STATE_MOST     16u
#define STATE_BYTES    (STATE_ENTRIES + STATE_MOST * STATE_ENTRY)
#define ITEM_BYTES     ((STATE_BYTES + 7u) & ~7u)
#define REASON_BYTES   128u
#define FIRST_VERSION  1u
#define HIGHEST_NUMBER 0xffu

/* Items of crash reasons that fit into this heap; others are told without words. */
static uint32_t reason_item(uint32_t pas_id)
{
	static const struct {
		uint32_t pas_id;
		uint32_t item;
	} items[] = {{1, 423}, {4, 421}, {12, 424}};
	size_t i;

	for (i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (items[i].pas_id == pas_id)
			return items[i].item;
	}
	return ITEMS;
}

/* The heap while it is laid out. */
struct heap {
	const struct ram *ram;
	const struct board *board;
	uint32_t next;
	bool full;
};

static uint64_t entry_at(const struct board *board, uint32_t item)
{
	return board->smem + ENTRIES + (uint64_t)item * ENTRY_BYTES;
}

static void add_item(struct heap *heap, uint32_t item, uint32_t bytes)
{
	uint64_t entry = entry_at(heap->board, item);
	uint32_t allocated = 0;

	if (item >= ITEMS || !ram_read32(heap->ram, entry, &allocated) || allocated)
		return;
	if (heap->next + bytes > heap->board->smem_size) {
		heap->full = true;
		return;
	}
	heap->full |= !ram_write32(heap->ram, entry + 4, heap->next) ||
		      !ram_write32(heap->ram, entry + 8, bytes) ||
		      !ram_write32(heap->ram, entry, 1);
	heap->next += bytes;
}

/* Locks are plain words here: one that an earlier boot held would be held for ever. */
static void free_locks(const struct ram *ram, const struct board *board)
{
	if (board->hwlock_size && board->hwlock_size <= LARGEST_LOCKS)
		(void)ram_zero(ram, board->hwlock, board->hwlock_size);
}

bool smem_make(const struct ram *ram, const struct board *board)
{
	struct heap heap = {ram, board, HEAP_START, false};
	uint64_t at = board->smem;
	uint32_t i;

	free_locks(ram, board);
	if (!board->smem_size)
		return true;
	if (board->smem_size < HEAP_START || board->smem_size > LARGEST_SMEM ||
	    !ram_zero(ram, at, board->smem_size))
		return false;
	for (i = 0; i < board->processor_count; i++) {
		const struct board_processor *processor = &board->processors[i];

		if (processor->doorbell == BOARD_NO_SPI)
			continue;
		add_item(&heap, processor->item_in, ITEM_BYTES);
		add_item(&heap, reason_item(processor->pas_id), REASON_BYTES);
	}
	return !heap.full && ram_write32(ram, at + VERSIONS + 4 * LOADER, HEAP_VERSION) &&
	       ram_write32(ram, at + FREE_OFFSET, heap.next) &&
	       ram_write32(ram, at + AVAILABLE, (uint32_t)board->smem_size - heap.next) &&
	       ram_write32(ram, at + INITIALIZED, 1);
}

/* Where an item of at least this size stands: the kernel writes the table, too. */
static bool find_item(const struct ram *ram, const struct board *board, uint32_t item,
		      uint32_t bytes, uint64_t *address)
{
	uint64_t entry = entry_at(board, item);
	uint32_t allocated = 0, offset = 0, size = 0;

	if (item >= ITEMS || board->smem_size < HEAP_START || !ram_read32(ram, entry, &allocated) ||
	    !allocated || !ram_read32(ram, entry + 4, &offset) ||
	    !ram_read32(ram, entry + 8, &size) || size < bytes || offset % 4 ||
	    offset > board->smem_size || size > board->smem_size - offset)
		return false;
	*address = board->smem + offset;
	return true;
}

bool smem_get_state(const struct ram *ram, const struct board *board,
		    const struct board_processor *processor, uint32_t *state)
{
	uint32_t magic = 0, counts = 0, i;
	uint64_t item;

	if (!find_item(ram, board, processor->item_out, STATE_BYTES, &item) ||
	    !ram_read32(ram, item, &magic) || magic != STATE_MAGIC ||
	    !ram_read32(ram, item + STATE_COUNTS, &counts))
		return false;
	for (i = 0; i < counts >> 16 && i < STATE_MOST; i++) {
		uint64_t entry = item + STATE_ENTRIES + (uint64_t)i * STATE_ENTRY;
		char name[BOARD_NAME];

		if (ram_read(ram, entry, name, sizeof(name)) &&
		    strncmp(name, processor->entry_out, sizeof(name)) == 0)
			return ram_read32(ram, entry + BOARD_NAME, state);
	}
	return false;
}

/* Both sides must speak one version; the kernel's stands in its item. No features are offered. */
static uint32_t version_of_kernel(const struct ram *ram, const struct board *board,
				  const struct board_processor *processor)
{
	uint32_t version = FIRST_VERSION;
	uint64_t item;

	if (find_item(ram, board, processor->item_out, STATE_BYTES, &item))
		(void)ram_read32(ram, item + STATE_VERSION, &version);
	version &= HIGHEST_NUMBER;
	return version ? version : FIRST_VERSION;
}

/* The word goes first and the version last: the kernel looks at nothing before it. */
bool smem_set_state(const struct ram *ram, const struct board *board,
		    const struct board_processor *processor, uint32_t state)
{
	uint64_t item;

	return find_item(ram, board, processor->item_in, STATE_BYTES, &item) &&
	       ram_write32(ram, item + STATE_ENTRIES + BOARD_NAME, state) &&
	       ram_write(ram, item + STATE_ENTRIES, processor->entry_in, BOARD_NAME) &&
	       ram_write32(ram, item + STATE_PIDS, processor->remote_pid) &&
	       ram_write32(ram, item + STATE_COUNTS, STATE_MOST | 1u << 16) &&
	       ram_write32(ram, item + STATE_FLAGS, 0) && ram_write32(ram, item, STATE_MAGIC) &&
	       ram_write32(ram, item + STATE_VERSION, version_of_kernel(ram, board, processor));
}

uint32_t smem_last_state(const struct ram *ram, const struct board *board,
			 const struct board_processor *processor)
{
	uint32_t magic = 0, state = 0;
	uint64_t item;

	if (!find_item(ram, board, processor->item_in, STATE_BYTES, &item) ||
	    !ram_read32(ram, item, &magic) || magic != STATE_MAGIC ||
	    !ram_read32(ram, item + STATE_ENTRIES + BOARD_NAME, &state))
		return 0;
	return state;
}

void smem_set_reason(const struct ram *ram, const struct board *board,
		     const struct board_processor *processor, const char *text)
{
	char padded[REASON_BYTES] = {0};
	uint64_t item;

	if (!find_item(ram, board, reason_item(processor->pas_id), REASON_BYTES, &item))
		return;
	strncpy(padded, text, sizeof(padded) - 1);
	(void)ram_write(ram, item, padded, sizeof(padded));
}
