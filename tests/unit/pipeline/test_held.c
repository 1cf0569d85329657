/* SPDX-License-Identifier: Apache-2.0 */
/* held: an opening waits for what may explain it, and nothing overtakes it. */
#include "pipeline/held.h"

#include <stdlib.h>

#include "kit.h"

/* Whether it was held. */
static bool
take(struct held *h, const char *id_z, const char *kind_z, bool hold, int64_t at_ns)
{
	static int64_t row;
	struct outbox_row r = { .row = ++row,
		.finding = str_z(id_z),
		.kind = str_z(kind_z),
		.body = STR("{}"),
		.hold = hold };
	struct letter *l = letter_new(&r);

	if (l == NULL)
		abort();
	if (held_take(h, &r, l, at_ns))
		return true;
	letter_free(&l);
	return false;
}

static void
test_held(struct store *s)
{
	struct output_settings output = { .group_wait_ns = 30 * TIME_S };
	struct letters out, muted;
	struct held h;

	letters_init(&out);
	letters_init(&muted);
	held_init(&h, &output);
	OK(!take(&h, "00000000000000cc", "opened", false, TIME_S));
	OK(take(&h, KIT_AA, "opened", true, TIME_S));
	OK(take(&h, KIT_BB, "opened", true, 2 * TIME_S));
	OK(take(&h, KIT_AA, "resolved", false, 3 * TIME_S));
	OK(take(&h, KIT_BB, "resolved", false, 4 * TIME_S));
	OK(!take(&h, "00000000000000cc", "updated", false, 5 * TIME_S));
	held_release(&h, s, 31 * TIME_S - 1, &out, &muted);
	OK(out.n == 0 && muted.n == 0 && held_n(&h) == 4);
	held_release(&h, s, 31 * TIME_S, &out, &muted);
	OK(out.n == 1 && muted.n == 0 && out.first->kind == FINDING_OPENED);
	held_release(&h, s, INT64_MAX, &out, &muted);
	OK(held_n(&h) == 0 && out.n == 2 && muted.n == 1);
	OK(str_eq(muted.first->id, STR(KIT_BB)) && muted.first->fate == LETTER_MUTED);
	letters_fini(&out);
	letters_fini(&muted);

	output.group_wait_ns = 0;
	OK(!take(&h, KIT_AA, "opened", true, TIME_S));
	held_fini(&h);
}

/* What was taken back opens again, later, and is neither told nor ended meanwhile. */
static void
test_withdrawn(struct store *s)
{
	static const struct str d = STR_INIT("d"), id = STR_INIT(KIT_BB);
	struct outbox_row row = {
		.destination = d, .finding = id, .kind = STR("opened"), .body = STR("{}")
	};
	enum finding_told told;
	uint64_t n = 99;

	OK(store_last_finding(s, d, id, &told) == -1 && told == TOLD_NEVER);
	OK(store_put_outbox(s, &row) == 0);
	row.seq = 1;
	row.kind = STR("resolved");
	OK(store_put_outbox(s, &row) == 0);
	OK(store_last_finding(s, d, id, &told) == 1 && told == TOLD_ENDED);
	OK(store_withdraw_outbox(s, d, id) == 0);
	OK(store_outbox_count(s, d, &n) == 0 && n == 0);
	OK(store_last_finding(s, d, id, &told) == 1 && told == TOLD_WITHDRAWN);
	row.seq = 2;
	row.kind = STR("opened");
	OK(store_put_outbox(s, &row) == 0);
	OK(store_last_finding(s, d, id, &told) == 2 && told == TOLD_OPEN);
}

int
main(void)
{
	struct kit k;

	kit_open(&k, "test_held", STR("00000000000000cc"));
	test_held(k.store);
	test_withdrawn(k.store);
	kit_close(&k);
	return tap_done();
}
