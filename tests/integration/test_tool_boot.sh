# SPDX-License-Identifier: BSD-3-Clause
# Boots on the simulated TrustZone, through the tool and the examples. Sourced by test_tool.sh.
# shellcheck shell=bash

# The sequence of a start at EL2 that docs/lifecycle.md tells, as the steps' names.
group_boot() {
	t boot_runs_and_shuts_down 0 boot adsp --backend tzsim: --dtb board.dtb --firmware-path .
	out '^adsp: PAS id 1, EL2 path, carveout 0x95900000 \+ 0x1e00000, stream 0x3000, on tzsim:$'
	out ' ok .* ms +INIT_IMAGE'
	out ' ok .* ms +AUTH_AND_RESET'
	out ' ok .* ms +shutdown'
	out '^adsp ran and was shut down.$'
	quiet
	t boot_json_fits_its_schema 0 boot --json adsp --backend tzsim: --dtb board.dtb --firmware-path .
	schema boot
	json 'j["state"] == "running" and j["ready"] == "yes" and j["error"] is None and j["el2"] is True'
	json 'j["pas_id"] == 1 and j["carveout"] == {"address": "0x95900000", "size": "0x1e00000"}'
	json 'j["image"] == "qcom/sa8775p/adsp.mbn" and all(s["ok"] for s in j["steps"])'
	json 'j["steps"][-1]["step"] == "shutdown"'
	json 'not any(s["undo"] for s in j["steps"])'
	json 'all(a in [s["step"] for s in j["steps"]] for a in
		("rsc_table", "mem_setup", "load", "auth_reset", "ready", "shutdown"))'
	json '[s["step"] for s in j["steps"]].index("load") < [s["step"] for s in j["steps"]].index("auth_reset")'
	t boot_takes_an_image_of_its_own 0 boot adsp split.mdt --backend tzsim:dtb=board.dtb
	t boot_takes_the_tree_from_either_place 0 boot adsp good.mbn --backend tzsim:dtb=board.dtb --dtb ./board.dtb
	cp board.dtb 'other,100%.dtb'
	t boot_decodes_the_uri 0 boot adsp good.mbn --backend tzsim:dtb=other%2c100%25.dtb
	t boot_refuses_two_different_trees 2 boot adsp --backend tzsim:dtb=board.dtb --dtb bare.dtb
	t boot_without_a_tree_says_what_to_give 2 boot adsp --backend tzsim:
	err 'dtb'
	t boot_at_el1_needs_no_bridge 0 boot --json adsp good.mbn --backend tzsim:el=1 --dtb board.dtb
	json 'j["el2"] is False and not any("bridge" in s["step"] for s in j["steps"])'
	t boot_refuses_a_disabled_node 1 boot adsp good.mbn --backend tzsim: --dtb disabled.dtb
	err 'disabled'
	t boot_force_boots_a_disabled_node 0 boot adsp good.mbn --force --backend tzsim: --dtb disabled.dtb
	group_boot_refusals
	group_boot_keep
	group_boot_interrupt
	group_dump
	group_demo
	group_examples
}

