/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hypervisor below a host at level 1, as QHEE and Gunyah do it: traps INIT_IMAGE,
 * AUTH_AND_RESET and SHUTDOWN, makes the bridges and the mappings that a host at level 2 makes
 * itself, and forwards.
 */
#include "tzsim/model.h"

#include "format/rsc.h"

static int64_t bridge(struct qpas_tzsim *model, uint64_t start, uint64_t length, const char *what,
		      uint64_t *handle)
{
	struct qpasi_tzsim_bridge made = {0, start & ~(QPASI_TZSIM_PAGE - 1), start + length,
					  QPAS_SHM_BRIDGE_READ | QPAS_SHM_BRIDGE_WRITE, true};
	uint64_t other = 0;
	int code;

	made.end = (made.end + QPASI_TZSIM_PAGE - 1) & ~(QPASI_TZSIM_PAGE - 1);
	code = qpasi_tzsim_bridges_create(&model->bridges, &made, &other);
	if (code == QPAS_ERR_OVERLAP)
		return qpasi_tzsim_refuse(
			model, QPASI_TZSIM_FAILED,
			"the hypervisor cannot bridge %s: the host already has a bridge at 0x%llx",
			what, (unsigned long long)other);
	if (code)
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_MEMORY,
					  "the hypervisor has no memory");
	*handle = made.handle;
	return QPASI_TZSIM_DONE;
}

static void unbridge(struct qpas_tzsim *model, uint64_t *handle)
{
	struct qpasi_tzsim_bridge removed;

	if (*handle)
		(void)qpasi_tzsim_bridges_delete(&model->bridges, *handle, true, &removed);
	*handle = 0;
}

/* ---- mappings: the region and the device memory of the static table, for every stream ---- */

typedef int map_function(struct qpasi_tzsim_iommu *iommu, const struct qpas_stream *stream,
			 const struct qpas_backend_mapping *mapping, struct qpasi_fault *fault);

/* One pass over all pairs of a mapping and a stream, or over the first `limit` of them. */
struct pass {
	map_function *function;
	uint64_t limit;
	uint64_t done;
	struct qpasi_fault fault;
	/* The first failure. */
	int code;
	bool ends_there;
};

static void each_stream(struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas,
			const struct qpas_backend_mapping *mapping, struct pass *pass)
{
	uint32_t count;
	const struct qpas_stream *streams = qpasi_tzsim_streams(pas, &count);

	for (uint32_t i = 0; i < count && pass->done < pass->limit; i++) {
		struct qpasi_fault fault = QPASI_FAULT_INIT;
		int code = pass->function(&model->iommu, &streams[i], mapping, &fault);

		if (code && !pass->code) {
			pass->code = code;
			pass->fault = fault;
		}
		if (code && pass->ends_there)
			pass->limit = pass->done;
		else
			pass->done++;
	}
}

static void each_mapping(struct qpas_tzsim *model, const struct qpasi_tzsim_pas *pas,
			 struct pass *pass)
{
	const struct qpasi_tzsim_hypervised *own = &pas->hypervised;
	struct qpas_slice table = {pas->table, pas->table_bytes};
	struct qpas_backend_mapping mapping = {own->address, own->address, own->length,
					       QPAS_RSC_READ | QPAS_RSC_WRITE, 0};

	each_stream(model, pas, &mapping, pass);
	for (uint32_t i = 0; table.ptr && i < qpasi_rsc_count(table); i++) {
		struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;

		if (qpasi_rsc_entry(table, i, &entry, NULL) || entry.type != QPAS_RSC_DEVMEM)
			continue;
		mapping.iova = entry.da;
		mapping.address = entry.pa;
		mapping.length = entry.len;
		mapping.permissions = entry.flags;
		each_stream(model, pas, &mapping, pass);
	}
}

/* As many pairs as were mapped, in the same order, so that none is another id's. */
static void unmap(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas)
{
	struct pass pass = {
		qpasi_tzsim_iommu_unmap, pas->hypervised.pairs, 0, QPASI_FAULT_INIT, 0, false};

	each_mapping(model, pas, &pass);
	pas->hypervised.pairs = 0;
}

