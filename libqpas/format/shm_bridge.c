/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridge descriptors: words to four registers and back. Form of the words: docs/pas.md. */
#include "format/shm_bridge.h"

#include "base/ckd.h"
#include "base/mem.h"

#define PAGE_BYTES UINT64_C(0x1000)
#define PAGE_MASK  (PAGE_BYTES - 1)
/* Arm's widest physical address, so that no length can reach the bits above it. */
#define ADDRESS_END (UINT64_C(1) << 52)

#define MAX_VMS		4u
#define PERMISSION_BITS 3u
#define PERMISSION_MASK UINT64_C(7)
#define VMID_BITS	16u
#define VMID_MASK	UINT64_C(0xffff)

/* Low bits of word 2. */
#define SELF_OWNER	      (UINT64_C(1) << 1)
#define SELF_PERMISSION_SHIFT 2u
#define NUM_VM_SHIFT	      9u
#define NUM_VM_MASK	      UINT64_C(7)

static int refuse(struct qpasi_fault *fault, uint32_t message, const char *what, uint64_t a,
		  uint64_t b)
{
	int rc = qpasi_fault_set(fault, message, QPAS_NO_SEGMENT, a, b);

	if (fault)
		fault->s = what;
	return rc;
}

/* Permission to write without permission to read is no bridge that any source makes. */
static bool valid_permissions(uint64_t permissions)
{
	if (permissions == 0 || permissions > PERMISSION_MASK)
		return false;
	return !(permissions & QPAS_SHM_BRIDGE_WRITE) || (permissions & QPAS_SHM_BRIDGE_READ);
}

static int check_permissions(uint32_t permissions, const char *whose, struct qpasi_fault *fault)
{
	if (valid_permissions(permissions))
		return 0;
	return refuse(fault, QPASI_MSG_BRIDGE_PERMISSION, whose, permissions, 0);
}

/* The low bits carry permissions and flags, and nothing that is larger than memory can be meant. */
static int check_range(uint64_t address, uint64_t length, const char *what,
		       struct qpasi_fault *fault)
{
	uint64_t end;

	if (address & PAGE_MASK)
		return refuse(fault, QPASI_MSG_BRIDGE_ALIGN, what, address, 0);
	/* One page more, so that the address behind the bridge is an address, too. */
	if (ckd_add(&end, address, length) || ckd_add(&end, end, PAGE_BYTES))
		return refuse(fault, QPASI_MSG_BRIDGE_WRAP, NULL, address, length);
	if (end - PAGE_BYTES > ADDRESS_END)
		return refuse(fault, QPASI_MSG_BRIDGE_FIELD, NULL, address, length);
	return 0;
}

static int check_ranges(const struct qpas_shm_bridge *bridge, struct qpasi_fault *fault)
{
	int rc;

	if (bridge->length == 0)
		return refuse(fault, QPASI_MSG_BRIDGE_EMPTY, NULL, 0, 0);
	if (bridge->length & PAGE_MASK)
		return refuse(fault, QPASI_MSG_BRIDGE_ALIGN, "Length", bridge->length, 0);
	rc = check_range(bridge->pa, bridge->length, "Physical address", fault);
	if (rc)
		return rc;
	return check_range(bridge->ipa, bridge->length, "Intermediate address", fault);
}

static int check_vmid(const struct qpas_shm_bridge *bridge, uint32_t index,
		      struct qpasi_fault *fault)
{
	uint32_t vmid = bridge->vm[index].vmid;

	if (vmid > VMID_MASK)
		return refuse(fault, QPASI_MSG_BRIDGE_VMID, NULL, vmid, 0);
	for (uint32_t i = 0; i < index; i++) {
		if (bridge->vm[i].vmid == vmid)
			return refuse(fault, QPASI_MSG_BRIDGE_VM_TWICE, NULL, vmid, 0);
	}
	return 0;
}

