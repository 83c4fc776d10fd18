/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas_refusal_*: gathers the facts for a profile, asks it, keeps its answers as sentences. */
#include <qpas/refuse.h>

#include <string.h>

#include "base/host/host_memory.h"
#include "base/params.h"
#include "core/refuse.h"
#include "image/image_internal.h"

#define KNOWN_FLAGS QPAS_REFUSAL_DTB_IMAGE

struct entry {
	struct qpas_refusal public;
	char text[256];
};

struct qpas_refusal_list {
	struct qpasi_env env;
	struct qpas_refusal_summary summary;
	struct entry entries[QPASI_REFUSALS_MAX];
};

/* Everything of one call; large, so it lives on the heap. */
struct asking {
	struct qpas_refusal_params params;
	struct qpasi_refuse_facts facts;
	struct qpasi_refusals found;
	struct qpas_slice bytes;
	struct qpas_image *opened;
	struct qpas_auth_report *made;
	char reason[256];
};

/* ---- parameters ---- */

static int check_params(const struct asking *asking, struct qpas_error *err)
{
	const struct qpas_refusal_params *params = &asking->params;
	size_t root = asking->facts.device.root_hash.len;

	if (params->profile < QPAS_REFUSAL_TZ || params->profile > QPAS_REFUSAL_OP_TEE)
		return qpasi_error_numbers(err, QPASI_MSG_REFUSE_PROFILE, QPAS_STAGE_NONE,
					   params->profile, QPAS_REFUSAL_OP_TEE);
	if (params->flags & ~KNOWN_FLAGS)
		return qpasi_error_numbers(err, QPASI_MSG_UNKNOWN_FLAGS, QPAS_STAGE_NONE,
					   params->flags, params->flags & ~KNOWN_FLAGS);
	if (root != 0 && root != 32 && root != 48)
		return qpasi_error_numbers(err, QPASI_MSG_ROOT_HASH_SIZE, QPAS_STAGE_NONE, root, 0);
	if (root && !asking->facts.device.root_hash.ptr)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, "root_hash");
	return 0;
}

static int take_params(const struct qpas_refusal_params *params, struct asking *asking,
		       struct qpas_error *err)
{
	static const struct qpas_refusal_device nothing = QPAS_REFUSAL_DEVICE_INIT;
	struct qpasi_refuse_facts *facts = &asking->facts;
	int result = qpasi_abi_copy(&asking->params, params, sizeof(*params), sizeof(*params), err);

	if (result)
		return result;
	facts->params = &asking->params;
	facts->device = nothing;
	if (asking->params.device)
		result = qpasi_abi_copy(&facts->device, asking->params.device, sizeof(nothing),
					sizeof(nothing), err);
	if (!result && asking->params.peripheral)
		result = qpasi_abi_check(asking->params.peripheral, sizeof(struct qpas_peripheral),
					 sizeof(struct qpas_peripheral), err);
	return result ? result : check_params(asking, err);
}

/* Id and region of the peripheral, the companion's for its DTB image. */
static void take_peripheral(struct asking *asking)
{
	const struct qpas_refusal_params *params = &asking->params;
	const struct qpas_peripheral *peripheral = params->peripheral;
	struct qpasi_refuse_facts *facts = &asking->facts;
	bool dtb = params->flags & QPAS_REFUSAL_DTB_IMAGE;

	facts->pas_id = QPAS_NO_PAS_ID;
	facts->base = params->region_base;
	facts->size = params->region_size;
	if (!peripheral)
		return;
	facts->pas_id = dtb ? peripheral->dtb_pas_id : peripheral->pas_id;
	if (facts->size || peripheral->carveout_count <= dtb)
		return;
	facts->size = peripheral->carveouts[dtb].size;
	facts->base = peripheral->carveouts[dtb].address;
	if (!peripheral->carveouts[dtb].dynamic)
		return;
	/* The kernel finds a place for it: one that suits a relocatable image. */
	if (facts->plan && facts->plan->relocatable)
		facts->base = facts->plan->min ? facts->plan->min : 1;
	else
		facts->size = 0;
}

/* ---- facts ---- */

