/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/batch.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/queue.h"
#include "decode/objects.h"
#include "engine/gaps.h"
#include "engine/settle.h"
#include "engine/spillfile.h"
#include "engine/volume.h"
#include "pipeline/inputs.h"
#include "record/volume.h"
#include "worker/parts.h"
#include "worker/progress.h"
#include "worker/worker.h"

#define SIGHTINGS_MAX      ((size_t)1000000)
#define SOURCES_MAX        ((size_t)200000)
#define KEYS_DEFAULT       ((size_t)100000)
#define MEMORY_DEFAULT     ((size_t)12 << 20)
#define LOOK_BYTES         ((size_t)64 * 1024)
#define PATHS_BYTES        ((size_t)256 << 20)
#define JOBS_MAX           64
#define MATCHES_PER_COMMIT 20000

/* A file that is read by the workers. */
struct log_file {
	struct worker_file *file;
	struct worker_part *parts;
	size_t n_parts;
};

struct batch {
	const struct batch_conf *conf; /* borrowed */
	const struct ruleset *rules;   /* borrowed */
	struct arena *arena;
	struct source_table *sources;
	struct prefilter *prefilter;
	struct worker_shared shared;
	struct worker *workers[JOBS_MAX];
	size_t n_workers;
	struct inputs inputs;
	struct log_file *logs; /* in the arena */
	size_t n_logs;
	char *look; /* LOOK_BYTES, for one file after the other */
	struct objects *objects;
	struct past *past; /* of the objects */
	struct quarantine *quarantine;
	uint64_t *errors;       /* of regexes, by rule; in the arena */
	enum match_need *needs; /* by rule, in the arena; NULL: all of every match */
	struct queue *queue;
	struct runs_merge *merge;
	struct volume *volume;
	struct match next; /* of the merge, to come after what volume has */
	int got_next;      /* 1: it is there; 0: the merge is at its end, or an error */
	bool has_next;
	struct batch_counts counts;
};

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
	b->shared.needs = b->needs;
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
	b->needs = arena_alloc(b->arena, (b->rules->n_rules + 1) * sizeof(*b->needs));
	return b->needs != NULL && incidents_needs(b->rules, b->needs);
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
	b->sources = source_table_new(SOURCES_MAX);
	b->prefilter = prefilter_new(rs);
	b->quarantine = quarantine_new(rs, true);
	b->volume = volume_new(rs, 0);
	b->look = malloc(LOOK_BYTES);
	if (b->arena != NULL)
		b->errors = arena_alloc(b->arena, (rs->n_rules + 1) * sizeof(*b->errors));
	if (b->errors == NULL || b->quarantine == NULL || b->arena == NULL ||
		b->sources == NULL || b->prefilter == NULL || b->look == NULL ||
		b->volume == NULL)
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

void
batch_free(struct batch **pb)
{
	struct batch *b = *pb;

	*pb = NULL;
	if (b == NULL)
		return;
	if (b->merge != NULL)
		runs_merge_free(&b->merge);
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
	free(b->look);
	free(b);
}

/* first lies in b->look. */
static void
feed_objects(struct batch *b, struct worker_file *f, struct reader *in, struct str first)
{
	ssize_t n = (ssize_t)first.len;

	while (n > 0) {
		objects_feed(
			b->objects, str_z(f->path_z), (struct str){ b->look, (size_t)n });
		b->counts.bytes += (size_t)n;
		atomic_fetch_add(&b->shared.bytes_read, (uint64_t)n);
		n = reader_read(in, b->look, LOOK_BYTES);
	}
	objects_end(b->objects);
	f->error = (int)n;
	if (n < 0)
		inputs_tell(&b->inputs, f->path_z, f->error);
}

static bool
is_objects(const struct batch *b, struct str first)
{
	return b->conf->format == FORMAT_OBJECTS ||
	       (b->conf->format == FORMAT_AUTO && decoder_is_objects(first));
}

/*
 * Finds out what a file is: objects are read at once, logs wait for the workers. The
 * bytes looked at are kept for standard input, which cannot be opened again.
 */
static int
look_at(struct batch *b, struct worker_file *f)
{
	struct reader *in = NULL;
	struct str first;
	ssize_t n;

	n = inputs_open(&b->inputs, f, b->look, LOOK_BYTES, &in);
	if (n < 0)
		return 0;
	b->counts.files++;
	first = (struct str){ b->look, (size_t)n };
	if (is_objects(b, first)) {
		feed_objects(b, f, in, first);
		reader_close(&in);
		return 0;
	}
	b->logs[b->n_logs++].file = f;
	if (strcmp(f->path_z, "-") != 0) {
		reader_close(&in);
		return 0;
	}
	f->reader = in;
	f->first = arena_copy(b->arena, first);
	atomic_fetch_add(&b->shared.bytes_read, first.len);
	return f->first.ptr == NULL && first.len > 0 ? -ENOMEM : 0;
}

