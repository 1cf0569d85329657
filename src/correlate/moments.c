/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of event times with their weights, in the order of first_ns. */
#include "correlate/engine.h"

/* The last one moves back to where its first_ns belongs: mostly it stays. */
static void
settle(struct moments *m)
{
	for (uint32_t i = m->len - 1; i > 0; i--) {
		struct moment *a = moments_at(m, i - 1), *b = moments_at(m, i), t = *a;

		if (a->first_ns <= b->first_ns)
			break;
		*a = *b;
		*b = t;
	}
}

static bool
grow(struct pool *p, struct moments *m)
{
	uint32_t cap = m->cap > 0 ? 2 * m->cap : 1;
	struct moment *ring =
		m->cap < UINT32_MAX / 4 ? pool_alloc(p, cap * sizeof(*ring)) : NULL;

	if (ring == NULL)
		return false;
	for (uint32_t i = 0; i < m->len; i++)
		ring[i] = *moments_at(m, i);
	pool_free(p, m->ring, m->cap * sizeof(*ring));
	m->ring = ring;
	m->cap = cap;
	m->head = 0;
	return true;
}

bool
moments_push(struct pool *p, struct moments *m, const struct moment *in)
{
	if (m->len == m->cap && !grow(p, m))
		return false;
	m->len++;
	*moments_at(m, m->len - 1) = *in;
	m->weight += in->weight;
	settle(m);
	return true;
}

void
moments_pop(struct moments *m)
{
	m->weight -= moments_at(m, 0)->weight;
	m->head = (m->head + 1) & (m->cap - 1);
	m->len--;
}

void
moments_free(struct pool *p, struct moments *m)
{
	pool_free(p, m->ring, m->cap * sizeof(*m->ring));
	*m = (struct moments){ 0 };
}
