/* SPDX-License-Identifier: BSD-3-Clause */
/* The scripted backend's slots. */
#include "support/fake_backend.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/must.h"

struct private
{
	struct fake *fake;
};

static struct fake *fake_of(void *priv)
{
	struct private *p = priv;

	return p->fake;
}

static __attribute__((format(printf, 3, 4))) void note(struct fake *fake, const char *slot,
						       const char *format, ...)
{
	char *to;
	va_list arguments;
	int length;

	if (fake->quiet)
		return;
	test_must(fake->calls < FAKE_MAX_CALLS, "transcript is full");
	to = fake->call[fake->calls++];
	length = snprintf(to, FAKE_CALL_BYTES, "%s", slot);
	va_start(arguments, format);
	(void)vsnprintf(to + length, FAKE_CALL_BYTES - (size_t)length, format, arguments);
	va_end(arguments);
}

/* Whether this call is to fail: *lost means that it still does its work. */
static int trip(struct fake *fake, const char *slot, bool *lost)
{
	bool due;

	*lost = false;
	fake->fallible++;
	if (fake->hook)
		fake->hook(fake, slot);
	if (!fake->fail_code || (fake->fail_slot && strcmp(fake->fail_slot, slot) != 0))
		return 0;
	fake->seen++;
	due = fake->fail_on ? fake->seen >= fake->fail_nth : fake->seen == fake->fail_nth;
	if (!due)
		return 0;
	*lost = fake->fail_code == QPAS_ERR_UNKNOWN;
	return fake->fail_code;
}

static uint32_t carveout_of(const struct fake *fake, uint32_t pas_id)
{
	return fake->pas_id[1] == pas_id ? 1 : 0;
}

static int fake_probe(struct qpas_error *err)
{
	(void)err;
	return 0;
}

static int fake_open(void *priv, const struct qpas_backend_open_args *args, struct qpas_error *err)
{
	union {
		const void *from;
		struct fake *to;
	} embedder = {args->embedder};
	struct private *p = priv;

	(void)err;
	p->fake = embedder.to;
	p->fake->opened++;
	return 0;
}

static void fake_close(void *priv)
{
	fake_of(priv)->opened--;
}

static int fake_capabilities(void *priv, uint32_t pas_id, struct qpas_backend_caps *caps,
			     struct qpas_error *err)
{
	(void)pas_id;
	(void)err;
	caps->caps = fake_of(priv)->caps;
	caps->host_level = fake_of(priv)->host_level;
	return 0;
}

static int fake_supported(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "supported", &lost);

	(void)err;
	note(fake, "supported", " %" PRIu32, pas_id);
	if (!code && fake->id_unknown && fake->id_unknown == pas_id)
		return QPAS_ERR_UNSUPP;
	return code;
}

static int fake_metadata_begin(void *priv, uint32_t pas_id,
			       const struct qpas_backend_buffer *metadata, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "metadata_begin", &lost);

	(void)err;
	test_must(metadata->ptr && metadata->len, "empty metadata");
	note(fake, "metadata_begin", " %" PRIu32, pas_id);
	if (!code)
		fake->metadata++;
	return code;
}

static void fake_metadata_release(void *priv, uint32_t pas_id)
{
	struct fake *fake = fake_of(priv);

	note(fake, "metadata_release", " %" PRIu32, pas_id);
	if (!fake->metadata)
		fake->double_free++;
	else
		fake->metadata--;
}

static int fake_mem_setup(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			  uint64_t offset, uint64_t length, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "mem_setup", &lost);

	(void)err;
	note(fake, "mem_setup", " %" PRIu32 " 0x%" PRIx64 " 0x%" PRIx64, pas_id,
	     region->address + offset, length);
	return code;
}

static uint8_t *touch(struct fake *fake, const struct qpas_backend_region *region, uint64_t offset,
		      uint64_t length)
{
	test_must(region->index < FAKE_REGIONS, "region index");
	test_must(region->size <= FAKE_REGION_BYTES && offset <= region->size &&
			  length <= region->size - offset,
		  "access outside of the region");
	if (fake->owned[region->index])
		fake->touched_owned++;
	return fake->region[region->index] + offset;
}

static int fake_region_write(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			     uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "region_write", &lost);
	uint8_t *at = touch(fake, region, offset, data.len);

	(void)err;
	note(fake, "region_write", " %" PRIu32, pas_id);
	if (!code || lost)
		memcpy(at, data.ptr, data.len);
	return code;
}

