# SPDX-License-Identifier: BSD-3-Clause
# Package downloads that leave this machine's own apt set-up alone. Sourced after common.sh and
# mirror.sh. Which packages are wanted, and what of them, is decided by the scripts.

# own_apt STATE: options for apt-get and apt-cache, in the array `own_apt`, that keep everything
# below STATE, where sources.list stands.
own_apt() {
	local state=$1
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	# shellcheck disable=SC2034 # for the scripts that source this
	own_apt=(-q -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache"
		-o "Dir::Cache::archives=$state/cache/archives"
		-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=
		-o Acquire::Languages=none -o Acquire::Retries=3 -o Debug::NoLocking=1
		-o APT::Update::Post-Invoke-Success::= -o APT::Update::Post-Invoke::=)
}
