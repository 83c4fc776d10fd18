/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TrustZone simulator: a register-level model of the PAS side of the trusted world with a
 * machine around it (memory, an IOMMU that faults, remote processors). A library of its own,
 * libqpas-tzsim, so that a product never ships it. What it assumes about real firmware is listed in
 * docs/tzsim.md.
 */
#ifndef QPAS_TZSIM_H
#define QPAS_TZSIM_H

#include <qpas/context.h>
#include <qpas/error.h>
#include <qpas/platform.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A simulated machine with its trusted world. */
struct qpas_tzsim;

/** How the trusted world behaves. @since 0.1 */
enum qpas_tzsim_tz {
	/** Reads no memory that is not bridged (host level 2). */
	QPAS_TZSIM_STRICT = 1,
	/** Reads any normal memory. */
	QPAS_TZSIM_LENIENT = 2,
	/** As LENIENT, and without GET_RSCTABLE. */
	QPAS_TZSIM_OLD = 3
};

/**
 * Explain refusals to the client: x0 is the model's own status for each reason not to believe an
 * image, and errors of the client have the sentence of qpas_tzsim_reason(). Without it a client sees
 * what hardware gives: -22 for any such reason, and no sentence. The model's log has both, always.
 * @since 0.1
 */
#define QPAS_TZSIM_EXPLAIN (UINT64_C(1) << 0)
/** The host makes its bridges in the self-owner form (QPAS_EL2_SELF_OWNER). @since 0.1 */
#define QPAS_TZSIM_SELF_OWNER (UINT64_C(1) << 1)

/** Normal memory of a guest. @since 0.1 */
struct qpas_tzsim_ram {
	/** Where it starts. */
	uint64_t address;
	/** Bytes, above 0. */
	uint64_t size;
};

/** Most pieces of memory that a guest can have. @since 0.1 */
#define QPAS_TZSIM_RAM_MOST 64u

/**
 * A machine that is not simulated here: the model is only its secure world and its remote
 * processors. Its memory is reached through the functions below, at the addresses of `ram` and at no
 * others, and what the guest says is copied before it is judged. Remote processors are behind an
 * SMMUv3 whose registers are read and whose tables are walked where the guest has put them; those
 * without a stream in the device tree have nothing in front of them. There is no hypervisor below
 * the guest, whatever its exception level. @since 0.1
 */
struct qpas_tzsim_guest {
	/** sizeof(struct qpas_tzsim_guest) */
	uint32_t size;
	/** Entries of `ram`: 1 to QPAS_TZSIM_RAM_MOST. */
	uint32_t ram_count;
	/** Normal memory; it need not outlive qpas_tzsim_new(). */
	const struct qpas_tzsim_ram *ram;
	/** What the functions are called with. */
	void *user;
	/** Reads memory. Not 0: it cannot be read. */
	int (*read)(void *user, uint64_t address, void *to, size_t length);
	/** Writes memory. Not 0: it cannot be written. */
	int (*write)(void *user, uint64_t address, const void *from, size_t length);
	/**
	 * Reads a 32-bit register of the SMMU; it is called inside AUTH_AND_RESET only. Not 0: it
	 * cannot be read. May be NULL if `smmu` is 0.
	 */
	int (*peek)(void *user, uint64_t address, uint32_t *value);
	/** A remote processor was started (`running` 1) or stopped (0); may be NULL. */
	void (*changed)(void *user, uint32_t pas_id, uint32_t running);
	/** Address of the registers of the SMMUv3; 0: the guest has none. */
	uint64_t smmu;
};

/** Initialiser. @since 0.1 */
#define QPAS_TZSIM_GUEST_INIT                                                                     \
	{                                                                                         \
		(uint32_t)sizeof(struct qpas_tzsim_guest), 0, NULL, NULL, NULL, NULL, NULL, NULL, \
			0                                                                         \
	}

