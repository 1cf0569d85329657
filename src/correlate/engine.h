/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of correlate/: the correlator and its keys, shared by the files that know one
 * kind of correlation each. Not for other rooms. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "correlate/correlator.h"
#include "correlate/measure.h"
#include "correlate/plan.h"
#include "correlate/pool.h"
#include "correlate/table.h"
#include "record/outcome.h"

#define NEVER INT64_MAX

/* What reaches a correlation: a match, or the firing of another correlation. */
struct link {
	const struct match *m; /* key fields and captures */
	int64_t first_ns;      /* its latest set of contributors; m->at_ns is the last */
	int64_t span_ns;       /* the first of all its contributors, to be shown */
	uint64_t id;
	uint64_t serial; /* link_serial(): no other has it */
	bool inferred;   /* its time is not its own: it starts no absence */
	bool state;      /* a measure that is true from now on until cleared */
	bool again; /* a measure that goes on being true: for a temporal with a `not` */
};

/* event_count: contributors in a ring, by first_ns: most keys have one. */
struct moment {
	int64_t at_ns, first_ns, span_ns;
	uint64_t weight;
};

struct moments {
	union {
		uint64_t *ring;  /* of the pool */
		uint64_t one[2]; /* at and weight, when cap is 1 and there are no spans */
	};
	uint32_t cap, head, len;
	uint64_t weight; /* of all, stopping at the most it can hold */
};

/* value_count: the distinct values, by the time they were seen last. */
struct distinct {
	struct distinct *older, *newer;
	struct distinct *same; /* the next of its place in the index */
	const struct key *k;   /* whose */
	int64_t at_ns, first_ns, span_ns;
	uint64_t hash; /* hash_stable(text) */
	uint32_t len;
	char *text; /* of the pool; NULL: of more than VALUE_TEXTS only their hashes stay
		     */
};
#define VALUE_TEXTS 4096

struct values {
	struct distinct *oldest, *newest;
	struct distinct *oldest_text; /* those before it have none */
	uint32_t len, texts;
};

/* temporal: the last of one ref. */
struct step {
	int64_t first_ns, last_ns; /* TIME_NONE: not yet */
	int64_t span_ns;
	uint32_t active; /* measures that are true now */
};

/* temporal_ordered: a chain as far as it has come. */
struct cand {
	int64_t first_ns, last_ns;
	uint32_t state; /* of the plan */
	bool fresh;     /* its last record is that of the latest link of all */
};

/* Its last record and how far back it is shown. Of chains over rules only, which wait
 * for nothing, there is none: the latest link tells all. */
struct cand_end {
	int64_t span_ns;
	uint64_t id, source_id;
	struct place place;
};

struct cands {
	struct cand *list;     /* of the pool */
	struct cand_end *ends; /* of the pool, or NULL */
	struct refset *seen;   /* of the pool: negated refs since each start, or NULL */
	uint32_t len, cap;
};

/* arrivals.c: a contributor that is not settled, as they come in any order. */
struct arrival {
	int64_t at_ns, first_ns, span_ns;
	uint64_t id, source_id;
	struct place place;
	uint64_t weight; /* value_count: hash of the value */
	char *text;      /* of the pool: the value */
	uint32_t len, ref;
	uint64_t look; /* the latest that counted it */
};

struct gap {
	int64_t from_ns, to_ns;
};

#define EARLY_TOLD 64
struct early {
	struct arrival *list; /* of the pool, in their order from head on */
	uint32_t head, len, cap;
	struct gap *told; /* of the pool: spans in which it is known to hold */
	uint32_t n_told, told_cap;
};

/* Values seen in one look, and those of them that are settled. */
#define EARLY_LOOK 1024
struct early_seen {
	uint64_t look;
	const struct distinct *settled[EARLY_LOOK];
	uint32_t n_settled;
	struct {
		uint64_t hash, look;
	} slot[4096];
};

/* What is always in memory of a key, whether its state is or not. */
struct stub {
	uint64_t id; /* by order of birth */
	struct stub *next_changed, *prev_changed;
	uint32_t pos;  /* in the agenda, from 1; 0: not in it */
	uint8_t phase; /* of the earlier timer, as it stands in the agenda */
	bool out;      /* its state is not: this is of a struct spilled, else of a key */
	bool changed;  /* since it was last asked about */
};

