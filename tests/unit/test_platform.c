/* SPDX-License-Identifier: BSD-3-Clause */
/* What a tree says about its peripherals, in the words of qpas/platform.h. */
#include "platform_open.h"

#include "platform/platform.h"

static void describes_the_adsp_of_lemans(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform = must_open(&tree);
	struct qpas_peripheral adsp = must_find(platform, "adsp");

	(void)state;
	assert_string_equal(qpas_platform_model(platform), "Board of the lemans kind");
	assert_int_equal(qpas_platform_count(platform), 7);
	assert_string_equal(adsp.name, "adsp");
	assert_int_equal(adsp.kind, QPAS_KIND_REMOTEPROC);
	assert_string_equal(adsp.path, "/soc@0/remoteproc@30000000");
	assert_string_equal(adsp.compatible, "qcom,sa8775p-adsp-pas");
	assert_string_equal(adsp.status, "okay");
	assert_int_equal(adsp.pas_id, 1);
	assert_int_equal(adsp.dtb_pas_id, 0xffffffffu);
	assert_int_equal(adsp.minidump_id, 5);
	assert_int_equal(adsp.crash_reason_item, 423);
	assert_int_equal(adsp.firmware_count, 1);
	assert_string_equal(adsp.firmware[0], "qcom/sa8775p/adsp.mbn");
	assert_int_equal(adsp.carveout_count, 1);
	assert_string_equal(adsp.carveouts[0].name, "pil-adsp@95900000");
	assert_int_equal(adsp.carveouts[0].address, 0x95900000u);
	assert_int_equal(adsp.carveouts[0].size, 0x1e00000);
	assert_int_equal(adsp.carveouts[0].dynamic, 0);
	assert_int_equal(adsp.stream_count, 1);
	assert_string_equal(adsp.streams[0].iommu, "/soc@0/iommu@15000000");
	assert_int_equal(adsp.streams[0].cell_count, 2);
	assert_int_equal(adsp.streams[0].cells[0], 0x3000);
	assert_int_equal(adsp.streams[0].cells[1], 0);
	assert_int_equal(adsp.lacks, 0);
	assert_int_equal(adsp.flags,
			 QPAS_PERIPHERAL_ENABLED | QPAS_PERIPHERAL_PAS | QPAS_PERIPHERAL_EL2_PATH |
				 QPAS_PERIPHERAL_READY_SIGNAL | QPAS_PERIPHERAL_AUTO_BOOT);
	assert_int_equal(adsp.lite_count + adsp.assign_count, 0);
	qpas_platform_unref(platform);
}

static void finds_the_other_processors_of_lemans(void **state)
{
	static const struct {
		const char *name;
		uint32_t pas_id, minidump, crash, address, stream, mask;
	} wanted[] = {
		{"cdsp0", 18, 7, 601, 0x9b500000, 0x21c0, 0x400},
		{"cdsp1", 30, 20, 633, 0x9d400000, 0x29c0, 0x400},
		{"gpdsp0", 39, 21, 640, 0x97800000, 0x38a0, 0},
		{"gpdsp1", 40, 22, 641, 0x99600000, 0x38c0, 0},
	};
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform = must_open(&tree);

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct qpas_peripheral found = must_find(platform, wanted[i].name);

		assert_int_equal(found.pas_id, wanted[i].pas_id);
		assert_int_equal(found.minidump_id, wanted[i].minidump);
		assert_int_equal(found.crash_reason_item, wanted[i].crash);
		assert_int_equal(found.carveouts[0].address, wanted[i].address);
		assert_int_equal(found.streams[0].cells[0], wanted[i].stream);
		assert_int_equal(found.streams[0].cells[1], wanted[i].mask);
	}
	qpas_platform_unref(platform);
}

