/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/daemon.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/gaps.h"
#include "pipeline/session.h"

#define WORK_BYTES    ((size_t)4 << 20)   /* read between two looks at everything else */
#define TURN_BYTES    ((size_t)256 << 10) /* of one input among several */
#define ANY_TURN      64
#define SILENCE_NS    (200 * TIME_MS)
#define TICK_NS       TIME_S
#define MAX_SIGHTINGS ((size_t)200000)
#define LINES_BYTES   ((size_t)64 << 20)

static bool
make_parts(struct daemon *d)
{
	const struct settings *s = d->conf.settings;

	d->zone = time_zone_new(s->time.zone);
	d->sources = source_table_new((size_t)s->limits.max_sources, SOURCES_GO);
	d->prefilter = prefilter_new(d->conf.rules);
	d->quarantine = quarantine_new(d->conf.rules, false);
	d->intakes = calloc(s->n_inputs + 1, sizeof(struct intake *));
	d->fds = calloc(s->n_inputs + 4, sizeof(*d->fds));
	if (d->prefilter != NULL)
		d->evaluate = evaluate_new(d->conf.rules, d->prefilter);
	if (d->zone == NULL || d->sources == NULL || d->evaluate == NULL ||
		d->quarantine == NULL || d->intakes == NULL || d->fds == NULL)
		return false;
	evaluate_set_key(d->evaluate, d->conf.redact_key);
	evaluate_set_quarantine(d->evaluate, d->quarantine);
	return true;
}

static int
open_engine(struct daemon *d)
{
	const struct settings *s = d->conf.settings;
	struct engine_conf ec = { .max_keys = (size_t)s->limits.max_keys,
		.max_entries = (size_t)s->limits.max_entries,
		.spill_bytes = (size_t)s->limits.spill_bytes,
		.max_pending = (size_t)s->limits.max_pending,
		.lateness_ns = s->time.lateness_ns,
		.checkpoint_ns = s->store.checkpoint_ns,
		.keep_ns = s->store.keep_for_ns,
		.keep_bytes = s->store.keep_bytes };

	ec.destinations = outputs_names(d->conf.outputs, &ec.n_destinations);
	ec.routes = outputs_routes(d->conf.outputs);
	ec.tally = outputs_tally(d->conf.outputs);
	return engine_open(&ec, d->conf.rules, d->sources, d->conf.store, &d->engine);
}

static bool
is_pipe(const struct input_settings *in)
{
	return in->paths.n == 1 && str_eq(in->paths.items[0], STR("-"));
}

static int
open_pipe(struct daemon *d, const struct intake_conf *ic)
{
	struct pipe_conf pc = { .path_z = "-",
		.format = (enum format)ic->input->format,
		.zone = ic->zone,
		.shared = ic->shared,
		.idle_after_ns = ic->time->idle_after_ns,
		.hold = d->conf.pipe_hold };

	intake_labels(ic->input, pc.label);
	return d->pipe != NULL ? -EINVAL
			       : pipe_input_open(&pc, clock_wall_ns(), &d->pipe);
}

static int
open_inputs(struct daemon *d)
{
	const struct settings *s = d->conf.settings;
	struct follow_shared shared = { .sources = d->sources,
		.store = d->conf.store,
		.evaluate = d->evaluate,
		.engine = d->engine,
		.inflight = d->inflight,
		.past = recall_past(d->recall),
		.max_sightings = MAX_SIGHTINGS,
		.record_bytes = (uint64_t)s->limits.record_bytes };
	int err = 0;

	for (size_t i = 0; i < s->n_inputs && err == 0; i++) {
		struct intake_conf ic = { .input = &s->inputs[i],
			.time = &s->time,
			.zone = d->zone,
			.shared = shared,
			.store = d->conf.store,
			.hold = d->conf.tail_hold };

		if (is_pipe(ic.input))
			err = open_pipe(d, &ic);
		else
			err = intake_open(&ic, &d->intakes[d->n_intakes++]);
	}
	return err;
}

/* The input whose patterns name it; none: the first, which will say that it is unwanted.
 */
static struct intake *
intake_of(struct daemon *d, struct str path)
{
	for (size_t i = 0; i < d->n_intakes; i++)
		if (intake_covers(d->intakes[i], path))
			return d->intakes[i];
	return d->n_intakes > 0 ? d->intakes[0] : NULL;
}

