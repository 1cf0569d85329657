/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/entry.h"

#include "base/time.h"
#include "incident/member.h"
#include "record/source.h"
#include "rules/ruleset.h"

#define FIELDS_MAX 64 /* of an entry, as the store has them */

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

/* Where the fields of an entry go; n: how many there are of each. */
struct layout {
	enum member_place place[FIELDS_MAX];
	size_t n_fields, n[SOURCE + 1];
};

static void
lay_out(struct layout *l, const struct entry_row *e)
{
	*l = (struct layout){ .n_fields = e->n_fields < FIELDS_MAX ? e->n_fields
								   : FIELDS_MAX };
	for (size_t i = 0; i < l->n_fields; i++) {
		l->place[i] = place_of(e->fields[i].name);
		l->n[l->place[i]]++;
	}
}

/* The value of field i, the last one of its name; NULL: the name was there before. */
static const struct str *
value_of(const struct entry_row *e, size_t i)
{
	const struct str *value = &e->fields[i].value;

	for (size_t k = 0; k < e->n_fields; k++) {
		if (k == i || !str_eq(e->fields[k].name, e->fields[i].name))
			continue;
		if (k < i)
			return NULL;
		value = &e->fields[k].value;
	}
	return value;
}

static void
add_fields(struct buf *b, const struct entry_row *e, const struct layout *l,
	enum member_place place)
{
	for (size_t i = 0; i < l->n_fields && l->n[place] > 0; i++) {
		const struct str *value = l->place[i] == place ? value_of(e, i) : NULL;

		if (value != NULL)
			member_field(b, e->fields[i].name, *value);
	}
}

static void
add_captures(struct buf *b, const struct entry_row *e, const struct layout *l)
{
	add_fields(b, e, l, BESIDE);
	if (l->n[APART] == 0)
		return;
	member_name(b, STR("captures"));
	buf_add_char(b, '{');
	add_fields(b, e, l, APART);
	buf_add_char(b, '}');
}

static void
add_source(struct buf *b, const struct entry_row *e, const struct layout *l)
{
	member_name(b, STR("source"));
	buf_add_char(b, '{');
	add_fields(b, e, l, SOURCE);
	if (e->file.len > 0) {
		member_text(b, STR("file"), e->file);
		member_i64(b, STR("offset"), (int64_t)e->offset);
	}
	buf_add_char(b, '}');
}

void
entry_write(struct buf *b, const struct entry_row *e)
{
	struct layout l;

	lay_out(&l, e);
	buf_add_char(b, '{');
	member_time(b, STR("at"), e->at_ns);
	member_text(b, STR("rule"), e->rule);
	if (e->level > LEVEL_NONE)
		member_level(b, e->level);
	add_captures(b, e, &l);
	member_i64(b, STR("count"), e->weight);
	add_source(b, e, &l);
	if (e->quality >= (int)TIME_ARRIVAL) {
		member_name(b, STR("inferred"));
		buf_add(b, STR("true"));
	}
	member_text(b, STR("text"), e->text);
	buf_add_char(b, '}');
}
