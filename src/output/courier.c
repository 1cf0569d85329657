/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an answer means for the destination as a whole is for health, what it means for
 * its findings is for tray; here the two are put together.
 */
#include "output/courier.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "output/backoff.h"
#include "output/errand.h"
#include "output/pulses.h"
#include "output/tray.h"
#include "output/trouble.h"
#include "output/waiting.h"

#define SHOWN_MAX   ((size_t)300) /* of a reply, in messages and gaps */
#define PARTS_MAX   32
#define SCOUT_TRIES 3        /* failures after which others are tried in between */
#define EXPIRE_NS   TIME_MIN /* between two looks at what is too old */

struct courier {
	struct courier_conf conf;
	struct health health;
	struct waiting *waiting;
	struct tray tray;
	struct pulses pulses;
	struct courier_report report;
	struct answers parts[PARTS_MAX + 1];
	uint64_t good;      /* answers of any kind */
	bool proving;       /* the first probe is not answered yet */
	bool asking;        /* a probe is on the way */
	int64_t expired_ns; /* wall */
	int64_t wall_ns;
	char remark_z[256]; /* the last one on an answer that was good */
};

struct courier *
courier_new(const struct courier_conf *conf, int64_t mono_ns)
{
	struct courier *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->conf = *conf;
	c->waiting = waiting_new(conf->output);
	if (c->waiting == NULL) {
		free(c);
		return NULL;
	}
	c->tray = (struct tray){ .type = conf->type,
		.destination = conf->destination,
		.output = conf->output,
		.waiting = c->waiting };
	tray_init(&c->tray);
	health_init(&c->health, conf->name, conf->type->lanes, conf->noise, mono_ns);
	c->proving = conf->prove && conf->type->probe != NULL;
	pulses_init(&c->pulses, conf->type, conf->destination,
		conf->pulses ? conf->heartbeat_ns : -1);
	return c;
}

void
courier_free(struct courier **pc)
{
	struct courier *c = *pc;

	*pc = NULL;
	if (c == NULL)
		return;
	tray_fini(&c->tray);
	pulses_drop(&c->pulses);
	waiting_free(&c->waiting);
	free(c);
}

void
courier_put(struct courier *c, struct letter *l, int64_t mono_ns)
{
	waiting_put(c->waiting, l, mono_ns);
}

void
courier_know(struct courier *c, const json_t *finding)
{
	waiting_know(c->waiting, finding);
}

size_t
courier_room(const struct courier *c)
{
	return waiting_room(c->waiting);
}

void
courier_drop(struct courier *c, size_t n, int64_t mono_ns)
{
	tray_drop(&c->tray, n, mono_ns);
}

/* --- what to send --- */

static struct errand *
send_probe(struct courier *c)
{
	struct requests list = { 0 };
	struct errand *e = NULL;

	if (c->conf.type->probe(c->conf.destination, &list) == 0 && list.n > 0)
		e = errand_new(&list.items[0], FOR_PROBE, c->wall_ns);
	requests_fini(&list);
	if (e == NULL)
		return NULL;
	c->asking = true;
	tray_sent(&c->tray, e);
	return e;
}

static struct errand *
send_pulse(struct courier *c)
{
	struct errand *e = pulses_take(&c->pulses);

	if (e != NULL)
		tray_sent(&c->tray, e);
	return e;
}

/* The first that may go; a bundle more when there is none. */
static struct errand *
send_findings(struct courier *c, unsigned least_tried, int64_t mono_ns)
{
	struct errand *e = tray_send(&c->tray, least_tried, mono_ns);

	while (e == NULL && tray_fill(&c->tray, mono_ns))
		e = tray_send(&c->tray, least_tried, mono_ns);
	return e;
}

/*
 * After some failures in a row every second try is another request's, or a probe: does
 * the destination fail, or is it this one that it does not take?
 */
static struct errand *
send_scout(struct courier *c, int64_t mono_ns)
{
	struct errand *e = send_findings(c, SCOUT_TRIES, mono_ns);

	if (e == NULL && c->conf.type->probe != NULL)
		e = send_probe(c);
	return e;
}

static bool
is_asked_only(const struct courier *c)
{
	return c->proving ||
	       (c->health.state == HEALTH_PAUSED && c->conf.type->probe != NULL);
}

