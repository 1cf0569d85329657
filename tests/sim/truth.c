/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict of an order, the first row that holds. L is the last state in the logs, S
 * what the shop says, both or none of them may know the order; net = captured - refunded
 * (never below 0); done = S is SHIPPED, or PAID with a shipment; failed = PAYMENT_FAILED.
 *
 *   verdict                condition                                        action
 *   charged_not_fulfilled  net > 0, S or L knows it, not done               refund if L
 * or S failed; ship if paid; else ask charged_no_order       net > 0, neither S nor L
 * knows the order         refund charged_twice          net > 0, ≥ 2 captures, net >
 * total, done         refund already_refunded       refunded, net = 0 none
 *   authorised_only        net = 0, an authorisation                        ask
 *   amount_mismatch        net > 0, net ≠ total, done                       ask
 *   failed_not_charged     net = 0, L and S failed                          none
 *   recovered              L failed once, done now                          none
 *   stuck                  L created or pending for 10 min, S not done      ask
 *   failed_only_in_logs    L failed, S not failed and not done              ask
 *   failed_only_in_shop    S failed, L knows nothing or no failure          ask
 *   fulfilled_not_charged  done, net = 0                                    ask
 *   unknown                L created or pending, younger than 10 min        ask
 *   ok                     the rest                                         none
 *
 * A charge with status failed is no charge. A refunded row without a captured row of the
 * same order stands for a capture that was given back.
 */
#include "truth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "people.h"

#define STUCK_AFTER_NS (600 * NS_PER_S)

struct incident {
	struct incident *next;
	const char *rule, *service, *cause;
	char order_id[25];
	int64_t first_ns, last_ns;
	unsigned count, npm, killed;
	bool deaths;
	struct text orders;
};

struct truth {
	struct incident *first, **last;
	struct incident *outage;
};

struct judged {
	const char *verdict, *action;
};

struct truth *
truth_new(void)
{
	struct truth *t = calloc(1, sizeof(*t));

	if (t == NULL)
		die("out of memory");
	t->last = &t->first;
	return t;
}

void
truth_free(struct truth **pt)
{
	struct incident *i = (*pt)->first;

	while (i != NULL) {
		struct incident *next = i->next;

		text_free(&i->orders);
		free(i);
		i = next;
	}
	free(*pt);
	*pt = NULL;
}

struct incident *
truth_incident(struct world *w, const char *rule, const char *service, const char *cause)
{
	struct incident *i = calloc(1, sizeof(*i));

	if (i == NULL)
		die("out of memory");
	i->rule = rule;
	i->service = service;
	i->cause = cause;
	*w->truth->last = i;
	w->truth->last = &i->next;
	return i;
}

void
truth_count(struct incident *i, int64_t at_ns)
{
	if (i->count++ == 0)
		i->first_ns = at_ns;
	i->last_ns = at_ns;
}

void
truth_until(struct incident *i, int64_t at_ns)
{
	i->last_ns = at_ns;
}

void
truth_deaths(struct incident *i, bool npm, bool killed)
{
	i->deaths = true;
	i->npm += npm;
	i->killed += killed;
}

void
truth_outage(struct world *w, struct incident *i)
{
	w->truth->outage = i;
}

void
truth_order_failed(struct world *w, const struct order *o, int64_t at_ns)
{
	struct incident *i = w->truth->outage;

	if (i == NULL)
		die("order %s failed outside of an outage", o->id);
	text_fmt(&i->orders, "%s\"%s\"", i->count == 0 ? "" : ",", o->id);
	truth_count(i, at_ns);
}

static bool
is_open(const struct order *o)
{
	return o->ledger == STATE_CREATED || o->ledger == STATE_PENDING;
}

static bool
is_done(const struct order *o)
{
	return o->shop == STATE_SHIPPED || (o->shop == STATE_PAID && o->shipment);
}

static unsigned
net_of(const struct order *o)
{
	return o->captured_cents > o->refunded_cents
		       ? o->captured_cents - o->refunded_cents
		       : 0;
}

static struct judged
judge_charged(const struct order *o)
{
	bool failed = o->ledger == STATE_FAILED || o->shop == STATE_FAILED;
	bool paid = o->ledger == STATE_PAID || o->shop == STATE_PAID;

	if (o->shop == STATE_NONE && o->ledger == STATE_NONE)
		return (struct judged){ "charged_no_order", "refund" };
	if (!is_done(o))
		return (struct judged){ "charged_not_fulfilled", failed ? "refund"
								 : paid ? "ship"
									: "ask" };
	if (o->captured >= 2 && net_of(o) > o->cents)
		return (struct judged){ "charged_twice", "refund" };
	if (net_of(o) != o->cents)
		return (struct judged){ "amount_mismatch", "ask" };
	return (struct judged){ o->ever_failed ? "recovered" : "ok", "none" };
}

