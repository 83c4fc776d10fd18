/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas keygen: keys and certificates for signing images, as files. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "atomic_file.h"
#include "commands.h"
#include "identity.h"
#include "json.h"
#include "out.h"
#include "source.h"

#define TEXT_LIMIT 262144u
#define DAY	   86400
#define FILES	   7u

/* In the order in which they get their names: the chain last, since it makes the set complete. */
static const struct {
	uint32_t part;
	const char *name;
	bool secret;
} parts[FILES] = {
	{QPAS_KEYS_ROOT_KEY, "root.key", true}, {QPAS_KEYS_ROOT, "root.pem", false},
	{QPAS_KEYS_CA_KEY, "ca.key", true},	{QPAS_KEYS_CA, "ca.pem", false},
	{QPAS_KEYS_LEAF_KEY, "leaf.key", true}, {QPAS_KEYS_LEAF, "leaf.pem", false},
	{QPAS_KEYS_CHAIN, "chain.pem", false},
};

struct keygen {
	const char *folder;
	const char *type;
	const char *ca;
	bool force;
	bool new_folder;
	struct qpas_keys_params params;
	struct qpas_auth_identity leaf;
	struct qpas_slice ca_key;
	struct qpas_slice ca_chain;
	struct qpas_auth_signature facts;
	struct atomic_file file[FILES];
	char *path[FILES];
};

static int no_memory(struct qpas_error *err)
{
	error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
	return EXIT_HERE;
}

/* ---- options ---- */

static int take_type(const struct cli_arguments *args, struct keygen *keygen)
{
	static const char *const names[] = {"p384", "rsa2048", "rsa2048-pkcs1"};
	uint32_t i;

	keygen->type = cli_value(args, "type");
	if (!keygen->type)
		return report_usage("keygen", "give --type p384, rsa2048 or rsa2048-pkcs1");
	for (i = 0; i < 3; i++) {
		if (strcmp(keygen->type, names[i]) == 0)
			keygen->params.type = i + 1;
	}
	if (!keygen->params.type)
		return report_usage("keygen", "--type is p384, rsa2048 or rsa2048-pkcs1, not '%s'",
				    keygen->type);
	return EXIT_FINE;
}

/* YYYY-MM-DD, as seconds since 1970 of its first second. */
static int take_date(const struct cli_arguments *args, const char *name, int64_t *seconds)
{
	const char *text = cli_value(args, name);
	struct tm day = {0};
	const char *end;

	if (!text)
		return EXIT_FINE;
	end = strptime(text, "%Y-%m-%d", &day);
	if (!end || *end || strlen(text) != strlen("2020-01-01"))
		return report_usage("keygen", "'%s' is no date for --%s: write 2020-01-31", text,
				    name);
	*seconds = timegm(&day);
	return EXIT_FINE;
}

static int take_dates(const struct cli_arguments *args, struct qpas_keys_params *params)
{
	int code = take_date(args, "not-before", &params->not_before);

	if (!code)
		code = take_date(args, "not-after", &params->not_after);
	if (code)
		return code;
	if (!cli_value(args, "not-before") != !cli_value(args, "not-after"))
		return report_usage("keygen", "give --not-before and --not-after together");
	if (params->not_after)
		params->not_after += DAY - 1;
	return EXIT_FINE;
}

static int take_leaf(const struct cli_arguments *args, struct keygen *keygen)
{
	uint64_t sw_size = 0;
	bool given = false;
	int code = identity_take(args, true, &keygen->leaf, &given);

	if (!code)
		code = cli_number(args, "sw-size", &sw_size);
	if (code)
		return code;
	if (sw_size > UINT32_MAX)
		return report_usage("keygen", "--sw-size has 32 bits");
	if (sw_size && !given)
		return report_usage("keygen", "--sw-size goes with --sw-id");
	if (given && keygen->params.type == QPAS_KEY_P384)
		return report_usage("keygen",
				    "a p384 leaf has no identity: give --sw-id to qpas sign");
	keygen->params.sw_size = (uint32_t)sw_size;
	keygen->params.leaf = given ? &keygen->leaf : NULL;
	return EXIT_FINE;
}

