/* SPDX-License-Identifier: Apache-2.0 */
#include "orders.h"

#include <stdio.h>
#include <string.h>

#include "checkout.h"
#include "gokit.h"
#include "kube.h"
#include "people.h"
#include "spring.h"
#include "truth.h"

#define CONTROLLER "w.w.s.o.controllers.OrdersController"
#define LIMIT      10500u

struct checkout {
	struct ticket ticket;
	struct request request;
	struct order *order;
	struct person *person;
};

struct basket
order_basket(struct world *w)
{
	struct basket b;

	do {
		b = (struct basket){ .len = 1 + rng_below(&w->fate, 2) };
		for (unsigned i = 0; i < b.len; i++) {
			b.item[i] = (rng_below(&w->fate, 4) + i * 4) % shop_items();
			b.quantity[i] = 1 + rng_below(&w->fate, 2);
		}
	} while (basket_cents(&b) > LIMIT);
	return b;
}

static struct text *
say_begin(struct world *w, const struct checkout *c, int64_t at_ns, const char *level)
{
	return spring_line(w, ORDERS, at_ns, &c->request, level, CONTROLLER);
}

static void
say_status(struct world *w, const struct checkout *c, int64_t at_ns, const char *rest)
{
	text_fmt(say_begin(w, c, at_ns, "INFO"), "Order %s %s", c->order->id, rest);
	world_say(w, ORDERS, at_ns, STDOUT);
	c->order->last_ns = at_ns;
}

/* with_id: as the fixed image says it; without it is upstream's text. */
static void
say_request(struct world *w, const struct checkout *c, int64_t at_ns, bool with_id)
{
	struct person *p = c->person;
	struct text *t = say_begin(w, c, at_ns, "INFO");

	if (with_id)
		text_fmt(t, "Sending payment request for order %s: ", c->order->id);
	else
		text_str(t, "Sending payment request: ");
	text_fmt(t,
		"PaymentRequest{address=Address{id=null, number='%u', street='%s', city='%s',",
		p->house, p->street, p->city);
	text_fmt(t, " country='US', postcode='12345'}, card=Card{id=null, longNum='%s',",
		p->card);
	text_fmt(t,
		" expires='%s', ccv='%s'}, customer=Customer{id=null, firstName='%s',",
		p->expires, p->ccv, p->first);
	text_fmt(t, " lastName='%s', username='%s', addresses=[], cards=[]}}", p->last,
		p->username);
	world_say(w, ORDERS, at_ns, STDOUT);
	p->card_shown = true;
}

static void
say_response(struct world *w, const struct checkout *c, int64_t at_ns, bool authorised,
	const char *message)
{
	struct text *t = say_begin(w, c, at_ns, "INFO");

	if (c->order != NULL)
		text_fmt(t, "Received payment response for order %s: ", c->order->id);
	else
		text_str(t, "Received payment response: ");
	text_fmt(t, "PaymentResponse{authorised=%s, message=%s}",
		authorised ? "true" : "false", message);
	world_say(w, ORDERS, at_ns, STDOUT);
	gokit_say(w, PAYMENT, at_ns - rng_range(&w->rng, 1, 19) * NS_PER_MS,
		"logging.go:25",
		authorised ? "method=Authorise result=true"
			   : "method=Authorise result=false",
		rng_range(&w->rng, 700, 800000));
}

static void
book(struct world *w, const struct checkout *c, bool paid, int64_t at_ns)
{
	struct order *o = c->order;
	struct shop *s = w->shop;
	enum money m = c->ticket.money;

	if (m == MONEY_RIGHT && !paid)
		return;
	switch (m) {
	case MONEY_NONE:
		break;
	case MONEY_RETURNED_ONE_ROW:
		shop_charge(s, o, o->cents, CHARGE_REFUNDED, at_ns);
		break;
	case MONEY_HELD:
		shop_charge(s, o, o->cents, CHARGE_AUTHORIZED, at_ns);
		break;
	case MONEY_REFUSED:
		shop_charge(s, o, o->cents, CHARGE_FAILED, at_ns);
		break;
	case MONEY_WRONG:
		shop_charge(s, o, o->cents + 100, CHARGE_CAPTURED, at_ns);
		break;
	case MONEY_TWICE:
	case MONEY_RETURNED:
	case MONEY_RIGHT:
	case MONEY_TAKEN:
		shop_charge(s, o, o->cents, CHARGE_CAPTURED, at_ns);
		break;
	}
	if (m == MONEY_TWICE)
		shop_charge(s, o, o->cents, CHARGE_CAPTURED, at_ns + 2 * NS_PER_S);
	if (m == MONEY_RETURNED)
		shop_charge(s, o, o->cents, CHARGE_REFUNDED, at_ns + 90 * NS_PER_S);
}

