/* SPDX-License-Identifier: Apache-2.0 */
/*
 * courier: against a destination made up here, in a time made up here. Each finding is
 * one line of the body; the test answers as it likes and looks at what was asked for.
 */
#include "output/courier.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/time.h"

#include "../../tap.h"

#define WALL (INT64_C(1761645885) * TIME_S)

enum { PART_LIST = 1, PART_EACH = 2 };

/* Part 1: all in one request; part 2, if each is set: one request per parcel. */
struct destination {
	bool each, probes, small_helps;
	size_t pulses;
};

static void
add_lines(const struct parcel *p, struct buf *out)
{
	for (size_t i = 0; i < p->n; i++) {
		buf_add(out, json_member_text(p->findings[i].body, "t"));
		buf_printf(out, "%s/%d/%zu\n", p->is_group ? "g" : "", (int)p->kind,
			p->open);
	}
}

static struct request *
add(struct requests *out, unsigned part, size_t from, size_t to)
{
	struct request *r = requests_add(out, "POST");

	if (r == NULL)
		abort();
	r->part = part;
	r->from = from;
	r->to = to;
	return r;
}

static int
fake_build(struct destination *d, const struct build *b, struct requests *out)
{
	struct request *r = NULL;

	for (size_t i = 0; i < b->n; i++)
		if (json_is_true(json_member(b->parcels[i].findings[0].body, "bad")))
			return -EINVAL;
	if ((b->parts & PART_LIST) != 0) {
		r = add(out, PART_LIST, 0, b->n);
		for (size_t i = 0; i < b->n; i++)
			add_lines(&b->parcels[i], &r->body);
		if (!b->small || !d->small_helps)
			buf_add(&r->body, STR("tail\n"));
	}
	for (size_t i = 0; i < b->n && d->each && (b->parts & PART_EACH) != 0; i++)
		add_lines(&b->parcels[i], &add(out, PART_EACH, i, i + 1)->body);
	return 0;
}

static enum verdict
fake_judge(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *why)
{
	(void)d, (void)r, (void)why;
	return destination_judge_status(reply->status);
}

static int
fake_probe(struct destination *d, struct requests *out)
{
	(void)d;
	buf_add(&add(out, 0, 0, 0)->body, STR("probe"));
	return 0;
}

static int64_t
fake_period(const struct destination *d)
{
	(void)d;
	return TIME_MIN;
}

static int
fake_periodic(struct destination *d, const struct pulse *p, struct requests *out)
{
	d->pulses++;
	buf_add(&add(out, 0, 0, 0)->body, p->alive ? STR("alive") : STR("pulse"));
	return 0;
}

static const struct destination_type plain = {
	.name_z = "fake", .max_parcels = 10, .build = fake_build, .judge = fake_judge
};
static const struct destination_type probed = { .name_z = "fake",
	.max_parcels = 10,
	.build = fake_build,
	.judge = fake_judge,
	.probe = fake_probe,
	.period_ns = fake_period,
	.periodic = fake_periodic };

struct bed {
	struct destination d;
	struct output_settings conf;
	struct courier *c;
	int64_t now_ns; /* monotonic; the wall clock goes along */
	const struct request *r;
	int64_t wait_ns;
	struct letters ended;
	int64_t rows;
};

static void
begin(struct bed *b, const struct destination_type *type)
{
	struct courier_conf cc = { .name = STR("fake"),
		.type = type,
		.destination = &b->d,
		.output = &b->conf,
		.prove = b->d.probes,
		.pulses = true,
		.heartbeat_ns = type->periodic != NULL ? 5 * TIME_MIN : 0,
		.noise = 7 };

	b->conf.name = STR("fake");
	b->now_ns = TIME_S;
	letters_init(&b->ended);
	b->c = courier_new(&cc, b->now_ns);
	if (b->c == NULL)
		abort();
}

static void
finish(struct bed *b)
{
	courier_free(&b->c);
	letters_fini(&b->ended);
}

/* A finding of incident id with the text. */
static void
put_with(struct bed *b, const char *id_z, const char *kind_z, const char *body_z)
{
	struct outbox_row row = { .row = ++b->rows,
		.finding = str_z(id_z),
		.kind = str_z(kind_z),
		.put_ns = WALL + b->now_ns,
		.body = str_z(body_z) };
	struct letter *l = letter_new(&row);

	if (l == NULL)
		abort();
	courier_put(b->c, l, b->now_ns);
}

