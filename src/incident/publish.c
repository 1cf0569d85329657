/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/publish.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "incident/explain.h"
#include "incident/report.h"
#include "incident/route.h"
#include "incident/row.h"

struct finding {
	struct str id;
	const char *kind_z;
	int64_t seq;
	int64_t at_ns;
	bool hold;      /* something may explain it any moment */
	bool explained; /* something does, or did */
};

static bool
takes(struct incidents *i, size_t destination, const json_t *body)
{
	const struct output_settings *route =
		i->conf.routes != NULL ? i->conf.routes[destination] : NULL;

	return route == NULL || route_takes(route, body);
}

/* Routes ask for parts of it. */
static json_t *
read_for_routes(const struct incidents *i, struct str text)
{
	json_t *body = NULL;
	size_t used;

	for (size_t d = 0; d < i->conf.n_destinations && i->conf.routes != NULL; d++)
		if (i->conf.routes[d] != NULL) {
			(void)json_read(text, &body, &used);
			break;
		}
	return body;
}

/* Whether the opening was taken back from a destination before it was sent. */
static bool
is_withdrawn(struct incidents *i, const struct finding *f, size_t d)
{
	enum finding_told told;

	if (!f->explained)
		return false;
	(void)store_last_finding(i->store, i->conf.destinations[d], f->id, &told);
	return told == TOLD_WITHDRAWN;
}

static int
put_text(struct incidents *i, const struct finding *f, struct str text, bool withdrawn)
{
	json_t *body = read_for_routes(i, text);
	int64_t wall_ns = i->conf.wall_ns != NULL ? i->conf.wall_ns() : i->wall_ns;
	int err = 0;

	for (size_t d = 0; err == 0 && d < i->conf.n_destinations; d++) {
		struct outbox_row row = { .destination = i->conf.destinations[d],
			.finding = f->id,
			.seq = f->seq,
			.kind = str_z(f->kind_z),
			.at_ns = f->at_ns,
			.put_ns = wall_ns,
			.body = text,
			.hold = f->hold };

		if (takes(i, d, body) && is_withdrawn(i, f, d) == withdrawn)
			err = store_put_outbox(i->store, &row);
	}
	json_decref(body);
	return err;
}

/* The incident as the store has it. */
static int
write_finding(struct incidents *i, const struct finding *f, struct buf *b)
{
	struct report_as as = { .kind = str_z(f->kind_z), .seq = f->seq };
	struct store_query *q = store_incidents(i->store, f->id);
	struct incident_row row;
	int err = -EIO;

	if (q == NULL)
		return -EIO;
	if (store_next_incident(q, &row))
		err = reporter_write(i->reporter, &row, &as, b);
	store_query_free(&q);
	return err;
}

static int
put_some(struct incidents *i, const struct finding *f, bool withdrawn)
{
	uint64_t facts = store_facts(i->store);
	struct buf b;
	int err;

	if (i->reporter == NULL)
		i->reporter = reporter_new(i->store, false);
	if (i->reporter == NULL)
		return -ENOMEM;
	if (facts != i->facts)
		reporter_renew(i->reporter);
	i->facts = facts;
	buf_init(&b, REPORT_BYTES);
	err = write_finding(i, f, &b);
	if (err == 0)
		err = put_text(i, f, buf_str(&b), withdrawn);
	buf_fini(&b);
	return err;
}

/* Where the opening was taken back there is nothing to end, and it opens only now. */
static int
put(struct incidents *i, const struct finding *f)
{
	struct finding opened = *f;
	int err = put_some(i, f, false);

	if (err != 0 || !f->explained || strcmp(f->kind_z, "resolved") == 0)
		return err;
	opened.kind_z = "opened";
	return put_some(i, &opened, true);
}

/*
 * After a restart, or an end of input that was none, the same may be told again: what was
 * told goes on from where it was, and neither begins nor ends twice. 1: nothing to tell.
 */
