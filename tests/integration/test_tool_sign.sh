# SPDX-License-Identifier: BSD-3-Clause
# qpas keygen and qpas sign as their users call them, with keys of their own and with openssl's.
# Sourced by test_tool.sh.
# shellcheck shell=bash

modes() { stat -c '%n %a' "$@" | tr '\n' ' '; }
key_files='root.key root.pem ca.key ca.pem leaf.key leaf.pem chain.pem'

hush() { "$@" >/dev/null 2>&1; }

# by FOLDER: the options that name its key and chain
by() { printf '%s\n' --key "$1/leaf.key" --chain "$1/chain.pem"; }
by_qti() { printf '%s\n' --qti-key "$1/leaf.key" --qti-chain "$1/chain.pem"; }

# SHA-384 of the root, as fuses have it
root_of() { openssl x509 -in "$1/root.pem" -outform DER | sha384sum | cut -d' ' -f1; }

group_sign() {
	mkdir sign && cp bare.elf good.mbn fixed.mbn split.mdt split.b0? text.mbn sign && cd sign || exit 1
	group_keygen
	group_sign_versions
	group_sign_own_keys
	group_sign_refusals
	group_sign_disk
	group_sign_completion
	cd .. || exit 1
}

group_keygen() {
	local n
	t keygen_makes_seven_files 0 keygen --type p384 --out ec
	out '^ec/leaf.key  \(private\)$'
	out '^root "libqpas Test Root CA", a test root; signs images by ecdsa-p384-sha384$'
	quiet
	ok [ "$(cd ec && echo *)" = "$(tr ' ' '\n' <<<"$key_files" | sort | tr '\n' ' ' | sed 's/ $//')" ]
	begin private_keys_are_their_owners_alone
	ok [ "$(modes ec ec/*.key)" = 'ec 700 ec/ca.key 600 ec/leaf.key 600 ec/root.key 600 ' ]
	begin private_keys_are_so_whatever_the_umask
	(umask 000 && exec "$qpas" keygen --type p384 --out wide) >"$box/out" 2>"$box/err" || wrong "exit code"
	ok [ "$(modes wide/*.key wide/*.pem)" = 'wide/ca.key 600 wide/leaf.key 600 wide/root.key 600 wide/ca.pem 666 wide/chain.pem 666 wide/leaf.pem 666 wide/root.pem 666 ' ]
	begin keygen_says_what_leafs_are_for
	ok [ "$(openssl x509 -in ec/leaf.pem -noout -ext extendedKeyUsage | tail -n 1 | tr -d ' ')" = CodeSigning ]
	ok [ "$(openssl x509 -in ec/leaf.pem -noout -ext keyUsage,basicConstraints | sed -n '/^ /p' | tr -d ' ' | sort | tr '\n' ' ')" = \
		'CA:FALSE DigitalSignature ' ]
	begin keygen_makes_chains_that_openssl_accepts
	ok hush openssl verify -x509_strict -CAfile ec/root.pem -untrusted ec/ca.pem ec/leaf.pem
	ok cmp ec/chain.pem <(cat ec/leaf.pem ec/ca.pem ec/root.pem)
	t keygen_json_fits_its_schema 0 keygen --json --type rsa2048 --out rsa --sw-id 4 --oem-id 0x14d --name Acme
	schema keygen
	json 'j[0]["root"] == "Acme Test Root CA" and j[0]["algorithm"] == "rsa-pss-sha256" and j[0]["error"] is None'
	json '[f["path"] for f in j[0]["files"] if f["private"]] == ["rsa/root.key", "rsa/ca.key", "rsa/leaf.key"]'
	t keygen_makes_a_leaf_under_a_CA 0 keygen --json --type rsa2048 --out video --ca rsa --sw-id 0xe
	schema keygen
	json '[f["path"] for f in j[0]["files"]] == ["video/root.pem", "video/ca.pem", "video/leaf.key",
		"video/leaf.pem", "video/chain.pem"]'
	ok cmp rsa/root.pem video/root.pem
	ok [ ! -e video/ca.key ]
	begin keygen_takes_a_CA_without_the_last_line_end
	cp -r rsa cut && head -c -1 rsa/ca.pem >cut/ca.pem
	ok hush "$qpas" keygen --type rsa2048 --out below --ca cut --sw-id 1
	t keygen_makes_keys_of_the_oldest_scheme 0 keygen --type rsa2048-pkcs1 --out oldest --sw-id 4
	t keygen_takes_dates 0 keygen --type p384 --out dated --not-before 2030-01-31 --not-after 2031-02-28
	ok [ "$(openssl x509 -in dated/leaf.pem -noout -startdate -enddate)" = \
		$'notBefore=Jan 31 00:00:00 2030 GMT\nnotAfter=Feb 28 23:59:59 2031 GMT' ]
	t keygen_never_replaces_keys 2 keygen --type p384 --out ec
	err 'ec/root.key exists. Give another folder, or --force'
	t keygen_json_of_a_refusal_fits_its_schema 2 keygen --json --type p384 --out ec
	schema keygen
	json 'j[0]["files"] == [] and j[0]["root"] is None and j[0]["error"]["code"] == "QPAS_ERR_ARG"'
	cp -r ec forced
	t keygen_replaces_them_when_asked 0 keygen --type p384 --out forced --force
	ok [ "$(cat ec/root.key)" != "$(cat forced/root.key)" ]
	t keygen_needs_a_type 2 keygen --out x
	t keygen_knows_three_types 2 keygen --type rsa4096 --out x
	err "p384, rsa2048 or rsa2048-pkcs1, not 'rsa4096'"
	t keygen_needs_a_folder 2 keygen --type p384
	t keygen_takes_no_identity_for_p384 2 keygen --type p384 --out x --sw-id 4
	t keygen_takes_no_size_without_an_identity 2 keygen --type rsa2048 --out x --sw-size 4
	t keygen_takes_no_one_date 2 keygen --type p384 --out x --not-before 2030-01-01
	t keygen_takes_no_other_dates 2 keygen --type p384 --out x --not-before 2030-1-1 --not-after 2031-01-01
	t keygen_takes_no_CA_in_its_own_folder 2 keygen --type p384 --out ec --ca ec
	t keygen_of_dates_in_wrong_order_is_2 2 keygen --type p384 --out x --not-before 2031-01-01 --not-after 2030-01-01
	t keygen_of_a_wide_OEM_ID_is_2 2 keygen --type rsa2048 --out x --sw-id 4 --oem-id 0x10000
	t keygen_under_a_CA_of_another_kind_is_1 1 keygen --type rsa2048 --out x --ca ec
	t keygen_under_a_missing_CA_is_3 3 keygen --type p384 --out x --ca none
	t keygen_in_a_missing_folder_is_3 3 keygen --type p384 --out none/x
	ok [ ! -e x ]
	for n in 1 4 7; do
		failing QPAS_PWRITE_FAILS $n "keygen_onto_a_full_disk_at_file_$n" keygen --type p384 --out full
		err 'No space left on device'
		ok [ ! -e full ]
		failing QPAS_RENAME_FAILS $n "keygen_takes_names_away_when_rename_${n}_fails" keygen --type p384 --out full
		ok [ ! -e full ]
		failing QPAS_PWRITE_FAILS $n "keygen_onto_a_full_disk_at_file_${n}_keeps_old_keys" \
			keygen --type p384 --out wide --force
		ok hush openssl verify -CAfile wide/root.pem -untrusted wide/ca.pem wide/leaf.pem
	done
	ok no_leftovers
}

