/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a large file is cut so that several workers can read it: where lines begin, at
 * multiples of 64 KiB. Only plain files of CRI or docker lines are cut, whose lines carry
 * their times; a pipe, a compressed file and kubectl's output are read by one worker.
 */
#pragma once

#include "base/arena.h"
#include "base/compiler.h"
#include "worker/worker.h"

struct parts_conf {
	size_t jobs;
	size_t bytes; /* of a part, about; 0: default */
	enum format format;
};

/* The parts of one file, in a; at least one. 0 or -ENOMEM. */
MUST_USE int parts_plan(const struct parts_conf *conf, struct worker_file *f,
	struct arena *a, struct worker_part **out, size_t *n);

/* The time in the line that the part begins with; TIME_NONE where none is seen at once.
 */
int64_t parts_begin(const struct worker_part *p);

/* Sums up what n parts of one file say of it. */
void parts_join(struct worker_file *f, const struct worker_part *parts, size_t n);

/*
 * Moves *at on to where the first line begins that begins not before it, or to limit at
 * most. 0 or a negative errno value.
 */
MUST_USE int parts_find_line(const char *path_z, uint64_t limit, uint64_t *at);
