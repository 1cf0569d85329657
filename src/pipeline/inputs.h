/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a batch: folders listed, each file once, labels from path and options. One
 * thread.
 */
#pragma once

#include "base/arena.h"
#include "base/compiler.h"
#include "pipeline/batch.h"
#include "worker/worker.h"

struct inputs {
	const struct batch_conf *conf; /* borrowed */
	struct arena *arena;           /* borrowed: paths and files */
	struct worker_file *all;
	size_t n, cap;
	uint64_t unreadable; /* said on stderr */
	uint64_t left_out;   /* files that are no logs */
};

void inputs_init(struct inputs *in, const struct batch_conf *conf, struct arena *a);
void inputs_fini(struct inputs *in);

/* All paths of conf, in byte order. 0 or -ENOMEM; what cannot be read is in its file. */
MUST_USE int inputs_list(struct inputs *in);

/* Says on stderr, and counts, that a file could not be read. */
void inputs_tell(struct inputs *in, const char *path_z, int err);

/*
 * Opens a file and reads what it begins with into buf: how many bytes, or a negative
 * errno value, which is in the file and told. A pipe gives what it has, with a whole line
 * if there is one.
 */
MUST_USE ssize_t inputs_open(struct inputs *in, struct worker_file *f, char *buf,
	size_t cap, struct reader **out);
