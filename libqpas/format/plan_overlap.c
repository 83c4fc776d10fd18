/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which ranges of an image overlap, in memory and in the file: sorted events instead of pairs, so
 * that 256 crafted headers cost no more than 256 honest ones.
 */
#include "format/plan.h"

#include "base/ckd.h"
#include "base/mem.h"

/* What a list of header indices is sorted by. */
enum key {
	KEY_DATA_START,
	KEY_DATA_END, /* where the zero-filled tail starts */
	KEY_TAIL_END,
	KEY_FILE_START
};

struct list {
	const struct qpasi_elf *elf;
	enum key key;
	uint32_t count;
	uint8_t index[QPASI_ELF_MAX_PHDRS];
};

static uint64_t data_size(const struct qpasi_phdr *phdr)
{
	return phdr->filesz < phdr->memsz ? phdr->filesz : phdr->memsz;
}

static uint64_t key_of(const struct list *list, uint32_t at)
{
	const struct qpasi_phdr *phdr = &list->elf->phdr[list->index[at]];

	switch (list->key) {
	case KEY_DATA_START:
		return phdr->paddr;
	case KEY_DATA_END:
		return phdr->paddr + data_size(phdr);
	case KEY_TAIL_END:
		return phdr->paddr + phdr->memsz;
	case KEY_FILE_START:
		break;
	}
	return phdr->offset;
}

static void swap(struct list *list, uint32_t a, uint32_t b)
{
	uint8_t kept = list->index[a];

	list->index[a] = list->index[b];
	list->index[b] = kept;
}

static void sift_down(struct list *list, uint32_t root, uint32_t count)
{
	for (;;) {
		uint32_t child = 2 * root + 1;

		if (child >= count)
			return;
		if (child + 1 < count && key_of(list, child + 1) > key_of(list, child))
			child++;
		if (key_of(list, root) >= key_of(list, child))
			return;
		swap(list, root, child);
		root = child;
	}
}

/* Heapsort: n log n for every input, no recursion, no memory. */
static void sort(struct list *list)
{
	for (uint32_t root = list->count / 2; root-- > 0;)
		sift_down(list, root, list->count);
	for (uint32_t end = list->count; end > 1; end--) {
		swap(list, 0, end - 1);
		sift_down(list, 0, end - 1);
	}
}

static void fill(struct list *list, const struct qpasi_elf *elf, enum key key)
{
	list->elf = elf;
	list->key = key;
	list->count = 0;
	for (uint32_t i = 0; i < elf->phnum; i++) {
		const struct qpasi_phdr *phdr = &elf->phdr[i];

		if (key == KEY_FILE_START ? phdr->filesz != 0 : qpasi_phdr_is_loadable(phdr))
			list->index[list->count++] = (uint8_t)i;
	}
	sort(list);
}

/* The segments whose range is open at the sweep's address. */
struct set {
	uint64_t bits[QPASI_ELF_MAX_PHDRS / 64];
};

static void set_put(struct set *set, uint32_t index, bool member)
{
	uint64_t bit = UINT64_C(1) << (index % 64);

	if (member)
		set->bits[index / 64] |= bit;
	else
		set->bits[index / 64] &= ~bit;
}

/* Lowest member, or QPAS_NO_SEGMENT. */
static uint32_t set_lowest(const struct set *set)
{
	for (uint32_t i = 0; i < QPASI_ELF_MAX_PHDRS / 64; i++) {
		if (set->bits[i])
			return i * 64 + (uint32_t)__builtin_ctzll(set->bits[i]);
	}
	return QPAS_NO_SEGMENT;
}

/* Highest member, or QPAS_NO_SEGMENT. */
static uint32_t set_highest(const struct set *set)
{
	for (uint32_t i = QPASI_ELF_MAX_PHDRS / 64; i-- > 0;) {
		if (set->bits[i])
			return i * 64 + 63 - (uint32_t)__builtin_clzll(set->bits[i]);
	}
	return QPAS_NO_SEGMENT;
}

struct sweep {
	const struct qpasi_elf *elf;
	struct set data;
	struct set tails;
	struct qpasi_plan_overlap *overlap;
};

static void note_data(struct sweep *sweep, uint32_t a, uint32_t b, uint64_t address)
{
	struct qpasi_plan_overlap *overlap = sweep->overlap;

	if (overlap->data)
		return;
	overlap->data = true;
	overlap->data_pair[0] = a < b ? a : b;
	overlap->data_pair[1] = a < b ? b : a;
	overlap->data_address = address;
}

/* A tail and data meet: the later header decides whether data are erased or the tail is covered. */
static void note_tail(struct sweep *sweep, uint32_t tail, uint32_t data, uint64_t address)
{
	struct qpasi_plan_overlap *overlap = sweep->overlap;

	if (tail < data) {
		overlap->tail_covered = true;
	} else if (!overlap->tail_erases) {
		overlap->tail_erases = true;
		overlap->erase_pair[0] = data;
		overlap->erase_pair[1] = tail;
		overlap->erase_address = address;
	}
}

static void open_data(struct sweep *sweep, uint32_t index, uint64_t address)
{
	uint32_t other = set_lowest(&sweep->data);

	if (data_size(&sweep->elf->phdr[index]) == 0)
		return;
	if (other != QPAS_NO_SEGMENT)
		note_data(sweep, index, other, address);
	other = set_highest(&sweep->tails);
	if (other != QPAS_NO_SEGMENT && other > index)
		note_tail(sweep, other, index, address);
	other = set_lowest(&sweep->tails);
	if (other != QPAS_NO_SEGMENT && other < index)
		note_tail(sweep, other, index, address);
	set_put(&sweep->data, index, true);
}