static int take_options(const struct cli_arguments *args, struct keygen *keygen)
{
	int code = take_type(args, keygen);

	keygen->folder = cli_value(args, "out");
	keygen->ca = cli_value(args, "ca");
	keygen->force = cli_switch(args, "force");
	keygen->params.name = cli_value(args, "name");
	if (!code && !keygen->folder)
		return report_usage("keygen", "give --out FOLDER");
	if (!code && keygen->ca && strcmp(keygen->ca, keygen->folder) == 0)
		return report_usage("keygen", "--ca and --out are the same folder");
	if (!code)
		code = take_dates(args, &keygen->params);
	return code ? code : take_leaf(args, keygen);
}

/* ---- files ---- */

static char *path_in(const char *folder, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static int read_in(const char *folder, const char *name, struct qpas_slice *bytes,
		   struct qpas_error *err)
{
	char *path = path_in(folder, name);
	int code = path ? source_file(path, TEXT_LIMIT, bytes, err) : no_memory(err);

	free(path);
	return code;
}

/* The CA's certificate, then the root's. */
static int read_ca(struct keygen *keygen, struct qpas_error *err)
{
	struct qpas_slice ca = {NULL, 0};
	struct qpas_slice root = {NULL, 0};
	char *chain = NULL;
	int code = read_in(keygen->ca, "ca.key", &keygen->ca_key, err);

	if (!code)
		code = read_in(keygen->ca, "ca.pem", &ca, err);
	if (!code)
		code = read_in(keygen->ca, "root.pem", &root, err);
	if (!code) {
		chain = malloc(ca.len + root.len + 1);
		code = chain ? EXIT_FINE : no_memory(err);
	}
	if (!code) {
		memcpy(chain, ca.ptr, ca.len);
		/* The last line of somebody's file may lack its end. */
		chain[ca.len] = '\n';
		memcpy(chain + ca.len + 1, root.ptr, root.len);
		keygen->ca_chain.ptr = chain;
		keygen->ca_chain.len = ca.len + root.len + 1;
		keygen->params.ca_key = keygen->ca_key;
		keygen->params.ca_chain = keygen->ca_chain;
	}
	source_wipe(&ca);
	source_wipe(&root);
	return code;
}

/* Keys that are there already may be the only ones that open something. */
static int check_free(const struct keygen *keygen, struct qpas_error *err)
{
	struct stat status;
	int code = EXIT_FINE;
	size_t i;

	for (i = 0; !keygen->force && !code && i < FILES; i++) {
		char *path = path_in(keygen->folder, parts[i].name);

		if (!path)
			return no_memory(err);
		if (lstat(path, &status) == 0) {
			error_set(err, QPAS_ERR_ARG, 0,
				  "%s exists. Give another folder, or --force to replace it.",
				  path);
			code = EXIT_USAGE;
		}
		free(path);
	}
	return code;
}

static int write_part(struct keygen *keygen, size_t index, struct qpas_slice pem,
		      struct qpas_error *err)
{
	struct atomic_file *file = &keygen->file[index];
	int code;

	keygen->path[index] = path_in(keygen->folder, parts[index].name);
	if (!keygen->path[index])
		return no_memory(err);
	file->secret = parts[index].secret;
	code = atomic_open(file, keygen->path[index], err);
	if (!code && (atomic_write(file, 0, pem, err) || atomic_flush(file, err)))
		code = EXIT_HERE;
	return code;
}

static int make_folder(struct keygen *keygen, struct qpas_error *err)
{
	int reason;

	keygen->new_folder = mkdir(keygen->folder, 0700) == 0;
	if (keygen->new_folder || errno == EEXIST)
		return EXIT_FINE;
	reason = errno;
	error_set(err, QPAS_ERR_IO, reason, "%s: the folder cannot be made: %s.", keygen->folder,
		  strerror(reason));
	return EXIT_HERE;
}

/* A set that lacks a file is no set: if one does not get its name, the others lose theirs. */
static int commit(struct keygen *keygen, struct qpas_error *err)
{
	int code = EXIT_FINE;
	size_t i;

	for (i = 0; !code && i < FILES; i++) {
		if (keygen->path[i] && atomic_commit(&keygen->file[i], err))
			code = EXIT_HERE;
	}
	if (!code && atomic_sync_folder(&keygen->file[FILES - 1], err))
		code = EXIT_HERE;
	for (i = 0; code && i < FILES; i++)
		atomic_undo(&keygen->file[i]);
	return code;
}

/* All files are complete before the first has its name. */
static int write_parts(struct keygen *keygen, const struct qpas_keys *keys, struct qpas_error *err)
{
	struct qpas_error none = QPAS_ERROR_INIT;
	int code = make_folder(keygen, err);
	size_t i;

	for (i = 0; !code && i < FILES; i++) {
		struct qpas_slice pem;

		if (qpas_keys_pem(keys, parts[i].part, &pem, &none) == 0)
			code = write_part(keygen, i, pem, err);
	}
	if (!code)
		code = commit(keygen, err);
	return code;
}

/* What a signature by these keys will show. */
static int describe(struct keygen *keygen, const struct qpas_keys *keys, struct qpas_error *err)
{
	struct qpas_signer *signer = NULL;
	struct qpas_slice key, chain;
	int code = qpas_keys_pem(keys, QPAS_KEYS_LEAF_KEY, &key, err);

	if (!code)
		code = qpas_keys_pem(keys, QPAS_KEYS_CHAIN, &chain, err);
	if (!code)
		code = qpas_signer_new(key, chain, NULL, &signer, err);
	if (!code)
		code = qpas_signer_describe(signer, &keygen->facts, err);
	qpas_signer_free(signer);
	return code ? exit_of(err, BLAME_INPUT) : EXIT_FINE;
}

static int make(struct keygen *keygen, struct qpas_error *err)
{
	struct qpas_keys *keys = NULL;
	int code = check_free(keygen, err);

	if (!code && keygen->ca)
		code = read_ca(keygen, err);
	if (!code && qpas_keys_new(&keygen->params, NULL, &keys, err))
		code = exit_of(err, BLAME_INPUT);
	if (!code)
		code = describe(keygen, keys, err);
	if (!code)
		code = write_parts(keygen, keys, err);
	qpas_keys_free(keys);
	return code;
}

/* ---- output ---- */

static void show_json(const struct keygen *keygen, const struct qpas_error *err)
{
	struct json_object *list = js_array();
	struct json_object *object = js_object();
	struct json_object *files = js_array();
	size_t i;

	for (i = 0; !err->code && i < FILES; i++) {
		struct json_object *file;

		if (!keygen->path[i])
			continue;
		file = js_object();
		js_put(file, "path", js_text(keygen->path[i]));
		js_put(file, "private", js_bool(parts[i].secret));
		js_append(files, file);
	}
	js_put(object, "folder", js_text(keygen->folder));
	js_put(object, "type", js_text(keygen->type));
	js_put(object, "algorithm", js_text(keygen->facts.algorithm));
	js_put(object, "files", files);
	js_put(object, "root", err->code ? NULL : js_text(keygen->facts.root_name));
	js_put(object, "root_sha256", err->code ? NULL : js_bytes(keygen->facts.root_sha256, 32));
	js_put(object, "root_sha384", err->code ? NULL : js_bytes(keygen->facts.root_sha384, 48));
	js_put(object, "error", js_error(err));
	js_append(list, object);
	js_print(list);
}

static void show_hash(const char *name, const uint8_t *bytes, size_t length)
{
	size_t i;

	printf("  %s ", name);
	for (i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

static void show_text(const struct keygen *keygen)
{
	size_t i;

	for (i = 0; i < FILES; i++) {
		if (!keygen->path[i])
			continue;
		print_safe(stdout, keygen->path[i]);
		puts(parts[i].secret ? "  (private)" : "");
	}
	printf("root \"%s\", a test root; signs images by %s\n", keygen->facts.root_name,
	       keygen->facts.algorithm);
	show_hash("SHA-256", keygen->facts.root_sha256, sizeof(keygen->facts.root_sha256));
	show_hash("SHA-384", keygen->facts.root_sha384, sizeof(keygen->facts.root_sha384));
}

static void clean_up(struct keygen *keygen)
{
	size_t i;

	for (i = 0; i < FILES; i++) {
		atomic_close(&keygen->file[i]);
		free(keygen->path[i]);
	}
	source_wipe(&keygen->ca_key);
	source_wipe(&keygen->ca_chain);
}

static int run(const struct cli_arguments *args)
{
	static const struct atomic_file closed = ATOMIC_FILE_INIT;
	static const struct qpas_auth_identity nobody = QPAS_AUTH_IDENTITY_INIT;
	static const struct qpas_keys_params usual = QPAS_KEYS_PARAMS_INIT;
	static const struct qpas_auth_signature unknown = QPAS_AUTH_SIGNATURE_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct keygen keygen = {.params = usual, .leaf = nobody, .facts = unknown};
	size_t i;
	int code;

	for (i = 0; i < FILES; i++)
		keygen.file[i] = closed;
	code = take_options(args, &keygen);
	if (code)
		return code;
	code = make(&keygen, &err);
	if (err.code)
		report_error(keygen.folder, &err);
	if (cli_switch(args, "json"))
		show_json(&keygen, &err);
	else if (!code)
		show_text(&keygen);
	clean_up(&keygen);
	if (code && keygen.new_folder)
		rmdir(keygen.folder);
	return code;
}

static const struct cli_option options[] = {
	{"type", "TYPE", "p384, rsa2048 (PSS) or rsa2048-pkcs1 (old version 3 images)"},
	{"out", "FOLDER", "folder for the files; made if it is not there"},
	{"name", "NAME", "first word of the certificates' names (default: libqpas)"},
	{"ca", "FOLDER", "make a leaf only, under the CA of an earlier run"},
	IDENTITY_OPTIONS,
	{"sw-size", "N", "SW_SIZE of the leaf: 40 and the bytes of the digest table"},
	{"not-before", "DATE", "first day of the certificates (default: 2020-01-01)"},
	{"not-after", "DATE", "their last day (default: 2049-12-31)"},
	{"force", NULL, "replace keys that are there"},
	{NULL, NULL, NULL},
};

const struct cli_command command_keygen = {
	.name = "keygen",
	.synopsis = "--type TYPE --out FOLDER [--name NAME] [--ca FOLDER]\n"
		    "            [--sw-id N [--oem-id N]...] [--not-before DATE --not-after DATE]",
	.summary = "keys and certificates to sign images with",
	.about =
		"Makes a root, an intermediate CA and a leaf: root.key, root.pem, ca.key, ca.pem,\n"
		"leaf.key, leaf.pem, and chain.pem with all three certificates. Private keys are not\n"
		"encrypted and readable by their owner alone. The root says in its name that it is\n"
		"a test root, and qpas verify tells it.\n"
		"\n"
		"Images of versions 6 to 8 take any p384 leaf (version 6 also rsa2048). In versions 3\n"
		"and 5 the leaf itself says what the image is: such a leaf is made for one image,\n"
		"with --sw-id and the like, under one root with --ca.\n"
		"\n"
		"DATE is a day like 2030-01-31. No device compares dates. N is decimal, or\n"
		"hexadecimal with 0x.",
	.examples = "  qpas keygen --type p384 --out keys\n"
		    "  qpas keygen --type rsa2048 --out old --sw-id 4\n"
		    "  qpas keygen --type rsa2048 --out old-video --ca old --sw-id 0xe",
	.codes = "  0  the files are there\n"
		 "  1  the CA cannot sign a leaf\n"
		 "  2  usage, or keys are there already\n"
		 "  3  a file could not be read or written",
	.options = options,
	.least = 0,
	.most = 0,
	.run = run,
};
