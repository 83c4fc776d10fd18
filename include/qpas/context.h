/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The PAS context: one peripheral on one backend. Booting it, shutting it down, and each step of
 * that on its own.
 *
 * Threads. Distinct contexts may be used from distinct threads without locking, also on one
 * backend. One context must not be used from two threads at once, except for qpas_context_cancel().
 * Callbacks run on the calling thread without a lock held and must not call back into the same
 * context (QPAS_ERR_STATE). After fork() the child may only close what it inherited.
 *
 * From the AUTH_AND_RESET call until a confirmed return nothing in the process maps or touches the
 * carveout: at EL2 one stray read of protected memory resets the machine.
 */
#ifndef QPAS_CONTEXT_H
#define QPAS_CONTEXT_H

#include <qpas/error.h>
#include <qpas/image.h>
#include <qpas/platform.h>
#include <qpas/rsc_table.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A way to the trusted world, open, counted. */
struct qpas_backend;
/** One peripheral on one backend. */
struct qpas_context;

/** States of a context; the table of allowed calls is in docs/lifecycle.md. @since 0.1 */
enum qpas_state {
	/** Nothing is held. */
	QPAS_STATE_NEW = 0,
	/** The trusted world has the metadata. */
	QPAS_STATE_META = 1,
	/** It knows the memory, too. */
	QPAS_STATE_MEM = 2,
	/** All segments are in the carveout. */
	QPAS_STATE_LOADED = 3,
	/** AUTH_AND_RESET is confirmed. */
	QPAS_STATE_RUNNING = 4,
	/** AUTH_AND_RESET was refused. */
	QPAS_STATE_FAILED = 5,
	/** Shut down; the memory is back. */
	QPAS_STATE_STOPPED = 6,
	/** The processor died on its own; the memory is not back. */
	QPAS_STATE_CRASHED = 7,
	/** A reply was lost: the trusted world may hold the memory. Only a shutdown may be tried. */
	QPAS_STATE_UNKNOWN = 8
};

/** Whether the remote processor said that it is ready. @since 0.1 */
enum qpas_ready {
	/** Not asked, or the peripheral has no ready signal. */
	QPAS_READY_UNKNOWN = 0,
	QPAS_READY_YES = 1,
	QPAS_READY_NO = 2
};

/**
 * Opens a backend by URI, `scheme:key=value,key=value`. NULL or "" means "kernel:", never the
 * simulator, which must be asked for.
 *
 * In values, ',' and '%' are percent-encoded. `params->platform` is the tree that contexts look
 * names up in; NULL means the backend's own, else the running system's.
 *
 * Ownership: *out is the caller's, given back with qpas_backend_unref(); NULL on failure.
 * Threads: any thread.
 * Errors: ARG (syntax, unknown key), ABI, NOMEM, UNSUPP (no such scheme), and the backend's own.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_backend_open(const char *uri, const struct qpas_params *params,
						struct qpas_backend **out, struct qpas_error *err);

/**
 * Takes one more reference and returns `backend`. NULL is allowed.
 *
 * Ownership: the caller owes one more qpas_backend_unref().
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT struct qpas_backend *qpas_backend_ref(struct qpas_backend *backend);

/**
 * Gives a reference back; the last one closes the backend. Contexts hold one each. NULL is allowed.
 *
 * Ownership: the caller's reference is gone.
 * Threads: any thread, not from a callback.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT void qpas_backend_unref(struct qpas_backend *backend);

/**
 * The platform in which a backend's contexts look names up.
 *
 * Ownership: counted for the caller; qpas_platform_unref() it. *platform is NULL on failure.
 * Threads: any thread.
 * Errors: ARG; NOTFOUND where there is none.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_backend_platform(struct qpas_backend *backend,
						    struct qpas_platform **platform,
						    struct qpas_error *err);

/** Close leaves a running peripheral running. @since 0.1 */
#define QPAS_CONTEXT_KEEP_RUNNING (UINT64_C(1) << 0)
/** Open a peripheral whose node is disabled. @since 0.1 */
#define QPAS_CONTEXT_FORCE (UINT64_C(1) << 1)

/**
 * How to open a context. NULL in its place means: look `name` up in the backend's platform.
 * @since 0.1
 */
struct qpas_context_params {
	/** sizeof(struct qpas_context_params) */
	uint32_t size;
	/** Must be 0. */
	uint32_t reserved;
	/** QPAS_CONTEXT_*; unknown bits are refused. */
	uint64_t flags;
	/** Peripheral to use instead of looking one up; copied, and its platform must be `platform`. */
	const struct qpas_peripheral *peripheral;
	/** Platform that `peripheral` belongs to; counted. */
	struct qpas_platform *platform;
};

