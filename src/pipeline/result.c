/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/result.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/gaps.h"
#include "engine/settle.h"
#include "engine/spillfile.h"

#define KEYS_DEFAULT       ((size_t)100000)
#define OPEN_MAX_INCIDENTS 10000
#define VALUES_MAX         10000 /* of one incident */
#define MATCHES_PER_COMMIT 20000

struct result {
	struct store *store;
	struct spillfile *spill;
	struct correlator *correlator;
	struct incidents *incidents;
	struct settle *settle;
};

static bool
make(struct result *r, const struct batch *b)
{
	const struct batch_conf *conf = b->conf;
	struct correlate_conf cc = { .max_keys = conf->max_keys ? conf->max_keys
								: KEYS_DEFAULT };
	struct incidents_conf ic = { .max_open = OPEN_MAX_INCIDENTS,
		.max_values = VALUES_MAX,
		.destinations = conf->destinations,
		.n_destinations = conf->n_destinations,
		.routes = conf->routes,
		.late_rows = true,
		.wall_ns = clock_wall_ns };

	r->spill = spillfile_new(conf->temp_dir_z, NULL, conf->spill_bytes);
	if (r->spill == NULL)
		return false;
	cc.max_entries = 20 * cc.max_keys;
	cc.spill = spillfile_spill(r->spill);
	r->incidents = incidents_new(b->rules, b->sources, r->store, &ic);
	if (r->incidents == NULL)
		return false;
	cc.asked = incidents_asked(r->incidents);
	r->correlator = correlator_new(b->rules, &cc);
	if (r->correlator != NULL)
		r->settle = settle_new(&(struct settle_conf){ .correlator = r->correlator,
			.incidents = r->incidents,
			.store = r->store,
			.per_commit = MATCHES_PER_COMMIT,
			.alone = true });
	return r->settle != NULL;
}

int
result_new(const struct batch *b, struct result **out)
{
	struct result *r = calloc(1, sizeof(*r));
	struct store *s;
	int err;

	if (r == NULL)
		return -ENOMEM;
	err = store_open(b->conf->store_path_z, STORE_REPLACE, true, &r->store);
	if (err == 0 && !make(r, b))
		err = -ENOMEM;
	if (err != 0) {
		s = result_free(&r);
		store_close(&s);
		return err;
	}
	*out = r;
	return 0;
}

struct store *
result_free(struct result **pr)
{
	struct result *r = *pr;
	struct store *s;

	*pr = NULL;
	if (r == NULL)
		return NULL;
	s = r->store;
	settle_free(&r->settle);
	if (r->incidents != NULL)
		incidents_free(&r->incidents);
	if (r->correlator != NULL)
		correlator_free(&r->correlator);
	spillfile_free(&r->spill);
	free(r);
	return s;
}

/* A file that ended in an error cannot vouch that something did not happen. */
void
result_gaps(struct result *r, const struct batch *b)
{
	for (size_t i = 0; i < b->inputs.n; i++) {
		const struct worker_file *f = &b->inputs.all[i];

		if (f->error != 0)
			correlator_gap(r->correlator,
				f->last_ns != TIME_NONE ? f->last_ns : INT64_MIN,
				INT64_MAX);
	}
	gaps_tell_rules(b->quarantine, r->correlator);
}

int
result_match(struct result *r, const struct match *m)
{
	return settle_match(r->settle, m, false);
}

int
result_rows(
	struct result *r, const struct match *like, struct value_rows *v, size_t *taken)
{
	return settle_rows(r->settle, like, v, taken);
}

/* What the input did not tell goes into the store before the first incident is judged. */
static int
put_gaps(struct result *r, const struct batch *b)
{
	int err = 0;

	for (size_t i = 0; i < b->inputs.n && err == 0; i++)
		err = gaps_of_file(r->store, &b->inputs.all[i]);
	if (err == 0)
		err = gaps_of_rules(r->store, b->rules, b->quarantine, b->errors);
	if (err == 0)
		err = gaps_complete(r->store, b->counts.from_ns, batch_end_ns(b));
	return err;
}

static void
count_windows(struct batch *b, const struct result *r)
{
	batch_count_windows(&b->counts, correlator_counts(r->correlator));
	b->counts.volumes_full = volume_full(b->volume);
}

/* What had no room while it was judged, and what was not judged. */
static int
put_counts(struct result *r, const struct batch *b)
{
	const struct batch_counts *c = &b->counts;
	int64_t now_ns = batch_end_ns(b);
	int err = gaps_of_windows(r->store, c->from_ns, now_ns, c->keys_full);

	if (err == 0)
		err = gaps_of_volumes(r->store, c->from_ns, now_ns, c->volumes_full);
	if (err == 0)
		err = store_put_meta_i64(
			r->store, STR("not_judged"), (int64_t)c->not_judged);
	return err;
}

int
result_end(struct result *r, struct batch *b)
{
	int64_t now_ns = batch_end_ns(b);
	size_t not_judged = 0;
	int err = put_gaps(r, b);

	if (err == 0 && now_ns != TIME_NONE)
		err = settle_end(r->settle, now_ns, &not_judged);
	b->counts.not_judged = not_judged;
	count_windows(b, r);
	if (err == 0)
		err = put_counts(r, b);
	return err != 0 ? err : store_commit(r->store);
}
