/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a board has: peripherals that Qualcomm's PAS starts, with ids, carveouts, stream ids and
 * firmware, read from a flattened device tree or from the running system.
 *
 *     struct qpas_peripheral found = QPAS_PERIPHERAL_INIT;
 *     const char *tree = "lemans-evk-el2.dtb";
 *
 *     if (!qpas_platform_open_file(&tree, 1, NULL, &platform, &err) &&
 *         !qpas_platform_find(platform, "adsp", &found, &err))
 *             printf("PAS id %u, firmware %s\n", (unsigned)found.pas_id, found.firmware[0]);
 */
#ifndef QPAS_PLATFORM_H
#define QPAS_PLATFORM_H

#include <qpas/error.h>
#include <qpas/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The peripherals of one device tree, immutable, counted. */
struct qpas_platform;

/** Kind of a peripheral. @since 0.1 */
enum qpas_kind {
	/** A DSP, modem or other processor with a life cycle of its own. */
	QPAS_KIND_REMOTEPROC = 1,
	/** A video codec (venus, iris). */
	QPAS_KIND_VIDEO = 2,
	/** The zap shader of a GPU. */
	QPAS_KIND_GPU = 3,
	/** A camera's image control processor; binding of our own, docs/platform.md. */
	QPAS_KIND_CAMERA = 4,
	/** The IP accelerator's loader. */
	QPAS_KIND_IPA = 5,
	/** Wireless LAN; described, never booted. */
	QPAS_KIND_WIFI = 6
};

/** `flags` of struct qpas_peripheral. @since 0.1 */
/** The node and all its parents have no status, or status "okay" or "ok". */
#define QPAS_PERIPHERAL_ENABLED (UINT64_C(1) << 0)
/** Started through PAS. */
#define QPAS_PERIPHERAL_PAS (UINT64_C(1) << 1)
/** The EL2 path is taken when the host level is not given: a -pas node with iommus. */
#define QPAS_PERIPHERAL_EL2_PATH (UINT64_C(1) << 2)
/** Has a ready signal (smp2p), so that a boot waits for it. */
#define QPAS_PERIPHERAL_READY_SIGNAL (UINT64_C(1) << 3)
/** A video-firmware child: started without PAS unless asked for. */
#define QPAS_PERIPHERAL_VIDEO_FIRMWARE (UINT64_C(1) << 4)
/** Quirk: no SHM bridges on this chip even if the trusted world offers them. */
#define QPAS_PERIPHERAL_NO_BRIDGE (UINT64_C(1) << 5)
/** Quirk: shutdown is polled, the modem decrypts its memory first. */
#define QPAS_PERIPHERAL_DECRYPT_SHUTDOWN (UINT64_C(1) << 6)
/** The driver's default starts it at probe. */
#define QPAS_PERIPHERAL_AUTO_BOOT (UINT64_C(1) << 7)
/** A carveout overlaps another reserved region. Described all the same; a boot refuses it. */
#define QPAS_PERIPHERAL_CARVEOUT_OVERLAP (UINT64_C(1) << 8)
/** Quirk: PAS is OP-TEE's here, which wants MEM_SETUP for every image. */
#define QPAS_PERIPHERAL_MEM_SETUP_ALWAYS (UINT64_C(1) << 9)
/** Quirk: released boot firmware of this chip lacks GET_RSCTABLE in some versions. */
#define QPAS_PERIPHERAL_OLD_TZ (UINT64_C(1) << 10)

/**
 * What the EL2 path still lacks: `lacks` of struct qpas_peripheral. A peripheral that is not
 * started through PAS lacks at most its status. @since 0.1
 */
/**
 * No iommus property on the node of a remote processor or a camera. Video: see
 * QPAS_LACKS_FIRMWARE_STREAM; other kinds are started at EL2 without.
 */
#define QPAS_LACKS_IOMMUS (UINT64_C(1) << 0)
/** The node, or one of its parents, is disabled. */
#define QPAS_LACKS_STATUS (UINT64_C(1) << 1)
/** No stream id for the firmware of a video node: no video-firmware child with iommus. */
#define QPAS_LACKS_FIRMWARE_STREAM (UINT64_C(1) << 2)
/** No carveout with a fixed address for the image, or for its DTB image. */
#define QPAS_LACKS_CARVEOUT (UINT64_C(1) << 3)

/** A reserved region that images go to. @since 0.1 */
struct qpas_carveout {
	/** Node name of the region, without path. */
	const char *name;
	/** Physical address; 0 and `dynamic` set if the kernel chooses it. */
	uint64_t address;
	/** Bytes; 0 for a disabled region without size. */
	uint64_t size;
	/** 1 if the region has a size and no reg, or is disabled: it has no address here. */
	uint32_t dynamic;
	/** 0. */
	uint32_t reserved;
};

