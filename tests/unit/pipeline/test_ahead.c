/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is settled while the rest is read: the answer is that of one worker, which settles
 * at the end. A log whose matches do not come in their order is settled at the end, too,
 * and so is one of which a rule was switched off, or whose store another one has.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "incident/report.h"
#include "pipeline/batch_state.h"
#include "rules/load.h"
#include "tap.h"

#define LOGS   3
#define LINES  16000
#define PART   ((size_t)70000)
#define DAY_MS 36000000

static const char yaml[] =
	"title: Lost\nname: lost\nlogsource: {category: log}\ndetection:\n"
	"  s: {message|re: 'order (?P<order_id>\\d+) lost in (?P<shop>\\w+)'}\n"
	"  condition: s\n---\n"
	"title: Found\nname: found\nlogsource: {category: log}\ndetection:\n"
	"  s: {message|re: 'order (?P<order_id>\\d+) found'}\n  condition: s\n---\n"
	"title: Hungry\nname: hungry\nlogsource: {category: log}\ndetection:\n"
	"  s: {message|re: 'hungry (a|aa|aaa|a?a)+$'}\n  condition: s\n---\n"
	"title: Many\nname: many\ncorrelation:\n  type: value_count\n  rules: [lost]\n"
	"  group-by: [shop]\n  timespan: 20s\n"
	"  condition: {field: order_id, gte: 4}\n"
	"incident: {resolve-after: 30s, title: '{count} lost in {shop}'}\n---\n"
	"title: Gone\nname: gone\ncorrelation:\n  type: temporal_ordered\n"
	"  rules: [lost, found]\n  group-by: [order_id]\n  timespan: 10s\n"
	"  condition: lost and not found\n";

static struct ruleset *rules;
static char folder[] = "/tmp/gumshoe-ahead-XXXXXX";
static char log_z[LOGS][64], store_z[64];
static size_t n_logs = 1;
static uint32_t seed = 1;

static uint32_t
draw(uint32_t n)
{
	seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
	return seed % n;
}

static void
add_line(struct buf *b, uint64_t ms, const char *text_z)
{
	unsigned s = (unsigned)(ms / 1000);

	buf_printf(b, "2026-03-14T%02u:%02u:%02u.%03uZ stderr F %s\n", s / 3600,
		s / 60 % 60, s % 60, (unsigned)(ms % 1000), text_z);
}

static void
add_lines(struct buf *b, size_t n, uint64_t *ms)
{
	char text[80];

	for (; n > 0; n--, *ms += draw(50)) {
		uint32_t order = draw(5000);

		snprintf(text, sizeof(text), "INFO all is well with a pair of socks");
		if (draw(40) == 0)
			snprintf(text, sizeof(text), "order %u lost in shop%u", order,
				draw(3));
		else if (draw(20) == 0)
			snprintf(text, sizeof(text), "order %u found", order);
		add_line(b, *ms, text);
	}
}

static void
write_log(const char *path_z, const struct buf *b)
{
	FILE *f = fopen(path_z, "w");

	if (f == NULL || fwrite(b->data, 1, b->len, f) != b->len || fclose(f) != 0)
		abort();
}

/* Each line into one of the logs, as pods of one time write them. */
static void
deal(const struct buf *b)
{
	struct buf one[LOGS];
	struct str rest = buf_str(b);

	for (size_t i = 0; i < LOGS; i++)
		buf_init(&one[i], (size_t)64 << 20);
	while (rest.len > 0) {
		struct buf *to = &one[draw(LOGS)];

		buf_add(to, str_cut(&rest, '\n'));
		buf_add_char(to, '\n');
	}
	for (size_t i = 0; i < LOGS; i++) {
		write_log(log_z[i], &one[i]);
		buf_fini(&one[i]);
	}
}

/* All that a store has, apart from when it was found. */
static void
read_all(struct store *s, struct buf *out)
{
	struct store_query *q = store_incidents(s, STR(""));
	struct reporter *r = reporter_new(s, true);
	struct incident_row row;
	size_t n = 0;

	for (; store_next_incident(q, &row); n++) {
		row.detected_ns = 0;
		if (reporter_write(r, &row, NULL, out) != 0)
			abort();
		buf_add_char(out, '\n');
	}
	report_add_complete(out, s);
	buf_printf(out, " %zu incidents", n);
	reporter_free(&r);
	store_query_free(&q);
}

struct answer {
	struct buf text;
	bool ahead, opened;
	struct batch_counts counts;
};

/* in_use: another one has the store until everything is read. */
static void
answer(struct answer *a, size_t jobs, bool in_use)
{
	const char *const paths_z[LOGS] = { log_z[0], log_z[1], log_z[2] };
	struct batch_conf conf = { .paths_z = paths_z,
		.n_paths = n_logs,
		.since_ns = TIME_NONE,
		.until_ns = TIME_NONE,
		.jobs = jobs,
		.part = jobs > 1 ? PART : 0,
		.lean = true,
		.store_path_z = store_z,
		.temp_dir_z = folder };
	struct batch *b = batch_new(&conf, rules);
	struct store *s = NULL, *other = NULL;

	if (in_use && store_open(store_z, STORE_WRITE, true, &other) != 0)
		abort();
	if (b == NULL || batch_read(b) != 0)
		abort();
	store_close(&other);
	a->ahead = b->result != NULL;
	a->opened = b->opened != NULL;
	if (batch_settle(b, &s) != 0 || store_finish(s) != 0)
		abort();
	buf_init(&a->text, (size_t)64 << 20);
	read_all(s, &a->text);
	a->counts = *batch_counts(b);
	store_close(&s);
	batch_free(&b);
}