static void zap_shader_and_video_lack_streams_of_their_own(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform = must_open(&tree);
	struct qpas_peripheral gpu = must_find(platform, "gpu");
	struct qpas_peripheral video = must_find(platform, "video");

	(void)state;
	assert_int_equal(gpu.kind, QPAS_KIND_GPU);
	assert_string_equal(gpu.path, "/soc@0/gpu@3d00000/zap-shader");
	assert_string_equal(gpu.compatible, "qcom,adreno-663.0");
	assert_int_equal(gpu.pas_id, 13);
	/* Started at EL2 as well: no stream of PAS reads its shader. */
	assert_int_equal(gpu.lacks, 0);
	assert_int_equal(gpu.flags & QPAS_PERIPHERAL_READY_SIGNAL, 0);
	assert_int_equal(video.kind, QPAS_KIND_VIDEO);
	assert_int_equal(video.pas_id, 9);
	/* The node's own iommus are the device's, never its firmware's. */
	assert_int_equal(video.stream_count, 0);
	assert_int_equal(video.lacks, QPAS_LACKS_FIRMWARE_STREAM);
	assert_int_equal(video.flags & QPAS_PERIPHERAL_EL2_PATH, 0);
	assert_string_equal(video.firmware[0], "qcom/vpu/vpu30_p4.mbn");
	qpas_platform_unref(platform);
}

static void video_firmware_child_gives_the_stream(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform;
	struct qpas_peripheral video;

	(void)state;
	test_tree_add_node(&tree, "/soc@0/video-codec@aa00000", "video-firmware");
	test_tree_cells(&tree, "/soc@0/video-codec@aa00000/video-firmware", "iommus", 0x10, 0x2a02,
			0);
	platform = must_open(&tree);
	video = must_find(platform, "video");
	assert_int_equal(video.stream_count, 1);
	assert_int_equal(video.streams[0].cells[0], 0x2a02);
	assert_int_equal(video.lacks, 0);
	assert_true(video.flags & QPAS_PERIPHERAL_VIDEO_FIRMWARE);
	assert_false(video.flags & QPAS_PERIPHERAL_EL2_PATH);
	qpas_platform_unref(platform);
}

/* One peripheral on an otherwise empty board. */
struct lonely {
	const char *compatible;
	size_t compatible_bytes;
	const char *name;
	uint32_t kind, pas_id, dtb_pas_id;
	const char *firmware;
	uint64_t flags, flags_off;
};

#define LONELY(text) text, sizeof(text)

static const struct lonely lonely[] = {
	/* Found by the second string, named by the first. */
	{LONELY("qcom,sm8750-adsp-pas\0qcom,sm8550-adsp-pas"), "adsp", QPAS_KIND_REMOTEPROC, 1, 36,
	 "adsp.mdt", QPAS_PERIPHERAL_AUTO_BOOT, 0},
	{LONELY("qcom,qcs8300-cdsp-pas\0qcom,sa8775p-cdsp0-pas"), "cdsp", QPAS_KIND_REMOTEPROC, 18,
	 0xffffffff, "cdsp0.mbn", QPAS_PERIPHERAL_PAS, 0},
	{LONELY("qcom,sc8280xp-nsp1-pas"), "cdsp1", QPAS_KIND_REMOTEPROC, 30, 0xffffffff,
	 "cdsp.mdt", QPAS_PERIPHERAL_READY_SIGNAL, 0},
	{LONELY("qcom,sm8550-mpss-pas"), "modem", QPAS_KIND_REMOTEPROC, 4, 38, "modem.mdt",
	 QPAS_PERIPHERAL_DECRYPT_SHUTDOWN, QPAS_PERIPHERAL_AUTO_BOOT},
	{LONELY("qcom,pronto-v2-pil\0qcom,pronto"), "wcnss", QPAS_KIND_REMOTEPROC, 6, 0xffffffff,
	 "wcnss.mdt", QPAS_PERIPHERAL_PAS, QPAS_PERIPHERAL_READY_SIGNAL},
	{LONELY("qcom,riva-pil"), "wcnss", QPAS_KIND_REMOTEPROC, 6, 0xffffffff, "wcnss.mdt",
	 QPAS_PERIPHERAL_PAS, 0},
	{LONELY("qcom,qcs404-wcss-pas"), "wcss", QPAS_KIND_REMOTEPROC, 6, 0xffffffff, "wcnss.mdt",
	 QPAS_PERIPHERAL_PAS, 0},
	{LONELY("qcom,shikra-lpaicp-pas"), "lpaicp", QPAS_KIND_REMOTEPROC, 0x56, 0x57, "lpaicp.mbn",
	 QPAS_PERIPHERAL_PAS, 0},
	{LONELY("qcom,sc7180-mss-pil"), "mss", QPAS_KIND_REMOTEPROC, 0xffffffff, 0xffffffff, NULL,
	 QPAS_PERIPHERAL_ENABLED, QPAS_PERIPHERAL_PAS},
	{LONELY("qcom,q6v5-pil"), "mss", QPAS_KIND_REMOTEPROC, 0xffffffff, 0xffffffff, NULL, 0,
	 QPAS_PERIPHERAL_PAS},
	{LONELY("qcom,sc7280-wpss-pil"), "wpss", QPAS_KIND_REMOTEPROC, 0xffffffff, 0xffffffff, NULL,
	 0, QPAS_PERIPHERAL_PAS},
	{LONELY("qcom,ipq6018-wcss-pil"), "wcss", QPAS_KIND_REMOTEPROC, 0xffffffff, 0xffffffff,
	 NULL, 0, QPAS_PERIPHERAL_PAS},
	/* Listed, though nobody knows its id. */
	{LONELY("qcom,nosuchchip-adsp-pas"), "adsp", QPAS_KIND_REMOTEPROC, 0xffffffff, 0xffffffff,
	 NULL, QPAS_PERIPHERAL_ENABLED, QPAS_PERIPHERAL_PAS},
	{LONELY("qcom,-pas"), "remoteproc", QPAS_KIND_REMOTEPROC, 0xffffffff, 0xffffffff, NULL, 0,
	 QPAS_PERIPHERAL_PAS},
	{LONELY("qcom,sdm845-venus-v2"), "video", QPAS_KIND_VIDEO, 9, 0xffffffff,
	 "qcom/venus-5.2/venus.mbn", QPAS_PERIPHERAL_PAS, QPAS_PERIPHERAL_READY_SIGNAL},
	{LONELY("qcom,nosuchchip-iris"), "video", QPAS_KIND_VIDEO, 9, 0xffffffff, NULL,
	 QPAS_PERIPHERAL_PAS, 0},
	{LONELY("qcom,sc7280-ipa"), "ipa", QPAS_KIND_IPA, 15, 0xffffffff, "ipa_fws.mdt",
	 QPAS_PERIPHERAL_PAS, QPAS_PERIPHERAL_READY_SIGNAL},
	{LONELY("qcom,wcn6750-wifi"), "wifi", QPAS_KIND_WIFI, 0xffffffff, 0xffffffff, NULL, 0,
	 QPAS_PERIPHERAL_PAS},
	{LONELY("qpas,camera-icp"), "camera", QPAS_KIND_CAMERA, 33, 0xffffffff, NULL,
	 QPAS_PERIPHERAL_PAS, QPAS_PERIPHERAL_READY_SIGNAL},
};

