/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands and their options as data: parsing, help, hints for what was mistyped. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

/* Longer words are not compared: a hint is for slips of the finger. */
#define NEAREST_LENGTH 32u
#define NEAREST_WORDS  64u

static const struct cli_option common_options[] = {
	{"json", NULL, "print JSON for programs instead of text for people"},
	{"help", NULL, "show this help"},
	{NULL, NULL, NULL},
};

/* Levenshtein distance of two words of at most NEAREST_LENGTH characters. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NEAREST_LENGTH + 1];
	size_t i, j;

	for (j = 0; j <= strlen(b); j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; b[j - 1]; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[strlen(b)];
}

/* Two slips at most, and fewer than letters: "rm" is no slip of "info". */
const char *cli_nearest(const char *word, const char *const *words, size_t count)
{
	const char *nearest = NULL;
	size_t best = 3;
	size_t i;

	if (!*word || strlen(word) > NEAREST_LENGTH)
		return NULL;
	for (i = 0; i < count; i++) {
		size_t steps;

		if (strlen(words[i]) > NEAREST_LENGTH)
			continue;
		steps = distance(word, words[i]);
		if (steps < best && steps < strlen(words[i])) {
			best = steps;
			nearest = words[i];
		}
	}
	return nearest;
}

static const struct cli_option *find_in(const struct cli_option *options, const char *name,
					size_t length)
{
	for (; options && options->name; options++) {
		if (strlen(options->name) == length && strncmp(options->name, name, length) == 0)
			return options;
	}
	return NULL;
}

/* An option of the command hides a common one of the same name. */
static const struct cli_option *find_option(const struct cli_command *command, const char *name,
					    size_t length)
{
	const struct cli_option *option = find_in(command->options, name, length);

	return option ? option : find_in(common_options, name, length);
}

static int unknown_option(const struct cli_command *command, const char *word)
{
	const char *names[NEAREST_WORDS];
	const struct cli_option *option;
	const char *nearest;
	size_t count = 0;

	for (option = command->options; option && option->name && count < NEAREST_WORDS; option++)
		names[count++] = option->name;
	for (option = common_options; option->name && count < NEAREST_WORDS; option++)
		names[count++] = option->name;
	nearest = cli_nearest(word + strspn(word, "-"), names, count);
	if (nearest)
		return report_usage(command->name, "unknown option '%s'; did you mean '--%s'?",
				    word, nearest);
	return report_usage(command->name, "unknown option '%s'", word);
}

/* One option at argv[*at]; *at is moved on to its value if that is a word of its own. */
static int take_option(struct cli_arguments *args, int argc, char **argv, int *at)
{
	const char *word = argv[*at];
	const char *name = word + 2;
	const char *value = strchr(name, '=');
	size_t length = value ? (size_t)(value - name) : strlen(name);
	const struct cli_option *option = NULL;

	if (strcmp(word, "-o") == 0)
		option = find_option(args->command, "output", strlen("output"));
	else if (word[1] == '-')
		option = find_option(args->command, name, length);
	if (!option)
		return unknown_option(args->command, word);
	if (value)
		value++;
	if (value && !option->value)
		return report_usage(args->command->name, "'--%s' takes no value", option->name);
	if (!value && option->value) {
		if (*at + 1 >= argc)
			return report_usage(args->command->name, "'--%s' needs a value: --%s %s",
					    option->name, option->name, option->value);
		*at += 1;
		value = argv[*at];
	}
	args->hits[args->hit_count].option = option;
	args->hits[args->hit_count].value = value;
	args->hit_count++;
	return EXIT_FINE;
}

/* Told with the synopsis, which is the shortest way to the right command line. */
static int check_operands(const struct cli_arguments *args)
{
	const struct cli_command *command = args->command;

	if (args->operand_count < command->least)
		return report_usage(command->name, "too few arguments: qpas %s %s", command->name,
				    command->synopsis);
	if (args->operand_count > command->most)
		return report_usage(command->name, "'%s' is one argument too many: qpas %s %s",
				    args->operands[command->most], command->name,
				    command->synopsis);
	return EXIT_FINE;
}