static void take_image(struct asking *asking, const struct qpas_image *image)
{
	struct qpasi_refuse_facts *facts = &asking->facts;
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	facts->image = image;
	facts->elf = qpasi_image_elf(image);
	facts->plan = qpasi_image_plan(image);
	asking->bytes = qpasi_image_file(image);
	if (image->load_code)
		(void)qpasi_fault_text(&image->load_fault, asking->reason, sizeof(asking->reason));
	/* What was read of one that breaks the rules later on does not count. */
	if (facts->plan->hash_index != QPAS_NO_SEGMENT &&
	    qpasi_mbn_decode(qpasi_image_hash(image), facts->elf, &facts->mbn, &fault))
		memset(&facts->mbn, 0, sizeof(facts->mbn));
}

/* A report that looked at no signature answers too few questions. */
static bool looked_at_signatures(const struct qpasi_refuse_facts *facts)
{
	struct qpas_auth_problem problem;

	return !facts->summary.signatures || facts->signatures[0].valid != QPAS_AUTH_NOT_CHECKED ||
	       facts->signatures[0].chain_valid != QPAS_AUTH_NOT_CHECKED ||
	       qpasi_refuse_problem(facts, qpasi_refuse_is_signature, &problem);
}

static int read_report(struct qpasi_refuse_facts *facts, const struct qpas_auth_report *report,
		       struct qpas_error *err)
{
	static const struct qpas_auth_summary no_summary = QPAS_AUTH_SUMMARY_INIT;
	static const struct qpas_auth_signature no_signature = QPAS_AUTH_SIGNATURE_INIT;
	static const struct qpas_auth_identity no_identity = QPAS_AUTH_IDENTITY_INIT;
	int result;

	facts->report = report;
	facts->summary = no_summary;
	facts->identity = no_identity;
	result = qpas_auth_report_describe(report, &facts->summary, err);
	for (uint32_t i = 0; !result && i < QPASI_REFUSE_SIGNERS; i++) {
		facts->signatures[i] = no_signature;
		if (i < facts->summary.signatures)
			result = qpas_auth_report_signature(report, i, &facts->signatures[i], err);
	}
	/* Of an image without metadata neither says anything. */
	for (uint32_t signer = QPAS_AUTH_SIGNER_OEM; !result && signer <= QPAS_AUTH_SIGNER_QTI;
	     signer++) {
		if (!qpas_auth_report_identity(report, signer, &facts->identity, NULL))
			break;
	}
	return result;
}

static int take_report(struct asking *asking, struct qpas_error *err)
{
	struct qpasi_refuse_facts *facts = &asking->facts;
	int result = 0;

	if (asking->params.report)
		result = read_report(facts, asking->params.report, err);
	if (result || (asking->params.report && looked_at_signatures(facts)))
		return result;
	result = qpas_auth_verify(facts->image, NULL, &asking->made, err);
	return result ? result : read_report(facts, asking->made, err);
}

/* ---- profiles ---- */

/* The bool of the pure rules from the caller's status. */
static bool part_of_caller(void *user, uint32_t segment, uint64_t *bytes)
{
	const struct asking *asking = user;

	return asking->params.part(asking->params.user, segment, bytes) == 0;
}

static bool part_of_image(void *user, uint32_t segment, uint64_t *bytes)
{
	const struct qpas_image *image = ((const struct asking *)user)->facts.image;

	if (!image || segment >= image->elf.phnum || !qpasi_image_own_file(image, segment))
		return false;
	*bytes = image->elf.phdr[segment].filesz;
	return true;
}

static void ask_linux(struct asking *asking)
{
	const struct qpas_refusal_params *params = &asking->params;
	bool old = params->profile == QPAS_REFUSAL_LINUX_6_1;
	struct qpasi_refuse_linux in = {{!old, old},
					asking->bytes,
					params->name,
					asking->facts.base,
					asking->facts.size,
					false,
					params->part ? part_of_caller : part_of_image,
					asking};

	if (params->peripheral)
		in.asks_size = params->peripheral->kind == QPAS_KIND_VIDEO ||
			       params->peripheral->kind == QPAS_KIND_GPU;
	if (!in.name && asking->facts.image && asking->facts.image->named_mdt)
		in.name = qpasi_image_name(asking->facts.image);
	if (!in.size)
		asking->facts.unasked |= QPAS_REFUSAL_UNASKED_REGION;
	qpasi_refuse_linux(&in, &asking->found);
}