/* Out of order it depends on who reads when; the answer never does. */
enum ahead_is { AHEAD, IN_USE, BEHIND, EITHER };

static void
check(enum ahead_is is, const char *what_z)
{
	bool in_use = is == IN_USE;
	struct answer one, two;

	answer(&one, 1, false);
	OK(!one.ahead && one.opened);
	OK(one.counts.matches > 100 && one.text.len > 10000);
	for (size_t jobs = 2; jobs <= 4; jobs++) {
		answer(&two, jobs, in_use);
		printf("# %s, %zu jobs\n", what_z, jobs);
		OK(is == EITHER || two.ahead == (is == AHEAD));
		OK(str_eq(buf_str(&one.text), buf_str(&two.text)));
		OK(memcmp(&one.counts, &two.counts, sizeof(one.counts)) == 0);
		buf_fini(&two.text);
	}
	buf_fini(&one.text);
}

/* One worker: the store is open before anything is settled, unless it is in use. */
static void
test_opened(void)
{
	struct answer free_one, used;

	answer(&free_one, 1, false);
	answer(&used, 1, true);
	OK(free_one.opened && !used.opened && !used.ahead);
	OK(str_eq(buf_str(&free_one.text), buf_str(&used.text)));
	OK(memcmp(&free_one.counts, &used.counts, sizeof(used.counts)) == 0);
	buf_fini(&free_one.text);
	buf_fini(&used.text);
}

/* Nothing is settled in the end: what was opened goes, and the old store stays. */
static void
test_left(void)
{
	const char *const paths_z[] = { log_z[0] };
	struct batch_conf conf = { .paths_z = paths_z,
		.n_paths = 1,
		.since_ns = TIME_NONE,
		.until_ns = TIME_NONE,
		.jobs = 1,
		.lean = true,
		.store_path_z = store_z,
		.temp_dir_z = folder };
	struct batch *b = batch_new(&conf, rules);
	struct store *s = NULL;
	struct buf old, left;

	buf_init(&old, (size_t)64 << 20);
	buf_init(&left, (size_t)64 << 20);
	if (store_open(store_z, STORE_READ, true, &s) != 0)
		abort();
	read_all(s, &old);
	store_close(&s);
	OK(b != NULL && batch_read(b) == 0 && b->opened != NULL);
	OK(store_open(store_z, STORE_WRITE, true, &s) == STORE_BUSY);
	batch_free(&b);
	OK(store_open(store_z, STORE_WRITE, true, &s) == 0);
	read_all(s, &left);
	OK(str_eq(buf_str(&old), buf_str(&left)));
	store_close(&s);
	buf_fini(&old);
	buf_fini(&left);
}

int
main(void)
{
	uint64_t ms = DAY_MS;
	struct buf log, odd;

	if (mkdtemp(folder) == NULL)
		abort();
	for (size_t i = 0; i < LOGS; i++)
		snprintf(log_z[i], sizeof(log_z[i]), "%s/%zu.log", folder, i);
	snprintf(store_z, sizeof(store_z), "%s/store", folder);
	if (rules_load_text("test.yaml", str_z(yaml), stdout, &rules) != 0)
		return 99;
	buf_init(&log, (size_t)64 << 20);
	buf_init(&odd, (size_t)64 << 20);
	add_lines(&log, LINES, &ms);
	write_log(log_z[0], &log);
	check(AHEAD, "in order");
	check(IN_USE, "in use");
	test_opened();
	test_left();

	/* one that is late, in the last part */
	buf_add(&odd, buf_str(&log));
	add_line(&odd, DAY_MS + 10000, "order 7 lost in shop1");
	write_log(log_z[0], &odd);
	check(EITHER, "a late one");

	/* hungry for steps, in the third part */
	buf_reset(&odd);
	buf_add(&odd, buf_str(&log));
	for (size_t i = 0; i < 400; i++)
		add_line(&odd, ms, "hungry aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
	write_log(log_z[0], &odd);
	check(BEHIND, "a rule is switched off");

	/* the second half first */
	buf_reset(&odd);
	add_lines(&odd, LINES / 2, &ms);
	buf_add(&odd, buf_str(&log));
	write_log(log_z[0], &odd);
	check(EITHER, "two halves");

	/* logs of one time, the last of which ends in the past */
	n_logs = LOGS;
	deal(&log);
	check(AHEAD, "three logs");
	write_log(log_z[2], &odd);
	check(EITHER, "three logs, one in halves");
	ruleset_free(&rules);
	buf_fini(&log);
	buf_fini(&odd);
	for (size_t i = 0; i < LOGS; i++)
		(void)unlink(log_z[i]);
	(void)unlink(store_z);
	(void)rmdir(folder);
	return tap_done();
}
