/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc/verdicts.md and the code say the same, cell by cell. "test_verdict print" writes
 * the tables anew.
 */
#include "reconcile/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"

#include "../../tap.h"

static void
add_row(struct buf *b, enum ledger_state l, enum charge_state c)
{
	buf_printf(b, "| **%.*s** |", STR_ARG(ledger_state_names[l]));
	for (enum shop_state s = 0; s < SHOP_STATES; s++) {
		struct judgement j = verdict_judge(l, s, c);

		if (j.verdict == VERDICT_OK)
			buf_add(b, STR(" ok |"));
		else
			buf_printf(b, " %.*s: %.*s |", STR_ARG(verdict_names[j.verdict]),
				STR_ARG(action_names[j.action]));
	}
	buf_add_char(b, '\n');
}

static void
add_table(struct buf *b, enum charge_state c)
{
	buf_printf(b, "### Charge: %.*s\n\n| logs \\ shop |",
		STR_ARG(charge_state_names[c]));
	for (enum shop_state s = 0; s < SHOP_STATES; s++)
		buf_printf(b, " %.*s |", STR_ARG(shop_state_names[s]));
	buf_add(b, STR("\n|---|---|---|---|---|---|---|---|\n"));
	for (enum ledger_state l = 0; l < LEDGER_STATES; l++)
		add_row(b, l, c);
}

/* Line by line, so that a wrong cell is named by its row. */
static void
the_page_is_the_code(void)
{
	const char *tests_z = getenv("TESTDIR");
	struct arena *a = arena_new("test", 1 << 20);
	struct str page, want, rest;
	struct buf path, table;

	buf_init(&path, 4096);
	buf_init(&table, 1 << 16);
	buf_printf(&path, "%s/../doc/verdicts.md", tests_z != NULL ? tests_z : "tests");
	OK(file_read(a, buf_z(&path), 1 << 20, &page) == 0);
	for (enum charge_state c = 0; c < CHARGE_STATES; c++) {
		buf_reset(&table);
		add_table(&table, c);
		want = buf_str(&table);
		rest = str_sub(page, str_find(page, str_cut(&want, '\n')), page.len);
		(void)str_cut(&rest, '\n');
		while (want.len > 0) {
			struct str line = str_cut(&want, '\n');
			bool same = str_eq(line, str_cut(&rest, '\n'));

			if (!same)
				printf("# charge %d, the code says %.*s\n", (int)c,
					STR_ARG(line));
			OK(same);
		}
	}
	for (enum verdict v = 0; v < VERDICT_COUNT; v++)
		OK(str_find(page, verdict_names[v]) != SIZE_MAX);
	buf_fini(&path);
	buf_fini(&table);
	arena_free(&a);
}

static bool
is(enum ledger_state l, enum shop_state s, enum charge_state c, enum verdict v,
	enum action a)
{
	struct judgement j = verdict_judge(l, s, c);

	return j.verdict == v && j.action == a;
}

