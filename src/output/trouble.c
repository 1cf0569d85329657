/* SPDX-License-Identifier: Apache-2.0 */
#include "output/trouble.h"

#include "base/time.h"

#define STUCK_TRIES 10
#define STUCK_NS    (10 * TIME_MIN)
#define STUCK_GOOD  10 /* others of its part that were taken meanwhile, */
#define STUCK_RATIO 4  /* so many for each of their tries that failed */

bool
trouble_note(struct trouble *t, struct answers *its, uint64_t good, int64_t mono_ns)
{
	bool others = good != t->seen;

	its->bad++;
	if (t->tries++ == 0) {
		others &= t->aside;
		t->since_ns = mono_ns;
		t->good = its->good;
		t->bad = its->bad;
	}
	t->seen = good;
	t->aside |= others;
	return others;
}

bool
trouble_is_stuck(const struct trouble *t, const struct answers *its, int64_t mono_ns)
{
	uint64_t good = its->good - t->good;
	uint64_t bad = its->bad - t->bad - (t->tries - 1); /* of others */

	return t->aside && t->tries >= STUCK_TRIES && mono_ns - t->since_ns >= STUCK_NS &&
	       good >= STUCK_GOOD && bad * STUCK_RATIO <= good;
}
