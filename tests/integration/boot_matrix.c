/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boards and the lists. What a list has comes from how the kernel's users of PAS work, read in
 * Linux 7.2 (drivers/remoteproc/qcom_q6v5_pas.c, media/platform/qcom/{venus,iris},
 * gpu/drm/msm/adreno/adreno_gpu.c, net/ipa/ipa_main.c), with what their hypervisor does put into the
 * host's hands at EL2.
 */
#include "integration/boot_matrix.h"

#define ADSP  "/soc@0/remoteproc@30000000"
#define VIDEO "/soc@0/video-codec@aa00000"
#define IOMMU 0x10u

/* ---- boards ---- */

/* A DSP of x1e80100: a device tree image of its own, and two ids that the boot loader left running. */
static void companion(struct test_tree *tree)
{
	static const char firmware[] = "qcom/x1e/adsp.mbn\0qcom/x1e/adsp_dtb.mbn";

	test_tree_add_region(tree, "adsp-dtb@90b00000", 0x30, 0x90b00000, 0x80000);
	test_tree_set_text(tree, ADSP, "compatible", "qcom,x1e80100-adsp-pas");
	test_tree_set(tree, ADSP, "firmware-name", firmware, sizeof(firmware));
	test_tree_cells(tree, ADSP, "memory-region", 1, 0x30);
}

/* A modem of sm8650: three regions that belong to VM 15 (MSS_MSA) while it runs. */
static void modem(struct test_tree *tree)
{
	static const char firmware[] = "qcom/sm8650/modem.mbn\0qcom/sm8650/modem_dtb.mbn";

	test_tree_add_region(tree, "modem-dtb@90b00000", 0x30, 0x90b00000, 0x80000);
	test_tree_add_region(tree, "qlink@d0000000", 0x31, 0xd0000000, 0x4900000);
	test_tree_add_region(tree, "dsm-1@d5000000", 0x32, 0xd5000000, 0x800000);
	test_tree_add_region(tree, "dsm-2@d6000000", 0x33, 0xd6000000, 0x200000);
	test_tree_set_text(tree, ADSP, "compatible", "qcom,sm8650-mpss-pas");
	test_tree_set(tree, ADSP, "firmware-name", firmware, sizeof(firmware));
	test_tree_cells(tree, ADSP, "memory-region", 1, 0x30, 0x31, 0x32, 0x33);
}

/* A stream for the firmware itself, so that it can start without PAS. */
static void video_firmware(struct test_tree *tree)
{
	test_tree_add_node(tree, VIDEO, "video-firmware");
	test_tree_cells(tree, VIDEO "/video-firmware", "iommus", IOMMU, 0x2a02, 0);
}

static void ipa(struct test_tree *tree)
{
	test_tree_add_region(tree, "ipa-gsi@d7000000", 0x34, 0xd7000000, 0xb000);
	test_tree_add_node(tree, "/soc@0", "ipa@1e40000");
	test_tree_set_text(tree, "/soc@0/ipa@1e40000", "compatible", "qcom,sm8550-ipa");
	test_tree_set_text(tree, "/soc@0/ipa@1e40000", "qcom,gsi-loader", "self");
	test_tree_cells(tree, "/soc@0/ipa@1e40000", "memory-region", 0x34);
	test_tree_cells(tree, "/soc@0/ipa@1e40000", "iommus", IOMMU, 0x4a0, 0);
}

/* Started by the PAS driver, as a DSP is; its tree for EL2 has iommus. */
static void wpss(struct test_tree *tree)
{
	test_tree_set_text(tree, ADSP, "compatible", "qcom,sc7280-wpss-pas");
}

/* Its chips are older than any host at EL2: no tree has iommus for it. */
static void wcnss(struct test_tree *tree)
{
	test_tree_set_text(tree, ADSP, "compatible", "qcom,pronto-v3-pil");
	test_tree_delete(tree, ADSP, "iommus");
}

