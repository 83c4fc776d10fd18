/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls to registers and back. Function ids and argument kinds: docs/pas.md. */
#include "format/scm.h"

#include "base/cursor.h"
#include "base/mem.h"
#include "format/scm_table.h"

/* Function id, Arm DEN 0028: fast call, 64-bit convention, owner SiP, sixteen bits of function. */
#define FID_FAST     UINT32_C(0x80000000)
#define FID_SMC64    UINT32_C(0x40000000)
#define FID_FUNCTION UINT32_C(0x0000ffff)

#define REGISTER_ARGS	4u
#define EXTENSION_WORDS 7u

static int refuse(struct qpasi_fault *fault, uint32_t message, const char *name, uint64_t a,
		  uint64_t b)
{
	int rc = qpasi_fault_set(fault, message, QPAS_NO_SEGMENT, a, b);

	if (fault)
		fault->s = name;
	return rc;
}

/* The count, then two bits for the kind of each argument. */
static uint32_t arginfo(const struct qpasi_scm_function *function)
{
	uint32_t info = function->arg_count;

	for (uint32_t i = 0; i < function->arg_count; i++)
		info |= (uint32_t)function->kind[i] << (4 + 2 * i);
	return info;
}

static size_t word_bytes(uint32_t convention)
{
	return convention == QPAS_SCM_SMC32 ? sizeof(uint32_t) : sizeof(uint64_t);
}

/* Arguments that stand in registers; when there are more than four, x5 holds the page. */
static uint32_t in_registers(uint32_t count)
{
	return count > REGISTER_ARGS ? REGISTER_ARGS - 1 : count;
}

static size_t page_bytes(uint32_t count, uint32_t convention)
{
	return (count - in_registers(count)) * word_bytes(convention);
}

/* SMC32 would drop the upper half of an address without a word. */
static int check_width(const struct qpas_scm_call *call, struct qpasi_fault *fault)
{
	if (call->convention == QPAS_SCM_SMC64)
		return 0;
	for (uint32_t i = 0; i < call->arg_count; i++) {
		if (call->args[i] > UINT32_MAX)
			return refuse(fault, QPASI_MSG_SCM_WIDE, NULL, i, call->args[i]);
	}
	if (call->arg_count > REGISTER_ARGS && call->page_address > UINT32_MAX)
		return refuse(fault, QPASI_MSG_SCM_WIDE, NULL, REGISTER_ARGS - 1,
			      call->page_address);
	return 0;
}

static int check_call(const struct qpas_scm_call *call, const struct qpasi_scm_function **function,
		      struct qpasi_fault *fault)
{
	*function = qpasi_scm_function_find(call->function);
	if (!*function)
		return refuse(fault, QPASI_MSG_SCM_FUNCTION, NULL, call->function, 0);
	if (call->convention != QPAS_SCM_SMC64 && call->convention != QPAS_SCM_SMC32)
		return refuse(fault, QPASI_MSG_SCM_CONVENTION, NULL, call->convention, 0);
	if (call->flags & ~QPAS_SCM_FAST)
		return refuse(fault, QPASI_MSG_UNKNOWN_FLAGS, NULL, call->flags,
			      call->flags & ~QPAS_SCM_FAST);
	if (call->arg_count != (*function)->arg_count)
		return refuse(fault, QPASI_MSG_SCM_ARGUMENTS, (*function)->name,
			      (*function)->arg_count, call->arg_count);
	return check_width(call, fault);
}

static void put_word(uint8_t *to, uint64_t value, size_t bytes)
{
	if (bytes == sizeof(uint32_t))
		qpasi_put_le32(to, (uint32_t)value);
	else
		qpasi_put_le64(to, value);
}

/* All seven words where there is room: the receiver may read them all. */
static void write_page(const struct qpas_scm_call *call, uint8_t *page, size_t capacity)
{
	size_t bytes = word_bytes(call->convention);

	for (size_t i = 0; i < EXTENSION_WORDS && (i + 1) * bytes <= capacity; i++) {
		size_t index = REGISTER_ARGS - 1 + i;

		put_word(page + i * bytes, index < call->arg_count ? call->args[index] : 0, bytes);
	}
}

