/* SPDX-License-Identifier: BSD-3-Clause */
/* From the guest's device tree to numbers. Bindings: Documentation/devicetree of Linux 7.2. */
#include "board.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "../out.h"

/* Cells of an interrupt specifier: of the GIC, and of a state word. */
#define GIC_CELLS   3
#define STATE_CELLS 2
#define GIC_SPI	    0u

struct cells {
	const fdt32_t *at;
	int count;
};

static struct cells cells_of(const void *fdt, int node, const char *name)
{
	int size = 0;
	const void *value = node < 0 ? NULL : fdt_getprop(fdt, node, name, &size);
	struct cells cells = {value, value ? size / 4 : 0};

	return cells;
}

static uint32_t cell(struct cells cells, int index, uint32_t otherwise)
{
	return index >= 0 && index < cells.count ? fdt32_ld(cells.at + index) : otherwise;
}

static uint64_t number(struct cells cells, int *at, int count)
{
	uint64_t value = 0;

	while (count-- > 0)
		value = value << 32 | cell(cells, (*at)++, 0);
	return value;
}

/* The first range of a node, in the cells of its parent. */
static bool range_of(const void *fdt, int node, uint64_t *address, uint64_t *size)
{
	int parent = node < 0 ? -1 : fdt_parent_offset(fdt, node);
	int address_cells = parent < 0 ? 0 : fdt_address_cells(fdt, parent);
	int size_cells = parent < 0 ? 0 : fdt_size_cells(fdt, parent);
	struct cells reg = cells_of(fdt, node, "reg");
	int at = 0;

	if (address_cells < 1 || size_cells < 0 || reg.count < address_cells + size_cells)
		return false;
	*address = number(reg, &at, address_cells);
	*size = number(reg, &at, size_cells);
	return true;
}

static int find(const void *fdt, const char *compatible)
{
	return fdt_node_offset_by_compatible(fdt, -1, compatible);
}

static void copy_name(char *to, size_t room, const char *from, int length)
{
	int most = length < (int)room - 1 ? length : (int)room - 1;

	snprintf(to, room, "%.*s", most > 0 ? most : 0, from ? from : "");
}

/* ---- memory ---- */

static void read_memory(struct board *board, const void *fdt)
{
	uint64_t ignored;

	if (!range_of(fdt, find(fdt, "qcom,smem"), &board->smem, &board->smem_size))
		board->smem_size = 0;
	if (!range_of(fdt, find(fdt, "qcom,tcsr-mutex"), &board->hwlock, &board->hwlock_size))
		board->hwlock_size = 0;
	if (!range_of(fdt, find(fdt, "arm,smmu-v3"), &board->smmu, &ignored))
		board->smmu = 0;
}

/* ---- power domains ---- */

static void name_domain(struct board *board, uint32_t index, const char *name, int length)
{
	if (index >= BOARD_DOMAINS)
		return;
	if (!board->domains[index][0])
		copy_name(board->domains[index], sizeof(board->domains[index]), name, length);
	if (index >= board->domain_count)
		board->domain_count = index + 1;
}

/* Domains have the names by which their first user calls them. */
static void read_users(struct board *board, const void *fdt, uint32_t provider)
{
	int node;

	for (node = fdt_next_node(fdt, -1, NULL); node >= 0;
	     node = fdt_next_node(fdt, node, NULL)) {
		struct cells uses = cells_of(fdt, node, "power-domains");
		int i;

		for (i = 0; 2 * i + 1 < uses.count; i++) {
			int length = 0;
			const char *name =
				fdt_stringlist_get(fdt, node, "power-domain-names", i, &length);

			if (cell(uses, 2 * i, 0) == provider)
				name_domain(board, cell(uses, 2 * i + 1, 0), name, length);
		}
	}
}

static void read_power(struct board *board, const void *fdt)
{
	int scmi = find(fdt, "arm,scmi-smc");
	int protocol = scmi < 0 ? -1 : fdt_subnode_offset(fdt, scmi, "protocol@11");
	int shared = fdt_node_offset_by_phandle(fdt, cell(cells_of(fdt, scmi, "shmem"), 0, 0));
	uint64_t base = 0, ignored = 0;

	if (protocol < 0 || shared < 0 || !range_of(fdt, shared, &board->scmi, &board->scmi_size) ||
	    !range_of(fdt, fdt_parent_offset(fdt, shared), &base, &ignored))
		return;
	board->scmi += base;
	board->scmi_function = cell(cells_of(fdt, scmi, "arm,smc-id"), 0, 0);
	read_users(board, fdt, fdt_get_phandle(fdt, protocol));
}

/* ---- interrupts ---- */

struct interrupt {
	uint32_t parent; /* phandle; 0: the node's usual one, which is the GIC */
	uint32_t cells[GIC_CELLS];
};

