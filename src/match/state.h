/* SPDX-License-Identifier: Apache-2.0 */
/* What one thread needs to evaluate rules. Private to match/. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "match/quarantine.h"
#include "match/walk.h"

struct eval {
	const struct ruleset *rules;   /* borrowed */
	struct quarantine *quarantine; /* borrowed; may be NULL */
	struct regex_scratch *scratch;
	struct arena *arena; /* for explain */
	struct hash_key key; /* of placeholders */
	struct buf text;     /* what is being redacted */
	struct buf plain;    /* without colours */
	struct buf known[2]; /* without what captures told of */
	bool telling;        /* one of the captures does */
	uint64_t *errors;    /* by rule */
	struct eval_cost *costs;
	uint64_t *name_hash; /* by rule: rules keep their ids when others come */
	struct walk walk;
};
