/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread around a courier: it sends and waits, with connections of its own, so that
 * one slow destination delays nobody. Everything here is for the thread that owns it (the
 * engine's), and none of it waits for the network, except post_stop().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "output/courier.h"

struct post;

struct post_conf {
	const struct output_settings *output; /* borrowed */
	struct str name;                      /* borrowed: what messages call it */
	struct str url;                       /* alertmanager: the member */
	const char *key_file_z;               /* as destination_conf */
	bool pulses;
	int64_t heartbeat_ns;
	int wake_fd; /* an eventfd, written when there is something to take */
};

/*
 * Reads the secrets and starts the thread. 0 or a negative errno value; -EINVAL, -ENOENT
 * and the like after a message.
 */
MUST_USE int post_start(const struct post_conf *conf, struct post **out);

/* Takes all of list over, at once: they may go in one request. */
void post_put(struct post *p, struct letters *list);

/* An incident that was delivered as opened before, and is open. Takes finding over. */
void post_know(struct post *p, json_t *finding);

/* How many more it should be given now. */
size_t post_room(struct post *p);

/* The n oldest that wait end as LETTER_TOO_MANY. */
void post_drop(struct post *p, size_t n);

/* Moves to out the findings whose fate is known. */
void post_take(struct post *p, struct letters *out);

/* True once when a pulse is due: post_pulse() answers. */
bool post_wants_pulse(struct post *p, bool *alive);

/* A document {"findings": [...], "numbers": {...}}, taken over. */
void post_pulse(struct post *p, bool alive, json_t *doc);

void post_report(struct post *p, struct courier_report *out);

/*
 * No new request is begun; those in flight may go on until until_ns (monotonic). Tell
 * all of them first, then end each.
 */
void post_ask_to_stop(struct post *p, int64_t until_ns);

/* Waits for the thread, then moves to out what has ended since. Secrets are wiped. */
void post_stop(struct post **pp, struct letters *out);
