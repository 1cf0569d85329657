/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a blob of the journal: items within their bounds, or damage. */
#include <assert.h>
#include <stdint.h>

#include "engine/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is written as it was, where the writer has but one way. */
static void
again(const struct journal_item *it)
{
	struct journal_reader r;
	struct journal_item twice;
	struct buf b;

	buf_init(&b, (size_t)16 << 20);
	if (it->kind == JOURNAL_MATCH)
		journal_add_match(&b, &it->match);
	else if (it->kind == JOURNAL_EARLY)
		journal_add_early(&b, &it->outcome);
	else
		journal_add(&b, it->kind, it->at_ns, it->to_ns, it->rule);
	assert(!buf_failed(&b) && journal_open(&r, buf_str(&b)));
	assert(journal_next(&r, &twice) == 1 && twice.kind == it->kind);
	assert(twice.at_ns == it->at_ns && twice.to_ns == it->to_ns);
	assert(twice.match.id == it->match.id &&
		str_eq(twice.match.text, it->match.text));
	assert(twice.outcome.n_values == it->outcome.n_values);
	assert(journal_next(&r, &twice) == 0);
	journal_close(&r);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_reader r;
	struct journal_item it;

	if (journal_open(&r, (struct str){ (const char *)data, size }))
		while (journal_next(&r, &it) == 1) {
			assert(it.kind < JOURNAL_KINDS);
			assert(it.match.n_captures <= MATCH_CAPTURES &&
				it.outcome.n_captures <= MATCH_CAPTURES &&
				it.outcome.n_key <= CORRELATE_KEY_MAX);
			again(&it);
		}
	journal_close(&r);
	return 0;
}
