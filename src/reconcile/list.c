/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joins ledger, shop and gateway by order id: who is known to any of them gets a line.
 */
#include "reconcile/reconcile.h"

#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/money.h"
#include "reconcile/charges.h"
#include "reconcile/group.h"
#include "reconcile/history.h"
#include "reconcile/shop.h"
#include "reconcile/verdict.h"

#define ORDERS_MAX   ((size_t)4000000)
#define REASON_BYTES ((size_t)64 << 10)

struct join {
	struct store *store;
	const struct reconcile_conf *conf;
	struct arena *arena;
	struct history history;
	struct shop shop;
	struct charges charges;
	struct map *incidents; /* order id -> struct of_incident */
	struct order_line *lines;
	int64_t *begun_ns; /* of each line, for the groups */
	size_t n;
};

struct of_incident {
	struct str id;
	int level;
};

/* One order and what each side says; NULL: that side does not know it. */
struct sides {
	struct str id;
	const struct history_order *h;
	const struct shop_order *s;
	const struct charge *c;
};

static int
tie(struct join *j, struct str order, const struct of_incident *to)
{
	void **slot = map_put(j->incidents, order, NULL);
	struct of_incident *have;

	if (slot == NULL)
		return -1;
	have = *slot;
	if (have != NULL && have->level >= to->level)
		return 0;
	have = arena_alloc(j->arena, sizeof(*have));
	if (have == NULL)
		return -1;
	*have = *to;
	*slot = have;
	return 0;
}

/* Incidents know their orders as counted values or as their key. */
static int
load_incident(struct join *j, const struct incident_row *i)
{
	struct of_incident to = { .id = arena_copy(j->arena, i->id), .level = i->level };
	struct store_query *q = store_incident_values(j->store, i->id);
	struct str value;
	int err = q == NULL ? -1 : 0;

	for (size_t k = 0; err == 0 && k < i->n_key; k++)
		if (str_eq(i->key[k].name, STR("order_id")))
			err = tie(j, i->key[k].value, &to);
	while (err == 0 && store_next_value(q, &value))
		err = tie(j, value, &to);
	if (q != NULL)
		store_query_free(&q);
	return err;
}

static int
load_incidents(struct join *j)
{
	struct store_query *q = store_incidents(j->store, (struct str){ 0 });
	struct incident_row i;
	int err = 0;

	j->incidents = map_new(ORDERS_MAX);
	if (q == NULL || j->incidents == NULL)
		err = -1;
	while (err == 0 && store_next_incident(q, &i))
		if (!str_eq(i.state, STR("superseded")))
			err = load_incident(j, &i);
	if (q != NULL && store_query_failed(q))
		err = -1;
	store_query_free(&q);
	return err;
}

static int64_t
least(int64_t a, int64_t b)
{
	if (a == TIME_NONE || b == TIME_NONE)
		return a == TIME_NONE ? b : a;
	return a < b ? a : b;
}

static int64_t
began(const struct sides *o)
{
	int64_t at_ns = o->h != NULL ? o->h->first_ns : TIME_NONE;

	if (o->s != NULL)
		at_ns = least(at_ns, o->s->date_ns);
	return o->c != NULL && o->h == NULL && o->s == NULL ? o->c->first_ns : at_ns;
}

static int64_t
ended(const struct sides *o)
{
	int64_t at_ns = o->h != NULL ? o->h->last_ns : TIME_NONE;

	if (o->s != NULL && o->s->date_ns > at_ns)
		at_ns = o->s->date_ns;
	return o->c != NULL && o->c->last_ns > at_ns ? o->c->last_ns : at_ns;
}

/* What the order costs: the shop knows best, then the logs. */
static bool
cost(const struct sides *o, int64_t *out)
{
	if (o->s != NULL && o->s->has_total) {
		*out = o->s->total;
		return true;
	}
	return o->h != NULL && o->h->amount.len > 0 &&
	       money_parse_loose(o->h->amount, out);
}

static enum charge_state
charge_of(const struct join *j, const struct sides *o)
{
	int64_t net, want;

	if (j->conf->charges_z == NULL)
		return CHARGE_UNKNOWN;
	if (o->c == NULL)
		return CHARGE_NONE;
	net = charge_net(o->c);
	if (net == 0 && o->c->refunds > 0)
		return CHARGE_REFUNDED;
	if (net == 0)
		return o->c->authorised ? CHARGE_AUTHORISED : CHARGE_NONE;
	if (!cost(o, &want))
		want = o->c->largest;
	if (o->c->captures >= 2 && net > want)
		return CHARGE_TWICE;
	return net == want && !o->c->mixed ? CHARGE_RIGHT : CHARGE_WRONG;
}

static enum shop_state
shop_of(const struct join *j, const struct sides *o)
{
	if (j->conf->orders_z == NULL)
		return SHOP_UNKNOWN;
	if (o->s != NULL)
		return o->s->state;
	return j->shop.incomplete ? SHOP_UNKNOWN : SHOP_NONE;
}

