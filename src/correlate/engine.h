/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of correlate/: the correlator, its keys and its agenda, shared by the files that
 * know one kind of correlation each. Not for other rooms. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/map.h"
#include "correlate/correlator.h"
#include "record/outcome.h"

/* What reaches a correlation: a match, or the firing of another correlation. */
struct link {
	const struct match *m;	/* key fields and captures */
	int64_t first_ns;	/* the span of its contributors; m->at_ns is the last */
	uint64_t id;
	bool inferred;		/* its time is not its own: it starts no absence */
	bool state;		/* a measure that is true from now on until cleared */
};

/* Event times of one key, oldest first, in a ring. */
struct moment {
	int64_t at_ns, first_ns;
	uint32_t weight;
	uint64_t value;		/* value_count: hash of the value */
	struct str text;	/* and its bytes, owned */
};

struct moments {
	struct moment *ring;	/* owned */
	size_t cap, head, len;
	uint64_t weight;	/* of all */
};

/* The last of one ref of a temporal, or one step of a chain. */
struct step {
	int64_t first_ns, last_ns;	/* TIME_NONE: not yet */
	uint64_t source_id;
	struct place place;
	bool active;		/* a measure that is true now */
};

/* value_*: one of the SLICES + 1 whole slices of a window. */
#define SLICES 60
struct slice {
	int64_t number;		/* at / length */
	uint64_t n;		/* weights */
	uint64_t below;		/* of values below the first bound */
	int64_t sum;		/* fixed point, in thousandths */
};

struct key {
	uint32_t corr;
	struct str bytes;	/* owned: the group-by values, as key_write() wrote them */
	bool firing;
	bool pending;		/* an absence waits: not to be evicted */
	uint32_t timers;	/* in the agenda */
	int64_t clear_ns;	/* the timer that counts, others are stale; TIME_NONE: none */
	int64_t judge_ns;
	int64_t touched_ns;
	uint64_t deciding;
	enum time_quality quality;
	struct buf captures;	/* name, value, name, value ... */
	struct moments moments;	/* counts, distinct values */
	struct step *steps;	/* owned: one per ref */
	struct slice *slices;	/* owned: SLICES + 1 */
	struct key *newer, *older;	/* by touched_ns, for eviction */
};

enum phase { PHASE_JUDGE, PHASE_SLICE, PHASE_DEADLINE, PHASE_CLEAR };

struct timer {
	int64_t at_ns;
	enum phase phase;
	uint32_t corr;
	uint64_t seq;
	struct key *key;	/* borrowed: a key with timers is not freed */
};

/* Who takes part in what: the refs that name a rule or correlation. */
struct use {
	uint32_t corr, ref;
};
struct uses {
	struct use *list;	/* owned */
	size_t n;
};

struct queued {
	struct outcome o;
	char *bytes;		/* owned: what the views point into */
	struct queued *next;
	struct str values[];
};

struct gap {
	int64_t from_ns, to_ns;
};

struct correlator {
	const struct ruleset *rs;	/* borrowed */
	struct correlate_conf conf;
	struct correlate_counts counts;
	struct uses *rule_uses, *corr_uses;
	struct map **keys;		/* one per correlation */
	struct key *newest, *oldest;
	size_t n_keys;
	struct heap *agenda;
	uint64_t seq;
	int64_t now_ns;
	struct queued *first, *last, *current;
	struct gap gaps[64];
	size_t n_gaps;
	struct buf scratch;
	bool ending;
};

/* key.c: the key of a link, made when make is true. NULL: no field, or the table is full. */
struct key *key_get(struct correlator *c, const struct use *u, const struct match *m, bool make);
void key_drop(struct correlator *c, struct key *k);
void key_free(struct key *k);
void key_values(const struct key *k, struct str out[CORRELATE_KEY_MAX], size_t *n);

/* Remembers captures of a contributor: the last one wins. */
void key_note(struct key *k, const struct link *l);

/* agenda.c */
bool agenda_add(struct correlator *c, struct key *k, int64_t at_ns, enum phase phase);

/* fire.c: outcomes, and what they feed. */
struct fire {
	int64_t at_ns, first_ns, last_ns;
	uint64_t count;
	double value;
};
void fire_on(struct correlator *c, struct key *k, const struct fire *f);
void fire_off(struct correlator *c, struct key *k, int64_t at_ns);
void fire_unknown(struct correlator *c, struct key *k, const struct fire *f);
bool fire_bounds(const struct correlation *corr, double v);

/* Handing a link to all correlations that name `number`. */
void correlator_feed(struct correlator *c, uint32_t number, const struct link *l);
void correlator_feed_off(struct correlator *c, uint32_t number, const struct match *m);

/* One of these per type: a contributor came; a timer fired. */
void count_link(struct correlator *c, struct key *k, const struct link *l);
void count_timer(struct correlator *c, struct key *k, const struct timer *t);
void measure_link(struct correlator *c, struct key *k, const struct link *l);
void measure_timer(struct correlator *c, struct key *k, const struct timer *t);
void together_link(struct correlator *c, struct key *k, uint32_t ref, const struct link *l);
void together_off(struct correlator *c, struct key *k, uint32_t ref, int64_t at_ns);
void together_timer(struct correlator *c, struct key *k, const struct timer *t);
void chain_link(struct correlator *c, struct key *k, uint32_t ref, const struct link *l);
void chain_timer(struct correlator *c, struct key *k, const struct timer *t);

/* moments */
struct moment *moments_at(const struct moments *m, size_t i);
bool moments_push(struct moments *m, struct moment in);
void moments_pop(struct moments *m);
