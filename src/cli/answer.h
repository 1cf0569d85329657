/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document that one thread asks for and another one makes when it comes by: the web
 * thread's question to the engine's.
 */
#pragma once

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct answer {
	pthread_mutex_t lock;
	pthread_cond_t given;
	json_t *doc;
	bool wanted;
	int wake_fd; /* an eventfd, borrowed: who answers waits for it */
};

void answer_init(struct answer *a, int wake_fd);
void answer_fini(struct answer *a);

/* Waits for it, wait_ns at most. Owned by the caller; NULL: nobody answered. */
json_t *answer_ask(struct answer *a, int64_t wait_ns);

/* For who answers: whether it is worth the work, and the answer, which is taken. */
bool answer_is_wanted(struct answer *a);
void answer_give(struct answer *a, json_t *doc);
