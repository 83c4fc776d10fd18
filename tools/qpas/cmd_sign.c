/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas sign: an ELF file becomes an image with a signed hash segment. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "atomic_file.h"
#include "commands.h"
#include "identity.h"
#include "json.h"
#include "out.h"
#include "source.h"

#define TEXT_LIMIT 262144u

/* One who signs: files, and what became of them. */
struct party {
	const char *slot;
	const char *key;
	const char *chain;
	struct qpas_signer *signer;
	struct qpas_auth_signature facts;
};

struct sign {
	const char *file;
	const char *output;
	struct party oem;
	struct party qti;
	struct qpas_sign_params params;
	struct qpas_auth_identity identity;
	bool drop;
	struct atomic_file out;
	uint64_t size;
	struct qpas_error *err;
};

/* ---- options ---- */

static int take_party(const struct cli_arguments *args, const char *key, const char *chain,
		      struct party *party)
{
	party->key = cli_value(args, key);
	party->chain = cli_value(args, chain);
	if (!party->key != !party->chain)
		return report_usage("sign", "give --%s and --%s together", key, chain);
	return EXIT_FINE;
}

static int take_version(const struct cli_arguments *args, struct sign *sign)
{
	uint64_t version = 0;
	uint64_t image_id = 0;
	int code = cli_number(args, "mbn", &version);

	if (!code)
		code = cli_number(args, "image-id", &image_id);
	if (code)
		return code;
	if (version != 3 && (version < 5 || version > 8))
		return report_usage("sign", "give --mbn 3, 5, 6, 7 or 8");
	if (image_id > UINT32_MAX)
		return report_usage("sign", "--image-id has 32 bits");
	sign->params.mbn_version = (uint32_t)version;
	sign->params.image_id = (uint32_t)image_id;
	return EXIT_FINE;
}

static int take_digest(const struct cli_arguments *args, struct sign *sign)
{
	const char *digest = cli_value(args, "digest");

	if (digest && strcmp(digest, "sha256") == 0)
		sign->params.digest = QPAS_AUTH_SHA256;
	else if (digest && strcmp(digest, "sha384") == 0)
		sign->params.digest = QPAS_AUTH_SHA384;
	else if (digest)
		return report_usage("sign", "--digest is sha256 or sha384, not '%s'", digest);
	return EXIT_FINE;
}

static int take_identity(const struct cli_arguments *args, struct sign *sign)
{
	const char *debug = cli_value(args, "debug");
	bool given = false;
	int code = identity_take(args, sign->params.mbn_version < 6, &sign->identity, &given);

	if (code)
		return code;
	if (debug && strcmp(debug, "enable") != 0 && strcmp(debug, "disable") != 0)
		return report_usage("sign", "--debug is enable or disable, not '%s'", debug);
	if (debug && sign->params.mbn_version < 6)
		return report_usage("sign", "--debug is for versions 6 to 8");
	if (debug) {
		sign->identity.known |= QPAS_AUTH_HAS_DEBUG;
		sign->identity.debug = strcmp(debug, "enable") ? QPAS_AUTH_DEBUG_DISABLE :
								 QPAS_AUTH_DEBUG_ENABLE;
	}
	if (sign->params.mbn_version >= 6 && !cli_value(args, "sw-id"))
		return report_usage("sign", "give --sw-id: versions 6 to 8 say what an image is");
	sign->params.oem_identity = given ? &sign->identity : NULL;
	return EXIT_FINE;
}

/* What goes in is kept: an image to be signed in another way, and above all the keys. */
static int check_output(const struct sign *sign)
{
	const char *const inputs[] = {sign->file, sign->oem.key, sign->oem.chain, sign->qti.key,
				      sign->qti.chain};
	size_t i;

	if (!sign->output)
		return report_usage("sign", "give -o OUT");
	if (source_is_part(sign->output))
		return report_usage("sign", "'%s' is a name for a part of a split image",
				    sign->output);
	for (i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		if (source_same_file(inputs[i], sign->output))
			return report_usage("sign", "the output would replace '%s' itself",
					    inputs[i]);
	}
	return EXIT_FINE;
}

