/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/live.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "decode/objects.h"
#include "input/reader.h"
#include "pipeline/engine.h"
#include "pipeline/evaluate.h"
#include "pipeline/gaps.h"
#include "pipeline/pipe_source.h"
#include "pipeline/recall.h"
#include "scan/prefilter.h"

#define PAUSE_NS    (200 * TIME_MS)
#define CHUNK_BYTES ((size_t)64 * 1024)
#define PENDING_MAX ((size_t)200000)
#define SOURCES_MAX ((size_t)20000)
#define PIPE_ID     1 /* the engine's name of the only source */

struct live {
	const struct live_conf *conf;
	const struct ruleset *rules;
	struct store *store;
	struct source_table *sources;
	struct reader *in;
	struct decoder *decoder; /* one of the two */
	struct objects *objects;
	struct prefilter *prefilter;
	struct evaluate *evaluate;
	struct quarantine *quarantine;
	uint64_t *errors; /* owned: of regexes, by rule */
	struct engine *engine;
	struct pipe_source *pipe;
	struct recall *recall;
	int64_t first_ns, newest_ns;
	int64_t pause_ns; /* monotonic: when silence counts as a pause */
	bool ended;
	int input_error; /* what ended the input before its end */
	struct batch_counts *counts;
};

/* Another pipe may bring again what an earlier one had: it is there. */
static int
put_match(struct live *l, const struct match *m, uint64_t record_id)
{
	struct match own = *m;

	if (record_id != 0)
		own.id = hash_mix(record_id, hash_stable(l->rules->rules[m->rule].name));
	if (own.at_ns <= pipe_source_before(l->pipe) &&
		store_has_entry(l->store, own.at_ns, own.id))
		return 0;
	l->counts->matches++;
	l->counts->undated += m->quality == TIME_FILE_DATE;
	return engine_match(l->engine, &own);
}

static int
put_record(struct live *l, struct record *r)
{
	const struct match *m;
	size_t n_cues = 0, n;
	const uint32_t *cues =
		l->decoder != NULL ? decoder_cues(l->decoder, &n_cues) : NULL;
	uint64_t id;
	int err = 0;

	if (l->decoder != NULL)
		r->place.offset += pipe_source_base(l->pipe);
	n = evaluate_record(l->evaluate, r, cues, n_cues, &m);
	l->counts->records++;
	if (r->quality == TIME_WRITTEN && r->at_ns > l->newest_ns)
		l->newest_ns = r->at_ns;
	if (l->first_ns == TIME_NONE)
		l->first_ns = r->at_ns;
	id = n > 0 && l->decoder != NULL ? pipe_source_record_id(l->pipe, r) : 0;
	for (size_t i = 0; i < n && err == 0; i++)
		err = put_match(l, &m[i], id);
	return err;
}

static int
take_records(struct live *l)
{
	struct record *r;
	int err = 0;

	if (l->objects != NULL) {
		while (err == 0 && (r = objects_next(l->objects)) != NULL)
			err = put_record(l, r);
		return err;
	}
	while (err == 0 && (r = decoder_next(l->decoder)) != NULL)
		err = put_record(l, r);
	return err;
}

static int
pump(struct live *l)
{
	int64_t last_ns;
	int err;

	if (l->decoder != NULL)
		evaluate_nominate(l->evaluate, l->decoder);
	engine_clock(l->engine, clock_wall_ns());
	err = take_records(l);
	last_ns = l->decoder != NULL ? decoder_last_time(l->decoder) : TIME_NONE;
	if (last_ns > l->newest_ns)
		l->newest_ns = last_ns;
	return err != 0 ? err : engine_watermark(l->engine, PIPE_ID, l->newest_ns, false);
}

