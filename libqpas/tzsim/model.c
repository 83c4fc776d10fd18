/* SPDX-License-Identifier: BSD-3-Clause */
/* The public object: making, freeing, looking into it. */
#include "tzsim/model.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/host/host_memory.h"
#include "tzsim/conduit.h"

#define KNOWN_FLAGS (QPAS_TZSIM_EXPLAIN | QPAS_TZSIM_SELF_OWNER)

static int null_argument(const char *what, struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, what);
}

/* The parts point at the model's own environment, so the model itself goes last, by a copy of it. */
void qpas_tzsim_free(struct qpas_tzsim *model)
{
	struct qpasi_env env;

	if (!model)
		return;
	env = model->env;
	for (uint32_t i = 0; i < model->pas_count; i++) {
		qpasi_tzsim_image_free(model, model->pas[i].image);
		qpasi_env_free(&env, model->pas[i].table);
	}
	for (uint32_t i = 0; i < 2; i++)
		qpasi_hasher_free(model->hasher[i]);
	qpasi_tzsim_profile_free(&model->profile);
	qpasi_tzsim_bridges_free(&model->bridges);
	qpasi_tzsim_iommu_free(&model->iommu);
	qpasi_tzsim_memory_free(&model->memory);
	qpasi_env_free(&env, model->assigned);
	qpasi_env_free(&env, model->pas);
	if (model->wake_fd >= 0)
		(void)close(model->wake_fd);
	qpas_platform_unref(model->platform);
	qpasi_env_free(&env, model);
}

/* A machine cannot be made up: without a device tree there is no memory and no id. */
static int check_params(const struct qpas_tzsim_params *params, struct qpas_error *err)
{
	if (params->reserved)
		return qpasi_error_set(err, QPASI_MSG_RESERVED_NOT_ZERO, QPAS_STAGE_NONE,
				       "qpas_tzsim_params.reserved");
	if (params->flags & ~KNOWN_FLAGS)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_NONE,
					   params->flags, params->flags & ~KNOWN_FLAGS);
	if (params->host_level > 2 || params->tz > QPAS_TZSIM_OLD)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_NONE,
					   params->host_level > 2 ? params->host_level : params->tz,
					   0);
	if (!params->params || !params->params->platform)
		return qpasi_error_set(err, QPASI_MSG_SIM_NO_TREE, QPAS_STAGE_OPEN, NULL);
	if (params->profile.len && !params->profile.ptr)
		return null_argument("profile", err);
	return 0;
}

/* A copy of the guest: the caller's structure need not last. */
static int take_guest(struct qpas_tzsim *model, const struct qpas_tzsim_params *params,
		      struct qpas_error *err)
{
	static const struct qpas_tzsim_guest none = QPAS_TZSIM_GUEST_INIT;
	struct qpas_tzsim_guest *guest = &model->guest;
	const char *missing = NULL;
	int code;

	if (!params->guest)
		return 0;
	*guest = none;
	code = qpasi_abi_copy(guest, params->guest, sizeof(*guest), sizeof(*guest), err);
	if (code)
		return code;
	if (!guest->ram || !guest->ram_count || guest->ram_count > QPAS_TZSIM_RAM_MOST)
		missing = "1 to 64 pieces of memory";
	else if (!guest->read || !guest->write)
		missing = "functions that read and write its memory";
	else if (guest->smmu && !guest->peek)
		missing = "a function that reads the registers of its SMMU";
	else if (model->host_level == 1)
		missing = "host level 2, as no hypervisor is modelled below it";
	return missing ? qpasi_error_set(err, QPASI_MSG_SIM_GUEST, QPAS_STAGE_OPEN, missing) : 0;
}

