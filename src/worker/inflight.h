/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record that crashes the daemon must not do so for ever. Before a record is looked at
 * its place is written to a mapped file, which outlives the process: what stands there at
 * the next start was being looked at when it ended. The third time, the record is
 * skipped. Two stores to memory per record, no system call. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

#define INFLIGHT_CRASHES 3

struct inflight;

/* path_z 0600, made if it is not there; damaged: begun anew. 0 or a negative errno. */
MUST_USE int inflight_open(const char *path_z, struct inflight **out);

/* A clean end: nothing is in flight. */
void inflight_close(struct inflight **pi);

/* False: this record has crashed the daemon too often; skip it. */
bool inflight_begin(struct inflight *i, uint64_t source_id, uint64_t place);
void inflight_end(struct inflight *i);

/* What was in flight when the last process ended, and how often so far; false: nothing.
 */
bool inflight_found(
	const struct inflight *i, uint64_t *source_id, uint64_t *place, unsigned *times);
