/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of one log as bytes: where it was read to, by what its files are known, which
 * files were read before. A few hundred bytes; to be kept with the matches up to the same
 * position, and given back at the next start. Any thread.
 *
 * Version 2, all numbers as varints (base/buf.h) but hashes, which are 8 bytes
 * little-endian: 2, path, alias (length and bytes), position, number of parts, parts,
 * number of known files, fingerprints; at the end a SipHash of all before it.
 */
#pragma once

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"
#include "input/trail.h"

#define CHECKPOINT_MAX ((size_t)64 << 10)

/* The state at position, from what is committed up to what was read. The error of out
 * sticks. */
void checkpoint_encode(const struct trail *tr, uint64_t position, struct buf *out);

/* The trail of that state. NULL: no state of ours, damaged, a later version, or out of
 * memory. */
struct trail *checkpoint_decode(struct trail_conf *conf, struct str bytes);