static void open_tail(struct sweep *sweep, uint32_t index, uint64_t address)
{
	uint32_t other = set_lowest(&sweep->data);

	if (data_size(&sweep->elf->phdr[index]) == sweep->elf->phdr[index].memsz)
		return;
	if (other != QPAS_NO_SEGMENT && other < index)
		note_tail(sweep, index, other, address);
	other = set_highest(&sweep->data);
	if (other != QPAS_NO_SEGMENT && other > index)
		note_tail(sweep, index, other, address);
	set_put(&sweep->tails, index, true);
}

static void close_data(struct sweep *sweep, uint32_t index, uint64_t address)
{
	(void)address;
	set_put(&sweep->data, index, false);
}

static void close_tail(struct sweep *sweep, uint32_t index, uint64_t address)
{
	(void)address;
	set_put(&sweep->tails, index, false);
}

/* Shows the events of a list at one address to `visit` and returns where the next ones start. */
static uint32_t visit_equal(const struct list *list, uint32_t at, uint64_t address,
			    struct sweep *sweep,
			    void (*visit)(struct sweep *sweep, uint32_t index, uint64_t address))
{
	for (; at < list->count && key_of(list, at) == address; at++)
		visit(sweep, list->index[at], address);
	return at;
}

static uint64_t earlier(const struct list *list, uint32_t at, uint64_t address)
{
	uint64_t key;

	if (at >= list->count)
		return address;
	key = key_of(list, at);
	return key < address ? key : address;
}

void qpasi_plan_overlaps(const struct qpasi_elf *elf, struct qpasi_plan_overlap *overlap)
{
	struct sweep sweep;
	struct list starts;
	struct list middles;
	struct list ends;
	uint32_t s = 0;
	uint32_t m = 0;
	uint32_t e = 0;

	memset(overlap, 0, sizeof(*overlap));
	memset(&sweep, 0, sizeof(sweep));
	sweep.elf = elf;
	sweep.overlap = overlap;
	fill(&starts, elf, KEY_DATA_START);
	fill(&middles, elf, KEY_DATA_END);
	fill(&ends, elf, KEY_TAIL_END);
	while (e < ends.count) {
		uint64_t address = earlier(&starts, s, earlier(&middles, m, key_of(&ends, e)));

		/* Ranges are half open: what ends here is closed before anything is opened. */
		e = visit_equal(&ends, e, address, &sweep, close_tail);
		(void)visit_equal(&middles, m, address, &sweep, close_data);
		m = visit_equal(&middles, m, address, &sweep, open_tail);
		s = visit_equal(&starts, s, address, &sweep, open_data);
	}
}

bool qpasi_plan_file_overlap(const struct qpasi_elf *elf)
{
	struct list list;
	uint64_t covered = 0;

	fill(&list, elf, KEY_FILE_START);
	for (uint32_t i = 0; i < list.count; i++) {
		const struct qpasi_phdr *phdr = &elf->phdr[list.index[i]];

		if (i && phdr->offset < covered)
			return true;
		covered = phdr->offset + phdr->filesz;
	}
	return false;
}

/* What covers bytes beside the headers' file ranges. */
struct cover {
	const struct qpasi_elf *elf;
	const struct qpasi_plan *plan;
	uint64_t first;
	uint64_t count;
};

static bool is_covered(const struct cover *cover, uint64_t at)
{
	const struct qpasi_elf *elf = cover->elf;
	const struct qpasi_plan *plan = cover->plan;

	if (at < elf->ehdr_size)
		return true;
	if (at >= elf->phoff && at - elf->phoff < (uint64_t)elf->phnum * elf->phentsize)
		return true;
	if (plan->hash_index == QPAS_NO_SEGMENT)
		return false;
	if (at < elf->phdr[0].filesz)
		return true;
	return plan->hash_place != QPASI_HASH_OWN_FILE && at >= plan->hash_offset &&
	       at - plan->hash_offset < elf->phdr[plan->hash_index].filesz;
}

static void scan_gap(struct cover *cover, const uint8_t *bytes, uint64_t from, uint64_t to)
{
	for (uint64_t at = from; at < to; at++) {
		if (!bytes[at] || is_covered(cover, at))
			continue;
		if (cover->count == 0)
			cover->first = at;
		cover->count++;
	}
}

uint64_t qpasi_plan_uncovered(const struct qpasi_elf *elf, const struct qpasi_plan_params *params,
			      const struct qpasi_plan *plan, struct qpas_slice file,
			      uint64_t *first)
{
	struct cover cover = {elf, plan, 0, 0};
	uint64_t covered = 0;
	struct list list;

	fill(&list, elf, KEY_FILE_START);
	/* A split image's other ranges lie in files of their own. */
	if (params->split)
		list.count = 0;
	for (uint32_t i = 0; i < list.count; i++) {
		const struct qpasi_phdr *phdr = &elf->phdr[list.index[i]];

		if (phdr->offset > covered)
			scan_gap(&cover, file.ptr, covered, phdr->offset);
		if (phdr->offset + phdr->filesz > covered)
			covered = phdr->offset + phdr->filesz;
	}
	scan_gap(&cover, file.ptr, covered, file.len);
	*first = cover.first;
	return cover.count;
}
