/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening, counting and closing backends. */
#define _GNU_SOURCE /* secure_getenv() */
#include "core/backend.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qpas/el2.h>

#include "backend/el2/el2_backend.h"
#include "base/host/host_memory.h"
#include "core/names.h"
#include "core/registry.h"
#include "core/uri.h"

/* Proxies over proxies: more than any test or trace needs. */
#define MAX_CHILDREN 4u

/* What is being opened. */
struct plan {
	const struct qpas_backend_desc *desc;
	const struct qpas_backend_key *keys;
	uint32_t key_count;
	const void *embedder;
	struct qpas_backend *child;
	const struct qpasi_env *env;
};

static int no_memory(struct qpas_error *err)
{
	return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
}

/* Error-checking, so that a slot that calls back finds out instead of waiting for itself. */
static bool init_locks(struct qpas_backend *backend)
{
	pthread_mutexattr_t attributes;
	bool good;

	if (pthread_mutexattr_init(&attributes))
		return false;
	good = !pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK) &&
	       !pthread_mutex_init(&backend->slot_lock, &attributes);
	(void)pthread_mutexattr_destroy(&attributes);
	if (good && pthread_mutex_init(&backend->claim_lock, NULL)) {
		(void)pthread_mutex_destroy(&backend->slot_lock);
		return false;
	}
	return good;
}

static const char *environment(const struct qpasi_env *env, const char *name)
{
	return env->flags & QPAS_PARAMS_ENVIRONMENT ? secure_getenv(name) : NULL;
}

/* The copy of env outlives the object that it came from and frees it. */
static void free_object(struct qpas_backend *backend)
{
	struct qpasi_env env = backend->env;

	while (backend->claims) {
		struct qpasi_claim *claim = backend->claims;

		backend->claims = claim->next;
		qpasi_env_free(&env, claim);
	}
	qpas_platform_unref(backend->platform);
	qpasi_env_free(&env, backend->firmware_path);
	qpasi_env_free(&env, backend->priv);
	(void)pthread_mutex_destroy(&backend->slot_lock);
	(void)pthread_mutex_destroy(&backend->claim_lock);
	qpasi_env_free(&env, backend);
}

/*
 * A proxy cannot do what its child cannot: its optional slots are those of the child. All members
 * from `platform` on are functions.
 */
static void inherit_slots(struct qpas_backend_desc *desc, const struct qpas_backend_desc *child)
{
	static const unsigned char null[sizeof(desc->platform)];
	unsigned char *own = (unsigned char *)desc;
	const unsigned char *other = (const unsigned char *)child;

	desc->caps &= child->caps;
	for (size_t at = offsetof(struct qpas_backend_desc, platform); at < sizeof(*desc);
	     at += sizeof(null)) {
		if (!memcmp(other + at, null, sizeof(null)))
			memset(own + at, 0, sizeof(null));
	}
}

/* Everything that can run out of memory is done before the first slot is called. */
static struct qpas_backend *new_object(const struct plan *plan)
{
	struct qpas_backend *backend = qpasi_env_alloc(plan->env, sizeof(*backend));
	const char *path = plan->env->firmware_path;

	if (!backend)
		return NULL;
	backend->env = *plan->env;
	if (!init_locks(backend)) {
		qpasi_env_free(plan->env, backend);
		return NULL;
	}
	atomic_init(&backend->refs, 1);
	backend->pid = getpid();
	backend->desc = *plan->desc;
	if (plan->child)
		inherit_slots(&backend->desc, &plan->child->desc);
	backend->serialised = !(plan->desc->caps & QPAS_CAP_THREADSAFE);
	backend->priv = qpasi_env_alloc(plan->env, plan->desc->private_size);
	backend->platform = qpas_platform_ref(plan->env->platform);
	if (!path)
		path = environment(plan->env, "QPAS_FIRMWARE_PATH");
	if (path)
		backend->firmware_path = qpasi_env_strdup(plan->env, path);
	if (!backend->priv || (path && !backend->firmware_path)) {
		free_object(backend);
		return NULL;
	}
	return backend;
}

/*
 * What slots get are pointers into the object: allocator and log stay valid until close, whatever
 * the client does with its own structures after the call.
 */
