/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/sighting.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES         ((size_t)256 << 10)
#define BYTES_PER_SIGHTING ((size_t)4 << 10)
#define KEY_BYTES          ((size_t)1 << 20)
#define CAP_MIN            ((size_t)64)

bool
sightings_init(struct sightings *l, size_t max)
{
	*l = (struct sightings){ .max = max, .seen = map_new(max) };
	buf_init(&l->key, KEY_BYTES);
	return l->seen != NULL;
}

void
sightings_fini(struct sightings *l)
{
	for (size_t i = 0; i < l->n; i++)
		sightings_drop(l, l->all[i]);
	buf_fini(&l->key);
	if (l->seen != NULL)
		map_free(&l->seen);
	free(l->all);
	*l = (struct sightings){ 0 };
}

int
sightings_make(
	struct sightings *l, struct str uid, const json_t *object, struct sighting **out)
{
	size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	size_t need = json_dumpb(object, NULL, 0, flags);
	struct sighting *s = NULL;

	if (need > 0 && need <= TEXT_BYTES && uid.len <= SIGHTING_NAME_BYTES &&
		l->n < l->max &&
		l->bytes + need <= l->max * BYTES_PER_SIGHTING + TEXT_BYTES)
		s = malloc(sizeof(*s) + uid.len + need);
	if (s == NULL)
		return -ENOBUFS;
	*s = (struct sighting){ .refs = 1, .uid_len = uid.len, .text_len = need };
	if (uid.len > 0)
		memcpy(s->data, uid.ptr, uid.len);
	if (json_dumpb(object, s->data + uid.len, need, flags) != need) {
		free(s);
		return -EINVAL;
	}
	l->bytes += need;
	*out = s;
	return 0;
}

void
sightings_drop(struct sightings *l, struct sighting *s)
{
	assert(s->refs > 0);
	if (--s->refs > 0)
		return;
	l->bytes -= s->text_len;
	free(s);
}

bool
sightings_has(struct sightings *l, struct str uid, uint64_t version, uint32_t count)
{
	bool fresh = true;

	if (uid.len == 0 || version == 0)
		return false;
	buf_reset(&l->key);
	buf_add_varint(&l->key, version);
	buf_add_varint(&l->key, count);
	buf_add(&l->key, uid);
	return map_put(l->seen, buf_str(&l->key), &fresh) != NULL && !fresh;
}

bool
sightings_keep(struct sightings *l, struct sighting *s)
{
	if (l->n == l->cap) {
		size_t cap = l->cap > 0 ? l->cap * 2 : CAP_MIN;
		void *p = realloc(l->all, cap * sizeof(struct sighting *));

		if (p == NULL)
			return false;
		l->all = p;
		l->cap = cap;
	}
	l->all[l->n++] = s;
	return true;
}

int
sighting_cmp_texts(const struct sighting *a, const struct sighting *b)
{
	struct str x = { a->data, a->uid_len }, y = { b->data, b->uid_len };
	int c = str_cmp(x, y);

	if (c == 0)
		c = (a->count > b->count) - (a->count < b->count);
	return c != 0 ? c : str_cmp(sighting_text(a), sighting_text(b));
}

/* The server's versions grow over all objects; without them, time. */
static int
cmp_sightings(const void *pa, const void *pb)
{
	const struct sighting *const *a = pa, *const *b = pb;
	int c = ((*a)->version > (*b)->version) - ((*a)->version < (*b)->version);

	if (c == 0)
		c = ((*a)->at_ns > (*b)->at_ns) - ((*a)->at_ns < (*b)->at_ns);
	return c != 0 ? c : sighting_cmp_texts(*a, *b);
}

void
sightings_sort(struct sightings *l)
{
	if (l->n > 0)
		qsort(l->all, l->n, sizeof(l->all[0]), cmp_sightings);
}