static void
put(struct bed *b, const char *id_z, const char *kind_z)
{
	char body_z[256];

	(void)snprintf(body_z, sizeof(body_z),
		"{\"t\":\"%s-%s\",\"rule\":\"r\",\"key\":{\"ns\":\"n\"}}", id_z, kind_z);
	put_with(b, id_z, kind_z, body_z);
}

/* Whether a request with that body is wanted now. */
static bool
wants(struct bed *b, const char *body_z)
{
	b->r = courier_next(b->c, b->now_ns, WALL + b->now_ns, &b->wait_ns);
	if (b->r == NULL)
		return false;
	if (str_eq(buf_str(&b->r->body), str_z(body_z)))
		return true;
	printf("# wants %.*s\n", STR_ARG(buf_str(&b->r->body)));
	return false;
}

/* How long nothing is wanted; 0: something is. */
static int64_t
rests(struct bed *b)
{
	b->r = courier_next(b->c, b->now_ns, WALL + b->now_ns, &b->wait_ns);
	return b->r != NULL ? 0 : b->wait_ns;
}

static void
answer_after(struct bed *b, long status, int64_t wait_ns)
{
	struct reply reply = { .status = status,
		.body = STR("text"),
		.wait_ns = wait_ns,
		.error_z = "refused" };

	courier_answer(b->c, b->r, &reply, b->now_ns, WALL + b->now_ns);
}

static void
answer(struct bed *b, long status)
{
	answer_after(b, status, -1);
}

/* The next that has ended has that row and fate. */
static bool
ended(struct bed *b, int64_t row, enum letter_fate fate)
{
	struct letter *l;
	bool good;

	courier_ended(b->c, &b->ended);
	l = letters_take(&b->ended);
	if (l == NULL)
		return false;
	good = l->row == row && l->fate == fate;
	if (!good)
		printf("# ended %d as %d\n", (int)l->row, (int)l->fate);
	letter_free(&l);
	return good;
}

static bool
none_ended(struct bed *b)
{
	courier_ended(b->c, &b->ended);
	return b->ended.n == 0;
}

static enum health_state
state(struct bed *b)
{
	struct courier_report r;

	courier_report(b->c, &r);
	return r.state;
}

static void
test_order(void)
{
	struct bed b = { .d.each = true };

	begin(&b, &plain);
	OK(rests(&b) == INT64_MAX);
	put(&b, "a", "opened");
	put(&b, "b", "opened");
	OK(wants(&b, "a-opened/1/1\nb-opened/1/1\ntail\n"));
	put(&b, "c", "opened"); /* for the next batch */
	answer(&b, 202);
	OK(none_ended(&b));
	OK(wants(&b, "a-opened/1/1\n"));
	answer(&b, 202);
	OK(ended(&b, 1, LETTER_SENT) && none_ended(&b));
	OK(wants(&b, "b-opened/1/1\n"));
	answer(&b, 202);
	OK(ended(&b, 2, LETTER_SENT));
	OK(wants(&b, "c-opened/1/1\ntail\n"));
	finish(&b); /* in the middle */
}

static void
test_retries(void)
{
	static const long classes[] = { 0, 408, 429, 500, 503 };
	struct bed b = { 0 };
	int64_t low_ns = TIME_S;
	struct courier_report r;

	begin(&b, &plain);
	put(&b, "a", "opened");
	for (unsigned i = 0; i < 20; i++) {
		int64_t wait_ns;

		OK(wants(&b, "a-opened/1/1\ntail\n"));
		answer(&b, classes[i % 5]);
		wait_ns = rests(&b);
		OK(wait_ns >= low_ns && wait_ns < 2 * low_ns &&
			state(&b) == HEALTH_FAILING);
		b.now_ns += wait_ns - 1;
		OK(rests(&b) == 1);
		b.now_ns += 1;
		low_ns = low_ns * 2 < TIME_MIN ? low_ns * 2 : TIME_MIN;
	}
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer_after(&b, 429, 300 * TIME_S);
	OK(rests(&b) == 300 * TIME_S);
	b.now_ns += 300 * TIME_S;
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	courier_report(b.c, &r);
	OK(r.waiting == 1 && r.oldest_put_ns == WALL + TIME_S && r.retried == 21 &&
		strstr(r.why_z, "429") != NULL);
	answer(&b, 202);
	OK(ended(&b, 1, LETTER_SENT) && state(&b) == HEALTH_UP);
	put(&b, "b", "opened");
	OK(wants(&b, "b-opened/1/1\ntail\n"));
	answer(&b, 500);
	OK(rests(&b) < 2 * TIME_S); /* from the start again */
	finish(&b);
}

