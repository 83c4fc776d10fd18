/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Secure monitor calls of PAS, SHM bridges and memory assignment as SMCCC registers, and back.
 * Pure encoding: nothing here issues a call. Numbers are those of Linux 7.2
 * drivers/firmware/qcom/qcom_scm.h, forms those of qcom_scm-smc.c; docs/pas.md lists them.
 *
 * What a trace of registers says:
 *
 *     const uint64_t regs[8] = {0x42000205, 0x1, 18};
 *     struct qpas_slice no_page = {NULL, 0};
 *     struct qpas_scm_call call = QPAS_SCM_CALL_INIT;
 *
 *     if (!qpas_scm_decode(regs, no_page, &call, NULL))
 *             printf("%s of %u\n", qpas_scm_function_name(call.function), (unsigned)call.args[0]);
 */
#ifndef QPAS_SCM_H
#define QPAS_SCM_H

#include <qpas/error.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Calls that are encoded here: service << 8 | command. @since 0.1 */
enum qpas_scm_function {
	/** SET_REMOTE_STATE(state, id) */
	QPAS_SCM_SET_REMOTE_STATE = 0x010a,
	/** BOOT_SDI_CONFIG(watchdog debug off, SDI off) */
	QPAS_SCM_BOOT_SDI_CONFIG = 0x0109,
	/** SET_DLOAD_MODE(mode, 0) */
	QPAS_SCM_SET_DLOAD_MODE = 0x0110,
	/** INIT_IMAGE(id, metadata address) */
	QPAS_SCM_PAS_INIT_IMAGE = 0x0201,
	/** MEM_SETUP(id, address, size) */
	QPAS_SCM_PAS_MEM_SETUP = 0x0202,
	/** AUTH_AND_RESET(id) */
	QPAS_SCM_PAS_AUTH_AND_RESET = 0x0205,
	/** SHUTDOWN(id) */
	QPAS_SCM_PAS_SHUTDOWN = 0x0206,
	/** IS_SUPPORTED(id) -> result[0] */
	QPAS_SCM_PAS_IS_SUPPORTED = 0x0207,
	/** MSS_RESET(assert, 0) */
	QPAS_SCM_PAS_MSS_RESET = 0x020a,
	/** GET_RSCTABLE(id, in address, in size, out address, out size) -> result[1], result[2] */
	QPAS_SCM_PAS_GET_RSCTABLE = 0x0221,
	/** IS_CALL_AVAIL(function id with its owner) -> result[0] */
	QPAS_SCM_INFO_IS_CALL_AVAIL = 0x0601,
	/** INFO_VERSION(feature): which version of a feature the firmware has. */
	QPAS_SCM_INFO_VERSION = 0x0603,
	/** MP_VIDEO_VAR(cp start, cp size, non-pixel start, non-pixel size) */
	QPAS_SCM_MP_VIDEO_VAR = 0x0c08,
	/** MP_ASSIGN(map address, size, source address, size, destination address, size, 0) */
	QPAS_SCM_MP_ASSIGN = 0x0c16,
	/** MP_SHM_BRIDGE_ENABLE() */
	QPAS_SCM_SHM_BRIDGE_ENABLE = 0x0c1c,
	/** MP_SHM_BRIDGE_DELETE(handle) */
	QPAS_SCM_SHM_BRIDGE_DELETE = 0x0c1d,
	/** MP_SHM_BRIDGE_CREATE(four descriptor words, shm_bridge.h) -> result[1] is the handle */
	QPAS_SCM_SHM_BRIDGE_CREATE = 0x0c1e,
	/** WAITQ_RESUME(context) */
	QPAS_SCM_WAITQ_RESUME = 0x2402,
	/** WAITQ_GET_WQ_CTX() */
	QPAS_SCM_WAITQ_GET_WQ_CTX = 0x2403,
	/** WAITQ_GET_INFO() */
	QPAS_SCM_WAITQ_GET_INFO = 0x2404
};

/** Calling conventions. @since 0.1 */
enum qpas_scm_convention {
	/** 64-bit registers, function ids 0x42…/0xc2…; the extension page holds 64-bit words. */
	QPAS_SCM_SMC64 = 64,
	/** 32-bit registers, function ids 0x02…/0x82…; the extension page holds 32-bit words. */
	QPAS_SCM_SMC32 = 32
};

