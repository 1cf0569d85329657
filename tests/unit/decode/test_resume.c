/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resume: a decoder that is saved, dropped and made anew at random moments gives the
 * records of one that never was. Random sources of every wrapping.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/hash.h"

#include "../../tap.h"
#include "feed.h"

#define SOURCE_MAX ((size_t)2 << 20)

struct maker {
	char *text;
	size_t len;
	uint32_t seed;
	enum format format;
	int64_t at_ns;
	size_t silent; /* no line says a time before here */
};

static uint32_t
pick(struct maker *m, uint32_t n)
{
	return feed_random(&m->seed) % n;
}

static void
add(struct maker *m, const char *bytes, size_t n)
{
	if (m->len + n <= SOURCE_MAX) {
		memcpy(m->text + m->len, bytes, n);
		m->len += n;
	}
}

static void
add_z(struct maker *m, const char *text_z)
{
	add(m, text_z, strlen(text_z));
}

static const char *const lines_z[] = { "INFO order created", "ERROR payment failed",
	"java.lang.IllegalStateException: no", "\tat shop.Orders.pay(Orders.java:17)",
	"Caused by: java.net.ConnectException: refused", "\t... 12 more",
	"npm ERR! code 1", "npm ERR! signal SIGTERM", "",
	"Traceback (most recent call last):", "  File \"a.py\", line 1",
	"goroutine 1 [running]:", "main.main()", "list:", "\x1b[31mred\x1b[0m words",
	"plain", "2025-10-28T10:00:01Z said inside" };

static void
add_content(struct maker *m)
{
	static char filler[9000];
	uint32_t kind = pick(m, 400);

	memset(filler, 'x', sizeof(filler));
	if (kind < 4)
		add(m, filler, 100 + pick(m, 8000));
	else if (kind == 4)
		for (int i = 0; i < 130; i++) /* longer than a line may be */
			add(m, filler, sizeof(filler));
	else
		add_z(m, lines_z[kind % (ARRAY_LEN(lines_z) - (m->len < m->silent))]);
}

static void
add_stamp(struct maker *m)
{
	struct buf b;

	buf_init(&b, 64);
	m->at_ns += (int64_t)pick(m, 3000) * TIME_MS;
	time_format(&b, m->at_ns, NULL, 9);
	add(m, b.data, b.len);
	buf_fini(&b);
}

static void
add_line(struct maker *m)
{
	uint32_t s = pick(m, 2);

	if (pick(m, 300) == 0)
		add(m, "\0\0\0\0\0\0\0", 7);
	if (m->format == FORMAT_CRI) {
		bool piece = pick(m, 6) == 0;

		add_stamp(m);
		add_z(m, s == 0 ? " stdout " : " stderr ");
		add_z(m, piece ? "P " : "F ");
		add_content(m);
	} else if (m->format == FORMAT_KUBECTL) {
		add_z(m, s == 0 ? "[pod/a-1/x] " : "[pod/b-2/y] ");
		if (pick(m, 10) > 0)
			add_stamp(m);
		add_z(m, " ");
		add_content(m);
	} else {
		if (pick(m, 3000) == 0)
			m->silent = m->len + 300000;
		if (m->len >= m->silent && pick(m, 4) == 0) {
			add_stamp(m);
			add_z(m, " ");
		}
		add_content(m);
	}
	add_z(m, pick(m, 50) == 0 ? "\r\n" : "\n");
}

/* Everything a record is, in one number. */
static uint64_t
print_of(const struct record *r)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		"%" PRIu64 " %" PRId64 " %d %d %d %.*s/%.*s %zx", r->place.offset,
		r->at_ns, (int)r->quality, r->continued, r->truncated, STR_ARG(r->stream),
		STR_ARG(r->label[LABEL_POD]), (size_t)hash_stable(r->message));
	return hash_stable(str_z(text));
}

struct prints {
	uint64_t *at; /* owned */
	size_t n, cap;
};

/* Of the line with the byte at offset at. */
static struct hit
hit_at(struct str text, size_t at)
{
	size_t len = str_find_char(str_sub(text, at, text.len), '\n');
	size_t from = str_rfind_char(str_sub(text, 0, at), '\n') + 1;

	return (struct hit){ .at = from, .len = (uint32_t)(at - from + len) };
}