/* Everything that free needs is set here, before anything can fail. */
static void init_parts(struct qpas_tzsim *model)
{
	const struct qpasi_env *env = &model->env;

	qpasi_tzsim_profile_init(&model->profile, env);
	qpasi_tzsim_memory_init(&model->memory, env);
	qpasi_tzsim_iommu_init(&model->iommu, env, &model->memory);
	qpasi_tzsim_bridges_init(&model->bridges, env);
	model->pending.how = QPASI_TZSIM_FAULT_COUNT;
	model->next_session = UINT64_C(0x5e551);
	model->platform = qpas_platform_ref(env->platform);
	atomic_init(&model->cancelled, 0);
	model->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/* What the parameters say goes before what the profile says. */
static void choose_world(struct qpas_tzsim *model, const struct qpas_tzsim_params *params)
{
	const struct qpasi_tzsim_profile *profile = &model->profile;

	model->host_level = params->host_level ? params->host_level : profile->host_level;
	if (!model->host_level)
		model->host_level = 2;
	model->tz = params->tz ? params->tz : profile->tz;
	model->explains = (params->flags & QPAS_TZSIM_EXPLAIN) != 0;
	model->self_owner = (params->flags & QPAS_TZSIM_SELF_OWNER) != 0;
}

/* The profile is read before the machine is made: it adds memory and decides the level. */
static int fill_model(struct qpas_tzsim *model, const struct qpas_tzsim_params *params,
		      struct qpas_error *err)
{
	int code;

	init_parts(model);
	if (model->wake_fd < 0)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
	code = qpasi_tzsim_profile_read(&model->profile, params->profile, err);
	if (code)
		return code;
	choose_world(model, params);
	code = take_guest(model, params, err);
	if (code)
		return code;
	return qpasi_tzsim_machine_make(model, err);
}

int qpas_tzsim_new(const struct qpas_tzsim_params *params, struct qpas_tzsim **out,
		   struct qpas_error *err)
{
	struct qpas_tzsim_params copy = QPAS_TZSIM_PARAMS_INIT;
	struct qpas_tzsim *model;
	struct qpasi_env env;
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (!out)
		return null_argument("out", err);
	*out = NULL;
	if (!params)
		return null_argument("params", err);
	code = qpasi_abi_copy(&copy, params, sizeof(copy), sizeof(copy), err);
	if (!code)
		code = check_params(&copy, err);
	if (!code)
		code = qpasi_env_init(&env, copy.params, qpasi_host_allocator(), err);
	if (code)
		return code;
	model = qpasi_env_alloc(&env, sizeof(*model));
	if (!model)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
	model->env = env;
	code = fill_model(model, &copy, err);
	if (code)
		qpas_tzsim_free(model);
	else
		*out = model;
	return code;
}

void qpas_tzsim_smc(struct qpas_tzsim *model, const uint64_t in[8], uint64_t out[8])
{
	bool lost;

	if (!in || !out)
		return;
	/* Registers cannot say "no machine": it is a machine that has no function at all. */
	if (!model) {
		memset(out, 0, 8 * sizeof(out[0]));
		out[0] = UINT64_MAX;
		return;
	}
	qpasi_tzsim_call(model, in, out, &lost);
}

/* Memory knows three ways to fail; the client's error has a sentence for each. */
static int access_result(int code, uint64_t address, uint64_t length, struct qpas_error *err)
{
	if (!code)
		return 0;
	if (code == QPAS_ERR_RANGE)
		return qpasi_error_numbers(err, QPASI_MSG_SIM_MEMORY, QPAS_STAGE_NONE, address,
					   length);
	if (code == QPAS_ERR_BACKEND)
		return qpasi_error_numbers(err, QPASI_MSG_SIM_PROTECTED, QPAS_STAGE_NONE, address,
					   length);
	return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_NONE, NULL);
}

int qpas_tzsim_read(struct qpas_tzsim *model, uint64_t address, void *to, size_t length,
		    struct qpas_error *err)
{
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (!model || (!to && length))
		return null_argument(model ? "to" : "model", err);
	code = qpasi_tzsim_memory_read(&model->memory, QPASI_TZSIM_HOST, address, to, length);
	return access_result(code, address, length, err);
}

