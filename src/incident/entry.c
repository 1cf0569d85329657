/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/entry.h"

#include <stdlib.h>

#include "incident/member.h"
#include "record/record.h"
#include "record/source.h"
#include "rules/ruleset.h"

#define FIELDS_MAX 64 /* of an entry, as the store has them */
#define SHAPES     16
#define TEXT_BYTES ((size_t)64 << 20)

/* What follows a text of ours: the value of a field, or one of these. */
enum { VALUE_COUNT = FIELDS_MAX, VALUE_FILE, VALUE_OFFSET, VALUE_TEXT, VALUE_NONE };

struct piece {
	size_t end; /* of its text */
	size_t value;
};

/* What all entries share that have these in common. */
struct shape {
	struct buf names; /* the rule's, then those of the fields */
	size_t len[FIELDS_MAX + 1];
	size_t n_fields;
	int level;
	bool has_file, inferred;

	struct buf text;
	struct piece piece[FIELDS_MAX + 5];
	size_t n;
};

struct entry_writer {
	struct shape *shape[SHAPES]; /* NULL: not used yet */
	size_t last;                 /* used */
	size_t next;                 /* to be made */
};

static bool
is_own_key(struct str name)
{
	static const struct str own[] = { STR_INIT("at"), STR_INIT("rule"),
		STR_INIT("count"), STR_INIT("source"), STR_INIT("text"),
		STR_INIT("level"), STR_INIT("inferred"), STR_INIT("captures") };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (str_eq(own[i], name))
			return true;
	return false;
}

/* Labels go to the source, captures beside it; one named like our keys goes apart. */
enum member_place { BESIDE, APART, SOURCE };

static enum member_place
place_of(struct str name)
{
	if (label_find(name) != LABEL_COUNT)
		return SOURCE;
	return is_own_key(name) ? APART : BESIDE;
}

static size_t
fields_of(const struct entry_row *e)
{
	return e->n_fields < FIELDS_MAX ? e->n_fields : FIELDS_MAX;
}

/* The field whose value field i has, the last one of its name; the name was there
 * before: VALUE_NONE. */
static size_t
value_of(const struct entry_row *e, size_t i)
{
	size_t last = i;

	for (size_t k = 0; k < e->n_fields; k++) {
		if (k == i || !str_eq(e->fields[k].name, e->fields[i].name))
			continue;
		if (k < i)
			return VALUE_NONE;
		last = k;
	}
	return last < FIELDS_MAX ? last : i;
}

/* The text since the last one, and what follows it. */
static void
cut(struct shape *s, size_t value)
{
	s->piece[s->n++] = (struct piece){ .end = s->text.len, .value = value };
}

static void
add_fields(struct shape *s, const struct entry_row *e, enum member_place place)
{
	for (size_t i = 0; i < s->n_fields; i++) {
		size_t value;

		if (place_of(e->fields[i].name) != place)
			continue;
		value = value_of(e, i);
		if (value == VALUE_NONE)
			continue;
		member_foreign_name(&s->text, e->fields[i].name);
		cut(s, value);
	}
}

static void
add_captures(struct shape *s, const struct entry_row *e)
{
	bool any = false;

	add_fields(s, e, BESIDE);
	for (size_t i = 0; i < s->n_fields; i++)
		any = any || place_of(e->fields[i].name) == APART;
	if (!any)
		return;
	member_name(&s->text, STR("captures"));
	buf_add_char(&s->text, '{');
	add_fields(s, e, APART);
	buf_add_char(&s->text, '}');
}

static void
add_source(struct shape *s, const struct entry_row *e)
{
	member_name(&s->text, STR("source"));
	buf_add_char(&s->text, '{');
	add_fields(s, e, SOURCE);
	if (s->has_file) {
		member_name(&s->text, STR("file"));
		cut(s, VALUE_FILE);
		member_name(&s->text, STR("offset"));
		cut(s, VALUE_OFFSET);
	}
	buf_add_char(&s->text, '}');
}

/* Begins behind the time. */
static void
add_all(struct shape *s, const struct entry_row *e)
{
	buf_add_char(&s->text, ' '); /* something to be behind of */
	member_text(&s->text, STR("rule"), e->rule);
	if (e->level > LEVEL_NONE)
		member_level(&s->text, e->level);
	add_captures(s, e);
	member_name(&s->text, STR("count"));
	cut(s, VALUE_COUNT);
	add_source(s, e);
	if (s->inferred) {
		member_name(&s->text, STR("inferred"));
		buf_add(&s->text, STR("true"));
	}
	member_name(&s->text, STR("text"));
	cut(s, VALUE_TEXT);
	buf_add_char(&s->text, '}');
	cut(s, VALUE_NONE);
}