/* Not the same again: halves, then smaller, then never. */
static void
test_too_large(void)
{
	struct bed b = { .d.small_helps = true };

	begin(&b, &plain);
	put(&b, "a", "opened");
	put(&b, "b", "opened");
	put(&b, "c", "opened");
	OK(wants(&b, "a-opened/1/1\nb-opened/1/1\nc-opened/1/1\ntail\n"));
	answer(&b, 413);
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 202);
	OK(ended(&b, 1, LETTER_SENT) && none_ended(&b));
	OK(wants(&b, "b-opened/1/1\nc-opened/1/1\ntail\n"));
	answer(&b, 413);
	OK(wants(&b, "b-opened/1/1\ntail\n"));
	answer(&b, 413);
	OK(wants(&b, "b-opened/1/1\n"));
	answer(&b, 202);
	OK(ended(&b, 2, LETTER_SENT));
	OK(wants(&b, "c-opened/1/1\ntail\n"));
	answer(&b, 413);
	OK(wants(&b, "c-opened/1/1\n"));
	answer(&b, 413);
	OK(ended(&b, 3, LETTER_REJECTED) && rests(&b) == INT64_MAX);
	finish(&b);
	b = (struct bed){ 0 };
	begin(&b, &plain);
	put(&b, "a", "opened");
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 413);
	OK(ended(&b, 1, LETTER_REJECTED) && rests(&b) == INT64_MAX); /* no smaller way */
	finish(&b);
}

/* One that is refused is found among others, which all go. */
static void
test_poison(void)
{
	struct bed b = { .d.each = true };

	begin(&b, &plain);
	put(&b, "a", "opened");
	put(&b, "b", "opened");
	OK(wants(&b, "a-opened/1/1\nb-opened/1/1\ntail\n"));
	answer(&b, 400);
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 400);
	OK(wants(&b, "b-opened/1/1\ntail\n"));
	answer(&b, 202);
	OK(wants(&b, "a-opened/1/1\n")); /* its other part may be good */
	answer(&b, 202);
	OK(ended(&b, 1, LETTER_REJECTED));
	OK(wants(&b, "b-opened/1/1\n"));
	answer(&b, 202);
	OK(ended(&b, 2, LETTER_SENT) && state(&b) == HEALTH_UP);
	put_with(&b, "x", "opened", "nonsense");
	put_with(&b, "y", "opened", "{\"bad\":true}");
	put(&b, "z", "opened");
	OK(wants(&b, "z-opened/1/1\ntail\n"));
	OK(ended(&b, 3, LETTER_REJECTED) && ended(&b, 4, LETTER_REJECTED) &&
		none_ended(&b));
	finish(&b);
}

/* Refused: nothing but probes at growing intervals, then all in order. */
static void
test_pause(void)
{
	struct bed b = { .d = { .probes = true } };
	int64_t last_ns = 0;

	begin(&b, &probed);
	OK(wants(&b, "probe"));
	answer(&b, 200);
	put(&b, "a", "opened");
	put(&b, "b", "opened");
	OK(wants(&b, "a-opened/1/1\nb-opened/1/1\ntail\n"));
	answer(&b, 403);
	OK(state(&b) == HEALTH_PAUSED && none_ended(&b));
	for (int i = 0; i < 12; i++) {
		int64_t wait_ns = rests(&b);

		OK(wait_ns >= (i < 9 ? last_ns / 2 : 5 * TIME_MIN) &&
			wait_ns <= 10 * TIME_MIN);
		last_ns = wait_ns;
		b.now_ns += wait_ns;
		put(&b, "c", "opened");
		OK(wants(&b, "probe"));
		answer(&b, i % 2 == 0 ? 403 : 503);
	}
	b.now_ns += rests(&b);
	OK(wants(&b, "probe"));
	answer(&b, 200);
	OK(state(&b) == HEALTH_UP);
	OK(wants(&b, "a-opened/1/1\nb-opened/1/1\ntail\n"));
	answer(&b, 202);
	OK(ended(&b, 1, LETTER_SENT) && ended(&b, 2, LETTER_SENT));
	finish(&b);
}

