#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The examples from outside, as somebody would try them, over files that make_image makes. Those of
# the first pages, dsp-boot and video-hal, are run by test_tool_boot.sh.
# Usage: test_examples.sh FOLDER-OF-EXAMPLES MAKE_IMAGE TOP
set -u
export LC_ALL=C.UTF-8
unset QPAS_BACKEND QPAS_FIRMWARE_PATH

examples=$1
make_image=$2
top=$3
here=$top/tests/integration
# The tool itself is not run here.
# shellcheck disable=SC2034 # for the script that is sourced
qpas=false
# shellcheck source=tests/integration/tool_cases.sh
. "$here/tool_cases.sh"

mkdir "$box/data"
"$make_image" "$box/data" || exit 1
cd "$box/data" || exit 1
ln good.mbn qcom/sa8775p/CAMERA_ICP.mbn
ln zap.mbn qcom/sa8775p/a663_zap.mbn
printf 'running 1\n' >running.txt
mkdir -p signed/qcom/sa8775p

# e NAME CODE EXAMPLE ARGUMENT…: runs an example, expects an exit code
e() {
	local wanted=$2 code=0 example=$examples/$3
	begin "$1"
	shift 3
	timeout 60 "$example" "$@" </dev/null >"$box/out" 2>"$box/err" || code=$?
	[ "$code" -eq "$wanted" ] || wrong "exit $code, wanted $wanted: $example $*"
}

# Somebody reads them whole: short enough for that.
begin examples_are_short
for file in "$top"/examples/*.c; do
	most=119
	case ${file##*/} in
	rproc-daemon.c) most=249 ;;
	# Its own keys and its own output file, besides what it shows.
	sign-image.c) most=149 ;;
	esac
	lines=$(wc -l <"$file")
	[ "$lines" -le "$most" ] || wrong "${file##*/} has $lines lines, and $most are enough"
done

e attach_adopts_what_the_boot_loader_started 0 attach adsp tzsim:dtb=board.dtb,profile=running.txt .
out '^adsp: it ran already, adopted$'
out '^adsp: left running$'
no_out 'booted'
e attach_boots_what_does_not_run 0 attach adsp tzsim:dtb=board.dtb .
out '^adsp: it did not run$'
out '^adsp: booted$'
e attach_tells_why_not 1 attach toaster tzsim:dtb=board.dtb .
err 'no peripheral "toaster"'

begin overlay_of_the_camera_compiles
ok dtc -q -@ -I dts -O dtb -o camera-icp.dtbo "$top/examples/camera-icp.dtso"
e camera_hal_boots_what_an_overlay_describes 0 camera-hal board.dtb camera-icp.dtbo tzsim:el=2 .
out '^camera: PAS id 33 running at 0xc0000000, EL2 path'
quiet
e camera_hal_works_above_a_hypervisor 0 camera-hal board.dtb camera-icp.dtbo tzsim:el=1 .
out '^camera: PAS id 33 running at 0xc0000000, EL1 path'
e camera_hal_finds_no_camera_without_the_overlay 1 camera-hal board.dtb empty.dtbo tzsim: .
err 'no peripheral "camera"'

e sign_image_makes_an_image_that_boots 0 sign-image bare.elf signed/qcom/sa8775p/adsp.mbn 4
out '^Board Test Root CA, SHA-384 [0-9a-f]{96}$'
quiet
e sign_image_made_one_for_fuses_with_its_root 0 attach adsp "tzsim:dtb=board.dtb,profile=$(
	sed -n 's/^Board Test Root CA, SHA-384/fuse root/p' "$box/out" >fuses.txt && echo fuses.txt
)" signed
out '^adsp: booted$'
e sign_image_replaces_nothing 1 sign-image bare.elf signed/qcom/sa8775p/adsp.mbn 4
err 'adsp.mbn cannot be written: File exists'
e sign_image_leaves_nothing_after_a_refusal 1 sign-image good.mbn none.mbn 4
err 'has a hash segment already'
ok [ ! -e none.mbn ]

e gpu_zap_is_loaded 0 gpu-zap tzsim:el=1,dtb=board.dtb .
out '^gpu: PAS id 13 running, region 0x9d300000 \+ 0x2000$'
out 'CP_SET_SECURE_MODE'
e gpu_zap_is_loaded_at_el2 0 gpu-zap --may-clear-secvid tzsim:el=2,dtb=board.dtb .
out 'CP_SET_SECURE_MODE'
no_out 'SECVID'
e gpu_without_zap_may_clear_secvid_itself 0 gpu-zap --may-clear-secvid tzsim:el=2,dtb=nozap.dtb .
out 'RBBM_SECVID_TRUST_CNTL'
e gpu_without_zap_does_not_clear_secvid_unasked 1 gpu-zap tzsim:el=2,dtb=nozap.dtb .
no_out 'SECVID'
err 'gpu is disabled'
mkdir empty
e gpu_zap_without_firmware_is_a_failure_whatever_is_allowed 1 \
	gpu-zap --may-clear-secvid tzsim:el=1,dtb=board.dtb empty
