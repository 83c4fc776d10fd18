/* SPDX-License-Identifier: BSD-3-Clause */
/* The numbered OU attributes of v3 and v5 leaf certificates (docs/auth.md, "Identity"). */
#include "auth/certificate.h"

#include "base/mem.h"

/* Each number's own shape; text that differs from it is some other attribute. */
struct shape {
	uint32_t number;
	uint32_t digits;
	uint32_t groups;
	const char *name;
};

static const struct shape shapes[] = {
	{QPASI_OU_SW_ID, 16, 1, "SW_ID"},
	{QPASI_OU_HW_ID, 16, 1, "HW_ID"},
	{QPASI_OU_DEBUG, 16, 1, "DEBUG"},
	{QPASI_OU_OEM_ID, 4, 1, "OEM_ID"},
	{QPASI_OU_MODEL_ID, 4, 1, "MODEL_ID"},
	{QPASI_OU_APP_ID, 16, 1, "APP_ID"},
	{QPASI_OU_SOC_VERS, 4, QPASI_OU_SOC_MAX, "SOC_VERS"},
	{QPASI_OU_IN_USE_SOC, 4, 1, "IN_USE_SOC_HW_VERSION"},
	{QPASI_OU_USE_SERIAL, 4, 1, "USE_SERIAL_NUMBER_IN_SIGNING"},
	{QPASI_OU_OEM_INDEPENDENT, 4, 1, "OEM_ID_INDEPENDENT"},
};

/* A text being taken apart from the left; `good` stays false once it differs. */
struct scan {
	const unsigned char *at;
	size_t left;
	bool good;
};

/* Past the end everything reads as 0, which no shape has. */
static unsigned char next(struct scan *scan)
{
	if (!scan->left) {
		scan->good = false;
		return 0;
	}
	scan->left--;
	return *scan->at++;
}

static void expect(struct scan *scan, char c)
{
	if (next(scan) != (unsigned char)c)
		scan->good = false;
}

static uint32_t nibble(struct scan *scan)
{
	unsigned char c = next(scan);

	if (c >= '0' && c <= '9')
		return c - (uint32_t)'0';
	c |= 0x20;
	if (c >= 'a' && c <= 'f')
		return c - (uint32_t)'a' + 10;
	scan->good = false;
	return 0;
}

/* At most 16 digits, so nothing is shifted out. */
static uint64_t hex(struct scan *scan, uint32_t digits)
{
	uint64_t value = 0;

	while (digits--)
		value = value << 4 | nibble(scan);
	return value;
}

/* "NN HEX[ HEX…] NAME" of one shape, to the last byte. */
static bool matches(struct scan scan, const struct shape *shape, uint64_t groups[])
{
	uint32_t tens = nibble(&scan);

	if (tens * 10 + nibble(&scan) != shape->number)
		return false;
	for (uint32_t i = 0; i < shape->groups; i++) {
		expect(&scan, ' ');
		groups[i] = hex(&scan, shape->digits);
	}
	expect(&scan, ' ');
	for (const char *c = shape->name; *c; c++)
		expect(&scan, *c);
	return scan.good && !scan.left;
}

/* A number is one shape at most, so the first that fits is the one. */
static void read_one(const ASN1_STRING *text, struct qpasi_leaf_words *words)
{
	struct scan scan = {ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text), true};
	uint64_t groups[QPASI_OU_SOC_MAX];

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (!matches(scan, &shapes[i], groups))
			continue;
		words->seen[shapes[i].number]++;
		words->value[shapes[i].number] = groups[0];
		for (uint32_t j = 0; shapes[i].groups > 1 && j < shapes[i].groups; j++)
			words->soc[j] = (uint32_t)groups[j];
		return;
	}
}

void qpasi_leaf_read(const X509 *leaf, struct qpasi_leaf_words *words)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	int at = -1;

	memset(words, 0, sizeof(*words));
	for (;;) {
		at = X509_NAME_get_index_by_NID(subject, NID_organizationalUnitName, at);
		if (at < 0)
			return;
		read_one(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)), words);
	}
}
