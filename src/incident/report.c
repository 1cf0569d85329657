/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/report.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/time.h"
#include "incident/body.h"
#include "incident/entry.h"
#include "incident/impact.h"
#include "incident/member.h"
#include "incident/timeline.h"

/* A finding is read by people: what is longer says how much more there is. */
#define ENTRIES_MAX   ((size_t)5000)
#define CAUSES_MAX    ((size_t)100)
#define GAPS_MAX      ((size_t)100)
#define EXPLAINED_MAX ((size_t)100)
#define VALUES_MAX    ((size_t)100000)

static void
add_gap(struct buf *b, const struct gap_row *g)
{
	buf_add_char(b, '{');
	member_time(b, STR("from"), g->from_ns);
	member_time(b, STR("to"), g->to_ns);
	member_text(b, STR("source"), g->source);
	member_text(b, STR("reason"), g->reason);
	member_text(b, STR("detail"), g->detail);
	member_i64(b, STR("n"), (int64_t)g->n);
	buf_add_char(b, '}');
}

void
report_add_complete(struct buf *b, struct store *s)
{
	struct store_query *q = store_gaps(s);
	struct gap_row g;
	size_t n = 0;

	buf_add_char(b, '{');
	member_time(b, STR("from"), store_meta_i64(s, STR("complete_from"), TIME_NONE));
	member_time(b, STR("to"), store_meta_i64(s, STR("complete_to"), TIME_NONE));
	member_name(b, STR("gaps"));
	buf_add_char(b, '[');
	while (q != NULL && store_next_gap(q, &g))
		if (n++ < GAPS_MAX) {
			member_item(b);
			add_gap(b, &g);
		}
	buf_add_char(b, ']');
	if (q != NULL)
		store_query_free(&q);
	if (n > GAPS_MAX)
		member_i64(b, STR("gaps_more"), (int64_t)(n - GAPS_MAX));
	member_i64(b, STR("not_judged"), store_meta_i64(s, STR("not_judged"), 0));
	buf_add_char(b, '}');
}

struct reporter {
	struct store *store; /* borrowed */
	bool still;          /* nothing is written to it meanwhile */
	bool looked;         /* of a still one: the next two are known */
	bool has_marks, has_explained;
	struct buf body_text;
	struct body *body; /* of body_text: many incidents of a rule have the same */
	struct entry_writer *writer;
	struct impact *impact;
	struct buf parts; /* causes and timeline, while the impact is summed up */
	struct buf complete;
	bool has_complete;

	/* the incident that is written */
	const struct incident_row *row; /* borrowed */
	struct map *values;             /* NULL: the incident counts none */
};

struct reporter *
reporter_new(struct store *s, bool still)
{
	struct reporter *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->store = s;
	r->still = still;
	r->has_marks = r->has_explained = true;
	buf_init(&r->body_text, REPORT_BYTES);
	buf_init(&r->parts, REPORT_BYTES);
	buf_init(&r->complete, REPORT_BYTES);
	r->writer = entry_writer_new();
	r->impact = impact_new();
	if (r->writer == NULL || r->impact == NULL)
		reporter_free(&r);
	return r;
}

void
reporter_free(struct reporter **pr)
{
	struct reporter *r = *pr;

	*pr = NULL;
	if (r == NULL)
		return;
	body_free(&r->body);
	entry_writer_free(&r->writer);
	impact_free(&r->impact);
	buf_fini(&r->body_text);
	buf_fini(&r->parts);
	buf_fini(&r->complete);
	free(r);
}

void
reporter_renew(struct reporter *r)
{
	r->has_complete = false;
}

/* Most logs have neither marks nor incidents that explain others: asked once for all. */
static int
look_around(struct reporter *r)
{
	struct store_query *marks, *explained;
	struct incident_row row;
	struct mark_row mark;
	int err = -EIO;

	if (!r->still || r->looked)
		return 0;
	marks = store_marks(r->store, STR("order"), STR(""));
	explained = store_explained(r->store, STR(""));
	if (marks != NULL && explained != NULL) {
		r->has_marks = store_next_mark(marks, &mark);
		r->has_explained = store_next_incident(explained, &row);
		r->looked = !store_query_failed(marks) && !store_query_failed(explained);
		err = r->looked ? 0 : -EIO;
	}
	store_query_free(&marks);
	store_query_free(&explained);
	return err;
}

static void
find_complete(struct reporter *r)
{
	if (r->has_complete)
		return;
	buf_reset(&r->complete);
	report_add_complete(&r->complete, r->store);
	r->has_complete = true;
}

int
reporter_prepare(struct reporter *r)
{
	find_complete(r);
	return look_around(r);
}

