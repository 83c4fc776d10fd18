#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The qpas tool from outside: exit codes, what people read, what programs read. Files are made by
# make_image; nothing from outside is needed. One numbered case per check; the counts at the end are
# in cmocka's form.
# Usage: test_tool.sh QPAS MAKE_IMAGE TOP [GROUP]…     groups: files pack sign platform usage boot
set -u
export LC_ALL=C.UTF-8
unset NO_COLOR QPAS_BACKEND QPAS_FIRMWARE_PATH

qpas=$1
make_image=$2
top=$3
shift 3
[ $# -gt 0 ] || set -- files pack sign platform refuse kernel usage boot
here=$top/tests/integration
# shellcheck source=tests/integration/tool_cases.sh
. "$here/tool_cases.sh"

mkdir "$box/data"
"$make_image" "$box/data" || exit 1
cd "$box/data" || exit 1

group_files() {
	t info_shows_headers_segments_and_slots 0 info good.mbn
	out 'ELF32, machine 164 \(Hexagon\), 5 program headers'
	out 'relocatable, 0x5000 bytes of memory from 0x8b000000'
	out 'hash segment: header 1, MBN version 6, SHA-384'
	out 'oem slot: signature of 104 bytes, certificates of 3360 bytes'
	quiet
	t info_json_fits_its_schema 0 info --json good.mbn split.mdt bare.elf fixed.mbn
	schema info
	json 'len(j) == 4 and j[0]["segments"][2]["paddr"] == "0x8b000000"'
	json 'j[0]["segments"][2]["offset"] == 8192 and j[1]["remarks"] == ["split", "entry_outside"]'
	json 'j[2]["hash_segment"] is None and j[2]["mbn_version"] is None'
	json 'j[3]["relocatable"] is False and j[3]["load"] == {"min": "0x95903000", "size": "0x2000"}'
	t info_shows_images_that_cannot_be_loaded 0 info bare.elf
	out 'no hash segment'
	t info_json_gives_unreadable_files_an_error 1 info --json text.mbn
	schema info
	json 'j[0]["error"]["code"] == "QPAS_ERR_FORMAT" and list(j[0]) == ["file", "error"]'
	cat good.mbn good.mbn >twice.mbn
	t info_shows_images_inside_of_others 0 info --nested twice.mbn
	out "twice.mbn@$(printf '0x%x' "$(stat -c %s good.mbn)")"
	t info_json_of_images_inside_of_others 1 info --json --nested twice.mbn good.mbn text.mbn
	schema info
	t info_json_gives_their_places 0 info --json --nested twice.mbn good.mbn
	json '[i["offset"] for i in j] == [0, int(j[2]["file_size"], 16), 0]'
	json '[i["file"] for i in j] == ["twice.mbn", "twice.mbn", "good.mbn"]'
	t info_of_a_missing_file_is_3 3 info none.mbn
	err 'none.mbn: No such file or directory'
	t info_takes_the_highest_code_of_all 3 info good.mbn text.mbn none.mbn good.mbn
	out 'good.mbn'
	err 'text.mbn: Not an ELF file'
	t info_of_a_folder_is_bad_input 1 info qcom
	err 'no regular file'

	t verify_accepts_a_signed_image 0 verify good.mbn
	out '^valid +good.mbn +MBN v6, 3 of 3 SHA-384 digests match, 1 signature, SW_ID 0x4 \(adsp\)'
	out 'oem signature valid \(ecdsa-p384-sha384\), 3 certificates chained'
	t verify_accepts_a_split_image 0 verify split.mdt
	out '^valid'
	t verify_names_the_segment_that_was_changed 1 verify flipped.mbn
	out '^invalid .* 2 of 3 SHA-384'
	out 'segment 2, offset 0x2000: .*\[rule 521\]'
	t verify_refuses_a_wrong_signature 1 verify badsignature.mbn
	out '^invalid .* 3 of 3 SHA-384'
	t verify_digests_leaves_signatures_alone 0 verify --digests badsignature.mbn
	out '^valid'
	out 'oem signature: not checked'
	t verify_lets_unsigned_images_pass 0 verify unsigned.mbn bare.elf
	out '^unsigned +unsigned.mbn +MBN v6, 3 of 3'
	out '^unsigned +bare.elf'
	out '^2 images: 2 unsigned$'
	t verify_refuses_unsigned_images_when_asked 1 verify --require-signature unsigned.mbn
	out '^invalid'
	t verify_calls_unknown_versions_unsupported 1 verify future.mbn
	out '^unsupported'
	t verify_of_a_truncated_image_names_segment_and_offset 1 verify short.mbn
	out '^malformed +short.mbn$'
	err 'Segment 3 at offset 0x4000 is 9 bytes short'
	err 'QPAS_ERR_TRUNC, message 401, in plan, segment 3, offset 0x4000'
	t verify_of_a_missing_part_names_it 1 verify incomplete.mdt
	err 'incomplete.b03 is missing'
	t verify_of_an_empty_file_is_bad_input 1 verify empty.mbn
	err 'QPAS_ERR_TRUNC'
	t verify_of_a_missing_file_is_3 3 verify none.mbn
	out '^unread'
	t verify_matches_the_root_that_is_given 0 verify good.mbn --root root.sha384
	out 'root is the one given'
	t verify_takes_sha256_and_bare_bytes_too 0 verify good.mbn --root root.sha256
	out 'root is the one given'
	t verify_takes_a_root_of_bare_bytes 0 verify good.mbn --root root.bytes
	t verify_takes_root_digits 0 verify good.mbn "--root-hash=$(cut -d' ' -f1 root.sha256)"
	t verify_of_another_root_stays_valid_and_is_1 1 verify --json good.mbn --root other.sha384
	schema verify
	json 'j[0]["verdict"] == "valid" and j[0]["root"]["match"] is False'
	json 'j[0]["root"]["given"] == "01" + "0" * 94'
	t verify_of_an_unsigned_image_matches_no_root 1 verify --json unsigned.mbn --root root.sha384
	json 'j[0]["verdict"] == "unsigned" and j[0]["root"]["match"] is False'
	t verify_json_fits_its_schema 3 verify --json good.mbn split.mdt flipped.mbn unsigned.mbn \
		bare.elf future.mbn short.mbn text.mbn none.mbn
	schema verify
	json '[i["verdict"] for i in j] == ["valid", "valid", "invalid", "unsigned", "unsigned",
		"unsupported", "malformed", "malformed", None]'
	json 'j[0]["digests"] == {"checked": 3, "matched": 3} and j[0]["digest"] == "sha384"'
	json 'j[0]["signatures"][0]["chain"]["certificates"] == 3 and j[0]["identity"]["sw_id"] == "0x4"'
	json 'j[0]["signatures"][0]["chain"]["root_sha384"] == open("root.sha384").read().split()[0]'
	json 'j[2]["problems"][0]["segment"] == 2 and j[2]["problems"][0]["offset"] == 8192'
	json 'j[4]["mbn_version"] is None and j[4]["digest"] is None'
	json 'j[4]["digests"] == {"checked": 0, "matched": 0}'
	json 'j[6]["error"]["segment"] == 3 and j[6]["error"]["offset"] == 16384'
	t verify_hashes_with_threads 1 verify --threads 4 --json flipped.mbn
	json 'j[0]["digests"] == {"checked": 3, "matched": 2}'
	group_extract
}

