# SPDX-License-Identifier: BSD-3-Clause
# Resource tables through the tool: shown, made, compared. Sourced by test_tool.sh.
# shellcheck shell=bash

group_rsc() {
	t rsc_lists_entries 0 rsc table.rsc
	out 'devmem +da +0x1000 +pa +0x2000 +0x4000 bytes +rw +uart'
	t rsc_json_fits_its_schema 0 rsc --json table.rsc
	schema rsc
	json 'j[0]["kind"] == "devmem" and j[0]["flags"] == "0x3" and j[0]["offset"] == 20'
	t rsc_refuses_a_short_table 1 rsc short.rsc
	err 'offset 0x14'
	t rsc_of_two_files_is_usage 2 rsc table.rsc short.rsc
	group_rsc_make
	group_rsc_make_refusals
	group_rsc_diff
}

# One of each kind, a vendor's, and one that nobody knows.
describe_all() {
	cat >all.json <<'END'
[
	{"kind": "carveout", "name": "heap", "da": "0xffffffff", "pa": "0xffffffff", "size": "0x10000", "flags": 3},
	{"kind": "devmem", "name": "uart", "da": "0x1000", "pa": "0x2000", "size": 16384, "flags": "0x13"},
	{"kind": "trace", "name": "log", "da": "0x8000", "size": "0x400"},
	{"kind": "vdev", "vdev": {"id": 7, "notifyid": 1, "dfeatures": "0x5", "config_len": 8, "status": 0},
	 "vrings": [{"da": "0xffffffff", "align": "0x1000", "num": 256, "notifyid": 2, "pa": "0xffffffff"},
		{"da": "0x20000", "align": 16, "num": 64, "notifyid": 3}]},
	{"type": 200, "payload": "0102030405060708"},
	{"type": 100, "kind": "unknown"}
]
END
}

group_rsc_make() {
	describe_all
	t rsc_make_makes_entries_of_every_kind 0 rsc make all.json -o all.rsc
	quiet
	begin rsc_make_writes_what_the_layout_says
	/usr/bin/python3 - all.rsc <<'END' >"$box/out" 2>"$box/err" || wrong "the bytes are others"
import struct, sys
data = open(sys.argv[1], 'rb').read()
assert struct.unpack_from('<4I', data) == (1, 6, 0, 0)
at = struct.unpack_from('<6I', data, 16)
assert at[0] == 40
def name(text): return text.encode().ljust(32, b'\0')
assert data[at[0]:at[1]] == struct.pack('<6I', 0, 0xffffffff, 0xffffffff, 0x10000, 3, 0) + name('heap')
assert data[at[1]:at[2]] == struct.pack('<6I', 1, 0x1000, 0x2000, 0x4000, 0x13, 0) + name('uart')
assert data[at[2]:at[3]] == struct.pack('<4I', 2, 0x8000, 0x400, 0) + name('log')
assert data[at[3]:at[4]] == struct.pack('<6I4B', 3, 7, 1, 5, 0, 8, 0, 2, 0, 0) + \
    struct.pack('<5I', 0xffffffff, 0x1000, 256, 2, 0xffffffff) + \
    struct.pack('<5I', 0x20000, 16, 64, 3, 0) + bytes(8)
assert data[at[4]:at[5]] == struct.pack('<I', 200) + bytes(range(1, 9))
assert data[at[5]:] == struct.pack('<I', 100)
END
	t rsc_shows_entries_of_every_kind 0 rsc all.rsc
	out 'vdev +virtio device 7, notify id 1, features 0x5, 2 vrings, 8 bytes of configuration'
	out 'vring 1: da 0x20000, 64 buffers, aligned to 0x10, notify id 3'
	out 'vendor +type 200, 8 bytes'
	out 'unknown +type 100, 0 bytes'
	t rsc_json_of_every_kind_fits_its_schema 0 rsc --json all.rsc
	schema rsc
	json 'j[3]["vdev"]["dfeatures"] == "0x5" and j[3]["vrings"][0]["pa"] == "0xffffffff"'
	json 'j[4]["payload"] == "0102030405060708" and j[0]["payload"] is None and j[0]["vdev"] is None'
	cp "$box/out" again.json
	t rsc_make_reads_what_json_prints 0 rsc make again.json -o again.rsc
	ok cmp -s all.rsc again.rsc
	t rsc_make_json_prints_the_table 0 rsc make --json again.json -o again.rsc
	schema rsc
	json 'len(j) == 6'
	echo '[]' >none.json
	t rsc_make_makes_an_empty_table 0 rsc make none.json -o none.rsc
	ok [ "$(stat -c %s none.rsc)" -eq 16 ]
	failing QPAS_PWRITE_FAILS 1 rsc_make_onto_a_full_disk rsc make none.json -o all.rsc
	ok cmp -s all.rsc again.rsc
}

