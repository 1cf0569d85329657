/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe schema: what may stand in gumshoe.yaml, for people and for editors.
 */
#include <string.h>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/topics.h"
#include "conf/describe.h"

static const struct option_row *const options[] = { &option_output_schema, &option_help,
	NULL };

static int
run(const struct options *o)
{
	struct buf text;
	json_t *schema;

	if (o->n_args != 1 || strcmp(o->args_z[0], "config") != 0) {
		fputs("gumshoe schema: of what? gumshoe schema config\n", stderr);
		return EXIT_USAGE_ERROR;
	}
	if (o->output == OUTPUT_JSON) {
		schema = describe_json();
		json_dumpf(schema, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
		json_decref(schema);
		return 0;
	}
	buf_init(&text, 1 << 20);
	describe_sample(&text);
	fwrite(text.data, 1, text.len, stdout);
	buf_fini(&text);
	return 0;
}

static const struct example examples[] = {
	{ "A configuration to start from", "gumshoe schema config > gumshoe.yaml" },
	{ "For an editor that knows JSON Schema",
		"gumshoe schema config -o json > gumshoe.schema.json" },
	{ 0 }
};

static const struct topic exits[] = { { "0", "it was printed" }, EXIT_ROW_USAGE, { 0 } };

const struct command command_schema = { .name_z = "schema",
	.args_z = "config",
	.brief_z = "print every setting of gumshoe.yaml with its meaning and its bounds",
	.text_z =
		"As text it is a configuration itself: every setting with its default, as "
		"comments. As json it is a JSON Schema.",
	.examples = examples,
	.exits = exits,
	.see_z = "check",
	.options = options,
	.run = run };