static int check_vm_list(const struct qpas_shm_bridge *bridge, struct qpasi_fault *fault)
{
	int rc = 0;

	if (bridge->self_permissions)
		return refuse(fault, QPASI_MSG_BRIDGE_MIXED, "self_permissions", 0, 0);
	if (bridge->vm_count == 0)
		return refuse(fault, QPASI_MSG_BRIDGE_NO_VM, NULL, 0, 0);
	if (bridge->vm_count > MAX_VMS)
		return refuse(fault, QPASI_MSG_BRIDGE_VMS, NULL, bridge->vm_count, MAX_VMS);
	for (uint32_t i = 0; i < bridge->vm_count && !rc; i++) {
		rc = check_vmid(bridge, i, fault);
		if (!rc)
			rc = check_permissions(bridge->vm[i].permissions, "a VM", fault);
	}
	return rc;
}

static int check_self_owner(const struct qpas_shm_bridge *bridge, struct qpasi_fault *fault)
{
	uint32_t repeated = bridge->vm[0].permissions;

	if (bridge->vm_count)
		return refuse(fault, QPASI_MSG_BRIDGE_MIXED, "vm_count", 0, 0);
	if (repeated && !valid_permissions(repeated))
		return check_permissions(repeated, "the owner", fault);
	return check_permissions(bridge->self_permissions, "the owner", fault);
}

static int check_bridge(const struct qpas_shm_bridge *bridge, struct qpasi_fault *fault)
{
	int rc;

	if (bridge->form != QPAS_SHM_BRIDGE_VM_LIST && bridge->form != QPAS_SHM_BRIDGE_SELF_OWNER)
		return refuse(fault, QPASI_MSG_BRIDGE_FORM, NULL, bridge->form, 0);
	if (bridge->reserved)
		return refuse(fault, QPASI_MSG_RESERVED_NOT_ZERO, "reserved", 0, 0);
	rc = check_ranges(bridge, fault);
	if (rc)
		return rc;
	rc = check_permissions(bridge->secure_permissions, "the trusted world", fault);
	if (rc)
		return rc;
	return bridge->form == QPAS_SHM_BRIDGE_VM_LIST ? check_vm_list(bridge, fault) :
							 check_self_owner(bridge, fault);
}

int qpasi_shm_bridge_encode(const struct qpas_shm_bridge *bridge, uint64_t words[4],
			    struct qpasi_fault *fault)
{
	uint64_t permissions = 0;
	uint64_t vmids = 0;
	int rc = check_bridge(bridge, fault);

	if (rc)
		return rc;
	for (uint32_t i = 0; i < bridge->vm_count; i++) {
		permissions = permissions << PERMISSION_BITS | bridge->vm[i].permissions;
		vmids = vmids << VMID_BITS | bridge->vm[i].vmid;
	}
	words[2] = bridge->length;
	if (bridge->form == QPAS_SHM_BRIDGE_SELF_OWNER) {
		permissions = bridge->vm[0].permissions;
		words[2] |= SELF_OWNER | (uint64_t)bridge->self_permissions
						 << SELF_PERMISSION_SHIFT;
	}
	words[0] = bridge->pa | permissions;
	words[1] = bridge->ipa | bridge->secure_permissions;
	words[2] |= (uint64_t)bridge->vm_count << NUM_VM_SHIFT;
	words[3] = vmids;
	return 0;
}

static int bad_word(struct qpasi_fault *fault, uint32_t index, uint64_t word)
{
	return refuse(fault, QPASI_MSG_BRIDGE_WORD, NULL, index, word);
}

/* From the last VM, which stands lowest; bits above the first one would belong to a fifth. */
static int decode_vm_list(const uint64_t words[4], struct qpas_shm_bridge *bridge,
			  struct qpasi_fault *fault)
{
	uint32_t count = (uint32_t)(words[2] >> NUM_VM_SHIFT & NUM_VM_MASK);
	uint64_t permissions = words[0] & PAGE_MASK;
	uint64_t vmids = words[3];

