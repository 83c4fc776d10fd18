/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inside of a context: what it is bound to, its state, and what it holds in the trusted world
 * and in the machine. Steps take and undo; the life-cycle table of format/ decides what is allowed.
 */
#ifndef QPASI_CORE_CONTEXT_H
#define QPASI_CORE_CONTEXT_H

#include <stdatomic.h>
#include <stdbool.h>

#include <qpas/context.h>

#include "core/backend.h"
#include "core/slots.h"
#include "format/core_file.h"
#include "format/lifecycle.h"

/* Where lent regions are counted; the kernel's driver lends three at most. */
#define QPASI_ASSIGNS_MAX 8u

/* The buffer that small buffers are parts of, see pool.c. */
struct qpasi_pool {
	/* `ptr` NULL: there is none. */
	struct qpas_backend_buffer whole;
	uint64_t bridge;
	/* A bit per page. */
	uint32_t taken;
	/* Those of them that the trusted world may still use: nobody ever gives them back. */
	uint32_t lost;
	/* Boots that will want more of it. */
	uint32_t holds;
};

/* A buffer that the trusted world reads or writes; `part.ptr` NULL: nothing is held. */
struct qpasi_shared {
	/* As it came from shared_alloc, when it has an allocation of its own. */
	struct qpas_backend_buffer whole;
	/* The bytes that count. */
	struct qpas_backend_buffer part;
	/* The pool that it is a part of, or NULL, and its pages there. */
	struct qpasi_pool *pool;
	uint32_t pages;
	uint64_t bridge;
	bool bridged;
	/* Ordinary memory: the backend copies what it is given. */
	bool heap;
};

struct qpas_context {
	struct qpas_backend *backend;
	struct qpas_platform *platform;
	struct qpas_peripheral peripheral;
	struct qpasi_claim *claim;
	struct qpas_backend_region region;
	uint64_t caps;
	uint64_t flags;
	uint32_t pas_id;
	uint32_t state;
	uint32_t ready;
	/* The EL2 path is taken; memory is bridged on it; the IOMMU is programmed on it. */
	bool el2;
	bool bridging;
	bool mapping;
	/* Started by register, without PAS (video-firmware). */
	bool direct;
	/* A companion (DTB) context belongs to its main context. */
	bool is_companion;
	/* A companion that the boot loader may have started: it need not be up. */
	bool adopted;
	struct qpas_context *companion;
	/* A companion uses that of its main context. */
	struct qpasi_pool own_pool;
	struct qpasi_pool *pool;

	/* One public call at a time. */
	atomic_bool busy;
	atomic_bool canceled;
	int64_t deadline;
	void (*step)(void *user, const struct qpas_boot_step *step);
	void *user;
	/* What the running step did, in a few words. */
	char detail[160];

	/* Ranges of a video core that this boot protects. */
	const struct qpas_video_ranges *ranges;
	uint32_t range_count;

	/* What is held, in the order in which it was taken. */
	struct qpas_rsc_table *table;
	/* VMs that have a lent region, 0: it is the host's alone; a bit where that is in doubt. */
	uint64_t lent[QPASI_ASSIGNS_MAX];
	uint32_t lent_doubts;
	struct qpas_image *image;
	struct qpasi_shared metadata;
	bool metadata_begun;
	/* The trusted world was given something for this id, so it must be asked to shut down. */
	bool touched;
	/* The span of the image in the carveout was written, and is to be scrubbed by the next undo. */
	bool written;
	bool dirty;
	uint64_t span_offset;
	uint64_t span_length;
	/* What was loaded last and still stands there, for a dump; its ranges, or NULL. */
	struct qpasi_core_file loaded;
	struct qpasi_core_range *loaded_ranges;
	struct qpas_backend_mapping *mappings;
	uint32_t mapping_count;
	bool mapped;
	bool bridged;
	uint64_t bridge;
};

/* --- context.c: entry and exit of public calls --- */

