/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rule files say about incidents, turned round: for each rule, whose incidents
 * its matches extend or resolve; for each opener, its key, leaf rules and who supersedes
 * whom. Immutable once made. An opener is a correlation or a rule that opens incidents.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "record/outcome.h"
#include "rules/ruleset.h"

/* A rule whose matches belong to an opener's incidents. */
struct plan_link {
	uint32_t opener;
	uint32_t rule;
	struct str *fields; /* of the match, for each field of the opener's key */
	struct str value; /* value_count: the match's field that is counted, else empty */
	bool sample;      /* a measurement: extends only while the condition holds */
	bool chained;     /* a step of a named temporal: only its firing extends */
	bool negated;     /* its absence is the condition: extends nothing */
};

struct plan_links {
	struct plan_link *at;
	size_t n, cap;
};

struct plan_numbers {
	uint32_t *at;
	size_t n, cap;
};

/* Who keeps whose incidents from being told: as the rule file says, and turned round. */
struct plan_mute {
	uint32_t opener;
	const struct mute *mute;
};

struct plan_mutes {
	struct plan_mute *at;
	size_t n, cap;
};

/* A field of entries by whose value the store finds them: one that keys incidents. */
struct plan_touch {
	struct str entity, field;
};

struct plan_touches {
	struct plan_touch *at;
	size_t n, cap;
};

struct plan_opener {
	uint32_t number;
	uint64_t content; /* hash of what it means: the same in every run */
	bool opens;
	const struct incident_conf *conf;
	struct str name, title;
	enum level level;
	const struct str *key;
	size_t n_key;
	size_t by; /* the key field that finds its entries; n_key: none does */
	struct str by_entity;
	bool by_value;            /* counts distinct values */
	bool follows;             /* a measurement: see plan_link.sample */
	int64_t resolve_after_ns; /* 0: never by time */
	int64_t span_ns;          /* its first match is at most that old when it opens */
	struct plan_links leaves;
	struct plan_links steps; /* named temporals, whose firings are its matches */
	struct plan_numbers supersedes, superseded_by; /* openers, transitively */
	struct plan_mutes mutes, muted_by;
};

struct plan {
	const struct ruleset *rules; /* borrowed */
	struct arena *arena;
	struct plan_opener *openers; /* all rules, then all correlations */
	size_t n_openers;
	struct plan_links *feeds; /* by opener index: what its match or firing extends */
	struct plan_links *ends;  /* by opener index: what its match or firing resolves */
	bool *wanted;             /* by rule: its matches are entries */
	bool *suspected;          /* by rule: a cause or a death of somebody */
	struct plan_touches touches;
	int64_t keep_ns; /* a resolved incident may still meet another so long */
};

/* NULL when out of memory. rs is borrowed. */
struct plan *plan_new(const struct ruleset *rs);
void plan_free(struct plan **pp);

/* The place of a rule or correlation in openers. */
static inline size_t
plan_index(const struct plan *p, uint32_t number)
{
	return (number & CORRELATION_BIT) != 0
		       ? p->rules->n_rules + (number & ~CORRELATION_BIT)
		       : number;
}

/* The field of one of its leaf rules for each key field; the key's own names otherwise.
 */
const struct str *plan_fields(const struct plan_opener *o, uint32_t rule);

/* The text that an incident's title is made from. */
struct str plan_title(const struct plan_opener *o);

/* Whether the texts of o's incidents (title, where-values) use a capture of that name. */
bool plan_uses(const struct plan_opener *o, struct str name);
