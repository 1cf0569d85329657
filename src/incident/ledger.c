/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/ledger.h"

#include <string.h>

#include "base/buf.h"

#define ID_BYTES    ((size_t)1024)
#define FIELDS_MAX  (MATCH_CAPTURES + LABEL_COUNT)
#define UNKNOWN_POD "unknown"

/* Where a mark's values come from: a match's captures and labels, or an outcome's. */
struct facts {
	const struct field *field[2];
	size_t n[2];
};

static bool
find(const struct facts *f, struct str name, struct str *out)
{
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < f->n[k]; i++)
			if (str_eq(f->field[k][i].name, name) &&
				f->field[k][i].value.len > 0) {
				*out = f->field[k][i].value;
				return true;
			}
	return false;
}

static struct str
find_either(const struct facts *f, struct str name, struct str other)
{
	struct str v = { 0 };

	if (!find(f, name, &v))
		(void)find(f, other, &v);
	return v;
}

/* "NAMESPACE/NAME" in text, or empty: it is not known, or too long to be one. */
static struct str
pod_id(char text[ID_BYTES], const struct facts *f)
{
	struct str namespace = STR(UNKNOWN_POD), pod;

	if (!find(f, STR("pod"), &pod))
		return (struct str){ 0 };
	(void)find(f, STR("namespace"), &namespace);
	if (namespace.len + 1 + pod.len > ID_BYTES)
		return (struct str){ 0 };
	memcpy(text, namespace.ptr, namespace.len);
	text[namespace.len] = '/';
	memcpy(text + namespace.len + 1, pod.ptr, pod.len);
	return (struct str){ text, namespace.len + 1 + pod.len };
}

/*
 * "order" is named by order_id, "pod" by namespace and name. A view of a fact or of text;
 * empty: it is not known.
 */
static struct str
entity_id(char text[ID_BYTES], struct str entity, const struct facts *f)
{
	struct str v = { 0 };

	if (str_eq(entity, STR("pod")))
		return pod_id(text, f);
	if (entity.len + 3 > ID_BYTES)
		return v;
	memcpy(text, entity.ptr, entity.len);
	memcpy(text + entity.len, "_id", 3);
	if (!find(f, (struct str){ text, entity.len + 3 }, &v))
		(void)find(f, entity, &v);
	return v;
}

/* "trace_id=26e8...": false when one of them is missing. */
static bool
fallback(struct buf *b, const struct mark *mark, const struct facts *f)
{
	buf_reset(b);
	for (size_t i = 0; i < mark->n_by; i++) {
		struct str v;

		if (!find(f, mark->by[i], &v))
			return false;
		if (i > 0)
			buf_add_char(b, ',');
		buf_add(b, mark->by[i]);
		buf_add_char(b, '=');
		buf_add(b, v);
	}
	return mark->n_by > 0 && !buf_failed(b);
}

/* What a replay puts was counted before. */
static void
count_failed(const struct ledger *l, const struct facts *f, const struct mark_row *row)
{
	struct str id = row->entity_id.len > 0 ? row->entity_id : row->fallback;
	struct str namespace = { 0 };

	if (l->tally == NULL || store_is_muted(l->store) ||
		!str_eq(row->entity, STR("order")) || !str_eq(row->state, STR("failed")))
		return;
	(void)find(f, STR("namespace"), &namespace);
	tally_order_failed(l->tally, id, row->reason, namespace);
}

/* row holds state, time and entry. id: given by value_count, or empty. */
static int
put_mark(const struct ledger *l, const struct mark *mark, const struct facts *f,
	struct mark_row *row, struct str id)
{
	char text[ID_BYTES];
	struct buf by;
	int err = 0;

	buf_init(&by, ID_BYTES);
	row->entity = mark->entity;
	row->entity_id = id.len > 0 ? id : entity_id(text, mark->entity, f);
	row->fallback = (struct str){ 0 };
	if (row->entity_id.len == 0 && fallback(&by, mark, f))
		row->fallback = buf_str(&by);
	row->reason = find_either(f, STR("reason"), STR("error"));
	row->amount = find_either(f, STR("amount"), STR("total"));
	row->customer = find_either(f, STR("customer_id"), STR("customer"));
	row->pod = find_either(f, STR("pod"), STR("pod"));
	if (row->entity_id.len > 0 || row->fallback.len > 0)
		err = store_put_mark(l->store, row);
	if (err == 0 && row->entity_id.len + row->fallback.len > 0)
		count_failed(l, f, row);
	buf_fini(&by);
	return err;
}

/* A capture named like a label shadows it. */
static size_t
fields_of(const struct match *m, struct store_field out[FIELDS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_captures && i < MATCH_CAPTURES; i++)
		if (m->capture[i].value.len > 0)
			out[n++] = (struct store_field){ m->capture[i].name,
				m->capture[i].value };
	for (size_t k = 0; k < LABEL_COUNT; k++) {
		bool shadowed = m->label[k].len == 0;

		for (size_t i = 0; !shadowed && i < m->n_captures; i++)
			shadowed = str_eq(m->capture[i].name, label_names[k]);
		if (!shadowed)
			out[n++] = (struct store_field){ label_names[k], m->label[k] };
	}
	return n;
}