/* Checks object, process, re-entry and the error; *busy* is set until qpasi_context_leave(). */
int qpasi_context_enter(struct qpas_context *context, struct qpas_error *err);
int qpasi_context_leave(struct qpas_context *context, int code);

struct qpasi_link qpasi_context_link(const struct qpas_context *context, uint32_t stage,
				     struct qpas_error *err);

/* STATE unless the table allows the call now. */
int qpasi_context_admit(const struct qpas_context *context, enum qpasi_call call,
			struct qpas_error *err);
/* Moves the state behind a call that was made and answered `code`. */
void qpasi_context_settle(struct qpas_context *context, enum qpasi_call call, int code);
/* One line: the peripheral, what, how. For an operator, so without addresses. */
void qpasi_context_log(const struct qpas_context *context, uint32_t level, const char *what,
		       const char *how);
/* CANCELED or TIMEOUT if the call is to end now. */
int qpasi_context_pause(const struct qpas_context *context, const char *where,
			struct qpas_error *err);
/* An answer of another class that led to UNKNOWN becomes an UNKNOWN error. */
int qpasi_context_unknown(const struct qpas_context *context, int code, uint32_t stage,
			  struct qpas_error *err);

/* Carveout `index` of the peripheral, if it can be one: whole pages at an address. */
int qpasi_region_of(const struct qpas_peripheral *peripheral, uint32_t index,
		    struct qpas_backend_region *region, struct qpas_error *err);
/* Checks carveout `index` of the peripheral and makes it the context's region. */
int qpasi_context_region(struct qpas_context *context, uint32_t index, struct qpas_error *err);
/* The context of the peripheral's companion, not yet begun. */
int qpasi_context_companion(struct qpas_context *context, struct qpas_error *err);
/* Frees a context that holds nothing any more, or pins what it cannot give back. */
void qpasi_context_free(struct qpas_context *context);

/* --- shared.c --- */
int qpasi_shared_take(const struct qpas_context *context, size_t length, bool heap,
		      struct qpasi_shared *shared, const struct qpasi_link *link);
/* Undoes it; memory whose bridge cannot be deleted is never given back. */
void qpasi_shared_give(const struct qpas_context *context, struct qpasi_shared *shared,
		       const struct qpasi_link *link);
/* For one that the trusted world may still use: its memory is never used again. */
void qpasi_shared_lose(struct qpasi_shared *shared, const struct qpasi_link *link);

/* --- pool.c --- */

bool qpasi_pool_fits(const struct qpasi_pool *pool, size_t length);
/* `length` must fit. Makes and bridges the pool if there is none. */
int qpasi_pool_take(struct qpasi_pool *pool, size_t length, struct qpasi_shared *shared,
		    const struct qpasi_link *link);
void qpasi_pool_give(struct qpasi_shared *shared, const struct qpasi_link *link);
void qpasi_pool_lose(struct qpasi_shared *shared, const struct qpasi_link *link);
/* Between these two it stays although nobody has a part of it. */
void qpasi_pool_hold(struct qpasi_pool *pool);
void qpasi_pool_unhold(struct qpasi_pool *pool, const struct qpasi_link *link);
int qpasi_shared_bridge(const struct qpasi_link *link, struct qpas_backend_buffer *buffer,
			uint64_t *handle);
int qpasi_shared_unbridge(const struct qpasi_link *link, uint64_t handle);

/* --- assign.c --- */

/* Whether every region to lend can be lent; no backend call. */
int qpasi_assign_check(const struct qpas_context *context, struct qpas_error *err);
int qpasi_step_assign(struct qpas_context *context, struct qpas_error *err);
/* Takes all back that is lent; tells the step callback if `undo`. The first error of several. */
int qpasi_assign_back(struct qpas_context *context, bool undo, struct qpas_error *err);

/* --- events.c --- */

/* The next event of a known type; TIMEOUT without one. Others may use the backend in between. */
int qpasi_next_event(struct qpas_context *context, int64_t deadline,
		     struct qpas_backend_event *event, struct qpas_error *err);
