/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define CHUNK_BYTES ((size_t)512 * 1024)

struct worker {
	struct worker_shared *shared; /* borrowed */
	struct evaluate *evaluate;
	struct runs *runs;
};

struct worker *
worker_new(struct worker_shared *shared)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->shared = shared;
	w->evaluate = evaluate_new(shared->rules, shared->prefilter);
	w->runs = runs_new(shared->memory, shared->temp_dir_z);
	if (w->evaluate == NULL || w->runs == NULL) {
		worker_free(&w);
		return NULL;
	}
	evaluate_set_key(w->evaluate, shared->redact_key);
	evaluate_set_quarantine(w->evaluate, shared->quarantine);
	evaluate_set_range(w->evaluate, shared->since_ns, shared->until_ns);
	return w;
}

void
worker_free(struct worker **pw)
{
	struct worker *w = *pw;

	*pw = NULL;
	if (w == NULL)
		return;
	if (w->evaluate != NULL)
		evaluate_free(&w->evaluate);
	if (w->runs != NULL)
		runs_free(&w->runs);
	free(w);
}

struct runs *
worker_runs(struct worker *w)
{
	return w->runs;
}

const struct evaluate *
worker_evaluate(const struct worker *w)
{
	return w->evaluate;
}

/* The span of what was read: lines in a pipe come pod after pod, not by time. */
static void
widen(struct worker_file *f, int64_t at_ns)
{
	if (at_ns == TIME_NONE)
		return;
	if (f->first_ns == TIME_NONE || at_ns < f->first_ns)
		f->first_ns = at_ns;
	if (f->last_ns == TIME_NONE || at_ns > f->last_ns)
		f->last_ns = at_ns;
}

static int
take_records(struct worker *w, struct decoder *d, struct worker_file *f)
{
	struct record *r;
	int err = 0;

	while (err == 0 && (r = decoder_next(d)) != NULL) {
		const struct match *m;
		size_t n_cues;
		const uint32_t *cues = decoder_cues(d, &n_cues);
		size_t n = evaluate_record(w->evaluate, r, cues, n_cues, &m);

		/* Not every record: which are looked at depends on the rules. */
		if (n > 0 && r->quality == TIME_WRITTEN)
			widen(f, r->at_ns);
		for (size_t i = 0; i < n && err == 0; i++) {
			f->undated += m[i].quality == TIME_FILE_DATE;
			err = runs_add(w->runs, &m[i]);
		}
	}
	return err;
}

static int
pump(struct worker *w, struct decoder *d, struct worker_file *f)
{
	evaluate_nominate(w->evaluate, d);
	return take_records(w, d, f);
}

/* The bytes that were read to find out what it is. */
static int
feed_first(struct worker *w, struct decoder *d, struct worker_file *f)
{
	struct str rest = f->first;
	int err = 0;

	while (rest.len > 0 && err == 0) {
		size_t cap;
		char *room = decoder_space(d, &cap);
		size_t n = rest.len < cap ? rest.len : cap;

		memcpy(room, rest.ptr, n);
		rest = str_sub(rest, n, rest.len);
		decoder_filled(d, n);
		err = pump(w, d, f);
	}
	return err;
}

static int
read_all(struct worker *w, struct decoder *d, struct reader *in, struct worker_file *f)
{
	size_t chunk = w->shared->chunk ? w->shared->chunk : CHUNK_BYTES;
	int err = feed_first(w, d, f);

	while (err == 0 && atomic_load(&w->shared->failed) == 0) {
		size_t cap;
		char *room = decoder_space(d, &cap);
		ssize_t n = reader_read(in, room, cap < chunk ? cap : chunk);

		if (n <= 0) {
			f->error = (int)n;
			break;
		}
		atomic_fetch_add_explicit(
			&w->shared->bytes_read, (uint64_t)n, memory_order_relaxed);
		decoder_filled(d, (size_t)n);
		err = pump(w, d, f);
	}
	if (err != 0)
		return err;
	decoder_finish(d);
	return pump(w, d, f);
}

static int
decode_file(struct worker *w, struct reader *in, struct worker_file *f)
{
	struct decoder_conf conf = { .sources = w->shared->sources,
		.name = str_z(f->path_z),
		.format = w->shared->format,
		.zone = w->shared->zone,
		.date_ns = reader_date_ns(in),
		.date_quality = TIME_FILE_DATE };
	struct decoder *d;
	int err;

	if (conf.date_ns == TIME_NONE)
		conf.date_ns = clock_wall_ns();
	memcpy(conf.label, f->label, sizeof(conf.label));
	d = decoder_new(&conf);
	if (d == NULL)
		return -ENOMEM;
	err = read_all(w, d, in, f);
	f->counts = *decoder_counts(d);
	widen(f, decoder_first_time(d));
	widen(f, decoder_last_time(d));
	decoder_free(&d);
	return err;
}

int
worker_read(struct worker *w, struct worker_file *f)
{
	struct reader *in = f->reader;
	int err;

	f->first_ns = f->last_ns = TIME_NONE;
	if (in == NULL)
		f->error = reader_open(f->path_z, &in);
	if (f->error != 0)
		return 0;
	err = decode_file(w, in, f);
	reader_close(&in);
	f->reader = NULL;
	return err;
}