/* What a page and a code that are wrong together would not notice. */
static void
the_cases_that_cost_money(void)
{
	OK(is(LEDGER_FAILED, SHOP_FAILED, CHARGE_RIGHT, VERDICT_CHARGED_NOT_FULFILLED,
		ACTION_REFUND));
	OK(is(LEDGER_PAID, SHOP_PAID, CHARGE_RIGHT, VERDICT_CHARGED_NOT_FULFILLED,
		ACTION_SHIP));
	OK(is(LEDGER_STUCK, SHOP_OPEN, CHARGE_RIGHT, VERDICT_CHARGED_NOT_FULFILLED,
		ACTION_ASK));
	OK(is(LEDGER_NONE, SHOP_NONE, CHARGE_RIGHT, VERDICT_CHARGED_NO_ORDER,
		ACTION_REFUND));
	OK(is(LEDGER_UNKNOWN, SHOP_NONE, CHARGE_RIGHT, VERDICT_CHARGED_NO_ORDER,
		ACTION_REFUND));
	OK(is(LEDGER_UNKNOWN, SHOP_UNKNOWN, CHARGE_RIGHT, VERDICT_UNKNOWN, ACTION_ASK));
	OK(is(LEDGER_SHIPPED, SHOP_DONE, CHARGE_TWICE, VERDICT_CHARGED_TWICE,
		ACTION_REFUND));
	OK(is(LEDGER_FAILED, SHOP_FAILED, CHARGE_REFUNDED, VERDICT_ALREADY_REFUNDED,
		ACTION_NONE));
	OK(is(LEDGER_FAILED, SHOP_FAILED, CHARGE_AUTHORISED, VERDICT_AUTHORISED_ONLY,
		ACTION_ASK));
	OK(is(LEDGER_SHIPPED, SHOP_DONE, CHARGE_WRONG, VERDICT_AMOUNT_MISMATCH,
		ACTION_ASK));
	OK(is(LEDGER_FAILED, SHOP_FAILED, CHARGE_NONE, VERDICT_FAILED_NOT_CHARGED,
		ACTION_NONE));
	OK(is(LEDGER_FAILED, SHOP_FAILED, CHARGE_UNKNOWN, VERDICT_FAILED_CHARGE_UNKNOWN,
		ACTION_ASK));
	OK(is(LEDGER_RECOVERED, SHOP_DONE, CHARGE_RIGHT, VERDICT_RECOVERED, ACTION_NONE));
	OK(is(LEDGER_STUCK, SHOP_OPEN, CHARGE_NONE, VERDICT_STUCK, ACTION_ASK));
	OK(is(LEDGER_FAILED, SHOP_OPEN, CHARGE_NONE, VERDICT_FAILED_ONLY_IN_LOGS,
		ACTION_ASK));
	OK(is(LEDGER_NONE, SHOP_FAILED, CHARGE_NONE, VERDICT_FAILED_ONLY_IN_SHOP,
		ACTION_ASK));
	OK(is(LEDGER_SHIPPED, SHOP_DONE, CHARGE_NONE, VERDICT_FULFILLED_NOT_CHARGED,
		ACTION_ASK));
	OK(is(LEDGER_OPEN, SHOP_OPEN, CHARGE_NONE, VERDICT_UNKNOWN, ACTION_ASK));
	OK(is(LEDGER_SHIPPED, SHOP_DONE, CHARGE_RIGHT, VERDICT_OK, ACTION_NONE));
	OK(is(LEDGER_DECLINED, SHOP_UNKNOWN, CHARGE_UNKNOWN, VERDICT_OK, ACTION_NONE));
}

/* Taken money is never filed under "nothing to do", unless the goods went out. */
static void
no_cell_forgets_taken_money(void)
{
	unsigned forgotten = 0;

	for (enum ledger_state l = 0; l < LEDGER_STATES; l++)
		for (enum shop_state s = 0; s < SHOP_STATES; s++)
			for (enum charge_state c = CHARGE_RIGHT; c < CHARGE_STATES; c++) {
				bool paid = l == LEDGER_PAID || l == LEDGER_SHIPPED ||
					    l == LEDGER_RECOVERED;
				bool done = s == SHOP_DONE || (s == SHOP_UNKNOWN && paid);

				if (!done && verdict_judge(l, s, c).action == ACTION_NONE)
					forgotten++;
			}
	OK(forgotten == 0);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "print") == 0) {
		struct buf b;

		buf_init(&b, 1 << 18);
		for (enum charge_state c = 0; c < CHARGE_STATES; c++) {
			add_table(&b, c);
			buf_add_char(&b, '\n');
		}
		fwrite(b.data, 1, b.len, stdout);
		buf_fini(&b);
		return 0;
	}
	the_page_is_the_code();
	the_cases_that_cost_money();
	no_cell_forgets_taken_money();
	return tap_done();
}