static void fill_params(struct qpas_backend *backend)
{
	struct qpas_params params = QPAS_PARAMS_INIT;

	backend->env.allocator.size = sizeof(backend->env.allocator);
	backend->env.log.size = sizeof(backend->env.log);
	backend->env.limits.size = sizeof(backend->env.limits);
	params.flags = backend->env.flags;
	params.allocator = &backend->env.allocator;
	params.log = &backend->env.log;
	params.limits = &backend->env.limits;
	params.platform = backend->platform;
	params.firmware_path = backend->firmware_path;
	backend->params = params;
}

/* The same rule as for every other slot (slots.c): a documented answer with a whole error, or BACKEND. */
static int open_result(const struct qpas_backend *backend, const char *slot, int code,
		       struct qpas_error *err)
{
	bool documented = code <= 0 && qpasi_err_known(code);
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	if (!code)
		return 0;
	fault.message = documented ? QPASI_MSG_SLOT_FAILED : QPASI_MSG_BACKEND_RESULT;
	fault.s = backend->desc.name;
	fault.t = slot;
	fault.tz_status = documented ? 0 : code;
	if (!documented)
		return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
	if (!err->message_id)
		(void)qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
	err->code = code;
	return code;
}

/* The backend's own tree and one of the parameters must be the same one. */
static int take_platform(struct qpas_backend *backend, struct qpas_error *err)
{
	struct qpas_platform *own = NULL;
	int code;

	if (!backend->desc.platform)
		return 0;
	code = backend->desc.platform(backend->priv, &own, err);
	if (code == QPAS_ERR_NOTFOUND)
		return 0;
	if (code)
		return open_result(backend, "platform", code, err);
	if (backend->platform && backend->platform != own) {
		qpas_platform_unref(own);
		return qpasi_error_set(err, QPASI_MSG_AMBIGUOUS_PLATFORM, QPAS_STAGE_OPEN, NULL);
	}
	qpas_platform_unref(backend->platform);
	backend->platform = own;
	return 0;
}

/* Nothing is left of a failure in here; `close` is for backends that opened. */
static int open_slots(struct qpas_backend *backend, const struct plan *plan, struct qpas_error *err)
{
	struct qpas_backend_open_args args = {0};
	int code = open_result(backend, "probe", backend->desc.probe(err), err);

	if (code)
		return code;
	args.size = sizeof(args);
	args.key_count = plan->key_count;
	args.keys = plan->keys;
	args.params = &backend->params;
	args.embedder = plan->embedder;
	args.child = plan->child ? &plan->child->desc : NULL;
	args.child_private = plan->child ? plan->child->priv : NULL;
	code = open_result(backend, "open", backend->desc.open(backend->priv, &args, err), err);
	if (code)
		return code;
	code = take_platform(backend, err);
	if (code)
		backend->desc.close(backend->priv);
	return code;
}

/* The slot fills an error of the library's size; the caller gets as much of it as its own holds. */
static int open_one(const struct plan *plan, struct qpas_backend **out, struct qpas_error *err)
{
	struct qpas_error detail = QPAS_ERROR_INIT;
	struct qpas_backend *backend = new_object(plan);
	int code;

	if (!backend)
		return no_memory(err);
	fill_params(backend);
	code = open_slots(backend, plan, &detail);
	if (code) {
		free_object(backend);
		if (err)
			qpasi_abi_give(err, &detail, sizeof(detail));
		return code;
	}
	/* A proxy shows the tree of what is behind it. */
	if (!backend->platform && plan->child)
		backend->platform = qpas_platform_ref(plan->child->platform);
	backend->child = qpas_backend_ref(plan->child);
	*out = backend;
	return 0;
}

/* The name that people type first deserves an answer of its own. */
static const char *why_unknown(const char *scheme)
{
	if (!strcmp(scheme, "tzsim"))
		return "For the simulator, link libqpas-tzsim and call qpas_tzsim_register().";
	return "Check its spelling, or add it with qpas_backend_register().";
}

