/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/row.h"

#include <errno.h>
#include <stdlib.h>

#include "base/time.h"
#include "incident/deaths.h"
#include "incident/member.h"
#include "incident/template.h"
#include "incident/timeline.h"

#define TITLE_BYTES   ((size_t)300)
#define VALUE_BYTES   ((size_t)1024)
#define BODY_BYTES    ((size_t)64 << 20)
#define FIELDS_MAX    (CORRELATE_KEY_MAX + MATCH_CAPTURES)
#define COUNTED_RULES 32

/* What the texts of one incident are made from. */
struct texts {
	struct field field[FIELDS_MAX];
	struct field counts[COUNTED_RULES];
	char number[COUNTED_RULES][24];
	struct template_values values;
};

static void
init_texts(struct texts *t, const struct incident *x)
{
	size_t n = 0;

	for (size_t k = 0; k < x->opener->n_key; k++)
		t->field[n++] = (struct field){ x->opener->key[k], x->key[k] };
	for (size_t k = 0; k < x->n_captures; k++)
		t->field[n++] = x->capture[k];
	t->values = (struct template_values){ .fields = t->field,
		.n_fields = n,
		.count = x->count,
		.counts = t->counts,
		.first_ns = x->first_ns,
		.last_ns = x->last_ns };
}

static void
add_key_names(
	struct buf *b, const struct str *fields, size_t n, const struct cause *cause)
{
	member_name(b, STR("key"));
	buf_add_char(b, '[');
	for (size_t k = 0; k < n; k++) {
		struct str name = fields[k];

		/* What `where` says of a field counts, not the key. */
		for (size_t w = 0; cause != NULL && w < cause->n_where; w++)
			if (str_eq(cause->where[w].name, fields[k]))
				name = STR("");
		member_item(b);
		buf_add_json(b, name);
	}
	buf_add_char(b, ']');
}

/* What nobody knows equals nothing: null. */
static void
add_where(struct buf *b, const struct cause *cause, const struct template_values *v)
{
	member_name(b, STR("where"));
	buf_add_char(b, '{');
	for (size_t w = 0; w < cause->n_where; w++) {
		struct buf value;
		bool known;

		buf_init(&value, VALUE_BYTES);
		known = template_render(&value, cause->where[w].value, v);
		if (known && !buf_failed(&value))
			member_field(b, cause->where[w].name, buf_str(&value));
		else
			member_null(b, cause->where[w].name);
		buf_fini(&value);
	}
	buf_add_char(b, '}');
}

/* The object stays open for what else is to be said. */
static void
begin_item(struct buf *b, const struct plan *p, const struct plan_opener *o,
	uint32_t rule, const struct str *fields, const struct cause *cause)
{
	member_item(b);
	buf_add_char(b, '{');
	member_text(b, STR("rule"), p->rules->rules[rule].name);
	add_key_names(b, fields, o->n_key, cause);
}

/* A leaf of o itself, once for each way in which it is one. */
static void
add_leaves(
	struct buf *b, const struct plan *p, const struct plan_opener *o, uint32_t only)
{
	for (size_t i = 0; i < o->leaves.n; i++) {
		const struct plan_link *l = &o->leaves.at[i];

		if (only != UINT32_MAX && l->rule != only)
			continue;
		begin_item(b, p, o, l->rule, l->fields, NULL);
		if (l->value.len > 0)
			member_text(b, STR("field"), l->value);
		buf_add_char(b, '}');
	}
}

static bool
is_leaf(const struct plan_opener *o, uint32_t rule)
{
	for (size_t i = 0; i < o->leaves.n; i++)
		if (o->leaves.at[i].rule == rule)
			return true;
	return false;
}

/* A number of the rule file: a rule, or a correlation that stands for its leaf rules. */
static void
add_number(
	struct buf *b, const struct plan *p, const struct plan_opener *o, uint32_t number)
{
	const struct plan_opener *named = &p->openers[plan_index(p, number)];

	for (size_t i = 0; i < named->leaves.n; i++) {
		uint32_t rule = named->leaves.at[i].rule;

		if (is_leaf(o, rule)) {
			add_leaves(b, p, o, rule);
		} else {
			begin_item(b, p, o, rule, o->key, NULL);
			buf_add_char(b, '}');
		}
	}
}

static void
add_timeline(struct buf *b, const struct plan *p, const struct plan_opener *o)
{
	member_name(b, STR("timeline"));
	buf_add_char(b, '[');
	if (o->conf->n_timeline == 0)
		add_leaves(b, p, o, UINT32_MAX);
	for (size_t i = 0; i < o->conf->n_timeline; i++)
		add_number(b, p, o, o->conf->timeline[i]);
	buf_add_char(b, ']');
}

