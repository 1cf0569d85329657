/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One destination's state machine: takes findings in their order, makes requests of them,
 * and decides from the answers what comes next. Several requests may be on the way while
 * all is well; those of one incident follow each other. What fails is tried again after
 * growing waits. A request that fails while others get through steps aside and is tried
 * at times of its own, in halves till it is one finding; that one is set aside for good
 * after 10 tries in 10 minutes or more, when 10 others were taken meanwhile and hardly
 * any failed. What is refused pauses the destination until a probe is answered. What
 * waits too long, or is one too many, is given up wherever it is. No sockets, no clocks:
 * time and answers are given to it. One thread.
 *
 *   courier_put() ... while ((r = courier_next())) send; ... courier_answer(r)
 *   ... courier_ended(): what became of the findings
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "output/destination.h"
#include "output/health.h"
#include "output/letter.h"

struct courier;

struct courier_conf {
	struct str name; /* for messages */
	const struct destination_type *type;
	struct destination *destination;
	const struct output_settings *output;
	bool pulses;          /* also what has a period and signs of life */
	int64_t heartbeat_ns; /* between those; 0: none */
	bool prove;           /* begin with a probe where the type has one */
	uint64_t noise;       /* what waits are spread by; a test's seed */
};

struct courier_report {
	enum health_state state;
	uint64_t sent;                             /* findings delivered */
	uint64_t requests;                         /* answered */
	uint64_t partial;                          /* of them taken in part */
	uint64_t retried;                          /* tries that failed */
	uint64_t rejected, stuck, folded, dropped; /* findings */
	size_t waiting;                            /* findings taken over and not ended */
	int64_t oldest_put_ns; /* wall clock: since when the oldest waits; 0: none */
	char why_z[256];       /* of a state that is not up */
};

/*
 * Everything in conf is borrowed. The first probe: a refusal pauses, anything else does
 * not matter.
 */
struct courier *courier_new(const struct courier_conf *conf, int64_t mono_ns);
void courier_free(struct courier **pc);

/* Takes l over. */
void courier_put(struct courier *c, struct letter *l, int64_t mono_ns);

/* An incident that was delivered as opened before, and is open. */
void courier_know(struct courier *c, const json_t *finding);

/* How many more it should be given now. */
size_t courier_room(const struct courier *c);

/* The n oldest that are not on the way right now end as LETTER_TOO_MANY. */
void courier_drop(struct courier *c, size_t n, int64_t mono_ns);

/*
 * A request to send now, which courier_answer() ends; call it till there is none. NULL:
 * nothing for *wait_ns (INT64_MAX: until something is put or answered).
 */
const struct request *courier_next(
	struct courier *c, int64_t mono_ns, int64_t wall_ns, int64_t *wait_ns);
void courier_answer(struct courier *c, const struct request *r, const struct reply *reply,
	int64_t mono_ns, int64_t wall_ns);

/* Requests that are to be answered. */
size_t courier_in_flight(const struct courier *c);

/* Moves to out the findings whose fate is known. */
void courier_ended(struct courier *c, struct letters *out);

/* Whether courier_pulse() is due; *alive: with a sign of life. */
bool courier_wants_pulse(const struct courier *c, int64_t mono_ns, bool *alive);
void courier_pulse(struct courier *c, const struct pulse *p, int64_t mono_ns);

void courier_report(const struct courier *c, struct courier_report *out);