# Each bad input: exit code, a sentence that names the reason, nothing left half started.
group_boot_refusals() {
	t boot_refuses_a_flipped_bit 1 boot --json adsp flipped.mbn --backend tzsim: --dtb board.dtb
	schema boot
	json 'j["state"] in ("new", "stopped") and j["error"]["code"] in ("QPAS_ERR_AUTH", "QPAS_ERR_TZ")'
	json 'any(not s["ok"] for s in j["steps"]) and any(s["undo"] for s in j["steps"])'
	err '^qpas: The simulator refused PAS_AUTH_AND_RESET with -38: in memory: .*digest of segment'
	json 'j["error"]["tz_status"] == -22 and "digest" not in j["error"]["text"]'
	t boot_is_told_why_when_it_asks 1 boot --json adsp flipped.mbn --backend tzsim:explain=1 --dtb board.dtb
	schema boot
	json 'j["error"]["tz_status"] == -38 and "digest" in j["error"]["text"]'
	t boot_refuses_an_image_larger_than_the_carveout 1 boot adsp large.mbn --backend tzsim: --dtb board.dtb
	err 'carveout|region'
	t boot_refuses_a_truncated_image 1 boot adsp short.mbn --backend tzsim: --dtb board.dtb
	err 'segment 3, offset 0x4000'
	t boot_refuses_what_is_no_image 1 boot adsp text.mbn --backend tzsim: --dtb board.dtb
	t boot_refuses_a_split_image_that_lacks_a_part 1 boot adsp incomplete.mdt --backend tzsim: --dtb board.dtb
	err 'incomplete.b03'
	t boot_refuses_an_image_without_hash_segment 1 boot adsp bare.elf --backend tzsim: --dtb board.dtb
	t boot_refuses_an_unknown_peripheral 1 boot nix good.mbn --backend tzsim: --dtb board.dtb
	err 'It has: '
	t boot_refuses_a_tree_without_peripherals 1 boot adsp good.mbn --backend tzsim: --dtb bare.dtb
	t boot_json_of_a_refusal_fits_its_schema 1 boot --json nix good.mbn --backend tzsim: --dtb board.dtb
	schema boot
	json 'j["state"] is None and j["steps"] == [] and j["error"]["code"] == "QPAS_ERR_NOTFOUND"'
	t boot_of_missing_firmware_is_3 3 boot cdsp0 --backend tzsim: --dtb board.dtb --firmware-path .
	err 'qcom/sa8775p/cdsp0.mbn is in none of the firmware folders'
	t boot_of_a_missing_image_is_3 3 boot adsp none.mbn --backend tzsim: --dtb board.dtb
	t boot_of_a_missing_tree_in_the_uri_is_3 3 boot adsp good.mbn --backend tzsim:dtb=none.dtb
	t boot_of_a_damaged_tree_in_the_uri_is_1 1 boot adsp good.mbn --backend tzsim:dtb=short.dtb
	t boot_of_a_missing_tree_is_3 3 boot adsp good.mbn --backend tzsim: --dtb none.dtb
	t boot_on_an_unknown_backend_is_3 3 boot adsp good.mbn --backend nix: --dtb board.dtb
	t boot_with_a_bad_key_is_usage 2 boot adsp good.mbn --backend tzsim:nix=1 --dtb board.dtb
	t boot_on_an_old_trusted_world_says_so 1 boot adsp good.mbn --backend tzsim:tz=old --dtb board.dtb
	err 'Update the boot firmware'
	t status_of_a_simulator_says_why_not 3 status adsp --backend tzsim:
	err 'lives in the process'
	t shutdown_of_a_simulator_says_why_not 3 shutdown adsp --backend tzsim:dtb=board.dtb
}

group_boot_keep() {
	local pid code=0 i
	begin boot_keep_runs_until_a_signal_and_shuts_down
	"$qpas" boot adsp good.mbn --keep --backend tzsim: --dtb board.dtb >"$box/out" 2>"$box/err" &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		! grep -q 'is running; Ctrl-C' "$box/err" || break
		sleep 0.05
	done
	err 'adsp is running; Ctrl-C shuts it down'
	no_out ' shutdown '
	kill -TERM "$pid"
	wait "$pid" || code=$?
	[ "$code" -eq 0 ] || wrong "exit $code"
	out ' ok .* ms +shutdown'
}

# The processor never says ready, so that the signal comes in the middle of the boot.
group_boot_interrupt() {
	local pid code=0 i
	begin boot_interrupted_undoes_and_is_3
	"$qpas" boot adsp good.mbn --backend tzsim:fault=never-ready --dtb board.dtb \
		>"$box/out" 2>"$box/err" &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		! grep -q 'delete bridge' "$box/out" || break
		sleep 0.05
	done
	out 'delete bridge'
	kill -TERM "$pid"
	wait "$pid" || code=$?
	[ "$code" -eq 3 ] || wrong "exit $code"
	err 'QPAS_ERR_CANCELED'
	out 'undo .* ms +shutdown'
	out 'adsp did not start; state: stopped'
}

