/* SPDX-License-Identifier: BSD-3-Clause */
/* The text of `qpas verify`: a line per image, who signed a single one, what is wrong. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "facts.h"
#include "out.h"
#include "verify.h"

static void print_problem(const struct qpas_auth_problem *problem)
{
	printf("             %s", problem->code ? "" : "note: ");
	if (problem->segment != QPAS_NO_SEGMENT)
		printf("segment %" PRIu32 ", offset %#" PRIx64 ": ", problem->segment,
		       problem->offset);
	else if (problem->offset)
		printf("offset %#" PRIx64 ": ", problem->offset);
	print_safe(stdout, problem->text ? problem->text : "?");
	printf(" [rule %" PRIu32 "]\n", problem->message_id);
}

/* Every problem is listed, not the first: a damaged copy has many. */
static int print_problems(const struct judged *judged, struct qpas_error *err)
{
	uint32_t i;

	for (i = 0; i < judged->summary.problems; i++) {
		struct qpas_auth_problem problem = QPAS_AUTH_PROBLEM_INIT;
		int code = qpas_auth_report_problem(judged->report, i, &problem, err);

		if (code)
			return code;
		print_problem(&problem);
	}
	return 0;
}

/* "2024-07-30", or "?" for a date that cannot be told. */
static void print_date(int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm day;
	char text[32];

	if (!seconds || !gmtime_r(&when, &day) || !strftime(text, sizeof(text), "%Y-%m-%d", &day))
		fputs("?", stdout);
	else
		fputs(text, stdout);
}

/* The hash is what --root-hash takes; no device looks at the dates. */
static void print_chain(const struct qpas_auth_signature *signature)
{
	size_t i;

	if (signature->chain_valid != QPAS_AUTH_YES)
		return;
	fputs("             root SHA-384 ", stdout);
	for (i = 0; i < sizeof(signature->root_sha384); i++)
		printf("%02x", signature->root_sha384[i]);
	fputs("\n             leaf valid from ", stdout);
	print_date(signature->not_before);
	fputs(" to ", stdout);
	print_date(signature->not_after);
	puts(" (told, never decisive)");
}

static void print_signature(const struct qpas_auth_signature *signature)
{
	const char *signer = qpas_auth_signer_name(signature->signer);

	if (signature->valid == QPAS_AUTH_NOT_CHECKED) {
		printf("             %s signature: not checked\n", signer);
		return;
	}
	printf("             %s signature %s (%s), ", signer,
	       signature->valid == QPAS_AUTH_YES ? "valid" : "WRONG",
	       signature->algorithm ? signature->algorithm : "unknown scheme");
	printf("%" PRIu32 " certificates %s", signature->certificates,
	       signature->chain_valid == QPAS_AUTH_YES ? "chained" :
	       signature->chain_valid == QPAS_AUTH_NO  ? "NOT chained" :
							 "not checked");
	if (signature->leaf_name[0]) {
		fputs(", \"", stdout);
		print_safe(stdout, signature->leaf_name);
		fputs("\" below \"", stdout);
		print_safe(stdout, signature->root_name);
		fputs("\"", stdout);
	}
	printf("%s\n", signature->test_root == QPAS_AUTH_YES ? ", a test root" : "");
	print_chain(signature);
}

/* ---- who may run it ---- */

static void print_bound(uint64_t bound)
{
	const char *before = "; bound to ";
	uint64_t bit;

	for (bit = 1; bit; bit <<= 1) {
		if (!(bound & bit))
			continue;
		printf("%s%s", before, qpas_auth_binding_name(bit));
		before = ", ";
	}
}