static int64_t map(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas, uint64_t start,
		   uint64_t length)
{
	struct pass pass = {qpasi_tzsim_iommu_map, UINT64_MAX, 0, QPASI_FAULT_INIT, 0, true};
	uint64_t first = start & ~(QPASI_TZSIM_PAGE - 1);
	char why[160];

	pas->hypervised.address = first;
	pas->hypervised.length = (start + length - first + QPASI_TZSIM_PAGE - 1) &
				 ~(QPASI_TZSIM_PAGE - 1);
	if (qpasi_tzsim_table_ensure(model, pas))
		return qpasi_tzsim_refuse(model, QPASI_TZSIM_NO_MEMORY,
					  "the hypervisor has no memory");
	each_mapping(model, pas, &pass);
	pas->hypervised.pairs = pass.done;
	if (!pass.code)
		return QPASI_TZSIM_DONE;
	/* The trap takes back what was mapped, as after any other refusal. */
	(void)qpasi_fault_text(&pass.fault, why, sizeof(why));
	return qpasi_tzsim_refuse(model, QPASI_TZSIM_FAILED,
				  "the hypervisor cannot map the region of PAS id %u: %s", pas->id,
				  why);
}

/* ---- traps ---- */

void qpasi_tzsim_hypervisor_clear(struct qpas_tzsim *model, struct qpasi_tzsim_pas *pas)
{
	unbridge(model, &pas->hypervised.metadata_bridge);
	unbridge(model, &pas->hypervised.region_bridge);
	unmap(model, pas);
}

int64_t qpasi_tzsim_trap_init_image(struct qpas_tzsim *model, const uint64_t *args,
				    uint64_t *result)
{
	struct qpasi_tzsim_pas *pas = qpasi_tzsim_find_pas(model, args[0]);
	uint64_t length = 0;
	int64_t status;

	if (!pas || pas->state == QPASI_TZSIM_RUNNING)
		return qpasi_tzsim_init_image(model, args, result);
	/* An image that was there is replaced even if the new one is refused, as without a hypervisor. */
	qpasi_tzsim_hypervisor_clear(model, pas);
	qpasi_tzsim_forget(model, pas);
	status = qpasi_tzsim_image_measure(model, args[1], &length);
	if (!status)
		status = bridge(model, args[1], length, "the metadata",
				&pas->hypervised.metadata_bridge);
	if (!status)
		status = qpasi_tzsim_init_image(model, args, result);
	if (status)
		qpasi_tzsim_hypervisor_clear(model, pas);
	return status;
}

int64_t qpasi_tzsim_trap_auth_and_reset(struct qpas_tzsim *model, const uint64_t *args,
					uint64_t *result)
{
	struct qpasi_tzsim_pas *pas = qpasi_tzsim_find_pas(model, args[0]);
	uint64_t start, length;
	int64_t status;

	if (!pas || !pas->image || pas->state == QPASI_TZSIM_RUNNING)
		return qpasi_tzsim_auth_and_reset(model, args, result);
	status = qpasi_tzsim_image_place(model, pas, &start, &length);
	if (!status)
		status = qpasi_tzsim_may_guest(model, start, length, "the region");
	if (!status)
		status = map(model, pas, start, length);
	if (!status)
		status = bridge(model, start, length, "the region", &pas->hypervised.region_bridge);
	if (!status)
		status = qpasi_tzsim_auth_and_reset(model, args, result);
	unbridge(model, &pas->hypervised.region_bridge);
	unbridge(model, &pas->hypervised.metadata_bridge);
	if (pas->state != QPASI_TZSIM_RUNNING) {
		unmap(model, pas);
		qpasi_tzsim_forget(model, pas);
	}
	return status;
}

int64_t qpasi_tzsim_trap_shutdown(struct qpas_tzsim *model, const uint64_t *args, uint64_t *result)
{
	struct qpasi_tzsim_pas *pas = qpasi_tzsim_find_pas(model, args[0]);
	int64_t status = qpasi_tzsim_shutdown(model, args, result);

	if (pas && !status)
		qpasi_tzsim_hypervisor_clear(model, pas);
	return status;
}
