/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int
fail(struct library *l)
{
	const char *why_z = dlerror();

	(void)snprintf(l->error, sizeof(l->error), "%s",
		why_z != NULL ? why_z : "it cannot be opened");
	return -ELIBACC;
}

static int
open_all(struct library *l)
{
	void *handle = dlopen(l->soname_z, RTLD_NOW | RTLD_LOCAL);

	if (handle == NULL)
		return fail(l);
	for (size_t i = 0; i < l->n; i++) {
		void *function = dlsym(handle, l->functions[i].name_z);

		if (function == NULL) {
			int err = fail(l);

			dlclose(handle);
			return err;
		}
		/* Not by assignment: C has no pointers to both. */
		memcpy(l->functions[i].to, &function, sizeof(function));
	}
	l->is_open = true;
	return 0;
}

int
library_open(struct library *l)
{
	int err;

	pthread_mutex_lock(&l->lock);
	err = l->is_open ? 0 : open_all(l);
	pthread_mutex_unlock(&l->lock);
	return err;
}
