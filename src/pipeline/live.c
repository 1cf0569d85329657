/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/live.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "engine/gaps.h"
#include "pipeline/pipe.h"
#include "pipeline/recall.h"
#include "scan/prefilter.h"
#include "worker/evaluate.h"

#define LOOK_NS       (200 * TIME_MS) /* between two looks at what is silent */
#define PENDING_MAX   ((size_t)200000)
#define SIGHTINGS_MAX ((size_t)200000)
#define SOURCES_MAX   ((size_t)20000)

struct live {
	const struct live_conf *conf;
	const struct ruleset *rules;
	struct store *store;
	struct source_table *sources;
	struct prefilter *prefilter;
	struct evaluate *evaluate;
	struct quarantine *quarantine;
	struct engine *engine;
	struct recall *recall;
	struct pipe_input *pipe;
	int64_t look_ns; /* monotonic: of the last one */
	struct gaps_live gaps;
	struct batch_counts *counts;
};

/* What was committed is shown; rows that go with it are part of the next commit. */
static void
tell(struct live *l)
{
	if (l->conf->committed != NULL && l->conf->committed(l->conf->arg, l->store))
		engine_touch(l->engine);
}

/* What couriers gave back is part of the next commit. */
static int
take_sent(struct live *l)
{
	bool touched = false;
	int err = outputs_work(l->conf->outputs, l->store, &touched);

	if (touched)
		engine_touch(l->engine);
	return err;
}

static int
commit(struct live *l)
{
	int err = gaps_live_rules(&l->gaps);

	if (err == 0)
		err = take_sent(l);
	if (err == 0)
		err = pipe_input_save(l->pipe);
	if (err == 0)
		err = gaps_live_span(&l->gaps, pipe_input_first_time(l->pipe),
			pipe_input_last_time(l->pipe));
	if (err == 0)
		err = recall_save(l->recall);
	if (err == 0)
		err = engine_commit(l->engine, clock_mono_ns());
	if (err == 0)
		err = pipe_input_committed(l->pipe);
	if (err == 0)
		err = outputs_committed(l->conf->outputs, l->store);
	if (err == 0)
		tell(l);
	return err;
}

static int
look_at_silence(struct live *l, int64_t mono_ns)
{
	if (mono_ns - l->look_ns < LOOK_NS)
		return 0;
	l->look_ns = mono_ns;
	tell(l);
	return pipe_input_silence(l->pipe, mono_ns, clock_wall_ns());
}

/* Until bytes come, a commit is due, it is time for a look, or a signal. */
static int
wait_input(struct live *l, int64_t commit_ns, int64_t mono_ns)
{
	struct pollfd p[] = { { .fd = pipe_input_fd(l->pipe), .events = POLLIN },
		{ .fd = outputs_fd(l->conf->outputs), .events = POLLIN } };
	int64_t wait_ns = l->look_ns + LOOK_NS - mono_ns;

	if (wait_ns > commit_ns)
		wait_ns = commit_ns;
	if (wait_ns < 0)
		wait_ns = 0;
	if (poll(p, ARRAY_LEN(p), (int)((wait_ns + TIME_MS - 1) / TIME_MS)) < 0)
		return errno == EINTR ? 0 : -errno;
	return p[1].revents != 0 ? take_sent(l) : 0;
}

static int
loop(struct live *l)
{
	int err = 0;

	l->look_ns = clock_mono_ns();
	while (err == 0 && *l->conf->stop == 0 && !pipe_input_has_ended(l->pipe)) {
		int64_t now_ns = clock_mono_ns(), due_ns;
		bool more = false;

		engine_clock(l->engine, clock_wall_ns());
		err = pipe_input_work(l->pipe, now_ns, &more);
		if (err == 0)
			err = look_at_silence(l, now_ns);
		due_ns = engine_commit_due(l->engine, now_ns);
		if (err == 0 && due_ns == 0)
			err = commit(l);
		else if (err == 0)
			err = wait_input(l, more ? 0 : due_ns, now_ns);
	}
	return err;
}

/* What was not taken as it came: gaps, and the counts of --stats. */
static int
write_gaps(struct live *l)
{
	struct follow_counts fc = pipe_input_counts(l->pipe);
	struct batch_counts *c = l->counts;
	struct worker_file f = { .path_z = l->conf->path_z,
		.first_ns = pipe_input_first_time(l->pipe),
		.last_ns = pipe_input_last_time(l->pipe),
		.undated = (int64_t)fc.undated,
		.counts = { .cut_bytes = fc.cut_bytes, .open_pieces = fc.open_pieces } };

	c->files = 1;
	c->unreadable = pipe_input_error(l->pipe) != 0;
	c->bytes = fc.bytes;
	c->lines = fc.lines;
	c->records = fc.records;
	c->matches = fc.matches;
	c->undated = fc.undated;
	c->events = fc.events;
	c->pods = fc.pods;
	c->bad_documents = fc.bad_documents;
	c->broken_lines = fc.broken_lines;
	c->cut_lines = fc.cut_lines;
	c->open_pieces = fc.open_pieces;
	c->from_ns = f.first_ns;
	c->to_ns = f.last_ns;
	for (uint32_t i = 0; i < l->rules->n_rules; i++)
		c->regex_errors += evaluate_errors(l->evaluate, i);
	c->rules_off = quarantine_rules(l->quarantine);
	return gaps_of_file(l->store, &f);
}

