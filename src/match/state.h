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
	bool asked; /* by windows */
};

/* A rule, as it is asked. */
struct trial {
	const struct node *condition; /* NULL: it matches nothing */
	struct regex *lone;           /* as walk_lone() */
	enum match_need need;
	uint64_t groups; /* of lone, whose captures are needed */
	struct eval_cost cost;
	uint64_t errors;
	uint64_t name_hash; /* rules keep their ids when others come */
};

struct eval {
	const struct ruleset *rules;   /* borrowed */
	struct quarantine *quarantine; /* borrowed; may be NULL */
	bool some_off;                 /* a rule may be, for the record at hand */
	struct search *search;
	struct walk walk;
	struct trial *trials;            /* by rule */
	const struct match_needs *needs; /* borrowed; NULL: all of every match */
	struct arena *arena;             /* for explain */
	struct hash_key key;             /* of placeholders */
	struct buf text;                 /* what is being redacted */
	struct buf plain;                /* without colours */
	struct buf known[2];             /* without what captures told of */
	struct told told[TOLD];
	enum telling telling[MATCH_CAPTURES]; /* of the captures of the match */
	bool tells;                           /* one of their values must not be seen */
};
