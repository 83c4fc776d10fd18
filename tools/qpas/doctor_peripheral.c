/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas doctor: what the device tree and the firmware folders say about one peripheral. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "peripheral.h"
#include "source.h"

/* What one peripheral cannot be is a failure only if that one is asked about. */
static enum doctor_result if_asked(const struct doctor *doctor)
{
	return doctor->name ? DOCTOR_FAIL : DOCTOR_WARN;
}

static void check_node(struct doctor *doctor, const struct qpas_peripheral *peripheral)
{
	if (peripheral->flags & QPAS_PERIPHERAL_ENABLED)
		doctor_tell(doctor, DOCTOR_OK, "node", NULL, "%s: %s is enabled", peripheral->name,
			    peripheral->path);
	else
		doctor_tell(
			doctor, DOCTOR_FAIL, "node",
			"Set status = \"okay\" (often an overlay does), or boot it with --force",
			"%s: %s has status \"%s\": no driver takes it", peripheral->name,
			peripheral->path, peripheral->status);
}

static void check_pas(struct doctor *doctor, const struct qpas_peripheral *peripheral)
{
	if (peripheral->flags & QPAS_PERIPHERAL_PAS)
		doctor_tell(doctor, DOCTOR_OK, "pas-id", NULL, "%s: PAS id %" PRIu32,
			    peripheral->name, peripheral->pas_id);
	else
		doctor_tell(doctor, if_asked(doctor), "pas-id",
			    "Leave it to its own kernel driver: libqpas cannot start it",
			    "%s is not started through PAS", peripheral->name);
}

/* A dynamic carveout has no address before the kernel runs: user space cannot use it. */
static void check_carveout(struct doctor *doctor, const struct qpas_peripheral *peripheral)
{
	char text[PERIPHERAL_CELL];

	peripheral_carveout(peripheral, 0, text, sizeof(text));
	if (!peripheral->carveout_count)
		doctor_tell(doctor, DOCTOR_FAIL, "carveout",
			    "Add a reserved region and memory-region to the node",
			    "%s has no carveout: there is nowhere to load it", peripheral->name);
	else if (peripheral->carveouts[0].dynamic)
		doctor_tell(doctor, DOCTOR_WARN, "carveout",
			    "Give the region a fixed address to use it from outside the kernel",
			    "%s: the kernel chooses where its carveout is (%s)", peripheral->name,
			    text);
	else
		doctor_tell(doctor, DOCTOR_OK, "carveout", NULL, "%s: %s", peripheral->name, text);
}

/* Status and carveout have checks of their own; the rest of what lacks matters at EL2 only. */
static void check_el2(struct doctor *doctor, const struct qpas_peripheral *peripheral)
{
	const struct peripheral_word *word;
	char text[PERIPHERAL_CELL];
	bool lacks = false;

	for (word = peripheral_lacks(); word->flag; word++) {
		if (!(peripheral->lacks & word->flag) || word->flag == QPAS_LACKS_STATUS ||
		    word->flag == QPAS_LACKS_CARVEOUT)
			continue;
		lacks = true;
		doctor_tell(doctor, DOCTOR_WARN, "el2",
			    "Needed only where Linux itself runs at EL2", "%s: %s",
			    peripheral->name, word->text);
	}
	if (lacks)
		return;
	peripheral_stream(peripheral, 0, text, sizeof(text));
	doctor_tell(doctor, DOCTOR_OK, "el2", NULL, "%s: ready for a host at EL2, stream %s",
		    peripheral->name, text);
}

/* Whether the image goes into the carveout; only fixed carveouts have an end. */
static bool fits(const struct qpas_peripheral *peripheral, uint32_t index,
		 const struct qpas_image_info *info)
{
	return index >= peripheral->carveout_count ||
	       info->load_size <= peripheral->carveouts[index].size;
}

/* The same questions that a boot would put to the image, without starting it. */
static void judge_image(struct doctor *doctor, const struct qpas_peripheral *peripheral,
			uint32_t index, const struct qpas_image *image)
{
	struct qpas_auth_summary summary = QPAS_AUTH_SUMMARY_INIT;
	struct qpas_image_info info = QPAS_IMAGE_INFO_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_auth_report *report = NULL;
	const char *name = peripheral->firmware[index];

	if (qpas_image_describe(image, &info, &err) ||
	    qpas_auth_verify(image, NULL, &report, &err) ||
	    qpas_auth_report_describe(report, &summary, &err))
		doctor_tell(doctor, DOCTOR_FAIL, "firmware", NULL, "%s: %s", name,
			    qpas_error_text(&err));
	else if (info.load_code)
		doctor_tell(doctor, DOCTOR_FAIL, "firmware", "Install another image", "%s: %s",
			    name, qpas_message_text(info.load_message));
	else if (!fits(peripheral, index, &info))
		doctor_tell(doctor, DOCTOR_FAIL, "firmware", "It is the image of another board",
			    "%s takes %#" PRIx64 " bytes, more than the carveout has", name,
			    info.load_size);
	else if (summary.verdict != QPAS_AUTH_VALID)
		doctor_tell(doctor,
			    summary.verdict == QPAS_AUTH_UNSIGNED ? DOCTOR_WARN : DOCTOR_FAIL,
			    "firmware", "See qpas verify; install the package again",
			    "%s is there, and %s", name, qpas_auth_verdict_name(summary.verdict));
	else
		doctor_tell(doctor, DOCTOR_OK, "firmware", NULL,
			    "%s is there: %" PRIu32 " of %" PRIu32 " digests match", name,
			    summary.digests_matched, summary.digests_checked);
	qpas_auth_report_free(report);
}

/* The kernel's list of folders, below the root that is looked at. */
static char *folders(const struct doctor *doctor)
{
	char *path = NULL;

	if (doctor->firmware_path)
		return strdup(doctor->firmware_path);
	if (asprintf(&path, "%s/lib/firmware/updates:%s/lib/firmware", doctor->root, doctor->root) <
	    0)
		return NULL;
	return path;
}

static void check_firmware(struct doctor *doctor, const struct qpas_peripheral *peripheral,
			   uint32_t index)
{
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_image *image = NULL;
	char *path = folders(doctor);

	if (!path || source_firmware(peripheral->firmware[index], path, NULL, &image, &err))
		doctor_tell(doctor, DOCTOR_FAIL, "firmware",
			    "Install the board's firmware package, or name its folder with "
			    "--firmware-path",
			    "%s: %s", peripheral->firmware[index], qpas_error_text(&err));
	else
		judge_image(doctor, peripheral, index, image);
	qpas_image_unref(image);
	free(path);
}

/* What PAS does not start is told and left alone. */
void doctor_check_peripheral(struct doctor *doctor, const struct qpas_peripheral *peripheral)
{
	uint32_t i;

	check_node(doctor, peripheral);
	check_pas(doctor, peripheral);
	if (!(peripheral->flags & QPAS_PERIPHERAL_PAS))
		return;
	check_carveout(doctor, peripheral);
	check_el2(doctor, peripheral);
	for (i = 0; i < peripheral->firmware_count; i++)
		check_firmware(doctor, peripheral, i);
	if (!peripheral->firmware_count)
		doctor_tell(doctor, DOCTOR_WARN, "firmware", "Give qpas boot the image yourself",
			    "%s: the tree names no firmware, and no default is known",
			    peripheral->name);
	if (!doctor->offline)
		doctor_check_driver(doctor, peripheral);
}
