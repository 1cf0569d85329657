/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_BYTES ((size_t)64 * 1024)

/* buf begins with first. */
static void
feed_objects(struct batch *b, struct worker_file *f, struct reader *in, char *buf,
	size_t n_first)
{
	ssize_t n = (ssize_t)n_first;

	while (n > 0) {
		objects_feed(
			b->objects, str_z(f->path_z), (struct str){ buf, (size_t)n });
		b->counts.bytes += (size_t)n;
		atomic_fetch_add(&b->shared.bytes_read, (uint64_t)n);
		n = reader_read(in, buf, LOOK_BYTES);
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
look_at(struct batch *b, struct worker_file *f, char *buf)
{
	struct reader *in = NULL;
	struct str first;
	ssize_t n;

	n = inputs_open(&b->inputs, f, buf, LOOK_BYTES, &in);
	if (n < 0)
		return 0;
	b->counts.files++;
	first = (struct str){ buf, (size_t)n };
	if (is_objects(b, first)) {
		feed_objects(b, f, in, buf, first.len);
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

int
look_at_inputs(struct batch *b)
{
	struct inputs *in = &b->inputs;
	int err = 0;
	char *buf = malloc(LOOK_BYTES);

	b->logs = arena_alloc(b->arena, (in->n + 1) * sizeof(b->logs[0]));
	if (b->logs == NULL || buf == NULL)
		err = -ENOMEM;
	for (size_t i = 0; i < in->n && err == 0; i++)
		if (in->all[i].error == 0)
			err = look_at(b, &in->all[i], buf);
	free(buf);
	return err;
}

/* The objects from r on. */
static int
match_objects(struct batch *b, struct record *r)
{
	struct evaluate *e = evaluate_new(b->rules, NULL);
	int err = 0;

	if (e == NULL)
		return -ENOMEM;
	evaluate_set_key(e, b->conf->redact_key);
	evaluate_set_quarantine(e, b->quarantine);
	evaluate_set_range(e, b->conf->since_ns, b->conf->until_ns);
	for (; err == 0 && r != NULL; r = objects_next(b->objects)) {
		const struct match *m;
		size_t n = evaluate_record(e, r, NULL, 0, &m);

		batch_widen(b, r->at_ns, r->at_ns);
		b->counts.records++;
		for (size_t i = 0; i < n && err == 0; i++)
			err = runs_add(worker_runs(b->workers[0]), &m[i], NULL);
	}
	for (uint32_t k = 0; k < b->rules->n_rules; k++)
		b->errors[k] = evaluate_errors(e, k);
	evaluate_free(&e);
	return err;
}

int
look_match(struct batch *b)
{
	const struct objects_counts *oc;
	struct record *first;
	int err = 0;

	objects_settle(b->objects);
	first = objects_next(b->objects);
	if (first != NULL)
		err = match_objects(b, first);
	oc = objects_counts(b->objects);
	b->counts.events = oc->events;
	b->counts.pods = oc->pods;
	b->counts.bad_documents = oc->bad;
	return err;
}
