/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Remote processors. A started one fetches its segments, its companion's and the device memory of
 * its resource table, each page through its IOMMU stream. What is not mapped is found out by that.
 */
#include "tzsim/model.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "format/rsc.h"

#define PF_X	  1u
#define PF_W	  2u
#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

/* A range that the processor reaches for. */
struct reach {
	uint64_t address;
	uint64_t length;
	/* Where the bus must end up, relative to `address`; modulo 2^64. */
	uint64_t distance;
	bool read;
	bool write;
	bool execute;
	bool privileged;
};

static void say(struct qpasi_tzsim_pas *pas, uint32_t type, const char *text)
{
	memset(&pas->event, 0, sizeof(pas->event));
	pas->event.type = type;
	(void)snprintf(pas->event.text, sizeof(pas->event.text), "%s", text);
	pas->processor = QPASI_TZSIM_STARTED;
}

static void log_fault(struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas,
		      const struct qpasi_tzsim_access *access)
{
	static const char *const ways[] = {"read", "write", "instruction fetch"};
	char text[256];

	if (!qpasi_env_logs(&model->env, QPAS_LOG_DEBUG))
		return;
	(void)snprintf(text, sizeof(text), "PAS id %u: %s: stream 0x%x of %s, %s%s at 0x%llx",
		       pas->id, pas->event.text, access->stream, access->iommu,
		       access->privileged ? "privileged " : "", ways[access->kind],
		       (unsigned long long)access->iova);
	qpasi_env_log(&model->env, QPAS_LOG_DEBUG, 0, text);
}

/* Stream, address and direction are members of the event; its text is what is wrong there. */
static void say_fault(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas,
		      const struct qpasi_tzsim_access *access,
		      const struct qpasi_tzsim_translation *translation)
{
	const char *way = access->kind == QPASI_LPAE_EXECUTE ? " on an instruction fetch" : "";

	model->faults++;
	say(pas, QPAS_EVENT_FAULT, translation->fault);
	pas->event.stream = access->stream;
	pas->event.address = access->iova;
	pas->event.write = access->kind == QPASI_LPAE_WRITE;
	if (translation->level < QPASI_LPAE_LEVELS)
		(void)snprintf(pas->event.text, sizeof(pas->event.text), "%s at level %u%s",
			       translation->fault, translation->level, way);
	log_fault(model, pas, access);
}

/* One access; false after a fault, or when other memory than its own answers. */
static bool touch(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas,
		  const struct qpasi_tzsim_access *access, uint64_t distance, uint64_t *span)
{
	struct qpasi_tzsim_translation translation;

	if (!qpasi_tzsim_iommu_translate(&model->iommu, access, &translation)) {
		say_fault(model, pas, access, &translation);
		return false;
	}
	*span = translation.span;
	if (translation.address == access->iova + distance)
		return true;
	/* Firmware is linked, or relocated by TrustZone, to the addresses of its region. */
	say(pas, QPAS_EVENT_CRASH, "another page than its own is mapped where it runs");
	return false;
}

/* All that the range asks for at one address; *span gets the bytes for which that holds. */
static bool reach_at(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas,
		     struct qpasi_tzsim_access *access, const struct reach *reach, uint64_t *span)
{
	const bool wanted[] = {[QPASI_LPAE_READ] = reach->read,
			       [QPASI_LPAE_WRITE] = reach->write,
			       [QPASI_LPAE_EXECUTE] = reach->execute};

	*span = QPASI_TZSIM_PAGE;
	for (uint32_t kind = 0; kind < sizeof(wanted) / sizeof(wanted[0]); kind++) {
		access->kind = kind;
		if (wanted[kind] && !touch(model, pas, access, reach->distance, span))
			return false;
	}
	return true;
}

/* One stream id, descriptor by descriptor: a block answers for all that it maps. */
static bool reach_by(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas,
		     struct qpasi_tzsim_access *access, const struct reach *reach)
{
	uint64_t first = reach->address & ~(QPASI_TZSIM_PAGE - 1);
	uint64_t last = (reach->address + (reach->length - 1)) & ~(QPASI_TZSIM_PAGE - 1);
	uint64_t span;

	for (access->iova = first;; access->iova += span) {
		if (!reach_at(model, pas, access, reach, &span))
			return false;
		if (last - access->iova < span)
			return true;
	}
}

