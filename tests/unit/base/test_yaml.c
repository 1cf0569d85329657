/* SPDX-License-Identifier: Apache-2.0 */
/* yaml: trees, places, everything that is refused, and that refusing is cheap. */
#include "base/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#include "../../tap.h"

/* One text parsed: its trees and what was said about it. */
struct run {
	struct arena *a;
	struct diag_source src;
	struct diag d;
	char *said;
	size_t said_len;
	struct yaml_node **docs;
	size_t n;
	int err;
};

static void
run_start(struct run *r, struct str text)
{
	*r = (struct run){ .a = arena_new("yaml", 64u << 20) };
	r->src = (struct diag_source){ .name = "x.yaml", .text = text };
	r->d.src = &r->src;
	r->d.out = open_memstream(&r->said, &r->said_len);
	r->err = yaml_parse(&r->d, r->a, &r->docs, &r->n);
	fflush(r->d.out);
}

static void
run_stop(struct run *r)
{
	fclose(r->d.out);
	free(r->said);
	arena_free(&r->a);
}

static void
trees(void)
{
	static const char text[] = "\xef\xbb\xbf"
				   "# c\n"
				   "t\xc3\xaftle: \"P\xc3\xa4y\\n\"\r\n"
				   "list:\n"
				   "- a\n"
				   "- [b, 'c']\n"
				   "block: |\n"
				   "  [[[[ {\n"
				   "  two\n"
				   "empty:\n"
				   "flag: true\n"
				   "n: -1.5e3\n"
				   "---\n"
				   "---\n"
				   "second\n"
				   "---\n";
	struct run r;
	struct yaml_node *v;
	bool flag = false;
	double n = 0;

	run_start(&r, str_z(text));
	OK(r.err == 0 && r.n == 2 && r.d.errors == 0);
	OK(r.docs[0]->kind == YAML_MAP && r.docs[0]->n == 6);
	v = yaml_get(r.docs[0], STR("t\xc3\xaftle"));
	OK(v != NULL && !v->plain && str_eq(v->value, STR("P\xc3\xa4y\n")));
	OK(v != NULL && str_eq(v->where, STR("\"P\xc3\xa4y\\n\"")));
	OK(str_eq(r.docs[0]->pairs[0].key_where, STR("t\xc3\xaftle")));
	v = yaml_get(r.docs[0], STR("list"));
	OK(v->kind == YAML_LIST && v->n == 2 && v->items[1]->n == 2);
	OK(str_eq(v->where, STR("- a\n- [b, 'c']")));
	OK(str_eq(v->items[1]->where, STR("[b, 'c']")));
	OK(str_eq(v->items[1]->items[1]->value, STR("c")) &&
		!v->items[1]->items[1]->plain);
	v = yaml_get(r.docs[0], STR("block"));
	OK(str_eq(v->value, STR("[[[[ {\ntwo\n")) && str_eq(v->where, STR("|")));
	OK(yaml_is_null(yaml_get(r.docs[0], STR("empty"))));
	OK(yaml_to_bool(yaml_get(r.docs[0], STR("flag")), &flag) && flag);
	OK(yaml_to_double(yaml_get(r.docs[0], STR("n")), &n) && n == -1500);
	OK(!yaml_to_double(yaml_get(r.docs[0], STR("flag")), &n));
	OK(yaml_get(r.docs[0], STR("none")) == NULL && yaml_get(v, STR("x")) == NULL);
	OK(r.docs[1]->kind == YAML_SCALAR && str_eq(r.docs[1]->value, STR("second")));
	run_stop(&r);
	run_start(&r, (struct str){ 0 });
	OK(r.err == 0 && r.n == 0);
	run_stop(&r);
}