# The region and metadata of a merged image, by a reader of headers that shares nothing with ours.
expected_region() {
	/usr/bin/python3 -c '
import struct, sys
image = open(sys.argv[1], "rb").read()
heads = [struct.unpack_from("<8I", image, 52 + 32 * i) for i in range(struct.unpack_from("<H", image, 44)[0])]
loads = [h for h in heads if h[0] == 1 and h[5] and (h[6] >> 24 & 7) != 2]
base = int(sys.argv[2], 0) or min(h[3] for h in loads)
end = (max(h[3] + h[5] for h in loads) + 4095) & ~4095
region = bytearray(end - base)
for h in loads:
    region[h[3] - base:h[3] - base + h[4]] = image[h[1]:h[1] + h[4]]
open(sys.argv[3], "wb").write(region)
table = next(h for h in heads[1:] if (h[6] >> 24 & 7) == 2)
open(sys.argv[4], "wb").write(image[:heads[0][4]] + image[table[1]:table[1] + table[4]])
' "$@"
}

group_extract() {
	ok expected_region good.mbn 0 "$box/region" "$box/metadata"
	t extract_writes_what_a_boot_would_load 0 extract good.mbn --region r.bin --metadata m.bin
	ok cmp r.bin "$box/region"
	ok cmp m.bin "$box/metadata"
	t extract_of_a_split_image_gives_the_same_bytes 0 extract split.mdt --region s.bin --metadata sm.bin
	ok cmp s.bin "$box/region"
	ok cmp sm.bin "$box/metadata"
	ok expected_region fixed.mbn 0x95900000 "$box/fixed" "$box/fixedmeta"
	t extract_places_a_fixed_image_in_its_region 0 extract --json fixed.mbn --base 0x95900000 --region f.bin
	ok cmp f.bin "$box/fixed"
	schema extract
	json 'j[0]["region"] == {"path": "f.bin", "base": "0x95900000", "size": "0x5000"}'
	t extract_pads_the_region_with_zeros 0 extract good.mbn --region-size 0x6000 --region p.bin
	ok [ "$(stat -c %s p.bin)" = 24576 ]
	ok cmp <(tail -c 4096 p.bin) <(head -c 4096 /dev/zero)
	t extract_refuses_a_region_that_is_too_small 1 extract large.mbn --region-size 0x1e00000 --region l.bin
	err 'Segment 3 ends 4096 bytes beyond the region of 0x1e00000 bytes'
	ok [ ! -e l.bin ]
	t extract_of_damaged_images_leaves_no_file 1 extract --json short.mbn --region x.bin --metadata y.bin
	schema extract
	json 'j[0]["region"] is None and j[0]["error"]["code"] == "QPAS_ERR_TRUNC"'
	ok [ ! -e x.bin ] && ok [ ! -e y.bin ]
	cp good.mbn keep.bin
	t extract_that_fails_keeps_the_old_file 1 extract bare.elf --region keep2.bin --metadata keep.bin
	ok cmp keep.bin good.mbn
	ok [ ! -e keep2.bin ]
	begin extract_onto_a_full_disk_is_3_and_leaves_nothing
	(ulimit -f 64 && exec "$qpas" extract good.mbn --region-size 0x100000 --region full.bin --metadata fullm.bin) \
		>"$box/out" 2>"$box/err"
	[ $? -eq 3 ] || wrong "exit code"
	err 'full.bin could not be'
	ok [ ! -e full.bin ] && ok [ ! -e fullm.bin ]
	t extract_into_a_missing_folder_is_3 3 extract good.mbn --region none/r.bin
	t extract_never_replaces_the_image 2 extract good.mbn --region ./good.mbn
	t extract_refuses_devices 2 extract good.mbn --region /dev/null
	t extract_refuses_one_name_for_both 2 extract good.mbn --region a.bin --metadata a.bin
	t extract_needs_an_output 2 extract good.mbn
	begin extract_leaves_no_temporary_file
	ok [ -z "$(find . -name '.qpas-*')" ]
}

