/* SPDX-License-Identifier: BSD-3-Clause */
/* qpas rsc diff: which entries only one of two tables has. Their order does not matter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "rsc.h"

struct side {
	struct qpas_rsc_table *table;
	bool *paired; /* by entry */
};

static bool same(const struct side *a, uint32_t i, const struct side *b, uint32_t k)
{
	struct qpas_rsc_entry one = QPAS_RSC_ENTRY_INIT, other = QPAS_RSC_ENTRY_INIT;
	struct qpas_slice left, right;

	if (qpas_rsc_table_entry(a->table, i, &one, NULL) ||
	    qpas_rsc_table_entry(b->table, k, &other, NULL))
		return false;
	left = rsc_bytes(a->table, &one);
	right = rsc_bytes(b->table, &other);
	return left.len == right.len && memcmp(left.ptr, right.ptr, left.len) == 0;
}

/* Each entry of one has at most one partner: twice here and once there is a difference. */
static void pair_up(struct side *a, struct side *b)
{
	uint32_t i, k;

	for (i = 0; i < qpas_rsc_table_count(a->table); i++) {
		for (k = 0; k < qpas_rsc_table_count(b->table) && !a->paired[i]; k++) {
			if (b->paired[k] || !same(a, i, b, k))
				continue;
			a->paired[i] = true;
			b->paired[k] = true;
		}
	}
}

static uint32_t show(const struct side *side, const char *change, struct json_object *list)
{
	uint32_t lonely = 0;
	uint32_t i;

	for (i = 0; i < qpas_rsc_table_count(side->table); i++) {
		struct qpas_rsc_entry entry = QPAS_RSC_ENTRY_INIT;
		struct json_object *object;

		if (side->paired[i] || qpas_rsc_table_entry(side->table, i, &entry, NULL))
			continue;
		lonely++;
		if (!list) {
			rsc_print(strcmp(change, "added") == 0 ? "+" : "-", &entry);
			continue;
		}
		object = js_object();
		js_put(object, "change", js_text(change));
		js_put(object, "entry", rsc_json(side->table, &entry));
		js_append(list, object);
	}
	return lonely;
}

static int open_side(struct side *side, const char *path, struct qpas_error *err)
{
	int code = rsc_read(path, &side->table, err);

	if (code)
		return code;
	/* One more, so that an empty table has room as well. */
	side->paired = calloc((size_t)qpas_rsc_table_count(side->table) + 1, sizeof(bool));
	if (side->paired)
		return EXIT_FINE;
	error_set(err, QPAS_ERR_NOMEM, 0, "Memory ran out.");
	return EXIT_HERE;
}

static void close_side(struct side *side)
{
	qpas_rsc_table_free(side->table);
	free(side->paired);
}

int rsc_diff(const struct cli_arguments *args)
{
	struct json_object *list = cli_switch(args, "json") ? js_array() : NULL;
	struct qpas_error err = QPAS_ERROR_INIT;
	struct side a = {NULL, NULL}, b = {NULL, NULL};
	const char *subject = args->operands[1];
	int code = open_side(&a, subject, &err);

	if (!code) {
		subject = args->operands[2];
		code = open_side(&b, subject, &err);
	}
	if (code) {
		report_error(subject, &err);
	} else {
		pair_up(&a, &b);
		code = show(&a, "removed", list) + show(&b, "added", list) ? EXIT_BAD : EXIT_FINE;
	}
	if (list)
		js_print(list);
	close_side(&a);
	close_side(&b);
	return code;
}
