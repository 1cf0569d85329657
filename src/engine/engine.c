/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_state.h"
#include "record/volume.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/time.h"
#include "engine/gaps.h"
#include "incident/saved.h"

#define MAX_KEYS       ((size_t)100000)
#define ENTRIES_A_KEY  ((size_t)20)
#define MAX_PENDING    ((size_t)200000)
#define MAX_OPEN       10000
#define MAX_VALUES     10000
#define COMMIT_MATCHES 8000
#define COMMIT_NS      (50 * TIME_MS)
#define QUIET_NS       TIME_S
#define CHECKPOINT_NS  (10 * TIME_S)
#define RETAIN_NS      TIME_H
#define BLOB_MAX       ((size_t)32 << 20)

static int
make_parts(struct engine *e, const struct source_table *sources)
{
	struct correlate_conf cc = { .max_keys = e->conf.max_keys,
		.max_entries = e->conf.max_entries };
	struct incidents_conf ic = { .max_open = MAX_OPEN,
		.max_values = MAX_VALUES,
		.destinations = e->conf.destinations,
		.n_destinations = e->conf.n_destinations,
		.routes = e->conf.routes,
		.tally = e->conf.tally,
		.at_once = true };

	e->watermark = watermark_new();
	e->spill = spillfile_new(NULL, e->store, e->conf.spill_bytes);
	if (e->spill == NULL)
		return -ENOMEM;
	cc.spill = spillfile_spill(e->spill);
	e->incidents = incidents_new(e->rules, sources, e->store, &ic);
	if (e->incidents == NULL)
		return -ENOMEM;
	cc.asked = incidents_asked(e->incidents);
	e->correlator = correlator_new(e->rules, &cc);
	if (e->correlator != NULL)
		e->arrive = arrive_new(e->rules, e->conf.max_pending, e->correlator);
	e->volume = volume_new(e->rules, 0);
	e->blind_ns = calloc(e->rules->n_rules + 1, sizeof(*e->blind_ns));
	if (e->blind_ns == NULL || e->watermark == NULL || e->arrive == NULL ||
		e->correlator == NULL || e->volume == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < e->rules->n_rules; i++)
		e->blind_ns[i] = INT64_MAX;
	e->settle = settle_new(&(struct settle_conf){ .correlator = e->correlator,
		.incidents = e->incidents,
		.store = e->store });
	return e->settle == NULL ? -ENOMEM : 0;
}

struct checkpoint_parts
engine_parts(struct engine *e)
{
	return (struct checkpoint_parts){ e->correlator, e->incidents, e->volume };
}

static void
set_conf(struct engine *e, const struct engine_conf *conf)
{
	struct engine_conf *c = &e->conf;

	*c = *conf;
	c->max_keys = c->max_keys ? c->max_keys : MAX_KEYS;
	c->max_entries = c->max_entries ? c->max_entries : ENTRIES_A_KEY * c->max_keys;
	c->max_pending = c->max_pending ? c->max_pending : MAX_PENDING;
	c->commit_matches = c->commit_matches ? c->commit_matches : COMMIT_MATCHES;
	c->commit_ns = c->commit_ns ? c->commit_ns : COMMIT_NS;
	c->quiet_ns = c->quiet_ns ? c->quiet_ns : QUIET_NS;
	c->checkpoint_ns = c->checkpoint_ns ? c->checkpoint_ns : CHECKPOINT_NS;
}

void
engine_free(struct engine **pe)
{
	struct engine *e = *pe;

	*pe = NULL;
	if (e == NULL)
		return;
	if (e->settle != NULL) {
		settle_free(&e->settle);
		store_rollback(e->store); /* the store is the next one's */
	}
	if (e->incidents != NULL)
		incidents_free(&e->incidents);
	if (e->arrive != NULL)
		arrive_free(&e->arrive);
	if (e->correlator != NULL)
		correlator_free(&e->correlator);
	spillfile_free(&e->spill);
	if (e->volume != NULL)
		volume_free(&e->volume);
	watermark_free(&e->watermark);
	buf_fini(&e->blob);
	free(e->blind_ns);
	free(e);
}

/* --- what items do, now and when they are replayed --- */

/* Those of an earlier run had their rows by its rules. */
static bool
is_replayed(const struct match *m)
{
	return m->source == UINT32_MAX;
}