/* A bad key pauses from the start; a server that is away does not. */
static void
test_prove(void)
{
	struct bed b = { .d = { .probes = true } };

	begin(&b, &probed);
	put(&b, "a", "opened");
	OK(wants(&b, "probe"));
	answer(&b, 403);
	OK(state(&b) == HEALTH_PAUSED && rests(&b) >= TIME_S);
	finish(&b);
	begin(&b, &probed);
	put(&b, "a", "opened");
	OK(wants(&b, "probe"));
	answer(&b, 0);
	OK(state(&b) == HEALTH_UP && wants(&b, "a-opened/1/1\ntail\n"));
	finish(&b);
	b.d.probes = false;
	begin(&b, &plain); /* without a probe what waits is tried */
	put(&b, "a", "opened");
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 404);
	OK(state(&b) == HEALTH_PAUSED);
	b.now_ns += rests(&b);
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 200);
	OK(state(&b) == HEALTH_UP && ended(&b, 3, LETTER_SENT));
	finish(&b);
}

static void
test_updates(void)
{
	struct bed b = { .conf.update_ns = 5 * TIME_MIN };

	begin(&b, &plain);
	put(&b, "a", "opened");
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 202);
	OK(ended(&b, 1, LETTER_SENT));
	put(&b, "a", "updated");
	OK(rests(&b) == 5 * TIME_MIN);
	b.now_ns += TIME_MIN;
	put(&b, "a", "updated");
	OK(ended(&b, 2, LETTER_FOLDED) && rests(&b) == 4 * TIME_MIN);
	put(&b, "b", "opened"); /* is not held up */
	OK(wants(&b, "b-opened/1/1\ntail\n"));
	answer(&b, 202);
	OK(ended(&b, 4, LETTER_SENT));
	b.now_ns += 4 * TIME_MIN;
	OK(wants(&b, "a-updated/2/1\ntail\n"));
	answer(&b, 202);
	OK(ended(&b, 3, LETTER_SENT));
	put(&b, "a", "updated");
	put(&b, "a", "resolved");
	OK(ended(&b, 5, LETTER_FOLDED));
	OK(wants(&b, "a-resolved/4/0\ntail\n"));
	finish(&b);
}

static void
test_groups(void)
{
	static const struct str by[] = { STR_INIT("rule"), STR_INIT("ns") };
	struct bed b = { .conf = { .group_by = { by, 2 },
				 .group_wait_ns = 30 * TIME_S,
				 .update_ns = 5 * TIME_MIN } };
	char id_z[16];
	size_t lines = 0;

	begin(&b, &plain);
	for (int i = 0; i < 500; i++) {
		(void)snprintf(id_z, sizeof(id_z), "i%d", i);
		put(&b, id_z, "opened");
	}
	OK(rests(&b) == 30 * TIME_S);
	b.now_ns += 30 * TIME_S;
	for (int i = 0; i < 100 && rests(&b) == 0; i++) {
		for (size_t k = 0; k < b.r->body.len; k++)
			lines += b.r->body.data[k] == '\n';
		lines--; /* the tail */
		OK(b.r->to == 1);
		answer(&b, 202);
	}
	OK(lines == 500);
	courier_ended(b.c, &b.ended);
	OK(b.ended.n == 500);
	letters_fini(&b.ended);
	put(&b, "late", "opened");
	OK(rests(&b) == 5 * TIME_MIN); /* told a moment ago */
	for (int i = 0; i < 500; i++) {
		(void)snprintf(id_z, sizeof(id_z), "i%d", i);
		put(&b, id_z, "resolved");
	}
	put(&b, "late", "resolved");
	OK(rests(&b) == 30 * TIME_S); /* over: sooner */
	finish(&b);
}

