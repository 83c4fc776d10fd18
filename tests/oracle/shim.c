/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rest of the kernel, linked with the loader's own file into one shared object: memory with the
 * kernel's limit, firmware files by name, a trusted world that accepts everything. Accesses outside
 * of file and region end the run instead of being made.
 */
#define ORACLE_SHIM
#include "user_kernel.h"

#include <stdlib.h>

#include "oracle.h"

/* Largest block of kmalloc() with pages of 4 KiB. */
#define KMALLOC_MAX ((size_t)4 << 20)
#define BLOCKS	    8
/* "b100" is a letter longer than "mdt": room for what the kernel has no room for. */
#define SLACK 16
/* Where the region seems to be: addresses that nothing on a 64-bit Linux host has. */
#define REGION_AT ((uintptr_t)1 << 44)

/* Of every release under test; declared here because the loader's header is a stub. */
int qcom_mdt_load(struct device *dev, const struct firmware *fw, const char *fw_name, int pas_id,
		  void *mem_region, phys_addr_t mem_phys, size_t mem_size, phys_addr_t *reloc_base);
ssize_t qcom_mdt_get_size(const struct firmware *fw);

oracle_load_function oracle_load;
oracle_size_function oracle_size;

static struct oracle_run *now;
static void *blocks[BLOCKS];
static struct firmware part_file;

static _Noreturn void wild(void)
{
	siglongjmp(now->out, ORACLE_WILD);
}

static void *keep(void *block)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		if (!blocks[i]) {
			blocks[i] = block;
			return block;
		}
	}
	abort();
}

/* A run that ended in the middle has freed nothing. */
static void free_all(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		free(blocks[i]);
		blocks[i] = NULL;
	}
}

void *kmalloc(size_t bytes, int flags)
{
	(void)flags;
	return bytes > KMALLOC_MAX ? NULL : keep(malloc(bytes + 1));
}

void kfree(const void *block)
{
	for (size_t i = 0; block && i < BLOCKS; i++) {
		if (blocks[i] != block)
			continue;
		free(blocks[i]);
		blocks[i] = NULL;
	}
}

char *kstrdup(const char *text, int flags)
{
	size_t bytes = strlen(text) + 1;
	char *copy = kmalloc(bytes + SLACK, flags);

	if (copy)
		memcpy(copy, text, bytes);
	return copy;
}

/* Region as addresses only: nothing is ever stored there. */
static bool in_region(const void *at, size_t bytes)
{
	uintptr_t offset = (uintptr_t)at - REGION_AT;

	return (uintptr_t)at >= REGION_AT && offset <= now->region && bytes <= now->region - offset;
}

void *oracle_memcpy(void *to, const void *from, size_t bytes)
{
	uintptr_t offset = (uintptr_t)from - (uintptr_t)now->file;

	if (offset > now->size || bytes > now->size - offset)
		wild();
	if (in_region(to, bytes))
		return to;
	return memcpy(to, from, bytes);
}

void *oracle_memset(void *to, int value, size_t bytes)
{
	(void)value;
	if (!in_region(to, bytes))
		wild();
	return to;
}

int request_firmware_into_buf(const struct firmware **firmware, const char *name,
			      struct device *dev, void *buffer, size_t bytes)
{
	long size;

	(void)dev;
	(void)buffer;
	/* The loader wrote the name into a copy of the image's: it must not have become longer. */
	if (strlen(name) > strlen(now->name))
		wild();
	size = now->part(now->user, name);
	if (size < 0)
		return -ENOENT;
	if ((size_t)size > bytes)
		return -EFBIG;
	part_file.size = (size_t)size;
	*firmware = &part_file;
	return 0;
}

void release_firmware(const struct firmware *firmware)
{
	(void)firmware;
}

int qcom_scm_pas_init_image(u32 pas_id, const void *metadata, size_t bytes, void *context)
{
	(void)pas_id;
	(void)metadata;
	(void)bytes;
	(void)context;
	return 0;
}

int qcom_scm_pas_mem_setup(u32 pas_id, phys_addr_t address, phys_addr_t bytes)
{
	(void)pas_id;
	(void)address;
	(void)bytes;
	return 0;
}

int oracle_load(struct oracle_run *run)
{
	struct firmware firmware = {run->size, run->file};
	struct device device = {0};
	int result;

	now = run;
	free_all();
	result = qcom_mdt_load(&device, &firmware, run->name, 1, (void *)REGION_AT, run->base,
			       run->region, NULL);
	free_all();
	return result;
}

long oracle_size(struct oracle_run *run)
{
	struct firmware firmware = {run->size, run->file};

	now = run;
	return qcom_mdt_get_size(&firmware);
}
