/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table in two arrays: entries in the order of insertion, and a sparse index of
 * numbers into it. A removed entry stays as a dead one until the next rebuild, so lookups
 * need no tombstones and removal inside a map_next() loop is safe.
 */
#include "base/map.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define CAP_MIN     ((size_t)16)
#define ENTRIES_MAX ((size_t)1 << 30)
#define EMPTY       UINT32_MAX

struct entry {
	char *key; /* owned; NULL: dead */
	size_t key_len;
	uint64_t hash;
	void *value; /* borrowed */
};

struct map {
	struct entry *entries;
	size_t count; /* entries in use, dead ones included */
	size_t live;
	size_t cap;
	size_t max; /* of live */
	uint32_t *index;
	size_t index_mask; /* its length - 1; at least twice cap */
	struct hash_key seed;
};

struct map *
map_new(size_t max_entries)
{
	struct map *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->max = max_entries < ENTRIES_MAX ? max_entries : ENTRIES_MAX;
	m->seed = hash_seed();
	return m;
}

void
map_free(struct map **pm)
{
	struct map *m = *pm;

	*pm = NULL;
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->count; i++)
		free(m->entries[i].key);
	free(m->entries);
	free(m->index);
	free(m);
}

void
map_clear(struct map *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->entries[i].key);
	if (m->count > 0)
		memset(m->index, 0xff, (m->index_mask + 1) * sizeof(*m->index));
	m->count = m->live = 0;
}

size_t
map_len(const struct map *m)
{
	return m->live;
}

static struct str
entry_key(const struct entry *e)
{
	return (struct str){ .ptr = e->key, .len = e->key_len };
}

static struct entry *
find(const struct map *m, struct str key, uint64_t hash)
{
	if (m->cap == 0)
		return NULL;
	for (size_t i = (size_t)hash & m->index_mask; m->index[i] != EMPTY;
		i = (i + 1) & m->index_mask) {
		struct entry *e = &m->entries[m->index[i]];

		if (e->key != NULL && e->hash == hash && str_eq(entry_key(e), key))
			return e;
	}
	return NULL;
}

static void
index_add(struct map *m, size_t number)
{
	size_t i = (size_t)m->entries[number].hash & m->index_mask;

	while (m->index[i] != EMPTY)
		i = (i + 1) & m->index_mask;
	m->index[i] = (uint32_t)number;
}

/* Drops the dead entries and makes the index anew. */
static void
rebuild(struct map *m)
{
	size_t to = 0;

	memset(m->index, 0xff, (m->index_mask + 1) * sizeof(*m->index));
	for (size_t from = 0; from < m->count; from++) {
		if (m->entries[from].key == NULL)
			continue;
		m->entries[to] = m->entries[from];
		index_add(m, to++);
	}
	m->count = to;
	assert(m->count == m->live);
}

static bool
grow(struct map *m, size_t cap)
{
	struct entry *entries = realloc(m->entries, cap * sizeof(*entries));
	size_t slots = 2 * CAP_MIN;
	uint32_t *index;

	if (entries == NULL)
		return false;
	m->entries = entries;
	while (slots < 2 * cap)
		slots *= 2;
	index = malloc(slots * sizeof(*index));
	if (index == NULL)
		return false;
	free(m->index);
	m->index = index;
	m->index_mask = slots - 1;
	m->cap = cap;
	return true;
}

/*
 * Room for one more. The array may be half as long again as max, so that a full table
 * that loses one entry for each new one is rebuilt only every max / 2 times.
 */
static bool
make_room(struct map *m)
{
	size_t most = m->max + m->max / 2 + CAP_MIN;
	size_t cap = m->cap > 0 ? m->cap * 2 : CAP_MIN;

	if (m->count < m->cap)
		return true;
	if (cap > most)
		cap = most;
	if (m->cap == 0 || m->count - m->live < m->cap / 4)
		if (!grow(m, cap))
			return false;
	rebuild(m);
	return true;
}

void **
map_get(const struct map *m, struct str key)
{
	struct entry *e = find(m, key, hash_bytes(m->seed, key));

	return e != NULL ? &e->value : NULL;
}

void **
map_put(struct map *m, struct str key, bool *fresh)
{
	uint64_t hash = hash_bytes(m->seed, key);
	struct entry *e = find(m, key, hash);
	char *copy;

	if (fresh != NULL)
		*fresh = false;
	if (e != NULL)
		return &e->value;
	if (m->live >= m->max || !make_room(m))
		return NULL;
	copy = malloc(key.len + 1);
	if (copy == NULL)
		return NULL;
	if (key.len > 0)
		memcpy(copy, key.ptr, key.len);
	e = &m->entries[m->count];
	*e = (struct entry){ .key = copy, .key_len = key.len, .hash = hash };
	index_add(m, m->count);
	m->count++;
	m->live++;
	if (fresh != NULL)
		*fresh = true;
	return &e->value;
}

bool
map_del(struct map *m, struct str key)
{
	struct entry *e = find(m, key, hash_bytes(m->seed, key));

	if (e == NULL)
		return false;
	free(e->key);
	e->key = NULL;
	m->live--;
	return true;
}

bool
map_next(const struct map *m, size_t *pos, struct str *key, void **value)
{
	while (*pos < m->count) {
		const struct entry *e = &m->entries[(*pos)++];

		if (e->key == NULL)
			continue;
		if (key != NULL)
			*key = entry_key(e);
		if (value != NULL)
			*value = e->value;
		return true;
	}
	return false;
}
