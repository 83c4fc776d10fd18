/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's RAM: a shared file that QEMU maps too. Addresses are the guest's; all of them come
 * from the guest or from its device tree, so each access is judged here.
 */
#ifndef QPAS_TOOL_TZ_RAM_H
#define QPAS_TOOL_TZ_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpas/qpas.h>

#include "../../../firmware/el3/mailbox.h"

struct ram {
	int fd;
	uint8_t *bytes;
	uint64_t base;
	uint64_t size;
	const char *path; /* NULL: it has no name */
	bool created; /* this process gave it its name */
};

/* Memory without a name, gone with the last process that has it. Exit code. */
int ram_make(struct ram *ram, uint64_t size, struct qpas_error *err);
/* A new file; one that is there is refused, as it holds another guest's past. Exit code. */
int ram_create(struct ram *ram, const char *path, uint64_t size, struct qpas_error *err);
/* A file that is there, and that no other server has. Exit code. */
int ram_attach(struct ram *ram, const char *path, struct qpas_error *err);
/* Lets go of it; `forget`: also of the name, if it was made here. */
void ram_close(struct ram *ram, bool forget);

/* Whether a range is memory of the guest and not the mailbox. */
bool ram_has(const struct ram *ram, uint64_t address, uint64_t length);
/* False, and nothing done, where ram_has() is false. */
bool ram_read(const struct ram *ram, uint64_t address, void *to, size_t length);
bool ram_write(const struct ram *ram, uint64_t address, const void *from, size_t length);
bool ram_zero(const struct ram *ram, uint64_t address, uint64_t length);
bool ram_read32(const struct ram *ram, uint64_t address, uint32_t *value);
bool ram_write32(const struct ram *ram, uint64_t address, uint32_t value);

/* The mailbox's page, which is inside every RAM that was made or attached. */
volatile struct mailbox *ram_mailbox(const struct ram *ram);

#endif
