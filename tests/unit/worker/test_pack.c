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
	bool same = match_cmp(a, b) == 0 && a->id == b->id && a->source == b->source &&
		    a->quality == b->quality && a->category == b->category &&
		    a->weight == b->weight && str_eq(a->text, b->text) &&
		    a->n_captures == b->n_captures;

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
	struct match got;
	struct str from;
	struct buf b;
	bool good;

	buf_init(&b, (size_t)1 << 20);
	pack_add(p, &b, m, s);
	good = !buf_failed(&b) && b.len <= most;
	for (size_t n = 0; n < b.len && n < 500; n++) {
		from = (struct str){ b.data, n };
		good = good && !pack_take(p, &from, &got) && from.len == n;
	}
	buf_add(&b, STR("next"));
	from = buf_str(&b);
	good = good && pack_take(p, &from, &got) && str_eq(from, STR("next")) &&
	       is_same(m, &got);
	buf_fini(&b);
	return good;
}

/* One capture and no text: what it shares with others is not said again. */
static void
test_kinds(const struct source_table *t)
{
	struct pack *p = pack_new();
	const struct source *s = source_table_at(t, 0);
	struct match m = example(s);

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
	m.weight = 2;                     /* of a log each match is one at its place */
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
	pack_free(&p);
	source_table_free(&t);
	return tap_done();
}
