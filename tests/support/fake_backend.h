/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A scripted backend: writes down every call, fails the one it is told to, and keeps books of what
 * it gave out. It judges nothing: no trusted world stands behind it.
 */
#ifndef QPAS_TESTS_FAKE_BACKEND_H
#define QPAS_TESTS_FAKE_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpas/backend.h>

#define FAKE_MAX_CALLS	  256
#define FAKE_CALL_BYTES	  72
#define FAKE_MAX_BLOCKS	  64
#define FAKE_REGIONS	  2
#define FAKE_REGION_BYTES ((size_t)0x20000)
/* Carveouts 0 and 1. */
#define FAKE_REGION_0 UINT64_C(0x80000000)
#define FAKE_REGION_1 UINT64_C(0x90000000)
/* Regions that are lent, their number in `vms`. */
#define FAKE_LENT_0 UINT64_C(0x70000000)
#define FAKE_LENT_1 UINT64_C(0x72000000)

struct fake {
	/* Script. */
	uint64_t caps;
	uint32_t host_level;
	/*
	 * The nth call (from 1) of this slot fails with this code; slot NULL: the nth call of all.
	 * A call that fails with UNKNOWN does its work all the same.
	 */
	const char *fail_slot;
	uint32_t fail_nth;
	int fail_code;
	/* Fail all of them from the nth on. */
	bool fail_on;
	/* Write nothing down: for runs of many calls. */
	bool quiet;
	/* Several ids use the one region at a time; nobody owns it. */
	bool share_region;
	uint32_t event; /* enum qpas_event_type, 0: nothing happens */
	char event_text[128]; /* goes out as it is, NUL or not */
	struct qpas_slice table; /* what rsc_table gives */
	uint32_t short_answers; /* that many times rsc_table asks for `short_length` bytes */
	size_t short_length;
	uint32_t lite_up; /* a PAS id whose first shutdown works without a start, or 0 */
	uint32_t id_unknown; /* a PAS id that `supported` refuses, or 0 */
	uint64_t vms[2]; /* who has the lent regions; MP_ASSIGN from others is refused */
	bool vms_lie; /* assign reports other VMs than those that have it */
	int event_fd;
	/* Called in each slot before it does anything; may call back. */
	void (*hook)(struct fake *fake, const char *slot);
	void *hook_user;

	/* Transcript: "slot argument". */
	char call[FAKE_MAX_CALLS][FAKE_CALL_BYTES];
	uint32_t calls;
	uint32_t fallible; /* calls that could be made to fail */
	uint32_t seen; /* calls of fail_slot */

	/* Books. */
	uint32_t buffers;
	uint32_t bridges;
	uint32_t mappings;
	uint32_t metadata;
	uint32_t opened;
	bool running[2]; /* by carveout */
	bool owned[2]; /* from AUTH_AND_RESET, also a refused one in flight, until it is back */
	uint32_t touched_owned; /* region accesses while owned: each resets a machine */
	uint32_t double_free;
	uint64_t next_handle;
	void *block[FAKE_MAX_BLOCKS]; /* by cookie */
	uint8_t region[FAKE_REGIONS][FAKE_REGION_BYTES];
	uint32_t pas_id[2]; /* of carveout 0 and 1 */
};

/* All step capabilities, host level 2, ready at once, no table. */
void fake_init(struct fake *fake);
/* Frees what was never given back. */
void fake_end(struct fake *fake);
/* Forgets the transcript, keeps script and books. */
void fake_clear(struct fake *fake);
/* The descriptor; the embedder is a struct fake. */
extern const struct qpas_backend_desc fake_descriptor;

/* Fails the test with both lists unless the transcript is exactly this NULL-terminated one. */
void fake_expect(const struct fake *fake, const char *const *calls);
/* Whether a call stands in the transcript. */
bool fake_called(const struct fake *fake, const char *call);
/* Whether all bytes of a region are zero. */
bool fake_region_clean(const struct fake *fake, uint32_t index);

#endif
