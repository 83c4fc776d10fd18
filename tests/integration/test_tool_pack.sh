# SPDX-License-Identifier: BSD-3-Clause
# Split images as one file and back, and compressed images, through the tool. Sourced by test_tool.sh.
# shellcheck shell=bash

# same_set FROM TO: every file of one set stands in the other with the same contents
same_set() {
	local file
	for file in "$1".mdt "$1".b[0-9][0-9]; do
		cmp "$file" "$2${file#"$1"}" || return 1
	done
}

no_leftovers() { [ -z "$(find . -name '.qpas-*')" ]; }
nothing_like() { ! compgen -G "$1"; }

group_pack() {
	t squash_makes_the_file_that_was_split 0 squash split.mdt -o squashed.mbn
	out '^squashed.mbn: 18432 bytes$'
	quiet
	ok cmp squashed.mbn good.mbn
	t split_makes_headers_parts_and_mdt 0 split good.mbn -o parts.mdt
	out '^parts.mdt: 4084 bytes, and 4 parts$'
	ok same_set split parts
	ok cmp parts.mdt <(cat parts.b00 parts.b01)
	t squash_gives_the_original_back 0 squash --output=again.mbn parts.mdt
	ok cmp again.mbn good.mbn
	t squash_json_fits_its_schema 0 squash --json parts.mdt -o again.mbn
	schema squash
	json 'j[0]["output"] == {"path": "again.mbn", "size": "0x4800"} and j[0]["dropped"] is False'
	t split_json_fits_its_schema 0 split --json good.mbn -o named.mdt
	schema split
	json '[p["segment"] for p in j[0]["parts"]] == [0, 1, 2, 3] and j[0]["error"] is None'
	json 'j[0]["parts"][2] == {"segment": 2, "path": "named.b02", "size": "0x1234"}'
	t a_whole_mdt_is_copied 0 squash fixed.mbn -o copy.mbn
	ok cmp copy.mbn fixed.mbn
	group_pack_refusals
	group_pack_disk
	group_compressed
}

group_pack_refusals() {
	t squash_of_a_missing_part_names_it 1 squash incomplete.mdt -o none.mbn
	err 'incomplete.b03 is missing'
	for size in 2047 2049; do
		cp split.mdt bad.mdt && cp split.b02 bad.b02
		head -c "$size" <(cat split.b03 split.b03) >bad.b03
		t "squash_of_a_part_of_${size}_bytes" 1 squash --json bad.mdt -o none.mbn
		schema squash
		err "bad.b03 has $size bytes, the header says 2048"
		json 'j[0]["output"] is None and j[0]["error"]["segment"] == 3'
	done
	ok nothing_like 'none.*'
	{ cat good.mbn && printf x; } >tail.mbn
	t split_refuses_bytes_behind_the_last_segment 1 split --json tail.mbn -o none.mdt
	err '1 bytes that are not zero, the first at 0x4800, lie in no segment and would be lost'
	schema split
	json 'j[0]["output"] is None and j[0]["parts"] == [] and j[0]["error"]["message_id"] == 426'
	ok nothing_like 'none.*'
	t split_drops_them_when_asked 0 split --json tail.mbn -o dropped.mdt --drop-uncovered
	schema split
	json 'j[0]["dropped"] is True'
	ok same_set split dropped
	{ cat good.mbn && printf '\0'; } >zero.mbn
	t split_refuses_zeros_behind_the_last_segment 1 split zero.mbn -o none.mdt
	t split_refuses_images_without_a_placeholder 1 split bare.elf -o none.mdt
	err 'has no split form'
	t split_of_something_else_is_1 1 split text.mbn -o none.mdt
	t split_of_a_missing_file_is_3 3 split none.mbn -o none.mdt
	t split_never_writes_over_another_set 2 split fixed.mbn -o parts.mdt
	err 'parts.b00 exists. Give another name, or --force'
	ok same_set split parts
	t split_force_replaces_the_set 0 split fixed.mbn -o parts.mdt --force
	t the_new_set_is_whole 0 squash parts.mdt -o again.mbn
	ok cmp again.mbn fixed.mbn
	t split_needs_a_name_in_mdt 2 split good.mbn -o parts.mbn
	err 'does not end in .mdt'
	t split_needs_an_output 2 split good.mbn
	t squash_needs_an_output 2 squash split.mdt
	t o_needs_a_value 2 squash split.mdt -o
	t squash_never_replaces_the_image 2 squash split.mdt -o ./split.mdt
	t split_never_replaces_the_image 2 split split.mdt -o ./split.mdt --force
	t squash_takes_no_name_of_a_part 2 squash split.mdt -o split.b02
	t squash_refuses_devices 2 squash split.mdt -o /dev/null
	begin the_input_is_untouched
	ok cmp split.mdt named.mdt
	ok no_leftovers
}

