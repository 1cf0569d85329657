/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far each source has been read, and so how far all of them have. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct watermark;

/* NULL: out of memory. */
struct watermark *watermark_new(void);
void watermark_free(struct watermark **pw);

/*
 * The source was read to last_ns (TIME_NONE: no time yet); an earlier time than before
 * changes nothing. idle: it holds nobody back. *moved is set when something is new.
 * False: out of memory, or too many sources.
 */
bool watermark_set(
	struct watermark *w, uint64_t source_id, int64_t last_ns, bool idle, bool *moved);

/* False: it was not there. */
bool watermark_remove(struct watermark *w, uint64_t source_id);

/*
 * The time of the source furthest behind, idle ones not counted; when all are idle, of
 * the one furthest ahead. TIME_NONE: not known.
 */
int64_t watermark_time(const struct watermark *w);
