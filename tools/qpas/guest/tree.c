/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's device tree: QEMU's own, plus what the unmodified drivers of remote processors need.
 * Ids, carveouts, streams and names are those of the board's tree.
 */
#include "guest.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../firmware/el3/mailbox.h"
#include "../../../firmware/el3/memory.h"
#include "../out.h"
#include "layout.h"
#include "words.h"

#define TREE_ROOM    (256u << 10) /* for what is added */
#define MOST_DOMAINS 64u
#define EDGE_RISING  1u
#define GIC_SPI	     0u
#define SCMI_SMC     0x82000010u
#define BOOT_ARGS    "console=ttyAMA0 rdinit=/init panic=-1"

/* The first error sticks: a chain of edits is judged once, at its end. */
struct tree {
	const struct guest *guest;
	void *fdt;
	const void *board;
	int error;
	const char *where; /* what was edited when the error came */
	struct words pool; /* names that were put together */
	uint32_t next_phandle;
	uint32_t gic, smmu, clock, hwlock, ipc, power; /* phandles */
	const char *domains[MOST_DOMAINS]; /* names, by number */
	uint32_t domain_count;
	uint32_t items[GUEST_MOST_PERIPHERALS][2]; /* of shared memory, in and out */
};

static void check(struct tree *tree, const char *where, int result)
{
	if (result < 0 && !tree->error) {
		tree->error = result;
		tree->where = where;
	}
}

static int find(struct tree *tree, const char *path)
{
	int node = fdt_path_offset(tree->fdt, path);

	check(tree, path, node);
	return node;
}

/* The node `name` below `parent`, made if it is not there. */
static int child(struct tree *tree, int parent, const char *name)
{
	int node;

	if (tree->error)
		return -1;
	node = fdt_subnode_offset(tree->fdt, parent, name);
	if (node == -FDT_ERR_NOTFOUND)
		node = fdt_add_subnode(tree->fdt, parent, name);
	check(tree, name, node);
	return node;
}

static void set(struct tree *tree, int node, const char *name, const void *value, size_t size)
{
	if (!tree->error)
		check(tree, name, fdt_setprop(tree->fdt, node, name, value, (int)size));
}

static void set_text(struct tree *tree, int node, const char *name, const char *value)
{
	set(tree, node, name, value, strlen(value) + 1);
}

static void set_flag(struct tree *tree, int node, const char *name)
{
	set(tree, node, name, NULL, 0);
}

static void append_text(struct tree *tree, int node, const char *name, const char *value)
{
	if (!tree->error)
		check(tree, name,
		      fdt_appendprop(tree->fdt, node, name, value, (int)strlen(value) + 1));
}

static void append_cell(struct tree *tree, int node, const char *name, uint32_t value)
{
	if (!tree->error)
		check(tree, name, fdt_appendprop_u32(tree->fdt, node, name, value));
}

static void set_cell(struct tree *tree, int node, const char *name, uint32_t value)
{
	if (!tree->error)
		check(tree, name, fdt_setprop_u32(tree->fdt, node, name, value));
}

static void append_cells(struct tree *tree, int node, const char *name, size_t count, ...)
{
	va_list cells;
	size_t i;

	va_start(cells, count);
	for (i = 0; i < count; i++)
		append_cell(tree, node, name, va_arg(cells, uint32_t));
	va_end(cells);
}

static void set_range(struct tree *tree, int node, uint64_t address, uint64_t size)
{
	append_cells(tree, node, "reg", 4, (uint32_t)(address >> 32), (uint32_t)address,
		     (uint32_t)(size >> 32), (uint32_t)size);
}

/* The phandle of a node, given to it if it has none. */
static uint32_t handle(struct tree *tree, int node)
{
	uint32_t phandle;

	if (tree->error)
		return 0;
	phandle = fdt_get_phandle(tree->fdt, node);
	if (!phandle) {
		phandle = tree->next_phandle++;
		set_cell(tree, node, "phandle", phandle);
	}
	return phandle;
}