static void
ship(struct world *w, struct checkout *c, int64_t at_ns)
{
	int64_t done = at_ns + rng_range(&w->fate, 90, 1400) * NS_PER_MS;

	world_sayf(w, SHIPPING, at_ns + 6 * NS_PER_MS, STDOUT,
		"Adding shipment to queue...");
	world_sayf(w, QUEUE_MASTER, at_ns + 19 * NS_PER_MS, STDOUT,
		"Received shipment task: %s", c->person->id);
	c->order->shipment = true;
	c->order->ledger = STATE_SHIPPED;
	c->order->shop = rng_once_in(&w->fate, 3) ? STATE_SHIPPED : STATE_PAID;
	say_status(w, c, done, "shipped successfully");
	checkout_done(w, done + 15 * NS_PER_MS, c->order);
}

static void
time_out(struct world *w, const struct checkout *c, int64_t at_ns)
{
	struct request outside = { .thread = c->request.thread };
	int64_t at = at_ns + 5100 * NS_PER_MS;

	(void)spring_trace(w, ORDERS, at - 4 * NS_PER_MS, true,
		"java.util.concurrent.TimeoutException", NULL);
	text_str(spring_line(w, ORDERS, at, &outside, "ERROR",
			 "o.a.c.c.C.[.[.[/].[dispatcherServlet]"),
		"Servlet.service() for servlet [dispatcherServlet] in context with path [] threw "
		"exception [Request processing failed; nested exception is "
		"java.lang.IllegalStateException: Unable to create order due to timeout from one "
		"of the services.] with root cause");
	world_say(w, ORDERS, at, STDOUT);
	(void)spring_trace(w, ORDERS, at, false,
		"java.lang.IllegalStateException: Unable to create order due to timeout from one "
		"of the services.",
		NULL);
	checkout_failed(w, at + 20 * NS_PER_MS,
		"Unable to create order due to timeout from one of the services.");
}

static void
pay(struct world *w, struct checkout *c, int64_t at_ns)
{
	struct order *o = c->order;

	say_response(w, c, at_ns, true, "Payment authorised");
	say_status(w, c, at_ns + 4 * NS_PER_MS,
		"payment successful, status updated to PAID");
	o->ledger = o->shop = STATE_PAID;
	book(w, c, true, at_ns);
	if (c->ticket.fate == FATE_TIMEOUT)
		time_out(w, c, at_ns + 8 * NS_PER_MS);
	else
		ship(w, c, at_ns + 8 * NS_PER_MS);
}

/* The same order once more. */
static void
pay_again(struct world *w, void *arg)
{
	struct checkout *c = arg;

	c->request = spring_request(&w->fate);
	say_request(w, c, w->now_ns, true);
	pay(w, c, w->now_ns + rng_range(&w->fate, 20, 200) * NS_PER_MS);
}

