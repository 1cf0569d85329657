/* SPDX-License-Identifier: Apache-2.0 */
#include "output/bundle.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"

struct bundle *
bundle_new(size_t n)
{
	struct bundle *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->letters = calloc(n, sizeof(*b->letters));
	b->findings = calloc(n, sizeof(*b->findings));
	b->parcels = calloc(n, sizeof(*b->parcels));
	b->progress = calloc(n, sizeof(*b->progress));
	b->keys = calloc(n, sizeof(*b->keys));
	if (b->letters == NULL || b->findings == NULL || b->parcels == NULL ||
		b->progress == NULL || b->keys == NULL)
		bundle_free(&b);
	return b;
}

void
bundle_free(struct bundle **pb)
{
	struct bundle *b = *pb;

	*pb = NULL;
	for (size_t i = 0; i < b->n; i++)
		if (b->letters[i] != NULL)
			letter_free(&b->letters[i]);
	free(b->letters);
	free(b->findings);
	free(b->parcels);
	free(b->progress);
	free(b->keys);
	free(b);
}

/* The parcel of a group and kind that l joins; b->n_parcels: a new one. */
static size_t
parcel_of(const struct bundle *b, const struct letter *l)
{
	if (l->group == 0)
		return b->n_parcels;
	for (size_t p = 0; p < b->n_parcels; p++) {
		const struct letter *other = b->letters[b->progress[p].first];

		if (other->group == l->group && other->kind == l->kind)
			return p;
	}
	return b->n_parcels;
}

/* The letter goes behind those of its parcel: later parcels move up. */
void
bundle_add(struct bundle *b, struct letter *l)
{
	size_t p = parcel_of(b, l);
	size_t at;

	if (p == b->n_parcels) {
		b->progress[p] = (struct progress){ .first = b->n };
		b->n_parcels++;
		b->left++;
	}
	at = b->progress[p].first + b->progress[p].n;
	memmove(&b->letters[at + 1], &b->letters[at], (b->n - at) * sizeof(*b->letters));
	b->letters[at] = l;
	b->progress[p].n++;
	b->n++;
	b->bytes += l->body.len;
	for (size_t i = p + 1; i < b->n_parcels; i++)
		b->progress[i].first++;
}

void
bundle_describe(struct bundle *b, size_t p, size_t open)
{
	const struct progress *pr = &b->progress[p];
	const struct letter *first = b->letters[pr->first];
	struct parcel *parcel = &b->parcels[p];

	for (size_t i = pr->first; i < pr->first + pr->n; i++)
		b->findings[i] = (struct finding){ .body = b->letters[i]->finding,
			.id = b->letters[i]->id,
			.seq = b->letters[i]->seq,
			.kind = b->letters[i]->kind };
	*parcel = (struct parcel){ .key = first->id,
		.kind = first->kind,
		.is_group = first->group != 0,
		.findings = &b->findings[pr->first],
		.n = pr->n,
		.open = open };
	if (first->group == 0)
		return;
	(void)snprintf(b->keys[p], sizeof(b->keys[p]), "group-%016llx",
		(unsigned long long)first->group);
	parcel->key = str_z(b->keys[p]);
	if (parcel->kind == FINDING_RESOLVED && parcel->open > 0)
		parcel->kind = FINDING_UPDATED;
}

bool
bundle_chain(struct bundle *b)
{
	struct map *last = map_new(b->n_parcels);
	bool good = last != NULL;

	for (size_t p = 0; p < b->n_parcels && good; p++) {
		void **slot = map_put(last, b->parcels[p].key, NULL);

		good = slot != NULL;
		if (!good)
			break;
		b->progress[p].after = (size_t)(uintptr_t)*slot;
		*slot = (void *)(uintptr_t)(p + 1);
	}
	if (last != NULL)
		map_free(&last);
	return good;
}

void
bundle_doom(struct bundle *b, size_t from, size_t to, enum letter_fate fate,
	const char *why_z)
{
	for (size_t p = from; p < to; p++) {
		struct progress *pr = &b->progress[p];

		if (pr->fate != LETTER_WAITS)
			continue;
		pr->fate = fate;
		(void)snprintf(pr->why_z, sizeof(pr->why_z), "%s", why_z);
	}
}

bool
bundle_has_dropped(const struct bundle *b, size_t p)
{
	return b->progress[p].fate == LETTER_TOO_OLD ||
	       b->progress[p].fate == LETTER_TOO_MANY;
}

int64_t
bundle_since(const struct bundle *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->letters[i] != NULL)
			return b->letters[i]->put_ns;
	return 0;
}
