/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that are to run at once. Any thread. */
#pragma once

#include <pthread.h>

#include "base/compiler.h"

/*
 * pthread_create() of a thread that has begun when this returns. Linux may put a new one
 * behind its creator on the same processor, for milliseconds and though another is idle,
 * as long as the creator goes on; one that wakes up is put where there is room. 0 or a
 * positive errno value.
 */
MUST_USE int thread_start(pthread_t *t, void *(*run)(void *arg), void *arg);

/*
 * For work that is to be done beside the creator's, which goes on at once: the thread
 * begins on another processor than this one, of those the creator may use, and goes where
 * Linux likes afterwards; as thread_start() where there is but one. 0 or a positive errno
 * value.
 */
MUST_USE int thread_start_beside(pthread_t *t, void *(*run)(void *arg), void *arg);
