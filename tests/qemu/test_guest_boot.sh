#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# An unmodified kernel boots real firmware on its remote processors against the simulator: judged by
# the kernel's log and by the server's. What passes has a twin that differs in one flipped bit, one
# missing mapping or one missing bridge, and must fail.
# Usage: test_guest_boot.sh QPAS TOP DATA
set -u
export LC_ALL=C.UTF-8
unset NO_COLOR QPAS_DATA_DIR

qpas=$1
top=$2
data=$3
here=$top/tests/qemu
# shellcheck source=tests/integration/tool_cases.sh
. "$top/tests/integration/tool_cases.sh"
mkdir "$box/work" "$box/tmp"
cd "$box/work" || exit 1
export TMPDIR=$box/tmp
images=$data/firmware/qcom/sa8775p

# guest NAME CODE ARGUMENT…: one boot; the console is in $box/out, the server's log in $box/log
guest() {
	local wanted=$2 code=0
	begin "$1"
	shift 2
	: >"$box/log"
	timeout 120 "$qpas" guest --data "$data" --log "$box/log" "$@" >"$box/raw" 2>"$box/err" </dev/null || code=$?
	tr -d '\r' <"$box/raw" >"$box/out"
	[ "$code" -eq "$wanted" ] || wrong "exit $code, wanted $wanted: qpas guest $*"
}

wrong() {
	good=no
	printf '  %s\n' "$*"
	printf '  kernel: %s\n' "$(grep -E 'remoteproc|guest:|life:|panic' "$box/out" | tail -n 20)"
	printf '  server: %s\n' "$(grep -v SCMI "$box/log" | tail -n 20)"
	printf '  stderr: %s\n' "$(tail -n 5 "$box/err")"
}

life() { grep -qxF "life: $*" "$box/out" || wrong "not seen: life: $*"; }
served() { grep -qE -- "$1" "$box/log" || wrong "the server did not say: $1"; }
not_served() { ! grep -qE -- "$1" "$box/log" || wrong "the server said: $1"; }
# times COUNT PATTERN: in the server's log
times() {
	local seen
	seen=$(grep -cE -- "$2" "$box/log")
	[ "$seen" -eq "$1" ] || wrong "$seen times, not $1: $2"
}
nothing_left() {
	ok [ -z "$(ls "$box/tmp")" ]
	! pgrep -f "$box/tmp/qpas-guest" >/dev/null || wrong "a process is left: $(pgrep -fa "$box/tmp/qpas-guest")"
}

for where in header segment; do
	"$here/flip_image.py" "$images/adsp.mbn" "adsp-$where.mbn" "$where" || exit 1
done
flipped=(--add adsp-header.mbn --add adsp-segment.mbn)
life=(--add "$here/guest_life.sh" --run 'sh /root/guest_life.sh')

# whole_life PROCESSOR ID: what all processors have in common, at any level
whole_life() {
	life "$1 first ok running"
	life "$1 stop ok offline"
	life "$1 start ok running"
	life "$1 recovery ok running"
	life "$1 stop_again ok offline"
	life "$1 good_again ok running"
	served "PAS_MEM_SETUP\(id=$2, address=$3, size=0x1e00000\) = 0"
	times 4 "PAS_AUTH_AND_RESET\(id=$2\) = 0$"
	times 4 " $1: ready"
	times 3 "PAS_SHUTDOWN\(id=$2\) = 0$"
}

# The same image with one bit flipped; the one before and the one after are fine.
flips_are_refused() {
	life 'adsp adsp-header failed offline'
	life 'adsp adsp-segment failed offline'
	served 'PAS_INIT_IMAGE\(id=1, .*\) = -[0-9]+: .*headers were changed after signing'
	served 'PAS_AUTH_AND_RESET\(id=1\) = -[0-9]+: .*segment 16 .* is wrong: its data were changed after signing'
	times 1 'PAS_AUTH_AND_RESET\(id=1\) = -'
}