/** One entry of iommus. @since 0.1 */
struct qpas_stream {
	/** Full path of the IOMMU's node. */
	const char *iommu;
	/** Its cells, stream id first, then a mask if there are two. */
	uint32_t cells[4];
	/** Number of cells, 1 to 4. */
	uint32_t cell_count;
	/** 0. */
	uint32_t reserved;
};

/** A region that is lent to another VM while the peripheral runs. @since 0.1 */
struct qpas_assign {
	/** Index into the node's memory-region list; past its end where the tree is incomplete. */
	uint32_t region_index;
	/** VM id (include/dt-bindings/firmware/qcom,scm.h). */
	uint32_t vmid;
	/** 1 if the main operating system keeps its access. */
	uint32_t shared;
	/** 0. */
	uint32_t reserved;
};

/**
 * Device addresses that the trusted world protects for a video core, per-chip data of its driver.
 * Chips that give regions a number instead have it in `cp_start`. @since 0.1
 */
struct qpas_video_ranges {
	/** Start of the content-protected range. */
	uint32_t cp_start;
	/** Its bytes. */
	uint32_t cp_size;
	/** Start of the non-pixel range. */
	uint32_t nonpixel_start;
	/** Its bytes. */
	uint32_t nonpixel_size;
};

/**
 * One peripheral. All pointers belong to the platform. Arrays are in the order of the device tree:
 * the first firmware name and carveout are the image's, the second its DTB image's. @since 0.1
 */
struct qpas_peripheral {
	/** sizeof(struct qpas_peripheral) */
	uint32_t size;
	/** enum qpas_kind */
	uint32_t kind;
	/** QPAS_PERIPHERAL_* */
	uint64_t flags;
	/** QPAS_LACKS_* */
	uint64_t lacks;
	/** Name: "adsp", "cdsp0", "modem", "video", "gpu" … (docs/platform.md). */
	const char *name;
	/** Node that has the memory-region property. */
	const char *path;
	/** Its first compatible string, or that of its parent where it has none. */
	const char *compatible;
	/** Status, "okay" where the property is absent. */
	const char *status;
	/** PAS id, or QPAS_NO_PAS_ID. */
	uint32_t pas_id;
	/** PAS id of the DTB image, or QPAS_NO_PAS_ID. */
	uint32_t dtb_pas_id;
	/** Minidump id, 0 if none. */
	uint32_t minidump_id;
	/** SMEM item of the crash reason, 0 if none. */
	uint32_t crash_reason_item;
	/** Firmware names: the tree's, else the driver's defaults. */
	const char *const *firmware;
	/** Carveouts. */
	const struct qpas_carveout *carveouts;
	/** Streams of the firmware; for video and wifi those of the …-firmware child. */
	const struct qpas_stream *streams;
	/** PAS ids of lite processors that the boot loader may have left running. */
	const uint32_t *lite_pas_ids;
	/** Regions to assign. */
	const struct qpas_assign *assigns;
	/** Aliases: __symbols__ labels of the node, then the name of its device in sysfs. */
	const char *const *aliases;
	/** Ranges that are protected once a video core was started through PAS. */
	const struct qpas_video_ranges *video_ranges;
	/** Length of `firmware`. */
	uint32_t firmware_count;
	/** Length of `carveouts`. */
	uint32_t carveout_count;
	/** Length of `streams`. */
	uint32_t stream_count;
	/** Length of `lite_pas_ids`. */
	uint32_t lite_count;
	/** Length of `assigns`. */
	uint32_t assign_count;
	/** Length of `aliases`. */
	uint32_t alias_count;
	/** Length of `video_ranges`. */
	uint32_t video_range_count;
	/** 0. */
	uint32_t reserved;
};

/** Initialiser. @since 0.1 */
#define QPAS_PERIPHERAL_INIT                                                                     \
	{                                                                                        \
		(uint32_t)sizeof(struct qpas_peripheral), 0, 0, 0, NULL, NULL, NULL, NULL, 0, 0, \
			0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0   \
	}

/** A range of memory of the machine. @since 0.1 */
struct qpas_memory_range {
	/** Node name, for instance "memory@80000000" or "adsp@95900000". */
	const char *name;
	/** Physical address. */
	uint64_t address;
	/** Bytes; 0 where the boot loader fills it in. */
	uint64_t size;
	/** 1: system memory, 0: reserved region. */
	uint32_t is_memory;
	/** 1: the operating system must not map it. */
	uint32_t no_map;
};

