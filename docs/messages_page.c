/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the page of all messages: a text, then one table row per message of messages.def. */
#include <stdio.h>

struct row {
	unsigned int number;
	const char *name;
	const char *class;
	const char *pattern;
};

static const struct row rows[] = {
#define QPASI_MESSAGE(number, name, class, pattern) {number, #name, #class, pattern},
#include "base/messages.def"
#undef QPASI_MESSAGE
};

static int copy(const char *name, FILE *to)
{
	FILE *from = fopen(name, "r");
	char block[1024];
	size_t length;

	if (!from)
		return 1;
	while ((length = fread(block, 1, sizeof(block), from)) > 0)
		(void)fwrite(block, 1, length, to);
	return fclose(from) != 0;
}

int main(int argc, char **argv)
{
	FILE *page;
	int failed;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: %s TEXT PAGE\n", argv[0]);
		return 2;
	}
	page = fopen(argv[2], "w");
	if (!page) {
		perror(argv[2]);
		return 1;
	}
	failed = copy(argv[1], page);
	(void)fprintf(page,
		      "\n## All messages\n\n| number | class | name | text |\n|---|---|---|---|\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		(void)fprintf(page, "| %u | %s | %s | %s |\n", rows[i].number, rows[i].class,
			      rows[i].name, rows[i].pattern);
	failed |= ferror(page);
	failed |= fclose(page);
	return failed != 0;
}
