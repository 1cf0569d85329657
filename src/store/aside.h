/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that has the connection of a store for one piece of work. Meanwhile the
 * store's thread reads what the store has in memory, and writes nothing of it; where it
 * needs the connection it waits (db_await()).
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

struct store;

/* Zero at first. */
struct aside {
	pthread_t thread;
	struct store *s;
	int (*work)(struct store *s);
	bool runs; /* until somebody has waited for it */
	int err;   /* of the work; then */
};

/* From now on; or at once, when there is no thread to be had. */
void aside_begin(struct aside *a, int (*work)(struct store *s), struct store *s);

/* Whether the caller is to wait before it uses the connection. */
bool aside_has_it(const struct aside *a);

void aside_end(struct aside *a);