static struct errand *
next_errand(struct courier *c, int64_t mono_ns)
{
	struct errand *e = NULL;

	if (c->asking)
		return NULL;
	if (is_asked_only(c))
		return c->health.try_ns <= mono_ns ? send_probe(c) : NULL;
	if (!health_allows(&c->health, c->tray.n_sent, mono_ns))
		return NULL;
	/* A sign of life says how it is now, however much there is to tell. */
	if (c->health.state == HEALTH_UP)
		e = send_pulse(c);
	if (e == NULL && c->health.tries >= SCOUT_TRIES && c->health.tries % 2 == 1)
		e = send_scout(c, mono_ns);
	if (e == NULL)
		e = send_findings(c, UINT_MAX, mono_ns);
	return e != NULL ? e : send_pulse(c);
}

/* When something may go without an answer to what is on the way; INT64_MAX: not before.
 */
static int64_t
due(const struct courier *c, int64_t mono_ns)
{
	int64_t due_ns = mono_ns, ns;

	if (c->health.state == HEALTH_STOPPED || c->asking)
		return INT64_MAX;
	if (!is_asked_only(c)) {
		if (c->tray.n_sent >= c->health.window)
			return INT64_MAX;
		due_ns = tray_due(&c->tray, mono_ns);
		ns = waiting_due(c->waiting, mono_ns);
		if (ns < due_ns)
			due_ns = ns;
		if (c->health.try_ns > mono_ns &&
			(c->tray.todo != NULL || c->pulses.waiting != NULL))
			due_ns = mono_ns;
	}
	if (due_ns < c->health.try_ns)
		due_ns = c->health.try_ns;
	return due_ns;
}

const struct request *
courier_next(struct courier *c, int64_t mono_ns, int64_t wall_ns, int64_t *wait_ns)
{
	struct errand *e;
	int64_t due_ns;

	c->wall_ns = c->tray.wall_ns = wall_ns;
	*wait_ns = 0;
	if (wall_ns - c->expired_ns >= EXPIRE_NS) {
		c->expired_ns = wall_ns;
		tray_expire(&c->tray, mono_ns);
	}
	e = next_errand(c, mono_ns);
	if (e != NULL) {
		e->round = c->health.round;
		return &e->request;
	}
	due_ns = due(c, mono_ns);
	if (due_ns <= mono_ns)
		due_ns = mono_ns + TIME_S; /* no memory for it: soon again */
	*wait_ns = due_ns == INT64_MAX ? INT64_MAX : due_ns - mono_ns;
	return NULL;
}

size_t
courier_in_flight(const struct courier *c)
{
	return c->tray.n_sent;
}

/* --- what was answered --- */

static void
add_answer(struct buf *why, const struct reply *reply)
{
	if (why->len > 0)
		return;
	if (reply->status == 0) {
		buf_add_visible(why,
			str_z(reply->error_z != NULL ? reply->error_z : "no answer"));
		return;
	}
	buf_printf(why, "HTTP %ld", reply->status);
	if (reply->body.len > 0) {
		buf_add(why, STR(": "));
		buf_add_visible(why, str_sub(reply->body, 0, SHOWN_MAX));
	}
}

/* In halves, without the history: each of them may be good. */
static void
halve(struct courier *c, struct errand *e, bool aside, int64_t mono_ns)
{
	const struct trouble trouble = { .aside = aside, .seen = c->good };

	(void)tray_replace(&c->tray, e, true, e->small, &trouble, mono_ns);
}

static bool
is_many(const struct errand *e)
{
	return e->request.to - e->request.from > 1;
}

static void
too_large(struct courier *c, struct errand *e, const char *why_z, int64_t mono_ns)
{
	size_t before = e->request.body.len;
	unsigned part = e->request.part;
	struct errand *small;

	if (is_many(e)) {
		halve(c, e, false, mono_ns);
		return;
	}
	small = e;
	if (!e->small) {
		if (!tray_replace(&c->tray, e, false, true, NULL, mono_ns))
			return;
		/* The same again would be refused the same way. */
		small = c->tray.todo;
		if (small == NULL || small->request.part != part ||
			small->request.body.len < before)
			return;
		small = errands_take(&c->tray.todo);
	}
	tray_doom(&c->tray, small, LETTER_REJECTED, why_z, mono_ns);
}

static void
refused(struct courier *c, struct errand *e, const char *why_z, int64_t mono_ns)
{
	if (is_many(e)) {
		halve(c, e, false, mono_ns);
		return;
	}
	log_warn("outputs", "%.*s: %s: set aside as a gap", STR_ARG(c->conf.name), why_z);
	tray_doom(&c->tray, e, LETTER_REJECTED, why_z, mono_ns);
}

static struct answers *
answers_of(struct courier *c, const struct errand *e)
{
	unsigned part = e->request.part;

	return &c->parts[part != 0 ? (unsigned)__builtin_ctz(part) + 1 : 0];
}

