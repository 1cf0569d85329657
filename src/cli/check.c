/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe check: are these rules good, and what will they cost? gumshoe test: do they do
 * what their tests say?
 */
#include <errno.h>
#include <inttypes.h>

#include "cli/commands.h"
#include "cli/configure.h"
#include "cli/place.h"
#include "cli/topics.h"
#include "conf/settings.h"
#include "output/trial.h"
#include "pipeline/ruletest.h"
#include "scan/prefilter.h"

static const struct option_row *const check_options[] = { &option_conf, &option_rules,
	&option_send_test, &option_key_file, &option_quiet, &option_help, NULL };
static const struct option_row *const test_options[] = { &option_rules, &option_quiet,
	&option_help, NULL };

/* Paths given as arguments are the same as -r. */
static void
args_as_rules(const struct options *in, struct options *out)
{
	*out = *in;
	for (size_t i = 0; i < in->n_args && out->n_rules < OPTION_REPEATS; i++)
		out->rules_z[out->n_rules++] = in->args_z[i];
}

static void
say_roads(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_rules; i++) {
		const struct rule *r = &rs->rules[i];

		if (r->category == RECORD_LOG && r->n_words == 0)
			printf("%.*s:%u: note: %.*s has no word that every match must contain: "
			       "every line of its sources is looked at\n",
				STR_ARG(r->file), r->line, STR_ARG(r->name));
	}
}

/* Whether findings would arrive: nothing else is checked. */
static int
send_test(const struct options *o)
{
	struct output_settings output;
	int status = configure_send(o, o->send_test_z, &output);
	int err;

	if (status != 0)
		return status;
	err = trial_send(&output, o->key_file_z, stdout);
	if (err == -EIO) {
		fprintf(stderr, "gumshoe: %s: the test did not get there\n",
			o->send_test_z);
		return EXIT_UNAVAILABLE;
	}
	return err == 0 ? 0 : place_fail(o->send_test_z, err);
}

static void
say_good(const struct options *o, const struct ruleset *rs,
	const struct ruletest_counts *counts)
{
	struct buf b;

	buf_init(&b, 64 * 1024);
	if (o->settings != NULL) {
		buf_printf(&b, "%s is good: ", o->conf_z);
		buf_add_count(&b, (int64_t)o->settings->n_inputs, "input");
		buf_add(&b, STR(", "));
		buf_add_count(&b, (int64_t)o->settings->n_outputs, "output");
		buf_add_char(&b, '\n');
	}
	buf_add_count(&b, (int64_t)rs->n_rules, "rule");
	buf_add(&b, STR(", "));
	buf_add_count(&b, (int64_t)rs->n_corrs, "correlation");
	buf_add(&b, STR(", "));
	buf_add_count(&b, (int64_t)counts->passed, "test");
	buf_printf(&b, " passed, %zu failed; scan engine: %s\n", counts->failed,
		prefilter_engine_z());
	fputs(buf_z(&b), stdout);
	buf_fini(&b);
}

static int
run_check(const struct options *given)
{
	struct options o;
	struct ruleset *rs = NULL;
	struct ruletest_counts counts;
	int status;

	if (given->send_test_z != NULL)
		return send_test(given);
	args_as_rules(given, &o);
	status = place_rules(&o, &rs);
	if (status != 0)
		return status;
	ruletest_run(rs, stderr, &counts);
	say_roads(rs);
	if (!o.quiet)
		say_good(&o, rs, &counts);
	ruleset_free(&rs);
	return counts.failed > 0 ? EXIT_CONFIG : 0;
}

static int
run_test(const struct options *given)
{
	struct options o;
	struct ruleset *rs = NULL;
	struct ruletest_counts counts;
	int status;

	args_as_rules(given, &o);
	status = place_rules(&o, &rs);
	if (status != 0)
		return status;
	ruletest_run(rs, stdout, &counts);
	if (!o.quiet)
		printf("%zu test%s passed, %zu failed\n", counts.passed,
			counts.passed == 1 ? "" : "s", counts.failed);
	ruleset_free(&rs);
	return counts.failed > 0 ? EXIT_FOUND : 0;
}

static const struct example check_examples[] = { { "The shipped rules", "gumshoe check" },
	{ "A folder of rules", "gumshoe check my-rules/" },
	{ "A configuration and the rules it names", "gumshoe check -c gumshoe.yaml" },
	{ 0 } };

static const struct topic check_exits[] = { { "0", "all is good" }, EXIT_ROW_USAGE,
	{ "69", "`--send-test`: the test finding did not get there" },
	{ "78", "an error in the configuration or in a rule, or a test failed" }, { 0 } };

static const struct example test_examples[] = {
	{ "One file's tests", "gumshoe test rules/sock-shop.yaml" }, { 0 }
};

static const struct topic test_exits[] = { { "0", "all tests passed" },
	{ "1", "some tests failed" }, EXIT_ROW_USAGE, EXIT_ROW_CONFIG, { 0 } };

static const struct topic files[] = { FILE_ROW_RULES, { 0 } };

static const struct topic environment[] = { ENV_ROW_RULES, { 0 } };

const struct command command_check = { .name_z = "check",
	.args_z = "[RULES]...",
	.brief_z = "check the configuration and rule files, and run the tests in them",
	.text_z =
		"Every error is told with file, line, column and a hint. Says which rules take "
		"a slower road.",
	.more_z =
		"Messages start with FILE:LINE:COLUMN, so editors jump to the place. All errors "
		"of all files are told in one run.\n\n"
		"With `--send-test` nothing is checked but whether findings get to that output: "
		"`gumshoe check -c gumshoe.yaml --send-test datadog`.",
	.examples = check_examples,
	.exits = check_exits,
	.files = files,
	.environment = environment,
	.see_z = "test explain",
	.options = check_options,
	.run = run_check };

const struct command command_test = { .name_z = "test",
	.args_z = "[RULES]...",
	.brief_z = "run the tests inside rule files",
	.text_z =
		"Each rule carries lines it must match, what it must capture, and lines it must "
		"not match.",
	.examples = test_examples,
	.exits = test_exits,
	.files = files,
	.environment = environment,
	.see_z = "check explain",
	.options = test_options,
	.run = run_test };