/** Initialiser. @since 0.1 */
#define QPAS_CONTEXT_PARAMS_INIT                                               \
	{                                                                      \
		(uint32_t)sizeof(struct qpas_context_params), 0, 0, NULL, NULL \
	}

/**
 * Opens the context of peripheral `name` ("adsp", "video", a label or a node path).
 *
 * With `params->peripheral`, which needs `params->platform`, `name` is not looked at and may be NULL.
 *
 * The trusted world is asked whether it knows the PAS id, once, here. One context per PAS id may
 * exist on a backend at a time.
 *
 * Ownership: *out is the caller's, given back with qpas_context_close(); it holds a reference on
 * the backend. NULL on failure.
 * Threads: any thread.
 * Errors: ARG, ABI, NOMEM, NOTFOUND, BUSY, STATE (the backend is from before a fork), UNSUPP (not
 * started through PAS, unknown to the trusted world, EL2 path without what it needs), RANGE (bad
 * carveout), and the backend's.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_open(struct qpas_backend *backend, const char *name,
						const struct qpas_context_params *params,
						struct qpas_context **out, struct qpas_error *err);

/**
 * Frees the context in each case; shuts the peripheral down first if it runs, unless
 * QPAS_CONTEXT_KEEP_RUNNING was given. NULL is allowed and gives 0.
 *
 * Ownership: `context` is gone, whatever is returned.
 * Threads: one at a time per context, not from a callback.
 * Errors: those of qpas_shutdown(); UNKNOWN if the trusted world may still hold the memory, which
 * the backend then keeps reserved.
 * @since 0.1
 */
QPAS_EXPORT int qpas_context_close(struct qpas_context *context);

/** Snapshot of a context. @since 0.1 */
struct qpas_context_info {
	/** sizeof(struct qpas_context_info) */
	uint32_t size;
	/** enum qpas_state */
	uint32_t state;
	/** enum qpas_ready */
	uint32_t ready;
	/** PAS id. */
	uint32_t pas_id;
	/** 1 if the EL2 path is taken, 0 if a hypervisor below does that work. */
	uint32_t el2;
	/** enum qpas_kind */
	uint32_t kind;
	/** Carveout of the image. */
	uint64_t carveout_address;
	uint64_t carveout_size;
	/** Name of the peripheral; belongs to the context. */
	const char *name;
};

/** Initialiser. @since 0.1 */
#define QPAS_CONTEXT_INFO_INIT                                                        \
	{                                                                             \
		(uint32_t)sizeof(struct qpas_context_info), 0, 0, 0, 0, 0, 0, 0, NULL \
	}

/**
 * Asks the backend for the state of the peripheral (enum qpas_state), whoever started it. That of the
 * context is qpas_context_describe()'s, and not changed by this.
 *
 * Ownership: *state is the caller's; written only on success.
 * Threads: one at a time per context.
 * Errors: ARG, STATE (from a callback, after a fork), UNSUPP (a backend that cannot tell), IO,
 * NOTFOUND, BACKEND (also for a state that is none).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_status(struct qpas_context *context, uint32_t *state,
						  struct qpas_error *err);

/**
 * Describes a context.
 *
 * Ownership: *info is the caller's.
 * Threads: one at a time per context.
 * Errors: ARG, ABI.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_describe(const struct qpas_context *context,
						    struct qpas_context_info *info,
						    struct qpas_error *err);

/** What a step of a boot did. @since 0.1 */
struct qpas_boot_step {
	/** sizeof(struct qpas_boot_step) */
	uint32_t size;
	/** 0 or the enum qpas_err of the step. */
	int32_t code;
	/** Name: that of the backend's slot, or "load", "ready", "shutdown"; static. */
	const char *name;
	/** What was done, in a few words; valid during the callback. */
	const char *detail;
	/** Nanoseconds that it took. */
	int64_t duration;
	/** 1 for a step that undoes another after a failure. */
	uint32_t undo;
	/** 0. */
	uint32_t reserved;
};

/** Start video through PAS although its tree has a video-firmware node. @since 0.1 */
#define QPAS_BOOT_USE_PAS (UINT64_C(1) << 0)
/** Authenticate only: do not wait for the ready signal. @since 0.1 */
#define QPAS_BOOT_NO_WAIT (UINT64_C(1) << 1)

