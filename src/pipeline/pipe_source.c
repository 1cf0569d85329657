/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipe_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/time.h"
#include "base/unpack.h"
#include "pipeline/equals.h"

#define STATE_VERSION 1
#define STATE_PIPE    'P'
#define PIPES_MAX     256

/* Of an earlier pipe, whose first time of now is not known yet. */
struct earlier {
	char *name_z; /* owned */
	uint64_t id;
	int64_t last_ns;
	bool ended;
};

struct pipe_source {
	struct store *store; /* borrowed */
	char *name_z;        /* owned */
	uint64_t id;
	uint64_t base;
	int64_t before_ns;
	struct earlier earlier[PIPES_MAX];
	size_t n_earlier;
	bool begun, begun_kept; /* now, and as of the last commit */
	struct equals *equals;  /* by ids of records */
};

/* The state in the store: version, kind, ended, last time. */
static void
put_state(struct buf *b, int64_t last_ns, bool ended)
{
	buf_add_char(b, STATE_VERSION);
	buf_add_char(b, STATE_PIPE);
	buf_add_char(b, ended ? 1 : 0);
	buf_add_varint(b, (uint64_t)last_ns);
}

/* False: not a pipe. */
static bool
read_state(struct str s, int64_t *last_ns, bool *ended)
{
	struct unpack in = { .rest = s };

	if (unpack_byte(&in) != STATE_VERSION || unpack_byte(&in) != STATE_PIPE)
		return false;
	*ended = unpack_byte(&in) != 0;
	*last_ns = unpack_cast(&in);
	return !in.bad;
}

static int
look_back(struct pipe_source *p)
{
	struct store_query *q = store_sources(p->store);
	struct source_row row;
	int err = 0;

	if (q == NULL)
		return -EIO;
	while (err == 0 && store_next_source(q, &row)) {
		struct earlier *e = &p->earlier[p->n_earlier];

		if (p->n_earlier == PIPES_MAX ||
			!read_state(row.state, &e->last_ns, &e->ended))
			continue;
		e->id = row.id;
		e->name_z = strndup(row.name.ptr, row.name.len);
		err = e->name_z == NULL ? -ENOMEM : 0;
		p->n_earlier++;
		if (row.id == p->id)
			p->base = row.offset;
		if (e->last_ns > p->before_ns)
			p->before_ns = e->last_ns;
	}
	if (err == 0 && store_query_failed(q))
		err = -EIO;
	store_query_free(&q);
	return err;
}

int
pipe_source_open(struct store *s, struct str name, struct pipe_source **out)
{
	struct pipe_source *p = calloc(1, sizeof(*p));
	int err;

	if (p == NULL)
		return -ENOMEM;
	p->store = s;
	p->id = hash_mix(hash_stable(name), STATE_PIPE);
	p->before_ns = TIME_NONE;
	p->name_z = strndup(name.ptr, name.len);
	p->equals = equals_new();
	err = p->name_z == NULL || p->equals == NULL ? -ENOMEM : look_back(p);
	if (err != 0)
		pipe_source_free(&p);
	else
		*out = p;
	return err;
}

void
pipe_source_free(struct pipe_source **pp)
{
	struct pipe_source *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_earlier; i++)
		free(p->earlier[i].name_z);
	equals_free(&p->equals);
	free(p->name_z);
	free(p);
}

void
pipe_source_set_store(struct pipe_source *p, struct store *s)
{
	p->store = s;
}

uint64_t
pipe_source_base(const struct pipe_source *p)
{
	return p->base;
}

int64_t
pipe_source_before(const struct pipe_source *p)
{
	return p->before_ns;
}

/*
 * What a killed reader had taken out of its pipe and not committed is lost even when the
 * next one begins earlier. One that came to its end lost nothing if the next one
 * overlaps.
 */
static int
put_gap(struct pipe_source *p, struct engine *en, const struct earlier *e,
	int64_t first_ns, bool quiet)
{
	int64_t to_ns =
		first_ns != TIME_NONE && first_ns < e->last_ns ? e->last_ns : first_ns;
	struct gap_row g = { .from_ns = e->last_ns,
		.to_ns = to_ns,
		.source = str_z(e->name_z),
		.reason = e->ended ? STR("pipe_ended") : STR("pipe_killed"),
		.detail = e->ended ? STR("nothing was read until the next pipe began")
				   : STR("the reader was killed before the pipe's end"),
		.n = 1 };
	struct buf at;
	int err;

	if (e->ended && first_ns != TIME_NONE && first_ns <= e->last_ns)
		return 0;
	err = store_put_gap(p->store, &g);
	if (err == 0)
		engine_gap(en, e->last_ns != TIME_NONE ? e->last_ns : INT64_MIN,
			to_ns != TIME_NONE ? to_ns : INT64_MAX);
	if (err == 0 && !quiet && !e->ended) {
		buf_init(&at, 256);
		if (e->last_ns != TIME_NONE)
			time_format(&at, e->last_ns, NULL, 3);
		fprintf(stderr,
			"gumshoe: %s: its last reader was killed%s%.*s; what came then may be missing\n",
			e->name_z, at.len > 0 ? " at " : "", STR_ARG(buf_str(&at)));
		buf_fini(&at);
	}
	return err;
}

int
pipe_source_begins(struct pipe_source *p, struct engine *e, int64_t first_ns, bool quiet)
{
	int err = 0;

	if (p->begun)
		return 0;
	p->begun = true;
	for (size_t i = 0; err == 0 && i < p->n_earlier; i++) {
		const struct earlier *x = &p->earlier[i];

		err = put_gap(p, e, x, first_ns, quiet);
		/* It is told: another start has not to tell it again. */
		if (err == 0 && x->id != p->id)
			err = store_del_source(p->store, x->id);
	}
	return err;
}

int
pipe_source_reached(struct pipe_source *p, struct engine *e, uint64_t bytes,
	int64_t last_ns, bool ended)
{
	struct source_row row = { .name = str_z(p->name_z),
		.id = p->id,
		.offset = p->base + bytes,
		.watermark_ns = engine_settled(e) };
	struct buf b;
	int err;

	if (!p->begun && p->n_earlier > 0)
		return 0; /* what the earlier one left is still to be told */
	if (last_ns < p->before_ns)
		last_ns = p->before_ns;
	buf_init(&b, 256);
	put_state(&b, last_ns, ended);
	row.state = buf_str(&b);
	err = buf_failed(&b) ? -ENOMEM : store_put_source(p->store, &row);
	buf_fini(&b);
	return err;
}

void
pipe_source_committed(struct pipe_source *p)
{
	p->begun_kept = p->begun;
	equals_keep(p->equals);
}

void
pipe_source_rolled_back(struct pipe_source *p)
{
	p->begun = p->begun_kept;
	equals_undo(p->equals);
}

uint64_t
pipe_source_record_id(struct pipe_source *p, const struct record *r)
{
	uint64_t id = hash_mix(
		hash_mix(r->source->id, (uint64_t)r->at_ns), hash_stable(r->message));

	return hash_mix(id, equals_count(p->equals, id));
}
