/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing array of pointers for the command line's small lists. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Appends item to *items (owned by the caller, free() it) of *n. False: out of memory. */
bool vec_push_ptr(void ***items, size_t *n, void *item);