/** How to boot. NULL in its place means all defaults. @since 0.1 */
struct qpas_boot_params {
	/** sizeof(struct qpas_boot_params) */
	uint32_t size;
	/** Must be 0. */
	uint32_t reserved;
	/** QPAS_BOOT_*; unknown bits are refused. */
	uint64_t flags;
	/** CLOCK_MONOTONIC deadline of the whole boot, or QPAS_NO_DEADLINE. */
	int64_t deadline;
	/** Nanoseconds to wait for ready; 0 means five seconds, as the kernel waits. */
	int64_t ready_timeout;
	/** Companion (DTB) image; NULL: the one that the platform names, where the peripheral has one. */
	struct qpas_image *companion;
	/**
	 * Ranges that are protected once a video core was started through PAS; NULL: those that the
	 * platform has for the chip. Not NULL with a count of 0: none.
	 */
	const struct qpas_video_ranges *video_ranges;
	/** Length of `video_ranges`. */
	uint32_t video_range_count;
	/** Must be 0. */
	uint32_t reserved2;
	/** Told of each step when it is over; must not call back into the context. */
	void (*step)(void *user, const struct qpas_boot_step *step);
	/** Handed to `step`. */
	void *user;
};

/** Initialiser. @since 0.1 */
#define QPAS_BOOT_PARAMS_INIT                                                                     \
	{                                                                                         \
		(uint32_t)sizeof(struct qpas_boot_params), 0, 0, QPAS_NO_DEADLINE, 0, NULL, NULL, \
			0, 0, NULL, NULL                                                          \
	}

/**
 * Boots the peripheral: the whole sequence of docs/lifecycle.md, from the resource table to the
 * ready signal.
 *
 * `image` NULL means the firmware that the platform names, looked up in the firmware path. A
 * failure undoes, in reverse, all that was done: the context is back in NEW, or in STOPPED when the
 * processor had been started, or in UNKNOWN when that cannot be told.
 *
 * Ownership: `image` and what `params` points at are the caller's and only used during the call.
 * Threads: one at a time per context; blocks. qpas_context_cancel() from any thread.
 * Errors: ARG, ABI (size of `params`), STATE (only from NEW or STOPPED; after a fork), and any class
 * that a step or the backend has; `stage` says in which step, `text` what to do.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_boot(struct qpas_context *context, struct qpas_image *image,
					const struct qpas_boot_params *params,
					struct qpas_error *err);

/**
 * Shuts the peripheral down, then its companion, and takes lent memory back.
 *
 * In STOPPED it does what an earlier call could not finish, else nothing. A definite refusal leaves
 * the state as it was; a lost reply gives UNKNOWN, from which only this call leads out. A modem that
 * has to decrypt its memory first is asked for up to five seconds; qpas_context_cancel() ends that.
 *
 * Ownership: none.
 * Threads: one at a time per context; blocks.
 * Errors: ARG, STATE, UNKNOWN, TIMEOUT, CANCELED, UNSUPP (the trusted world cannot), TZ, BUSY, IO (what
 * the kernel's driver answered), BACKEND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_shutdown(struct qpas_context *context, struct qpas_error *err);

/**
 * Adopts a peripheral that the boot loader has started: NEW to RUNNING, without a call that could
 * change it. Nothing is mapped, bridged or lent for it. Its companion counts as started, too: the
 * shutdown later asks it to stop, and takes "was not up" for an answer.
 *
 * Ownership: none.
 * Threads: one at a time per context.
 * Errors: ARG, STATE, UNSUPP (a backend that cannot tell), NOTFOUND (it does not run), BUSY (its
 * companion's id is taken), NOMEM.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_attach(struct qpas_context *context, struct qpas_error *err);

/** What an event says. @since 0.1 */
enum qpas_event_type {
	/** It works: the ready signal of its driver protocol came. */
	QPAS_EVENT_READY = 1,
	/** The processor died; `text` may say why. */
	QPAS_EVENT_CRASH = 2,
	/** An access of the processor was refused by its IOMMU. */
	QPAS_EVENT_FAULT = 3,
	/** It stopped although this context did not tell it to. */
	QPAS_EVENT_STOPPED = 4
};

/** An event of a peripheral. @since 0.1 */
struct qpas_context_event {
	/** sizeof(struct qpas_context_event) */
	uint32_t size;
	/** enum qpas_event_type */
	uint32_t type;
	/** FAULT: stream id. */
	uint32_t stream;
	/** FAULT: 1 for a write, 0 for a read. */
	uint32_t write;
	/** FAULT: address that was accessed. */
	uint64_t address;
	/** NUL-terminated text of the processor, or empty; any bytes but control characters. */
	char text[128];
};

