/* SPDX-License-Identifier: Apache-2.0 */
/* What is packed comes back, however it was packed. */
#include "worker/pack.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static char wide[70000];
static char names[5000][12];

static bool
is_same(const struct match *a, const struct match *b)
{
	bool same = match_cmp(a, b) == 0 && match_id(a) == b->id &&
		    a->source == b->source && a->quality == b->quality &&
		    a->category == b->category && a->weight == b->weight &&
		    str_eq(a->text, b->text) && a->n_captures == b->n_captures;

	for (size_t i = 0; i < LABEL_COUNT; i++)
		same = same && str_eq(a->label[i], b->label[i]);
	for (size_t i = 0; i < a->n_captures && same; i++)
		same = str_eq(a->capture[i].name, b->capture[i].name) &&
		       str_eq(a->capture[i].value, b->capture[i].value);
	return same;
}

static struct match
example(const struct source *s)
{
	struct match m = { .rule = 7,
		.source = s->index,
		.source_id = s->id,
		.id = 99,
		.at_ns = -5,
		.quality = TIME_NEAREST,
		.category = RECORD_LOG,
		.place = { 12345678901, 0 },
		.weight = 1,
		.text = STR("GET /login 200"),
		.n_captures = 2 };

	memcpy(m.label, s->label, sizeof(m.label));
	m.label[LABEL_SERVICE] = STR("front-end");
	m.capture[0] = (struct field){ STR("status"), STR("200") };
	m.capture[1] = (struct field){ STR("empty"), { 0 } };
	return m;
}

/* Also that no part of the bytes is taken for all of them. */
static bool
comes_back(struct pack *p, const struct match *m, const struct source *s, size_t most)
{
	struct pack_at at;
	struct match got;
	struct buf b;
	bool good;

	buf_init(&b, (size_t)1 << 20);
	pack_close(p);
	pack_add(p, &b, m, s);
	good = !buf_failed(&b) && b.len <= most;
	for (size_t n = 0; n < b.len && n < 500; n++) {
		at = (struct pack_at){ .rest = { b.data, n } };
		good = good && !pack_take(p, &at, &got) && at.rest.len == n;
	}
	buf_add(&b, STR("next"));
	at = (struct pack_at){ .rest = buf_str(&b) };
	good = good && pack_take(p, &at, &got) && str_eq(at.rest, STR("next")) &&
	       at.rows.n == 0 && is_same(m, &got);
	buf_fini(&b);
	return good;
}

enum { ROWS = 3000 };

/* Like each other for a while; then the source, the rule or the form changes. */
static void
make_rows(const struct source_table *t, struct match *list)
{
	int64_t at_ns = INT64_MIN + 5;
	uint64_t offset = 0;
	uint32_t rule = 1, source = 0;

	for (size_t i = 0; i < ROWS; i++) {
		struct match *m = &list[i];
		const struct source *s;

		at_ns += i % 300 == 7 ? INT64_C(5000000000) : (int64_t)(i % 5) * 1000;
		offset += i % 400 == 9 ? UINT64_C(5000000000) : 100;
		source = i % 700 == 3 ? source + 1 : source;
		rule = i % 500 == 4 ? rule + 1 : rule;
		s = source_table_at(t, source);
		*m = example(s);
		m->rule = rule;
		m->id = 0;
		m->id_seed = s->id ^ rule;
		m->at_ns = at_ns;
		m->place.offset = offset;
		m->text = (struct str){ 0 };
		m->n_captures = i % 900 == 11 ? 2 : 1;
		m->capture[0].value =
			(struct str){ wide, i % 97 == 0 ? 200 + i % 57 : i % 20 };
	}
}

static bool
come_back(const struct pack *p, const struct match *list, struct str all)
{
	struct pack_at at = { .rest = all };
	struct pack_place place = { 0 };
	struct match got;
	struct buf copy;
	bool good = true;

	buf_init(&copy, (size_t)1 << 20);
	for (size_t i = 0; good && i < ROWS; i++) {
		good = pack_take_placed(p, all, &at, &got, &place) &&
		       is_same(&list[i], &got) && pack_look(p, all, &place, &got) &&
		       is_same(&list[i], &got);
		pack_copy(&copy, all, &place);
	}
	good = good && at.rest.len == 0 && at.rows.n == 0;
	at = (struct pack_at){ .rest = buf_str(&copy) };
	for (size_t i = 0; good && i < ROWS; i++)
		good = pack_take(p, &at, &got) && is_same(&list[i], &got) &&
		       at.rows.n == 0;
	good = good && at.rest.len == 0;
	buf_fini(&copy);
	return good;
}

