/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of the outbox on its way through a courier and back. It moves from thread to
 * thread; whoever has it owns it. Lists are linked by next and have no more than a
 * window.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"
#include "store/store.h"

enum letter_fate {
	LETTER_WAITS,
	LETTER_SENT,
	LETTER_FOLDED,   /* a newer one of its incident says it all */
	LETTER_MUTED,    /* another incident explains it: not to be told */
	LETTER_REJECTED, /* never to be sent: set aside */
	LETTER_STUCK,    /* failed again and again while others got through */
	LETTER_TOO_OLD,
	LETTER_TOO_MANY
};

#define LETTER_LINK_MAX 256

struct letter {
	struct letter *next;
	int64_t row, seq, at_ns;
	int64_t put_ns; /* wall clock: when it began to wait; 0: unknown */
	unsigned kind;  /* enum finding_kinds */
	struct str id, body;
	int64_t held_ns; /* monotonic: it was held until then; 0: not */
	uint64_t group;  /* 0: none */
	json_t *finding; /* the body, while it is being sent */
	enum letter_fate fate;
	char why_z[512];              /* of a fate that is none of its wishes */
	char link_z[LETTER_LINK_MAX]; /* where its receiver shows it; may be empty */
};

struct letters {
	struct letter *first, **end;
	size_t n;
};

/* A copy of row; NULL: out of memory. */
struct letter *letter_new(const struct outbox_row *row);
void letter_free(struct letter **pl);

void letters_init(struct letters *list);
void letters_add(struct letters *list, struct letter *l);

/* The first, taken out; NULL: none. */
struct letter *letters_take(struct letters *list);

/* All of from go to the end of to. */
void letters_move(struct letters *to, struct letters *from);
void letters_fini(struct letters *list);