/* The whole text of what is said, for each thing that is refused. */
static void
refused(void)
{
	static const struct {
		const char *text, *said;
	} t[] = {
		{ "a: 1\nb: 2\na: 3\n", "x.yaml:3:1: error: duplicate key \"a\"\n"
					"    3 | a: 3\n"
					"      | ^\n"
					"      = first at line 1\n" },
		{ "a: &x 1\nb: *x\n",
			"x.yaml:1:4: error: anchors (&name) are not allowed\n"
			"    1 | a: &x 1\n"
			"      |    ^~~~\n"
			"x.yaml:2:4: error: aliases (*name) are not allowed\n"
			"    2 | b: *x\n"
			"      |    ^~\n"
			"      = if it is meant as text, put it in quotes\n" },
		{ "a: !!int 1\n<<: {b: 1}\n",
			"x.yaml:1:4: error: tags (!name) are not allowed\n"
			"    1 | a: !!int 1\n"
			"      |    ^~~~~~~\n"
			"x.yaml:2:1: error: merge keys (<<) are not allowed\n"
			"    2 | <<: {b: 1}\n"
			"      | ^~\n" },
		{ "a: {b: 1\nc: ]\n",
			"x.yaml:2:2: error: did not find expected ',' or '}'\n"
			"    2 | c: ]\n"
			"      |  ^\n"
			"      = while parsing a flow mapping at line 1, column 4\n" },
		{ "a:\n\tb: 1\n",
			"x.yaml:2:1: error: found character that cannot start any token\n"
			"    2 |  b: 1\n"
			"      | ^\n"
			"      = YAML is indented with blanks, not with tabs\n" },
		{ "? [a]\n: 1\n",
			"x.yaml:1:3: error: a key must be a single word or quoted text\n"
			"    1 | ? [a]\n"
			"      |   ^\n"
			"      = if it starts with { or [ and is meant as text, quote it\n" },
		{ "a: '\xff'\n", "x.yaml:1:5: error: invalid leading UTF-8 octet\n"
				 "    1 | a: '\\xff'\n"
				 "      |     ^~~~\n" },
		{ "a: \"\\0\"\n", "x.yaml:1:4: error: NUL bytes are not allowed\n"
				  "    1 | a: \"\\0\"\n"
				  "      |    ^~~~\n" },
		{ "%TAG !e! tag:e,2000:\n---\na: 1\n",
			"x.yaml:1:1: error: %TAG is not allowed\n"
			"    1 | %TAG !e! tag:e,2000:\n"
			"      | ^~~~~~~~~~~~~~~~~~~~\n" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct run r;

		run_start(&r, str_z(t[i].text));
		OK(r.err == -1 && strcmp(r.said, t[i].said) == 0);
		if (strcmp(r.said, t[i].said) != 0)
			printf("# said:\n%s# wanted:\n%s", r.said, t[i].said);
		run_stop(&r);
	}
}

static void
ambiguous(void)
{
	static const char *const warned[] = { "no", "Yes", "on", "y", "010", "08", "1:30",
		"1_000", "0b1", "0o17", "1e3", "1.5e3", "10:04:45", "-0x1F" };
	static const char *const quiet[] = { "true", "null", "~", "0", "12", "-12", "1.5",
		"0x1F", ".inf", "1.2.3", "10.0.0.1", "2025-10-28", "abc", "1.5e+3", "5m",
		"'no'", "1:75", "6900953ac1f4320001b50703" };
	char text[64];
	struct run r;

	for (size_t i = 0; i < sizeof(warned) / sizeof(warned[0]); i++) {
		snprintf(text, sizeof(text), "a: %s\n", warned[i]);
		run_start(&r, str_z(text));
		OK(r.err == 0 && r.d.warnings == 1);
		run_stop(&r);
	}
	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
		snprintf(text, sizeof(text), "a: %s\n", quiet[i]);
		run_start(&r, str_z(text));
		OK(r.err == 0 && r.d.warnings == 0);
		run_stop(&r);
	}
	run_start(&r, STR("a: no\n"));
	OK(strcmp(r.said,
		   "x.yaml:1:4: warning: plain no is a boolean in YAML 1.1 but text in YAML 1.2\n"
		   "    1 | a: no\n"
		   "      |    ^~\n"
		   "      = put it in quotes\n") == 0);
	run_stop(&r);
}

/* unit repeated up to len bytes must be refused, with this in the message. */
static void
hostile(const char *unit, size_t len, const char *said)
{
	size_t n = strlen(unit);
	char *text = malloc(len);
	int64_t start = clock_mono_ns();
	struct run r;

	for (size_t i = 0; i < len; i++)
		text[i] = unit[i % n];
	run_start(&r, (struct str){ .ptr = text, .len = len });
	printf("# %.2s... %lld us\n", unit, (long long)(clock_mono_ns() - start) / 1000);
	OK(r.err == -1 && r.d.errors == 1 && strstr(r.said, said) != NULL);
	run_stop(&r);
	free(text);
}

static void
limits(void)
{
	static const char flow[] =
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
	static char keys[17 * 60000];
	size_t len = 0;
	struct run r;
	int64_t start;

	hostile("[", 1 << 20, "nested deeper than 32");
	hostile("{", 1 << 20, "a key must be");
	hostile("[{", 1 << 20, "a key must be");
	hostile("[\n", 1 << 20, "nested deeper than 32");
	hostile("? ", 1 << 20, "a key must be");
	hostile("- ", 1 << 20, "nested deeper than 32");
	hostile("a: [", 1 << 20, "nested deeper than 32");
	hostile("- a\n", 1 << 20, "more than 100000 values");
	hostile("[],", 1 << 20, "expected");
	hostile("x", (1 << 20) + 1, "larger than");
	run_start(&r, str_z(flow));
	OK(r.err == 0 && r.n == 1);
	run_stop(&r);
	for (int i = 0; i < 49000; i++)
		len += (size_t)snprintf(keys + len, sizeof(keys) - len, "k%d: v\n", i);
	start = clock_mono_ns();
	run_start(&r, (struct str){ .ptr = keys, .len = len });
	OK(r.err == 0 && r.docs[0]->n == 49000 &&
		clock_mono_ns() - start < INT64_C(5000000000));
	run_stop(&r);
	len += (size_t)snprintf(
		keys + len, sizeof(keys) - len, "k48000: v\nk3: v\nk48000: v\n");
	run_start(&r, (struct str){ .ptr = keys, .len = len });
	OK(r.err == -1 && r.d.errors == 3 &&
		strstr(r.said, "first at line 48001") != NULL);
	run_stop(&r);
}

int
main(void)
{
	trees();
	refused();
	ambiguous();
	limits();
	return tap_done();
}
