# SPDX-License-Identifier: BSD-3-Clause
# What every script of this directory needs: strict mode, the repository's top, messages.
# Sourced with bash, never run. No group or test logic here.

set -euo pipefail
# A library path from the caller's environment would end up in the linked files.
unset LIBRARY_PATH CPATH C_INCLUDE_PATH LD_LIBRARY_PATH
export LC_ALL=C.UTF-8

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # for the scripts that source this
data=${QPAS_DATA_DIR:-$top/.cache/data}
# shellcheck disable=SC2034
jobs=${QPAS_JOBS:-$(nproc)}

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
	local code=$1
	shift
	warn "$*"
	exit "$code"
}

# Runs a command as root: directly, or through sudo with the environment apt needs.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo --preserve-env=DEBIAN_FRONTEND,http_proxy,https_proxy,no_proxy "$@"
	else
		die 3 "'$1' needs root: run as root or install sudo"
	fi
}
