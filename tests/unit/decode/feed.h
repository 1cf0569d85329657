/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the decoder: text in, copies of its records out. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decoder.h"

#define FEED_DATE INT64_C(1761696000000000000) /* 2025-10-29T00:00:00Z */

struct got {
	struct record r; /* views into owned copies */
	char *text;
};

struct feed {
	struct source_table *sources;
	struct decoder_conf conf;
	struct got *got;
	size_t n, cap;
	size_t chunk;         /* 0: all that fits */
	uint32_t *chunk_seed; /* random chunks of 1 to chunk bytes */
	const char *word_z;   /* only lines with it are hits; NULL: all lines */
	struct decoder_counts counts;
	int64_t first_ns, last_ns;
};

static inline uint32_t
feed_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static inline void
feed_init(struct feed *f, enum format format)
{
	*f = (struct feed){ 0 };
	f->sources = source_table_new(1000, SOURCES_STAY);
	f->conf = (struct decoder_conf){ .sources = f->sources,
		.name = STR("-"),
		.format = format,
		.date_ns = FEED_DATE,
		.date_quality = TIME_FILE_DATE };
}

static inline void
feed_clear(struct feed *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->got[i].text);
	f->n = 0;
}

static inline void
feed_fini(struct feed *f)
{
	feed_clear(f);
	free(f->got);
	source_table_free(&f->sources);
}

static inline void
feed_keep(struct feed *f, const struct record *r)
{
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 64;
		f->got = realloc(f->got, f->cap * sizeof(f->got[0]));
		if (f->got == NULL)
			abort();
	}
	f->got[f->n] = (struct got){ .r = *r, .text = malloc(r->message.len + 1) };
	if (r->message.len > 0)
		memcpy(f->got[f->n].text, r->message.ptr, r->message.len);
	f->got[f->n].text[r->message.len] = '\0';
	f->got[f->n].r.message.ptr = f->got[f->n].text;
	f->got[f->n].r.body = NULL;
	f->n++;
}

static inline void
feed_hits(struct feed *f, struct decoder *d)
{
	struct str fresh = decoder_fresh(d);
	struct str rest = fresh;
	struct hit *hits;
	size_t n = 0, lines = 0;

	if (f->word_z == NULL) {
		decoder_hit_all(d);
		return;
	}
	hits = malloc((fresh.len + 1) * sizeof(*hits));
	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');

		lines++;
		if (str_find(line, str_z(f->word_z)) != SIZE_MAX)
			hits[n++] = (struct hit){ .at = (size_t)(line.ptr - fresh.ptr),
				.cue = 7,
				.len = (uint32_t)line.len };
	}
	decoder_hits(d, &(struct found){ hits, n, lines, true }, false);
	free(hits);
}

static inline void
feed_drain(struct feed *f, struct decoder *d)
{
	struct record *r;

	feed_hits(f, d);
	while ((r = decoder_next(d)) != NULL)
		feed_keep(f, r);
}

static inline void
feed_bytes(struct feed *f, struct decoder *d, struct str text)
{
	while (text.len > 0) {
		size_t cap, n;
		char *room = decoder_space(d, &cap);

		n = f->chunk == 0 ? cap : f->chunk;
		if (f->chunk_seed != NULL)
			n = 1 + feed_random(f->chunk_seed) % f->chunk;
		n = n < cap ? n : cap;
		n = n < text.len ? n : text.len;
		memcpy(room, text.ptr, n);
		text = str_sub(text, n, text.len);
		decoder_filled(d, n);
		feed_drain(f, d);
		if (f->chunk_seed != NULL && feed_random(f->chunk_seed) % 4 == 0)
			decoder_rest(d); /* whatever is forgotten, too */
	}
}

/* The whole text through a new decoder. */
static inline void
feed(struct feed *f, struct str text)
{
	struct decoder *d = decoder_new(&f->conf);

	feed_bytes(f, d, text);
	decoder_finish(d);
	feed_drain(f, d);
	f->counts = *decoder_counts(d);
	f->first_ns = decoder_first_time(d);
	f->last_ns = decoder_last_time(d);
	decoder_free(&d);
}

static inline bool
feed_is(const struct feed *f, size_t i, const char *text_z)
{
	if (i < f->n && str_eq(f->got[i].r.message, str_z(text_z)))
		return true;
	if (i < f->n)
		printf("# record %zu is \"%.*s\"\n", i, STR_ARG(f->got[i].r.message));
	else
		printf("# only %zu records\n", f->n);
	return false;
}

static inline bool
feed_at(const struct feed *f, size_t i, const char *time_z)
{
	struct buf b;
	bool same;

	if (i >= f->n)
		return false;
	buf_init(&b, 100);
	time_format(&b, f->got[i].r.at_ns, NULL, 3);
	same = str_eq(buf_str(&b), str_z(time_z));
	if (!same)
		printf("# time is %.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
	return same;
}
