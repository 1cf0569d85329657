/* SPDX-License-Identifier: Apache-2.0 */
/* Payment is scaled to 0: the drawn outage, and the historic one of the seed. */
#include <stdio.h>

#include "event.h"
#include "gokit.h"
#include "kube.h"
#include "orders.h"
#include "people.h"
#include "scenario.h"
#include "truth.h"

static void
scale_down(struct world *w, void *arg)
{
	struct pod *p = w->run[PAYMENT]->pod;

	truth_outage(w, arg);
	w->hold_orders = true;
	gokit_say(w, PAYMENT, w->now_ns + 250 * NS_PER_MS, "main.go:92",
		"exit=terminated", 0);
	event_scale(w, p, 1, 0);
	kube_pod_delete(w, p);
}

static void
scale_up(struct world *w, void *arg)
{
	struct pod *p = kube_pod_create(w, PAYMENT, true, NULL);

	(void)arg;
	w->run[PAYMENT] = p->containers[0];
	w->hold_orders = false;
	truth_outage(w, NULL);
	gokit_say(w, PAYMENT, w->now_ns + 700 * NS_PER_MS, "main.go:81",
		"transport=HTTP port=8080", 0);
}

static void
place(struct world *w, void *arg)
{
	order_place(w, arg);
}

/* The n-th failed order of an outage; some are special. */
static struct ticket
ticket_of(struct world *w, unsigned n, const struct ticket *before)
{
	static const enum money money[] = { MONEY_TAKEN, MONEY_RETURNED, MONEY_HELD,
		MONEY_RIGHT, MONEY_REFUSED, MONEY_RETURNED_ONE_ROW };
	struct ticket t = { .person = people_any(w->people, &w->fate),
		.basket = order_basket(w) };

	if (n < sizeof(money) / sizeof(money[0]))
		t.money = money[n];
	if (n == 3) { /* a second click: same customer, same basket, a new order */
		t.person = before->person;
		t.basket = before->basket;
	}
	t.lost = n == 6;
	if (n == 7 || (n == 3 && rng_once_in(&w->fate, 2)))
		t.heals_in_ns = 540 * NS_PER_S;
	return t;
}

void
scenario_payment(struct world *w, int64_t at_ns)
{
	unsigned count = 4 + rng_below(&w->fate, 7);
	int64_t at = at_ns + 25 * NS_PER_S;
	const struct ticket *before = NULL;

	world_at(w, at_ns, scale_down,
		truth_incident(w, "payment_outage", NULL, "scaled_to_zero"));
	for (unsigned n = 0; n < count; n++) {
		struct ticket *t = world_keep(w, sizeof(*t));

		*t = ticket_of(w, n, before);
		world_at(w, at, place, t);
		before = t;
		at += rng_range(&w->fate, 7, 24) * NS_PER_S;
	}
	world_at(w, at_ns + 330 * NS_PER_S, scale_up, NULL);
}

static void
seed_order(struct world *w, int64_t date_ns, int64_t fails_in_ns, unsigned person,
	struct basket basket)
{
	struct ticket t = { .person = person,
		.basket = basket,
		.date_ns = date_ns,
		.fails_in_ns = fails_in_ns };

	order_place(w, &t);
}

/* Dates, delays, totals and the counter are those of the shop's own records. */
static void
seed_orders(struct world *w, void *arg)
{
	const struct basket holy = { .len = 1, .item = { 0 }, .quantity = { 1 } };
	const struct basket cat = { .len = 1, .item = { 2 }, .quantity = { 1 } };
	const struct basket both = { .len = 2, .item = { 0, 2 }, .quantity = { 1, 1 } };
	int64_t base = time_parse("2025-10-28T10:04:00Z");

	(void)arg;
	shop_set_counter(w->shop, 0xb50703);
	people_set_id(w->people, 0, "69004a839c10d3000194fa98");
	seed_order(w, base + 42603 * NS_PER_MS, 2945200 * NS_PER_US, 0, holy);
	seed_order(w, base + 72204 * NS_PER_MS, 1004 * NS_PER_MS, 1, cat);
	seed_order(w, base + 113310 * NS_PER_MS, 1101 * NS_PER_MS, 1, both);
	seed_order(w, base + 121420 * NS_PER_MS, 1098 * NS_PER_MS, 0, holy);
	seed_order(w, base + 614996 * NS_PER_MS, 0, 0, holy);
}

static void
hold(struct world *w, void *arg)
{
	(void)arg;
	w->hold_orders = true;
}

static void
release(struct world *w, void *arg)
{
	(void)arg;
	w->hold_orders = false;
}

void
scenario_seed(struct world *w, int64_t at_ns)
{
	struct incident *i = truth_incident(w, "payment_outage", NULL, "scaled_to_zero");

	world_at(w, w->from_ns, hold, NULL);
	world_at(w, at_ns + 20 * NS_PER_S, scale_down, i);
	world_at(w, at_ns + 30 * NS_PER_S, seed_orders, NULL);
	world_at(w, at_ns + 560 * NS_PER_S, scale_up, NULL);
	world_at(w, at_ns + 561 * NS_PER_S, hold, NULL);
	world_at(w, at_ns + 680 * NS_PER_S, release, NULL);
}
