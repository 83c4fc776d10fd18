/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas bridge: the four words of an SHM-bridge descriptor, both ways. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "out.h"

#define READ_WRITE (QPAS_SHM_BRIDGE_READ | QPAS_SHM_BRIDGE_WRITE)

/* Some of the letters r, w and x. */
static bool parse_permissions(const char *text, uint32_t *permissions)
{
	*permissions = 0;
	for (; *text; text++) {
		if (*text == 'r')
			*permissions |= QPAS_SHM_BRIDGE_READ;
		else if (*text == 'w')
			*permissions |= QPAS_SHM_BRIDGE_WRITE;
		else if (*text == 'x')
			*permissions |= QPAS_SHM_BRIDGE_EXEC;
		else
			return false;
	}
	return *permissions != 0;
}

static const char *permission_text(uint32_t permissions)
{
	static const char *const texts[] = {"-", "x", "w", "wx", "r", "rx", "rw", "rwx"};

	return texts[permissions & 7];
}

/* "3:rw", or "3" for read and write. */
static int take_vm(const char *text, struct qpas_shm_bridge_vm *vm)
{
	char number[24];
	size_t length = strcspn(text, ":");
	uint64_t id = 0;

	vm->permissions = READ_WRITE;
	if (length >= sizeof(number))
		return report_usage("bridge", "'%s' is no VM: write ID or ID:PERMISSIONS", text);
	memcpy(number, text, length);
	number[length] = 0;
	if (!cli_parse_number(number, &id) || id > UINT32_MAX ||
	    (text[length] && !parse_permissions(text + length + 1, &vm->permissions)))
		return report_usage("bridge",
				    "'%s' is no VM: write ID or ID:PERMISSIONS, e.g. 3:rw", text);
	vm->vmid = (uint32_t)id;
	return EXIT_FINE;
}

/* Without --vm: the one VM that Linux names in its own bridges. */
static int take_vms(const struct cli_arguments *args, struct qpas_shm_bridge *bridge)
{
	const char *text;
	int code = EXIT_FINE;
	uint32_t i;

	for (i = 0; !code && (text = cli_value_at(args, "vm", i)); i++) {
		if (i >= 4)
			return report_usage("bridge", "a bridge has at most four VMs");
		code = take_vm(text, &bridge->vm[i]);
		bridge->vm_count = i + 1;
	}
	if (!bridge->vm_count && !code) {
		bridge->vm[0].vmid = QPAS_VMID_HLOS;
		bridge->vm[0].permissions = READ_WRITE;
		bridge->vm_count = 1;
	}
	return code;
}

static int take_permissions(const struct cli_arguments *args, const char *name, uint32_t *to)
{
	const char *text = cli_value(args, name);

	if (text && !parse_permissions(text, to))
		return report_usage("bridge", "--%s takes letters of r, w and x", name);
	return EXIT_FINE;
}

/* Identity mapping and read-write unless said otherwise, as Linux 7.2 does. */
static int take_bridge(const struct cli_arguments *args, struct qpas_shm_bridge *bridge)
{
	int code = cli_number(args, "pa", &bridge->pa);

	bridge->ipa = bridge->pa;
	bridge->secure_permissions = READ_WRITE;
	if (!code)
		code = cli_number(args, "ipa", &bridge->ipa);
	if (!code)
		code = cli_number(args, "length", &bridge->length);
	if (!code)
		code = take_permissions(args, "secure", &bridge->secure_permissions);
	if (code)
		return code;
	if (!cli_value(args, "pa") || !cli_value(args, "length"))
		return report_usage("bridge", "give --pa and --length, or --decode and four words");
	if (cli_value(args, "self") && cli_value(args, "vm"))
		return report_usage("bridge", "--self has no list of VMs: give --self or --vm");
	if (cli_value(args, "self")) {
		bridge->form = QPAS_SHM_BRIDGE_SELF_OWNER;
		return take_permissions(args, "self", &bridge->self_permissions);
	}
	bridge->form = QPAS_SHM_BRIDGE_VM_LIST;
	return take_vms(args, bridge);
}

/* As they stand in x2 to x5 of a traced call. */
static int take_words(const struct cli_arguments *args, uint64_t words[4])
{
	size_t i;

	if (args->operand_count != 4)
		return report_usage("bridge", "--decode takes four words");
	for (i = 0; i < 4; i++) {
		if (!cli_parse_number(args->operands[i], &words[i]))
			return report_usage("bridge", "'%s' is no number", args->operands[i]);
	}
	return EXIT_FINE;
}

static struct json_object *json_vms(const struct qpas_shm_bridge *bridge)
{
	struct json_object *list = js_array();
	uint32_t i;