/* What examples/camera-icp.dtso says, without a compiler. */
static struct test_tree camera(void)
{
	static const char node[] = "/fragment@0/__overlay__/camera-icp@ac00000";
	static const char region[] = "/fragment@1/__overlay__/pil-camera@c0000000";
	struct test_tree tree = test_tree_overlay();

	test_tree_add_node(&tree, "/", "fragment@0");
	test_tree_set_text(&tree, "/fragment@0", "target-path", "/soc@0");
	test_tree_add_node(&tree, "/fragment@0", "__overlay__");
	test_tree_add_node(&tree, "/fragment@0/__overlay__", "camera-icp@ac00000");
	test_tree_set_text(&tree, node, "compatible", "qpas,camera-icp");
	test_tree_cells(&tree, node, "qcom,pas-id", 33);
	test_tree_cells(&tree, node, "memory-region", 1);
	test_tree_cells(&tree, node, "iommus", 0xffffffff, 0x8c1, 0x400);
	test_tree_set_text(&tree, node, "firmware-name", "qcom/sa8775p/CAMERA_ICP.mbn");
	test_tree_add_node(&tree, "/", "fragment@1");
	test_tree_set_text(&tree, "/fragment@1", "target-path", "/reserved-memory");
	test_tree_add_node(&tree, "/fragment@1", "__overlay__");
	test_tree_add_node(&tree, "/fragment@1/__overlay__", "pil-camera@c0000000");
	test_tree_cells(&tree, region, "reg", 0, 0xc0000000, 0, 0x500000);
	test_tree_set(&tree, region, "no-map", NULL, 0);
	test_tree_cells(&tree, region, "phandle", 1);
	test_tree_add_node(&tree, "/", "__fixups__");
	test_tree_set_text(&tree, "/__fixups__", "apps_smmu",
			   "/fragment@0/__overlay__/camera-icp@ac00000:iommus:0");
	test_tree_add_node(&tree, "/", "__local_fixups__");
	test_tree_add_node(&tree, "/__local_fixups__", "fragment@0");
	test_tree_add_node(&tree, "/__local_fixups__/fragment@0", "__overlay__");
	test_tree_add_node(&tree, "/__local_fixups__/fragment@0/__overlay__", "camera-icp@ac00000");
	test_tree_cells(&tree, "/__local_fixups__/fragment@0/__overlay__/camera-icp@ac00000",
			"memory-region", 0);
	return tree;
}

/* ---- machines ---- */

const struct machine_row matrix_machines[MACHINES] = {
	[EL2_STRICT] = {"EL2, strict", 2, QPAS_TZSIM_STRICT},
	[EL1_HYPERVISOR] = {"EL1 above a hypervisor", 1, QPAS_TZSIM_STRICT},
	[EL1_OLD] = {"EL1, old", 1, QPAS_TZSIM_OLD},
	[EL2_OLD] = {"EL2, old", 2, QPAS_TZSIM_OLD},
};

/* ---- lists ---- */

/*
 * A bridge reads: address, size, then the low bits of the four words: 6 the permissions of the host and
 * of the trusted world (read, write), 200 one VM, 3 which one (HLOS). A mapping reads: stream id and mask,
 * address, size, permissions (1 read, 2 write, 16 device).
 */
#define OPEN_BRIDGES \
	"IS_CALL_AVAIL 0x2000c1c", "BRIDGE_ENABLE", "BRIDGE_CREATE buffer 0x1000 6 6 200 3"
