/* SPDX-License-Identifier: Apache-2.0 */
/* What was read, in its order: given out match by match, or settled into a store. */
#include <errno.h>

#include "pipeline/batch.h"
#include "pipeline/batch_state.h"
#include "pipeline/result.h"
#include "record/volume.h"

/* As batch_next_match(), before what comes of volumes; sums may be among them. */
static int
next_merged(struct batch *b, const struct match **out)
{
	int got = 0;

	do {
		if (b->merge != NULL)
			got = runs_merge_next(b->merge, out);
	} while (got == 1 && !volume_is_sum(*out) &&
		 quarantine_drops(b->quarantine, *out));
	return got;
}

/* The same with matches of volume records between them. */
static int
next_with_volumes(struct batch *b, const struct match **out)
{
	for (;;) {
		const struct match *m;

		if (!b->has_next)
			b->got_next = next_merged(b, &b->next);
		b->has_next = true;
		if (b->got_next < 0)
			return b->got_next;
		m = volume_next(
			b->volume, b->got_next == 1 ? b->next->at_ns : batch_end_ns(b));
		if (m == NULL && b->got_next == 0)
			return 0;
		b->has_next = m != NULL;
		if (m == NULL && volume_is_sum(b->next)) {
			if (!volume_add(b->volume, b->next))
				return -ENOMEM;
			continue;
		}
		*out = m != NULL ? m : b->next;
		return 1;
	}
}

int
batch_next_match(struct batch *b, const struct match **out)
{
	int got = b->shared.volumes ? next_with_volumes(b, out) : next_merged(b, out);

	b->counts.matches += got == 1;
	return got;
}

/* Rows behind m, given last, while nothing else can come between or drop them. */
static int
take_rows(struct batch *b, struct result *r, const struct match *m)
{
	struct value_rows *v = NULL;
	size_t n = 0;
	int err;

	if (b->merge != NULL && !b->shared.volumes &&
		quarantine_rules(b->quarantine) == 0)
		v = runs_merge_rows(b->merge);
	if (v == NULL)
		return 0;
	err = result_rows(r, m, v, &n);
	b->counts.matches += n;
	return err;
}

static int
settle_all(struct batch *b, struct result *r)
{
	const struct match *m;
	int got = 0, err = 0;

	result_gaps(r, b);
	while (err == 0 && (got = batch_next_match(b, &m)) != 0) {
		err = got < 0 ? got : result_match(r, m);
		if (err == 0)
			err = take_rows(b, r, m);
	}
	return err;
}

int
batch_settle(struct batch *b, struct store **out)
{
	struct result *r = b->result;
	int err = 0;

	*out = NULL;
	if (r == NULL) {
		r = b->opened;
		err = r == NULL ? result_new(b, &r) : 0;
		if (err != 0)
			return err;
		err = settle_all(b, r);
	}
	b->result = b->opened = NULL;
	if (err == 0)
		err = result_end(r, b);
	*out = result_free(&r);
	return err;
}