static int fake_region_zero(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			    uint64_t offset, uint64_t length, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "region_zero", &lost);
	uint8_t *at = touch(fake, region, offset, length);

	(void)err;
	note(fake, "region_zero", " %" PRIu32, pas_id);
	if (!code || lost)
		memset(at, 0, (size_t)length);
	return code;
}

static int fake_rsc_table(void *priv, uint32_t pas_id, const struct qpas_backend_buffer *in,
			  const struct qpas_backend_buffer *out, size_t *length,
			  struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "rsc_table", &lost);

	(void)err;
	note(fake, "rsc_table", " %" PRIu32 " in %zu out %zu", pas_id, in->len, out->len);
	if (code)
		return code;
	if (fake->short_answers) {
		fake->short_answers--;
		*length = fake->short_length;
		return QPAS_ERR_SPACE;
	}
	*length = fake->table.len;
	if (fake->table.len <= out->len && fake->table.len)
		memcpy(out->ptr, fake->table.ptr, fake->table.len);
	return 0;
}

static int fake_shared_alloc(void *priv, size_t length, struct qpas_backend_buffer *buffer,
			     struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	uint64_t slot_free = 0;
	bool lost;
	int code = trip(fake, "shared_alloc", &lost);

	(void)err;
	note(fake, "shared_alloc", "%s", "");
	if (code)
		return code;
	while (slot_free < FAKE_MAX_BLOCKS && fake->block[slot_free])
		slot_free++;
	test_must(slot_free < FAKE_MAX_BLOCKS, "too many buffers");
	buffer->len = (length + 4095) & ~(size_t)4095;
	buffer->ptr = calloc(1, buffer->len);
	test_must(buffer->ptr, "no memory");
	buffer->address = 0x10000000 + slot_free * 0x100000;
	buffer->cookie = slot_free;
	fake->block[slot_free] = buffer->ptr;
	fake->buffers++;
	return 0;
}

static void fake_shared_free(void *priv, const struct qpas_backend_buffer *buffer)
{
	struct fake *fake = fake_of(priv);

	note(fake, "shared_free", "%s", "");
	if (!fake->buffers)
		fake->double_free++;
	else
		fake->buffers--;
	test_must(buffer->cookie < FAKE_MAX_BLOCKS && fake->block[buffer->cookie] == buffer->ptr,
		  "a buffer of somebody else");
	fake->block[buffer->cookie] = NULL;
	free(buffer->ptr);
}

static int fake_bridge_create(void *priv, const struct qpas_shm_bridge *bridge, uint64_t *handle,
			      struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "bridge_create", &lost);

	(void)err;
	/* Buffers stand at made-up addresses; the carveouts are what an order is about. */
	if (bridge->pa >= FAKE_REGION_0)
		note(fake, "bridge_create", " 0x%" PRIx64 " 0x%" PRIx64, bridge->pa,
		     bridge->length);
	else
		note(fake, "bridge_create", " buffer%s", "");
	if (!code || lost)
		fake->bridges++;
	*handle = (bridge->pa >= FAKE_REGION_0 ? UINT64_C(1) << 32 : 0) | ++fake->next_handle;
	return code;
}

static int fake_bridge_delete(void *priv, uint64_t handle, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "bridge_delete", &lost);

	(void)err;
	note(fake, "bridge_delete", " %s", handle >> 32 ? "carveout" : "buffer");
	if (!code || lost) {
		if (!fake->bridges)
			fake->double_free++;
		else
			fake->bridges--;
	}
	return code;
}

static int fake_iommu_apply(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			    struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "iommu_apply", &lost);

	(void)err;
	note(fake, "iommu_apply", " %" PRIu32 " 0x%" PRIx64 " x%" PRIu32 " stream 0x%" PRIx32,
	     pas_id, domain->mappings[0].iova, domain->mapping_count, domain->streams[0].cells[0]);
	if (!code)
		fake->mappings += domain->mapping_count;
	return code;
}

static int fake_iommu_clear(void *priv, uint32_t pas_id, const struct qpas_backend_domain *domain,
			    struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "iommu_clear", &lost);

	(void)err;
	note(fake, "iommu_clear", " %" PRIu32 " x%" PRIu32, pas_id, domain->mapping_count);
	if (!code || lost)
		fake->mappings -= domain->mapping_count;
	return code;
}

static int fake_auth_reset(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	uint32_t index = carveout_of(fake, pas_id);
	bool lost;
	int code = trip(fake, "auth_reset", &lost);

	(void)err;
	note(fake, "auth_reset", " %" PRIu32, pas_id);
	if (!code || lost) {
		fake->owned[index] = !fake->share_region;
		fake->running[index] = !fake->share_region;
	}
	return code;
}

