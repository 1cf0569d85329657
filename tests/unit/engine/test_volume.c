/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume: random sums of random containers against records computed from a table of all
 * slices, also over restarts from kept state.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/volume.h"
#include "record/volume.h"
#include "rules/load.h"

#include "../../tap.h"

#define PODS   4
#define SLICES 1500
#define FIRST  176169600

static const char yaml[] =
	"title: All\nname: all\nlogsource: {category: volume}\ndetection:\n"
	"  s: {lines|gte: 0}\n  condition: s\n---\n"
	"title: Loud\nname: loud\nlogsource: {category: volume, service: shop}\ndetection:\n"
	"  s: {lines_ratio|gte: 2}\n  condition: s\n---\n"
	"title: Silent\nname: silent\nlogsource: {category: volume}\ndetection:\n"
	"  s: {lines: 0, lines_before|gt: 1.5}\n  condition: s\n---\n"
	"title: Steady\nname: steady\nlogsource: {category: volume}\ndetection:\n"
	"  s: {slices_before|gte: 20, silent_for: [0, 10, 50]}\n  condition: s\n";

static struct ruleset *rules;
static uint64_t lines[PODS][SLICES], bytes[PODS][SLICES];
static struct source pod[PODS];
static uint32_t seed;

static uint32_t
draw(uint32_t n)
{
	seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
	return seed % n;
}

static void
make(void)
{
	for (unsigned p = 0; p < PODS; p++) {
		unsigned rate = 0;

		for (unsigned i = 0; i < SLICES; i++) {
			if (draw(30) == 0)
				rate = draw(3) * draw(40);
			if (draw(500) == 0) /* long enough to be forgotten */
				for (unsigned n = 300 + draw(100); n > 0 && i < SLICES;
					n--)
					lines[p][i] = bytes[p][i] = 0, i++;
			if (i < SLICES) {
				lines[p][i] = rate > 0 ? draw(rate) : 0;
				bytes[p][i] = lines[p][i] * (10 + draw(90));
			}
		}
	}
}

/* What is known of a pod at the end of a slice. */
struct state {
	unsigned first, last;
	bool alive;
};

static void
follow(struct state *s, unsigned p, unsigned i)
{
	if (s->alive && i - s->last > 360)
		s->alive = false;
	if (lines[p][i] > 0) {
		if (!s->alive)
			s->first = i;
		s->alive = true;
		s->last = i;
	}
}

/* The mean of up to 30 slices before, the first not counted; false: too few. */
static bool
mean(const uint64_t *of, const struct state *s, unsigned i, double *out)
{
	unsigned from = s->first + 1, n = 0;
	uint64_t sum = 0;

	if (i > 30 && i - 30 > from)
		from = i - 30;
	for (unsigned k = from; k < i; k++, n++)
		sum += of[k];
	*out = n > 0 ? (double)(sum * 10 / n) / 10 : 0;
	return n >= 6;
}

static unsigned
active(const struct state *s, unsigned p, unsigned i)
{
	unsigned n = 0;

	for (unsigned k = s->first + 1; k < i; k++)
		n += i - k <= 30 && lines[p][k] > 0;
	return n;
}

static bool
near(double a, double b)
{
	return a - b < 0.001 && b - a < 0.001;
}

static bool
says(struct str text, double now, uint64_t n_bytes, double silent_for, bool known,
	double before)
{
	char copy[200];
	double got = -1, got_bytes = -1, got_before = -1;
	const char *rest_z;
	int n;

	snprintf(copy, sizeof(copy), "%.*s", STR_ARG(text));
	rest_z = strchr(copy, ';');
	if (now > 0) {
		n = sscanf(copy, "%lf lines in 10 s, before %lf", &got, &got_before);
		if (rest_z == NULL || sscanf(rest_z, "; %lf bytes", &got_bytes) != 1 ||
			!near(got_bytes, (double)n_bytes))
			return false;
	} else {
		n = sscanf(copy, "silent for %lf s; before %lf lines", &got, &got_before);
	}
	return n == (known ? 2 : 1) && near(got, now > 0 ? now : silent_for) &&
	       (!known || near(got_before, before));
}

