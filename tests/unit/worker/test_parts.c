/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file gives the same matches, volumes, counts and span of times however it is cut into
 * parts and by however many workers it is read: CRI and docker, records of many lines,
 * pieces, long runs and stretches without a time.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/batch.h"
#include "rules/load.h"
#include "tap.h"
#include "worker/parts.h"

static const char yaml[] =
	"title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
	"  s: {message|contains: 'order lost'}\n  condition: s\n---\n"
	"title: B\nname: b\nlogsource: {category: log}\ndetection:\n"
	"  s: {message|re: '(?s)begin.*finish (?P<n>\\d+)'}\n  condition: s\n---\n"
	"title: C\nname: c\nlogsource: {category: log}\ndetection:\n"
	"  s: {stream: stderr, message|re: '^[a-z]$'}\n  condition: s\n---\n"
	"title: D\nname: d\nlogsource: {category: volume}\ndetection:\n"
	"  s: {lines|gte: 0}\n  condition: s\n";

static struct ruleset *rules;
static uint32_t seed;

static uint32_t
draw(uint32_t n)
{
	seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
	return seed % n;
}

struct text {
	char *p;
	size_t n, cap;
	uint64_t ms;
	bool docker;
};

/* One physical line with its wrapping; more: its text goes on in the next. */
static void
put(struct text *t, const char *stream_z, const char *text_z, bool more)
{
	unsigned s = (unsigned)(t->ms / 1000), ms = (unsigned)(t->ms % 1000);
	size_t room = strlen(text_z) + 256;

	if (t->n + room > t->cap) {
		t->cap = 2 * t->cap + room;
		t->p = realloc(t->p, t->cap);
		if (t->p == NULL)
			abort();
	}
	t->n += (size_t)(t->docker
				 ? sprintf(t->p + t->n,
					   "{\"log\":\"%s%s\",\"stream\":\"%s\",\"time\":"
					   "\"2026-03-14T%02u:%02u:%02u.%03uZ\"}\n",
					   text_z, more ? "" : "\\n", stream_z, s / 3600,
					   s / 60 % 60, s % 60, ms)
				 : sprintf(t->p + t->n,
					   "2026-03-14T%02u:%02u:%02u.%03uZ %s %c %s\n",
					   s / 3600, s / 60 % 60, s % 60, ms, stream_z,
					   more ? 'P' : 'F', text_z));
	t->ms += draw(50);
}

static void
put_lines(struct text *t, const char *stream_z)
{
	static char wide[300001];
	char text[64];
	unsigned n;

	switch (draw(24)) {
	case 0:
		put(t, stream_z, "ERROR order lost", false);
		break;
	case 1: /* many lines, the end of which is asked for */
		put(t, stream_z, "begin", false);
		for (n = draw(40); n > 0; n--)
			put(t, draw(3) ? stream_z : "stdout", "  at inside", false);
		snprintf(text, sizeof(text), "  finish %u", draw(1000));
		put(t, stream_z, text, false);
		break;
	case 2:
		put(t, stream_z, "or", true);
		put(t, stream_z, "der lo", true);
		put(t, "stdout", "x", false);
		put(t, stream_z, "st", false);
		break;
	case 3:
		if (draw(200) == 0) { /* longer than a record may be */
			for (n = 0; n < 30000 + draw(40000); n++)
				put(t, stream_z, "\tdeep in the trace order", false);
			put(t, stream_z, "  order lost", false);
		}
		break;
	case 4:
		if (draw(50) == 0) { /* longer than what is read before a part */
			memset(wide, 'w', sizeof(wide) - 1);
			put(t, stream_z, wide, draw(2));
			put(t, stream_z, "order lost", false);
		}
		break;
	case 5: /* no wrapping: no time */
		for (n = draw(30); n > 0 && t->n + 99 < t->cap; n--)
			t->n += (size_t)sprintf(t->p + t->n, "loose order lost %u\n", n);
		break;
	case 6:
		put(t, stream_z, "y", false);
		break;
	default:
		put(t, stream_z, "INFO all is well in the shop, 12 pairs of socks",
			false);
	}
}

static struct text
make(bool docker, size_t bytes)
{
	struct text t = { .docker = docker, .ms = 36000000 };

	while (t.n < bytes)
		put_lines(&t, draw(5) ? "stdout" : "stderr");
	return t;
}

/* What a batch finds, as one hash, and what it counts. */
struct answer {
	uint64_t hash;
	struct batch_counts counts;
};

