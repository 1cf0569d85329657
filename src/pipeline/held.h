/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings that are not handed over to a courier yet: the opening of an incident that
 * another one may explain any moment waits for group_wait, and what follows of it behind
 * it. What is explained by then is taken back, before anybody was told. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/settings.h"
#include "output/letter.h"
#include "store/store.h"

struct held {
	const struct output_settings *output;
	struct letters list; /* in the order of their time, and of their rows */
};

/* output is borrowed. */
void held_init(struct held *h, const struct output_settings *output);
void held_fini(struct held *h);
size_t held_n(const struct held *h);

/* Takes l, made of row, over if it has to wait; false: it has not. */
bool held_take(
	struct held *h, const struct outbox_row *row, struct letter *l, int64_t mono_ns);

/*
 * Moves those whose time has come by until_ns to out, those that are muted by what s says
 * of their incident now to muted: with the fate LETTER_MUTED, once for each incident.
 */
void held_release(struct held *h, struct store *s, int64_t until_ns, struct letters *out,
	struct letters *muted);
