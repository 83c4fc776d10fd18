/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The smallest backend: "toy:" hands whole boots to a loader of somebody else's, here to a few
 * lines on the terminal. A backend that does the steps itself has more slots; what each must do
 * stands in qpas/backend.h, and the conformance suite decides (docs/backends.md).
 *
 * Usage: custom-backend TREE [PERIPHERAL [URI]]
 *   custom-backend lemans-evk.dtb adsp toy:refuse=1
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include <qpas/backend.h>
#include <qpas/qpas.h>

/* Private data of an open backend; the core allocates it, zeroed. */
struct toy {
	bool refuse;
};

/* Whether the backend can work here at all: is the device there, may we use it? */
static int toy_probe(struct qpas_error *err)
{
	(void)err;
	return 0;
}

static int toy_open(void *priv, const struct qpas_backend_open_args *args, struct qpas_error *err)
{
	struct toy *toy = priv;

	(void)err;
	toy->refuse = args->key_count && args->keys[0].value[0] == '1';
	return 0;
}

static void toy_close(void *priv)
{
	(void)priv;
}

static int toy_capabilities(void *priv, uint32_t pas_id, struct qpas_backend_caps *caps,
			    struct qpas_error *err)
{
	(void)priv;
	(void)pas_id;
	(void)err;
	caps->caps = QPAS_CAP_FUSED;
	return 0;
}

/* 0, or a class and a sentence. UNKNOWN is for those who cannot tell whether it was done. */
static int toy_boot(void *priv, uint32_t pas_id, const char *firmware, int64_t deadline,
		    struct qpas_error *err)
{
	const struct toy *toy = priv;

	(void)deadline;
	printf("toy: boot PAS id %" PRIu32 " from %s\n", pas_id, firmware ? firmware : "a default");
	if (!toy->refuse)
		return 0;
	(void)snprintf(err->text, sizeof(err->text), "The toy was told to refuse. Ask it again.");
	return QPAS_ERR_TZ;
}

/* Only 0 gives the memory back to the host. */
static int toy_shutdown(void *priv, uint32_t pas_id, struct qpas_error *err)
{
	(void)priv;
	(void)err;
	printf("toy: shut down PAS id %" PRIu32 "\n", pas_id);
	return 0;
}

/* No other key comes to toy_open(). */
static const char *const toy_keys[] = {"refuse", NULL};
static const struct qpas_backend_desc toy = {
	.size = (uint32_t)sizeof(struct qpas_backend_desc),
	.abi = QPAS_BACKEND_ABI,
	.name = "toy",
	.summary = "hands whole boots to nobody",
	.config_help = "refuse=1  refuses them\n",
	.keys = toy_keys,
	.caps = QPAS_CAP_FUSED,
	.private_size = sizeof(struct toy),
	.probe = toy_probe,
	.open = toy_open,
	.close = toy_close,
	.capabilities = toy_capabilities,
	.boot = toy_boot,
	.shutdown = toy_shutdown,
};

int main(int argc, char **argv)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_params params = QPAS_PARAMS_INIT;
	struct qpas_context *core = NULL;
	struct qpas_backend *tz = NULL;
	bool failed;

	if (argc < 2) {
		fprintf(stderr, "usage: %s TREE [PERIPHERAL [URI]]\n", argv[0]);
		return 2;
	}
	failed = qpas_backend_register(&toy, &err) ||
		 qpas_platform_open_file((const char *const *)argv + 1, 1, NULL, &params.platform,
					 &err) ||
		 qpas_backend_open(argc > 3 ? argv[3] : "toy:", &params, &tz, &err) ||
		 qpas_context_open(tz, argc > 2 ? argv[2] : "adsp", NULL, &core, &err) ||
		 qpas_boot(core, NULL, NULL, &err) || qpas_shutdown(core, &err);
	if (failed)
		fprintf(stderr, "%s\n", qpas_error_text(&err));
	failed |= qpas_context_close(core) != QPAS_OK;
	qpas_backend_unref(tz);
	qpas_platform_unref(params.platform);
	return failed ? 1 : 0;
}