static void reads_each_kind_by_its_compatible_list(void **state)
{
	const struct lonely *row = *state;
	struct test_tree tree = test_tree_bare("qcom,board");
	struct qpas_platform *platform;
	struct qpas_peripheral found;

	test_tree_add_node(&tree, "/", "thing");
	test_tree_set(&tree, "/thing", "compatible", row->compatible, row->compatible_bytes);
	platform = must_open(&tree);
	assert_int_equal(qpas_platform_count(platform), 1);
	found = must_find(platform, row->name);
	assert_string_equal(found.compatible, row->compatible);
	assert_int_equal(found.kind, row->kind);
	assert_int_equal(found.pas_id, row->pas_id);
	assert_int_equal(found.dtb_pas_id, row->dtb_pas_id);
	assert_int_equal(found.firmware_count, !!row->firmware + (row->dtb_pas_id != 0xffffffff));
	if (row->firmware)
		assert_string_equal(found.firmware[0], row->firmware);
	assert_int_equal(found.flags & row->flags, row->flags);
	assert_int_equal(found.flags & row->flags_off, 0);
	qpas_platform_unref(platform);
}

static void unrelated_nodes_are_no_peripherals(void **state)
{
	static const char *const others[] = {
		"qcom,sm8550-adsp-pas2", "nvidia,x-adsp-pas", "qcom,pas", "-pas", "qcom,wcnss",
		"qcom,adreno-gmu",	 "qpas,camera-icp2",  ""};
	struct test_tree tree = test_tree_bare("qcom,board");
	struct qpas_peripheral peripheral = QPAS_PERIPHERAL_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_platform *platform;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		char path[] = "/a";

		path[1] = (char)('a' + i);
		test_tree_add_node(&tree, "/", path + 1);
		test_tree_set_text(&tree, path, "compatible", others[i]);
	}
	/* A zap shader counts only below a GPU; a list that does not end is no list. */
	test_tree_add_node(&tree, "/a", "zap-shader");
	test_tree_add_node(&tree, "/", "z");
	test_tree_set(&tree, "/z", "compatible", "qcom,sa8775p-adsp-pas", 21);
	platform = must_open(&tree);
	assert_int_equal(qpas_platform_count(platform), 0);
	assert_int_equal(qpas_platform_find(platform, "adsp", &peripheral, &err),
			 QPAS_ERR_NOTFOUND);
	assert_int_equal(qpas_platform_peripheral(platform, 0, &peripheral, &err),
			 QPAS_ERR_NOTFOUND);
	qpas_platform_unref(platform);
}

