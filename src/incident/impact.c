/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/impact.h"

#include <errno.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/money.h"
#include "base/time.h"

#define ORDERS_MAX ((size_t)100000)

struct order {
	bool priced;
	bool has_customer;
	int64_t cents;
};

struct impact {
	struct map *numbers; /* of orders, from 1 on, by id */
	struct order *orders;
	size_t cap;
	struct map *customers;
	bool failed; /* no memory for all of them */
};

struct impact *
impact_new(void)
{
	struct impact *i = calloc(1, sizeof(*i));

	if (i == NULL)
		return NULL;
	i->numbers = map_new(ORDERS_MAX);
	i->customers = map_new(ORDERS_MAX);
	if (i->numbers == NULL || i->customers == NULL)
		impact_free(&i);
	return i;
}

void
impact_free(struct impact **pi)
{
	struct impact *i = *pi;

	*pi = NULL;
	if (i == NULL)
		return;
	if (i->numbers != NULL)
		map_free(&i->numbers);
	if (i->customers != NULL)
		map_free(&i->customers);
	free(i->orders);
	free(i);
}

void
impact_reset(struct impact *i)
{
	map_clear(i->numbers);
	map_clear(i->customers);
	i->failed = false;
}

/* A text often ends its sentence behind the amount. */
bool
impact_cents(struct str s, int64_t *out)
{
	if (str_ends(s, STR(".")))
		s = str_sub(s, 0, s.len - 1);
	return money_parse_loose(s, out) && *out >= 0;
}

static void
add(struct impact *i, struct order *o, struct str amount, struct str customer)
{
	if (!o->priced)
		o->priced = impact_cents(amount, &o->cents);
	if (customer.len == 0)
		return;
	o->has_customer = true;
	if (map_put(i->customers, customer, NULL) == NULL)
		i->failed |= map_len(i->customers) < ORDERS_MAX;
}

/* The one that was just counted. False: out of memory. */
static bool
add_new(struct impact *i)
{
	size_t n = map_len(i->numbers), cap = i->cap;
	struct order *grown = i->orders;

	while (cap < n) /* more than twice after some found no memory */
		cap = cap == 0 ? 16 : 2 * cap;
	if (cap > i->cap) {
		grown = realloc(i->orders, cap * sizeof(*grown));
		if (grown == NULL)
			return false;
		i->orders = grown;
		i->cap = cap;
	}
	grown[n - 1] = (struct order){ 0 };
	return true;
}

/* The order of a number; NULL: there was no memory for it. */
static struct order *
order_of(const struct impact *i, const void *number)
{
	return number != NULL ? &i->orders[(uintptr_t)number - 1] : NULL;
}

void
impact_order(
	struct impact *i, struct str order_id, struct str amount, struct str customer)
{
	bool fresh;
	void **slot;

	if (order_id.len == 0)
		return;
	slot = map_put(i->numbers, order_id, &fresh);
	if (slot == NULL) {
		i->failed |= map_len(i->numbers) < ORDERS_MAX;
		return;
	}
	if (fresh && add_new(i))
		*slot = (void *)(uintptr_t)map_len(i->numbers);
	if (*slot != NULL)
		add(i, order_of(i, *slot), amount, customer);
	else
		i->failed = true;
}

static int
look_up(struct impact *i, struct store *s, struct str id, struct order *o)
{
	struct store_query *q = store_marks(s, STR("order"), id);
	struct mark_row m;
	int err;

	if (q == NULL)
		return -EIO;
	while (store_next_mark(q, &m))
		add(i, o, m.amount, m.customer);
	err = store_query_failed(q) ? -EIO : 0;
	store_query_free(&q);
	return err;
}

int
impact_complete(struct impact *i, struct store *s)
{
	size_t pos = 0;
	struct str id;
	void *number;
	int err = 0;

	while (err == 0 && s != NULL && map_next(i->numbers, &pos, &id, &number)) {
		struct order *o = order_of(i, number);

		if (o != NULL && (!o->priced || !o->has_customer))
			err = look_up(i, s, id, o);
	}
	return err == 0 && i->failed ? -ENOMEM : err;
}

/* Tenths, so that two readers print the same. */
static void
add_minutes(struct buf *b, int64_t span_ns)
{
	int64_t tenths = (span_ns + TIME_MIN / 20) / (TIME_MIN / 10);

	buf_add_i64(b, tenths / 10);
	buf_add_char(b, '.');
	buf_add_i64(b, tenths % 10);
}

void
impact_add(const struct impact *i, int64_t span_ns, struct buf *b)
{
	bool priced = map_len(i->numbers) == 0;
	int64_t sum = 0;
	size_t pos = 0;
	void *number;

	while (map_next(i->numbers, &pos, NULL, &number)) {
		const struct order *o = order_of(i, number);

		if (o == NULL || !o->priced)
			continue;
		priced = true;
		sum = money_add(sum, o->cents);
	}
	buf_add(b, STR("{\"orders\":"));
	buf_add_i64(b, (int64_t)map_len(i->numbers));
	buf_add(b, STR(",\"customers\":"));
	buf_add_i64(b, (int64_t)map_len(i->customers));
	buf_add(b, STR(",\"amount_cents\":"));
	if (priced)
		buf_add_i64(b, sum);
	else
		buf_add(b, STR("null"));
	buf_add(b, STR(",\"minutes\":"));
	add_minutes(b, span_ns > 0 ? span_ns : 0);
	buf_add_char(b, '}');
}