group_platform() {
	t platform_prints_a_table 0 platform board.dtb
	out '^adsp +remoteproc +okay +1 +- +0x95900000 \+ 0x1e00000 +0x3000 +qcom/sa8775p/adsp.mbn$'
	out '^cdsp0 .*0x21c0/0x400'
	out 'For a host at EL2 this tree lacks'
	out '^  video$'
	out '^      no stream id for its firmware'
	no_out '^  .*gpu'
	no_out ' $'
	t platform_json_fits_its_schema 0 platform --json board.dtb
	schema platform
	json '[p["pas_id"] for p in j if p["name"] == "adsp"] == [1]'
	json '[p["carveouts"] for p in j if p["name"] == "adsp"] ==
		[[{"name": "pil-adsp@95900000", "address": "0x95900000", "size": "0x1e00000"}]]'
	json '[p["streams"][0]["cells"][0] for p in j if p["name"] == "adsp"] == ["0x3000"]'
	json '[p["el2"]["lacks"] for p in j if p["name"] == "video"] == [["firmware_stream"]]'
	t platform_shows_one_peripheral_in_full 0 platform board.dtb --peripheral adsp
	out 'compatible +qcom,sa8775p-adsp-pas'
	out 'stream +0x3000 of /soc@0/iommu@15000000'
	t platform_json_of_one_peripheral_is_an_array 0 platform --json board.dtb --peripheral remoteproc_adsp
	schema platform
	json 'len(j) == 1 and j[0]["name"] == "adsp"'
	t platform_applies_overlays 0 platform --json board.dtb --overlay empty.dtbo
	cp "$box/out" "$box/overlaid"
	t platform_output_names_no_input_file 0 platform --json board.dtb
	ok cmp "$box/out" "$box/overlaid"
	t platform_of_another_vendor_is_empty 0 platform --json bare.dtb
	json 'j == []'
	t platform_without_that_peripheral_lists_what_there_is 1 platform board.dtb --peripheral adps
	err 'It has: .*adsp'
	t platform_of_a_truncated_tree_is_1 1 platform short.dtb
	err 'short.dtb: .* bytes, but there are [0-9]+'
	t platform_of_something_else_is_1 1 platform good.mbn
	t platform_json_of_something_else_is_an_empty_array 1 platform --json good.mbn
	schema platform
	json 'j == []'
	t platform_of_a_missing_file_is_3 3 platform none.dtb
	t platform_of_a_missing_overlay_is_3 3 platform board.dtb --overlay none.dtbo
	err 'none.dtbo'
	t platform_of_a_bad_overlay_is_1 1 platform board.dtb --overlay good.mbn

	t doctor_judges_a_tree_and_its_firmware 0 doctor adsp --dtb board.dtb --firmware-path .
	out 'ok +pas-id +adsp: PAS id 1'
	out 'ok +firmware +qcom/sa8775p/adsp.mbn is there: 3 of 3 digests match'
	out 'This system itself was not looked at'
	t doctor_json_fits_its_schema 1 doctor --json --dtb board.dtb --firmware-path .
	schema doctor
	json '[c["result"] for c in j if c["text"].startswith("adsp: PAS")] == ["ok"]'
	json 'any(c["result"] == "fail" and c["check"] == "firmware" and c["help"] for c in j)'
	t doctor_names_missing_firmware 1 doctor cdsp0 --dtb board.dtb --firmware-path .
	out 'fail +firmware +.*qcom/sa8775p/cdsp0.mbn'
	mkdir -p fw/qcom/sa8775p
	cp large.mbn fw/qcom/sa8775p/adsp.mbn
	t doctor_notices_an_image_that_does_not_fit 1 doctor adsp --dtb board.dtb --firmware-path fw
	out 'more than the carveout has'
	cp flipped.mbn fw/qcom/sa8775p/adsp.mbn
	t doctor_notices_a_damaged_image 1 doctor adsp --dtb board.dtb --firmware-path fw
	out 'is there, and invalid'
	t doctor_names_a_disabled_node 1 doctor adsp --dtb disabled.dtb --firmware-path .
	out 'fail +node +adsp: .* has status "disabled"'
	t doctor_of_an_unknown_peripheral_is_1 1 doctor nix --dtb board.dtb
	t doctor_of_a_missing_tree_is_3 3 doctor adsp --dtb none.dtb
	group_doctor_root
}

