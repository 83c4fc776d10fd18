/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of firmware: from the tree, else the driver's, and what a name may be. */
#include "platform/platform.h"

#include <string.h>

#define NAME_BYTES_MAX 255u

/* The bytes of the UTF-8 character at `at`, 0 if it is none; never reads past a NUL. */
static size_t character_bytes(const unsigned char *at)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t bytes = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	uint32_t code = at[0] & 0x7fu >> bytes;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < bytes; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3fu);
	}
	/* Overlong forms hide a slash; surrogates and larger numbers are no characters. */
	if (code < least[bytes] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return bytes;
}

/* Names reach logs and terminals: no control characters, and nothing that formats. */
static bool is_text(const char *name)
{
	const unsigned char *at = (const unsigned char *)name;

	while (*at) {
		size_t bytes = character_bytes(at);

		if (bytes == 0 || *at < 0x20 || *at == 0x7f || *at == '%')
			return false;
		at += bytes;
	}
	return true;
}

/*
 * Relative, below its folder, no empty part: the rule by which images are opened, so that a name
 * that passes here can be opened there.
 */
static bool is_firmware_name(const char *name)
{
	const char *part = name;

	if (strlen(name) > NAME_BYTES_MAX || !is_text(name))
		return false;
	for (;;) {
		size_t length = strcspn(part, "/");

		if (length == 0 || (length == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		if (!part[length])
			return true;
		part += length + 1;
	}
}

/* The names of the property; a list that is there must be a list of names. */
static int read_names(struct qpasi_reader *reader, uint32_t node, const char **names,
		      uint32_t *count)
{
	struct qpas_slice list;

	*count = 0;
	if (!qpasi_tree_property(&reader->platform->tree, node, "firmware-name", &list))
		return 0;
	do {
		const char *name = qpasi_tree_next_string(&list);

		if (!name || *count == QPASI_FIRMWARE_MAX || !is_firmware_name(name))
			return qpasi_reader_refuse(reader, QPASI_MSG_DT_STRING, node,
						   "firmware-name");
		names[(*count)++] = name;
	} while (list.len > 0);
	return 0;
}

/* The tree's names win; a DTB image that it does not name has the driver's. */
int qpasi_firmware_read(struct qpasi_reader *reader, const struct qpasi_candidate *candidate,
			struct qpas_peripheral *peripheral)
{
	const struct qpasi_soc_row *row = candidate->row;
	const char *names[QPASI_FIRMWARE_MAX + 2] = {NULL};
	const char **kept;
	uint32_t count;
	int ret = read_names(reader, candidate->node, names, &count);

	if (ret)
		return ret;
	if (count == 0 && row && row->firmware)
		names[count++] = row->firmware;
	else if (count == 0 && candidate->kind == QPAS_KIND_IPA)
		names[count++] = "ipa_fws.mdt";
	if (count == 1 && row && row->dtb_firmware)
		names[count++] = row->dtb_firmware;
	kept = qpasi_arena_array(&reader->platform->arena, count, sizeof(*kept));
	if (!kept)
		return qpasi_reader_out_of_memory(reader);
	memcpy(kept, names, count * sizeof(*kept));
	peripheral->firmware = kept;
	peripheral->firmware_count = count;
	return 0;
}