static void
test_group_ends(void)
{
	static const struct str by[] = { STR_INIT("rule") };
	struct bed b = { .conf.group_by = { by, 1 } };

	begin(&b, &plain);
	put(&b, "a", "opened");
	put(&b, "b", "opened");
	OK(wants(&b, "a-openedg/1/2\nb-openedg/1/2\ntail\n"));
	answer(&b, 202);
	put(&b, "a", "resolved");
	OK(wants(&b, "a-resolvedg/2/1\ntail\n")); /* for the group an update */
	answer(&b, 202);
	put(&b, "b", "resolved");
	OK(wants(&b, "b-resolvedg/4/0\ntail\n"));
	answer(&b, 202);
	finish(&b);
}

/* The bounds hold for what is in a request, too, unless it is on the way. */
static void
test_given_up(void)
{
	struct bed b = { .conf.max_age_ns = TIME_H };

	begin(&b, &plain);
	put(&b, "a", "opened");
	put(&b, "b", "opened");
	OK(wants(&b, "a-opened/1/1\nb-opened/1/1\ntail\n"));
	put(&b, "c", "opened");
	put(&b, "d", "opened");
	put(&b, "e", "opened");
	courier_drop(b.c, 1, b.now_ns);
	OK(ended(&b, 3, LETTER_TOO_MANY) && none_ended(&b));
	answer(&b, 503);
	courier_drop(b.c, 1, b.now_ns);
	OK(ended(&b, 1, LETTER_TOO_MANY) && none_ended(&b));
	b.now_ns += rests(&b);
	OK(wants(&b, "b-opened/1/1\ntail\n"));
	b.now_ns += 2 * TIME_H;
	put(&b, "f", "opened");
	OK(rests(&b) > 0 && ended(&b, 4, LETTER_TOO_OLD) && none_ended(&b) == false);
	finish(&b);
}

/* A server in a time made up here: what it answers to a request. */
struct server {
	int64_t down_ns;       /* until then: no answer */
	unsigned noise, share; /* share percent of the rest fail */
	size_t requests, largest;
	int64_t wait_ns;   /* what an answer to the poison asks for; 0: nothing */
	struct str poison; /* whose requests are answered with status */
	long status;
};

static long
serve(struct server *s, struct bed *b, struct str body)
{
	s->requests++;
	if (body.len > s->largest)
		s->largest = body.len;
	if (b->now_ns < s->down_ns)
		return 0;
	if (s->poison.len > 0 && str_find(body, s->poison) != SIZE_MAX)
		return s->status;
	s->noise = s->noise * 1103515245U + 12345U;
	return (s->noise >> 16) % 100 < s->share ? 503 : 202;
}

static void
serve_one(struct bed *b, struct server *s)
{
	long status = serve(s, b, buf_str(&b->r->body));

	answer_after(b, status, status == s->status && s->wait_ns > 0 ? s->wait_ns : -1);
}

/* Both go on until a time; every request is answered 10 ms later, in the order sent. */
static void
go_on(struct bed *b, struct server *s, int64_t until_ns)
{
	const struct request *sent[16];
	size_t n = 0;

	while (b->now_ns < until_ns) {
		while (rests(b) == 0)
			sent[n++] = b->r;
		if (n == 0 && b->wait_ns > until_ns - b->now_ns)
			break;
		if (n == 0) {
			b->now_ns += b->wait_ns;
			continue;
		}
		b->now_ns += 10 * TIME_MS;
		b->r = sent[0];
		memmove(sent, sent + 1, --n * sizeof(sent[0]));
		serve_one(b, s);
	}
	b->now_ns = until_ns;
	while (n > 0) {
		b->r = sent[--n];
		serve_one(b, s);
	}
}

/* Those that have ended so far: how many so, and which last. */
static size_t
count_ended(struct bed *b, enum letter_fate fate, int64_t *row)
{
	struct letter *l;
	size_t n = 0;

	courier_ended(b->c, &b->ended);
	for (l = b->ended.first; l != NULL; l = l->next)
		if (l->fate == fate) {
			n++;
			*row = l->row;
		}
	return n;
}