/* It is tried again later. True: others got through since it failed last. */
static bool
note_failure(
	struct courier *c, struct errand *e, const struct reply *reply, int64_t mono_ns)
{
	bool others = trouble_note(&e->trouble, answers_of(c, e), c->good, mono_ns);

	if (e->trouble.aside)
		e->trouble.try_ns =
			mono_ns + backoff_wait(e->trouble.tries, health_noise(&c->health),
					  reply->wait_ns);
	return others;
}

static void
stuck(struct courier *c, struct errand *e, const char *why_z, int64_t mono_ns)
{
	char text_z[sizeof(((struct letter *)0)->why_z)];

	(void)snprintf(text_z, sizeof(text_z),
		"failed %u times while others were taken: %s", e->trouble.tries, why_z);
	log_warn("outputs", "%.*s: a finding %s: set aside as a gap",
		STR_ARG(c->conf.name), text_z);
	tray_doom(&c->tray, e, LETTER_STUCK, text_z, mono_ns);
}

/* What a failure means for the destination. Pulses that wait would come late. */
static void
blame(struct courier *c, uint64_t round, enum verdict v, const struct reply *reply,
	const char *why_z, int64_t mono_ns)
{
	if (v == VERDICT_PAUSE)
		health_pauses(&c->health, round, reply->wait_ns, str_z(why_z), mono_ns);
	else
		health_fails(&c->health, round, reply->wait_ns, str_z(why_z), mono_ns);
	pulses_drop(&c->pulses);
}

/* One that had stepped aside says nothing of the destination, unless 429: too many. */
static void
failed(struct courier *c, struct errand *e, enum verdict v, const struct reply *reply,
	const char *why_z, int64_t mono_ns)
{
	bool alone = e->trouble.aside;
	bool others = note_failure(c, e, reply, mono_ns);

	if (!e->trouble.aside || (!alone && reply->wait_ns >= 0) || reply->status == 429)
		blame(c, e->round, v, reply, why_z, mono_ns);
	if (others && is_many(e))
		halve(c, e, true, mono_ns);
	else if (!is_many(e) && trouble_is_stuck(&e->trouble, answers_of(c, e), mono_ns))
		stuck(c, e, why_z, mono_ns);
	else
		tray_again(&c->tray, e);
}

/* Which finding was not taken is known when there is only one. */
static void
in_part(struct courier *c, struct errand *e, const char *why_z, int64_t mono_ns)
{
	c->report.partial++;
	log_warn("outputs", "%.*s: %s", STR_ARG(c->conf.name), why_z);
	if (is_many(e))
		tray_done(&c->tray, e, mono_ns);
	else
		tray_doom(&c->tray, e, LETTER_REJECTED, why_z, mono_ns);
}

/* The page that shows a finding is kept with it. */
static void
keep_link(struct courier *c, const struct errand *e, const struct reply *reply)
{
	struct progress *pr = &e->bundle->progress[e->request.from];
	struct buf link;

	if (c->conf.type->link == NULL || is_many(e))
		return;
	buf_init(&link, sizeof(pr->link_z) - 1);
	c->conf.type->link(c->conf.destination, &e->request, reply, &link);
	if (link.len > 0 && !buf_failed(&link))
		(void)snprintf(
			pr->link_z, sizeof(pr->link_z), "%.*s", STR_ARG(buf_str(&link)));
	buf_fini(&link);
}

static void
answer_findings(struct courier *c, struct errand *e, enum verdict v,
	const struct reply *reply, const char *why_z, int64_t mono_ns)
{
	switch (v) {
	case VERDICT_DONE:
		answers_of(c, e)->good++;
		health_widen(&c->health, e->round);
		keep_link(c, e, reply);
		tray_done(&c->tray, e, mono_ns);
		break;
	case VERDICT_PART:
		in_part(c, e, why_z, mono_ns);
		break;
	case VERDICT_RETRY:
	case VERDICT_PAUSE:
		failed(c, e, v, reply, why_z, mono_ns);
		break;
	case VERDICT_SPLIT:
		too_large(c, e, why_z, mono_ns);
		break;
	case VERDICT_REJECTED:
		refused(c, e, why_z, mono_ns);
		break;
	case VERDICT_STOP:
		tray_again(&c->tray, e);
		break;
	}
}

/*
 * Of the first probe only a refusal matters. The next one, or pulse, is made anew. Pulses
 * that fail in a row count as one: findings wait no longer for them.
 */
