/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/batch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/queue.h"
#include "base/thread.h"
#include "incident/incident.h"
#include "pipeline/ahead.h"
#include "pipeline/batch_state.h"
#include "pipeline/look.h"
#include "pipeline/result.h"
#include "worker/parts.h"
#include "worker/progress.h"

#define SIGHTINGS_MAX  ((size_t)1000000)
#define SOURCES_MAX    ((size_t)200000)
#define MEMORY_DEFAULT ((size_t)12 << 20)
#define PATHS_BYTES    ((size_t)256 << 20)
#define AHEAD_BYTES    ((uint64_t)2 << 30) /* while a store is held open */
#define AHEAD_SHARES   ((size_t)4096)      /* of memory, as many runs to merge at most */

void
batch_widen(struct batch *b, int64_t from_ns, int64_t to_ns)
{
	if (from_ns != TIME_NONE &&
		(b->counts.from_ns == TIME_NONE || from_ns < b->counts.from_ns))
		b->counts.from_ns = from_ns;
	if (to_ns != TIME_NONE && to_ns > b->counts.to_ns)
		b->counts.to_ns = to_ns;
}

static size_t
job_count(const struct batch_conf *conf)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = conf->jobs ? conf->jobs : cpus > 0 ? (size_t)cpus : 1;

	return n > JOBS_MAX ? JOBS_MAX : n;
}

static bool
make_workers(struct batch *b)
{
	size_t jobs = job_count(b->conf);
	size_t memory = b->conf->memory ? b->conf->memory : MEMORY_DEFAULT;

	b->shared.rules = b->rules;
	b->shared.prefilter = b->prefilter;
	b->shared.quarantine = b->quarantine;
	b->shared.redact_key = b->conf->redact_key;
	b->shared.sources = b->sources;
	b->shared.zone = b->conf->zone;
	b->shared.since_ns = b->conf->since_ns;
	b->shared.until_ns = b->conf->until_ns;
	b->shared.needs = b->needs.of != NULL ? &b->needs : NULL;
	b->shared.volumes = volume_wanted(b->rules);
	b->shared.format = b->conf->format;
	b->shared.chunk = b->conf->chunk;
	b->shared.record_bytes = b->conf->record_bytes;
	b->shared.memory = memory / jobs;
	b->shared.temp_dir_z = b->conf->temp_dir_z;
	while (b->n_workers < jobs) {
		b->workers[b->n_workers] = worker_new(&b->shared);
		if (b->workers[b->n_workers] == NULL)
			return false;
		b->n_workers++;
	}
	return true;
}

static bool
find_needs(struct batch *b)
{
	if (!b->conf->lean)
		return true;
	return incidents_needs(b->rules, b->arena, &b->needs);
}

struct batch *
batch_new(const struct batch_conf *conf, const struct ruleset *rs)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->conf = conf;
	b->rules = rs;
	b->counts.from_ns = b->counts.to_ns = TIME_NONE;
	b->arena = arena_new("batch", PATHS_BYTES);
	b->sources = source_table_new(SOURCES_MAX, SOURCES_STAY);
	b->prefilter = prefilter_new(rs);
	b->quarantine = quarantine_new(rs, true);
	b->volume = volume_new(rs, 0);
	if (b->arena != NULL)
		b->errors = arena_alloc(b->arena, (rs->n_rules + 1) * sizeof(*b->errors));
	if (b->errors == NULL || b->quarantine == NULL || b->arena == NULL ||
		b->sources == NULL || b->prefilter == NULL || b->volume == NULL)
		goto fail;
	volume_set_range(b->volume, conf->since_ns, conf->until_ns);
	b->past = past_new(2 * SIGHTINGS_MAX, (struct hash_key){ 0 });
	if (b->past != NULL)
		b->objects = objects_new(b->sources, b->past, SIGHTINGS_MAX, false);
	if (b->objects == NULL || !find_needs(b) || !make_workers(b))
		goto fail;
	return b;
