/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/repeat.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/map.h"
#include "base/time.h"
#include "incident/report.h"

#define EVERY_NS TIME_MIN
#define TOLD_MAX ((size_t)100000)

struct repeat {
	const struct output_settings *output;
	struct str destination;
	struct map *told; /* incident id -> monotonic time */
	int64_t looked_ns;
};

struct repeat *
repeat_new(const struct output_settings *output, struct str destination)
{
	struct repeat *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->output = output;
	r->destination = destination;
	r->looked_ns = TIME_NONE;
	r->told = map_new(TOLD_MAX);
	if (r->told == NULL)
		repeat_free(&r);
	return r;
}

void
repeat_free(struct repeat **pr)
{
	struct repeat *r = *pr;

	*pr = NULL;
	if (r == NULL)
		return;
	if (r->told != NULL)
		map_free(&r->told);
	free(r);
}

static bool
is_wanted(const struct repeat *r)
{
	unsigned send = r->output->send;

	return r->output->repeat_ns > 0 && (send == 0 || (send & FINDING_UPDATED) != 0);
}

void
repeat_told(struct repeat *r, struct str id, unsigned kind, int64_t mono_ns)
{
	void **slot;

	if (!is_wanted(r))
		return;
	if (kind == FINDING_RESOLVED) {
		(void)map_del(r->told, id);
		return;
	}
	slot = map_put(r->told, id, NULL);
	if (slot != NULL)
		*slot = (void *)(intptr_t)mono_ns;
}

/* One seen for the first time waits a whole interval. */
static bool
is_due(struct repeat *r, struct str id, int64_t mono_ns)
{
	bool fresh;
	void **slot = map_put(r->told, id, &fresh);

	if (slot == NULL)
		return false;
	if (!fresh && mono_ns - (int64_t)(intptr_t)*slot < r->output->repeat_ns)
		return false;
	*slot = (void *)(intptr_t)mono_ns;
	return !fresh;
}

static int
put(struct repeat *r, struct store *s, struct str id, int64_t seq, int64_t wall_ns)
{
	json_t *body = report_incident(s, id);
	char *text_z = NULL;
	int err = -EIO;

	if (body != NULL) {
		(void)json_object_set_new(body, "kind", json_string("updated"));
		(void)json_object_set_new(body, "seq", json_integer(seq));
		text_z = json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(12));
		err = text_z == NULL ? -ENOMEM : 0;
	}
	if (err == 0)
		err = store_put_outbox(
			s, &(struct outbox_row){ .destination = r->destination,
				   .finding = id,
				   .seq = seq,
				   .kind = STR("updated"),
				   .at_ns = wall_ns,
				   .put_ns = wall_ns,
				   .body = str_z(text_z) });
	free(text_z);
	json_decref(body);
	return err;
}

/* The ids of those that are due: a new array. */
static json_t *
look(struct repeat *r, struct store *s, int64_t mono_ns)
{
	struct store_query *q = store_incidents(s, STR(""));
	json_t *due = json_array();
	struct incident_row row;
	enum finding_told told;

	while (q != NULL && store_next_incident(q, &row)) {
		if (!str_eq(row.state, STR("open")) || row.muted)
			continue;
		(void)store_last_finding(s, r->destination, row.id, &told);
		if (told == TOLD_NEVER || told == TOLD_WITHDRAWN)
			continue;
		if (is_due(r, row.id, mono_ns))
			(void)json_array_append_new(
				due, json_stringn(row.id.ptr, row.id.len));
	}
	if (q != NULL)
		store_query_free(&q);
	return due;
}

int
repeat_work(struct repeat *r, struct store *s, int64_t mono_ns, int64_t wall_ns,
	bool *touched)
{
	json_t *due;
	const json_t *id;
	size_t i;
	int err = 0;

	if (!is_wanted(r) ||
		(r->looked_ns != TIME_NONE && mono_ns - r->looked_ns < EVERY_NS))
		return 0;
	r->looked_ns = mono_ns;
	due = look(r, s, mono_ns);
	json_array_foreach(due, i, id)
	{
		enum finding_told told;
		int64_t seq = store_last_finding(s, r->destination, json_text(id), &told);

		if (err == 0 && told == TOLD_OPEN)
			err = put(r, s, json_text(id), seq + 1, wall_ns);
	}
	*touched |= json_array_size(due) > 0;
	json_decref(due);
	return err;
}