static int take_options(const struct cli_arguments *args, struct sign *sign)
{
	int code = take_version(args, sign);

	sign->file = args->operands[0];
	sign->output = cli_value(args, "output");
	sign->drop = cli_switch(args, "drop-uncovered");
	if (cli_switch(args, "again"))
		sign->params.flags |= QPAS_SIGN_AGAIN;
	if (cli_switch(args, "relocatable"))
		sign->params.flags |= QPAS_SIGN_RELOCATABLE;
	if (!code)
		code = take_party(args, "key", "chain", &sign->oem);
	if (!code)
		code = take_party(args, "qti-key", "qti-chain", &sign->qti);
	if (!code && !sign->oem.key && !sign->qti.key)
		return report_usage("sign", "give --key and --chain");
	if (!code)
		code = take_digest(args, sign);
	if (!code)
		code = take_identity(args, sign);
	return code ? code : check_output(sign);
}

/* ---- work ---- */

static int open_party(struct party *party, struct qpas_error *err)
{
	struct qpas_slice chain = {NULL, 0};
	struct qpas_slice key = {NULL, 0};
	int code;

	if (!party->key)
		return EXIT_FINE;
	code = source_file(party->key, TEXT_LIMIT, &key, err);
	if (!code)
		code = source_file(party->chain, TEXT_LIMIT, &chain, err);
	if (!code && (qpas_signer_new(key, chain, NULL, &party->signer, err) ||
		      qpas_signer_describe(party->signer, &party->facts, err)))
		code = exit_of(err, BLAME_INPUT);
	source_wipe(&key);
	source_wipe(&chain);
	return code;
}

static int begin_file(void *user, uint32_t segment, uint64_t bytes, struct qpas_error *err)
{
	struct sign *sign = user;

	(void)segment;
	sign->size = bytes;
	return atomic_open(&sign->out, sign->output, err) ? err->code : 0;
}

static int write_bytes(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct sign *sign = user;

	return atomic_write(&sign->out, offset, data, err);
}

static int sign_image(struct sign *sign, const struct qpas_image *image)
{
	struct qpas_pack_target target = QPAS_PACK_TARGET_INIT;
	struct qpas_error *err = sign->err;

	target.flags = sign->drop ? QPAS_PACK_DROP_UNCOVERED : 0;
	target.file = begin_file;
	target.write = write_bytes;
	target.user = sign;
	sign->params.oem = sign->oem.signer;
	sign->params.qti = sign->qti.signer;
	if (qpas_image_sign(image, &sign->params, &target, err))
		return exit_of(err, BLAME_INPUT);
	if (atomic_flush(&sign->out, err) || atomic_commit(&sign->out, err) ||
	    atomic_sync_folder(&sign->out, err))
		return EXIT_HERE;
	return EXIT_FINE;
}

static int work(struct sign *sign)
{
	struct qpas_image *image = NULL;
	int code = open_party(&sign->oem, sign->err);

	if (sign->err->code)
		report_error(sign->oem.key, sign->err);
	if (code)
		return code;
	code = open_party(&sign->qti, sign->err);
	if (sign->err->code)
		report_error(sign->qti.key, sign->err);
	if (code)
		return code;
	code = source_image(sign->file, NULL, &image, sign->err);
	if (!code)
		code = sign_image(sign, image);
	if (sign->err->code)
		report_error(sign->file, sign->err);
	qpas_image_unref(image);
	return code;
}

/* ---- output ---- */

static void add_party(struct json_object *list, const struct party *party)
{
	struct json_object *object;

	if (!party->signer)
		return;
	object = js_object();
	js_put(object, "slot", js_text(party->slot));
	js_put(object, "algorithm", js_text(party->facts.algorithm));
	js_put(object, "leaf", js_text(party->facts.leaf_name));
	js_put(object, "root", js_text(party->facts.root_name));
	js_put(object, "test_root", js_answer(party->facts.test_root));
	js_put(object, "root_sha256", js_bytes(party->facts.root_sha256, 32));
	js_put(object, "root_sha384", js_bytes(party->facts.root_sha384, 48));
	js_append(list, object);
}

static void show_json(const struct sign *sign)
{
	struct json_object *list = js_array();
	struct json_object *object = js_object();
	struct json_object *signatures = js_array();
	bool failed = sign->err->code != 0;

	if (!failed) {
		add_party(signatures, &sign->oem);
		add_party(signatures, &sign->qti);
	}
	js_put(object, "file", js_text(sign->file));
	js_put(object, "output", failed ? NULL : js_text(sign->output));
	js_put(object, "size", failed ? NULL : js_hex(sign->size));
	js_put(object, "mbn_version", js_number(sign->params.mbn_version));
	js_put(object, "signatures", signatures);
	js_put(object, "error", js_error(sign->err));
	js_append(list, object);
	js_print(list);
}

