/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of texts that own what they hold. */
#define _GNU_SOURCE
#include "words.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=,./:+"

static bool keep(struct words *words, char *word)
{
	char **list = realloc(words->list, (words->count + 2) * sizeof(*list));

	if (!list)
		return false;
	words->list = list;
	list[words->count++] = word;
	list[words->count] = NULL;
	return true;
}

const char *words_add(struct words *words, const char *format, ...)
{
	char *word = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&word, format, args);
	va_end(args);
	if (length >= 0 && keep(words, word))
		return word;
	if (length >= 0)
		free(word);
	words->failed = true;
	return "";
}

void words_free(struct words *words)
{
	while (words->count)
		free(words->list[--words->count]);
	free(words->list);
	words->list = NULL;
}

static void print_word(FILE *to, const char *word)
{
	if (*word && word[strspn(word, PLAIN)] == 0) {
		fputs(word, to);
		return;
	}
	fputc('\'', to);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", to);
		else
			fputc(*word, to);
	}
	fputc('\'', to);
}

void words_print(FILE *to, const struct words *words)
{
	size_t i;

	for (i = 0; i < words->count; i++) {
		if (i)
			fputc(' ', to);
		print_word(to, words->list[i]);
	}
	fputc('\n', to);
}