# The root of a board, faked: sysfs, a kernel configuration, firmware.
group_doctor_root() {
	local node='root/sys/firmware/devicetree/base/soc@0/remoteproc@30000000'
	mkdir -p root/sys/class/remoteproc/remoteproc0/device root/sys/firmware root/boot \
		root/lib/firmware/qcom/sa8775p root/dev "$node"
	cp board.dtb root/sys/firmware/fdt
	cp good.mbn root/lib/firmware/qcom/sa8775p/adsp.mbn
	ln -s "$PWD/$node" root/sys/class/remoteproc/remoteproc0/device/of_node
	echo offline >root/sys/class/remoteproc/remoteproc0/state
	printf 'CONFIG_QCOM_SCM=y\nCONFIG_REMOTEPROC=y\n# CONFIG_QCOM_Q6V5_PAS is not set\n' >root/boot/config-7.2
	t doctor_looks_at_another_root 0 doctor --json adsp --root root
	schema doctor
	json 'any(c["check"] == "driver" and "remoteproc0, state offline" in c["text"] for c in j)'
	json 'any("CONFIG_QCOM_SCM is set" in c["text"] for c in j)'
	json 'any(c["result"] == "warn" and "CONFIG_QCOM_Q6V5_PAS is not set" in c["text"] for c in j)'
	json 'any(c["check"] == "firmware" and c["result"] == "ok" for c in j)'
	rm -r root/sys/class
	t doctor_misses_the_remoteproc_class 1 doctor adsp --root root
	out 'fail +remoteproc-class'
	t doctor_takes_no_tree_and_root_together 2 doctor adsp --root root --dtb board.dtb

	group_rsc
	t bridge_encodes_linux_words 0 bridge --pa 0x95900000 --length 0x1e00000 --json
	schema bridge
	json 'j[0]["words"] == ["0x95900006", "0x95900006", "0x1e00200", "0x3"]'
	t bridge_decodes_them 0 bridge --json --decode 0x95900006 0x95900006 0x1e00200 0x3
	schema bridge
	json 'j[0]["pa"] == "0x95900000" and j[0]["vms"] == [{"vmid": "0x3", "permissions": "rw"}]'
	t bridge_refuses_misaligned_memory 1 bridge --pa 0x95900010 --length 0x1000
	err 'not a multiple of 4 KiB'
	t bridge_makes_self_owner_words 0 bridge --json --pa 0x95900000 --length 0x1000 --self rw
	json 'j[0]["words"] == ["0x95900000", "0x95900006", "0x101a", "0x0"]'
	t scm_encodes_auth_and_reset 0 scm --json PAS_AUTH_AND_RESET 1
	schema scm
	json 'j[0]["registers"][:3] == ["0x42000205", "0x1", "0x1"]'
	t scm_decodes_mem_setup 0 scm --json --decode 0x42000202 0x3 1 0x95900000 0x1e00000
	schema scm
	json 'j[0]["call"] == "PAS_MEM_SETUP" and j[0]["args"] == ["0x1", "0x95900000", "0x1e00000"]'
	t scm_lists_its_calls_in_json 0 scm --json --list
	schema scm
	json '{"call": "PAS_AUTH_AND_RESET", "function": "0x205"} in j'
	t scm_of_registers_that_mean_nothing_is_1 1 scm --decode 0x42003333
	t scm_of_an_unknown_call_is_usage 2 scm NIX 1
}