static void
widen(struct batch *b, int64_t from_ns, int64_t to_ns)
{
	if (from_ns != TIME_NONE &&
		(b->counts.from_ns == TIME_NONE || from_ns < b->counts.from_ns))
		b->counts.from_ns = from_ns;
	if (to_ns != TIME_NONE && to_ns > b->counts.to_ns)
		b->counts.to_ns = to_ns;
}

/* Objects are matched by the first worker's rules before it starts. */
static int
match_objects(struct batch *b)
{
	struct evaluate *e = evaluate_new(b->rules, NULL);
	const struct objects_counts *oc;
	struct record *r;
	int err = 0;

	if (e == NULL)
		return -ENOMEM;
	evaluate_set_key(e, b->conf->redact_key);
	evaluate_set_quarantine(e, b->quarantine);
	evaluate_set_range(e, b->conf->since_ns, b->conf->until_ns);
	objects_settle(b->objects);
	while (err == 0 && (r = objects_next(b->objects)) != NULL) {
		const struct match *m;
		size_t n = evaluate_record(e, r, NULL, 0, &m);

		widen(b, r->at_ns, r->at_ns);
		b->counts.records++;
		for (size_t i = 0; i < n && err == 0; i++)
			err = runs_add(worker_runs(b->workers[0]), &m[i], NULL);
	}
	for (uint32_t k = 0; k < b->rules->n_rules; k++)
		b->errors[k] = evaluate_errors(e, k);
	oc = objects_counts(b->objects);
	b->counts.events = oc->events;
	b->counts.pods = oc->pods;
	b->counts.bad_documents = oc->bad;
	evaluate_free(&e);
	return err;
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
	}
	worker_rest(arg->worker);
	return NULL;
}

/* Matches that nobody asks for were counted where they were found. */
static void
count_unmade(struct batch *b)
{
	for (uint32_t k = 0; b->needs != NULL && k < b->rules->n_rules; k++)
		for (size_t i = 0; b->needs[k] == NEED_COUNT && i < b->n_workers; i++)
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
		widen(b, f->first_ns, f->last_ns);
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

/* All parts of all logs wait in the queue. */
static int
plan(struct batch *b)
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
	b->queue = err == 0 ? queue_new("files", n + 1) : NULL;
	if (b->queue == NULL)
		return err != 0 ? err : -ENOMEM;
	for (size_t i = 0; i < b->n_logs; i++)
		for (size_t k = 0; k < b->logs[i].n_parts; k++)
			if (!queue_push(b->queue, &b->logs[i].parts[k]))
				err = -ECANCELED;
	return err;
}

/* Largest files first would balance better; paths in order keep the disk quiet. */
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
		err = -pthread_create(
			&threads[started], NULL, run_worker, &args[started]);
		started += err == 0;
	}
	if (b->conf->progress && err == 0)
		progress_watch(&b->shared.bytes_read, b->queue);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	while (queue_pop(b->queue) != NULL)
		;
	queue_free(&b->queue);
	return err != 0 ? err : atomic_load(&b->shared.failed);
}

static int
look_at_all(struct batch *b)
{
	struct inputs *in = &b->inputs;
	int err = 0;

	b->logs = arena_alloc(b->arena, (in->n + 1) * sizeof(b->logs[0]));
	if (b->logs == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < in->n && err == 0; i++)
		if (in->all[i].error == 0)
			err = look_at(b, &in->all[i]);
	return err;
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
	err = look_at_all(b);
	if (err == 0)
		err = match_objects(b);
	if (err == 0 && b->n_logs > 0)
		err = read_logs(b);
	patience_end(&patience);
	if (err == 0)
		err = nothing_read(b);
	if (err == 0)
		sum_up(b);
	return err;
}

int
batch_read(struct batch *b)
{
	struct runs *runs[JOBS_MAX];
	int err = read_inputs(b);

	b->counts.unreadable = b->inputs.unreadable;
	b->counts.left_out = b->inputs.left_out;
	if (err != 0)
		return err;
	for (size_t i = 0; i < b->n_workers; i++)
		runs[i] = worker_runs(b->workers[i]);
	return runs_merge_new(runs, b->n_workers, &b->merge);
}

/* The latest time there is. */
static int64_t
end_of_time(const struct batch *b)
{
	return b->conf->until_ns != TIME_NONE ? b->conf->until_ns : b->counts.to_ns;
}

/* As batch_next_match(), before what comes of volumes; sums may be among them. */
static int
next_merged(struct batch *b, struct match *out)
{
	int got = 0;

	do {
		if (b->merge != NULL)
			got = runs_merge_next(b->merge, out);
	} while (got == 1 && !volume_is_sum(out) && quarantine_drops(b->quarantine, out));
	return got;
}