	for (i = 0; i < bridge->vm_count && i < 4; i++) {
		struct json_object *object = js_object();

		js_put(object, "vmid", js_hex(bridge->vm[i].vmid));
		js_put(object, "permissions", js_text(permission_text(bridge->vm[i].permissions)));
		js_append(list, object);
	}
	return list;
}

static void show_json(const struct qpas_shm_bridge *bridge, const uint64_t words[4])
{
	bool self = bridge->form == QPAS_SHM_BRIDGE_SELF_OWNER;
	struct json_object *list = js_array();
	struct json_object *object = js_object();
	struct json_object *encoded = js_array();
	size_t i;

	for (i = 0; i < 4; i++)
		js_append(encoded, js_hex(words[i]));
	js_put(object, "words", encoded);
	js_put(object, "form", js_text(self ? "self_owner" : "vm_list"));
	js_put(object, "pa", js_hex(bridge->pa));
	js_put(object, "ipa", js_hex(bridge->ipa));
	js_put(object, "size", js_hex(bridge->length));
	js_put(object, "secure", js_text(permission_text(bridge->secure_permissions)));
	js_put(object, "self", self ? js_text(permission_text(bridge->self_permissions)) : NULL);
	js_put(object, "vms", json_vms(bridge));
	js_append(list, object);
	js_print(list);
}

static void show_text(const struct qpas_shm_bridge *bridge, const uint64_t words[4])
{
	uint32_t i;

	printf("words   %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 "\n", words[0], words[1],
	       words[2], words[3]);
	printf("memory  %#" PRIx64 " + %#" PRIx64 ", IPA %#" PRIx64 "\n", bridge->pa,
	       bridge->length, bridge->ipa);
	printf("trusted world %s", permission_text(bridge->secure_permissions));
	if (bridge->form == QPAS_SHM_BRIDGE_SELF_OWNER)
		printf(", owner itself %s", permission_text(bridge->self_permissions));
	for (i = 0; bridge->form == QPAS_SHM_BRIDGE_VM_LIST && i < bridge->vm_count; i++)
		printf(", VM %#" PRIx32 " %s", bridge->vm[i].vmid,
		       permission_text(bridge->vm[i].permissions));
	putchar('\n');
}

static int run(const struct cli_arguments *args)
{
	struct qpas_shm_bridge bridge = QPAS_SHM_BRIDGE_INIT;
	struct qpas_error err = QPAS_ERROR_INIT;
	bool decode = cli_switch(args, "decode");
	uint64_t words[4] = {0, 0, 0, 0};
	int code;

	if (!decode && args->operand_count)
		return report_usage("bridge", "words are decoded with --decode");
	code = decode ? take_words(args, words) : take_bridge(args, &bridge);
	if (code)
		return code;
	if (decode ? qpas_shm_bridge_decode(words, &bridge, &err) :
		     qpas_shm_bridge_encode(&bridge, words, &err)) {
		report_error("bridge", &err);
		return exit_of(&err, BLAME_INPUT);
	}
	if (cli_switch(args, "json"))
		show_json(&bridge, words);
	else
		show_text(&bridge, words);
	return EXIT_FINE;
}

static const struct cli_option options[] = {
	{"pa", "ADDR", "physical address, a multiple of 4 KiB"},
	{"length", "N", "bytes, a multiple of 4 KiB"},
	{"ipa", "ADDR", "intermediate physical address (default: the physical one)"},
	{"vm", "ID[:PERM]", "a VM and what it may do, letters r, w, x (default 3:rw, Linux)"},
	{"secure", "PERM", "what the trusted world may do (default rw)"},
	{"self", "PERM", "self-owner form instead of a list of VMs"},
	{"decode", NULL, "decode the four words that follow"},
	{NULL, NULL, NULL},
};

const struct cli_command command_bridge = {
	.name = "bridge",
	.synopsis = "--pa ADDR --length N [--vm ID:PERM]... | --decode W0 W1 W2 W3",
	.summary = "SHM-bridge descriptors: four words, both ways",
	.about =
		"An SHM bridge tells the trusted world which memory it may share with which VM. This\n"
		"makes the four argument words of MP_SHM_BRIDGE_CREATE, or reads them, as they stand\n"
		"in a trace.",
	.examples = "  qpas bridge --pa 0x95900000 --length 0x1e00000\n"
		    "  qpas bridge --decode 0x95900006 0x95900006 0x1e00200 0x3",
	.codes = "  0  fine\n"
		 "  1  no such bridge can be: misaligned, empty, wrapping\n"
		 "  2  usage",
	.options = options,
	.least = 0,
	.most = 4,
	.run = run,
};
