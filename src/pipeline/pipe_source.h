/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pipe is read once: what its reader had not committed when it was killed is gone. This
 * keeps in the store how far each pipe came, tells what may be missing since, and gives
 * records ids that do not depend on where in the pipe they stand, so that a log that is
 * piped again changes nothing. One thread: its driver's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"
#include "engine/engine.h"
#include "record/record.h"
#include "store/store.h"

struct pipe_source;

/* name: "-" or the path. Reads what earlier pipes left. -ENOMEM or a store error. */
MUST_USE int pipe_source_open(struct store *s, struct str name, struct pipe_source **out);
void pipe_source_free(struct pipe_source **pp);

/* It goes on with another store, or the same one that was opened again. */
void pipe_source_set_store(struct pipe_source *p, struct store *s);

/* Bytes that earlier pipes of this name had: places go on from there. */
uint64_t pipe_source_base(const struct pipe_source *p);

/* The newest time that any earlier pipe had, TIME_NONE: there was none. */
int64_t pipe_source_before(const struct pipe_source *p);

/*
 * The first time of this pipe is known: gaps since the earlier ones, said on stderr
 * unless quiet. Once. 0 or a store error.
 */
MUST_USE int pipe_source_begins(
	struct pipe_source *p, struct engine *e, int64_t first_ns, bool quiet);

/*
 * How far it is, once it has begun: part of the engine's next commit. Nobody reads a pipe
 * on from there: bytes only keep the places of its records apart.
 */
MUST_USE int pipe_source_reached(struct pipe_source *p, struct engine *e, uint64_t bytes,
	int64_t last_ns, bool ended);

/* What was told and counted since is part of a commit; or of none, so that all of it is
 * to come again. */
void pipe_source_committed(struct pipe_source *p);
void pipe_source_rolled_back(struct pipe_source *p);

/*
 * The same for the same record, in whatever pipe: a hash of its source (name and labels),
 * time and text, and of how many equal ones came before it.
 */
uint64_t pipe_source_record_id(struct pipe_source *p, const struct record *r);