/* What it means to a running context. */
void qpasi_take_event(struct qpas_context *context, const struct qpas_backend_event *event);
int qpasi_step_ready(struct qpas_context *context, int64_t deadline, struct qpas_error *err);

/* --- api_running.c --- */
int qpasi_step_protect(struct qpas_context *context, struct qpas_error *err);

/* --- steps.c: one step each; `context->detail` says what was done --- */
int qpasi_step_rsc_table(struct qpas_context *context, struct qpas_slice own,
			 struct qpas_error *err);
/* Whether the tree allows a boot, and the image may go to the carveout; no backend call. */
int qpasi_step_check(const struct qpas_context *context, const struct qpas_image *image,
		     struct qpas_error *err);
/* Takes the reference on the image and fills the metadata buffer. */
int qpasi_step_metadata(struct qpas_context *context, struct qpas_image *image,
			struct qpas_error *err);
int qpasi_step_init_image(struct qpas_context *context, struct qpas_error *err);
int qpasi_step_mem_setup(struct qpas_context *context, struct qpas_error *err);
int qpasi_step_load(struct qpas_context *context, struct qpas_error *err);
/* As load, whatever the state: for starts without PAS. */
int qpasi_step_fill(struct qpas_context *context, struct qpas_error *err);
/* Takes a reference on a checked image and notes where its span stands in the carveout. */
void qpasi_step_hold(struct qpas_context *context, struct qpas_image *image);
int qpasi_step_iommu(struct qpas_context *context, struct qpas_error *err);
int qpasi_step_bridge(struct qpas_context *context, struct qpas_error *err);
int qpasi_step_auth_reset(struct qpas_context *context, struct qpas_error *err);
int qpasi_step_unbridge(struct qpas_context *context, struct qpas_error *err);
/* Gives the metadata back; cannot fail, but memory may stay pinned. */
void qpasi_step_release(struct qpas_context *context);
bool qpasi_step_mem_setup_due(const struct qpas_context *context);

/* --- undo.c --- */

/* Undoes bridge, mappings, contents and metadata, in this order, as far as they are there. */
void qpasi_undo(struct qpas_context *context);
/* The part of it that auth_reset took; metadata and, unless it was refused, contents stay. */
void qpasi_undo_auth(struct qpas_context *context);
/* PAS SHUTDOWN, and in STOPPED what qpasi_undo() does. */
int qpasi_stop(struct qpas_context *context, struct qpas_error *err);
/* One try of PAS SHUTDOWN, or of direct_stop. Changes the state, undoes nothing. */
int qpasi_shut(struct qpas_context *context, struct qpas_error *err);
/* After a step failed: brings the context to NEW, STOPPED or as near to it as can be told. */
void qpasi_recover(struct qpas_context *context);
/* Tells the step callback, if there is one. */
void qpasi_report(const struct qpas_context *context, const char *name, int code, int64_t begun,
		  bool undo);

/* --- detail.c --- */
void qpasi_detail(struct qpas_context *context, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "0x95900000 + 0x1e00000" of the carveout. */
void qpasi_detail_region(struct qpas_context *context);
void qpasi_detail_load(struct qpas_context *context, uint32_t segments, uint64_t bytes);
void qpasi_detail_domain(struct qpas_context *context);

/* --- dump.c --- */

/* Notes where the image that is held goes. */
int qpasi_dump_note(struct qpas_context *context, struct qpas_error *err);
/* The memory no longer has what was noted. */
void qpasi_dump_forget(struct qpas_context *context);

/* --- direct.c --- */

/* Starts a peripheral by register; NEW or STOPPED to RUNNING, or back after a failure. */
int qpasi_direct_boot(struct qpas_context *context, struct qpas_image *image,
		      struct qpas_error *err);

/* --- firmware.c --- */

/* Opens firmware number `index` of the peripheral from the firmware folders. */
int qpasi_firmware_open(const struct qpas_context *context, uint32_t index,
			struct qpas_image **image, struct qpas_error *err);

#endif
