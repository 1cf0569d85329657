/* SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"

#include <stdlib.h>

bool
vec_push_ptr(void ***items, size_t *n, void *item)
{
	/* Grows at powers of two, which n itself tells. */
	if ((*n & (*n - 1)) == 0) {
		void **p = realloc(*items, (*n ? 2 * *n : 1) * sizeof(*p));

		if (p == NULL)
			return false;
		*items = p;
	}
	(*items)[(*n)++] = item;
	return true;
}
