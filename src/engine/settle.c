/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/settle.h"

#include <stdlib.h>

#include "base/time.h"

struct settle {
	struct settle_conf conf;
	size_t since_commit;
	uint32_t calm_rule; /* incidents_calm() of it */
	int64_t calm_ns;    /* TIME_NONE: not asked */
	int64_t passed_ns;  /* of a match the incidents do not know of, or TIME_NONE */
};

struct settle *
settle_new(const struct settle_conf *conf)
{
	struct settle *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->conf = *conf;
	s->calm_ns = s->passed_ns = TIME_NONE;
	if (store_begin(s->conf.store) != 0) {
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

	while (err == 0 && correlator_next(s->conf.correlator, &o)) {
		err = incidents_advance(s->conf.incidents, o.at_ns);
		if (err == 0)
			err = incidents_outcome(s->conf.incidents, &o);
	}
	return err;
}

/* The incidents are told what time it is, before anything else. */
static int
catch_up(struct settle *s)
{
	int64_t at_ns = s->passed_ns;

	s->calm_ns = s->passed_ns = TIME_NONE;
	return at_ns != TIME_NONE ? incidents_advance(s->conf.incidents, at_ns) : 0;
}

int
settle_advance(struct settle *s, int64_t at_ns)
{
	int err = catch_up(s);

	if (err == 0 && correlator_advance(s->conf.correlator, at_ns))
		err = take_outcomes(s);
	return err != 0 ? err : incidents_advance(s->conf.incidents, at_ns);
}

/* A match of a file's date says nothing of when: it moves no clock and no window. */
static int
undated(struct settle *s, const struct match *m)
{
	int err = catch_up(s);

	return err != 0 ? err : incidents_match(s->conf.incidents, m, MATCH_LATE);
}

/* Until when matches of the rule are nothing to the incidents, if they add to windows. */
static int64_t
calm_until(struct settle *s, uint32_t rule)
{
	if (!s->conf.alone || !correlator_adds(s->conf.correlator, rule))
		return INT64_MIN;
	if (s->calm_ns == TIME_NONE || s->calm_rule != rule) {
		s->calm_rule = rule;
		s->calm_ns = incidents_calm(s->conf.incidents, rule);
	}
	return s->calm_ns;
}

/* Whether m was nothing to the incidents, and no more than a number to the windows. */
static bool
passes(struct settle *s, const struct match *m)
{
	if (m->at_ns > calm_until(s, m->rule) || !correlator_add(s->conf.correlator, m))
		return false;
	s->passed_ns = m->at_ns;
	return true;
}

/* It has its turn, in all that it does. */
static int
take(struct settle *s, const struct match *m, bool arrived)
{
	int err = settle_advance(s, m->at_ns);

	if (err == 0)
		err = incidents_match(
			s->conf.incidents, m, arrived ? MATCH_ARRIVED : MATCH_IN_ORDER);
	if (err == 0 && correlator_match(s->conf.correlator, m))
		err = take_outcomes(s);
	return err;
}

/* n more matches are settled. */
static int
count(struct settle *s, size_t n)
{
	s->since_commit += n;
	return s->conf.per_commit > 0 && s->since_commit >= s->conf.per_commit
		       ? settle_commit(s)
		       : 0;
}

int
settle_match(struct settle *s, const struct match *m, bool arrived)
{
	int err = 0;

	if (m->quality == TIME_FILE_DATE)
		err = undated(s, m);
	else if (!passes(s, m))
		err = take(s, m, arrived);
	return err != 0 ? err : count(s, 1);
}

int
settle_rows(
	struct settle *s, const struct match *like, struct value_rows *v, size_t *taken)
{
	int64_t calm_ns = calm_until(s, like->rule);
	int64_t until_ns = calm_ns < v->until_ns ? calm_ns : v->until_ns;

	*taken = correlator_add_rows(s->conf.correlator, like, v, until_ns);
	if (*taken == 0)
		return 0;
	s->passed_ns = v->last_ns;
	return count(s, *taken);
}

int
settle_end(struct settle *s, int64_t now_ns, size_t *not_judged)
{
	int err = catch_up(s);

	*not_judged = correlator_end(s->conf.correlator, now_ns);
	if (err == 0)
		err = take_outcomes(s);
	return err != 0 ? err : incidents_end(s->conf.incidents, now_ns, not_judged);
}

int
settle_commit(struct settle *s)
{
	int err = store_commit(s->conf.store);

	s->since_commit = 0;
	return err != 0 ? err : store_begin(s->conf.store);
}
