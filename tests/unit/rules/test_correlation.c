/* SPDX-License-Identifier: Apache-2.0 */
/* Correlations and what they open. */
#include "base/time.h"
#include "kit.h"

static const struct correlation *
only(const struct ruleset *rs)
{
	static const struct correlation none;

	return rs == NULL ? &none : &rs->corrs[0];
}

static void
test_counts(void)
{
	struct ruleset *rs =
		kit_correlation("  type: value_count\n  rules: [a, b]\n"
				"  group-by: [namespace, who]\n  timespan: 5m\n"
				"  condition: {field: order_id, gte: 3, lt: 10}\n"
				"  aliases: {who: {a: order_id, b: ms}}\n");
	const struct correlation *c = only(rs);

	OK(c->type == CORR_VALUE_COUNT && c->n_refs == 2 && c->n_group_by == 2);
	OK(c->n_refs == 2 && kit_is(c->refs[0].fields[1], "order_id"));
	OK(c->n_refs == 2 && kit_is(c->refs[1].fields[1], "ms"));
	OK(c->n_refs == 2 && kit_is(c->refs[1].fields[0], "namespace"));
	OK(c->n_bounds == 2 && c->bounds[0].op == BOUND_GTE &&
		c->bounds[1].op == BOUND_LT);
	OK(c->timespan_ns == 5 * TIME_MIN && kit_is(c->field, "order_id"));
	OK(c->incident.present && c->incident.resolve_after_ns == 10 * TIME_MIN);
	OK(c->incident.lookback_ns == 10 * TIME_MIN && kit_is(c->incident.title, "C"));
	OK(rs != NULL && rs->rules[0].named && !rs->rules[2].named);
	ruleset_free(&rs);

	rs = kit_correlation("  type: value_percentile\n  rules: a\n  timespan: 250ms\n"
			     "  condition: {field: ms, percentile: 99.9, gt: 0.5}\n");
	c = only(rs);
	OK(c->min_samples == 20 && c->percentile > 99.8 && c->bounds[0].limit < 0.6);
	OK(c->timespan_ns == 250 * TIME_MS && kit_says("warning") && c->n_group_by == 0);
	ruleset_free(&rs);
}

static void
test_temporal(void)
{
	struct ruleset *rs =
		kit_correlation("  type: temporal_ordered\n  rules: [a, b, d]\n"
				"  group-by: [order_id]\n  timespan: 1h\n"
				"  condition: a and not (b or d)\n");
	const struct correlation *c = only(rs);

	OK(c->has_not && c->condition != NULL && c->condition->kind == NODE_AND);
	OK(c->n_refs == 3 && !c->refs[0].negated && c->refs[1].negated &&
		c->refs[2].negated);
	ruleset_free(&rs);

	rs = kit_correlation(
		"  type: temporal\n  timespan: 1h\n  condition: b and not a\n");
	c = only(rs);
	OK(c->n_refs == 2 && c->refs[0].rule == 1 && c->refs[1].rule == 0);
	ruleset_free(&rs);

	rs = kit_correlation("  type: temporal\n  rules: [a, b, d]\n  timespan: 1h\n"
			     "  condition: {gte: 2}\n");
	c = only(rs);
	OK(c->condition != NULL && c->condition->kind == NODE_OR && c->condition->n == 3);
	OK(c->n_bounds == 0);
	ruleset_free(&rs);

	rs = kit_correlation("  type: temporal\n  rules: [a, b, d]\n  timespan: 1h\n");
	OK(rs != NULL && only(rs)->condition == NULL);
	ruleset_free(&rs);
}

#define CHAIN                                                                   \
	"---\ntitle: E\nname: e\ncorrelation: {type: temporal, rules: [c, d], " \
	"timespan: 1h}\n"
#define INNER "  type: event_count\n  rules: [a]\n  timespan: 1h\n  condition: {gte: 2}\n"

static void
test_chain(void)
{
	struct ruleset *rs = kit_correlation(INNER CHAIN);

	OK(rs != NULL && rs->n_corrs == 2 && rs->corrs[0].depth == 0 &&
		rs->corrs[1].depth == 1);
	OK(rs != NULL && rs->corrs[1].refs[0].rule == CORRELATION_BIT);
	OK(rs != NULL && rs->corrs[0].named && !rs->corrs[0].incident.present);
	OK(rs != NULL && rs->corrs[1].incident.present);
	OK(rs != NULL && ruleset_find(rs, STR("e")) == (CORRELATION_BIT | 1));
	OK(rs != NULL && ruleset_find(rs, STR("b")) == 1);
	OK(rs != NULL && ruleset_find(rs, STR("zz")) == UINT32_MAX);
	OK(rs != NULL && kit_is(ruleset_name(rs, CORRELATION_BIT | 1), "e"));
	ruleset_free(&rs);

	rs = kit_correlation(INNER "generate: true\n" CHAIN);
	OK(rs != NULL && rs->corrs[0].incident.present);
	ruleset_free(&rs);
	rs = kit_correlation(INNER "  generate: true\n" CHAIN);
	OK(rs != NULL && rs->corrs[0].incident.present);
	ruleset_free(&rs);
}

static void
test_incident(void)
{
	struct ruleset *rs = kit_correlation(INNER
		"level: critical\nreferences: [http://r]\n"
		"incident:\n  title: '{count} of {order_id} {count:a}'\n  timeline: [a, b]\n"
		"  causes: [d, {rule: b, where: {service: payment, order_id: '{order_id}'}}]\n"
		"  hold: 30s\n  resolve-on: d\n  deaths: [a]\n  supersedes: [b]\n"
		"  lookback: 0s\nmarks: {order: failed, pod: dead, by: [ms]}\n");
	const struct incident_conf *i = &only(rs)->incident;

	OK(i->present && i->n_timeline == 2 && i->n_causes == 2 && i->n_deaths == 1);
	OK(i->n_causes == 2 && i->causes[0].n_where == 0 && i->causes[1].n_where == 2);
	OK(i->hold_ns == 30 * TIME_S && i->lookback_ns == 0 && i->n_resolve_on == 1);
	OK(i->n_supersedes == 1 && kit_is(i->runbook, "http://r"));
	OK(only(rs)->level == LEVEL_CRITICAL && only(rs)->n_marks == 2);
	OK(only(rs)->n_marks == 2 && kit_is(only(rs)->marks[1].state, "dead") &&
		only(rs)->marks[1].n_by == 1);
	OK(strcmp(kit_said, "") == 0);
	ruleset_free(&rs);
}

int
main(void)
{
	test_counts();
	test_temporal();
	test_chain();
	test_incident();
	kit_done();
	return tap_done();
}