static int
restore(struct daemon *d)
{
	struct store_query *q = store_sources(d->conf.store);
	struct source_row row;
	int err = q == NULL ? -EIO : 0;

	while (err == 0 && store_next_source(q, &row)) {
		struct intake *i = intake_of(d, row.name);

		/* A pipe looks after its own (pipe_source.h). */
		if (i != NULL && !str_eq(row.name, STR("-")))
			err = intake_restore(i, &row);
	}
	if (err == 0 && store_query_failed(q))
		err = -EIO;
	if (q != NULL)
		store_query_free(&q);
	for (size_t i = 0; i < d->n_intakes && err == 0; i++)
		intake_restore_held(d->intakes[i]);
	if (err == 0 && d->conf.tail_hold != NULL)
		tail_hold_clear(d->conf.tail_hold);
	return err;
}

/* What ended the last process, and that it will not do so for ever. */
static int
tell_inflight(struct daemon *d)
{
	uint64_t source_id, place;
	unsigned times;

	if (d->inflight == NULL ||
		!inflight_found(d->inflight, &source_id, &place, &times))
		return 0;
	log_warn("input",
		"the last process ended at a record of source %016llx, byte %llu "
		"(%u times)%s",
		(unsigned long long)source_id, (unsigned long long)place, times,
		times >= INFLIGHT_CRASHES ? ": it is skipped" : "");
	if (times < INFLIGHT_CRASHES)
		return 0;
	return store_put_gap(
		d->conf.store, &(struct gap_row){ .from_ns = TIME_NONE,
				       .to_ns = TIME_NONE,
				       .source = STR("daemon"),
				       .reason = STR("record_skipped"),
				       .detail = STR("a record that ends the program"),
				       .n = 1 });
}

int
daemon_open(const struct daemon_conf *conf, struct daemon **out)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int err = 0;

	*out = NULL;
	if (d == NULL)
		return -ENOMEM;
	d->conf = *conf;
	if (conf->inflight_z != NULL)
		err = inflight_open(conf->inflight_z, &d->inflight);
	if (err == 0 && !make_parts(d))
		err = -ENOMEM;
	if (err == 0)
		err = open_engine(d);
	d->gaps = (struct gaps_live){ .store = conf->store,
		.rules = conf->rules,
		.quarantine = d->quarantine,
		.evaluate = d->evaluate,
		.engine = d->engine,
		.first_ns = TIME_NONE };
	if (err == 0)
		err = recall_open(conf->store, d->sources, MAX_SIGHTINGS,
			conf->redact_key, &d->recall);
	if (err == 0)
		err = open_inputs(d);
	if (err == 0)
		err = restore(d);
	if (err == 0)
		err = tell_inflight(d);
	outputs_rolled_back(conf->outputs); /* of the session before */
	if (err != 0)
		daemon_free(&d);
	*out = d;
	return err;
}

void
daemon_free(struct daemon **pd)
{
	struct daemon *d = *pd;

	*pd = NULL;
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n_intakes; i++)
		FREE_IF(intake_free, d->intakes[i]);
	free(d->intakes);
	FREE_IF(pipe_input_free, d->pipe);
	FREE_IF(recall_free, d->recall);
	FREE_IF(engine_free, d->engine);
	FREE_IF(inflight_close, d->inflight);
	FREE_IF(evaluate_free, d->evaluate);
	FREE_IF(quarantine_free, d->quarantine);
	FREE_IF(prefilter_free, d->prefilter);
	FREE_IF(source_table_free, d->sources);
	FREE_IF(time_zone_free, d->zone);
	free(d->fds);
	free(d);
}

/* Whose turn it is: the input that is furthest behind; now and then any. */
static struct intake *
choose(struct daemon *d)
{
	struct intake *best = NULL;

	if (d->n_intakes == 0)
		return NULL;
	if (++d->turn % ANY_TURN == 0)
		return d->intakes[d->turn / ANY_TURN % d->n_intakes];
	for (size_t i = 0; i < d->n_intakes; i++)
		if (best == NULL || intake_behind(d->intakes[i]) < intake_behind(best))
			best = d->intakes[i];
	return best;
}

