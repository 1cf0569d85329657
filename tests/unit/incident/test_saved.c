/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents that are put away at any moment and back into a new process go on as if
 * nothing had happened. SEED says where a random story begins.
 */
#include "incident/restore.h"
#include "incident/saved.h"

#include <inttypes.h>

#include "kit.h"

#define STEPS 120

/* A checkpoint: rows by id. */
struct row {
	uint64_t id;
	char *bytes;
	size_t len;
};
struct rows {
	struct row at[4096];
	size_t n;
	size_t given; /* since the last look */
};

static uint64_t seed;

static unsigned
below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static void
put_row(struct rows *r, const struct incident_saved *s)
{
	size_t i = 0;

	r->given++;
	while (i < r->n && r->at[i].id < s->id)
		i++;
	if (i < r->n && r->at[i].id == s->id) {
		free(r->at[i].bytes);
		r->n--;
		memmove(&r->at[i], &r->at[i + 1], (r->n - i) * sizeof(r->at[0]));
	}
	if (s->bytes.len == 0)
		return;
	memmove(&r->at[i + 1], &r->at[i], (r->n - i) * sizeof(r->at[0]));
	r->at[i] = (struct row){ s->id, malloc(s->bytes.len), s->bytes.len };
	memcpy(r->at[i].bytes, s->bytes.ptr, s->bytes.len);
	r->n++;
}

static void
save(struct kit *k, struct rows *r)
{
	struct incident_saved s;

	r->given = 0;
	while (incidents_changed(k->incidents, &s))
		put_row(r, &s);
}

static int
restore(struct kit *k, const struct rows *r)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < r->n; i++)
		err = incidents_restore(k->incidents, r->at[i].id,
			(struct str){ r->at[i].bytes, r->at[i].len });
	return err;
}

static void
free_rows(struct rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->at[i].bytes);
	r->n = 0;
}

static void
begin(struct kit *k)
{
	static const struct str to[] = { { "datadog", 7 } };

	kit_init(k);
	k->conf.destinations = to;
	k->conf.n_destinations = 1;
	k->conf.at_once = true;
	k->conf.max_values = 1000;
	k->conf.wall_ns = NULL;
	k->corr[C_SLOW].incident.hold_ns = 20 * TIME_S;
	k->corr[C_CRASH].incident.resolve_after_ns = TIME_MIN;
	kit_mute(k);
	kit_open(k);
}

/* Drops all that is in memory. */
static void
restart(struct kit *k, const struct rows *r)
{
	incidents_free(&k->incidents);
	kit_open(k);
	OK(restore(k, r) == 0);
}

/* One step of the story; the same for the same state of the seed. */
static void
step(struct kit *k, unsigned n)
{
	char captures[64];
	int64_t at_ns = AT(5 * n);
	struct str values[4];
	char texts[4][16];
	struct outcome o;
	uint64_t id;

	incidents_clock(k->incidents, AT(100000 + n));
	(void)snprintf(
		captures, sizeof(captures), "order_id=o%u;pod=p%u", below(40), below(3));
	id = kit_match(k, below(R_COUNT), at_ns, captures);
	o = kit_fired(
		below(C_COUNT), at_ns - below(20) * TIME_S, at_ns, id, 3 + below(3));
	for (unsigned v = 0; v < ARRAY_LEN(values); v++) {
		(void)snprintf(texts[v], sizeof(texts[v]), "o%u", below(40));
		values[v] = str_z(texts[v]);
	}
	if (o.corr == C_OUTAGE) {
		o.values = values;
		o.n_values = ARRAY_LEN(values);
	}
	switch (below(4)) {
	case 0:
		kit_outcome(k, &o);
		break;
	case 1:
		OK(incidents_early(k->incidents, &o) == 0);
		break;
	case 2:
		o.kind = OUTCOME_CLEARED;
		kit_outcome(k, &o);
		break;
	default:
		if (below(20) == 0)
			OK(incidents_advance(k->incidents, at_ns + 900 * TIME_S) == 0);
		break;
	}
}

