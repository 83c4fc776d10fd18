/* SPDX-License-Identifier: BSD-3-Clause */
/* The SoC table: what must hold between its columns, and rows that are known by heart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "platform/soc_table.h"

static const struct qpas_slice nobody = {NULL, 0};

static void no_two_rows_are_for_one_string(void **state)
{
	const struct qpasi_soc_row *row;

	(void)state;
	for (uint32_t i = 0; (row = qpasi_soc_row(i)) != NULL; i++) {
		for (uint32_t j = 0; j < i; j++)
			assert_string_not_equal(row->compatible, qpasi_soc_row(j)->compatible);
	}
	assert_true(qpasi_soc_row(0) && !qpasi_soc_row(UINT32_MAX));
}

static void columns_agree(void **state)
{
	const struct qpasi_soc_row *row;
	uint32_t pas = 0;

	(void)state;
	for (uint32_t i = 0; (row = qpasi_soc_row(i)) != NULL; i++) {
		bool loads = row->driver != QPASI_SOC_OTHER;
		bool boots = row->driver == QPASI_SOC_PAS || row->driver == QPASI_SOC_WCNSS;

		assert_int_equal(strncmp(row->compatible, "qcom,", 5), 0);
		assert_int_equal(row->firmware != NULL, loads);
		assert_int_equal(row->pas_id != 0, loads);
		assert_int_equal(row->crash_reason_item != 0, boots);
		assert_int_equal(row->dtb_pas_id != 0, row->dtb_firmware != NULL);
		/* Lent regions stand behind those of the image and its DTB image. */
		assert_int_equal(row->assign_count ? row->assign_first : 2, 2);
		assert_int_equal(row->assign_count != 0, row->assign_vmid != 0);
		assert_true(row->assign_count <= 3);
		assert_int_equal(row->lite_count ? row->lite_pas_ids[1] != 0 : 1, 1);
		pas += row->driver == QPASI_SOC_PAS;
	}
	/* Linux 7.2's qcom_pas_of_match */
	assert_int_equal(pas, 76);
}

