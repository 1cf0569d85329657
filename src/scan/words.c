/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/words.h"

#include <stdlib.h>

#include "base/map.h"

static size_t
count(struct scan_words *w, const struct ruleset *rs)
{
	size_t n = 0;

	for (size_t i = 0; i < rs->n_rules; i++) {
		if (rs->rules[i].category != RECORD_LOG)
			continue;
		n += rs->rules[i].n_words;
		w->takes_all = w->takes_all || rs->rules[i].n_words == 0;
	}
	return n;
}

static bool
take(struct scan_words *w, struct map *seen, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_words; i++) {
		bool fresh = false;

		if (map_put(seen, rule->words[i], &fresh) == NULL)
			return false;
		if (fresh)
			w->at[w->n++] = rule->words[i];
	}
	return true;
}

bool
scan_words_init(struct scan_words *w, const struct ruleset *rs)
{
	struct map *seen;
	size_t n;
	bool good = true;

	*w = (struct scan_words){ 0 };
	n = count(w, rs);
	seen = map_new(n + 1);
	w->at = calloc(n + 1, sizeof(*w->at));
	if (seen == NULL || w->at == NULL)
		good = false;
	for (size_t i = 0; good && i < rs->n_rules; i++)
		if (rs->rules[i].category == RECORD_LOG)
			good = take(w, seen, &rs->rules[i]);
	if (seen != NULL)
		map_free(&seen);
	if (!good)
		scan_words_fini(w);
	return good;
}

void
scan_words_fini(struct scan_words *w)
{
	free(w->at);
	*w = (struct scan_words){ 0 };
}
