/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What will happen, in order of time and, at one time, of being added. Also owns the
 * memory that lives as long as the world. Single thread.
 */
#pragma once

#include "world.h"

struct entry {
	int64_t at_ns;
	uint64_t order;
	actor_fn *fn;
	void *arg;
};

struct agenda *agenda_new(void);
void agenda_free(struct agenda **pa);
void agenda_add(struct agenda *a, int64_t at_ns, actor_fn *fn, void *arg);

/* Takes out the next entry before until_ns; false when there is none. */
bool agenda_next(struct agenda *a, int64_t until_ns, struct entry *out);

void *agenda_keep(struct agenda *a, size_t size);