/* All that anybody can see, as text. */
static void
tell(struct kit *k, struct buf *b)
{
	struct store_query *q = store_incidents(k->store, STR(""));
	struct incident_row i;
	struct outbox_row o;

	buf_init(b, 1 << 24);
	while (store_next_incident(q, &i))
		buf_printf(b,
			"%.*s %.*s %.*s %" PRIi64 " %" PRIi64 " %" PRIi64 " %" PRIi64
			" %" PRIi64 " %" PRIu64 " %.*s %.*s %d\n",
			STR_ARG(i.id), STR_ARG(i.title), STR_ARG(i.state), i.first_ns,
			i.last_ns, i.opened_ns, i.resolved_ns, i.detected_ns, i.count,
			STR_ARG(i.superseded_by), STR_ARG(i.explained_by), i.muted);
	store_query_free(&q);
	q = store_outbox(k->store, STR("datadog"), 0);
	while (store_next_outbox(q, &o))
		buf_printf(b, "%.*s %" PRIi64 " %.*s %.*s\n", STR_ARG(o.finding), o.seq,
			STR_ARG(o.kind), STR_ARG(o.body));
	store_query_free(&q);
}

static void
run_story(uint64_t from, unsigned restarts, struct buf *told)
{
	static struct rows rows;
	uint64_t chance = from;
	struct kit k;

	begin(&k);
	seed = from;
	for (unsigned n = 0; n < STEPS; n++) {
		step(&k, n);
		chance = chance * 6364136223846793005u + 1442695040888963407u;
		if ((chance >> 33) % STEPS < restarts) {
			save(&k, &rows);
			if ((chance >> 43) % 2 == 0)
				restart(&k, &rows);
		}
	}
	incidents_clock(k.incidents, AT(200000));
	OK(incidents_advance(k.incidents, AT(100000)) == 0);
	tell(&k, told);
	save(&k, &rows);
	save(&k, &rows);
	OK(rows.given == 0);
	free_rows(&rows);
	kit_fini(&k);
}

static void
test_stories(void)
{
	const char *env_z = getenv("SEED");
	uint64_t from = env_z != NULL ? strtoull(env_z, NULL, 0) : 1;
	unsigned wrong = 0;
	size_t told = 0;

	for (uint64_t n = from; n < from + 12; n++) {
		struct buf once, often;

		run_story(n, 0, &once);
		run_story(n, 15, &often);
		told += once.len;
		if (!str_eq(buf_str(&once), buf_str(&often))) {
			printf("# SEED=%" PRIu64 "\n", n);
			wrong++;
		}
		buf_fini(&once);
		buf_fini(&often);
	}
	OK(wrong == 0 && told > 40000);
}

/* A long list of values is not written again for each new one. */
static void
test_values(void)
{
	static struct rows rows;
	struct outcome o = kit_fired(C_OUTAGE, AT(1), AT(1), 1, 0);
	char captures[32];
	struct kit k;
	json_t *r;

	begin(&k);
	kit_outcome(&k, &o);
	for (unsigned n = 0; n < 400; n++) {
		(void)snprintf(captures, sizeof(captures), "order_id=o%u", n);
		(void)kit_match(&k, R_FAILED, AT(2 + n / 100), captures);
		if (n % 100 == 77 || n % 64 == 0)
			save(&k, &rows);
	}
	save(&k, &rows);
	OK(rows.n == 2 + (400 + 63) / 64);
	(void)kit_match(&k, R_FAILED, AT(10), "order_id=new");
	save(&k, &rows);
	OK(rows.given == 3); /* its last values, itself, what is common */
	restart(&k, &rows);
	(void)kit_match(&k, R_FAILED, AT(11), "order_id=o7");
	(void)kit_match(&k, R_FAILED, AT(12), "order_id=newer");
	OK(incidents_advance(k.incidents, AT(5000)) == 0);
	r = kit_report(&k, 0);
	OK(kit_number(r, "count") == 402);
	json_decref(r);
	save(&k, &rows);
	OK(rows.n == 1);
	free_rows(&rows);
	kit_fini(&k);
}

/* Rules that say something else begin anew; what was open for the old ones ends. */
static void
test_other_rules(void)
{
	static struct rows rows;
	struct outcome o = kit_fired(C_DOWN, AT(1), AT(2), 7, 2);
	struct kit k;
	json_t *r;

	begin(&k);
	kit_outcome(&k, &o);
	save(&k, &rows);
	OK(rows.n == 2);
	incidents_free(&k.incidents);
	k.corr[C_DOWN].incident.resolve_after_ns = TIME_H;
	kit_open(&k);
	OK(restore(&k, &rows) == 1);
	OK(incidents_advance(k.incidents, AT(10)) == 0);
	r = kit_report(&k, 0);
	OK(kit_is(r, "state", "resolved") &&
		kit_is(r, "resolved_at", "2025-10-28T10:00:02.000Z"));
	json_decref(r);
	free_rows(&rows);
	kit_fini(&k);
}

