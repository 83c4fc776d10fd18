# SPDX-License-Identifier: BSD-3-Clause
# Cases over the qpas tool: run it, judge its exit code and what it printed, count. Sourced; the
# caller sets qpas, top and here. $box is a folder of its own, removed at the end.
# shellcheck shell=bash

# A sanitizer's finding must not look like one of the tool's own exit codes.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}exitcode=99
export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}exitcode=99

box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT

passed=0
failures=()
name=
good=yes

finish() {
	[ -n "$name" ] || return 0
	if [ "$good" = yes ]; then
		passed=$((passed + 1))
		printf '[       OK ] %s\n' "$name"
	else
		failures+=("$name")
		printf '[  FAILED  ] %s\n' "$name"
	fi
	name=
}

begin() {
	# What an earlier case left must not be taken for this one's.
	: >"$box/out"
	: >"$box/err"
	also "$1"
}

# also NAME: one more case about the run of the case before it
also() {
	finish
	name=$1
	good=yes
	printf '[ RUN      ] %s\n' "$name"
}

wrong() {
	good=no
	printf '  %s\n' "$*"
	printf '  stdout: %s\n' "$(head -c 1500 "$box/out")"
	printf '  stderr: %s\n' "$(head -c 1500 "$box/err")"
}

# t NAME CODE ARGUMENT…: runs the tool, expects an exit code
t() {
	local wanted=$2 code=0
	begin "$1"
	shift 2
	timeout 60 "$qpas" "$@" >"$box/out" 2>"$box/err" || code=$?
	[ "$code" -eq "$wanted" ] || wrong "exit $code, wanted $wanted: qpas $*"
}

out() { grep -qE -- "$1" "$box/out" || wrong "stdout lacks: $1"; }
no_out() { ! grep -qE -- "$1" "$box/out" || wrong "stdout has: $1"; }
err() { grep -qE -- "$1" "$box/err" || wrong "stderr lacks: $1"; }
quiet() { [ ! -s "$box/err" ] || wrong "stderr is not empty"; }
ok() { "$@" || wrong "failed: $*"; }

# schema NAME: what was printed fits docs/schemas/NAME.json
schema() {
	/usr/bin/python3 "$here/check_json.py" "$top/docs/schemas/$1.json" <"$box/out" >"$box/schema" 2>&1 ||
		wrong "schema $1: $(head -n 5 "$box/schema")"
}

# json EXPRESSION: a Python expression over the document j is true
json() {
	/usr/bin/python3 -c 'import json, sys
j = json.load(open(sys.argv[1]))
v = eval("(" + sys.argv[2] + ")")
sys.exit(0 if v is True else 1)' "$box/out" "$1" 2>>"$box/err" || wrong "not true: $1"
}

# The counts, in the form of cmocka, which scripts/test reads.
summary() {
	finish
	printf '[==========] %d test(s) run.\n' $((passed + ${#failures[@]}))
	printf '[  PASSED  ] %d test(s).\n' "$passed"
	[ ${#failures[@]} -gt 0 ] || return 0
	printf '[  FAILED  ] tool: %d test(s), listed below:\n' "${#failures[@]}"
	printf '[  FAILED  ] %s\n' "${failures[@]}"
	return 1
}
