/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One row per compatible. A chip without a row of its own is found by a later string of its node's
 * compatible list, as the kernel does. Sources stand beside each group.
 */
#include "platform/soc_table.h"

#include <stddef.h>
#include <string.h>

/* VM ids: include/dt-bindings/firmware/qcom,scm.h */
#define VM_MSS_MSA 0xfu
#define VM_CDSP	   0x1eu

/* What the drivers of venus and iris protect after a start through PAS. */
static const struct qpas_video_ranges iris = {0, 0x25800000, 0x01000000, 0x24800000};
static const struct qpas_video_ranges venus = {0, 0x70800000, 0x01000000, 0x24800000};
static const struct qpas_video_ranges venus_sdm660 = {0, 0x79000000, 0x01000000, 0x28000000};

#define ROW(name, kind, id, file) \
	.compatible = (name), .driver = (kind), .pas_id = (id), .firmware = (file)
#define DTB(id, file)	       .dtb_pas_id = (id), .dtb_firmware = (file)
#define CRASH(item)	       .crash_reason_item = (item)
#define MINIDUMP(id)	       .minidump_id = (id)
#define AUTO		       .auto_boot = 1
#define DECRYPT		       .decrypt_shutdown = 1
#define LITE(id, dtb)	       .lite_count = 2, .lite_pas_ids = {(id), (dtb)}
#define LEND(at, n, vm)	       .assign_first = (at), .assign_count = (n), .assign_vmid = (vm)
#define LEND_SHARED(at, n, vm) LEND(at, n, vm), .assign_shared = 1
#define PROTECT(which)	       .ranges = &(which)

#define ADSP(soc, file)	  ROW("qcom," soc, QPASI_SOC_PAS, 1, file), CRASH(423), AUTO
#define CDSP(soc, file)	  ROW("qcom," soc, QPASI_SOC_PAS, 18, file), CRASH(601), AUTO
#define CDSP1(soc, file)  ROW("qcom," soc, QPASI_SOC_PAS, 30, file), CRASH(633), AUTO
#define SLPI(soc)	  ROW("qcom," soc, QPASI_SOC_PAS, 12, "slpi.mdt"), CRASH(424), AUTO
#define MPSS(soc, file)	  ROW("qcom," soc, QPASI_SOC_PAS, 4, file), CRASH(421)
#define WPSS(soc)	  ROW("qcom," soc, QPASI_SOC_PAS, 6, "wpss.mdt"), CRASH(626), MINIDUMP(4)
#define ADSP_DTB	  DTB(0x24, "adsp_dtb.mdt"), MINIDUMP(5)
#define CDSP_DTB	  DTB(0x25, "cdsp_dtb.mdt"), MINIDUMP(7)
#define MPSS_DTB	  DTB(0x26, "modem_dtb.mdt"), MINIDUMP(3), DECRYPT
#define WCNSS(name)	  ROW("qcom," name, QPASI_SOC_WCNSS, 6, "wcnss.mdt"), CRASH(422), AUTO
#define OTHER(name)	  .compatible = "qcom," name, .driver = QPASI_SOC_OTHER
#define VIDEO(name, file) ROW("qcom," name, QPASI_SOC_VIDEO, QPASI_SOC_ID_VIDEO, "qcom/" file)
#define GPU(name, file)	  ROW("qcom,adreno-" name, QPASI_SOC_GPU, QPASI_SOC_ID_GPU, "qcom/" file)

