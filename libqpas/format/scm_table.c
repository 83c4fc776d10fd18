/* SPDX-License-Identifier: BSD-3-Clause */
/* Names, argument kinds and status vocabularies of the calls. Sources: docs/pas.md. */
#include "format/scm_table.h"

#include <stddef.h>

#include <qpas/scm.h>

#define VAL QPASI_SCM_VALUE
#define RO  QPASI_SCM_BUFFER_READ
#define RW  QPASI_SCM_BUFFER_WRITTEN

static const struct qpasi_scm_function functions[] = {
	{"BOOT_SDI_CONFIG", QPAS_SCM_BOOT_SDI_CONFIG, 2, {VAL, VAL}},
	{"SET_REMOTE_STATE", QPAS_SCM_SET_REMOTE_STATE, 2, {VAL, VAL}},
	{"SET_DLOAD_MODE", QPAS_SCM_SET_DLOAD_MODE, 2, {VAL, VAL}},
	{"PAS_INIT_IMAGE", QPAS_SCM_PAS_INIT_IMAGE, 2, {VAL, RW}},
	{"PAS_MEM_SETUP", QPAS_SCM_PAS_MEM_SETUP, 3, {VAL, VAL, VAL}},
	{"PAS_AUTH_AND_RESET", QPAS_SCM_PAS_AUTH_AND_RESET, 1, {VAL}},
	{"PAS_SHUTDOWN", QPAS_SCM_PAS_SHUTDOWN, 1, {VAL}},
	{"PAS_IS_SUPPORTED", QPAS_SCM_PAS_IS_SUPPORTED, 1, {VAL}},
	{"PAS_MSS_RESET", QPAS_SCM_PAS_MSS_RESET, 2, {VAL, VAL}},
	{"PAS_GET_RSCTABLE", QPAS_SCM_PAS_GET_RSCTABLE, 5, {VAL, RO, VAL, RW, VAL}},
	{"INFO_IS_CALL_AVAIL", QPAS_SCM_INFO_IS_CALL_AVAIL, 1, {VAL}},
	{"INFO_VERSION", QPAS_SCM_INFO_VERSION, 1, {VAL}},
	{"MP_VIDEO_VAR", QPAS_SCM_MP_VIDEO_VAR, 4, {VAL, VAL, VAL, VAL}},
	{"MP_ASSIGN", QPAS_SCM_MP_ASSIGN, 7, {RO, VAL, RO, VAL, RO, VAL, VAL}},
	{"SHM_BRIDGE_ENABLE", QPAS_SCM_SHM_BRIDGE_ENABLE, 0, {VAL}},
	{"SHM_BRIDGE_DELETE", QPAS_SCM_SHM_BRIDGE_DELETE, 1, {VAL}},
	{"SHM_BRIDGE_CREATE", QPAS_SCM_SHM_BRIDGE_CREATE, 4, {VAL, VAL, VAL, VAL}},
	{"WAITQ_RESUME", QPAS_SCM_WAITQ_RESUME, 1, {VAL}},
	{"WAITQ_GET_WQ_CTX", QPAS_SCM_WAITQ_GET_WQ_CTX, 0, {VAL}},
	{"WAITQ_GET_INFO", QPAS_SCM_WAITQ_GET_INFO, 0, {VAL}},
};

const struct qpasi_scm_function *qpasi_scm_function_find(uint32_t number)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (functions[i].number == number)
			return &functions[i];
	}
	return NULL;
}

const char *qpas_scm_function_name(uint32_t function)
{
	const struct qpasi_scm_function *found = qpasi_scm_function_find(function);

	return found ? found->name : "?";
}

struct status {
	int32_t status;
	int32_t os_errno;
	const char *linux_text;
	const char *firmware_text;
};

/* Linux has one word for several reasons; the boot firmware's own words are finer. */
static const struct status statuses[] = {
	{2, -22, "asleep on a wait queue, not answered yet", "asleep on a wait queue"},
	{1, -22, "interrupted, to be issued again", "interrupted, to be issued again"},
	{0, 0, "success", "success"},
	{-1, -5, "general error", "unknown function id"},
	{-2, -22, "invalid argument", "the call failed"},
	{-3, -22, "invalid address", "not available"},
	{-4, -95, "not supported", "reserved bits are set"},
	{-5, -12, "out of memory", "wrong number of arguments"},
	{-6, -22, "unknown error", "the page of arguments is not non-secure memory"},
	{-7, -22, "unknown error", "the length of a buffer is missing"},
	{-8, -22, "unknown error", "a buffer is not non-secure memory"},
	{-9, -22, "unknown error", "out of memory"},
	{-10, -22, "unknown error", "argument information does not fit the call"},
	{-12, -16, "busy", "busy"},
};

static const struct status *find_status(int64_t status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].status == status)
			return &statuses[i];
	}
	return NULL;
}

const char *qpas_scm_status_text(int64_t status)
{
	const struct status *found = find_status(status);

	return found ? found->linux_text : "unknown error";
}

const char *qpas_scm_firmware_status_text(int64_t status)
{
	const struct status *found = find_status(status);

	if (found)
		return found->firmware_text;
	return status > 0 ? "a code of the called service" : "a code without a known meaning";
}

int qpas_scm_status_errno(int64_t status)
{
	const struct status *found = find_status(status);

	return found ? found->os_errno : -22;
}
