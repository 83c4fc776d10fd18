# SPDX-License-Identifier: BSD-3-Clause
# Where this machine gets its Debian packages from, read from its own apt configuration.
# Sourced after common.sh. No address is written down anywhere in this repository.

# Debian's own keys; without that file apt's trusted keys decide. Signatures are always checked.
keyring=${QPAS_DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
[ -f "$keyring" ] || keyring=

# One line "URI SUITE COMPONENT" for each source of packages that apt knows here.
apt_sources() {
	command -v apt-get >/dev/null || return 1
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 2>/dev/null | sed 's,/ , ,' | sort -u
}

# The address of the Debian archive that this machine uses. QPAS_DEBIAN_MIRROR overrides it.
debian_mirror() {
	if [ -n "${QPAS_DEBIAN_MIRROR:-}" ]; then
		printf '%s\n' "$QPAS_DEBIAN_MIRROR"
		return 0
	fi
	apt_sources | awk '$3 == "main" && $2 ~ /^(bookworm|trixie|forky|sid|stable|testing|unstable)$/ &&
		!found { print $1; found = 1 } END { exit !found }'
}

# The lines of a sources.list for bookworm, updates and security fixes as far as they are used here.
bookworm_sources() {
	local mirror
	mirror=$(debian_mirror) || return 1
	{
		printf '%s bookworm main\n' "$mirror"
		[ -n "${QPAS_DEBIAN_MIRROR:-}" ] || apt_sources | grep -E ' bookworm(-updates|-security)? main$'
	} | sort -u | sed "s,^,deb ${keyring:+[signed-by=$keyring] },"
}

# The settings of this machine's apt that decide whether its archive can be used.
apt_settings() {
	apt-config dump | grep -E '^Acquire::(http|https|Check-Valid-Until|Check-Date|Retries|ForceIPv4|ForceIPv6)\b' ||
		[ $? -eq 1 ]
}
