/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the shop and the payment gateway know at the end: orders, their statuses, charges.
 * Keeps all orders in memory (a few hundred bytes each). Single thread.
 */
#pragma once

#include "world.h"

#define BASKET_MAX 3

struct basket {
	unsigned len;
	unsigned item[BASKET_MAX], quantity[BASKET_MAX];
};

enum state {
	STATE_NONE,
	STATE_CREATED,
	STATE_PENDING,
	STATE_PAID,
	STATE_FAILED,
	STATE_SHIPPED
};

enum charge_status { CHARGE_CAPTURED, CHARGE_AUTHORIZED, CHARGE_REFUNDED, CHARGE_FAILED };

struct order {
	char id[25];
	unsigned person;
	struct basket basket;
	unsigned cents;
	enum state ledger; /* as the logs tell it last */
	enum state shop;
	bool ever_failed, shipment;
	int64_t date_ns, created_ns, failed_ns,
		last_ns; /* all but the date: CRI time or 0 */
	unsigned captured, captured_cents, refunded_cents;
	bool authorized, refused, refunded;
};

struct shop *shop_new(uint64_t seed);
void shop_free(struct shop **ps);

/* The next order gets this counter in its id. */
void shop_set_counter(struct shop *s, unsigned counter);

/* A new order of now (its id has the second and the next counter). */
struct order *shop_order(struct shop *s, int64_t date_ns);

/* An order from before the log begins, with the counter before the first. */
struct order *shop_order_before(struct shop *s, int64_t date_ns);

/* An order the shop does not know, for a charge without an order. */
struct order *shop_order_unknown(struct shop *s, int64_t date_ns);

size_t shop_orders(const struct shop *s);
struct order *shop_get(const struct shop *s, size_t i);

void shop_charge(struct shop *s, struct order *o, unsigned cents,
	enum charge_status status, int64_t at_ns);

/* Price in cents and id of a product; items below shop_items(). */
unsigned shop_items(void);
unsigned item_cents(unsigned item);
const char *item_id(unsigned item);

/* With 4.99 for shipping. */
unsigned basket_cents(const struct basket *b);

/* Appends the total as the service prints it: a 32-bit float, shortest form. */
void basket_total(struct text *t, const struct basket *b);

/* Appends "items":[…] with its ids or, as HAL does, without. */
void basket_json(struct text *t, const struct basket *b, bool ids);

/* Appends the order as POST /orders answers (with id) or as HAL lists it. */
void order_json(struct world *w, struct text *t, const struct order *o, bool hal);

/* Writes orders/ and charges.csv. */
void shop_finish(struct world *w);