/* Looked for first: help must come even when the rest of the line is wrong. */
static bool asks_for_help(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

/* Options may stand anywhere; hits keep their order, since overlays are applied in theirs. */
int cli_parse(const struct cli_command *command, int argc, char **argv, struct cli_arguments *args,
	      bool *help)
{
	bool options = true;
	int code;
	int i;

	memset(args, 0, sizeof(*args));
	args->command = command;
	*help = asks_for_help(argc, argv);
	if (*help)
		return EXIT_FINE;
	args->operands = calloc((size_t)argc + 1, sizeof(*args->operands));
	args->hits = calloc((size_t)argc + 1, sizeof(*args->hits));
	if (!args->operands || !args->hits) {
		report("memory ran out");
		return EXIT_HERE;
	}
	for (i = 0; i < argc; i++) {
		if (!options || argv[i][0] != '-' || !argv[i][1]) {
			args->operands[args->operand_count++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			options = false;
		} else {
			code = take_option(args, argc, argv, &i);
			if (code)
				return code;
		}
	}
	return check_operands(args);
}

void cli_free(struct cli_arguments *args)
{
	free(args->operands);
	free(args->hits);
	args->operands = NULL;
	args->hits = NULL;
}

const char *cli_value_at(const struct cli_arguments *args, const char *name, size_t index)
{
	size_t i;

	for (i = 0; i < args->hit_count; i++) {
		if (strcmp(args->hits[i].option->name, name) == 0 && index-- == 0)
			return args->hits[i].value;
	}
	return NULL;
}

/* The last one counts, so that a script can append to a fixed command line. */
const char *cli_value(const struct cli_arguments *args, const char *name)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < args->hit_count; i++) {
		if (strcmp(args->hits[i].option->name, name) == 0)
			value = args->hits[i].value;
	}
	return value;
}

bool cli_switch(const struct cli_arguments *args, const char *name)
{
	size_t i;

	for (i = 0; i < args->hit_count; i++) {
		if (strcmp(args->hits[i].option->name, name) == 0)
			return true;
	}
	return false;
}

bool cli_parse_number(const char *text, uint64_t *number)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	unsigned long long value;
	char *end = NULL;

	/* strtoull() itself would take blanks and signs. */
	if (!*digits ||
	    strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits))
		return false;
	errno = 0;
	value = strtoull(digits, &end, hex ? 16 : 10);
	if (errno || *end)
		return false;
	*number = value;
	return true;
}

int cli_number(const struct cli_arguments *args, const char *name, uint64_t *number)
{
	const char *text = cli_value(args, name);

	if (text && !cli_parse_number(text, number))
		return report_usage(args->command->name,
				    "'%s' is no number for --%s: write decimal, or 0x and "
				    "hexadecimal digits",
				    text, name);
	return EXIT_FINE;
}

static void help_options(const struct cli_option *options)
{
	for (; options && options->name; options++) {
		char left[64];

		snprintf(left, sizeof(left), "--%s%s%s", options->name, options->value ? " " : "",
			 options->value ? options->value : "");
		printf("  %-24s %s\n", left, options->help);
	}
}

static void help_heading(const char *heading)
{
	printf("\n%s%s%s\n", style_on(stdout, STYLE_BOLD), heading, style_off(stdout));
}

/* Made of the same table that is parsed: help cannot lag behind. */
void cli_help(const struct cli_command *command)
{
	printf("%sqpas %s%s %s\n\n%s\n", style_on(stdout, STYLE_BOLD), command->name,
	       style_off(stdout), command->synopsis, command->about);
	help_heading("Options");
	help_options(command->options);
	help_options(common_options);
	help_heading("Examples");
	puts(command->examples);
	help_heading("Exit codes");
	puts(command->codes);
}