/* A node "name@address". */
static int child_at(struct tree *tree, int parent, const char *name, uint64_t address)
{
	return child(tree, parent,
		     words_add(&tree->pool, "%s@%llx", name, (unsigned long long)address));
}

/* Memory that the kernel keeps its hands off; named as the board's tree names it. */
static int reserve(struct tree *tree, const char *name, uint64_t address, uint64_t size)
{
	int parent = child(tree, 0, "reserved-memory");
	int node;

	set_cell(tree, parent, "#address-cells", 2);
	set_cell(tree, parent, "#size-cells", 2);
	set_flag(tree, parent, "ranges");
	node = child_at(tree, parent, name, address);
	if (!tree->error && !fdt_getprop(tree->fdt, node, "reg", NULL)) {
		set_range(tree, node, address, size);
		set_flag(tree, node, "no-map");
	}
	return node;
}

/* What the board says about itself, so that drivers and people recognise it. */
static void copy_board_names(struct tree *tree)
{
	int size = 0;
	const char *names = fdt_getprop(tree->board, 0, "compatible", &size);
	int scm = fdt_path_offset(tree->board, "/firmware/scm");
	int node;

	if (names && size > 0)
		set(tree, 0, "compatible", names, (size_t)size);
	append_text(tree, 0, "compatible", "linux,dummy-virt");
	set_text(tree, 0, "model", qpas_platform_model(tree->guest->platform));
	node = child(tree, child(tree, 0, "firmware"), "scm");
	names = scm < 0 ? NULL : fdt_getprop(tree->board, scm, "compatible", &size);
	if (names && size > 0)
		set(tree, node, "compatible", names, (size_t)size);
	else
		set_text(tree, node, "compatible", "qcom,scm");
}

