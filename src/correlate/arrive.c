/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live matches wait in a heap for the watermark. Early outcomes come from a second
 * correlator that sees those matches that arrive in order: what is true of them is true
 * of all, as long as the condition can only grow.
 */
#include "correlate/arrive.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/time.h"

#define EARLY_KEYS    ((size_t)100000)
#define EARLY_ENTRIES ((size_t)2000000)

struct pending {
	struct match m; /* views into bytes */
	char bytes[];
};

struct arrive {
	const struct ruleset *rs;
	struct heap *heap;
	size_t max_pending;
	struct pending *current;
	struct correlator *early;
	bool *monotone;   /* per correlation */
	int64_t early_ns; /* the newest match the early correlator saw */
	int64_t watermark_ns;
	struct buf scratch;
	struct arrive_counts counts;
};

static int
pending_cmp(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;
	int c = match_cmp(&x->m, &y->m);

	if (c == 0)
		c = (x->m.id > y->m.id) - (x->m.id < y->m.id);
	return c;
}

static bool
own_monotone(const struct correlation *co)
{
	if (co->has_not)
		return false;
	if (co->type == CORR_TEMPORAL || co->type == CORR_TEMPORAL_ORDERED)
		return true;
	if (co->type != CORR_EVENT_COUNT && co->type != CORR_VALUE_COUNT)
		return false;
	for (size_t i = 0; i < co->n_bounds; i++)
		if (co->bounds[i].op != BOUND_GT && co->bounds[i].op != BOUND_GTE)
			return false;
	return true;
}

/* Inner correlations have a smaller depth, so passes of growing depth settle it. */
static void
find_monotone(struct arrive *a)
{
	const struct ruleset *rs = a->rs;

	for (unsigned depth = 0; depth <= 16; depth++)
		for (size_t i = 0; i < rs->n_corrs; i++) {
			const struct correlation *co = &rs->corrs[i];

			if (co->depth != depth)
				continue;
			a->monotone[i] = own_monotone(co);
			for (size_t k = 0; k < co->n_refs; k++)
				if ((co->refs[k].rule & CORRELATION_BIT) != 0 &&
					!a->monotone[co->refs[k].rule & ~CORRELATION_BIT])
					a->monotone[i] = false;
		}
}

struct arrive *
arrive_new(const struct ruleset *rs, size_t max_pending)
{
	struct arrive *a = calloc(1, sizeof(*a));
	struct correlate_conf conf = { EARLY_KEYS, EARLY_ENTRIES };

	if (a == NULL)
		return NULL;
	a->rs = rs;
	a->max_pending = max_pending;
	a->early_ns = a->watermark_ns = TIME_NONE;
	buf_init(&a->scratch, (size_t)1 << 20);
	a->heap = heap_new(max_pending + 1, pending_cmp);
	a->early = correlator_new(rs, &conf);
	a->monotone = calloc(rs->n_corrs + 1, sizeof(*a->monotone));
	if (a->heap == NULL || a->early == NULL || a->monotone == NULL)
		arrive_free(&a);
	else
		find_monotone(a);
	return a;
}

void
arrive_free(struct arrive **pa)
{
	struct arrive *a = *pa;
	struct pending *p;

	*pa = NULL;
	if (a == NULL)
		return;
	while (a->heap != NULL && (p = heap_pop(a->heap)) != NULL)
		free(p);
	if (a->heap != NULL)
		heap_free(&a->heap);
	if (a->early != NULL)
		correlator_free(&a->early);
	free(a->current);
	free(a->monotone);
	buf_fini(&a->scratch);
	free(a);
}

static struct pending *
copy(struct arrive *a, const struct match *m)
{
	struct pending *p;
	struct str from;

	buf_reset(&a->scratch);
	match_encode(&a->scratch, m);
	p = buf_failed(&a->scratch) ? NULL : malloc(sizeof(*p) + a->scratch.len);
	if (p == NULL)
		return NULL;
	memcpy(p->bytes, a->scratch.data, a->scratch.len);
	from = (struct str){ p->bytes, a->scratch.len };
	if (!match_decode(&from, &p->m)) {
		free(p);
		return NULL;
	}
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
		free(p);
		a->counts.full++;
		return false;
	}
	a->counts.pending = heap_len(a->heap);
	if (m->at_ns >= a->early_ns) {
		a->early_ns = m->at_ns;
		correlator_match(a->early, m);
	}
	return true;
}

bool
arrive_early(struct arrive *a, struct outcome *out)
{
	while (correlator_next(a->early, out))
		if (out->kind == OUTCOME_FIRED && a->monotone[out->corr])
			return true;
	return false;
}

const struct match *
arrive_settled(struct arrive *a, int64_t watermark_ns)
{
	struct pending *p = heap_peek(a->heap);
	bool full = heap_len(a->heap) >= a->max_pending;

	free(a->current);
	a->current = NULL;
	if (watermark_ns > a->watermark_ns)
		a->watermark_ns = watermark_ns;
	if (p == NULL || (p->m.at_ns >= watermark_ns && !full))
		return NULL;
	/* Settled before its time: what is older now comes late, never out of order. */
	if (p->m.at_ns >= watermark_ns) {
		a->counts.full++;
		if (p->m.at_ns > a->watermark_ns)
			a->watermark_ns = p->m.at_ns;
	}
	a->current = heap_pop(a->heap);
	a->counts.pending = heap_len(a->heap);
	return &a->current->m;
}

const struct arrive_counts *
arrive_counts(const struct arrive *a)
{
	return &a->counts;
}
