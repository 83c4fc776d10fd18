/* SPDX-License-Identifier: BSD-3-Clause */
/* The scheme "tzsim:": the el2 backend with a model as its machine. */
#include <qpas/tzsim.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend/el2/el2_backend.h"
#include "base/host/host_memory.h"
#include "tzsim/conduit.h"
#include "tzsim/model.h"

#define PROFILE_BYTES ((size_t)64 << 10)
/* Behind a profile from a file: what the URI adds. */
#define EXTRA_BYTES ((size_t)256)

/* The el2 backend's data come first: its slots are named in the descriptor below. */
struct simulator {
	struct qpasi_el2 el2;
	struct qpas_tzsim *model;
	bool owned;
};

/* How qpas_tzsim_open() hands a model to open(). */
struct embedder {
	struct qpas_tzsim *model;
};

/* Keys of a URI. */
struct keys {
	const char *dtb;
	const char *profile;
	const char *fault;
	struct qpas_tzsim_params params;
};

static int bad_value(const struct qpas_backend_key *key, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_URI_VALUE;
	fault.s = key->key;
	fault.t = key->value;
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

/* The position of a value in a list of words, counted from 1; 0: it is none of them. */
static uint32_t word_of(const char *value, const char *const *words)
{
	for (uint32_t i = 0; words[i]; i++) {
		if (!strcmp(value, words[i]))
			return i + 1;
	}
	return 0;
}

static int read_key(const struct qpas_backend_key *key, struct keys *keys, struct qpas_error *err)
{
	static const char *const levels[] = {"1", "2", NULL};
	static const char *const worlds[] = {"strict", "lenient", "old", NULL};
	static const char *const answers[] = {"0", "1", NULL};
	static const char *const forms[] = {"list", "self", NULL};
	uint32_t word = 1;

	if (!strcmp(key->key, "dtb")) {
		keys->dtb = key->value;
	} else if (!strcmp(key->key, "profile")) {
		keys->profile = key->value;
	} else if (!strcmp(key->key, "fault")) {
		keys->fault = key->value;
	} else if (!strcmp(key->key, "el")) {
		word = word_of(key->value, levels);
		keys->params.host_level = word;
	} else if (!strcmp(key->key, "tz")) {
		word = word_of(key->value, worlds);
		keys->params.tz = word;
	} else if (!strcmp(key->key, "bridge")) {
		word = word_of(key->value, forms);
		keys->params.flags |= word == 2 ? QPAS_TZSIM_SELF_OWNER : 0;
	} else {
		word = word_of(key->value, answers);
		keys->params.flags |= word == 2 ? QPAS_TZSIM_EXPLAIN : 0;
	}
	return word ? 0 : bad_value(key, err);
}

/* The core has checked that each key is one of key_names. */
static int read_keys(const struct qpas_backend_open_args *args, struct keys *keys,
		     struct qpas_error *err)
{
	int code = 0;

	for (uint32_t i = 0; !code && i < args->key_count; i++)
		code = read_key(&args->keys[i], keys, err);
	return code;
}

/* errno is that of the call that failed right before. */
static int file_error(const char *name, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.os_errno = errno;
	fault.message = errno == ENOENT ? QPASI_MSG_FILE_MISSING : QPASI_MSG_FILE_OPEN;
	fault.s = name;
	fault.t = strerror(errno);
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

/* Reads a profile into `text`; *length gets its bytes. */
static int read_profile(const char *name, char *text, size_t *length, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	FILE *file;
	int code = 0;

	errno = 0;
	file = fopen(name, "rbe");
	if (!file)
		return file_error(name, err);
	*length = fread(text, 1, PROFILE_BYTES, file);
	if (ferror(file)) {
		code = file_error(name, err);
	} else if (*length == PROFILE_BYTES) {
		fault.message = QPASI_MSG_FILE_TOO_LARGE;
		fault.s = name;
		fault.a = PROFILE_BYTES;
		fault.b = PROFILE_BYTES - 1;
		code = qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
	}
	(void)fclose(file);
	return code;
}

/* The profile's text with the faults of the URI, separated by '+', behind it. */
static int make_profile(const struct keys *keys, char *text, size_t *length, struct qpas_error *err)
{
	struct qpas_backend_key key = {"fault", keys->fault};
	const char *fault = keys->fault;
	int code = 0;

	*length = 0;
	if (keys->profile)
		code = read_profile(keys->profile, text, length, err);
	if (code || !fault)
		return code;
	if (strlen(fault) * 8 + 8 > EXTRA_BYTES || strpbrk(fault, "\n #"))
		return bad_value(&key, err);
	while (fault) {
		static const char word[] = "\nfault ";
		const char *plus = strchr(fault, '+');
		size_t bytes = plus ? (size_t)(plus - fault) : strlen(fault);

		memcpy(text + *length, word, sizeof(word) - 1);
		*length += sizeof(word) - 1;
		memcpy(text + *length, fault, bytes);
		*length += bytes;
		fault = plus ? plus + 1 : NULL;
	}
	return 0;
}

/* The tree is the key's or the parameters': two trees would be two machines. */
static int open_platform(const struct keys *keys, const struct qpas_params *params,
			 struct qpas_platform **platform, struct qpas_error *err)
{
	struct qpas_params without = *params;

	if (keys->dtb && params->platform)
		return qpasi_error_set(err, QPASI_MSG_AMBIGUOUS_PLATFORM, QPAS_STAGE_OPEN, NULL);
	if (!keys->dtb && !params->platform)
		return qpasi_error_set(err, QPASI_MSG_SIM_NO_TREE, QPAS_STAGE_OPEN, NULL);
	if (!keys->dtb) {
		*platform = qpas_platform_ref(params->platform);
		return 0;
	}
	without.platform = NULL;
	return qpas_platform_open_file(&keys->dtb, 1, &without, platform, err);
}

/* The model of a URI. */
static int make_model(const struct qpas_backend_open_args *args, struct keys *keys,
		      struct qpasi_env *env, struct qpas_tzsim **model, struct qpas_error *err)
{
	struct qpas_platform *platform = NULL;
	struct qpas_params params = *args->params;
	char *text = qpasi_env_alloc(env, PROFILE_BYTES + EXTRA_BYTES);
	int code;

	if (!text)
		return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
	keys->params.profile.ptr = text;
	code = make_profile(keys, text, &keys->params.profile.len, err);
	if (!code)
		code = open_platform(keys, args->params, &platform, err);
	if (!code) {
		params.platform = platform;
		keys->params.params = &params;
		code = qpas_tzsim_new(&keys->params, model, err);
	}
	keys->params.params = NULL;
	keys->params.profile.ptr = NULL;
	qpas_platform_unref(platform);
	qpasi_env_free(env, text);
	return code;
}

static int open_uri(const struct qpas_backend_open_args *args, struct qpas_tzsim **model,
		    struct qpas_error *err)
{
	struct qpas_tzsim_params params = QPAS_TZSIM_PARAMS_INIT;
	struct keys keys = {NULL, NULL, NULL, params};
	struct qpasi_env env;
	int code = read_keys(args, &keys, err);

	if (!code)
		code = qpasi_env_init(&env, args->params, qpasi_host_allocator(), err);
	return code ? code : make_model(args, &keys, &env, model, err);
}

/* ---- slots ---- */

static int probe(struct qpas_error *err)
{
	(void)err;
	return 0;
}

static int open_slot(void *priv, const struct qpas_backend_open_args *args, struct qpas_error *err)
{
	struct simulator *simulator = priv;
	const struct embedder *embedder = args->embedder;
	struct qpas_el2_ops ops;
	int code = 0;

	simulator->owned = !embedder;
	if (embedder)
		simulator->model = embedder->model;
	else
		code = open_uri(args, &simulator->model, err);
	if (code)
		return code;
	qpasi_tzsim_conduit(simulator->model, &ops);
	code = qpasi_el2_open(&simulator->el2, &ops, err);
	if (code && simulator->owned)
		qpas_tzsim_free(simulator->model);
	return code;
}

static void close_slot(void *priv)
{
	struct simulator *simulator = priv;

	qpasi_el2_close(&simulator->el2);
	if (simulator->owned)
		qpas_tzsim_free(simulator->model);
}

/* Hardware or not is the only thing that a client may see. */
static int capabilities(void *priv, uint32_t pas_id, struct qpas_backend_caps *caps,
			struct qpas_error *err)
{
	int code = qpasi_el2_capabilities(priv, pas_id, caps, err);

	caps->caps |= QPAS_CAP_SIMULATOR;
	return code;
}

static int platform_slot(void *priv, struct qpas_platform **platform, struct qpas_error *err)
{
	const struct simulator *simulator = priv;

	(void)err;
	*platform = qpas_platform_ref(simulator->model->platform);
	return 0;
}

static int enumerate(void *priv, uint32_t index, uint32_t *pas_id, struct qpas_error *err)
{
	const struct simulator *simulator = priv;

	if (index >= simulator->model->pas_count)
		return qpasi_error_numbers(err, QPASI_MSG_INDEX_PAST_END, QPAS_STAGE_NONE, index,
					   simulator->model->pas_count);
	*pas_id = simulator->model->pas[index].id;
	return 0;
}

/* As a kernel driver does by the levels of the interrupt lines: no call is made. */
static int attach(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	const struct simulator *simulator = priv;
	const struct qpasi_tzsim_pas *pas = qpasi_tzsim_find_pas(simulator->model, pas_id);

	if (pas && pas->state == QPASI_TZSIM_RUNNING && pas->processor != QPASI_TZSIM_DEAD)
		return 0;
	return qpasi_error_numbers(err, QPASI_MSG_SIM_NOT_RUNNING, QPAS_STAGE_ATTACH, pas_id, 0);
}

/* Nothing holds a processor up but the trusted world. */
static int detach(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	(void)priv;
	(void)pas_id;
	(void)err;
	return 0;
}

static int status(void *priv, uint32_t pas_id, uint32_t *state, struct qpas_error *err)
{
	static const uint32_t states[] = {QPAS_STATE_NEW, QPAS_STATE_META, QPAS_STATE_MEM,
					  QPAS_STATE_RUNNING};
	const struct simulator *simulator = priv;
	const struct qpasi_tzsim_pas *pas = qpasi_tzsim_find_pas(simulator->model, pas_id);

	if (!pas)
		return qpasi_error_numbers(err, QPASI_MSG_TZ_NOT_KNOWN, QPAS_STAGE_NONE, pas_id, 0);
	*state = pas->direct ? QPAS_STATE_RUNNING : states[pas->state];
	if (pas->processor == QPASI_TZSIM_DEAD)
		*state = QPAS_STATE_CRASHED;
	return 0;
}

/* What the processor died of, in one line. */
static const char *last_words(const struct qpasi_tzsim_pas *pas, char *text, size_t length)
{
	const struct qpas_backend_event *event = &pas->event;

	if (event->type != QPAS_EVENT_FAULT)
		return event->text;
	(void)snprintf(text, length, "stream 0x%x, %s at 0x%llx: %s", event->stream,
		       event->write ? "write" : "read", (unsigned long long)event->address,
		       event->text);
	return text;
}

/* Only video does so, and only with a stream of its firmware's own. */
static int direct_start(void *priv, uint32_t peripheral, struct qpas_error *err)
{
	const struct simulator *simulator = priv;
	struct qpasi_tzsim_pas *pas = qpasi_tzsim_find_pas(simulator->model, peripheral);
	struct qpasi_fault fault = QPASI_FAULT_INIT;
	char text[192];

	fault.message = QPASI_MSG_SIM_DIRECT;
	fault.a = peripheral;
	fault.t = "it has no stream, no region, or runs already";
	if (!pas || !pas->stream_count || !pas->carveout_count || !pas->carveouts[0].size ||
	    pas->state != QPASI_TZSIM_IDLE || pas->direct)
		return qpasi_fault_report(&fault, QPAS_STAGE_AUTH_RESET, err);
	if (qpasi_tzsim_processor_direct(simulator->model, pas))
		return 0;
	fault.t = last_words(pas, text, sizeof(text));
	return qpasi_fault_report(&fault, QPAS_STAGE_AUTH_RESET, err);
}

static int direct_stop(void *priv, uint32_t peripheral, struct qpas_error *err)
{
	const struct simulator *simulator = priv;
	struct qpasi_tzsim_pas *pas = qpasi_tzsim_find_pas(simulator->model, peripheral);

	if (!pas || !pas->direct)
		return qpasi_error_numbers(err, QPASI_MSG_SIM_NOT_RUNNING, QPAS_STAGE_SHUTDOWN,
					   peripheral, 0);
	qpasi_tzsim_processor_stop(simulator->model, pas);
	return 0;
}

static const char *const key_names[] = {"dtb",	  "profile", "el",	"tz",
					"bridge", "fault",   "explain", NULL};

static const struct qpas_backend_desc descriptor = {
	.size = (uint32_t)sizeof(struct qpas_backend_desc),
	.abi = QPAS_BACKEND_ABI,
	.name = "tzsim",
	.summary = "a simulated machine with a TrustZone that authenticates for real",
	.config_help =
		"dtb=FILE      device tree of the machine\n"
		"profile=FILE  tables, faults and memory of the machine (docs/tzsim.md)\n"
		"el=1|2        level of the host; 1 has a hypervisor below it\n"
		"tz=strict|lenient|old  whether memory must be bridged; old lacks a call\n"
		"bridge=list|self  form of the host's SHM bridges: list of VMs, or self-owner\n"
		"fault=NAME[:TIMES][+NAME...]  what goes wrong\n"
		"explain=0|1   1: the client is told why, not only the log (default 0)\n",
	.keys = key_names,
	.caps = QPASI_EL2_CAPS | QPAS_CAP_SIMULATOR,
	.private_size = sizeof(struct simulator),
	.probe = probe,
	.open = open_slot,
	.close = close_slot,
	.capabilities = capabilities,
	.platform = platform_slot,
	.enumerate = enumerate,
	.supported = qpasi_el2_supported,
	.metadata_begin = qpasi_el2_metadata_begin,
	.metadata_release = qpasi_el2_metadata_release,
	.mem_setup = qpasi_el2_mem_setup,
	.region_write = qpasi_el2_region_write,
	.region_zero = qpasi_el2_region_zero,
	.region_read = qpasi_el2_region_read,
	.rsc_table = qpasi_el2_rsc_table,
	.shared_alloc = qpasi_el2_shared_alloc,
	.shared_free = qpasi_el2_shared_free,
	.bridge_create = qpasi_el2_bridge_create,
	.bridge_delete = qpasi_el2_bridge_delete,
	.iommu_apply = qpasi_el2_iommu_apply,
	.iommu_clear = qpasi_el2_iommu_clear,
	.auth_reset = qpasi_el2_auth_reset,
	.shutdown = qpasi_el2_shutdown,
	.attach = attach,
	.detach = detach,
	.wait_event = qpasi_el2_wait_event,
	.set_remote_state = qpasi_el2_set_remote_state,
	.protect_video = qpasi_el2_protect_video,
	.assign = qpasi_el2_assign,
	.direct_start = direct_start,
	.direct_stop = direct_stop,
	.status = status,
	.cancel = qpasi_el2_cancel,
	.set_deadline = qpasi_el2_set_deadline,
};

int qpas_tzsim_open(struct qpas_tzsim *model, const struct qpas_params *params,
		    struct qpas_backend **out, struct qpas_error *err)
{
	struct embedder embedder = {model};
	int code = qpasi_error_begin(err);

	if (code)
		return code;
	if (out)
		*out = NULL;
	if (!model || !out)
		return qpasi_error_set(err, QPASI_MSG_NULL_ARGUMENT, QPAS_STAGE_NONE,
				       model ? "out" : "model");
	if (model->memory.guest)
		return qpasi_error_set(err, QPASI_MSG_SIM_GUEST_BACKEND, QPAS_STAGE_OPEN, NULL);
	return qpas_backend_open_desc(&descriptor, &embedder, params, out, err);
}

int qpas_tzsim_register(struct qpas_error *err)
{
	int code = qpas_backend_register(&descriptor, err);

	/* The name is taken: by an earlier call of this, as nobody else may have it. */
	if (code == QPAS_ERR_BUSY)
		return qpasi_error_begin(err);
	return code;
}