/* mode 0: hits are two words; else all lines are looked at. */
static void
drain(struct decoder *d, struct prints *p, uint32_t mode)
{
	struct str fresh = decoder_fresh(d);
	struct record *r;

	if (fresh.len > 0 && mode > 0) {
		decoder_hit_all(d);
	} else if (fresh.len > 0) {
		static struct hit hits[1 << 18];
		size_t n = 0;

		for (size_t i = 0; i + 6 <= fresh.len && n < ARRAY_LEN(hits); i++)
			if (memcmp(fresh.ptr + i, "failed", 6) == 0 ||
				memcmp(fresh.ptr + i, "Caused", 6) == 0)
				hits[n++] = hit_at(fresh, i);
		decoder_hits(d, &(struct found){ hits, n, 0, true }, false);
	}
	while ((r = decoder_next(d)) != NULL) {
		if (p->n == p->cap) {
			p->cap = p->cap == 0 ? 1024 : 2 * p->cap;
			p->at = realloc(p->at, p->cap * sizeof(*p->at));
		}
		p->at[p->n++] = print_of(r);
	}
}

static size_t
feed_some(struct decoder *d, const struct maker *m, size_t at, size_t n)
{
	size_t cap;
	char *room = decoder_space(d, &cap);

	n = n < cap ? n : cap;
	n = n < m->len - at ? n : m->len - at;
	memcpy(room, m->text + at, n);
	decoder_filled(d, n);
	return n;
}

static struct prints
run(const struct maker *m, const struct decoder_conf *conf, uint32_t seed, uint32_t mode,
	bool disturb)
{
	struct decoder *d = decoder_new(conf);
	struct prints p = { 0 };
	size_t at = 0, furthest = 0;

	while (at < m->len) {
		at += feed_some(d, m, at, 1 + feed_random(&seed) % 200000);
		drain(d, &p, mode);
		if (disturb && feed_random(&seed) % 4 == 0)
			decoder_rest(d);
		/* A record of a MiB is read again from its begin: seldom before its end.
		 */
		if (disturb && feed_random(&seed) % (at > furthest ? 3 : 30) == 0) {
			struct buf state;

			furthest = at > furthest ? at : furthest;
			buf_init(&state, (size_t)1 << 20);
			at = decoder_needs(d);
			decoder_save(d, &state);
			decoder_free(&d);
			if (decoder_restore(conf, buf_str(&state), &d) != 0)
				abort();
			buf_fini(&state);
		}
	}
	decoder_finish(d);
	drain(d, &p, mode);
	decoder_free(&d);
	return p;
}

static bool
same(const struct prints *a, const struct prints *b, uint32_t seed)
{
	size_t i = 0;

	while (i < a->n && i < b->n && a->at[i] == b->at[i])
		i++;
	if (i == a->n && i == b->n)
		return true;
	printf("# seed %" PRIu32 ": record %zu of %zu differs (%zu)\n", seed, i, a->n,
		b->n);
	return false;
}

/* Whether the text has a word that hits: one with none may have no records. */
static bool
has_word(const struct maker *m)
{
	return memmem(m->text, m->len, "failed", 6) != NULL ||
	       memmem(m->text, m->len, "Caused", 6) != NULL;
}

static void
test_random(enum format format, uint32_t seed)
{
	struct source_table *sources = source_table_new(100, SOURCES_GO);
	struct decoder_conf conf = { .sources = sources,
		.name = STR("a.log"),
		.format = format,
		.date_ns = FEED_DATE,
		.date_quality = TIME_FILE_DATE };
	struct maker m = { .text = malloc(SOURCE_MAX),
		.seed = seed,
		.format = format,
		.at_ns = FEED_DATE };
	size_t size = 1000 + (size_t)pick(&m, 100) * (SOURCE_MAX - 20000) / 100;
	struct prints whole, parts;

	while (m.len < size)
		add_line(&m);
	whole = run(&m, &conf, seed, seed % 2, false);
	parts = run(&m, &conf, seed + 1, seed % 2, true);
	OK(whole.n > 0 || (seed % 2 == 0 && !has_word(&m)));
	OK(same(&whole, &parts, seed));
	free(whole.at);
	free(parts.at);
	free(m.text);
	source_table_free(&sources);
}