/* One bridge for table and metadata of a boot, however many of them there are. */
#define POOL	"BRIDGE_CREATE buffer 0x10000 6 6 200 3"
#define NO_POOL "BRIDGE_DELETE buffer"
/* A header of zeros in; 16 KiB out, as the kernel tries first. */
/* Parentheses: one string, not two of which a comma is lost. */
#define TABLE(id) ("GET_RSCTABLE " id " in 16 bridged out 16384 bridged, list bridged")
/* The span of the image, not its region, is announced, cleared and written. */
#define LOAD(id, at)	  "MEM_SETUP " id " " at " 0x1000", "zero " at " 0x1000", "write " at " 0x800"
#define IMAGE_EL2(id, at) "INIT_IMAGE " id " bridged", LOAD(id, at)
#define IMAGE_EL1(id, at) "INIT_IMAGE " id " plain", LOAD(id, at)
/* The whole region is mapped and bridged. */
#define START_EL2(id, at, size) \
	"BRIDGE_CREATE " at " " size " 6 6 200 3", "AUTH_AND_RESET " id, "BRIDGE_DELETE " at

#define DSP_AT	    "0x95900000"
#define DSP_SIZE    "0x1e00000"
#define DTB_AT	    "0x90b00000"
#define DTB_SIZE    "0x80000"
#define VIDEO_AT    "0x9f900000"
#define VIDEO_SIZE  "0x1000000"
#define CAMERA_AT   "0xc0000000"
#define CAMERA_SIZE "0x500000"
#define GPU_AT	    "0x9d300000"
#define IPA_AT	    "0xd7000000"
#define DSP_MAP	    "0x3000/0x0 " DSP_AT " " DSP_SIZE " 3"
/* The entry of the table that the trusted world has for a processor at 0x30000000. */
#define DEVICE_MAP "0x3000/0x0 0x30000000 0x1000 19"
#define DTB_MAP	   "0x3000/0x0 " DTB_AT " " DTB_SIZE " 3"
#define VIDEO_MAP  "0x2a02/0x0 " VIDEO_AT " " VIDEO_SIZE " 3"
#define CAMERA_MAP "0x8c1/0x400 " CAMERA_AT " " CAMERA_SIZE " 3"
#define IPA_MAP	   "0x4a0/0x0 " IPA_AT " 0xb000 3"
#define PROTECT	   "MP_VIDEO_VAR 0 0x25800000 0x1000000 0x24800000"

#define LIST(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

static const char *const nothing[] = {NULL};

/* Bridges are there for argument lists at EL1, too. */
LIST(open_dsp, OPEN_BRIDGES, "IS_SUPPORTED 1");
LIST(open_modem, OPEN_BRIDGES, "IS_SUPPORTED 4");
LIST(open_camera, OPEN_BRIDGES, "IS_SUPPORTED 33");
LIST(open_gpu, OPEN_BRIDGES, "IS_SUPPORTED 13");
LIST(open_ipa, OPEN_BRIDGES, "IS_SUPPORTED 15");
LIST(open_6, OPEN_BRIDGES, "IS_SUPPORTED 6");
/* Video that can do without PAS asks when it is started through PAS; who is refused asks nothing. */
LIST(open_bridges, OPEN_BRIDGES);

/* A trusted world without the call: nothing but that call was made, and its buffer is back. */
LIST(old_dsp, POOL, TABLE("1"), NO_POOL);
LIST(old_modem, POOL, TABLE("4"), NO_POOL);
LIST(old_video, "IS_SUPPORTED 9", POOL, TABLE("9"), NO_POOL);
LIST(old_camera, POOL, TABLE("33"), NO_POOL);
LIST(old_ipa, POOL, TABLE("15"), NO_POOL);
LIST(old_wpss, POOL, TABLE("6"), NO_POOL);

LIST(dsp_el2, POOL, TABLE("1"), IMAGE_EL2("1", DSP_AT), "map " DSP_MAP, "map " DEVICE_MAP,
     START_EL2("1", DSP_AT, DSP_SIZE), "wait 1", NO_POOL);
LIST(dsp_el2_stop, "SHUTDOWN 1", "unmap " DEVICE_MAP, "unmap " DSP_MAP);
LIST(dsp_el1, IMAGE_EL1("1", DSP_AT), "AUTH_AND_RESET 1", "wait 1");
LIST(dsp_el1_stop, "SHUTDOWN 1");

