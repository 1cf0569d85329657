/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the states of keys go that find no room in memory: given to a correlator by who
 * makes it. The bytes are those of correlator_changed(). One thread: the correlator's.
 *
 * In memory stay about 100 bytes of a spilled key: its hash, so that a key that is not
 * out is never looked for, and its timer, so that it comes back in time. A key none of
 * whose timers can make anything true is not read again when its window is over.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* A state counts for at least as much against max_bytes: that bounds memory, too. */
#define SPILL_LEAST 1024

struct spill {
	/* Keeps bytes; *where finds them again (not UINT64_MAX). 0 or a negative errno.
	 */
	int (*put)(void *arg, struct str bytes, uint64_t *where);

	/* Appends what was put. 0 or a negative errno value. */
	int (*get)(void *arg, uint64_t where, size_t len, struct buf *to);

	/* It is not needed any more. */
	void (*drop)(void *arg, uint64_t where, size_t len);

	/*
	 * Appends what correlator_changed() gave last of the key with this id, or what it
	 * was restored from. Not called where neither ever was.
	 */
	int (*kept)(void *arg, uint64_t id, struct buf *to);

	void *arg;
	size_t max_bytes; /* of all that is out: more keys are not taken */
};