static int find_scheme(const char *scheme, struct qpas_backend_desc *desc, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	if (qpasi_registry_find(scheme, desc))
		return 0;
	fault.message = QPASI_MSG_SCHEME_UNKNOWN;
	fault.s = scheme;
	fault.t = why_unknown(scheme);
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

static bool knows_key(const struct qpas_backend_desc *desc, const char *key)
{
	for (const char *const *known = desc->keys; known && *known; known++) {
		if (!strcmp(*known, key))
			return true;
	}
	return false;
}

static int check_keys(const struct qpas_backend_desc *desc, const struct qpasi_uri *uri,
		      struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_URI_KEY;
	fault.s = desc->name;
	for (uint32_t i = 0; i < uri->key_count; i++) {
		fault.t = uri->keys[i].key;
		if (!knows_key(desc, fault.t))
			return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
	}
	fault.t = "child";
	if (uri->child && !knows_key(desc, fault.t))
		return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
	return 0;
}

/* Opens one link of the chain over *backend and puts itself in its place. */
static int open_link(const struct qpasi_uri *uri, const struct qpasi_env *env,
		     struct qpas_backend **backend, struct qpas_error *err)
{
	struct qpas_backend_desc desc;
	struct qpas_backend *child = *backend;
	struct plan plan = {&desc, uri->keys, uri->key_count, NULL, child, env};
	int code = find_scheme(uri->scheme, &desc, err);

	*backend = NULL;
	if (!code)
		code = check_keys(&desc, uri, err);
	if (!code)
		code = open_one(&plan, backend, err);
	qpas_backend_unref(child);
	return code;
}

/* Cut into links before any is opened: a mistake in the last one opens nothing. */
static int open_chain(const char *text, const struct qpasi_env *env, struct qpas_backend **out,
		      struct qpas_error *err)
{
	struct qpasi_uri uris[MAX_CHILDREN];
	struct qpas_backend *backend = NULL;
	uint32_t count = 0;
	int code = 0;

	for (; !code && text; text = code ? NULL : uris[count - 1].child) {
		if (count == MAX_CHILDREN) {
			code = qpasi_error_set(err, QPASI_MSG_URI_SYNTAX, QPAS_STAGE_OPEN, text);
			break;
		}
		code = qpasi_uri_parse(*text ? text : "kernel:", env, &uris[count], err);
		if (!code)
			count++;
	}
	/* The innermost first: a proxy is opened over what it stands for. */
	for (uint32_t i = count; i-- > 0;) {
		if (!code)
			code = open_link(&uris[i], env, &backend, err);
		qpasi_uri_free(env, &uris[i]);
	}
	if (!code)
		*out = backend;
	return code;
}

/* What every way to open begins with. */
static int begin_open(const struct qpas_params *params, struct qpas_backend **out,
		      struct qpasi_env *env, struct qpas_error *err)
{
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (!out)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN, "out");
	*out = NULL;
	return qpasi_env_init(env, params, qpasi_host_allocator(), err);
}

int qpas_backend_open(const char *uri, const struct qpas_params *params, struct qpas_backend **out,
		      struct qpas_error *err)
{
	struct qpasi_env env;
	int code = begin_open(params, out, &env, err);

	if (code)
		return code;
	if (!uri || !*uri)
		uri = environment(&env, "QPAS_BACKEND");
	return open_chain(uri ? uri : "kernel:", &env, out, err);
}

static int open_accepted(const struct qpas_backend_desc *desc, const void *embedder,
			 const struct qpasi_env *env, struct qpas_backend **out,
			 struct qpas_error *err)
{
	struct qpas_backend_desc copy;
	struct plan plan = {&copy, NULL, 0, embedder, NULL, env};
	int code = qpasi_registry_accept(desc, &copy, err);

	return code ? code : open_one(&plan, out, err);
}

int qpas_backend_open_desc(const struct qpas_backend_desc *desc, const void *embedder,
			   const struct qpas_params *params, struct qpas_backend **out,
			   struct qpas_error *err)
{
	struct qpasi_env env;
	int code = begin_open(params, out, &env, err);

	return code ? code : open_accepted(desc, embedder, &env, out, err);
}

