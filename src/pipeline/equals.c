/* SPDX-License-Identifier: Apache-2.0 */
/* Two generations: when the younger one is full it becomes the older, which is forgotten.
 */
#include "pipeline/equals.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

#define MOST      ((size_t)65536)
#define SLOTS     (2 * MOST)
#define LOG_BYTES ((size_t)16 << 20)

struct generation {
	uint64_t id[SLOTS];
	uint32_t n[SLOTS]; /* and one more; 0: a free slot */
	size_t len;
};

struct equals {
	struct generation *young, *old; /* owned */
	uint64_t seed;                  /* whoever writes lines does not know it */
	struct buf log;                 /* ids counted since equals_keep() */
};

struct equals *
equals_new(void)
{
	struct equals *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->seed = hash_seed().k1;
	buf_init(&e->log, LOG_BYTES);
	e->young = calloc(1, sizeof(*e->young));
	e->old = calloc(1, sizeof(*e->old));
	if (e->young == NULL || e->old == NULL)
		equals_free(&e);
	return e;
}

void
equals_free(struct equals **pe)
{
	struct equals *e = *pe;

	*pe = NULL;
	if (e == NULL)
		return;
	free(e->young);
	free(e->old);
	buf_fini(&e->log);
	free(e);
}

/* Its slot, or the free one where it belongs. */
static size_t
find(const struct equals *e, const struct generation *g, uint64_t id)
{
	uint64_t h = (id ^ e->seed) * UINT64_C(0xd6e8feb86659fd93);
	size_t i;

	h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
	i = (size_t)(h ^ h >> 32) % SLOTS;
	while (g->n[i] != 0 && g->id[i] != id)
		i = (i + 1) % SLOTS;
	return i;
}

static void
grow_old(struct equals *e)
{
	struct generation *g = e->old;

	e->old = e->young;
	e->young = g;
	memset(g, 0, sizeof(*g));
}

uint64_t
equals_count(struct equals *e, uint64_t id)
{
	size_t i = find(e, e->young, id);
	uint32_t n = e->young->n[i];

	buf_add(&e->log, (struct str){ (const char *)&id, sizeof(id) });
	if (n == 0) {
		if (e->young->len == MOST) {
			grow_old(e);
			i = find(e, e->young, id);
		}
		n = e->old->n[find(e, e->old, id)];
		n += n == 0;
		e->young->id[i] = id;
		e->young->len++;
	}
	if (n < UINT32_MAX)
		e->young->n[i] = n + 1;
	return n - 1;
}

void
equals_keep(struct equals *e)
{
	buf_reset(&e->log);
}

static void
uncount(struct equals *e, uint64_t id)
{
	struct generation *g = e->young;
	size_t i = find(e, g, id);

	if (g->n[i] == 0) {
		g = e->old;
		i = find(e, g, id);
	}
	if (g->n[i] > 1)
		g->n[i]--;
}

void
equals_undo(struct equals *e)
{
	uint64_t id;

	for (size_t at = e->log.len; at >= sizeof(id); at -= sizeof(id)) {
		memcpy(&id, e->log.data + at - sizeof(id), sizeof(id));
		uncount(e, id);
	}
	buf_reset(&e->log);
}
