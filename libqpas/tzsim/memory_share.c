/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers that the host shares with the trusted world: pages of the pool with a CPU pointer. */
#include "tzsim/memory.h"

#include "base/ckd.h"

/* The first place in the pool with a free page on both sides. */
static bool find_place(const struct qpasi_tzsim_memory *memory, uint64_t length, uint64_t *address)
{
	uint64_t at = memory->pool.start;
	uint32_t i = 0;

	while (i < memory->window_count) {
		const struct qpasi_tzsim_window *window = &memory->windows[i];
		uint64_t end = window->address + window->length + QPASI_TZSIM_PAGE;

		if (at < end && window->address < at + length + QPASI_TZSIM_PAGE) {
			at = end;
			i = 0;
			continue;
		}
		i++;
	}
	*address = at;
	return at <= memory->pool.end && length <= memory->pool.end - at;
}

int qpasi_tzsim_memory_share(struct qpasi_tzsim_memory *memory, size_t length, void **ptr,
			     uint64_t *address)
{
	struct qpasi_tzsim_window window = {0, 0, NULL, NULL};
	uintptr_t block;
	int code;

	if (!length || qpasi_ckd_align_up(&window.length, length, QPASI_TZSIM_PAGE) ||
	    window.length > memory->pool.end - memory->pool.start ||
	    !find_place(memory, window.length, &window.address))
		return QPAS_ERR_NOMEM;
	code = qpasi_tzsim_grow(memory->env, &memory->windows, &memory->window_capacity,
				memory->window_count, sizeof(window));
	if (code)
		return code;
	window.block = qpasi_env_alloc(memory->env, (size_t)(window.length + QPASI_TZSIM_PAGE));
	if (!window.block)
		return QPAS_ERR_NOMEM;
	block = (uintptr_t)window.block % QPASI_TZSIM_PAGE;
	window.bytes = (uint8_t *)window.block + (QPASI_TZSIM_PAGE - block);
	memory->windows[memory->window_count++] = window;
	*ptr = window.bytes;
	*address = window.address;
	return 0;
}

uint64_t qpasi_tzsim_memory_unshare(struct qpasi_tzsim_memory *memory, uint64_t address)
{
	for (uint32_t i = 0; i < memory->window_count; i++) {
		struct qpasi_tzsim_window window = memory->windows[i];

		if (window.address != address)
			continue;
		qpasi_env_free(memory->env, window.block);
		memory->windows[i] = memory->windows[--memory->window_count];
		return window.length;
	}
	return 0;
}
