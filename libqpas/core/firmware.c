/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding the firmware that the platform names in the firmware folders, folder by folder. */
#define _GNU_SOURCE /* O_PATH, strerrordesc_np() */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/context.h"

/* The kernel's list without its release-specific folders (drivers/base/firmware_loader/main.c). */
#define DEFAULT_PATH "/lib/firmware/updates:/lib/firmware"
#define FOLDER_MAX   4096u

static int report(uint32_t message, const char *s, const char *t, struct qpas_error *err)
{
	struct qpasi_fault fault = QPASI_FAULT_INIT;

	fault.message = message;
	fault.s = s;
	fault.t = t;
	return qpasi_fault_report(&fault, QPAS_STAGE_OPEN, err);
}

/* Copies the next folder; false at the end of the list. Folders that are too long are skipped. */
static bool next_folder(const char **path, char folder[FOLDER_MAX])
{
	while (**path) {
		size_t length = strcspn(*path, ":");
		bool fits = length > 0 && length < FOLDER_MAX;

		if (fits) {
			memcpy(folder, *path, length);
			folder[length] = '\0';
		}
		*path += length;
		*path += **path == ':';
		if (fits)
			return true;
	}
	return false;
}

/* A file that is not in this folder may be in the next; a missing part of one may not. */
static bool look_further(int code, const struct qpas_error *err)
{
	return code == QPAS_ERR_NOTFOUND && err->message_id == QPASI_MSG_FILE_MISSING;
}

/* A folder that is not there is like a file that is not there; one that cannot be read is not. */
static int open_in(const char *folder, const char *name, const struct qpas_params *params,
		   struct qpas_image **image, struct qpas_error *err)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int code;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return report(QPASI_MSG_FILE_MISSING, name, NULL, err);
	if (fd < 0)
		return report(QPASI_MSG_FOLDER_OPEN, folder, strerrordesc_np(errno), err);
	code = qpas_image_open(fd, name, params, image, err);
	(void)close(fd);
	return code;
}

static const char *firmware_path(const struct qpas_context *context)
{
	const char *path = context->backend->firmware_path;

	return path ? path : DEFAULT_PATH;
}

int qpasi_firmware_open(const struct qpas_context *context, uint32_t index,
			struct qpas_image **image, struct qpas_error *err)
{
	const struct qpas_peripheral *peripheral = &context->peripheral;
	const struct qpas_params *params = &context->backend->params;
	struct qpas_error detail = QPAS_ERROR_INIT;
	const char *path = firmware_path(context);
	char *folder;
	int code = QPAS_ERR_NOTFOUND;

	if (index >= peripheral->firmware_count)
		return report(QPASI_MSG_FIRMWARE_UNNAMED, peripheral->name, NULL, err);
	folder = qpasi_env_alloc(&context->backend->env, FOLDER_MAX);
	if (!folder)
		return report(QPASI_MSG_NO_MEMORY, NULL, NULL, err);
	detail.message_id = QPASI_MSG_FILE_MISSING;
	while (look_further(code, &detail) && next_folder(&path, folder))
		code = open_in(folder, peripheral->firmware[index], params, image, &detail);
	qpasi_env_free(&context->backend->env, folder);
	if (look_further(code, &detail))
		return report(QPASI_MSG_FIRMWARE_MISSING, peripheral->firmware[index],
			      firmware_path(context), err);
	if (code && err)
		qpasi_abi_give(err, &detail, sizeof(detail));
	return code;
}