/** What a model is made with. @since 0.1 */
struct qpas_tzsim_params {
	/** sizeof(struct qpas_tzsim_params) */
	uint32_t size;
	/** Level of the simulated host: 2 or 1 (a hypervisor model below it); 0 means 2. */
	uint32_t host_level;
	/**
	 * enum qpas_tzsim_tz; 0 means STRICT at level 2, LENIENT at level 1 and on chips whose
	 * firmware breaks with bridges (QPAS_PERIPHERAL_NO_BRIDGE).
	 */
	uint32_t tz;
	/** Must be 0. */
	uint32_t reserved;
	/** QPAS_TZSIM_*; unknown bits are refused. */
	uint64_t flags;
	/**
	 * Allocator, log, limits; `params->platform` is the machine's device tree and mandatory. Each
	 * refusal is one line of the log at QPAS_LOG_WARNING, each call one at QPAS_LOG_DEBUG.
	 */
	const struct qpas_params *params;
	/** Text of a profile (docs/tzsim.md), or empty. */
	struct qpas_slice profile;
	/**
	 * NULL: memory, IOMMU and processors are simulated. A guest is at `host_level` 2 for the model,
	 * as nothing lies between them, and no backend can be opened on it.
	 */
	const struct qpas_tzsim_guest *guest;
};

/** Initialiser. @since 0.1 */
#define QPAS_TZSIM_PARAMS_INIT                                                                \
	{                                                                                     \
		(uint32_t)sizeof(struct qpas_tzsim_params), 0, 0, 0, 0, NULL, {NULL, 0}, NULL \
	}

/**
 * Makes a machine from a device tree: memory at its addresses, its peripherals, its streams.
 *
 * Ownership: *out is the caller's, freed with qpas_tzsim_free(); NULL on failure. The platform is
 * counted.
 * Threads: any thread.
 * Errors: ARG, ABI, NOMEM, FORMAT (profile).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_tzsim_new(const struct qpas_tzsim_params *params,
					     struct qpas_tzsim **out, struct qpas_error *err);

/**
 * Frees a machine. NULL is allowed. No backend may be open on it.
 *
 * Ownership: all that was taken from the model is gone.
 * Threads: as the model.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT void qpas_tzsim_free(struct qpas_tzsim *model);

/**
 * One secure monitor call: x0 to x7 in and out. Total: any registers get an answer, -1 for a
 * function that is not there.
 *
 * Ownership: both arrays are the caller's and may be the same.
 * Threads: one at a time per model.
 * Errors: none; the answer is in out[0].
 * @since 0.1
 */
QPAS_EXPORT void qpas_tzsim_smc(struct qpas_tzsim *model, const uint64_t in[8], uint64_t out[8]);

/**
 * Reads simulated memory as the host's CPU does. Memory that the trusted world owns is fatal to real
 * machines; here the access is refused and counted.
 *
 * Ownership: the buffer is the caller's.
 * Threads: one at a time per model.
 * Errors: ARG, RANGE (no memory there), BACKEND (protected), NOMEM.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_tzsim_read(struct qpas_tzsim *model, uint64_t address, void *to,
					      size_t length, struct qpas_error *err);

/**
 * Writes simulated memory as the host's CPU does; see qpas_tzsim_read().
 *
 * Ownership: the data are the caller's.
 * Threads: one at a time per model.
 * Errors: ARG, RANGE, BACKEND, NOMEM.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_tzsim_write(struct qpas_tzsim *model, uint64_t address,
					       struct qpas_slice data, struct qpas_error *err);

/** The simulator's books: what is held now, and what happened so far. @since 0.1 */
struct qpas_tzsim_books {
	/** sizeof(struct qpas_tzsim_books) */
	uint32_t size;
	/** Bridges that exist. */
	uint32_t bridges;
	/** Ranges mapped in the IOMMU. */
	uint32_t mappings;
	/** PAS ids with metadata, and those that run. */
	uint32_t images;
	uint32_t running;
	/** Shared buffers that the host has taken and not given back. */
	uint32_t shared_buffers;
	/**
	 * Accesses of the host's CPU to memory of the trusted world, and BRIDGE_ENABLE on chips of
	 * QPAS_PERIPHERAL_NO_BRIDGE: each would reset a machine.
	 */
	uint32_t protected_accesses;
	/** Faults of remote processors at the IOMMU. */
	uint32_t faults;
	/** Secure monitor calls. */
	uint64_t calls;
	/** Pages of simulated memory that are translation tables of the IOMMU. */
	uint32_t table_pages;
	/** 0. */
	uint32_t reserved;
};

/** Initialiser. @since 0.1 */
#define QPAS_TZSIM_BOOKS_INIT                                                           \
	{                                                                               \
		(uint32_t)sizeof(struct qpas_tzsim_books), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 \
	}

