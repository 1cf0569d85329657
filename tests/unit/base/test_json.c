/* SPDX-License-Identifier: Apache-2.0 */
/* json: reading one value after the other, mending, accessors. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "../../tap.h"

/* Reads text; what it holds, printed compactly, must be wanted. */
static bool
reads_as(struct str text, size_t used_wanted, const char *wanted)
{
	json_t *v = NULL;
	size_t used = 0;
	char *dump;
	bool same;

	if (json_read(text, &v, &used) != JSON_OK)
		return false;
	dump = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	same = strcmp(dump, wanted) == 0 && used == used_wanted;
	if (!same)
		printf("# got %s used %zu\n", dump, used);
	free(dump);
	json_decref(v);
	return same;
}

static enum json_status
status(struct str text)
{
	json_t *v = NULL;
	size_t used;
	enum json_status s = json_read(text, &v, &used);

	if (s == JSON_OK)
		json_decref(v);
	return s;
}

static void
reading(void)
{
	OK(reads_as(STR(" {\"a\": 1}\n{\"b\": 2}"), 9, "{\"a\":1}"));
	OK(reads_as(STR("[1,\"]\\\"\"] tail"), 9, "[1,\"]\\\"\"]"));
	OK(reads_as(STR("\"x\"y"), 3, "\"x\"") && reads_as(STR("12"), 2, "12"));
	OK(reads_as(STR("true"), 4, "true") &&
		reads_as(STR("{\"a\":1,\"a\":2}"), 13, "{\"a\":2}"));
	OK(status(STR("")) == JSON_MORE && status(STR(" \n")) == JSON_MORE);
	OK(status(STR("{\"a\": [1, 2")) == JSON_MORE &&
		status(STR("{\"a\": \"b")) == JSON_MORE);
	OK(status(STR("[\"\\")) == JSON_MORE &&
		status(STR("{\"a\":\"\xe2\x82")) == JSON_MORE);
	OK(status(STR("{")) == JSON_MORE && status(STR("[\"\\ud83d")) == JSON_MORE);
	OK(status(STR("{a: 1}")) == JSON_BAD && status(STR("}")) == JSON_BAD);
	OK(status(STR("[1}")) == JSON_BAD && status(STR("[01]")) == JSON_BAD);
	OK(status(STR("nothing")) == JSON_BAD && status(STR("{\"a\" 1}")) == JSON_BAD);
	OK(status(STR("[1e]")) == JSON_BAD && status(STR("[\"a\nb\"]")) == JSON_BAD);
	OK(status(STR("[\"\\u00")) == JSON_MORE && status(STR("[\"\\\\")) == JSON_MORE);
	OK(status(STR("[\"\\x")) == JSON_BAD);
	OK(status(STR("{oops")) == JSON_BAD);
}

static void
mending(void)
{
	OK(reads_as(STR("{\"id\":12345678901234567890,\"n\":-7}z"), 34,
		"{\"id\":\"12345678901234567890\",\"n\":-7}"));
	OK(reads_as(STR("[1e400,1.5]"), 11, "[\"1e400\",1.5]"));
	OK(reads_as(STR("99999999999999999999 x"), 20, "\"99999999999999999999\""));
	OK(reads_as(STR("[\"a\xff"
			"b\xc3\"]"),
		8,
		"[\"a\xef\xbf\xbd"
		"b\xef\xbf\xbd\"]"));
	OK(reads_as(STR("[\"\\ud800\",\"\\udc00x\",\"\\ud83d\\ude00\"]"), 35,
		"[\"\xef\xbf\xbd\",\"\xef\xbf\xbdx\",\"\xf0\x9f\x98\x80\"]"));
	OK(reads_as(STR("[\"\\ud800\\u0041\"]"), 16,
		"[\"\xef\xbf\xbd"
		"A\"]"));
	OK(reads_as(STR("{\"a\\u0000b\":1}"), 14,
		"{\"a\xef\xbf\xbd"
		"b\":1}"));
	OK(reads_as(STR("[\"a\tb\0\"]"), 8, "[\"a\\tb\xef\xbf\xbd\"]"));
	OK(reads_as(STR("[\"\\u0000\"]"), 10, "[\"\\u0000\"]"));
	OK(reads_as(STR("{\"\xff\":12345678901234567890}"), 26,
		"{\"\xef\xbf\xbd\":\"12345678901234567890\"}"));
	OK(status(STR("[\"\xff\", 99999999999999999999, 01]")) == JSON_BAD);
	OK(status(STR("[\"\\\xff\"]")) == JSON_BAD);
}