static void x1e_has_dtb_image_and_lite_processors(void **state)
{
	static const char names[] = "qcom/x1e80100/adsp.mbn\0qcom/x1e80100/adsp_dtb.mbn";
	struct test_tree tree = test_tree_bare("qcom,x1e80100");
	struct qpas_platform *platform;
	struct qpas_peripheral adsp;

	(void)state;
	test_tree_add_region(&tree, "adspslpi@887e00000", 1, UINT64_C(0x887e00000), 0x3a00000);
	test_tree_add_region(&tree, "q6-adsp-dtb@8b800000", 2, 0x8b800000, 0x80000);
	test_tree_add_node(&tree, "/", "dsp");
	test_tree_set_text(&tree, "/dsp", "compatible", "qcom,x1e80100-adsp-pas");
	test_tree_set(&tree, "/dsp", "firmware-name", names, sizeof(names));
	test_tree_cells(&tree, "/dsp", "memory-region", 1, 2);
	platform = must_open(&tree);
	adsp = must_find(platform, "adsp");
	assert_int_equal(adsp.firmware_count, 2);
	assert_string_equal(adsp.firmware[1], "qcom/x1e80100/adsp_dtb.mbn");
	assert_int_equal(adsp.dtb_pas_id, 0x24);
	assert_int_equal(adsp.carveout_count, 2);
	/* Above 4 GiB: two cells each. */
	assert_true(adsp.carveouts[0].address == UINT64_C(0x887e00000));
	assert_int_equal(adsp.carveouts[1].size, 0x80000);
	assert_int_equal(adsp.lite_count, 2);
	assert_int_equal(adsp.lite_pas_ids[0], 0x1f);
	assert_int_equal(adsp.lite_pas_ids[1], 0x29);
	assert_int_equal(adsp.lacks, QPAS_LACKS_IOMMUS);
	assert_int_equal(adsp.flags & QPAS_PERIPHERAL_EL2_PATH, 0);
	qpas_platform_unref(platform);
}

static void modem_lends_its_regions(void **state)
{
	struct test_tree tree = test_tree_bare("qcom,sm8650");
	struct qpas_platform *platform;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct qpas_peripheral modem;

	(void)state;
	test_tree_add_region(&tree, "a@1000000", 1, 0x1000000, 0x1000);
	test_tree_add_region(&tree, "b@2000000", 2, 0x2000000, 0x1000);
	test_tree_add_region(&tree, "c@3000000", 3, 0x3000000, 0x1000);
	test_tree_add_node(&tree, "/", "m");
	test_tree_set_text(&tree, "/m", "compatible", "qcom,sm8650-mpss-pas");
	test_tree_cells(&tree, "/m", "memory-region", 1, 2, 3);
	platform = must_open(&tree);
	modem = must_find(platform, "modem");
	assert_int_equal(modem.assign_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(modem.assigns[i].region_index, 2 + i);
		assert_int_equal(modem.assigns[i].vmid, 0xf);
		assert_int_equal(modem.assigns[i].shared, 0);
	}
	/* Three are to be lent from index 2 on, and only one is there: a boot would have to guess. */
	assert_int_equal(qpasi_platform_check_boot(platform, &modem, &err), QPAS_ERR_RANGE);
	assert_int_equal(err.message_id, 825);
	qpas_platform_unref(platform);
}

static void shared_region_of_the_cdsp_keeps_the_host(void **state)
{
	struct test_tree tree = test_tree_bare("qcom,sm8650");
	struct qpas_platform *platform;
	struct qpas_peripheral cdsp;

	(void)state;
	test_tree_add_node(&tree, "/", "c");
	test_tree_set_text(&tree, "/c", "compatible", "qcom,sm8650-cdsp-pas");
	platform = must_open(&tree);
	cdsp = must_find(platform, "cdsp");
	assert_int_equal(cdsp.assign_count, 1);
	assert_int_equal(cdsp.assigns[0].vmid, 0x1e);
	assert_int_equal(cdsp.assigns[0].shared, 1);
	qpas_platform_unref(platform);
}

