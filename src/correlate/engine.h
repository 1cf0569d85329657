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
#include "base/map.h"
#include "correlate/correlator.h"
#include "record/outcome.h"

/* What reaches a correlation: a match, or the firing of another correlation. */
struct link {
	const struct match *m; /* key fields and captures */
	int64_t first_ns;      /* its latest set of contributors; m->at_ns is the last */
	int64_t span_ns;       /* the first of all its contributors, to be shown */
	uint64_t id;
	bool inferred; /* its time is not its own: it starts no absence */
	bool state;    /* a measure that is true from now on until cleared */
};

/* Event times of one key, in a ring, by first_ns. */
struct moment {
	int64_t at_ns, first_ns, span_ns;
	uint64_t weight;
	uint64_t value;  /* value_count: hash of the value */
	struct str text; /* and its bytes, owned */
};

struct moments {
	struct moment *ring; /* owned */
	size_t cap, head, len;
	uint64_t weight; /* of all */
};

/* The last of one ref of a temporal, or one step of a chain. */
struct step {
	int64_t first_ns, last_ns; /* TIME_NONE: not yet */
	int64_t span_ns;
	uint64_t source_id;
	struct place place;
	uint32_t active; /* measures that are true now */
};

/* value_*: one of the SLICES + 1 whole slices of a window. */
#define SLICES 60
struct slice {
	int64_t number;    /* at / length */
	uint64_t n;        /* weights */
	uint64_t below[2]; /* of values below each bound */
	int64_t sum;       /* fixed point, in thousandths */
};

/* At equal times: inner correlations first, then in this order. */
enum phase { PHASE_JUDGE, PHASE_SLICE, PHASE_DEADLINE, PHASE_CLEAR };

struct timer {
	int64_t at_ns;
	uint64_t seq;
	struct key *key;
	size_t pos; /* in the agenda, from 1; 0: not set */
	enum phase phase;
};

struct key {
	uint32_t corr;
	bool firing;
	bool pending;     /* an absence waits */
	bool listed;      /* may be evicted: neither firing nor pending */
	struct str bytes; /* owned: the group-by values, as key_write() wrote them */
	struct timer judge, clear;
	int64_t start_ns;  /* counts: when the window was empty last */
	uint64_t deciding; /* id of the link that made it true */
	uint64_t latest;   /* id, source and place of the last contributor */
	uint64_t source_id;
	struct place place;
	enum time_quality quality;
	struct buf captures;       /* name, value, name, value ... */
	struct moments moments;    /* counts, distinct values */
	struct step *steps;        /* owned: two per ref */
	struct slice *slices;      /* owned: SLICES + 1 */
	struct key *newer, *older; /* of the listed, by last use */
};

/* Timers by time: a heap that knows where each of them stands. */
struct agenda {
	struct timer **heap; /* owned; entries are parts of keys */
	size_t len, cap;
	uint64_t seq;
};

/* Who takes part in what: the refs that name a rule or correlation. */
struct use {
	uint32_t corr, ref;
};
struct uses {
	struct use *list; /* owned */
	size_t n;
};

struct gap {
	int64_t from_ns, to_ns;
};

struct correlator {
	const struct ruleset *rs; /* borrowed */
	struct correlate_conf conf;
	struct correlate_counts counts;
	struct uses *rule_uses, *corr_uses;
	struct map **keys; /* one per correlation */
	struct key *newest, *oldest;
	size_t n_keys;
	size_t n_entries; /* in all windows */
	struct agenda agenda;
	struct told *first, *last, *current;
	struct str *values; /* owned: of the current outcome */
	size_t values_cap;
	int64_t *blind_ns; /* owned, by correlation: since when a negated rule is off */
	struct gap gaps[64];
	size_t n_gaps;
	struct buf scratch, spare;
	bool ending;
};

/* key.c: the key of a link, made when make is true. NULL: no field, or the table is full.
 */
struct key *key_get(
	struct correlator *c, const struct use *u, const struct match *m, bool make);
void key_drop(struct correlator *c, struct key *k);
void key_free(struct key *k);

/* To be called when firing or pending changed: such keys are never evicted. */
void key_guard(struct correlator *c, struct key *k);

/* Room for one more entry of k's window. False: k itself has to let go of one. */
bool key_room(struct correlator *c, const struct key *k);

/* Remembers a contributor: who came last, and captures, of which the last one wins. */
void key_note(struct correlator *c, struct key *k, const struct link *l);

/* agenda.c: room for n timers, so that setting one cannot fail. */
bool agenda_reserve(struct agenda *a, size_t n);
void agenda_set(struct correlator *c, struct timer *t, int64_t at_ns, enum phase phase);
void agenda_unset(struct correlator *c, struct timer *t);

/* told.c: outcomes on their way out. */
struct told;
struct fire {
	int64_t at_ns, first_ns, last_ns;
	int64_t set_ns; /* start of the latest set that satisfies: for chains */
	uint64_t count;
	double value;
};
void told_add(struct correlator *c, const struct key *k, enum outcome_kind kind,
	const struct fire *f);
void told_free(struct correlator *c);
size_t told_captures(struct str bytes, struct field *out, size_t max);
size_t told_key(struct str bytes, struct str out[CORRELATE_KEY_MAX]);

/* fire.c: edges, and what they feed. */
void fire_on(struct correlator *c, struct key *k, const struct fire *f);
void fire_off(struct correlator *c, struct key *k, int64_t at_ns);

/* Another set satisfies while it is true: outer correlations see it, nobody else. */
void fire_again(struct correlator *c, struct key *k, const struct fire *f);
bool fire_bounds(const struct correlation *corr, double v);

/* Handing a link to all correlations that name `number`. */
void correlator_feed(struct correlator *c, uint32_t number, const struct link *l);
void correlator_feed_off(struct correlator *c, uint32_t number, const struct match *m);

/* One of these per type: a contributor came; a timer fired. */
void count_link(struct correlator *c, struct key *k, const struct link *l);
void count_timer(struct correlator *c, struct key *k, const struct timer *t);
void measure_link(struct correlator *c, struct key *k, const struct link *l);
void measure_timer(struct correlator *c, struct key *k, const struct timer *t);
void together_link(
	struct correlator *c, struct key *k, uint32_t ref, const struct link *l);
void together_off(struct correlator *c, struct key *k, uint32_t ref, int64_t at_ns);
void together_timer(struct correlator *c, struct key *k, const struct timer *t);
void chain_link(struct correlator *c, struct key *k, uint32_t ref, const struct link *l);
void chain_timer(struct correlator *c, struct key *k, const struct timer *t);

/* moments.c */
struct moment *moments_at(const struct moments *m, size_t i);
bool moments_push(struct moments *m, struct moment in);
void moments_pop(struct moments *m);

/* Entry i, a value seen before, takes the times of in and the place they give it. */
void moments_renew(struct moments *m, size_t i, const struct moment *in);
