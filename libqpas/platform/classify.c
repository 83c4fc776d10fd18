/* SPDX-License-Identifier: BSD-3-Clause */
/* Which nodes are peripherals, and what they are called. Nothing of them is read here. */
#include "platform/platform.h"

#include <string.h>

#define NAME_MAX_BYTES 32u

/* How a compatible string of each kind ends; the SoC table knows more of most. */
static const struct pattern {
	const char *suffix;
	uint32_t kind;
} patterns[] = {
	{"-pas", QPAS_KIND_REMOTEPROC}, {"-pil", QPAS_KIND_REMOTEPROC}, {"-venus", QPAS_KIND_VIDEO},
	{"-venus-v2", QPAS_KIND_VIDEO}, {"-iris", QPAS_KIND_VIDEO},	{"-ipa", QPAS_KIND_IPA},
	{"-wifi", QPAS_KIND_WIFI},
};

static bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text);
	size_t tail = strlen(suffix);

	return length > tail && strcmp(text + length - tail, suffix) == 0;
}

/* 0 for a string of no peripheral. */
static uint32_t kind_of(const char *compatible)
{
	if (strcmp(compatible, "qpas,camera-icp") == 0)
		return QPAS_KIND_CAMERA;
	if (strncmp(compatible, "qcom,", 5) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (ends_with(compatible, patterns[i].suffix))
			return patterns[i].kind;
	}
	return 0;
}

/* What the strings of one compatible property say. */
static bool find_by_strings(const struct qpasi_reader *reader, uint32_t node, bool gpu,
			    struct qpasi_candidate *candidate)
{
	struct qpas_slice list;
	const char *string;

	(void)qpasi_tree_property(&reader->platform->tree, node, "compatible", &list);
	while ((string = qpasi_tree_next_string(&list)) != NULL) {
		uint32_t kind = kind_of(string);

		if (gpu)
			kind = strncmp(string, "qcom,adreno", 11) == 0 ? QPAS_KIND_GPU : 0;
		if (!kind || (candidate->kind && kind != candidate->kind))
			continue;
		if (!candidate->kind) {
			candidate->kind = kind;
			candidate->known_by = string;
		}
		if (!candidate->row)
			candidate->row = qpasi_soc_find(string, reader->machine);
	}
	return candidate->kind != 0;
}

/* The first string that tells a kind decides; a row is taken from any string behind it. */
bool qpasi_candidate_find(const struct qpasi_reader *reader, uint32_t node,
			  struct qpasi_candidate *candidate)
{
	memset(candidate, 0, sizeof(*candidate));
	candidate->node = node;
	return find_by_strings(reader, node, false, candidate);
}

/* A zap shader has no compatible of its own: its GPU's counts. */
bool qpasi_candidate_find_zap(const struct qpasi_reader *reader, uint32_t gpu,
			      struct qpasi_candidate *candidate)
{
	memset(candidate, 0, sizeof(*candidate));
	if (!find_by_strings(reader, gpu, true, candidate))
		return false;
	candidate->node = qpasi_tree_child(&reader->platform->tree, gpu, "zap-shader");
	return candidate->node != QPASI_TREE_NONE;
}

/* Parts of compatible strings that are called otherwise. */
static const struct renaming {
	const char *part;
	const char *name;
} renamings[] = {
	{"mpss", "modem"}, {"nsp", "cdsp"}, {"nsp0", "cdsp0"}, {"nsp1", "cdsp1"}, {"q6v5", "mss"},
};

/* Names are typed by people and stand in file names: what a tree says is not enough. */
static bool is_name(const char *text, size_t length)
{
	if (length == 0 || length > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!(text[i] >= 'a' && text[i] <= 'z') && !(text[i] >= '0' && text[i] <= '9'))
			return false;
	}
	return true;
}

/* "qcom,SOC-CORE-pas" gives CORE. */
static const char *core_name(const char *compatible, struct qpasi_arena *arena)
{
	const char *core = compatible + 5;
	size_t length = strlen(core) - 4;
	char *name;

	if (strncmp(core, "pronto", 6) == 0 || strncmp(core, "riva", 4) == 0)
		return "wcnss";
	for (size_t i = length; i > 0; i--) {
		if (core[i - 1] == '-') {
			core += i;
			length -= i;
			break;
		}
	}
	for (size_t i = 0; i < sizeof(renamings) / sizeof(renamings[0]); i++) {
		if (strlen(renamings[i].part) == length &&
		    memcmp(renamings[i].part, core, length) == 0)
			return renamings[i].name;
	}
	if (!is_name(core, length))
		return "remoteproc";
	name = qpasi_arena_array(arena, length + 1, 1);
	return name ? memcpy(name, core, length) : NULL;
}

const char *qpasi_candidate_name(const struct qpasi_candidate *candidate, struct qpasi_arena *arena)
{
	if (candidate->kind == QPAS_KIND_REMOTEPROC)
		return core_name(candidate->known_by, arena);
	return qpas_kind_name(candidate->kind);
}