fail:
	batch_free(&b);
	return NULL;
}

static void
free_parts(struct batch *b)
{
	for (size_t i = 0; i < b->n_parts; i++)
		if (b->parts[i]->runs != NULL)
			runs_free(&b->parts[i]->runs);
}

static void
drop_result(struct result **pr)
{
	struct store *s = result_free(pr);

	store_close(&s);
}

void
batch_free(struct batch **pb)
{
	struct batch *b = *pb;

	*pb = NULL;
	if (b == NULL)
		return;
	if (b->merge != NULL)
		runs_merge_free(&b->merge);
	ahead_free(&b->ahead);
	drop_result(&b->result);
	drop_result(&b->opened);
	free_parts(b);
	if (b->volume != NULL)
		volume_free(&b->volume);
	for (size_t i = 0; i < b->n_workers; i++)
		worker_free(&b->workers[i]);
	if (b->objects != NULL)
		objects_free(&b->objects);
	if (b->past != NULL)
		past_free(&b->past);
	if (b->prefilter != NULL)
		prefilter_free(&b->prefilter);
	if (b->quarantine != NULL)
		quarantine_free(&b->quarantine);
	inputs_fini(&b->inputs);
	source_table_free(&b->sources);
	arena_free(&b->arena);
	free(b);
}

struct run_arg {
	struct batch *b;
	struct worker *worker;
};

static void *
run_worker(void *v)
{
	struct run_arg *arg = v;
	struct worker_part *p;

	while ((p = queue_pop(arg->b->queue)) != NULL) {
		int err = worker_read(arg->worker, p);
		int none = 0;

		if (err != 0)
			atomic_compare_exchange_strong(
				&arg->b->shared.failed, &none, err);
		else if (arg->b->ahead != NULL)
			ahead_read(arg->b->ahead, p);
	}
	worker_rest(arg->worker);
	return NULL;
}

/* Matches that nobody asks for were counted where they were found. */
static void
count_unmade(struct batch *b)
{
	for (uint32_t k = 0; b->needs.of != NULL && k < b->rules->n_rules; k++)
		for (size_t i = 0; b->needs.of[k] == NEED_COUNT && i < b->n_workers; i++)
			if (!quarantine_is_out(b->quarantine, k))
				b->counts.matches += evaluate_matches(
					worker_evaluate(b->workers[i]), k);
}

static void
sum_up(struct batch *b)
{
	struct batch_counts *c = &b->counts;

	for (size_t i = 0; i < b->n_logs; i++) {
		struct log_file *l = &b->logs[i];
		struct worker_file *f = l->file;

		parts_join(f, l->parts, l->n_parts);
		c->bytes += f->counts.bytes;
		c->lines += f->counts.lines;
		c->records += f->counts.records;
		c->broken_lines += f->counts.broken_lines;
		c->cut_lines += f->counts.cut_lines;
		c->open_pieces += f->counts.open_pieces;
		c->undated += (uint64_t)f->undated;
		batch_widen(b, f->first_ns, f->last_ns);
		if (f->error != 0)
			inputs_tell(&b->inputs, f->path_z, f->error);
	}
	for (size_t i = 0; i < b->n_workers; i++)
		for (uint32_t k = 0; k < b->rules->n_rules; k++)
			b->errors[k] +=
				evaluate_errors(worker_evaluate(b->workers[i]), k);
	count_unmade(b);
	for (uint32_t k = 0; k < b->rules->n_rules; k++) {
		if (!quarantine_is_on(b->quarantine, k))
			b->errors[k] = 0; /* as many as there were until then */
		c->regex_errors += b->errors[k];
	}
	c->rules_off = quarantine_rules(b->quarantine);
	quarantine_tell(b->quarantine);
}

