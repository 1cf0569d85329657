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

	courier_answer(b->c, &reply, b->now_ns, WALL + b->now_ns);
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

static enum courier_state
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
			state(&b) == COURIER_FAILING);
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
	OK(ended(&b, 1, LETTER_SENT) && state(&b) == COURIER_UP);
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
	OK(ended(&b, 2, LETTER_SENT) && state(&b) == COURIER_UP);
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
	OK(state(&b) == COURIER_PAUSED && none_ended(&b));
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
	OK(state(&b) == COURIER_UP);
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
	OK(state(&b) == COURIER_PAUSED && rests(&b) >= TIME_S);
	finish(&b);
	begin(&b, &probed);
	put(&b, "a", "opened");
	OK(wants(&b, "probe"));
	answer(&b, 0);
	OK(state(&b) == COURIER_UP && wants(&b, "a-opened/1/1\ntail\n"));
	finish(&b);
	b.d.probes = false;
	begin(&b, &plain); /* without a probe what waits is tried */
	put(&b, "a", "opened");
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 404);
	OK(state(&b) == COURIER_PAUSED);
	b.now_ns += rests(&b);
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 200);
	OK(state(&b) == COURIER_UP && ended(&b, 3, LETTER_SENT));
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

static void
test_given_up(void)
{
	struct bed b = { .conf.max_age_ns = TIME_H };

	begin(&b, &plain);
	put(&b, "a", "opened");
	put(&b, "b", "opened");
	OK(wants(&b, "a-opened/1/1\nb-opened/1/1\ntail\n"));
	answer(&b, 503);
	put(&b, "c", "opened");
	put(&b, "d", "opened");
	put(&b, "e", "opened");
	courier_drop(b.c, 1);
	OK(ended(&b, 3, LETTER_TOO_MANY) && none_ended(&b));
	b.now_ns += 2 * TIME_H;
	put(&b, "f", "opened");
	OK(wants(&b, "a-opened/1/1\nb-opened/1/1\ntail\n")); /* they were on their way */
	answer(&b, 202);
	OK(wants(&b, "f-opened/1/1\ntail\n"));
	OK(ended(&b, 1, LETTER_SENT) && ended(&b, 2, LETTER_SENT));
	OK(ended(&b, 4, LETTER_TOO_OLD) && ended(&b, 5, LETTER_TOO_OLD));
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
	OK(courier_wants_pulse(b.c, b.now_ns, &alive) && !alive);
	OK(wants(&b, "alive"));
	answer(&b, 500); /* not repeated */
	b.now_ns += 2 * TIME_S;
	put(&b, "a", "opened");
	OK(wants(&b, "a-opened/1/1\ntail\n"));
	answer(&b, 202);
	courier_pulse(b.c, &(struct pulse){ .alive = false }, b.now_ns);
	OK(!courier_wants_pulse(b.c, b.now_ns, &alive));
	OK(wants(&b, "pulse"));
	answer(&b, 202);
	b.now_ns += TIME_MIN;
	OK(courier_wants_pulse(b.c, b.now_ns, &alive) && !alive);
	b.now_ns += 5 * TIME_MIN;
	OK(courier_wants_pulse(b.c, b.now_ns, &alive) && alive);
	finish(&b);
}

/* A day without a server, 10,000 findings, a window at a time: all arrive, in order. */
static void
test_outage(void)
{
	struct bed b = { .conf.max_age_ns = 7 * TIME_DAY };
	int64_t end_ns, next = 1, requests = 0;
	struct letter *l;
	int waiting = 10000;
	bool in_order = true;

	begin(&b, &plain);
	end_ns = b.now_ns + 24 * TIME_H;
	for (int left = waiting; next <= waiting; requests++) {
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
			in_order &= l->row == next++ && l->fate == LETTER_SENT;
			letter_free(&l);
		}
		if (requests > 100000)
			break;
	}
	OK(in_order && next == waiting + 1);
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
	test_pulses();
	test_outage();
	return tap_done();
}