# failing VARIABLE CALL NAME ARGUMENT…: one system call of the tool fails; it must say so with exit 3
failing() {
	begin "$3"
	env ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" LD_PRELOAD="$QPAS_FAIL_CALLS" "$1=$2" \
		"$qpas" "${@:4}" >"$box/out" 2>"$box/err"
	[ $? -eq 3 ] || wrong "exit code"
}

# Five files with five names are written by a split in six calls, the .mdt in two.
group_pack_disk() {
	local n
	begin a_full_disk_can_be_played
	ok [ -f "${QPAS_FAIL_CALLS-}" ]
	cp good.mbn kept.mbn
	for n in 1 3; do
		failing QPAS_PWRITE_FAILS $n "squash_onto_a_full_disk_at_write_$n" squash split.mdt -o full.mbn
		err 'full.mbn could not be written: No space left on device'
		failing QPAS_PWRITE_FAILS $n "squash_onto_a_full_disk_at_write_${n}_keeps_the_old_file" squash split.mdt -o kept.mbn
		ok cmp kept.mbn good.mbn
	done
	for n in 1 4 6; do
		failing QPAS_PWRITE_FAILS $n "split_onto_a_full_disk_at_write_$n" split good.mbn -o full.mdt
		err 'full.* could not be written: No space left on device'
		ok nothing_like 'full.*'
		failing QPAS_PWRITE_FAILS $n "split_onto_a_full_disk_at_write_${n}_keeps_the_old_set" split good.mbn -o parts.mdt --force
		t the_old_set_is_whole 0 squash parts.mdt -o again.mbn
		ok cmp again.mbn fixed.mbn
	done
	for n in 1 3 5; do
		failing QPAS_RENAME_FAILS $n "split_takes_names_away_when_rename_${n}_fails" split good.mbn -o undone.mdt
		err 'could not be renamed into place: Input/output error'
		ok nothing_like 'undone.*'
	done
	failing QPAS_RENAME_FAILS 1 squash_leaves_nothing_when_rename_fails squash split.mdt -o undone.mbn
	ok nothing_like 'undone.*'
	begin squash_with_a_limit_on_file_sizes_is_3
	(ulimit -f 16 && exec "$qpas" squash split.mdt -o full.mbn) >"$box/out" 2>"$box/err"
	[ $? -eq 3 ] || wrong "exit code"
	err 'full.mbn could not be made that large: File too large'
	ok nothing_like 'full.*'
	ok no_leftovers
	t squash_into_a_missing_folder_is_3 3 squash split.mdt -o none/out.mbn
	t split_into_a_missing_folder_is_3 3 split good.mbn -o none/out.mdt
}

group_compressed() {
	t verify_reads_compressed_images 0 verify packed.mbn.xz packed.mbn zipped.mbn.zst zipped.mbn mixed.mdt \
		mixed.mdt.zst
	out '^6 images: 6 valid$'
	t info_reads_compressed_images 0 info --json packed.mbn
	schema info
	json 'j[0]["file"] == "packed.mbn"'
	t squash_unpacks_what_is_compressed 0 squash mixed.mdt -o unmixed.mbn
	ok cmp unmixed.mbn good.mbn
	t split_unpacks_what_is_compressed 0 split zipped.mbn -o unzipped.mdt
	ok same_set split unzipped
	t boot_finds_compressed_firmware 0 boot adsp --backend tzsim: --dtb board.dtb --firmware-path zipped
	t doctor_finds_compressed_firmware 0 doctor adsp --dtb board.dtb --firmware-path zipped
	out 'ok +firmware +qcom/sa8775p/adsp.mbn is there: 3 of 3 digests match'
	head -c 1000 packed.mbn.xz >cut.mbn.xz
	t verify_of_a_cut_compressed_image_is_truncated 1 verify --json cut.mbn
	schema verify
	json 'j[0]["error"]["code"] == "QPAS_ERR_TRUNC" and "compressed data" in j[0]["error"]["text"]'
	cat packed.mbn.xz text.mbn >tailed.mbn.xz
	t verify_of_a_compressed_image_with_more_behind 1 verify tailed.mbn.xz
	err 'something stands behind the compressed data'
	{ head -c 500 zipped.mbn.zst && printf '\377\377\377\377' && tail -c +505 zipped.mbn.zst; } >bent.mbn.zst
	t verify_of_a_damaged_compressed_image_is_1 1 verify bent.mbn
}