/* The members that the image has, in the words of docs/auth.md. */
static void print_members(const struct qpas_auth_identity *identity)
{
	const struct {
		uint64_t known;
		const char *name;
		uint64_t value;
	} rows[] = {
		{QPAS_AUTH_HAS_HW_ID, "HW_ID", identity->hw_id},
		{QPAS_AUTH_HAS_OEM_ID, "OEM_ID", identity->oem_id},
		{QPAS_AUTH_HAS_MODEL_ID, "MODEL_ID", identity->model_id},
		{QPAS_AUTH_HAS_ANTI_ROLLBACK, "anti-rollback", identity->anti_rollback},
	};
	uint32_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (identity->known & rows[i].known)
			printf(", %s 0x%" PRIx64, rows[i].name, rows[i].value);
	}
	for (i = 0; i < identity->soc_count && i < 12; i++)
		printf("%s 0x%" PRIx32, i ? "" : ", SoC", identity->soc_versions[i]);
	for (i = 0; i < identity->serial_count && i < 8; i++)
		printf("%s 0x%" PRIx64, i ? "" : ", serials", identity->serials[i]);
	if (identity->known & QPAS_AUTH_HAS_DEBUG)
		printf(", debug %s", qpas_auth_debug_name(identity->debug));
}

static void print_identities(const struct qpas_auth_report *report)
{
	uint32_t signer;

	for (signer = QPAS_AUTH_SIGNER_OEM; signer <= QPAS_AUTH_SIGNER_QTI; signer++) {
		struct qpas_auth_identity identity = QPAS_AUTH_IDENTITY_INIT;

		if (qpas_auth_report_identity(report, signer, &identity, NULL) || !identity.known)
			continue;
		printf("             %s says: ", qpas_auth_signer_name(signer));
		if (identity.known & QPAS_AUTH_HAS_SW_ID)
			printf("SW_ID 0x%" PRIx32 " (%s)", identity.sw_id,
			       qpas_auth_sw_id_text(identity.sw_id));
		else
			fputs("no SW_ID", stdout);
		print_members(&identity);
		print_bound(identity.bound);
		putchar('\n');
	}
}

/* Details of who signed are for one image; a list of many stays one line each. */
static int print_signatures(const struct judged *judged, struct qpas_error *err)
{
	uint32_t i;

	for (i = 0; i < judged->summary.signatures; i++) {
		struct qpas_auth_signature signature = QPAS_AUTH_SIGNATURE_INIT;
		int code = qpas_auth_report_signature(judged->report, i, &signature, err);

		if (code)
			return code;
		print_signature(&signature);
	}
	return 0;
}

static const char *signed_words(const struct judged *judged)
{
	static const char *const words[] = {"not signed", "1 signature", "2 signatures"};

	return judged->summary.signatures < 3 ? words[judged->summary.signatures] : "signatures";
}

enum style verify_style(int code)
{
	if (code == EXIT_FINE)
		return STYLE_GOOD;
	return code == EXIT_BAD ? STYLE_BAD : STYLE_WARN;
}

static void print_digests(const struct judged *judged)
{
	const struct qpas_auth_summary *summary = &judged->summary;

	if (summary->mbn_version)
		printf("  MBN v%" PRIu32, summary->mbn_version);
	if (fact_digest(summary->digest))
		printf(", %" PRIu32 " of %" PRIu32 " %s digests match, %s",
		       summary->digests_matched, summary->digests_checked,
		       fact_digest(summary->digest), signed_words(judged));
	else if (!summary->mbn_version)
		fputs("  no digests", stdout);
}

static void print_identity(const struct judged *judged)
{
	if (judged->summary.has_sw_id)
		printf(", SW_ID %#" PRIx32 " (%s)", judged->summary.sw_id,
		       qpas_auth_sw_id_text(judged->summary.sw_id));
}

int verify_text(const struct verify *verify, const struct judged *judged, struct qpas_error *err)
{
	const struct qpas_auth_summary *summary = &judged->summary;
	uint32_t root = verify_root_answer(verify, judged);
	int code = 0;

	printf("%s%-11s%s  ", style_on(stdout, verify_style(verify_code(verify, judged))),
	       qpas_auth_verdict_name(summary->verdict), style_off(stdout));
	print_safe(stdout, judged->file);
	print_digests(judged);
	print_identity(judged);
	if (verify->params.root_hash.len)
		printf(", root %s", root == QPAS_AUTH_YES ? "is the one given" :
				    root == QPAS_AUTH_NO  ? "IS NOT the one given" :
							    "not checked");
	putchar('\n');
	if (verify->detail) {
		code = print_signatures(judged, err);
		print_identities(judged->report);
	}
	return code ? code : print_problems(judged, err);
}
