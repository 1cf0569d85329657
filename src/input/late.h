/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files that were read to their end may get more lines, and which did. One thread.
 * For lineup.c, after the candidates were matched.
 */
#pragma once

#include "input/candidate.h"
#include "input/trail.h"

/* Takes a grown one as the file that is watched, unless that one has lines itself. */
void late_look(struct trail *tr, struct candidates *l, int64_t now_ns);

/* After a restart, once the newest file is read: watches the one before it. */
void late_watch_before(struct trail *tr, struct candidates *l, int64_t now_ns);

/*
 * An older file that nobody knows, newer than all that are known: the live file was
 * filled, copied and cut between two looks. What it has is read as late lines, now or at
 * another look.
 */
void late_take_unseen(struct trail *tr, struct candidate *c, int64_t now_ns);
