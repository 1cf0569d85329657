/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of sources: filled while inputs are opened, read by everybody after. Each is
 * one piece of memory with its texts. The list ascends by index, so that of a table that
 * nothing leaves an index is a place in it.
 */
#include "record/source.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "record/workloads.h"

#define NEWS_MAX ((size_t)1 << 22) /* of pods, of a batch */

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

struct held {
	struct source source; /* first: a source is its address */
	size_t holds;
	bool open;      /* by source_table_open() */
	struct str key; /* as in by_key */
	char texts[];
};

struct source_table {
	pthread_mutex_t lock;
	enum source_life life;
	struct map *by_key; /* name and labels as given -> struct held */
	struct workloads *workloads;
	struct held **list;
	size_t n, cap;
	size_t got, max; /* those that are not open */
	uint32_t next;   /* index */
	struct buf key;
};

struct source_table *
source_table_new(size_t max_sources, enum source_life life)
{
	struct source_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	t->max = max_sources;
	t->life = life;
	t->by_key = map_new(SIZE_MAX);
	t->workloads = workloads_new(life == SOURCES_GO ? max_sources : NEWS_MAX);
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
	for (size_t i = 0; i < t->n; i++)
		free(t->list[i]);
	if (t->by_key != NULL)
		map_free(&t->by_key);
	workloads_free(&t->workloads);
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
	struct held **p;

	if (t->n < t->cap)
		return true;
	p = realloc(t->list, cap * sizeof(struct held *));
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

/* The labels with what is known of the pod. */
static struct held *
make(struct source_table *t, struct str name, const struct str label[LABEL_COUNT])
{
	struct str filled[LABEL_COUNT], key = buf_str(&t->key);
	size_t bytes = bounded(name).len + key.len;
	struct held *h;
	char *to;

	for (unsigned i = 0; i < LABEL_COUNT; i++)
		filled[i] = bounded(label[i]);
	workloads_fill(t->workloads, filled);
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		bytes += filled[i].len;
	h = malloc(sizeof(*h) + bytes);
	if (h == NULL)
		return NULL;
	*h = (struct held){ .source = {
				    .index = t->next, .id = identity(t, name, label) } };
	to = h->texts;
	h->key = str_put(&to, key);
	h->source.name = str_put(&to, bounded(name));
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		h->source.label[i] = str_put(&to, filled[i]);
	h->source.writer = writer(&h->source);
	return h;
}

static struct held *
add(struct source_table *t, struct str name, const struct str label[LABEL_COUNT],
	bool open, void **slot)
{
	struct held *h;

	if ((!open && t->got >= t->max) || t->next == UINT32_MAX || !grow_list(t))
		return NULL;
	h = make(t, name, label);
	if (h == NULL)
		return NULL;
	h->open = open;
	t->got += !open;
	t->next++;
	t->list[t->n++] = h;
	*slot = h;
	return h;
}

static const struct source *
get(struct source_table *t, struct str name, const struct str label[LABEL_COUNT],
	bool open)
{
	struct held *h = NULL;
	void **slot;
	struct str key;

	pthread_mutex_lock(&t->lock);
	key = make_key(t, name, label);
	slot = buf_failed(&t->key) ? NULL : map_put(t->by_key, key, NULL);
	if (slot != NULL)
		h = *slot != NULL ? *slot : add(t, name, label, open, slot);
	if (slot != NULL && h == NULL)
		map_del(t->by_key, key);
	if (h != NULL)
		h->holds++;
	pthread_mutex_unlock(&t->lock);
	return h != NULL ? &h->source : NULL;
}

const struct source *
source_table_get(
	struct source_table *t, struct str name, const struct str label[LABEL_COUNT])
{
	return get(t, name, label, false);
}

const struct source *
source_table_open(
	struct source_table *t, struct str name, const struct str label[LABEL_COUNT])
{
	return get(t, name, label, true);
}

static struct held *
held_of(const struct source *s)
{
	return (struct held *)(uintptr_t)s;
}

void
source_table_hold(struct source_table *t, const struct source *s)
{
	pthread_mutex_lock(&t->lock);
	held_of(s)->holds++;
	pthread_mutex_unlock(&t->lock);
}

/* Where the first of this index or a higher one stands. */
static size_t
place_of(const struct source_table *t, uint32_t index)
{
	size_t from = 0, to = t->n;

	if (index < t->n && t->list[index]->source.index == index)
		return index;
	while (from < to) {
		size_t at = from + (to - from) / 2;

		if (t->list[at]->source.index < index)
			from = at + 1;
		else
			to = at;
	}
	return from;
}

static void
discard(struct source_table *t, struct held *h)
{
	size_t at = place_of(t, h->source.index);

	t->n--;
	memmove(&t->list[at], &t->list[at + 1], (t->n - at) * sizeof(t->list[0]));
	t->got -= !h->open;
	(void)map_del(t->by_key, h->key);
	free(h);
}

void
source_table_drop(struct source_table *t, const struct source *s)
{
	struct held *h = held_of(s);

	pthread_mutex_lock(&t->lock);
	assert(h->holds > 0);
	if (--h->holds == 0 && t->life == SOURCES_GO)
		discard(t, h);
	pthread_mutex_unlock(&t->lock);
}

const struct source *
source_table_at(const struct source_table *t, uint32_t index)
{
	struct source_table *m = (struct source_table *)(uintptr_t)t;
	const struct source *s = NULL;
	size_t at;

	pthread_mutex_lock(&m->lock);
	at = place_of(t, index);
	if (at < t->n && t->list[at]->source.index == index)
		s = &t->list[at]->source;
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

size_t
source_table_got(const struct source_table *t)
{
	struct source_table *m = (struct source_table *)(uintptr_t)t;
	size_t n;

	pthread_mutex_lock(&m->lock);
	n = t->got;
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
source_table_workload(const struct source_table *t, uint64_t *n, struct workload_row *out)
{
	struct source_table *m = (struct source_table *)(uintptr_t)t;
	bool found;

	pthread_mutex_lock(&m->lock);
	found = workloads_said(t->workloads, n, out);
	pthread_mutex_unlock(&m->lock);
	return found;
}