static const struct qpasi_soc_row rows[] = {
	/* drivers/remoteproc/qcom_q6v5_pas.c */
	{ADSP("eliza-adsp-pas", "adsp.mdt"), ADSP_DTB},
	{ADSP("milos-adsp-pas", "adsp.mdt"), ADSP_DTB},
	{ADSP("msm8226-adsp-pil", "adsp.mdt")},
	{ADSP("msm8953-adsp-pil", "adsp.mdt")},
	{ADSP("msm8974-adsp-pil", "adsp.mdt")},
	{ADSP("msm8996-adsp-pil", "adsp.mdt")},
	{ADSP("msm8998-adsp-pas", "adsp.mdt")},
	{ADSP("qcs404-adsp-pas", "adsp.mdt")},
	{ADSP("sa8775p-adsp-pas", "adsp.mbn"), MINIDUMP(5)},
	{ADSP("sar2130p-adsp-pas", "adsp.mdt")},
	{ADSP("sc7180-adsp-pas", "adsp.mdt"), MINIDUMP(5)},
	{ADSP("sc7280-adsp-pas", "adsp.mdt")},
	{ADSP("sc8180x-adsp-pas", "adsp.mdt")},
	{ADSP("sc8280xp-adsp-pas", "adsp.mdt"), MINIDUMP(5)},
	{ADSP("sdm660-adsp-pas", "adsp.mdt")},
	{ADSP("sdm845-adsp-pas", "adsp.mdt")},
	{ADSP("sm6115-adsp-pas", "adsp.mdt")},
	{ADSP("sm6350-adsp-pas", "adsp.mdt")},
	{ADSP("sm6375-adsp-pas", "adsp.mdt")},
	{ADSP("sm8150-adsp-pas", "adsp.mdt")},
	{ADSP("sm8250-adsp-pas", "adsp.mdt"), MINIDUMP(5)},
	{ADSP("sm8350-adsp-pas", "adsp.mdt")},
	{ADSP("sm8450-adsp-pas", "adsp.mdt")},
	{ADSP("sm8550-adsp-pas", "adsp.mdt"), ADSP_DTB},
	{ADSP("sm8650-adsp-pas", "adsp.mdt"), ADSP_DTB},
	{ADSP("x1e80100-adsp-pas", "adsp.mdt"), ADSP_DTB, LITE(0x1f, 0x29)},

	{CDSP("milos-cdsp-pas", "cdsp.mbn"), DTB(0x25, "cdsp_dtb.mbn"), MINIDUMP(7)},
	{CDSP("qcs404-cdsp-pas", "cdsp.mdt")},
	{CDSP("sa8775p-cdsp0-pas", "cdsp0.mbn"), MINIDUMP(7)},
	{CDSP1("sa8775p-cdsp1-pas", "cdsp1.mbn"), MINIDUMP(20)},
	{CDSP("sc7280-cdsp-pas", "cdsp.mdt")},
	{CDSP("sc8180x-cdsp-pas", "cdsp.mdt")},
	{CDSP("sc8280xp-nsp0-pas", "cdsp.mdt")},
	{CDSP1("sc8280xp-nsp1-pas", "cdsp.mdt")},
	{CDSP("sdm660-cdsp-pas", "cdsp.mdt")},
	{CDSP("sdm845-cdsp-pas", "cdsp.mdt")},
	{CDSP("shikra-cdsp-pas", "cdsp.mbn"), MINIDUMP(7)},
	{CDSP("sm6115-cdsp-pas", "cdsp.mdt")},
	{CDSP("sm6350-cdsp-pas", "cdsp.mdt")},
	{CDSP("sm6375-cdsp-pas", "cdsp.mdt")},
	{CDSP("sm8150-cdsp-pas", "cdsp.mdt")},
	{CDSP("sm8250-cdsp-pas", "cdsp.mdt")},
	{CDSP("sm8350-cdsp-pas", "cdsp.mdt"), MINIDUMP(7)},
	{CDSP("sm8450-cdsp-pas", "cdsp.mdt"), MINIDUMP(7)},
	{CDSP("sm8550-cdsp-pas", "cdsp.mdt"), CDSP_DTB},
	{CDSP("sm8650-cdsp-pas", "cdsp.mdt"), CDSP_DTB, LEND_SHARED(2, 1, VM_CDSP)},
	{CDSP("x1e80100-cdsp-pas", "cdsp.mdt"), CDSP_DTB},

	{ROW("qcom,sa8775p-gpdsp0-pas", QPASI_SOC_PAS, 39, "gpdsp0.mbn"), CRASH(640), MINIDUMP(21),
	 AUTO},
	{ROW("qcom,sa8775p-gpdsp1-pas", QPASI_SOC_PAS, 40, "gpdsp1.mbn"), CRASH(641), MINIDUMP(22),
	 AUTO},

	{MPSS("milos-mpss-pas", "modem.mdt"), MINIDUMP(3), DECRYPT},
	{MPSS("sc7180-mpss-pas", "modem.mdt"), MINIDUMP(3)},
	{MPSS("sc7280-mpss-pas", "modem.mdt"), MINIDUMP(3)},
	{MPSS("sc8180x-mpss-pas", "modem.mdt")},
	{MPSS("sdx55-mpss-pas", "modem.mdt"), AUTO},
	{MPSS("sdx75-mpss-pas", "modem.mdt"), MPSS_DTB, LEND(2, 3, VM_MSS_MSA)},
	{MPSS("shikra-mpss-pas", "qdsp6sw.mbn"), MINIDUMP(3)},
	{MPSS("sm6115-mpss-pas", "modem.mdt")},
	{MPSS("sm6350-mpss-pas", "modem.mdt"), MINIDUMP(3)},
	{MPSS("sm6375-mpss-pas", "modem.mdt"), MINIDUMP(3)},
	{MPSS("sm8150-mpss-pas", "modem.mdt"), MINIDUMP(3)},
	{MPSS("sm8350-mpss-pas", "modem.mdt"), MINIDUMP(3)},
	{MPSS("sm8450-mpss-pas", "modem.mdt"), MINIDUMP(3), DECRYPT},
	{MPSS("sm8550-mpss-pas", "modem.mdt"), MPSS_DTB, LEND(2, 1, VM_MSS_MSA)},
	{MPSS("sm8650-mpss-pas", "modem.mdt"), MPSS_DTB, LEND(2, 3, VM_MSS_MSA)},
	{MPSS("sm8750-mpss-pas", "modem.mdt"), MPSS_DTB, LEND(2, 2, VM_MSS_MSA)},

	{SLPI("msm8996-slpi-pil")},
	{SLPI("msm8998-slpi-pas")},
	{SLPI("sdm845-slpi-pas")},
	{SLPI("sm8150-slpi-pas")},
	{SLPI("sm8250-slpi-pas")},
	{SLPI("sm8350-slpi-pas")},
	{SLPI("sm8450-slpi-pas")},

	{WPSS("milos-wpss-pas")},
	{WPSS("sc7280-wpss-pas")},
	{ROW("qcom,qcs404-wcss-pas", QPASI_SOC_PAS, 6, "wcnss.mdt"), CRASH(421), AUTO},
	{ROW("qcom,shikra-lpaicp-pas", QPASI_SOC_PAS, 0x56, "lpaicp.mbn"),
	 DTB(0x57, "lpaicp_dtb.mbn"), CRASH(682), AUTO},

	/* drivers/remoteproc/qcom_wcnss.c */
	{WCNSS("riva-pil")},
	{WCNSS("pronto-v1-pil")},
	{WCNSS("pronto-v2-pil")},
	{WCNSS("pronto-v3-pil")},

	/* drivers/remoteproc/qcom_q6v5_mss.c: the modem's boot loader checks the image */
	{OTHER("q6v5-pil")},
	{OTHER("mdm9607-mss-pil")},
	{OTHER("msm8226-mss-pil")},
	{OTHER("msm8909-mss-pil")},
	{OTHER("msm8916-mss-pil")},
	{OTHER("msm8917-mss-pil")},
	{OTHER("msm8926-mss-pil")},
	{OTHER("msm8937-mss-pil")},
	{OTHER("msm8940-mss-pil")},
	{OTHER("msm8953-mss-pil")},
	{OTHER("msm8974-mss-pil")},
	{OTHER("msm8996-mss-pil")},
	{OTHER("msm8998-mss-pil")},
	{OTHER("sc7180-mss-pil")},
	{OTHER("sc7280-mss-pil")},
	{OTHER("sdm660-mss-pil")},
	{OTHER("sdm845-mss-pil")},
	/* drivers/remoteproc/qcom_q6v5_adsp.c: started by register writes */
	{OTHER("qcs404-cdsp-pil")},
	{OTHER("sc7280-adsp-pil")},
	{OTHER("sc7280-wpss-pil")},
	{OTHER("sdm845-adsp-pil")},
	/* drivers/remoteproc/qcom_q6v5_wcss.c: likewise */
	{OTHER("ipq8074-wcss-pil")},
	{OTHER("qcs404-wcss-pil")},

	/* drivers/media/platform/qcom/venus/core.c */
	{VIDEO("msm8916-venus", "venus-1.8/venus.mbn")},
	{VIDEO("msm8939-venus", "venus-1.8/venus.mbn")},
	{VIDEO("msm8996-venus", "venus-4.2/venus.mbn")},
	{VIDEO("msm8998-venus", "venus-4.4/venus.mbn")},
	{VIDEO("qcm2290-venus", "venus-6.0/venus.mbn"), PROTECT(venus)},
	{VIDEO("sc7180-venus", "venus-5.4/venus.mbn"), PROTECT(venus)},
	{VIDEO("sdm660-venus", "venus-4.4/venus.mdt"), PROTECT(venus_sdm660)},
	{VIDEO("sdm845-venus", "venus-5.2/venus.mbn")},
	{VIDEO("sdm845-venus-v2", "venus-5.2/venus.mbn"), PROTECT(venus)},
	/* drivers/media/platform/qcom/iris, which the kernel prefers to venus for the first two */
	{VIDEO("sc7280-venus", "vpu/vpu20_p1.mbn"), PROTECT(iris)},
	{VIDEO("sm8250-venus", "vpu/vpu20_p4.mbn"), PROTECT(iris)},
	{VIDEO("qcs8300-iris", "vpu/vpu30_p4_s6.mbn"), PROTECT(iris)},
	{VIDEO("sm8550-iris", "vpu/vpu30_p4.mbn"), PROTECT(iris)},
	{VIDEO("sm8650-iris", "vpu/vpu33_p4.mbn"), PROTECT(iris)},
	{VIDEO("sm8750-iris", "vpu/vpu35_p4.mbn"), PROTECT(iris)},
	{VIDEO("x1p42100-iris", "vpu/vpu30_p1_s7.mbn"), PROTECT(iris)},

	/* drivers/gpu/drm/msm/adreno: chips whose zap image has a name of its own */
	{GPU("506.0", "a506_zap.mdt")},
	{GPU("508.0", "a508_zap.mdt")},
	{GPU("509.0", "a512_zap.mdt")},
	{GPU("512.0", "a512_zap.mdt")},
	{GPU("530.2", "a530_zap.mdt")},
	{GPU("530.4", "a530_zap.mdt")},
	{GPU("540.1", "a540_zap.mdt")},
	{GPU("610.0", "a610_zap.mdt")},
	{GPU("615.0", "a615_zap.mdt")},
	{GPU("618.0", "a615_zap.mbn"), .machine = "qcom,sm7150"},
	{GPU("619.0", "a615_zap.mdt")},
	{GPU("619.1", "a615_zap.mdt")},
	{GPU("621.0", "a620_zap.mbn")},
	{GPU("630.1", "a630_zap.mdt")},
	{GPU("630.2", "a630_zap.mdt")},
	{GPU("635.0", "a660_zap.mbn")},
	{GPU("640.1", "a640_zap.mdt")},
	{GPU("650.2", "a650_zap.mdt")},
	{GPU("660.1", "a660_zap.mdt")},
	{GPU("680.1", "a640_zap.mdt")},
	{GPU("690.0", "a690_zap.mdt")},
	{GPU("730.1", "a730_zap.mdt")},
	{GPU("07000200", "a702_zap.mbn")},
	{GPU("43050a01", "a740_zap.mdt")},
	{GPU("43051401", "gen70900_zap.mbn")},
	{GPU("44010000", "gen80300_zap.mbn")},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

const struct qpasi_soc_row *qpasi_soc_row(uint32_t index)
{
	return index < ROW_COUNT ? &rows[index] : NULL;
}

/* Chips on which the kernel makes no bridge: drivers/firmware/qcom/qcom_tzmem.c */
static const char *const without_bridge[] = {"qcom,sc7180", "qcom,sc8180x", "qcom,sdm670",
					     "qcom,sdm845", "qcom,sm7150",  "qcom,sm8150"};

bool qpasi_soc_is_machine(struct qpas_slice machine, const char *wanted)
{
	const char *at = machine.ptr;
	size_t left = machine.len;

	while (left > 0) {
		size_t length = strnlen(at, left);

		if (length == left)
			return false;
		if (strcmp(at, wanted) == 0)
			return true;
		at += length + 1;
		left -= length + 1;
	}
	return false;
}

bool qpasi_soc_has_no_bridge(struct qpas_slice machine)
{
	for (size_t i = 0; i < sizeof(without_bridge) / sizeof(without_bridge[0]); i++) {
		if (qpasi_soc_is_machine(machine, without_bridge[i]))
			return true;
	}
	return false;
}

/* Boot firmware 00126.1 and 00146 of QCS6490 answer "unknown"; 00187 knows the call. */
bool qpasi_soc_has_old_tz(struct qpas_slice machine)
{
	return qpasi_soc_is_machine(machine, "qcom,qcm6490") ||
	       qpasi_soc_is_machine(machine, "qcom,qcs6490");
}

const struct qpasi_soc_row *qpasi_soc_find(const char *compatible, struct qpas_slice machine)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (strcmp(rows[i].compatible, compatible) == 0 &&
		    (!rows[i].machine || qpasi_soc_is_machine(machine, rows[i].machine)))
			return &rows[i];
	}
	return NULL;
}
