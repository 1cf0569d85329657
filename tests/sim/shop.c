/* SPDX-License-Identifier: Apache-2.0 */
#include "shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "people.h"

#define PAGE 20

struct charge {
	char order[25];
	unsigned cents;
	enum charge_status status;
	int64_t at_ns;
	unsigned number;
};

struct shop {
	struct order **orders;
	size_t len, cap;
	struct charge *charges;
	size_t charges_len, charges_cap;
	unsigned counter, first_counter;
};

struct shop *
shop_new(uint64_t seed)
{
	struct shop *s = calloc(1, sizeof(*s));
	struct rng r = rng_make(seed, "shop");

	if (s == NULL)
		die("out of memory");
	shop_set_counter(s, 0xb50703 + 0x100 * (1 + rng_below(&r, 0x4000)));
	return s;
}

void
shop_free(struct shop **ps)
{
	struct shop *s = *ps;

	while (s->len > 0)
		free(s->orders[--s->len]);
	free(s->orders);
	free(s->charges);
	free(s);
	*ps = NULL;
}

void
shop_set_counter(struct shop *s, unsigned counter)
{
	s->counter = s->first_counter = counter & 0xffffff;
}

static struct order *
add(struct shop *s, int64_t date_ns, unsigned counter)
{
	struct order *o = calloc(1, sizeof(*o));

	if (s->len == s->cap) {
		s->cap = s->cap == 0 ? 256 : s->cap * 2;
		s->orders = realloc(s->orders, s->cap * sizeof(struct order *));
	}
	if (o == NULL || s->orders == NULL)
		die("out of memory");
	s->orders[s->len++] = o;
	o->date_ns = date_ns;
	(void)snprintf(o->id, sizeof(o->id), "%08xc1f4320001%06x",
		(unsigned)(date_ns / NS_PER_S), counter & 0xffffff);
	return o;
}

struct order *
shop_order(struct shop *s, int64_t date_ns)
{
	return add(s, date_ns, s->counter++);
}

struct order *
shop_order_before(struct shop *s, int64_t date_ns)
{
	return add(s, date_ns, --s->first_counter);
}

struct order *
shop_order_unknown(struct shop *s, int64_t date_ns)
{
	struct order *o = add(s, date_ns, 0xf00001);

	memcpy(o->id + 8, "d00dfe", 6);
	return o;
}

size_t
shop_orders(const struct shop *s)
{
	return s->len;
}

struct order *
shop_get(const struct shop *s, size_t i)
{
	return s->orders[i];
}

static void
tally(struct order *o, unsigned cents, enum charge_status status)
{
	switch (status) {
	case CHARGE_CAPTURED:
		o->captured++;
		o->captured_cents += cents;
		break;
	case CHARGE_REFUNDED:
		o->refunded = true;
		o->refunded_cents += cents;
		break;
	case CHARGE_AUTHORIZED:
		o->authorized = true;
		break;
	case CHARGE_FAILED:
		o->refused = true;
		break;
	}
}

void
shop_charge(struct shop *s, struct order *o, unsigned cents, enum charge_status status,
	int64_t at_ns)
{
	struct charge *c;

	if (s->charges_len == s->charges_cap) {
		s->charges_cap = s->charges_cap == 0 ? 256 : s->charges_cap * 2;
		s->charges = realloc(s->charges, s->charges_cap * sizeof(struct charge));
		if (s->charges == NULL)
			die("out of memory");
	}
	c = &s->charges[s->charges_len++];
	*c = (struct charge){ .cents = cents, .status = status, .at_ns = at_ns };
	c->number = (unsigned)s->charges_len;
	memcpy(c->order, o->id, sizeof(c->order));
	tally(o, cents, status);
}

static const char *
state_name(enum state s)
{
	static const char *const names[] = { "", "CREATED", "PENDING", "PAID",
		"PAYMENT_FAILED", "SHIPPED" };

	return names[s];
}

static void
order_customer(struct text *t, const struct person *p, bool hal)
{
	text_fmt(t, "\"customer\":{%s\"firstName\":\"%s\",\"lastName\":\"%s\",",
		hal ? "" : "\"id\":null,", p->first, p->last);
	text_fmt(t, "\"username\":\"%s\",\"addresses\":[],\"cards\":[]},", p->username);
	text_fmt(t, "\"address\":{%s\"number\":\"%u\",\"street\":\"%s\",\"city\":\"%s\",",
		hal ? "" : "\"id\":null,", p->house, p->street, p->city);
	text_str(t, "\"postcode\":\"12345\",\"country\":\"US\"},");
	text_fmt(t, "\"card\":{%s\"longNum\":\"%s\",\"expires\":\"%s\",\"ccv\":\"%s\"},",
		hal ? "" : "\"id\":null,", p->card, p->expires, p->ccv);
}

static void
order_shipment(struct text *t, const struct order *o, const struct person *p, bool hal)
{
	if (!o->shipment)
		text_str(t, "\"shipment\":null,");
	else if (hal)
		text_fmt(t, "\"shipment\":{\"name\":\"%s\"},", p->id);
	else
		text_fmt(t,
			"\"shipment\":{\"id\":\"%.8s-0000-4000-8000-%.12s\",\"name\":\"%s\"},",
			o->id, o->id + 12, p->id);
}

