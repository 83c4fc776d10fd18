/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resource tables: what a remote processor needs mapped before it starts.
 * The layout is that of include/linux/rsc_table.h; at EL2 the trusted world hands one out per
 * peripheral (PAS GET_RSCTABLE), and no public firmware image carries one of its own.
 *
 * A table is little-endian: version 1, the number of entries, two reserved words, one offset per
 * entry, then the entries, each with its type first. Addresses are 32 bits wide, so nothing above
 * 4 GiB can be named in one.
 *
 * Walking through a table:
 *
 *     struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
 *
 *     for (uint32_t i = 0; i < qpas_rsc_table_count(table); i++) {
 *             if (!qpas_rsc_table_entry(table, i, &entry, NULL) && entry.type == QPAS_RSC_DEVMEM)
 *                     printf("%s 0x%x + 0x%x\n", entry.name, entry.da, entry.len);
 *     }
 */
#ifndef QPAS_RSC_TABLE_H
#define QPAS_RSC_TABLE_H

#include <qpas/error.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A validated, private copy of a resource table. */
struct qpas_rsc_table;
/** A resource table in the making. */
struct qpas_rsc_table_builder;

/** Entry types of a resource table. @since 0.1 */
enum qpas_rsc_type {
	QPAS_RSC_CARVEOUT = 0,
	QPAS_RSC_DEVMEM = 1,
	QPAS_RSC_TRACE = 2,
	QPAS_RSC_VDEV = 3,
	/** Vendor types: 128 to 512; kept and reported, never acted on. */
	QPAS_RSC_VENDOR_FIRST = 128,
	QPAS_RSC_VENDOR_LAST = 512
};

/** "Any address" in da and pa of carveouts and vrings. @since 0.1 */
#define QPAS_RSC_ADDR_ANY UINT32_C(0xffffffff)

/*
 * Permission bits in the flags of carveout and devmem entries. The numbers are those of the
 * kernel's IOMMU_READ and so on (include/linux/iommu.h), to which it hands them as they are.
 */
/** The processor may read. @since 0.1 */
#define QPAS_RSC_READ UINT32_C(0x01)
/** The processor may write. @since 0.1 */
#define QPAS_RSC_WRITE UINT32_C(0x02)
/** Accesses take part in cache coherency. @since 0.1 */
#define QPAS_RSC_CACHE UINT32_C(0x04)
/** The processor may not execute from there. @since 0.1 */
#define QPAS_RSC_NOEXEC UINT32_C(0x08)
/** Device registers rather than memory. @since 0.1 */
#define QPAS_RSC_MMIO UINT32_C(0x10)
/** Only privileged accesses. @since 0.1 */
#define QPAS_RSC_PRIV UINT32_C(0x20)

/** A vring of a vdev entry. @since 0.1 */
struct qpas_rsc_vring {
	/** Device address, or QPAS_RSC_ADDR_ANY. */
	uint32_t da;
	/** Alignment in bytes, a power of two. */
	uint32_t align;
	/** Number of buffers, a power of two. */
	uint32_t num;
	/** Number used in notifications; reported, never an index. */
	uint32_t notifyid;
	/** Physical address, or QPAS_RSC_ADDR_ANY. */
	uint32_t pa;
};

/** One entry. Members that its type does not have are 0. @since 0.1 */
struct qpas_rsc_entry {
	/** sizeof(struct qpas_rsc_entry) */
	uint32_t size;
	/** enum qpas_rsc_type, or any other number. */
	uint32_t type;
	/** Device address. */
	uint32_t da;
	/** Physical address. */
	uint32_t pa;
	/** Length in bytes. */
	uint32_t len;
	/** Permissions, QPAS_RSC_*. */
	uint32_t flags;
	/** vdev: virtio device id. */
	uint32_t vdev_id;
	/** vdev: notification number. */
	uint32_t vdev_notifyid;
	/** vdev: features of the device and those that were agreed. */
	uint32_t vdev_dfeatures;
	uint32_t vdev_gfeatures;
	/** vdev: bytes of configuration space behind the vrings. */
	uint32_t vdev_config_len;
	/** vdev: status byte, and the number of vrings, at most 2. */
	uint32_t vdev_status;
	uint32_t vrings;
	/** 1 if the name filled all its 32 bytes without a NUL. */
	uint32_t name_unterminated;
	/** vdev: its vrings. */
	struct qpas_rsc_vring vring[2];
	/** Name, always NUL-terminated here. */
	char name[33];
	char reserved[3];
	/** Offset of the entry in the table, and its bytes, the type word included. */
	uint32_t offset;
	uint32_t bytes;
};

/** Initialiser. @since 0.1 */
#define QPAS_RSC_ENTRY_INIT                                                                     \
	{                                                                                       \
		(uint32_t)sizeof(struct qpas_rsc_entry), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
			{{0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}}, {0}, {0}, 0, 0                      \
	}

