/* SPDX-License-Identifier: BSD-3-Clause */
/* What the values of a resource-table entry may be, and how entries may lie to each other. */
#include "format/rsc_entry.h"

#include "base/ckd.h"

#define TYPE_BYTES   4u
#define REGION_BYTES 56u
#define TRACE_BYTES  48u
#define VDEV_BYTES   28u
#define VRING_BYTES  20u

#define PAGE_MASK	0xfffu
#define ADDRESS_END	(UINT64_C(1) << 32)
#define MAX_VRING_ALIGN 0x10000u
#define KNOWN_FLAGS                                                                          \
	(QPAS_RSC_READ | QPAS_RSC_WRITE | QPAS_RSC_CACHE | QPAS_RSC_NOEXEC | QPAS_RSC_MMIO | \
	 QPAS_RSC_PRIV)

bool qpasi_rsc_type_known(uint32_t type)
{
	return type <= QPAS_RSC_VDEV;
}

uint32_t qpasi_rsc_fixed_bytes(uint32_t type)
{
	switch (type) {
	case QPAS_RSC_CARVEOUT:
	case QPAS_RSC_DEVMEM:
		return REGION_BYTES;
	case QPAS_RSC_TRACE:
		return TRACE_BYTES;
	case QPAS_RSC_VDEV:
		return VDEV_BYTES;
	default:
		return TYPE_BYTES;
	}
}

uint64_t qpasi_rsc_needed_bytes(const struct qpas_rsc_entry *entry)
{
	uint64_t bytes = qpasi_rsc_fixed_bytes(entry->type);

	if (entry->type == QPAS_RSC_VDEV)
		bytes += (uint64_t)entry->vrings * VRING_BYTES + entry->vdev_config_len;
	return bytes;
}

/* A ring of 0 buffers would divide by zero in whoever uses it. */
static bool power_of_two(uint32_t value)
{
	return value && !(value & (value - 1));
}

/* Addresses of a table are 32 bits wide; a range may end at 2^32 but not behind it. */
static int check_end(uint32_t address, uint64_t length, uint32_t index, struct qpasi_fault *fault)
{
	if (address + length > ADDRESS_END)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_ADDRESS_WRAP, index, address, length);
	return 0;
}

/* As check_end(), where 0xffffffff means "any address". */
static int check_end_or_any(uint32_t address, uint64_t length, uint32_t index,
			    struct qpasi_fault *fault)
{
	return address == QPAS_RSC_ADDR_ANY ? 0 : check_end(address, length, index, fault);
}

static int check_carveout(const struct qpas_rsc_entry *entry, uint32_t index,
			  struct qpasi_fault *fault)
{
	int rc = check_end_or_any(entry->da, entry->len, index, fault);

	return rc ? rc : check_end_or_any(entry->pa, entry->len, index, fault);
}

/*
 * The kernel hands these to its IOMMU as they are: an empty or unaligned one fails there late, an
 * enormous one maps everything, and an unknown flag may mean anything.
 */
static int check_devmem(const struct qpas_rsc_entry *entry, uint32_t index,
			struct qpasi_fault *fault)
{
	uint32_t unaligned = entry->da & PAGE_MASK ? entry->da : entry->pa;
	int rc;

	if (entry->len == 0)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_DEVMEM_EMPTY, index, 0, 0);
	if (entry->len > QPASI_RSC_DEVMEM_MAX)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_DEVMEM_LARGE, index, entry->len,
				       QPASI_RSC_DEVMEM_MAX);
	if ((entry->da | entry->pa | entry->len) & PAGE_MASK)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_DEVMEM_ALIGN, index, unaligned,
				       entry->len);
	rc = check_end(entry->da, entry->len, index, fault);
	if (rc)
		return rc;
	rc = check_end(entry->pa, entry->len, index, fault);
	if (rc)
		return rc;
	if (entry->flags & ~KNOWN_FLAGS)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_FLAGS, index, entry->flags,
				       KNOWN_FLAGS);
	return 0;
}

/*
 * Bytes of a split virtqueue (OASIS virtio 1.2, 2.7): descriptors and available ring, rounded up to
 * the alignment, then the used ring. At most 2^36 here, so nothing wraps in 64 bits.
 */
static uint64_t vring_bytes(const struct qpas_rsc_vring *vring)
{
	uint64_t num = vring->num;
	uint64_t first = 16 * num + 2 * (3 + num);
	uint64_t mask = (uint64_t)vring->align - 1;

	return ((first + mask) & ~mask) + 6 + 8 * num;
}