static void
say_failure(struct world *w, const struct checkout *c, int64_t at_ns)
{
	static const char reason[] =
		"org.springframework.web.client.ResourceAccessException: I/O error on POST request "
		"for \"http://payment/paymentAuth\": Connection refused (Connection refused); "
		"nested exception is java.net.ConnectException: Connection refused (Connection "
		"refused)";
	struct request outside = { .thread = c->request.thread,
		.exact = c->request.exact };
	char refusal[128];
	int64_t at = at_ns + 61 * NS_PER_MS;
	struct text *t;

	text_fmt(say_begin(w, c, at_ns, "ERROR"), "Payment failed for order %s: %s",
		c->order->id, reason);
	world_say(w, ORDERS, at_ns, STDOUT);
	(void)spring_trace(w, ORDERS, at_ns + NS_PER_MS, true, reason,
		"java.net.ConnectException: Connection refused (Connection refused)");
	text_fmt(say_begin(w, c, at_ns + 59 * NS_PER_MS, "WARN"),
		"Order %s status updated to PAYMENT_FAILED due to: Connection refused",
		c->order->id);
	world_say(w, ORDERS, at_ns + 59 * NS_PER_MS, STDOUT);
	(void)snprintf(refusal, sizeof(refusal),
		"Payment service unavailable for order %s", c->order->id);
	t = spring_line(w, ORDERS, at, &outside, "ERROR",
		"o.a.c.c.C.[.[.[/].[dispatcherServlet]");
	text_fmt(t,
		"Servlet.service() for servlet [dispatcherServlet] in context with path [] threw "
		"exception [Request processing failed; nested exception is "
		"java.lang.IllegalStateException: %s] with root cause",
		refusal);
	world_say(w, ORDERS, at, STDOUT);
	checkout_failed(w, at + 20 * NS_PER_MS, refusal);
	t = world_line(w);
	text_fmt(t, "java.lang.IllegalStateException: %s", refusal);
	(void)snprintf(refusal, sizeof(refusal), "%s", text_cstr(t));
	(void)spring_trace(w, ORDERS, at, false, refusal, NULL);
}

static void
fail(struct world *w, struct checkout *c, int64_t at_ns)
{
	struct order *o = c->order;

	say_failure(w, c, at_ns);
	truth_order_failed(w, o, at_ns);
	o->ledger = STATE_FAILED;
	o->shop = c->ticket.lost ? STATE_PENDING : STATE_FAILED;
	o->ever_failed = true;
	o->failed_ns = at_ns;
	o->last_ns = at_ns + 59 * NS_PER_MS;
	if (c->ticket.heals_in_ns > 0)
		world_at(w, w->now_ns + c->ticket.heals_in_ns, pay_again, c);
	else
		book(w, c, false, at_ns - 800 * NS_PER_MS);
}

static void
refuse(struct world *w, struct checkout *c, int64_t at_ns)
{
	char message[160];

	if (c->ticket.fate == FATE_DECLINED)
		(void)snprintf(message, sizeof(message),
			"Payment declined: amount exceeds 105.00");
	else
		(void)snprintf(message, sizeof(message),
			"Payment gateway error: Post \"http://stripe-mock/v1/charges\": dial tcp "
			"10.96.196.183:80: connect: connection refused");
	say_response(w, c, at_ns, false, message);
	checkout_declined(w, at_ns + 12 * NS_PER_MS);
}

static void
settle(struct world *w, struct checkout *c, int64_t at_ns)
{
	const struct ticket *t = &c->ticket;

	if (t->fate == FATE_LATE) {
		refuse(w, c, at_ns + 120 * NS_PER_MS);
		world_at(w, w->now_ns + 360 * NS_PER_S, pay_again, c);
	} else if (t->fate == FATE_STUCK_PENDING) {
		book(w, c, false, at_ns);
	} else if (w->run[PAYMENT] == NULL) {
		fail(w, c,
			t->fails_in_ns > 0
				? c->order->date_ns + t->fails_in_ns
				: at_ns + rng_range(&w->fate, 900, 2800) * NS_PER_MS);
	} else {
		pay(w, c, at_ns + rng_range(&w->fate, 8, 330) * NS_PER_MS);
	}
}

/* The moment the order gets its id. */
static void
create(struct world *w, void *arg)
{
	struct checkout *c = arg;
	struct order *o = c->order = shop_order(w->shop, w->now_ns);
	int64_t at = w->now_ns + rng_range(&w->fate, 20, 72) * NS_PER_MS;

	o->person = c->ticket.person;
	o->basket = c->ticket.basket;
	o->cents = basket_cents(&o->basket);
	o->created_ns = o->last_ns = at;
	o->ledger = o->shop = STATE_CREATED;
	text_fmt(say_begin(w, c, at, "INFO"),
		"Order created with ID: %s and status: Created", o->id);
	world_say(w, ORDERS, at, STDOUT);
	if (c->ticket.fate == FATE_STUCK_CREATED) {
		book(w, c, false, at);
		return;
	}
	say_status(w, c, at + 10 * NS_PER_MS, "status updated to PENDING");
	o->ledger = o->shop = STATE_PENDING;
	say_request(w, c, at + 11 * NS_PER_MS, true);
	settle(w, c, at + 12 * NS_PER_MS);
}

