/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded queue of pointers between threads. A full queue makes the producer wait: that
 * is the back-pressure. Any number of threads on either side.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

struct queue *queue_new(const char *name, size_t capacity);

/* Must be empty. */
void queue_free(struct queue **pq);

/* Waits while full. False once the queue is closed: the item stays the caller's. */
bool queue_push(struct queue *q, void *item);

/* Waits while empty. NULL once it is closed and empty. */
void *queue_pop(struct queue *q);

/* No more pushes; wakes everybody. */
void queue_close(struct queue *q);
size_t queue_len(struct queue *q);
