/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of sources: filled while inputs are opened, read by everybody after. Sources
 * and their texts live in one arena, so their addresses are good as long as the table.
 */
#include "record/source.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "record/workloads.h"

#define BYTES_PER_SOURCE ((size_t)2048)
#define PODS_PER_SOURCE  16

const struct str label_names[LABEL_COUNT] = {
	[LABEL_NAMESPACE] = { "namespace", 9 },
	[LABEL_POD] = { "pod", 3 },
	[LABEL_CONTAINER] = { "container", 9 },
	[LABEL_SERVICE] = { "service", 7 },
	[LABEL_NODE] = { "node", 4 },
	[LABEL_INSTANCE] = { "instance", 8 },
	[LABEL_UID] = { "uid", 3 },
	[LABEL_DATADOG] = { "datadog_service", 15 },
};

enum label
label_find(struct str name)
{
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		if (str_eq(name, label_names[i]))
			return (enum label)i;
	return LABEL_COUNT;
}

struct source_table {
	pthread_mutex_t lock;
	struct arena *arena;
	struct map *by_key; /* name and labels as given -> struct source */
	struct workloads *workloads;
	struct source **list;
	size_t n, cap, max;
	struct buf key;
};

struct source_table *
source_table_new(size_t max_sources)
{
	struct source_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	t->max = max_sources;
	t->arena = arena_new("sources", (max_sources + 64) * BYTES_PER_SOURCE);
	t->by_key = map_new(max_sources);
	if (t->arena != NULL)
		t->workloads = workloads_new(t->arena, max_sources * PODS_PER_SOURCE);
	buf_init(&t->key, (size_t)64 << 10);
	if (t->workloads == NULL || t->by_key == NULL)
		source_table_free(&t);
	return t;
}

