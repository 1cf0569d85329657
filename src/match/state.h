/* SPDX-License-Identifier: Apache-2.0 */
/* What one thread needs to evaluate rules. Private to match/. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "match/quarantine.h"
#include "match/telling.h"
#include "match/walk.h"

#define TOLD 64

/* What a name tells. Names of captures stay where they are as long as their rules. */
struct told {
	struct str name;
	enum telling telling;
};

struct eval {
	const struct ruleset *rules;   /* borrowed */
	struct quarantine *quarantine; /* borrowed; may be NULL */
	struct regex_scratch *scratch;
	struct arena *arena;          /* for explain */
	struct hash_key key;          /* of placeholders */
	struct buf text;              /* what is being redacted */
	struct buf plain;             /* without colours */
	struct buf known[2];          /* without what captures told of */
	const enum match_need *needs; /* by rule; NULL: all of every match. Borrowed */
	struct told told[TOLD];
	enum telling telling[MATCH_CAPTURES]; /* of the captures of the match */
	bool tells;                           /* one of their values must not be seen */
	const struct value **lone;            /* by rule, as walk_lone() */
	uint64_t *errors;                     /* by rule */
	struct eval_cost *costs;
	uint64_t *name_hash; /* by rule: rules keep their ids when others come */
	struct walk walk;
};