# Each description is refused with a word of why, and leaves no file.
group_rsc_make_refusals() {
	local text why number=0
	while IFS='|' read -r text why; do
		printf '%s\n' "$text" >bad.json
		t "rsc_make_refuses_description_$((++number))" 1 rsc make --json bad.json -o bad.rsc
		err "$why"
		json 'j == []'
		ok [ ! -e bad.rsc ]
	done <<'END'
[{"kind": "devmem", "flag": 1}]|"flag" is not known
[{"kind": "devmem"}]|0 bytes
[{"kind": "devmem", "da": "0x1001", "pa": 0, "size": 4096}]|QPAS_ERR_FORMAT
[{"kind": "devmem", "size": 4096}, {"kind": "devmem", "size": 4096}]|QPAS_ERR_OVERLAP
{}|is no list
[1]|is no object
[|unexpected end
[] x|unexpected character
[{}]|"kind" has to be
[{"kind": "ring"}]|"kind" has to be
[{"kind": 1}]|"kind" is no text
[{"kind": "devmem", "type": 3}]|not that of "type"
[{"type": 200, "payload": "1"}]|pairs of the digits
[{"type": 200, "payload": "0G"}]|pairs of the digits
[{"type": 200, "payload": 12}]|"payload" is no text
[{"kind": "devmem", "da": -1}]|"da" is no number
[{"kind": "devmem", "da": 1.5}]|"da" is no number
[{"kind": "devmem", "da": "0x100000000"}]|"da" does not fit 32 bits
[{"kind": "devmem", "da": 4294967296}]|"da" does not fit 32 bits
[{"kind": "trace", "name": "123456789012345678901234567890123"}]|more than 32 bytes
[{"kind": "trace", "name": 5}]|"name" is no text
[{"kind": "vdev", "vrings": [1]}]|"vrings" has something else
[{"kind": "vdev", "vrings": {}}]|"vrings" is no list
[{"kind": "vdev", "vrings": [{}, {}, {}]}]|"vrings" is no list
[{"kind": "vdev", "vrings": [{"ad": 1}]}]|"ad" is not known
[{"kind": "vdev", "vdev": 1}]|"vdev" is no object
[{"kind": "vdev", "vdev": {"od": 1}}]|"od" is not known
[[[[[[[[[[]]]]]]]]]]|nesting too deep
END
	t rsc_make_of_a_missing_file_is_3 3 rsc make nothing.json -o bad.rsc
	t rsc_make_without_output_is_usage 2 rsc make all.json
	t rsc_make_over_its_description_is_usage 2 rsc make all.json -o ./all.json
	t rsc_make_of_two_is_usage 2 rsc make all.json none.json -o bad.rsc
}

group_rsc_diff() {
	t rsc_diff_of_a_table_with_itself_is_nothing 0 rsc diff all.rsc again.rsc
	ok [ ! -s "$box/out" ]
	/usr/bin/python3 - <<'END'
import json
j = json.load(open('again.json'))
json.dump(j[::-1], open('turned.json', 'w'))
j[1]['flags'] = '0x1'
json.dump(j[:2] + j[3:] + [{'type': 300, 'payload': 'aa'}], open('other.json', 'w'))
json.dump([j[4], j[4]], open('twice.json', 'w'))
json.dump([j[4]], open('once.json', 'w'))
END
	for name_of in turned other twice once; do
		t "rsc_make_$name_of" 0 rsc make $name_of.json -o $name_of.rsc
	done
	t rsc_diff_does_not_mind_the_order 0 rsc diff all.rsc turned.rsc
	t rsc_diff_shows_what_differs 1 rsc diff all.rsc other.rsc
	out '^ +- +devmem .* rwm +uart$'
	out '^ +- +trace .* log$'
	out '^ +\+ +devmem .* r +uart$'
	out '^ +\+ +vendor +type 300, 4 bytes$'
	no_out 'heap|vring'
	t rsc_diff_json_fits_its_schema 1 rsc diff --json all.rsc other.rsc
	schema rsc-diff
	json '[c["change"] for c in j] == ["removed", "removed", "added", "added"]'
	json 'j[0]["entry"]["flags"] == "0x13" and j[3]["entry"]["payload"] == "aa000000"'
	t rsc_diff_counts_entries 1 rsc diff --json twice.rsc once.rsc
	json 'len(j) == 1 and j[0]["change"] == "removed"'
	t rsc_diff_of_a_bad_table_is_1 1 rsc diff table.rsc short.rsc
	err 'short.rsc'
	t rsc_diff_of_a_missing_table_is_3 3 rsc diff nothing.rsc table.rsc
	t rsc_diff_of_one_is_usage 2 rsc diff table.rsc
}
