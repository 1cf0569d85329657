/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic.h"

#include "frontend.h"
#include "kube.h"
#include "login.h"
#include "orders.h"
#include "people.h"

#define QUIET_END_NS (40 * NS_PER_S) /* no order begins in the last seconds */

static bool
is_open(const struct world *w)
{
	return w->run[FRONT_END]->dead_ns == INT64_MAX;
}

/* Between half and one and a half of the mean gap, so that rates are met without logs. */
static int64_t
gap(struct world *w, double per_second)
{
	return (int64_t)((0.5 + rng_unit(&w->rng)) * (double)NS_PER_S / per_second) + 1;
}

static void
visitor(struct world *w, void *arg)
{
	double rate = 0.5 * w->opt->rate + w->crowd + w->fill;

	(void)arg;
	if (is_open(w))
		frontend_visit(w);
	world_at(w, w->now_ns + gap(w, rate > 0.01 ? rate : 0.01), visitor, NULL);
}

/* More logins, while someone measures. */
static void
user_of_login(struct world *w, void *arg)
{
	(void)arg;
	if (w->logins > 0 && is_open(w))
		login_try(w);
	world_at(w, w->now_ns + gap(w, w->logins > 0 ? w->logins : 1), user_of_login,
		NULL);
}

static void
newcomer(struct world *w, void *arg)
{
	(void)arg;
	if (is_open(w))
		login_register(w, rng_once_in(&w->rng, 3));
	world_at(w, w->now_ns + gap(w, 0.008 * w->opt->rate), newcomer, NULL);
}

/* Every so many orders the gateway's books are odd. */
static enum money
money_of(unsigned n)
{
	switch (n % 60) {
	case 4:
		return MONEY_TWICE;
	case 7:
		return MONEY_WRONG;
	case 10:
		return MONEY_NONE;
	default:
		return MONEY_RIGHT;
	}
}

static void
buyer(struct world *w, void *arg)
{
	unsigned *n = arg;

	world_at(w, w->now_ns + gap(w, 0.013 * w->opt->rate), buyer, n);
	if (w->hold_orders || !is_open(w) || w->run[PAYMENT] == NULL ||
		w->now_ns > w->to_ns - QUIET_END_NS)
		return;
	order_place(w, &(struct ticket){ .person = people_any(w->people, &w->fate),
			       .basket = order_basket(w),
			       .money = money_of((*n)++) });
}

/* Looks once a second whether --bytes will be met, and draws visitors to meet it. */
static void
filler(struct world *w, void *arg)
{
	double done = (double)(w->now_ns - w->from_ns + NS_PER_S) /
		      (double)(w->to_ns - w->from_ns);
	double missing = (double)w->opt->bytes * done - (double)w->bytes;

	(void)arg;
	w->fill = missing > 0 ? missing / 320 : 0; /* bytes of a page view, about */
	world_at(w, w->now_ns + NS_PER_S, filler, NULL);
}

void
traffic_begin(struct world *w)
{
	unsigned *orders = world_keep(w, sizeof(*orders));

	world_at(w, w->now_ns, visitor, NULL);
	world_at(w, w->now_ns, user_of_login, NULL);
	world_at(w, w->now_ns + 20 * NS_PER_S, newcomer, NULL);
	world_at(w, w->now_ns + 15 * NS_PER_S, buyer, orders);
	if (w->opt->bytes > 0)
		world_at(w, w->now_ns, filler, NULL);
}
