/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checkout through all services, from the customer's click to the parcel, as the orders
 * image with the status fix logs it.
 */
#pragma once

#include "shop.h"
#include "world.h"

/* What becomes of it. While payment is scaled to 0 every FATE_NORMAL fails. */
enum fate {
	FATE_NORMAL,
	FATE_STUCK_CREATED,
	FATE_STUCK_PENDING,
	FATE_TIMEOUT,  /* paid, then shipping does not answer in 5 s */
	FATE_LATE,     /* the gateway refuses, six minutes later it is paid */
	FATE_DECLINED, /* above the limit: no order, no id */
	FATE_GATEWAY,  /* the gateway is down: no order, no id */
};

/* What the payment gateway books. */
enum money {
	MONEY_RIGHT, /* captured if the shop says paid */
	MONEY_NONE,
	MONEY_TWICE,
	MONEY_WRONG,
	MONEY_TAKEN, /* captured whatever the shop says */
	MONEY_RETURNED,
	MONEY_RETURNED_ONE_ROW,
	MONEY_HELD,
	MONEY_REFUSED,
};

struct ticket {
	unsigned person;
	struct basket basket;
	enum fate fate;
	enum money money;
	int64_t date_ns;     /* when the order comes to be; 0: soon */
	int64_t fails_in_ns; /* from the date to the ERROR line; 0: a second or three */
	int64_t heals_in_ns; /* the same order is tried again and paid; 0: never */
	bool lost;           /* failed in the logs, the shop stays at PENDING */
};

/* The customer clicks now (or 400 ms before the ticket's date). Copies the ticket. */
void order_place(struct world *w, const struct ticket *t);

/* A basket below the limit of 105.00, drawn from w->fate. */
struct basket order_basket(struct world *w);