no_out 'SECVID'
err 'a663_zap.mbn'

e custom_backend_boots 0 custom-backend board.dtb
out '^toy: boot PAS id 1 from qcom/sa8775p/adsp.mbn$'
out '^toy: shut down PAS id 1$'
e custom_backend_says_no_in_its_own_words 1 custom-backend board.dtb cdsp0 toy:refuse=1
out '^toy: boot PAS id 18'
err '^The toy was told to refuse\. Ask it again\.$'
e custom_backend_knows_its_keys_only 1 custom-backend board.dtb adsp toy:colour=red
err 'toy knows no key "colour"'

# wait_for PATTERN: until the daemon has said it, at most 20 s
wait_for() {
	local i
	for ((i = 0; i < 200; i++)); do
		! grep -qE -- "$1" "$box/out" || return 0
		sleep 0.1
	done
	return 1
}

# daemon_begin NAME URI FIRMWARE-PATH
daemon_begin() {
	begin "$1"
	: >"$box/out"
	"$examples/rproc-daemon" "$2" "$3" </dev/null >"$box/out" 2>"$box/err" &
	daemon=$!
}

# daemon_end SIGNAL: exit code 0 is wanted
daemon_end() {
	local code=0
	kill "-$1" "$daemon"
	wait "$daemon" || code=$?
	[ "$code" -eq 0 ] || wrong "the daemon's exit code is $code"
}

# order WORD NAMES: who said the word, in this order
order() {
	local got
	got=$(sed -n "s/^\([a-z0-9]*\): $1.*/\1/p" "$box/out" | tr '\n' ' ')
	[ "$got" = "$2" ] || wrong "$1: in the order \"$got\", wanted \"$2\""
}

# Only the ADSP's image is there at first; the others come later.
daemon_begin daemon_starts_late_firmware_and_stops_in_reverse tzsim:dtb=board.dtb .
ok wait_for '^adsp: running'
ok wait_for '^cdsp0: not started, will be tried again: .*cdsp0.mbn'
for core in cdsp0 cdsp1 gpdsp0 gpdsp1; do
	mv "$core.mbn" "qcom/sa8775p/$core.mbn"
done
for core in cdsp0 cdsp1 gpdsp0 gpdsp1; do
	ok wait_for "^$core: running"
done
daemon_end TERM
order stopped 'adsp cdsp1 cdsp0 gpdsp1 gpdsp0 '

daemon_begin daemon_starts_in_the_order_of_the_tree_and_stops_in_reverse tzsim:dtb=board.dtb .
ok wait_for '^adsp: running'
daemon_end INT
order running 'gpdsp0 gpdsp1 cdsp0 cdsp1 adsp '
order stopped 'adsp cdsp1 cdsp0 gpdsp1 gpdsp0 '
quiet

daemon_begin daemon_restarts_what_crashed tzsim:dtb=board.dtb,fault=crash-running .
ok wait_for ': crashed: .*asked to crash while running'
crashed=$(sed -n 's/^\([a-z0-9]*\): crashed.*/\1/p' "$box/out" | head -n 1)
for ((i = 0; i < 100; i++)); do
	[ "$(grep -c "^$crashed: running" "$box/out")" -lt 2 ] || break
	sleep 0.1
done
[ "$(grep -c "^$crashed: running" "$box/out")" -eq 2 ] || wrong "$crashed was not started again"
daemon_end TERM
out "^$crashed: stopped"

# Only one processor has firmware, so that it is the one that crashes.
mkdir -p alone/qcom/sa8775p
ln qcom/sa8775p/adsp.mbn alone/qcom/sa8775p/adsp.mbn
begin daemon_doubles_its_pause_with_each_crash
: >"$box/out"
"$examples/rproc-daemon" tzsim:dtb=board.dtb,fault=crash-running:3 alone </dev/null \
	> >(while read -r line; do
		printf '%s %s\n' "$EPOCHREALTIME" "$line"
	done >"$box/out") 2>"$box/err" &
daemon=$!
for ((i = 0; i < 300; i++)); do
	[ "$(grep -c ' adsp: running' "$box/out")" -lt 4 ] || break
	sleep 0.1
done
daemon_end TERM
# From each crash to the start behind it; no upper limit, as machines may be slow.
awk '/ adsp: crashed/ { crashed = $1 }
	/ adsp: running/ && crashed { printf "%d ", ($1 - crashed) * 1000; crashed = 0 }' \
	"$box/out" >pauses
read -r first second third rest <pauses
if [ -n "$rest" ] || [ "${first:-0}" -lt 250 ] || [ "${second:-0}" -lt 500 ] ||
	[ "${third:-0}" -lt 1000 ]; then
	wrong "pauses of $(cat pauses)ms, wanted 250, 500, 1000 at least"
fi

# The boot waits five seconds for a signal that does not come: SIGTERM ends it before.
daemon_begin daemon_stops_in_the_middle_of_a_boot tzsim:dtb=board.dtb,fault=never-ready alone
for ((i = 0; i < 20; i++)); do
	sleep 0.1
done
daemon_end TERM
no_out 'adsp'
quiet

summary