	if (count > MAX_VMS)
		return refuse(fault, QPASI_MSG_BRIDGE_VMS, NULL, count, MAX_VMS);
	if (words[2] & (PAGE_MASK & ~(NUM_VM_MASK << NUM_VM_SHIFT)))
		return bad_word(fault, 2, words[2]);
	bridge->form = QPAS_SHM_BRIDGE_VM_LIST;
	bridge->vm_count = count;
	for (uint32_t i = count; i > 0; i--) {
		bridge->vm[i - 1].permissions = (uint32_t)(permissions & PERMISSION_MASK);
		bridge->vm[i - 1].vmid = (uint32_t)(vmids & VMID_MASK);
		permissions >>= PERMISSION_BITS;
		vmids >>= VMID_BITS;
		if (!valid_permissions(bridge->vm[i - 1].permissions))
			return bad_word(fault, 0, words[0]);
	}
	if (permissions)
		return bad_word(fault, 0, words[0]);
	return vmids ? bad_word(fault, 3, words[3]) : 0;
}

/* Some firmware builds repeat the owner's permissions in word 0; both forms are kept apart. */
static int decode_self_owner(const uint64_t words[4], struct qpas_shm_bridge *bridge,
			     struct qpasi_fault *fault)
{
	uint64_t known = PERMISSION_MASK << SELF_PERMISSION_SHIFT | SELF_OWNER;
	uint64_t own = words[2] >> SELF_PERMISSION_SHIFT & PERMISSION_MASK;
	uint64_t repeated = words[0] & PAGE_MASK;

	if ((words[2] & PAGE_MASK & ~known) || !valid_permissions(own))
		return bad_word(fault, 2, words[2]);
	if (repeated && !valid_permissions(repeated))
		return bad_word(fault, 0, words[0]);
	if (words[3])
		return bad_word(fault, 3, words[3]);
	bridge->form = QPAS_SHM_BRIDGE_SELF_OWNER;
	bridge->self_permissions = (uint32_t)own;
	bridge->vm[0].permissions = (uint32_t)repeated;
	return 0;
}

int qpasi_shm_bridge_decode(const uint64_t words[4], struct qpas_shm_bridge *bridge,
			    struct qpasi_fault *fault)
{
	struct qpas_shm_bridge made = QPAS_SHM_BRIDGE_INIT;
	uint64_t secure = words[1] & PAGE_MASK;
	int rc;

	made.size = bridge->size;
	made.pa = words[0] & ~PAGE_MASK;
	made.ipa = words[1] & ~PAGE_MASK;
	made.length = words[2] & ~PAGE_MASK;
	if (!valid_permissions(secure))
		return bad_word(fault, 1, words[1]);
	made.secure_permissions = (uint32_t)secure;
	if (words[2] & SELF_OWNER)
		rc = decode_self_owner(words, &made, fault);
	else
		rc = decode_vm_list(words, &made, fault);
	/* What encode would refuse is refused here as well, so that both are inverses. */
	if (!rc)
		rc = check_bridge(&made, fault);
	if (!rc)
		*bridge = made;
	return rc;
}

void qpasi_shm_bridge_hlos(struct qpas_shm_bridge *bridge, uint64_t pa, uint64_t length)
{
	struct qpas_shm_bridge made = QPAS_SHM_BRIDGE_INIT;

	made.form = QPAS_SHM_BRIDGE_VM_LIST;
	made.pa = pa;
	made.ipa = pa;
	made.length = length;
	made.secure_permissions = QPAS_SHM_BRIDGE_READ | QPAS_SHM_BRIDGE_WRITE;
	made.vm_count = 1;
	made.vm[0].vmid = QPAS_VMID_HLOS;
	made.vm[0].permissions = QPAS_SHM_BRIDGE_READ | QPAS_SHM_BRIDGE_WRITE;
	*bridge = made;
}

void qpasi_shm_bridge_own(struct qpas_shm_bridge *bridge)
{
	bridge->form = QPAS_SHM_BRIDGE_SELF_OWNER;
	bridge->self_permissions = bridge->vm[0].permissions;
	bridge->vm_count = 0;
	bridge->vm[0].vmid = 0;
	bridge->vm[0].permissions = 0;
}