static void
answer_other(struct courier *c, struct errand *e, enum verdict v,
	const struct reply *reply, const char *why_z, int64_t mono_ns)
{
	bool first = e->kind == FOR_PROBE && c->proving;

	if (e->kind == FOR_PROBE)
		c->proving = c->asking = false;
	else
		c->pulses.on_the_way = false;
	if (e->kind == FOR_PROBE && v != VERDICT_DONE && c->health.state == HEALTH_PAUSED)
		v = VERDICT_PAUSE;
	if (e->kind == FOR_PULSE && c->health.state != HEALTH_UP)
		v = VERDICT_DONE;
	if (v == VERDICT_PAUSE || (v == VERDICT_RETRY && !first))
		blame(c, e->round, v, reply, why_z, mono_ns);
	errand_free(&e);
}

/* What is odd about a good answer: once, until it is something else. */
static void
remark(struct courier *c, struct str why)
{
	why = str_sub(why, 0, sizeof(c->remark_z) - 1);
	if (str_eq(why, str_z(c->remark_z)))
		return;
	(void)snprintf(c->remark_z, sizeof(c->remark_z), "%.*s", STR_ARG(why));
	log_warn("outputs", "%.*s: %s", STR_ARG(c->conf.name), c->remark_z);
}

void
courier_answer(struct courier *c, const struct request *r, const struct reply *reply,
	int64_t mono_ns, int64_t wall_ns)
{
	struct errand *e = tray_answered(&c->tray, r);
	const char *why_z;
	struct buf why;
	enum verdict v;

	c->wall_ns = c->tray.wall_ns = wall_ns;
	buf_init(&why, 8192);
	v = c->conf.type->judge(c->conf.destination, &e->request, reply, &why);
	c->report.requests += reply->status != 0;
	if (v == VERDICT_DONE && why.len > 0)
		remark(c, buf_str(&why));
	add_answer(&why, reply);
	why_z = buf_z(&why) != NULL ? buf_z(&why) : "refused";
	c->report.retried += v == VERDICT_RETRY || v == VERDICT_PAUSE;
	c->good += v == VERDICT_DONE || v == VERDICT_PART;
	if (v == VERDICT_STOP)
		health_stops(&c->health, str_z(why_z));
	else if (v == VERDICT_DONE ||
		 (e->kind != FOR_PROBE && v != VERDICT_RETRY && v != VERDICT_PAUSE))
		health_works(
			&c->health, e->round, c->tray.n + waiting_n(c->waiting), mono_ns);
	if (e->kind == FOR_FINDINGS)
		answer_findings(c, e, v, reply, why_z, mono_ns);
	else
		answer_other(c, e, v, reply, why_z, mono_ns);
	buf_fini(&why);
}

static void
count_ended(struct courier *c, const struct letters *list)
{
	for (const struct letter *l = list->first; l != NULL; l = l->next) {
		c->report.sent += l->fate == LETTER_SENT;
		c->report.folded += l->fate == LETTER_FOLDED;
		c->report.rejected += l->fate == LETTER_REJECTED;
		c->report.stuck += l->fate == LETTER_STUCK;
		c->report.dropped +=
			l->fate == LETTER_TOO_OLD || l->fate == LETTER_TOO_MANY;
	}
}

void
courier_ended(struct courier *c, struct letters *out)
{
	struct letters list;

	letters_init(&list);
	letters_move(&list, &c->tray.ended);
	waiting_ended(c->waiting, &list);
	count_ended(c, &list);
	letters_move(out, &list);
}

/* --- pulses --- */

/* One that fails asks for the next at its time, or silence would last till a finding. */
static bool
may_pulse(const struct courier *c, int64_t mono_ns)
{
	if (c->health.state == HEALTH_UP)
		return true;
	return c->health.state != HEALTH_STOPPED && !is_asked_only(c) &&
	       c->health.try_ns <= mono_ns;
}

bool
courier_wants_pulse(const struct courier *c, int64_t mono_ns, bool *alive)
{
	*alive = false;
	return may_pulse(c, mono_ns) && pulses_are_due(&c->pulses, mono_ns, alive);
}

void
courier_pulse(struct courier *c, const struct pulse *p, int64_t mono_ns)
{
	c->wall_ns = p->wall_ns;
	pulses_make(&c->pulses, p, mono_ns);
}

void
courier_report(const struct courier *c, struct courier_report *out)
{
	*out = c->report;
	out->state = c->health.state;
	memcpy(out->why_z, c->health.why_z, sizeof(out->why_z));
	out->waiting = c->tray.n + waiting_n(c->waiting);
	out->oldest_put_ns = tray_since(&c->tray);
}