static void known_rows_are_found(void **state)
{
	static const struct {
		const char *compatible;
		uint32_t pas_id, dtb_pas_id, minidump, crash;
		const char *firmware;
	} wanted[] = {
		{"qcom,sa8775p-adsp-pas", 1, 0, 5, 423, "adsp.mbn"},
		{"qcom,x1e80100-cdsp-pas", 18, 0x25, 7, 601, "cdsp.mdt"},
		{"qcom,sm8750-mpss-pas", 4, 0x26, 3, 421, "modem.mdt"},
		{"qcom,sdm845-slpi-pas", 12, 0, 0, 424, "slpi.mdt"},
		{"qcom,sc7280-wpss-pas", 6, 0, 4, 626, "wpss.mdt"},
		{"qcom,qcs404-wcss-pas", 6, 0, 0, 421, "wcnss.mdt"},
		{"qcom,pronto-v3-pil", 6, 0, 0, 422, "wcnss.mdt"},
		{"qcom,shikra-lpaicp-pas", 0x56, 0x57, 0, 682, "lpaicp.mbn"},
		{"qcom,shikra-mpss-pas", 4, 0, 3, 421, "qdsp6sw.mbn"},
		{"qcom,adreno-530.2", 13, 0, 0, 0, "qcom/a530_zap.mdt"},
		{"qcom,sm8650-iris", 9, 0, 0, 0, "qcom/vpu/vpu33_p4.mbn"},
		{"qcom,msm8916-mss-pil", 0, 0, 0, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct qpasi_soc_row *row = qpasi_soc_find(wanted[i].compatible, nobody);

		assert_non_null(row);
		assert_int_equal(row->pas_id, wanted[i].pas_id);
		assert_int_equal(row->dtb_pas_id, wanted[i].dtb_pas_id);
		assert_int_equal(row->minidump_id, wanted[i].minidump);
		assert_int_equal(row->crash_reason_item, wanted[i].crash);
		if (wanted[i].firmware)
			assert_string_equal(row->firmware, wanted[i].firmware);
		else
			assert_null(row->firmware);
	}
	assert_null(qpasi_soc_find("qcom,sm8750-adsp-pas", nobody));
	assert_null(qpasi_soc_find("", nobody));
}

/*
 * Video cores by what their drivers protect (cp_size, cp_nonpixel_start and cp_nonpixel_size of
 * venus/core.c and the platform files of iris); cp_start is 0 everywhere, and 0 bytes mean no call.
 */
static void video_ranges_are_those_of_the_drivers(void **state)
{
	static const struct {
		const char *compatible;
		uint32_t size, nonpixel_start, nonpixel_size;
	} wanted[] = {
		{"qcom,msm8916-venus", 0, 0, 0},
		{"qcom,msm8939-venus", 0, 0, 0},
		{"qcom,msm8996-venus", 0, 0, 0},
		{"qcom,msm8998-venus", 0, 0, 0},
		{"qcom,sdm845-venus", 0, 0, 0},
		{"qcom,sdm845-venus-v2", 0x70800000, 0x1000000, 0x24800000},
		{"qcom,sc7180-venus", 0x70800000, 0x1000000, 0x24800000},
		{"qcom,qcm2290-venus", 0x70800000, 0x1000000, 0x24800000},
		{"qcom,sdm660-venus", 0x79000000, 0x1000000, 0x28000000},
		{"qcom,sc7280-venus", 0x25800000, 0x1000000, 0x24800000},
		{"qcom,sm8250-venus", 0x25800000, 0x1000000, 0x24800000},
		{"qcom,sm8550-iris", 0x25800000, 0x1000000, 0x24800000},
		{"qcom,sm8650-iris", 0x25800000, 0x1000000, 0x24800000},
		{"qcom,sm8750-iris", 0x25800000, 0x1000000, 0x24800000},
		{"qcom,qcs8300-iris", 0x25800000, 0x1000000, 0x24800000},
		{"qcom,x1p42100-iris", 0x25800000, 0x1000000, 0x24800000},
	};
	const struct qpasi_soc_row *row;
	size_t rows = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		row = qpasi_soc_find(wanted[i].compatible, nobody);
		assert_non_null(row);
		assert_int_equal(row->ranges != NULL, wanted[i].size != 0);
		if (!row->ranges)
			continue;
		assert_int_equal(row->ranges->cp_start, 0);
		assert_int_equal(row->ranges->cp_size, wanted[i].size);
		assert_int_equal(row->ranges->nonpixel_start, wanted[i].nonpixel_start);
		assert_int_equal(row->ranges->nonpixel_size, wanted[i].nonpixel_size);
	}
	/* None is left out above, and no other kind has any. */
	for (uint32_t i = 0; (row = qpasi_soc_row(i)) != NULL; i++) {
		rows += row->driver == QPASI_SOC_VIDEO;
		assert_true(row->driver == QPASI_SOC_VIDEO || !row->ranges);
	}
	assert_int_equal(rows, sizeof(wanted) / sizeof(wanted[0]));
}

static void row_for_one_machine_is_found_there_only(void **state)
{
	static const char machine[] = "vendor,phone\0qcom,sm7150";
	const struct qpas_slice sm7150 = {machine, sizeof(machine)};
	const struct qpas_slice cut = {machine, sizeof(machine) - 1};

	(void)state;
	assert_null(qpasi_soc_find("qcom,adreno-618.0", nobody));
	assert_null(qpasi_soc_find("qcom,adreno-618.0", cut));
	assert_string_equal(qpasi_soc_find("qcom,adreno-618.0", sm7150)->firmware,
			    "qcom/a615_zap.mbn");
	assert_true(qpasi_soc_has_no_bridge(sm7150));
	assert_false(qpasi_soc_has_no_bridge(cut));
	assert_false(qpasi_soc_has_old_tz(sm7150));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_two_rows_are_for_one_string),
		cmocka_unit_test(columns_agree),
		cmocka_unit_test(known_rows_are_found),
		cmocka_unit_test(video_ranges_are_those_of_the_drivers),
		cmocka_unit_test(row_for_one_machine_is_found_there_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