/** Initialiser. @since 0.1 */
#define QPAS_CONTEXT_EVENT_INIT                                          \
	{                                                                \
		(uint32_t)sizeof(struct qpas_context_event), 0, 0, 0, 0, \
		{                                                        \
			0                                                \
		}                                                        \
	}

/**
 * Waits until something happens to a running peripheral. CRASH, FAULT and STOPPED change RUNNING to
 * CRASHED: shut it down, read what a dump needs, and boot again. READY sets `ready`.
 *
 * Ownership: *event is the caller's; written only on success.
 * Threads: one at a time per context; blocks until `deadline` (CLOCK_MONOTONIC ns,
 * QPAS_NO_DEADLINE: for ever; one that has passed: asks without waiting).
 * Errors: ARG, ABI, STATE (only in RUNNING), TIMEOUT (nothing happened), CANCELED, UNSUPP (a backend
 * that has no events), IO (the backend cannot look just now; the state stays), BACKEND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_wait_event(struct qpas_context *context,
						      int64_t deadline,
						      struct qpas_context_event *event,
						      struct qpas_error *err);

/**
 * A descriptor that poll() finds readable when qpas_context_wait_event() has something to tell, for
 * programs with an event loop of their own.
 *
 * Ownership: *fd is the backend's: never close or read it; valid as long as the context. -1 on
 * failure.
 * Threads: one at a time per context.
 * Errors: ARG, STATE (after a fork, from a callback), UNSUPP (a backend without one).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_fd(struct qpas_context *context, int *fd,
					      struct qpas_error *err);

/**
 * SET_REMOTE_STATE: tells the trusted world that the peripheral's power goes (0) or comes back (1),
 * as drivers of video cores and GPUs do around a suspend. RUNNING only. Some firmware refuses the
 * 1 although all is well, and the kernel's venus driver ignores that refusal.
 *
 * Ownership: none.
 * Threads: one at a time per context.
 * Errors: ARG, STATE, UNSUPP (a backend without it), TZ, BUSY, UNKNOWN, BACKEND; none changes the
 * state of the context.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_set_remote_state(struct qpas_context *context,
							    uint32_t state, struct qpas_error *err);

/**
 * MP_VIDEO_VAR: has the trusted world protect ranges of a video core. RUNNING only. qpas_boot() does
 * so itself, with the ranges that the platform has for the chip.
 *
 * Ownership: `ranges` is only read during the call.
 * Threads: one at a time per context.
 * Errors: ARG, STATE, UNSUPP (no video core, or a backend without it), TZ, BUSY, UNKNOWN, BACKEND;
 * none changes the state of the context.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_protect_video(struct qpas_context *context,
							 const struct qpas_video_ranges *ranges,
							 struct qpas_error *err);

/**
 * Reads the carveout from `offset` on, for a dump. STOPPED only: before a confirmed stop the memory is
 * not the host's, and one stray read resets the machine. An ordinary stop leaves the contents as the
 * processor left them; a start that failed leaves zeros.
 *
 * Ownership: the buffer is the caller's; its contents are undefined after a failure.
 * Threads: one at a time per context.
 * Errors: ARG, STATE, RANGE (not within the carveout; nothing is read), UNSUPP (a backend without
 * it), IO, BACKEND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_read(struct qpas_context *context, uint64_t offset,
						void *to, size_t length, struct qpas_error *err);

/** Where a dump goes. @since 0.1 */
struct qpas_dump_target {
	/** sizeof(struct qpas_dump_target) */
	uint32_t size;
	/** Must be 0. */
	uint32_t reserved;
	/**
	 * Takes the next bytes of the file, 64 KiB at most, one behind the other: 0, or a negative enum
	 * qpas_err that ends the dump. Must not call back into the context.
	 */
	int (*write)(void *user, struct qpas_slice data, struct qpas_error *err);
	/** Handed to `write`. */
	void *user;
};

/** Initialiser. @since 0.1 */
#define QPAS_DUMP_TARGET_INIT                                            \
	{                                                                \
		(uint32_t)sizeof(struct qpas_dump_target), 0, NULL, NULL \
	}