static int fake_shutdown(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	uint32_t index = carveout_of(fake, pas_id);
	bool lost;
	int code = trip(fake, "shutdown", &lost);

	(void)err;
	note(fake, "shutdown", " %" PRIu32, pas_id);
	if (fake->share_region)
		return code;
	if (pas_id != fake->pas_id[0] && pas_id != fake->pas_id[1])
		return code ? code : fake->lite_up == pas_id ? 0 : QPAS_ERR_TZ;
	if (!code || lost) {
		fake->owned[index] = false;
		fake->running[index] = false;
	}
	return code;
}

static int fake_attach(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "attach", &lost);

	(void)err;
	note(fake, "attach", " %" PRIu32, pas_id);
	if (!code)
		fake->owned[0] = fake->running[0] = true;
	return code;
}

static int fake_wait_event(void *priv, uint32_t pas_id, int64_t deadline,
			   struct qpas_backend_event *event, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "wait_event", &lost);

	(void)err;
	(void)deadline;
	note(fake, "wait_event", " %" PRIu32, pas_id);
	if (code)
		return code;
	if (!fake->event)
		return QPAS_ERR_TIMEOUT;
	event->type = fake->event;
	event->stream = 0x3000;
	event->address = 0x95900000;
	memcpy(event->text, fake->event_text, sizeof(event->text));
	return 0;
}

static int fake_event_fd(void *priv, uint32_t pas_id)
{
	note(fake_of(priv), "event_fd", " %" PRIu32, pas_id);
	return fake_of(priv)->event_fd;
}

static int fake_region_read(void *priv, uint32_t pas_id, const struct qpas_backend_region *region,
			    uint64_t offset, void *to, size_t length, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "region_read", &lost);
	const uint8_t *at = touch(fake, region, offset, length);

	(void)err;
	note(fake, "region_read", " %" PRIu32 " 0x%" PRIx64 " 0x%zx", pas_id, offset, length);
	if (!code)
		memcpy(to, at, length);
	return code;
}

static int fake_set_remote_state(void *priv, uint32_t pas_id, uint32_t state,
				 struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "set_remote_state", &lost);

	(void)err;
	note(fake, "set_remote_state", " %" PRIu32 " %" PRIu32, pas_id, state);
	return code;
}

static int fake_protect_video(void *priv, uint32_t pas_id, const struct qpas_video_ranges *ranges,
			      struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "protect_video", &lost);

	(void)err;
	note(fake, "protect_video",
	     " %" PRIu32 " 0x%" PRIx32 " 0x%" PRIx32 " 0x%" PRIx32 " 0x%" PRIx32, pas_id,
	     ranges->cp_start, ranges->cp_size, ranges->nonpixel_start, ranges->nonpixel_size);
	return code;
}

static int fake_assign(void *priv, const struct qpas_backend_assign *assign, uint64_t *vms,
		       struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	uint64_t *vms_now = &fake->vms[assign->address == FAKE_LENT_1];
	uint64_t now = 0;
	bool lost;
	int code = trip(fake, "assign", &lost);

	(void)err;
	for (uint32_t i = 0; i < assign->destination_count; i++) {
		test_must(assign->destinations[i].permissions == 6, "read and write");
		now |= UINT64_C(1) << assign->destinations[i].vmid;
	}
	note(fake, "assign", " 0x%" PRIx64 " 0x%" PRIx64 " from 0x%" PRIx64 " to 0x%" PRIx64,
	     assign->address, assign->length, assign->source_vms, now);
	if (!code && assign->source_vms != *vms_now)
		return QPAS_ERR_TZ;
	if (!code || lost)
		*vms_now = now;
	*vms = fake->vms_lie ? now ^ 1 : now;
	return code;
}

static int fake_direct_start(void *priv, uint32_t peripheral, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "direct_start", &lost);

	(void)err;
	note(fake, "direct_start", " %" PRIu32, peripheral);
	if (!code || lost)
		fake->owned[0] = fake->running[0] = true;
	return code;
}

static int fake_direct_stop(void *priv, uint32_t peripheral, struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "direct_stop", &lost);

	(void)err;
	note(fake, "direct_stop", " %" PRIu32, peripheral);
	if (!code || lost)
		fake->owned[0] = fake->running[0] = false;
	return code;
}

