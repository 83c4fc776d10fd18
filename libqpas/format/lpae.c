/* SPDX-License-Identifier: BSD-3-Clause */
/* The walk of stage 1 tables, as hardware does it. */
#include "format/lpae.h"

#include <stddef.h>

#include "format/lpae_descriptor.h"

#define PAGE_BITS  12u
#define INDEX_BITS 9u
#define INDEX_MASK (QPASI_LPAE_ENTRIES - 1)

/* D8.2: as many levels as it takes to resolve the input, 9 bits each. */
uint32_t qpasi_lpae_first_level(uint32_t input_bits)
{
	uint32_t levels = (input_bits - PAGE_BITS + INDEX_BITS - 1) / INDEX_BITS;

	return QPASI_LPAE_LEVELS - levels;
}

static uint32_t shift_of(uint32_t level)
{
	return PAGE_BITS + INDEX_BITS * (LAST_LEVEL - level);
}

uint64_t qpasi_lpae_span(uint32_t level)
{
	return UINT64_C(1) << shift_of(level);
}

/* Reserved encodings translate nothing: a block at level 0, and anything but a page at level 3. */
static bool is_valid(uint64_t descriptor, uint32_t level)
{
	if (!(descriptor & VALID))
		return false;
	return (descriptor & TABLE) || level == 1 || level == BLOCK_LEVEL;
}

/* Bits above 47 hold no address with this granule (D8.3), so they are not looked at. */
static bool is_too_high(const struct qpasi_lpae *lpae, uint64_t address)
{
	return (address & ADDRESS) >> lpae->output_bits != 0;
}

void qpasi_lpae_descend(const struct qpasi_lpae *lpae, qpasi_lpae_read *read, void *user,
			uint64_t iova, struct qpasi_lpae_path *path)
{
	static const struct qpasi_lpae_path none;
	uint64_t table = lpae->root & ADDRESS;
	uint32_t level = qpasi_lpae_first_level(lpae->input_bits);

	*path = none;
	path->level = level;
	path->fault = QPASI_LPAE_TRANSLATION;
	if (iova >> lpae->input_bits)
		return;
	path->fault = QPASI_LPAE_ADDRESS_SIZE;
	if (is_too_high(lpae, table))
		return;
	/* Each round is a level of its own, so a table that points to itself ends the descent, too. */
	for (;; level++) {
		uint64_t index = iova >> shift_of(level) & INDEX_MASK;

		path->level = level;
		path->at[level] = table + index * sizeof(uint64_t);
		path->fault = QPASI_LPAE_ABORT;
		if (read(user, path->at[level], &path->descriptor))
			return;
		path->fault = QPASI_LPAE_TRANSLATION;
		if (!is_valid(path->descriptor, level))
			return;
		path->fault = QPASI_LPAE_ADDRESS_SIZE;
		if (is_too_high(lpae, path->descriptor))
			return;
		path->fault = QPASI_LPAE_FINE;
		if (level == LAST_LEVEL || !(path->descriptor & TABLE))
			return;
		path->inherited |= path->descriptor;
		table = path->descriptor & ADDRESS;
	}
}

static bool is_writable(const struct qpasi_lpae_path *path)
{
	return !(path->descriptor & AP_READ_ONLY) && !(path->inherited & TABLE_READ_ONLY);
}

/* D8.4, EL1&0: what unprivileged software can write is never executed by privileged software. */
static bool may_execute(const struct qpasi_lpae_path *path, bool privileged, bool user)
{
	if (privileged)
		return !(path->descriptor & PXN) && !(path->inherited & TABLE_PXN) &&
		       !(user && is_writable(path));
	return !(path->descriptor & UXN) && !(path->inherited & TABLE_UXN);
}

static bool may_two(const struct qpasi_lpae_path *path, const struct qpasi_lpae_access *access)
{
	bool user = (path->descriptor & AP_USER) && !(path->inherited & TABLE_NO_USER);

	if (access->kind == QPASI_LPAE_EXECUTE)
		return may_execute(path, access->privileged, user);
	if (!access->privileged && !user)
		return false;
	return access->kind == QPASI_LPAE_READ || is_writable(path);
}

/* The same for a regime with one privilege, whose XN is UXN's bit. */
static bool may_one(const struct qpasi_lpae_path *path, const struct qpasi_lpae_access *access)
{
	if (access->kind == QPASI_LPAE_EXECUTE)
		return may_execute(path, false, false);
	return access->kind == QPASI_LPAE_READ || is_writable(path);
}

void qpasi_lpae_walk(const struct qpasi_lpae *lpae, qpasi_lpae_read *read, void *user,
		     const struct qpasi_lpae_access *access, struct qpasi_lpae_walk *walk)
{
	static const struct qpasi_lpae_walk none;
	struct qpasi_lpae_path path;
	uint64_t within;
	bool may;

	qpasi_lpae_descend(lpae, read, user, access->iova, &path);
	*walk = none;
	walk->fault = path.fault;
	walk->level = path.level;
	walk->descriptor = path.descriptor;
	walk->at = path.at[path.level];
	if (path.fault != QPASI_LPAE_FINE)
		return;
	/* Nobody here sets the flag for software that leaves it out. */
	if (!(path.descriptor & ACCESSED)) {
		walk->fault = QPASI_LPAE_ACCESS_FLAG;
		return;
	}
	may = lpae->regime == QPASI_LPAE_EL2 ? may_one(&path, access) : may_two(&path, access);
	if (!may) {
		walk->fault = QPASI_LPAE_PERMISSION;
		return;
	}
	within = access->iova & (qpasi_lpae_span(path.level) - 1);
	walk->span = qpasi_lpae_span(path.level) - within;
	walk->address = (path.descriptor & ADDRESS & ~(qpasi_lpae_span(path.level) - 1)) + within;
}

const char *qpasi_lpae_fault_name(uint32_t fault)
{
	static const char *const names[] = {
		[QPASI_LPAE_FINE] = "no fault",
		[QPASI_LPAE_ABORT] = "external abort on a table walk",
		[QPASI_LPAE_TRANSLATION] = "translation fault",
		[QPASI_LPAE_ADDRESS_SIZE] = "address size fault",
		[QPASI_LPAE_ACCESS_FLAG] = "access flag fault",
		[QPASI_LPAE_PERMISSION] = "permission fault",
	};

	return fault < sizeof(names) / sizeof(names[0]) ? names[fault] : "unknown fault";
}