static void
put_many(struct bed *b, const char *prefix_z, int n)
{
	char id_z[32];

	for (int i = 0; i < n; i++) {
		(void)snprintf(id_z, sizeof(id_z), "%s%d.", prefix_z, i);
		put(b, id_z, "opened");
	}
}

static const struct destination_type wide = { .name_z = "fake",
	.max_parcels = 100,
	.lanes = 4,
	.build = fake_build,
	.judge = fake_judge };

/*
 * One finding among many whose requests always fail: it is found in a minute, all others
 * go, and it is given up when enough others were taken.
 */
static void
test_stuck(long status)
{
	struct bed b = { .d.each = true };
	struct server s = { .poison = STR("b42."), .status = status };
	int64_t row = 0;

	begin(&b, &wide);
	put_many(&b, "a", 30);
	go_on(&b, &s, b.now_ns + TIME_S);
	put_many(&b, "b", 100);
	put(&b, "b42.", "resolved"); /* waits for it */
	go_on(&b, &s, b.now_ns + TIME_S);
	put_many(&b, "c", 30);
	go_on(&b, &s, b.now_ns + TIME_MIN);
	OK(count_ended(&b, LETTER_SENT, &row) == 159 && b.ended.n == 159);
	go_on(&b, &s, b.now_ns + 8 * TIME_MIN);
	put_many(&b, "d", 5);
	go_on(&b, &s, b.now_ns + 30 * TIME_MIN);
	OK(b.ended.n == 159 && count_ended(&b, LETTER_SENT, &row) == 164);
	for (int i = 0; i < 20; i++) {
		char prefix_z[16];

		(void)snprintf(prefix_z, sizeof(prefix_z), "e%d-", i);
		put_many(&b, prefix_z, 10);
		go_on(&b, &s, b.now_ns + 2 * TIME_MIN);
	}
	OK(count_ended(&b, LETTER_STUCK, &row) == 2 && row == 131);
	OK(count_ended(&b, LETTER_SENT, &row) == 364 && state(&b) == HEALTH_UP);
	finish(&b);
}

/* It may also ask for patience, each time: that is its own then. */
static void
test_stuck_asks(void)
{
	struct bed b = { .d.each = true };
	struct server s = { .poison = STR("b42."), .status = 503, .wait_ns = TIME_MIN };
	int64_t row = 0;

	begin(&b, &wide);
	put_many(&b, "b", 100);
	go_on(&b, &s, b.now_ns + 10 * TIME_MIN);
	OK(count_ended(&b, LETTER_SENT, &row) == 99);
	put_many(&b, "c", 30);
	go_on(&b, &s, b.now_ns + 10 * TIME_S);
	OK(count_ended(&b, LETTER_SENT, &row) == 129 && b.ended.n == 129);
	finish(&b);
}

/* A receiver that fails often, or is away for a day, is no reason to give anything up. */
static void
test_never_stuck(unsigned share, bool away)
{
	struct bed b = { .d.each = true };
	struct server s = { .share = share, .noise = 7 };
	int64_t row;

	begin(&b, &wide);
	if (away)
		s.down_ns = b.now_ns + TIME_DAY;
	for (int i = 0; i < 30; i++) {
		char prefix_z[16];

		(void)snprintf(prefix_z, sizeof(prefix_z), "%d-", i);
		put_many(&b, prefix_z, 30);
		go_on(&b, &s, b.now_ns + TIME_MIN);
	}
	go_on(&b, &s, b.now_ns + TIME_DAY);
	s.down_ns = 0;
	s.share = 0;
	go_on(&b, &s, b.now_ns + 10 * TIME_MIN);
	OK(count_ended(&b, LETTER_SENT, &row) == 900 && b.ended.n == 900);
	printf("# %zu requests\n", s.requests);
	finish(&b);
}

