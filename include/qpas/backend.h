/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backend SDK: what a way to the trusted world consists of. Backends of this library and of
 * third parties are made of exactly this; clients of a backend do not need it.
 *
 * A backend is a constant descriptor. The core copies the part of it that it knows, allocates
 * `private_size` zeroed bytes per open backend, hands them to every slot, and frees them after
 * close. A slot that is NULL means that the backend cannot do that; the mandatory ones are said
 * below. One backend is never called from two threads at once unless it has the capability
 * THREADSAFE; `cancel` is the exception.
 *
 * What a slot returns: 0, or a negative enum qpas_err of the list at the slot. Any other value is
 * reported to the client as QPAS_ERR_BACKEND. QPAS_ERR_UNKNOWN means that the trusted world may
 * have done it. TIMEOUT, BACKEND and undocumented values prove nothing either: after metadata_begin,
 * mem_setup, auth_reset and shutdown they lead to the state UNKNOWN as well. A slot that knows that
 * its call was never made answers BUSY or CANCELED. `err` is never NULL and is filled with detail by
 * the slot when it fails.
 *
 * The core never calls region_write, region_zero or region_read between auth_reset and a confirmed
 * shutdown or refusal; a backend keeps no mapping of a region after those return.
 */
#ifndef QPAS_BACKEND_H
#define QPAS_BACKEND_H

#include <qpas/context.h>
#include <qpas/error.h>
#include <qpas/platform.h>
#include <qpas/shm_bridge.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this contract: major << 16 | minor. Majors must be equal. @since 0.1 */
#define QPAS_BACKEND_ABI UINT32_C(0x00010000)

/** Capabilities, of a backend as a whole and of each peripheral on it. @since 0.1 */
/** Has the step slots. */
#define QPAS_CAP_STEPS (UINT64_C(1) << 0)
/** Has the fused `boot`. */
#define QPAS_CAP_FUSED (UINT64_C(1) << 1)
/** On the EL2 path memory must be bridged before the trusted world may read it. */
#define QPAS_CAP_NEEDS_BRIDGE (UINT64_C(1) << 2)
/** metadata_begin copies; the metadata need no shared buffer. */
#define QPAS_CAP_COPIES_METADATA (UINT64_C(1) << 3)
/** Has resource tables. */
#define QPAS_CAP_RSC_TABLE (UINT64_C(1) << 4)
/** Maps for the peripheral's IOMMU. */
#define QPAS_CAP_IOMMU (UINT64_C(1) << 5)
/** mem_setup is due for every image, not only for relocatable ones. */
#define QPAS_CAP_MEM_SETUP_ALWAYS (UINT64_C(1) << 6)
/** Tells of ready, crash and stop through wait_event. */
#define QPAS_CAP_EVENTS (UINT64_C(1) << 7)
/** Slots may be called from several threads at once, for distinct PAS ids. */
#define QPAS_CAP_THREADSAFE (UINT64_C(1) << 8)
/** Slots may sleep. */
#define QPAS_CAP_MAY_BLOCK (UINT64_C(1) << 9)
/** Is no hardware. */
#define QPAS_CAP_SIMULATOR (UINT64_C(1) << 10)

/** What a backend can do for one peripheral. @since 0.1 */
struct qpas_backend_caps {
	/** QPAS_CAP_* */
	uint64_t caps;
	/** Level of the host: 2, 1, or 0 when the backend does not know. */
	uint32_t host_level;
	/** 0. */
	uint32_t reserved;
};

/** A key of the URI, decoded. @since 0.1 */
struct qpas_backend_key {
	/** The key: [a-z0-9_]+, never "child". */
	const char *key;
	/** Its value, percent-decoded, may be empty. */
	const char *value;
};

struct qpas_backend_desc;

