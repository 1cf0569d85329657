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
#include "input/tree.h"
#include "pipeline/gaps.h"
#include "pipeline/progress.h"
#include "pipeline/settle.h"
#include "pipeline/worker.h"

#define FILES_MAX          ((size_t)200000)
#define SIGHTINGS_MAX      ((size_t)1000000)
#define SOURCES_MAX        ((size_t)200000)
#define KEYS_DEFAULT       ((size_t)100000)
#define MEMORY_DEFAULT     ((size_t)48 << 20)
#define LOOK_BYTES         ((size_t)64 * 1024)
#define PATHS_BYTES        ((size_t)256 << 20)
#define JOBS_MAX           64
#define MATCHES_PER_COMMIT 20000

struct batch {
	const struct batch_conf *conf; /* borrowed */
	const struct ruleset *rules;   /* borrowed */
	struct arena *arena;
	struct source_table *sources;
	struct prefilter *prefilter;
	struct worker_shared shared;
	struct worker *workers[JOBS_MAX];
	size_t n_workers;
	struct worker_file **files; /* logs, in the arena */
	struct worker_file *all;
	size_t n_all, cap_all, n_logs;
	char *look; /* LOOK_BYTES, for one file after the other */
	struct objects *objects;
	struct quarantine *quarantine;
	uint64_t *errors; /* of regexes, by rule; in the arena */
	struct queue *queue;
	struct runs_merge *merge;
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
	b->shared.format = b->conf->format;
	b->shared.chunk = b->conf->chunk;
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
	b->quarantine = quarantine_new(rs);
	b->look = malloc(LOOK_BYTES);
	if (b->arena != NULL)
		b->errors = arena_alloc(b->arena, (rs->n_rules + 1) * sizeof(*b->errors));
	if (b->errors == NULL || b->quarantine == NULL || b->arena == NULL ||
		b->sources == NULL || b->prefilter == NULL || b->look == NULL)
		goto fail;
	b->objects = objects_new(b->sources, SIGHTINGS_MAX, false);
	if (b->objects == NULL || !make_workers(b))
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
	for (size_t i = 0; i < b->n_workers; i++)
		worker_free(&b->workers[i]);
	if (b->objects != NULL)
		objects_free(&b->objects);
	if (b->prefilter != NULL)
		prefilter_free(&b->prefilter);
	if (b->quarantine != NULL)
		quarantine_free(&b->quarantine);
	for (size_t i = 0; i < b->n_all; i++)
		if (b->all[i].reader != NULL)
			reader_close(&b->all[i].reader);
	source_table_free(&b->sources);
	arena_free(&b->arena);
	free(b->look);
	free(b);
}

/* Labels given by options win over what the path tells. */
static void
apply_labels(const struct batch *b, struct worker_file *f)
{
	for (size_t i = 0; i < b->conf->n_labels; i++) {
		const struct batch_label *l = &b->conf->labels[i];

		if (l->path_z == NULL || strcmp(l->path_z, f->path_z) == 0)
			f->label[l->label] = l->value;
	}
}

static void
unreadable(struct batch *b, const char *path_z, int err)
{
	log_error("input", "%s: %s", path_z, strerror(-err));
	b->counts.unreadable++;
}

