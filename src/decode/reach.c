/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams that were silent for longer than RUN_GAP_MAX have no open run. Of each other
 * one the last line is looked for, and from there back to where its run begins.
 */
#include "base/bytes.h"
#include "decode/run.h"

#define STREAMS 64
#define PLACES  512

/* The last line of a stream. */
struct last {
	struct wrap wrap; /* of one of its lines */
	uint64_t at, next;
};

struct lasts {
	struct last of[STREAMS];
	size_t n;
	size_t recent;
};

/* False: there are too many. */
static bool
find_stream(struct lasts *l, const struct wrap *w, size_t *i)
{
	*i = 0;
	while (*i < l->n && !str_eq(l->of[*i].wrap.key, w->key))
		++*i;
	if (*i == STREAMS)
		return false;
	l->n += *i == l->n;
	l->of[*i].wrap = *w;
	return true;
}

/* False: it is of one stream too many. */
static bool
look_at(const struct reading *rd, struct lasts *l, uint64_t at, uint64_t next)
{
	struct line line;

	run_read_until(rd, at, next, rd->scratch, &line);
	if (!find_stream(l, &line.wrap, &l->recent))
		return false;
	l->of[l->recent].at = at;
	l->of[l->recent].next = next;
	return true;
}

/* Some lines of text, which is at offset base; at: where the first of them begins. */
static bool
note(const struct reading *rd, struct lasts *l, uint64_t base, const size_t *lf, size_t n,
	size_t at)
{
	const char *text = rd->lines->data + (base - lines_begin(rd->lines));
	wrap_same_fn *same = rd->wrapping->same;

	for (size_t i = 0; i < n;) {
		struct last *last = &l->of[l->recent];
		size_t k = same != NULL && l->n > 0
				   ? same(text, at, lf + i, n - i, &last->wrap)
				   : 0;

		if (k > 0) {
			last->at = base + (k > 1 ? lf[i + k - 2] + 1 : at);
			last->next = base + lf[i + k - 1] + 1;
		} else if (!look_at(rd, l, base + at, base + lf[i] + 1)) {
			return false;
		}
		i += k > 0 ? k : 1;
		at = lf[i - 1] + 1;
	}
	return true;
}

/* Of the lines between two offsets. */
static bool
find_lasts(const struct reading *rd, uint64_t from, uint64_t end, struct lasts *l)
{
	const char *text = rd->lines->data + (from - lines_begin(rd->lines));
	size_t len = (size_t)(end - from), pos = 0, at = 0, lf[PLACES], n;

	while ((n = bytes_places(text, len, '\n', &pos, lf, PLACES)) > 0) {
		if (!note(rd, l, from, lf, n, at))
			return false;
		at = lf[n - 1] + 1;
	}
	return true;
}

uint64_t
run_reach(const struct reading *rd, uint64_t end)
{
	const uint64_t most = RUN_WALK_MAX + RUN_GAP_MAX;
	uint64_t from = lines_begin(rd->lines), reach = end;
	struct lasts lasts;

	lasts.n = lasts.recent = 0;
	if (end > from + RUN_GAP_MAX)
		from = lines_start(rd->lines, end - RUN_GAP_MAX - 1);
	if (end > from && !find_lasts(rd, from, end, &lasts))
		return end > most ? end - most : 0;
	for (size_t i = 0; i < lasts.n; i++) {
		const struct last *last = &lasts.of[i];
		struct line line;
		uint64_t at;

		run_read_until(rd, last->at, last->next, rd->scratch, &line);
		if (!run_start(rd, &line, &at))
			return end > most ? end - most : 0;
		reach = at < reach ? at : reach;
	}
	return reach;
}