# What is signed here was an ELF file without a hash segment.
group_sign_versions() {
	local version row
	local ec=() rsa=() chip=()
	mapfile -t ec < <(by ec)
	mapfile -t rsa < <(by rsa)
	mapfile -t chip < <(by_qti video)
	for version in 6 7 8; do
		t "sign_v$version" 0 sign bare.elf -o "v$version.mbn" --mbn "$version" "${ec[@]}" --sw-id 4 --oem-id 0x14d
		out "^v$version.mbn: MBN version $version, [0-9]+ bytes, signed and verified$"
		out '^  oem slot: ecdsa-p384-sha384, libqpas Test Image Signing under libqpas Test Root CA \(a test root\)$'
		quiet
		t "sign_v${version}_verifies" 0 verify --json --require-signature "v$version.mbn" --root-hash \
			"$(root_of ec)"
		schema verify
		json 'j[0]["verdict"] == "valid" and j[0]["root"]["match"] is True'
		json 'j[0]["identity"]["sw_id"] == "0x4" and j[0]["identity"]["oem_id"] == "0x14d"'
	done
	for version in 3 5; do
		t "sign_v$version" 0 sign bare.elf -o "v$version.mbn" --mbn "$version" "${rsa[@]}" --sw-id 4 --oem-id 0x14d
		t "sign_v${version}_verifies" 0 verify --require-signature "v$version.mbn"
		out '^valid .* SW_ID 0x4 \(adsp\)'
	done
	mapfile -t rsa < <(by oldest)
	t sign_v3_in_the_oldest_scheme 0 sign bare.elf -o oldest.mbn --mbn 3 "${rsa[@]}"
	out 'oem slot: rsa-pkcs1-v15-mbn3'
	cp oldest.mbn once.mbn
	t sign_v3_in_the_oldest_scheme_gives_the_same_bytes 0 sign bare.elf -o oldest.mbn --mbn 3 "${rsa[@]}"
	ok cmp oldest.mbn once.mbn
	mapfile -t rsa < <(by wide)
	t sign_twice_in_one_image 0 sign --json bare.elf -o double.mbn --mbn 7 "${rsa[@]}" \
		--qti-key ec/leaf.key --qti-chain ec/chain.pem --sw-id 4 --digest sha256
	schema sign
	json '[s["slot"] for s in j[0]["signatures"]] == ["oem", "qti"] and j[0]["error"] is None'
	json 'j[0]["output"] == "double.mbn" and j[0]["mbn_version"] == 7'
	json 'all(s["test_root"] for s in j[0]["signatures"])'
	t sign_twice_verifies_twice 0 verify --json double.mbn
	json '[s["valid"] for s in j[0]["signatures"]] == [True, True] and j[0]["digest"] == "sha256"'
	t sign_in_the_QTI_slot_alone 0 sign bare.elf -o qti.mbn --mbn 6 --qti-key ec/leaf.key --qti-chain ec/chain.pem \
		--sw-id 4
	t sign_in_the_QTI_slot_alone_verifies 0 verify --require-signature qti.mbn
	out 'qti signature valid'
	mapfile -t rsa < <(by rsa)
	t sign_v5_wants_leafs_that_agree 1 sign bare.elf -o none.mbn --mbn 5 "${rsa[@]}" "${chip[@]}" --sw-id 4
	err 'QTI slot: SW_ID differs from what the leaf certificate says'
	t sign_a_split_image_again 0 sign split.mdt -o again.mbn --mbn 8 "${ec[@]}" --sw-id 4 --again
	t sign_a_split_image_again_verifies 0 verify again.mbn
	out 'MBN v8, 3 of 3'
	t sign_relocatable 0 sign fixed.mbn -o moved.mbn --mbn 7 "${ec[@]}" --sw-id 4 --again --relocatable
	t sign_relocatable_is_seen 0 info --json moved.mbn
	json 'j[0]["relocatable"] is True'
	{ cat bare.elf && printf 'a tail'; } >tail.elf
	t sign_keeps_what_no_segment_claims 0 sign tail.elf -o tail.mbn --mbn 7 "${ec[@]}" --sw-id 4
	ok grep -q 'a tail' tail.mbn
	t sign_drops_it_when_asked 0 sign tail.elf -o tail.mbn --mbn 7 "${ec[@]}" --sw-id 4 --drop-uncovered
	! grep -q 'a tail' tail.mbn || wrong "the tail is there"
	t sign_says_everything_that_it_was_told 0 sign bare.elf -o all.mbn --mbn 7 "${ec[@]}" --sw-id 4 --secondary-sw-id 1 \
		--hw-id 0xc30e1 --oem-id 1 --model-id 2 --soc-version 0x6018 --soc-version 0x6008 --serial 7 --serial 8 \
		--anti-rollback 3 --debug enable
	t sign_says_it_to_verify 0 verify --json all.mbn
	schema verify
	for row in '"hw_id" "0xc30e1"' '"oem_id" "0x1"' '"model_id" "0x2"' '"anti_rollback" "0x3"' \
		'"soc_versions" ["0x6018", "0x6008"]' '"serials" ["0x7", "0x8"]' '"debug" "enable"'; do
		json "j[0]['identity'][${row%% *}] == ${row#* }"
	done
	t sign_makes_images_that_boot 0 boot adsp v7.mbn --backend tzsim: --dtb ../board.dtb
	for row in ec wide; do
		printf 'fuse root %s\n' "$(root_of "$row")" >"$row.txt"
	done
	t sign_makes_images_for_fuses_that_name_the_root 0 boot adsp v7.mbn --backend tzsim:dtb=../board.dtb,profile=ec.txt
	t sign_makes_images_for_no_other_fuses 1 boot adsp v7.mbn --backend tzsim:dtb=../board.dtb,profile=wide.txt
	err 'not the fused root'
}

