/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where states of keys go that find no room in memory (correlate/spill.h): a temporary
 * file without a name, gone with the process. Nothing happens before the first one. Freed
 * places are used again; the file is emptied when nothing is in it. What a checkpoint has
 * written of a key is read from the store instead, so that a restart finds all keys as of
 * its last checkpoint. One thread: the correlator's.
 */
#pragma once

#include "correlate/spill.h"
#include "store/store.h"

#define SPILLFILE_BYTES ((size_t)1 << 30) /* unless something else is asked for */

struct spillfile;

/*
 * dir_z: a folder for the file; NULL: that of the store. store: has the windows of
 * checkpoints; borrowed; NULL: there are none. max_bytes 0: SPILLFILE_BYTES. NULL: out of
 * memory.
 */
struct spillfile *spillfile_new(const char *dir_z, struct store *store, size_t max_bytes);
void spillfile_free(struct spillfile **pf);

/* As the correlator wants it; valid as long as f is. */
const struct spill *spillfile_spill(const struct spillfile *f);
