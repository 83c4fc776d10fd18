/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arm ARM, figures "VMSAv8-64 table, block and page descriptor formats" for the 4 KiB granule, and
 * "stage 1 attribute fields".
 */
#include "support/table_reader.h"

static unsigned int field(uint64_t value, unsigned int high, unsigned int low)
{
	unsigned int got = 0;

	for (unsigned int bit = high + 1; bit-- > low;)
		got = got * 2 + (unsigned int)(value >> bit & 1);
	return got;
}

static uint64_t word_of(const uint8_t bytes[8])
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value * 256 + bytes[i];
	return value;
}

/* Bits 47 to 12. */
static uint64_t address_of(uint64_t descriptor)
{
	return (descriptor << 16 >> 28) * 4096;
}

static void tell_leaf(struct table_reader *reader, uint64_t descriptor, uint64_t input, int level)
{
	static const uint64_t sizes[4] = {0, 1073741824, 2097152, 4096};
	struct table_leaf leaf;

	leaf.input = input;
	leaf.output = address_of(descriptor);
	leaf.bytes = sizes[level];
	leaf.level = (uint8_t)level;
	leaf.attribute_index = (uint8_t)field(descriptor, 4, 2);
	leaf.access_permissions = (uint8_t)field(descriptor, 7, 6);
	leaf.shareability = (uint8_t)field(descriptor, 9, 8);
	leaf.accessed = field(descriptor, 10, 10);
	leaf.not_global = field(descriptor, 11, 11);
	leaf.privileged_never_executes = field(descriptor, 53, 53);
	leaf.unprivileged_never_executes = field(descriptor, 54, 54);
	/* Output bits below the size are RES0; so are 50 to 48, and nobody here asks for the rest. */
	reader->odd += leaf.output % leaf.bytes != 0 || field(descriptor, 52, 48) ||
		       field(descriptor, 63, 55) || field(descriptor, 5, 5);
	reader->leaf(reader->user, &leaf);
}

static bool read_at(struct table_reader *reader, uint64_t table, uint64_t input, int level)
{
	static const uint64_t covers[4] = {549755813888, 1073741824, 2097152, 4096};
	uint32_t valid = 0;

	reader->tables++;
	for (unsigned int i = 0; i < 512; i++) {
		uint64_t descriptor, here = input + i * covers[level];
		uint8_t bytes[8];
		unsigned int type;

		if (!reader->fetch(reader->user, table + i * 8ull, bytes))
			return false;
		descriptor = word_of(bytes);
		type = field(descriptor, 1, 0);
		valid += type % 2;
		if (type == 3 && level < 3) {
			reader->odd += field(descriptor, 11, 2) || field(descriptor, 63, 48);
			if (!read_at(reader, address_of(descriptor), here, level + 1))
				return false;
		} else if ((type == 3 && level == 3) || (type == 1 && (level == 1 || level == 2))) {
			tell_leaf(reader, descriptor, here, level);
		} else if (descriptor) {
			reader->odd++;
		}
	}
	reader->empty_tables += valid == 0;
	return true;
}

bool table_read(struct table_reader *reader, uint64_t root, unsigned int input_bits)
{
	int level = input_bits > 39 ? 0 : input_bits > 30 ? 1 : 2;
	bool good;

	reader->tables = 0;
	reader->empty_tables = 0;
	reader->odd = 0;
	good = read_at(reader, root, 0, level);
	/* The first one may be empty. */
	if (good && reader->tables == 1)
		reader->empty_tables = 0;
	return good;
}
