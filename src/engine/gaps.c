/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gaps.h"

#include <errno.h>
#include <stdlib.h>

#include "base/time.h"
#include "input/reader.h"

static int
put(struct store *s, const struct worker_file *f, struct str reason, const char *detail_z,
	uint64_t n)
{
	struct gap_row g = { .from_ns = f->first_ns,
		.to_ns = f->last_ns,
		.source = str_z(f->path_z),
		.reason = reason,
		.detail = str_z(detail_z),
		.n = n };

	return n == 0 ? 0 : store_put_gap(s, &g);
}

int
gaps_of_file(struct store *s, const struct worker_file *f)
{
	int err = 0;

	if (f->error != 0)
		err = put(s, f, STR("unreadable"), reader_why(f->error), 1);
	if (err == 0)
		err = put(s, f, STR("line_too_long"),
			"bytes behind the first MiB of a line", f->counts.cut_bytes);
	if (err == 0)
		err = put(s, f, STR("piece_without_end"),
			"log lines whose last piece is missing", f->counts.open_pieces);
	if (err == 0)
		err = put(s, f, STR("no_clock"),
			"matches without a time: no window counts them",
			(uint64_t)f->undated);
	return err;
}

static int
put_rule(struct store *s, const struct quarantine_case *c, bool out, struct str rule)
{
	struct gap_row g = { .from_ns = out ? TIME_NONE : c->at_ns,
		.to_ns = TIME_NONE,
		.reason = STR("rule_off"),
		.detail = rule,
		.n = 1 };

	if (!out)
		g.source = c->source;
	return store_put_gap(s, &g);
}

int
gaps_of_rules(struct store *s, const struct ruleset *rs, struct quarantine *q,
	const uint64_t *errors)
{
	struct quarantine_case c;
	int err = 0;

	for (size_t i = 0; err == 0 && quarantine_at(q, i, &c); i++)
		err = put_rule(
			s, &c, quarantine_is_out(q, c.rule), rs->rules[c.rule].name);
	for (uint32_t i = 0; err == 0 && i < rs->n_rules; i++) {
		struct gap_row g = { .from_ns = TIME_NONE,
			.to_ns = TIME_NONE,
			.reason = STR("regex_limit"),
			.detail = rs->rules[i].name,
			.n = errors[i] };

		if (errors[i] > 0)
			err = store_put_gap(s, &g);
	}
	return err;
}

static int
put_full(struct store *s, struct gap_row g)
{
	return g.n == 0 ? 0 : store_put_gap(s, &g);
}

int
gaps_of_windows(struct store *s, int64_t from_ns, int64_t to_ns, uint64_t n)
{
	return put_full(s,
		(struct gap_row){ .from_ns = from_ns,
			.to_ns = to_ns,
			.reason = STR("windows_full"),
			.detail = STR("keys and entries of windows that found no room"),
			.n = n });
}

int
gaps_of_volumes(struct store *s, int64_t from_ns, int64_t to_ns, uint64_t n)
{
	return put_full(s,
		(struct gap_row){ .from_ns = from_ns,
			.to_ns = to_ns,
			.reason = STR("volumes_full"),
			.detail = STR("sums of lines of more containers than the limit"),
			.n = n });
}

void
gaps_tell_rules(struct quarantine *q, struct correlator *c)
{
	struct quarantine_case off;

	for (size_t i = 0; quarantine_at(q, i, &off); i++)
		correlator_blind(c, off.rule,
			quarantine_is_out(q, off.rule) ? INT64_MIN : off.at_ns);
}

int
gaps_complete(struct store *s, int64_t from_ns, int64_t to_ns)
{
	int err = 0;

	if (from_ns != TIME_NONE)
		err = store_put_meta_i64(s, STR("complete_from"), from_ns);
	if (err == 0 && to_ns != TIME_NONE)
		err = store_put_meta_i64(s, STR("complete_to"), to_ns);
	return err;
}

static void
tell_engine(struct gaps_live *g)
{
	struct quarantine_case off;

	quarantine_tell(g->quarantine);
	for (size_t i = 0; quarantine_at(g->quarantine, i, &off); i++)
		engine_blind(g->engine, off.rule,
			quarantine_is_out(g->quarantine, off.rule) ? INT64_MIN
								   : off.at_ns);
}

static uint64_t
sum_errors(const struct gaps_live *g)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < g->rules->n_rules; i++)
		sum += evaluate_errors(g->evaluate, i);
	return sum;
}

int
gaps_live_rules(struct gaps_live *g)
{
	uint64_t changes = quarantine_changes(g->quarantine), sum = sum_errors(g);
	uint64_t *errors;
	int err;

	if (changes == g->changes && sum == g->errors)
		return 0;
	errors = calloc(g->rules->n_rules + 1, sizeof(*errors));
	if (errors == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->rules->n_rules; i++)
		errors[i] = evaluate_errors(g->evaluate, i);
	tell_engine(g);
	err = gaps_of_rules(g->store, g->rules, g->quarantine, errors);
	free(errors);
	g->changes = changes;
	g->errors = sum;
	return err;
}

int
gaps_live_span(struct gaps_live *g, int64_t first_ns, int64_t last_ns)
{
	int64_t from_ns = store_meta_i64(g->store, STR("complete_from"), TIME_NONE);
	bool news = first_ns != TIME_NONE &&
		    (g->first_ns == TIME_NONE || first_ns < g->first_ns);

	if (news)
		g->first_ns = first_ns;
	if (!news || (from_ns != TIME_NONE && from_ns <= first_ns))
		first_ns = TIME_NONE;
	if (last_ns <= store_meta_i64(g->store, STR("complete_to"), TIME_NONE))
		last_ns = TIME_NONE;
	return gaps_complete(g->store, first_ns, last_ns);
}