static void
add_causes(struct buf *b, const struct plan *p, const struct plan_opener *o,
	const struct template_values *v)
{
	member_name(b, STR("causes"));
	buf_add_char(b, '[');
	for (size_t i = 0; i < o->conf->n_causes; i++) {
		const struct cause *c = &o->conf->causes[i];
		const struct plan_opener *named = &p->openers[plan_index(p, c->rule)];

		for (size_t k = 0; k < named->leaves.n; k++) {
			uint32_t rule = named->leaves.at[k].rule;

			begin_item(b, p, o, rule, plan_fields(o, rule), c);
			add_where(b, c, v);
			buf_add_char(b, '}');
		}
	}
	buf_add_char(b, ']');
}

static void
add_deaths(struct buf *b, const struct plan *p, const struct plan_opener *o)
{
	member_name(b, STR("deaths"));
	buf_add_char(b, '[');
	for (size_t i = 0; i < o->conf->n_deaths; i++) {
		const struct plan_opener *named =
			&p->openers[plan_index(p, o->conf->deaths[i])];

		for (size_t k = 0; k < named->leaves.n; k++) {
			uint32_t rule = named->leaves.at[k].rule;

			begin_item(b, p, o, rule, plan_fields(o, rule), NULL);
			member_i64(b, STR("witness"), p->rules->rules[rule].category);
			buf_add_char(b, '}');
		}
	}
	buf_add_char(b, ']');
}

static void
add_own_rules(struct buf *b, const struct plan *p, const struct plan_opener *o)
{
	member_name(b, STR("rules"));
	buf_add_char(b, '[');
	for (size_t i = 0; i < o->leaves.n; i++)
		if (!o->leaves.at[i].negated && !o->leaves.at[i].chained) {
			member_item(b);
			buf_add_json(b, p->rules->rules[o->leaves.at[i].rule].name);
		}
	buf_add_char(b, ']');
}

static void
add_body(struct buf *b, const struct plan *p, const struct incident *x,
	const struct template_values *v)
{
	const struct plan_opener *o = x->opener;

	buf_add_char(b, '{');
	add_own_rules(b, p, o);
	if (o->by < o->n_key) {
		member_i64(b, STR("by"), (int64_t)o->by);
		member_text(b, STR("by_entity"), o->by_entity);
	}
	add_timeline(b, p, o);
	add_causes(b, p, o, v);
	if (o->conf->n_deaths > 0) {
		add_deaths(b, p, o);
		member_i64(b, STR("deaths_from"), x->deaths_from_ns);
	}
	if (o->by_value)
		member_text(b, STR("field"),
			p->rules->corrs[o->number & ~CORRELATION_BIT].field);
	if (x->uncounted > 0)
		member_i64(b, STR("uncounted"), (int64_t)x->uncounted);
	if (o->conf->remediation.len > 0)
		member_text(b, STR("remediation"), o->conf->remediation);
	if (o->conf->runbook.len > 0)
		member_text(b, STR("runbook"), o->conf->runbook);
	buf_add_char(b, '}');
}

static void
add_death(struct deaths *d, const struct entry_row *e, const struct body_item *item)
{
	struct death one = { .weight = e->weight };
	struct str uid = { 0 }, instance = { 0 };
	struct buf once;

	if (item->witness < 0 || item->witness >= RECORD_CATEGORIES)
		return;
	one.witness = (enum record_category)item->witness;
	(void)timeline_field(e, STR("namespace"), &one.namespace);
	(void)timeline_field(e, STR("pod"), &one.pod);
	(void)timeline_field(e, STR("container"), &one.container);
	buf_init(&once, 8192);
	if (one.witness == RECORD_POD && timeline_field(e, STR("instance"), &instance)) {
		(void)timeline_field(e, STR("uid"), &uid);
		buf_add(&once, uid);
		buf_add_char(&once, '/');
		buf_add(&once, instance);
	} else if (one.witness == RECORD_LOG) {
		buf_add_i64(&once, (int64_t)e->offset);
		buf_add(&once, e->file);
	}
	one.once = buf_str(&once);
	deaths_add(d, &one);
	buf_fini(&once);
}

static int
count_deaths(struct incidents *i, const struct incident_row *row, const struct body *body,
	uint64_t *out)
{
	struct deaths *d = deaths_new();
	const struct body_item *item;
	struct timeline t;
	struct entry_row e;
	int err = timeline_open(&t, i->store, row, body, BODY_DEATHS, NULL);

	if (d == NULL)
		err = -ENOMEM;
	while (err == 0 && timeline_next(&t, &e, &item))
		add_death(d, &e, item);
	if (err == 0)
		err = timeline_error(&t);
	if (err == 0)
		*out = deaths_sum(d);
	timeline_close(&t);
	deaths_free(&d);
	return err;
}

