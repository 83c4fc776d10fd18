/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An image for a development board out of an ELF file: makes a test root, an intermediate CA and a
 * leaf, signs by the leaf, and prints what the board's fuses would have to name. The keys end with
 * the program; qpas keygen keeps them in files.
 *
 * Usage: sign-image ELF OUT SW_ID
 *   sign-image adsp.elf adsp.mbn 4
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qpas/qpas.h>

struct output {
	const char *path;
	FILE *file; /* NULL: nothing was written yet */
};

static int cannot_write(const struct output *out, struct qpas_error *err)
{
	err->code = QPAS_ERR_IO;
	err->os_errno = errno;
	(void)snprintf(err->text, sizeof(err->text), "%s cannot be written: %s.", out->path,
		       strerror(errno));
	return QPAS_ERR_IO;
}

/* Called once, when all is known to be right. */
static int begin_file(void *user, uint32_t segment, uint64_t bytes, struct qpas_error *err)
{
	struct output *out = user;

	(void)segment;
	(void)bytes;
	out->file = fopen(out->path, "wbx");
	return out->file ? 0 : cannot_write(out, err);
}

static int write_bytes(void *user, uint64_t offset, struct qpas_slice data, struct qpas_error *err)
{
	struct output *out = user;

	if (fseek(out->file, (long)offset, SEEK_SET) == 0 &&
	    fwrite(data.ptr, 1, data.len, out->file) == data.len && fflush(out->file) == 0)
		return 0;
	return cannot_write(out, err);
}

static int make_signer(struct qpas_signer **signer, struct qpas_error *err)
{
	struct qpas_keys_params params = QPAS_KEYS_PARAMS_INIT;
	struct qpas_keys *keys = NULL;
	struct qpas_slice key, chain;
	int code;

	params.type = QPAS_KEY_P384;
	params.name = "Board";
	code = qpas_keys_new(&params, NULL, &keys, err);
	if (!code)
		code = qpas_keys_pem(keys, QPAS_KEYS_LEAF_KEY, &key, err);
	if (!code)
		code = qpas_keys_pem(keys, QPAS_KEYS_CHAIN, &chain, err);
	if (!code)
		code = qpas_signer_new(key, chain, NULL, signer, err);
	qpas_keys_free(keys);
	return code;
}

/* Version 7; what is not said binds the image to nothing. */
static int sign(const struct qpas_image *image, const struct qpas_signer *signer, uint32_t sw_id,
		const char *path, struct qpas_error *err)
{
	struct qpas_auth_identity identity = QPAS_AUTH_IDENTITY_INIT;
	struct qpas_sign_params params = QPAS_SIGN_PARAMS_INIT;
	struct qpas_pack_target target = QPAS_PACK_TARGET_INIT;
	struct output out = {path, NULL};
	int code;

	identity.known = QPAS_AUTH_HAS_SW_ID;
	identity.sw_id = sw_id;
	params.mbn_version = 7;
	params.flags = QPAS_SIGN_RELOCATABLE;
	params.oem = signer;
	params.oem_identity = &identity;
	target.file = begin_file;
	target.write = write_bytes;
	target.user = &out;
	code = qpas_image_sign(image, &params, &target, err);
	if (out.file && fclose(out.file) != 0 && !code)
		code = cannot_write(&out, err);
	if (out.file && code)
		(void)unlink(path);
	return code;
}

static int show_root(const struct qpas_signer *signer, struct qpas_error *err)
{
	struct qpas_auth_signature facts = QPAS_AUTH_SIGNATURE_INIT;
	int code = qpas_signer_describe(signer, &facts, err);
	size_t i;

	if (code)
		return code;
	printf("%s, SHA-384 ", facts.root_name);
	for (i = 0; i < sizeof(facts.root_sha384); i++)
		printf("%02x", facts.root_sha384[i]);
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_signer *signer = NULL;
	struct qpas_image *image = NULL;
	const char *slash;
	int code;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: %s ELF OUT SW_ID\n", argv[0]);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	slash = strrchr(argv[1], '/');
	code = qpas_image_open_fd(fd, slash ? slash + 1 : argv[1], NULL, &image, &err);
	(void)close(fd);
	if (!code)
		code = make_signer(&signer, &err);
	if (!code)
		code = sign(image, signer, (uint32_t)strtoul(argv[3], NULL, 0), argv[2], &err);
	if (!code)
		code = show_root(signer, &err);
	if (code)
		fprintf(stderr, "%s: %s (%s)\n", argv[1], qpas_error_text(&err),
			qpas_err_name(code));
	qpas_signer_free(signer);
	qpas_image_unref(image);
	return code ? 1 : 0;
}
