/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first verdict that holds, in the order of enum verdict. A unit test holds every
 * cell of doc/verdicts.md against this file.
 */
#include "reconcile/verdict.h"

const struct str verdict_names[VERDICT_COUNT] = {
	[VERDICT_CHARGED_NOT_FULFILLED] = { "charged_not_fulfilled", 21 },
	[VERDICT_CHARGED_NO_ORDER] = { "charged_no_order", 16 },
	[VERDICT_CHARGED_TWICE] = { "charged_twice", 13 },
	[VERDICT_ALREADY_REFUNDED] = { "already_refunded", 16 },
	[VERDICT_AUTHORISED_ONLY] = { "authorised_only", 15 },
	[VERDICT_AMOUNT_MISMATCH] = { "amount_mismatch", 15 },
	[VERDICT_FAILED_NOT_CHARGED] = { "failed_not_charged", 18 },
	[VERDICT_FAILED_CHARGE_UNKNOWN] = { "failed_charge_unknown", 21 },
	[VERDICT_RECOVERED] = { "recovered", 9 },
	[VERDICT_STUCK] = { "stuck", 5 },
	[VERDICT_FAILED_ONLY_IN_LOGS] = { "failed_only_in_logs", 19 },
	[VERDICT_FAILED_ONLY_IN_SHOP] = { "failed_only_in_shop", 19 },
	[VERDICT_FULFILLED_NOT_CHARGED] = { "fulfilled_not_charged", 21 },
	[VERDICT_UNKNOWN] = { "unknown", 7 },
	[VERDICT_UNIDENTIFIED] = { "unidentified", 12 },
	[VERDICT_OK] = { "ok", 2 },
};

const struct str action_names[] = {
	[ACTION_REFUND] = { "refund", 6 },
	[ACTION_SHIP] = { "ship", 4 },
	[ACTION_ASK] = { "ask", 3 },
	[ACTION_NONE] = { "none", 4 },
};

const struct str ledger_state_names[LEDGER_STATES] = {
	[LEDGER_UNKNOWN] = { "not covered", 11 },
	[LEDGER_NONE] = { "none", 4 },
	[LEDGER_OPEN] = { "open", 4 },
	[LEDGER_STUCK] = { "stuck", 5 },
	[LEDGER_FAILED] = { "failed", 6 },
	[LEDGER_DECLINED] = { "declined", 8 },
	[LEDGER_PAID] = { "paid", 4 },
	[LEDGER_SHIPPED] = { "shipped", 7 },
	[LEDGER_RECOVERED] = { "recovered", 9 },
};

const struct str shop_state_names[SHOP_STATES] = {
	[SHOP_UNKNOWN] = { "not asked", 9 },
	[SHOP_NONE] = { "none", 4 },
	[SHOP_OPEN] = { "open", 4 },
	[SHOP_FAILED] = { "failed", 6 },
	[SHOP_CANCELLED] = { "cancelled", 9 },
	[SHOP_PAID] = { "paid", 4 },
	[SHOP_DONE] = { "done", 4 },
};

const struct str charge_state_names[CHARGE_STATES] = {
	[CHARGE_UNKNOWN] = { "not asked", 9 },
	[CHARGE_NONE] = { "none", 4 },
	[CHARGE_AUTHORISED] = { "authorised", 10 },
	[CHARGE_REFUNDED] = { "refunded", 8 },
	[CHARGE_RIGHT] = { "right", 5 },
	[CHARGE_WRONG] = { "wrong", 5 },
	[CHARGE_TWICE] = { "twice", 5 },
};

static struct judgement
say(enum verdict verdict, enum action action)
{
	return (struct judgement){ verdict, action };
}

static bool
is_paid(enum ledger_state l)
{
	return l == LEDGER_PAID || l == LEDGER_SHIPPED || l == LEDGER_RECOVERED;
}

/* The shop's word, and the logs' where the shop was not asked. */
static bool
is_done(enum ledger_state l, enum shop_state s)
{
	return s == SHOP_DONE || (s == SHOP_UNKNOWN && is_paid(l));
}

