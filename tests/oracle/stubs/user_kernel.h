/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * As much of a kernel as the image loader needs to be compiled in user space: types, constants and
 * the functions that shim.c has. Written from what the loader calls, not from the kernel's headers.
 */
#ifndef TESTS_ORACLE_USER_KERNEL_H
#define TESTS_ORACLE_USER_KERNEL_H

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef uint64_t phys_addr_t;

#define PHYS_ADDR_MAX (~(phys_addr_t)0)
#define SZ_4K	      0x1000
#define GFP_KERNEL    0
#define BIT(n)	      (1ul << (n))

/* Rounded in the type of the value, so that what wraps in a kernel wraps here. */
#define ALIGN(value, to) (((value) + (__typeof__(value))((to)-1)) & ~((__typeof__(value))((to)-1)))

#define EXPORT_SYMBOL_GPL(name)
#define MODULE_DESCRIPTION(text)
#define MODULE_LICENSE(text)
#define dev_err(dev, ...) ((void)(dev))
#define __free(function)  __attribute__((cleanup(oracle_cleanup_##function)))

#define QCOM_MDT_TYPE_MASK   (7 << 24)
#define QCOM_MDT_TYPE_HASH   (2 << 24)
#define QCOM_MDT_RELOCATABLE BIT(27)

struct elf32_hdr {
	unsigned char e_ident[16];
	u16 e_type, e_machine;
	u32 e_version, e_entry, e_phoff, e_shoff, e_flags;
	u16 e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
};

struct elf32_phdr {
	u32 p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align;
};

struct elf32_shdr {
	u32 words[10];
};

struct device {
	int unused;
};

struct firmware {
	size_t size;
	const u8 *data;
};

struct qcom_scm_pas_metadata;

struct qcom_scm_pas_context {
	struct device *dev;
	u32 pas_id;
	phys_addr_t mem_phys;
	size_t mem_size;
};

static inline size_t size_mul(size_t a, size_t b)
{
	size_t product;

	return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

static inline size_t size_add(size_t a, size_t b)
{
	size_t sum;

	return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

/* Error numbers as pointers: the last page of the address space. */
static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *pointer)
{
	return (long)pointer;
}

static inline bool IS_ERR(const void *pointer)
{
	return (unsigned long)pointer >= (unsigned long)-4095;
}

void *kmalloc(size_t bytes, int flags);
void kfree(const void *block);
char *kstrdup(const char *text, int flags);
void *oracle_memcpy(void *to, const void *from, size_t bytes);
void *oracle_memset(void *to, int value, size_t bytes);
int request_firmware_into_buf(const struct firmware **firmware, const char *name,
			      struct device *dev, void *buffer, size_t bytes);
void release_firmware(const struct firmware *firmware);
int qcom_scm_pas_init_image(u32 pas_id, const void *metadata, size_t bytes, void *context);
int qcom_scm_pas_mem_setup(u32 pas_id, phys_addr_t address, phys_addr_t bytes);

static inline void oracle_cleanup_kfree(void *variable)
{
	kfree(*(void **)variable);
}

#ifndef ORACLE_SHIM
#define memcpy oracle_memcpy
#define memset oracle_memset
#endif

#endif
