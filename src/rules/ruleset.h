/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule files, loaded: immutable data in one arena, shared by all threads. Sigma 2.1 with
 * the operations profile of the design (marks, incident, tests at the top level).
 * Loading is in rules/load.h; what a rule does with a record is in match/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "record/record.h"

enum level {
	LEVEL_NONE,
	LEVEL_INFORMATIONAL,
	LEVEL_LOW,
	LEVEL_MEDIUM,
	LEVEL_HIGH,
	LEVEL_CRITICAL
};
extern const struct str level_names[];

struct logsource {
	struct str product, category, service; /* empty: any */
};

enum item_op {
	ITEM_EQUALS, /* parts with wildcards, whole value */
	ITEM_REGEX,
	ITEM_EXISTS,
	ITEM_LT,
	ITEM_LTE,
	ITEM_GT,
	ITEM_GTE,
	ITEM_NULL
};

/* One value of an item. A string is parts of literal text and wildcards. */
enum part_kind { PART_TEXT, PART_ANY /* * */, PART_ONE /* ? */ };
struct part {
	enum part_kind kind;
	struct str text;
};
struct value {
	struct str where;   /* in the file */
	struct part *parts; /* ITEM_EQUALS */
	size_t n_parts;
	bool is_number; /* also compares numerically */
	double number;
	struct regex *regex; /* ITEM_REGEX; rules/regex.h */
	struct str text;     /* as written */
};

struct item {
	struct str field; /* empty: keywords over the whole record */
	enum item_op op;
	bool all; /* AND over the values */
	bool cased;
	bool negated; /* neq */
	bool exists;  /* ITEM_EXISTS: the wanted answer */
	struct value *values;
	size_t n_values;
	struct str where;
};

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_ITEM, NODE_NAME, NODE_TRUE };

/* Detections and conditions are the same kind of tree; selections are shared subtrees. */
struct node {
	enum node_kind kind;
	struct node **child; /* AND, OR: n; NOT: 1 */
	size_t n;
	struct item *item; /* ITEM */
	uint32_t ref;      /* NAME, in correlation conditions: index into its refs */
	struct str name;   /* the selection it came from, for explain */
};

/* marks: {entity: state, by: [fields]} */
struct mark {
	struct str entity; /* "order", "pod" */
	struct str state;
	struct str *by; /* fallback key fields; n_by 0: the entity's own field */
	size_t n_by;
};

struct rule_test {
	struct str log;       /* one record's text, or empty */
	struct str object;    /* an event, pod or volume as JSON text, or empty */
	struct field *labels; /* given namespace, pod, service ... */
	size_t n_labels;
	bool match;             /* expected */
	struct field *captures; /* expected ones */
	size_t n_captures;
	uint32_t line; /* of its file, from 1 */
};

/* A rule or a correlation by its place: correlations have CORRELATION_BIT set. */
#define CORRELATION_BIT UINT32_C(0x80000000)

struct cause {
	uint32_t rule;
	struct field *where; /* field must equal a literal or "{capture-or-key}" */
	size_t n_where;
};

/* Its key field `its` must equal my key field `own`; without one of the two, the text. */
struct mute_pair {
	size_t own, its; /* SIZE_MAX: text */
	struct str text;
};

/* While my incident is open, findings of the incidents that fit are not told. */
struct mute {
	uint32_t number; /* rule or correlation; of no higher level */
	struct mute_pair *pairs;
	size_t n_pairs;
	struct str where; /* in the file */
};

struct incident_conf {
	bool present;
	struct str title;   /* template */
	uint32_t *timeline; /* rules */
	size_t n_timeline;
	struct cause *causes;
	size_t n_causes;
	uint32_t *resolve_on;
	size_t n_resolve_on;
	uint32_t *supersedes; /* correlations or rules */
	size_t n_supersedes;
	struct mute *mutes;
	size_t n_mutes;
	uint32_t *deaths;
	size_t n_deaths;
	struct str *key; /* a rule's incident key fields (correlations: group-by) */
	size_t n_key;
	int64_t lookback_ns, hold_ns, resolve_after_ns;
	struct str remediation, runbook;
};