# Keys as people have them: made by openssl, by their own rules, in files of their own.
group_sign_own_keys() {
	begin openssl_makes_keys_of_its_own
	mkdir own && ok own_keys p384 own/ec.key own/ec.pem -algorithm EC -pkeyopt ec_paramgen_curve:P-384
	ok own_keys rsa own/rsa.key own/rsa.pem -algorithm RSA -pkeyopt rsa_keygen_bits:4096
	t sign_by_keys_of_openssl 0 sign bare.elf -o own.mbn --mbn 8 --key own/ec.key --chain own/ec.pem --sw-id 4
	out '^  oem slot: ecdsa-p384-sha384, Own p384 leaf under Own p384 root$'
	t sign_by_keys_of_openssl_verifies 0 verify --require-signature own.mbn
	t sign_by_a_chain_of_RSA_4096 0 sign bare.elf -o own.mbn --mbn 6 --key own/rsa.key --chain own/rsa.pem --sw-id 4
	t sign_by_a_chain_of_RSA_4096_verifies 0 verify --require-signature own.mbn
	t sign_makes_room_for_a_longer_chain_than_usual 0 info --json own.mbn
	json 'j[0]["signatures"][0]["signature_size"] == "0x200"'
	json "2 * 1440 < int(j[0]['signatures'][0]['chain_size'], 16) == $((($(der_of own/rsa.pem) + 15) / 16 * 16))"
	begin a_chain_in_DER_is_taken
	: >own/chain.der
	for part in leaf ca root; do
		openssl x509 -in "ec/$part.pem" -outform DER >>own/chain.der
	done
	ok hush "$qpas" sign bare.elf -o own.mbn --mbn 7 --key ec/leaf.key --chain own/chain.der --sw-id 4
	ok hush "$qpas" verify own.mbn
	begin a_key_in_the_traditional_form_is_taken
	openssl ec -in own/ec.key -out own/old.key 2>/dev/null
	ok grep -q 'BEGIN EC PRIVATE KEY' own/old.key
	ok hush "$qpas" sign bare.elf -o own.mbn --mbn 7 --key own/old.key --chain own/ec.pem --sw-id 4
	t sign_v5_by_a_leaf_without_words_is_1 1 sign bare.elf -o none.mbn --mbn 5 --key own/rsa.key --chain own/rsa.pem
	err 'does not say what the image is'
	begin an_encrypted_key_is_refused_without_a_question
	openssl pkcs8 -topk8 -in own/ec.key -out own/locked.key -passout pass:secret
	t an_encrypted_key_is_1 1 sign bare.elf -o none.mbn --mbn 7 --key own/locked.key --chain own/ec.pem --sw-id 4
	err 'cannot be read \(it is encrypted\)'
	t a_key_of_another_leaf_is_1 1 sign --json bare.elf -o none.mbn --mbn 7 --key own/ec.key --chain ec/chain.pem --sw-id 4
	err 'not that of the first certificate'
	schema sign
	json 'j[0]["output"] is None and j[0]["signatures"] == [] and j[0]["error"]["message_id"] == 572'
	begin P_256_is_refused
	ok own_keys p256 own/p256.key own/p256.pem -algorithm EC -pkeyopt ec_paramgen_curve:P-256
	t sign_by_P_256_is_1 1 sign bare.elf -o none.mbn --mbn 7 --key own/p256.key --chain own/p256.pem --sw-id 4
	ok [ ! -e none.mbn ]
}

