/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tool says to people: colours, error sentences, exit codes, progress, time. */
#include "out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Number of the message "in none of the firmware folders": a missing input file. */
#define MESSAGE_FIRMWARE_MISSING 918u

int exit_of(const struct qpas_error *err, enum blame blame)
{
	switch (err->code) {
	case QPAS_OK:
		return EXIT_FINE;
	case QPAS_ERR_FORMAT:
	case QPAS_ERR_TRUNC:
	case QPAS_ERR_RANGE:
	case QPAS_ERR_OVERFLOW:
	case QPAS_ERR_OVERLAP:
	case QPAS_ERR_LIMIT:
	case QPAS_ERR_MISMATCH:
	case QPAS_ERR_CRYPTO:
	case QPAS_ERR_POLICY:
	case QPAS_ERR_AUTH:
	case QPAS_ERR_TZ:
		return EXIT_BAD;
	case QPAS_ERR_NOTFOUND:
	case QPAS_ERR_UNSUPP:
		if (blame == BLAME_BACKEND || err->message_id == MESSAGE_FIRMWARE_MISSING)
			return EXIT_HERE;
		return EXIT_BAD;
	case QPAS_ERR_ARG:
		return EXIT_USAGE;
	default:
		return EXIT_HERE;
	}
}

int exit_worst(int a, int b)
{
	return a > b ? a : b;
}

/* NO_COLOR counts when it is not empty (no-color.org). */
static bool coloured(FILE *to)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return isatty(fileno(to)) && term && strcmp(term, "dumb") != 0;
}

const char *style_on(FILE *to, enum style style)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "",	   [STYLE_BOLD] = "\033[1m",  [STYLE_DIM] = "\033[2m",
		[STYLE_GOOD] = "\033[32m", [STYLE_WARN] = "\033[33m", [STYLE_BAD] = "\033[1;31m",
	};

	return coloured(to) ? codes[style] : "";
}

const char *style_off(FILE *to)
{
	return coloured(to) ? "\033[0m" : "";
}

static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/* Bytes 0x80 to 0xbf continue a UTF-8 character and take no column of their own. */
static size_t width_of(unsigned char c)
{
	if (is_control(c))
		return 4;
	return (c & 0xc0) == 0x80 ? 0 : 1;
}

size_t safe_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += width_of((unsigned char)*text);
	return width;
}

/* Names come from files of unknown origin: escape sequences must not reach the terminal. */
size_t print_safe(FILE *to, const char *text)
{
	const char *at;

	for (at = text; *at; at++) {
		if (is_control((unsigned char)*at))
			fprintf(to, "\\x%02x", (unsigned char)*at);
		else
			fputc(*at, to);
	}
	return safe_width(text);
}

void print_pad(size_t from, size_t to)
{
	do {
		putchar(' ');
		from++;
	} while (from < to);
}

static void print_head(const char *subject)
{
	size_t length = subject ? strlen(subject) : 0;

	progress_clear();
	fflush(stdout);
	fprintf(stderr, "%sqpas:%s ", style_on(stderr, STYLE_BAD), style_off(stderr));
	if (!length)
		return;
	print_safe(stderr, subject);
	fputs(subject[length - 1] == ':' ? " " : ": ", stderr);
}

/* A sentence that names its file itself does not get it twice. */
void report_error(const char *subject, const struct qpas_error *err)
{
	const char *text = qpas_error_text(err);
	bool named = subject && strncmp(text, subject, strlen(subject)) == 0;

	print_head(named ? NULL : subject);
	print_safe(stderr, text);
	fprintf(stderr, "\n  %s%s", style_on(stderr, STYLE_DIM), qpas_err_name(err->code));
	if (err->message_id)
		fprintf(stderr, ", message %" PRIu32, err->message_id);
	if (err->stage != QPAS_STAGE_NONE)
		fprintf(stderr, ", in %s", qpas_stage_name(err->stage));
	if (err->segment != QPAS_NO_SEGMENT)
		fprintf(stderr, ", segment %" PRIu32, err->segment);
	if (err->offset || err->segment != QPAS_NO_SEGMENT)
		fprintf(stderr, ", offset %#" PRIx64, err->offset);
	if (err->os_errno)
		fprintf(stderr, ", %s", strerror(err->os_errno));
	if (err->tz_status)
		fprintf(stderr, ", trusted world: %" PRId64 " (Linux: %s; boot firmware: %s)",
			err->tz_status, qpas_scm_status_text(err->tz_status),
			qpas_scm_firmware_status_text(err->tz_status));
	fprintf(stderr, "%s\n", style_off(stderr));
}

void report(const char *format, ...)
{
	va_list args;

	print_head(NULL);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int report_usage(const char *command, const char *format, ...)
{
	va_list args;

	print_head(command);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry 'qpas %s%s--help'.\n", command ? command : "", command ? " " : "");
	return EXIT_USAGE;
}

/* The rest of the tool treats these like errors of the library. */
void error_set(struct qpas_error *err, int code, int os_errno, const char *format, ...)
{
	struct qpas_error fresh = QPAS_ERROR_INIT;
	va_list args;

	*err = fresh;
	err->code = code;
	err->os_errno = os_errno;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
}

/* Goes to standard error, so that output in a pipe stays clean. */
void progress(const char *format, ...)
{
	va_list args;

	if (!isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fflush(stderr);
}

void progress_clear(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

int64_t now_ns(void)
{
	struct timespec now = {0, 0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double as_ms(int64_t ns)
{
	return (double)ns / 1e6;
}

/* A full disk shows when buffers are flushed, not when they are filled. */
int out_finish(int code)
{
	bool failed = ferror(stdout) != 0;

	errno = 0;
	if (fclose(stdout) != 0)
		failed = true;
	if (!failed)
		return code;
	fprintf(stderr, "qpas: standard output could not be written%s%s\n", errno ? ": " : "",
		errno ? strerror(errno) : "");
	return EXIT_HERE;
}