guest el2_boots_all_processors_of_the_board 0 "${flipped[@]}" "${life[@]}"
out 'CPU: All CPU\(s\) started at EL2'
out 'qcom_scm: convention: smc arm 64'
out '30000000\.remoteproc: Adding to iommu group'
whole_life adsp 1 0x95900000
whole_life cdsp0 18 0x9b500000
whole_life cdsp1 30 0x9d400000
whole_life gpdsp0 39 0x97800000
whole_life gpdsp1 40 0x99600000
out 'remote processor adsp is now up'
out 'handling crash #1 in gpdsp1'
also el2_asks_for_the_resource_table_at_each_start_but_not_at_recovery
for id in 18 30 39 40; do
	times 3 "PAS_GET_RSCTABLE\(id=$id, .*\) = 0"
done
also el2_refuses_one_flipped_bit
flips_are_refused
not_served 'SHM_BRIDGE'

cat >devmem.profile <<'PROFILE'
devmem 1 0x8fff000 0x90c10000 0x1000 0x3 test-registers
PROFILE
guest el2_maps_device_memory_of_the_table 0 --profile devmem.profile --run \
	'cat /sys/class/remoteproc/*/state /sys/kernel/debug/remoteproc/*/resource_table' adsp
out '^running$'
out 'Device Address 0x8fff000'
out 'Physical Address 0x90c10000'
served ' adsp: ready'

guest el2_without_iommus_takes_the_old_path 0 --no-iommus "${flipped[@]}" "${life[@]}" adsp cdsp0
out 'CPU: All CPU\(s\) started at EL2'
whole_life adsp 1 0x95900000
whole_life cdsp0 18 0x9b500000
not_served 'PAS_GET_RSCTABLE'
flips_are_refused

# The kernel's tree lacks iommus, the machine has its SMMU all the same: nothing was mapped.
begin el2_without_a_mapping_the_processor_cannot_fetch
"$qpas" guest --data "$data" --prepare with adsp >/dev/null 2>"$box/err" || wrong 'prepare'
"$qpas" guest --data "$data" --prepare without --no-iommus --json adsp >words 2>"$box/err" \
	--run 'cat /sys/class/remoteproc/*/state' || wrong 'prepare'
mapfile -t words < <(/usr/bin/python3 -c 'import json; print("\n".join(json.load(open("words"))["qemu"]))')
: >"$box/log"
mkfifo without/console
cat without/console >"$box/out" &
timeout 120 "$qpas" tz serve --dtb with/guest.dtb --log "$box/log" -- "${words[@]}" 2>"$box/err" ||
	wrong "exit $?"
wait
out 'adsp: -110|start timed out'
served 'PAS_AUTH_AND_RESET\(id=1\) = 0'
served ' adsp: fault before ready: read of 0x95900000 by stream 0x3000: the stream has no entry in the stream table'
not_served ' adsp: ready'

guest el2_without_bridges_a_strict_trusted_world_refuses 0 --tz strict --run 'cat /sys/class/remoteproc/*/state' adsp
out '^offline$'
out 'Error in getting resource table: -22'
served 'PAS_GET_RSCTABLE\(id=1, .*: TrustZone cannot read .* lies in no SHM bridge'
not_served 'PAS_AUTH_AND_RESET'

guest el2_without_resource_tables_an_old_trusted_world_refuses 0 --tz old --run 'cat /sys/class/remoteproc/*/state' adsp
out '^offline$'
not_served 'PAS_AUTH_AND_RESET'

guest el1_above_a_hypervisor_boots_against_a_strict_trusted_world 0 --el 1 --hypervisor --no-iommus \
	--tz strict "${flipped[@]}" "${life[@]}" adsp cdsp1
out 'CPU: All CPU\(s\) started at EL1'
served 'kernel enters at EL1 above a hypervisor'
whole_life adsp 1 0x95900000
whole_life cdsp1 30 0x9d400000
flips_are_refused
begin hypervisor_takes_every_bridge_back
served 'SHM_BRIDGE_CREATE\(pa=0x95900006, ipa=0x95900006, size=0x1e00200, vms=0x3\) = 0'
times "$(grep -c 'SHM_BRIDGE_CREATE(.*) = 0' "$box/log")" 'SHM_BRIDGE_DELETE\(.*\) = 0'

guest el1_without_that_hypervisor_is_refused 0 --el 1 --no-iommus --tz strict --run 'cat /sys/class/remoteproc/*/state' adsp
out '^offline$'
out "can't start rproc adsp: -22"
served 'PAS_INIT_IMAGE\(id=1, .*: TrustZone cannot read the metadata: .* lies in no SHM bridge'