static int fake_boot(void *priv, uint32_t pas_id, const char *firmware, int64_t deadline,
		     struct qpas_error *err)
{
	struct fake *fake = fake_of(priv);
	bool lost;
	int code = trip(fake, "boot", &lost);

	(void)err;
	(void)deadline;
	note(fake, "boot", " %" PRIu32 " %s", pas_id, firmware ? firmware : "-");
	if (!code || lost)
		fake->running[0] = true;
	return code;
}

static void fake_cancel(void *priv, uint32_t pas_id)
{
	note(fake_of(priv), "cancel", " %" PRIu32, pas_id);
}

const struct qpas_backend_desc fake_descriptor = {
	.size = sizeof(struct qpas_backend_desc),
	.abi = QPAS_BACKEND_ABI,
	.name = "fake",
	.summary = "writes down what it is asked",
	.caps = QPAS_CAP_STEPS | QPAS_CAP_FUSED | QPAS_CAP_NEEDS_BRIDGE | QPAS_CAP_COPIES_METADATA |
		QPAS_CAP_RSC_TABLE | QPAS_CAP_IOMMU | QPAS_CAP_MEM_SETUP_ALWAYS | QPAS_CAP_EVENTS,
	.private_size = sizeof(struct private),
	.probe = fake_probe,
	.open = fake_open,
	.close = fake_close,
	.capabilities = fake_capabilities,
	.boot = fake_boot,
	.supported = fake_supported,
	.metadata_begin = fake_metadata_begin,
	.metadata_release = fake_metadata_release,
	.mem_setup = fake_mem_setup,
	.region_write = fake_region_write,
	.region_zero = fake_region_zero,
	.rsc_table = fake_rsc_table,
	.shared_alloc = fake_shared_alloc,
	.shared_free = fake_shared_free,
	.bridge_create = fake_bridge_create,
	.bridge_delete = fake_bridge_delete,
	.iommu_apply = fake_iommu_apply,
	.iommu_clear = fake_iommu_clear,
	.auth_reset = fake_auth_reset,
	.shutdown = fake_shutdown,
	.attach = fake_attach,
	.wait_event = fake_wait_event,
	.event_fd = fake_event_fd,
	.region_read = fake_region_read,
	.set_remote_state = fake_set_remote_state,
	.protect_video = fake_protect_video,
	.assign = fake_assign,
	.direct_start = fake_direct_start,
	.direct_stop = fake_direct_stop,
	.cancel = fake_cancel,
};

void fake_init(struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->caps = QPAS_CAP_STEPS | QPAS_CAP_NEEDS_BRIDGE | QPAS_CAP_RSC_TABLE | QPAS_CAP_IOMMU |
		     QPAS_CAP_EVENTS;
	fake->host_level = 2;
	fake->event = QPAS_EVENT_READY;
	(void)snprintf(fake->event_text, sizeof(fake->event_text), "out of coffee");
	fake->vms[0] = fake->vms[1] = UINT64_C(1) << 3;
	fake->event_fd = -1;
	fake->pas_id[0] = 1;
	fake->pas_id[1] = 36;
}

void fake_end(struct fake *fake)
{
	for (size_t i = 0; i < FAKE_MAX_BLOCKS; i++)
		free(fake->block[i]);
}

void fake_clear(struct fake *fake)
{
	fake->calls = 0;
	fake->fallible = 0;
	fake->seen = 0;
}

static void print_both(const struct fake *fake, const char *const *calls)
{
	for (uint32_t i = 0; i < fake->calls; i++)
		fprintf(stderr, "  got  %2" PRIu32 " %s\n", i, fake->call[i]);
	for (uint32_t i = 0; calls[i]; i++)
		fprintf(stderr, "  want %2" PRIu32 " %s\n", i, calls[i]);
}

void fake_expect(const struct fake *fake, const char *const *calls)
{
	uint32_t i = 0;

	while (calls[i] && i < fake->calls && !strcmp(calls[i], fake->call[i]))
		i++;
	if (!calls[i] && i == fake->calls)
		return;
	print_both(fake, calls);
	fail_msg("the transcript differs at call %u", i);
}

bool fake_called(const struct fake *fake, const char *call)
{
	for (uint32_t i = 0; i < fake->calls; i++) {
		if (!strncmp(fake->call[i], call, strlen(call)))
			return true;
	}
	return false;
}

bool fake_region_clean(const struct fake *fake, uint32_t index)
{
	for (size_t i = 0; i < FAKE_REGION_BYTES; i++) {
		if (fake->region[index][i])
			return false;
	}
	return true;
}