/** What `open` gets; valid during the call, but for what it says. @since 0.1 */
struct qpas_backend_open_args {
	/** sizeof(struct qpas_backend_open_args) */
	uint32_t size;
	/** Number of keys. */
	uint32_t key_count;
	/** Keys of the URI in their order, each one in `keys` of the descriptor. */
	const struct qpas_backend_key *keys;
	/** The client's parameters, never NULL. Allocator and log stay valid until close. */
	const struct qpas_params *params;
	/** Pointer that the embedder gave to qpas_backend_open_desc(), else NULL. */
	const void *embedder;
	/**
	 * Descriptor and private data of an open child; NULL for a backend without one. Both stay valid
	 * until close. A proxy's optional slots are NULL in the core's copy where the child has none.
	 */
	const struct qpas_backend_desc *child;
	void *child_private;
};

/** A carveout. Offsets into it are from its start. @since 0.1 */
struct qpas_backend_region {
	/** Physical address. */
	uint64_t address;
	/** Bytes. */
	uint64_t size;
	/** Index in the peripheral's carveout list. */
	uint32_t index;
	/** 0. */
	uint32_t reserved;
};

/**
 * Memory that can be shared with the trusted world. What the core hands to metadata_begin and
 * rsc_table may be a part of what shared_alloc gave, from a 4 KiB boundary of it on and with its
 * cookie: several small buffers share one allocation and one bridge. @since 0.1
 */
struct qpas_backend_buffer {
	/** The bytes as the host sees them. */
	void *ptr;
	/** Their number, a multiple of 4 KiB when it came from shared_alloc. */
	size_t len;
	/** Physical address; 0 for ordinary memory of a backend with COPIES_METADATA. */
	uint64_t address;
	/** The backend's own. */
	uint64_t cookie;
};

/** One range of a peripheral's IOMMU domain. @since 0.1 */
struct qpas_backend_mapping {
	/** Address that the peripheral uses. */
	uint64_t iova;
	/** Physical address. */
	uint64_t address;
	/** Bytes, a multiple of 4 KiB. */
	uint64_t length;
	/** QPAS_RSC_READ and so on. */
	uint32_t permissions;
	/** 0. */
	uint32_t reserved;
};

/** The mappings of a peripheral, made and undone as a whole. @since 0.1 */
struct qpas_backend_domain {
	/** Streams, as the platform has them. */
	const struct qpas_stream *streams;
	/** Ranges; the first one is the carveout's. */
	const struct qpas_backend_mapping *mappings;
	/** Number of streams, not 0. */
	uint32_t stream_count;
	/** Number of ranges, not 0. */
	uint32_t mapping_count;
};

/** An event of a remote processor. @since 0.1 */
struct qpas_backend_event {
	/** enum qpas_event_type */
	uint32_t type;
	/** FAULT: stream id. */
	uint32_t stream;
	/** FAULT: address that was accessed. */
	uint64_t address;
	/** FAULT: 1 for a write, 0 for a read. */
	uint32_t write;
	/** 0. */
	uint32_t reserved;
	/** NUL-terminated text of the processor, or empty. */
	char text[128];
};

/** One region that is lent to other VMs; order of operations as in docs/pas.md. @since 0.1 */
struct qpas_backend_assign {
	/** Physical address and bytes. */
	uint64_t address;
	uint64_t length;
	/** VMs that have it now, bit = VM id. */
	uint64_t source_vms;
	/** VMs that shall have it, with QPAS_SHM_BRIDGE_* permissions. */
	const struct qpas_shm_bridge_vm *destinations;
	/** Number of destinations. */
	uint32_t destination_count;
	/** 0. */
	uint32_t reserved;
};

/**
 * The descriptor. `size`, `abi`, `name`, `caps`, `probe`, `open`, `close`, `capabilities` and
 * `shutdown` are mandatory. CAP_FUSED adds `boot`. CAP_STEPS adds `supported`, `metadata_begin`,
 * `metadata_release`, `mem_setup`, `region_write`, `region_zero` and `auth_reset`. CAP_NEEDS_BRIDGE
 * adds `shared_alloc`, `shared_free`, `bridge_create` and `bridge_delete`. CAP_RSC_TABLE adds
 * `rsc_table`, CAP_IOMMU `iommu_apply` and `iommu_clear`, CAP_EVENTS `wait_event`.
 *
 * Unless a slot says otherwise it returns one of 0, ARG, BUSY, TIMEOUT, CANCELED, UNKNOWN, NOMEM,
 * IO, NOTFOUND, RANGE, UNSUPP, BACKEND, TZ. @since 0.1
 */
