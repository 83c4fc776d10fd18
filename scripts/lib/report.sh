# SPDX-License-Identifier: BSD-3-Clause
# Books of a test run: what passed, failed and was skipped, and what was measured.
# Sourced after common.sh by scripts/test and by the checks it starts.

# Files: results (pass|fail|skip NAME…) and the report that test programs append lines to
# (real-images N, generated-images N, device-trees N, peripherals N, loader-images N,
# loader-mutants N, skipped REASON).
# A script that is started by another one writes into that one's books.
books_are_mine=no
[ -n "${QPAS_TEST_BOOKS:-}" ] || books_are_mine=yes
books=${QPAS_TEST_BOOKS:-$top/build/test}
export QPAS_TEST_BOOKS=$books
export QPAS_TEST_REPORT=$books/report

# Build folders and books are those of one run at a time.
open_books() {
	[ "$books_are_mine" = yes ] || return 0
	mkdir -p "$top/build"
	exec 8>"$top/build/.lock"
	flock -n 8 || {
		say "waiting for another run in this tree"
		flock 8
	}
	rm -rf "$books"
	mkdir -p "$books/log"
	: >"$books/results"
	: >"$QPAS_TEST_REPORT"
}

passed() { printf 'pass %s\n' "$1" >>"$books/results"; }
failed() { printf 'fail %s\n' "$1" >>"$books/results"; }
skipped() {
	printf 'skip %s\n' "$1" >>"$books/results"
	printf 'SKIPPED  %s: %s\n' "$1" "$2"
}

# check NAME COMMAND…: one check, its output kept and shown when it fails. The result of the last
# one is in check_ok (yes or no); check itself never fails, so that all checks get their turn.
check_ok=yes
check() {
	local name=$1 log start seconds
	shift
	log=$books/log/${name//[^A-Za-z0-9._-]/_}.log
	start=$(date +%s)
	if "$@" >"$log" 2>&1; then
		seconds=$(($(date +%s) - start))
		check_ok=yes
		passed "$name"
		printf 'ok       %s (%s s)\n' "$name" "$seconds"
	else
		# shellcheck disable=SC2034 # for the scripts that source this
		check_ok=no
		failed "$name"
		printf 'FAILED   %s\n' "$name"
		tail -n "${QPAS_LOG_LINES:-60}" "$log" | sed 's/^/         | /'
		return 0
	fi
}

count() { grep -c "^$1 " "$books/results" || [ $? -eq 1 ]; }

# figure KEY: what the lines "KEY N" of the report say together
figure() { awk -v key="$1" '$1 == key { n += $2 } END { print n + 0 }' "$QPAS_TEST_REPORT"; }

# The last line of a run is the one that machines read.
close_books() {
	local key
	[ "$books_are_mine" = yes ] || return 0
	for key in real-images generated-images device-trees peripherals loader-images loader-mutants; do
		printf '%s: %s\n' "$key" "$(figure "$key")"
	done
	sed -n 's/^skipped /skipped in a test: /p' "$QPAS_TEST_REPORT" | sort | uniq -c
	grep '^fail ' "$books/results" | sed 's/^fail /failed: /' || [ $? -eq 1 ]
	printf '%s passed, %s failed, %s skipped\n' "$(count pass)" "$(count fail)" "$(count skip)"
	[ "$(count fail)" -eq 0 ] && [ "$(count pass)" -gt 0 ]
}
