/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe reconcile: which orders need a human.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/place.h"
#include "cli/screen.h"
#include "cli/topics.h"
#include "reconcile/charges.h"
#include "reconcile/reconcile.h"

#define LIST_BYTES ((size_t)2 << 30)

static const struct option_row *const options[] = { &option_conf, &option_orders,
	&option_charges, &option_columns, &option_all, &option_store, &option_output,
	&option_since, &option_until, &option_tz, &option_color, &option_help, NULL };

static int
print(struct store *s, const struct options *o, struct arena *a)
{
	static const enum list_format formats[] = { [OUTPUT_TEXT] = LIST_TEXT,
		[OUTPUT_JSON] = LIST_JSON,
		[OUTPUT_NDJSON] = LIST_NDJSON,
		[OUTPUT_CSV] = LIST_CSV,
		[OUTPUT_MARKDOWN] = LIST_MARKDOWN };
	struct reconcile_conf conf = { .orders_z = o->orders_z,
		.charges_z = o->charges_z,
		.columns_z = o->columns_z,
		.since_ns = o->since_ns,
		.until_ns = o->until_ns,
		.all = o->all };
	struct list_form form = { .format = formats[o->output], .zone = o->zone };
	struct order_list list = { 0 };
	struct screen screen;
	uint64_t open = 0;

	if (reconcile_run(s, &conf, a, stderr, &list) != 0)
		return EXIT_IO;
	screen_init(&screen, o, stdout);
	form.width = screen.window ? screen.width : 0;
	reconcile_print(&list, s, &form, stdout, stderr);
	for (size_t i = 0; i < VERDICT_COUNT; i++)
		if (i != VERDICT_OK)
			open += list.total[i].orders;
	return open > 0 ? EXIT_FOUND : 0;
}

/* Before the list is begun. */
static int
look_for(const char *path_z)
{
	if (path_z == NULL || strcmp(path_z, "-") == 0 || strstr(path_z, "://") != NULL ||
		access(path_z, R_OK) == 0)
		return 0;
	return place_fail(path_z, -errno);
}

static int
run(const struct options *o)
{
	struct store *s = NULL;
	struct arena *a;
	int status = 0;

	if (o->columns_z != NULL && !charges_check_columns(o->columns_z, stderr))
		status = EXIT_USAGE_ERROR;
	if (status == 0)
		status = look_for(o->orders_z);
	if (status == 0)
		status = look_for(o->charges_z);
	if (status == 0)
		status = place_store(o, &s);
	if (status != 0)
		return status;
	a = arena_new("reconcile", LIST_BYTES);
	status = a == NULL ? EXIT_SOFTWARE : print(s, o, a);
	arena_free(&a);
	store_close(&s);
	return status;
}

static const struct example examples[] = { { "What the logs alone can tell",
						   "gumshoe reconcile" },
	{ "With what the shop says",
		"curl -s http://front-end/orders | gumshoe reconcile --orders -" },
	{ "A list for those who pay back",
		"gumshoe reconcile --orders orders.json --charges charges.csv -o csv > "
		"refunds.csv" },
	{ 0 } };

static const struct topic exits[] = { { "0", "nothing is to be done" },
	{ "1", "some orders need a human" }, EXIT_ROW_USAGE, EXIT_ROW_UNAVAILABLE,
	EXIT_ROW_IO, { 0 } };

static const struct topic files[] = { FILE_ROW_STORE, { 0 } };

static const struct topic environment[] = { ENV_ROW_STATE, ENV_ROW_COLOR, ENV_ROW_COLUMNS,
	{ 0 } };

const struct command command_reconcile = { .name_z = "reconcile",
	.args_z = "",
	.brief_z = "list the orders that need a human: who was charged and got nothing",
	.text_z =
		"Joins what the logs say of each order with what the shop says (--orders) and "
		"what the payment gateway says (--charges), and gives each one verdict and one "
		"action.",
	.more_z =
		"Actions are refund, ship, ask and none. The totals and what the list cannot "
		"know (a gap in the logs, a page that is missing) stand below it; in csv and "
		"ndjson they go to stderr. Money compares in whole cents. Retries of one "
		"customer over the same amount are shown together.",
	.examples = examples,
	.exits = exits,
	.files = files,
	.environment = environment,
	.see_z = "scan incidents show",
	.options = options,
	.run = run };
