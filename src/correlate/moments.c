/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of event times with their weights, in the order of first_ns. */
#include "correlate/engine.h"

/* Whether they are in m itself. */
static bool
is_one(const struct moments *m, uint32_t words)
{
	return words == 2 && m->cap == 1;
}

static const uint64_t *
place(const struct moments *m, uint32_t words, uint32_t i)
{
	const uint64_t *ring = is_one(m, words) ? m->one : m->ring;

	return &ring[(size_t)((m->head + i) & (m->cap - 1)) * words];
}

struct moment
moments_at(const struct moments *m, uint32_t words, uint32_t i)
{
	const uint64_t *p = place(m, words, i);
	const uint64_t *spans = words == 4 ? p + 2 : NULL;

	return (struct moment){ .at_ns = (int64_t)p[0],
		.weight = p[1],
		.first_ns = (int64_t)(spans != NULL ? spans[0] : p[0]),
		.span_ns = (int64_t)(spans != NULL ? spans[1] : p[0]) };
}

void
moments_set(struct moments *m, uint32_t words, uint32_t i, const struct moment *in)
{
	uint64_t *p = (uint64_t *)(uintptr_t)place(m, words, i);

	p[0] = (uint64_t)in->at_ns;
	p[1] = in->weight;
	if (words == 4) {
		p[2] = (uint64_t)in->first_ns;
		p[3] = (uint64_t)in->span_ns;
	}
}

/* The last one moves back to where its first_ns belongs: mostly it stays. */
static void
settle(struct moments *m, uint32_t words)
{
	for (uint32_t i = m->len - 1; i > 0; i--) {
		struct moment a = moments_at(m, words, i - 1),
			      b = moments_at(m, words, i);

		if (a.first_ns <= b.first_ns)
			break;
		moments_set(m, words, i - 1, &b);
		moments_set(m, words, i, &a);
	}
}

static void
free_ring(struct pool *p, struct moments *m, uint32_t words)
{
	if (m->cap > 0 && !is_one(m, words))
		pool_free(p, m->ring, (size_t)m->cap * words * sizeof(uint64_t));
}

static bool
grow(struct pool *p, struct moments *m, uint32_t words)
{
	uint32_t cap = m->cap > 0 ? 2 * m->cap : 1;
	struct moments to = { .cap = cap, .len = m->len, .weight = m->weight };

	if (m->cap >= UINT32_MAX / 4)
		return false;
	if (!is_one(&to, words)) {
		to.ring = pool_alloc(p, (size_t)cap * words * sizeof(uint64_t));
		if (to.ring == NULL)
			return false;
	}
	for (uint32_t i = 0; i < m->len; i++) {
		struct moment x = moments_at(m, words, i);

		moments_set(&to, words, i, &x);
	}
	free_ring(p, m, words);
	*m = to;
	return true;
}

bool
moments_push(struct pool *p, struct moments *m, uint32_t words, const struct moment *in)
{
	if (m->len == m->cap && !grow(p, m, words))
		return false;
	moments_set(m, words, m->len++, in);
	m->weight += in->weight;
	settle(m, words);
	return true;
}

void
moments_pop(struct moments *m, uint32_t words)
{
	m->weight -= place(m, words, 0)[1];
	m->head = (m->head + 1) & (m->cap - 1);
	m->len--;
}

void
moments_free(struct pool *p, struct moments *m, uint32_t words)
{
	free_ring(p, m, words);
	*m = (struct moments){ 0 };
}