# Why others would refuse an image.
group_refuse() {
	t verify_tells_identity_root_and_dates 0 verify good.mbn
	out 'oem says: SW_ID 0x4 \(adsp\)'
	out 'root SHA-384 [0-9a-f]{96}$'
	out 'leaf valid from [0-9]{4}-[0-9]{2}-[0-9]{2} to [0-9]{4}-'
	t verify_for_linux_has_nothing_against_a_good_image 0 verify --for linux:7.2,linux:6.1 good.mbn \
		--peripheral adsp --dtb board.dtb
	out 'linux:7.2: nothing that was asked refuses it'
	out 'linux:6.1: nothing that was asked refuses it'
	no_out 'not judged'
	t verify_for_names_the_rule_and_the_errno 1 verify --for linux:7.2 bare.elf
	out 'linux-[a-z-]+ \[rule 12[0-9][0-9]\], answered with -22'
	out 'mdt_loader.c'
	t verify_for_tz_finds_the_wrong_processor 1 verify --for tz cdsp0.mbn --peripheral adsp --dtb board.dtb
	out 'tz-sw-id \[rule 1311\]'
	t verify_for_says_what_was_not_asked 1 verify --for tz good.mbn --peripheral 18
	out 'tz-sw-id'
	out 'not judged, as nobody said: .*--region'
	t verify_for_json_fits_its_schema 1 verify --json --for op-tee --for tz,linux:7.2 good.mbn split.mdt text.mbn
	schema verify
	json '[r["profile"] for r in j[0]["refusals"]] == ["op-tee", "tz", "linux:7.2"]'
	json 'j[2]["refusals"][2]["rules"][0]["name"] == "linux-short" and j[2]["refusals"][2]["rules"][0]["status"] == -22'
	json 'all("region" in r["not_judged"] for r in j[0]["refusals"])'
	t verify_without_for_has_no_refusals 0 verify --json good.mbn
	schema verify
	json 'j[0]["refusals"] == [] and j[0]["signatures"][0]["not_before"] < j[0]["signatures"][0]["not_after"]'
	t verify_for_a_small_region 1 verify --for linux:7.2 good.mbn --region 0x4000
	out 'linux-outside'
	t verify_for_a_region_with_its_base 0 verify --for linux:7.2 good.mbn --region 0x95900000+0x1e00000
	t verify_for_a_region_at_address_0 1 verify --for linux:7.2 good.mbn --region 0+0x1e00000
	out 'linux-base-zero'
	t verify_for_a_region_elsewhere 1 verify --for tz fixed.mbn --region 0+0x1e00000
	out 'tz-address'
	t verify_for_a_region_of_unknown_place 0 verify --for linux:7.2 fixed.mbn --region 0x1e00000
	mkdir -p packed
	cp split.mdt split.b?? packed
	t verify_for_parts_as_they_are 0 verify --for linux:7.2,linux:6.1 packed/split.mdt
	xz packed/split.b??
	t verify_for_compressed_parts 0 verify --for linux:7.2,linux:6.1 packed/split.mdt
	xz packed/split.mdt
	t verify_for_a_compressed_set 0 verify --for linux:7.2,linux:6.1 packed/split.mdt.xz
	xz -k text.mbn
	t verify_for_a_compressed_file_without_an_image_says_so 1 verify --for linux:7.2 text.mbn.xz
	out "nobody's rules are judged"
	t verify_without_for_says_nothing_of_it 1 verify text.mbn.xz
	no_out "nobody's rules"
	t verify_for_a_missing_part 1 verify --for linux:7.2 incomplete.mdt
	out 'linux-part-missing|linux-part-length'
	t verify_for_a_missing_file_is_3 3 verify --for linux:7.2 none.mbn
	t verify_for_another_chip 1 verify --for tz good.mbn --soc 0x9999 --oem-id 0x77 --model-id 0x77 --hw-id 0x77 \
		--serial 0x77 --anti-rollback 9 --secure-boot off --peripheral adsp
	out 'tz-rollback'
	t verify_for_the_fused_root 1 verify --for tz good.mbn --root other.sha384
	out 'tz-root'
	local arguments
	t verify_for_nothing_is_usage 2 verify --for '' good.mbn
	err 'is empty'
	for arguments in '--for nix' '--for tz,,op-tee' '--for tz --soc 0x1ffffffff' \
		'--for tz --region 00000000000000000000000000000000000000001+4096' '--for tz --soc x' '--for tz --secure-boot maybe' \
		'--for tz --region 0' '--for tz --region x+1' '--for tz --peripheral nix' '--for tz --dtb board.dtb' \
		'--for tz --peripheral video --dtb-image' '--for tz --overlay empty.dtbo --peripheral adsp' '--soc 1' \
		'--dtb-image' '--rules'; do
		# shellcheck disable=SC2086 # words
		t "verify_${arguments// /_}_is_usage" 2 verify $arguments good.mbn
	done
	t verify_without_an_image_is_usage 2 verify
	t verify_for_an_unknown_peripheral_of_the_tree_is_1 1 verify --for tz good.mbn --peripheral nix --dtb board.dtb
	t verify_for_a_missing_tree_is_3 3 verify --for tz good.mbn --peripheral adsp --dtb none.dtb
	t verify_lists_the_rules_of_a_profile 0 verify --rules --for op-tee
	out '^1409  op-tee-entry'
	no_out 'linux-elf64'
	t verify_lists_all_rules_as_the_page_does 0 verify --rules --json
	schema rules
	cp "$box/out" rules.json
	begin refusals_page_has_the_rules_of_the_code
	ok /usr/bin/python3 "$here/check_rules.py" rules.json "$top/docs/refusals.md"
}

