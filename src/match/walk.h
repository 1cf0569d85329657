/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule's condition against one record, and what is gathered on the way. Private to
 * match/; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "match/eval.h"
#include "record/match.h"
#include "record/record.h"
#include "rules/ruleset.h"
#include "rules/search.h"

#define WALK_VALUES 256 /* of one field that are looked at */
#define WALK_STRIDE 256 /* bytes of a text that cost a step: a regex gets less far */
#define WALK_DUE    4   /* steps a byte of a text */

struct walk {
	struct search *search; /* borrowed; set once */
	struct record *record;
	struct arena *arena;                  /* keeps numbers of JSON bodies */
	struct field capture[MATCH_CAPTURES]; /* of true paths that no "not" is over */
	size_t n_captures;
	size_t hit;      /* least place in message of what matched; SIZE_MAX: none */
	uint64_t passed; /* bytes of long texts that values were looked for in */
	size_t longest;  /* of these texts */
};

/* Before each rule. */
static inline void
walk_start(struct walk *w)
{
	w->n_captures = 0;
	w->hit = SIZE_MAX;
	w->passed = 0;
	w->longest = 0;
}

/* under_not: nothing is gathered. */
enum eval_answer walk_node(struct walk *w, const struct node *node, bool under_not);

/* The regex that is all of the condition, over the message; NULL: it says more. */
struct regex *walk_lone(const struct node *condition);

/* A regex over a text: gathers which of its captures (as search_captures()), and where it
 * was found. */
enum eval_answer walk_regex(
	struct walk *w, struct regex *r, struct str text, uint64_t which, bool place);

/*
 * What the values of items, regexes apart, took beyond what is anybody's due, in steps of
 * regexes: short texts and up to 1,024 values never do.
 */
static inline uint64_t
walk_slow(const struct walk *w)
{
	const uint64_t steps = w->passed / WALK_STRIDE, due = WALK_DUE * w->longest;

	return steps > due ? steps - due : 0;
}

/* The values an item looks at, at most max. */
size_t walk_values(struct walk *w, const struct item *item, struct str *out, size_t max);
