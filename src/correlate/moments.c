/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of event times with their weights and values. */
#include <stdlib.h>

#include "correlate/engine.h"

struct moment *
moments_at(const struct moments *m, size_t i)
{
	return &m->ring[(m->head + i) % m->cap];
}

/* The last one moves back to where its first_ns belongs: mostly it stays. */
static void
settle(struct moments *m)
{
	for (size_t i = m->len - 1; i > 0; i--) {
		struct moment *a = moments_at(m, i - 1), *b = moments_at(m, i), t = *a;

		if (a->first_ns <= b->first_ns)
			break;
		*a = *b;
		*b = t;
	}
}

bool
moments_push(struct moments *m, struct moment in)
{
	if (m->len == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 2;
		struct moment *p = calloc(cap, sizeof(*p));

		if (p == NULL)
			return false;
		for (size_t i = 0; i < m->len; i++)
			p[i] = *moments_at(m, i);
		free(m->ring);
		m->ring = p;
		m->cap = cap;
		m->head = 0;
	}
	m->len++;
	*moments_at(m, m->len - 1) = in;
	m->weight += in.weight;
	settle(m);
	return true;
}

void
moments_renew(struct moments *m, size_t i, const struct moment *in)
{
	struct moment renewed = *moments_at(m, i);

	if (in->first_ns < renewed.first_ns)
		return;
	renewed.at_ns = in->at_ns;
	renewed.first_ns = in->first_ns;
	renewed.span_ns = in->span_ns;
	for (; i + 1 < m->len; i++)
		*moments_at(m, i) = *moments_at(m, i + 1);
	*moments_at(m, i) = renewed;
	settle(m);
}

void
moments_pop(struct moments *m)
{
	struct moment *first = moments_at(m, 0);

	m->weight -= first->weight;
	free((void *)(uintptr_t)first->text.ptr);
	first->text = (struct str){ 0 };
	m->head = (m->head + 1) % m->cap;
	m->len--;
}
