/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a courier has in hand: findings taken from those that wait, as bundles, and the
 * errands that deliver them. An errand that cannot go as it is is replaced by others for
 * the same findings. A finding ends when the last errand that carries it has. No clocks;
 * one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/bundle.h"
#include "output/destination.h"
#include "output/errand.h"
#include "output/letter.h"
#include "output/waiting.h"

struct tray {
	const struct destination_type *type;
	struct destination *destination;
	const struct output_settings *output;
	struct waiting *waiting;
	struct letters ended; /* taken by the owner */
	struct bundle *bundles;
	size_t n_bundles, bytes;
	size_t n;            /* letters in bundles */
	struct errand *todo; /* owned; those on the way are the courier's */
	struct errand *sent; /* owned: on the way */
	size_t n_sent;
	int64_t wall_ns; /* now, as the owner was told last */
};

/* All but ended must have been set. */
void tray_init(struct tray *t);
void tray_fini(struct tray *t);

/* One more bundle of what may go now. False: there is none, or no room or memory for it.
 */
bool tray_fill(struct tray *t, int64_t mono_ns);

/*
 * The first errand that may go, put among those sent; NULL: none. least_tried: none that
 * failed as often as that.
 */
struct errand *tray_send(struct tray *t, unsigned least_tried, int64_t mono_ns);

/* e, which is of no findings, goes, too. Takes it over. */
void tray_sent(struct tray *t, struct errand *e);

/* When one that stepped aside may go; INT64_MAX: there is none. */
int64_t tray_due(const struct tray *t, int64_t mono_ns);

/* What was sent for r, taken out of those sent. */
struct errand *tray_answered(struct tray *t, const struct request *r);

/* Each of these takes over e, which was answered: it goes again; it is done; and so on.
 */
void tray_again(struct tray *t, struct errand *e);
void tray_done(struct tray *t, struct errand *e, int64_t mono_ns);
void tray_doom(struct tray *t, struct errand *e, enum letter_fate fate, const char *why_z,
	int64_t mono_ns);

/*
 * The same findings anew: in halves; small; each with the history trouble. False: there
 * was no memory, and e is among those to be sent as it was.
 */
bool tray_replace(struct tray *t, struct errand *e, bool halves, bool small,
	const struct trouble *trouble, int64_t mono_ns);

/* The n oldest, and what is older than max_age, ends, unless it is on the way. */
void tray_drop(struct tray *t, size_t n, int64_t mono_ns);
void tray_expire(struct tray *t, int64_t mono_ns);

/* Wall clock: since when the oldest waits; 0: unknown, or none does. */
int64_t tray_since(const struct tray *t);
