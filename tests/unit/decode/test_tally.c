/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally: lines and bytes by slices of time against a count of line after line, on random
 * sources of every wrapping, however they are read, also over restarts. Where times go
 * back, blocks give the same for every size of reads.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/decoder.h"

#include "../../tap.h"

#define SOURCE_MAX ((size_t)3 << 20)
#define SLICES     20000
#define PODS       3
#define BEGIN_NS   (INT64_C(1761696000) * TIME_S + 3 * TIME_S)

struct count {
	uint64_t lines, bytes;
};

/* By pod of a prefix (0: no prefix) and slice since the first. */
static struct count wanted[PODS + 1][SLICES], got[PODS + 1][SLICES],
	first[PODS + 1][SLICES];

static struct {
	char *text;
	size_t len;
	uint32_t seed;
	enum format format;
	bool ascending;
	int64_t at_ns, last_ns[PODS + 1]; /* of the last line with a time */
} g;

static uint32_t
pick(uint32_t n)
{
	g.seed = g.seed * 1664525u + 1013904223u;
	return (g.seed >> 8) % n;
}

static struct count *
place(struct count c[PODS + 1][SLICES], unsigned pod, int64_t slice)
{
	int64_t i = slice - volume_slice(BEGIN_NS) + 100;

	if (i < 0 || i >= SLICES)
		abort();
	return &c[pod][i];
}

static const char *
stamp(void)
{
	static struct buf b;
	int64_t at_ns;

	if (b.data == NULL)
		buf_init(&b, 64);
	buf_reset(&b);
	if (pick(100) == 0)
		g.at_ns += (int64_t)pick(40) * TIME_S;
	else
		g.at_ns += (int64_t)pick(400) * TIME_MS;
	at_ns = g.at_ns;
	if (!g.ascending && pick(10) == 0)
		at_ns -= (int64_t)pick(15) * TIME_S;
	time_format(&b, at_ns, NULL, 9);
	g.last_ns[PODS] = at_ns;
	return buf_z(&b);
}

/* Its text, wrapped; false: it has no time. */
static bool
wrap(char *to, size_t cap, unsigned pod, const char *text_z, size_t *n)
{
	bool timed = g.format == FORMAT_CRI || g.format == FORMAT_DOCKER || pick(3) > 0;
	const char *time_z = timed ? stamp() : "";

	switch (g.format) {
	case FORMAT_CRI:
		*n = (size_t)snprintf(to, cap, "%s %s F %s\n", time_z,
			pick(2) ? "stdout" : "stderr", text_z);
		break;
	case FORMAT_DOCKER:
		*n = (size_t)snprintf(to, cap,
			"{\"log\":\"%s\\n\",\"stream\":\"stdout\",\"time\":\"%s\"}\n",
			text_z, time_z);
		break;
	case FORMAT_KUBECTL:
		*n = (size_t)snprintf(to, cap, "[pod/orders-%u/orders] %s%s%s\n", pod,
			time_z, timed ? " " : "", text_z);
		break;
	default:
		*n = (size_t)snprintf(to, cap, "%s %s\n", timed ? time_z : "no", text_z);
	}
	return timed;
}

static void
make(uint32_t seed, size_t bytes)
{
	static char line[80000], text[70000];

	g.seed = seed * 2654435761u;
	g.format = (enum format)(FORMAT_CRI + seed % 4);
	g.ascending = seed % 8 < 6;
	g.len = 0;
	g.at_ns = BEGIN_NS;
	memset(wanted, 0, sizeof(wanted));
	for (unsigned i = 0; i <= PODS; i++)
		g.last_ns[i] = TIME_NONE;
	while (g.len < bytes) {
		unsigned pod = g.format == FORMAT_KUBECTL ? pick(PODS) : 0;
		size_t n, len = pick(300) == 0 ? pick(sizeof(text) - 1) : pick(200);

		memset(text, 'x', len);
		text[len] = '\0';
		if (wrap(line, sizeof(line), pod, text, &n))
			g.last_ns[pod] = g.last_ns[PODS];
		memcpy(g.text + g.len, line, n);
		g.len += n;
		if (g.last_ns[pod] == TIME_NONE)
			continue;
		place(wanted, pod, volume_slice(g.last_ns[pod]))->lines++;
		place(wanted, pod, volume_slice(g.last_ns[pod]))->bytes += n;
	}
}

