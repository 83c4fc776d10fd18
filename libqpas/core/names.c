/* SPDX-License-Identifier: BSD-3-Clause */
/* Names for numbers, and the version. Total functions over constant tables. */
#include <qpas/context.h>
#include <qpas/error.h>
#include <qpas/log.h>
#include <qpas/version.h>

#include "core/names.h"

struct err_row {
	int code;
	const char *name;
	const char *text;
};

#define ROW(code, text)                          \
	{                                        \
		QPAS_##code, "QPAS_" #code, text \
	}

/* Numbers and names are part of the interface: rows are added, never changed. */
static const struct err_row err_rows[] = {
	ROW(OK, "no error"),
	ROW(ERR_ARG, "a call that no state could make right"),
	ROW(ERR_STATE, "not allowed in this state"),
	ROW(ERR_BUSY, "busy, or held by somebody else"),
	ROW(ERR_TIMEOUT, "the deadline passed"),
	ROW(ERR_CANCELED, "cancelled by another thread"),
	ROW(ERR_UNKNOWN, "the outcome is not known"),
	ROW(ERR_NOMEM, "out of memory"),
	ROW(ERR_LIMIT, "larger than a limit"),
	ROW(ERR_SPACE, "the buffer is too short"),
	ROW(ERR_IO, "a system call failed"),
	ROW(ERR_NOTFOUND, "not found"),
	ROW(ERR_CHANGED, "changed while it was read"),
	ROW(ERR_POLICY, "forbidden by a rule of the library"),
	ROW(ERR_FORMAT, "breaks the rules of its format"),
	ROW(ERR_TRUNC, "ends too early"),
	ROW(ERR_RANGE, "outside of what contains it"),
	ROW(ERR_OVERFLOW, "a sum that wraps around"),
	ROW(ERR_OVERLAP, "ranges that overlap"),
	ROW(ERR_UNSUPP, "not supported here"),
	ROW(ERR_MISMATCH, "differs from its digest"),
	ROW(ERR_CRYPTO, "a cryptographic operation failed"),
	ROW(ERR_BACKEND, "a backend broke its contract"),
	ROW(ERR_TZ, "the trusted world refused a call"),
	ROW(ERR_AUTH, "the trusted world refused the image"),
	ROW(ERR_ABI, "made for another version of the library"),
};

static const struct err_row *find_err(int code)
{
	for (size_t i = 0; i < sizeof(err_rows) / sizeof(err_rows[0]); i++) {
		if (err_rows[i].code == code)
			return &err_rows[i];
	}
	return NULL;
}

bool qpasi_err_known(int code)
{
	return find_err(code) != NULL;
}

const char *qpas_err_name(int code)
{
	const struct err_row *row = find_err(code);

	return row ? row->name : "QPAS_ERR_?";
}

const char *qpas_err_text(int code)
{
	const struct err_row *row = find_err(code);

	return row ? row->text : "unknown error";
}

/* Numbers may come from a newer library or from anywhere: every one gets a text. */
static const char *name_of(const char *const *names, size_t count, uint32_t number)
{
	return number < count && names[number] ? names[number] : "?";
}

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

const char *qpas_stage_name(uint32_t stage)
{
	static const char *const names[] = {
		[QPAS_STAGE_NONE] = "none",
		[QPAS_STAGE_OPEN] = "open",
		[QPAS_STAGE_READ] = "read",
		[QPAS_STAGE_HEADERS] = "headers",
		[QPAS_STAGE_PLAN] = "plan",
		[QPAS_STAGE_HASH_SEGMENT] = "hash_segment",
		[QPAS_STAGE_DIGEST] = "digest",
		[QPAS_STAGE_SIGNATURE] = "signature",
		[QPAS_STAGE_PLATFORM] = "platform",
		[QPAS_STAGE_RSC_TABLE] = "rsc_table",
		[QPAS_STAGE_METADATA] = "metadata",
		[QPAS_STAGE_INIT_IMAGE] = "init_image",
		[QPAS_STAGE_MEM_SETUP] = "mem_setup",
		[QPAS_STAGE_LOAD] = "load",
		[QPAS_STAGE_IOMMU] = "iommu",
		[QPAS_STAGE_BRIDGE] = "bridge",
		[QPAS_STAGE_AUTH_RESET] = "auth_reset",
		[QPAS_STAGE_READY] = "ready",
		[QPAS_STAGE_SHUTDOWN] = "shutdown",
		[QPAS_STAGE_RELEASE] = "release",
		[QPAS_STAGE_SUPPORTED] = "supported",
		[QPAS_STAGE_ATTACH] = "attach",
		[QPAS_STAGE_ASSIGN] = "assign",
		[QPAS_STAGE_PROTECT] = "protect",
	};

	return name_of(names, COUNT(names), stage);
}

const char *qpas_state_name(uint32_t state)
{
	static const char *const names[] = {
		[QPAS_STATE_NEW] = "new",	  [QPAS_STATE_META] = "meta",
		[QPAS_STATE_MEM] = "mem",	  [QPAS_STATE_LOADED] = "loaded",
		[QPAS_STATE_RUNNING] = "running", [QPAS_STATE_FAILED] = "failed",
		[QPAS_STATE_STOPPED] = "stopped", [QPAS_STATE_CRASHED] = "crashed",
		[QPAS_STATE_UNKNOWN] = "unknown",
	};

	return name_of(names, COUNT(names), state);
}

const char *qpas_log_level_name(uint32_t level)
{
	static const char *const names[] = {
		[QPAS_LOG_ERROR] = "error",
		[QPAS_LOG_WARNING] = "warning",
		[QPAS_LOG_INFO] = "info",
		[QPAS_LOG_DEBUG] = "debug",
	};

	return name_of(names, COUNT(names), level);
}

/* The text of an earlier failure stays in the object after a success: the code says if it counts. */
const char *qpas_error_text(const struct qpas_error *err)
{
	if (!err)
		return "no error detail";
	return err->code && err->text[0] ? err->text : qpas_err_text(err->code);
}

#define TEXT_OF(x)			  #x
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

uint32_t qpas_version_number(void)
{
	return QPAS_VERSION_NUMBER;
}

const char *qpas_version_text(void)
{
	return VERSION_TEXT(QPAS_VERSION_MAJOR, QPAS_VERSION_MINOR, QPAS_VERSION_PATCH);
}
