/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads profiles: one fact a line, words separated by blanks, '#' starts a comment. */
#include "tzsim/profile.h"

#include <string.h>

#include <qpas/tzsim.h>

#include "base/ckd.h"

#define LINE_BYTES     160u
#define MOST_WORDS     8u
#define MOST_LINES     4096u
#define MOST_OF_A_KIND 512u
#define MEMORY_LIMIT   (UINT64_C(1) << 48)

struct line {
	char text[LINE_BYTES];
	char *word[MOST_WORDS];
	uint32_t words;
};

struct fault_name {
	const char *name;
	uint32_t times;
};

/* How often each happens, or after how many milliseconds, when no number is given. */
static const struct fault_name fault_names[QPASI_TZSIM_FAULT_COUNT] = {
	{"busy", 2},	      {"interrupted", 3},   {"waitq", 1},	{"short-table", 1},
	{"init-refuse", 1},   {"memory-refuse", 1}, {"auth-refuse", 1}, {"shutdown-refuse", 1},
	{"lost-auth", 1},     {"lost-shutdown", 1}, {"never-ready", 1}, {"crash", 1},
	{"crash-running", 1}, {"crash-after", 100}, {"watchdog", 100},	{"lost-init", 1},
	{"lost-table", 1},    {"long-table", 1},
};

void qpasi_tzsim_profile_init(struct qpasi_tzsim_profile *profile, const struct qpasi_env *env)
{
	memset(profile, 0, sizeof(*profile));
	profile->env = env;
}

void qpasi_tzsim_profile_free(struct qpasi_tzsim_profile *profile)
{
	qpasi_env_free(profile->env, profile->devmem);
	qpasi_env_free(profile->env, profile->running.at);
	qpasi_env_free(profile->env, profile->no_table.at);
	qpasi_env_free(profile->env, profile->memory.at);
	qpasi_env_free(profile->env, profile->fuses.minimum.at);
}

bool qpasi_tzsim_profile_take(struct qpasi_tzsim_profile *profile, enum qpasi_tzsim_fault fault)
{
	if (!profile->faults[fault])
		return false;
	profile->faults[fault]--;
	return true;
}

uint32_t qpasi_tzsim_profile_take_ms(struct qpasi_tzsim_profile *profile,
				     enum qpasi_tzsim_fault fault)
{
	uint32_t ms = profile->faults[fault];

	profile->faults[fault] = 0;
	return ms;
}

/* Not strtoul(): it takes signs and blanks, and its range depends on the machine. */
static bool digit_value(char c, unsigned int base, unsigned int *value)
{
	if (c >= '0' && c <= '9')
		*value = (unsigned int)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*value = (unsigned int)(c - 'a') + 10;
	else if (c >= 'A' && c <= 'F')
		*value = (unsigned int)(c - 'A') + 10;
	else
		return false;
	return *value < base;
}

bool qpasi_tzsim_number(const char *word, uint64_t most, uint64_t *value)
{
	unsigned int base = 10;

	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
		base = 16;
		word += 2;
	}
	*value = 0;
	if (!*word)
		return false;
	for (; *word; word++) {
		unsigned int digit;

		if (!digit_value(*word, base, &digit) || ckd_mul(value, *value, (uint64_t)base) ||
		    ckd_add(value, *value, (uint64_t)digit))
			return false;
	}
	return *value <= most;
}

static bool number32(const char *word, uint32_t *value)
{
	uint64_t wide;

	if (!qpasi_tzsim_number(word, UINT32_MAX, &wide))
		return false;
	*value = (uint32_t)wide;
	return true;
}

/* Each returns 0, NOMEM, or FORMAT for what it does not understand. */

static int read_level(struct qpasi_tzsim_profile *profile, const struct line *line)
{
	if (!number32(line->word[1], &profile->host_level))
		return QPAS_ERR_FORMAT;
	return profile->host_level == 1 || profile->host_level == 2 ? 0 : QPAS_ERR_FORMAT;
}

static int read_tz(struct qpasi_tzsim_profile *profile, const struct line *line)
{
	static const char *const names[] = {"", "strict", "lenient", "old"};

	for (uint32_t i = QPAS_TZSIM_STRICT; i <= QPAS_TZSIM_OLD; i++) {
		if (strcmp(line->word[1], names[i]) != 0)
			continue;
		profile->tz = i;
		return 0;
	}
	return QPAS_ERR_FORMAT;
}

static int read_fault(struct qpasi_tzsim_profile *profile, const struct line *line)
{
	char *colon = strchr(line->word[1], ':');
	uint32_t times = 0;

	if (colon) {
		*colon = '\0';
		if (!number32(colon + 1, &times) || !times)
			return QPAS_ERR_FORMAT;
	}
	for (uint32_t i = 0; i < QPASI_TZSIM_FAULT_COUNT; i++) {
		if (strcmp(line->word[1], fault_names[i].name) != 0)
			continue;
		profile->faults[i] = times ? times : fault_names[i].times;
		return 0;
	}
	return QPAS_ERR_FORMAT;
}

/* The lists of ids are ranges without a start: `owner` is the id. */
static int read_id(const struct qpasi_tzsim_profile *profile, const struct line *line,
		   struct qpasi_tzsim_ranges *ids)
{
	struct qpasi_tzsim_range range = {0, 0, 0, 0};

	if (!number32(line->word[1], &range.owner) || ids->count == MOST_OF_A_KIND)
		return QPAS_ERR_FORMAT;
	return qpasi_tzsim_ranges_add(profile->env, ids, &range);
}

static int read_running(struct qpasi_tzsim_profile *profile, const struct line *line)
{
	return read_id(profile, line, &profile->running);
}

