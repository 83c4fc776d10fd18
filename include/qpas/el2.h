/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PAS by secure monitor calls, for code that is at EL2, or at EL1 with SMC: hypervisors, boot
 * loaders, bare metal, virtual machine monitors. The embedder supplies the conduit and its memory.
 *
 * This is the work that a hypervisor does below an operating system at EL1: metadata and argument
 * lists in shared memory, bridges over what the trusted world is to read, the resource table, the
 * mappings of the peripheral's IOMMU, then AUTH_AND_RESET. The calls, their order and their numbers
 * are in docs/pas.md. The retry protocols (INTERRUPTED, WAITQ, EBUSY) are followed here, as
 * drivers/firmware/qcom/qcom_scm-smc.c follows them; the conduit only carries registers.
 */
#ifndef QPAS_EL2_H
#define QPAS_EL2_H

#include <qpas/backend.h>
#include <qpas/context.h>
#include <qpas/error.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Switch no bridges on and make none, whatever the trusted world offers. For chips on which they break
 * something else (QPAS_PERIPHERAL_NO_BRIDGE): enabling them alone resets some. qpas_el2_open() sets
 * this by itself where `params->platform` is the tree of such a chip. @since 0.1
 */
#define QPAS_EL2_NO_BRIDGES (UINT32_C(1) << 0)
/**
 * Make bridges over the host's memory in the self-owner form (QPAS_SHM_BRIDGE_SELF_OWNER) instead of
 * as a list with the one VM HLOS. Trusted worlds that were built for a host without hypervisor below
 * want that, and refuse the other with no more than -22 at INIT_IMAGE. @since 0.1
 */
#define QPAS_EL2_SELF_OWNER (UINT32_C(1) << 1)

/**
 * What the embedder supplies. `smc`, `shared_alloc`, `shared_free`, `region_write` and
 * `region_zero` are mandatory; at host level 2 `iommu_map` and `iommu_unmap` as well. Functions
 * return 0 or a negative enum qpas_err. @since 0.1
 */
struct qpas_el2_ops {
	/** sizeof(struct qpas_el2_ops) */
	uint32_t size;
	/** Level that this code runs at: 2, or 1 above a hypervisor; 0: the tree decides. */
	uint32_t host_level;
	/** enum qpas_scm_convention; 0 means SMC64. */
	uint32_t convention;
	/** QPAS_EL2_*; unknown bits are refused. */
	uint32_t flags;
	/** Handed to each function; what it points at must outlive the backend. */
	void *user;
	/**
	 * Issues one call: x0 to x7 in and out. A negative enum qpas_err means that the call may or may
	 * not have reached the trusted world (QPAS_ERR_UNKNOWN) or was cancelled before
	 * (QPAS_ERR_CANCELED).
	 */
	int (*smc)(void *user, uint64_t regs[8]);
	/**
	 * Page-aligned, zeroed normal memory of `length` bytes, a multiple of 4 KiB: CPU pointer and
	 * physical address, which is not 0. The trusted world must be able to read and write it.
	 */
	int (*shared_alloc)(void *user, size_t length, void **ptr, uint64_t *address);
	/** Gives it back; not called for memory that the trusted world may still reach. */
	void (*shared_free)(void *user, void *ptr, uint64_t address, size_t length);
	/**
	 * Copies into a carveout at a physical address. No mapping of it may be left afterwards: from
	 * AUTH_AND_RESET on, one stray read of that memory resets the machine.
	 */
	int (*region_write)(void *user, uint64_t address, struct qpas_slice data);
	/** Zeroes part of a carveout, under the same rule. */
	int (*region_zero)(void *user, uint64_t address, uint64_t length);
	/** Reads part of a carveout, under the same rule; optional. */
	int (*region_read)(void *user, uint64_t address, void *to, size_t length);
	/**
	 * Maps a range for a stream; permissions as QPAS_RSC_READ and so on. Called for each range and
	 * stream; when one fails, those before it are undone.
	 */
	int (*iommu_map)(void *user, const struct qpas_stream *stream,
			 const struct qpas_backend_mapping *mapping);
	/** Undoes one iommu_map, with the same arguments. */
	int (*iommu_unmap)(void *user, const struct qpas_stream *stream,
			   const struct qpas_backend_mapping *mapping);
	/** CLOCK_MONOTONIC nanoseconds; optional, without it deadlines are not checked. */
	int64_t (*now)(void *user);
	/** Sleeps until then; optional, without it retries follow each other at once. */
	void (*sleep_until)(void *user, int64_t deadline);
	/**
	 * Waits until wait-queue context `context` (x1 of the WAITQ reply) is woken. Whatever is returned
	 * but 0 leaves a call asleep in the trusted world, so its outcome is UNKNOWN. Optional: without
	 * it WAITQ is BUSY.
	 */
	int (*wait_wq)(void *user, uint64_t context, int64_t deadline);
	/**
	 * Waits for an event of a processor until `deadline`: TIMEOUT, CANCELED. Optional: without it
	 * `ready` stays unknown.
	 */
	int (*wait_event)(void *user, uint32_t pas_id, int64_t deadline,
			  struct qpas_backend_event *event);
	/** Cleans the data cache over memory that the trusted world will read; optional. */
	void (*clean)(void *user, const void *ptr, size_t length);
	/**
	 * One line on why the last call was refused, for simulators and firmware with a log; optional,
	 * may return NULL. Valid until the next call.
	 */
	const char *(*explain)(void *user);
	/** Wakes a blocked wait; async-signal-safe; optional. */
	void (*cancel)(void *user, uint32_t pas_id);
};

/** Initialiser. @since 0.1 */
#define QPAS_EL2_OPS_INIT                                                                     \
	{                                                                                     \
		(uint32_t)sizeof(struct qpas_el2_ops), 0, 0, 0, NULL, NULL, NULL, NULL, NULL, \
			NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL      \
	}

/**
 * Opens a backend over a conduit. `params->platform` should be given: there is no other tree.
 *
 * Ownership: *out is the caller's, given back with qpas_backend_unref(); `ops` is copied, what
 * `user` points at must outlive the backend.
 * Threads: any thread; the functions are called on the threads that make calls, one at a time.
 * Errors: ARG (a mandatory function is missing), ABI, NOMEM, and what the functions return.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_el2_open(const struct qpas_el2_ops *ops,
					    const struct qpas_params *params,
					    struct qpas_backend **out, struct qpas_error *err);

#ifdef __cplusplus
}
#endif

#endif