/* Its own table is the companion's, too; both images share one stream and one pool. */
LIST(pair_el2, POOL, TABLE("1"), "SHUTDOWN 31", "SHUTDOWN 41", IMAGE_EL2("36", DTB_AT),
     "map " DTB_MAP, START_EL2("36", DTB_AT, DTB_SIZE), IMAGE_EL2("1", DSP_AT), "map " DSP_MAP,
     "map " DEVICE_MAP, START_EL2("1", DSP_AT, DSP_SIZE), "wait 1", NO_POOL);
LIST(pair_el2_stop, "SHUTDOWN 1", "unmap " DEVICE_MAP, "unmap " DSP_MAP, "SHUTDOWN 36",
     "unmap " DTB_MAP);
LIST(pair_el1, "SHUTDOWN 31", "SHUTDOWN 41", IMAGE_EL1("36", DTB_AT), "AUTH_AND_RESET 36",
     IMAGE_EL1("1", DSP_AT), "AUTH_AND_RESET 1", "wait 1");
LIST(pair_el1_stop, "SHUTDOWN 1", "SHUTDOWN 36");

/* From VM 3 to VM 15, which reads and writes (6); given back in reverse. */
#define LEND                                                                   \
	"MP_ASSIGN 0xd0000000 0x4900000 from 3 to 15:6, lists bridged",        \
		"MP_ASSIGN 0xd5000000 0x800000 from 3 to 15:6, lists bridged", \
		"MP_ASSIGN 0xd6000000 0x200000 from 3 to 15:6, lists bridged"
#define TAKE_BACK                                                              \
	"MP_ASSIGN 0xd6000000 0x200000 from 15 to 3:6, lists bridged",         \
		"MP_ASSIGN 0xd5000000 0x800000 from 15 to 3:6, lists bridged", \
		"MP_ASSIGN 0xd0000000 0x4900000 from 15 to 3:6, lists bridged"
LIST(modem_el2, POOL, TABLE("4"), LEND, IMAGE_EL2("38", DTB_AT), "map " DTB_MAP,
     START_EL2("38", DTB_AT, DTB_SIZE), IMAGE_EL2("4", DSP_AT), "map " DSP_MAP, "map " DEVICE_MAP,
     START_EL2("4", DSP_AT, DSP_SIZE), "wait 4", NO_POOL);
LIST(modem_el2_stop, "SHUTDOWN 4", "unmap " DEVICE_MAP, "unmap " DSP_MAP, "SHUTDOWN 38",
     "unmap " DTB_MAP, TAKE_BACK);
LIST(modem_el1, LEND, IMAGE_EL1("38", DTB_AT), "AUTH_AND_RESET 38", IMAGE_EL1("4", DSP_AT),
     "AUTH_AND_RESET 4", "wait 4");
LIST(modem_el1_stop, "SHUTDOWN 4", "SHUTDOWN 38", TAKE_BACK);

/* Ranges after the start; no ready signal, so that nobody waits. */
LIST(video_el2, "IS_SUPPORTED 9", POOL, TABLE("9"), IMAGE_EL2("9", VIDEO_AT), "map " VIDEO_MAP,
     START_EL2("9", VIDEO_AT, VIDEO_SIZE), PROTECT, NO_POOL);
LIST(video_el2_stop, "SHUTDOWN 9", "unmap " VIDEO_MAP);
LIST(video_el1, "IS_SUPPORTED 9", IMAGE_EL1("9", VIDEO_AT), "AUTH_AND_RESET 9", PROTECT);
LIST(video_el1_stop, "SHUTDOWN 9");

LIST(camera_el2, POOL, TABLE("33"), IMAGE_EL2("33", CAMERA_AT), "map " CAMERA_MAP,
     START_EL2("33", CAMERA_AT, CAMERA_SIZE), NO_POOL);
LIST(camera_el2_stop, "SHUTDOWN 33", "unmap " CAMERA_MAP);
LIST(camera_el1, IMAGE_EL1("33", CAMERA_AT), "AUTH_AND_RESET 33");
LIST(camera_el1_stop, "SHUTDOWN 33");