static int
grow_all(struct batch *b, size_t more)
{
	struct worker_file *p;
	size_t cap = 2 * b->cap_all + more;

	if (b->n_all + more <= b->cap_all)
		return 0;
	p = arena_alloc(b->arena, cap * sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	if (b->n_all > 0)
		memcpy(p, b->all, b->n_all * sizeof(*p));
	b->all = p;
	b->cap_all = cap;
	return 0;
}

/* read_err: why it, or something below it, could not be read. */
static int
add_file(struct batch *b, const char *path_z, const struct str *label, int read_err)
{
	int err = grow_all(b, 1);
	struct worker_file *f;

	if (err != 0)
		return err;
	f = &b->all[b->n_all++];
	*f = (struct worker_file){ .path_z = path_z,
		.error = read_err,
		.first_ns = TIME_NONE,
		.last_ns = TIME_NONE };
	if (label != NULL)
		memcpy(f->label, label, sizeof(f->label));
	return 0;
}

static int
list_path(struct batch *b, const char *path_z)
{
	struct tree tree = { 0 };
	size_t folders = 0;
	int err;

	if (strcmp(path_z, "-") == 0)
		return add_file(b, path_z, NULL, 0);
	err = tree_list(b->arena, path_z, FILES_MAX, &tree, &folders);
	if (err != 0) {
		unreadable(b, path_z, err);
		return err == -ENOMEM ? err : add_file(b, path_z, NULL, err);
	}
	b->counts.left_out += tree.left_out;
	b->counts.unreadable += folders;
	if (folders > 0)
		err = add_file(b, path_z, NULL, -EACCES);
	for (size_t i = 0; i < tree.n && err == 0; i++)
		err = add_file(b, tree.files[i].path_z, tree.files[i].label, 0);
	return err;
}

static int
by_path(const void *a, const void *b)
{
	const struct worker_file *x = a, *y = b;

	return strcmp(x->path_z, y->path_z);
}

/* The same file named twice is read once. */
static void
drop_twins(struct batch *b)
{
	size_t kept = 0;

	qsort(b->all, b->n_all, sizeof(b->all[0]), by_path);
	for (size_t i = 0; i < b->n_all; i++)
		if (kept == 0 || strcmp(b->all[kept - 1].path_z, b->all[i].path_z) != 0)
			b->all[kept++] = b->all[i];
	b->n_all = kept;
}

/*
 * Reads up to LOOK_BYTES; a pipe gives what it has, so ask until there is a whole line.
 * An error behind some bytes comes again with the next read.
 */
static ssize_t
read_first(struct reader *in, char *buf)
{
	size_t got = 0;

	while (got < LOOK_BYTES) {
		ssize_t n = reader_read(in, buf + got, LOOK_BYTES - got);

		if (n < 0 && got == 0)
			return n;
		if (n <= 0)
			break;
		got += (size_t)n;
		if (memchr(buf, '\n', got) != NULL)
			break;
	}
	return (ssize_t)got;
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
		unreadable(b, f->path_z, f->error);
}

static bool
is_objects(const struct batch *b, struct str first)
{
	return b->conf->format == FORMAT_OBJECTS ||
	       (b->conf->format == FORMAT_AUTO && decoder_look(first) == FORMAT_OBJECTS);
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

	apply_labels(b, f);
	f->error = reader_open(f->path_z, &in);
	if (f->error != 0) {
		unreadable(b, f->path_z, f->error);
		return 0;
	}
	n = read_first(in, b->look);
	if (n < 0) {
		f->error = (int)n;
		unreadable(b, f->path_z, f->error);
		reader_close(&in);
		return 0;
	}
	b->counts.files++;
	first = (struct str){ b->look, (size_t)n };
	if (is_objects(b, first)) {
		feed_objects(b, f, in, first);
		reader_close(&in);
		return 0;
	}
	b->files[b->n_logs++] = f;
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
			err = runs_add(worker_runs(b->workers[0]), &m[i]);
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
run_worker(void *p)
{
	struct run_arg *arg = p;
	struct worker_file *f;

	while ((f = queue_pop(arg->b->queue)) != NULL) {
		int err = worker_read(arg->worker, f);
		int none = 0;

		if (err != 0)
			atomic_compare_exchange_strong(
				&arg->b->shared.failed, &none, err);
	}
	return NULL;
}

static void
sum_up(struct batch *b)
{
	struct batch_counts *c = &b->counts;

	for (size_t i = 0; i < b->n_logs; i++) {
		const struct worker_file *f = b->files[i];

		c->bytes += f->counts.bytes;
		c->lines += f->counts.lines;
		c->records += f->counts.records;
		c->broken_lines += f->counts.broken_lines;
		c->cut_lines += f->counts.cut_lines;
		c->open_pieces += f->counts.open_pieces;
		c->undated += (uint64_t)f->undated;
		widen(b, f->first_ns, f->last_ns);
		if (f->error != 0)
			unreadable(b, f->path_z, f->error);
	}
	for (size_t i = 0; i < b->n_workers; i++)
		for (uint32_t k = 0; k < b->rules->n_rules; k++)
			b->errors[k] +=
				evaluate_errors(worker_evaluate(b->workers[i]), k);
	for (uint32_t k = 0; k < b->rules->n_rules; k++) {
		if (quarantine_is_out(b->quarantine, k))
			b->errors[k] = 0; /* as many as there were until then */
		c->regex_errors += b->errors[k];
	}
	c->rules_off = quarantine_rules(b->quarantine);
	quarantine_tell(b->quarantine);
}

/* Largest files first would balance better; paths in order keep the disk quiet. */
static int
read_logs(struct batch *b)
{
	pthread_t threads[JOBS_MAX];
	struct run_arg args[JOBS_MAX];
	size_t started = 0;
	int err = 0;

	b->queue = queue_new("files", b->n_logs + 1);
	if (b->queue == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < b->n_logs; i++)
		if (!queue_push(b->queue, b->files[i]))
			err = -ECANCELED;
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
	int err = 0;

	drop_twins(b);
	b->files = arena_alloc(b->arena, (b->n_all + 1) * sizeof(b->files[0]));
	if (b->files == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < b->n_all && err == 0; i++)
		if (b->all[i].error == 0)
			err = look_at(b, &b->all[i]);
	return err;
}

/* When nothing at all could be read: why the first could not. */
static int
nothing_read(const struct batch *b)
{
	for (size_t i = 0; i < b->n_all && b->counts.files == 0; i++)
		if (b->all[i].error != 0)
			return b->all[i].error;
	return 0;
}

int
batch_read(struct batch *b)
{
	struct runs *runs[JOBS_MAX];
	struct patience *patience = NULL;
	int err = 0;

	for (size_t i = 0; i < b->conf->n_paths && err == 0; i++)
		err = list_path(b, b->conf->paths_z[i]);
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
	if (err != 0)
		return err;
	sum_up(b);
	for (size_t i = 0; i < b->n_workers; i++)
		runs[i] = worker_runs(b->workers[i]);
	return runs_merge_new(runs, b->n_workers, &b->merge);
}

int
batch_next_match(struct batch *b, struct match *out)
{
	int got = 0;

	do {
		if (b->merge != NULL)
			got = runs_merge_next(b->merge, out);
	} while (got == 1 && quarantine_is_out(b->quarantine, out->rule));
	b->counts.matches += got == 1;
	return got;
}

/* What the input did not tell goes into the store before the first incident is judged. */
static int
write_gaps(struct batch *b, struct store *store)
{
	int err = 0;

	for (size_t i = 0; i < b->n_all && err == 0; i++)
		err = gaps_of_file(store, &b->all[i]);
	return err != 0 ? err : gaps_of_rules(store, b->rules, b->quarantine, b->errors);
}

/* A file that ended in an error cannot vouch that something did not happen. */
static void
tell_gaps(const struct batch *b, struct correlator *c)
{
	for (size_t i = 0; i < b->n_all; i++) {
		const struct worker_file *f = &b->all[i];

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
		err = got < 0 ? got : settle_match(s, &m);
	if (err == 0)
		err = write_gaps(b, store);
	if (err == 0)
		err = gaps_complete(store, b->counts.from_ns, now_ns);
	if (err == 0 && now_ns != TIME_NONE)
		err = settle_end(s, now_ns, &not_judged);
	b->counts.not_judged = not_judged;
	return err;
}

int
batch_settle(struct batch *b, struct store *store)
{
	struct correlate_conf cc = { .max_keys = b->conf->max_keys ? b->conf->max_keys
								   : KEYS_DEFAULT };
	struct incidents_conf ic = { .max_open = 10000,
		.max_values = 10000,
		.destinations = b->conf->destinations,
		.n_destinations = b->conf->n_destinations,
		.wall_ns = clock_wall_ns };
	int64_t now_ns =
		b->conf->until_ns != TIME_NONE ? b->conf->until_ns : b->counts.to_ns;
	struct correlator *c;
	struct incidents *i;
	struct settle *s = NULL;
	int err = -ENOMEM;

	cc.max_entries = 20 * cc.max_keys;
	c = correlator_new(b->rules, &cc);
	i = incidents_new(b->rules, b->sources, store, &ic);
	if (c != NULL && i != NULL) {
		tell_gaps(b, c);
		s = settle_new(c, i, store, MATCHES_PER_COMMIT);
	}
	if (s != NULL)
		err = settle_all(b, s, store, now_ns);
	if (s != NULL && err == 0) {
		const struct correlate_counts *counts = correlator_counts(c);

		b->counts.no_key = counts->no_key;
		b->counts.no_clock = counts->no_clock;
		b->counts.keys_full = counts->full;
		err = store_put_meta_i64(
			store, STR("not_judged"), (int64_t)b->counts.not_judged);
		if (err == 0)
			err = store_commit(store);
	}
	if (err == 0)
		err = store_finish(store);
	if (s != NULL)
		settle_free(&s);
	if (i != NULL)
		incidents_free(&i);
	if (c != NULL)
		correlator_free(&c);
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