static struct judged
judge(const struct world *w, const struct order *o)
{
	if (net_of(o) > 0)
		return judge_charged(o);
	if (o->refunded)
		return (struct judged){ "already_refunded", "none" };
	if (o->authorized)
		return (struct judged){ "authorised_only", "ask" };
	if (o->ledger == STATE_FAILED && o->shop == STATE_FAILED)
		return (struct judged){ "failed_not_charged", "none" };
	if (o->ever_failed && is_done(o))
		return (struct judged){ "recovered", "none" };
	if (is_open(o) && !is_done(o))
		return (struct judged){
			w->to_ns - o->created_ns >= STUCK_AFTER_NS ? "stuck" : "unknown",
			"ask"
		};
	if (o->ledger == STATE_FAILED)
		return (struct judged){ "failed_only_in_logs", "ask" };
	if (o->shop == STATE_FAILED)
		return (struct judged){ "failed_only_in_shop", "ask" };
	if (is_done(o))
		return (struct judged){ "fulfilled_not_charged", "ask" };
	return (struct judged){ "ok", "none" };
}

static const char *
charge_state(const struct order *o)
{
	if (net_of(o) > 0)
		return "captured";
	if (o->refunded)
		return "refunded";
	if (o->authorized)
		return "authorized";
	return o->refused ? "failed" : "none";
}

static void
json_time(struct text *t, const char *key, int64_t at_ns)
{
	text_fmt(t, ",\"%s\":\"", key);
	text_time(t, at_ns, TEXT_NANOS);
	text_char(t, '"');
}

static void
json_incident(struct text *t, struct incident *i)
{
	text_fmt(t, "{\"rule\":\"%s\",\"key\":{", i->rule);
	if (i->order_id[0] != '\0')
		text_fmt(t, "\"order_id\":\"%s\"}", i->order_id);
	else if (i->service != NULL)
		text_fmt(
			t, "\"namespace\":\"sock-shop\",\"service\":\"%s\"}", i->service);
	else
		text_str(t, "\"namespace\":\"sock-shop\"}");
	json_time(t, "first_at", i->first_ns);
	json_time(t, "last_at", i->last_ns);
	text_fmt(t, ",\"count\":%u", i->count);
	if (i->orders.len > 0)
		text_fmt(t, ",\"orders\":[%s]", text_cstr(&i->orders));
	if (i->deaths)
		text_fmt(t, ",\"deaths\":{\"restarts\":%u,\"npm\":%u,\"killed\":%u}",
			i->count, i->npm, i->killed);
	if (i->cause != NULL)
		text_fmt(t, ",\"causes\":[\"%s\"]}", i->cause);
	else
		text_str(t, ",\"causes\":[]}");
}

static void
json_order(struct world *w, struct text *t, const struct order *o)
{
	static const char *const ledger[] = { "none", "created", "pending", "paid",
		"failed", "shipped" };
	static const char *const shop[] = { "none", "CREATED", "PENDING", "PAID",
		"PAYMENT_FAILED", "SHIPPED" };
	struct judged j = judge(w, o);

	text_fmt(t, "{\"order_id\":\"%s\",\"ledger_state\":\"%s\",\"shop_state\":\"%s\",",
		o->id, ledger[o->ledger], shop[o->shop]);
	text_fmt(t, "\"charge_state\":\"%s\",\"verdict\":\"%s\",\"action\":\"%s\",",
		charge_state(o), j.verdict, j.action);
	text_fmt(t, "\"amount_cents\":%u,\"customer_id\":\"%s\"}", o->cents,
		o->shop == STATE_NONE && o->ledger == STATE_NONE
			? ""
			: people_get(w->people, o->person)->id);
}

/* Orders that the logs leave open for ten minutes are incidents of their own. */
static void
add_stuck(struct world *w)
{
	for (size_t n = 0; n < shop_orders(w->shop); n++) {
		const struct order *o = shop_get(w->shop, n);
		struct incident *i;

		if (!is_open(o) || w->to_ns - o->created_ns < STUCK_AFTER_NS)
			continue;
		i = truth_incident(w, "stuck_order", NULL, NULL);
		memcpy(i->order_id, o->id, sizeof(i->order_id));
		truth_count(i, o->created_ns);
	}
}

void
truth_finish(struct world *w)
{
	struct text t = { 0 };
	FILE *f = fdopen(world_open(w->opt->out, "truth.json"), "w");
	const char *comma = "";

	add_stuck(w);
	text_fmt(&t, "{\"seed\":%llu", (unsigned long long)w->opt->seed);
	json_time(&t, "from", w->from_ns);
	json_time(&t, "to", w->to_ns);
	text_str(&t, ",\n\"incidents\":[");
	for (struct incident *i = w->truth->first; i != NULL; i = i->next, comma = ",") {
		text_fmt(&t, "%s\n", comma);
		json_incident(&t, i);
	}
	text_str(&t, "],\n\"orders\":[");
	for (size_t i = 0; i < shop_orders(w->shop); i++) {
		text_str(&t, i == 0 ? "\n" : ",\n");
		json_order(w, &t, shop_get(w->shop, i));
	}
	text_str(&t, "],\n\"canaries\":[");
	people_canaries(w->people, &t);
	text_fmt(&t, "],\n\"lines\":%llu,\"bytes\":%llu}\n",
		(unsigned long long)w->records, (unsigned long long)w->bytes);
	if (f == NULL || fwrite(t.ptr, 1, t.len, f) != t.len || fclose(f) != 0)
		die("cannot write truth.json");
	text_free(&t);
}
