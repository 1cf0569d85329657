/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the shop says of its orders: Sock Shop's HAL pages or plain JSON, from a file, a
 * folder of pages, standard input or over HTTP. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/map.h"
#include "base/str.h"
#include "reconcile/verdict.h"

struct shop_order {
	struct str id;
	struct str status; /* as the shop writes it; may be empty */
	struct str customer_id;
	enum shop_state state;
	bool has_total;
	int64_t total;   /* cents */
	int64_t date_ns; /* TIME_NONE: unknown */
};

struct shop {
	struct map *by_id; /* -> struct shop_order */
	uint64_t seen;     /* orders, each once */
	uint64_t expected; /* as page.totalElements says; 0: it does not */
	uint64_t nameless; /* orders without an id */
	bool incomplete;   /* a page is missing: who is not here may still exist */
};

/*
 * from_z: http(s) URL, folder, file or "-". 0, or -1 with the reason on err; a later page
 * that is missing is a warning on err and shop.incomplete. shop_fini() after either.
 */
MUST_USE int shop_load(const char *from_z, struct arena *a, FILE *err, struct shop *out);
void shop_fini(struct shop *s);

/*
 * All documents of a text, one after the other; name_z is for messages. *next (may be
 * NULL) is set to the last document's _links.next.href, in the arena, or emptied.
 */
MUST_USE int shop_parse(struct shop *s, const char *name_z, struct str text,
	struct arena *a, FILE *err, struct str *next);

/* MUST be called before shop_parse(): 0, or -1 when memory is out. */
MUST_USE int shop_init(struct shop *s);

/* Compares what was seen with what was promised. */
void shop_end(struct shop *s, const char *name_z, FILE *err);

const struct shop_order *shop_find(const struct shop *s, struct str id);