static int read_no_table(struct qpasi_tzsim_profile *profile, const struct line *line)
{
	return read_id(profile, line, &profile->no_table);
}

static int read_memory(struct qpasi_tzsim_profile *profile, const struct line *line)
{
	struct qpasi_tzsim_range range = {0, 0, 0, 0};
	uint64_t size;

	if (!qpasi_tzsim_number(line->word[1], UINT64_MAX, &range.start) ||
	    !qpasi_tzsim_number(line->word[2], UINT64_MAX, &size) || !size ||
	    qpasi_tzsim_wraps(range.start, size, &range.end) || range.end > MEMORY_LIMIT ||
	    profile->memory.count == MOST_OF_A_KIND)
		return QPAS_ERR_FORMAT;
	return qpasi_tzsim_ranges_add(profile->env, &profile->memory, &range);
}

/* Whether the entry fits the others is judged with the whole table, when it is handed out. */
static int read_devmem(struct qpasi_tzsim_profile *profile, const struct line *line)
{
	struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
	struct qpasi_tzsim_devmem made;
	int code;

	entry.type = QPAS_RSC_DEVMEM;
	if (!number32(line->word[1], &made.pas_id) || !number32(line->word[2], &entry.da) ||
	    !number32(line->word[3], &entry.pa) || !number32(line->word[4], &entry.len) ||
	    !number32(line->word[5], &entry.flags) || strlen(line->word[6]) > 32 ||
	    profile->devmem_count == MOST_OF_A_KIND)
		return QPAS_ERR_FORMAT;
	memcpy(entry.name, line->word[6], strlen(line->word[6]));
	made.reserved = 0;
	made.entry = entry;
	code = qpasi_tzsim_grow(profile->env, &profile->devmem, &profile->devmem_capacity,
				profile->devmem_count, sizeof(made));
	if (!code)
		profile->devmem[profile->devmem_count++] = made;
	return code;
}

static int read_fuse(struct qpasi_tzsim_profile *profile, const struct line *line)
{
	return qpasi_tzsim_fuses_read(&profile->fuses, line->word[1], line->word[2]);
}

/* The least version of a kind of image: a range without an end, the SW_ID its owner. */
static int read_minimum(struct qpasi_tzsim_profile *profile, const struct line *line)
{
	struct qpasi_tzsim_ranges *minimum = &profile->fuses.minimum;
	struct qpasi_tzsim_range made = {0, 0, 0, 0};

	if (strcmp(line->word[1], "minimum") != 0 || !number32(line->word[2], &made.owner) ||
	    !qpasi_tzsim_number(line->word[3], UINT32_MAX, &made.start) ||
	    minimum->count == MOST_OF_A_KIND)
		return QPAS_ERR_FORMAT;
	return qpasi_tzsim_ranges_add(profile->env, minimum, &made);
}

/* A keyword fits only with its number of words: what is too much is no comment. */
static const struct keyword {
	const char *name;
	uint32_t words;
	int (*read)(struct qpasi_tzsim_profile *profile, const struct line *line);
} keywords[] = {
	{"el", 2, read_level},		{"tz", 2, read_tz},
	{"fault", 2, read_fault},	{"running", 2, read_running},
	{"no-table", 2, read_no_table}, {"memory", 3, read_memory},
	{"devmem", 7, read_devmem},	{"fuse", 3, read_fuse},
	{"fuse", 4, read_minimum},
};

static int read_words(struct qpasi_tzsim_profile *profile, const struct line *line)
{
	if (!line->words)
		return 0;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (!strcmp(line->word[0], keywords[i].name) && line->words == keywords[i].words)
			return keywords[i].read(profile, line);
	}
	return QPAS_ERR_FORMAT;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts the text into words in place; false if there are too many. */
static bool split_words(struct line *line)
{
	char *at = line->text;

	line->words = 0;
	for (;;) {
		while (is_blank(*at))
			at++;
		if (!*at || *at == '#')
			return true;
		if (line->words == MOST_WORDS)
			return false;
		line->word[line->words++] = at;
		while (*at && !is_blank(*at))
			at++;
		if (!*at)
			return true;
		*at++ = '\0';
	}
}

/* Copies one line; false if it is too long or holds a NUL. */
static bool take_line(struct line *line, struct qpas_slice *text)
{
	const char *from = text->ptr;
	const char *newline = memchr(from, '\n', text->len);
	size_t length = newline ? (size_t)(newline - from) : text->len;

	text->ptr = from + length + (newline ? 1 : 0);
	text->len -= length + (newline ? 1 : 0);
	if (length >= LINE_BYTES || memchr(from, '\0', length))
		return false;
	memcpy(line->text, from, length);
	line->text[length] = '\0';
	return split_words(line);
}

static int bad_line(uint32_t at, const struct line *line, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = QPASI_MSG_SIM_PROFILE;
	fault.a = at;
	fault.s = line->words ? line->word[0] : "too long";
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

int qpasi_tzsim_profile_read(struct qpasi_tzsim_profile *profile, struct qpas_slice text,
			     struct qpas_error *err)
{
	struct line line;

	line.words = 0;
	for (uint32_t at = 1; text.len; at++) {
		int code = QPAS_ERR_FORMAT;

		if (at <= MOST_LINES && take_line(&line, &text))
			code = read_words(profile, &line);
		if (code == QPAS_ERR_NOMEM)
			return qpasi_error_set(err, QPASI_MSG_NO_MEMORY, QPAS_STAGE_OPEN, NULL);
		if (code)
			return bad_line(at, &line, err);
	}
	return 0;
}