/* QEMU leaves PSCI to the firmware that it is given. */
static void add_psci(struct tree *tree)
{
	int psci = child(tree, 0, "psci");
	int cpus, cpu;

	set(tree, psci, "compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
	set_text(tree, psci, "method", "smc");
	cpus = find(tree, "/cpus");
	fdt_for_each_subnode(cpu, tree->fdt, cpus)
	{
		const char *name = fdt_get_name(tree->fdt, cpu, NULL);

		if (name && strncmp(name, "cpu@", 4) == 0)
			set_text(tree, cpu, "enable-method", "psci");
	}
}

static void add_boot(struct tree *tree)
{
	const char *more = tree->guest->append;
	int node = child(tree, 0, "chosen");

	set_text(tree, node, "bootargs",
		 words_add(&tree->pool, BOOT_ARGS "%s%s", more ? " " : "", more ? more : ""));
	set_cell(tree, node, "linux,initrd-start", GUEST_ARCHIVE);
	set_cell(tree, node, "linux,initrd-end",
		 (uint32_t)(GUEST_ARCHIVE + tree->guest->archive_size));
}

/* Shared memory and its lock; the server plays the boot loader that lays it out. */
static void add_smem(struct tree *tree)
{
	int node;

	node = child_at(tree, 0, "hwlock", LAYOUT_HWLOCK);
	set_text(tree, node, "compatible", "qcom,tcsr-mutex");
	set_range(tree, node, LAYOUT_HWLOCK, LAYOUT_PAGE * 16);
	set_cell(tree, node, "#hwlock-cells", 1);
	tree->hwlock = handle(tree, node);
	node = child_at(tree, 0, "syscon", LAYOUT_IPC);
	set_text(tree, node, "compatible", "syscon");
	set_range(tree, node, LAYOUT_IPC, LAYOUT_PAGE);
	tree->ipc = handle(tree, node);
	reserve(tree, "hwlock", LAYOUT_HWLOCK, LAYOUT_PAGE * 16);
	reserve(tree, "ipc", LAYOUT_IPC, LAYOUT_PAGE);
	reserve(tree, "tz-relay", MAILBOX_ADDRESS, MAILBOX_SIZE);
	if (tree->guest->hypervisor)
		reserve(tree, "hypervisor", GUEST_HYPERVISOR, HYPERVISOR_SIZE);
	node = reserve(tree, "smem", LAYOUT_SMEM, LAYOUT_SMEM_SIZE);
	set_text(tree, node, "compatible", "qcom,smem");
	append_cells(tree, node, "hwlocks", 2, tree->hwlock, 3u);
}

/* Power domains: SCMI over SMC, which the server answers like every other call. */
static void add_power(struct tree *tree)
{
	uint32_t shared;
	int sram, node;

	reserve(tree, "scmi", LAYOUT_SCMI, LAYOUT_PAGE);
	sram = child_at(tree, 0, "sram", LAYOUT_SCMI);
	set_text(tree, sram, "compatible", "mmio-sram");
	set_range(tree, sram, LAYOUT_SCMI, LAYOUT_PAGE);
	set_cell(tree, sram, "#address-cells", 1);
	set_cell(tree, sram, "#size-cells", 1);
	append_cells(tree, sram, "ranges", 4, 0u, 0u, LAYOUT_SCMI, LAYOUT_PAGE);
	node = child(tree, sram, "scp-shmem@0");
	set_text(tree, node, "compatible", "arm,scmi-shmem");
	append_cells(tree, node, "reg", 2, 0u, 128u);
	shared = handle(tree, node);
	node = child(tree, child(tree, 0, "firmware"), "scmi");
	set_text(tree, node, "compatible", "arm,scmi-smc");
	set_cell(tree, node, "arm,smc-id", SCMI_SMC);
	set_cell(tree, node, "shmem", shared);
	set_cell(tree, node, "#address-cells", 1);
	set_cell(tree, node, "#size-cells", 0);
	node = child(tree, node, "protocol@11");
	set_cell(tree, node, "reg", 0x11);
	set_cell(tree, node, "#power-domain-cells", 1);
	tree->power = handle(tree, node);
}

/* Cell `index` of a property of the board's node, or `otherwise`. */
static uint32_t board_cell(const struct tree *tree, int node, const char *name, int index,
			   uint32_t otherwise)
{
	int size = 0;
	const fdt32_t *cells = node < 0 ? NULL : fdt_getprop(tree->board, node, name, &size);

	return cells && index < size / 4 ? fdt32_ld(cells + index) : otherwise;
}

/* Domains have the names that processors call them by, and a name is one domain's alone. */
static uint32_t domain(struct tree *tree, const char *name)
{
	uint32_t i;

	for (i = 0; i < tree->domain_count; i++) {
		if (strcmp(tree->domains[i], name) == 0)
			return i;
	}
	if (i == MOST_DOMAINS) {
		check(tree, "power-domains", -FDT_ERR_NOSPACE);
		return 0;
	}
	tree->domains[i] = name;
	return tree->domain_count++;
}

static void add_domains(struct tree *tree, int node, int board)
{
	int count = fdt_stringlist_count(tree->board, board, "power-domain-names");
	int i;

	for (i = 0; i < count; i++) {
		const char *name =
			fdt_stringlist_get(tree->board, board, "power-domain-names", i, NULL);

		append_text(tree, node, "power-domain-names", name);
		append_cells(tree, node, "power-domains", 2, tree->power, domain(tree, name));
	}
}

/* All clocks are QEMU's fixed one. */
static void add_clocks(struct tree *tree, int node, int board)
{
	int size = 0, i;
	int count = fdt_stringlist_count(tree->board, board, "clock-names");
	const char *names = fdt_getprop(tree->board, board, "clock-names", &size);

	if (!names || count <= 0) {
		set_text(tree, node, "clock-names", "xo");
		set_cell(tree, node, "clocks", tree->clock);
		return;
	}
	set(tree, node, "clock-names", names, (size_t)size);
	for (i = 0; i < count; i++)
		append_cell(tree, node, "clocks", tree->clock);
}

/* The board's smp2p node of a processor: the parent of the state that it stops with. */
static int board_smp2p(const struct tree *tree, int board)
{
	uint32_t state = board_cell(tree, board, "qcom,smem-states", 0, 0);
	int node = state ? fdt_node_offset_by_phandle(tree->board, state) : -1;

	return node < 0 ? -1 : fdt_parent_offset(tree->board, node);
}

/* Whether a processor before this one has the item. */
static bool item_is_taken(const struct tree *tree, size_t index, uint32_t item)
{
	size_t i;

	for (i = 0; i < index; i++) {
		if (tree->items[i][0] == item || tree->items[i][1] == item)
			return true;
	}
	return false;
}

/*
 * Shared memory has one heap here, without a partition for each processor: a number that is too
 * high for it, or that the board uses in two partitions, is replaced.
 */
static void choose_items(struct tree *tree, size_t index, int source)
{
	uint32_t *items = tree->items[index];
	uint32_t i;

	for (i = 0; i < 2; i++) {
		items[i] = board_cell(tree, source, "qcom,smem", (int)i, LAYOUT_SMEM_ITEMS);
		if (items[i] >= LAYOUT_SMEM_ITEMS || item_is_taken(tree, index, items[i]))
			items[i] = LAYOUT_SMEM_OWN + 2 * (uint32_t)index + i;
	}
}

/* Both directions of a processor's state words. Returns the phandles of out and in. */
static void add_smp2p(struct tree *tree, size_t index, int board, uint32_t handles[2])
{
	int source = board_smp2p(tree, board);
	uint32_t i = (uint32_t)index;
	int node, entry;

	node = child(tree, 0,
		     words_add(&tree->pool, "smp2p-%s", tree->guest->peripherals[index].name));
	set_text(tree, node, "compatible", "qcom,smp2p");
	choose_items(tree, index, source);
	append_cells(tree, node, "qcom,smem", 2, tree->items[index][0], tree->items[index][1]);
	append_cells(tree, node, "interrupts-extended", 4, tree->gic, GIC_SPI,
		     LAYOUT_SPI_DOORBELL(i), EDGE_RISING);
	append_cells(tree, node, "qcom,ipc", 3, tree->ipc, 0u, i);
	set_cell(tree, node, "qcom,local-pid", 0);
	set_cell(tree, node, "qcom,remote-pid",
		 board_cell(tree, source, "qcom,remote-pid", 0, i + 1));
	entry = child(tree, node, "slave-kernel");
	set_text(tree, entry, "qcom,entry-name", "slave-kernel");
	set_flag(tree, entry, "interrupt-controller");
	set_cell(tree, entry, "#interrupt-cells", 2);
	handles[1] = handle(tree, entry);
	entry = child(tree, node, "master-kernel");
	set_text(tree, entry, "qcom,entry-name", "master-kernel");
	set_cell(tree, entry, "#qcom,smem-state-cells", 1);
	handles[0] = handle(tree, entry);
}

static void add_interrupts(struct tree *tree, int node, uint32_t index, uint32_t in)
{
	static const char *const names[] = {"fatal", "ready", "handover", "stop-ack"};
	uint32_t i;

	append_text(tree, node, "interrupt-names", "wdog");
	append_cells(tree, node, "interrupts-extended", 4, tree->gic, GIC_SPI,
		     LAYOUT_SPI_WATCHDOG(index), EDGE_RISING);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		append_text(tree, node, "interrupt-names", names[i]);
		append_cells(tree, node, "interrupts-extended", 3, in, i, EDGE_RISING);
	}
}

