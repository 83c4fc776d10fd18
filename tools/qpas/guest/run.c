/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts QEMU and the server, hands on signals and what the guest's command says. */
#define _GNU_SOURCE
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "../../../firmware/el3/mailbox.h"
#include "../../../firmware/el3/memory.h"
#include "../source.h"

#define QEMU	    "qemu-system-aarch64"
#define LOG_LIMIT   4096u
#define LOOK_MS	    50
#define LINE_LENGTH 256u
#define VERDICT	    "guest: exit "

static void add_machine(const struct guest *guest, struct words *words)
{
	words_add(words, QEMU);
	words_add(words, "-M");
	words_add(words, "virt,secure=on,virtualization=on,gic-version=3,iommu=smmuv3");
	words_add(words, "-cpu");
	words_add(words, "%s", guest->cpu);
	words_add(words, "-accel");
	words_add(words, "tcg");
	words_add(words, "-smp");
	words_add(words, "%u", guest->cores);
	words_add(words, "-m");
	words_add(words, "%u", guest->memory_mb);
	words_add(words, "-display");
	words_add(words, "none");
	words_add(words, "-monitor");
	words_add(words, "none");
	words_add(words, "-nic");
	words_add(words, "none");
	words_add(words, "-bios"); /* its presence decides on some devices */
	words_add(words, "%s/relay.bin", guest->folder);
}

static void add_blob(struct words *words, const char *path, const char *name, unsigned address)
{
	words_add(words, "-device");
	words_add(words, "loader,file=%s%s,addr=0x%x,force-raw=on", path, name, address);
}

static void add_word(struct words *words, unsigned address, uint32_t value)
{
	words_add(words, "-device");
	words_add(words, "loader,addr=0x%x,data=%u,data-len=4", address, value);
}

void run_qemu_words(const struct guest *guest, struct words *words)
{
	add_machine(guest, words);
	words_add(words, "-no-reboot");
	words_add(words, "-chardev");
	if (guest->command)
		words_add(words, "file,id=console,path=%s/console", guest->folder);
	else /* Ctrl-C on the terminal is for all three processes, not for the guest. */
		words_add(words, "stdio,id=console,signal=on");
	words_add(words, "-serial");
	words_add(words, "chardev:console");
	add_blob(words, guest->kernel, "", GUEST_KERNEL);
	add_blob(words, guest->folder, "/guest.dtb", GUEST_TREE);
	add_blob(words, guest->folder, "/initramfs.cpio", GUEST_ARCHIVE);
	add_word(words, MAILBOX_BOOT_LEVEL, guest->level);
	add_word(words, MAILBOX_BOOT_FLAGS, guest->hypervisor ? GUEST_FLAG_HYPERVISOR : 0);
	add_word(words, GUEST_BOOT_MEMORY_MB, guest->memory_mb);
	if (guest->hypervisor)
		add_blob(words, guest->folder, "/hypervisor.bin", GUEST_HYPERVISOR);
}

static int no_memory(struct qpas_error *err)
{
	error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out, or the command line is too long.");
	return EXIT_HERE;
}

/* The child's side of fork(): it dies with its parent, whatever ends that one. */
static void become(char *const *words, const char *program)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execvp(program, words);
	fprintf(stderr, "qpas: %s could not be started: %s.\n", program, strerror(errno));
	_exit(127);
}

static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What QEMU says goes to a file: it speaks even when all is well. */
static void dump_in_child(const struct words *words, const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	become(words->list, QEMU);
}

static void report_dump(int status, const char *log, struct qpas_error *err)
{
	struct qpas_error unread = QPAS_ERROR_INIT;
	struct qpas_slice said = {"", 0};

	(void)source_file(log, LOG_LIMIT, &said, &unread);
	if (status == 127)
		error_set(err, QPAS_ERR_NOTFOUND, 0,
			  QEMU " is not installed (Debian: qemu-system-arm).");
	else
		error_set(err, QPAS_ERR_IO, 0,
			  QEMU " does not give its device tree (exit code %d): %.*s Version 7.2 or "
			       "later is needed.",
			  status, (int)said.len, (const char *)said.ptr);
	if (said.len)
		free((void *)(uintptr_t)said.ptr);
}