/* More and more at once while all is well, those of one incident after each other. */
static void
test_lanes(void)
{
	struct bed b = { .d.each = true };
	const struct request *sent[4];

	begin(&b, &wide);
	put(&b, "a", "opened");
	put(&b, "a", "resolved");
	put(&b, "b", "opened");
	put(&b, "c", "opened");
	OK(wants(&b, "a-opened/1/1\na-resolved/4/0\nb-opened/1/1\nc-opened/1/1\ntail\n"));
	OK(courier_next(b.c, b.now_ns, WALL + b.now_ns, &b.wait_ns) == NULL &&
		b.wait_ns == INT64_MAX);
	answer(&b, 202);
	OK(wants(&b, "a-opened/1/1\n"));
	sent[0] = b.r;
	OK(wants(&b, "b-opened/1/1\n")); /* its end waits for it */
	sent[1] = b.r;
	OK(rests(&b) == INT64_MAX);
	b.r = sent[0];
	answer(&b, 202);
	OK(ended(&b, 1, LETTER_SENT) && wants(&b, "a-resolved/4/0\n"));
	sent[0] = b.r;
	put(&b, "a", "updated"); /* a new one: but not before the last is answered */
	OK(wants(&b, "c-opened/1/1\n") && rests(&b) == INT64_MAX);
	b.r = sent[1];
	answer(&b, 503); /* one at a time again, but those on the way go on */
	OK(rests(&b) == INT64_MAX && state(&b) == HEALTH_FAILING);
	b.r = sent[0];
	answer(&b, 202);
	OK(ended(&b, 2, LETTER_SENT) && state(&b) == HEALTH_FAILING &&
		rests(&b) >= TIME_S);
	finish(&b);
}

/* A receiver that is gone for good is not asked again. */
static enum verdict
gone_judge(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *why)
{
	(void)d, (void)r, (void)why;
	return reply->status == 410 ? VERDICT_STOP : VERDICT_DONE;
}

static void
test_stop(void)
{
	static const struct destination_type type = { .name_z = "fake",
		.max_parcels = 10,
		.build = fake_build,
		.judge = gone_judge };
	struct bed b = { .conf.max_age_ns = TIME_DAY };

	begin(&b, &type);
	put(&b, "a", "opened");
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 410);
	OK(state(&b) == HEALTH_STOPPED && rests(&b) == INT64_MAX);
	put(&b, "b", "opened");
	b.now_ns += TIME_H;
	OK(rests(&b) == INT64_MAX && none_ended(&b));
	b.now_ns += 2 * TIME_DAY;
	OK(rests(&b) == INT64_MAX && ended(&b, 1, LETTER_TOO_OLD));
	finish(&b);
}

/* A finding that alone is refused, as a firewall may: others go on between probes. */
static void
test_refused_alone(void)
{
	struct bed b = { .d = { .probes = true } };
	struct server s = { .poison = STR("x-"), .status = 403 };
	int64_t row;

	begin(&b, &probed);
	put(&b, "a", "opened");
	put(&b, "x", "opened");
	put(&b, "b", "opened");
	go_on(&b, &s, b.now_ns + TIME_MIN);
	OK(count_ended(&b, LETTER_SENT, &row) == 2 && state(&b) == HEALTH_UP);
	put(&b, "c", "opened");
	go_on(&b, &s, b.now_ns + TIME_S);
	OK(count_ended(&b, LETTER_SENT, &row) == 3 && b.ended.n == 3);
	finish(&b);
}

static void
test_pulses(void)
{
	struct bed b = { .d.each = false };
	bool alive;

	begin(&b, &probed);
	OK(courier_wants_pulse(b.c, b.now_ns, &alive) && alive);
	courier_pulse(b.c, &(struct pulse){ .alive = true }, b.now_ns);
	OK(!courier_wants_pulse(b.c, b.now_ns, &alive)); /* one after the other */
	OK(wants(&b, "alive"));
	b.now_ns += TIME_H;
	OK(!courier_wants_pulse(b.c, b.now_ns, &alive));
	answer(&b, 500); /* not repeated */
	b.now_ns += 2 * TIME_S;
	put(&b, "a", "opened");
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 202);
	put(&b, "b", "opened");
	courier_pulse(b.c, &(struct pulse){ .alive = false }, b.now_ns);
	OK(!courier_wants_pulse(b.c, b.now_ns, &alive));
	OK(wants(&b, "pulse")); /* however much waits */
	b.now_ns += 5 * TIME_MIN;
	answer(&b, 202);
	OK(courier_wants_pulse(b.c, b.now_ns, &alive) && alive);
	OK(wants(&b, "b-opened/1/1\ntail\n"));
	answer(&b, 202);
	courier_pulse(b.c, &(struct pulse){ .alive = true }, b.now_ns);
	OK(wants(&b, "alive"));
	answer(&b, 202);
	b.now_ns += TIME_MIN;
	OK(courier_wants_pulse(b.c, b.now_ns, &alive) && !alive);
	finish(&b);
}