# A kernel's driver in a state that it has, faked: no write does anything here.
group_kernel() {
	mkdir -p sys/class/remoteproc/remoteproc0/device
	ln -s ../../../../firmware/devicetree/base/soc@0/remoteproc@30000000 \
		sys/class/remoteproc/remoteproc0/device/of_node
	echo crashed >sys/class/remoteproc/remoteproc0/state
	echo adsp.mdt >sys/class/remoteproc/remoteproc0/firmware
	t status_tells_what_the_driver_says 0 status --json adsp --dtb board.dtb --backend kernel:sysfs=sys
	schema status
	json 'j[0]["state"] == "crashed"'
	t boot_of_what_is_not_offline_cannot_be_done_here 3 boot adsp --dtb board.dtb --backend kernel:sysfs=sys
	err 'adsp is crashed already'
	t boot_without_a_driver_says_what_to_load 1 boot cdsp1 --dtb board.dtb --backend kernel:sysfs=sys
	err 'load qcom_q6v5_pas'
	t kernel_without_sysfs_is_usage 2 boot adsp --dtb board.dtb --backend kernel:sysfs=nowhere
	err 'nowhere cannot be opened'
	echo offline >sys/class/remoteproc/remoteproc0/state
	t dump_of_what_a_driver_owns_starts_nothing 3 dump adsp -o kernel.core --dtb board.dtb --backend kernel:sysfs=sys
	err 'reading memory for a dump'
	ok [ "$(cat sys/class/remoteproc/remoteproc0/state)" = offline ] && ok [ ! -e kernel.core ]
	t start_that_no_driver_heard_of_is_in_doubt 3 boot adsp --dtb board.dtb --backend kernel:sysfs=sys
	err 'its state disagree'
}

