/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Types that every header shares: byte slices, parameters, limits, allocator.
 * No function lives here, and nobody else's header is needed.
 */
#ifndef QPAS_TYPES_H
#define QPAS_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
/** Marks a function that the shared objects export. */
#define QPAS_EXPORT __attribute__((visibility("default")))
/** The result says whether the call worked and must not be dropped. */
#define QPAS_MUST_USE __attribute__((warn_unused_result))
#else
#define QPAS_EXPORT
#define QPAS_MUST_USE
#endif

/*
 * Size-first structures
 * ---------------------
 * A structure that may grow starts with `uint32_t size`, the size that its user was compiled with,
 * and has an initialiser macro that sets it and clears the rest. The library accepts a size between
 * that of the structure's first release and 4,096. Members that it does not know must be zero, else
 * the call is refused with QPAS_ERR_ABI; members that the caller does not know are taken as zero
 * and are never written. Pointers in them are only read during the call unless a member says more.
 */

/**
 * Bytes that somebody else owns. A slice does not own; it is passed by value.
 * `ptr` may be NULL only when `len` is 0. @since 0.1
 */
struct qpas_slice {
	/** First byte. */
	const void *ptr;
	/** Length in bytes. */
	size_t len;
};

/** "No such segment" in every member that carries the index of one. @since 0.1 */
#define QPAS_NO_SEGMENT UINT32_C(0xffffffff)
/** "No PAS id": the peripheral is not started through PAS. @since 0.1 */
#define QPAS_NO_PAS_ID UINT32_C(0xffffffff)
/** "No deadline": wait as long as it takes. Deadlines are CLOCK_MONOTONIC nanoseconds. @since 0.1 */
#define QPAS_NO_DEADLINE INT64_C(-1)

/**
 * Memory functions for one object and all that hangs off it. All three are given, or none.
 * Results are aligned for any type, as with malloc(). `realloc` is given NULL for a new block;
 * a size of 0 is never asked for. The functions are called on the thread that makes the call, and
 * the structure is copied, so that only `user` must outlive the object. @since 0.1
 */
struct qpas_allocator {
	/** sizeof(struct qpas_allocator) */
	uint32_t size;
	/** Must be 0. */
	uint32_t reserved;
	/** Returns `bytes` bytes, or NULL. */
	void *(*malloc)(void *user, size_t bytes);
	/** Resizes a block; the old one stays valid when NULL is returned. */
	void *(*realloc)(void *user, void *block, size_t bytes);
	/** Gives a block back; NULL is allowed. */
	void (*free)(void *user, void *block);
	/** Handed to each function. */
	void *user;
};

/** Initialiser: libc's functions. @since 0.1 */
#define QPAS_ALLOCATOR_INIT                                                        \
	{                                                                          \
		(uint32_t)sizeof(struct qpas_allocator), 0, NULL, NULL, NULL, NULL \
	}

/** Severity of a log line, most urgent first. @since 0.1 */
enum qpas_log_level {
	QPAS_LOG_ERROR = 1,
	QPAS_LOG_WARNING = 2,
	QPAS_LOG_INFO = 3,
	QPAS_LOG_DEBUG = 4
};

/**
 * Where log lines go. The default is nowhere: the library never prints.
 *
 * `level` is the most talkative enum qpas_log_level that is wanted; 0 means none. Lines of level
 * INFO and above carry no addresses and no certificate contents (those of libqpas-tzsim do, of a
 * machine that does not exist), and hostile text in them is escaped. `write` must not call back into
 * the object that logs (it gets QPAS_ERR_STATE) and must not longjmp. @since 0.1
 */
struct qpas_log {
	/** sizeof(struct qpas_log) */
	uint32_t size;
	/** Most talkative enum qpas_log_level wanted, 0 for none. */
	uint32_t level;
	/** Takes one line without a newline; `message_id` as in struct qpas_error, or 0. */
	void (*write)(void *user, uint32_t level, uint32_t message_id, const char *text);
	/** Handed to `write`. */
	void *user;
};

