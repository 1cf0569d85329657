/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A correlation's condition became true, false, or unknowable for a key: what flows from
 * correlate/ to incident/. A plain value; views as its maker says.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "record/match.h"

#define CORRELATE_KEY_MAX 8

enum outcome_kind {
	OUTCOME_FIRED,   /* the condition became true for the key */
	OUTCOME_CLEARED, /* it became false again */
	OUTCOME_UNKNOWN  /* an absence that cannot be judged (a gap, end of input) */
};

struct outcome {
	enum outcome_kind kind;
	uint32_t corr;                     /* index in the ruleset's corrs */
	struct str key[CORRELATE_KEY_MAX]; /* as group_by of the correlation */
	size_t n_key;
	int64_t at_ns;             /* when it became true or false */
	int64_t first_ns, last_ns; /* span of the contributors */
	uint64_t deciding;         /* id of the deciding match */
	uint64_t count;            /* weights, or distinct values of value_count */
	double value;              /* percentile, sum, average */
	const struct str *values;  /* value_count: the distinct values in the window */
	size_t n_values;
	struct field capture[MATCH_CAPTURES]; /* of the contributors, last wins */
	size_t n_captures;
	enum time_quality quality; /* the worst of the contributors */
};

/* The captures that somebody asks for of a correlation's outcomes, by name. */
struct outcome_asked {
	const struct str *names;
	size_t n;
};
