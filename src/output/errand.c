/* SPDX-License-Identifier: Apache-2.0 */
#include "output/errand.h"

#include <stdlib.h>

struct errand *
errand_new(struct request *r, enum errand_kind kind, int64_t wall_ns)
{
	struct errand *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	request_take(r, &e->request);
	e->kind = kind;
	e->built_ns = wall_ns;
	return e;
}

void
errand_free(struct errand **pe)
{
	struct errand *e = *pe;

	*pe = NULL;
	if (e == NULL)
		return;
	request_fini(&e->request);
	free(e);
}

bool
errand_is_blocked(const struct errand *e)
{
	for (size_t p = e->request.from; p < e->request.to && e->bundle != NULL; p++) {
		size_t after = e->bundle->progress[p].after;

		if (after > 0 && after - 1 < e->request.from &&
			!e->bundle->progress[after - 1].ended)
			return true;
	}
	return false;
}

struct errand *
errands_take(struct errand **at)
{
	struct errand *e = *at;

	*at = e->next;
	e->next = NULL;
	return e;
}

void
errands_free(struct errand **list)
{
	while (*list != NULL) {
		struct errand *e = errands_take(list);

		errand_free(&e);
	}
}