/** Initialiser: no log. @since 0.1 */
#define QPAS_LOG_INIT                                            \
	{                                                        \
		(uint32_t)sizeof(struct qpas_log), 0, NULL, NULL \
	}

/**
 * Limits on what is read. 0 in a member means its default; a value above the maximum is refused
 * with QPAS_ERR_ARG. They bound time and memory for hostile input: no allocation is ever made in
 * proportion to a field of a file. Real images have at most 59 program headers and 22,672 bytes of
 * metadata. @since 0.1
 */
struct qpas_limits {
	/** sizeof(struct qpas_limits) */
	uint32_t size;
	/** Program headers of an image: default 128, at most 256. */
	uint32_t program_headers;
	/** Bytes of one file: default 128 MiB, at most 1 GiB. */
	uint64_t file_bytes;
	/** Bytes of all files of a split image together: default 256 MiB, at most 1 GiB. */
	uint64_t image_bytes;
	/** Bytes of memory between an image's lowest and highest address: default and maximum 2 GiB. */
	uint64_t span_bytes;
	/** Bytes of ELF headers plus hash segment: default 1 MiB, at most 4 MiB. */
	uint64_t metadata_bytes;
	/** Bytes of a resource table: default 64 KiB, at most 1 MiB. */
	uint32_t rsc_table_bytes;
	/** Entries of a resource table: default 256, at most 1024. */
	uint32_t rsc_table_entries;
	/** Bytes of a flattened device tree: default 2 MiB, at most 16 MiB. */
	uint32_t dtb_bytes;
	/** Nesting depth of a device tree: default 32, at most 64. */
	uint32_t dtb_depth;
};

/** Initialiser: all defaults. @since 0.1 */
#define QPAS_LIMITS_INIT                                                        \
	{                                                                       \
		(uint32_t)sizeof(struct qpas_limits), 0, 0, 0, 0, 0, 0, 0, 0, 0 \
	}

struct qpas_platform;

/** Refuse symbolic links in firmware paths, even those that stay inside the folder. @since 0.1 */
#define QPAS_PARAMS_NO_SYMLINKS (UINT64_C(1) << 0)
/**
 * Let the environment variables QPAS_BACKEND and QPAS_FIRMWARE_PATH fill a missing URI and a
 * missing firmware path. They are ignored in set-user-id programs. Off by default. @since 0.1
 */
#define QPAS_PARAMS_ENVIRONMENT (UINT64_C(1) << 1)
/**
 * Admit images whose segments overwrite each other's file data. Nine modem-host images of the
 * public collection do; no image that PAS starts does. @since 0.1
 */
#define QPAS_PARAMS_ALLOW_OVERLAP (UINT64_C(1) << 2)

/**
 * What an object is made with. NULL in place of the structure means all defaults. Contexts inherit
 * those of their backend. @since 0.1
 */
struct qpas_params {
	/** sizeof(struct qpas_params) */
	uint32_t size;
	/** Must be 0. */
	uint32_t reserved;
	/** QPAS_PARAMS_*; unknown bits are refused with QPAS_ERR_ARG. */
	uint64_t flags;
	/** Memory functions, copied; NULL means libc. */
	const struct qpas_allocator *allocator;
	/** Log sink, copied; NULL means none. */
	const struct qpas_log *log;
	/** Limits, copied; NULL means defaults. */
	const struct qpas_limits *limits;
	/** Peripherals to look names up in, counted; NULL: the running system's tree. */
	struct qpas_platform *platform;
	/**
	 * Folders in which firmware names are looked up, separated by ':', first match wins. Copied.
	 * NULL means the kernel's list: /lib/firmware/updates, then /lib/firmware
	 * (drivers/base/firmware_loader/main.c).
	 */
	const char *firmware_path;
};

/** Initialiser: all defaults. @since 0.1 */
#define QPAS_PARAMS_INIT                                                                 \
	{                                                                                \
		(uint32_t)sizeof(struct qpas_params), 0, 0, NULL, NULL, NULL, NULL, NULL \
	}

#ifdef __cplusplus
}
#endif

#endif
