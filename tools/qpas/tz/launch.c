/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's command line, and sockets. */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../cli.h"
#include "../out.h"

#define MIB	    (UINT64_C(1) << 20)
#define MOST_MEMORY (UINT64_C(1) << 40)
#define ADDED_WORDS 10u
#define PATIENCE_MS 3000
#define LOOK_MS	    10
#define WORD_LENGTH 160u
#define NOT_STARTED 127

/* "2048", "2048M", "2G", "size=2G,slots=4" */
static bool parse_memory(const char *text, uint64_t *size)
{
	char digits[24];
	uint64_t scale = MIB;
	size_t length;

	if (strncmp(text, "size=", 5) == 0)
		text += 5;
	length = strspn(text, "0123456789");
	if (!length || length >= sizeof(digits))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)length, text);
	text += length;
	if (*text == 'G' || *text == 'g')
		scale = MIB << 10;
	text += strspn(text, "GgMm") ? 1 : 0;
	if ((*text && *text != ',') || !cli_parse_number(digits, size) ||
	    *size > MOST_MEMORY / scale)
		return false;
	*size *= scale;
	return true;
}

int launch_memory(const struct launch_words *words, uint64_t *size, struct qpas_error *err)
{
	const char *text = NULL;
	size_t i;

	for (i = 1; i + 1 < words->count; i++) {
		if (strcmp(words->list[i], "-m") == 0)
			text = words->list[i + 1];
	}
	if (text && parse_memory(text, size))
		return EXIT_FINE;
	error_set(err, QPAS_ERR_ARG, 0,
		  "QEMU's command line does not say how much RAM the guest has. Add -m 2048.");
	return EXIT_USAGE;
}

static void fail(struct qpas_error *err, const char *what)
{
	error_set(err, QPAS_ERR_IO, errno, "%s: %s.", what, strerror(errno));
}

/* The child's side of fork(): it dies with the server, whatever ends that one. */
static void become(const char **words, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(NOT_STARTED);
	execvp(words[0], (char *const *)(uintptr_t)words);
	fprintf(stderr, "qpas: tz: %s could not be started: %s\n", words[0], strerror(errno));
	_exit(NOT_STARTED);
}

/* What QEMU is told on top: descriptors that the child inherits, so that nothing has a name. */
struct added {
	char backend[WORD_LENGTH];
	char channel[WORD_LENGTH];
};

static const char **add_words(const struct launch_words *words, const struct added *added)
{
	const char *more[ADDED_WORDS] = {"-object",  added->backend,
					 "-machine", "memory-backend=qpas-ram",
					 "-chardev", added->channel,
					 "-serial",  "chardev:qpas-tz",
					 NULL};
	const char **all = calloc(words->count + ADDED_WORDS, sizeof(*all));

	if (!all)
		return NULL;
	memcpy(all, words->list, words->count * sizeof(*all));
	memcpy(all + words->count, more, sizeof(more));
	return all;
}

/* Only here, between fork and exec, may other programs have them. */
static void keep_open(int fd)
{
	(void)fcntl(fd, F_SETFD, 0);
}

int launch_qemu(const struct launch_words *words, const struct ram *ram, pid_t *child, int *bell,
		struct qpas_error *err)
{
	struct added added;
	pid_t parent = getpid();
	const char **all;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		fail(err, "a socket for the secure UART");
		return EXIT_HERE;
	}
	snprintf(added.backend, sizeof(added.backend),
		 "memory-backend-file,id=qpas-ram,size=%" PRIu64
		 ",mem-path=/proc/self/fd/%d,share=on",
		 ram->size, ram->fd);
	snprintf(added.channel, sizeof(added.channel), "socket,id=qpas-tz,fd=%d", pair[1]);
	all = add_words(words, &added);
	*child = all ? fork() : -1;
	if (*child == 0) {
		keep_open(ram->fd);
		keep_open(pair[1]);
		become(all, parent);
	}
	free(all);
	close(pair[1]);
	*bell = pair[0];
	if (*child > 0)
		return EXIT_FINE;
	fail(err, words->list[0]);
	close(pair[0]);
	return EXIT_HERE;
}

static bool address_of(const char *path, struct sockaddr_un *address, struct qpas_error *err)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address->sun_path)) {
		error_set(err, QPAS_ERR_ARG, 0,
			  "%s is too long for the name of a socket: at most %zu characters.", path,
			  sizeof(address->sun_path) - 1);
		return false;
	}
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	return true;
}

/* A socket that nobody listens on is what a server left behind that was killed. */
static void remove_stale(const char *path)
{
	struct stat status;

	if (errno == ECONNREFUSED && lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		unlink(path);
}

int launch_meet(const char *path, int *fd, bool *waits, struct qpas_error *err)
{
	struct sockaddr_un address;
	const struct sockaddr *generic = (const struct sockaddr *)(const void *)&address;

	if (!address_of(path, &address, err))
		return EXIT_USAGE;
	*waits = false;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && connect(*fd, generic, sizeof(address)) == 0)
		return EXIT_FINE;
	if (*fd >= 0)
		remove_stale(path);
	/* Only what bind() made is ours to remove. */
	*waits = *fd >= 0 && bind(*fd, generic, sizeof(address)) == 0;
	if (*waits && listen(*fd, 1) == 0)
		return EXIT_FINE;
	if (errno == EADDRINUSE)
		error_set(err, QPAS_ERR_BACKEND, errno,
			  "%s is there already, and no socket that listens. Remove it, or give "
			  "another name.",
			  path);
	else
		fail(err, path);
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return EXIT_HERE;
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int launch_end(pid_t child, bool kill_it)
{
	const struct timespec pause = {0, LOOK_MS * 1000000L};
	int status = 0, waited = 0;

	if (kill_it)
		kill(child, SIGTERM);
	while (waitpid(child, &status, WNOHANG) == 0) {
		if (waited == PATIENCE_MS)
			kill(child, SIGKILL);
		nanosleep(&pause, NULL);
		waited += LOOK_MS;
	}
	return exit_status(status);
}
