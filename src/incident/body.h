/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an incident's body says, read once for all incidents that have the same: whose
 * entries are its timeline, its causes and its deaths, and the texts of its rule file.
 *
 *   {"timeline": [{"rule": "payment_failed", "key": ["namespace"]}, ...],
 *    "causes": [{"rule": "scaled_to_zero", "key": [...], "where": {"service":
 * "payment"}}], "deaths": [{"rule": "killed", "key": [...], "witness": 1}],
 * "deaths_from": 17..., "field": "order_id"}
 *
 * "key" names the entry's field for each field of the incident's key, in order. Any
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"

enum body_part { BODY_TIMELINE, BODY_CAUSES, BODY_DEATHS, BODY_PARTS };

struct body_where {
	struct str name, value;
	bool known; /* else nothing equals it */
};

/* Entries of a rule. */
struct body_item {
	struct str rule;
	struct str field;      /* that counts, in place of the body's */
	const struct str *key; /* empty: entries of any value */
	size_t n_key;
	const struct body_where *where;
	size_t n_where;
	int64_t witness; /* of a death: an enum record_category */
};

struct body_list {
	const struct body_item *items;
	const struct str *rules; /* theirs, one for each */
	size_t n;
};

struct body {
	struct body_list list[BODY_PARTS];
	const struct str *own; /* rules whose matches are the incident */
	size_t n_own;
	struct str field;                /* of value_count, else empty */
	struct str by_entity;            /* finds entries by the value of a key field */
	size_t by;                       /* which */
	int64_t deaths_from_ns;          /* INT64_MIN: from where all of it begins */
	int64_t uncounted;               /* values */
	struct str remediation, runbook; /* ptr NULL: there is none */
};

/* NULL: text is no body, or out of memory. */
MUST_USE struct body *body_read(struct str text);
void body_free(struct body **pb);

/* One of the rules whose matches are the incident, not only its surroundings. */
bool body_owns(const struct body *b, struct str rule);
