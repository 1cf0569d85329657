/* SPDX-License-Identifier: Apache-2.0 */
/* datadog_series: the contract of metrics v2 and of the service check; conf/datadog names
 * only metrics that exist. */
#include "output/datadog_series.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"

#include "../../tap.h"

#define T0 (INT64_C(1761645885) * TIME_S)

static const struct output_settings plain = { .site = STR_INIT("datadoghq.com"),
	.hostname = STR_INIT("node-1"),
	.env = STR_INIT("demo") };

static const char numbers_z[] =
	"{\"incidents\":[{\"rule\":\"a\",\"level\":\"high\",\"namespace\":\"s\",\"open\":2}],"
	"\"orders_failed\":[{\"reason\":\"I/O error on POST\",\"namespace\":\"s\",\"n\":3},"
	"{\"reason\":\"i/o_error_on_post\",\"namespace\":\"s\",\"n\":4}],"
	"\"restarts\":[{\"namespace\":\"s\",\"service\":\"orders\",\"n\":1}],"
	"\"money_at_risk_cents\":34993,\"findings_waiting\":5}";

/* Owned by the caller; NULL: nothing was made. */
static json_t *
make(const char *text_z, bool alive, int64_t at_ns, int64_t wall_ns)
{
	json_t *numbers = text_z != NULL ? json_loads(text_z, 0, NULL) : NULL;
	const struct series_numbers n = { numbers, alive, at_ns, TIME_MIN };
	json_t *v = NULL;
	struct buf b;

	buf_init(&b, 512000);
	if (series_make(&plain, &n, wall_ns, &b))
		v = json_loadb(b.data, b.len, 0, NULL);
	else
		OK(b.len == 0);
	buf_fini(&b);
	json_decref(numbers);
	return v;
}

static const json_t *
find(const json_t *body, const char *metric_z)
{
	const json_t *list = json_member(body, "series");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (str_eq(json_member_text(json_array_get(list, i), "metric"),
			    str_z(metric_z)))
			return json_array_get(list, i);
	return NULL;
}

static bool
is_point(const json_t *series, double value)
{
	const json_t *p = json_array_get(json_member(series, "points"), 0);

	return json_is_integer(json_member(p, "timestamp")) &&
	       json_i64(json_member(p, "timestamp"), 0) == T0 / TIME_S &&
	       json_number_value(json_member(p, "value")) == value;
}

static void
test_numbers(void)
{
	json_t *v = make(numbers_z, true, T0, T0);
	const json_t *failed = find(v, "gumshoe.orders.failed");
	const json_t *open = find(v, "gumshoe.incidents.open");

	OK(json_array_size(json_member(v, "series")) == 7);
	OK(is_point(open, 2) && json_i64(json_member(open, "type"), 0) == SERIES_GAUGE);
	OK(json_member(open, "interval") == NULL);
	/* two reasons that are one tag are one series */
	OK(is_point(failed, 7) &&
		json_i64(json_member(failed, "type"), 0) == SERIES_COUNT);
	OK(json_i64(json_member(failed, "interval"), 0) == 60);
	OK(is_point(find(v, "gumshoe.money.at_risk"), 349.93));
	OK(is_point(find(v, "gumshoe.heartbeat"), 1));
	OK(is_point(find(v, "gumshoe.series.left_out"), 0));
	json_decref(v);
}

static void
test_ages(void)
{
	json_t *v;

	OK(make(numbers_z, true, T0 - TIME_H, T0) == NULL);
	OK(make(numbers_z, true, T0 + 10 * TIME_MIN, T0) == NULL);
	OK(make(NULL, false, T0, T0) == NULL);
	v = make(NULL, true, T0, T0 + 50 * TIME_MIN);
	OK(json_array_size(json_member(v, "series")) == 1);
	json_decref(v);
	v = make(
		"{\"incidents\":7,\"orders_failed\":[1,null],\"findings_waiting\":\"x\"}",
		false, T0, T0);
	OK(v != NULL);
	json_decref(v);
}

/* However many there are: bounded, and what is left out is told. */
static void
test_bound(void)
{
	json_t *numbers = json_object();
	json_t *list = json_array();
	char reason_z[200];
	char *text_z;
	json_t *v;

	for (int i = 0; i < 3000; i++) {
		(void)snprintf(reason_z, sizeof(reason_z), "reason%dx%0150d", i, 0);
		json_array_append_new(
			list, json_pack("{s:s,s:i}", "reason", reason_z, "n", 1));
	}
	json_object_set_new(numbers, "orders_failed", list);
	text_z = json_dumps(numbers, 0);
	v = make(text_z, true, T0, T0);
	OK(v != NULL && json_array_size(json_member(v, "series")) == 501);
	OK(is_point(find(v, "gumshoe.series.left_out"), 2501));
	json_decref(v);
	free(text_z);
	json_decref(numbers);
}