/* What is kept of m until it settles: the store has the text of what has an entry. */
static const struct match *
waiting(const struct engine *e, const struct match *m, struct match *lean)
{
	if (volume_is_sum(m) || is_replayed(m) || !incidents_keep(e->incidents, m->rule))
		return m;
	match_view(lean, m);
	lean->text = (struct str){ 0 };
	return lean;
}

/* What a match does when it arrives. early: outcomes come from here, not the journal. */
int
engine_take_match(struct engine *e, const struct match *m, bool early)
{
	struct match lean;
	struct outcome o;
	int err;

	if (volume_is_sum(m)) {
		(void)arrive_put(e->arrive, m); /* what is late is counted there */
		return 0;
	}
	if (m->quality == TIME_FILE_DATE || !arrive_put(e->arrive, waiting(e, m, &lean)))
		return incidents_match(e->incidents, m, MATCH_LATE);
	err = incidents_arrived(e->incidents, m);
	while (err == 0 && arrive_early(e->arrive, &o)) {
		if (!early)
			continue;
		journal_add_early(&e->blob, &o);
		err = incidents_early(e->incidents, &o);
	}
	return err;
}

/* m has its turn: what is before it comes late from here on. */
static void
pass(struct engine *e, const struct match *m)
{
	if (match_cmp(m, &e->head.last) > 0)
		e->head.last = (struct match){ .rule = m->rule,
			.source_id = m->source_id,
			.id = m->id,
			.at_ns = m->at_ns,
			.place = m->place };
}

/*
 * Records of volumes that were over by then have their turn. At an end that may be none
 * more sums may come: such a record is no fact that a timeline could keep.
 */
static int
settle_volumes(struct engine *e, int64_t then_ns)
{
	const struct match *m;
	int err = 0;

	while (err == 0 && (m = volume_next(e->volume, then_ns)) != NULL)
		err = settle_match(e->settle, m, e->ended);
	return err;
}

/* Matches before mark_ns, in their order. */
static int
settle_matches(struct engine *e, int64_t mark_ns)
{
	const struct match *m;
	int err = 0;

	while (err == 0 && (m = arrive_settled(e->arrive, mark_ns)) != NULL) {
		pass(e, m);
		err = settle_volumes(e, m->at_ns);
		if (err == 0 && volume_is_sum(m))
			err = volume_add(e->volume, m) ? 0 : -ENOMEM;
		else if (err == 0)
			err = settle_match(e->settle, m, !is_replayed(m));
	}
	return err;
}

int
engine_settle_to(struct engine *e, int64_t mark_ns)
{
	int err = settle_matches(e, mark_ns);

	if (err == 0)
		err = settle_volumes(e, mark_ns);
	e->head.settled_ns = mark_ns;
	return err != 0 ? err : settle_advance(e->settle, mark_ns);
}

int
engine_open(const struct engine_conf *conf, const struct ruleset *rs,
	const struct source_table *sources, struct store *s, struct engine **out)
{
	struct engine *e = calloc(1, sizeof(*e));
	int err;

	if (e == NULL)
		return -ENOMEM;
	set_conf(e, conf);
	e->rules = rs;
	e->store = s;
	buf_init(&e->blob, BLOB_MAX);
	e->until_ns = INT64_MIN;
	e->since_ns = e->checkpoint_ns = e->blob_wall_ns = TIME_NONE;
	err = make_parts(e, sources);
	if (err == 0)
		err = engine_restore(e);
	if (err != 0)
		engine_free(&e);
	else
		*out = e;
	return err;
}

bool
engine_wants_volumes(const struct engine *e)
{
	return volume_wanted(e->rules);
}

void
engine_set_range(struct engine *e, int64_t since_ns, int64_t until_ns)
{
	volume_set_range(e->volume, since_ns, until_ns);
}

/* --- the journal --- */

/* A long journal is several rows; they are one commit all the same. */
int
engine_flush(struct engine *e)
{
	int err = buf_failed(&e->blob) ? -ENOMEM : 0;

	if (e->blob.len == 0)
		return err;
	if (err == 0)
		err = store_put_journal(
			e->store, ++e->head.seq, e->until_ns, buf_str(&e->blob));
	buf_reset(&e->blob);
	e->until_ns = INT64_MIN;
	e->blob_wall_ns = TIME_NONE;
	e->unsaved = true;
	return err;
}