int qpasi_scm_encode(const struct qpas_scm_call *call, uint64_t regs[8], void *page,
		     size_t page_capacity, struct qpasi_fault *fault)
{
	const struct qpasi_scm_function *function;
	uint32_t id = QPASI_SCM_OWNER_SIP | call->function;
	int rc = check_call(call, &function, fault);
	size_t needed;

	if (rc)
		return rc;
	needed = page_bytes(call->arg_count, call->convention);
	if (needed && (!page || page_capacity < needed))
		return refuse(fault, QPASI_MSG_SCM_PAGE_NEEDED, function->name, needed, 0);
	if (call->flags & QPAS_SCM_FAST)
		id |= FID_FAST;
	if (call->convention == QPAS_SCM_SMC64)
		id |= FID_SMC64;
	memset(regs, 0, 8 * sizeof(regs[0]));
	regs[0] = id;
	regs[1] = arginfo(function);
	for (uint32_t i = 0; i < in_registers(call->arg_count); i++)
		regs[2 + i] = call->args[i];
	if (needed) {
		regs[5] = call->page_address;
		write_page(call, page, page_capacity);
	}
	return 0;
}

/* Under SMC32 only the low halves of the registers count. */
static uint64_t reg_value(const uint64_t regs[8], uint32_t index, uint32_t convention)
{
	return convention == QPAS_SCM_SMC32 ? (uint32_t)regs[index] : regs[index];
}

/*
 * The page is memory of whoever made the call: its length is judged first, and only the words that
 * the call has are read.
 */
static int decode_page(struct qpas_slice page, struct qpas_scm_call *call,
		       const struct qpasi_scm_function *function, struct qpasi_fault *fault)
{
	struct qpasi_cursor cursor = qpasi_cursor_new(page);
	size_t needed = page_bytes(call->arg_count, call->convention);
	bool wide = call->convention == QPAS_SCM_SMC64;

	if (!needed)
		return 0;
	if (page.len == 0)
		return refuse(fault, QPASI_MSG_SCM_PAGE_FETCH, function->name, call->page_address,
			      needed);
	if (page.len < needed)
		return refuse(fault, QPASI_MSG_SCM_PAGE_SHORT, NULL, page.len, needed);
	for (uint32_t i = REGISTER_ARGS - 1; i < call->arg_count; i++)
		call->args[i] = wide ? qpasi_cursor_le64(&cursor) : qpasi_cursor_le32(&cursor);
	return 0;
}

int qpasi_scm_decode(const uint64_t regs[8], struct qpas_slice page, struct qpas_scm_call *call,
		     struct qpasi_fault *fault)
{
	struct qpas_scm_call made = QPAS_SCM_CALL_INIT;
	const struct qpasi_scm_function *function;
	/* The function id is 32 bits wide in both conventions. */
	uint32_t id = (uint32_t)regs[0];
	int rc;

	made.size = call->size;
	made.function = id & FID_FUNCTION;
	made.convention = id & FID_SMC64 ? QPAS_SCM_SMC64 : QPAS_SCM_SMC32;
	made.flags = id & FID_FAST ? QPAS_SCM_FAST : 0;
	function = qpasi_scm_function_find(made.function);
	if (!function || (id & ~(FID_FAST | FID_SMC64 | FID_FUNCTION)) != QPASI_SCM_OWNER_SIP)
		return refuse(fault, QPASI_MSG_SCM_UNKNOWN, NULL, id, 0);
	made.arg_count = function->arg_count;
	made.arginfo = arginfo(function);
	if (reg_value(regs, 1, made.convention) != made.arginfo)
		return refuse(fault, QPASI_MSG_SCM_ARGINFO, NULL, regs[1], made.arginfo);
	for (uint32_t i = 0; i < in_registers(made.arg_count); i++)
		made.args[i] = reg_value(regs, 2 + i, made.convention);
	if (made.arg_count > REGISTER_ARGS)
		made.page_address = reg_value(regs, 5, made.convention);
	rc = decode_page(page, &made, function, fault);
	if (!rc || rc == QPAS_ERR_SPACE)
		*call = made;
	return rc;
}