int run_dump_tree(const struct guest *guest, const char *path, struct qpas_error *err)
{
	struct words words = {NULL, 0, false};
	struct words pool = {NULL, 0, false};
	const char *log = words_add(&pool, "%s/qemu.log", guest->folder);
	pid_t child;
	int status = -1;

	add_machine(guest, &words);
	words_add(&words, "-M");
	words_add(&words, "dumpdtb=%s", path);
	child = words.failed ? -1 : fork();
	if (child == 0)
		dump_in_child(&words, log);
	if (child > 0)
		status = wait_for(child);
	if (status > 0)
		report_dump(status, log, err);
	words_free(&words);
	words_free(&pool);
	if (child < 0 || status < 0)
		return no_memory(err);
	return status == 0 ? EXIT_FINE : EXIT_HERE;
}

/* A signal handler can reach nothing but this. */
static volatile sig_atomic_t server_pid;

static void hand_on(int number)
{
	if (server_pid > 0)
		kill((pid_t)server_pid, number == SIGINT ? SIGTERM : number);
}

static void catch_signals(void (*handler)(int))
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
	struct sigaction action = {.sa_handler = handler};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

/* What the guest's console says, as far as it is judged. */
struct console {
	int fd; /* -1: the console is the terminal's */
	char line[LINE_LENGTH];
	size_t length;
	long verdict; /* exit code of the command, -1 until it was told */
};

static void judge_line(struct console *console)
{
	console->line[console->length] = 0;
	if (strncmp(console->line, VERDICT, strlen(VERDICT)) == 0)
		console->verdict = strtol(console->line + strlen(VERDICT), NULL, 10);
	console->length = 0;
}

static bool take_output(struct console *console)
{
	char bytes[1024];
	ssize_t got = read(console->fd, bytes, sizeof(bytes));
	ssize_t i;

	if (got <= 0)
		return false;
	fwrite(bytes, 1, (size_t)got, stdout);
	fflush(stdout);
	for (i = 0; i < got; i++) {
		if (bytes[i] == '\n')
			judge_line(console);
		else if (console->length + 1 < sizeof(console->line))
			console->line[console->length++] = bytes[i];
	}
	return true;
}

/* Hands the console's output on until the server has ended; its exit code. */
static int follow(struct console *console, pid_t child)
{
	struct pollfd poller = {console->fd, POLLIN, 0};
	int status;

	if (console->fd < 0)
		return wait_for(child);
	while (waitpid(child, &status, WNOHANG) == 0) {
		if (poll(&poller, 1, LOOK_MS) > 0)
			take_output(console);
	}
	while (take_output(console))
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Held open for both directions: neither side waits for the other, none sees an end. */
static int open_console(const struct guest *guest, struct qpas_error *err)
{
	struct words pool = {NULL, 0, false};
	const char *path = words_add(&pool, "%s/console", guest->folder);
	int fd = -1;

	if (mkfifo(path, 0600) == 0 || errno == EEXIST)
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		error_set(err, QPAS_ERR_IO, errno, "%s: %s.", path, strerror(errno));
	words_free(&pool);
	return fd;
}

static int judge(const struct guest *guest, const struct console *console, int status,
		 struct qpas_error *err)
{
	if (guest->command && console->verdict >= 0)
		return console->verdict == 0 ? EXIT_FINE : EXIT_BAD;
	if (guest->command) {
		error_set(err, QPAS_ERR_BACKEND, 0,
			  "The guest ended before its command did (the server's exit code is %d). "
			  "Its console above and the server's log say why.",
			  status);
		return EXIT_HERE;
	}
	if (status == 0 || status == 128 + SIGTERM || status == 128 + SIGINT)
		return EXIT_FINE;
	error_set(err, QPAS_ERR_BACKEND, 0, "The server ended with exit code %d; its log says why.",
		  status);
	return EXIT_HERE;
}

int run_guest(const struct guest *guest, const struct words *server, struct qpas_error *err)
{
	struct console console = {.fd = -1, .verdict = -1};
	struct termios terminal;
	bool restore = tcgetattr(STDIN_FILENO, &terminal) == 0;
	pid_t child;
	int status;

	if (server->failed)
		return no_memory(err);
	if (guest->command) {
		console.fd = open_console(guest, err);
		if (console.fd < 0)
			return EXIT_HERE;
	}
	fflush(stdout);
	catch_signals(hand_on);
	child = fork();
	if (child == 0) {
		catch_signals(SIG_DFL);
		become(server->list, "/proc/self/exe");
	}
	server_pid = (sig_atomic_t)child;
	status = child < 0 ? -1 : follow(&console, child);
	server_pid = 0;
	catch_signals(SIG_DFL);
	/* A QEMU that was killed leaves the terminal raw. */
	if (restore)
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
	if (console.fd >= 0)
		close(console.fd);
	return child < 0 ? no_memory(err) : judge(guest, &console, status, err);
}