static void add_memory(struct tree *tree, const struct qpas_peripheral *peripheral,
		       uint32_t regions[2])
{
	uint32_t i;

	for (i = 0; i < peripheral->carveout_count && i < 2; i++) {
		const struct qpas_carveout *carveout = &peripheral->carveouts[i];
		const char *name = words_add(&tree->pool, "%.*s", (int)strcspn(carveout->name, "@"),
					     carveout->name);

		regions[i] = handle(tree, reserve(tree, name, carveout->address, carveout->size));
	}
}

static void add_processor(struct tree *tree, size_t index)
{
	const struct qpas_peripheral *peripheral = &tree->guest->peripherals[index];
	int board = fdt_path_offset(tree->board, peripheral->path);
	const char *name = strrchr(peripheral->path, '/') + 1;
	/* Only nodes of a bus have one; the driver of the others wants no reg. */
	const char *unit = strchr(name, '@');
	int size = 0;
	/* All of them: the driver may know the second one only. */
	const char *names = fdt_getprop(tree->board, board, "compatible", &size);
	uint32_t regions[2] = {0}, handles[2] = {0};
	uint32_t i;
	int node;

	add_memory(tree, peripheral, regions);
	add_smp2p(tree, index, board, handles);
	node = child(tree, 0, name);
	set(tree, node, "compatible", names, size > 0 ? (size_t)size : 0);
	if (unit)
		append_cells(tree, node, "reg", 4, 0u, (uint32_t)strtoul(unit + 1, NULL, 16), 0u,
			     0x100u);
	add_interrupts(tree, node, (uint32_t)index, handles[1]);
	add_clocks(tree, node, board);
	add_domains(tree, node, board);
	for (i = 0; i < peripheral->carveout_count && i < 2; i++)
		append_cell(tree, node, "memory-region", regions[i]);
	for (i = 0; i < peripheral->firmware_count; i++)
		append_text(tree, node, "firmware-name", peripheral->firmware[i]);
	append_cells(tree, node, "qcom,smem-states", 2, handles[0], 0u);
	set_text(tree, node, "qcom,smem-state-names", "stop");
	for (i = 0; tree->guest->iommus && i < peripheral->stream_count; i++)
		append_cells(tree, node, "iommus", 2, tree->smmu, peripheral->streams[i].cells[0]);
}