static struct answer
run(const char *path_z, size_t jobs, size_t part, size_t chunk, bool lean)
{
	const char *const paths_z[] = { path_z };
	struct batch_conf conf = { .paths_z = paths_z,
		.n_paths = 1,
		.since_ns = TIME_NONE,
		.until_ns = TIME_NONE,
		.jobs = jobs,
		.part = part,
		.chunk = chunk,
		.lean = lean,
		.temp_dir_z = "/tmp" };
	struct answer a = { .hash = 14695981039346656037u };
	struct batch *b = batch_new(&conf, rules);
	const struct match *m;
	struct buf bytes;

	buf_init(&bytes, (size_t)1 << 20);
	if (b == NULL || batch_read(b) != 0)
		abort();
	while (batch_next_match(b, &m) == 1) {
		buf_reset(&bytes);
		match_encode(&bytes, m);
		for (size_t i = 0; i < bytes.len; i++)
			a.hash = (a.hash ^ (unsigned char)bytes.data[i]) * 1099511628211u;
		a.counts.matches++;
	}
	a.counts = *batch_counts(b);
	buf_fini(&bytes);
	batch_free(&b);
	return a;
}

static bool
same(const struct answer *a, const struct answer *b)
{
	const struct batch_counts *x = &a->counts, *y = &b->counts;

	if (a->hash == b->hash && x->matches == y->matches && x->lines == y->lines &&
		x->bytes == y->bytes && x->records == y->records &&
		x->broken_lines == y->broken_lines && x->cut_lines == y->cut_lines &&
		x->open_pieces == y->open_pieces && x->undated == y->undated &&
		x->from_ns == y->from_ns && x->to_ns == y->to_ns)
		return true;
	printf("# matches %llu %llu lines %llu %llu bytes %llu %llu records %llu %llu "
	       "broken %llu %llu to %lld %lld\n",
		(unsigned long long)x->matches, (unsigned long long)y->matches,
		(unsigned long long)x->lines, (unsigned long long)y->lines,
		(unsigned long long)x->bytes, (unsigned long long)y->bytes,
		(unsigned long long)x->records, (unsigned long long)y->records,
		(unsigned long long)x->broken_lines, (unsigned long long)y->broken_lines,
		(long long)x->to_ns, (long long)y->to_ns);
	return false;
}

static void
check(bool docker, size_t bytes)
{
	static const size_t parts[] = { 70000, 300000, 1000000 };
	char path[] = "/tmp/gumshoe-parts-XXXXXX";
	int fd = mkstemp(path);
	struct text t = make(docker, bytes);
	struct answer whole, cut;

	OK(fd >= 0 && write(fd, t.p, t.n) == (ssize_t)t.n);
	whole = run(path, 1, 0, 0, false);
	OK(whole.counts.matches > 100 && whole.counts.bytes == t.n);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		cut = run(path, 1 + i, parts[i], 4096 + draw(300000), false);
		OK(same(&whole, &cut));
	}
	/* Nobody asks for their matches: they are counted all the same. */
	cut = run(path, 2, 300000, 0, true);
	OK(cut.hash != whole.hash);
	cut.hash = whole.hash;
	OK(same(&whole, &cut));
	close(fd);
	unlink(path);
	free(t.p);
}

/* When the line at from of this text says that it was written; TIME_NONE: it does not. */
static int64_t
begin(const char *text_z, uint64_t from)
{
	char path[] = "/tmp/gumshoe-parts-XXXXXX";
	int fd = mkstemp(path);
	struct worker_file file = { .path_z = path };
	struct worker_part part = { .file = &file, .from = from };
	int64_t at_ns;

	if (fd < 0 || write(fd, text_z, strlen(text_z)) != (ssize_t)strlen(text_z))
		abort();
	at_ns = parts_begin(&part);
	close(fd);
	unlink(path);
	return at_ns;
}

static void
begins(void)
{
	const int64_t first_ns = INT64_C(1773482400) * TIME_S,
		      then_ns = first_ns + TIME_S;
	const char *cri_z = "2026-03-14T10:00:00.000Z stdout F a\n"
			    "2026-03-14T10:00:01.000Z stdout F b\n";

	OK(begin(cri_z, 0) == first_ns);
	OK(begin(cri_z, 36) == then_ns);
	OK(begin("{\"log\":\"a\\n\",\"stream\":\"stdout\","
		 "\"time\":\"2026-03-14T10:00:01Z\"}\n",
		   0) == then_ns);
	OK(begin("{\"log\":\"a\"}\n2026-03-14T10:00:01Z b\n", 0) == TIME_NONE);
	OK(begin("no time\n", 0) == TIME_NONE);
	OK(begin("", 0) == TIME_NONE);
}

int
main(int argc, char **argv)
{
	seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20251028;
	printf("# seed %u\n", seed);
	if (rules_load_text("test.yaml", str_z(yaml), stdout, &rules) != 0)
		return 99;
	begins();
	check(false, (size_t)3 << 20);
	check(true, (size_t)3 << 20);
	ruleset_free(&rules);
	return tap_done();
}