struct qpas_backend_desc {
	/** sizeof(struct qpas_backend_desc) */
	uint32_t size;
	/** QPAS_BACKEND_ABI */
	uint32_t abi;
	/** Scheme: [a-z][a-z0-9]{0,15}. */
	const char *name;
	/** One line for people. */
	const char *summary;
	/** One line per key: "key=VALUE  what it does". */
	const char *config_help;
	/** NULL-terminated list of keys that `open` knows; NULL means none. */
	const char *const *keys;
	/** Everything that the backend may be able to do. */
	uint64_t caps;
	/** Bytes of private data per open backend. */
	size_t private_size;

	/**
	 * Whether the backend can work here: 0, or the reason why not.
	 * Called right before `open`, with no other call of the backend active; it has no side effect
	 * and does not block.
	 */
	int (*probe)(struct qpas_error *err);
	/**
	 * Opens: fills the `private_size` zeroed bytes at `priv`. May block.
	 * Called once. After a failure nothing may be held, and `close` is not called.
	 */
	int (*open)(void *priv, const struct qpas_backend_open_args *args, struct qpas_error *err);
	/**
	 * Closes, once per successful open and after the last call of any other slot. It must cope with
	 * any state, also with processors that run and with buffers that were pinned.
	 */
	void (*close)(void *priv);
	/**
	 * What it can do for a PAS id. Does not block; gives the same answer each time, and none that
	 * goes beyond `caps` of the descriptor (more is ignored).
	 */
	int (*capabilities)(void *priv, uint32_t pas_id, struct qpas_backend_caps *caps,
			    struct qpas_error *err);
	/**
	 * The backend's own device tree, counted for the caller. Called once, after `open`.
	 * NOTFOUND, or NULL in place of the slot: it has none.
	 */
	int (*platform)(void *priv, struct qpas_platform **platform, struct qpas_error *err);
	/** PAS ids that it can serve, by index; NOTFOUND past the end. NULL: it cannot tell. */
	int (*enumerate)(void *priv, uint32_t index, uint32_t *pas_id, struct qpas_error *err);

	/**
	 * Whole boot by somebody else's loader, such as a kernel driver: it finds the firmware by its
	 * name (NULL: the driver's own choice). Blocks until the processor runs or `deadline` passes.
	 */
	int (*boot)(void *priv, uint32_t pas_id, const char *firmware, int64_t deadline,
		    struct qpas_error *err);