# core FILE IMAGE: by a reader of its own, the core has the image's loadable segments, byte for byte
core() {
	/usr/bin/python3 - "$1" "$2" <<'END' >>"$box/err" 2>&1 || wrong "$1 is not the memory of $2"
import struct, sys

def loads(name, kind):
    data = open(name, 'rb').read()
    assert data[:6] == b'\x7fELF\x01\x01' and struct.unpack_from('<H', data, 16)[0] == kind
    at, count = struct.unpack_from('<I', data, 28)[0], struct.unpack_from('<H', data, 44)[0]
    found = []
    for i in range(count):
        kind, offset, _, paddr, filesz, memsz, flags = struct.unpack_from('<7I', data, at + 32 * i)
        if kind == 1 and memsz and flags >> 24 & 7 != 2:
            found.append((paddr, data[offset:offset + filesz].ljust(memsz, b'\0')))
    return found

core, image = loads(sys.argv[1], 4), loads(sys.argv[2], 2)
assert core == image and len(core) == 3, (len(core), len(image))
END
}

group_dump() {
	local pid code=0 i fault
	for fault in watchdog:20 crash-after:20 crash-running crash; do
		t "dump_after_${fault%:*}_has_what_was_loaded" 0 dump adsp good.mbn -o dump.core \
			--backend "tzsim:fault=$fault" --dtb board.dtb
		out ' ok .* ms +crash '
		out ' ok .* ms +dump +18580 bytes'
		out '^dump.core: core file of 18580 bytes$'
		core dump.core good.mbn
		ok [ "$(stat -c %a dump.core)" = 600 ]
		readelf -hl dump.core >"$box/out" 2>>"$box/err"
		out 'CORE'
		out 'LOAD +0x000094 0x8b000000 0x8b000000 0x03000 0x03000 RWE'
	done
	t dump_json_fits_its_schema 0 dump --json adsp good.mbn -o dump.core --backend tzsim:fault=watchdog:20 --dtb board.dtb
	schema dump
	json 'j["event"]["kind"] == "crash" and "watchdog bite" in j["event"]["text"]'
	json 'j["dump"] == {"path": "dump.core", "size": "0x4894"} and j["error"] is None'
	json '[s["step"] for s in j["steps"]][-3:] == ["crash", "shutdown", "dump"]'
	t dump_now_does_not_wait 0 dump --json adsp -o now.core --now --backend tzsim: --dtb board.dtb --firmware-path .
	schema dump
	json 'j["event"] is None and j["ready"] == "yes"'
	core now.core good.mbn
	t dump_of_a_refused_image_leaves_no_file 1 dump --json adsp flipped.mbn -o none.core --backend tzsim: --dtb board.dtb
	schema dump
	json 'j["dump"] is None and j["error"]["code"] in ("QPAS_ERR_AUTH", "QPAS_ERR_TZ")'
	ok [ ! -e none.core ]
	t dump_of_one_that_lives_on_times_out 3 dump adsp good.mbn -o none.core --timeout 1 --backend tzsim: --dtb board.dtb
	err 'QPAS_ERR_TIMEOUT'
	out ' ok .* ms +shutdown'
	ok [ ! -e none.core ]
	t dump_after_a_refused_shutdown_leaves_no_file 1 dump adsp good.mbn -o none.core \
		--backend tzsim:fault=crash+shutdown-refuse:9 --dtb board.dtb
	ok [ ! -e none.core ]
	t dump_into_a_missing_folder_starts_nothing 3 dump adsp good.mbn -o no/such.core --backend tzsim: --dtb board.dtb
	no_out 'AUTH_AND_RESET'
	t dump_over_its_image_is_usage 2 dump adsp good.mbn -o ./good.mbn --backend tzsim: --dtb board.dtb
	t dump_without_a_file_is_usage 2 dump adsp good.mbn --backend tzsim: --dtb board.dtb
	cp dump.core before.core
	for i in 1 2 4; do
		failing QPAS_PWRITE_FAILS $i "dump_onto_a_full_disk_at_write_$i" dump adsp good.mbn -o dump.core \
			--backend tzsim:fault=crash --dtb board.dtb
		err 'dump.core could not be written'
		ok cmp -s dump.core before.core
	done
	begin dump_interrupted_takes_the_dump
	"$qpas" dump adsp good.mbn -o int.core --backend tzsim: --dtb board.dtb >"$box/out" 2>"$box/err" &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		! grep -qE ' ready' "$box/out" || break
		sleep 0.05
	done
	kill -INT "$pid"
	wait "$pid" || code=$?
	[ "$code" -eq 0 ] || wrong "exit $code"
	core int.core good.mbn
	ok [ -z "$(find . -name '.*core*' -o -name '*.tmp*')" ]
}

