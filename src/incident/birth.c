/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/birth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "incident/index.h"
#include "incident/saved.h"

#define KEY_BYTES ((size_t)64 * 1024)

void
birth_undo(struct incidents *i, struct incident *x)
{
	saved_forget(i, x);
	index_leave(i, x);
	if (x->values != NULL)
		map_free(&x->values);
	buf_fini(&x->table_key);
	buf_fini(&x->capture_bytes);
	free(x->capture);
	free(x);
	i->in_memory--;
}

static bool
copy_key(struct incidents *i, struct incident *x, const struct outcome *out)
{
	struct str table = buf_str(&i->scratch);
	size_t at;

	buf_init(&x->table_key, KEY_BYTES);
	buf_add(&x->table_key, table);
	if (buf_failed(&x->table_key))
		return false;
	/* The values stand behind each other, from the end backwards. */
	table = buf_str(&x->table_key);
	at = table.len;
	for (size_t k = x->opener->n_key; k > 0; k--) {
		size_t len = out->key[k - 1].len;
		uint64_t rest = len;

		at -= len;
		x->key[k - 1] = str_sub(table, at, len);
		do
			at--;
		while ((rest >>= 7) != 0);
	}
	return true;
}

/* Only what its texts use; the first of a name counts, and that is the last seen. */
static bool
copy_captures(struct incident *x, const struct outcome *out)
{
	struct field used[MATCH_CAPTURES];
	struct buf *b = &x->capture_bytes;
	size_t at = 0, n = 0;

	buf_init(b, 2 * MATCH_CAPTURES * MATCH_TEXT_MAX);
	for (size_t k = 0; k < out->n_captures && k < MATCH_CAPTURES; k++)
		if (plan_uses(x->opener, out->capture[k].name)) {
			buf_add(b, out->capture[k].name);
			buf_add(b, out->capture[k].value);
			used[n++] = out->capture[k];
		}
	if (n == 0)
		return true;
	x->capture = malloc(n * sizeof(*x->capture));
	if (buf_failed(b) || x->capture == NULL)
		return false;
	memcpy(x->capture, used, n * sizeof(*used));
	x->n_captures = n;
	for (size_t k = 0; k < x->n_captures; k++) {
		struct field *f = &x->capture[k];

		f->name = str_sub(buf_str(b), at, f->name.len);
		f->value = str_sub(buf_str(b), at + f->name.len, f->value.len);
		at += f->name.len + f->value.len;
	}
	return true;
}

/* False: out of memory. */
static bool
make_id(const struct incidents *i, struct incident *x)
{
	struct buf b;
	bool good;
	uint64_t h;

	buf_init(&b, 2 * KEY_BYTES);
	buf_add(&b, x->opener->name);
	buf_add_char(&b, '\0');
	for (size_t k = 0; k < x->opener->n_key; k++) {
		buf_add_varint(&b, x->key[k].len);
		buf_add(&b, x->key[k]);
	}
	h = hash_mix(hash_stable(buf_str(&b)), x->deciding);
	good = !buf_failed(&b);
	buf_fini(&b);
	/* One that was promised of this record went to another incident. */
	for (size_t k = 0; k < ARRAY_LEN(i->taken); k++)
		if (i->taken[k] == h)
			h = hash_mix(h, 1);
	(void)snprintf(x->id, sizeof(x->id), "%016" PRIx64, h);
	return good;
}

/* Deaths that an earlier incident of this key has counted are not counted again. */
static int64_t
find_deaths_from(const struct incident *x, const struct incident *others)
{
	int64_t from_ns = INT64_MIN;

	for (; others != NULL; others = others->next) {
		bool same = others->resolved_ns != TIME_NONE;

		for (size_t k = 0; same && k < x->opener->n_key; k++)
			same = str_eq(x->key[k], others->key[k]);
		if (same && others->resolved_ns < x->first_ns)
			from_ns = time_later(from_ns, others->resolved_ns + 1);
	}
	return from_ns;
}

struct incident *
birth_new(struct incidents *i, const struct plan_opener *o, const struct outcome *out,
	bool promise)
{
	struct incident *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->opener = o;
	x->promise = promise;
	x->state = INCIDENT_CANDIDATE;
	x->live = x->holds = true;
	x->deciding = out->deciding;
	x->first_ns = out->first_ns;
	x->last_ns = out->last_ns;
	x->quiet_ns = time_later(out->last_ns, out->at_ns);
	x->opened_ns = out->at_ns;
	x->resolved_ns = x->detected_ns = TIME_NONE;
	x->told_ns = x->due_ns = x->freed_ns = TIME_NONE;
	x->order = i->order++;
	index_join(i, x);
	i->in_memory++;
	if (o->by_value)
		x->values = map_new(i->conf.max_values);
	if (!copy_key(i, x, out) || !copy_captures(x, out) ||
		(o->by_value && x->values == NULL) || !make_id(i, x)) {
		birth_undo(i, x);
		return NULL;
	}
	x->deaths_from_ns =
		o->conf->n_deaths > 0 ? find_deaths_from(x, x->next) : INT64_MIN;
	return x;
}

uint64_t
birth_id(const struct incident *x)
{
	uint64_t h = 0;

	for (size_t k = 0; k < INCIDENT_ID_LEN; k++)
		h = h << 4 |
		    (uint64_t)(x->id[k] <= '9' ? x->id[k] - '0' : x->id[k] - 'a' + 10);
	return h;
}
