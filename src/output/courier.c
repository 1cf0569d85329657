/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch of findings is turned into a list of errands, which are done one after the
 * other from the front; an errand that is too large, or rejected though others may be
 * good, is replaced by those of its halves. A finding ends when the last errand that
 * carries it has.
 */
#include "output/courier.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "output/backoff.h"
#include "output/bundle.h"
#include "output/errand.h"
#include "output/waiting.h"

#define BATCH_BYTES ((size_t)4 << 20) /* of findings; as JSON in memory it is more */
#define STALE_NS    (10 * TIME_MIN)   /* a request says how old things are */
#define SHOWN_MAX   ((size_t)300)     /* of a reply, in messages and gaps */
#define PULSES_MAX  16
#define LOUD_TRIES  3 /* failures in a row that are worth a message */

struct courier {
	struct courier_conf conf;
	struct waiting *waiting;
	struct letters ended;
	struct bundle batch;
	struct errand *todo, *pulses, *current, *probe;
	struct courier_report report;
	bool proving;              /* the first probe is not answered yet */
	unsigned tries;            /* that failed in a row */
	int64_t try_ns;            /* monotonic: not before */
	int64_t pulse_ns, life_ns; /* monotonic: the last ones */
	int64_t wall_ns;
	uint64_t noise;
	char remark_z[256]; /* the last one on an answer that was good */
};

struct courier *
courier_new(const struct courier_conf *conf, int64_t mono_ns)
{
	struct courier *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->conf = *conf;
	letters_init(&c->ended);
	c->waiting = waiting_new(conf->output);
	if (c->waiting == NULL) {
		free(c);
		return NULL;
	}
	c->proving = conf->prove && conf->type->probe != NULL;
	c->try_ns = mono_ns;
	c->pulse_ns = c->life_ns = TIME_NONE;
	c->noise = conf->noise | 1;
	return c;
}