/**
 * Reads the books.
 *
 * Ownership: *books is the caller's.
 * Threads: one at a time per model.
 * Errors: ARG, ABI.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_tzsim_describe(const struct qpas_tzsim *model,
						  struct qpas_tzsim_books *books,
						  struct qpas_error *err);

/**
 * How the IOMMU translates a stream: stage 1 of the Arm VMSAv8-64 (LPAE), 4 KiB granule, one range
 * from 0 on. The tables are in simulated memory, where qpas_tzsim_read() and qpas_tzsim_write()
 * reach them; a device's access is translated by what stands there. @since 0.1
 */
struct qpas_tzsim_stage1 {
	/** sizeof(struct qpas_tzsim_stage1) */
	uint32_t size;
	/** Width of the addresses that devices use (64 - TxSZ). */
	uint32_t input_bits;
	/** Width of physical addresses (IPS). */
	uint32_t output_bits;
	/** Pages of tables of this stream, the first one included. */
	uint32_t table_pages;
	/** Physical address of the first table, at level 0 (TTBR0). */
	uint64_t root;
	/** Memory attributes by index (MAIR). */
	uint64_t mair;
};

/** Initialiser. @since 0.1 */
#define QPAS_TZSIM_STAGE1_INIT                                            \
	{                                                                 \
		(uint32_t)sizeof(struct qpas_tzsim_stage1), 0, 0, 0, 0, 0 \
	}

/**
 * Finds the tables of a stream id; `iommu` is the full path of the IOMMU's node. A stream has tables
 * as long as something is mapped for its entry.
 *
 * Ownership: *stage1 is the caller's, written only on success; the tables are the model's, and gone
 * when the last mapping is.
 * Threads: one at a time per model.
 * Errors: ARG, ABI, NOTFOUND (nothing is mapped for this stream).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_tzsim_describe_stream(const struct qpas_tzsim *model,
							 const char *iommu, uint32_t stream,
							 struct qpas_tzsim_stage1 *stage1,
							 struct qpas_error *err);

/**
 * Why the model refused its last call, in one line for the reader of a log; "" if it did not. It says
 * so whether or not the client is told (QPAS_TZSIM_EXPLAIN).
 *
 * Ownership: belongs to the model, valid until its next call.
 * Threads: one at a time per model.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_tzsim_reason(const struct qpas_tzsim *model);

struct qpas_backend_event;

/**
 * The next thing that a remote processor has to say, without waiting. A started one is ready, or has
 * faulted or crashed; a ready one is looked at again with each call, and faults once what it needs
 * is no longer mapped.
 *
 * Ownership: *event is the caller's, written only on success.
 * Threads: one at a time per model.
 * Errors: ARG, NOTFOUND (it does not run, or has nothing to say).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_tzsim_event(struct qpas_tzsim *model, uint32_t pas_id,
					       struct qpas_backend_event *event,
					       struct qpas_error *err);

/**
 * Opens a backend on a model: the el2 backend with this model as conduit, memory and IOMMU. Several
 * may be open on one model, from one thread.
 *
 * Ownership: *out is the caller's, given back with qpas_backend_unref(); the model must outlive it.
 * Threads: as the model.
 * Errors: ARG, ABI, NOMEM.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_tzsim_open(struct qpas_tzsim *model,
					      const struct qpas_params *params,
					      struct qpas_backend **out, struct qpas_error *err);

struct qpas_el2_ops;

/**
 * The model's side of the el2 conduit: an embedder changes members to see what the machine does when
 * its host forgets something.
 *
 * Ownership: *ops is the caller's, `ops->user` is the model.
 * Threads: any thread.
 * Errors: ARG, ABI.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_tzsim_ops(struct qpas_tzsim *model, struct qpas_el2_ops *ops,
					     struct qpas_error *err);

/**
 * Adds the scheme "tzsim:" to this process. Its keys: dtb=FILE, profile=FILE, el=1|2,
 * tz=strict|lenient|old, bridge=list|self, fault=NAME, explain=0|1. A second call does nothing.
 *
 * Ownership: none.
 * Threads: any thread.
 * Errors: as qpas_backend_register().
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_tzsim_register(struct qpas_error *err);

#ifdef __cplusplus
}
#endif

#endif