static int ask(struct asking *asking, struct qpas_error *err)
{
	bool world = asking->params.profile == QPAS_REFUSAL_TZ ||
		     asking->params.profile == QPAS_REFUSAL_OP_TEE;
	int result = 0;

	take_peripheral(asking);
	asking->facts.reason = asking->reason;
	if (world && asking->facts.image)
		result = take_report(asking, err);
	if (result)
		return result;
	if (asking->params.profile == QPAS_REFUSAL_TZ)
		qpasi_refuse_tz(&asking->facts, &asking->found);
	else if (asking->params.profile == QPAS_REFUSAL_OP_TEE)
		qpasi_refuse_optee_service(&asking->facts, &asking->found);
	else
		ask_linux(asking);
	return 0;
}

/* ---- the list ---- */

static void write_entry(const struct asking *asking, const struct qpasi_refusal *from,
			struct entry *entry)
{
	static const struct qpas_refusal fresh = QPAS_REFUSAL_INIT;
	const struct qpasi_refuse_rule *rule = qpasi_refuse_rule_find(from->rule);
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = from->rule;
	fault.segment = from->segment;
	fault.offset = from->offset;
	fault.a = from->a;
	fault.b = from->b;
	fault.s = from->s;
	(void)qpasi_fault_text(&fault, entry->text, sizeof(entry->text));
	entry->public = fresh;
	entry->public.rule = from->rule;
	entry->public.profile = asking->params.profile;
	entry->public.status = from->status;
	entry->public.segment = from->segment;
	entry->public.times = from->times;
	entry->public.offset = from->offset;
	entry->public.value = from->a;
	entry->public.limit = from->b;
	entry->public.name = rule ? rule->name : "?";
	entry->public.source = rule ? rule->source : "?";
}

static int make_list(const struct asking *asking, const struct qpasi_env *env,
		     struct qpas_refusal_list **out, struct qpas_error *err)
{
	static const struct qpas_refusal_summary fresh = QPAS_REFUSAL_SUMMARY_INIT;
	struct qpas_refusal_list *list = qpasi_env_alloc(env, sizeof(*list));

	if (!list)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_NONE, NULL);
	list->env = *env;
	list->summary = fresh;
	list->summary.profile = asking->params.profile;
	list->summary.count = asking->found.count;
	list->summary.unasked = asking->facts.unasked;
	for (uint32_t i = 0; i < asking->found.count; i++)
		write_entry(asking, &asking->found.list[i], &list->entries[i]);
	*out = list;
	return 0;
}

static int begin(const void *subject, const char *what, const struct qpas_refusal_params *params,
		 struct qpas_refusal_list **list, struct qpas_error *err)
{
	int result = qpasi_error_begin(err);

	if (list)
		*list = NULL;
	if (result)
		return result;
	if (!subject)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE, what);
	if (!params || !list)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       params ? "list" : "params");
	return 0;
}

int qpas_refusal_check(const struct qpas_image *image, const struct qpas_refusal_params *params,
		       struct qpas_refusal_list **list, struct qpas_error *err)
{
	const struct qpasi_env *env;
	struct asking *asking;
	int result = begin(image, "image", params, list, err);

	if (result)
		return result;
	env = qpasi_image_env(image);
	asking = qpasi_env_alloc(env, sizeof(*asking));
	if (!asking)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_NONE, NULL);
	result = take_params(params, asking, err);
	if (!result) {
		take_image(asking, image);
		result = ask(asking, err);
	}
	if (!result)
		result = make_list(asking, env, list, err);
	qpas_auth_report_free(asking->made);
	qpasi_env_free(env, asking);
	return result;
}