static void
create_nothing(struct world *w, void *arg)
{
	struct checkout *c = arg;

	say_request(w, c, w->now_ns, false);
	refuse(w, c, w->now_ns + rng_range(&w->fate, 8, 120) * NS_PER_MS);
}

static void
say_async(struct world *w, const struct checkout *c, int64_t at_ns, unsigned n)
{
	static const char *const paths[] = { "addresses", "customers", "cards" };
	struct person *p = c->person;
	const char *ids[] = { p->address_id, p->id, p->card_id };
	const char *logger = "w.w.s.orders.services.AsyncGetService";
	int64_t later = at_ns + rng_range(&w->rng, 4, 40) * NS_PER_MS;
	struct text *t = spring_line(w, ORDERS, at_ns, &c->request, "INFO", logger);

	text_fmt(t, "Requesting: <GET http://user/%s/%s,{Accept=[application/hal+json]}>",
		paths[n], ids[n]);
	world_say(w, ORDERS, at_ns, STDOUT);
	t = spring_line(w, ORDERS, at_ns + NS_PER_MS, &c->request, "INFO", logger);
	text_fmt(t,
		"Requesting with type: org.springframework.hateoas."
		"SyntheticParameterizedTypeReference<org.springframework.hateoas.Resource<"
		"SyntheticParameterizedType@%08x>>",
		(unsigned)rng_next(&w->rng));
	world_say(w, ORDERS, at_ns + NS_PER_MS, STDOUT);
	t = spring_line(w, ORDERS, later, &c->request, "INFO", logger);
	if (n == 2)
		text_fmt(t,
			"Received: Resource { content: Card{id=null, longNum='%s', "
			"expires='%s', ccv='%s'}",
			p->card, p->expires, p->ccv);
	else
		text_fmt(t, "Received: Resource { content: %s",
			n == 0 ? "Address{id=null, street='…'}" : "Customer{id=null}");
	text_fmt(t, ", links: [<http://user/%s/%s>;rel=\"self\"] }", paths[n], ids[n]);
	world_say(w, ORDERS, later, STDOUT);
}

/* The click. */
static void
begin(struct world *w, void *arg)
{
	static const char *const steps[] = { "Starting calls addressFuture",
		"Starting calls customerFuture", "Starting calls cardFuture",
		"Starting calls itemsFuture", "End of calls." };
	struct checkout *c = arg;
	int64_t at = w->now_ns + 25 * NS_PER_MS, due = c->ticket.date_ns;
	bool nameless = c->ticket.fate == FATE_DECLINED || c->ticket.fate == FATE_GATEWAY;

	c->person = people_get(w->people, c->ticket.person);
	c->request = spring_request(&w->fate);
	c->request.exact = due != 0;
	checkout_begin(w, w->now_ns, c->person);
	user_lookups(w, at + 6 * NS_PER_MS, c->person);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		at += 2 * NS_PER_MS;
		text_str(say_begin(w, c, at, "INFO"), steps[i]);
		world_say(w, ORDERS, at, STDOUT);
	}
	for (unsigned n = 0; n < 3; n++)
		say_async(w, c, w->now_ns + (30 + (int64_t)n * 3) * NS_PER_MS, n);
	if (due == 0)
		due = w->now_ns + rng_range(&w->fate, 110, 480) * NS_PER_MS;
	world_at(w, due, nameless ? create_nothing : create, c);
}

void
order_place(struct world *w, const struct ticket *t)
{
	struct checkout *c = world_keep(w, sizeof(*c));

	c->ticket = *t;
	world_at(w, t->date_ns == 0 ? w->now_ns : t->date_ns - 400 * NS_PER_MS, begin, c);
}