/* Looks at the matches of one pod's slice; how many there should be. */
static unsigned
expect(struct volume *v, int64_t now_ns, unsigned p, unsigned i, const struct state *s)
{
	double l, b, now = (double)lines[p][i];
	unsigned at = lines[p][i] > 0 ? i : s->last + 1; /* before it fell silent */
	bool known = mean(lines[p], s, at, &l) && mean(bytes[p], s, at, &b);
	bool want[4] = { true, known && l > 0 && now / l >= 2,
		known && lines[p][i] == 0 && l > 1.5,
		known && active(s, p, at) >= 20 &&
			(i - s->last < 2 || i - s->last == 5) };
	unsigned faults = 0;

	for (uint32_t rule = 0; rule < 4; rule++) {
		const struct match *m = want[rule] ? volume_next(v, now_ns) : NULL;

		if (!want[rule])
			continue;
		faults += m == NULL || m->rule != rule ||
			  m->at_ns != volume_end(FIRST + (int64_t)i) ||
			  !str_eq(m->label[LABEL_POD], pod[p].label[LABEL_POD]) ||
			  m->label[LABEL_INSTANCE].len > 0;
		if (m == NULL || rule > 0)
			continue;
		faults +=
			!says(m->text, now, bytes[p][i], 10.0 * (i - s->last), known, l);
	}
	return faults;
}

static struct volume *
restart(struct volume *v, struct volume_saved *rows, size_t *n)
{
	struct volume *fresh = volume_new(rules, 0);
	struct volume_saved s;

	while (volume_changed(v, &s)) {
		size_t i = 0;

		while (i < *n && rows[i].id != s.id)
			i++;
		if (i == *n)
			rows[(*n)++] = (struct volume_saved){ .id = s.id };
		free((void *)(uintptr_t)rows[i].bytes.ptr);
		rows[i].bytes = s.bytes;
		rows[i].bytes.ptr = malloc(s.bytes.len + 1);
		if (s.bytes.len > 0)
			memcpy((void *)(uintptr_t)rows[i].bytes.ptr, s.bytes.ptr,
				s.bytes.len);
	}
	for (size_t i = 0; i < *n; i++)
		if (rows[i].bytes.len > 0)
			OK(volume_restore(fresh, rows[i].id, rows[i].bytes) == 0);
	volume_free(&v);
	return fresh;
}

/* In a few sums, of two files of the container. */
static void
add(struct volume *v, unsigned p, unsigned i)
{
	struct volume_sum s = { .source = &pod[p], .slice = FIRST + (int64_t)i };
	uint64_t n = lines[p][i], b = bytes[p][i];
	struct match m;

	while (n > 0) {
		s.lines = 1 + draw((uint32_t)n);
		s.bytes = s.lines == n ? b : draw((uint32_t)b);
		n -= s.lines;
		b -= s.bytes;
		volume_to_match(&s, &m);
		if (volume_next(v, m.at_ns) != NULL || !volume_add(v, &m))
			abort();
	}
}

static void
run(unsigned restarts)
{
	struct volume *v = volume_new(rules, 0);
	struct volume_saved rows[PODS + 8] = { 0 };
	struct state state[PODS] = { 0 };
	unsigned faults = 0;
	size_t n = 0;

	for (unsigned i = 0; i < SLICES; i++) {
		int64_t now_ns = volume_end(FIRST + (int64_t)i);

		for (unsigned p = 0; p < PODS; p++) {
			add(v, p, i);
			follow(&state[p], p, i);
			if (restarts > 0 && draw(restarts) == 0)
				v = restart(v, rows, &n);
		}
		if (volume_next(v, now_ns - 1) != NULL)
			faults++;
		for (unsigned p = 0; p < PODS; p++)
			if (state[p].alive)
				faults += expect(v, now_ns, p, i, &state[p]);
		faults += volume_next(v, now_ns) != NULL;
	}
	OK(faults == 0);
	volume_free(&v);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)rows[i].bytes.ptr);
}