#define MARGIN_MAX 8

/*
 * ASCII bytes one of which stands in each place before a phrase (from it away) and behind
 * it, wherever a rule matches by it; other bytes may stand anywhere. No byte before it
 * is an LF.
 */
struct charset {
	uint64_t bits[2];
};

struct margin {
	struct charset before[MARGIN_MAX], after[MARGIN_MAX];
	size_t n_before, n_after;
};

struct rule {
	struct str name; /* its name, else its title */
	struct str title, id, description;
	struct str file;
	unsigned line;
	enum level level;
	struct logsource logsource;
	enum record_category category; /* from the logsource */
	struct node *condition;
	struct str *captures; /* names its regexes can bind */
	size_t n_captures;
	struct mark *marks;
	size_t n_marks;
	struct rule_test *tests;
	size_t n_tests;
	struct incident_conf incident;
	bool named; /* some correlation names it */
	bool generate;
	/*
	 * Phrases one of which stands in the bytes of every matching record, unless JSON
	 * escapes it or colours tear it; then still the phrase's word does, or an escape.
	 * None: every line of its sources is looked at. Lower case (rules/words.h); exact
	 * has phrases as they are spelt where only that counts, else empty texts.
	 */
	struct str *phrases;
	struct str *words;
	struct str *exact;
	struct margin **margins; /* of phrases; NULL: anything may stand beside one */
	size_t n_words;
	/*
	 * Record fields that a correlation, a key, a mark or a template asks of this
	 * rule's matches and that are neither captures nor labels: to be taken from the
	 * record and added to the match as captures are.
	 */
	struct str *wanted;
	size_t n_wanted;
};

enum correlation_type {
	CORR_EVENT_COUNT,
	CORR_VALUE_COUNT,
	CORR_VALUE_PERCENTILE,
	CORR_VALUE_SUM,
	CORR_VALUE_AVG,
	CORR_TEMPORAL,
	CORR_TEMPORAL_ORDERED
};

/* Of numbers: true while they are so, not when something comes. */
static inline bool
correlation_measures(enum correlation_type type)
{
	return type == CORR_VALUE_PERCENTILE || type == CORR_VALUE_SUM ||
	       type == CORR_VALUE_AVG;
}

enum bound_op { BOUND_GT, BOUND_GTE, BOUND_LT, BOUND_LTE, BOUND_EQ, BOUND_NEQ };

struct bound {
	enum bound_op op;
	double limit;
};

struct corr_ref {
	uint32_t rule;      /* CORRELATION_BIT: another correlation */
	bool negated;       /* stands under a not */
	struct str *fields; /* for each group-by: the field to take, aliases applied */
};

struct correlation {
	struct str name, title, id, description, file;
	unsigned line;
	enum level level;
	enum correlation_type type;
	struct corr_ref *refs;
	size_t n_refs;
	struct str *group_by;
	size_t n_group_by;
	int64_t timespan_ns;
	struct bound *bounds; /* all must hold */
	size_t n_bounds;
	struct str field; /* value_* */
	double percentile;
	uint32_t min_samples;
	struct node *condition; /* temporal*: over refs (NODE_NAME); NULL: all of them */
	bool has_not;
	bool named, generate;
	unsigned depth; /* 0: over rules only; evaluate in ascending order */
	struct incident_conf incident;
	struct mark *marks;
	size_t n_marks;
};

/* What ruleset_free() has to release besides the arena. */
struct regex_link {
	struct regex *regex;
	struct regex_link *next;
};

struct ruleset {
	struct arena *arena; /* also holds the texts of the files */
	struct regex_link *regexes;
	struct rule *rules;
	size_t n_rules;
	struct correlation *corrs;
	size_t n_corrs;
	uint64_t content; /* stable hash of the files' bytes */
};

void ruleset_free(struct ruleset **pr);

/* "payment_failed" of a rule or correlation by its number. */
struct str ruleset_name(const struct ruleset *rs, uint32_t number);

/* Its number, or UINT32_MAX. */
uint32_t ruleset_find(const struct ruleset *rs, struct str name);
