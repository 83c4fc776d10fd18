/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of what a report says. */
#include <qpas/auth.h>

#include "auth/auth.h"

const char *qpas_auth_verdict_name(uint32_t verdict)
{
	switch (verdict) {
	case QPAS_AUTH_VALID:
		return "valid";
	case QPAS_AUTH_INVALID:
		return "invalid";
	case QPAS_AUTH_UNSIGNED:
		return "unsigned";
	case QPAS_AUTH_UNSUPPORTED:
		return "unsupported";
	case QPAS_AUTH_MALFORMED:
		return "malformed";
	default:
		return "?";
	}
}

const char *qpas_auth_signer_name(uint32_t signer)
{
	switch (signer) {
	case QPAS_AUTH_SIGNER_OEM:
		return "oem";
	case QPAS_AUTH_SIGNER_QTI:
		return "qti";
	default:
		return "?";
	}
}

const char *qpas_auth_debug_name(uint32_t debug)
{
	switch (debug) {
	case QPAS_AUTH_DEBUG_UNSET:
		return "unset";
	case QPAS_AUTH_DEBUG_DISABLE:
		return "disable";
	case QPAS_AUTH_DEBUG_ENABLE:
		return "enable";
	case QPAS_AUTH_DEBUG_OTHER:
		return "other";
	default:
		return "?";
	}
}

const char *qpas_auth_binding_name(uint64_t bit)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {
		{QPAS_AUTH_BIND_SOC, "soc"},
		{QPAS_AUTH_BIND_FEATURE, "feature"},
		{QPAS_AUTH_BIND_HW_ID, "hw-id"},
		{QPAS_AUTH_BIND_SERIAL, "serial"},
		{QPAS_AUTH_BIND_OEM_ID, "oem-id"},
		{QPAS_AUTH_BIND_MODEL_ID, "model-id"},
		{QPAS_AUTH_BIND_SOC_LIFECYCLE, "soc-lifecycle"},
		{QPAS_AUTH_BIND_OEM_LIFECYCLE, "oem-lifecycle"},
		{QPAS_AUTH_BIND_ROOT_HASH, "root-hash"},
		{QPAS_AUTH_BIND_DEBUG, "debug"},
		{QPAS_AUTH_BIND_ROT, "rot"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].bit == bit)
			return names[i].name;
	}
	return "?";
}

/* As observed over all public images: constant from header version 3 to 8 (docs/auth.md). */
const char *qpas_auth_sw_id_text(uint32_t sw_id)
{
	static const struct {
		uint32_t id;
		const char *text;
	} kinds[] = {
		{0x00, "xbl"},	     {0x01, "mba"},	    {0x02, "modem"},
		{0x03, "firehose"},  {0x04, "adsp"},	    {0x05, "devcfg"},
		{0x07, "tz"},	     {0x09, "uefi"},	    {0x0b, "xbl-sec"},
		{0x0c, "tz-app"},    {0x0d, "wcnss/wpss"},  {0x0e, "video"},
		{0x12, "wlanmdsp"},  {0x14, "gpu zap"},	    {0x15, "hyp"},
		{0x17, "cdsp0"},     {0x18, "slpi"},	    {0x1c, "abl"},
		{0x1d, "ipa"},	     {0x1f, "cmnlib"},	    {0x20, "shrm"},
		{0x21, "aop"},	     {0x24, "qupv3"},	    {0x25, "xbl-config"},
		{0x27, "imagefv"},   {0x2c, "iu_fw"},	    {0x31, "cpucp"},
		{0x38, "bluetooth"}, {0x42, "xbl-ramdump"}, {0x44, "cdsp1"},
		{0x51, "modem_dtb"}, {0x52, "cdsp_dtb"},    {0x53, "adsp_dtb"},
		{0x58, "gpdsp0"},    {0x5a, "gpdsp1"},	    {0x69, "av1"},
		{0x88, "soccp"},     {0x9f, "soccp_dtb"},   {0xba, "adsp1"},
		{0xbd, "adsp1_dtb"}, {0xd1, "lpaicp"},	    {0xd2, "lpaicp_dtb"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].id == sw_id)
			return kinds[i].text;
	}
	return "?";
}

/* docs/auth.md, SW_ID. Two where chips differ. */
static const struct {
	uint32_t pas_id;
	uint32_t sw_id;
	uint32_t other;
} software[] = {
	{1, 0x04, 0xba},    {4, 0x02, 0x02},	{6, 0x0d, 0x0d},  {9, 0x0e, 0x0e},
	{12, 0x18, 0x18},   {13, 0x14, 0x14},	{15, 0x1d, 0x1d}, {18, 0x17, 0x17},
	{30, 0x44, 0x17},   {36, 0x53, 0xbd},	{37, 0x52, 0x52}, {38, 0x51, 0x51},
	{39, 0x58, 0x58},   {40, 0x5a, 0x5a},	{51, 0x88, 0x88}, {0x41, 0x9f, 0x9f},
	{0x56, 0xd1, 0xd1}, {0x57, 0xd2, 0xd2},
};

bool qpasi_auth_software_fits(uint32_t pas_id, uint32_t sw_id)
{
	for (size_t i = 0; i < sizeof(software) / sizeof(software[0]); i++) {
		if (software[i].pas_id == pas_id)
			return sw_id == software[i].sw_id || sw_id == software[i].other;
	}
	return true;
}
