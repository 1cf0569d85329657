/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recall.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/time.h"
#include "engine/checkpoint.h"

#define ITEMS_PER_SIGHTING 2 /* an event, and the thing that happens */
#define WORKLOAD_BYTES     ((size_t)64 << 10)

struct recall {
	struct store *store;          /* borrowed */
	struct source_table *sources; /* borrowed */
	struct past *past;
	uint64_t workloads;     /* news of the table that are in the store */
	uint64_t max_workloads; /* rows: the oldest are written over */
};

/* One row: 0, -EINVAL (it is of no use) or -ENOMEM. */
static int
take_row(struct recall *r, int part, uint64_t id, struct str bytes)
{
	struct workload_row w;

	if (part == PART_PAST)
		return past_restore(r->past, id, bytes);
	if (!workload_decode(bytes, &w))
		return -EINVAL;
	source_table_restore(r->sources, &w);
	return 0;
}

static int
take_rows(struct recall *r, int part, uint64_t *n, uint64_t *useless)
{
	struct store_query *q = store_checkpoint(r->store, part);
	struct str bytes;
	uint64_t id;
	int err = 0;

	*n = *useless = 0;
	if (q == NULL)
		return -EIO;
	while (err == 0 && store_next_checkpoint(q, &id, &bytes)) {
		err = take_row(r, part, id, bytes);
		*n += 1;
		*useless += err == -EINVAL;
		err = err == -EINVAL ? 0 : err;
	}
	if (err == 0 && store_query_failed(q))
		err = -EIO;
	store_query_free(&q);
	return err;
}

/* What was seen may count once more. */
static int
tell_lost(struct recall *r, uint64_t rows)
{
	struct gap_row g = { .from_ns = TIME_NONE,
		.to_ns = TIME_NONE,
		.source = STR("events and pods"),
		.reason = STR("state_lost"),
		.detail = STR("what was seen before is not known: it may count again"),
		.n = rows };

	log_error("input",
		"events and pods: %llu rows of what was seen before cannot be used: it may "
		"count again",
		(unsigned long long)rows);
	return store_put_gap(r->store, &g);
}

/* A part of which a row is of no use is written anew, as far as it is known. */
static int
restore(struct recall *r)
{
	uint64_t n, useless;
	int err = take_rows(r, PART_WORKLOADS, &n, &useless);
	uint64_t last = n > 0 ? n - 1 : 0;
	struct workload_row w;

	if (err == 0 && (n > r->max_workloads || useless > 0 ||
				(n > 0 && !source_table_workload(r->sources, &last, &w))))
		err = store_del_checkpoint(r->store, PART_WORKLOADS);
	else
		r->workloads = n;
	if (err == 0)
		err = take_rows(r, PART_PAST, &n, &useless);
	if (err != 0 || useless == 0)
		return err;
	past_touch(r->past);
	err = store_del_checkpoint(r->store, PART_PAST);
	return err != 0 ? err : tell_lost(r, useless);
}

int
recall_open(struct store *s, struct source_table *sources, size_t max_sightings,
	struct hash_key key, struct recall **out)
{
	struct recall *r = calloc(1, sizeof(*r));
	int err = -ENOMEM;

	*out = NULL;
	if (r == NULL)
		return err;
	r->store = s;
	r->sources = sources;
	r->max_workloads = max_sightings;
	r->past = past_new(max_sightings * ITEMS_PER_SIGHTING, key);
	if (r->past != NULL)
		err = restore(r);
	if (err != 0)
		recall_free(&r);
	*out = r;
	return err;
}

void
recall_free(struct recall **pr)
{
	struct recall *r = *pr;

	*pr = NULL;
	if (r == NULL)
		return;
	if (r->past != NULL)
		past_free(&r->past);
	free(r);
}

struct past *
recall_past(struct recall *r)
{
	return r->past;
}

static int
put(struct recall *r, int part, uint64_t id, struct buf *bytes)
{
	int err = buf_failed(bytes)
			  ? -ENOMEM
			  : store_put_checkpoint(r->store, part, id, buf_str(bytes));

	buf_reset(bytes);
	return err;
}

int
recall_save(struct recall *r)
{
	struct workload_row w;
	struct buf bytes;
	uint64_t row, n = r->workloads;
	int err = 0;

	buf_init(&bytes, WORKLOAD_BYTES);
	while (err == 0 && past_changed(r->past, &row, &bytes))
		err = put(r, PART_PAST, row, &bytes);
	while (err == 0 && source_table_workload(r->sources, &n, &w)) {
		workload_encode(&w, &bytes);
		err = put(r, PART_WORKLOADS, (n - 1) % r->max_workloads, &bytes);
		r->workloads = n;
	}
	buf_fini(&bytes);
	return err;
}