static int
go_on(struct incidents *i, struct finding *f)
{
	for (size_t d = 0; d < i->conf.n_destinations; d++) {
		enum finding_told told;
		int64_t seq = store_last_finding(
			i->store, i->conf.destinations[d], f->id, &told);

		if (told == TOLD_ENDED ||
			(told == TOLD_OPEN && strcmp(f->kind_z, "opened") == 0))
			return 1;
		if (seq >= f->seq)
			f->seq = seq + 1;
	}
	return 0;
}

/* While it is muted only an end is told, and only of what was told before. */
static bool
may_tell(const struct incident *x, const char *kind_z)
{
	if (x->explained_by[0] != '\0' && strcmp(kind_z, "resolved") == 0)
		return x->told;
	return !x->muted;
}

/* The rows that are behind of those that a explains: it is about to list them. */
static int
write_explained(struct incidents *i, const struct incident *a)
{
	struct explain_look l = explain_look_at(i, &a->opener->mutes);
	struct incident *x;
	int err = 0;

	while (err == 0 && (x = explain_next_named(&l, a)) != NULL) {
		if (!x->dirty || x->state != INCIDENT_OPEN)
			continue;
		x->dirty = false;
		err = row_write(i, x);
	}
	return err;
}

int
publish_now(struct incidents *i, struct incident *x, const char *kind_z)
{
	struct finding f = { .id = { x->id, INCIDENT_ID_LEN },
		.kind_z = kind_z,
		.seq = x->seq,
		.at_ns = i->now_ns,
		.hold = x->opener->muted_by.n > 0 && strcmp(kind_z, "opened") == 0,
		.explained = x->explained_by[0] != '\0' };
	bool told;
	int err;

	if (!i->conf.at_once || i->conf.n_destinations == 0 || !may_tell(x, kind_z))
		return 0;
	told = store_is_muted(i->store) || go_on(i, &f) != 0;
	x->seq = f.seq + 1;
	x->told = true;
	x->told_ns = i->now_ns;
	if (told)
		return 0;
	i->findings++;
	err = write_explained(i, x);
	return err != 0 ? err : put(i, &f);
}

int
publish_ended(struct incidents *i, struct str id, int64_t at_ns)
{
	struct finding f = { .id = id,
		.kind_z = "resolved",
		.seq = 0,
		.at_ns = at_ns,
		.explained = true };

	if (!i->conf.at_once || go_on(i, &f) != 0 || f.seq == 0)
		return 0;
	i->findings++;
	return put(i, &f);
}

struct ending {
	bool listed;
	int64_t opened_ns, resolved_ns;
};

/* False when the store has no such row. */
static bool
look(struct store *s, struct str id, struct ending *out)
{
	struct store_query *q = store_incidents(s, id);
	struct incident_row row;
	bool found;

	if (q == NULL)
		return false;
	found = store_next_incident(q, &row);
	if (found) {
		out->listed = !str_eq(row.state, STR("superseded")) && !row.muted;
		out->opened_ns = row.opened_ns;
		out->resolved_ns = row.resolved_ns;
	}
	store_query_free(&q);
	return found;
}

int
publish_all(struct incidents *i)
{
	struct str ids = buf_str(&i->opened);
	int err = 0;

	if (i->conf.at_once || i->conf.n_destinations == 0)
		return 0;
	for (size_t at = 0; err == 0 && at < ids.len; at += INCIDENT_ID_LEN) {
		struct finding f = { .id = str_sub(ids, at, INCIDENT_ID_LEN),
			.kind_z = "opened" };
		struct ending e;

		if (!look(i->store, f.id, &e))
			return -EIO;
		if (!e.listed)
			continue;
		f.at_ns = e.opened_ns;
		err = put(i, &f);
		if (err != 0 || e.resolved_ns == TIME_NONE)
			continue;
		f.kind_z = "resolved";
		f.seq = 1;
		f.at_ns = e.resolved_ns;
		err = put(i, &f);
	}
	return err;
}
