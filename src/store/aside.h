/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that has the connection of a store for one piece of work. Meanwhile the
 * store's thread reads what the store has in memory, and writes nothing of it; where it
 * needs the connection it waits (db_await()).
 */
#pragma once

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

struct store;

/* What is done of a store, without the connection afterwards. */
struct aside_work {
	int (*with)(struct store *s); /* 0 or a store error */
	void (*afterwards)(struct store *s);
};

/* Zero at first. */
struct aside {
	struct aside_work work;
	struct store *s;
	pthread_t thread;
	sem_t done;  /* the connection is free */
	bool has_it; /* until somebody has waited for that */
	bool runs;   /* until it is joined */
	int err;     /* of the work; once it is done */
};

/* From now on; or at once, when there is no thread to be had. */
void aside_begin(struct aside *a, struct aside_work work, struct store *s);

/* Whether the caller is to wait before it uses the connection. */
bool aside_has_it(const struct aside *a);

/* Waits until the connection is free. */
void aside_wait(struct aside *a);

/* Waits for all of it; nothing if it was never begun. */
void aside_end(struct aside *a);