/* What the order costs; of what is to be given back or shipped, what was taken. */
static void
set_amount(struct order_line *l, const struct sides *o)
{
	l->has_amount = cost(o, &l->amount_cents);
	if (o->c == NULL ||
		(l->has_amount && l->verdict != VERDICT_CHARGED_NOT_FULFILLED))
		return;
	l->amount_cents = charge_net(o->c) > 0 ? charge_net(o->c) : o->c->largest;
	l->has_amount = true;
}

static struct str
charge_text(const struct join *j, const struct sides *o)
{
	if (j->conf->charges_z == NULL)
		return STR("unknown");
	if (o->c == NULL)
		return STR("none");
	if (charge_net(o->c) > 0)
		return STR("captured");
	if (o->c->refunds > 0)
		return STR("refunded");
	if (o->c->authorised)
		return STR("authorized");
	return o->c->failed ? STR("failed") : STR("none");
}

static struct str
shop_text(const struct sides *o, enum shop_state state)
{
	if (o->s == NULL)
		return state == SHOP_NONE ? STR("none") : STR("unknown");
	return o->s->status.len > 0 ? o->s->status : STR("no status");
}

/* Money was taken, and not what the order costs. */
static bool
differs(const struct order_line *l, const struct sides *o)
{
	int64_t want;

	if (l->verdict == VERDICT_CHARGED_TWICE || l->verdict == VERDICT_AMOUNT_MISMATCH)
		return true;
	return l->verdict == VERDICT_CHARGED_NOT_FULFILLED &&
	       (o->c->mixed || (cost(o, &want) && want != charge_net(o->c)));
}

/* Why the amounts differ, for people, behind why the order failed. */
static int
set_difference(struct join *j, struct order_line *l, const struct sides *o)
{
	struct buf b;
	int64_t want;

	if (!differs(l, o))
		return 0;
	buf_init(&b, REASON_BYTES);
	if (l->verdict == VERDICT_CHARGED_NOT_FULFILLED && l->reason.len > 0) {
		buf_add(&b, l->reason);
		buf_add(&b, STR("; "));
	}
	buf_add(&b, STR("charged "));
	money_format(&b, charge_net(o->c));
	if (o->c->captures > 1)
		buf_printf(&b, " in %u charges", o->c->captures);
	if (cost(o, &want)) {
		buf_add(&b, STR(", the order costs "));
		money_format(&b, want);
	}
	if (o->c->mixed)
		buf_add(&b, STR(", in several currencies"));
	l->reason = arena_copy(j->arena, buf_str(&b));
	buf_fini(&b);
	return l->reason.ptr == NULL ? -1 : 0;
}

static bool
in_window(const struct join *j, const struct sides *o)
{
	int64_t from_ns = began(o), to_ns = ended(o);

	if (j->conf->since_ns != TIME_NONE && to_ns != TIME_NONE &&
		to_ns < j->conf->since_ns)
		return false;
	return j->conf->until_ns == TIME_NONE || from_ns == TIME_NONE ||
	       from_ns <= j->conf->until_ns;
}

static void
set_facts(struct join *j, struct order_line *l, const struct sides *o)
{
	void **incident = o->id.len > 0 ? map_get(j->incidents, o->id) : NULL;

	l->order_id = o->id;
	l->first_failed_ns = TIME_NONE;
	l->last_ns = ended(o);
	if (o->h != NULL) {
		l->reason = o->h->reason;
		l->customer_id = o->h->customer;
		l->first_failed_ns = o->h->first_failed_ns;
		l->attempts = o->h->attempts;
	}
	if (o->s != NULL && o->s->customer_id.len > 0)
		l->customer_id = o->s->customer_id;
	if (o->c != NULL) {
		l->charge_id = o->c->ids;
		l->currency = o->c->currency;
	}
	if (incident != NULL)
		l->incident_id = ((const struct of_incident *)*incident)->id;
}

static int
add_line(struct join *j, const struct sides *o)
{
	struct order_line *l = &j->lines[j->n];
	enum ledger_state ledger;
	enum shop_state shop = shop_of(j, o);
	struct judgement judged;

	if (!in_window(j, o))
		return 0;
	ledger = o->h != NULL ? o->h->ledger : history_absent(&j->history, began(o));
	set_facts(j, l, o);
	judged = verdict_judge(ledger, shop, charge_of(j, o));
	l->verdict = judged.verdict;
	l->action = judged.action;
	set_amount(l, o);
	l->ledger_state = STR("none");
	if (o->h != NULL)
		l->ledger_state = o->h->state.len > 0 ? o->h->state : STR("unknown");
	l->shop_state = shop_text(o, shop);
	l->charge_state = charge_text(j, o);
	j->begun_ns[j->n++] = began(o);
	return set_difference(j, l, o);
}

