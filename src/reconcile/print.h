/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of a reconciliation list and its forms. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "reconcile/reconcile.h"

enum print_column {
	PRINT_ORDER,
	PRINT_VERDICT,
	PRINT_ACTION,
	PRINT_REASON,
	PRINT_AMOUNT,
	PRINT_CURRENCY,
	PRINT_CUSTOMER,
	PRINT_CHARGE,
	PRINT_FIRST_FAILED,
	PRINT_LAST,
	PRINT_ATTEMPTS,
	PRINT_LEDGER,
	PRINT_SHOP,
	PRINT_CHARGE_STATE,
	PRINT_INCIDENT,
	PRINT_COLUMNS
};
extern const struct str print_names[PRINT_COLUMNS];

/* Appends the raw value; nothing when there is none. digits of the second, for times. */
void print_value(struct buf *b, const struct order_line *l, enum print_column c,
	const struct time_zone *zone, int digits);

/* A table that fits the width; how many columns it lacks is said on err. */
void print_table(const struct order_list *list, const struct list_form *form, FILE *out,
	FILE *err);

/* JSON or, with lines, NDJSON; totals and completeness inside. */
void print_json(const struct order_list *list, struct store *s, bool lines,
	const struct time_zone *zone, FILE *out);

/* Totals and completeness for people; bullet_z begins each line. */
void print_totals(const struct order_list *list, struct store *s, const char *bullet_z,
	const struct time_zone *zone, FILE *out);
