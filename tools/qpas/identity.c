/* SPDX-License-Identifier: BSD-3-Clause */
/* Options of an identity, with the widths that images have. */
#include "identity.h"

#include <inttypes.h>

#include "out.h"

#define SOC_VERSIONS 12u
#define SERIALS	     8u

/* An option with one number; *known is set when it is there. */
static int take_number(const struct cli_arguments *args, const char *name, uint64_t most,
		       uint64_t *value, bool *known)
{
	int code = cli_number(args, name, value);

	*known = cli_value(args, name) != NULL;
	if (code || !*known || *value <= most)
		return code;
	return report_usage(args->command->name, "--%s is at most %#" PRIx64, name, most);
}

static int take_word(const struct cli_arguments *args, const char *name, uint32_t *word,
		     struct qpas_auth_identity *identity, uint64_t bit)
{
	uint64_t value = 0;
	bool known = false;
	int code = take_number(args, name, UINT32_MAX, &value, &known);

	*word = (uint32_t)value;
	if (known)
		identity->known |= bit;
	return code;
}

/* Value number `index` of an option that may be repeated; *more is false behind the last one. */
static int take_next(const struct cli_arguments *args, const char *name, size_t index,
		     uint64_t *value, bool *more)
{
	const char *text = cli_value_at(args, name, index);

	*more = text != NULL;
	if (!text || cli_parse_number(text, value))
		return EXIT_FINE;
	return report_usage(args->command->name, "'%s' is no number for --%s", text, name);
}

static int take_soc_versions(const struct cli_arguments *args, struct qpas_auth_identity *identity)
{
	bool more = true;
	uint64_t value = 0;
	size_t i;

	for (i = 0; more; i++) {
		int code = take_next(args, "soc-version", i, &value, &more);

		if (code)
			return code;
		if (more && (i == SOC_VERSIONS || value > UINT32_MAX))
			return report_usage(args->command->name,
					    "there are up to 12 --soc-version of 32 bits each");
		if (more)
			identity->soc_versions[i] = (uint32_t)value;
	}
	identity->soc_count = (uint32_t)(i - 1);
	identity->known |= i > 1 ? QPAS_AUTH_HAS_SOC_VERSIONS : 0;
	return EXIT_FINE;
}

static int take_serials(const struct cli_arguments *args, struct qpas_auth_identity *identity)
{
	bool more = true;
	uint64_t value = 0;
	size_t i;

	for (i = 0; more; i++) {
		int code = take_next(args, "serial", i, &value, &more);

		if (code)
			return code;
		if (more && i == SERIALS)
			return report_usage(args->command->name, "there are up to 8 --serial");
		if (more)
			identity->serials[i] = value;
	}
	identity->serial_count = (uint32_t)(i - 1);
	identity->known |= i > 1 ? QPAS_AUTH_HAS_SERIALS : 0;
	return EXIT_FINE;
}

/* In a leaf HW_ID and SoC versions are two readings of one thing, and OEM_ID has a MODEL_ID. */
static void bind(struct qpas_auth_identity *identity, bool leaf)
{
	static const uint64_t pairs[][2] = {
		{QPAS_AUTH_HAS_HW_ID, QPAS_AUTH_BIND_HW_ID},
		{QPAS_AUTH_HAS_OEM_ID, QPAS_AUTH_BIND_OEM_ID},
		{QPAS_AUTH_HAS_MODEL_ID, QPAS_AUTH_BIND_MODEL_ID},
		{QPAS_AUTH_HAS_SOC_VERSIONS, QPAS_AUTH_BIND_SOC},
		{QPAS_AUTH_HAS_SERIALS, QPAS_AUTH_BIND_SERIAL},
	};
	size_t i;

	if (leaf && (identity->known & (QPAS_AUTH_HAS_OEM_ID | QPAS_AUTH_HAS_MODEL_ID)))
		identity->known |= QPAS_AUTH_HAS_OEM_ID | QPAS_AUTH_HAS_MODEL_ID;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (identity->known & pairs[i][0])
			identity->bound |= pairs[i][1];
	}
	if (leaf && (identity->bound & QPAS_AUTH_BIND_SOC))
		identity->bound &= ~QPAS_AUTH_BIND_HW_ID;
}

int identity_take(const struct cli_arguments *args, bool leaf, struct qpas_auth_identity *identity,
		  bool *given)
{
	bool known = false;
	int code = take_number(args, "hw-id", UINT64_MAX, &identity->hw_id, &known);

	if (known)
		identity->known |= QPAS_AUTH_HAS_HW_ID;
	if (!code)
		code = take_word(args, "sw-id", &identity->sw_id, identity, QPAS_AUTH_HAS_SW_ID);
	if (!code)
		code = take_word(args, "secondary-sw-id", &identity->secondary_sw_id, identity,
				 QPAS_AUTH_HAS_SECONDARY_SW_ID);
	if (!code)
		code = take_word(args, "oem-id", &identity->oem_id, identity, QPAS_AUTH_HAS_OEM_ID);
	if (!code)
		code = take_word(args, "model-id", &identity->model_id, identity,
				 QPAS_AUTH_HAS_MODEL_ID);
	if (!code)
		code = take_word(args, "anti-rollback", &identity->anti_rollback, identity,
				 QPAS_AUTH_HAS_ANTI_ROLLBACK);
	if (!code)
		code = take_soc_versions(args, identity);
	if (!code)
		code = take_serials(args, identity);
	*given = identity->known != 0;
	if (!code)
		bind(identity, leaf);
	return code;
}