int qpas_tzsim_write(struct qpas_tzsim *model, uint64_t address, struct qpas_slice data,
		     struct qpas_error *err)
{
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (!model || (!data.ptr && data.len))
		return null_argument(model ? "data" : "model", err);
	code = qpasi_tzsim_memory_write(&model->memory, QPASI_TZSIM_HOST, address, data);
	return access_result(code, address, data.len, err);
}

int qpas_tzsim_describe(const struct qpas_tzsim *model, struct qpas_tzsim_books *books,
			struct qpas_error *err)
{
	struct qpas_tzsim_books made = QPAS_TZSIM_BOOKS_INIT;
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (!model || !books)
		return null_argument(model ? "books" : "model", err);
	code = qpasi_abi_check(books, sizeof(made), sizeof(made), err);
	if (code)
		return code;
	made.bridges = model->bridges.count;
	made.mappings = model->iommu.count;
	made.table_pages = model->iommu.tables;
	made.shared_buffers = model->memory.window_count;
	made.protected_accesses = model->memory.protected_accesses;
	made.faults = model->faults;
	made.calls = model->calls;
	for (uint32_t i = 0; i < model->pas_count; i++) {
		made.running += model->pas[i].state == QPASI_TZSIM_RUNNING || model->pas[i].direct;
		made.images += model->pas[i].state == QPASI_TZSIM_IMAGE ||
			       model->pas[i].state == QPASI_TZSIM_MEMORY;
	}
	qpasi_abi_give(books, &made, sizeof(made));
	return 0;
}

int qpas_tzsim_describe_stream(const struct qpas_tzsim *model, const char *iommu, uint32_t stream,
			       struct qpas_tzsim_stage1 *stage1, struct qpas_error *err)
{
	struct qpas_tzsim_stage1 made = QPAS_TZSIM_STAGE1_INIT;
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	const struct qpasi_tzsim_bank *bank;
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (!model || !iommu || !stage1)
		return null_argument(!model ? "model" : !iommu ? "iommu" : "stage1", err);
	code = qpasi_abi_check(stage1, sizeof(made), sizeof(made), err);
	if (code)
		return code;
	bank = qpasi_tzsim_iommu_bank(&model->iommu, iommu, stream);
	if (!bank) {
		fault.message = QPASI_MSG_SIM_NO_TABLES;
		fault.a = stream;
		fault.s = iommu;
		return qpasi_fault_report(&fault, QPAS_STAGE_NONE, err);
	}
	made.input_bits = bank->lpae.input_bits;
	made.output_bits = bank->lpae.output_bits;
	made.table_pages = bank->tables;
	made.root = bank->lpae.root;
	made.mair = QPASI_LPAE_MAIR;
	qpasi_abi_give(stage1, &made, sizeof(made));
	return 0;
}

int qpas_tzsim_event(struct qpas_tzsim *model, uint32_t pas_id, struct qpas_backend_event *event,
		     struct qpas_error *err)
{
	struct qpasi_tzsim_pas *pas;
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (!model || !event)
		return null_argument(model ? "event" : "model", err);
	pas = qpasi_tzsim_find_pas(model, pas_id);
	if (!pas || pas->state != QPASI_TZSIM_RUNNING ||
	    !qpasi_tzsim_processor_event(model, pas, event))
		return qpasi_error_numbers(err, QPASI_MSG_SIM_SILENT, QPAS_STAGE_NONE, pas_id, 0);
	return 0;
}

const char *qpas_tzsim_reason(const struct qpas_tzsim *model)
{
	return model ? model->reason : "";
}

int qpas_tzsim_ops(struct qpas_tzsim *model, struct qpas_el2_ops *ops, struct qpas_error *err)
{
	struct qpas_el2_ops made;
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (!model || !ops)
		return null_argument(model ? "ops" : "model", err);
	if (model->memory.guest)
		return qpasi_error_set(err, QPASI_MSG_SIM_GUEST_BACKEND, QPAS_STAGE_OPEN, NULL);
	code = qpasi_abi_check(ops, sizeof(made), sizeof(made), err);
	if (code)
		return code;
	qpasi_tzsim_conduit(model, &made);
	qpasi_abi_give(ops, &made, sizeof(made));
	return 0;
}
