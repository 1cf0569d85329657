/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe incidents: what the last scan (or a store) found.
 */
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/place.h"
#include "cli/topics.h"

static const struct option_row *const options[] = { &option_conf, &option_store,
	&option_output, &option_since, &option_until, &option_tz, &option_color,
	&option_help, NULL };

static int
run(const struct options *o)
{
	struct store *s = NULL;
	size_t n = 0;
	int status = place_store(o, &s);

	if (status != 0)
		return status;
	status = listing_print(s, o, true, &n);
	store_close(&s);
	return status != 0 ? status : n > 0 ? EXIT_FOUND : 0;
}

static const struct example examples[] = { { "Those of the last scan",
						   "gumshoe incidents" },
	{ "Those opened after ten o'clock, for a program",
		"gumshoe incidents --since 2025-10-28T10:00:00Z -o json" },
	{ 0 } };

static const struct topic exits[] = { { "0", "there is none" }, { "1", "there are some" },
	EXIT_ROW_USAGE, EXIT_ROW_UNAVAILABLE, EXIT_ROW_IO, { 0 } };

static const struct topic files[] = { FILE_ROW_STORE, { 0 } };

static const struct topic environment[] = { ENV_ROW_STATE, ENV_ROW_COLOR, ENV_ROW_COLUMNS,
	{ 0 } };

const struct command command_incidents = { .name_z = "incidents",
	.args_z = "",
	.brief_z = "list the incidents of the last scan or of a store",
	.text_z =
		"Incidents that another one explains are folded into it and not listed.",
	.more_z =
		"The last line says from when to when the list is complete, and what is missing "
		"in between.",
	.examples = examples,
	.exits = exits,
	.files = files,
	.environment = environment,
	.see_z = "scan show reconcile",
	.options = options,
	.run = run };
