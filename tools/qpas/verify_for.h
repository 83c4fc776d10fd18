/* SPDX-License-Identifier: BSD-3-Clause */
/* `qpas verify --for`: why others would refuse an image. */
#ifndef QPAS_TOOL_VERIFY_FOR_H
#define QPAS_TOOL_VERIFY_FOR_H

#include <stdbool.h>

#include <qpas/qpas.h>

#include "cli.h"
#include "json.h"

#define VERIFY_PROFILES 4u

/* Whose rules, and what is known of the device. */
struct verify_for {
	/* Profiles in the order in which they were asked for. */
	uint32_t profiles[VERIFY_PROFILES];
	uint32_t count;
	struct qpas_refusal_params params;
	/* --region with an address: 0 is one, too. */
	bool region_has_base;
	struct qpas_refusal_device device;
	struct qpas_peripheral peripheral;
	struct qpas_platform *platform;
};

/* The options of it. */
#define VERIFY_FOR_OPTIONS                                                                         \
	{"for", "PROFILES",                                                                        \
	 "why these would refuse it: tz, linux:6.1, linux:7.2, op-tee (with commas)"},             \
		{"rules", NULL, "list the rules of all profiles, or of those of --for"},           \
		{"peripheral", "NAME",                                                             \
		 "whom the image is for: a name (adsp, video, ...) or a PAS id"},                  \
		{"dtb", "DTB", "device tree with that peripheral: its PAS id and carveout"},       \
		{"overlay", "DTBO", "apply an overlay to it; may be repeated, in order"},          \
		{"dtb-image", NULL, "the image is the peripheral's DTB image"},                    \
		{"region", "[BASE+]SIZE", "the carveout, in bytes"},                               \
		{"soc", "N", "SoC version of the device, for instance 0xa009"},                    \
		{"hw-id", "N", "its JTAG id (HW_ID of old chips)"}, {"oem-id", "N", "its OEM_ID"}, \
		{"model-id", "N", "its MODEL_ID"}, {"serial", "N", "its serial number"},           \
		{"anti-rollback", "N", "the lowest version that its fuses allow"},                 \
	{                                                                                          \
		"secure-boot", "on|off", "whether its secure boot is on (default: as if it were)"  \
	}

/* Reads the options; exit code, after a message. Give back with verify_for_end() in each case. */
int verify_for_take(const struct cli_arguments *args, const struct qpas_slice *root,
		    struct verify_for *what);
void verify_for_end(struct verify_for *what);

/* What is judged, and where that is told. */
struct verify_subject {
	const char *file;
	/* NULL: the file is no image. */
	const struct qpas_image *image;
	/* NULL: none yet. */
	const struct qpas_auth_report *report;
	/* NULL: text for people. */
	struct json_object *object;
};

/* Judges an image, or the bytes of a file that is none, and tells; exit code. */
int verify_for_judge(const struct verify_for *what, const struct verify_subject *subject,
		     struct qpas_error *err);
/* Lists rules; of all profiles if none was asked for. */
void verify_for_rules(const struct verify_for *what, bool json);

#endif