/* More containers than there is room for: the first ones are told of as ever. */
static void
test_full(void)
{
	struct volume *v = volume_new(rules, 2);

	for (unsigned i = 0; i < 2; i++)
		for (unsigned p = 0; p < 3; p++) {
			struct volume_sum s = { .source = &pod[p],
				.slice = FIRST + (int64_t)i,
				.lines = 10 };
			struct match m;

			volume_to_match(&s, &m);
			(void)volume_next(v, m.at_ns);
			OK(volume_add(v, &m));
		}
	OK(volume_full(v) == 2);
	volume_free(&v);
}

static uint64_t
writer(struct source_table *t, const char *name_z, const char *uid_z, const char *pod_z,
	const char *container_z, const char *instance_z)
{
	struct str label[LABEL_COUNT] = { [LABEL_UID] = str_z(uid_z),
		[LABEL_POD] = str_z(pod_z),
		[LABEL_CONTAINER] = str_z(container_z),
		[LABEL_INSTANCE] = str_z(instance_z) };

	return source_table_get(t, str_z(name_z), label)->writer;
}

/* Whose lines are added up. */
static void
test_writers(void)
{
	struct source_table *t = source_table_new(100, SOURCES_STAY);
	uint64_t one = writer(t, "/p/main/0.log", "u", "p", "main", "0");
	struct match m;

	OK(writer(t, "/p/main/0.log.20251028", "u", "p", "main", "0") == one);
	OK(writer(t, "/p/main/1.log", "u", "p", "main", "1") == one);
	OK(writer(t, "/p/side/0.log", "u", "p", "side", "0") != one);
	OK(writer(t, "/p/main/0.log", "v", "p", "main", "0") != one);
	OK(writer(t, "-", "", "p", "main", "") == writer(t, "x", "", "p", "main", ""));
	OK(writer(t, "-", "", "p", "main", "") != writer(t, "-", "", "q", "main", ""));
	OK(writer(t, "/a", "", "", "", "") != writer(t, "/b", "", "", "", ""));
	source_table_free(&t);
	volume_to_match(&(struct volume_sum){ .source = &pod[0] }, &m);
	OK(volume_is_sum(&m) && m.source_id == pod[0].writer);
	OK(volume_slice(-1) == -1 && volume_slice(0) == 0);
	OK(volume_slice(volume_end(7)) == 8 && volume_slice(volume_end(-7) - 1) == -7);
}

static bool
fills(const struct volume_facts *f, const char *message_z)
{
	struct arena *a = arena_new("texts", 65536);
	struct record r = { 0 };
	bool good;

	volume_fill(&r, f, a);
	good = str_eq(r.message, str_z(message_z));
	arena_free(&a);
	return good;
}

/* What a finding says of it. */
static void
test_texts(void)
{
	struct volume_facts f = { .lines = 225, .bytes = 900 };

	OK(fills(&f, "225 lines in 10 s; 900 bytes"));
	f.known = true;
	f.lines_before = 148;
	OK(fills(&f, "225 lines in 10 s, before 14.8 (15.2 times); 900 bytes, before 0"));
	f = (struct volume_facts){ .silent_for = 120 };
	OK(fills(&f, "silent for 120 s"));
	f.known = true;
	f.lines_before = 34;
	f.bytes_before = 4391;
	OK(fills(&f, "silent for 120 s; before 3.4 lines, 439.1 bytes in 10 s"));
}

int
main(int argc, char **argv)
{
	static const struct str names[] = { STR_INIT("a"), STR_INIT("b"), STR_INIT("c"),
		STR_INIT("d") };

	seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20251028;
	printf("# seed %u\n", seed);
	if (rules_load_text("test.yaml", str_z(yaml), stdout, &rules) != 0)
		return 99;
	OK(volume_wanted(rules));
	for (unsigned p = 0; p < PODS; p++) {
		pod[p].writer = p + 7;
		pod[p].label[LABEL_POD] = names[p];
		pod[p].label[LABEL_SERVICE] = STR("shop");
		pod[p].label[LABEL_INSTANCE] = STR("3");
	}
	test_full();
	test_writers();
	test_texts();
	for (unsigned i = 0; i < 4; i++) {
		make();
		run(i == 0 ? 0 : 300);
	}
	ruleset_free(&rules);
	return tap_done();
}