/* A line of n letters with a time; its end included: 100 bytes. */
static void
add_hundred(struct maker *m, char letter)
{
	char line[128];

	(void)snprintf(line, sizeof(line), "2025-10-28T10:00:00.%09zuZ stdout F %059d\n",
		m->len, 0);
	memset(line + 40, letter, 59);
	add(m, line, 100);
}

/*
 * Lines a, b and c were done, and the file with the b is gone when they are read again:
 * records before and behind are known by their places, and what is new behind them comes.
 */
static void
test_jump(struct str half)
{
	struct source_table *sources = source_table_new(100, SOURCES_GO);
	struct decoder_conf conf = {
		.sources = sources, .name = STR("a.log"), .format = FORMAT_CRI
	};
	struct maker m = { .text = malloc(SOURCE_MAX) };
	struct prints first = { 0 }, again = { 0 };
	struct decoder *d = decoder_new(&conf);
	struct buf state;

	for (int i = 0; i < 40; i++)
		add_hundred(&m, (char)('a' + (i >= 10) + (i >= 30)));
	(void)feed_some(d, &m, 0, 3500);
	drain(d, &first, 1);
	OK(first.n == 34); /* one is open */
	buf_init(&state, (size_t)1 << 20);
	OK(decoder_needs(d) == 0);
	decoder_save(d, &state);
	decoder_free(&d);
	OK(decoder_restore(&conf, buf_str(&state), &d) == 0);
	buf_fini(&state);
	(void)feed_some(d, &m, 0, 1000);
	drain(d, &again, 1);
	{
		size_t cap;
		char *room = decoder_space(d, &cap);

		memcpy(room, half.ptr, half.len);
		decoder_filled(d, half.len);
	}
	decoder_cut(d, FEED_DATE);
	drain(d, &again, 1);
	OK(again.n == 0 && decoder_jump(&d, 3000) == 0);
	OK(decoder_needs(d) == 3000);
	(void)feed_some(d, &m, 3000, 1000);
	decoder_finish(d);
	drain(d, &again, 1);
	/* The open one, and those behind it, at their own places. */
	d = (decoder_free(&d), decoder_new(&conf));
	(void)feed_some(d, &m, 0, 4000);
	decoder_finish(d);
	first.n = 0;
	drain(d, &first, 1);
	OK(first.n == 40 && again.n == 6);
	OK(memcmp(first.at + 34, again.at, again.n * sizeof(*again.at)) == 0);
	decoder_free(&d);
	free(first.at);
	free(again.at);
	free(m.text);
	source_table_free(&sources);
}

static void
test_hostile(void)
{
	struct source_table *sources = source_table_new(100, SOURCES_GO);
	struct decoder_conf conf = { .sources = sources, .name = STR("a.log") };
	struct decoder *d;
	struct buf state;

	buf_init(&state, (size_t)1 << 20);
	d = decoder_new(&conf);
	decoder_save(d, &state);
	decoder_free(&d);
	OK(decoder_restore(&conf, buf_str(&state), &d) == 0);
	decoder_free(&d);
	for (size_t i = 0; i < state.len; i++)
		OK(decoder_restore(&conf, str_sub(buf_str(&state), 0, i), &d) ==
				-EINVAL &&
			d == NULL);
	buf_add_char(&state, 'x');
	OK(decoder_restore(&conf, buf_str(&state), &d) == -EINVAL);
	buf_fini(&state);
	source_table_free(&sources);
}

int
main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : TRIALS(10);

	for (uint32_t seed = 1; seed <= n; seed++) {
		test_random(FORMAT_CRI, seed);
		test_random(FORMAT_KUBECTL, seed);
		test_random(FORMAT_PLAIN, seed);
		test_random(FORMAT_AUTO, seed);
	}
	test_jump(STR(""));
	test_jump(STR("2025-10-28T10:00:00.000001000Z stdout F bbb"));
	test_hostile();
	return tap_done();
}
