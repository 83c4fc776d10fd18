/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine as a whole: what struct qpas_tzsim holds, and how its parts call each other. The
 * parts that know nothing of the machine have headers of their own.
 */
#ifndef QPASI_TZSIM_MODEL_H
#define QPASI_TZSIM_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <qpas/backend.h>
#include <qpas/scm.h>
#include <qpas/tzsim.h>

#include "auth/auth.h"
#include "format/plan.h"
#include "tzsim/bridges.h"
#include "tzsim/iommu.h"
#include "tzsim/memory.h"
#include "tzsim/profile.h"
#include "tzsim/smmu.h"
#include "tzsim/status.h"

/* x1 of an image that is refused on demand: a code of its own, no errno. */
#define QPASI_TZSIM_REFUSED_CODE 0x10u

/* What the trusted world has of an image: a copy, and what it read in it. */
struct qpasi_tzsim_image {
	uint8_t *metadata;
	size_t length;
	/* Where the host keeps the original, which must stay reachable until AUTH_AND_RESET. */
	uint64_t address;
	struct qpasi_elf elf;
	struct qpasi_mbn mbn;
	struct qpasi_plan plan;
};

/* State of a PAS id in the trusted world. */
enum qpasi_tzsim_state {
	QPASI_TZSIM_IDLE,
	QPASI_TZSIM_IMAGE, /* INIT_IMAGE accepted */
	QPASI_TZSIM_MEMORY, /* MEM_SETUP accepted */
	QPASI_TZSIM_RUNNING /* AUTH_AND_RESET accepted, or left running by the boot loader */
};

/* State of the processor behind it. */
enum qpasi_tzsim_processor {
	QPASI_TZSIM_STOPPED,
	QPASI_TZSIM_SILENT, /* started, has nothing more to say */
	QPASI_TZSIM_STARTED, /* its event is waiting */
	QPASI_TZSIM_READY,
	QPASI_TZSIM_DEAD
};

/* What the hypervisor below a host at level 1 did for an id. */
struct qpasi_tzsim_hypervised {
	uint64_t metadata_bridge;
	uint64_t region_bridge;
	/* The region, and how many pairs of a mapping and a stream are mapped. */
	uint64_t address;
	uint64_t length;
	uint64_t pairs;
};

/* One PAS id. */
struct qpasi_tzsim_pas {
	uint32_t id;
	uint32_t kind;
	/* PAS id of the companion (DTB) image, or QPAS_NO_PAS_ID. */
	uint32_t companion;
	/* 1 if this is the companion of another id or a lite id: no processor of its own. */
	uint32_t companion_of;
	/* The platform's. */
	const char *path;
	const struct qpas_carveout *carveouts;
	const uint32_t *lite_ids;
	const struct qpas_stream *streams;
	uint32_t carveout_count;
	uint32_t lite_count;
	uint32_t stream_count;
	uint32_t enabled;
	/* Stands in where the tree has no stream. */
	struct qpas_stream own_stream;

	enum qpasi_tzsim_state state;
	struct qpasi_tzsim_image *image;
	/* MEM_SETUP's range; the region that it owns when it runs. */
	uint64_t base;
	uint64_t size;
	uint32_t remote_state;

	/* Table that was handed out last; before that, the static one. */
	uint8_t *table;
	uint32_t table_bytes;

	enum qpasi_tzsim_processor processor;
	/* CLOCK_MONOTONIC ns when it dies by itself, and of what; NULL: it does not. */
	int64_t dies_at;
	const char *dies_of;
	/* Started by its registers, without PAS. */
	bool direct;
	struct qpas_backend_event event;
	struct qpasi_tzsim_hypervised hypervised;
};

/* A call that was not finished: interrupted, or asleep on a wait queue. */
struct qpasi_tzsim_pending {
	struct qpas_scm_call call;
	uint64_t session;
	uint32_t how; /* enum qpasi_tzsim_fault, or FAULT_COUNT: none */
	bool woken;
};

/* Memory that MP_ASSIGN gave to others than the host alone. */
struct qpasi_tzsim_assigned {
	uint64_t start;
	uint64_t end;
	uint64_t vms;
	uint32_t owner;
	uint32_t reserved;
};

struct qpas_tzsim {
	struct qpasi_env env;
	struct qpas_platform *platform;
	uint32_t host_level;
	uint32_t tz;
	/* Whether the client is told why. */
	bool explains;
	/* A chip whose firmware breaks with bridges (a quirk of the platform). */
	bool no_bridges;
	/* What the host's conduit asks for; the trusted world takes both forms. */
	bool self_owner;

	struct qpasi_tzsim_profile profile;
	struct qpasi_tzsim_memory memory;
	/* Behind `memory.guest` and `smmu`, for a machine that is not simulated. */
	struct qpas_tzsim_guest guest;
	struct qpasi_tzsim_smmu smmu;
	struct qpasi_tzsim_iommu iommu;
	struct qpasi_tzsim_bridges bridges;
	struct qpasi_tzsim_pas *pas;
	uint32_t pas_count;
	uint32_t pas_capacity;
	struct qpasi_tzsim_assigned *assigned;
	uint32_t assigned_count;
	uint32_t assigned_capacity;
	uint32_t next_owner;
	struct qpasi_tzsim_pending pending;
	uint64_t next_session;
	struct qpasi_hasher *hasher[2]; /* SHA-256, SHA-384 */

	uint64_t calls;
	uint32_t faults;
	char reason[256];

