/* SPDX-License-Identifier: BSD-3-Clause */
/* The JSON of `qpas verify`: docs/schemas/verify.json. */
#include "facts.h"
#include "verify.h"

static struct json_object *json_name(const char *name)
{
	return name[0] ? js_text(name) : NULL;
}

static struct json_object *json_remarks(uint64_t remarks)
{
	struct json_object *list = js_array();

	if (remarks & QPAS_AUTH_REMARK_LEAF_PATHLEN)
		js_append(list, js_text("leaf_pathlen"));
	if (remarks & QPAS_AUTH_REMARK_LEAF_PLAIN)
		js_append(list, js_text("leaf_plain"));
	if (remarks & QPAS_AUTH_REMARK_EXPONENT_3)
		js_append(list, js_text("exponent_3"));
	return list;
}

/* Zeroed hashes of a chain that nobody checked must not look like facts. */
static struct json_object *json_chain(const struct qpas_auth_signature *signature)
{
	struct json_object *chain = js_object();
	bool known = signature->chain_valid != QPAS_AUTH_NOT_CHECKED;

	js_put(chain, "certificates", known ? js_number(signature->certificates) : NULL);
	js_put(chain, "valid", js_answer(signature->chain_valid));
	js_put(chain, "root_sha256",
	       known ? js_bytes(signature->root_sha256, sizeof(signature->root_sha256)) : NULL);
	js_put(chain, "root_sha384",
	       known ? js_bytes(signature->root_sha384, sizeof(signature->root_sha384)) : NULL);
	js_put(chain, "root", json_name(signature->root_name));
	js_put(chain, "test_root", js_answer(signature->test_root));
	return chain;
}

static struct json_object *json_signature(const struct qpas_auth_signature *signature)
{
	struct json_object *object = js_object();

	js_put(object, "signer", js_text(qpas_auth_signer_name(signature->signer)));
	js_put(object, "algorithm", js_text(signature->algorithm));
	js_put(object, "valid", js_answer(signature->valid));
	js_put(object, "key_bits", signature->key_bits ? js_number(signature->key_bits) : NULL);
	js_put(object, "leaf", json_name(signature->leaf_name));
	js_put(object, "not_before",
	       signature->not_before ? js_signed(signature->not_before) : NULL);
	js_put(object, "not_after", signature->not_after ? js_signed(signature->not_after) : NULL);
	js_put(object, "chain", json_chain(signature));
	js_put(object, "remarks", json_remarks(signature->remarks));
	return object;
}

static int json_signatures(const struct judged *judged, struct json_object *list,
			   struct qpas_error *err)
{
	uint32_t i;

	for (i = 0; i < judged->summary.signatures; i++) {
		struct qpas_auth_signature signature = QPAS_AUTH_SIGNATURE_INIT;
		int code = qpas_auth_report_signature(judged->report, i, &signature, err);

		if (code)
			return code;
		js_append(list, json_signature(&signature));
	}
	return 0;
}

/* A member of the identity that the image may lack. */
static struct json_object *known_hex(const struct qpas_auth_identity *identity, uint64_t bit,
				     uint64_t value)
{
	return identity->known & bit ? js_hex(value) : NULL;
}

/* The bits are walked, so that new ones of the library appear without a change here. */
static struct json_object *json_bound(uint64_t bound)
{
	struct json_object *list = js_array();
	uint64_t bit;

	for (bit = 1; bit; bit <<= 1) {
		if (bound & bit)
			js_append(list, js_text(qpas_auth_binding_name(bit)));
	}
	return list;
}

