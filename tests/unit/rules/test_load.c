/* SPDX-License-Identifier: Apache-2.0 */
/* Files, folders, tests of rules, and fields that matches have to take along. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "kit.h"

#define HEAD                                                                   \
	"logsource: {service: x}\ndetection:\n  s: {message|contains: lost}\n" \
	"  condition: s\n"

static void
write_file(const char *dir_z, const char *name_z, const char *text_z)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir_z, name_z);
	f = fopen(path, "w");
	if (f == NULL)
		abort();
	fputs(text_z, f);
	fclose(f);
}

static int
load_paths(const char *const *paths_z, size_t n, struct ruleset **rs)
{
	size_t len = 0;
	FILE *out;
	int err;

	free(kit_said);
	kit_said = NULL;
	*rs = NULL;
	out = open_memstream(&kit_said, &len);
	if (out == NULL)
		abort();
	err = rules_load(paths_z, n, out, rs);
	fclose(out);
	return err;
}

/* n rules of 1,000 values each. */
static int
load_values(unsigned n)
{
	struct ruleset *rs;
	struct buf b;
	size_t len = 0;
	FILE *out;
	int err;

	buf_init(&b, 2 << 20);
	for (unsigned k = 0; k < n; k++) {
		buf_printf(&b,
			"---\ntitle: R%u\nlogsource: {category: log}\ndetection:\n"
			"  condition: s\n  s:\n    message|contains:\n",
			k);
		for (unsigned i = 0; i < 1000; i++)
			buf_printf(&b, "    - word%u\n", k * 1000 + i);
	}
	free(kit_said);
	kit_said = NULL;
	out = open_memstream(&kit_said, &len);
	if (out == NULL)
		abort();
	err = rules_load_text("many.yaml", buf_str(&b), out, &rs);
	fclose(out);
	if (err == 0)
		ruleset_free(&rs);
	buf_fini(&b);
	return err;
}

static void
test_too_many_words(void)
{
	OK(load_values(50) == 0);
	OK(load_values(51) == -1 && kit_says("many.yaml:50352:1: error: ") &&
		kit_says("over 50000 texts to look for"));
}

static void
test_folder(void)
{
	char dir[] = "/tmp/test_load.XXXXXX", path[256];
	const char *paths[2] = { dir, path };
	struct ruleset *rs;

	if (mkdtemp(dir) == NULL)
		abort();
	OK(load_paths(paths, 1, &rs) == -1 && kit_says("no *.yaml"));
	snprintf(path, sizeof(path), "%s/sub", dir);
	if (mkdir(path, 0700) != 0)
		abort();
	write_file(dir, "b.yaml", "title: B\n" HEAD);
	write_file(dir, "a.yml", "title: A\n" HEAD "---\ntitle: A2\n" HEAD);
	write_file(dir, "sub/c.yaml", "title: C\n" HEAD);
	write_file(dir, ".hidden.yaml", "nonsense");
	write_file(dir, "README", "nonsense");
	OK(load_paths(paths, 1, &rs) == 0 && rs != NULL && rs->n_rules == 4);
	OK(rs != NULL && kit_is(rs->rules[0].name, "A") &&
		kit_is(rs->rules[2].name, "B") && kit_is(rs->rules[3].name, "C") &&
		rs->rules[1].line == 7);
	ruleset_free(&rs);
	snprintf(path, sizeof(path), "%s/none.yaml", dir);
	OK(load_paths(paths, 2, &rs) == -1 && kit_says("none.yaml: error: "));
	snprintf(path, sizeof(path), "%s/b.yaml", dir);
	OK(load_paths(paths, 2, &rs) == 0 && rs != NULL && rs->n_rules == 4);
	ruleset_free(&rs);
	for (size_t i = 0; i < 5; i++) {
		static const char *const names[] = { "b.yaml", "a.yml", "sub/c.yaml",
			".hidden.yaml", "README" };

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/sub", dir);
	rmdir(path);
	rmdir(dir);
}

static void
test_tests(void)
{
	struct ruleset *rs = kit_load(
		"title: T\n" HEAD "tests:\n"
		"  - {log: 'it is lost', pod: p-1, namespace: shop, labels: {service: x}}\n"
		"  - log: found\n    match: false\n"
		"---\ntitle: E\nlogsource: {category: event}\ndetection:\n"
		"  s: {reason: BackOff}\n  condition: s\ntests:\n"
		"  - event: {reason: BackOff, count: 3, x: 'no', y: [1.5, null, true, '1', 1e, .5]}\n");
	const struct rule_test *t = rs == NULL ? NULL : rs->rules[0].tests;

	OK(t != NULL && rs->rules[0].n_tests == 2 && t[0].match && !t[1].match);
	OK(t != NULL && t[0].n_labels == 3 && kit_is(t[0].log, "it is lost"));
	OK(t != NULL && kit_is(t[0].labels[0].name, "pod") &&
		kit_is(t[0].labels[0].value, "p-1"));
	OK(rs != NULL && rs->rules[1].n_tests == 1 &&
		kit_is(rs->rules[1].tests[0].object,
			"{\"reason\":\"BackOff\",\"count\":3,\"x\":\"no\","
			"\"y\":[1.5,null,true,\"1\",\"1e\",\".5\"]}"));
	ruleset_free(&rs);
}

static void
test_wanted(void)
{
	struct ruleset *rs = kit_load(
		"title: E\nname: e\nlogsource: {category: event}\n"
		"detection:\n  s: {reason: BackOff}\n  condition: s\n---\n"
		"title: C\ncorrelation:\n  type: event_count\n  rules: [e]\n"
		"  group-by: [namespace, who]\n  timespan: 5m\n  condition: {gte: 3}\n"
		"  aliases: {who: {e: involvedObject.name}}\n"
		"incident: {title: '{who} {kind} {reason}'}\n");

	OK(rs != NULL && rs->rules[0].n_wanted == 3 && strcmp(kit_said, "") == 0);
	OK(rs != NULL && kit_is(rs->rules[0].wanted[0], "involvedObject.name"));
	ruleset_free(&rs);
}

static void
test_many_errors(void)
{
	OK(kit_load("title: A\nlevel: hihg\n" HEAD "---\ntitle: B\nlogsource: {}\n"
		    "detection:\n  s: {f|contain: x}\n  condition: t\n") == NULL);
	OK(kit_says("t.yaml:2:8: error") && kit_says("logsource has") &&
		kit_says("unknown modifier") && kit_says("no selection"));
	OK(kit_load("title: A\n  bad: [\n") == NULL && kit_says("error"));
	OK(kit_load("- 1\n") == NULL && kit_load("\xff\xfe") == NULL);
}

static void
test_empty(void)
{
	struct ruleset *rs = kit_load("");

	OK(rs != NULL && rs->n_rules == 0 && rs->n_corrs == 0);
	ruleset_free(&rs);
	rs = kit_load("title: A\n" HEAD);
	OK(rs != NULL && rs->content != 0 && rs->rules[0].level == LEVEL_MEDIUM);
	ruleset_free(&rs);
}

int
main(void)
{
	test_folder();
	test_too_many_words();
	test_tests();
	test_wanted();
	test_many_errors();
	test_empty();
	kit_done();
	return tap_done();
}