/* Known by its trace only: still money. */
static void
add_unidentified(struct join *j, const struct history_order *h)
{
	struct order_line *l = &j->lines[j->n];
	struct sides o = { .h = h };
	struct str rest = h->fallback;

	if (!in_window(j, &o))
		return;
	set_facts(j, l, &o);
	l->verdict = VERDICT_UNIDENTIFIED;
	l->action = ACTION_ASK;
	set_amount(l, &o);
	l->ledger_state = h->state;
	l->shop_state = STR("unknown");
	l->charge_state = STR("unknown");
	if (str_eq(str_cut(&rest, '='), STR("trace_id")))
		l->trace_id = rest;
	else
		l->trace_id = h->fallback;
	j->begun_ns[j->n++] = h->first_ns;
}

static int
add_lines(struct join *j)
{
	const struct shop_order *s;
	size_t pos = 0;
	void *value;
	int err = 0;

	for (size_t i = 0; err == 0 && i < j->history.n; i++) {
		const struct history_order *h = j->history.list[i];

		if (h->id.len == 0) {
			add_unidentified(j, h);
			continue;
		}
		err = add_line(j, &(struct sides){ h->id, h, shop_find(&j->shop, h->id),
					  charges_find(&j->charges, h->id) });
	}
	while (err == 0 && j->shop.by_id != NULL &&
		map_next(j->shop.by_id, &pos, NULL, &value)) {
		s = value;
		if (history_find(&j->history, s->id) == NULL)
			err = add_line(j, &(struct sides){ s->id, NULL, s,
						  charges_find(&j->charges, s->id) });
	}
	for (size_t i = 0; err == 0 && i < j->charges.n; i++) {
		const struct charge *c = j->charges.list[i];

		if (history_find(&j->history, c->order_id) == NULL &&
			shop_find(&j->shop, c->order_id) == NULL)
			err = add_line(j, &(struct sides){ c->order_id, NULL, NULL, c });
	}
	return err;
}

static void
add_total(struct order_total *t, const struct order_line *l)
{
	t->orders++;
	if (!l->has_amount)
		return;
	t->has_amount = true;
	if (l->amount_cents > 0)
		t->cents = money_add(t->cents, l->amount_cents);
	if (t->currency.len == 0)
		t->currency = l->currency;
	t->mixed = t->mixed || (l->currency.len > 0 && !str_eq(t->currency, l->currency));
}

static int
judge_all(struct join *j, struct order_list *out)
{
	size_t most = j->history.n + (size_t)j->shop.seen + j->charges.n;
	size_t n = 0;

	j->lines = arena_alloc(j->arena, (most + 1) * sizeof(*j->lines));
	j->begun_ns = arena_alloc(j->arena, (most + 1) * sizeof(*j->begun_ns));
	if (j->lines == NULL || j->begun_ns == NULL || add_lines(j) != 0 ||
		group_find(j->lines, j->begun_ns, j->n, j->arena) != 0)
		return -1;
	for (size_t i = 0; i < j->n; i++) {
		const struct order_line *l = &j->lines[i];

		add_total(&out->total[l->verdict], l);
		if (j->conf->all || l->verdict != VERDICT_OK)
			j->lines[n++] = *l;
	}
	out->lines = j->lines;
	out->n = n;
	return group_sort(out->lines, n, j->arena);
}

/* -1 with nothing said: the store failed or memory is out. -2: it was said. */
static int
load(struct join *j, FILE *err)
{
	if (j->conf->orders_z != NULL && j->conf->charges_z != NULL &&
		strcmp(j->conf->orders_z, "-") == 0 &&
		strcmp(j->conf->charges_z, "-") == 0) {
		fputs("gumshoe: only one of --orders and --charges can be standard input\n",
			err);
		return -2;
	}
	if (j->conf->orders_z != NULL &&
		shop_load(j->conf->orders_z, j->arena, err, &j->shop) != 0)
		return -2;
	if (j->conf->charges_z != NULL &&
		charges_load(j->conf->charges_z, j->conf->columns_z, j->arena, err,
			&j->charges) != 0)
		return -2;
	if (history_load(j->store, j->conf->until_ns, j->arena, &j->history) != 0)
		return -1;
	return load_incidents(j);
}

int
reconcile_run(struct store *s, const struct reconcile_conf *conf, struct arena *a,
	FILE *err, struct order_list *out)
{
	struct join j = { .store = s, .conf = conf, .arena = a };
	bool begun = store_begin(s) == 0;
	int code;

	*out = (struct order_list){ .has_shop = conf->orders_z != NULL,
		.has_charges = conf->charges_z != NULL };
	code = load(&j, err);
	if (code == 0)
		code = judge_all(&j, out);
	if (code == -1)
		fprintf(err, "gumshoe: reconcile: %s\n",
			store_error_z(s)[0] != '\0' ? store_error_z(s) : "out of memory");
	out->shop_orders = j.shop.seen;
	out->shop_expected = j.shop.expected;
	out->shop_incomplete = j.shop.incomplete;
	out->charge_rows = j.charges.rows;
	if (begun && store_commit(s) != 0)
		store_rollback(s);
	shop_fini(&j.shop);
	charges_fini(&j.charges);
	history_fini(&j.history);
	if (j.incidents != NULL)
		map_free(&j.incidents);
	return code == 0 ? 0 : -1;
}