group_demo() {
	t demo_boots_an_image_of_its_own 0 demo
	out 'No --dtb given'
	out ' ok .* ms +device tree +libqpas demo board: 1 peripheral$'
	out ' ok .* ms +peripheral +adsp: PAS id 1, carveout 0x86000000 \+ 0x100000, stream 0x3000'
	out ' ok .* ms +digests +4 of 4 SHA-384 digests match, valid'
	out 'left over: 0 bridges'
	out '^0 mappings, 0 shared buffers, 0 images'
	t demo_json_fits_its_schema 0 demo --json
	schema demo
	json '[s["step"] for s in j[0]["steps"]][:4] == ["device_tree", "peripheral", "image", "digests"]'
	t demo_boots_the_files_that_are_given 0 demo --dtb board.dtb --firmware-path .
	out ' ok .* ms +digests +3 of 3 SHA-384 digests match, valid'
	cp flipped.mbn fw/qcom/sa8775p/adsp.mbn 2>/dev/null ||
		{ mkdir -p fw/qcom/sa8775p && cp flipped.mbn fw/qcom/sa8775p/adsp.mbn; }
	t demo_stops_at_a_damaged_image 1 demo --dtb board.dtb --firmware-path fw
	out 'FAIL .* ms +digests +2 of 3'
	t demo_firmware_without_a_tree_is_usage 2 demo --firmware-path fw
}

# e NAME CODE COMMAND…: runs an example, expects an exit code
e() {
	local wanted=$2 code=0
	begin "$1"
	shift 2
	timeout 60 "$@" </dev/null >"$box/out" 2>"$box/err" || code=$?
	[ "$code" -eq "$wanted" ] || wrong "exit $code, wanted $wanted: $*"
}

group_examples() {
	local dsp=$QPAS_EXAMPLES/dsp-boot video=$QPAS_EXAMPLES/video-hal
	e example_dsp_boot_runs 0 "$dsp" adsp tzsim:dtb=board.dtb .
	out 'adsp: PAS id 1, carveout 0x95900000 \+ 0x1e00000, running'
	out 'adsp: PAS id 1, carveout 0x95900000 \+ 0x1e00000, stopped'
	e example_dsp_boot_tells_why_not 1 "$dsp" adsp tzsim:dtb=none.dtb
	err 'none.dtb'
	e example_dsp_boot_shows_its_usage 2 "$dsp"
	mkdir -p vfw/qcom/vpu
	cp video.mbn vfw/qcom/vpu/vpu30_p4.mbn
	e example_video_hal_runs 0 env QPAS_BACKEND=tzsim:el=1,dtb=board.dtb QPAS_FIRMWARE_PATH=vfw "$video"
	out 'video: the core runs'
	e example_video_hal_tells_why_not_at_el2 1 env QPAS_BACKEND=tzsim:el=2,dtb=board.dtb \
		QPAS_FIRMWARE_PATH=vfw "$video"
	err 'video has no video-firmware node'
}
