/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ledger, shop and payment gateway give each order one verdict (doc/verdicts.md). Reads a
 * store; needs no engine. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/time.h"
#include "store/store.h"

enum verdict {
	VERDICT_CHARGED_NOT_FULFILLED,
	VERDICT_CHARGED_NO_ORDER,
	VERDICT_CHARGED_TWICE,
	VERDICT_ALREADY_REFUNDED,
	VERDICT_AUTHORISED_ONLY,
	VERDICT_AMOUNT_MISMATCH,
	VERDICT_FAILED_NOT_CHARGED,
	VERDICT_FAILED_CHARGE_UNKNOWN,
	VERDICT_RECOVERED,
	VERDICT_STUCK,
	VERDICT_FAILED_ONLY_IN_LOGS,
	VERDICT_FAILED_ONLY_IN_SHOP,
	VERDICT_FULFILLED_NOT_CHARGED,
	VERDICT_UNKNOWN,
	VERDICT_UNIDENTIFIED,
	VERDICT_OK,
	VERDICT_COUNT
};
extern const struct str verdict_names[VERDICT_COUNT];

enum action { ACTION_REFUND, ACTION_SHIP, ACTION_ASK, ACTION_NONE };
extern const struct str action_names[];

struct order_line {
	struct str order_id;
	enum verdict verdict;
	enum action action;
	struct str reason, currency, customer_id, charge_id, ledger_state, shop_state,
		charge_state, incident_id, trace_id;
	bool has_amount;
	int64_t amount_cents;
	int64_t first_failed_ns, last_ns; /* TIME_NONE: never */
	uint32_t attempts;
	size_t group; /* retries: the same customer and amount within minutes; 0: alone */
	struct str retried_as; /* the order of its group that was fulfilled later, or
				  empty */
};

/* Of one verdict. */
struct order_total {
	uint64_t orders;
	bool has_amount;     /* one of them has */
	int64_t cents;       /* of those that have one, if all are in one currency */
	struct str currency; /* empty: no charge says */
	bool mixed;          /* several currencies: cents do not add up */
};

struct order_list {
	struct order_line *lines; /* in the arena: by first_failed, then order_id */
	size_t n;
	struct order_total total[VERDICT_COUNT];
	bool has_shop, has_charges; /* was given */
	bool shop_incomplete;       /* a page is missing */
	uint64_t shop_orders, shop_expected, charge_rows;
};

struct reconcile_conf {
	const char *orders_z;       /* file, folder of pages, http(s) URL, "-", or NULL */
	const char *charges_z;      /* CSV file, "-", or NULL */
	const char *columns_z;      /* order_id=...,amount=..., or NULL */
	int64_t since_ns, until_ns; /* TIME_NONE: open */
	bool all;                   /* list VERDICT_OK too */
};

/* 0, or -1 with the reason (file, line, column) written to err. */
MUST_USE int reconcile_run(struct store *s, const struct reconcile_conf *conf,
	struct arena *a, FILE *err, struct order_list *out);

enum list_format { LIST_TEXT, LIST_CSV, LIST_JSON, LIST_NDJSON, LIST_MARKDOWN };

struct list_form {
	enum list_format format;
	const struct time_zone *zone;
	size_t width; /* of the window a text is for; 0: as wide as it is */
};

/*
 * Writes the list, its totals and its completeness. CSV: data only on out; the totals and
 * completeness go to err. So does what a text has no room for.
 */
void reconcile_print(const struct order_list *list, struct store *s,
	const struct list_form *form, FILE *out, FILE *err);
