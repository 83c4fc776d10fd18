/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a test measured, for the summary of scripts/test: real images, generated images, device trees.
 */
#ifndef TESTS_SUPPORT_REPORT_H
#define TESTS_SUPPORT_REPORT_H

/*
 * Adds to a figure of the summary: "real-images", "generated-images", "device-trees", "peripherals",
 * "loader-images" or "loader-mutants" (what a kernel's own loader judged, too).
 * Real files are reported by one test each, so that none is counted twice. Without the file that the
 * environment names (QPAS_TEST_REPORT) it does nothing.
 */
void test_report(const char *figure, unsigned long number);

#endif