static void
test_since(void)
{
	json_t *before = json_loads(
		"{\"restarts\":[{\"service\":\"a\",\"n\":3},{\"service\":\"b\",\"n\":2}]}",
		0, NULL);
	json_t *now =
		json_loads("{\"x\":1,\"restarts\":[{\"service\":\"a\",\"n\":5},"
			   "{\"service\":\"b\",\"n\":2},{\"service\":\"c\",\"n\":1}]}",
			0, NULL);
	json_t *want = json_loads("{\"x\":1,\"restarts\":[{\"service\":\"a\",\"n\":2},"
				  "{\"service\":\"c\",\"n\":1}]}",
		0, NULL);
	json_t *got = series_since(now, before);
	json_t *first = series_since(now, NULL);

	OK(json_equal(got, want) && json_equal(first, now));
	json_decref(before);
	json_decref(now);
	json_decref(want);
	json_decref(got);
	json_decref(first);
}

static void
test_check(void)
{
	struct buf b;
	json_t *v;
	const json_t *c;

	buf_init(&b, 4096);
	OK(series_check(&plain, 2, STR("cannot write"), T0, &b) == 0);
	v = json_loadb(b.data, b.len, 0, NULL);
	c = json_array_get(v, 0);
	OK(json_object_size(c) == 6 && json_i64(json_member(c, "status"), -1) == 2);
	OK(str_eq(json_member_text(c, "check"), STR(SERIES_CHECK)));
	OK(str_eq(json_member_text(c, "host_name"), STR("node-1")));
	OK(str_eq(json_member_text(c, "message"), STR("cannot write")));
	json_decref(v);
	buf_fini(&b);
}

static bool
is_metric(struct str name)
{
	for (const struct series_row *r = series_rows; r->metric_z != NULL; r++)
		if (str_eq(str_z(r->metric_z), name))
			return true;
	return false;
}

static void
test_names(void)
{
	for (const struct series_row *r = series_rows; r->metric_z != NULL; r++) {
		struct str name = str_z(r->metric_z);
		bool good = name.len < 100 && char_is_alpha(name.ptr[0]);

		for (size_t i = 0; i < name.len; i++)
			good = good && (char_is_alnum(name.ptr[i]) ||
					       strchr("_.", name.ptr[i]) != NULL);
		OK(good && r->help_z != NULL);
	}
}

/* The page for people lists them all. */
static void
test_page(void)
{
	const char *tests_z = getenv("TESTDIR");
	static char text_z[1 << 16], path_z[4096];
	FILE *f;
	size_t n = 0;

	(void)snprintf(path_z, sizeof(path_z), "%s/../doc/outputs.md",
		tests_z != NULL ? tests_z : "tests");
	f = fopen(path_z, "r");
	OK(f != NULL);
	if (f != NULL) {
		n = fread(text_z, 1, sizeof(text_z) - 1, f);
		fclose(f);
	}
	OK(n > 1000);
	for (const struct series_row *r = series_rows; r->metric_z != NULL; r++)
		OK(strstr(text_z, r->metric_z) != NULL);
}

/* All queries ("avg:gumshoe.x{") in a JSON value, wherever they are. */
static unsigned
check_queries(const json_t *v)
{
	struct str text = json_text(v);
	unsigned n = 0;
	size_t at, end;

	while ((at = str_find(text, STR(":gumshoe."))) != SIZE_MAX) {
		text = str_sub(text, at + 1, text.len);
		end = str_find_char(text, '{');
		if (end == SIZE_MAX)
			continue;
		OK(is_metric(str_sub(text, 0, end)));
		n++;
	}
	if (json_is_array(v))
		for (size_t i = 0; i < json_array_size(v); i++)
			n += check_queries(json_array_get(v, i));
	for (void *i = json_object_iter((json_t *)(uintptr_t)v); i != NULL;
		i = json_object_iter_next((json_t *)(uintptr_t)v, i))
		n += check_queries(json_object_iter_value(i));
	return n;
}

static void
test_conf(void)
{
	const char *tests_z = getenv("TESTDIR");
	char path_z[4096];
	DIR *folder;
	struct dirent *e;
	unsigned files = 0, queries = 0;

	(void)snprintf(path_z, sizeof(path_z), "%s/../conf/datadog",
		tests_z != NULL ? tests_z : "tests");
	folder = opendir(path_z);
	OK(folder != NULL);
	while (folder != NULL && (e = readdir(folder)) != NULL) {
		char file_z[8192];
		json_t *v;

		if (!str_ends(str_z(e->d_name), STR(".json")))
			continue;
		(void)snprintf(file_z, sizeof(file_z), "%s/%s", path_z, e->d_name);
		v = json_load_file(file_z, JSON_REJECT_DUPLICATES, NULL);
		OK(json_is_object(v));
		queries += check_queries(v);
		files++;
		json_decref(v);
	}
	if (folder != NULL)
		closedir(folder);
	OK(files >= 3 && queries >= 6);
}

int
main(void)
{
	test_numbers();
	test_ages();
	test_bound();
	test_since();
	test_check();
	test_names();
	test_page();
	test_conf();
	return tap_done();
}
