/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start of an engine: the checkpoint, then the journal's items through the calls they
 * went through before, with the store muted.
 */
#include <errno.h>

#include "base/log.h"
#include "base/time.h"
#include "engine/engine_state.h"
#include "record/volume.h"

static bool
map_rule(const struct checkpoint_names *n, bool corr, uint32_t *number)
{
	const uint32_t *list = corr ? n->corrs : n->rules;
	size_t len = corr ? n->n_corrs : n->n_rules;

	if (*number >= len || list[*number] == UINT32_MAX)
		return false;
	*number = list[*number];
	return true;
}

/* A sum is of no rule. */
static bool
map_match(const struct checkpoint_names *n, struct match *m)
{
	return volume_is_sum(m) || map_rule(n, false, &m->rule);
}

static int
replay_item(struct engine *e, struct journal_item *it, const struct checkpoint_names *n)
{
	e->counts.replayed++;
	it->match.source = UINT32_MAX; /* its rows are there; tables were another's */
	switch (it->kind) {
	case JOURNAL_CLOCK:
		incidents_clock(e->incidents, it->at_ns);
		return 0;
	case JOURNAL_MATCH:
		return map_match(n, &it->match) ? engine_take_match(e, &it->match, false)
						: 0;
	case JOURNAL_EARLY:
		return map_rule(n, true, &it->outcome.corr)
			       ? incidents_early(e->incidents, &it->outcome)
			       : 0;
	case JOURNAL_WATERMARK:
		return engine_settle_to(e, it->at_ns);
	case JOURNAL_GAP:
		correlator_gap(e->correlator, it->at_ns, it->to_ns);
		return 0;
	case JOURNAL_BLIND:
		if (map_rule(n, false, &it->rule))
			correlator_blind(e->correlator, it->rule, it->at_ns);
		return 0;
	case JOURNAL_KINDS:
		break;
	}
	return 0;
}

/* Its turn has not come. */
static bool
waits(const struct engine *e, const struct match *m)
{
	return m->quality != TIME_FILE_DATE && m->at_ns >= e->head.settled_ns &&
	       match_cmp(m, &e->head.last) > 0;
}

/* A match that is in the checkpoint but for its turn. */
static void
wait_again(struct engine *e, struct match *m, const struct checkpoint_names *n)
{
	struct outcome o;

	if (!waits(e, m) || !map_match(n, m))
		return;
	m->source = UINT32_MAX;
	if (!arrive_put(e->arrive, m))
		e->counts.damaged++;
	while (arrive_early(e->arrive, &o))
		; /* it was told */
}

static int
replay_blob(
	struct engine *e, struct str blob, bool covered, const struct checkpoint_names *n)
{
	struct journal_reader r;
	struct journal_item it;
	int got = journal_open(&r, blob) ? 0 : -EINVAL;
	int err = 0;

	while (got == 0 && err == 0 && (got = journal_next(&r, &it)) == 1) {
		got = 0;
		if (!covered)
			err = replay_item(e, &it, n);
		else if (it.kind == JOURNAL_MATCH)
			wait_again(e, &it.match, n);
	}
	journal_close(&r);
	if (got == -EINVAL) {
		e->counts.damaged++;
		return 0;
	}
	return err != 0 ? err : got;
}

static int
replay(struct engine *e, const struct checkpoint_names *n)
{
	struct store_query *q = store_journal(e->store);
	int64_t covered = e->head.seq, seq;
	struct str blob;
	int err = 0;

	if (q == NULL)
		return -EIO;
	/* From here on what arrives is late. */
	(void)arrive_settled(e->arrive, e->head.settled_ns);
	store_mute(e->store, true);
	while (err == 0 && store_next_journal(q, &seq, &blob)) {
		err = replay_blob(e, blob, seq <= covered, n);
		if (seq > e->head.seq)
			e->head.seq = seq;
	}
	store_mute(e->store, false);
	if (err == 0 && store_query_failed(q))
		err = -EIO;
	store_query_free(&q);
	return err;
}

/* A blob's matches that still wait, by their new numbers. */
static int
renumber_blob(struct engine *e, struct str blob, const struct checkpoint_names *n)
{
	struct journal_reader r;
	struct journal_item it;
	int err = 0;

	if (journal_open(&r, blob))
		while (err == 0 && journal_next(&r, &it) == 1) {
			if (it.kind != JOURNAL_MATCH || !waits(e, &it.match) ||
				!map_match(n, &it.match))
				continue;
			engine_journal_match(e, &it.match);
			if (e->blob.len >= ENGINE_BLOB_BYTES)
				err = engine_flush(e);
		}
	journal_close(&r);
	return err;
}

/* The rule files changed: what waits is journalled anew. */
static int
renumber(struct engine *e, const struct checkpoint_names *n)
{
	struct checkpoint_parts parts = engine_parts(e);
	struct store_query *q = store_journal(e->store);
	int64_t last = e->head.seq, seq;
	struct str blob;
	int err = 0;

	if (q == NULL)
		return -EIO;
	while (err == 0 && store_next_journal(q, &seq, &blob) && seq <= last)
		err = renumber_blob(e, blob, n);
	store_query_free(&q);
	if (err == 0)
		err = engine_flush(e);
	if (err == 0)
		err = store_del_journal(e->store, last + 1, INT64_MAX);
	if (err == 0)
		err = checkpoint_names_save(e->store, e->rules);
	return err != 0 ? err : checkpoint_save(e->store, &parts, &e->head);
}

static int
tell_damage(struct engine *e)
{
	struct gap_row g = { .from_ns = TIME_NONE,
		.to_ns = e->head.settled_ns,
		.reason = STR("state_damaged"),
		.detail = STR("parts of the state of the last run could not be read"),
		.n = e->counts.damaged };

	if (g.n == 0)
		return 0;
	log_error("engine", "%llu parts of the last run's state could not be read",
		(unsigned long long)g.n);
	return store_put_gap(e->store, &g);
}

int
engine_restore(struct engine *e)
{
	struct checkpoint_names names;
	struct checkpoint_parts parts = engine_parts(e);
	struct checkpoint_counts counts;
	int err = checkpoint_names_load(e->store, e->rules, &names);

	if (err == 0)
		err = checkpoint_restore(e->store, &parts, &e->head, &counts);
	if (err == 0) {
		e->counts.restored = counts.rows;
		e->counts.refused = counts.refused;
		e->counts.damaged = counts.damaged;
		e->full = correlator_counts(e->correlator)->full;
		e->full_ns = e->head.settled_ns;
		err = replay(e, &names);
	}
	if (err == 0 && !names.known)
		err = checkpoint_names_save(e->store, e->rules);
	else if (err == 0 && names.changed)
		err = renumber(e, &names);
	checkpoint_names_free(&names);
	e->retained_ns = TIME_NONE;
	e->findings = incidents_findings(e->incidents);
	return err != 0 ? err : tell_damage(e);
}