/* Each input has a look at its logs; then they read in turns. */
static int
work_files(struct daemon *d, int64_t mono_ns, int64_t wall_ns, bool *more)
{
	int err = 0;

	for (size_t i = 0; i < d->n_intakes && err == 0; i++) {
		bool some;

		err = intake_work(d->intakes[i], mono_ns, wall_ns,
			d->n_intakes == 1 ? WORK_BYTES : 0, &some);
		*more |= some;
	}
	if (d->n_intakes < 2)
		return err;
	for (size_t n = 0; n < WORK_BYTES && *more && err == 0; n += TURN_BYTES)
		err = intake_work(choose(d), mono_ns, wall_ns, TURN_BYTES, &(bool){ 0 });
	return err;
}

static int
work(struct daemon *d, bool *more)
{
	int64_t mono_ns = clock_mono_ns(), wall_ns = clock_wall_ns();
	int err;

	*more = false;
	engine_clock(d->engine, wall_ns);
	err = work_files(d, mono_ns, wall_ns, more);
	if (err == 0 && d->pipe != NULL)
		err = pipe_input_work(d->pipe, mono_ns, more);
	return err;
}

static int
silence(struct daemon *d, int64_t mono_ns)
{
	int64_t wall_ns = clock_wall_ns();
	int err = 0;

	if (mono_ns - d->silence_ns < SILENCE_NS)
		return 0;
	d->silence_ns = mono_ns;
	for (size_t i = 0; i < d->n_intakes && err == 0; i++)
		err = intake_silence(d->intakes[i], mono_ns, wall_ns);
	if (err == 0 && d->pipe != NULL)
		err = pipe_input_silence(d->pipe, mono_ns, wall_ns);
	return err;
}

/* From when to when the input was read, as far as it is known now. */
static int
note_complete(struct daemon *d)
{
	int err = 0;

	for (size_t i = 0; i < d->n_intakes && err == 0; i++)
		err = gaps_live_span(&d->gaps, intake_first_time(d->intakes[i]),
			intake_last_time(d->intakes[i]));
	if (err == 0 && d->pipe != NULL)
		err = gaps_live_span(&d->gaps, pipe_input_first_time(d->pipe),
			pipe_input_last_time(d->pipe));
	return err;
}

/* What there is to follow was found, and that is to be kept at once: a log that comes
 * from now on is read from its start, whatever happens to us (input/tail.h). */
static bool
is_first_due(const struct daemon *d)
{
	for (size_t i = 0; i < d->n_intakes && !d->told_followed; i++)
		if (!intake_has_begun(d->intakes[i]))
			return false;
	return d->n_intakes > 0 && !d->told_followed;
}

/* What each input says in lines. */
static int
put_lines(struct daemon *d, struct str name,
	void (*say)(const struct intake *, struct buf *))
{
	struct buf lines;
	int err;

	buf_init(&lines, LINES_BYTES);
	for (size_t i = 0; i < d->n_intakes; i++)
		say(d->intakes[i], &lines);
	err = buf_failed(&lines) ? -ENOMEM
				 : store_put_meta(d->conf.store, name, buf_str(&lines));
	buf_fini(&lines);
	return err;
}

static int
note_followed(struct daemon *d)
{
	int err;

	if (!is_first_due(d))
		return 0;
	err = put_lines(d, STR("followed"), intake_patterns);
	if (err == 0)
		err = put_lines(d, STR("bygone"), intake_bygone);
	d->told_followed = err == 0;
	return err;
}

static int
commit(struct daemon *d, bool all)
{
	int64_t start_ns = clock_mono_ns();
	int err = gaps_live_rules(&d->gaps);

	for (size_t i = 0; i < d->n_intakes && err == 0; i++)
		err = intake_save(d->intakes[i], start_ns, all);
	if (err == 0 && d->pipe != NULL)
		err = pipe_input_save(d->pipe);
	if (err == 0)
		err = note_followed(d);
	if (err == 0)
		err = note_complete(d);
	if (err == 0)
		err = recall_save(d->recall);
	if (err == 0)
		err = engine_commit(d->engine, start_ns);
	if (err == 0)
		err = outputs_committed(d->conf.outputs, d->conf.store);
	if (err != 0)
		return err;
	for (size_t i = 0; i < d->n_intakes; i++)
		intake_committed(d->intakes[i]);
	if (d->pipe != NULL)
		err = pipe_input_committed(d->pipe);
	d->commits++;
	d->commit_ns += clock_mono_ns() - start_ns;
	d->conf.tick(d->conf.arg, d, true);
	return err;
}

static bool
is_commit_due(struct daemon *d, int64_t mono_ns)
{
	return engine_commit_due(d->engine, mono_ns) == 0 || is_first_due(d) ||
	       (d->pipe != NULL && pipe_input_is_full(d->pipe));
}

