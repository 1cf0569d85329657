/* SPDX-License-Identifier: Apache-2.0 */
/* Near misses: each must stay quiet. */
#include "event.h"
#include "frontend.h"
#include "gokit.h"
#include "kube.h"
#include "login.h"
#include "orders.h"
#include "people.h"
#include "scenario.h"

static void
click(struct world *w, void *arg)
{
	order_place(w, arg);
}

static void
clicks(struct world *w, int64_t at_ns, enum fate fate, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct ticket *t = world_keep(w, sizeof(*t));

		*t = (struct ticket){ .person = people_any(w->people, &w->fate),
			.basket = order_basket(w),
			.fate = fate };
		if (fate == FATE_DECLINED)
			t->basket.quantity[0] = 9;
		world_at(w, at_ns + i * 21 * NS_PER_S, click, t);
	}
}

static void
login_burst(struct world *w, void *arg)
{
	(void)arg;
	login_try(w);
}

static void
duplicate(struct world *w, void *arg)
{
	(void)arg;
	login_register(w, true);
}

static void
old_set_goes(struct world *w, void *arg)
{
	struct pod *old = arg;

	gokit_say(w, PAYMENT, w->now_ns + 100 * NS_PER_MS, "main.go:81",
		"transport=HTTP port=8080", 0);
	event_scale(w, old, 1, 0);
	kube_pod_delete(w, old);
}

/* A rollout scales an old replica set to 0 while the new one already answers. */
static void
rollout(struct world *w, void *arg)
{
	struct pod *old = w->run[PAYMENT]->pod;
	struct pod *new = kube_pod_create(w, PAYMENT, false, NULL);

	(void)arg;
	w->run[PAYMENT] = new->containers[0];
	world_at(w, w->now_ns + 6 * NS_PER_S, old_set_goes, old);
}

static void
pull_backoff(struct world *w, void *arg)
{
	struct pod *p = arg;

	event_container(w, p->containers[0], false, "BackOff",
		"Back-off pulling image \"quay.io/powercloud/sock-shop-catalogue:v2-typo\"");
}

static void
pull_gives_up(struct world *w, void *arg)
{
	struct pod *p = arg;

	event_scale(w, p, 1, 0);
	kube_pod_delete(w, p);
}

static void
bad_image(struct world *w, void *arg)
{
	struct pod *p = kube_pod_create(w, CATALOGUE, false, "ImagePullBackOff");

	(void)arg;
	event_container(w, p->containers[0], true, "Failed",
		"Failed to pull image \"quay.io/powercloud/sock-shop-catalogue:v2-typo\": not found");
	for (int i = 0; i < 8; i++)
		world_at(w, w->now_ns + (10 + i * 14) * NS_PER_S, pull_backoff, p);
	world_at(w, w->now_ns + 150 * NS_PER_S, pull_gives_up, p);
}

static void
comes_back(struct world *w, void *arg)
{
	(void)kube_container_restart(w, arg);
}

/* One restart is no loop. */
static void
one_restart(struct world *w, void *arg)
{
	struct container *c = w->run[QUEUE_MASTER];

	(void)arg;
	kube_container_end(w, c, 143, "Error");
	world_at(w, w->now_ns + NS_PER_S, comes_back, c);
}

/* Node prints the whole request when it cannot reach a service, headers and all. */
static void
token_leak(struct world *w, void *arg)
{
	(void)arg;
	text_fmt(world_line(w),
		"Error: connect ECONNREFUSED 10.96.44.7:80 { headers: { "
		"authorization: 'Bearer %s', host: 'user' } }",
		people_token(w->people));
	world_say(w, FRONT_END, w->now_ns + NS_PER_MS, STDERR);
}

static void
database_errors(struct world *w, void *arg)
{
	(void)arg;
	gokit_say(w, CATALOGUE, w->now_ns, "logging.go:27",
		"method=List tags= order=id pageNum=1 pageSize=10 result=0 err=\"database connection "
		"error\"",
		1900000);
	gokit_say(w, USER, w->now_ns + NS_PER_MS, "server.go:110",
		"err=\"Invalid Id Hex\"", 0);
	world_sayf(w, SHIPPING, w->now_ns + 2 * NS_PER_MS, STDOUT,
		"Unable to add to queue (the queue is probably down). Accepting anyway. Don't do "
		"this for real!");
}

void
scenario_near(struct world *w, int64_t at_ns)
{
	static const struct {
		int64_t at_s;
		actor_fn *fn;
	} acts[] = { { 5, token_leak }, { 130, duplicate }, { 131, duplicate },
		{ 133, duplicate }, { 134, duplicate }, { 150, database_errors },
		{ 320, rollout }, { 380, bad_image }, { 560, one_restart },
		{ 600, token_leak } };

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		world_at(w, at_ns + acts[i].at_s * NS_PER_S, acts[i].fn, NULL);
	for (int i = 0; i < 40; i++)
		world_at(w, at_ns + 100 * NS_PER_S + i * 90 * NS_PER_MS, login_burst,
			NULL);
	clicks(w, at_ns + 10 * NS_PER_S, FATE_DECLINED, 4);
	clicks(w, at_ns + 170 * NS_PER_S, FATE_GATEWAY, 4);
	clicks(w, at_ns + 275 * NS_PER_S, FATE_LATE, 1);
	clicks(w, at_ns + 345 * NS_PER_S, FATE_TIMEOUT, 1);
}