/**
 * Writes an ELF core file of the memory that the image was loaded to: one PT_LOAD per loadable
 * segment, at the addresses that the image was linked to, as the kernel's remoteproc core dumps
 * have it. STOPPED only, for the reason that qpas_context_read() gives, and best right after a
 * crash: the next start overwrites the memory. A companion's memory is not part of it.
 *
 * Ownership: `target` is only used during the call. What was written before a failure is no file.
 * Threads: one at a time per context; blocks. qpas_context_cancel() from any thread.
 * Errors: ARG, ABI, UNSUPP (a backend that cannot read the memory: told in any state), STATE,
 * NOTFOUND (nothing was loaded through this context, or the start failed), NOMEM, CANCELED, IO,
 * BACKEND, and what `write` gives.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_dump(struct qpas_context *context,
						const struct qpas_dump_target *target,
						struct qpas_error *err);

/**
 * Ends a blocking call of another thread as soon as its backend can; the call returns
 * QPAS_ERR_CANCELED, or its normal result if it was already over.
 *
 * Ownership: none.
 * Threads: any thread, and signal handlers.
 * Errors: none; NULL is allowed.
 * @since 0.1
 */
QPAS_EXPORT void qpas_context_cancel(struct qpas_context *context);

/**
 * Fetches the peripheral's resource table from the trusted world, for the next start. Changes no
 * state; allowed in NEW, STOPPED, META, MEM and LOADED.
 *
 * `own` is the firmware's own table, or empty: the call then carries the 16 zero bytes that mean
 * none. The table is validated and checked against the carveout before it is used.
 *
 * Ownership: *table is the caller's, freed with qpas_rsc_table_free(); `table` may be NULL.
 * Threads: one at a time per context.
 * Errors: ARG, STATE, UNSUPP (a trusted world without the call), NOTFOUND (no table), BACKEND, TZ,
 * and those of qpas_rsc_table_new().
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_rsc_table(struct qpas_context *context,
						     struct qpas_slice own,
						     struct qpas_rsc_table **table,
						     struct qpas_error *err);

/**
 * PAS INIT_IMAGE: hands the image's metadata over. NEW or STOPPED to META.
 *
 * Ownership: the context takes a reference on `image` until release.
 * Threads: one at a time per context.
 * Errors: ARG, STATE, NOMEM, those of the load plan, AUTH, TZ, BUSY, UNKNOWN, BACKEND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_init_image(struct qpas_context *context,
						      struct qpas_image *image,
						      struct qpas_error *err);

/**
 * PAS MEM_SETUP: tells the trusted world which memory the image takes. META to MEM. Only for
 * relocatable images, or when the backend asks for it always; else STATE.
 *
 * Ownership: none.
 * Threads: one at a time per context.
 * Errors: ARG, STATE, TZ, BUSY, UNKNOWN, BACKEND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_mem_setup(struct qpas_context *context,
						     struct qpas_error *err);

/**
 * Zeroes the image's span in the carveout and writes all segments. To LOADED, from MEM, or from
 * META when mem_setup is not due.
 *
 * Ownership: none.
 * Threads: one at a time per context.
 * Errors: ARG, STATE, RANGE, IO, BACKEND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_load(struct qpas_context *context,
						struct qpas_error *err);

/**
 * Prepares and calls PAS AUTH_AND_RESET: on the EL2 path maps carveout and resource table for the
 * peripheral's IOMMU and bridges the carveout for the time of the call. LOADED to RUNNING, FAILED
 * or UNKNOWN. A refusal undoes bridge and mapping.
 *
 * Ownership: none.
 * Threads: one at a time per context.
 * Errors: ARG, STATE, AUTH, TZ, BUSY, UNKNOWN, OVERLAP, BACKEND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_auth_reset(struct qpas_context *context,
						      struct qpas_error *err);

/**
 * Waits until the peripheral says ready. RUNNING only; changes to CRASHED when it dies instead.
 * Called for one that was ready, it watches: TIMEOUT says that nothing happened.
 *
 * Ownership: none.
 * Threads: one at a time per context; blocks until `deadline` (CLOCK_MONOTONIC ns).
 * Errors: ARG, STATE, TIMEOUT, CANCELED, UNSUPP (no ready signal), BACKEND (it crashed).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_wait_ready(struct qpas_context *context,
						      int64_t deadline, struct qpas_error *err);

/**
 * Gives the metadata back. Before RUNNING it also undoes mappings and returns to NEW; in RUNNING it
 * frees the metadata once and keeps the state; a second call does nothing. Not in UNKNOWN.
 *
 * Ownership: the reference on the image is given back.
 * Threads: one at a time per context.
 * Errors: ARG, STATE.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_context_release(struct qpas_context *context,
						   struct qpas_error *err);

/**
 * The name of an enum qpas_state, for instance "running"; "?" for a number that is none.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_state_name(uint32_t state);

#ifdef __cplusplus
}
#endif

#endif
