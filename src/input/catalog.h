/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which logs there are: folders are walked now and then, and when the system hints at a
 * change. Owns the trails. One thread. For tail.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "input/tail.h"
#include "input/trail.h"

struct catalog {
	struct tail_conf conf; /* without zeros */
	struct trail_conf trail_conf;
	struct trail **trails; /* owned, conf.max_files */
	size_t n;
	struct watch *watch;          /* NULL: polling only */
	struct map *by_path;          /* -> struct trail */
	struct bygone *bygone_before; /* as the last run left it; trail_conf has ours */
	struct map *told;             /* path -> errno value as a pointer: named once */
	struct arena *arena;          /* of one walk */
	int64_t walk_due_ns, walked_ns;
	bool walked;
	bool told_bygone; /* that not all have room */
	struct tail_counts counts;
};

/* False: out of memory. Always catalog_fini() it. */
bool catalog_init(struct catalog *c, const struct tail_conf *conf);
void catalog_fini(struct catalog *c);

/* NULL: not followed. */
struct trail *catalog_find(const struct catalog *c, struct str path);

/* Takes tr over. False: no room, tr is freed. */
bool catalog_add(struct catalog *c, struct trail *tr);
void catalog_remove(struct catalog *c, struct trail **ptr);

/* Whether a pattern names it. */
bool catalog_is_wanted(const struct catalog *c, const struct trail *tr);

/* Takes hints, and walks if it is time. */
void catalog_refresh(struct catalog *c, int64_t now_ns);
