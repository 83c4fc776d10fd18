/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas doctor: this machine, its kernel and what user space may reach of it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor.h"

#define LINE_BYTES 512u

char *doctor_path(const struct doctor *doctor, const char *path)
{
	char *full = NULL;

	if (asprintf(&full, "%s%s", doctor->root, path) < 0) {
		report("memory ran out");
		exit(EXIT_HERE);
	}
	return full;
}

FILE *doctor_open(const struct doctor *doctor, const char *path)
{
	char *full = doctor_path(doctor, path);
	FILE *file = fopen(full, "re");

	free(full);
	return file;
}

bool doctor_exists(const struct doctor *doctor, const char *path)
{
	char *full = doctor_path(doctor, path);
	bool exists = access(full, F_OK) == 0;

	free(full);
	return exists;
}

/* Whether this can be a board at all; nothing more is asked of a machine that cannot. */
static bool check_machine(struct doctor *doctor, const struct utsname *name)
{
	bool arm64 = strcmp(name->machine, "aarch64") == 0;

	if (arm64)
		doctor_tell(doctor, DOCTOR_OK, "machine", NULL, "%s, Linux %s", name->machine,
			    name->release);
	else
		doctor_tell(doctor, DOCTOR_FAIL, "machine",
			    "Boot on the board itself, or try it here with --backend tzsim:",
			    "this is %s: there is no Qualcomm trusted world below it",
			    name->machine);
	return arm64;
}

static void check_remoteproc_class(struct doctor *doctor)
{
	if (doctor_exists(doctor, "/sys/class/remoteproc"))
		doctor_tell(doctor, DOCTOR_OK, "remoteproc-class", NULL,
			    "/sys/class/remoteproc is there");
	else
		doctor_tell(doctor, DOCTOR_FAIL, "remoteproc-class",
			    "Use a kernel with CONFIG_REMOTEPROC, or load its module",
			    "/sys/class/remoteproc does not exist: the kernel has no remoteproc "
			    "framework");
}

/* arm64 has /dev/kvm only when the kernel was entered at EL2. */
static void check_el2(struct doctor *doctor)
{
	if (doctor_exists(doctor, "/dev/kvm"))
		doctor_tell(doctor, DOCTOR_WARN, "host-level",
			    "Use the -el2 device tree of the board: PAS needs bridges and IOMMU "
			    "mappings that nobody below makes",
			    "/dev/kvm is there: Linux probably runs at EL2");
	else
		doctor_tell(doctor, DOCTOR_OK, "host-level", NULL,
			    "no /dev/kvm: a hypervisor below Linux probably does the EL2 work");
}

struct wanted {
	const char *option;
	enum doctor_result without;
	const char *why;
};

static const struct wanted wanted_options[] = {
	{"CONFIG_QCOM_SCM", DOCTOR_FAIL, "every call to the trusted world goes through it"},
	{"CONFIG_REMOTEPROC", DOCTOR_FAIL, "remote processors are started through it"},
	{"CONFIG_QCOM_Q6V5_PAS", DOCTOR_WARN, "it starts DSPs and modems through PAS"},
	{"CONFIG_QCOM_MDT_LOADER", DOCTOR_WARN, "drivers load images with it"},
	{"CONFIG_ARM_SMMU", DOCTOR_WARN, "memory of a processor is mapped by it at EL2"},
	{"CONFIG_QCOM_TZMEM_MODE_SHMBRIDGE", DOCTOR_WARN,
	 "a strict trusted world reads bridged memory only"},
};

#define WANTED_COUNT (sizeof(wanted_options) / sizeof(wanted_options[0]))

/* The kernel of another root is not the one that runs here: the first configuration counts. */
static FILE *open_any_config(const struct doctor *doctor)
{
	char *boot = doctor_path(doctor, "/boot");
	DIR *directory = opendir(boot);
	const struct dirent *entry;
	FILE *file = NULL;

	while (directory && !file && (entry = readdir(directory))) {
		char path[LINE_BYTES];

		if (strncmp(entry->d_name, "config-", strlen("config-")) != 0)
			continue;
		snprintf(path, sizeof(path), "/boot/%s", entry->d_name);
		file = doctor_open(doctor, path);
	}
	if (directory)
		closedir(directory);
	free(boot);
	return file;
}

static FILE *open_config(const struct doctor *doctor, const char *release)
{
	char path[LINE_BYTES];
	FILE *file;

	if (*doctor->root)
		return open_any_config(doctor);
	snprintf(path, sizeof(path), "/boot/config-%s", release);
	file = doctor_open(doctor, path);
	if (file)
		return file;
	snprintf(path, sizeof(path), "/lib/modules/%s/config", release);
	return doctor_open(doctor, path);
}