void
order_json(struct world *w, struct text *t, const struct order *o, bool hal)
{
	const struct person *p = people_get(w->people, o->person);
	char date[30];

	(void)time_write(date, o->date_ns, TEXT_MILLIS);
	text_char(t, '{');
	if (!hal)
		text_fmt(t, "\"id\":\"%s\",", o->id);
	text_fmt(t, "\"customerId\":\"%s\",", p->id);
	order_customer(t, p, hal);
	basket_json(t, &o->basket, !hal);
	text_char(t, ',');
	order_shipment(t, o, p, hal);
	text_fmt(t, "\"date\":\"%.23s+0000\",\"total\":", date);
	basket_total(t, &o->basket);
	text_fmt(t, ",\"status\":\"%s\"", state_name(o->shop));
	if (hal)
		text_fmt(t,
			",\"_links\":{\"self\":{\"href\":\"http://orders/orders/%s\"},"
			"\"order\":{\"href\":\"http://orders/orders/%s\"}}",
			o->id, o->id);
	text_char(t, '}');
}

static void
links(struct text *t, size_t page, size_t pages, size_t size)
{
	const char *base = "http://orders/orders";

	text_fmt(t, "\"_links\":{\"first\":{\"href\":\"%s?page=0&size=%zu\"},", base,
		size);
	if (page > 0)
		text_fmt(t, "\"prev\":{\"href\":\"%s?page=%zu&size=%zu\"},", base,
			page - 1, size);
	text_fmt(t, "\"self\":{\"href\":\"%s\"},", base);
	if (page + 1 < pages)
		text_fmt(t, "\"next\":{\"href\":\"%s?page=%zu&size=%zu\"},", base,
			page + 1, size);
	text_fmt(t, "\"last\":{\"href\":\"%s?page=%zu&size=%zu\"},", base, pages - 1,
		size);
	text_fmt(t,
		"\"profile\":{\"href\":\"http://orders/profile/orders\"},"
		"\"search\":{\"href\":\"%s/search\"}}",
		base);
}

/* Page number page of the orders the shop knows, size on each. */
static void
write_page(struct world *w, const char *name, size_t page, size_t size, size_t known)
{
	struct text t = { 0 }, out = { 0 };
	FILE *f = fdopen(world_open(w->opt->out, name), "w");
	size_t seen = 0, pages = known == 0 ? 1 : (known + size - 1) / size;
	const char *comma = "";

	text_str(&t, "{\"_embedded\":{\"customerOrders\":[");
	for (size_t i = 0; i < w->shop->len; i++) {
		if (w->shop->orders[i]->shop == STATE_NONE || seen++ / size != page)
			continue;
		text_str(&t, comma);
		order_json(w, &t, w->shop->orders[i], true);
		comma = ",";
	}
	text_str(&t, "]},");
	links(&t, page, pages, size);
	text_fmt(&t, ",\"page\":{\"size\":%zu,\"totalElements\":%zu,\"totalPages\":%zu,",
		size, known, pages);
	text_fmt(&t, "\"number\":%zu}}", page);
	json_layout(&out, text_cstr(&t), JSON_JACKSON, 0);
	if (f == NULL || fprintf(f, "%s\n", text_cstr(&out)) < 0 || fclose(f) != 0)
		die("cannot write %s", name);
	text_free(&t);
	text_free(&out);
}

static int
by_date(const void *a, const void *b)
{
	const struct order *const *x = a, *const *y = b;

	if ((*x)->date_ns != (*y)->date_ns)
		return (*x)->date_ns < (*y)->date_ns ? -1 : 1;
	return strcmp((*x)->id, (*y)->id);
}

static void
write_charges(struct world *w)
{
	static const char *const status[] = { "captured", "authorized", "refunded",
		"failed" };
	FILE *f = fdopen(world_open(w->opt->out, "charges.csv"), "w");
	const struct shop *s = w->shop;

	if (f == NULL)
		die("cannot write charges");
	fputs("order_id,amount,currency,status,created,charge_id\n", f);
	for (size_t i = 0; i < s->charges_len; i++) {
		const struct charge *c = &s->charges[i];
		char at[30];
		int n = (int)time_write(at, c->at_ns, TEXT_SECONDS);

		fprintf(f, "%s,%u.%02u,USD,%s,%.*s,ch_%06u%.6s\n", c->order,
			c->cents / 100, c->cents % 100, status[c->status], n, at,
			c->number, c->order + 18);
	}
	if (fclose(f) != 0)
		die("cannot write charges");
}

void
shop_finish(struct world *w)
{
	struct shop *s = w->shop;
	size_t known = 0;

	qsort(s->orders, s->len, sizeof(struct order *), by_date);
	for (size_t i = 0; i < s->len; i++)
		known += s->orders[i]->shop != STATE_NONE;
	for (size_t page = 0; page == 0 || page * PAGE < known; page++) {
		char name[48];

		(void)snprintf(name, sizeof(name), "orders/page-%zu.json", page);
		write_page(w, name, page, PAGE, known);
	}
	write_page(w, "orders/all.json", 0, known == 0 ? PAGE : known, known);
	write_charges(w);
}
