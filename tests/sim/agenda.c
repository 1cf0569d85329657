/* SPDX-License-Identifier: Apache-2.0 */
#include "agenda.h"

#include <stdlib.h>

struct kept {
	struct kept *next;
	max_align_t data[];
};

struct agenda {
	struct entry *heap;
	size_t len, cap;
	uint64_t order;
	struct kept *kept;
};

struct agenda *
agenda_new(void)
{
	struct agenda *a = calloc(1, sizeof(*a));

	if (a == NULL)
		die("out of memory");
	return a;
}

void
agenda_free(struct agenda **pa)
{
	struct agenda *a = *pa;

	while (a->kept != NULL) {
		struct kept *next = a->kept->next;

		free(a->kept);
		a->kept = next;
	}
	free(a->heap);
	free(a);
	*pa = NULL;
}

static bool
before(const struct entry *a, const struct entry *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

void
agenda_add(struct agenda *a, int64_t at_ns, actor_fn *fn, void *arg)
{
	struct entry e = { .at_ns = at_ns, .order = a->order++, .fn = fn, .arg = arg };
	size_t i = a->len++;

	if (a->len > a->cap) {
		a->cap = a->cap == 0 ? 256 : a->cap * 2;
		a->heap = realloc(a->heap, a->cap * sizeof(e));
		if (a->heap == NULL)
			die("out of memory");
	}
	for (; i > 0 && before(&e, &a->heap[(i - 1) / 2]); i = (i - 1) / 2)
		a->heap[i] = a->heap[(i - 1) / 2];
	a->heap[i] = e;
}

bool
agenda_next(struct agenda *a, int64_t until_ns, struct entry *out)
{
	struct entry last;
	size_t i = 0;

	if (a->len == 0 || a->heap[0].at_ns >= until_ns)
		return false;
	*out = a->heap[0];
	last = a->heap[--a->len];
	for (size_t kid; (kid = 2 * i + 1) < a->len; i = kid) {
		if (kid + 1 < a->len && before(&a->heap[kid + 1], &a->heap[kid]))
			kid++;
		if (!before(&a->heap[kid], &last))
			break;
		a->heap[i] = a->heap[kid];
	}
	a->heap[i] = last;
	return true;
}

void *
agenda_keep(struct agenda *a, size_t size)
{
	struct kept *k = calloc(1, sizeof(*k) + size);

	if (k == NULL)
		die("out of memory");
	k->next = a->kept;
	a->kept = k;
	return k->data;
}