/* The end is a view: what is known before it is kept, the rest is for who looks now. */
static int
judge_end(struct live *l)
{
	int64_t last_ns = pipe_input_last_time(l->pipe);
	size_t not_judged = 0;
	int err = engine_stop(l->engine);

	if (err == 0 && pipe_input_error(l->pipe) != 0)
		engine_gap(
			l->engine, last_ns != TIME_NONE ? last_ns : INT64_MIN, INT64_MAX);
	if (err == 0)
		err = write_gaps(l);
	if (err == 0)
		err = engine_end(l->engine, last_ns, &not_judged);
	if (err == 0)
		err = store_put_meta_i64(
			l->store, STR("not_judged"), (int64_t)not_judged);
	l->counts->not_judged = not_judged;
	batch_count_windows(l->counts, engine_correlate_counts(l->engine));
	l->counts->volumes_full = engine_counts(l->engine)->volumes_full;
	return err;
}

static int
finish(struct live *l)
{
	int err = pipe_input_finish(l->pipe);

	if (err == 0)
		err = gaps_live_rules(&l->gaps);
	if (err == 0)
		err = pipe_input_save(l->pipe);
	if (err == 0)
		err = judge_end(l);
	if (err == 0)
		err = commit(l);
	return err != 0 ? err : store_finish(l->store);
}

static int
open_engine(struct live *l)
{
	struct engine_conf ec = { .max_keys = l->conf->max_keys,
		.spill_bytes = l->conf->spill_bytes,
		.max_pending = PENDING_MAX,
		.lateness_ns = l->conf->lateness_ns,
		.destinations = l->conf->destinations,
		.n_destinations = l->conf->n_destinations,
		.routes = l->conf->routes,
		.keep_ns = l->conf->keep_ns,
		.keep_bytes = l->conf->keep_bytes };

	return engine_open(&ec, l->rules, l->sources, l->store, &l->engine);
}

static int
open_pipe(struct live *l)
{
	struct pipe_conf pc = { .path_z = l->conf->path_z,
		.format = l->conf->format,
		.zone = l->conf->zone,
		.idle_after_ns = INT64_MAX,
		.quiet = l->conf->quiet,
		.shared = { .sources = l->sources,
			.store = l->store,
			.evaluate = l->evaluate,
			.engine = l->engine,
			.past = recall_past(l->recall),
			.max_sightings = SIGHTINGS_MAX,
			.record_bytes = l->conf->record_bytes } };

	memcpy(pc.label, l->conf->label, sizeof(pc.label));
	return pipe_input_open(&pc, clock_wall_ns(), &l->pipe);
}

static int
start(struct live *l)
{
	int err;

	l->sources = source_table_new(SOURCES_MAX, SOURCES_GO);
	l->prefilter = prefilter_new(l->rules);
	l->quarantine = quarantine_new(l->rules, false);
	l->evaluate = l->prefilter != NULL ? evaluate_new(l->rules, l->prefilter) : NULL;
	if (l->quarantine == NULL || l->sources == NULL || l->evaluate == NULL)
		return -ENOMEM;
	evaluate_set_key(l->evaluate, l->conf->redact_key);
	evaluate_set_quarantine(l->evaluate, l->quarantine);
	evaluate_set_range(l->evaluate, l->conf->since_ns, l->conf->until_ns);
	err = open_engine(l);
	l->gaps = (struct gaps_live){ .store = l->store,
		.rules = l->rules,
		.quarantine = l->quarantine,
		.evaluate = l->evaluate,
		.engine = l->engine,
		.first_ns = TIME_NONE };
	if (err != 0)
		return err;
	engine_set_range(l->engine, l->conf->since_ns, l->conf->until_ns);
	err = recall_open(
		l->store, l->sources, SIGHTINGS_MAX, l->conf->redact_key, &l->recall);
	return err != 0 ? err : open_pipe(l);
}

static void
stop(struct live *l)
{
	FREE_IF(pipe_input_free, l->pipe);
	FREE_IF(recall_free, l->recall);
	FREE_IF(engine_free, l->engine);
	FREE_IF(evaluate_free, l->evaluate);
	FREE_IF(quarantine_free, l->quarantine);
	FREE_IF(prefilter_free, l->prefilter);
	FREE_IF(source_table_free, l->sources);
}

int
live_run(const struct live_conf *conf, const struct ruleset *rs, struct store *s,
	struct batch_counts *counts)
{
	struct live l = { .conf = conf, .rules = rs, .store = s, .counts = counts };
	int err = start(&l);

	if (err == 0)
		err = loop(&l);
	if (err == 0)
		err = finish(&l);
	stop(&l);
	return err;
}