/* The shader runs on the GPU, behind no stream of PAS: no table, no mapping, and old will do. */
LIST(gpu_el2, POOL, IMAGE_EL2("13", GPU_AT), START_EL2("13", GPU_AT, "0x2000"), NO_POOL);
LIST(gpu_el1, IMAGE_EL1("13", GPU_AT), "AUTH_AND_RESET 13");
LIST(gpu_stop, "SHUTDOWN 13");

LIST(ipa_el2, POOL, TABLE("15"), IMAGE_EL2("15", IPA_AT), "map " IPA_MAP,
     START_EL2("15", IPA_AT, "0xb000"), NO_POOL);
LIST(ipa_el2_stop, "SHUTDOWN 15", "unmap " IPA_MAP);
LIST(ipa_el1, IMAGE_EL1("15", IPA_AT), "AUTH_AND_RESET 15");
LIST(ipa_el1_stop, "SHUTDOWN 15");

LIST(wpss_el2, POOL, TABLE("6"), IMAGE_EL2("6", DSP_AT), "map " DSP_MAP, "map " DEVICE_MAP,
     START_EL2("6", DSP_AT, DSP_SIZE), "wait 6", NO_POOL);
LIST(wpss_el2_stop, "SHUTDOWN 6", "unmap " DEVICE_MAP, "unmap " DSP_MAP);
LIST(wpss_el1, IMAGE_EL1("6", DSP_AT), "AUTH_AND_RESET 6", "wait 6");
LIST(wpss_el1_stop, "SHUTDOWN 6");

/* ---- the matrix ---- */

#define RUNS(open, boot, stop)                 \
	{                                      \
		0, 0, "", "", open, boot, stop \
	}
#define TOO_OLD(open, boot)                                                                     \
	{                                                                                       \
		QPAS_ERR_UNSUPP, QPAS_STAGE_RSC_TABLE, "trusted world has no PAS_GET_RSCTABLE", \
			"Update the boot firmware, or run the host at EL1", open, boot, nothing \
	}
#define NO_STREAM(open)                                                           \
	{                                                                         \
		QPAS_ERR_UNSUPP, QPAS_STAGE_OPEN, "no iommus in the device tree", \
			"Use the EL2 tree", open, nothing, nothing                \
	}

