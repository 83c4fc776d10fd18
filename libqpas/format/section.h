/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ELF sections by name. Firmware mostly has none, fields that say nonsense occur in real images, and
 * no digest covers a section header: nobody but who looks for a named section reads them.
 */
#ifndef QPASI_FORMAT_SECTION_H
#define QPASI_FORMAT_SECTION_H

#include "format/elf.h"

/*
 * Where the data of the first section of this name stand, as the file says; the caller judges that.
 * NOTFOUND without such a section that has data, and where the section headers make no sense.
 */
int qpasi_elf_section(const struct qpasi_elf *elf, struct qpas_slice file, const char *name,
		      uint64_t *offset, uint64_t *size);

#endif