# Bytes of the certificates in a PEM file
der_of() {
	/usr/bin/python3 -c 'import base64, re, sys
text = open(sys.argv[1]).read()
print(sum(len(base64.b64decode(part)) for part in re.findall("BEGIN CERTIFICATE-----(.*?)-----END", text, re.S)))' "$1"
}

# own_keys NAME KEY CHAIN GENPKEY_OPTION…: a root, and a leaf that it signs
own_keys() {
	local name=$1 key=$2 chain=$3 options=()
	[ "$name" != rsa ] || options=(-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256)
	local digest=-sha384 long
	long=$(printf '%064d' 0)
	[ "$name" != rsa ] || digest=-sha256
	openssl genpkey "${@:4}" -out own/root.key 2>/dev/null && openssl genpkey "${@:4}" -out "$key" 2>/dev/null &&
		openssl req -new -x509 "$digest" "${options[@]}" -key own/root.key -subj "/O=$long/OU=$long/L=$long/CN=Own $name root" -days 30 \
			-addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign' -out own/root.pem &&
		openssl req -new "$digest" "${options[@]}" -key "$key" -subj "/O=$long/OU=$long/L=$long/CN=Own $name leaf" -out own/leaf.csr &&
		openssl x509 -req "$digest" "${options[@]}" -in own/leaf.csr -CA own/root.pem -CAkey own/root.key -CAcreateserial \
			-days 30 -extfile <(printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n') \
			-out own/leaf.pem 2>/dev/null &&
		cat own/leaf.pem own/root.pem >"$chain"
}

group_sign_refusals() {
	local ec=()
	mapfile -t ec < <(by ec)
	t sign_needs_again_for_signed_images 1 sign --json good.mbn -o none.mbn --mbn 7 "${ec[@]}" --sw-id 4
	err 'has a hash segment already \(header 1\)'
	schema sign
	json 'j[0]["error"]["code"] == "QPAS_ERR_POLICY" and j[0]["size"] is None'
	t sign_of_something_else_is_1 1 sign text.mbn -o none.mbn --mbn 7 "${ec[@]}" --sw-id 4
	t sign_of_a_missing_file_is_3 3 sign none.elf -o none.mbn --mbn 7 "${ec[@]}" --sw-id 4
	t sign_by_a_missing_key_is_3 3 sign bare.elf -o none.mbn --mbn 7 --key none.key --chain ec/chain.pem --sw-id 4
	err 'none.key: No such file'
	t sign_by_a_missing_chain_is_3 3 sign bare.elf -o none.mbn --mbn 7 --key ec/leaf.key --chain none.pem --sw-id 4
	err 'none.pem: No such file'
	t sign_by_something_else_is_1 1 sign bare.elf -o none.mbn --mbn 7 --key text.mbn --chain ec/chain.pem --sw-id 4
	t sign_under_something_else_is_1 1 sign bare.elf -o none.mbn --mbn 7 --key ec/leaf.key --chain text.mbn --sw-id 4
	t sign_under_a_leaf_alone_is_1 1 sign bare.elf -o none.mbn --mbn 7 --key ec/leaf.key --chain ec/leaf.pem --sw-id 4
	t sign_v5_by_p384_is_1 1 sign bare.elf -o none.mbn --mbn 5 "${ec[@]}"
	err 'OEM slot: no signature scheme is known for a v5 image whose leaf is signed with ecdsa-with-SHA384'
	t sign_v8_twice_is_1 1 sign bare.elf -o none.mbn --mbn 8 "${ec[@]}" --qti-key ec/leaf.key --qti-chain ec/chain.pem --sw-id 4
	t sign_v5_by_SHA_384_is_1 1 sign bare.elf -o none.mbn --mbn 5 --key rsa/leaf.key --chain rsa/chain.pem --digest sha384
	t sign_needs_an_output 2 sign bare.elf --mbn 7 "${ec[@]}" --sw-id 4
	t sign_needs_a_version 2 sign bare.elf -o none.mbn "${ec[@]}" --sw-id 4
	t sign_knows_five_versions 2 sign bare.elf -o none.mbn --mbn 4 "${ec[@]}" --sw-id 4
	t sign_needs_a_key 2 sign bare.elf -o none.mbn --mbn 7 --sw-id 4
	t sign_needs_a_chain_with_a_key 2 sign bare.elf -o none.mbn --mbn 7 --key ec/leaf.key --sw-id 4
	err 'give --key and --chain together'
	t sign_needs_both_of_QTI 2 sign bare.elf -o none.mbn --mbn 7 "${ec[@]}" --qti-key ec/leaf.key --sw-id 4
	t sign_needs_a_SW_ID 2 sign bare.elf -o none.mbn --mbn 7 "${ec[@]}"
	t sign_knows_two_digests 2 sign bare.elf -o none.mbn --mbn 7 "${ec[@]}" --sw-id 4 --digest sha1
	t sign_knows_two_words_of_debug 2 sign bare.elf -o none.mbn --mbn 7 "${ec[@]}" --sw-id 4 --debug on
	t sign_takes_12_SoC_versions 2 sign bare.elf -o none.mbn --mbn 7 "${ec[@]}" --sw-id 4 \
		--soc-version={1,2,3,4,5,6,7,8,9,10,11,12,13}
	t sign_takes_8_serials 2 sign bare.elf -o none.mbn --mbn 7 "${ec[@]}" --sw-id 4 --serial={1,2,3,4,5,6,7,8,9}
	t sign_takes_32_bits_of_SW_ID 2 sign bare.elf -o none.mbn --mbn 7 "${ec[@]}" --sw-id 0x100000000
	t sign_never_replaces_the_image 2 sign bare.elf -o ./bare.elf --mbn 7 "${ec[@]}" --sw-id 4
	cp -r ec kept
	t sign_never_replaces_the_key 2 sign bare.elf -o ec/leaf.key --mbn 7 "${ec[@]}" --sw-id 4
	err "would replace 'ec/leaf.key' itself"
	t sign_never_replaces_the_chain 2 sign bare.elf -o ec/chain.pem --mbn 7 "${ec[@]}" --sw-id 4
	ok diff -r ec kept
	t sign_takes_no_name_of_a_part 2 sign split.mdt -o split.b02 --mbn 7 "${ec[@]}" --sw-id 4 --again
	t sign_refuses_devices 2 sign bare.elf -o /dev/null --mbn 7 "${ec[@]}" --sw-id 4
	begin sign_leaves_no_file_after_a_refusal
	ok nothing_like 'none.*'
	ok no_leftovers
}

# completes WORD…: what the completion offers for the last word
completes() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	PATH=$(dirname "$qpas"):$PATH bash -c '. "$1" && shift && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _qpas &&
		printf "%s\n" "${COMPREPLY[@]}"' - "$top/tools/qpas/qpas.bash" "$@" | sort | tr '\n' ' '
}