static enum action
action_for_taken_money(enum ledger_state l, enum shop_state s)
{
	/* Paid in both books, given up after a timeout: the customer still waits for it.
	 */
	if (l == LEDGER_FAILED && s == SHOP_PAID)
		return ACTION_SHIP;
	if (l == LEDGER_FAILED || l == LEDGER_DECLINED || s == SHOP_FAILED ||
		s == SHOP_CANCELLED)
		return ACTION_REFUND;
	/* The logs say shipped and the shop does not, or the shop has nothing to ship. */
	if (l == LEDGER_SHIPPED || s == SHOP_NONE)
		return ACTION_ASK;
	return is_paid(l) || s == SHOP_PAID ? ACTION_SHIP : ACTION_ASK;
}

static struct judgement
judge_charged(enum ledger_state l, enum shop_state s, enum charge_state c)
{
	bool in_logs = l != LEDGER_UNKNOWN && l != LEDGER_NONE;

	if (!in_logs && s == SHOP_NONE)
		return say(VERDICT_CHARGED_NO_ORDER, ACTION_REFUND);
	if (!in_logs && s == SHOP_UNKNOWN)
		return say(l == LEDGER_NONE ? VERDICT_CHARGED_NO_ORDER : VERDICT_UNKNOWN,
			ACTION_ASK);
	if (!is_done(l, s))
		return say(VERDICT_CHARGED_NOT_FULFILLED, action_for_taken_money(l, s));
	if (c == CHARGE_TWICE)
		return say(VERDICT_CHARGED_TWICE, ACTION_REFUND);
	if (c == CHARGE_WRONG)
		return say(VERDICT_AMOUNT_MISMATCH, ACTION_ASK);
	if (l == LEDGER_FAILED || l == LEDGER_RECOVERED)
		return say(VERDICT_RECOVERED, ACTION_NONE);
	return say(VERDICT_OK, ACTION_NONE);
}

/* Logs and shop agree, or only one was asked. */
static bool
both_failed(enum ledger_state l, enum shop_state s)
{
	if (l == LEDGER_FAILED)
		return s == SHOP_FAILED || s == SHOP_UNKNOWN || s == SHOP_CANCELLED;
	return l == LEDGER_DECLINED && s == SHOP_FAILED;
}

/* Nothing failed, nothing was taken, and yet it is not what an order looks like. */
static bool
is_odd(enum ledger_state l, enum shop_state s)
{
	if (l == LEDGER_DECLINED || s == SHOP_CANCELLED)
		return false;
	return l == LEDGER_OPEN || s == SHOP_OPEN || s == SHOP_PAID ||
	       (s == SHOP_NONE && is_paid(l));
}

static struct judgement
judge_not_charged(enum ledger_state l, enum shop_state s, enum charge_state c)
{
	bool done = is_done(l, s);

	if (both_failed(l, s))
		return c == CHARGE_NONE ? say(VERDICT_FAILED_NOT_CHARGED, ACTION_NONE)
					: say(VERDICT_FAILED_CHARGE_UNKNOWN, ACTION_ASK);
	if (done && c == CHARGE_NONE)
		return say(VERDICT_FULFILLED_NOT_CHARGED, ACTION_ASK);
	if (done && (l == LEDGER_FAILED || l == LEDGER_RECOVERED))
		return say(VERDICT_RECOVERED, ACTION_NONE);
	if (done)
		return say(VERDICT_OK, ACTION_NONE);
	if (l == LEDGER_STUCK && s != SHOP_FAILED && s != SHOP_CANCELLED)
		return say(VERDICT_STUCK, ACTION_ASK);
	if (l == LEDGER_FAILED)
		return say(VERDICT_FAILED_ONLY_IN_LOGS, ACTION_ASK);
	if (s == SHOP_FAILED)
		return say(VERDICT_FAILED_ONLY_IN_SHOP, ACTION_ASK);
	if (is_odd(l, s))
		return say(VERDICT_UNKNOWN, ACTION_ASK);
	return say(VERDICT_OK, ACTION_NONE);
}

struct judgement
verdict_judge(enum ledger_state l, enum shop_state s, enum charge_state c)
{
	switch (c) {
	case CHARGE_RIGHT:
	case CHARGE_WRONG:
	case CHARGE_TWICE:
		return judge_charged(l, s, c);
	case CHARGE_REFUNDED:
		return say(VERDICT_ALREADY_REFUNDED, ACTION_NONE);
	case CHARGE_AUTHORISED:
		return say(VERDICT_AUTHORISED_ONLY, ACTION_ASK);
	case CHARGE_UNKNOWN:
	case CHARGE_NONE:
	case CHARGE_STATES:
		break;
	}
	return judge_not_charged(l, s, c);
}