static void ipa_of_the_modem_is_not_ours(void **state)
{
	static const struct {
		const char *property, *value;
		uint32_t pas_id;
	} rows[] = {
		{"qcom,gsi-loader", "self", 15},
		{"qcom,gsi-loader", "modem", 0xffffffff},
		{"qcom,gsi-loader", "skip", 0xffffffff},
		{"modem-init", "", 0xffffffff},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_tree tree = test_tree_bare("qcom,board");
		struct qpas_platform *platform;

		test_tree_add_node(&tree, "/", "i");
		test_tree_set_text(&tree, "/i", "compatible", "qcom,sm8550-ipa");
		test_tree_set_text(&tree, "/i", rows[i].property, rows[i].value);
		platform = must_open(&tree);
		assert_int_equal(must_find(platform, "ipa").pas_id, rows[i].pas_id);
		qpas_platform_unref(platform);
	}
}

static void status_of_parents_counts(void **state)
{
	static const struct {
		const char *path, *value;
		size_t bytes;
		bool enabled;
	} rows[] = {
		{"/soc@0/remoteproc@30000000", "okay", 5, true},
		{"/soc@0/remoteproc@30000000", "ok", 3, true},
		{"/soc@0/remoteproc@30000000", "disabled", 9, false},
		{"/soc@0/remoteproc@30000000", "fail", 5, false},
		{"/soc@0/remoteproc@30000000", "okay2", 6, false},
		{"/soc@0", "disabled", 9, false},
		{"/soc@0", "okay", 5, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_tree tree = test_tree_lemans();
		struct qpas_platform *platform;
		struct qpas_peripheral adsp;

		test_tree_set(&tree, rows[i].path, "status", rows[i].value, rows[i].bytes);
		platform = must_open(&tree);
		adsp = must_find(platform, "adsp");
		assert_int_equal(!!(adsp.flags & QPAS_PERIPHERAL_ENABLED), rows[i].enabled);
		assert_int_equal(!(adsp.lacks & QPAS_LACKS_STATUS), rows[i].enabled);
		assert_string_equal(adsp.status, i < 5 ? rows[i].value : "okay");
		qpas_platform_unref(platform);
	}
}

static void region_without_an_address_is_lacking(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform;
	struct qpas_peripheral adsp;
	struct qpas_peripheral cdsp;

	(void)state;
	test_tree_delete(&tree, "/reserved-memory/pil-adsp@95900000", "reg");
	test_tree_cells(&tree, "/reserved-memory/pil-adsp@95900000", "size", 0, 0x600000);
	test_tree_set_text(&tree, "/reserved-memory/pil-cdsp0@9b500000", "status", "disabled");
	platform = must_open(&tree);
	adsp = must_find(platform, "adsp");
	cdsp = must_find(platform, "cdsp0");
	assert_int_equal(adsp.carveouts[0].dynamic, 1);
	assert_int_equal(adsp.carveouts[0].address, 0);
	assert_int_equal(adsp.carveouts[0].size, 0x600000);
	assert_int_equal(adsp.lacks, QPAS_LACKS_CARVEOUT);
	assert_int_equal(cdsp.carveouts[0].dynamic, 1);
	assert_int_equal(cdsp.carveouts[0].address, 0);
	assert_int_equal(cdsp.lacks, QPAS_LACKS_CARVEOUT);
	qpas_platform_unref(platform);
}

static void quirks_follow_the_machine(void **state)
{
	static const struct {
		const char *machine;
		uint64_t quirk;
	} rows[] = {
		{"qcom,sc7180", QPAS_PERIPHERAL_NO_BRIDGE},
		{"qcom,sc8180x", QPAS_PERIPHERAL_NO_BRIDGE},
		{"qcom,sdm670", QPAS_PERIPHERAL_NO_BRIDGE},
		{"qcom,sdm845", QPAS_PERIPHERAL_NO_BRIDGE},
		{"qcom,sm7150", QPAS_PERIPHERAL_NO_BRIDGE},
		{"qcom,sm8150", QPAS_PERIPHERAL_NO_BRIDGE},
		{"qcom,qcm6490", QPAS_PERIPHERAL_OLD_TZ},
		{"qcom,sc7280", 0},
		{"qcom,sm8550", 0},
	};
	const uint64_t quirks = QPAS_PERIPHERAL_NO_BRIDGE | QPAS_PERIPHERAL_OLD_TZ |
				QPAS_PERIPHERAL_MEM_SETUP_ALWAYS;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_tree tree = test_tree_lemans();
		struct qpas_platform *platform;
		char machine[64] = "vendor,board";

		/* The chip is a later string of the root's list. */
		strncpy(machine + 13, rows[i].machine, sizeof(machine) - 14);
		test_tree_set(&tree, "/", "compatible", machine, 13 + strlen(rows[i].machine) + 1);
		platform = must_open(&tree);
		assert_int_equal(must_find(platform, "adsp").flags & quirks, rows[i].quirk);
		qpas_platform_unref(platform);
	}
}