/* Rows behind what they have in common. */
static void
test_rows(const struct source_table *t)
{
	static struct match list[ROWS];
	struct pack *p = pack_new();
	struct buf b;

	make_rows(t, list);
	buf_init(&b, (size_t)1 << 20);
	for (size_t i = 0; i < ROWS; i++)
		pack_add(p, &b, &list[i], source_table_at(t, list[i].source));
	OK(!buf_failed(&b) && b.len < ROWS * 26);
	OK(come_back(p, list, buf_str(&b)));
	buf_reset(&b); /* the same kinds in what begins anew */
	pack_close(p);
	for (size_t i = 0; i < ROWS; i++)
		pack_add(p, &b, &list[i], source_table_at(t, list[i].source));
	OK(come_back(p, list, buf_str(&b)));
	buf_fini(&b);
	pack_free(&p);
}

/* One capture and no text: what it shares with others is not said again. */
static void
test_kinds(const struct source_table *t)
{
	struct pack *p = pack_new();
	const struct source *s = source_table_at(t, 0);
	struct match m = example(s);

	m.id = 0;
	m.id_seed = 5;
	m.text = (struct str){ 0 };
	m.n_captures = 1;
	for (int i = 0; i < 4; i++) { /* a kind of its own each, or none */
		m.quality = i % 2 == 0 ? TIME_WRITTEN : TIME_NEAREST;
		m.capture[0].value = i < 2 ? STR("0.25") : STR("");
		OK(comes_back(p, &m, s, i % 2 == 0 ? 40 : 60));
	}
	m.capture[0].name = STR("other");
	OK(comes_back(p, &m, s, 60));
	m.label[LABEL_SERVICE] = STR("orders");
	OK(comes_back(p, &m, s, 60));
	m.capture[0].value = (struct str){ wide, MATCH_CAPTURE_MAX };
	OK(comes_back(p, &m, s, 60 + MATCH_CAPTURE_MAX));
	for (size_t i = 0; i < 200 * 8; i++) {
		s = source_table_at(t, (uint32_t)i % 200);
		m = example(s);
		m.id = 0;
		m.id_seed = 1;
		m.rule = (uint32_t)i / 200 * 100;
		m.n_captures = 1;
		m.text = (struct str){ 0 };
		if (!comes_back(p, &m, s, 60))
			break;
	}
	OK(m.source == 199 && m.rule == 700);
	pack_free(&p);
}

int
main(void)
{
	static const struct str label[LABEL_COUNT] = {
		[LABEL_NAMESPACE] = { "shop", 4 }, [LABEL_POD] = { "front-end-0", 11 }
	};
	struct source_table *t = source_table_new(1000, SOURCES_STAY);
	const struct source *s = NULL;
	struct pack *p = pack_new();
	struct match m;
	char path[16];

	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "%d.log", i);
		s = source_table_get(t, str_z(path), label);
	}
	m = example(s);
	OK(comes_back(p, &m, s, 70));
	OK(comes_back(p, &m, NULL, 500)); /* nothing stays where it is */
	m.id = 0;                         /* as a sum of volumes says: no line */
	OK(comes_back(p, &m, NULL, 500));
	m.id_seed = 5;
	OK(comes_back(p, &m, NULL, 500) && comes_back(p, &m, s, 500));
	m.id_seed = 0;
	m.id = 99;
	m.weight = 2; /* of a log each match is one at its place */
	OK(comes_back(p, &m, s, 500));
	m = example(s);
	m.place.ordinal = 3;
	OK(comes_back(p, &m, s, 500));
	m = example(s);
	m.label[LABEL_POD] = STR("other");
	m.category = RECORD_EVENT; /* its labels are its own */
	OK(comes_back(p, &m, s, 500));
	m = example(source_table_at(t, 3));
	OK(comes_back(p, &m, source_table_at(t, 3), 100));
	m.text = (struct str){ wide, UINT16_MAX };
	OK(comes_back(p, &m, source_table_at(t, 3), UINT16_MAX + 100));
	m = example(s);
	for (int i = 0; i < 5000; i++) { /* more names than there are numbers */
		snprintf(names[i], sizeof(names[i]), "%d", i);
		m.capture[1].name = str_z(names[i]);
		if (!comes_back(p, &m, s, 500))
			break;
		m.capture[0].name = m.capture[1].name;
	}
	OK(str_eq(m.capture[1].name, STR("4999")));
	m = example(s);
	OK(comes_back(p, &m, s, 500));
	test_kinds(t);
	test_rows(t);
	pack_free(&p);
	source_table_free(&t);
	return tap_done();
}