/* {count:RULE}: the occurrences of each rule in the timeline. */
static int
count_rules(struct incidents *i, const struct incident_row *row, const struct body *body,
	const struct incident *x, struct texts *texts)
{
	const struct body_list *list = &body->list[BODY_TIMELINE];
	size_t rules = list->n < COUNTED_RULES ? list->n : COUNTED_RULES;
	uint64_t n[COUNTED_RULES] = { 0 };
	struct timeline t;
	struct entry_row e;
	int err = timeline_open(&t, i->store, row, body, BODY_TIMELINE, x->values);

	while (err == 0 && timeline_next(&t, &e, NULL))
		for (size_t k = 0; k < rules; k++)
			if (str_eq(list->rules[k], e.rule))
				n[k] += e.weight;
	if (err == 0)
		err = timeline_error(&t);
	timeline_close(&t);
	for (size_t k = 0; k < rules; k++) {
		(void)snprintf(texts->number[k], sizeof(texts->number[k]), "%llu",
			(unsigned long long)n[k]);
		texts->counts[k] =
			(struct field){ list->rules[k], str_z(texts->number[k]) };
	}
	texts->values.n_counts = rules;
	return err;
}

static int64_t
before(int64_t at_ns, int64_t span_ns)
{
	return at_ns < INT64_MIN + 1 + span_ns ? INT64_MIN + 1 : at_ns - span_ns;
}

static void
init_row(
	struct incident_row *row, const struct incident *x, const struct store_field *key)
{
	static const char *const states_z[] = { [INCIDENT_CANDIDATE] = "open",
		[INCIDENT_OPEN] = "open",
		[INCIDENT_RESOLVED] = "resolved",
		[INCIDENT_SUPERSEDED] = "superseded" };

	*row = (struct incident_row){ .id = { x->id, INCIDENT_ID_LEN },
		.rule = x->opener->name,
		.state = str_z(states_z[x->state]),
		.level = (int)x->opener->level,
		.key = key,
		.n_key = x->opener->n_key,
		.first_ns = x->first_ns,
		.last_ns = x->last_ns,
		.opened_ns = x->opened_ns,
		.resolved_ns = x->resolved_ns,
		.detected_ns = x->detected_ns,
		.from_ns = before(x->first_ns, x->opener->conf->lookback_ns),
		.count = x->count,
		.superseded_by = str_z(x->superseded_by),
		.explained_by = str_z(x->explained_by),
		.muted = x->muted };
}

static int
put(struct incidents *i, struct incident_row *row, const struct template_values *v,
	struct str title)
{
	struct buf b;
	int err;

	buf_init(&b, 8 * TITLE_BYTES);
	(void)template_render(&b, title, v);
	row->title = template_cut(buf_str(&b), TITLE_BYTES);
	/* Longer than has room is cut all the same. */
	err = buf_failed(&b) && b.len < TITLE_BYTES ? -ENOMEM : 0;
	if (err == 0)
		err = store_put_incident(i->store, row);
	buf_fini(&b);
	return err;
}

/* What is counted in the timeline, for those that ask for it. */
static int
count_and_put(struct incidents *i, struct incident_row *row, const struct incident *x,
	struct texts *texts)
{
	bool counts = template_counts(plan_title(x->opener));
	uint64_t deaths = 0;
	struct body *body = body_read(row->body);
	int err = 0;

	if (body == NULL)
		return -ENOMEM;
	if (x->opener->conf->n_deaths > 0)
		err = count_deaths(i, row, body, &deaths);
	if (deaths > 0)
		row->count = texts->values.count = deaths;
	if (err == 0 && counts)
		err = count_rules(i, row, body, x, texts);
	if (err == 0)
		err = put(i, row, &texts->values, plan_title(x->opener));
	body_free(&body);
	return err;
}

int
row_write(struct incidents *i, struct incident *x)
{
	struct store_field key[CORRELATE_KEY_MAX];
	struct texts texts;
	struct incident_row row;
	struct buf body;
	int err;

	if (store_is_muted(i->store))
		return 0;
	for (size_t k = 0; k < x->opener->n_key; k++)
		key[k] = (struct store_field){ x->opener->key[k], x->key[k] };
	init_row(&row, x, key);
	init_texts(&texts, x);
	buf_init(&body, BODY_BYTES);
	add_body(&body, i->plan, x, &texts.values);
	row.body = buf_str(&body);
	if (buf_failed(&body))
		err = -ENOMEM;
	else if (x->opener->conf->n_deaths > 0 || template_counts(plan_title(x->opener)))
		err = count_and_put(i, &row, x, &texts);
	else
		err = put(i, &row, &texts.values, plan_title(x->opener));
	buf_fini(&body);
	return err;
}

/* One that was told before (a restart, an end of input) keeps its time of detection. */
int64_t
row_detected(const struct incidents *i, const struct incident *x)
{
	int64_t wall_ns = i->conf.wall_ns != NULL ? i->conf.wall_ns() : i->wall_ns;
	struct store_query *q;
	struct incident_row row;

	if (!i->conf.at_once || store_is_muted(i->store))
		return wall_ns;
	q = store_incidents(i->store, (struct str){ x->id, INCIDENT_ID_LEN });
	if (q == NULL)
		return wall_ns;
	if (store_next_incident(q, &row))
		wall_ns = row.detected_ns;
	store_query_free(&q);
	return wall_ns;
}
