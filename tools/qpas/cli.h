/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands and their options as data: one table is parsed, shown by --help and checked by a test.
 * No command logic lives here.
 */
#ifndef QPAS_TOOL_CLI_H
#define QPAS_TOOL_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_option {
	const char *name; /* without dashes */
	const char *value; /* what stands for its value in the help, NULL for a switch */
	const char *help;
};

struct cli_arguments;

struct cli_command {
	const char *name;
	const char *synopsis; /* operands and options, without "qpas NAME" */
	const char *summary; /* one line, no full stop */
	const char *about; /* paragraphs of the help */
	const char *examples;
	const char *codes; /* what the exit codes mean here */
	const struct cli_option *options; /* ends with a NULL name; --json and --help come with all */
	size_t least; /* operands */
	size_t most;
	int (*run)(const struct cli_arguments *args);
};

#define CLI_ANY_NUMBER SIZE_MAX

struct cli_hit {
	const struct cli_option *option;
	const char *value;
};

struct cli_arguments {
	const struct cli_command *command;
	const char **operands;
	size_t operand_count;
	struct cli_hit *hits;
	size_t hit_count;
};

/*
 * Parses what follows the command's name. EXIT_FINE, or EXIT_USAGE after a message. *help is set
 * when help was asked for; nothing else is judged then.
 */
int cli_parse(const struct cli_command *command, int argc, char **argv, struct cli_arguments *args,
	      bool *help);
void cli_free(struct cli_arguments *args);

bool cli_switch(const struct cli_arguments *args, const char *name);
/* The last value of an option, or NULL. */
const char *cli_value(const struct cli_arguments *args, const char *name);
/* Value number `index` of an option that may be repeated, or NULL. */
const char *cli_value_at(const struct cli_arguments *args, const char *name, size_t index);
/* EXIT_FINE, leaving *number alone when the option is absent, or EXIT_USAGE after a message. */
int cli_number(const struct cli_arguments *args, const char *name, uint64_t *number);
/* Decimal, or hexadecimal with 0x. */
bool cli_parse_number(const char *text, uint64_t *number);

void cli_help(const struct cli_command *command);

/* The word of `words` that is most like `word`, or NULL if none comes close. */
const char *cli_nearest(const char *word, const char *const *words, size_t count);

#endif