/* Who may leave memory: the idle first, then those that fire or wait. */
enum key_list { KEY_IDLE, KEY_WAITS, KEY_LISTS, KEY_PINNED = KEY_LISTS };

/* Its memory ends with the part of its type, then ident.bytes: the group-by values. */
struct key {
	struct ident ident;
	struct stub stub;
	uint64_t used;              /* when it was used last, in uses of the correlator */
	struct key *newer, *older;  /* of its list, by last use */
	int64_t judge_ns, clear_ns; /* timers, or NEVER */
	uint64_t deciding;          /* id of the link that made it true */
	uint64_t latest;            /* id, source and place of the last contributor */
	uint64_t source_id;
	struct place place;
	char *captures; /* of the pool: name, value, name, value ... */
	uint32_t captures_len;
	uint8_t quality;
	uint8_t list; /* enum key_list */
	bool firing : 1;
	bool pending : 1; /* an absence waits, or a first whole window */
	bool saved : 1;   /* somebody was told of it */
	int64_t start_ns; /* counts: when it was first seen */
	union {
		struct moments moments;
		struct values values;
		struct step *steps;      /* of the pool, one per ref */
		struct measure *measure; /* of the pool */
		struct cands cands;
		struct early *early; /* of the pool: all types, in an early correlator */
	};
};

/* A key whose state is elsewhere (spilled.c). */
struct spilled {
	struct stub stub;
	uint64_t hash;  /* of the key's bytes, as in the table */
	uint64_t where; /* of struct spill, or SPILLED_KEPT */
	uint32_t len;   /* of its state, in bytes */
	uint32_t corr;
	bool forget; /* its timer only drops it: nobody needs to read it for that */
	bool pending;
};
#define SPILLED_KEPT UINT64_MAX /* whoever asked for changes has its latest state */

struct spilled_set {
	struct spilled **slots; /* owned; open addressing, length mask + 1 */
	size_t mask, len;
};

struct due {
	int64_t at_ns;
	struct stub *stub;
};

/* Timers by time: a heap whose entries know where each of them stands. */
struct agenda {
	struct due *heap; /* owned */
	size_t len, cap;
};

#define GAPS_MAX 64

/* The keys found last, by source: most matches of a source have the same, or none. */
#define RECENT_KEYS 256
struct recent {
	struct key *key;
	uint64_t freed; /* of the correlator, when it was found: key is good till then */
};

/* The keys that a rule's matches of a source went to last, and what waits to be added to
 * them (lane.c). */
#define LANES        64
#define LANE_SAMPLES 32
struct lane {
	struct key *key[LANE_KEYS]; /* by use; the first is NULL: there are none */
	uint64_t freed;             /* of the correlator: they are good till then */
	int64_t until_ns;           /* the first end of their slices */
	uint32_t rule;
	uint32_t source;                /* index of one that goes there, or UINT32_MAX */
	uint64_t source_id;             /* of it */
	uint64_t turn;                  /* of the last sample: the greater the later */
	uint64_t latest, latest_source; /* ids of its match, and its place */
	struct place place;
	uint8_t quality; /* the worst of their matches */
	uint32_t n;      /* samples */
	struct sample samples[LANE_SAMPLES];
};

/* What several correlations ask of one link is worked out once. */
struct noted {
	uint64_t number_of; /* serial of the link whose text was a number */
	struct str text;    /* borrowed */
	struct sample sample;
};

/* Where distinct values are found. */
struct value_index {
	struct distinct **slots; /* owned; length: mask + 1 */
	size_t mask, len;
};