/**
 * Copies and validates a table: version 1, reserved words 0, offsets aligned and inside, entries
 * inside and apart, devmem entries page-aligned, not empty, without wrap and with known flags,
 * device addresses of devmem and fixed carveout entries apart, at most two vrings. An entry of
 * unknown type is kept; it reaches to the next entry or to the end of the bytes.
 *
 * The order of entries in the file does not matter, and bytes behind the last entry are dropped.
 * 16 zero bytes mean "no table" only as the *input* of PAS GET_RSCTABLE and are refused here with
 * QPAS_ERR_UNSUPP. Where a table's memory lies is not judged: that is for who maps it.
 *
 * Ownership: *out is the caller's, freed with qpas_rsc_table_free(); `bytes` is only read during
 * the call, once.
 * Threads: any thread.
 * Errors: ARG, ABI, NOMEM, NOTFOUND for an empty slice, TRUNC, FORMAT, RANGE, OVERFLOW, OVERLAP,
 * UNSUPP, LIMIT.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_rsc_table_new(struct qpas_slice bytes,
						 const struct qpas_params *params,
						 struct qpas_rsc_table **out,
						 struct qpas_error *err);

/**
 * Frees a table. NULL is allowed.
 *
 * Ownership: all that was taken from the table is gone.
 * Threads: as the table.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT void qpas_rsc_table_free(struct qpas_rsc_table *table);

/**
 * Number of entries; 0 for NULL.
 *
 * Ownership: none.
 * Threads: any thread; a table is immutable.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT uint32_t qpas_rsc_table_count(const struct qpas_rsc_table *table);

/**
 * Entry `index`, in the order of the table's offset array.
 *
 * Ownership: *entry is the caller's.
 * Threads: any thread; a table is immutable.
 * Errors: ARG, ABI, NOTFOUND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_rsc_table_entry(const struct qpas_rsc_table *table,
						   uint32_t index, struct qpas_rsc_entry *entry,
						   struct qpas_error *err);

/**
 * The validated bytes.
 *
 * Ownership: *bytes belongs to the table.
 * Threads: any thread; a table is immutable.
 * Errors: ARG.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_rsc_table_bytes(const struct qpas_rsc_table *table,
						   struct qpas_slice *bytes,
						   struct qpas_error *err);

/**
 * Starts an empty table.
 *
 * Ownership: *out is the caller's, freed with qpas_rsc_table_builder_free().
 * Threads: any thread.
 * Errors: ARG, ABI, NOMEM.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_rsc_table_builder_new(const struct qpas_params *params,
							 struct qpas_rsc_table_builder **out,
							 struct qpas_error *err);

/**
 * Appends one entry: carveout, devmem, trace or vdev. `offset`, `bytes` and `name_unterminated` are
 * ignored; the configuration space of a vdev is written as zeros. An entry that validation would
 * refuse is refused here, and the builder stays as it was.
 *
 * Ownership: the entry is copied.
 * Threads: one at a time per builder.
 * Errors: ARG, ABI, NOMEM, FORMAT, OVERFLOW, OVERLAP, LIMIT, UNSUPP for another type.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_rsc_table_builder_add(struct qpas_rsc_table_builder *builder,
							 const struct qpas_rsc_entry *entry,
							 struct qpas_error *err);

/**
 * Appends one entry of a vendor's type, or of any other that qpas_rsc_table_builder_add() does not know:
 * the type, then these bytes, padded with zeros to a multiple of 4.
 *
 * Ownership: the bytes are copied; none are allowed.
 * Threads: one at a time per builder.
 * Errors: ARG, NOMEM, LIMIT, UNSUPP for carveout, devmem, trace and vdev.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int
qpas_rsc_table_builder_add_payload(struct qpas_rsc_table_builder *builder, uint32_t type,
				   struct qpas_slice payload, struct qpas_error *err);

/**
 * Appends all entries of a table, unknown types included, byte for byte: how static and dynamic
 * entries are merged. After a failure the builder is as it was.
 *
 * Ownership: the entries are copied.
 * Threads: one at a time per builder.
 * Errors: ARG, NOMEM, OVERLAP, LIMIT.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_rsc_table_builder_merge(struct qpas_rsc_table_builder *builder,
							   const struct qpas_rsc_table *table,
							   struct qpas_error *err);

/**
 * Writes the table. *len is always set to the bytes that it takes; a buffer that is too short, or
 * none with a capacity of 0, gets QPAS_ERR_SPACE and is left as it was.
 *
 * Ownership: the buffer is the caller's.
 * Threads: one at a time per builder.
 * Errors: ARG, SPACE.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int
qpas_rsc_table_builder_write(const struct qpas_rsc_table_builder *builder, void *buf, size_t cap,
			     size_t *len, struct qpas_error *err);

/**
 * Frees a builder. NULL is allowed.
 *
 * Ownership: none is left.
 * Threads: as the builder.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT void qpas_rsc_table_builder_free(struct qpas_rsc_table_builder *builder);

#ifdef __cplusplus
}
#endif

#endif