/** Most arguments of any call. @since 0.1 */
#define QPAS_SCM_MAX_ARGS 10u
/** Bytes of an extension page that a call needs at most: seven words of 8 bytes. @since 0.1 */
#define QPAS_SCM_PAGE_BYTES 56u

/** `flags` of struct qpas_scm_call: a fast call (0x80000000 set in the function id). @since 0.1 */
#define QPAS_SCM_FAST UINT32_C(1)

/** A call in words. @since 0.1 */
struct qpas_scm_call {
	/** sizeof(struct qpas_scm_call) */
	uint32_t size;
	/** enum qpas_scm_function */
	uint32_t function;
	/** enum qpas_scm_convention */
	uint32_t convention;
	/** QPAS_SCM_FAST or 0. */
	uint32_t flags;
	/** Number of arguments that are used. */
	uint32_t arg_count;
	/** Argument information (x1): count in bits 3:0, then two bits per argument. Output only. */
	uint32_t arginfo;
	/** Arguments. */
	uint64_t args[QPAS_SCM_MAX_ARGS];
	/**
	 * Physical address of the page for arguments four and up, when there are more than four: the
	 * fourth register then holds this address (qcom_scm-smc.c). Input of encode, output of decode.
	 */
	uint64_t page_address;
};

/** Initialiser. @since 0.1 */
#define QPAS_SCM_CALL_INIT                                                          \
	{                                                                           \
		(uint32_t)sizeof(struct qpas_scm_call), 0, QPAS_SCM_SMC64, 0, 0, 0, \
			{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0                           \
	}

/**
 * Encodes a call into x0 to x7. `page` receives arguments four and up as little-endian words when
 * there are more than four; it may be NULL otherwise. It must have room for those arguments; what
 * the capacity leaves of the seven words is zeroed, as the receiver may read them all.
 *
 * Ownership: `regs` and `page` are the caller's, written only on success.
 * Threads: any thread; no state.
 * Errors: ARG (unknown call, wrong number of arguments, page missing or short), ABI, RANGE (an
 * argument that SMC32 cannot carry).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_scm_encode(const struct qpas_scm_call *call, uint64_t regs[8],
					      void *page, size_t page_capacity,
					      struct qpas_error *err);

/**
 * Decodes x0 to x7. A call with more than four arguments also needs the contents of its page; with
 * an empty slice QPAS_ERR_SPACE is returned after all but the arguments in the page was set,
 * `call->page_address` included, so that the caller can check that address, fetch the page and call
 * again. The upper half of x0 does not count, nor that of any register under SMC32.
 *
 * Ownership: *call is the caller's, written on success and for SPACE only.
 * Threads: any thread; no state.
 * Errors: ARG, ABI, UNSUPP (a function id that is not decoded here), FORMAT (argument information
 * that does not fit), SPACE (page needed), TRUNC (page too short).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_scm_decode(const uint64_t regs[8], struct qpas_slice page,
					      struct qpas_scm_call *call, struct qpas_error *err);

/**
 * The name of a call, for instance "PAS_INIT_IMAGE"; "?" for a number that is none.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_scm_function_name(uint32_t function);

/**
 * What x0 of a reply means to Linux (qcom_scm_remap_error() in qcom_scm.h), in a few words.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_scm_status_text(int64_t status);

/**
 * What the same number means in the boot firmware's own vocabulary, which is finer: -1 unknown
 * function id, -5 wrong argument count and so on (docs/pas.md).
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_scm_firmware_status_text(int64_t status);

/**
 * The negative Linux errno that the kernel makes of x0: 0 for 0, -5 (EIO) for -1, -22 (EINVAL) for
 * -2 and -3, -95 (EOPNOTSUPP) for -4, -12 (ENOMEM) for -5, -16 (EBUSY) for -12, -22 for the rest.
 *
 * Ownership: none.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT int qpas_scm_status_errno(int64_t status);

#ifdef __cplusplus
}
#endif

#endif
