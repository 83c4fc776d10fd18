/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hypervisor below a kernel at EL1, as small as one can be: it traps SMCs and makes the SHM
 * bridges that such a kernel leaves to it, around INIT_IMAGE and AUTH_AND_RESET. Every other call
 * is passed on as it is. It shows the freestanding part of libqpas at work at EL2; memory is not
 * its business, so there is no stage 2.
 *
 * Linux sends one PAS call at a time (qcom_scm's mutex), so what is remembered needs no lock.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ckd.h"
#include "format/elf.h"
#include "format/plan.h"
#include "format/scm.h"
#include "format/shm_bridge.h"
#include "memory.h"

#define MOST_IMAGES 32u
#define IDENT_BYTES 64u
#define CLASS_64    2u

/* Replies after which the trusted world is not done with the call (docs/pas.md). */
#define REPLY_INTERRUPTED 1u
#define REPLY_WAITQ	  2u

/* What vectors.S saves; x0 to x7 are the call and its answer. */
struct frame {
	uint64_t x[32];
};

struct share {
	bool made;
	uint64_t start;
	uint64_t length;
	uint64_t handle;
};

struct image {
	bool used;
	uint64_t id;
	struct share metadata;
	struct share region;
};

static struct image images[MOST_IMAGES];
static struct qpasi_elf elf; /* too large for a stack */

void hypervisor_smc(uint64_t x[8]);
void hypervisor_call(struct frame *frame);

static struct image *image_of(uint64_t id)
{
	for (uint32_t i = 0; i < MOST_IMAGES; i++) {
		if (!images[i].used || images[i].id == id) {
			images[i].used = true;
			images[i].id = id;
			return &images[i];
		}
	}
	return NULL;
}

/* The call and its status, or not 0 if it cannot be encoded. */
static uint64_t call(const struct qpas_scm_call *request, uint64_t x[8])
{
	if (qpasi_scm_encode(request, x, NULL, 0, NULL))
		return UINT64_MAX;
	hypervisor_smc(x);
	return x[0];
}

static void end_share(struct share *share)
{
	struct qpas_scm_call request = QPAS_SCM_CALL_INIT;
	uint64_t x[8] = {0};

	if (!share->made)
		return;
	request.function = QPAS_SCM_SHM_BRIDGE_DELETE;
	request.arg_count = 1;
	request.args[0] = share->handle;
	(void)call(&request, x);
	share->made = false;
}

/* Whole pages. If it cannot be made the trusted world refuses what follows, and says why. */
static void begin_share(struct share *share, uint64_t address, uint64_t length)
{
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
	struct qpas_scm_call request = QPAS_SCM_CALL_INIT;
	uint64_t start = address & ~(QPASI_PAGE_SIZE - 1);
	uint64_t x[8] = {0};
	uint64_t end;

	if (ckd_add(&end, address, length) || qpasi_ckd_align_up(&end, end, QPASI_PAGE_SIZE))
		return;
	if (share->made && share->start == start && share->length == end - start)
		return; /* an interrupted call that is repeated */
	end_share(share);
	qpasi_shm_bridge_hlos(&bridge, start, end - start);
	request.function = QPAS_SCM_SHM_BRIDGE_CREATE;
	request.arg_count = 4;
	if (qpasi_shm_bridge_encode(&bridge, request.args, NULL) || call(&request, x) || x[1])
		return;
	share->made = true;
	share->start = start;
	share->length = end - start;
	share->handle = x[2];
}

/* Whether [address, address + length) is the guest's memory. */
static bool is_memory(uint64_t address, uint64_t length)
{
	uint64_t size = (uint64_t) * (volatile uint32_t *)GUEST_BOOT_MEMORY_MB << 20;

	return address >= GUEST_RAM && qpasi_fits(address - GUEST_RAM, length, size);
}

/* ELF header and program headers: lengths that the header itself claims, judged by elf.c. */
static bool read_headers(uint64_t address)
{
	const uint8_t *bytes = (const uint8_t *)address;
	struct qpas_slice headers = {bytes, IDENT_BYTES};
	bool wide;

	if (!is_memory(address, IDENT_BYTES))
		return false;
	wide = bytes[4] == CLASS_64;
	headers.len = (wide ? 64u : 52u) +
		      (size_t)(bytes[wide ? 54 : 42] | bytes[wide ? 55 : 43] << 8) *
			      (size_t)(bytes[wide ? 56 : 44] | bytes[wide ? 57 : 45] << 8);
	return is_memory(address, headers.len) &&
	       !qpasi_elf_decode(headers, QPASI_ELF_MAX_PHDRS, &elf, NULL);
}

/* Headers and hash segment, packed: what INIT_IMAGE carries no length for. */
static bool measure(uint64_t address, uint64_t *length)
{
	if (!read_headers(address))
		return false;
	for (uint32_t i = 1; i < elf.phnum; i++) {
		if (qpasi_phdr_is_hash(&elf.phdr[i]))
			return !ckd_add(length, elf.phdr[0].filesz, elf.phdr[i].filesz) &&
			       is_memory(address, *length);
	}
	return false;
}

static bool is_over(const uint64_t x[8])
{
	return x[0] != REPLY_INTERRUPTED && x[0] != REPLY_WAITQ;
}

/* The bridge stays: AUTH_AND_RESET looks at the metadata once more. */
static void init_image(struct image *image, uint64_t address, uint64_t x[8])
{
	uint64_t length;

	if (measure(address, &length))
		begin_share(&image->metadata, address, length);
	hypervisor_smc(x);
	if (is_over(x) && (x[0] || x[1]))
		end_share(&image->metadata);
}

static void auth_and_reset(struct image *image, uint64_t x[8])
{
	if (image->region.length)
		begin_share(&image->region, image->region.start, image->region.length);
	hypervisor_smc(x);
	if (!is_over(x))
		return;
	end_share(&image->region);
	end_share(&image->metadata);
}

static void mem_setup(struct image *image, const struct qpas_scm_call *request, uint64_t x[8])
{
	hypervisor_smc(x);
	if (x[0] || x[1])
		return;
	end_share(&image->region);
	image->region.start = request->args[1];
	image->region.length = request->args[2];
}

/* The state of the image that a call is about, for the calls that are bracketed; else NULL. */
static struct image *subject(const struct frame *frame, struct qpas_scm_call *request)
{
	static const struct qpas_slice no_page;

	if (qpasi_scm_decode(frame->x, no_page, request, NULL))
		return NULL;
	switch (request->function) {
	case QPAS_SCM_PAS_INIT_IMAGE:
	case QPAS_SCM_PAS_MEM_SETUP:
	case QPAS_SCM_PAS_AUTH_AND_RESET:
		return image_of(request->args[0]);
	default:
		return NULL;
	}
}

void hypervisor_call(struct frame *frame)
{
	struct qpas_scm_call request = QPAS_SCM_CALL_INIT;
	struct image *image = subject(frame, &request);

	if (!image)
		hypervisor_smc(frame->x);
	else if (request.function == QPAS_SCM_PAS_INIT_IMAGE)
		init_image(image, request.args[1], frame->x);
	else if (request.function == QPAS_SCM_PAS_MEM_SETUP)
		mem_setup(image, &request, frame->x);
	else
		auth_and_reset(image, frame->x);
}