const struct client_row matrix_clients[] = {
	{"DSP",
	 "adsp",
	 0x04,
	 0,
	 NULL,
	 NULL,
	 "",
	 0,
	 false,
	 {[EL2_STRICT] = RUNS(open_dsp, dsp_el2, dsp_el2_stop),
	  [EL1_HYPERVISOR] = RUNS(open_dsp, dsp_el1, dsp_el1_stop),
	  [EL1_OLD] = RUNS(open_dsp, dsp_el1, dsp_el1_stop),
	  [EL2_OLD] = TOO_OLD(open_dsp, old_dsp)}},
	{"DSP with companion and lite processors",
	 "adsp",
	 0x04,
	 0x53,
	 companion,
	 NULL,
	 "running 31\nrunning 41\n",
	 0,
	 false,
	 {[EL2_STRICT] = RUNS(open_dsp, pair_el2, pair_el2_stop),
	  [EL1_HYPERVISOR] = RUNS(open_dsp, pair_el1, pair_el1_stop),
	  [EL1_OLD] = RUNS(open_dsp, pair_el1, pair_el1_stop),
	  [EL2_OLD] = TOO_OLD(open_dsp, old_dsp)}},
	{"modem",
	 "modem",
	 0x02,
	 0x51,
	 modem,
	 NULL,
	 "",
	 0,
	 false,
	 {[EL2_STRICT] = RUNS(open_modem, modem_el2, modem_el2_stop),
	  [EL1_HYPERVISOR] = RUNS(open_modem, modem_el1, modem_el1_stop),
	  [EL1_OLD] = RUNS(open_modem, modem_el1, modem_el1_stop),
	  [EL2_OLD] = TOO_OLD(open_modem, old_modem)}},
	{"video through PAS",
	 "video",
	 0x0e,
	 0,
	 video_firmware,
	 NULL,
	 "",
	 QPAS_BOOT_USE_PAS,
	 false,
	 {[EL2_STRICT] = RUNS(open_bridges, video_el2, video_el2_stop),
	  [EL1_HYPERVISOR] = RUNS(open_bridges, video_el1, video_el1_stop),
	  [EL1_OLD] = RUNS(open_bridges, video_el1, video_el1_stop),
	  [EL2_OLD] = TOO_OLD(open_bridges, old_video)}},
	/* Needs nothing of the trusted world, so that an old one will do. */
	{"video by register",
	 "video",
	 0x0e,
	 0,
	 video_firmware,
	 NULL,
	 "",
	 0,
	 true,
	 {[EL2_STRICT] = RUNS(nothing, nothing, nothing),
	  [EL1_HYPERVISOR] = RUNS(nothing, nothing, nothing),
	  [EL1_OLD] = RUNS(nothing, nothing, nothing),
	  [EL2_OLD] = RUNS(nothing, nothing, nothing)}},
	{"camera",
	 "camera",
	 0x99,
	 0,
	 NULL,
	 camera,
	 "",
	 0,
	 false,
	 {[EL2_STRICT] = RUNS(open_camera, camera_el2, camera_el2_stop),
	  [EL1_HYPERVISOR] = RUNS(open_camera, camera_el1, camera_el1_stop),
	  [EL1_OLD] = RUNS(open_camera, camera_el1, camera_el1_stop),
	  [EL2_OLD] = TOO_OLD(open_camera, old_camera)}},
	{"GPU zap",
	 "gpu",
	 0x14,
	 0,
	 NULL,
	 NULL,
	 "",
	 0,
	 false,
	 {[EL2_STRICT] = RUNS(open_gpu, gpu_el2, gpu_stop),
	  [EL1_HYPERVISOR] = RUNS(open_gpu, gpu_el1, gpu_stop),
	  [EL1_OLD] = RUNS(open_gpu, gpu_el1, gpu_stop),
	  [EL2_OLD] = RUNS(open_gpu, gpu_el2, gpu_stop)}},
	{"IPA",
	 "ipa",
	 0x1d,
	 0,
	 ipa,
	 NULL,
	 "",
	 0,
	 false,
	 {[EL2_STRICT] = RUNS(open_ipa, ipa_el2, ipa_el2_stop),
	  [EL1_HYPERVISOR] = RUNS(open_ipa, ipa_el1, ipa_el1_stop),
	  [EL1_OLD] = RUNS(open_ipa, ipa_el1, ipa_el1_stop),
	  [EL2_OLD] = TOO_OLD(open_ipa, old_ipa)}},
	{"WPSS",
	 "wpss",
	 0x0d,
	 0,
	 wpss,
	 NULL,
	 "",
	 0,
	 false,
	 {[EL2_STRICT] = RUNS(open_6, wpss_el2, wpss_el2_stop),
	  [EL1_HYPERVISOR] = RUNS(open_6, wpss_el1, wpss_el1_stop),
	  [EL1_OLD] = RUNS(open_6, wpss_el1, wpss_el1_stop),
	  [EL2_OLD] = TOO_OLD(open_6, old_wpss)}},
	{"WCNSS",
	 "wcnss",
	 0x0d,
	 0,
	 wcnss,
	 NULL,
	 "",
	 0,
	 false,
	 {[EL2_STRICT] = NO_STREAM(open_bridges),
	  [EL1_HYPERVISOR] = RUNS(open_6, wpss_el1, wpss_el1_stop),
	  [EL1_OLD] = RUNS(open_6, wpss_el1, wpss_el1_stop),
	  [EL2_OLD] = NO_STREAM(open_bridges)}},
};

const size_t matrix_client_count = sizeof(matrix_clients) / sizeof(matrix_clients[0]);