/* Rules that were switched off since; what they would have matched is not absent. */
static int
tell_rules(struct live *l)
{
	struct quarantine_case off;
	int err = 0;

	quarantine_tell(l->quarantine);
	for (size_t i = 0; err == 0 && quarantine_at(l->quarantine, i, &off); i++)
		err = engine_blind(l->engine, off.rule,
			quarantine_is_out(l->quarantine, off.rule) ? INT64_MIN
								   : off.at_ns);
	return err;
}

/* What is due as soon as the pipe's first time is known. */
static int
begin_pipe(struct live *l)
{
	int64_t first_ns =
		l->decoder != NULL ? decoder_first_time(l->decoder) : TIME_NONE;

	if (first_ns == TIME_NONE)
		first_ns = l->first_ns;
	return first_ns == TIME_NONE
		       ? 0
		       : pipe_source_begins(l->pipe, l->engine, first_ns, l->conf->quiet);
}

/* From the first that any pipe had to the newest. */
static int
put_complete(struct live *l)
{
	int64_t from_ns = store_meta_i64(l->store, STR("complete_from"), l->first_ns);
	int64_t to_ns = store_meta_i64(l->store, STR("complete_to"), l->newest_ns);

	if (l->first_ns == TIME_NONE)
		return 0;
	return gaps_complete(l->store, from_ns < l->first_ns ? from_ns : l->first_ns,
		to_ns > l->newest_ns ? to_ns : l->newest_ns);
}

/* What was committed is shown; rows that go with it are part of the next commit. */
static void
tell(struct live *l)
{
	if (l->conf->committed != NULL && l->conf->committed(l->conf->arg, l->store))
		engine_touch(l->engine);
}

/* What is behind it is in records that were put, and no later one needs it. */
static uint64_t
settled_bytes(const struct live *l)
{
	return l->decoder != NULL ? decoder_needs(l->decoder) : l->counts->bytes;
}