/**
 * Reads a device tree from memory, with overlays applied in order. The bytes are copied.
 *
 * Overlays need the `__symbols__` of the base tree. A tree without any peripheral is read; looking
 * one up in it then fails.
 *
 * Ownership: *out is the caller's, given back with qpas_platform_unref(); NULL on failure.
 * Threads: any thread.
 * Errors: ARG, ABI, NOMEM, TRUNC, FORMAT, UNSUPP, LIMIT, RANGE, POLICY (a firmware name that leaves
 * its folder).
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int
qpas_platform_open_memory(struct qpas_slice dtb, const struct qpas_slice *overlays,
			  size_t overlay_count, const struct qpas_params *params,
			  struct qpas_platform **out, struct qpas_error *err);

/**
 * Reads a device tree file, with overlay files applied in order. `names` is an array of
 * `count` paths, the base tree first. The base may also be a folder that holds an unpacked tree, a
 * folder per node and a file per property, as /proc/device-tree does.
 *
 * Ownership: *out is the caller's, given back with qpas_platform_unref(); NULL on failure.
 * Threads: any thread.
 * Errors: as qpas_platform_open_memory(), and IO, NOTFOUND, POLICY.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_platform_open_file(const char *const *names, size_t count,
						      const struct qpas_params *params,
						      struct qpas_platform **out,
						      struct qpas_error *err);

/**
 * Reads the running system's tree: /proc/device-tree, else /sys/firmware/fdt.
 *
 * Ownership: *out is the caller's, given back with qpas_platform_unref(); NULL on failure.
 * Threads: any thread.
 * Errors: as qpas_platform_open_file(); NOTFOUND where the system has no device tree.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_platform_open_system(const struct qpas_params *params,
							struct qpas_platform **out,
							struct qpas_error *err);

/**
 * Takes one more reference and returns `platform`. NULL is allowed.
 *
 * Ownership: the caller owes one more qpas_platform_unref().
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT struct qpas_platform *qpas_platform_ref(struct qpas_platform *platform);

/**
 * Gives a reference back; the last one frees the platform. NULL is allowed.
 *
 * Ownership: the caller's reference is gone.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT void qpas_platform_unref(struct qpas_platform *platform);

/**
 * Number of peripherals; 0 for NULL.
 *
 * Ownership: none.
 * Threads: any thread; a platform is immutable.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT uint32_t qpas_platform_count(const struct qpas_platform *platform);

/**
 * Peripheral `index`, in the order of the device tree.
 *
 * Ownership: *peripheral is the caller's, what it points at the platform's.
 * Threads: any thread; a platform is immutable.
 * Errors: ARG, ABI, NOTFOUND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_platform_peripheral(const struct qpas_platform *platform,
						       uint32_t index,
						       struct qpas_peripheral *peripheral,
						       struct qpas_error *err);

/**
 * The peripheral of a node path, a name or an alias, looked up in this order.
 *
 * Ownership: *peripheral is the caller's, what it points at the platform's.
 * Threads: any thread; a platform is immutable.
 * Errors: ARG (also for a name that fits several; the text lists them), ABI, NOTFOUND.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_platform_find(const struct qpas_platform *platform,
						 const char *name,
						 struct qpas_peripheral *peripheral,
						 struct qpas_error *err);

/**
 * Memory range `index` of the machine: memory nodes, then reserved regions with an address.
 *
 * Ownership: *range is the caller's, its name the platform's.
 * Threads: any thread; a platform is immutable.
 * Errors: ARG, NOTFOUND past the end.
 * @since 0.1
 */
QPAS_EXPORT QPAS_MUST_USE int qpas_platform_memory(const struct qpas_platform *platform,
						   uint32_t index, struct qpas_memory_range *range,
						   struct qpas_error *err);

/**
 * Model of the root node, for instance "Qualcomm Technologies, Inc. Lemans Ride"; its first
 * compatible string where it has no model.
 *
 * Ownership: belongs to the platform; "" where the tree has none.
 * Threads: any thread; a platform is immutable.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_platform_model(const struct qpas_platform *platform);

/**
 * The name of a kind: "remoteproc", "video", "gpu", "camera", "ipa", "wifi"; "?" else.
 *
 * Ownership: static, never freed.
 * Threads: any thread, any time.
 * Errors: none.
 * @since 0.1
 */
QPAS_EXPORT const char *qpas_kind_name(uint32_t kind);

#ifdef __cplusplus
}
#endif

#endif