/* Nodes of QEMU's that others refer to. */
static void find_providers(struct tree *tree)
{
	int clock;

	tree->gic = handle(tree, find(tree, "/intc@8000000"));
	tree->smmu = handle(tree, find(tree, "/smmuv3@9050000"));
	clock = fdt_path_offset(tree->fdt, "/apb-pclk");
	if (clock == -FDT_ERR_NOTFOUND)
		clock = fdt_node_offset_by_compatible(tree->fdt, -1, "fixed-clock");
	check(tree, "fixed-clock", clock);
	tree->clock = handle(tree, clock);
}

static void edit(struct tree *tree, struct qpas_slice machine)
{
	size_t size = machine.len + TREE_ROOM;
	size_t i;

	check(tree, "QEMU's tree", fdt_check_full(machine.ptr, machine.len));
	if (!tree->error)
		check(tree, "QEMU's tree", fdt_open_into(machine.ptr, tree->fdt, (int)size));
	if (!tree->error)
		check(tree, "QEMU's tree", fdt_generate_phandle(tree->fdt, &tree->next_phandle));
	find_providers(tree);
	copy_board_names(tree);
	add_psci(tree);
	add_boot(tree);
	add_smem(tree);
	add_power(tree);
	for (i = 0; i < tree->guest->peripheral_count && !tree->error; i++)
		add_processor(tree, i);
	if (!tree->error)
		check(tree, "the end", fdt_pack(tree->fdt));
}

int guest_tree(const struct guest *guest, struct qpas_slice machine, struct qpas_slice board,
	       struct qpas_slice *tree, struct qpas_error *err)
{
	struct tree work = {.guest = guest, .board = board.ptr};

	check(&work, guest->board, fdt_check_full(board.ptr, board.len));
	work.fdt = calloc(1, machine.len + TREE_ROOM);
	if (!work.error && work.fdt)
		edit(&work, machine);
	words_free(&work.pool);
	if (!work.fdt || work.pool.failed) {
		free(work.fdt);
		error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
		return EXIT_HERE;
	}
	if (work.error) {
		error_set(err, QPAS_ERR_FORMAT, 0,
			  "The guest's device tree could not be made: %s at '%s'. Try the tree of "
			  "another board, or another version of QEMU.",
			  fdt_strerror(work.error), work.where);
		free(work.fdt);
		return EXIT_BAD;
	}
	tree->ptr = work.fdt;
	tree->len = fdt_totalsize(work.fdt);
	return EXIT_FINE;
}