static int
load_values(struct reporter *r)
{
	struct store_query *q;
	struct str value;
	int err = 0;

	if (r->body->field.len == 0)
		return 0;
	q = store_incident_values(r->store, r->row->id);
	r->values = map_new(VALUES_MAX);
	if (q == NULL || r->values == NULL) {
		store_query_free(&q);
		return -ENOMEM;
	}
	while (err == 0 && store_next_value(q, &value))
		if (map_put(r->values, value, NULL) == NULL &&
			map_len(r->values) < VALUES_MAX)
			err = -ENOMEM;
	if (err == 0)
		err = store_query_failed(q) ? -EIO : 0;
	store_query_free(&q);
	return err;
}

static bool
counts_orders(const struct reporter *r)
{
	return str_eq(r->body->field, STR("order_id"));
}

static void
add_order(struct reporter *r, const struct entry_row *e)
{
	struct str id, amount = { 0 }, customer = { 0 };

	if (!timeline_field(e, STR("order_id"), &id))
		return;
	if (counts_orders(r) ? map_get(r->values, id) == NULL
			     : !body_owns(r->body, e->rule))
		return;
	if (!timeline_field(e, STR("amount"), &amount))
		(void)timeline_field(e, STR("total"), &amount);
	if (!timeline_field(e, STR("customer_id"), &customer))
		(void)timeline_field(e, STR("customer"), &customer);
	impact_order(r->impact, id, amount, customer);
}

/* Orders that are known without an entry: what was counted, and the key. */
static void
add_known_orders(struct reporter *r)
{
	static const struct str none = { 0 };
	size_t pos = 0;
	struct str id;

	while (counts_orders(r) && map_next(r->values, &pos, &id, NULL))
		impact_order(r->impact, id, none, none);
	for (size_t k = 0; k < r->row->n_key; k++)
		if (str_eq(r->row->key[k].name, STR("order_id")))
			impact_order(r->impact, r->row->key[k].value, none, none);
}

static int
add_part(struct reporter *r, enum body_part part)
{
	bool causes = part == BODY_CAUSES;
	size_t max = causes ? CAUSES_MAX : ENTRIES_MAX;
	struct buf *b = &r->parts;
	struct timeline t;
	struct entry_row e;
	size_t n = 0;
	int err = timeline_open(&t, r->store, r->row, r->body, part, r->values);

	member_name(b, causes ? STR("causes") : STR("timeline"));
	buf_add_char(b, '[');
	while (err == 0 && timeline_next(&t, &e, NULL)) {
		if (!causes)
			add_order(r, &e);
		if (n++ < max) {
			member_item(b);
			entry_write(r->writer, b, &e);
		}
	}
	buf_add_char(b, ']');
	if (n > max)
		member_i64(b, causes ? STR("causes_more") : STR("timeline_more"),
			(int64_t)(n - max));
	if (err == 0)
		err = timeline_error(&t);
	timeline_close(&t);
	return err;
}

static void
add_head(struct buf *b, const struct incident_row *row)
{
	member_text(b, STR("id"), row->id);
	member_text(b, STR("rule"), row->rule);
	member_text(b, STR("title"), row->title);
	member_level(b, row->level);
	member_text(b, STR("state"), row->state);
	if (row->superseded_by.len > 0)
		member_text(b, STR("superseded_by"), row->superseded_by);
	if (row->explained_by.len > 0)
		member_text(b, STR("explained_by"), row->explained_by);
	if (row->muted) {
		member_name(b, STR("muted"));
		buf_add(b, STR("true"));
	}
	member_name(b, STR("key"));
	buf_add_char(b, '{');
	for (size_t k = 0; k < row->n_key; k++)
		member_field(b, row->key[k].name, row->key[k].value);
	buf_add_char(b, '}');
	member_time(b, STR("first_at"), row->first_ns);
	member_time(b, STR("last_at"), row->last_ns);
	member_time(b, STR("opened_at"), row->opened_ns);
	member_time(b, STR("resolved_at"), row->resolved_ns);
	member_time(b, STR("detected_at"), row->detected_ns);
	member_i64(b, STR("count"), (int64_t)row->count);
}

void
report_add_head(struct buf *b, const struct incident_row *row)
{
	buf_add_char(b, '{');
	add_head(b, row);
	buf_add_char(b, '}');
}

static void
add_texts(struct buf *b, const struct body *body)
{
	if (body->remediation.ptr != NULL)
		member_text(b, STR("remediation"), body->remediation);
	if (body->runbook.ptr != NULL)
		member_text(b, STR("runbook"), body->runbook);
	if (body->uncounted > 0)
		member_i64(b, STR("uncounted"), body->uncounted);
}

static void
add_complete(struct reporter *r, struct buf *b)
{
	find_complete(r);
	member_name(b, STR("complete"));
	buf_add(b, buf_str(&r->complete));
}

/* An opened that leaves at the end of a batch still says how it opened. */
static void
add_told_head(struct buf *b, const struct incident_row *row, const struct report_as *as)
{
	struct incident_row head = *row;

	if (as != NULL && str_eq(as->kind, STR("opened"))) {
		head.state = STR("open");
		head.resolved_ns = TIME_NONE;
	}
	add_head(b, &head);
}