group_sign_completion() {
	begin completion_knows_the_words_of_keygen_and_sign
	ok [ "$(completes qpas keygen --type '')" = 'p384 rsa2048 rsa2048-pkcs1 ' ]
	ok [ "$(completes qpas sign bare.elf --mbn '')" = '3 5 6 7 8 ' ]
	ok [ "$(completes qpas sign bare.elf --digest '')" = 'sha256 sha384 ' ]
	ok [ "$(completes qpas sign bare.elf --debug '')" = 'disable enable ' ]
	ok [ "$(completes qpas sign bare.elf --key ec/leaf)" = 'ec/leaf.key ec/leaf.pem ' ]
	ok [ "$(completes qpas sign bare.elf --qti)" = '--qti-chain --qti-key ' ]
	ok [ "$(completes qpas sign bare)" = 'bare.elf ' ]
}

group_sign_disk() {
	local ec=()
	mapfile -t ec < <(by ec)
	ec+=(--mbn 7 --sw-id 4)
	printf old >kept.mbn
	t sign_replaces_an_output_that_is_there 0 sign bare.elf -o kept.mbn "${ec[@]}"
	ok hush "$qpas" verify kept.mbn
	printf old >kept.mbn
	failing QPAS_PWRITE_FAILS 1 sign_onto_a_full_disk sign bare.elf -o full.mbn "${ec[@]}"
	err 'full.mbn could not be written: No space left on device'
	ok nothing_like 'full.*'
	failing QPAS_PWRITE_FAILS 1 sign_onto_a_full_disk_keeps_the_old_file sign bare.elf -o kept.mbn "${ec[@]}"
	failing QPAS_RENAME_FAILS 1 sign_leaves_nothing_when_rename_fails sign bare.elf -o kept.mbn "${ec[@]}"
	ok [ "$(cat kept.mbn)" = old ]
	t sign_into_a_missing_folder_is_3 3 sign bare.elf -o none/out.mbn "${ec[@]}"
	failing QPAS_MKOSTEMP_FAILS 1 sign_into_a_read_only_folder_is_3 sign bare.elf -o kept.mbn "${ec[@]}"
	err 'kept.mbn could not be created: Read-only file system'
	ok [ "$(cat kept.mbn)" = old ]
	failing QPAS_MKOSTEMP_FAILS 3 keygen_into_a_read_only_folder_is_3 keygen --type p384 --out full
	err 'full/ca.key could not be created: Read-only file system'
	ok [ ! -e full ]
	ok no_leftovers
}
