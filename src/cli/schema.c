/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe schema: what may stand in gumshoe.yaml and in rule files, for people and for
 * editors.
 */
#include <string.h>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/topics.h"
#include "conf/describe.h"
#include "rules/describe.h"

static const struct option_row *const options[] = { &option_output_schema, &option_help,
	NULL };

static int
print_json(json_t *schema)
{
	if (schema == NULL)
		return EXIT_SOFTWARE;
	json_dumpf(schema, stdout, JSON_INDENT(2));
	fputc('\n', stdout);
	json_decref(schema);
	return 0;
}

static int
run(const struct options *o)
{
	struct buf text;

	if (o->n_args == 1 && strcmp(o->args_z[0], "rules") == 0)
		return print_json(rules_describe_json());
	if (o->n_args != 1 || strcmp(o->args_z[0], "config") != 0) {
		fputs("gumshoe schema: of what? config or rules\n", stderr);
		return EXIT_USAGE_ERROR;
	}
	if (o->output == OUTPUT_JSON)
		return print_json(describe_json());
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
	{ "The same for rule files", "gumshoe schema rules > rules.schema.json" }, { 0 }
};

static const struct topic exits[] = { { "0", "it was printed" }, EXIT_ROW_USAGE, { 0 } };

const struct command command_schema = { .name_z = "schema",
	.args_z = "config|rules",
	.brief_z =
		"print what may stand in gumshoe.yaml, or in a rule file, with its meaning",
	.text_z =
		"Of the configuration as text it is one itself: every setting with its default, "
		"as comments. As json it is a JSON Schema; of rules it always is one.",
	.more_z =
		"An editor with a YAML language server completes and checks a file that begins "
		"with `# yaml-language-server: $schema=rules.schema.json`. It sees one document "
		"at a time: `gumshoe check` knows more, such as names of other rules.",
	.examples = examples,
	.exits = exits,
	.see_z = "check",
	.options = options,
	.run = run };
