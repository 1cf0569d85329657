/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/cues.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

/* One cue of one rule. */
struct use {
	uint32_t cue, rule;
};

struct making {
	struct cues *c;
	struct map *seen;
	struct use *uses;
	uint32_t *last; /* by cue: the rule that used it last, plus one */
	size_t n_uses, len;
};

static bool
is_scanned(const struct rule *r)
{
	return r->category == RECORD_LOG;
}

static bool
alloc(struct making *m, const struct ruleset *rs)
{
	size_t n = 0, bytes = 0;

	for (size_t i = 0; i < rs->n_rules; i++) {
		const struct rule *r = &rs->rules[i];

		for (size_t k = 0; is_scanned(r) && k < r->n_words; k++) {
			bytes += r->words[k].len + 2 * r->phrases[k].len + 2;
			n++;
		}
	}
	m->seen = map_new(n + 1);
	m->uses = calloc(n + 1, sizeof(*m->uses));
	m->last = calloc(n + 1, sizeof(*m->last));
	m->c->phrase = calloc(n + 1, sizeof(*m->c->phrase));
	m->c->word = calloc(n + 1, sizeof(*m->c->word));
	m->c->exact = calloc(n + 1, sizeof(*m->c->exact));
	m->c->margin = calloc(n + 1, sizeof(*m->c->margin));
	m->c->from = calloc(n + 2, sizeof(*m->c->from));
	m->c->rules = calloc(n + 1, sizeof(*m->c->rules));
	m->c->wordless = calloc(rs->n_rules + 1, sizeof(*m->c->wordless));
	m->c->bytes = malloc(bytes + 1);
	return n < UINT32_MAX / 2 && m->seen != NULL && m->uses != NULL &&
	       m->last != NULL && m->c->phrase != NULL && m->c->word != NULL &&
	       m->c->exact != NULL && m->c->margin != NULL && m->c->from != NULL &&
	       m->c->rules != NULL && m->c->wordless != NULL && m->c->bytes != NULL;
}

static size_t
unite(struct charset *to, size_t n, const struct charset *with, size_t n_with)
{
	n = n < n_with ? n : n_with;
	for (size_t i = 0; i < n; i++) {
		to[i].bits[0] |= with[i].bits[0];
		to[i].bits[1] |= with[i].bits[1];
	}
	return n;
}

/* Either may stand there. with may be NULL: anything may. */
static void
widen(struct margin *m, const struct margin *with)
{
	if (with == NULL) {
		m->n_before = m->n_after = 0;
		return;
	}
	m->n_before = unite(m->before, m->n_before, with->before, with->n_before);
	m->n_after = unite(m->after, m->n_after, with->after, with->n_after);
}

static bool
take(struct making *m, const struct rule *r, size_t k, uint32_t rule)
{
	struct str phrase = r->phrases[k], word = r->words[k], exact = r->exact[k];
	struct cues *c = m->c;
	const struct margin *margin = r->margins[k];
	char *copy = c->bytes + m->len;
	struct str all = { copy, phrase.len + word.len + exact.len + 2 };
	bool fresh = false;
	uint32_t cue;
	void **slot;

	memcpy(copy, phrase.ptr, phrase.len);
	copy[phrase.len] = '\n'; /* in none */
	memcpy(copy + phrase.len + 1, word.ptr, word.len);
	copy[phrase.len + 1 + word.len] = '\n';
	if (exact.len > 0)
		memcpy(copy + phrase.len + word.len + 2, exact.ptr, exact.len);
	slot = map_put(m->seen, all, &fresh);
	if (slot == NULL)
		return false;
	if (fresh) {
		m->len += all.len;
		c->phrase[c->n] = (struct str){ copy, phrase.len };
		if (margin != NULL) /* of most of a large set nothing is written */
			c->margin[c->n] = *margin;
		c->exact[c->n] =
			(struct str){ copy + phrase.len + word.len + 2, exact.len };
		c->word[c->n++] = (struct str){ copy + phrase.len + 1, word.len };
		*slot = (void *)(uintptr_t)c->n;
	}
	cue = (uint32_t)((uintptr_t)*slot - 1);
	if (!fresh)
		widen(&c->margin[cue], margin);
	if (m->last[cue] != rule + 1)
		m->uses[m->n_uses++] = (struct use){ cue, rule };
	m->last[cue] = rule + 1;
	return true;
}

static bool
take_all(struct making *m, const struct ruleset *rs)
{
	bool good = true;

	for (uint32_t i = 0; i < rs->n_rules; i++) {
		const struct rule *r = &rs->rules[i];

		for (size_t k = 0; good && is_scanned(r) && k < r->n_words; k++)
			good = take(m, r, k, i);
		if (is_scanned(r) && r->n_words == 0)
			m->c->wordless[m->c->n_wordless++] = i;
	}
	return good;
}

/* By cue; rules stay ascending. */
static void
sort_uses(struct making *m)
{
	struct cues *c = m->c;

	for (size_t i = 0; i < m->n_uses; i++)
		c->from[m->uses[i].cue + 1]++;
	for (size_t i = 0; i < c->n; i++)
		c->from[i + 1] += c->from[i];
	for (size_t i = 0; i < m->n_uses; i++)
		c->rules[c->from[m->uses[i].cue]++] = m->uses[i].rule;
	memmove(c->from + 1, c->from, c->n * sizeof(*c->from));
	c->from[0] = 0;
}

bool
cues_init(struct cues *c, const struct ruleset *rs)
{
	struct making m = { .c = c };
	bool good;

	*c = (struct cues){ 0 };
	good = alloc(&m, rs) && take_all(&m, rs);
	if (good)
		sort_uses(&m);
	else
		cues_fini(c);
	if (m.seen != NULL)
		map_free(&m.seen);
	free(m.uses);
	free(m.last);
	return good;
}

void
cues_fini(struct cues *c)
{
	free(c->phrase);
	free(c->word);
	free(c->exact);
	free(c->margin);
	free(c->from);
	free(c->rules);
	free(c->wordless);
	free(c->bytes);
	*c = (struct cues){ 0 };
}
