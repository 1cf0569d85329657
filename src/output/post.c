/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The courier belongs to the thread alone. What goes in and out lies in lists under one
 * lock, which is never held while a request is made or sent.
 */
#include "output/post.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "output/transport.h"

struct post {
	const struct output_settings *output;
	struct destination *destination;
	const struct destination_type *type;
	int wake_fd;
	int64_t heartbeat_ns; /* 0: no signs of life */
	bool pulses;
	pthread_t thread;

	/* the thread's own */
	struct courier *courier;
	struct transport *transport;

	pthread_mutex_t lock;
	struct letters in, out; /* under the lock, as all below */
	json_t *known;          /* array: incidents of groups */
	json_t *pulse;
	bool pulse_alive, pulse_wanted, pulse_alive_wanted, pulse_asked;
	size_t drop, room;
	struct courier_report report;
	bool stopping;
	_Atomic int64_t until_ns; /* monotonic: requests are given up */
};

static void
answer(struct post *p, const struct request *r, const struct http_reply *reply)
{
	const struct reply answer = { .status = reply->status,
		.body = buf_str(&reply->body),
		.wait_ns = reply->retry_after_ns,
		.error_z = reply->error };

	log_debug("outputs", "%.*s: %s %.*s: %ld %s", STR_ARG(p->output->name),
		r->method_z, STR_ARG(buf_str(&r->url)), reply->status, reply->error);
	courier_answer(p->courier, r, &answer, clock_mono_ns(), clock_wall_ns());
}

static void
give_pulse(struct post *p, json_t *doc, bool alive)
{
	const json_t *list = json_member(doc, "findings");
	size_t n = json_array_size(list);
	struct finding *findings = calloc(n + 1, sizeof(*findings));
	struct pulse pulse = { .wall_ns = clock_wall_ns(),
		.alive = alive,
		.findings = findings,
		.numbers = json_member(doc, "numbers") };

	if (findings == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		const json_t *body = json_array_get(list, i);
		bool over = json_member_text(body, "resolved_at").len > 0;

		findings[pulse.n++] = (struct finding){ .body = body,
			.id = json_member_text(body, "id"),
			.seq = json_i64(json_member(body, "seq"), 0),
			.kind = over ? FINDING_RESOLVED : FINDING_OPENED };
	}
	courier_pulse(p->courier, &pulse, clock_mono_ns());
	free(findings);
}

static void
tell_owner(struct post *p)
{
	const uint64_t one = 1;

	if (write(p->wake_fd, &one, sizeof(one)) < 0)
		p->pulse_asked |= false; /* a full counter wakes as well */
}

/* Under the lock: what came in goes to the courier. */
static void
take_in(struct post *p)
{
	int64_t mono_ns = clock_mono_ns();
	struct letter *l;
	json_t *known;
	size_t i;

	json_array_foreach(p->known, i, known)
	{
		courier_know(p->courier, known);
	}
	json_array_clear(p->known);
	while ((l = letters_take(&p->in)) != NULL)
		courier_put(p->courier, l, mono_ns);
	if (p->drop > 0)
		courier_drop(p->courier, p->drop, mono_ns);
	p->drop = 0;
}

/* Under the lock: what ended comes out, and how it is. */
static void
give_out(struct post *p)
{
	size_t before = p->out.n;
	bool alive, told = false;

	courier_ended(p->courier, &p->out);
	p->room = courier_room(p->courier);
	courier_report(p->courier, &p->report);
	if (!p->pulse_asked && courier_wants_pulse(p->courier, clock_mono_ns(), &alive)) {
		p->pulse_asked = p->pulse_wanted = told = true;
		p->pulse_alive_wanted = alive;
	}
	if (told || p->out.n > before)
		tell_owner(p);
}

/* How long until the courier, or its next pulse, wants to be looked at. */
static int64_t
look_again(struct post *p, int64_t wait_ns)
{
	if (p->pulses && wait_ns > TIME_S)
		return TIME_S;
	return wait_ns;
}

/* What may go goes; then it is waited till something is answered, or came in. */
static void
deliver(struct post *p, bool pulse_given)
{
	const struct request *r;
	int64_t wait_ns;

	while ((r = courier_next(
			p->courier, clock_mono_ns(), clock_wall_ns(), &wait_ns)) != NULL)
		transport_begin(p->transport, r, &p->until_ns);
	pthread_mutex_lock(&p->lock);
	if (pulse_given) /* only now is the next one due later */
		p->pulse_asked = false;
	give_out(p);
	pthread_mutex_unlock(&p->lock);
	transport_wait(p->transport, look_again(p, wait_ns));
}

static void
take_answers(struct post *p)
{
	const struct request *r;
	struct http_reply reply;

	while ((r = transport_take(p->transport, &reply)) != NULL)
		answer(p, r, &reply);
}

