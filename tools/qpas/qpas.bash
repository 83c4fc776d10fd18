# SPDX-License-Identifier: BSD-3-Clause
# Bash completion of the qpas tool. Options are asked from the tool's own help, so that they are
# never out of date.

_qpas_options() {
	"${COMP_WORDS[0]}" "$1" --help 2>/dev/null | sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p'
}

_qpas_files() {
	local cur=$1 pattern=$2 file
	compopt -o filenames 2>/dev/null
	while IFS= read -r file; do
		# shellcheck disable=SC2053 # a glob on purpose
		if [[ -d $file || -z $pattern || $file == $pattern ]]; then
			COMPREPLY+=("$file")
		fi
	done < <(compgen -f -- "$cur")
}

# Names of peripherals: from the tree on the command line, else from this system's.
_qpas_peripherals() {
	local dtb='' i
	for ((i = 2; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == --dtb ]] && dtb=${COMP_WORDS[i + 1]}
	done
	"${COMP_WORDS[0]}" platform --json ${dtb:+"$dtb"} 2>/dev/null |
		sed -n 's/^ *"name" *: *"\([a-z][a-z0-9-]*\)",\{0,1\}$/\1/p' | sort -u
}

_qpas() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]}
	local commands='info verify extract squash split keygen sign platform boot dump status shutdown doctor demo rsc bridge scm tz guest help'

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$cur")
		return
	fi
	case $prev in
	--dtb) _qpas_files "$cur" '*.dtb' && return ;;
	--overlay) _qpas_files "$cur" '*.dtbo' && return ;;
	--backend)
		mapfile -t COMPREPLY < <(compgen -W 'kernel: tzsim:' -- "$cur")
		return
		;;
	--for)
		mapfile -t COMPREPLY < <(compgen -W 'tz linux:6.1 linux:7.2 op-tee' -- "$cur")
		return
		;;
	--secure-boot)
		mapfile -t COMPREPLY < <(compgen -W 'on off' -- "$cur")
		return
		;;
	--el)
		mapfile -t COMPREPLY < <(compgen -W '1 2' -- "$cur")
		return
		;;
	--tz)
		mapfile -t COMPREPLY < <(compgen -W 'strict lenient old' -- "$cur")
		return
		;;
	--fault)
		mapfile -t COMPREPLY < <(compgen -W 'busy interrupted waitq short-table init-refuse memory-refuse auth-refuse shutdown-refuse never-ready crash crash-running crash-after watchdog' -- "$cur")
		return
		;;
	--ram | --socket | --kernel | --modules | --busybox | --data | --add | --prepare | --log | --record | --profile | --firmware-path | --root | --region | --metadata | --page | --output | -o | --out | --ca | --key | --chain | --qti-key | --qti-chain) _qpas_files "$cur" '' && return ;;
	--type)
		mapfile -t COMPREPLY < <(compgen -W 'p384 rsa2048 rsa2048-pkcs1' -- "$cur")
		return
		;;
	--digest)
		mapfile -t COMPREPLY < <(compgen -W 'sha256 sha384' -- "$cur")
		return
		;;
	--debug)
		mapfile -t COMPREPLY < <(compgen -W 'enable disable' -- "$cur")
		return
		;;
	--mbn)
		mapfile -t COMPREPLY < <(compgen -W '3 5 6 7 8' -- "$cur")
		return
		;;
	--peripheral)
		mapfile -t COMPREPLY < <(compgen -W "$(_qpas_peripherals)" -- "$cur")
		return
		;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_qpas_options "$command")" -- "$cur")
		return
	fi
	case $command in
	sign) _qpas_files "$cur" '*.@(elf|mbn|mdt)?(.@(xz|zst))' ;;
	info | verify | extract | split) _qpas_files "$cur" '*.@(mbn|mdt|elf|bin)?(.@(xz|zst))' ;;
	squash) _qpas_files "$cur" '*.mdt?(.@(xz|zst))' ;;
	platform) _qpas_files "$cur" '*.dtb' ;;
	boot | dump | status | shutdown | doctor | guest)
		mapfile -t COMPREPLY < <(compgen -W "$(_qpas_peripherals)" -- "$cur")
		[[ $command != boot && $command != dump ]] || _qpas_files "$cur" '*.@(mbn|mdt|elf)'
		;;
	help) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur") ;;
	tz) mapfile -t COMPREPLY < <(compgen -W 'serve' -- "$cur") ;;
	rsc)
		((COMP_CWORD != 2)) || mapfile -t COMPREPLY < <(compgen -W 'make diff' -- "$cur")
		_qpas_files "$cur" ''
		;;
	esac
}

complete -F _qpas qpas