/* What it keeps from being told on its own. */
static int
add_explained(struct reporter *r)
{
	struct buf *b = &r->parts;
	struct store_query *q;
	struct incident_row row;
	size_t n = 0;
	int err;

	if (!r->has_explained)
		return 0;
	q = store_explained(r->store, r->row->id);
	if (q == NULL)
		return -EIO;
	while (store_next_incident(q, &row)) {
		if (n == 0) {
			member_name(b, STR("explains"));
			buf_add_char(b, '[');
		}
		if (n++ < EXPLAINED_MAX) {
			member_item(b);
			report_add_head(b, &row);
		}
	}
	if (n > 0)
		buf_add_char(b, ']');
	if (n > EXPLAINED_MAX)
		member_i64(b, STR("explains_more"), (int64_t)(n - EXPLAINED_MAX));
	err = store_query_failed(q) ? -EIO : 0;
	store_query_free(&q);
	return err;
}

/* What its orders cost stands before its parts, and is known after them. */
static int
collect(struct reporter *r)
{
	int err = look_around(r);

	buf_reset(&r->parts);
	if (err == 0)
		err = load_values(r);
	if (err == 0)
		err = add_part(r, BODY_CAUSES);
	if (err == 0)
		err = add_explained(r);
	if (err == 0)
		err = add_part(r, BODY_TIMELINE);
	if (err == 0) {
		add_known_orders(r);
		err = impact_complete(r->impact, r->has_marks ? r->store : NULL);
	}
	return err != 0 || !buf_failed(&r->parts) ? err : -ENOMEM;
}

static int
build(struct reporter *r, const struct report_as *as, struct buf *b)
{
	int err = collect(r);

	if (err != 0)
		return err;
	buf_add_char(b, '{');
	add_told_head(b, r->row, as);
	member_name(b, STR("impact"));
	impact_add(r->impact, r->row->last_ns - r->row->first_ns, b);
	buf_add_char(b, ',');
	buf_add(b, buf_str(&r->parts));
	add_texts(b, r->body);
	add_complete(r, b);
	if (as != NULL) {
		member_text(b, STR("kind"), as->kind);
		member_i64(b, STR("seq"), as->seq);
	}
	buf_add_char(b, '}');
	return buf_failed(b) || buf_failed(&r->complete) ? -ENOMEM : 0;
}

static int
find_body(struct reporter *r, struct str text)
{
	if (r->body != NULL && str_eq(buf_str(&r->body_text), text))
		return 0;
	body_free(&r->body);
	buf_reset(&r->body_text);
	buf_add(&r->body_text, text);
	if (!buf_failed(&r->body_text))
		r->body = body_read(text);
	return r->body != NULL ? 0 : -EIO;
}

int
reporter_write(struct reporter *r, const struct incident_row *row,
	const struct report_as *as, struct buf *b)
{
	int err = find_body(r, row->body);

	if (err != 0)
		return err;
	r->row = row;
	impact_reset(r->impact);
	err = build(r, as, b);
	if (r->values != NULL)
		map_free(&r->values);
	r->row = NULL;
	return err;
}

static int
write_one(struct store *s, struct str id, struct buf *b)
{
	struct store_query *q = id.len > 0 ? store_incidents(s, id) : NULL;
	struct reporter *r = reporter_new(s, false);
	struct incident_row row;
	int err = q == NULL || r == NULL ? -ENOMEM : -ENOENT;

	if (err == -ENOENT && store_next_incident(q, &row))
		err = reporter_write(r, &row, NULL, b);
	reporter_free(&r);
	store_query_free(&q);
	return err;
}

/* Takes b. */
static json_t *
read_back(struct buf *b)
{
	json_t *out = NULL;
	size_t used;

	if (buf_failed(b) || json_read(buf_str(b), &out, &used) != JSON_OK)
		out = NULL;
	buf_fini(b);
	return out;
}

json_t *
report_incident(struct store *s, struct str id)
{
	struct buf b;

	buf_init(&b, REPORT_BYTES);
	if (write_one(s, id, &b) != 0)
		buf_reset(&b);
	return read_back(&b);
}

json_t *
report_head(const struct incident_row *row)
{
	struct buf b;

	buf_init(&b, REPORT_BYTES);
	report_add_head(&b, row);
	return read_back(&b);
}

json_t *
report_complete(struct store *s)
{
	struct buf b;

	buf_init(&b, REPORT_BYTES);
	report_add_complete(&b, s);
	return read_back(&b);
}

json_t *
report_entry(const struct entry_row *e)
{
	struct entry_writer *w = entry_writer_new();
	struct buf b;

	buf_init(&b, REPORT_BYTES);
	if (w != NULL)
		entry_write(w, &b, e);
	entry_writer_free(&w);
	return read_back(&b);
}