static int check_vring(const struct qpas_rsc_vring *vring, uint32_t index,
		       struct qpasi_fault *fault)
{
	uint64_t bytes;
	int rc;

	if (!power_of_two(vring->num))
		return qpasi_fault_set(fault, QPASI_MSG_RSC_VRING_NUM, index, vring->num, 0);
	if (!power_of_two(vring->align) || vring->align > MAX_VRING_ALIGN)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_VRING_ALIGN, index, vring->align, 0);
	bytes = vring_bytes(vring);
	if (bytes > UINT32_MAX)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_VRING_WRAP, index, vring->num, 0);
	rc = check_end_or_any(vring->da, bytes, index, fault);
	return rc ? rc : check_end_or_any(vring->pa, bytes, index, fault);
}

static int check_vdev(const struct qpas_rsc_entry *entry, uint32_t index, struct qpasi_fault *fault)
{
	int rc = 0;

	if (entry->vrings > QPASI_RSC_MAX_VRINGS)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_VRINGS, index, entry->vrings,
				       QPASI_RSC_MAX_VRINGS);
	if (entry->vdev_status > UINT8_MAX)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_VDEV_STATUS, index, entry->vdev_status,
				       0);
	for (uint32_t i = 0; i < entry->vrings && !rc; i++)
		rc = check_vring(&entry->vring[i], index, fault);
	return rc;
}

int qpasi_rsc_entry_check(const struct qpas_rsc_entry *entry, uint32_t index,
			  struct qpasi_fault *fault)
{
	int rc = 0;

	if (entry->type == QPAS_RSC_CARVEOUT)
		rc = check_carveout(entry, index, fault);
	else if (entry->type == QPAS_RSC_DEVMEM)
		rc = check_devmem(entry, index, fault);
	else if (entry->type == QPAS_RSC_VDEV)
		rc = check_vdev(entry, index, fault);
	if (rc && fault)
		fault->offset = entry->offset;
	return rc;
}

/* Trace buffers and vrings lie within other entries' memory and are never mapped for themselves. */
bool qpasi_rsc_entry_mapped(const struct qpas_rsc_entry *entry, uint32_t index,
			    struct qpasi_rsc_range *range)
{
	bool fixed = entry->type == QPAS_RSC_CARVEOUT && entry->da != QPAS_RSC_ADDR_ANY;

	if ((!fixed && entry->type != QPAS_RSC_DEVMEM) || entry->len == 0)
		return false;
	range->start = entry->da;
	range->end = (uint64_t)entry->da + entry->len;
	range->index = index;
	range->reserved = 0;
	return true;
}

static bool before(const struct qpasi_rsc_range *a, const struct qpasi_rsc_range *b)
{
	return a->start < b->start || (a->start == b->start && a->index < b->index);
}

static void swap(struct qpasi_rsc_range *a, struct qpasi_rsc_range *b)
{
	struct qpasi_rsc_range kept = *a;

	*a = *b;
	*b = kept;
}

/* Lets the root of a subtree sink until no child is larger. */
static void sink(struct qpasi_rsc_range *heap, uint32_t root, uint32_t count)
{
	uint32_t child = 2 * root + 1;

	while (child < count) {
		if (child + 1 < count && before(&heap[child], &heap[child + 1]))
			child++;
		if (!before(&heap[root], &heap[child]))
			return;
		swap(&heap[root], &heap[child]);
		root = child;
		child = 2 * root + 1;
	}
}

/* Heap sort: n log n whatever the order, in place, without recursion. */
static void sort(struct qpasi_rsc_range *ranges, uint32_t count)
{
	for (uint32_t root = count / 2; root > 0; root--)
		sink(ranges, root - 1, count);
	for (uint32_t left = count; left > 1; left--) {
		swap(&ranges[0], &ranges[left - 1]);
		sink(ranges, 0, left - 1);
	}
}

int qpasi_rsc_ranges_apart(struct qpasi_rsc_range *ranges, uint32_t count, uint32_t message,
			   struct qpasi_fault *fault)
{
	sort(ranges, count);
	for (uint32_t i = 1; i < count; i++) {
		/* If any two overlap, so do two neighbours of this order. */
		if (ranges[i].start < ranges[i - 1].end)
			return qpasi_fault_set(fault, message, ranges[i].index, ranges[i - 1].index,
					       ranges[i].start);
	}
	return 0;
}
