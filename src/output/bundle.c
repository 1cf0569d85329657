/* SPDX-License-Identifier: Apache-2.0 */
#include "output/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
bundle_init(struct bundle *b, size_t n)
{
	b->letters = calloc(n, sizeof(*b->letters));
	b->findings = calloc(n, sizeof(*b->findings));
	b->parcels = calloc(n, sizeof(*b->parcels));
	b->progress = calloc(n, sizeof(*b->progress));
	b->keys = calloc(n, sizeof(*b->keys));
	b->n = b->n_parcels = 0;
	if (b->letters != NULL && b->findings != NULL && b->parcels != NULL &&
		b->progress != NULL && b->keys != NULL)
		return true;
	bundle_fini(b);
	return false;
}

void
bundle_fini(struct bundle *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->letters[i] != NULL)
			letter_free(&b->letters[i]);
	free(b->letters);
	free(b->findings);
	free(b->parcels);
	free(b->progress);
	free(b->keys);
	*b = (struct bundle){ 0 };
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
	}
	at = b->progress[p].first + b->progress[p].n;
	memmove(&b->letters[at + 1], &b->letters[at], (b->n - at) * sizeof(*b->letters));
	b->letters[at] = l;
	b->progress[p].n++;
	b->n++;
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

void
bundle_reject(struct bundle *b, size_t from, size_t to, const char *why_z)
{
	for (size_t p = from; p < to; p++) {
		struct progress *pr = &b->progress[p];

		if (!pr->rejected)
			(void)snprintf(pr->why_z, sizeof(pr->why_z), "%s", why_z);
		pr->rejected = true;
	}
}