void
courier_free(struct courier **pc)
{
	struct courier *c = *pc;

	*pc = NULL;
	if (c == NULL)
		return;
	bundle_fini(&c->batch);
	errands_free(&c->todo);
	errands_free(&c->pulses);
	errand_free(&c->current);
	errand_free(&c->probe);
	letters_fini(&c->ended);
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
courier_drop(struct courier *c, size_t n)
{
	waiting_drop(c->waiting, n);
}

/* xorshift64: enough to spread the tries of many senders. */
static uint64_t
noise(struct courier *c)
{
	c->noise ^= c->noise << 13;
	c->noise ^= c->noise >> 7;
	c->noise ^= c->noise << 17;
	return c->noise;
}

/* --- the batch --- */

static void
end_letter(struct courier *c, struct letter *l, enum letter_fate fate)
{
	json_decref(l->finding);
	l->finding = NULL;
	l->fate = fate;
	letters_add(&c->ended, l);
}

static void
count_ended(struct courier *c, const struct letters *list)
{
	for (const struct letter *l = list->first; l != NULL; l = l->next) {
		c->report.sent += l->fate == LETTER_SENT;
		c->report.folded += l->fate == LETTER_FOLDED;
		c->report.rejected += l->fate == LETTER_REJECTED;
		c->report.dropped +=
			l->fate == LETTER_TOO_OLD || l->fate == LETTER_TOO_MANY;
	}
}

/* A row that is no finding is rejected here: nobody can ever send it. */
static bool
parse(struct courier *c, struct letter *l)
{
	size_t used;

	if (json_read(l->body, &l->finding, &used) == JSON_OK &&
		json_is_object(l->finding))
		return true;
	(void)snprintf(l->why_z, sizeof(l->why_z), "not a finding");
	end_letter(c, l, LETTER_REJECTED);
	return false;
}

static void
describe(struct courier *c, size_t p)
{
	const struct letter *first = c->batch.letters[c->batch.progress[p].first];

	bundle_describe(&c->batch, p, waiting_open(c->waiting, first));
}

static void
end_batch_if_done(struct courier *c)
{
	if (c->batch.n == 0 || c->todo != NULL || c->current != NULL)
		return;
	bundle_fini(&c->batch);
}

static void
end_parcel(struct courier *c, size_t p, int64_t mono_ns)
{
	struct progress *pr = &c->batch.progress[p];

	if (pr->ended || pr->errands > 0)
		return;
	pr->ended = true;
	for (size_t i = pr->first; i < pr->first + pr->n; i++) {
		struct letter *l = c->batch.letters[i];

		c->batch.letters[i] = NULL;
		if (!pr->rejected)
			waiting_told(c->waiting, l, mono_ns);
		memcpy(l->why_z, pr->why_z, sizeof(l->why_z));
		end_letter(c, l, pr->rejected ? LETTER_REJECTED : LETTER_SENT);
	}
}

/* --- errands --- */

/* Puts the requests at *at, which moves on behind them. */
static int
add_all(struct courier *c, struct requests *list, enum errand_kind kind, bool small,
	size_t from, struct errand ***at)
{
	for (size_t i = 0; i < list->n; i++) {
		struct errand *e = errand_new(&list->items[i], kind, c->wall_ns);

		if (e == NULL)
			return -ENOMEM;
		e->small = small;
		e->request.from += from;
		e->request.to += from;
		for (size_t p = e->request.from;
			kind == FOR_FINDINGS && p < e->request.to; p++)
			c->batch.progress[p].errands++;
		e->next = **at;
		**at = e;
		*at = &e->next;
	}
	return 0;
}

/* A parcel that cannot be built is found by halves. */
static int
build(struct courier *c, size_t from, size_t to, unsigned parts, bool small,
	struct errand ***at)
{
	struct build b = { .parcels = c->batch.parcels + from,
		.n = to - from,
		.parts = parts,
		.small = small,
		.wall_ns = c->wall_ns };
	struct requests list = { 0 };
	int err = c->conf.type->build(c->conf.destination, &b, &list);

	if (err == -EINVAL && to - from > 1) {
		size_t half = from + (to - from) / 2;

		requests_fini(&list);
		err = build(c, from, half, parts, small, at);
		return err != 0 ? err : build(c, half, to, parts, small, at);
	}
	if (err == -EINVAL) {
		bundle_reject(&c->batch, from, to, "not a finding");
		err = 0;
	} else if (err == 0) {
		err = add_all(c, &list, FOR_FINDINGS, small, from, at);
	}
	requests_fini(&list);
	return err;
}

/* All of the batch is given back: there was no memory for its requests. */
static void
give_back(struct courier *c, int64_t mono_ns)
{
	struct letters list;

	letters_init(&list);
	for (size_t i = 0; i < c->batch.n; i++) {
		struct letter *l = c->batch.letters[i];

		if (l == NULL)
			continue;
		json_decref(l->finding);
		l->finding = NULL;
		letters_add(&list, l);
		c->batch.letters[i] = NULL;
	}
	waiting_return(c->waiting, &list);
	bundle_fini(&c->batch);
	errands_free(&c->todo);
	c->try_ns = mono_ns + TIME_S;
}

/* False: nothing may go now. */
static bool
begin_batch(struct courier *c, int64_t mono_ns)
{
	struct errand **at = &c->todo;
	struct letters list;
	struct letter *l;

	end_batch_if_done(c);
	letters_init(&list);
	waiting_expire(c->waiting, c->wall_ns);
	waiting_take(c->waiting, mono_ns, c->conf.type->max_parcels, BATCH_BYTES, &list);
	if (list.n == 0)
		return false;
	if (!bundle_init(&c->batch, list.n)) {
		waiting_return(c->waiting, &list);
		c->try_ns = mono_ns + TIME_S;
		return false;
	}
	while ((l = letters_take(&list)) != NULL)
		if (parse(c, l))
			bundle_add(&c->batch, l);
	for (size_t p = 0; p < c->batch.n_parcels; p++)
		describe(c, p);
	if (c->batch.n > 0 &&
		build(c, 0, c->batch.n_parcels, UINT_MAX, false, &at) != 0) {
		give_back(c, mono_ns);
		return false;
	}
	for (size_t p = 0; p < c->batch.n_parcels; p++)
		end_parcel(c, p, mono_ns);
	if (c->todo == NULL)
		bundle_fini(&c->batch);
	return true;
}

/* The errand's parts again, in halves or smaller or as of now. It is freed. */
static void
replace(struct courier *c, struct errand *e, bool halves, bool small, int64_t mono_ns)
{
	size_t from = e->request.from, to = e->request.to;
	size_t half = halves ? from + (to - from) / 2 : to;
	unsigned part = e->request.part;
	struct errand *rest = c->todo;
	struct errand **at = &c->todo;
	int err;

	c->todo = NULL;
	for (size_t p = from; p < to; p++)
		c->batch.progress[p].errands--;
	err = build(c, from, half, part, small, &at);
	if (err == 0 && half < to)
		err = build(c, half, to, part, small, &at);
	if (err != 0) {
		/* as it was, later: nothing is lost */
		for (struct errand *x = c->todo; x != NULL; x = x->next)
			for (size_t p = x->request.from; p < x->request.to; p++)
				c->batch.progress[p].errands--;
		errands_free(&c->todo);
		for (size_t p = from; p < to; p++)
			c->batch.progress[p].errands++;
		e->next = rest;
		c->todo = e;
		c->try_ns = mono_ns + TIME_S;
		return;
	}
	*at = rest;
	for (size_t p = from; p < to; p++)
		end_parcel(c, p, mono_ns);
	errand_free(&e);
}

static void
finish(struct courier *c, struct errand *e, int64_t mono_ns)
{
	for (size_t p = e->request.from; p < e->request.to; p++) {
		c->batch.progress[p].errands--;
		end_parcel(c, p, mono_ns);
	}
	errand_free(&e);
}

/* --- states --- */

const char *
courier_state_z(enum courier_state state)
{
	switch (state) {
	case COURIER_UP:
		return "up";
	case COURIER_FAILING:
		return "failing";
	case COURIER_PAUSED:
		return "paused";
	}
	return "";
}

static size_t
unended(const struct courier *c)
{
	size_t n = waiting_n(c->waiting);

	for (size_t i = 0; i < c->batch.n; i++)
		n += c->batch.letters[i] != NULL;
	return n;
}

static void
works(struct courier *c, int64_t mono_ns)
{
	if (c->report.state == COURIER_PAUSED || c->tries >= LOUD_TRIES)
		log_warn("outputs", "%.*s: works again, %zu findings wait",
			STR_ARG(c->conf.name), unended(c));
	c->report.state = COURIER_UP;
	c->report.why_z[0] = '\0';
	c->tries = 0;
	c->try_ns = mono_ns;
}

static void
set_why(struct courier *c, struct str why)
{
	(void)snprintf(c->report.why_z, sizeof(c->report.why_z), "%.*s", STR_ARG(why));
}

static void
fails(struct courier *c, const struct reply *reply, struct str why, int64_t mono_ns)
{
	c->report.retried++;
	if (c->report.state == COURIER_UP)
		c->report.state = COURIER_FAILING;
	set_why(c, why);
	c->try_ns = mono_ns + backoff_wait(c->tries, noise(c), reply->wait_ns);
	if (++c->tries == LOUD_TRIES)
		log_warn("outputs", "%.*s: %.*s: tried again and again, findings wait",
			STR_ARG(c->conf.name), STR_ARG(why));
}

static void
pauses(struct courier *c, const struct reply *reply, struct str why, int64_t mono_ns)
{
	c->report.retried++;
	set_why(c, why);
	if (c->report.state != COURIER_PAUSED) {
		c->report.state = COURIER_PAUSED;
		c->tries = 0;
		log_warn("outputs", "%.*s: %.*s: paused, findings stay in the store",
			STR_ARG(c->conf.name), STR_ARG(why));
	}
	c->try_ns = mono_ns + backoff_probe(c->tries++, noise(c), reply->wait_ns);
}

/* --- what to send --- */

static struct errand *
make_probe(struct courier *c)
{
	struct requests list = { 0 };
	struct errand *e = NULL;

	if (c->conf.type->probe(c->conf.destination, &list) == 0 && list.n > 0)
		e = errand_new(&list.items[0], FOR_PROBE, c->wall_ns);
	requests_fini(&list);
	return e;
}

static struct errand *
next_probe(struct courier *c)
{
	if (c->probe == NULL)
		c->probe = make_probe(c);
	return c->probe != NULL ? errands_take(&c->probe) : NULL;
}

/* What was built long ago may say wrongly how old things are. */
static void
refresh(struct courier *c, int64_t mono_ns)
{
	while (c->todo != NULL && c->todo->kind == FOR_FINDINGS &&
		c->wall_ns - c->todo->built_ns > STALE_NS && c->try_ns <= mono_ns) {
		struct errand *e = errands_take(&c->todo);

		replace(c, e, false, e->small, mono_ns);
	}
}

static struct errand *
next_errand(struct courier *c, int64_t mono_ns)
{
	bool probes = c->conf.type->probe != NULL;

	if (c->proving || (c->report.state == COURIER_PAUSED && probes))
		return next_probe(c);
	refresh(c, mono_ns);
	while (c->todo == NULL && begin_batch(c, mono_ns))
		;
	if (c->try_ns > mono_ns)
		return NULL;
	if (c->todo != NULL)
		return errands_take(&c->todo);
	return c->pulses != NULL ? errands_take(&c->pulses) : NULL;
}

const struct request *
courier_next(struct courier *c, int64_t mono_ns, int64_t wall_ns, int64_t *wait_ns)
{
	int64_t due_ns;

	c->wall_ns = wall_ns;
	*wait_ns = 0;
	if (c->current == NULL && c->try_ns <= mono_ns)
		c->current = next_errand(c, mono_ns);
	if (c->current != NULL)
		return &c->current->request;
	due_ns = waiting_due(c->waiting, mono_ns);
	if (c->todo != NULL || c->pulses != NULL || c->proving ||
		c->report.state == COURIER_PAUSED)
		due_ns = mono_ns;
	if (due_ns < c->try_ns)
		due_ns = c->try_ns;
	if (c->try_ns <= mono_ns && due_ns <= mono_ns)
		due_ns = mono_ns + TIME_S; /* no memory for it: soon again */
	*wait_ns = due_ns == INT64_MAX ? INT64_MAX : due_ns - mono_ns;
	return NULL;
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

static void
too_large(struct courier *c, struct errand *e, const char *why_z, int64_t mono_ns)
{
	size_t before = e->request.body.len;
	unsigned part = e->request.part;

	if (e->request.to - e->request.from > 1) {
		replace(c, e, true, e->small, mono_ns);
		return;
	}
	if (!e->small) {
		replace(c, e, false, true, mono_ns);
		/* The same again would be refused the same way. */
		if (c->todo == NULL || c->todo->request.part != part ||
			c->todo->request.body.len < before)
			return;
		e = errands_take(&c->todo);
	}
	bundle_reject(&c->batch, e->request.from, e->request.to, why_z);
	finish(c, e, mono_ns);
}

static void
refused(struct courier *c, struct errand *e, const char *why_z, int64_t mono_ns)
{
	if (e->request.to - e->request.from > 1) {
		replace(c, e, true, e->small, mono_ns);
		return;
	}
	log_warn("outputs", "%.*s: %s: set aside as a gap", STR_ARG(c->conf.name), why_z);
	bundle_reject(&c->batch, e->request.from, e->request.to, why_z);
	finish(c, e, mono_ns);
}

static void
again(struct courier *c, struct errand *e)
{
	if (e->kind != FOR_FINDINGS) {
		errand_free(&e); /* the next pulse or probe is made anew */
		return;
	}
	e->next = c->todo;
	c->todo = e;
}

/* What a verdict means for the destination as a whole. */
static void
take_verdict(struct courier *c, const struct errand *e, enum verdict v,
	const struct reply *reply, struct str why, int64_t mono_ns)
{
	bool first = e->kind == FOR_PROBE && c->proving;

	if (e->kind == FOR_PROBE)
		c->proving = false;
	if (v == VERDICT_PAUSE)
		pauses(c, reply, why, mono_ns);
	else if (e->kind == FOR_PROBE && v != VERDICT_DONE && !first)
		pauses(c, reply, why, mono_ns);
	else if (v == VERDICT_RETRY && !first)
		fails(c, reply, why, mono_ns);
	else if (v != VERDICT_RETRY)
		works(c, mono_ns);
}

static void
take_answer(struct courier *c, struct errand *e, enum verdict v, const char *why_z,
	int64_t mono_ns)
{
	if (v == VERDICT_RETRY || v == VERDICT_PAUSE)
		again(c, e);
	else if (e->kind != FOR_FINDINGS)
		errand_free(&e);
	else if (v == VERDICT_DONE)
		finish(c, e, mono_ns);
	else if (v == VERDICT_SPLIT)
		too_large(c, e, why_z, mono_ns);
	else
		refused(c, e, why_z, mono_ns);
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
courier_answer(
	struct courier *c, const struct reply *reply, int64_t mono_ns, int64_t wall_ns)
{
	struct errand *e = c->current;
	struct buf why;
	enum verdict v;

	assert(e != NULL);
	c->current = NULL;
	c->wall_ns = wall_ns;
	buf_init(&why, 8192);
	v = c->conf.type->judge(c->conf.destination, &e->request, reply, &why);
	c->report.requests += reply->status != 0;
	if (v == VERDICT_DONE && why.len > 0)
		remark(c, buf_str(&why));
	add_answer(&why, reply);
	take_verdict(c, e, v, reply, buf_str(&why), mono_ns);
	take_answer(c, e, v, buf_z(&why) != NULL ? buf_z(&why) : "refused", mono_ns);
	end_batch_if_done(c);
	buf_fini(&why);
}

void
courier_ended(struct courier *c, struct letters *out)
{
	struct letters list = c->ended;

	if (list.first == NULL)
		list.end = &list.first;
	letters_init(&c->ended);
	waiting_ended(c->waiting, &list);
	count_ended(c, &list);
	letters_move(out, &list);
}

/* --- pulses --- */

static int64_t
period(const struct courier *c)
{
	const struct destination_type *t = c->conf.type;

	return t->period_ns != NULL ? t->period_ns(c->conf.destination) : 0;
}

static bool
is_due(int64_t last_ns, int64_t every_ns, int64_t mono_ns)
{
	return every_ns > 0 && (last_ns == TIME_NONE || mono_ns - last_ns >= every_ns);
}

bool
courier_wants_pulse(const struct courier *c, int64_t mono_ns, bool *alive)
{
	*alive = false;
	if (!c->conf.pulses || c->conf.type->periodic == NULL ||
		c->report.state != COURIER_UP)
		return false;
	*alive = is_due(c->life_ns, c->conf.heartbeat_ns, mono_ns);
	return *alive || is_due(c->pulse_ns, period(c), mono_ns);
}

void
courier_pulse(struct courier *c, const struct pulse *p, int64_t mono_ns)
{
	struct requests list = { 0 };
	struct errand **at = &c->pulses;
	size_t n = 0;

	if (p->alive)
		c->life_ns = mono_ns;
	else
		c->pulse_ns = mono_ns;
	c->wall_ns = p->wall_ns;
	while (*at != NULL && n++ < PULSES_MAX)
		at = &(*at)->next;
	errands_free(at); /* what could not be sent for long */
	if (c->conf.type->periodic(c->conf.destination, p, &list) != 0 ||
		add_all(c, &list, FOR_PULSE, false, 0, &at) != 0)
		errands_free(at);
	requests_fini(&list);
}

void
courier_report(const struct courier *c, struct courier_report *out)
{
	*out = c->report;
	out->waiting = unended(c);
	out->oldest_put_ns = 0;
	for (size_t i = 0; i < c->batch.n && out->oldest_put_ns == 0; i++)
		if (c->batch.letters[i] != NULL)
			out->oldest_put_ns = c->batch.letters[i]->put_ns;
	if (out->oldest_put_ns == 0)
		out->oldest_put_ns = waiting_since(c->waiting);
}
