/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live matches wait in a heap for the watermark, as the bytes of match_encode() behind
 * what orders them.
 */
#include "correlate/arrive.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/time.h"
#include "correlate/early.h"
#include "correlate/pool.h"
#include "record/volume.h"

#define EARLY_KEYS    ((size_t)100000)
#define EARLY_ENTRIES ((size_t)300000)
#define PENDING_BYTES ((size_t)1024) /* on average */

struct pending {
	int64_t at_ns;
	uint64_t source_id, id;
	struct place place;
	uint32_t rule, len;
	char bytes[];
};

struct arrive {
	struct heap *heap;
	struct pool pool;
	size_t max_pending;
	struct pending *current; /* what m points into */
	struct match m;
	struct correlator *early;
	int64_t watermark_ns;
	struct buf scratch;
	struct arrive_counts counts;
};

static int
cmp_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* As match_cmp(), then by id. */
static int
pending_cmp(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;
	int c = (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns);

	if (c == 0)
		c = cmp_u64(x->source_id, y->source_id);
	if (c == 0)
		c = cmp_u64(x->place.offset, y->place.offset);
	if (c == 0)
		c = cmp_u64(x->place.ordinal, y->place.ordinal);
	if (c == 0)
		c = cmp_u64(x->rule, y->rule);
	return c != 0 ? c : cmp_u64(x->id, y->id);
}

struct arrive *
arrive_new(const struct ruleset *rs, size_t max_pending, struct correlator *settled)
{
	struct arrive *a = calloc(1, sizeof(*a));
	struct correlate_conf conf = { .max_keys = EARLY_KEYS,
		.max_entries = EARLY_ENTRIES };

	if (a == NULL)
		return NULL;
	a->max_pending = max_pending;
	a->watermark_ns = TIME_NONE;
	buf_init(&a->scratch, (size_t)1 << 20);
	pool_init(&a->pool, (max_pending + 1024) * PENDING_BYTES);
	a->heap = heap_new(max_pending + 1, pending_cmp);
	a->early = early_new(rs, &conf, settled);
	if (a->heap == NULL || a->early == NULL)
		arrive_free(&a);
	return a;
}

void
arrive_free(struct arrive **pa)
{
	struct arrive *a = *pa;

	*pa = NULL;
	if (a == NULL)
		return;
	if (a->heap != NULL)
		heap_free(&a->heap);
	if (a->early != NULL)
		correlator_free(&a->early);
	pool_fini(&a->pool);
	buf_fini(&a->scratch);
	free(a);
}

static void
drop(struct arrive *a, struct pending *p)
{
	if (p != NULL)
		pool_free(&a->pool, p, sizeof(*p) + p->len);
}

static struct pending *
copy(struct arrive *a, const struct match *m)
{
	struct pending *p;
	size_t len;

	buf_reset(&a->scratch);
	match_encode(&a->scratch, m);
	len = a->scratch.len;
	p = buf_failed(&a->scratch) ? NULL : pool_alloc(&a->pool, sizeof(*p) + len);
	if (p == NULL)
		return NULL;
	memcpy(p->bytes, a->scratch.data, len);
	p->len = (uint32_t)len;
	p->at_ns = m->at_ns;
	p->source_id = m->source_id;
	p->id = m->id;
	p->place = m->place;
	p->rule = m->rule;
	return p;
}

bool
arrive_put(struct arrive *a, const struct match *m)
{
	struct pending *p;

	if (m->at_ns < a->watermark_ns) {
		a->counts.late++;
		return false;
	}
	p = copy(a, m);
	if (p == NULL || !heap_push(a->heap, p)) {
		drop(a, p);
		a->counts.full++;
		return false;
	}
	a->counts.pending = heap_len(a->heap);
	if (!volume_is_sum(m))
		early_match(a->early, m);
	return true;
}

bool
arrive_early(struct arrive *a, struct outcome *out)
{
	return correlator_next(a->early, out);
}

const struct match *
arrive_settled(struct arrive *a, int64_t watermark_ns)
{
	struct pending *p = heap_peek(a->heap);
	bool full = heap_len(a->heap) >= a->max_pending;
	struct str from;

	drop(a, a->current);
	a->current = NULL;
	if (watermark_ns > a->watermark_ns)
		a->watermark_ns = watermark_ns;
	if (p == NULL || (p->at_ns >= watermark_ns && !full)) {
		early_advance(a->early, a->watermark_ns);
		return NULL;
	}
	/* Settled before its time: what is older now comes late, never out of order. */
	if (p->at_ns >= watermark_ns) {
		a->counts.full++;
		if (p->at_ns > a->watermark_ns)
			a->watermark_ns = p->at_ns;
	}
	a->current = heap_pop(a->heap);
	a->counts.pending = heap_len(a->heap);
	from = (struct str){ a->current->bytes, a->current->len };
	return match_decode(&from, &a->m) ? &a->m : NULL;
}

const struct arrive_counts *
arrive_counts(const struct arrive *a)
{
	return &a->counts;
}
