#!/bin/busybox sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs in the guest: the whole life of its processors, one line for each thing that was seen, all of
# them at the end, so that the kernel's messages do not cut them. Judged outside, by test_guest_boot.sh.
# shellcheck shell=dash
class=/sys/class/remoteproc
echo /root >/sys/module/firmware_class/parameters/path

# wait_state PROCESSOR STATE: up to ten seconds
wait_state() {
	n=0
	while read -r now <"$class/$1/state"; do
		[ "$now" != "$2" ] || return 0
		[ $n -lt 100 ] || return 1
		usleep 100000
		n=$((n + 1))
	done
}

# step NAME COMMAND...: what came of it, and the state afterwards
step() {
	what=$1
	shift
	if "$@" 2>/dev/null; then result=ok; else result=failed; fi
	read -r now <"$class/$processor/state"
	echo "life: $name $what $result $now" >>/tmp/life
}

order() { echo "$1" >"$class/$processor/state"; }

for path in "$class"/*; do
	processor=${path##*/}
	name=$(basename "$(cat "$path/firmware")" .mbn)
	firmware=$(cat "$path/firmware")
	step first grep -q running "$path/state"
	step stop order stop
	step start order start
	echo 1 >"/sys/kernel/debug/remoteproc/$processor/crash"
	usleep 300000
	step recovery wait_state "$processor" running
	step stop_again order stop
	for other in /root/"$name"-*.mbn; do
		[ -f "$other" ] || continue
		other=${other##*/}
		echo "$other" >"$path/firmware"
		step "${other%.mbn}" order start
	done
	echo "$firmware" >"$path/firmware"
	step good_again order start
done
dmesg -n 1
echo
cat /tmp/life