struct correlator {
	const struct ruleset *rs; /* borrowed */
	struct correlate_conf conf;
	struct correlate_counts counts;
	struct plans *plans;
	struct table table;
	struct pool pool;
	struct agenda agenda;
	struct value_index index;
	struct spilled_set spilled;
	struct {
		struct key *newest, *oldest;
	} lists[KEY_LISTS];
	struct recent recent[RECENT_KEYS];
	struct lane lanes[LANES];
	struct lane *waiting[LANES]; /* those with samples */
	size_t n_waiting;
	struct noted noted;
	uint64_t next_id, uses;
	uint64_t freed; /* keys */
	uint64_t links;
	size_t n_entries;  /* in all windows */
	size_t n_places;   /* bytes of what finds keys, values and timers */
	int64_t now_ns;    /* event time; never goes back */
	int64_t *blind_ns; /* owned, by correlation: since when a negated rule is off */
	struct gap gaps[GAPS_MAX + 1];
	size_t n_gaps;
	/* told.c */
	struct buf told;
	size_t told_at;
	struct str *texts; /* owned: the values of the current outcome */
	size_t texts_cap;
	/* state.c */
	struct stub *first_changed;
	struct buf gone; /* ids of dropped keys that somebody was told of */
	size_t gone_at;
	struct buf state;
	bool own_changed;
	bool kept;     /* somebody asks for changes */
	bool restored; /* the order of use is still to be made */
	struct buf scratch;
	struct buf key_text;
	bool ending;
	struct early_seen *early;   /* of the pool; NULL: it is none */
	struct correlator *settled; /* borrowed: of an early one */
};

/* Times near the ends of int64_t stay there. */
static inline int64_t
time_add(int64_t at_ns, int64_t span_ns)
{
	int64_t out;

	if (__builtin_add_overflow(at_ns, span_ns, &out))
		return span_ns > 0 ? INT64_MAX : INT64_MIN + 1;
	return out;
}

static inline uint64_t
weight_add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* keys.c: the key of a link, made when make is true. NULL: no field, or no room. */
struct key *key_get(
	struct correlator *c, const struct use *u, const struct match *m, bool make);

/* Whether k is what key_get() would find for m. */
bool key_is_of(const struct correlator *c, const struct key *k, const struct use *u,
	const struct match *m);

/* k is the one used last, and changes. */
void key_use(struct correlator *c, struct key *k);

/* The key with these bytes, from wherever it is; NULL: there is none. */
struct key *key_find(
	struct correlator *c, uint32_t corr, struct str bytes, uint64_t hash);
void key_drop(struct correlator *c, struct key *k);

/* A key with these bytes, which has none yet. NULL: out of room. */
struct key *key_make(
	struct correlator *c, uint32_t corr, struct str bytes, uint64_t hash);

/* Tables have grown: n_places is what they take. */
void key_places(struct correlator *c);

/* After each change of k: sets its timer, and whether it may be evicted. */
void key_settle(struct correlator *c, struct key *k);
/* k is not evicted before it is settled again. */
void key_pin(struct correlator *c, struct key *k);
void key_list_in(struct correlator *c, struct key *k, enum key_list list);
/* Takes k out of memory, whatever becomes of its state. */
void key_free(struct correlator *c, struct key *k);

/* The key idle for longest leaves memory, never `but`. False: none may. */
bool key_evict(struct correlator *c, const struct key *but);

/* Room for one more entry of k's window. False: k itself has to let go of one. */
bool key_room(struct correlator *c, const struct key *k);

/* Remembers what is asked for of the captures, of which the last one wins. */
void key_note_captures(struct correlator *c, struct key *k, const struct match *m);

/* from is k as it was before all that k knows, in another correlator. */
void key_inherit(struct correlator *c, struct key *k, const struct key *from);

static inline struct key *
stub_key(struct stub *s)
{
	return (struct key *)(void *)((char *)s - offsetof(struct key, stub));
}

static inline struct spilled *
stub_spilled(struct stub *s)
{
	return (struct spilled *)(void *)s;
}

static inline uint32_t
stub_corr(const struct stub *s)
{
	struct stub *x = (struct stub *)(uintptr_t)s;

	return s->out ? stub_spilled(x)->corr : stub_key(x)->ident.corr;
}

/* The quality of a key is that of its worst link. */
static inline void
key_lower(struct key *k, enum time_quality quality)
{
	if (quality > (enum time_quality)k->quality)
		k->quality = (uint8_t)quality;
}

static inline struct str
key_bytes(const struct key *k)
{
	return (struct str){ k->ident.bytes, k->ident.len };
}

static inline const struct correlation *
key_corr(const struct correlator *c, const struct key *k)
{
	return &c->rs->corrs[k->ident.corr];
}

static inline const struct plan *
key_plan(const struct correlator *c, const struct key *k)
{
	return &c->plans->of[k->ident.corr];
}

