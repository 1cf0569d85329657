/* SPDX-License-Identifier: Apache-2.0 */
/* Orders that hang, and books that do not fit. */
#include "orders.h"
#include "people.h"
#include "scenario.h"

static void
hang(struct world *w, void *arg)
{
	order_place(w, arg);
}

void
scenario_stuck(struct world *w, int64_t at_ns)
{
	static const struct {
		enum fate fate;
		enum money money;
	} kinds[] = { { FATE_STUCK_PENDING, MONEY_RIGHT },
		{ FATE_STUCK_CREATED, MONEY_RIGHT },
		{ FATE_STUCK_PENDING, MONEY_TAKEN } };

	for (unsigned i = 0; i < 3; i++) {
		struct ticket *t = world_keep(w, sizeof(*t));

		*t = (struct ticket){ .person = people_any(w->people, &w->fate),
			.basket = order_basket(w),
			.fate = kinds[i].fate,
			.money = kinds[i].money };
		world_at(w, at_ns + i * 29 * NS_PER_S, hang, t);
	}
}

void
scenario_books(struct world *w)
{
	struct order *before = shop_order_before(w->shop, w->from_ns - 777 * NS_PER_S);
	struct order *unknown = shop_order_unknown(w->shop, w->from_ns + 333 * NS_PER_S);

	before->person = people_any(w->people, &w->fate);
	before->basket = order_basket(w);
	before->cents = basket_cents(&before->basket);
	before->shop = STATE_FAILED;
	unknown->cents = 4998;
	shop_charge(w->shop, unknown, unknown->cents, CHARGE_CAPTURED,
		w->from_ns + 335 * NS_PER_S);
}