/* Linux reads the bytes itself; the others want an image, and say so if it is none. */
static int open_bytes(struct asking *asking, struct qpas_error *err)
{
	struct qpas_error why = QPAS_ERROR_INIT;
	int result;

	if (asking->params.profile == QPAS_REFUSAL_LINUX_6_1 ||
	    asking->params.profile == QPAS_REFUSAL_LINUX_7_2)
		return 0;
	result = qpas_image_open_memory(asking->bytes, NULL, &asking->opened, &why);
	switch (result) {
	case 0:
		take_image(asking, asking->opened);
		return 0;
	case QPAS_ERR_NOMEM:
	case QPAS_ERR_IO:
		if (err) {
			why.size = err->size;
			qpasi_abi_give(err, &why, sizeof(why));
		}
		return result;
	default:
		memcpy(asking->reason, why.text, sizeof(asking->reason));
		return 0;
	}
}

int qpas_refusal_check_bytes(struct qpas_slice bytes, const struct qpas_refusal_params *params,
			     struct qpas_refusal_list **list, struct qpas_error *err)
{
	struct asking *asking;
	struct qpasi_env env;
	int result = begin(bytes.len ? bytes.ptr : "", "bytes.ptr", params, list, err);

	if (!result)
		result = qpasi_env_init(&env, NULL, qpasi_host_allocator(), err);
	if (result)
		return result;
	asking = qpasi_env_alloc(&env, sizeof(*asking));
	if (!asking)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_NONE, NULL);
	asking->bytes = bytes;
	result = take_params(params, asking, err);
	if (!result)
		result = open_bytes(asking, err);
	if (!result)
		result = ask(asking, err);
	if (!result)
		result = make_list(asking, &env, list, err);
	qpas_auth_report_free(asking->made);
	qpas_image_unref(asking->opened);
	qpasi_env_free(&env, asking);
	return result;
}

void qpas_refusal_list_free(struct qpas_refusal_list *list)
{
	struct qpasi_env env;

	if (!list)
		return;
	env = list->env;
	qpasi_env_free(&env, list);
}

/* ---- what it says ---- */

static int begin_get(const void *list, const void *to, size_t known, struct qpas_error *err)
{
	int result = qpasi_error_begin(err);

	if (result)
		return result;
	if (!list || !to)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       list ? "The structure to fill" : "list");
	return qpasi_abi_check(to, known, known, err);
}

int qpas_refusal_describe(const struct qpas_refusal_list *list,
			  struct qpas_refusal_summary *summary, struct qpas_error *err)
{
	int result = begin_get(list, summary, sizeof(*summary), err);

	if (!result)
		qpasi_abi_give(summary, &list->summary, sizeof(*summary));
	return result;
}

int qpas_refusal_get(const struct qpas_refusal_list *list, uint32_t index,
		     struct qpas_refusal *refusal, struct qpas_error *err)
{
	struct qpas_refusal found;
	int result = begin_get(list, refusal, sizeof(*refusal), err);

	if (result)
		return result;
	if (index >= list->summary.count)
		return qpasi_error_numbers(err, QPASI_MSG_INDEX_PAST_END, QPAS_STAGE_NONE, index,
					   list->summary.count);
	found = list->entries[index].public;
	found.text = list->entries[index].text;
	qpasi_abi_give(refusal, &found, sizeof(*refusal));
	return 0;
}

int qpas_refusal_rule_get(uint32_t index, struct qpas_refusal_rule *rule, struct qpas_error *err)
{
	struct qpas_refusal_rule own = QPAS_REFUSAL_RULE_INIT;
	const struct qpasi_refuse_rule *found = qpasi_refuse_rule_at(index);
	int result = begin_get("", rule, sizeof(*rule), err);

	if (result)
		return result;
	if (!found)
		return qpasi_error_set(err, QPASI_MSG_REFUSE_RULE_END, QPAS_STAGE_NONE, NULL);
	own.number = found->number;
	own.profiles = found->profiles;
	own.name = found->name;
	own.source = found->source;
	qpasi_abi_give(rule, &own, sizeof(*rule));
	return 0;
}

const char *qpas_refusal_rule_text(uint32_t number)
{
	return qpasi_refuse_rule_find(number) ? qpas_message_text(number) : "";
}

const char *qpas_refusal_profile_name(uint32_t profile)
{
	static const char *const names[] = {"?", "tz", "linux:6.1", "linux:7.2", "op-tee"};

	return profile < sizeof(names) / sizeof(names[0]) ? names[profile] : names[0];
}