static size_t
count_opened(struct kit *k, struct str rule)
{
	struct store_query *q = store_outbox(k->store, STR("datadog"), 0);
	struct outbox_row row;
	size_t n = 0;

	while (store_next_outbox(q, &row))
		n += str_find(row.body, rule) != SIZE_MAX &&
		     str_eq(row.kind, STR("opened"));
	store_query_free(&q);
	return n;
}

/* What muted it is gone with its rule: a minute later it is told. */
static void
test_muting_rule_gone(void)
{
	static struct rows rows;
	struct outcome o = kit_fired(C_CRASH, AT(1), AT(1), 7, 2);
	struct kit k;

	begin(&k);
	kit_outcome(&k, &o);
	o = kit_fired(C_OUTAGE, AT(2), AT(2), 8, 3);
	kit_outcome(&k, &o);
	save(&k, &rows);
	incidents_free(&k.incidents);
	k.corr[C_CRASH].incident.resolve_after_ns = TIME_H;
	kit_open(&k);
	for (size_t i = 0; i < rows.n; i++)
		OK(incidents_restore(k.incidents, rows.at[i].id,
			   (struct str){ rows.at[i].bytes, rows.at[i].len }) >= 0);
	for (int64_t at_ns = AT(3); at_ns <= AT(70); at_ns += TIME_S)
		OK(incidents_advance(k.incidents, at_ns) == 0);
	OK(count_opened(&k, STR("payment_outage\",\"title\"")) == 1);
	free_rows(&rows);
	kit_fini(&k);
}

/* A promise that nothing explains any more goes after a restart, and only that one. */
static void
test_free_promise(void)
{
	static const struct str other = { "other-shop", 10 };
	static struct rows rows;
	struct outcome o = kit_fired(C_CRASH, AT(1), AT(1), 7, 2);
	struct kit k;

	begin(&k);
	kit_outcome(&k, &o);
	o = kit_fired(C_OUTAGE, AT(2), AT(2), 8, 3);
	kit_outcome(&k, &o);
	OK(incidents_advance(k.incidents, AT(62)) == 0); /* the crash is over */
	o = kit_fired(C_CRASH, AT(62), AT(62), 9, 2);
	o.key[0] = other;
	OK(incidents_early(k.incidents, &o) == 0);
	o = kit_fired(C_OUTAGE, AT(80), AT(80), 10, 3);
	o.key[0] = other;
	OK(incidents_early(k.incidents, &o) == 0);
	OK(incidents_advance(k.incidents, AT(70)) == 0); /* this one was none */
	save(&k, &rows);
	restart(&k, &rows);
	OK(incidents_advance(k.incidents, AT(90)) == 0);
	OK(count_opened(&k, STR("payment_outage\",\"title\"")) == 0);
	OK(incidents_advance(k.incidents, AT(130)) == 0);
	OK(count_opened(&k, STR("payment_outage\",\"title\"")) == 1);
	free_rows(&rows);
	kit_fini(&k);
}

static void
test_damage(void)
{
	static struct rows rows;
	struct kit k;
	unsigned refused = 0;

	begin(&k);
	seed = 4;
	for (unsigned n = 0; n < STEPS; n++)
		step(&k, n);
	save(&k, &rows);
	for (unsigned n = 0; n < 3000; n++) {
		struct row *r = &rows.at[below((unsigned)rows.n)];
		size_t at = below((unsigned)r->len);
		char was = r->bytes[at];

		r->bytes[at] = (char)below(256);
		incidents_free(&k.incidents);
		k.incidents = incidents_new(&k.rs, k.sources, k.store, &k.conf);
		for (size_t i = 0; i < rows.n; i++)
			refused += incidents_restore(k.incidents, rows.at[i].id,
					   (struct str){ rows.at[i].bytes,
						   rows.at[i].len }) != 0;
		if (incidents_advance(k.incidents, AT(90000)) != 0)
			OK(false);
		r->bytes[at] = was;
	}
	OK(refused > 100);
	free_rows(&rows);
	kit_fini(&k);
}

int
main(void)
{
	test_stories();
	test_values();
	test_other_rules();
	test_muting_rule_gone();
	test_free_promise();
	test_damage();
	return tap_done();
}