/* A quirk of the chip, so that any of its peripherals tells. */
static bool chip_has_no_bridges(const struct qpas_platform *platform)
{
	struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;

	for (uint32_t i = 0; !qpas_platform_peripheral(platform, i, &peripheral, NULL); i++) {
		if (peripheral.flags & QPAS_PERIPHERAL_NO_BRIDGE)
			return true;
	}
	return false;
}

int qpas_el2_open(const struct qpas_el2_ops *ops, const struct qpas_params *params,
		  struct qpas_backend **out, struct qpas_error *err)
{
	struct qpas_el2_ops own = QPAS_EL2_OPS_INIT;
	struct qpasi_env env;
	int code = begin_open(params, out, &env, err);

	if (code)
		return code;
	if (!ops)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_OPEN, "ops");
	code = qpasi_abi_copy(&own, ops, sizeof(own), sizeof(own), err);
	if (code)
		return code;
	if (params && params->platform && chip_has_no_bridges(params->platform))
		own.flags |= QPAS_EL2_NO_BRIDGES;
	return open_accepted(&qpasi_el2_descriptor, &own, &env, out, err);
}

struct qpas_backend *qpas_backend_ref(struct qpas_backend *backend)
{
	if (backend)
		atomic_fetch_add_explicit(&backend->refs, 1, memory_order_relaxed);
	return backend;
}

/* A loop, not a recursion: each link of a chain holds a reference on the next. */
void qpas_backend_unref(struct qpas_backend *backend)
{
	while (backend) {
		struct qpas_backend *child = backend->child;

		if (atomic_fetch_sub_explicit(&backend->refs, 1, memory_order_acq_rel) != 1)
			return;
		/* What the parent process holds in the trusted world is the parent's. */
		if (!qpasi_backend_forked(backend))
			backend->desc.close(backend->priv);
		free_object(backend);
		backend = child;
	}
}

bool qpasi_backend_forked(const struct qpas_backend *backend)
{
	return backend->pid != getpid();
}

/* The system's tree is read on demand: most backends come with one, or are given one. */
int qpas_backend_platform(struct qpas_backend *backend, struct qpas_platform **platform,
			  struct qpas_error *err)
{
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (platform)
		*platform = NULL;
	if (!backend || !platform)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_PLATFORM,
				       backend ? "platform" : "backend");
	if (!backend->platform)
		return qpas_platform_open_system(&backend->params, platform, err);
	*platform = qpas_platform_ref(backend->platform);
	return 0;
}

static struct qpasi_claim *find_claim(struct qpas_backend *backend, uint32_t pas_id)
{
	struct qpasi_claim *claim = backend->claims;

	while (claim && claim->pas_id != pas_id)
		claim = claim->next;
	return claim;
}

/* Made before the lock is taken: the client's allocator is never called with it held. */
int qpasi_claim_take(struct qpas_backend *backend, uint32_t pas_id, struct qpasi_claim **claim,
		     struct qpas_error *err)
{
	struct qpasi_claim *made = qpasi_env_alloc(&backend->env, sizeof(*made));
	bool taken;

	if (!made)
		return no_memory(err);
	made->pas_id = pas_id;
	(void)pthread_mutex_lock(&backend->claim_lock);
	taken = find_claim(backend, pas_id) != NULL;
	if (!taken) {
		made->next = backend->claims;
		backend->claims = made;
	}
	(void)pthread_mutex_unlock(&backend->claim_lock);
	if (taken) {
		qpasi_env_free(&backend->env, made);
		return qpasi_error_numbers(err, QPASI_MSG_CONTEXT_TAKEN, QPAS_STAGE_OPEN, pas_id,
					   0);
	}
	*claim = made;
	return 0;
}

/* A pinned claim stays in the list and refuses the id for as long as the backend is open. */
void qpasi_claim_give(struct qpas_backend *backend, struct qpasi_claim *claim, bool pin)
{
	struct qpasi_claim **at;

	if (!claim)
		return;
	(void)pthread_mutex_lock(&backend->claim_lock);
	claim->pinned = pin;
	for (at = &backend->claims; *at != claim;)
		at = &(*at)->next;
	if (!pin)
		*at = claim->next;
	(void)pthread_mutex_unlock(&backend->claim_lock);
	if (!pin)
		qpasi_env_free(&backend->env, claim);
}