/* Built in or module: both will do. */
static void read_config(FILE *file, bool found[WANTED_COUNT])
{
	char line[LINE_BYTES];
	size_t i;

	while (fgets(line, sizeof(line), file)) {
		for (i = 0; i < WANTED_COUNT; i++) {
			size_t length = strlen(wanted_options[i].option);

			if (strncmp(line, wanted_options[i].option, length) == 0 &&
			    line[length] == '=' &&
			    (line[length + 1] == 'y' || line[length + 1] == 'm'))
				found[i] = true;
		}
	}
}

/* Distributions keep the configuration in a file; reading it asks for no privilege. */
static void check_config(struct doctor *doctor, const struct utsname *name)
{
	FILE *file = open_config(doctor, name->release);
	bool found[WANTED_COUNT] = {false};
	size_t i;

	if (!file) {
		doctor_tell(
			doctor, DOCTOR_WARN, "kernel-config",
			doctor_exists(doctor, "/proc/config.gz") ?
				"Look yourself: zcat /proc/config.gz | grep -E 'QCOM|REMOTEPROC'" :
				"Install the kernel's config file to have its options checked",
			"no readable configuration of kernel %s", name->release);
		return;
	}
	read_config(file, found);
	fclose(file);
	for (i = 0; i < WANTED_COUNT; i++) {
		if (found[i])
			doctor_tell(doctor, DOCTOR_OK, "kernel-config", NULL, "%s is set",
				    wanted_options[i].option);
		else
			doctor_tell(doctor, wanted_options[i].without, "kernel-config",
				    "Use a kernel that has it", "%s is not set: %s",
				    wanted_options[i].option, wanted_options[i].why);
	}
}

void doctor_check_system(struct doctor *doctor)
{
	struct utsname name;

	if (uname(&name) != 0) {
		doctor_tell(doctor, DOCTOR_FAIL, "machine", NULL, "uname: %s", strerror(errno));
		return;
	}
	if (!*doctor->root && !check_machine(doctor, &name))
		return;
	check_remoteproc_class(doctor);
	check_el2(doctor);
	check_config(doctor, &name);
}

/* Whether the remoteproc at `entry` belongs to a device tree node. */
static bool has_node(const struct doctor *doctor, const char *entry, const char *node)
{
	char *path = NULL;
	char *target;
	const char *base;
	bool same;

	if (asprintf(&path, "%s/sys/class/remoteproc/%s/device/of_node", doctor->root, entry) < 0)
		return false;
	target = realpath(path, NULL);
	free(path);
	if (!target)
		return false;
	base = strstr(target, "/devicetree/base");
	same = base && strcmp(base + strlen("/devicetree/base"), node) == 0;
	free(target);
	return same;
}

/* Reading the state is open to all, changing it is not: both are told. */
static void tell_state(struct doctor *doctor, const char *entry, const char *name)
{
	char path[LINE_BYTES];
	char state[64] = "unknown";
	char *full;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/remoteproc/%s/state", entry);
	file = doctor_open(doctor, path);
	if (file) {
		if (fgets(state, sizeof(state), file))
			state[strcspn(state, "\n")] = 0;
		fclose(file);
	}
	full = doctor_path(doctor, path);
	if (access(full, W_OK) == 0)
		doctor_tell(doctor, DOCTOR_OK, "driver", NULL, "%s is %s, state %s", name, entry,
			    state);
	else
		doctor_tell(doctor, DOCTOR_WARN, "driver",
			    "Run as root, or give yourself write access to its state file",
			    "%s is %s, state %s, and you may not change it", name, entry, state);
	free(full);
}

/* Matched by device tree node: names of remoteprocs differ from kernel to kernel. */
void doctor_check_driver(struct doctor *doctor, const struct qpas_peripheral *peripheral)
{
	char *class_path = doctor_path(doctor, "/sys/class/remoteproc");
	DIR *directory = opendir(class_path);
	const struct dirent *entry;
	bool found = false;

	free(class_path);
	while (directory && !found && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.' || !has_node(doctor, entry->d_name, peripheral->path))
			continue;
		found = true;
		tell_state(doctor, entry->d_name, peripheral->name);
	}
	if (directory)
		closedir(directory);
	if (!found)
		doctor_tell(doctor, DOCTOR_WARN, "driver", "Load the driver of its node",
			    "%s: no kernel driver has its node", peripheral->name);
}