/* Remembers a contributor: who came last, and captures. */
static inline void
key_note(struct correlator *c, struct key *k, const struct link *l)
{
	const struct plan *pl = key_plan(c, k);

	k->latest = l->id;
	k->source_id = l->m->source_id;
	k->place = l->m->place;
	if (pl->asks_all || pl->n_asked > 0)
		key_note_captures(c, k, l->m);
}

/* agenda.c: room for n timers, so that setting one cannot fail. */
bool agenda_reserve(struct agenda *a, size_t n);
/* Puts k where the earlier of its two timers belongs, or takes it out. */
void agenda_set(struct correlator *c, struct key *k);
/* The same for any stub: at_ns may be NEVER. */
void agenda_put(struct correlator *c, struct stub *s, int64_t at_ns, uint8_t phase);

/* captures.c: name, value, name, value, each with its length before it. */
void captures_add(struct buf *b, const struct field *f);
size_t captures_read(struct str bytes, struct field *out, size_t max);
/* Writes them, at once. */
void captures_put(struct buf *to, const struct field *f, size_t n);
/* Whether old has their names, in the same order, and no others. */
bool captures_named_as(const struct field *f, size_t n, struct str old);
/* Writes them and those of old that are not among them. False: nothing changes. */
bool captures_merge(struct buf *to, const struct field *f, size_t n, struct str old);
/* The values of a key, and back. */
void captures_add_key(struct buf *b, const struct str *values, size_t n);
size_t captures_key(struct str bytes, struct str out[CORRELATE_KEY_MAX]);

/* told.c: outcomes on their way out. */
struct fire {
	int64_t at_ns, first_ns, last_ns;
	int64_t set_ns; /* start of the latest set that satisfies: for chains */
	uint64_t count;
	double value;
};
void told_add(struct correlator *c, const struct key *k, enum outcome_kind kind,
	const struct fire *f);

static inline bool
told_waits(const struct correlator *c)
{
	return c->told_at < c->told.len;
}

/* fire.c: edges, and what they feed. */
void fire_on(struct correlator *c, struct key *k, const struct fire *f);
void fire_off(struct correlator *c, struct key *k, int64_t at_ns);

/* Another set satisfies while it is true: outer correlations see it, nobody else. */
void fire_again(struct correlator *c, struct key *k, const struct fire *f);

static inline uint64_t
link_serial(struct correlator *c)
{
	return ++c->links;
}

/* A match to all correlations that name its rule: as correlator_feed(), from settled
 * matches only. */
void lane_feed(struct correlator *c, const struct link *l);

/* What waits is added: before anybody looks at keys. */
void lane_flush_all(struct correlator *c);
static inline void
lane_flush(struct correlator *c)
{
	if (c->n_waiting > 0)
		lane_flush_all(c);
}

/* To one of them. Returns the key that took part, if it is still there. */
struct key *correlator_hand_on(
	struct correlator *c, const struct use *u, const struct link *l);

/* Handing a link to all correlations that name `number`. */
void correlator_feed(struct correlator *c, uint32_t number, const struct link *l);
void correlator_feed_off(struct correlator *c, uint32_t number, const struct match *m);

/* state.c: after keys were put back, before anything else: the order of use. */
void state_settle(struct correlator *c);
void state_put_key(struct buf *b, const struct correlator *c, const struct key *k);
/* state_read.c: 0: *out is a key in no list yet; else as correlator_restore(). */
int state_take_key(struct correlator *c, struct str bytes, struct key **out);

/* s is among those that changed, or is not any more. */
void stub_list_in(struct correlator *c, struct stub *s);
static inline void
stub_changed(struct correlator *c, struct stub *s)
{
	if (!s->changed)
		stub_list_in(c, s);
}
void stub_clean(struct correlator *c, struct stub *s);

/* spilled.c: k leaves memory and comes back. False: it stays, as nobody takes it. */
bool spilled_put(struct correlator *c, struct key *k);
/* It is in memory then, or lost and counted. */
void spilled_take(struct correlator *c, struct spilled *s);
/* Nothing of it is left. */
void spilled_forget(struct correlator *c, struct spilled *s);
struct spilled *spilled_find(const struct correlator *c, uint32_t corr, uint64_t hash);
/* Its state for whoever asks for changes, who keeps it from here on; empty: lost. */
struct str spilled_give(struct correlator *c, struct spilled *s);

