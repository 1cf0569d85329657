/* SPDX-License-Identifier: Apache-2.0 */
/* held: an opening waits for what may explain it, and nothing overtakes it. */
#include "pipeline/held.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"

#include "../../tap.h"

static struct store *
open_store(const char *path_z)
{
	struct store *s = NULL;
	struct incident_row row = { .id = STR("00000000000000aa"),
		.rule = STR("r"),
		.title = STR("t"),
		.state = STR("open"),
		.level = 1,
		.resolved_ns = TIME_NONE,
		.body = STR("{}") };

	if (store_open(path_z, STORE_WRITE, true, &s) != 0 || store_begin(s) != 0)
		abort();
	OK(store_put_incident(s, &row) == 0);
	row.id = STR("00000000000000bb");
	row.explained_by = STR("00000000000000cc");
	row.muted = true;
	OK(store_put_incident(s, &row) == 0);
	return s;
}

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
	OK(take(&h, "00000000000000aa", "opened", true, TIME_S));
	OK(take(&h, "00000000000000bb", "opened", true, 2 * TIME_S));
	OK(take(&h, "00000000000000aa", "resolved", false, 3 * TIME_S));
	OK(take(&h, "00000000000000bb", "resolved", false, 4 * TIME_S));
	OK(!take(&h, "00000000000000cc", "updated", false, 5 * TIME_S));
	held_release(&h, s, 31 * TIME_S - 1, &out, &muted);
	OK(out.n == 0 && muted.n == 0 && held_n(&h) == 4);
	held_release(&h, s, 31 * TIME_S, &out, &muted);
	OK(out.n == 1 && muted.n == 0 && out.first->kind == FINDING_OPENED);
	held_release(&h, s, INT64_MAX, &out, &muted);
	OK(held_n(&h) == 0 && out.n == 2 && muted.n == 1);
	OK(str_eq(muted.first->id, STR("00000000000000bb")) &&
		muted.first->fate == LETTER_MUTED);
	letters_fini(&out);
	letters_fini(&muted);

	output.group_wait_ns = 0;
	OK(!take(&h, "00000000000000aa", "opened", true, TIME_S));
	held_fini(&h);
}

/* What was taken back opens again, later, and is neither told nor ended meanwhile. */
static void
test_withdrawn(struct store *s)
{
	static const struct str d = STR_INIT("d"), id = STR_INIT("00000000000000bb");
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
	char folder_z[] = "/tmp/test_held.XXXXXX";
	char path_z[128];
	struct store *s;

	if (mkdtemp(folder_z) == NULL)
		abort();
	(void)snprintf(path_z, sizeof(path_z), "%s/a.db", folder_z);
	s = open_store(path_z);
	test_held(s);
	test_withdrawn(s);
	OK(store_commit(s) == 0);
	store_close(&s);
	(void)unlink(path_z);
	(void)snprintf(path_z, sizeof(path_z), "%s/a.db.lock", folder_z);
	(void)unlink(path_z);
	OK(rmdir(folder_z) == 0);
	return tap_done();
}
