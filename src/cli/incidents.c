/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe incidents: what the last scan (or a store) found.
 */
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/place.h"

static const struct option_row *const options[] = { &option_store, &option_output,
	&option_since, &option_until, &option_tz, &option_color, &option_help, NULL };

static int
run(const struct options *o)
{
	struct store *s = NULL;
	size_t n = 0;
	int status = place_store(o, &s);

	if (status != 0)
		return status;
	status = listing_print(s, o, &n);
	store_close(&s);
	return status != 0 ? status : n > 0 ? EXIT_FOUND : 0;
}

const struct command command_incidents = { .name_z = "incidents",
	.args_z = "",
	.brief_z = "list the incidents of the last scan or of a store",
	.text_z =
		"Incidents that another one explains are folded into it and not listed.",
	.examples_z = "  gumshoe incidents\n"
		      "  gumshoe incidents --since 2025-10-28T10:00:00Z -o json\n",
	.exits_z = "0 none, 1 some, 2 usage, 69/74 no store or not readable",
	.options = options,
	.run = run };