void
source_table_free(struct source_table **pt)
{
	struct source_table *t = *pt;

	*pt = NULL;
	if (t == NULL)
		return;
	if (t->by_key != NULL)
		map_free(&t->by_key);
	workloads_free(&t->workloads);
	arena_free(&t->arena);
	buf_fini(&t->key);
	free(t->list);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static struct str
bounded(struct str s)
{
	return str_sub(s, 0, LABEL_MAX_BYTES);
}

/* Name and labels with their lengths, so that no two differ only by where they are cut.
 */
static struct str
make_key(struct source_table *t, struct str name, const struct str label[LABEL_COUNT])
{
	buf_reset(&t->key);
	buf_add_varint(&t->key, bounded(name).len);
	buf_add(&t->key, bounded(name));
	for (unsigned i = 0; i < LABEL_COUNT; i++) {
		buf_add_varint(&t->key, bounded(label[i]).len);
		buf_add(&t->key, bounded(label[i]));
	}
	return buf_str(&t->key);
}

static bool
grow_list(struct source_table *t)
{
	size_t cap = t->cap ? t->cap * 2 : 64;
	struct source **p;

	if (t->n < t->cap)
		return true;
	p = realloc(t->list, cap * sizeof(struct source *));
	if (p == NULL)
		return false;
	t->list = p;
	t->cap = cap;
	return true;
}

/*
 * A container's log file is the same wherever its tree is mounted or copied to: the pod's
 * uid and the file's own name say which. Any other file is what its path says.
 */
static uint64_t
identity(const struct source_table *t, struct str name,
	const struct str label[LABEL_COUNT])
{
	size_t slash = str_rfind_char(name, '/');
	uint64_t id;

	if (label[LABEL_UID].len == 0)
		return hash_stable(buf_str(&t->key));
	id = hash_stable(slash == SIZE_MAX ? name : str_sub(name, slash + 1, name.len));
	id = hash_mix(id, hash_stable(label[LABEL_UID]));
	id = hash_mix(id, hash_stable(label[LABEL_CONTAINER]));
	return hash_mix(id, hash_stable(label[LABEL_INSTANCE]));
}

/* Who writes: a pod's container, else a service, else the log is all that is known. */
static uint64_t
writer(const struct source *s)
{
	enum label by[] = { LABEL_NAMESPACE, LABEL_POD, LABEL_CONTAINER };
	struct str name = { 0 };
	uint64_t id;

	if (s->label[LABEL_UID].len > 0)
		by[0] = by[1] = LABEL_UID;
	else if (s->label[LABEL_POD].len == 0)
		by[1] = LABEL_SERVICE;
	if (s->label[by[1]].len == 0)
		name = s->name;
	id = hash_stable(name);
	for (size_t i = 0; i < ARRAY_LEN(by); i++)
		id = hash_mix(id, hash_stable(s->label[by[i]]));
	return id;
}

static struct source *
add(struct source_table *t, struct str name, const struct str label[LABEL_COUNT],
	void **slot)
{
	struct source *s = t->n < t->max ? arena_alloc(t->arena, sizeof(*s)) : NULL;
	struct str filled[LABEL_COUNT];

	if (s == NULL || !grow_list(t))
		return NULL;
	s->id = identity(t, name, label);
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		filled[i] = bounded(label[i]);
	workloads_fill(t->workloads, filled);
	s->name = arena_copy(t->arena, bounded(name));
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		s->label[i] = arena_copy(t->arena, filled[i]);
	s->writer = writer(s);
	s->index = (uint32_t)t->n;
	t->list[t->n++] = s;
	*slot = s;
	return s;
}

const struct source *
source_table_get(
	struct source_table *t, struct str name, const struct str label[LABEL_COUNT])
{
	struct source *s = NULL;
	struct str key;
	void **slot;

	pthread_mutex_lock(&t->lock);
	key = make_key(t, name, label);
	slot = map_put(t->by_key, key, NULL);
	if (slot != NULL)
		s = *slot != NULL ? *slot : add(t, name, label, slot);
	if (slot != NULL && s == NULL)
		map_del(t->by_key, make_key(t, name, label));
	pthread_mutex_unlock(&t->lock);
	return s;
}

const struct source *
source_table_at(const struct source_table *t, uint32_t index)
{
	struct source_table *m = (struct source_table *)(uintptr_t)t;
	const struct source *s;

	pthread_mutex_lock(&m->lock);
	s = index < t->n ? t->list[index] : NULL;
	pthread_mutex_unlock(&m->lock);
	return s;
}

size_t
source_table_len(const struct source_table *t)
{
	struct source_table *m = (struct source_table *)(uintptr_t)t;
	size_t n;

	pthread_mutex_lock(&m->lock);
	n = t->n;
	pthread_mutex_unlock(&m->lock);
	return n;
}

void
source_table_set_workload(
	struct source_table *t, struct str namespace, struct str pod, struct str service)
{
	pthread_mutex_lock(&t->lock);
	workloads_set(t->workloads, namespace, pod, service);
	pthread_mutex_unlock(&t->lock);
}

void
source_table_set_datadog(struct source_table *t, struct str namespace, struct str pod,
	struct str container, struct str service)
{
	if (service.len == 0)
		return;
	pthread_mutex_lock(&t->lock);
	workloads_set_datadog(t->workloads, namespace, pod, container, service);
	pthread_mutex_unlock(&t->lock);
}

void
source_table_restore(struct source_table *t, const struct workload_row *row)
{
	pthread_mutex_lock(&t->lock);
	workloads_restore(t->workloads, row);
	pthread_mutex_unlock(&t->lock);
}

bool
source_table_workload(const struct source_table *t, size_t n, struct workload_row *out)
{
	struct source_table *m = (struct source_table *)(uintptr_t)t;
	bool found;

	pthread_mutex_lock(&m->lock);
	found = workloads_said(t->workloads, n, out);
	pthread_mutex_unlock(&m->lock);
	return found;
}

struct str
source_table_only_namespace(const struct source_table *t)
{
	struct source_table *m = (struct source_table *)(uintptr_t)t;
	struct str s;

	pthread_mutex_lock(&m->lock);
	s = workloads_only_namespace(t->workloads);
	pthread_mutex_unlock(&m->lock);
	return s;
}
