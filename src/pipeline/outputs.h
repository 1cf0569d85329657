/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the outbox to the destinations and back: after a commit its new findings are
 * handed to the couriers (output/post.h), each destination a window of them; what became
 * of them is part of a later commit. Nothing is deleted before it was delivered, so what
 * a kill interrupts is sent again with the same id and seq. For the thread that writes
 * the store.
 *
 *   outputs_open() ... outputs_committed() after each commit, outputs_work() when
 *   outputs_fd() is readable ... outputs_close()
 */
#pragma once

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "conf/settings.h"
#include "incident/tally.h"
#include "store/store.h"

struct outputs;

struct outputs_conf {
	const struct output_settings *outputs; /* copied */
	size_t n;
	bool pulses;          /* a program that stays: numbers and signs of life, too */
	int64_t heartbeat_ns; /* between those; 0: none */
	const char
		*key_file_z; /* for all of them, instead of the settings' file; or NULL */
};

/*
 * A destination that cannot be opened (its key cannot be read) is told and keeps its
 * findings; *refused, which may be NULL, is then its error. 0 or a negative errno value.
 */
MUST_USE int outputs_open(
	const struct outputs_conf *conf, int *refused, struct outputs **out);

/*
 * Another configuration: destinations whose settings are the same go on undisturbed, what
 * is in flight to the others has about a second. Not inside of a transaction. 0, a
 * negative errno value or a store error.
 */
MUST_USE int outputs_reload(
	struct outputs *o, const struct outputs_conf *conf, struct store *s);

/* The names under which findings are to be put into the outbox. */
const struct str *outputs_names(const struct outputs *o, size_t *n);

/* What each of them takes, in the same order. */
const struct output_settings *const *outputs_routes(const struct outputs *o);

/* What the numbers of pulses are made of, to be filled in; NULL when o is. */
struct tally *outputs_tally(const struct outputs *o);

/* Becomes readable when outputs_work() has something to do. -1: o is NULL. */
int outputs_fd(const struct outputs *o);

/*
 * A transaction was committed: all that is in the outbox now may be sent. 0 or a store
 * error.
 */
MUST_USE int outputs_committed(struct outputs *o, struct store *s);

/*
 * Takes back what has ended (changes of the open transaction; then *touched) and hands
 * over what there is room for. 0 or a store error.
 */
MUST_USE int outputs_work(struct outputs *o, struct store *s, bool *touched);

/* The open transaction was lost: what was taken back will be part of the next. */
void outputs_rolled_back(struct outputs *o);

/*
 * Sends what is in the outbox, with transactions of its own, until nothing is left,
 * *stop (which may be NULL) is set, a destination pauses or nothing was delivered for
 * give_up_ns. 0, -EAGAIN when findings are left, or a store error.
 */
MUST_USE int outputs_drain(
	struct outputs *o, struct store *s, int64_t give_up_ns, const volatile int *stop);

/*
 * Ends all couriers: what is in flight has about a second. Not inside of a transaction.
 * 0 or a store error; *po is NULL either way.
 */
MUST_USE int outputs_close(struct outputs **po, struct store *s);

struct outputs_counts {
	uint64_t sent, rejected, dropped, waiting;
};
struct outputs_counts outputs_counts(struct outputs *o, struct store *s);

/* A new array: per destination its name, type, state, error, waiting, sent ... */
json_t *outputs_status(struct outputs *o, struct store *s);
