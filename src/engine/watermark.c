/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/watermark.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/time.h"

#define SOURCES_MAX ((size_t)200000)

/* How far one source has been read. */
struct reached {
	uint64_t id;
	int64_t last_ns; /* TIME_NONE: no time yet */
	bool idle;
};

struct watermark {
	struct map *index; /* source id -> its place in list, from 1 */
	struct reached *list;
	size_t n, cap;
};

struct watermark *
watermark_new(void)
{
	struct watermark *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->index = map_new(SOURCES_MAX);
	if (w->index == NULL)
		watermark_free(&w);
	return w;
}

void
watermark_free(struct watermark **pw)
{
	struct watermark *w = *pw;

	*pw = NULL;
	if (w == NULL)
		return;
	if (w->index != NULL)
		map_free(&w->index);
	free(w->list);
	free(w);
}

static struct str
bytes_of(const uint64_t *id)
{
	return (struct str){ (const char *)id, sizeof(*id) };
}

/* NULL: out of memory, or too many. */
static struct reached *
find(struct watermark *w, uint64_t id, bool *fresh)
{
	void **slot = map_put(w->index, bytes_of(&id), fresh);

	if (slot == NULL)
		return NULL;
	if (!*fresh)
		return &w->list[(uintptr_t)*slot - 1];
	if (w->n == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 16;
		struct reached *p = realloc(w->list, cap * sizeof(*p));

		if (p == NULL) {
			map_del(w->index, bytes_of(&id));
			return NULL;
		}
		w->list = p;
		w->cap = cap;
	}
	w->list[w->n] = (struct reached){ .id = id, .last_ns = TIME_NONE };
	*slot = (void *)(uintptr_t)++w->n;
	return &w->list[w->n - 1];
}

bool
watermark_set(
	struct watermark *w, uint64_t source_id, int64_t last_ns, bool idle, bool *moved)
{
	bool fresh;
	struct reached *r = find(w, source_id, &fresh);

	if (r == NULL)
		return false;
	*moved |= fresh || last_ns > r->last_ns || idle != r->idle;
	if (last_ns > r->last_ns)
		r->last_ns = last_ns;
	r->idle = idle;
	return true;
}

bool
watermark_remove(struct watermark *w, uint64_t source_id)
{
	void **slot = map_get(w->index, bytes_of(&source_id));
	size_t at;

	if (slot == NULL)
		return false;
	at = (uintptr_t)*slot - 1;
	map_del(w->index, bytes_of(&source_id));
	w->list[at] = w->list[--w->n];
	if (at < w->n) {
		slot = map_get(w->index, bytes_of(&w->list[at].id));
		*slot = (void *)(uintptr_t)(at + 1);
	}
	return true;
}

int64_t
watermark_time(const struct watermark *w)
{
	int64_t least_ns = INT64_MAX, most_ns = TIME_NONE;

	for (size_t i = 0; i < w->n; i++) {
		const struct reached *r = &w->list[i];

		if (r->last_ns > most_ns)
			most_ns = r->last_ns;
		if (!r->idle && r->last_ns < least_ns)
			least_ns = r->last_ns;
	}
	return least_ns == INT64_MAX ? most_ns : least_ns;
}
