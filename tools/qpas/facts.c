/* SPDX-License-Identifier: BSD-3-Clause */
/* Facts about images as several commands tell them: names for numbers, shared JSON. */
#include "facts.h"

/* Those that public images have; the number is no guide to what an image is. */
const char *fact_machine(uint32_t machine)
{
	switch (machine) {
	case 40:
		return "Arm";
	case 94:
		return "Xtensa";
	case 106:
		return "data";
	case 164:
		return "Hexagon";
	case 183:
		return "AArch64";
	case 243:
		return "RISC-V";
	default:
		return "other";
	}
}

const char *fact_digest(uint32_t digest)
{
	if (digest == QPAS_AUTH_SHA256)
		return "SHA-256";
	return digest == QPAS_AUTH_SHA384 ? "SHA-384" : NULL;
}

const char *fact_digest_key(uint32_t digest)
{
	if (digest == QPAS_AUTH_SHA256)
		return "sha256";
	return digest == QPAS_AUTH_SHA384 ? "sha384" : NULL;
}

/* In the order in which people should read them. */
const struct fact_remark *fact_remarks(void)
{
	static const struct fact_remark remarks[] = {
		{QPAS_IMAGE_SPLIT, "split", "read from an .mdt and its .bNN parts"},
		{QPAS_IMAGE_EXTRA_HASH, "extra_hash",
		 "more than one header has hash type; the first one counts"},
		{QPAS_IMAGE_ENTRY_OUTSIDE, "entry_outside",
		 "the entry point lies outside the loaded memory (common)"},
		{QPAS_IMAGE_FILE_OVERLAP, "file_overlap",
		 "file ranges of two program headers overlap"},
		{QPAS_IMAGE_DATA_OVERLAP, "data_overlap",
		 "segments overwrite each other's data in memory"},
		{QPAS_IMAGE_TAIL_OVERLAP, "tail_overlap",
		 "a zero-filled tail covers data of a later header"},
		{QPAS_IMAGE_UNCOVERED, "uncovered",
		 "bytes that are not zero lie in no segment: no digest covers them"},
		{QPAS_IMAGE_SECTIONS, "sections", "has section headers, which are never read"},
		{QPAS_IMAGE_PHOFF_ODD, "phoff_odd",
		 "the program headers do not follow the ELF header directly"},
		{QPAS_IMAGE_PAGED, "paged", "has demand-paged segments"},
		{0, NULL, NULL},
	};

	return remarks;
}

void fact_put_image(struct json_object *object, const struct qpas_image_info *info)
{
	struct json_object *load = js_object();

	js_put(load, "min", js_hex(info->load_min));
	js_put(load, "size", js_hex(info->load_size));
	js_put(object, "elf_class", js_number(info->elf_class));
	js_put(object, "relocatable", js_bool(info->flags & QPAS_IMAGE_RELOCATABLE));
	js_put(object, "load", load);
}

void fact_put_auth(struct json_object *object, const struct qpas_auth_summary *summary)
{
	bool hashed = summary->mbn_version != 0;

	js_put(object, "mbn_version", hashed ? js_number(summary->mbn_version) : NULL);
	js_put(object, "digest", js_text(fact_digest_key(summary->digest)));
}