guest el1_with_iommus_takes_the_path_of_el2 0 --el 1 --run 'cat /sys/class/remoteproc/*/state' adsp
out '^running$'
served 'PAS_GET_RSCTABLE\(id=1, .*\) = 0'

guest companion_images_and_lite_processors_of_another_chip 0 --dtb "$data/dtb/x1e80100-crd-el2.dtb" \
	--run 'cat /sys/class/remoteproc/*/state'
[ "$(grep -cx running "$box/out")" -eq 2 ] || wrong 'adsp and cdsp do not both run'
for id in 1 36 18 37; do
	times 1 "PAS_AUTH_AND_RESET\(id=$id\) = 0"
done
served 'PAS_SHUTDOWN\(id=31\) = -2: .*it is not up'

guest chip_whose_driver_knows_it_by_its_second_name 0 --dtb "$data/dtb/monaco-evk-el2.dtb" \
	--run 'cat /sys/class/remoteproc/*/state'
[ "$(grep -cx running "$box/out")" -eq 3 ] || wrong 'not all three processors run'

guest busy_and_interrupted_calls_are_repeated_by_the_kernel 0 --fault busy:3 --fault interrupted:2 \
	--run 'cat /sys/class/remoteproc/*/state' adsp
out '^running$'
times 3 '= -12'
served ' = 1'

guest processor_that_never_gets_ready_times_out 0 --fault never-ready --run 'cat /sys/class/remoteproc/*/state' adsp
out '^offline$'
out 'start timed out'
served 'PAS_SHUTDOWN\(id=1\) = 0'

# in_background ARGUMENT…: a boot that something is done to; $pid is the tool's
in_background() {
	: >"$box/log"
	"$qpas" guest --data "$data" --log "$box/log" "$@" >"$box/out" 2>"$box/err" </dev/null &
	pid=$!
	for ((i = 0; i < 300; i++)); do
		! grep -q ' adsp: ready' "$box/log" || return 0
		sleep 0.1
	done
	wrong 'adsp did not get ready'
}
# in_the_end CODE: how it ended, and that nothing else is there
in_the_end() {
	local code=0
	wait "$pid" || code=$?
	sleep 0.2
	[ "$code" -eq "$1" ] || wrong "exit $code, wanted $1"
	nothing_left
}
child_of() { pgrep -P "$1" | head -n 1; }

begin crash_of_a_running_processor_is_recovered
# shellcheck disable=SC2016 # expanded in the guest
in_background adsp --run 'n=0
until [ $n = 100 ] || dmesg | grep -q "handling crash"; do usleep 100000; n=$((n + 1)); done
sleep 2; cat /sys/class/remoteproc/*/state'
sleep 1
kill -USR1 "$pid"
in_the_end 0
out 'crash detected in adsp: type fatal error'
out '^running'
times 2 ' adsp: ready'

begin server_that_dies_takes_the_guest_along
in_background adsp --run 'sleep 60'
kill -KILL "$(child_of "$pid")"
in_the_end 3
err 'The guest ended before its command did'

begin qemu_that_dies_ends_the_server
in_background adsp --run 'sleep 60'
kill -KILL "$(child_of "$(child_of "$pid")")"
in_the_end 3

begin interrupt_ends_everything
in_background adsp --run 'sleep 60'
kill -INT "$pid"
in_the_end 3

begin shell_on_a_terminal_works_and_interrupt_ends_it
"$here/shell_session.py" "$qpas" guest --data "$data" adsp >"$box/out" 2>"$box/err" || wrong 'the session failed'
sleep 0.2
nothing_left

guest exit_code_of_the_command_decides 1 --run 'exit 7' adsp
out '^guest: exit 7'
nothing_left

guest kernel_panic_is_no_success 3 --run 'echo c >/proc/sysrq-trigger' adsp
out 'Kernel panic'
nothing_left

# shellcheck disable=SC2016 # expanded in the guest
guest second_core_goes_off_and_on 0 --run 'cd /sys/devices/system/cpu/cpu1 && echo 0 >online &&
	[ "$(nproc)" = 1 ] && echo 1 >online && [ "$(nproc)" = 2 ]' adsp

summary
