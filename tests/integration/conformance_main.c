/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The conformance suite as a program: conformance URI [NAME IMAGE DTB]. Without the last three it
 * boots an image of its own as "adsp" of a small tree of its own.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qpas/tzsim.h>

#include "conformance.h"
#include "support/image_builder.h"
#include "support/must.h"
#include "support/signer.h"
#include "support/tree_builder.h"

/* The bytes of a file; the caller frees them. */
static unsigned char *read_file(const char *name, size_t *length)
{
	FILE *file = fopen(name, "rb");
	unsigned char *to;
	long size;

	test_must(file && !fseek(file, 0, SEEK_END), "the image can be opened");
	size = ftell(file);
	test_must(size > 0 && !fseek(file, 0, SEEK_SET), "the image is not empty");
	to = malloc((size_t)size);
	test_must(to, "memory");
	*length = fread(to, 1, (size_t)size, file);
	test_must(*length == (size_t)size && !fclose(file), "the image can be read");
	return to;
}

static struct qpas_platform *own_tree(void)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform = NULL;

	test_must(!qpas_platform_open_memory(test_tree_slice(&tree), NULL, 0, NULL, &platform,
					     NULL),
		  "the tree can be read");
	test_tree_free(&tree);
	return platform;
}

int main(int argc, char **argv)
{
	struct conformance subject = {NULL, "adsp", {NULL, 0}, QPAS_PARAMS_INIT};
	struct test_chain chain = test_chain_usual(TEST_SCHEME_ECDSA);
	struct test_image own = {0};
	unsigned char *file = NULL;
	int failures;

	if (argc != 2 && argc != 5) {
		fprintf(stderr, "usage: %s URI [NAME IMAGE DTB]\n", argv[0]);
		return 2;
	}
	test_must(!qpas_tzsim_register(NULL), "the simulator can be registered");
	subject.uri = argv[1];
	if (argc == 5) {
		const char *dtb = argv[4];

		subject.name = argv[2];
		file = read_file(argv[3], &subject.image.len);
		subject.image.ptr = file;
		test_must(!qpas_platform_open_file(&dtb, 1, NULL, &subject.params.platform, NULL),
			  "the tree can be read");
	} else {
		test_image_build(&own, NULL);
		test_chain_write(&own, 1, &chain);
		test_sign(&own, 1, &chain);
		subject.image.ptr = own.bytes;
		subject.image.len = own.size;
		subject.params.platform = own_tree();
	}
	failures = conformance_boot(&subject);
	failures += conformance_steps(&subject);
	failures += conformance_faults(&subject);
	qpas_platform_unref(subject.params.platform);
	free(file);
	test_image_free(&own);
	test_keys_free();
	return failures ? 1 : 0;
}
