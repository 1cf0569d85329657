/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crash loop of the front-end: load, three failed probes, death, back-off, again. The
 * waits are the kubelet's: none, 10, 20, 40, 80 and 160 s.
 */
#include "event.h"
#include "frontend.h"
#include "gokit.h"
#include "kube.h"
#include "scenario.h"
#include "truth.h"

#define DEATHS 6

enum death { DEATH_KILLED, DEATH_OOM, DEATH_EXCEPTION };

struct crash {
	struct incident *incident;
	struct container *container;
	bool oom;
	unsigned deaths;
	unsigned odd;  /* this death is an exception's, DEATHS if none is */
	unsigned told; /* BackOff events of this wait */
};

static void live(struct world *w, void *arg);

static enum death
death_of(const struct crash *c)
{
	if (c->deaths == c->odd)
		return DEATH_EXCEPTION;
	return c->oom ? DEATH_OOM : DEATH_KILLED;
}

static void
restart(struct world *w, void *arg)
{
	struct crash *c = arg;

	c->container = kube_container_restart(w, c->container);
	frontend_started(w, w->now_ns + 40 * NS_PER_MS);
	if (c->deaths == DEATHS) {
		w->speed = SPEED_NORMAL;
		w->crowd = 0;
		w->hold_orders = false;
		return;
	}
	world_at(w, w->now_ns + rng_range(&w->fate, 8, 14) * NS_PER_S, live, c);
}

/* Every sync of the kubelet while it waits raises the count: 1, 2, 3, 5, 8, together 19.
 */
static void
tell_backoff(struct world *w, void *arg)
{
	static const unsigned times[DEATHS] = { 0, 1, 2, 3, 5, 8 };
	struct crash *c = arg;
	struct text t = { 0 };

	text_fmt(&t, "Back-off restarting failed container %s in pod %s_sock-shop(%s)",
		c->container->name, c->container->pod->name, c->container->pod->uid);
	event_container(w, c->container, true, "BackOff", text_cstr(&t));
	text_free(&t);
	if (++c->told < times[c->deaths - 1])
		world_at(w,
			w->now_ns +
				c->container->backoff_s * NS_PER_S / times[c->deaths - 1],
			tell_backoff, c);
}

static void
tell_refused(struct world *w, void *arg)
{
	struct crash *c = arg;
	struct text t = { 0 };

	text_fmt(&t,
		"Readiness probe failed: Get \"http://%s:8079/\": dial tcp %s:8079: connect: "
		"connection refused",
		c->container->pod->ip, c->container->pod->ip);
	event_container(w, c->container, true, "Unhealthy", text_cstr(&t));
	text_free(&t);
}

static void
tell_oom(struct world *w, const struct crash *c)
{
	const char *node = c->container->pod->node;
	struct text t = { 0 };

	text_fmt(&t,
		"Memory cgroup out of memory: Killed process %u (node) total-vm:2774420kB, "
		"anon-rss:1021112kB, file-rss:20480kB, shmem-rss:0kB, UID:10001 "
		"pgtables:1312kB oom_score_adj:969",
		21877 + c->deaths * 113);
	event_tell(w, &(struct happening){ "Node", node, node, NULL, "OOMKilling",
			      text_cstr(&t), "kernel-monitor", node, true });
	text_free(&t);
}

static void
die_now(struct world *w, void *arg)
{
	static const unsigned waits_s[DEATHS] = { 0, 10, 20, 40, 80, 160 };
	struct crash *c = arg;
	enum death death = death_of(c);
	unsigned wait_s = waits_s[c->deaths++];

	truth_count(c->incident, w->now_ns);
	truth_deaths(c->incident, death == DEATH_KILLED, death == DEATH_KILLED);
	if (death == DEATH_OOM)
		tell_oom(w, c);
	kube_container_end(w, c->container, death == DEATH_OOM ? 137 : 1,
		death == DEATH_OOM ? "OOMKilled" : "Error");
	if (wait_s > 0) {
		kube_container_wait(w, c->container, wait_s);
		c->told = 0;
		world_at(w, w->now_ns + NS_PER_S, tell_backoff, c);
		world_at(w, w->now_ns + 2 * NS_PER_S, tell_refused, c);
	}
	world_at(w, w->now_ns + wait_s * NS_PER_S + NS_PER_S, restart, c);
}

static void
kill_it(struct world *w, void *arg)
{
	struct crash *c = arg;
	enum death death = death_of(c);

	if (death == DEATH_EXCEPTION) {
		frontend_exception(w, w->now_ns);
	} else if (death == DEATH_KILLED) {
		event_container(w, c->container, false, "Killing",
			"Container front-end failed liveness probe, will be restarted");
		frontend_sigterm(w, w->now_ns + 600 * NS_PER_MS);
	} else {
		text_str(world_line(w),
			"Received response: {\"_embedded\":{\"customerOrd");
		world_say_torn(w, FRONT_END, w->now_ns + 600 * NS_PER_MS, STDOUT);
	}
	world_at(w, w->now_ns + NS_PER_S, die_now, c);
}

static void
probe_fails(struct world *w, void *arg)
{
	struct crash *c = arg;
	struct text t = { 0 };

	if (death_of(c) != DEATH_KILLED)
		return;
	text_fmt(&t,
		"Liveness probe failed: Get \"http://%s:8079/\": context deadline exceeded "
		"(Client.Timeout exceeded while awaiting headers)",
		c->container->pod->ip);
	event_container(w, c->container, true, "Unhealthy", text_cstr(&t));
	text_free(&t);
}

/* The load is on it: three probes fail, then it goes. */
static void
live(struct world *w, void *arg)
{
	struct crash *c = arg;

	for (int i = 0; i < 3; i++)
		world_at(w, w->now_ns + i * 3 * NS_PER_S, probe_fails, c);
	world_at(w, w->now_ns + 6 * NS_PER_S + 200 * NS_PER_MS, kill_it, c);
}

static void
load(struct world *w, void *arg)
{
	struct crash *c = arg;

	c->container = w->run[FRONT_END];
	w->hold_orders = true;
	w->crowd = 18;
	w->speed = SPEED_DROWNING;
	world_at(w, w->now_ns + 35 * NS_PER_S, live, c);
}

static void
begin(struct world *w, int64_t at_ns, bool oom)
{
	struct crash *c = world_keep(w, sizeof(*c));

	c->oom = oom;
	c->odd = oom || rng_once_in(&w->fate, 2) ? DEATHS
						 : 1 + rng_below(&w->fate, DEATHS - 2);
	c->incident = truth_incident(w, "crash_loop", "front-end", NULL);
	world_at(w, at_ns, load, c);
}

void
scenario_crash(struct world *w, int64_t at_ns)
{
	begin(w, at_ns, false);
}

void
scenario_oom(struct world *w, int64_t at_ns)
{
	begin(w, at_ns, true);
}
