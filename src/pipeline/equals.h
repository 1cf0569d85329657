/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a record came in a pipe: equal ones are told apart by their number. Those of
 * the last 65536 different records are known for certain, of up to twice as many at all:
 * 12 bytes a record, twice as many places, at most 3 MiB,
 * and 8 bytes for each since equals_keep(). One thread.
 */
#pragma once

#include <stdint.h>

struct equals;

/* NULL: out of memory. */
struct equals *equals_new(void);
void equals_free(struct equals **pe);

/* How many with this id came before. */
uint64_t equals_count(struct equals *e, uint64_t id);

/* What was counted since equals_keep() is forgotten by equals_undo(), but for what is
 * over 16 MiB, or two million records. */
void equals_keep(struct equals *e);
void equals_undo(struct equals *e);
