/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * x0 of refusals. Down to -9 they are words of Qualcomm's boot firmware; from -32 on they are the
 * model's own, one for each reason not to trust an image: for its log, and for clients that asked to
 * be told (docs/tzsim.md, "Answers"). Hardware is not that frank.
 */
#ifndef QPASI_TZSIM_STATUS_H
#define QPASI_TZSIM_STATUS_H

enum qpasi_tzsim_status {
	QPASI_TZSIM_DONE = 0,
	QPASI_TZSIM_NO_FUNCTION = -1,
	QPASI_TZSIM_FAILED = -2,
	QPASI_TZSIM_UNAVAILABLE = -3,
	QPASI_TZSIM_NOT_SUPPORTED = -4,
	QPASI_TZSIM_BAD_ARGUMENTS = -5,
	QPASI_TZSIM_BAD_PAGE = -6,
	QPASI_TZSIM_BAD_BUFFER = -8,
	QPASI_TZSIM_NO_MEMORY = -9,

	QPASI_TZSIM_NOT_SIGNED = -32,
	QPASI_TZSIM_WRONG_SIGNATURE = -33,
	QPASI_TZSIM_WRONG_CHAIN = -34,
	QPASI_TZSIM_WRONG_ROOT = -35,
	QPASI_TZSIM_UNKNOWN_SCHEME = -36,
	QPASI_TZSIM_WRONG_HEADERS = -37,
	QPASI_TZSIM_WRONG_SEGMENT = -38,
	QPASI_TZSIM_WRONG_SW_ID = -39,
	QPASI_TZSIM_WRONG_SOC = -40,
	QPASI_TZSIM_WRONG_JTAG_ID = -41,
	QPASI_TZSIM_WRONG_OEM_ID = -42,
	QPASI_TZSIM_WRONG_MODEL_ID = -43,
	QPASI_TZSIM_WRONG_FEATURE = -44,
	QPASI_TZSIM_WRONG_SERIAL = -45,
	QPASI_TZSIM_WRONG_DEBUG = -46,
	QPASI_TZSIM_ROLLED_BACK = -47,

	/* What the client sees of all these, unless the model is asked to explain. */
	QPASI_TZSIM_NOT_BELIEVED = -22
};

/* First and last of those that are hidden. */
#define QPASI_TZSIM_FIRST_HIDDEN QPASI_TZSIM_NOT_SIGNED
#define QPASI_TZSIM_LAST_HIDDEN	 QPASI_TZSIM_ROLLED_BACK

#endif
