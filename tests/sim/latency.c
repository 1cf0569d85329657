/* SPDX-License-Identifier: Apache-2.0 */
/* Slow, but up: /login takes one to two seconds, then more, then recovers by itself. */
#include "event.h"
#include "scenario.h"
#include "truth.h"

struct slow {
	struct incident *begins, *ends;
	enum speed speed;
	double logins;
};

static void
become(struct world *w, void *arg)
{
	const struct slow *s = arg;

	w->speed = s->speed;
	w->logins = s->logins;
	if (s->begins != NULL)
		truth_count(s->begins, w->now_ns);
	if (s->ends != NULL)
		truth_until(s->ends, w->now_ns);
}

/* Readiness may flap; that is no restart. */
static void
flap(struct world *w, void *arg)
{
	struct text t = { 0 };
	const struct container *c = w->run[FRONT_END];

	(void)arg;
	text_fmt(&t,
		"Readiness probe failed: Get \"http://%s:8079/\": context deadline exceeded "
		"(Client.Timeout exceeded while awaiting headers)",
		c->pod->ip);
	event_container(w, c, true, "Unhealthy", text_cstr(&t));
	text_free(&t);
}

void
scenario_latency(struct world *w, int64_t at_ns)
{
	struct slow *s = world_keep(w, 4 * sizeof(*s));

	s[0] = (struct slow){ .speed = SPEED_NORMAL, .logins = 3.4 };
	s[1] = (struct slow){ .speed = SPEED_SLOWING, .logins = 3.4 };
	s[2] = (struct slow){ .speed = SPEED_SLOW, .logins = 3.4 };
	s[2].begins = truth_incident(w, "slow_but_up", "front-end", NULL);
	s[3] = (struct slow){ .speed = SPEED_NORMAL, .ends = s[2].begins };
	world_at(w, at_ns, become, &s[0]);
	world_at(w, at_ns + 60 * NS_PER_S, become, &s[1]);
	world_at(w, at_ns + 180 * NS_PER_S, become, &s[2]);
	world_at(w, at_ns + 480 * NS_PER_S, become, &s[3]);
	for (int i = 0; i < 3 && w->opt->seed % 2 == 1; i++)
		world_at(w, at_ns + (240 + i * 60) * NS_PER_S, flap, NULL);
}
