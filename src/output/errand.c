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

struct errand *
errands_take(struct errand **list)
{
	struct errand *e = *list;

	*list = e->next;
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