	/**
	 * Whether the trusted world knows the id: 0, or UNSUPP. Asked once per context, before anything
	 * else; changes nothing.
	 */
	int (*supported)(void *priv, uint32_t pas_id, struct qpas_error *err);
	/**
	 * PAS INIT_IMAGE with `metadata->len` bytes; from shared_alloc (already bridged where that is
	 * due) unless the backend has COPIES_METADATA. May block. The bytes do not change until
	 * metadata_release. Also AUTH. Success moves the context to META, UNKNOWN to UNKNOWN.
	 */
	int (*metadata_begin)(void *priv, uint32_t pas_id,
			      const struct qpas_backend_buffer *metadata, struct qpas_error *err);
	/** The metadata are no longer needed. Exactly once per successful metadata_begin; cannot fail. */
	void (*metadata_release)(void *priv, uint32_t pas_id);
	/**
	 * PAS MEM_SETUP over `length` bytes at `offset`; not 0, inside the region, no wrap: the span of
	 * the image. Only between metadata_begin and the first access to the region. Success moves the
	 * context to MEM.
	 */
	int (*mem_setup)(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			 uint64_t offset, uint64_t length, struct qpas_error *err);
	/**
	 * Copies bytes into the region. The core has checked that they fit, and never calls it between
	 * auth_reset and a confirmed stop or refusal. No mapping may be left behind.
	 */
	int (*region_write)(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			    uint64_t offset, struct qpas_slice data, struct qpas_error *err);
	/**
	 * Makes bytes of the region zero, under the same rules. Called over the image's whole span
	 * before the first region_write, and again to scrub it after a failed start.
	 */
	int (*region_zero)(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			   uint64_t offset, uint64_t length, struct qpas_error *err);
	/** Reads bytes of the region, under the same rules; only after a confirmed stop. Optional. */
	int (*region_read)(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			   uint64_t offset, void *to, size_t length, struct qpas_error *err);
	/**
	 * PAS GET_RSCTABLE. `in` is the firmware's table, or the 16 zero bytes for none; `out` gets the
	 * table; both from shared_alloc where the backend has it. *length is set to the bytes that were
	 * written, or to those needed with SPACE. 0 bytes mean no table. UNSUPP: the trusted world has
	 * no such call. The core copies what it got before it looks at it.
	 */
	int (*rsc_table)(void *priv, uint32_t pas_id, const struct qpas_backend_buffer *in,
			 const struct qpas_backend_buffer *out, size_t *length,
			 struct qpas_error *err);
	/**
	 * Memory that can be shared: at least `length` bytes, page-aligned, zeroed. May block.
	 * NULL: the core hands ordinary memory to rsc_table, and needs COPIES_METADATA.
	 */
	int (*shared_alloc)(void *priv, size_t length, struct qpas_backend_buffer *buffer,
			    struct qpas_error *err);
	/**
	 * Gives it back; cannot fail. Not called for a buffer whose bridge could not be deleted, or that
	 * the trusted world may still write to: such memory stays with the backend for ever.
	 */
	void (*shared_free)(void *priv, const struct qpas_backend_buffer *buffer);
	/**
	 * Makes a bridge; *handle for delete. The descriptor was range-checked; bridges of one backend
	 * never overlap and never nest. OVERLAP: already in a bridge. UNKNOWN: it may exist now.
	 */
	int (*bridge_create)(void *priv, const struct qpas_shm_bridge *bridge, uint64_t *handle,
			     struct qpas_error *err);
	/**
	 * Deletes a bridge. Called again for a handle only if it answered that nothing was tried (BUSY,
	 * CANCELED, NOMEM, ARG), and then once; after any other failure its memory is never used again.
	 */
	int (*bridge_delete)(void *priv, uint64_t handle, struct qpas_error *err);
	/** Maps every range for every stream: all or nothing. Also OVERLAP. */
	int (*iommu_apply)(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			   struct qpas_error *err);
	/** Undoes exactly what iommu_apply mapped, as far as it can; called once. */
	int (*iommu_clear)(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			   struct qpas_error *err);
	/**
	 * PAS AUTH_AND_RESET, from LOADED only. May block. Success moves the context to RUNNING; AUTH, TZ
	 * and other refusals to FAILED, and the memory is the host's again; BUSY and CANCELED leave it in
	 * LOADED; UNKNOWN when the reply was lost.
	 */
	int (*auth_reset)(void *priv, uint32_t pas_id, struct qpas_error *err);
	/**
	 * PAS SHUTDOWN: confirm, refuse, or UNKNOWN. May block, may come again, may come for an id that
	 * was never started (TZ). UNSUPP: cannot be shut down. Only success gives the memory back.
	 */
	int (*shutdown)(void *priv, uint32_t pas_id, struct qpas_error *err);
	/** Whether it runs already: 0, or NOTFOUND. Changes nothing. NULL: cannot tell. */
	int (*attach)(void *priv, uint32_t pas_id, struct qpas_error *err);
	/** Leaves a processor running and forgets it. Optional. */
	int (*detach)(void *priv, uint32_t pas_id, struct qpas_error *err);
	/**
	 * Waits for an event until `deadline`: TIMEOUT, not earlier unless nothing can come any more;
	 * CANCELED; any other error is told, and proves nothing. The core asks in slices, so that others
	 * can use the backend in between.
	 */
	int (*wait_event)(void *priv, uint32_t pas_id, int64_t deadline,
			  struct qpas_backend_event *event, struct qpas_error *err);
	/**
	 * A pollable descriptor, readable when wait_event has something to tell; the backend's own and
	 * valid until close. -1 if there is none. Optional.
	 */
	int (*event_fd)(void *priv, uint32_t pas_id);
	/**
	 * SET_REMOTE_STATE. RUNNING only. Optional. The call's own number of a video core is 0, that of
	 * the others is their PAS id: the backend translates.
	 */
	int (*set_remote_state)(void *priv, uint32_t pas_id, uint32_t state,
				struct qpas_error *err);
	/** MP_VIDEO_VAR. RUNNING only. Optional. */
	int (*protect_video)(void *priv, uint32_t pas_id, const struct qpas_video_ranges *ranges,
			     struct qpas_error *err);
	/**
	 * MP_ASSIGN; *vms gets the VMs that have it afterwards, which are the destinations. UNKNOWN: they
	 * may have it. Only inside of boot and shutdown, and not for the image's carveout. Optional.
	 */
	int (*assign)(void *priv, const struct qpas_backend_assign *assign, uint64_t *vms,
		      struct qpas_error *err);
	/**
	 * Start by register, without PAS (video-firmware); `peripheral` is the PAS id that it would have.
	 * The image is in the region, and the region is mapped at 0 of its stream. Optional, with its
	 * counterpart.
	 */
	int (*direct_start)(void *priv, uint32_t peripheral, struct qpas_error *err);
	/** Stop by register: confirm, refuse, or UNKNOWN, as shutdown. */
	int (*direct_stop)(void *priv, uint32_t peripheral, struct qpas_error *err);
	/** State of a processor as the backend knows it: enum qpas_state. Optional. */
	int (*status)(void *priv, uint32_t pas_id, uint32_t *state, struct qpas_error *err);
	/** Crash dump that the backend collected; SPACE protocol. Optional. */
	int (*coredump_read)(void *priv, uint32_t pas_id, uint64_t offset, void *to, size_t *length,
			     struct qpas_error *err);
	/** Recovery and coredump switches of a kernel driver. Optional. */
	int (*set_option)(void *priv, uint32_t pas_id, const char *option, const char *value,
			  struct qpas_error *err);
	/** Takes over a context descriptor that another process made. Optional. */
	int (*adopt_fd)(void *priv, int fd, uint32_t *pas_id, struct qpas_error *err);
	/**
	 * Wakes a blocked slot, which then answers CANCELED if nothing was done yet. Any thread, signal
	 * handlers: an atomic store and one write at most. Optional.
	 */
	void (*cancel)(void *priv, uint32_t pas_id);
	/**
	 * CLOCK_MONOTONIC deadline of the slot that follows, QPAS_NO_DEADLINE for none: retries and waits
	 * end there. Called right before each slot that can fail. Optional.
	 */
	void (*set_deadline)(void *priv, int64_t deadline);
};

/** Limit of private_size: 16 MiB. @since 0.1 */
#define QPAS_BACKEND_PRIVATE_MAX ((size_t)16 << 20)

/**
 * Adds a backend to this process, for ever. The descriptor's known part is copied; strings and
 * `keys` must stay valid.
 *
 * Ownership: the descriptor stays the caller's.
 * Threads: any thread; registration and look-up may race.
 * Errors: ARG, ABI (size, version, unknown members, mandatory slot missing), POLICY (name grammar),
 * BUSY (name taken), LIMIT (16 backends).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_backend_register(const struct qpas_backend_desc *desc,
						    struct qpas_error *err);

/**
 * Opens a backend from its descriptor without registering it, handing `embedder` to its `open`.
 *
 * Ownership: *out is the caller's, given back with qpas_backend_unref(); `embedder` must stay valid
 * as long as the backend says.
 * Threads: any thread.
 * Errors: as qpas_backend_register() and qpas_backend_open().
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_backend_open_desc(const struct qpas_backend_desc *desc,
						     const void *embedder,
						     const struct qpas_params *params,
						     struct qpas_backend **out,
						     struct qpas_error *err);

#ifdef __cplusplus
}
#endif

#endif