	/* Wakes a host that waits; the only part that other threads may touch. */
	int wake_fd;
	atomic_uint cancelled;
};

/* ---- machine.c ---- */

/* Memory and PAS ids from the platform and the profile. */
int qpasi_tzsim_machine_make(struct qpas_tzsim *model, struct qpas_error *err);
struct qpasi_tzsim_pas *qpasi_tzsim_find_pas(struct qpas_tzsim *model, uint64_t id);
/* Streams of a processor; never none. */
const struct qpas_stream *qpasi_tzsim_streams(const struct qpasi_tzsim_pas *pas, uint32_t *count);

/* ---- tz.c: refusals and the trusted world's own accesses ---- */

/* Notes why and returns `status`. */
int64_t qpasi_tzsim_refuse(struct qpas_tzsim *model, int64_t status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Whether the trusted world may access memory that the host named: normal memory, not protected,
 * and bridged where it insists on that. 0 or `status`; `what` is for the reason.
 */
int64_t qpasi_tzsim_may(struct qpas_tzsim *model, uint64_t address, uint64_t length,
			uint32_t permissions, const char *what);
/* The same without bridges: is it normal memory, and the host's? */
int64_t qpasi_tzsim_may_guest(struct qpas_tzsim *model, uint64_t address, uint64_t length,
			      const char *what);
/* One call from the host. *lost: done, but the host never hears of it. */
void qpasi_tzsim_call(struct qpas_tzsim *model, const uint64_t in[8], uint64_t out[8], bool *lost);
/* Marks the sleeping call's wait queue as woken. NOTFOUND if nobody sleeps. */
int qpasi_tzsim_wake(struct qpas_tzsim *model, uint64_t queue);

/* ---- tz_image.c ---- */

/* Copies and judges metadata at an address of the host's. `id` is only for the reason. */
int64_t qpasi_tzsim_image_fetch(struct qpas_tzsim *model, uint32_t id, uint64_t address,
				struct qpasi_tzsim_image **out);
void qpasi_tzsim_image_free(struct qpas_tzsim *model, struct qpasi_tzsim_image *image);
/* Length of the metadata at an address, as far as it can be told: the hypervisor needs it. */
int64_t qpasi_tzsim_image_measure(struct qpas_tzsim *model, uint64_t address, uint64_t *length);
/* Where the image's lowest byte goes and how many there are; wants MEM_SETUP where that is due. */
int64_t qpasi_tzsim_image_place(struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas,
				uint64_t *start, uint64_t *length);
/* Hashes every loadable segment where it stands in memory, `start` being the image's lowest byte. */
int64_t qpasi_tzsim_image_check(struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas,
				uint64_t start);

/* ---- tz_auth.c ---- */

/* Judges metadata: digest of the headers, signatures, root, and what the image is bound to. */
int64_t qpasi_tzsim_auth_judge(struct qpas_tzsim *model, uint32_t id,
			       const struct qpasi_auth_input *input, struct qpasi_hasher *hasher);

/* ---- tz_pas.c, tz_table.c, tz_share.c: the calls; x1 to x3 go to `result` ---- */

int64_t qpasi_tzsim_init_image(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
int64_t qpasi_tzsim_mem_setup(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
int64_t qpasi_tzsim_auth_and_reset(struct qpas_tzsim *model, const uint64_t *args,
				   uint64_t *result);
int64_t qpasi_tzsim_shutdown(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
int64_t qpasi_tzsim_is_supported(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
int64_t qpasi_tzsim_set_remote_state(struct qpas_tzsim *model, const uint64_t *args,
				     uint64_t *result);
int64_t qpasi_tzsim_video_var(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
int64_t qpasi_tzsim_get_rsctable(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
int64_t qpasi_tzsim_bridge_enable(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
int64_t qpasi_tzsim_bridge_create(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
int64_t qpasi_tzsim_bridge_delete(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
int64_t qpasi_tzsim_assign(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);

/* The host took memory back: an image that was not yet authenticated loses its metadata. */
void qpasi_tzsim_withdrawn(struct qpas_tzsim *model, uint64_t start, uint64_t end);
/* Makes a PAS id what it was before its first call. */
void qpasi_tzsim_forget(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas);
/* Builds the static table of an id unless one is there already. */
int qpasi_tzsim_table_ensure(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas);

/* ---- hypervisor.c: what lies between a host at level 1 and the trusted world ---- */

int64_t qpasi_tzsim_trap_init_image(struct qpas_tzsim *model, const uint64_t *args,
				    uint64_t *result);
int64_t qpasi_tzsim_trap_auth_and_reset(struct qpas_tzsim *model, const uint64_t *args,
					uint64_t *result);
int64_t qpasi_tzsim_trap_shutdown(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result);
/* Takes back all that it did for an id. */
void qpasi_tzsim_hypervisor_clear(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas);

/* ---- processor.c ---- */

void qpasi_tzsim_processor_start(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas);
void qpasi_tzsim_processor_stop(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas);
/* Starts it by register; false if it died at once, and why is in its event. It is then in reset. */
bool qpasi_tzsim_processor_direct(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas);
int64_t qpasi_tzsim_now(void);
/* When it will have something to say by itself, or QPAS_NO_DEADLINE. */
int64_t qpasi_tzsim_processor_next(const struct qpasi_tzsim_pas *pas);
/* The next thing that the processor has to say; false if there is none for now. */
bool qpasi_tzsim_processor_event(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas,
				 struct qpas_backend_event *event);

#endif