static size_t
labels_of(const struct match *m, struct field out[LABEL_COUNT])
{
	for (size_t k = 0; k < LABEL_COUNT; k++)
		out[k] = (struct field){ label_names[k], m->label[k] };
	return LABEL_COUNT;
}

static int
touch(const struct ledger *l, int64_t row, struct str entity, const struct facts *f)
{
	char text[ID_BYTES];
	struct str id = entity_id(text, entity, f);

	return id.len > 0 ? store_put_touch(l->store, entity, id, row) : 0;
}

/* By the fields that key incidents: their timelines are found by value. */
static int
touch_keys(const struct ledger *l, int64_t row, const struct facts *f)
{
	int err = 0;

	for (size_t i = 0; l->touches != NULL && err == 0 && i < l->touches->n; i++) {
		const struct plan_touch *t = &l->touches->at[i];
		struct str v;

		if (find(f, t->field, &v))
			err = store_put_touch(l->store, t->entity, v, row);
	}
	return err;
}

int
ledger_entry(const struct ledger *l, const struct match *m)
{
	struct store_field fields[FIELDS_MAX];
	struct field labels[LABEL_COUNT];
	struct facts f = { .field = { m->capture, labels },
		.n = { m->n_captures, labels_of(m, labels) } };
	const struct rule *rule = &l->rules->rules[m->rule];
	const struct source *source =
		l->sources ? source_table_at(l->sources, m->source) : NULL;
	struct entry_row e = { .id = m->id,
		.at_ns = m->at_ns,
		.quality = (int)m->quality,
		.rule = rule->name,
		.level = (int)rule->level,
		.weight = m->weight,
		.offset = m->place.offset,
		.text = m->text,
		.fields = fields,
		.n_fields = fields_of(m, fields) };
	int64_t row;
	int err;

	if (source != NULL)
		e.file = source->name;
	err = store_put_entry(l->store, &e, &row);
	if (err == 0)
		err = touch(l, row, STR("order"), &f);
	if (err == 0)
		err = touch(l, row, STR("pod"), &f);
	return err != 0 ? err : touch_keys(l, row, &f);
}

static int
put_marks(const struct ledger *l, const struct rule *rule, const struct match *m)
{
	struct field labels[LABEL_COUNT];
	struct facts f = { .field = { m->capture, labels }, .n = { m->n_captures, 0 } };
	int err = 0;

	f.n[1] = labels_of(m, labels);
	for (size_t i = 0; err == 0 && i < rule->n_marks; i++) {
		struct mark_row row = { .state = rule->marks[i].state,
			.at_ns = m->at_ns,
			.entry_id = m->id };

		err = put_mark(l, &rule->marks[i], &f, &row, (struct str){ 0 });
	}
	return err;
}

int
ledger_marks(const struct ledger *l, const struct match *m)
{
	const struct rule *rule = &l->rules->rules[m->rule];

	if (l->tally != NULL && rule->category == RECORD_POD && !store_is_muted(l->store))
		tally_restart(l->tally, m);
	return rule->n_marks > 0 ? put_marks(l, rule, m) : 0;
}

/* The field by which an entity is known is the one that was counted. */
static bool
is_counted(const struct correlation *c, const struct mark *mark)
{
	return c->type == CORR_VALUE_COUNT && str_starts(c->field, mark->entity) &&
	       str_eq(str_sub(c->field, mark->entity.len, c->field.len), STR("_id"));
}

int
ledger_fired(const struct ledger *l, const struct outcome *o)
{
	const struct correlation *c = &l->rules->corrs[o->corr];
	bool known = o->kind == OUTCOME_FIRED;
	struct field key[CORRELATE_KEY_MAX];
	struct facts f = { .field = { key, o->capture },
		.n = { o->n_key, o->n_captures } };
	int err = 0;

	if (o->n_key > CORRELATE_KEY_MAX || o->n_key > c->n_group_by)
		return 0;
	for (size_t k = 0; k < o->n_key; k++)
		key[k] = (struct field){ c->group_by[k], o->key[k] };
	for (size_t i = 0; err == 0 && i < c->n_marks; i++) {
		const struct mark *mark = &c->marks[i];
		struct mark_row row = { .state = known ? mark->state : STR("unknown"),
			.at_ns = known ? o->at_ns : o->last_ns,
			.entry_id = o->deciding };

		if (!is_counted(c, mark) || o->n_values == 0)
			err = put_mark(l, mark, &f, &row, (struct str){ 0 });
		else
			for (size_t v = 0; err == 0 && v < o->n_values; v++)
				err = put_mark(l, mark, &f, &row, o->values[v]);
	}
	return err;
}
