/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe explain: why does a rule match a line, or why not?
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/place.h"
#include "cli/topics.h"
#include "pipeline/ruletest.h"

#define LINE_BYTES ((size_t)2 << 20)

static const struct option_row *const options[] = { &option_rules, &option_rule,
	&option_help, NULL };

static void
say_nearest(const struct ruleset *rs, struct str name)
{
	struct str *names = calloc(rs->n_rules + 1, sizeof(*names));
	struct str near = { 0 };

	for (size_t i = 0; names != NULL && i < rs->n_rules; i++)
		names[i] = rs->rules[i].name;
	if (names != NULL)
		near = str_nearest(name, names, rs->n_rules);
	if (near.len > 0)
		fprintf(stderr, "did you mean %.*s?\n", STR_ARG(near));
	free(names);
}

static int
no_rule(const struct ruleset *rs, uint32_t rule, const char *name_z)
{
	const struct correlation *c;

	if (rule == UINT32_MAX) {
		fprintf(stderr, "gumshoe explain: no rule is called %s\n", name_z);
		say_nearest(rs, str_z(name_z));
		return EXIT_USAGE_ERROR;
	}
	c = &rs->corrs[rule & ~CORRELATION_BIT];
	fprintf(stderr,
		"gumshoe explain: %s is a correlation, which no line matches; it is over:",
		name_z);
	for (size_t i = 0; i < c->n_refs; i++)
		fprintf(stderr, " %.*s", STR_ARG(ruleset_name(rs, c->refs[i].rule)));
	fputc('\n', stderr);
	return EXIT_USAGE_ERROR;
}

static bool
has_log_rule(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_rules; i++)
		if (rs->rules[i].category == RECORD_LOG)
			return true;
	return false;
}

static int
explain(const struct options *o, const struct ruleset *rs, struct str text)
{
	uint32_t rule = UINT32_MAX;
	const char *name_z = o->rule_z;

	if (name_z != NULL) {
		rule = ruleset_find(rs, str_z(name_z));
		if (rule == UINT32_MAX || (rule & CORRELATION_BIT) != 0)
			return no_rule(rs, rule, name_z);
	} else if (!has_log_rule(rs)) {
		fputs("gumshoe explain: no rule is for log lines; name one with --rule\n",
			stderr);
		return EXIT_USAGE_ERROR;
	}
	ruletest_explain(rs, rule, text, stdout);
	return 0;
}

/* The words behind --, joined; without any, standard input. */
static int
get_text(const struct options *o, struct arena *a, struct str *text)
{
	struct buf b;
	int err;

	if (o->n_args == 0)
		return file_read_fd(a, STDIN_FILENO, LINE_BYTES, text);
	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < o->n_args; i++) {
		if (i > 0)
			buf_add_char(&b, ' ');
		buf_add(&b, str_z(o->args_z[i]));
	}
	buf_add_char(&b, '\n');
	err = buf_failed(&b) ? -1 : 0;
	*text = arena_copy(a, buf_str(&b));
	buf_fini(&b);
	return err;
}

static int
run(const struct options *o)
{
	struct ruleset *rs = NULL;
	struct arena *a = arena_new("explain", 2 * LINE_BYTES);
	struct str text;
	int status = a == NULL ? EXIT_SOFTWARE : place_rules(o, &rs);

	if (status == 0 && get_text(o, a, &text) != 0)
		status = EXIT_IO;
	if (status == 0 && str_trim(text).len == 0) {
		fputs("gumshoe explain: there is no line; give one: gumshoe explain -- LINE\n",
			stderr);
		status = EXIT_USAGE_ERROR;
	}
	if (status == 0)
		status = explain(o, rs, text);
	if (rs != NULL)
		ruleset_free(&rs);
	arena_free(&a);
	return status;
}

static const struct example examples[] = {
	{ "Why does this rule match, or not?",
		"gumshoe explain --rule payment_failed -- 'ERROR Payment failed for order "
		"6900953ac1f4320001b50703: Connection refused'" },
	{ "Which rules know this line?", "tail -n 1 orders.log | gumshoe explain" }, { 0 }
};

static const struct topic exits[] = { { "0", "it was explained" }, EXIT_ROW_USAGE,
	EXIT_ROW_IO, EXIT_ROW_CONFIG, { 0 } };

static const struct topic files[] = { FILE_ROW_RULES, { 0 } };

static const struct topic environment[] = { ENV_ROW_RULES, { 0 } };

const struct command command_explain = { .name_z = "explain",
	.args_z = "[-- LINE]",
	.brief_z = "say why rules match a line, or which part of them does not",
	.text_z =
		"Takes the line behind -- or from standard input; --rule names one rule, else "
		"all log rules. For a rule of events, pods or volumes it is the record as JSON, "
		"as in its tests.",
	.examples = examples,
	.exits = exits,
	.files = files,
	.environment = environment,
	.see_z = "check test scan",
	.options = options,
	.run = run };