static void
limits(void)
{
	enum { N = 100000 };
	char *text = malloc(2 * N);

	memset(text, '[', N);
	memset(text + N, ']', N);
	OK(status((struct str){ text, 2 * N }) == JSON_BAD);
	OK(status((struct str){ text, N }) == JSON_BAD);
	OK(status((struct str){ text + N - 64, 128 }) == JSON_OK);
	OK(status((struct str){ text + N - 65, 130 }) == JSON_BAD);
	free(text);
}

static bool
scalar_is(const json_t *v, const char *wanted)
{
	struct buf b;
	bool same;

	buf_init(&b, 100);
	same = json_scalar(v, &b) && strcmp(buf_z(&b), wanted) == 0;
	buf_fini(&b);
	return same;
}

static void
accessors(void)
{
	static const char text[] =
		"{\"a\":{\"b\":{\"c\":\"deep\"},\"b.c\":\"flat\"},\"a.x\":1,"
		"\"l\":{\"app.k8s.io/name\":\"n\"},\"m.n\":{\"o\":true},"
		"\"r\":104.98,\"i\":5.0,\"big\":1e300,\"null\":null,\"s\":\"x\\u0000y\","
		"\"neg\":-9223372036854775808,\"tenth\":0.1}";
	struct buf b;
	json_t *v = NULL;
	size_t used;

	OK(json_read(str_z(text), &v, &used) == JSON_OK);
	OK(str_eq(json_text(json_at(v, STR("a.b.c"))), STR("flat")));
	OK(json_i64(json_at(v, STR("a.x")), 0) == 1 && json_at(v, STR("a.y")) == NULL);
	OK(str_eq(json_text(json_at(v, STR("l.app.k8s.io/name"))), STR("n")));
	OK(json_is_true(json_at(v, STR("m.n.o"))) && json_at(v, STR("m.n.o.p")) == NULL);
	OK(json_at(v, STR("")) == NULL && json_at(v, STR(".")) == NULL &&
		json_at(NULL, STR("a")) == NULL);
	OK(json_member(NULL, "a") == NULL &&
		json_member(json_member(v, "r"), "a") == NULL);
	OK(str_eq(json_member_text(v, "s"), STR("x\0y")) &&
		json_member_text(v, "r").len == 0);
	OK(json_member_text(NULL, "s").len == 0 && json_text(NULL).len == 0);
	OK(json_i64(json_member(v, "i"), 0) == 5 &&
		json_i64(json_member(v, "r"), -1) == -1);
	OK(json_i64(json_member(v, "big"), -1) == -1 && json_i64(NULL, 7) == 7);
	OK(json_i64(json_member(v, "neg"), 0) == INT64_MIN &&
		json_i64(json_member(v, "s"), 3) == 3);
	OK(scalar_is(json_member(v, "r"), "104.98") &&
		scalar_is(json_member(v, "tenth"), "0.1"));
	OK(scalar_is(json_member(v, "i"), "5.0") &&
		scalar_is(json_member(v, "big"), "1e+300"));
	OK(scalar_is(json_at(v, STR("m.n.o")), "true") &&
		scalar_is(json_at(v, STR("a.x")), "1"));
	buf_init(&b, 10);
	OK(!json_scalar(json_member(v, "null"), &b) && !json_scalar(v, &b) &&
		!json_scalar(NULL, &b));
	buf_fini(&b);
	json_decref(v);
}

/* As the library prints it. */
static bool
writes_same(const char *text_z)
{
	json_t *v = json_loads(text_z, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	char *want_z =
		json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
	char *got_z = NULL;
	size_t len;
	FILE *f = open_memstream(&got_z, &len);
	bool same = false;

	if (v != NULL && want_z != NULL && f != NULL) {
		json_write(f, v);
		(void)fclose(f);
		same = strcmp(got_z, want_z) == 0;
	}
	json_decref(v);
	free(want_z);
	free(got_z);
	return same;
}

static void
test_write(void)
{
	OK(writes_same("{}"));
	OK(writes_same("[]"));
	OK(writes_same("\"\""));
	OK(writes_same(
		"{\"b\":[1,-2,{\"a\":null}],\"a\":{\"x\":true,\"y\":false},\"\":[]}"));
	OK(writes_same("[9223372036854775807,-9223372036854775808,0]"));
	OK(writes_same("[1.5,0.1,1e300,-2.0,1.3,33.3333333333333,1e-7,100000.0]"));
	OK(writes_same("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u0000 x \\u007f\""));
	OK(writes_same("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\\u2028 \\ud83d\\ude00\""));
	OK(writes_same("{\"a\\n\\\"b\":\"plain \\u001b[0m end\"}"));
}

int
main(void)
{
	reading();
	mending();
	limits();
	accessors();
	test_write();
	return tap_done();
}