static void pas_of_op_tee_wants_mem_setup(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform;

	(void)state;
	test_tree_add_node(&tree, "/", "firmware");
	test_tree_add_node(&tree, "/firmware", "optee");
	test_tree_set_text(&tree, "/firmware/optee", "compatible", "linaro,optee-tz");
	platform = must_open(&tree);
	assert_true(must_find(platform, "adsp").flags & QPAS_PERIPHERAL_MEM_SETUP_ALWAYS);
	qpas_platform_unref(platform);
}

static void camera_binding_takes_the_el2_path(void **state)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform;
	struct qpas_peripheral camera;

	(void)state;
	test_tree_add_region(&tree, "pil-camera@9f400000", 0x20, 0x9f400000, 0x500000);
	test_tree_add_node(&tree, "/soc@0", "camera-icp@ac00000");
	test_tree_set_text(&tree, "/soc@0/camera-icp@ac00000", "compatible", "qpas,camera-icp");
	test_tree_cells(&tree, "/soc@0/camera-icp@ac00000", "qcom,pas-id", 50);
	test_tree_cells(&tree, "/soc@0/camera-icp@ac00000", "memory-region", 0x20);
	test_tree_cells(&tree, "/soc@0/camera-icp@ac00000", "iommus", 0x10, 0x8c1, 0x400);
	test_tree_set_text(&tree, "/soc@0/camera-icp@ac00000", "firmware-name",
			   "qcom/sa8775p/CAMERA_ICP.mbn");
	platform = must_open(&tree);
	camera = must_find(platform, "camera");
	assert_int_equal(camera.kind, QPAS_KIND_CAMERA);
	assert_int_equal(camera.pas_id, 50);
	assert_int_equal(camera.streams[0].cells[0], 0x8c1);
	assert_true(camera.flags & QPAS_PERIPHERAL_EL2_PATH);
	assert_int_equal(camera.lacks, 0);
	qpas_platform_unref(platform);
}

int main(void)
{
	struct CMUnitTest tests[64] = {
		cmocka_unit_test(describes_the_adsp_of_lemans),
		cmocka_unit_test(finds_the_other_processors_of_lemans),
		cmocka_unit_test(zap_shader_and_video_lack_streams_of_their_own),
		cmocka_unit_test(video_firmware_child_gives_the_stream),
		cmocka_unit_test(unrelated_nodes_are_no_peripherals),
		cmocka_unit_test(x1e_has_dtb_image_and_lite_processors),
		cmocka_unit_test(modem_lends_its_regions),
		cmocka_unit_test(shared_region_of_the_cdsp_keeps_the_host),
		cmocka_unit_test(ipa_of_the_modem_is_not_ours),
		cmocka_unit_test(status_of_parents_counts),
		cmocka_unit_test(region_without_an_address_is_lacking),
		cmocka_unit_test(quirks_follow_the_machine),
		cmocka_unit_test(pas_of_op_tee_wants_mem_setup),
		cmocka_unit_test(camera_binding_takes_the_el2_path),
	};
	size_t count = 14;

	for (size_t i = 0; i < sizeof(lonely) / sizeof(lonely[0]); i++) {
		const struct CMUnitTest test = {lonely[i].compatible,
						reads_each_kind_by_its_compatible_list, NULL, NULL,
						(void *)(uintptr_t)&lonely[i]};

		tests[count++] = test;
	}
	return _cmocka_run_group_tests("platform", tests, count, NULL, NULL);
}