static bool
is_inferred(const struct entry_row *e)
{
	return e->quality >= (int)TIME_ARRIVAL;
}

/* False: out of memory. */
static bool
learn(struct shape *s, const struct entry_row *e)
{
	buf_reset(&s->names);
	buf_reset(&s->text);
	s->n = 0;
	s->n_fields = fields_of(e);
	s->level = e->level;
	s->has_file = e->file.len > 0;
	s->inferred = is_inferred(e);
	buf_add(&s->names, e->rule);
	s->len[0] = e->rule.len;
	for (size_t i = 0; i < s->n_fields; i++) {
		buf_add(&s->names, e->fields[i].name);
		s->len[i + 1] = e->fields[i].name.len;
	}
	add_all(s, e);
	return !buf_failed(&s->names) && !buf_failed(&s->text);
}

static bool
takes_name(const struct shape *s, size_t i, size_t *at, struct str name)
{
	struct str own = { s->names.data + *at, s->len[i] };

	*at += s->len[i];
	return str_eq(own, name);
}

static bool
is_of(const struct shape *s, const struct entry_row *e)
{
	size_t at = 0;
	bool same = s->n_fields == fields_of(e) && s->level == e->level &&
		    s->has_file == (e->file.len > 0) && s->inferred == is_inferred(e) &&
		    takes_name(s, 0, &at, e->rule);

	for (size_t i = 0; same && i < s->n_fields; i++)
		same = takes_name(s, i + 1, &at, e->fields[i].name);
	return same;
}

static struct shape *
shape_new(void)
{
	struct shape *s = malloc(sizeof(*s));

	if (s == NULL)
		return NULL;
	buf_init(&s->names, TEXT_BYTES);
	buf_init(&s->text, TEXT_BYTES);
	return s;
}

/* NULL: out of memory. */
static const struct shape *
find(struct entry_writer *w, const struct entry_row *e)
{
	struct shape **at;

	for (size_t i = 0; i < SHAPES; i++) {
		size_t k = (w->last + i) % SHAPES;

		if (w->shape[k] == NULL || !is_of(w->shape[k], e))
			continue;
		w->last = k;
		return w->shape[k];
	}
	w->last = w->next++ % SHAPES;
	at = &w->shape[w->last];
	if (*at == NULL)
		*at = shape_new();
	if (*at == NULL || learn(*at, e))
		return *at;
	(*at)->n_fields = FIELDS_MAX + 1; /* of none */
	return NULL;
}

static void
add_value(struct buf *b, const struct entry_row *e, size_t value)
{
	switch (value) {
	case VALUE_COUNT:
		buf_add_i64(b, e->weight);
		break;
	case VALUE_FILE:
		buf_add_json(b, e->file);
		break;
	case VALUE_OFFSET:
		buf_add_i64(b, (int64_t)e->offset);
		break;
	case VALUE_TEXT:
		buf_add_json(b, e->text);
		break;
	case VALUE_NONE:
		break;
	default:
		buf_add_json(b, e->fields[value].value);
	}
}

void
entry_write(struct entry_writer *w, struct buf *b, const struct entry_row *e)
{
	const struct shape *s = find(w, e);
	size_t at = 1;

	if (s == NULL) {
		b->failed = true;
		return;
	}
	buf_add_char(b, '{');
	member_time(b, STR("at"), e->at_ns);
	for (size_t i = 0; i < s->n; i++) {
		const struct piece *p = &s->piece[i];

		buf_add(b, (struct str){ s->text.data + at, p->end - at });
		add_value(b, e, p->value);
		at = p->end;
	}
}

struct entry_writer *
entry_writer_new(void)
{
	return calloc(1, sizeof(struct entry_writer));
}

void
entry_writer_free(struct entry_writer **pw)
{
	struct entry_writer *w = *pw;

	*pw = NULL;
	for (size_t i = 0; w != NULL && i < SHAPES; i++)
		if (w->shape[i] != NULL) {
			buf_fini(&w->shape[i]->names);
			buf_fini(&w->shape[i]->text);
			free(w->shape[i]);
		}
	free(w);
}