static bool
is_awake(const struct daemon *d)
{
	for (size_t i = 0; i < d->n_intakes; i++)
		if (intake_is_awake(d->intakes[i]))
			return true;
	return d->pipe != NULL && pipe_input_is_awake(d->pipe);
}

/* What couriers gave back is part of the next commit. */
static int
take_sent(struct daemon *d)
{
	bool touched = false;
	int err = outputs_work(d->conf.outputs, d->conf.store, &touched);

	if (touched)
		engine_touch(d->engine);
	return err;
}

static void
lower(int64_t *wait_ns, int64_t other_ns)
{
	if (other_ns < *wait_ns)
		*wait_ns = other_ns > 0 ? other_ns : 0;
}

static int
to_ms(int64_t ns)
{
	return (int)((ns + TIME_MS - 1) / TIME_MS);
}

/* What wakes it whether it reads or not; how many. */
static nfds_t
fill_fds(struct daemon *d)
{
	nfds_t n = 0;

	for (size_t i = 0; i < d->n_intakes; i++)
		d->fds[n++] = (struct pollfd){ .fd = intake_fd(d->intakes[i]),
			.events = POLLIN };
	d->fds[n++] = (struct pollfd){ .fd = d->conf.wake_fd, .events = POLLIN };
	return n;
}

void
daemon_hold(struct daemon *d, int64_t max_ns)
{
	int64_t mono_ns = clock_mono_ns(), wait_ns = max_ns;

	for (size_t i = 0; i < d->n_intakes; i++) {
		intake_hold(d->intakes[i], mono_ns);
		lower(&wait_ns, intake_hold_due(d->intakes[i]) - mono_ns);
	}
	(void)poll(d->fds, fill_fds(d), to_ms(wait_ns));
}

static int
wait(struct daemon *d, int64_t wait_ns)
{
	const size_t wake = d->n_intakes;
	nfds_t n = fill_fds(d);

	d->fds[n++] =
		(struct pollfd){ .fd = outputs_fd(d->conf.outputs), .events = POLLIN };
	if (d->pipe != NULL)
		d->fds[n++] =
			(struct pollfd){ .fd = pipe_input_fd(d->pipe), .events = POLLIN };
	if (poll(d->fds, n, to_ms(wait_ns)) < 0 && errno != EINTR)
		return -errno;
	if (d->fds[wake].revents != 0)
		d->tick_ns -= TICK_NS; /* somebody wants the next one now */
	return 0;
}

/* How long nothing needs to be done if nothing comes. */
static int64_t
time_to_wait(struct daemon *d, int64_t mono_ns)
{
	int64_t wait_ns = d->tick_ns + TICK_NS - mono_ns;

	lower(&wait_ns, engine_commit_due(d->engine, mono_ns));
	for (size_t i = 0; i < d->n_intakes; i++)
		lower(&wait_ns, intake_due(d->intakes[i]) - mono_ns);
	if (is_awake(d))
		lower(&wait_ns, d->silence_ns + SILENCE_NS - mono_ns);
	return wait_ns > 0 ? wait_ns : 0;
}

static void
tick(struct daemon *d, int64_t mono_ns)
{
	if (mono_ns - d->tick_ns < TICK_NS)
		return;
	d->tick_ns = mono_ns;
	d->conf.tick(d->conf.arg, d, false);
}

static bool
is_over(const struct daemon *d)
{
	return *d->conf.stop != 0 ||
	       (d->n_intakes == 0 && d->pipe != NULL && pipe_input_has_ended(d->pipe));
}

int
daemon_run(struct daemon *d)
{
	int err = 0;

	while (err == 0 && !is_over(d)) {
		bool more;
		int64_t mono_ns;

		err = work(d, &more);
		mono_ns = clock_mono_ns();
		if (err == 0)
			err = silence(d, mono_ns);
		if (err == 0)
			err = take_sent(d);
		if (err == 0 && is_commit_due(d, mono_ns))
			err = commit(d, false);
		tick(d, mono_ns);
		if (err == 0 && !more)
			err = wait(d, time_to_wait(d, clock_mono_ns()));
	}
	return err != 0 ? err : commit(d, true);
}

int
daemon_end(struct daemon *d)
{
	int err;

	if (d->pipe == NULL)
		return 0;
	err = pipe_input_finish(d->pipe);
	return err != 0 ? err : commit(d, true);
}
