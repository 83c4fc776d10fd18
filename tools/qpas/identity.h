/* SPDX-License-Identifier: BSD-3-Clause */
/* What an image is and where it may run, from the command line. */
#ifndef QPAS_TOOL_IDENTITY_H
#define QPAS_TOOL_IDENTITY_H

#include <stdbool.h>

#include <qpas/qpas.h>

#include "cli.h"

/* The options of every command that takes an identity. */
#define IDENTITY_OPTIONS                                                                        \
	{"sw-id", "N", "what kind of image this is, for instance 4 for adsp (docs/auth.md)"},   \
		{"secondary-sw-id", "N", "secondary SW_ID, or the application's id"},           \
		{"hw-id", "N", "only for chips with this JTAG id (HW_ID in versions 3 and 5)"}, \
		{"oem-id", "N", "only for devices of this maker"},                              \
		{"model-id", "N", "only for this product of the maker"},                        \
		{"soc-version", "N", "only for this SoC version; may be repeated"},             \
	{                                                                                       \
		"anti-rollback", "N",                                                           \
			"version that devices compare with their fuses; binds nothing"          \
	}

/*
 * Reads those options: what is given is bound where it can be. `leaf`: for the certificate of an
 * image of version 3 or 5, whose words are bound together. *given is false without any of them.
 * Exit code.
 */
int identity_take(const struct cli_arguments *args, bool leaf, struct qpas_auth_identity *identity,
		  bool *given);

#endif
