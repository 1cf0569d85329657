/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In HAL an order has no id of its own: it is the last segment of _links.self.href.
 */
#include "reconcile/shop.h"

#include <string.h>

#include "base/diag.h"
#include "base/json.h"
#include "base/money.h"
#include "base/time.h"

#define ORDERS_MAX ((size_t)4000000)

int
shop_init(struct shop *s)
{
	*s = (struct shop){ .by_id = map_new(ORDERS_MAX) };
	return s->by_id == NULL ? -1 : 0;
}

void
shop_fini(struct shop *s)
{
	if (s->by_id != NULL)
		map_free(&s->by_id);
}

const struct shop_order *
shop_find(const struct shop *s, struct str id)
{
	void **slot = s->by_id != NULL && id.len > 0 ? map_get(s->by_id, id) : NULL;

	return slot == NULL ? NULL : *slot;
}

/* http://orders/orders/6900...{?projection} */
static struct str
last_segment(struct str href)
{
	size_t end = str_find_char(href, '?');
	size_t slash;

	href = str_sub(href, 0, end);
	href = str_sub(href, 0, str_find_char(href, '{'));
	while (href.len > 0 && href.ptr[href.len - 1] == '/')
		href.len--;
	slash = str_rfind_char(href, '/');
	return slash == SIZE_MAX ? href : str_sub(href, slash + 1, href.len);
}

static struct str
id_of(const json_t *order)
{
	static const char *const names_z[] = { "id", "_id", "order_id", "orderId" };
	const json_t *self = json_member(json_member(order, "_links"), "self");

	for (size_t i = 0; i < ARRAY_LEN(names_z); i++) {
		struct str id = json_member_text(order, names_z[i]);

		if (id.len == 0)
			id = json_member_text(json_member(order, names_z[i]), "$oid");
		if (id.len > 0)
			return id;
	}
	return last_segment(json_member_text(self, "href"));
}

static enum shop_state
state_of(const json_t *order, struct str status)
{
	const json_t *shipment = json_member(order, "shipment");

	if (str_eq_fold(status, STR("SHIPPED")) || str_eq_fold(status, STR("DELIVERED")))
		return SHOP_DONE;
	if (str_eq_fold(status, STR("PAYMENT_FAILED")) ||
		str_eq_fold(status, STR("FAILED")))
		return SHOP_FAILED;
	if (str_eq_fold(status, STR("CANCELLED")) || str_eq_fold(status, STR("CANCELED")))
		return SHOP_CANCELLED;
	/* A list that has no shipments at all cannot say that one is missing. */
	if (str_eq_fold(status, STR("PAID")))
		return shipment != NULL && json_is_null(shipment) ? SHOP_PAID : SHOP_DONE;
	/* Shops before the status existed saved an order only when it was on its way. */
	if (status.len == 0 && json_is_object(shipment))
		return SHOP_DONE;
	return SHOP_OPEN;
}

/* 0, or -1: out of memory. */
static int
add_order(struct shop *s, const json_t *order, struct arena *a)
{
	struct str id = id_of(order), date = json_member_text(order, "date");
	struct shop_order *o;
	void **slot;

	if (id.len == 0) {
		s->nameless++;
		return 0;
	}
	slot = map_put(s->by_id, id, NULL);
	if (slot == NULL)
		return -1;
	if (*slot == NULL) {
		*slot = arena_alloc(a, sizeof(*o));
		s->seen++;
	}
	o = *slot;
	if (o == NULL)
		return -1;
	o->id = arena_copy(a, id);
	o->status = arena_copy(a, json_member_text(order, "status"));
	o->customer_id = json_member_text(order, "customerId");
	if (o->customer_id.len == 0)
		o->customer_id = json_member_text(order, "customer_id");
	o->customer_id = arena_copy(a, o->customer_id);
	o->state = state_of(order, o->status);
	o->has_total = money_from_json(json_member(order, "total"), &o->total) ||
		       money_from_json(json_member(order, "amount"), &o->total);
	if (!time_parse(&date, NULL, &o->date_ns))
		o->date_ns = TIME_NONE;
	return o->id.ptr == NULL ? -1 : 0;
}

