/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The truth table of doc/verdicts.md: what the logs, the shop and the payment gateway say
 * of an order, and what follows. Pure; any thread.
 */
#pragma once

#include "base/str.h"
#include "reconcile/reconcile.h"

enum ledger_state {
	LEDGER_UNKNOWN, /* the logs do not cover its time */
	LEDGER_NONE,    /* they cover it and do not know it */
	LEDGER_OPEN,    /* created or pending, for less than 10 minutes */
	LEDGER_STUCK,   /* created or pending for longer */
	LEDGER_FAILED,
	LEDGER_DECLINED,
	LEDGER_PAID,
	LEDGER_SHIPPED,
	LEDGER_RECOVERED, /* paid or shipped after it failed */
	LEDGER_STATES
};

enum shop_state {
	SHOP_UNKNOWN, /* not asked, or its answer has a gap */
	SHOP_NONE,    /* asked, and it does not know the order */
	SHOP_OPEN,    /* CREATED, PENDING, no status */
	SHOP_FAILED,  /* PAYMENT_FAILED */
	SHOP_CANCELLED,
	SHOP_PAID, /* PAID, no shipment */
	SHOP_DONE, /* SHIPPED, DELIVERED, PAID with a shipment */
	SHOP_STATES
};

enum charge_state {
	CHARGE_UNKNOWN,    /* no charges were given */
	CHARGE_NONE,       /* none, or only failed ones */
	CHARGE_AUTHORISED, /* held, not taken */
	CHARGE_REFUNDED,   /* taken and given back */
	CHARGE_RIGHT,      /* net of refunds: what the order costs */
	CHARGE_WRONG,      /* another amount */
	CHARGE_TWICE,      /* two captures or more, and more than the order costs */
	CHARGE_STATES
};

/* The names of doc/verdicts.md. */
extern const struct str ledger_state_names[LEDGER_STATES];
extern const struct str shop_state_names[SHOP_STATES];
extern const struct str charge_state_names[CHARGE_STATES];

struct judgement {
	enum verdict verdict;
	enum action action;
};

struct judgement verdict_judge(
	enum ledger_state l, enum shop_state s, enum charge_state c);