/* early.c */
void early_link(struct correlator *c, const struct use *u, const struct link *l);

/* gap.c */
/* Whether the inputs, or a rule that is off, leave open what corr asks of that span. */
bool gap_meets(const struct correlator *c, uint32_t corr, int64_t from_ns, int64_t to_ns);

/*
 * One of these per type: a contributor came; a timer fired (judge or clear, which is
 * NEVER again by then). False: nothing of the key is left.
 */
bool count_link(struct correlator *c, struct key *k, const struct link *l);
bool count_timer(struct correlator *c, struct key *k, int64_t at_ns, bool judge);
bool measure_link(struct correlator *c, struct key *k, const struct link *l);
/* The number that the field of a match says. False: it says none. */
bool measure_sample(const struct plan *pl, const struct match *m, struct sample *out);
/* The same of a link, once for all, into c->noted. */
bool measure_number(struct correlator *c, const struct plan *pl, const struct link *l);
/* They join the newest slice, as they are of its time. */
void measure_add(struct correlator *c, struct key *k, const struct sample *s, size_t n);
bool measure_timer(struct correlator *c, struct key *k, int64_t at_ns);
bool together_link(
	struct correlator *c, struct key *k, uint32_t ref, const struct link *l);
bool together_off(struct correlator *c, struct key *k, uint32_t ref, int64_t at_ns);
bool together_timer(struct correlator *c, struct key *k, int64_t at_ns, bool judge);
bool sequence_link(
	struct correlator *c, struct key *k, uint32_t ref, const struct link *l);
bool sequence_timer(struct correlator *c, struct key *k, int64_t at_ns, bool judge);

/* moments.c; words: of one, 2 when all are matches and began when they ended, else 4. */
struct moment moments_at(const struct moments *m, uint32_t words, uint32_t i);
void moments_set(struct moments *m, uint32_t words, uint32_t i, const struct moment *in);
bool moments_push(
	struct pool *p, struct moments *m, uint32_t words, const struct moment *in);
void moments_pop(struct moments *m, uint32_t words);
void moments_free(struct pool *p, struct moments *m, uint32_t words);

/* values.c: the value with this text and hash_stable(text), or NULL. */
struct distinct *values_find(
	struct correlator *c, struct key *k, struct str text, uint64_t hash);
/* Behind all; text.ptr NULL: only its hash is known. NULL: out of room. */
struct distinct *values_append(
	struct correlator *c, struct key *k, struct str text, uint64_t hash);
/* Where its first_ns belongs, which was set anew. */
void values_move(struct key *k, struct distinct *v);
void values_pop(struct correlator *c, struct key *k);
void values_free(struct correlator *c, struct key *k);

/* chain.c: chains of records, each later than the one before. */
struct chain_link {
	int64_t first_ns, last_ns;
	struct cand_end end;
	uint32_t ref;
	bool again; /* its record is that of the link before, which was taken */
};

/* One of them, whole. */
struct chain {
	struct cand cand;
	struct cand_end end;
};

enum chained {
	CHAIN_NONE,  /* the link is no step of any */
	CHAIN_MOVED, /* it began or went on */
	CHAIN_WHOLE  /* one is complete: the best of them in *out */
};
enum chained chain_extend(struct pool *p, const struct plan *pl, struct cands *cs,
	const struct chain_link *l, struct chain *out, uint64_t *full);

struct chain chain_at(const struct cands *cs, uint32_t i);

/* What the chain saw of negated refs; with one_ends it is over with the first. */
static inline struct refset
chain_seen(const struct cands *cs, uint32_t i)
{
	return cs->seen != NULL ? cs->seen[i] : (struct refset){ 0 };
}

/* Lets go of what began before from_ns. */
void chain_slide(struct cands *cs, int64_t from_ns);
void chain_remove(struct cands *cs, uint32_t i);
void chain_swap(struct cands *cs, uint32_t i, uint32_t k);
bool chain_add(struct pool *p, const struct plan *pl, struct cands *cs,
	const struct chain *in, const struct refset *seen);
void chain_free(struct pool *p, struct cands *cs);