/* The same with matches of volume records between them. */
static int
next_with_volumes(struct batch *b, struct match *out)
{
	for (;;) {
		const struct match *m;

		if (!b->has_next)
			b->got_next = next_merged(b, &b->next);
		b->has_next = true;
		if (b->got_next < 0)
			return b->got_next;
		m = volume_next(
			b->volume, b->got_next == 1 ? b->next.at_ns : end_of_time(b));
		if (m == NULL && b->got_next == 0)
			return 0;
		b->has_next = m != NULL;
		if (m == NULL && volume_is_sum(&b->next)) {
			if (!volume_add(b->volume, &b->next))
				return -ENOMEM;
			continue;
		}
		match_view(out, m != NULL ? m : &b->next);
		return 1;
	}
}

int
batch_next_match(struct batch *b, struct match *out)
{
	int got = b->shared.volumes ? next_with_volumes(b, out) : next_merged(b, out);

	b->counts.matches += got == 1;
	return got;
}

/* What the input did not tell goes into the store before the first incident is judged. */
static int
write_gaps(struct batch *b, struct store *store)
{
	int err = 0;

	for (size_t i = 0; i < b->inputs.n && err == 0; i++)
		err = gaps_of_file(store, &b->inputs.all[i]);
	return err != 0 ? err : gaps_of_rules(store, b->rules, b->quarantine, b->errors);
}

/* A file that ended in an error cannot vouch that something did not happen. */
static void
tell_gaps(const struct batch *b, struct correlator *c)
{
	for (size_t i = 0; i < b->inputs.n; i++) {
		const struct worker_file *f = &b->inputs.all[i];

		if (f->error != 0)
			correlator_gap(c,
				f->last_ns != TIME_NONE ? f->last_ns : INT64_MIN,
				INT64_MAX);
	}
	gaps_tell_rules(b->quarantine, c);
}

static int
settle_all(struct batch *b, struct settle *s, struct store *store, int64_t now_ns)
{
	struct match m;
	size_t not_judged = 0;
	int got;
	int err = 0;

	while (err == 0 && (got = batch_next_match(b, &m)) != 0)
		err = got < 0 ? got : settle_match(s, &m, false);
	if (err == 0)
		err = write_gaps(b, store);
	if (err == 0)
		err = gaps_complete(store, b->counts.from_ns, now_ns);
	if (err == 0 && now_ns != TIME_NONE)
		err = settle_end(s, now_ns, &not_judged);
	b->counts.not_judged = not_judged;
	return err;
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

static int
correlate(struct batch *b, struct store *store, struct correlator *c, struct incidents *i)
{
	int64_t now_ns = end_of_time(b);
	struct settle *s;
	int err;

	tell_gaps(b, c);
	s = settle_new(c, i, store, MATCHES_PER_COMMIT);
	if (s == NULL)
		return -ENOMEM;
	err = settle_all(b, s, store, now_ns);
	batch_count_windows(&b->counts, correlator_counts(c));
	b->counts.volumes_full = volume_full(b->volume);
	if (err == 0)
		err = gaps_of_windows(
			store, b->counts.from_ns, now_ns, b->counts.keys_full);
	if (err == 0)
		err = gaps_of_volumes(
			store, b->counts.from_ns, now_ns, b->counts.volumes_full);
	if (err == 0)
		err = store_put_meta_i64(
			store, STR("not_judged"), (int64_t)b->counts.not_judged);
	if (err == 0)
		err = store_commit(store);
	settle_free(&s);
	return err;
}

int
batch_settle(struct batch *b, struct store *store)
{
	struct spillfile *spill =
		spillfile_new(b->conf->temp_dir_z, NULL, b->conf->spill_bytes);
	struct correlate_conf cc = { .max_keys = b->conf->max_keys ? b->conf->max_keys
								   : KEYS_DEFAULT };
	struct incidents_conf ic = { .max_open = 10000,
		.max_values = 10000,
		.destinations = b->conf->destinations,
		.n_destinations = b->conf->n_destinations,
		.routes = b->conf->routes,
		.late_rows = true,
		.wall_ns = clock_wall_ns };
	struct correlator *c = NULL;
	struct incidents *i = incidents_new(b->rules, b->sources, store, &ic);
	int err = -ENOMEM;

	cc.max_entries = 20 * cc.max_keys;
	if (spill != NULL) {
		cc.spill = spillfile_spill(spill);
		c = correlator_new(b->rules, &cc);
	}
	if (c != NULL && i != NULL)
		err = correlate(b, store, c, i);
	if (err == 0)
		err = store_finish(store);
	if (i != NULL)
		incidents_free(&i);
	if (c != NULL)
		correlator_free(&c);
	spillfile_free(&spill);
	return err;
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
