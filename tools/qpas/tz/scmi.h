/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Power domains over SCMI, with shared memory and an SMC as the bell: the base protocol and protocol
 * 0x11, as far as a kernel needs them. Facts: Arm SCMI (DEN 0056E), 4.2, 4.3 and 5.1.
 */
#ifndef QPAS_TOOL_TZ_SCMI_H
#define QPAS_TOOL_TZ_SCMI_H

#include "board.h"
#include "ram.h"

/* What a message was, for the log. */
struct scmi_said {
	uint32_t protocol;
	uint32_t message;
	int32_t status;
	uint32_t domain; /* of power messages that name one, else UINT32_MAX */
};

/* Leaves the channel as a kernel wants to find it: free. False: it is not in RAM. */
bool scmi_make(const struct ram *ram, const struct board *board);
/* Answers the message in shared memory; false: there is none, or it does not fit there. */
bool scmi_answer(const struct ram *ram, struct board *board, struct scmi_said *said);

#endif
