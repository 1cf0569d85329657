/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One destination of pipeline/outputs.h: how far its rows were handed over, and its
 * courier. For the thread that writes the store; what changes rows is part of the open
 * transaction.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "conf/settings.h"
#include "output/letter.h"
#include "output/post.h"
#include "pipeline/held.h"
#include "pipeline/repeat.h"
#include "store/store.h"

struct channel {
	struct arena *arena; /* of all below */
	struct output_settings output;
	struct str name;   /* of the destination in the outbox */
	struct str url;    /* alertmanager: the member */
	struct post *post; /* NULL: it could not be opened */
	int error;         /* why */
	unsigned opens;    /* that failed in a row */
	int64_t open_ns;   /* monotonic: not tried again before */
	int64_t after_row; /* rows up to it were handed over */
	int64_t checked_ns;
	uint64_t stamp;         /* of the secrets it was opened with */
	int64_t looked_ns;      /* at them */
	struct repeat *repeat;  /* NULL: what runs once */
	bool knows;             /* its groups */
	struct held held;       /* not handed over yet */
	struct letters back;    /* taken back, not in a transaction yet */
	struct letters applied; /* in the open transaction */
	uint64_t sent, muted, rejected, stuck, dropped; /* since the start */
};

/* What all channels have in common. */
struct channel_env {
	const char *key_file_z; /* instead of the settings' file; or NULL */
	bool pulses;
	int64_t heartbeat_ns;
	int wake_fd;
};

/* NULL: out of memory. It is not open. */
struct channel *channel_new(const struct output_settings *output, size_t member);
void channel_free(struct channel **pc);

/*
 * What cannot be opened (a key cannot be read) keeps its findings, says why, has c->error
 * and is to be tried again at c->open_ns; 0 then, too. -ENOMEM is for all.
 */
MUST_USE int channel_open(struct channel *c, const struct channel_env *env);

/* Closes an open one whose secrets were written anew: it is to be opened with them. */
void channel_renew(struct channel *c, const struct channel_env *env);

/* What its open courier gave back is in c->back; what was held back is handed over in
 * time.
 */
void channel_take_back(struct channel *c, struct store *s);

/* What is in c->back becomes part of the open transaction; then *touched. */
MUST_USE int channel_apply(struct channel *c, struct store *s, bool *touched);

/* The transaction is committed: it counts. */
void channel_settle(struct channel *c);

/* Once: what was told before the start is part of its group. */
void channel_know_groups(struct channel *c, struct store *s);

/* Rows up to committed_row, as many as there is room for. */
MUST_USE int channel_hand_over(struct channel *c, struct store *s, int64_t committed_row);

/* More than may wait: the oldest go, wherever they are. */
MUST_USE int channel_keep_bound(
	struct channel *c, struct store *s, int64_t committed_row, bool *touched);
