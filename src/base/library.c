/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int
fail(char *why_z)
{
	const char *error_z = dlerror();

	(void)snprintf(why_z, LIBRARY_WHY, "%s",
		error_z != NULL ? error_z : "a library cannot be opened");
	return -ELIBACC;
}

static int
open_all(struct library *l, char *why_z)
{
	void *handle = dlopen(l->soname_z, RTLD_NOW | RTLD_LOCAL);

	if (handle == NULL)
		return fail(why_z);
	for (size_t i = 0; i < l->n; i++) {
		void *function = dlsym(handle, l->functions[i].name_z);

		if (function == NULL) {
			int err = fail(why_z);

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
library_open(struct library *l, char why_z[LIBRARY_WHY])
{
	int err;

	pthread_mutex_lock(&l->lock);
	err = l->is_open ? 0 : open_all(l, why_z);
	pthread_mutex_unlock(&l->lock);
	return err;
}
