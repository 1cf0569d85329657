/* SPDX-License-Identifier: Apache-2.0 */
/* A row is given when its hash is not that of the last time. */
#include "incident/saved.h"

#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "base/unpack.h"
#include "incident/saved_row.h"
#include "incident/state.h"

static void
put_common(const struct incidents *i, struct buf *b)
{
	buf_add_varint(b, SAVED_VERSION);
	buf_add_varint(b, i->order);
	buf_add_zigzag(b, i->now_ns);
	buf_add_zigzag(b, i->match_ns);
	buf_add_varint(b, i->match_id);
	buf_add_zigzag(b, i->flushed_ns);
	buf_add_varint(b, i->listed);
	buf_add_varint(b, i->full);
	buf_add_zigzag(b, i->full_from_ns);
	buf_add_zigzag(b, i->full_to_ns);
	buf_add_varint(b, i->n_taken);
	for (size_t k = 0; k < ARRAY_LEN(i->taken); k++)
		buf_add_varint(b, i->taken[k]);
}

static unsigned
flags_of(const struct incident *x)
{
	return (x->live ? FLAG_LIVE : 0) | (x->holds ? FLAG_HOLDS : 0) |
	       (x->told ? FLAG_TOLD : 0) | (x->dirty ? FLAG_DIRTY : 0) |
	       (x->untold ? FLAG_UNTOLD : 0) | (x->promise ? FLAG_PROMISE : 0) |
	       (x->in_dirty ? FLAG_LISTED_DIRTY : 0) | (x->muted ? FLAG_MUTED : 0) |
	       (x->explained_by[0] != '\0' ? FLAG_EXPLAINED : 0);
}

static void
put_incident(const struct incident *x, struct buf *b)
{
	buf_add_varint(b, SAVED_VERSION);
	buf_add_varint(b, x->opener->content);
	buf_add_text(b, (struct str){ x->id, INCIDENT_ID_LEN });
	buf_add_text(b, str_z(x->superseded_by));
	buf_add_varint(b, x->state);
	buf_add_varint(b, flags_of(x));
	buf_add_varint(b, x->deciding);
	buf_add_varint(b, x->last_match);
	buf_add_zigzag(b, x->first_ns);
	buf_add_zigzag(b, x->last_ns);
	buf_add_zigzag(b, x->opened_ns);
	buf_add_zigzag(b, x->resolved_ns);
	buf_add_zigzag(b, x->detected_ns);
	buf_add_zigzag(b, x->quiet_ns);
	buf_add_zigzag(b, x->deaths_from_ns);
	buf_add_zigzag(b, x->told_ns);
	buf_add_varint(b, x->count);
	buf_add_varint(b, x->uncounted);
	buf_add_zigzag(b, x->seq);
	for (size_t k = 0; k < x->opener->n_key; k++)
		buf_add_text(b, x->key[k]);
	buf_add_varint(b, x->n_captures);
	for (size_t k = 0; k < x->n_captures; k++) {
		buf_add_text(b, x->capture[k].name);
		buf_add_text(b, x->capture[k].value);
	}
	if (x->explained_by[0] == '\0')
		return;
	buf_add_text(b, str_z(x->explained_by));
	buf_add_zigzag(b, x->freed_ns);
}

static uint64_t
row_id(uint64_t order, size_t part)
{
	return order << ROW_BITS | part;
}

/* The next row of values that is not whole in the store yet; false: none. */
static bool
take_values(struct incidents *i, struct incident *x, struct incident_saved *out)
{
	size_t have = x->values != NULL ? map_len(x->values) : 0;
	size_t row = x->n_saved / VALUES_PER_ROW, n = 0;
	size_t pos = x->row_pos;
	struct str value;

	if (x->n_saved >= have || row >= (1u << ROW_BITS) - 1)
		return false;
	buf_reset(&i->saved);
	while (n < VALUES_PER_ROW && map_next(x->values, &pos, &value, NULL)) {
		buf_add_text(&i->saved, value);
		n++;
	}
	x->n_saved = row * VALUES_PER_ROW + n;
	if (n == VALUES_PER_ROW)
		x->row_pos = pos;
	*out = (struct incident_saved){ row_id(x->order, row + 1), buf_str(&i->saved) };
	return true;
}

/* False: it says what it said last time. */
static bool
take_row(struct incidents *i, uint64_t *hash, uint64_t id, struct incident_saved *out)
{
	uint64_t now = hash_stable(buf_str(&i->saved));

	if (now == *hash)
		return false;
	*hash = now;
	*out = (struct incident_saved){ id, buf_str(&i->saved) };
	return true;
}

/* The next row of an incident that is no more. */
static bool
take_gone(struct incidents *i, struct incident_saved *out)
{
	uint64_t gone[2]; /* its first row, and how many */

	if (i->gone.len < sizeof(gone))
		return false;
	memcpy(gone, i->gone.data + i->gone.len - sizeof(gone), sizeof(gone));
	*out = (struct incident_saved){ .id = gone[0] + --gone[1] };
	if (gone[1] == 0)
		i->gone.len -= sizeof(gone);
	else
		memcpy(i->gone.data + i->gone.len - sizeof(gone), gone, sizeof(gone));
	return true;
}

void
saved_forget(struct incidents *i, const struct incident *x)
{
	uint64_t gone[2] = { row_id(x->order, 0),
		1 + (x->n_saved + VALUES_PER_ROW - 1) / VALUES_PER_ROW };

	if (x->saved_hash != 0)
		buf_add(&i->gone, (struct str){ (const char *)gone, sizeof(gone) });
}

bool
incidents_changed(struct incidents *i, struct incident_saved *out)
{
	if (take_gone(i, out))
		return true;
	/* The last list is that of the promises. */
	for (; i->saving <= i->plan->n_openers; i->saving++, i->saving_at = NULL) {
		if (i->saving_at == NULL)
			i->saving_at = i->saving < i->plan->n_openers
					       ? i->by_opener[i->saving]
					       : i->promised;
		for (; i->saving_at != NULL; i->saving_at = i->saving_at->next) {
			struct incident *x = i->saving_at;

			if (take_values(i, x, out))
				return true;
			buf_reset(&i->saved);
			put_incident(x, &i->saved);
			if (take_row(i, &x->saved_hash, row_id(x->order, 0), out))
				return true;
		}
	}
	buf_reset(&i->saved);
	put_common(i, &i->saved);
	if (take_row(i, &i->saved_hash, 0, out))
		return true;
	i->saving = 0;
	return false;
}

void
incidents_stop(struct incidents *i)
{
	i->stopped = true;
}

void
saved_after(struct incidents *i, const struct incident *x)
{
	struct incident promise = *x;

	if (!i->stopped || x->kept || x->state != INCIDENT_OPEN)
		return;
	promise.promise = true;
	promise.in_dirty = false;
	promise.told_ns = TIME_NONE; /* the time of its telling is not kept */
	buf_reset(&i->saved);
	put_incident(&promise, &i->saved);
	/* Its own row may be that of a candidate, which waits on. */
	buf_add_varint(&i->after, row_id(i->order++, 0));
	buf_add_text(&i->after, buf_str(&i->saved));
}

bool
incidents_ended(struct incidents *i, struct incident_saved *out)
{
	struct unpack in = { .rest = str_sub(
				     buf_str(&i->after), i->after_at, i->after.len) };

	out->id = unpack_u64(&in, UINT64_MAX);
	out->bytes = unpack_text(&in);
	if (in.bad)
		return false;
	i->after_at = i->after.len - in.rest.len;
	return true;
}
