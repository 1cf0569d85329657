/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/held.h"

#define HELD_MAX ((size_t)1000) /* more are told without a wait */

void
held_init(struct held *h, const struct output_settings *output)
{
	h->output = output;
	letters_init(&h->list);
}

void
held_fini(struct held *h)
{
	letters_fini(&h->list);
}

size_t
held_n(const struct held *h)
{
	return h->list.n;
}

static bool
has(const struct held *h, struct str id)
{
	for (const struct letter *l = h->list.first; l != NULL; l = l->next)
		if (str_eq(l->id, id))
			return true;
	return false;
}

bool
held_take(struct held *h, const struct outbox_row *row, struct letter *l, int64_t mono_ns)
{
	int64_t wait_ns = h->output->group_wait_ns;

	/* Behind its opening in any case: their order is kept. */
	if (!has(h, row->finding) &&
		(!row->hold || wait_ns == 0 || h->list.n >= HELD_MAX))
		return false;
	l->held_ns = mono_ns + wait_ns;
	letters_add(&h->list, l);
	return true;
}

static bool
is_muted(struct store *s, struct str id)
{
	struct store_query *q = store_incidents(s, id);
	struct incident_row row;
	bool muted = q != NULL && store_next_incident(q, &row) && row.muted;

	if (q != NULL)
		store_query_free(&q);
	return muted;
}

/* All of the incident first goes: the store takes back what waits of it at once. */
static void
mute(struct held *h, struct letter *first, struct letters *muted)
{
	struct letters rest;
	struct letter *l;

	letters_init(&rest);
	while ((l = letters_take(&h->list)) != NULL)
		if (str_eq(l->id, first->id))
			letter_free(&l);
		else
			letters_add(&rest, l);
	letters_move(&h->list, &rest);
	first->fate = LETTER_MUTED;
	letters_add(muted, first);
}

void
held_release(struct held *h, struct store *s, int64_t until_ns, struct letters *out,
	struct letters *muted)
{
	while (h->list.first != NULL && h->list.first->held_ns <= until_ns) {
		struct letter *l = letters_take(&h->list);

		if (l->kind == FINDING_OPENED && is_muted(s, l->id))
			mute(h, l, muted);
		else
			letters_add(out, l);
	}
}