/* On every stream: the ids that a mask leaves open stand for further masters of the processor. */
static bool reach_range(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas,
			const struct reach *range)
{
	uint32_t count;
	const struct qpas_stream *streams = qpasi_tzsim_streams(pas, &count);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t id = streams[i].cells[0], mask = qpasi_tzsim_stream_mask(&streams[i]);
		struct qpasi_tzsim_access access = {streams[i].iommu, id, 0, range->privileged, 0};

		if (!reach_by(model, pas, &access, range))
			return false;
		access.stream = id ^ mask;
		if (mask && !reach_by(model, pas, &access, range))
			return false;
	}
	return true;
}

static bool reach_segments(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas,
			   const struct qpasi_tzsim_pas *of)
{
	const struct qpasi_elf *elf = &of->image->elf;

	for (uint32_t i = 0; i < elf->phnum; i++) {
		const struct qpasi_phdr *phdr = &elf->phdr[i];
		struct reach reach = {of->base + (phdr->paddr - of->image->plan.min),
				      phdr->memsz,
				      0,
				      true,
				      phdr->flags & PF_W,
				      phdr->flags & PF_X,
				      false};

		if (qpasi_phdr_is_loadable(phdr) && !reach_range(model, pas, &reach))
			return false;
	}
	return true;
}

static bool reach_table(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas)
{
	struct qpas_slice table = {pas->table, pas->table_bytes};

	if (!table.ptr)
		return true;
	for (uint32_t i = 0; i < qpasi_rsc_count(table); i++) {
		struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
		struct reach reach = {0, 0, 0, false, false, false, false};

		if (qpasi_rsc_entry(table, i, &entry, NULL) || entry.type != QPAS_RSC_DEVMEM ||
		    !entry.len)
			continue;
		reach.address = entry.da;
		reach.length = entry.len;
		reach.distance = (uint64_t)entry.pa - entry.da;
		reach.read = entry.flags & QPAS_RSC_READ;
		reach.write = entry.flags & QPAS_RSC_WRITE;
		reach.privileged = entry.flags & QPAS_RSC_PRIV;
		if (!reach_range(model, pas, &reach))
			return false;
	}
	return true;
}

static bool reach_all(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas)
{
	const struct qpasi_tzsim_pas *companion = qpasi_tzsim_find_pas(model, pas->companion);

	/* One that the boot loader left running has all that it needs. */
	if (!pas->image)
		return true;
	/* GPU and the like without a stream of their own fetch through what TrustZone programs. */
	if (pas->kind != QPAS_KIND_REMOTEPROC && !pas->stream_count)
		return true;
	/* In a guest, a processor without a stream has no IOMMU in front of it. */
	if (model->memory.guest && !pas->stream_count)
		return true;
	if (!reach_segments(model, pas, pas))
		return false;
	if (companion && companion->image && companion->state == QPASI_TZSIM_RUNNING &&
	    !reach_segments(model, pas, companion))
		return false;
	return reach_table(model, pas);
}

int64_t qpasi_tzsim_now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

/* How the processor that starts now will end by itself, if it was asked to. */
static void plan_death(struct qpasi_tzsim_profile *profile, struct qpasi_tzsim_pas *pas)
{
	uint32_t ms = 0;

	pas->dies_of = NULL;
	if (qpasi_tzsim_profile_take(profile, QPASI_TZSIM_CRASH_RUNNING)) {
		pas->dies_of = "err_fatal: asked to crash while running";
	} else if (profile->faults[QPASI_TZSIM_CRASH_AFTER]) {
		ms = qpasi_tzsim_profile_take_ms(profile, QPASI_TZSIM_CRASH_AFTER);
		pas->dies_of = "err_fatal: asked to crash after a while";
	} else if (profile->faults[QPASI_TZSIM_WATCHDOG]) {
		ms = qpasi_tzsim_profile_take_ms(profile, QPASI_TZSIM_WATCHDOG);
		pas->dies_of = "watchdog bite: asked to hang";
	}
	pas->dies_at = qpasi_tzsim_now() + ms * NS_PER_MS;
}

