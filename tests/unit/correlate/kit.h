/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of correlate/: rules a, b and d, matches written as words, outcomes read
 * as words. A word is a rule's letter, seconds, and what follows in this order:
 *   a12      a at second 12             a12+     1 ns later
 *   a12/K    with the key K, not "k"    a12=V    with the value V
 *   a12*3    of weight 3                a12?     its time is the arrival's
 *   a12~     the nearest earlier time of its source
 *   a12!     no time but the file's     a12-     without a key
 *   a12@7    at place 7, not its turn
 *   >12      advance to 12              $12      end at 12        G3:9    gap from 3 to 9
 * Outcomes: F fired, C cleared, U unknown; seconds, key and, when fired, "#count".
 */
#pragma once

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "correlate/correlator.h"
#include "rules/load.h"
#include "tap.h"

#define KIT_BASE (1700000000 * TIME_S)

struct kit {
	struct ruleset *rs;
	struct correlator *c;
	uint64_t turn;
	size_t not_judged;
	char said[4096];
	size_t len;
};

static inline struct ruleset *
kit_rules(const char *correlations_z)
{
	static char text[8192];
	struct ruleset *rs = NULL;
	int n = 0;

	for (const char *name = "abd"; *name != '\0'; name++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			"title: Rule %c\nname: %c\nlogsource: {service: x}\n"
			"detection:\n  s:\n    message|re: 'x (?P<id>[0-9]+) (?P<v>[0-9]+)'\n"
			"  condition: s\n---\n",
			*name, *name);
	snprintf(text + n, sizeof(text) - (size_t)n, "%s", correlations_z);
	if (rules_load_text("t.yaml", str_z(text), stderr, &rs) != 0)
		abort();
	return rs;
}

/* One correlation c over [id], its map given in flow style without braces. */
static inline struct ruleset *
kit_one(const char *map_z)
{
	static char text[4096];

	snprintf(text, sizeof(text),
		"title: C\nname: c\ncorrelation: {group-by: [id], %s}\n"
		"level: high\n",
		map_z);
	return kit_rules(text);
}

static inline struct kit
kit_open_with(struct ruleset *rs, const struct correlate_conf *conf)
{
	struct kit k = { .rs = rs, .c = correlator_new(rs, conf) };

	if (k.c == NULL)
		abort();
	return k;
}

static inline struct kit
kit_open(struct ruleset *rs, size_t max_keys, size_t max_entries)
{
	struct correlate_conf conf = { .max_keys = max_keys, .max_entries = max_entries };

	return kit_open_with(rs, &conf);
}

/* Of one correlation, of whose outcomes nothing is asked but when they are. */
static inline struct kit
kit_open_lean(struct ruleset *rs, size_t max_keys, size_t max_entries)
{
	static const struct outcome_asked nothing;
	struct correlate_conf conf = {
		.max_keys = max_keys, .max_entries = max_entries, .asked = &nothing
	};

	return kit_open_with(rs, &conf);
}

static inline void
kit_close(struct kit *k)
{
	correlator_free(&k->c);
	ruleset_free(&k->rs);
}

static inline void
kit_listen(struct kit *k)
{
	struct outcome o;

	while (correlator_next(k->c, &o)) {
		int64_t at = o.at_ns - KIT_BASE;
		struct str key = o.n_key > 0 ? o.key[0] : STR("k");
		char *to = k->said + k->len;
		size_t room = sizeof(k->said) - k->len, n;

		n = (size_t)snprintf(to, room, "%s%s%c%" PRId64 "%s", k->len ? " " : "",
			o.corr == 0 ? "" : ".", "FCU"[o.kind], at / TIME_S,
			at % TIME_S != 0 ? "+" : "");
		if (!str_eq(key, STR("k")))
			n += (size_t)snprintf(to + n, room - n, "/%.*s", STR_ARG(key));
		if (o.kind == OUTCOME_FIRED)
			n += (size_t)snprintf(to + n, room - n, "#%" PRIu64, o.count);
		k->len += n;
	}
}

static inline int64_t
kit_time(const char **p)
{
	int64_t at = KIT_BASE + strtol(*p, (char **)(uintptr_t)p, 10) * TIME_S;

	if (**p == '+') {
		at++;
		(*p)++;
	}
	return at;
}

static inline struct str
kit_text(const char **p)
{
	const char *from = ++*p;

	*p += strcspn(from, "=*?!~@ ");
	return (struct str){ from, (size_t)(*p - from) };
}

static inline const char *
kit_match(struct kit *k, const char *p, struct match *m)
{
	struct str key = STR("k"), value = STR("1");
	bool keyed = true;

	*m = (struct match){ .rule = ruleset_find(k->rs, (struct str){ p, 1 }),
		.weight = 1 };
	p++;
	m->at_ns = kit_time(&p);
	m->id = ++k->turn;
	m->source_id = 1;
	m->place.offset = k->turn;
	if (*p == '/')
		key = kit_text(&p);
	if (*p == '=')
		value = kit_text(&p);
	if (*p == '*')
		m->weight = (uint32_t)strtoul(p + 1, (char **)(uintptr_t)&p, 10);
	if (*p == '?' || *p == '!')
		m->quality = *p++ == '?' ? TIME_ARRIVAL : TIME_FILE_DATE;
	if (*p == '~') {
		m->quality = TIME_NEAREST;
		p++;
	}
	if (*p == '-') {
		keyed = false;
		p++;
	}
	if (*p == '@')
		m->place.offset = strtoul(p + 1, (char **)(uintptr_t)&p, 10);
	if (keyed)
		m->capture[m->n_captures++] = (struct field){ STR("id"), key };
	m->capture[m->n_captures++] = (struct field){ STR("v"), value };
	return p;
}

static inline void
kit_run(struct kit *k, const char *p)
{
	struct match m;
	int64_t at;

	while (*p != '\0') {
		switch (*p) {
		case ' ':
			p++;
			break;
		case '>':
			p++;
			correlator_advance(k->c, kit_time(&p));
			break;
		case '$':
			p++;
			k->not_judged = correlator_end(k->c, kit_time(&p));
			break;
		case 'G':
			p++;
			at = kit_time(&p);
			p++;
			correlator_gap(k->c, at, kit_time(&p));
			break;
		default:
			p = kit_match(k, p, &m);
			correlator_match(k->c, &m);
		}
		kit_listen(k);
	}
}

static inline bool
kit_says(const struct kit *k, const char *words_z)
{
	if (strcmp(k->said, words_z) == 0)
		return true;
	printf("# said: %s\n# want: %s\n", k->said, words_z);
	return false;
}
