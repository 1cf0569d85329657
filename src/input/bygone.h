/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Older parts of logs (x.log.1) that were there before their log was followed: they are
 * not read when it comes. Known by inode, the time that was made, and size: what grew or
 * was compressed since is another. To be kept with the patterns that were followed. One
 * thread.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

struct bygone;

/* NULL: out of memory. */
struct bygone *bygone_new(void);
void bygone_free(struct bygone **pb);

/* The file called name in the folder dir; an empty name: dir itself, which may be any
 * file. Add, false: no room for it, it would be read. */
bool bygone_add(struct bygone *b, int dir, const char *name_z);
bool bygone_has(const struct bygone *b, int dir, const char *name_z);

/* Lines of text, and what they say; what is none of them is left out. */
void bygone_encode(const struct bygone *b, struct buf *out);
void bygone_restore(struct bygone *b, struct str text);
