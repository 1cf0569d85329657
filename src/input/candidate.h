/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that may belong to a log, opened and sampled: its older files, oldest first,
 * and the live one at the end. For lineup.c and its helpers; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "input/fingerprint.h"

struct stretch;

struct candidate {
	const char *path_z;
	int fd;
	struct sample sample;
	bool live;
	struct stretch *part;             /* of which it is the file, or a copy */
	const struct fingerprint *before; /* known like this; in the arena */
	bool known;                       /* was read before, or must not be read */
	bool copy;                        /* ... and is to be known from now on */
	bool taken;                       /* a part has the descriptor */
	uint64_t resume; /* a live file that was read before: up to here */
};

struct candidates {
	struct arena *arena;
	struct candidate *all;
	size_t n;
	int error; /* something could not be looked at: a negative errno value, or 0 */
	bool left_some; /* there are more older files than were asked for */
	bool moving;    /* names changed all the while: a rotation is under way */
};

/* path_z: the live file, which may be missing. At most max older files. */
void candidates_open(struct candidates *c, const char *path_z, size_t max);

/* Closes what is not taken. */
void candidates_close(struct candidates *c);

/* The live one, or NULL. */
struct candidate *candidates_live(const struct candidates *c);

/* How many of the first are older files. */
size_t candidates_older(const struct candidates *c);

/* By inode alone. */
bool candidate_is_same(const struct candidate *c, const struct fingerprint *f);

/* By content alone, and enough of it that the inode does not matter. */
bool candidate_is_surely(const struct candidate *c, const struct fingerprint *f);
