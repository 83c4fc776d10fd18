#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What `qpas guest` makes before it starts anything, and what it says when something is missing.
# Usage: test_guest_prepare.sh QPAS TOP DATA
set -u
export LC_ALL=C.UTF-8
unset NO_COLOR TMPDIR QPAS_DATA_DIR

qpas=$1
top=$2
data=$3
here=$top/tests/qemu
# shellcheck source=tests/integration/tool_cases.sh
. "$top/tests/integration/tool_cases.sh"
mkdir "$box/work"
cd "$box/work" || exit 1

# property NODE NAME WANTED: what the tree that was made says
property() {
	local got
	got=$(fdtget -t "${4:-s}" out/guest.dtb "$1" "$2" 2>&1) || got="none ($got)"
	[ "$got" = "$3" ] || wrong "$1 $2 is '$got', not '$3'"
}

absent() { ! fdtget out/guest.dtb "$1" "$2" >/dev/null 2>&1 || wrong "$1 has $2"; }

t all_enabled_processors_are_taken 0 guest --data "$data" --prepare out
out '^qemu-system-aarch64 .* -bios out/relay.bin .*file=out/guest.dtb,addr=0x49000000'
out 'loader,addr=0x49ff0000,data=2,data-len=4 '
quiet
for pair in 30000000:adsp 26300000:cdsp0 2a300000:cdsp1 20c00000:gpdsp0 21c00000:gpdsp1; do
	property "/remoteproc@${pair%:*}" firmware-name "qcom/sa8775p/${pair#*:}.mbn"
	property "/remoteproc@${pair%:*}" compatible "qcom,sa8775p-${pair#*:}-pas"
done
property / model 'Qualcomm Technologies, Inc. Lemans EVK'
property /psci method smc
property /cpus/cpu@1 enable-method psci
property /reserved-memory/pil-adsp@95900000 reg '0 95900000 0 1e00000' x
property /reserved-memory/tz-relay@90d00000 reg '0 90d00000 0 1000' x
property /reserved-memory/smem@90900000 reg '0 90900000 0 200000' x
property /remoteproc@26300000 power-domain-names 'cx mxc nsp'
property /smp2p-adsp qcom,smem '443 429' u
# Numbers that only partitions could tell apart are the guest's own.
property /smp2p-gpdsp0 qcom,smem '460 461' u

begin streams_are_the_boards_at_the_guests_smmu
smmu=$(fdtget -t u out/guest.dtb /smmuv3@9050000 phandle)
property /remoteproc@30000000 iommus "$smmu $((0x3000))" u
property /remoteproc@2a300000 iommus "$smmu $((0x29c0))" u

begin initramfs_has_what_the_drivers_need
/usr/bin/python3 "$here/list_cpio.py" out/initramfs.cpio >list || wrong "no archive"
for file in init bin/busybox modules/05-mdt_loader.ko modules/10-qcom_q6v5_pas.ko \
	lib/firmware/qcom/sa8775p/adsp.mbn; do
	grep -qxF "$file" list || wrong "no $file"
done
cmp -s "$data/firmware/qcom/sa8775p/adsp.mbn" \
	<(/usr/bin/python3 "$here/list_cpio.py" out/initramfs.cpio lib/firmware/qcom/sa8775p/adsp.mbn) ||
	wrong "the firmware is not the file"

t one_processor_without_iommus_and_files_of_ones_own 0 guest --data "$data" --prepare out --no-iommus \
	--el 1 --cores 1 --add "$here/CMakeLists.txt" --append loglevel=8 --run 'ls /sys' adsp
out 'loader,addr=0x49ff0000,data=1,data-len=4 '
property /remoteproc@30000000 firmware-name qcom/sa8775p/adsp.mbn
absent /remoteproc@30000000 iommus
absent /remoteproc@26300000 reg
property /chosen bootargs 'console=ttyAMA0 rdinit=/init panic=-1 loglevel=8'
/usr/bin/python3 "$here/list_cpio.py" out/initramfs.cpio >list
ok grep -qx root/CMakeLists.txt list
ok grep -qx command list

t hypervisor_below_level_1 0 guest --data "$data" --prepare out --el 1 --hypervisor adsp
out 'loader,addr=0x49ff0004,data=1,data-len=4 .*loader,file=out/hypervisor.bin,addr=0x48e00000'
property /reserved-memory/hypervisor@48e00000 reg '0 48e00000 0 200000' x
t hypervisor_is_for_level_1 2 guest --hypervisor

t json_names_the_files 0 guest --data "$data" --prepare out --json adsp
json 'j["peripherals"] == ["adsp"] and j["tree"] == "out/guest.dtb"'
here=$top/tests/integration schema guest
json 'j["qemu"][0] == "qemu-system-aarch64" and "-bios" in j["qemu"]'

t help_and_manual_agree 0 guest --help
out '^Exit codes$'
no_out '.{101}'
while read -r option; do
	grep -q -- "^\.It Fl Fl ${option#--}\( \|$\)" "$top/docs/man/qpas-guest.1" ||
		wrong "docs/man/qpas-guest.1 lacks $option"
done < <(sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p' "$box/out")

t kernel_that_is_missing 3 guest --data nowhere --dtb "$data/dtb/lemans-evk-el2.dtb" --prepare out
err 'nowhere/kernel/Image: No such file or directory. Run scripts/fetch-kernel'
gzip -c "$here/CMakeLists.txt" >vmlinuz
t kernel_that_is_compressed 1 guest --data "$data" --kernel vmlinuz --prepare out
err 'vmlinuz is no uncompressed arm64 kernel'
mkdir empty
t modules_that_are_missing 3 guest --data "$data" --modules empty --prepare out
err 'empty has no modules of remote processor drivers. Run scripts/fetch-kernel'
t firmware_that_is_missing 3 guest --data "$data" --firmware-path empty:nowhere --prepare out adsp
err 'qcom/sa8775p/adsp.mbn is in none of the firmware folders'
t busybox_that_is_missing 3 guest --data "$data" --busybox nowhere --prepare out
err 'nowhere: No such file'
t tree_that_is_missing 3 guest --data nowhere
err 'nowhere/dtb/lemans-evk-el2.dtb: No such file'
t no_processor_of_that_name 1 guest --data "$data" --prepare out nobody
t video_is_no_remote_processor 1 guest --data "$data" --prepare out video
err 'video is no remote processor that Linux starts through PAS'
mkdir 'a,b'
t comma_in_a_path 2 guest --data "$data" --prepare 'a,b'
err 'takes no path with a comma'
t processor_without_a_unit_address 0 guest --data "$data" --dtb "$data/dtb/sdm845-db845c.dtb" --prepare out adsp
property /remoteproc-adsp firmware-name qcom/sdm845/adsp.mbn
absent /remoteproc-adsp reg

t carveout_outside_of_memory 1 guest --data "$data" --dtb "$data/dtb/sm8550-hdk.dtb" --prepare out modem
err 'carveout mpss-region@8a800000 at 0x8a800000 lies where the guest has shared memory'
t level_3 2 guest --el 3
t json_without_prepare 2 guest --json
begin qemu_that_is_missing
PATH=$PWD/empty "$qpas" guest --data "$data" --prepare out 2>"$box/err"
[ $? -eq 3 ] || wrong 'exit code'
err 'qemu-system-aarch64 is not installed'

begin nothing_is_left_behind
mkdir left
TMPDIR=$PWD/left "$qpas" guest --data "$data" --modules empty 2>"$box/err"
[ $? -eq 3 ] || wrong 'exit code'
ok [ -z "$(ls left)" ]

summary