/* Whoever plays the board around a guest's processors. */
static void tell_changed(const struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas,
			 uint32_t running)
{
	if (model->memory.guest && model->guest.changed && !pas->companion_of)
		model->guest.changed(model->guest.user, pas->id, running);
}

void qpasi_tzsim_processor_start(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas)
{
	struct qpasi_tzsim_profile *profile = &model->profile;

	pas->processor = QPASI_TZSIM_SILENT;
	/* A cancellation of an earlier start is not one of this. */
	atomic_store(&model->cancelled, 0);
	/* A companion image is data for a processor that does not run yet. */
	if (pas->companion_of)
		return;
	tell_changed(model, pas, 1);
	if (model->memory.guest)
		qpasi_tzsim_smmu_refresh(&model->smmu);
	if (qpasi_tzsim_table_ensure(model, pas)) {
		say(pas, QPAS_EVENT_CRASH, "the simulator has no memory");
		return;
	}
	if (!reach_all(model, pas) || qpasi_tzsim_profile_take(profile, QPASI_TZSIM_NEVER_READY))
		return;
	if (qpasi_tzsim_profile_take(profile, QPASI_TZSIM_CRASH)) {
		say(pas, QPAS_EVENT_CRASH, "err_fatal: asked to crash before ready");
		return;
	}
	plan_death(profile, pas);
	say(pas, QPAS_EVENT_READY, "");
}

/* The first page that it fetches: one of zeros holds no firmware. */
static bool fetch_first(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas, uint64_t *address)
{
	const struct qpas_stream *stream = pas->streams;
	struct qpasi_tzsim_access access = {stream->iommu, stream->cells[0], QPASI_LPAE_EXECUTE,
					    true, 0};
	struct qpasi_tzsim_translation translation;
	struct qpas_slice page;
	const uint8_t *bytes;

	if (!qpasi_tzsim_iommu_translate(&model->iommu, &access, &translation)) {
		say_fault(model, pas, &access, &translation);
		return false;
	}
	*address = translation.address;
	page = qpasi_tzsim_memory_run(&model->memory, *address, QPASI_TZSIM_PAGE);
	bytes = page.ptr;
	for (size_t i = 0; i < page.len; i++) {
		if (bytes[i])
			return true;
	}
	say(pas, QPAS_EVENT_CRASH, "there is no firmware at address 0 of its stream");
	return false;
}

/* Nobody tells it where its region stands: it runs from address 0, wherever that leads to. */
bool qpasi_tzsim_processor_direct(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas)
{
	struct reach reach = {0, pas->carveouts[0].size, 0, true, true, false, true};

	if (fetch_first(model, pas, &reach.distance) && reach_range(model, pas, &reach)) {
		pas->processor = QPASI_TZSIM_SILENT;
		pas->direct = true;
		return true;
	}
	pas->processor = QPASI_TZSIM_STOPPED;
	return false;
}

void qpasi_tzsim_processor_stop(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas)
{
	if (pas->processor != QPASI_TZSIM_STOPPED)
		tell_changed(model, pas, 0);
	pas->direct = false;
	pas->processor = QPASI_TZSIM_STOPPED;
	pas->dies_of = NULL;
	memset(&pas->event, 0, sizeof(pas->event));
}

/* What comes after ready: a fault if a mapping went away under it, a crash if one was asked for. */
static bool goes_wrong(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas)
{
	if (pas->processor != QPASI_TZSIM_READY)
		return false;
	if (!reach_all(model, pas))
		return true;
	if (!pas->dies_of || qpasi_tzsim_now() < pas->dies_at)
		return false;
	say(pas, QPAS_EVENT_CRASH, pas->dies_of);
	pas->dies_of = NULL;
	return true;
}

int64_t qpasi_tzsim_processor_next(const struct qpasi_tzsim_pas *pas)
{
	return pas->processor == QPASI_TZSIM_READY && pas->dies_of ? pas->dies_at :
								     QPAS_NO_DEADLINE;
}

bool qpasi_tzsim_processor_event(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas,
				 struct qpas_backend_event *event)
{
	if (pas->processor != QPASI_TZSIM_STARTED && !goes_wrong(model, pas))
		return false;
	*event = pas->event;
	pas->processor = event->type == QPAS_EVENT_READY ? QPASI_TZSIM_READY : QPASI_TZSIM_DEAD;
	return true;
}
