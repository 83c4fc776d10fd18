#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The qpas tool over real firmware and device trees: the five DSPs of lemans-evk-el2.dtb boot, every
# image gets a verdict, every tree is read, and JSON fits its schemas.
# Usage: test_tool_real.sh QPAS TOP DATA
# Exit: 77 when there are no real data and none are required (QPAS_REQUIRE_REAL_DATA).
set -u
export LC_ALL=C.UTF-8
unset NO_COLOR QPAS_BACKEND QPAS_FIRMWARE_PATH

qpas=$1
top=$2
data=$3
here=$top/tests/integration
tree=$data/dtb/lemans-evk-el2.dtb
if [ ! -f "$tree" ]; then
	echo "no real device tree $tree: run scripts/fetch-data"
	[ "${QPAS_REQUIRE_REAL_DATA:-0}" = 1 ] && exit 1
	exit 77
fi
# shellcheck source=tests/integration/tool_cases.sh
. "$here/tool_cases.sh"

for name in adsp cdsp0 cdsp1 gpdsp0 gpdsp1; do
	t "boot_${name}_of_lemans_evk" 0 boot --json "$name" --backend tzsim: --dtb "$tree" \
		--firmware-path "$data/firmware"
	schema boot
	json 'j["state"] == "running" and j["ready"] == "yes" and all(s["ok"] for s in j["steps"])'
done
t demo_with_real_files 0 demo --dtb "$tree" --firmware-path "$data/firmware"
out 'peripheral +adsp: PAS id 1, carveout 0x95900000 \+ 0x1e00000, stream 0x3000'
out 'digests +[0-9]+ of [0-9]+ SHA-384 digests match, valid'
out 'left over: 0 bridges'
t boot_of_an_image_for_another_processor 1 boot adsp "$data/firmware/qcom/sa8775p/cdsp0.mbn" \
	--backend tzsim: --dtb "$tree"
err 'SW_ID 0x17'
t platform_of_lemans_evk 0 platform --json "$tree"
schema platform
json '{p["name"] for p in j if p["el2"]["path"]} >= {"adsp", "cdsp0", "cdsp1", "gpdsp0", "gpdsp1"}'

# One run over all of them; the verdicts of single images are the business of test_images.
mapfile -t images < <(find "$data/firmware" -name '*.mbn' -type f | sort)
t verify_json_of_every_image 1 verify --json "${images[@]}"
schema verify
json 'all(i["verdict"] in ("valid", "unsigned", "unsupported") and not i["error"] for i in j)'
json 'sum(i["verdict"] == "valid" for i in j) >= 100'
t info_json_of_every_image 0 info --json "${images[@]}"
schema info

printf '[\n' >"$box/all"
trees=0
failed=0
for file in "$data"/dtb/*.dtb; do
	[ "$trees" -eq 0 ] || printf ',\n' >>"$box/all"
	"$qpas" platform --json "$file" >>"$box/all" 2>>"$box/failed" || failed=$((failed + 1))
	trees=$((trees + 1))
done
printf ']\n' >>"$box/all"
begin platform_json_of_every_tree
if [ "$failed" -ne 0 ] || [ "$trees" -lt 300 ]; then
	wrong "$failed of $trees trees: $(head -n 5 "$box/failed")"
fi
/usr/bin/python3 -c 'import json, sys
print(json.dumps(sum(json.load(open(sys.argv[1])), [])))' "$box/all" >"$box/out"
schema platform
json 'len(j) > 1000'

summary
