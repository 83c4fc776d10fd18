/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device tree does not say about a peripheral, by compatible string: facts of Linux 7.2's
 * drivers, as data.
 */
#ifndef QPASI_PLATFORM_SOC_TABLE_H
#define QPASI_PLATFORM_SOC_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <qpas/platform.h>

/* Who starts the peripheral: decides what iommus, ready signal and child nodes mean. */
enum qpasi_soc_driver {
	/* drivers/remoteproc/qcom_q6v5_pas.c */
	QPASI_SOC_PAS = 1,
	/* drivers/remoteproc/qcom_wcnss.c */
	QPASI_SOC_WCNSS = 2,
	/* drivers/media/platform/qcom/venus and iris */
	QPASI_SOC_VIDEO = 3,
	/* drivers/gpu/drm/msm/adreno */
	QPASI_SOC_GPU = 4,
	/* A remote processor whose driver makes no PAS call. */
	QPASI_SOC_OTHER = 5
};

struct qpasi_soc_row {
	const char *compatible;
	uint8_t driver;
	uint8_t auto_boot;
	uint8_t decrypt_shutdown;
	uint8_t lite_count;
	uint32_t pas_id;
	/* 0: none. No DTB image has id 0. */
	uint32_t dtb_pas_id;
	uint32_t lite_pas_ids[2];
	uint32_t minidump_id;
	uint32_t crash_reason_item;
	const char *firmware;
	const char *dtb_firmware;
	/* The row holds only on chips with this root compatible. */
	const char *machine;
	/* Regions first … first + count - 1 of memory-region are lent to `vmid`. */
	uint8_t assign_first;
	uint8_t assign_count;
	uint8_t assign_shared;
	uint32_t assign_vmid;
	/* Ranges of a video core, NULL: its driver protects none. */
	const struct qpas_video_ranges *ranges;
};

/* PAS ids that drivers, not rows, have. */
#define QPASI_SOC_ID_VIDEO  9u
#define QPASI_SOC_ID_GPU    13u
#define QPASI_SOC_ID_IPA    15u
#define QPASI_SOC_ID_CAMERA 33u

/* `machine` in these is the root's compatible property as it stands in the tree. */
bool qpasi_soc_is_machine(struct qpas_slice machine, const char *wanted);
/* SHM bridges break something else on this chip. */
bool qpasi_soc_has_no_bridge(struct qpas_slice machine);
/* Released boot firmware of this chip lacks GET_RSCTABLE in some versions. */
bool qpasi_soc_has_old_tz(struct qpas_slice machine);
/* NULL where no row is for this string. */
const struct qpasi_soc_row *qpasi_soc_find(const char *compatible, struct qpas_slice machine);

/* Row `index`, NULL past the end. */
const struct qpasi_soc_row *qpasi_soc_row(uint32_t index);

#endif
