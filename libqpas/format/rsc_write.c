/* SPDX-License-Identifier: BSD-3-Clause */
/* Resource tables: entries and header to bytes. Places of fields are those of docs/pas.md. */
#include "base/cursor.h"
#include "base/mem.h"
#include "format/rsc_entry.h"

#define VERSION	    1u
#define VRING_BYTES 20u
#define AT_VRINGS   28u

/* Without a NUL in the 33 bytes the name is longer than the field of 32. */
static uint32_t name_length(const struct qpas_rsc_entry *entry)
{
	uint32_t length = 0;

	while (length < sizeof(entry->name) && entry->name[length])
		length++;
	return length;
}

int qpasi_rsc_entry_size(const struct qpas_rsc_entry *entry, uint32_t *bytes,
			 struct qpasi_fault *fault)
{
	uint64_t padded;
	int rc;

	if (!qpasi_rsc_type_known(entry->type))
		return qpasi_fault_set(fault, QPASI_MSG_RSC_BUILD_TYPE, QPAS_NO_SEGMENT,
				       entry->type, 0);
	rc = qpasi_rsc_entry_check(entry, QPAS_NO_SEGMENT, fault);
	if (rc)
		return rc;
	if (name_length(entry) > QPASI_RSC_NAME_BYTES)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_NAME, QPAS_NO_SEGMENT, 0, 0);
	/* Padding keeps the next entry's offset a multiple of 4. */
	padded = (qpasi_rsc_needed_bytes(entry) + 3) & ~UINT64_C(3);
	if (padded > QPASI_RSC_MAX_BYTES)
		return qpasi_fault_set(fault, QPASI_MSG_RSC_BYTES_LIMIT, QPAS_NO_SEGMENT, padded,
				       QPASI_RSC_MAX_BYTES);
	*bytes = (uint32_t)padded;
	return 0;
}

static void write_region(const struct qpas_rsc_entry *entry, uint8_t *to)
{
	qpasi_put_le32(to + 4, entry->da);
	qpasi_put_le32(to + 8, entry->pa);
	qpasi_put_le32(to + 12, entry->len);
	qpasi_put_le32(to + 16, entry->flags);
	memcpy(to + 24, entry->name, name_length(entry));
}

static void write_trace(const struct qpas_rsc_entry *entry, uint8_t *to)
{
	qpasi_put_le32(to + 4, entry->da);
	qpasi_put_le32(to + 8, entry->len);
	memcpy(to + 16, entry->name, name_length(entry));
}

static void write_vring(const struct qpas_rsc_vring *vring, uint8_t *to)
{
	qpasi_put_le32(to, vring->da);
	qpasi_put_le32(to + 4, vring->align);
	qpasi_put_le32(to + 8, vring->num);
	qpasi_put_le32(to + 12, vring->notifyid);
	qpasi_put_le32(to + 16, vring->pa);
}

static void write_vdev(const struct qpas_rsc_entry *entry, uint8_t *to)
{
	qpasi_put_le32(to + 4, entry->vdev_id);
	qpasi_put_le32(to + 8, entry->vdev_notifyid);
	qpasi_put_le32(to + 12, entry->vdev_dfeatures);
	qpasi_put_le32(to + 16, entry->vdev_gfeatures);
	qpasi_put_le32(to + 20, entry->vdev_config_len);
	to[24] = (uint8_t)entry->vdev_status;
	to[25] = (uint8_t)entry->vrings;
	for (uint32_t i = 0; i < entry->vrings; i++)
		write_vring(&entry->vring[i], to + AT_VRINGS + (size_t)i * VRING_BYTES);
}

/* Reserved words, the rest of a name and a configuration space are left zero. */
void qpasi_rsc_entry_write(const struct qpas_rsc_entry *entry, uint8_t *to)
{
	memset(to, 0, (size_t)(qpasi_rsc_needed_bytes(entry) + 3) & ~(size_t)3);
	qpasi_put_le32(to, entry->type);
	if (entry->type == QPAS_RSC_TRACE)
		write_trace(entry, to);
	else if (entry->type == QPAS_RSC_VDEV)
		write_vdev(entry, to);
	else
		write_region(entry, to);
}

void qpasi_rsc_header_write(uint8_t *to, uint32_t count, const uint32_t *sizes)
{
	uint32_t offset = QPASI_RSC_HEADER_BYTES + 4 * count;

	memset(to, 0, QPASI_RSC_HEADER_BYTES);
	qpasi_put_le32(to, VERSION);
	qpasi_put_le32(to + 4, count);
	for (uint32_t i = 0; i < count; i++) {
		qpasi_put_le32(to + QPASI_RSC_HEADER_BYTES + (size_t)i * 4, offset);
		offset += sizes[i];
	}
}