void
engine_journal_match(struct engine *e, const struct match *m)
{
	if (e->wall_ns != e->blob_wall_ns)
		journal_add(&e->blob, JOURNAL_CLOCK, e->wall_ns, 0, 0);
	e->blob_wall_ns = e->wall_ns;
	journal_add_match(&e->blob, m);
	if (m->quality != TIME_FILE_DATE && m->at_ns > e->until_ns)
		e->until_ns = m->at_ns;
}

/* --- what drivers say --- */

void
engine_clock(struct engine *e, int64_t wall_ns)
{
	e->wall_ns = wall_ns;
	incidents_clock(e->incidents, wall_ns);
}

int
engine_match(struct engine *e, const struct match *m)
{
	struct match lean;
	int err;

	engine_journal_match(e, waiting(e, m, &lean));
	e->counts.matches += !volume_is_sum(m);
	e->matches++;
	err = engine_take_match(e, m, true);
	return err == 0 && e->blob.len >= ENGINE_BLOB_BYTES ? engine_flush(e) : err;
}

int
engine_watermark(struct engine *e, uint64_t source_id, int64_t last_ns, bool idle)
{
	return watermark_set(e->watermark, source_id, last_ns, idle, &e->moved) ? 0
										: -ENOMEM;
}

void
engine_source_gone(struct engine *e, uint64_t source_id)
{
	e->moved |= watermark_remove(e->watermark, source_id);
}

void
engine_gap(struct engine *e, int64_t from_ns, int64_t to_ns)
{
	e->moved = true;
	if (!e->ended)
		journal_add(&e->blob, JOURNAL_GAP, from_ns, to_ns, 0);
	correlator_gap(e->correlator, from_ns, to_ns);
}

void
engine_blind(struct engine *e, uint32_t rule, int64_t from_ns)
{
	if (rule >= e->rules->n_rules || from_ns >= e->blind_ns[rule])
		return;
	e->moved = true;
	e->blind_ns[rule] = from_ns;
	if (!e->ended)
		journal_add(&e->blob, JOURNAL_BLIND, from_ns, 0, rule);
	correlator_blind(e->correlator, rule, from_ns);
}

void
engine_touch(struct engine *e)
{
	e->moved = true;
	e->touched = true;
}

/* --- commits --- */

/* TIME_NONE: there is none yet. */
static int64_t
watermark(const struct engine *e)
{
	int64_t ns = watermark_time(e->watermark);

	if (ns < INT64_MIN + 1 + e->conf.lateness_ns)
		return e->head.settled_ns;
	ns -= e->conf.lateness_ns;
	return ns > e->head.settled_ns ? ns : e->head.settled_ns;
}

/* Something more than a position waits to become true. */
static bool
is_busy(const struct engine *e)
{
	int64_t mark_ns;

	if (e->matches > 0 || e->touched || arrive_counts(e->arrive)->pending > 0)
		return true;
	mark_ns = watermark(e);
	return correlator_deadline(e->correlator) < mark_ns ||
	       incidents_deadline(e->incidents) < mark_ns;
}

int64_t
engine_commit_due(struct engine *e, int64_t mono_ns)
{
	int64_t wait_ns;

	if (e->matches == 0 && !e->moved)
		return INT64_MAX;
	if (e->matches >= e->conf.commit_matches ||
		incidents_findings(e->incidents) != e->findings)
		return 0;
	if (e->since_ns == TIME_NONE)
		e->since_ns = mono_ns;
	wait_ns = is_busy(e) ? e->conf.commit_ns : e->conf.quiet_ns;
	wait_ns -= mono_ns - e->since_ns;
	return wait_ns > 0 ? wait_ns : 0;
}

/* Since the last checkpoint: a replay from there comes to the same. */
static int
tell_full(struct engine *e)
{
	uint64_t full = correlator_counts(e->correlator)->full;
	uint64_t volumes_full = volume_full(e->volume);
	int64_t from_ns = e->full_ns;
	int err;

	e->full_ns = e->head.settled_ns;
	err = gaps_of_windows(e->store, from_ns, e->full_ns, full - e->full);
	if (err == 0)
		err = gaps_of_volumes(
			e->store, from_ns, e->full_ns, volumes_full - e->volumes_full);
	e->full = full;
	e->volumes_full = volumes_full;
	return err;
}