/* Bytes of all logs; more than may be when that is not known. */
static uint64_t
find_size(const struct batch *b)
{
	uint64_t size = 0;

	for (size_t i = 0; i < b->n_logs; i++) {
		const struct worker_file *f = b->logs[i].file;

		if (f->reader != NULL || f->size < 0)
			return UINT64_MAX;
		size += (uint64_t)f->size;
	}
	return size;
}

/* Whether what is read may be settled meanwhile: nothing else has a say in it. */
static bool
may_go_ahead(const struct batch *b)
{
	size_t share = b->shared.memory * b->n_workers / b->n_parts;

	for (size_t i = 0; i < b->inputs.n; i++)
		if (b->inputs.all[i].error != 0)
			return false;
	return b->conf->lean && b->n_workers > 1 && b->n_parts > 1 &&
	       b->n_parts <= AHEAD_PARTS && b->size <= AHEAD_BYTES &&
	       b->size <= AHEAD_SHARES * share && !b->shared.volumes;
}

static int
part_cmp(const void *va, const void *vb)
{
	const struct worker_part *const *a = va, *const *b = vb;

	if ((*a)->begins_ns != (*b)->begins_ns)
		return (*a)->begins_ns < (*b)->begins_ns ? -1 : 1;
	return (*a > *b) - (*a < *b);
}

/* The parts are read in the order of their times, each into runs of its own. */
static int
plan_ahead(struct batch *b)
{
	size_t share = b->shared.memory * b->n_workers / b->n_parts;

	for (size_t i = 0; i < b->n_parts; i++) {
		struct worker_part *p = b->parts[i];

		p->begins_ns = parts_begin(p);
		p->runs = runs_new(share, b->conf->temp_dir_z);
		if (p->runs == NULL)
			return -ENOMEM;
	}
	qsort(b->parts, b->n_parts, sizeof(*b->parts), part_cmp);
	b->ahead = ahead_new(b->parts, b->n_parts, worker_runs(b->workers[0]));
	return b->ahead != NULL ? 0 : -ENOMEM;
}

/* Nobody waits for the store while the workers read. Without it that is told later. */
static void
open_result(struct batch *b)
{
	struct result *r = NULL;

	if (!b->conf->lean || b->conf->store_path_z == NULL || b->size > AHEAD_BYTES ||
		result_new(b, &r) != 0)
		return;
	if (b->ahead != NULL)
		ahead_begin(b->ahead, r);
	else
		b->opened = r;
}

/* The parts of all logs in the order of their paths: that keeps the disk quiet. */
static int
list_parts(struct batch *b)
{
	struct parts_conf pc = {
		.jobs = b->n_workers, .bytes = b->conf->part, .format = b->conf->format
	};
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; i < b->n_logs && err == 0; i++) {
		struct log_file *l = &b->logs[i];

		err = parts_plan(&pc, l->file, b->arena, &l->parts, &l->n_parts);
		n += l->n_parts;
	}
	if (err != 0)
		return err;
	b->parts = arena_alloc(b->arena, (n + 1) * sizeof(*b->parts));
	if (b->parts == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < b->n_logs; i++)
		for (size_t k = 0; k < b->logs[i].n_parts; k++)
			b->parts[b->n_parts++] = &b->logs[i].parts[k];
	return 0;
}

/* All parts wait in the queue. */
static int
plan(struct batch *b)
{
	int err = list_parts(b);

	b->size = find_size(b);
	if (err == 0 && may_go_ahead(b))
		err = plan_ahead(b);
	b->queue = err == 0 ? queue_new("files", b->n_parts + 1) : NULL;
	if (b->queue == NULL)
		return err != 0 ? err : -ENOMEM;
	for (size_t i = 0; i < b->n_parts; i++)
		if (!queue_push(b->queue, b->parts[i]))
			err = -ECANCELED;
	return err;
}

