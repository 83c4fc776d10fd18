/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SHM-bridge descriptors: the four words that tell the trusted world which memory it may share.
 * Pure encoding, both ways; the call that carries them is in scm.h.
 *
 * At EL2 everything that the trusted world reads or writes for the host has to lie in a bridge:
 * metadata, resource table buffers, pages of arguments, and the carveout while it is
 * authenticated. Above a hypervisor the host makes none: the hypervisor does. docs/pas.md says when.
 *
 * A bridge names the memory, the non-secure VMs that have it with what each may do, and what the
 * trusted world may do:
 *
 *     struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
 *     uint64_t words[4];
 *
 *     bridge.form = QPAS_SHM_BRIDGE_VM_LIST;
 *     bridge.pa = bridge.ipa = 0x95900000;
 *     bridge.length = 0x1e00000;
 *     bridge.secure_permissions = QPAS_SHM_BRIDGE_READ | QPAS_SHM_BRIDGE_WRITE;
 *     bridge.vm_count = 1;
 *     bridge.vm[0].vmid = QPAS_VMID_HLOS;
 *     bridge.vm[0].permissions = bridge.secure_permissions;
 *     if (!qpas_shm_bridge_encode(&bridge, words, NULL))
 *             create_bridge(words);
 */
#ifndef QPAS_SHM_BRIDGE_H
#define QPAS_SHM_BRIDGE_H

#include <qpas/error.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Permission bits of a bridge. Valid are EXEC, READ and each combination with READ: a right to
 * write without one to read is refused, and so is no right at all. @since 0.1
 */
#define QPAS_SHM_BRIDGE_EXEC  UINT32_C(1)
#define QPAS_SHM_BRIDGE_WRITE UINT32_C(2)
#define QPAS_SHM_BRIDGE_READ  UINT32_C(4)

/** The two forms of a descriptor. @since 0.1 */
enum qpas_shm_bridge_form {
	/** Explicit list of up to four VMs. Linux 7.2 uses it with one VM, QPAS_VMID_HLOS. */
	QPAS_SHM_BRIDGE_VM_LIST = 1,
	/**
	 * The caller's own VM, whichever it is. Boot firmware and hosts whose trusted world does not
	 * take QPAS_VMID_HLOS from them use it.
	 */
	QPAS_SHM_BRIDGE_SELF_OWNER = 2
};

/** VM id of the main operating system (include/dt-bindings/firmware/qcom,scm.h). @since 0.1 */
#define QPAS_VMID_HLOS UINT32_C(3)

/** One non-secure VM of a bridge. @since 0.1 */
struct qpas_shm_bridge_vm {
	/** VM id, 0 to 0xffff. */
	uint32_t vmid;
	/** QPAS_SHM_BRIDGE_*, not 0, and no WRITE without READ. */
	uint32_t permissions;
};

/** A bridge, in words. @since 0.1 */
struct qpas_shm_bridge {
	/** sizeof(struct qpas_shm_bridge) */
	uint32_t size;
	/** enum qpas_shm_bridge_form */
	uint32_t form;
	/** Physical address, 4 KiB aligned. */
	uint64_t pa;
	/** Intermediate physical address, 4 KiB aligned; equals pa where there is no stage 2. */
	uint64_t ipa;
	/** Length in bytes, a multiple of 4 KiB, not 0; neither address plus it exceeds 52 bits. */
	uint64_t length;
	/** What the trusted world may do: QPAS_SHM_BRIDGE_*, not 0. */
	uint32_t secure_permissions;
	/** Self-owner form: what the owner may do, not 0. VM-list form: 0. */
	uint32_t self_permissions;
	/** VM-list form: number of VMs, 1 to 4. Self-owner form: 0. */
	uint32_t vm_count;
	/** Must be 0. */
	uint32_t reserved;
	/**
	 * VM-list form: the VMs, no id twice. Self-owner form: `vm[0].permissions` goes into word 0,
	 * where some firmware builds repeat the owner's permissions; 0 for all others.
	 */
	struct qpas_shm_bridge_vm vm[4];
};

/** Initialiser. @since 0.1 */
#define QPAS_SHM_BRIDGE_INIT                                                      \
	{                                                                         \
		(uint32_t)sizeof(struct qpas_shm_bridge), 0, 0, 0, 0, 0, 0, 0, 0, \
		{                                                                 \
			{0, 0}, {0, 0}, {0, 0},                                   \
			{                                                         \
				0, 0                                              \
			}                                                         \
		}                                                                 \
	}

/**
 * Encodes a bridge into the four argument words of MP_SHM_BRIDGE_CREATE:
 *
 *     words[0]  pa  | non-secure permissions, three bits per VM, the last VM lowest
 *     words[1]  ipa | permissions of the trusted world
 *     words[2]  length | number of VMs << 9 | self-owner permissions << 2 | self-owner flag << 1
 *     words[3]  VM ids, sixteen bits each, the last VM lowest
 *
 * Source: drivers/firmware/qcom/qcom_tzmem.c and qcom_scm.c; the self-owner form is that of
 * Qualcomm's UEFI ShmBridgeLib.
 *
 * Ownership: `words` is the caller's, written only on success.
 * Threads: any thread; no state.
 * Errors: ARG (permissions, form), ABI, RANGE (alignment, more than 52 bits), FORMAT (length 0, no
 * VM, VM twice), OVERFLOW, LIMIT (more than four VMs, id above 0xffff).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_shm_bridge_encode(const struct qpas_shm_bridge *bridge,
						     uint64_t words[4], struct qpas_error *err);

/**
 * Decodes four words. What qpas_shm_bridge_encode() would not have made is refused.
 *
 * Ownership: *bridge is the caller's, written only on success.
 * Threads: any thread; no state.
 * Errors: ARG, ABI, FORMAT (bits that mean nothing, permissions that cannot be, length 0), RANGE,
 * OVERFLOW, LIMIT.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_shm_bridge_decode(const uint64_t words[4],
						     struct qpas_shm_bridge *bridge,
						     struct qpas_error *err);

#ifdef __cplusplus
}
#endif

#endif