static void *
run(void *arg)
{
	struct post *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		json_t *pulse = p->pulse;
		bool alive = p->pulse_alive;
		bool given = pulse != NULL;

		p->pulse = NULL;
		take_in(p);
		pthread_mutex_unlock(&p->lock);
		if (given)
			give_pulse(p, pulse, alive);
		json_decref(pulse);
		deliver(p, given);
		take_answers(p);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	while (courier_in_flight(p->courier) > 0) {
		transport_wait(p->transport, TIME_S);
		take_answers(p);
	}
	pthread_mutex_lock(&p->lock);
	give_out(p);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void
post_free(struct post *p)
{
	if (p->courier != NULL)
		courier_free(&p->courier);
	destination_free(p->type, &p->destination);
	transport_free(&p->transport);
	letters_fini(&p->in);
	letters_fini(&p->out);
	json_decref(p->known);
	json_decref(p->pulse);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static void
init(struct post *p, const struct post_conf *conf)
{
	pthread_mutex_init(&p->lock, NULL);
	p->output = conf->output;
	p->type = destination_types[conf->output->type];
	p->wake_fd = conf->wake_fd;
	if (p->type->always_alive || conf->output->heartbeat)
		p->heartbeat_ns = conf->heartbeat_ns;
	p->pulses = conf->pulses && p->type->periodic != NULL &&
		    (p->type->period_ns != NULL || p->heartbeat_ns > 0);
	p->known = json_array();
	p->until_ns = INT64_MAX;
	letters_init(&p->in);
	letters_init(&p->out);
}

static int
open_parts(struct post *p, const struct post_conf *conf)
{
	struct destination_conf dc = { .output = conf->output,
		.url = conf->url,
		.key_file_z = conf->key_file_z,
		.heartbeat_ns = p->heartbeat_ns };
	struct courier_conf cc = { .name = conf->name,
		.type = p->type,
		.output = conf->output,
		.pulses = p->pulses,
		.heartbeat_ns = p->heartbeat_ns,
		.prove = true,
		.noise = hash_bytes(hash_seed(), conf->name) };
	int err = destination_new(p->type, &dc, &p->destination);

	if (err != 0)
		return err;
	cc.destination = p->destination;
	p->courier = courier_new(&cc, clock_mono_ns());
	p->transport = transport_new(conf->output, p->type->lanes);
	if (p->courier == NULL || p->transport == NULL || p->known == NULL)
		return -ENOMEM;
	p->room = courier_room(p->courier);
	return 0;
}

int
post_start(const struct post_conf *conf, struct post **out)
{
	struct post *p = calloc(1, sizeof(*p));
	int err;

	*out = NULL;
	if (p == NULL)
		return -ENOMEM;
	init(p, conf);
	err = open_parts(p, conf);
	if (err == 0)
		err = -pthread_create(&p->thread, NULL, run, p);
	if (err != 0)
		post_free(p);
	else
		*out = p;
	return err;
}

void
post_put(struct post *p, struct letters *list)
{
	pthread_mutex_lock(&p->lock);
	letters_move(&p->in, list);
	pthread_mutex_unlock(&p->lock);
	transport_wake(p->transport);
}

void
post_know(struct post *p, json_t *finding)
{
	pthread_mutex_lock(&p->lock);
	(void)json_array_append_new(p->known, finding);
	pthread_mutex_unlock(&p->lock);
}

size_t
post_room(struct post *p)
{
	size_t room;

	pthread_mutex_lock(&p->lock);
	room = p->room > p->in.n ? p->room - p->in.n : 0;
	pthread_mutex_unlock(&p->lock);
	return room;
}

void
post_drop(struct post *p, size_t n)
{
	pthread_mutex_lock(&p->lock);
	p->drop += n;
	pthread_mutex_unlock(&p->lock);
	transport_wake(p->transport);
}

void
post_take(struct post *p, struct letters *out)
{
	pthread_mutex_lock(&p->lock);
	letters_move(out, &p->out);
	pthread_mutex_unlock(&p->lock);
}

bool
post_wants_pulse(struct post *p, bool *alive)
{
	bool wanted;

	pthread_mutex_lock(&p->lock);
	wanted = p->pulse_wanted;
	p->pulse_wanted = false;
	*alive = p->pulse_alive_wanted;
	pthread_mutex_unlock(&p->lock);
	return wanted;
}

void
post_pulse(struct post *p, bool alive, json_t *doc)
{
	pthread_mutex_lock(&p->lock);
	json_decref(p->pulse);
	p->pulse = doc;
	p->pulse_alive = alive;
	pthread_mutex_unlock(&p->lock);
	transport_wake(p->transport);
}

void
post_report(struct post *p, struct courier_report *out)
{
	pthread_mutex_lock(&p->lock);
	*out = p->report;
	out->waiting += p->in.n;
	pthread_mutex_unlock(&p->lock);
}

void
post_ask_to_stop(struct post *p, int64_t until_ns)
{
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	p->until_ns = until_ns;
	pthread_mutex_unlock(&p->lock);
	transport_wake(p->transport);
}

void
post_stop(struct post **pp, struct letters *out)
{
	struct post *p = *pp;

	*pp = NULL;
	pthread_join(p->thread, NULL);
	letters_move(out, &p->out);
	post_free(p);
}