/* Specifiers of the GIC have three cells, those of state words two. */
static bool interrupt_at(const void *fdt, int node, int index, struct interrupt *found)
{
	struct cells list = cells_of(fdt, node, "interrupts-extended");
	bool extended = list.count > 0;
	int at = 0, i;

	if (!extended)
		list = cells_of(fdt, node, "interrupts");
	for (;; index--) {
		int count = GIC_CELLS;

		found->parent = extended ? cell(list, at++, 0) : 0;
		if (extended) {
			int parent = fdt_node_offset_by_phandle(fdt, found->parent);

			count = (int)cell(cells_of(fdt, parent, "#interrupt-cells"), 0, 0);
		}
		if (count < 1 || count > GIC_CELLS || at + count > list.count)
			return false;
		for (i = 0; i < GIC_CELLS; i++)
			found->cells[i] = i < count ? cell(list, at + i, 0) : 0;
		at += count;
		if (index == 0)
			return true;
	}
}

static bool interrupt_named(const void *fdt, int node, const char *name, struct interrupt *found)
{
	int index = fdt_stringlist_search(fdt, node, "interrupt-names", name);

	return index >= 0 && interrupt_at(fdt, node, index, found);
}

static uint32_t spi_of(const struct interrupt *interrupt)
{
	return interrupt->cells[0] == GIC_SPI ? interrupt->cells[1] : BOARD_NO_SPI;
}

/* ---- processors ---- */

static void entry_name(const void *fdt, int node, char to[BOARD_NAME + 1])
{
	int length = 0;
	const char *name = fdt_getprop(fdt, node, "qcom,entry-name", &length);

	copy_name(to, BOARD_NAME + 1, name, length);
}

/* The node of both state words: the parent of each entry. */
static void read_states(struct board_processor *processor, const void *fdt, int entry)
{
	int node = entry < 0 ? -1 : fdt_parent_offset(fdt, entry);
	struct cells items = cells_of(fdt, node, "qcom,smem");
	struct interrupt bell;

	if (items.count < 2 || !interrupt_at(fdt, node, 0, &bell))
		return;
	processor->doorbell = spi_of(&bell);
	processor->item_in = cell(items, 0, 0);
	processor->item_out = cell(items, 1, 0);
	processor->remote_pid = cell(cells_of(fdt, node, "qcom,remote-pid"), 0, 0);
	entry_name(fdt, entry, processor->entry_in);
}

static void read_stop(struct board_processor *processor, const void *fdt, int node)
{
	struct cells states = cells_of(fdt, node, "qcom,smem-states");
	int entry = fdt_node_offset_by_phandle(fdt, cell(states, 0, 0));

	if (entry < 0)
		return;
	processor->stop = UINT32_C(1) << (cell(states, 1, 0) & 31);
	entry_name(fdt, entry, processor->entry_out);
}

static void read_processor(struct board *board, const void *fdt,
			   const struct qpas_peripheral *peripheral)
{
	static const char *const names[BOARD_BITS] = {"fatal", "ready", "handover", "stop-ack"};
	struct board_processor *processor = &board->processors[board->processor_count++];
	int node = fdt_path_offset(fdt, peripheral->path);
	struct interrupt interrupt;
	uint32_t i;

	memset(processor, 0, sizeof(*processor));
	snprintf(processor->name, sizeof(processor->name), "%s", peripheral->name);
	processor->pas_id = peripheral->pas_id;
	processor->doorbell = BOARD_NO_SPI;
	processor->watchdog = BOARD_NO_SPI;
	if (interrupt_named(fdt, node, "wdog", &interrupt))
		processor->watchdog = spi_of(&interrupt);
	for (i = 0; i < BOARD_BITS; i++) {
		if (!interrupt_named(fdt, node, names[i], &interrupt))
			continue;
		processor->in[i] = UINT32_C(1) << (interrupt.cells[0] & 31);
		read_states(processor, fdt, fdt_node_offset_by_phandle(fdt, interrupt.parent));
	}
	read_stop(processor, fdt, node);
}

int board_read(struct board *board, struct qpas_slice tree, const struct qpas_platform *platform,
	       struct qpas_error *err)
{
	uint32_t i;

	memset(board, 0, sizeof(*board));
	if (fdt_check_full(tree.ptr, tree.len)) {
		error_set(err, QPAS_ERR_FORMAT, 0, "The guest's device tree is damaged.");
		return EXIT_BAD;
	}
	read_memory(board, tree.ptr);
	read_power(board, tree.ptr);
	for (i = 0; i < qpas_platform_count(platform); i++) {
		struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;

		if (qpas_platform_peripheral(platform, i, &peripheral, err))
			return exit_of(err, BLAME_INPUT);
		if (peripheral.pas_id != QPAS_NO_PAS_ID &&
		    board->processor_count < BOARD_PROCESSORS)
			read_processor(board, tree.ptr, &peripheral);
	}
	return EXIT_FINE;
}