static int
commit(struct live *l)
{
	int err = tell_rules(l);

	if (err == 0)
		err = begin_pipe(l);
	if (err == 0)
		err = put_complete(l);
	if (err == 0)
		err = pipe_source_reached(
			l->pipe, l->engine, settled_bytes(l), l->newest_ns, l->ended);
	if (err == 0)
		err = recall_save(l->recall);
	if (err == 0)
		err = engine_commit(l->engine, clock_mono_ns());
	if (err == 0)
		err = outputs_committed(l->conf->outputs, l->store);
	if (err == 0)
		tell(l);
	return err;
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
feed(struct live *l, const char *bytes, size_t n)
{
	struct str rest = { bytes, n };
	int err = 0;

	l->counts->bytes += n;
	if (l->objects != NULL) {
		objects_feed(l->objects, str_z(l->conf->path_z), rest);
		return pump(l);
	}
	while (rest.len > 0 && err == 0) {
		size_t cap;
		char *room = decoder_space(l->decoder, &cap);
		size_t take = rest.len < cap ? rest.len : cap;

		memcpy(room, rest.ptr, take);
		decoder_filled(l->decoder, take);
		rest = str_sub(rest, take, rest.len);
		err = pump(l);
	}
	return err;
}

static int
open_decoder(struct live *l, struct str first)
{
	struct decoder_conf dc = { .sources = l->sources,
		.name = str_z(l->conf->path_z),
		.format = l->conf->format,
		.zone = l->conf->zone,
		.date_ns = clock_wall_ns(),
		.date_quality = TIME_ARRIVAL };

	if (l->conf->format == FORMAT_OBJECTS ||
		(l->conf->format == FORMAT_AUTO &&
			decoder_look(first) == FORMAT_OBJECTS)) {
		l->objects = objects_new(
			l->sources, recall_past(l->recall), PENDING_MAX, true);
		return l->objects == NULL ? -ENOMEM : 0;
	}
	memcpy(dc.label, l->conf->label, sizeof(dc.label));
	l->decoder = decoder_new(&dc);
	return l->decoder == NULL ? -ENOMEM : 0;
}

/* 1: bytes can be read; 0: not within wait_ns, or a signal; negative errno value. */
static int
wait_input(struct live *l, int64_t wait_ns)
{
	struct pollfd p[] = { { .fd = reader_fd(l->in), .events = POLLIN },
		{ .fd = outputs_fd(l->conf->outputs), .events = POLLIN } };
	int err = 0;

	if (reader_has_more(l->in))
		return 1;
	if (poll(p, ARRAY_LEN(p), (int)((wait_ns + TIME_MS - 1) / TIME_MS)) < 0)
		return errno == EINTR ? 0 : -errno;
	if (p[1].revents != 0)
		err = take_sent(l);
	return err != 0 ? err : p[0].revents != 0;
}

static int
on_pause(struct live *l)
{
	if (l->decoder == NULL)
		return 0;
	decoder_pause(l->decoder, clock_wall_ns());
	return pump(l);
}

static int
take_input(struct live *l)
{
	static char buf[CHUNK_BYTES]; /* the live thread's */
	ssize_t n = reader_read(l->in, buf, sizeof(buf));
	int err = 0;

	l->pause_ns = clock_mono_ns() + PAUSE_NS;
	if (n <= 0) {
		l->input_error = (int)n;
		l->ended = true;
		return 0;
	}
	if (l->decoder == NULL && l->objects == NULL)
		err = open_decoder(l, (struct str){ buf, (size_t)n });
	return err != 0 ? err : feed(l, buf, (size_t)n);
}

/* Silence, until a commit is due or it has lasted long enough to be a pause. */
static int
take_silence(struct live *l)
{
	int64_t now_ns = clock_mono_ns();

	if (now_ns < l->pause_ns)
		return 0;
	l->pause_ns = now_ns + PAUSE_NS;
	tell(l);
	return on_pause(l);
}

static int
loop(struct live *l)
{
	int err = 0;

	l->pause_ns = clock_mono_ns() + PAUSE_NS;
	while (err == 0 && !l->ended && *l->conf->stop == 0) {
		int64_t now_ns = clock_mono_ns();
		int64_t wait_ns = engine_commit_due(l->engine, now_ns);
		int ready;

		if (wait_ns == 0) {
			err = commit(l);
			continue;
		}
		if (wait_ns > l->pause_ns - now_ns)
			wait_ns = l->pause_ns > now_ns ? l->pause_ns - now_ns : 0;
		ready = wait_input(l, wait_ns);
		if (ready < 0)
			return ready;
		err = ready > 0 ? take_input(l) : take_silence(l);
	}
	return err;
}

/* What was not taken as it came: gaps, and the counts of --stats. */
static int
write_gaps(struct live *l)
{
	struct worker_file f = { .path_z = l->conf->path_z,
		.error = l->input_error,
		.first_ns = l->first_ns,
		.last_ns = l->newest_ns,
		.undated = (int64_t)l->counts->undated };
	struct batch_counts *c = l->counts;
	int err;

	if (l->input_error != 0) {
		log_error("input", "%s: %s", f.path_z, strerror(-f.error));
		c->unreadable++;
	}
	if (l->decoder != NULL)
		f.counts = *decoder_counts(l->decoder);
	if (l->objects != NULL) {
		const struct objects_counts *oc = objects_counts(l->objects);

		c->events = oc->events;
		c->pods = oc->pods;
		c->bad_documents = oc->bad;
	}
	c->files = 1;
	c->lines = f.counts.lines;
	c->broken_lines = f.counts.broken_lines;
	c->cut_lines = f.counts.cut_lines;
	c->open_pieces = f.counts.open_pieces;
	for (uint32_t i = 0; i < l->rules->n_rules; i++) {
		l->errors[i] = evaluate_errors(l->evaluate, i);
		c->regex_errors += l->errors[i];
	}
	c->rules_off = quarantine_rules(l->quarantine);
	err = gaps_of_file(l->store, &f);
	return err != 0 ? err
			: gaps_of_rules(l->store, l->rules, l->quarantine, l->errors);
}

static int
finish(struct live *l)
{
	size_t not_judged = 0;
	int err = 0;

	if (l->decoder != NULL)
		decoder_finish(l->decoder);
	if (l->objects != NULL)
		objects_end(l->objects);
	if (l->decoder != NULL || l->objects != NULL)
		err = pump(l);
	l->ended = true;
	if (err == 0)
		err = tell_rules(l);
	if (err == 0)
		err = begin_pipe(l);
	if (err == 0)
		err = engine_stop(l->engine);
	if (err == 0 && l->input_error != 0)
		err = engine_gap(l->engine,
			l->newest_ns != TIME_NONE ? l->newest_ns : INT64_MIN, INT64_MAX);
	if (err == 0)
		err = write_gaps(l);
	if (err == 0)
		err = engine_end(l->engine, l->newest_ns, &not_judged);
	if (err == 0)
		err = store_put_meta_i64(
			l->store, STR("not_judged"), (int64_t)not_judged);
	l->counts->not_judged = not_judged;
	batch_count_windows(l->counts, engine_correlate_counts(l->engine));
	l->counts->from_ns = l->first_ns;
	l->counts->to_ns = l->newest_ns;
	if (err == 0)
		err = commit(l);
	return err != 0 ? err : store_finish(l->store);
}

static int
start(struct live *l)
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
	int err;

	l->sources = source_table_new(SOURCES_MAX);
	l->prefilter = prefilter_new(l->rules);
	l->quarantine = quarantine_new(l->rules);
	l->errors = calloc(l->rules->n_rules + 1, sizeof(*l->errors));
	l->evaluate = l->prefilter != NULL ? evaluate_new(l->rules, l->prefilter) : NULL;
	if (l->quarantine == NULL || l->errors == NULL || l->sources == NULL ||
		l->prefilter == NULL || l->evaluate == NULL)
		return -ENOMEM;
	evaluate_set_key(l->evaluate, l->conf->redact_key);
	evaluate_set_quarantine(l->evaluate, l->quarantine);
	err = engine_open(&ec, l->rules, l->sources, l->store, &l->engine);
	if (err == 0)
		err = recall_open(l->store, l->sources, PENDING_MAX, l->conf->redact_key,
			&l->recall);
	if (err == 0)
		err = pipe_source_open(l->store, str_z(l->conf->path_z), &l->pipe);
	if (err != 0)
		return err;
	evaluate_set_range(l->evaluate, l->conf->since_ns, l->conf->until_ns);
	return reader_open(l->conf->path_z, &l->in);
}

#define FREE_IF(what, p)            \
	do {                        \
		if ((p) != NULL)    \
			what(&(p)); \
	} while (0)

static void
stop(struct live *l)
{
	FREE_IF(reader_close, l->in);
	FREE_IF(pipe_source_free, l->pipe);
	FREE_IF(engine_free, l->engine);
	FREE_IF(evaluate_free, l->evaluate);
	FREE_IF(quarantine_free, l->quarantine);
	free(l->errors);
	FREE_IF(prefilter_free, l->prefilter);
	FREE_IF(decoder_free, l->decoder);
	FREE_IF(objects_free, l->objects);
	FREE_IF(recall_free, l->recall);
	FREE_IF(source_table_free, l->sources);
}

int
live_run(const struct live_conf *conf, const struct ruleset *rs, struct store *s,
	struct batch_counts *counts)
{
	struct live l = { .conf = conf,
		.rules = rs,
		.store = s,
		.first_ns = TIME_NONE,
		.newest_ns = TIME_NONE,
		.counts = counts };
	int err = start(&l);

	if (err == 0)
		err = loop(&l);
	if (err == 0)
		err = finish(&l);
	stop(&l);
	return err;
}