/* What no restart needs any more goes with it. */
static int
checkpoint(struct engine *e)
{
	struct checkpoint_parts parts = engine_parts(e);
	int err = tell_full(e);

	if (err == 0)
		err = checkpoint_save(e->store, &parts, &e->head);
	e->unsaved = false;
	e->counts.checkpoints++;
	return err != 0
		       ? err
		       : store_del_journal(e->store, e->head.seq + 1, e->head.settled_ns);
}

static int
settle_and_journal(struct engine *e)
{
	int64_t mark_ns = watermark(e);
	int err = 0;

	if (mark_ns != TIME_NONE) {
		if (e->blob.len > 0 || mark_ns > e->head.settled_ns)
			journal_add(&e->blob, JOURNAL_WATERMARK, mark_ns, 0, 0);
		err = engine_settle_to(e, mark_ns);
	}
	return err != 0 ? err : engine_flush(e);
}

/* By event time; between transactions. */
static int
retain(struct engine *e)
{
	int64_t now_ns = e->head.settled_ns, before_ns = INT64_MIN;
	uint64_t deleted;
	int err;

	if ((e->conf.keep_ns == 0 && e->conf.keep_bytes == 0) || now_ns == TIME_NONE ||
		(e->retained_ns != TIME_NONE && now_ns < e->retained_ns + RETAIN_NS))
		return 0;
	e->retained_ns = now_ns;
	if (e->conf.keep_ns > 0 && now_ns > INT64_MIN + e->conf.keep_ns)
		before_ns = now_ns - e->conf.keep_ns;
	err = store_commit(e->store);
	if (err == 0)
		err = store_retain(e->store, before_ns,
			e->conf.keep_bytes > 0 ? e->conf.keep_bytes : INT64_MAX,
			&deleted);
	if (err == 0 && deleted > 0)
		log_info("engine", "%llu rows were older than what is kept",
			(unsigned long long)deleted);
	return err != 0 ? err : store_begin(e->store);
}

int
engine_commit(struct engine *e, int64_t mono_ns)
{
	int err = e->ended ? 0 : settle_and_journal(e);

	if (e->checkpoint_ns == TIME_NONE)
		e->checkpoint_ns = e->counts.replayed > 0
					   ? mono_ns - e->conf.checkpoint_ns
					   : mono_ns;
	if (err == 0 && !e->ended && e->unsaved &&
		mono_ns - e->checkpoint_ns >= e->conf.checkpoint_ns) {
		e->checkpoint_ns = mono_ns;
		err = checkpoint(e);
	}
	if (err == 0)
		err = settle_commit(e->settle);
	if (err != 0)
		return err;
	e->since_ns = TIME_NONE;
	e->matches = 0;
	e->moved = false;
	e->touched = false;
	e->findings = incidents_findings(e->incidents);
	e->counts.commits++;
	return retain(e);
}

int
engine_stop(struct engine *e)
{
	int err = settle_and_journal(e);

	if (err == 0)
		err = checkpoint(e);
	incidents_stop(e->incidents);
	e->ended = true;
	return err;
}

int
engine_end(struct engine *e, int64_t now_ns, size_t *not_judged)
{
	int err;

	assert(e->ended);
	*not_judged = 0;
	err = settle_matches(e, INT64_MAX);
	if (err == 0 && now_ns != TIME_NONE)
		err = settle_volumes(e, now_ns);
	if (err == 0 && now_ns != TIME_NONE)
		err = settle_end(e->settle, now_ns, not_judged);
	if (err == 0)
		err = tell_full(e);
	return err != 0 ? err : checkpoint_ended(e->store, e->incidents);
}

const struct engine_counts *
engine_counts(struct engine *e)
{
	e->counts.late = arrive_counts(e->arrive)->late;
	e->counts.full = arrive_counts(e->arrive)->full;
	e->counts.volumes_full = volume_full(e->volume);
	return &e->counts;
}

const struct correlate_counts *
engine_correlate_counts(const struct engine *e)
{
	return correlator_counts(e->correlator);
}

int64_t
engine_settled(const struct engine *e)
{
	return e->head.settled_ns;
}
