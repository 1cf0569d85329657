/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/settle.h"

#include <stdlib.h>

struct settle {
	struct correlator *correlator; /* borrowed */
	struct incidents *incidents;   /* borrowed */
	struct store *store;           /* borrowed */
	size_t since_commit, per_commit;
};

struct settle *
settle_new(
	struct correlator *c, struct incidents *i, struct store *store, size_t per_commit)
{
	struct settle *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->correlator = c;
	s->incidents = i;
	s->store = store;
	s->per_commit = per_commit;
	if (store_begin(store) != 0) {
		free(s);
		return NULL;
	}
	return s;
}

void
settle_free(struct settle **ps)
{
	free(*ps);
	*ps = NULL;
}

/* Outcomes reach the incidents each at its own time. */
static int
take_outcomes(struct settle *s)
{
	struct outcome o;
	int err = 0;

	while (err == 0 && correlator_next(s->correlator, &o)) {
		err = incidents_advance(s->incidents, o.at_ns);
		if (err == 0)
			err = incidents_outcome(s->incidents, &o);
	}
	return err;
}

int
settle_advance(struct settle *s, int64_t at_ns)
{
	int err = correlator_advance(s->correlator, at_ns) ? take_outcomes(s) : 0;

	return err != 0 ? err : incidents_advance(s->incidents, at_ns);
}

/* A match of a file's date says nothing of when: it moves no clock and no window. */
static int
undated(struct settle *s, const struct match *m)
{
	return incidents_match(s->incidents, m, MATCH_LATE);
}

int
settle_match(struct settle *s, const struct match *m, bool arrived)
{
	int err;

	if (m->quality == TIME_FILE_DATE)
		err = undated(s, m);
	else {
		err = settle_advance(s, m->at_ns);
		if (err == 0)
			err = incidents_match(s->incidents, m,
				arrived ? MATCH_ARRIVED : MATCH_IN_ORDER);
		if (err == 0 && correlator_match(s->correlator, m))
			err = take_outcomes(s);
	}
	if (err == 0 && ++s->since_commit == s->per_commit)
		err = settle_commit(s);
	return err;
}

int
settle_end(struct settle *s, int64_t now_ns, size_t *not_judged)
{
	int err;

	*not_judged = correlator_end(s->correlator, now_ns);
	err = take_outcomes(s);
	return err != 0 ? err : incidents_end(s->incidents, now_ns, not_judged);
}

int
settle_commit(struct settle *s)
{
	int err = store_commit(s->store);

	s->since_commit = 0;
	return err != 0 ? err : store_begin(s->store);
}
