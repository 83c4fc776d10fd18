/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of the tool, one file each. */
#ifndef QPAS_TOOL_COMMANDS_H
#define QPAS_TOOL_COMMANDS_H

#include "cli.h"

extern const struct cli_command command_info;
extern const struct cli_command command_verify;
extern const struct cli_command command_extract;
extern const struct cli_command command_squash;
extern const struct cli_command command_split;
extern const struct cli_command command_keygen;
extern const struct cli_command command_sign;
extern const struct cli_command command_platform;
extern const struct cli_command command_boot;
extern const struct cli_command command_dump;
extern const struct cli_command command_status;
extern const struct cli_command command_shutdown;
extern const struct cli_command command_doctor;
extern const struct cli_command command_demo;
extern const struct cli_command command_guest;
extern const struct cli_command command_rsc;
extern const struct cli_command command_bridge;
extern const struct cli_command command_scm;
extern const struct cli_command command_tz;

#endif
