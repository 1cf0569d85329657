/* SPDX-License-Identifier: Apache-2.0 */
/* What one thread needs to evaluate rules. Private to match/. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "match/quarantine.h"
#include "match/walk.h"

struct eval {
	const struct ruleset *rules;   /* borrowed */
	struct quarantine *quarantine; /* borrowed; may be NULL */
	struct regex_scratch *scratch;
	struct arena *arena; /* for explain */
	struct buf text;     /* what is being redacted */
	struct buf plain;
	uint64_t *errors;    /* by rule */
	uint64_t *name_hash; /* by rule: rules keep their ids when others come */
	struct walk walk;
};
