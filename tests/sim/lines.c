/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <stdlib.h>
#include <string.h>

#include "kube.h"
#include "layout.h"

#define SLOT_BITS 19 /* 0.52 ms */
#define SLOTS     ((size_t)1 << 18)
#define SIZE_MIN  ((size_t)128)
#define SIZES     16

struct line {
	struct line *next;
	struct container *container;
	int64_t at_ns;
	uint32_t len;
	uint8_t stream, size;
	bool torn;
	char text[];
};

struct lines {
	struct line *slot[SLOTS];
	struct line *spare[SIZES];
	struct line **batch;
	size_t batch_cap;
	int64_t done; /* slots before this one are written */
};

struct lines *
lines_new(void)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (l == NULL)
		die("out of memory");
	return l;
}

static void
free_chain(struct line *p)
{
	while (p != NULL) {
		struct line *next = p->next;

		free(p);
		p = next;
	}
}

void
lines_free(struct lines **pl)
{
	for (size_t i = 0; i < SLOTS; i++)
		free_chain((*pl)->slot[i]);
	for (size_t i = 0; i < SIZES; i++)
		free_chain((*pl)->spare[i]);
	free((*pl)->batch);
	free(*pl);
	*pl = NULL;
}

static struct line *
take(struct lines *l, size_t len)
{
	struct line *p;
	unsigned size = 0;

	while (SIZE_MIN << size < len)
		size++;
	if (size >= SIZES)
		die("a line of %zu bytes", len);
	p = l->spare[size];
	if (p != NULL) {
		l->spare[size] = p->next;
		return p;
	}
	p = malloc(sizeof(*p) + (SIZE_MIN << size));
	if (p == NULL)
		die("out of memory");
	p->size = (uint8_t)size;
	return p;
}

void
lines_add(struct world *w, struct container *c, int64_t at_ns, enum stream stream,
	bool torn)
{
	struct lines *l = w->lines;
	struct line *p, **slot;

	if (c == NULL || at_ns >= w->to_ns)
		return;
	if (at_ns < w->now_ns)
		at_ns = w->now_ns;
	if (l->done != 0 && (at_ns >> SLOT_BITS) - l->done >= (int64_t)SLOTS - 1)
		die("a line too far ahead");
	p = take(l, w->line.len);
	p->container = c;
	p->at_ns = at_ns;
	p->len = (uint32_t)w->line.len;
	p->stream = (uint8_t)stream;
	p->torn = torn;
	if (p->len > 0)
		memcpy(p->text, w->line.ptr, p->len);
	slot = &l->slot[(size_t)(at_ns >> SLOT_BITS) % SLOTS];
	p->next = *slot;
	*slot = p;
}

/* The chain is newest first; the result is in order of time, ties in order of adding. */
static size_t
sort(struct lines *l, struct line *chain)
{
	size_t n = 0;

	for (struct line *p = chain; p != NULL; p = p->next)
		n++;
	if (n > l->batch_cap) {
		l->batch_cap = n * 2;
		l->batch = realloc(l->batch, l->batch_cap * sizeof(*l->batch));
		if (l->batch == NULL)
			die("out of memory");
	}
	for (size_t i = n; i-- > 0; chain = chain->next)
		l->batch[i] = chain;
	for (size_t i = 1; i < n; i++) {
		struct line *p = l->batch[i];
		size_t j = i;

		for (; j > 0 && l->batch[j - 1]->at_ns > p->at_ns; j--)
			l->batch[j] = l->batch[j - 1];
		l->batch[j] = p;
	}
	return n;
}

static void
write_slot(struct world *w, struct line **slot)
{
	struct lines *l = w->lines;
	size_t n = sort(l, *slot);

	*slot = NULL;
	for (size_t i = 0; i < n; i++) {
		struct line *p = l->batch[i];

		if (p->at_ns < p->container->dead_ns)
			layout_line(w, p->container, p->at_ns, p->stream,
				&(struct piece){ p->text, p->len, p->torn });
		p->next = l->spare[p->size];
		l->spare[p->size] = p;
	}
}

/* Only whole slots: a line for one that is being filled may still come. */
void
lines_flush(struct world *w, int64_t until_ns)
{
	struct lines *l = w->lines;
	int64_t last = until_ns >> SLOT_BITS;

	if (l->done == 0)
		l->done = w->from_ns >> SLOT_BITS;
	for (; l->done < last; l->done++)
		if (l->slot[(size_t)l->done % SLOTS] != NULL)
			write_slot(w, &l->slot[(size_t)l->done % SLOTS]);
}