static void
take(struct decoder *d)
{
	struct volume_sum s;

	if (decoder_fresh(d).len > 0)
		decoder_skip(d);
	while (decoder_sum(d, &s)) {
		struct str pod = s.source->label[LABEL_POD];
		struct count *c = place(got,
			pod.len > 0 ? (unsigned)(pod.ptr[pod.len - 1] - '0') : 0,
			s.slice);

		c->lines += s.lines;
		c->bytes += s.bytes;
	}
}

/* Ends d; a new one that goes on, and where. */
static struct decoder *
restart(const struct decoder_conf *conf, struct decoder *d, size_t *at)
{
	struct buf state;
	int err;

	if (pick(3) == 0)
		decoder_close_sums(d);
	take(d);
	buf_init(&state, 1 << 20);
	decoder_save(d, &state);
	*at = (size_t)decoder_needs(d);
	decoder_free(&d);
	err = decoder_restore(conf, buf_str(&state), &d);
	buf_fini(&state);
	return err == 0 ? d : NULL;
}

static void
count(enum tally_kind kind, size_t most, unsigned restarts)
{
	struct source_table *sources = source_table_new(100, SOURCES_STAY);
	struct decoder_conf conf = { .sources = sources,
		.name = STR("-"),
		.format = g.format,
		.date_ns = BEGIN_NS,
		.date_quality = TIME_FILE_DATE,
		.tally = kind };
	struct decoder *d = decoder_new(&conf);
	size_t at = 0;

	memset(got, 0, sizeof(got));
	while (at < g.len) {
		size_t cap, n = 1 + pick((uint32_t)most);
		char *room = decoder_space(d, &cap);

		n = n < cap ? n : cap;
		n = n < g.len - at ? n : g.len - at;
		memcpy(room, g.text + at, n);
		decoder_filled(d, n);
		at += n;
		take(d);
		if (restarts > 0 && pick(restarts) == 0)
			d = restart(&conf, d, &at);
	}
	decoder_finish(d);
	take(d);
	decoder_free(&d);
	source_table_free(&sources);
}

static bool
same(struct count a[PODS + 1][SLICES], struct count b[PODS + 1][SLICES])
{
	for (unsigned p = 0; p <= PODS; p++)
		for (unsigned i = 0; i < SLICES; i++)
			if (a[p][i].lines != b[p][i].lines ||
				a[p][i].bytes != b[p][i].bytes) {
				printf("# pod %u slice %u: %" PRIu64 " lines %" PRIu64
				       " bytes, %" PRIu64 " lines %" PRIu64 " bytes\n",
					p, i, a[p][i].lines, a[p][i].bytes, b[p][i].lines,
					b[p][i].bytes);
				return false;
			}
	return true;
}

static void
say(bool good, const char *what_z, uint32_t seed, size_t read)
{
	char text[128];

	snprintf(text, sizeof(text), "seed %u: %s, reads up to %zu", (unsigned)seed,
		what_z, read);
	tap_ok(good, text, __FILE__, __LINE__);
}

static void
check(uint32_t seed)
{
	static const size_t reads[] = { 3000, 70000, 600000 };

	for (unsigned i = 0; i < 3; i++) {
		count(TALLY_BLOCKS, reads[i], 0);
		if (g.ascending)
			say(same(got, wanted), "blocks", seed, reads[i]);
		else if (i > 0)
			say(same(got, first), "blocks, times go back", seed, reads[i]);
		memcpy(first, got, sizeof(first));
		count(TALLY_LINES, reads[i], i == 0 ? 0 : 20);
		say(same(got, wanted), "lines", seed, reads[i]);
	}
}

int
main(int argc, char **argv)
{
	uint32_t from = argc > 1 ? (uint32_t)atoi(argv[1]) : 0;

	g.text = malloc(SOURCE_MAX + 100000);
	for (uint32_t seed = from; seed < from + (argc > 1 ? 1 : 16); seed++) {
		make(seed, seed % 3 == 0 ? SOURCE_MAX : 1 + seed * 40000);
		check(seed);
	}
	free(g.text);
	return tap_done();
}
