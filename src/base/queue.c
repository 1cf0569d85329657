/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded queue: a ring, one mutex, two conditions.
 */
#include "base/queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct queue {
	const char *name; /* borrowed */
	pthread_mutex_t lock;
	pthread_cond_t not_empty;
	pthread_cond_t not_full;
	size_t head; /* the oldest item */
	size_t len;
	size_t cap;
	bool closed;
	void *items[]; /* each borrowed */
};

struct queue *
queue_new(const char *name, size_t capacity)
{
	struct queue *q;

	assert(capacity > 0);
	if (capacity > (SIZE_MAX - sizeof(*q)) / sizeof(void *))
		return NULL;
	q = calloc(1, sizeof(*q) + capacity * sizeof(void *));
	if (q == NULL)
		return NULL;
	q->name = name;
	q->cap = capacity;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->not_empty, NULL);
	pthread_cond_init(&q->not_full, NULL);
	return q;
}

void
queue_free(struct queue **pq)
{
	struct queue *q = *pq;

	*pq = NULL;
	if (q == NULL)
		return;
	assert(q->len == 0);
	pthread_cond_destroy(&q->not_full);
	pthread_cond_destroy(&q->not_empty);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

bool
queue_push(struct queue *q, void *item)
{
	bool taken;

	assert(item != NULL);
	pthread_mutex_lock(&q->lock);
	while (q->len == q->cap && !q->closed)
		pthread_cond_wait(&q->not_full, &q->lock);
	taken = !q->closed;
	if (taken) {
		q->items[(q->head + q->len) % q->cap] = item;
		q->len++;
		pthread_cond_signal(&q->not_empty);
	}
	pthread_mutex_unlock(&q->lock);
	return taken;
}

/* The oldest item, or NULL. Under the lock. */
static void *
take(struct queue *q)
{
	void *item;

	if (q->len == 0)
		return NULL;
	item = q->items[q->head];
	q->head = (q->head + 1) % q->cap;
	q->len--;
	pthread_cond_signal(&q->not_full);
	return item;
}

void *
queue_pop(struct queue *q)
{
	void *item;

	pthread_mutex_lock(&q->lock);
	while (q->len == 0 && !q->closed)
		pthread_cond_wait(&q->not_empty, &q->lock);
	item = take(q);
	pthread_mutex_unlock(&q->lock);
	return item;
}

void
queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->not_empty);
	pthread_cond_broadcast(&q->not_full);
	pthread_mutex_unlock(&q->lock);
}

size_t
queue_len(struct queue *q)
{
	size_t len;

	pthread_mutex_lock(&q->lock);
	len = q->len;
	pthread_mutex_unlock(&q->lock);
	return len;
}