/* The array of orders inside of a page, or NULL. */
static const json_t *
orders_in(const json_t *doc)
{
	static const char *const names_z[] = { "orders", "customerOrders", "content",
		"data" };
	const json_t *embedded = json_member(doc, "_embedded");
	const char *key_z;
	json_t *v;

	if (json_is_array(doc))
		return doc;
	if (json_is_array(json_member(embedded, "customerOrders")))
		return json_member(embedded, "customerOrders");
	/* jansson iterates only what it may change; nothing is changed here. */
	if (json_is_object(embedded)) {
		json_t *members = json_member(doc, "_embedded");

		json_object_foreach(members, key_z, v) if (json_is_array(v)) return v;
	}
	for (size_t i = 0; i < ARRAY_LEN(names_z); i++)
		if (json_is_array(json_member(doc, names_z[i])))
			return json_member(doc, names_z[i]);
	return NULL;
}

/* 0; -1: out of memory; -2: this is no list of orders and no order. */
static int
add_document(struct shop *s, const json_t *doc, struct arena *a)
{
	const json_t *list = orders_in(doc), *page = json_member(doc, "page");
	int64_t total = json_i64(json_member(page, "totalElements"), 0);
	size_t n = json_array_size(list);
	int err = 0;

	if (total > 0 && (uint64_t)total > s->expected)
		s->expected = (uint64_t)total;
	for (size_t i = 0; err == 0 && list != NULL && i < n; i++) {
		const json_t *item = json_array_get(list, i);

		err = json_is_object(item) ? add_order(s, item, a) : -2;
	}
	if (list != NULL)
		return err;
	if (page != NULL)
		return 0; /* an empty page has no _embedded */
	if (!json_is_object(doc) || id_of(doc).len == 0)
		return -2;
	return add_order(s, doc, a);
}

static int
report(const char *name_z, struct str text, struct str where, FILE *err,
	const char *what_z)
{
	const struct diag_source src = { .name = name_z, .text = text };
	struct diag d = { .src = &src, .out = err };

	diag_error(&d, where, "%s", what_z);
	return -1;
}

/* Where jansson stumbles; the start of the document when it cannot say. */
static struct str
bad_place(struct str doc)
{
	json_error_t e;
	json_t *v = json_loadb(
		doc.ptr, doc.len, JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &e);

	json_decref(v);
	return v == NULL && e.position > 0 && (size_t)e.position <= doc.len
		       ? str_sub(doc, (size_t)e.position - 1, 1)
		       : str_sub(doc, 0, 1);
}

static struct str
skip_blanks(struct str s)
{
	while (s.len > 0 && (s.ptr[0] == '\n' || s.ptr[0] == ' ' || s.ptr[0] == '\t' ||
				    s.ptr[0] == '\r'))
		s = str_sub(s, 1, s.len);
	return s;
}

int
shop_parse(struct shop *s, const char *name_z, struct str text, struct arena *a,
	FILE *err, struct str *next)
{
	struct str rest = skip_blanks(str_starts(text, STR("\xef\xbb\xbf"))
					      ? str_sub(text, 3, text.len)
					      : text);

	if (next != NULL)
		*next = (struct str){ 0 };
	if (rest.len == 0)
		return report(name_z, text, str_sub(text, 0, 0), err, "no JSON here");
	while (rest.len > 0) {
		json_t *doc = NULL;
		size_t used = 0;
		int code;

		if (json_read(rest, &doc, &used) != JSON_OK || used == 0)
			return report(
				name_z, text, bad_place(rest), err, "this is no JSON");
		code = add_document(s, doc, a);
		if (next != NULL)
			*next = arena_copy(a,
				json_member_text(
					json_member(json_member(doc, "_links"), "next"),
					"href"));
		json_decref(doc);
		if (code != 0)
			return report(name_z, text, str_sub(rest, 0, 1), err,
				code == -1 ? "too many orders to hold in memory"
					   : "neither orders nor a page of them");
		rest = skip_blanks(str_sub(rest, used, rest.len));
	}
	return 0;
}

void
shop_end(struct shop *s, const char *name_z, FILE *err)
{
	if (s->expected > s->seen) {
		s->incomplete = true;
		fprintf(err,
			"gumshoe: %s: %llu of %llu orders are here: a page is missing\n",
			name_z, (unsigned long long)s->seen,
			(unsigned long long)s->expected);
	}
	if (s->nameless > 0) {
		s->incomplete = true;
		fprintf(err, "gumshoe: %s: orders without an id, left out: %llu\n",
			name_z, (unsigned long long)s->nameless);
	}
}