static int
read_logs(struct batch *b)
{
	pthread_t threads[JOBS_MAX];
	struct run_arg args[JOBS_MAX];
	size_t started = 0;
	int err = plan(b);

	if (b->queue == NULL)
		return err;
	queue_close(b->queue);
	while (err == 0 && started < b->n_workers) {
		args[started] = (struct run_arg){ b, b->workers[started] };
		err = -thread_start(&threads[started], run_worker, &args[started]);
		started += err == 0;
	}
	if (err == 0)
		open_result(b);
	if (b->conf->progress && err == 0)
		progress_watch(&b->shared.bytes_read, b->queue);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	while (queue_pop(b->queue) != NULL)
		;
	queue_free(&b->queue);
	return err != 0 ? err : atomic_load(&b->shared.failed);
}

/* When nothing at all could be read: why the first could not. */
static int
nothing_read(const struct batch *b)
{
	for (size_t i = 0; i < b->inputs.n && b->counts.files == 0; i++)
		if (b->inputs.all[i].error != 0)
			return b->inputs.all[i].error;
	return 0;
}

static int
read_inputs(struct batch *b)
{
	struct patience *patience = NULL;
	int err;

	inputs_init(&b->inputs, b->conf, b->arena);
	err = inputs_list(&b->inputs);
	if (err != 0)
		return err;
	if (b->conf->hint_z != NULL)
		patience = patience_start(&b->shared.bytes_read, b->conf->hint_z);
	err = look_at_inputs(b);
	if (err == 0)
		err = look_match(b);
	if (err == 0 && b->n_logs > 0)
		err = read_logs(b);
	patience_end(&patience);
	if (err == 0)
		err = nothing_read(b);
	if (err == 0)
		sum_up(b);
	return err;
}

/* A file that could not be read to its end, a rule that was switched off. */
static bool
has_doubts(const struct batch *b)
{
	for (size_t i = 0; i < b->inputs.n; i++)
		if (b->inputs.all[i].error != 0)
			return true;
	return quarantine_rules(b->quarantine) > 0;
}

/* What was settled ahead stands unless something is known now that it depends on. */
static void
take_ahead(struct batch *b)
{
	uint64_t n = 0;

	if (b->ahead != NULL && !has_doubts(b))
		b->result = ahead_take(b->ahead, &n);
	b->counts.matches += n;
	ahead_free(&b->ahead);
}

/* The runs of the workers, and those of parts that have their own. */
static int
merge_runs(struct batch *b)
{
	struct runs **runs = arena_alloc(
		b->arena, (b->n_workers + b->n_parts) * sizeof(struct runs *));
	size_t n = 0;

	if (runs == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < b->n_workers; i++)
		runs[n++] = worker_runs(b->workers[i]);
	for (size_t i = 0; i < b->n_parts; i++)
		if (b->parts[i]->runs != NULL)
			runs[n++] = b->parts[i]->runs;
	return runs_merge_new(runs, n, &b->merge);
}

int
batch_read(struct batch *b)
{
	int err = read_inputs(b);

	b->counts.unreadable = b->inputs.unreadable;
	b->counts.left_out = b->inputs.left_out;
	if (err != 0)
		return err;
	take_ahead(b);
	return b->result == NULL ? merge_runs(b) : 0;
}

int64_t
batch_end_ns(const struct batch *b)
{
	return b->conf->until_ns != TIME_NONE ? b->conf->until_ns : b->counts.to_ns;
}

void
batch_count_windows(struct batch_counts *to, const struct correlate_counts *from)
{
	to->no_key = from->no_key;
	to->no_clock = from->no_clock;
	to->keys_full = from->full;
	to->keys_spilled = from->spills;
	to->keys_returned = from->returns;
	to->spill_failed = from->spill_failed;
}

size_t
batch_workers(const struct batch *b)
{
	return b->n_workers;
}

const struct batch_counts *
batch_counts(const struct batch *b)
{
	return &b->counts;
}

const struct source_table *
batch_sources(const struct batch *b)
{
	return b->sources;
}