static void show_party(const struct party *party)
{
	if (!party->signer)
		return;
	printf("  %s slot: %s, ", party->slot, party->facts.algorithm);
	print_safe(stdout, party->facts.leaf_name);
	fputs(" under ", stdout);
	print_safe(stdout, party->facts.root_name);
	puts(party->facts.test_root == QPAS_AUTH_YES ? " (a test root)" : "");
}

static void show_text(const struct sign *sign)
{
	print_safe(stdout, sign->output);
	printf(": MBN version %" PRIu32 ", %" PRIu64 " bytes, signed and verified\n",
	       sign->params.mbn_version, sign->size);
	show_party(&sign->oem);
	show_party(&sign->qti);
}

static int run(const struct cli_arguments *args)
{
	static const struct qpas_auth_signature unknown = QPAS_AUTH_SIGNATURE_INIT;
	static const struct qpas_auth_identity nobody = QPAS_AUTH_IDENTITY_INIT;
	static const struct qpas_sign_params usual = QPAS_SIGN_PARAMS_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct sign sign = {.oem = {.slot = "oem", .facts = unknown},
			    .qti = {.slot = "qti", .facts = unknown},
			    .params = usual,
			    .identity = nobody,
			    .out = ATOMIC_FILE_INIT,
			    .err = &err};
	int code = take_options(args, &sign);

	if (code)
		return code;
	code = work(&sign);
	if (cli_switch(args, "json"))
		show_json(&sign);
	else if (!code)
		show_text(&sign);
	atomic_close(&sign.out);
	qpas_signer_free(sign.oem.signer);
	qpas_signer_free(sign.qti.signer);
	return code;
}

static const struct cli_option options[] = {
	{"output", "OUT", "the signed image; -o for short"},
	{"mbn", "N", "version of the hash segment: 3, 5, 6, 7 or 8"},
	{"key", "FILE", "private key of the leaf (PEM)"},
	{"chain", "FILE", "certificates, leaf first, root last (PEM, or DER as in images)"},
	{"qti-key", "FILE", "private key for the second signature (versions 5, 6 and 7)"},
	{"qti-chain", "FILE", "certificates for it"},
	IDENTITY_OPTIONS,
	{"serial", "N", "only for the device with this serial number; may be repeated"},
	{"debug", "WORD", "enable or disable debugging (versions 6 to 8)"},
	{"digest", "NAME", "sha256 or sha384 for the table (default: what the version has)"},
	{"image-id", "N", "first word of the header in versions 3, 5 and 6"},
	{"relocatable", NULL, "mark all loadable segments as relocatable"},
	{"drop-uncovered", NULL, "leave out what no segment claims, sections included"},
	{"again", NULL, "replace the hash segment of an image that has one"},
	{NULL, NULL, NULL},
};

const struct cli_command command_sign = {
	.name = "sign",
	.synopsis = "ELF -o OUT --mbn N --key FILE --chain FILE --sw-id N\n"
		    "            [--qti-key FILE --qti-chain FILE] [--oem-id N]... [--again]",
	.summary = "makes a signed image of an ELF file",
	.about =
		"Adds the two program headers and the hash segment that PAS asks for, signs it by the\n"
		"leaf of the chain, and verifies the result before it is written. The data of all\n"
		"segments stay as they are. qpas keygen makes keys; a device takes the image if its\n"
		"fuses name the root of the chain, or none at all.\n"
		"\n"
		"  versions 6, 7, 8   p384 keys (version 6 also rsa2048); --sw-id is written\n"
		"  versions 3, 5      rsa2048 keys whose leaf says what the image is; --sw-id and\n"
		"                     the like are compared with the leaf\n"
		"\n"
		"What is bound to is what is given: --oem-id 0x14d makes an image for devices of that\n"
		"maker alone. With both pairs of key and chain the image is signed twice.\n"
		"N is decimal, or hexadecimal with 0x.",
	.examples = "  qpas keygen --type p384 --out keys\n"
		    "  qpas sign adsp.elf -o adsp.mbn --mbn 7 --key keys/leaf.key \\\n"
		    "      --chain keys/chain.pem --sw-id 4 --relocatable\n"
		    "  qpas verify adsp.mbn",
	.codes = "  0  the image is there\n"
		 "  1  the image, the key or the chain is refused\n"
		 "  2  usage\n"
		 "  3  a file could not be read or written",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