static void put_identity(struct json_object *object, const struct qpas_auth_identity *identity)
{
	struct json_object *versions = js_array();
	struct json_object *serials = js_array();
	bool has_sw_id = (identity->known & QPAS_AUTH_HAS_SW_ID) != 0;
	uint32_t i;

	for (i = 0; i < identity->soc_count && i < 12; i++)
		js_append(versions, js_hex(identity->soc_versions[i]));
	for (i = 0; i < identity->serial_count && i < 8; i++)
		js_append(serials, js_hex(identity->serials[i]));
	js_put(object, "sw_id", known_hex(identity, QPAS_AUTH_HAS_SW_ID, identity->sw_id));
	js_put(object, "kind", has_sw_id ? js_text(qpas_auth_sw_id_text(identity->sw_id)) : NULL);
	js_put(object, "hw_id", known_hex(identity, QPAS_AUTH_HAS_HW_ID, identity->hw_id));
	js_put(object, "oem_id", known_hex(identity, QPAS_AUTH_HAS_OEM_ID, identity->oem_id));
	js_put(object, "model_id", known_hex(identity, QPAS_AUTH_HAS_MODEL_ID, identity->model_id));
	js_put(object, "anti_rollback",
	       known_hex(identity, QPAS_AUTH_HAS_ANTI_ROLLBACK, identity->anti_rollback));
	js_put(object, "debug",
	       identity->known & QPAS_AUTH_HAS_DEBUG ?
		       js_text(qpas_auth_debug_name(identity->debug)) :
		       NULL);
	js_put(object, "soc_versions", versions);
	js_put(object, "serials", serials);
	js_put(object, "bound", json_bound(identity->bound));
}

/* What the OEM slot says, else the QTI one; an empty object when neither says anything. */
static struct json_object *json_identity(const struct qpas_auth_report *report)
{
	static const uint32_t signers[] = {QPAS_AUTH_SIGNER_OEM, QPAS_AUTH_SIGNER_QTI};
	struct json_object *object = js_object();
	size_t i;

	for (i = 0; i < 2; i++) {
		struct qpas_auth_identity identity = QPAS_AUTH_IDENTITY_INIT;

		if (qpas_auth_report_identity(report, signers[i], &identity, NULL))
			continue;
		js_put(object, "signer", js_text(qpas_auth_signer_name(signers[i])));
		put_identity(object, &identity);
		break;
	}
	return object;
}

/* The rule's number leads to docs/errors.md; texts may change. */
static struct json_object *json_problem(const struct qpas_auth_problem *problem)
{
	struct json_object *object = js_object();

	js_put(object, "rule", js_number(problem->message_id));
	js_put(object, "code", problem->code ? js_text(qpas_err_name(problem->code)) : NULL);
	js_put(object, "segment",
	       problem->segment == QPAS_NO_SEGMENT ? NULL : js_number(problem->segment));
	js_put(object, "offset", js_number(problem->offset));
	js_put(object, "text", js_text(problem->text));
	return object;
}

static int json_problems(const struct judged *judged, struct json_object *list,
			 struct qpas_error *err)
{
	uint32_t i;

	for (i = 0; i < judged->summary.problems; i++) {
		struct qpas_auth_problem problem = QPAS_AUTH_PROBLEM_INIT;
		int code = qpas_auth_report_problem(judged->report, i, &problem, err);

		if (code)
			return code;
		js_append(list, json_problem(&problem));
	}
	return 0;
}

static struct json_object *json_root(const struct verify *verify, const struct judged *judged)
{
	struct json_object *root;

	if (!verify->params.root_hash.len)
		return NULL;
	root = js_object();
	js_put(root, "given", js_bytes(verify->root, verify->params.root_hash.len));
	js_put(root, "match", js_answer(verify_root_answer(verify, judged)));
	return root;
}

int verify_json(const struct verify *verify, const struct judged *judged,
		struct json_object *object, struct qpas_error *err)
{
	const struct qpas_auth_summary *summary = &judged->summary;
	struct json_object *digests = js_object();
	struct json_object *signatures = js_array();
	struct json_object *problems = js_array();
	int code = json_signatures(judged, signatures, err);

	if (!code)
		code = json_problems(judged, problems, err);
	js_put(digests, "checked", js_number(summary->digests_checked));
	js_put(digests, "matched", js_number(summary->digests_matched));
	fact_put_image(object, &judged->info);
	fact_put_auth(object, summary);
	js_put(object, "digests", digests);
	js_put(object, "signatures", signatures);
	js_put(object, "identity", json_identity(judged->report));
	js_put(object, "root", json_root(verify, judged));
	js_put(object, "verdict", js_text(qpas_auth_verdict_name(summary->verdict)));
	js_put(object, "problems", problems);
	return code;
}

void verify_json_unread(struct json_object *object, const char *verdict)
{
	static const char *const keys[] = {"elf_class", "relocatable", "load", "mbn_version",
					   "digest",	"digests",     "root"};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		js_put(object, keys[i], NULL);
	js_put(object, "signatures", js_array());
	js_put(object, "identity", js_object());
	js_put(object, "verdict", js_text(verdict));
	js_put(object, "problems", js_array());
}