/* One that fails is not the last, and makes no finding wait longer than its first did. */
static void
test_pulses_go_on(long status)
{
	struct bed b = { .d.each = false };
	struct destination_type type = probed;
	bool alive;

	type.probe = NULL;
	begin(&b, &type);
	courier_pulse(b.c, &(struct pulse){ .alive = true }, b.now_ns);
	OK(wants(&b, "alive"));
	answer(&b, status);
	OK(!courier_wants_pulse(b.c, b.now_ns, &alive));
	for (int i = 0; i < 8; i++) {
		b.now_ns += 5 * TIME_MIN;
		OK(courier_wants_pulse(b.c, b.now_ns, &alive) && alive);
		courier_pulse(b.c, &(struct pulse){ .alive = true }, b.now_ns);
		OK(wants(&b, "alive"));
		answer(&b, status);
	}
	put(&b, "a", "opened");
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 202);
	b.now_ns += 5 * TIME_MIN;
	OK(courier_wants_pulse(b.c, b.now_ns, &alive) && alive);
	finish(&b);
}

/* What waits when another fails would come late: it is made anew. */
static void
test_pulses_are_fresh(void)
{
	struct bed b = { .d.each = false };
	bool alive;

	begin(&b, &probed);
	put(&b, "a", "opened");
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	courier_pulse(b.c, &(struct pulse){ .alive = true }, b.now_ns);
	answer(&b, 403);
	b.now_ns += TIME_H;
	OK(!courier_wants_pulse(b.c, b.now_ns, &alive) && wants(&b, "probe"));
	answer(&b, 202);
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 202);
	OK(rests(&b) > 0 && courier_wants_pulse(b.c, b.now_ns, &alive) && alive);
	finish(&b);
}

/* A day without a server, 10,000 findings, a window at a time: all arrive, once. */
static void
test_outage(void)
{
	struct bed b = { .conf.max_age_ns = 7 * TIME_DAY };
	int64_t end_ns, sent = 0, requests = 0;
	struct letter *l;
	int waiting = 10000;
	bool once = true;
	bool *seen = calloc(10001, sizeof(*seen));

	begin(&b, &plain);
	end_ns = b.now_ns + 24 * TIME_H;
	for (int left = waiting; seen != NULL && sent < waiting; requests++) {
		while (left > 0 && courier_room(b.c) > 0) {
			char id_z[16];

			(void)snprintf(id_z, sizeof(id_z), "i%d", left--);
			put(&b, id_z, "opened");
		}
		if (rests(&b) > 0)
			b.now_ns += b.wait_ns;
		else
			answer(&b, b.now_ns < end_ns ? 0 : 202);
		courier_ended(b.c, &b.ended);
		while ((l = letters_take(&b.ended)) != NULL) {
			once &= l->fate == LETTER_SENT && !seen[l->row];
			seen[l->row] = true;
			sent++;
			letter_free(&l);
		}
		if (requests > 100000)
			break;
	}
	OK(once && sent == waiting);
	free(seen);
	OK(b.now_ns - end_ns < 3 * TIME_MIN && requests < 10000);
	finish(&b);
}

int
main(void)
{
	test_order();
	test_retries();
	test_too_large();
	test_poison();
	test_pause();
	test_prove();
	test_updates();
	test_groups();
	test_group_ends();
	test_given_up();
	test_lanes();
	test_stuck(500);
	test_stuck(0);
	test_stuck(404);
	test_stuck_asks();
	test_never_stuck(30, false);
	test_never_stuck(60, false);
	test_never_stuck(95, false);
	test_never_stuck(0, true);
	test_stop();
	test_refused_alone();
	test_pulses();
	test_pulses_are_fresh();
	test_pulses_go_on(503);
	test_pulses_go_on(404);
	test_outage();
	return tap_done();
}