commands='info verify extract squash split keygen sign platform boot dump status shutdown doctor demo rsc bridge scm tz'

group_usage() {
	local command option
	t overview_names_every_command 0 --help
	for command in $commands; do
		out "^  $command "
	done
	t no_command_is_usage 2
	t version_is_printed 0 --version
	out '^qpas [0-9]+\.[0-9]+\.[0-9]+ \(libqpas [0-9.]+\)$'
	t unknown_commands_get_a_hint 2 verfy
	err "did you mean 'verify'"
	t unknown_options_get_a_hint 2 boot adsp --bakend tzsim:
	err "did you mean '--backend'"
	t missing_values_are_told 2 verify good.mbn --root
	err "'--root' needs a value"
	t switches_take_no_value 2 verify --digests=yes good.mbn
	t too_few_arguments_show_the_synopsis 2 extract
	err 'qpas extract IMAGE'
	t too_many_arguments_are_usage 2 platform board.dtb board.dtb
	t numbers_must_be_numbers 2 extract good.mbn --region r.bin --base 12x
	t negative_numbers_are_no_numbers 2 extract good.mbn --region r.bin --base=-1
	t too_many_threads_are_usage 2 verify --threads 65 good.mbn
	t a_root_must_be_a_hash 2 verify --root text.mbn good.mbn
	t a_root_hash_must_have_the_right_length 2 verify --root-hash 1234 good.mbn
	t only_one_root_is_taken 2 verify --root root.sha384 --root-hash 12 good.mbn
	t a_root_and_digests_only_contradict 2 verify --digests --root root.sha384 good.mbn
	t overlays_need_a_tree 2 platform --overlay empty.dtbo
	t options_end_at_two_dashes 3 info -- --json
	err '--json: No such file'
	for command in $commands; do
		t "help_of_${command}_teaches" 0 "$command" --help
		out "^qpas $command"
		out '^Options$'
		out '^Examples$'
		out "^  qpas $command"
		out '^Exit codes$'
		out '^  0  '
		ok [ -s "$top/docs/man/qpas-$command.1" ]
		while read -r option; do
			grep -q -- "^\.It Fl Fl ${option#--}\( \|$\)" "$top/docs/man/qpas-$command.1" ||
				wrong "docs/man/qpas-$command.1 lacks $option"
		done < <(sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p' "$box/out")
		no_out '.{101}'
	done
	t help_finds_a_command 0 help verify
	out '^qpas verify'
	group_output
}

group_output() {
	begin write_errors_are_3
	"$qpas" info good.mbn >/dev/full 2>"$box/err"
	[ $? -eq 3 ] || wrong "exit code"
	err 'standard output could not be written: No space left on device'
	begin a_reader_that_goes_away_is_3
	mkfifo "$box/fifo"
	exec 8<>"$box/fifo"
	exec 9>"$box/fifo"
	exec 8<&-
	"$qpas" info good.mbn good.mbn >&9 2>"$box/err"
	[ $? -eq 3 ] || wrong "exit code"
	exec 9>&-
	err 'Broken pipe'
	begin colour_is_for_terminals
	pty env TERM=xterm "$qpas" verify good.mbn >"$box/out" 2>"$box/err"
	grep -q $'\033\[32m' "$box/out" || wrong "no colour on a terminal"
	pty env TERM=xterm NO_COLOR=1 "$qpas" verify good.mbn >"$box/out"
	! grep -q $'\033\[3[0-9]m' "$box/out" || wrong "colour in spite of NO_COLOR"
	t no_colour_in_pipes 0 verify good.mbn
	no_out $'\033'
	cp good.mbn $'odd\nname\033.mbn'
	t names_of_files_are_escaped 1 info $'odd\nname\033.mbn'
	err 'odd\\x0aname\\x1b.mbn: The name .* is not allowed: it has a control character'
	cp good.mbn $'odd\xff.mbn'
	t json_stays_utf8_whatever_the_name 1 info --json $'odd\xff.mbn'
	json 'j[0]["file"] == "odd\ufffd.mbn"'
	begin completion_knows_commands_and_options
	# shellcheck disable=SC2016 # expanded by the inner shell
	PATH=$(dirname "$qpas"):$PATH bash -c '. "$1" && COMP_WORDS=(qpas verify --ro) COMP_CWORD=2 &&
		_qpas && printf "%s\n" "${COMPREPLY[@]}" && COMP_WORDS=(qpas ver) COMP_CWORD=1 && _qpas &&
		printf "%s\n" "${COMPREPLY[@]}"' - "$top/tools/qpas/qpas.bash" >"$box/out" 2>"$box/err"
	out '^--root-hash$'
	out '^verify$'
	begin every_json_schema_is_json
	for file in "$top"/docs/schemas/*.json; do
		ok /usr/bin/python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$file"
	done
}

# Runs a command on a terminal of its own.
pty() {
	/usr/bin/python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' "$@" </dev/null
}

# shellcheck source=tests/integration/test_tool_pack.sh
. "$here/test_tool_pack.sh"
# shellcheck source=tests/integration/test_tool_sign.sh
. "$here/test_tool_sign.sh"
# shellcheck source=tests/integration/test_tool_rsc.sh
. "$here/test_tool_rsc.sh"
# shellcheck source=tests/integration/test_tool_boot.sh
. "$here/test_tool_boot.sh"

for group in "$@"; do
	"group_$group"
done
summary
