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

#define NAME_MAX_BYTES     4096
#define BYTES_PER_SOURCE   ((size_t)2048)
#define PODS_PER_SOURCE    16
#define SERVICE_HASH_MAX   10
#define SERVICE_HASH_LONG  6
#define SERVICE_SUFFIX_LEN 5
#define CONTAINERS_MAX     32 /* of a pod */

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

struct container {
	struct container *next;
	struct str name, datadog;
};

/* What the API said of one pod of one namespace, or a label that a source of it got. */
struct workload {
	struct str namespace;
	struct str service; /* empty: only the pod's namespace is known */
	struct container *containers;
};

/* A pod's name without its namespace. */
struct pod_name {
	struct workload *workload;
	bool ambiguous; /* more than one namespace has such a pod */
};

struct source_table {
	pthread_mutex_t lock;
	struct arena *arena;
	struct map *by_key;    /* name and labels as given -> struct source */
	struct map *workloads; /* namespace NUL pod -> struct workload */
	struct map *pods;      /* pod -> struct pod_name */
	struct source **list;
	size_t n, cap, max;
	struct workload_row *said; /* all that was news of a workload */
	size_t n_said, cap_said;
	struct buf key;
	struct str only_namespace;
	bool several_namespaces;
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
	t->workloads = map_new(max_sources * PODS_PER_SOURCE);
	t->pods = map_new(max_sources * PODS_PER_SOURCE);
	buf_init(&t->key, (size_t)64 << 10);
	if (t->arena == NULL || t->by_key == NULL || t->workloads == NULL ||
		t->pods == NULL)
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
	if (t->workloads != NULL)
		map_free(&t->workloads);
	if (t->pods != NULL)
		map_free(&t->pods);
	arena_free(&t->arena);
	buf_fini(&t->key);
	free(t->list);
	free(t->said);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static struct str
bounded(struct str s)
{
	return str_sub(s, 0, NAME_MAX_BYTES);
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

static const struct pod_name *
find_pod(const struct source_table *t, struct str pod)
{
	void **slot = map_get(t->pods, pod);

	return slot != NULL ? *slot : NULL;
}

static const struct workload *
find_workload(struct source_table *t, struct str namespace, struct str pod)
{
	void **slot;

	buf_reset(&t->key);
	buf_add(&t->key, bounded(namespace));
	buf_add_char(&t->key, '\0');
	buf_add(&t->key, bounded(pod));
	slot = map_get(t->workloads, buf_str(&t->key));
	return slot != NULL ? *slot : NULL;
}

/* Without memory it is known all the same, but not told to who keeps it. */
static void
note_said(struct source_table *t, const struct workload_row *row)
{
	size_t cap = t->cap_said ? t->cap_said * 2 : 64;
	struct workload_row *p = t->said;

	if (t->n_said == t->cap_said) {
		p = realloc(t->said, cap * sizeof(*p));
		if (p == NULL)
			return;
		t->said = p;
		t->cap_said = cap;
	}
	p[t->n_said] = *row;
	p[t->n_said++].pod = arena_copy(t->arena, bounded(row->pod));
}

/* The first service stands. NULL: no news, or the table is full. */
static struct workload *
set_workload(struct source_table *t, struct str namespace, struct str pod,
	struct str service, bool guessed, bool *fresh)
{
	const struct workload *known = find_workload(t, namespace, pod);
	struct workload *w = (struct workload *)(uintptr_t)known;
	void **slot;

	*fresh = w == NULL;
	if (w == NULL) {
		w = arena_alloc(t->arena, sizeof(*w));
		slot = w != NULL ? map_put(t->workloads, buf_str(&t->key), NULL) : NULL;
		if (slot == NULL)
			return NULL;
		w->namespace = arena_copy(t->arena, bounded(namespace));
		*slot = w;
	} else if (w->service.len > 0 || service.len == 0) {
		return NULL;
	}
	w->service = arena_copy(t->arena, bounded(service));
	note_said(t, &(struct workload_row){ .namespace = w->namespace,
			     .pod = pod,
			     .service = w->service,
			     .guessed = guessed });
	return w;
}

/* The first word stands, also that there was none when a source asked. */
static void
set_datadog(struct source_table *t, struct workload *w, struct str pod, struct str name,
	struct str service)
{
	struct container **at = &w->containers;
	size_t n = 0;

	for (; *at != NULL; at = &(*at)->next)
		if (str_eq((*at)->name, name) || ++n >= CONTAINERS_MAX)
			return;
	*at = arena_alloc(t->arena, sizeof(**at));
	if (*at == NULL)
		return;
	(*at)->name = arena_copy(t->arena, bounded(name));
	(*at)->datadog = arena_copy(t->arena, bounded(service));
	note_said(t, &(struct workload_row){ .namespace = w->namespace,
			     .pod = pod,
			     .container = (*at)->name,
			     .datadog = (*at)->datadog,
			     .of_container = true });
}

/* Of the container, or where none is named, of the only one. */
static struct str
find_datadog(struct source_table *t, struct str namespace, struct str pod,
	struct str container)
{
	const struct workload *known = find_workload(t, namespace, pod);
	struct workload *w = (struct workload *)(uintptr_t)known;

	if (w == NULL)
		return (struct str){ 0 };
	if (container.len == 0 && w->containers != NULL && w->containers->next == NULL)
		return w->containers->datadog;
	for (const struct container *c = w->containers; c != NULL; c = c->next)
		if (str_eq(c->name, container))
			return c->datadog;
	set_datadog(t, w, pod, container, (struct str){ 0 });
	return (struct str){ 0 };
}

/* From what the API said, else from the pod's name; what a pod was given once stands. */
static void
fill_service(struct source_table *t, struct str label[LABEL_COUNT])
{
	struct str pod = label[LABEL_POD];
	const struct workload *w = NULL;
	bool fresh;

	if (pod.len == 0 || label[LABEL_SERVICE].len > 0)
		return;
	w = find_workload(t, label[LABEL_NAMESPACE], pod);
	if (w != NULL && w->service.len > 0) {
		label[LABEL_SERVICE] = w->service;
		return;
	}
	label[LABEL_SERVICE] = source_guess_service(pod);
	if (label[LABEL_NAMESPACE].len > 0)
		(void)set_workload(t, label[LABEL_NAMESPACE], pod, label[LABEL_SERVICE],
			true, &fresh);
}

/* Fills what is not known. */
static void
fill_labels(struct source_table *t, struct str label[LABEL_COUNT])
{
	struct str pod = label[LABEL_POD];

	if (label[LABEL_NAMESPACE].len == 0 && pod.len > 0) {
		const struct pod_name *p = find_pod(t, pod);

		if (p != NULL && !p->ambiguous)
			label[LABEL_NAMESPACE] = p->workload->namespace;
	}
	if (label[LABEL_NAMESPACE].len == 0 && !t->several_namespaces)
		label[LABEL_NAMESPACE] = t->only_namespace;
	fill_service(t, label);
	if (pod.len > 0 && label[LABEL_DATADOG].len == 0)
		label[LABEL_DATADOG] = find_datadog(
			t, label[LABEL_NAMESPACE], pod, label[LABEL_CONTAINER]);
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
	fill_labels(t, filled);
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

static void
note_namespace(struct source_table *t, struct str namespace)
{
	if (namespace.len == 0)
		return;
	if (t->only_namespace.len == 0)
		t->only_namespace = arena_copy(t->arena, bounded(namespace));
	else if (!str_eq(t->only_namespace, bounded(namespace)))
		t->several_namespaces = true;
}

static void
note_pod(struct source_table *t, struct str pod, struct workload *w)
{
	void **slot = map_put(t->pods, bounded(pod), NULL);
	struct pod_name *p;

	if (slot == NULL)
		return;
	p = *slot;
	if (p != NULL) {
		p->ambiguous |= !str_eq(p->workload->namespace, w->namespace);
		return;
	}
	p = arena_alloc(t->arena, sizeof(*p));
	if (p == NULL) {
		map_del(t->pods, bounded(pod));
		return;
	}
	p->workload = w;
	*slot = p;
}

void
source_table_set_workload(
	struct source_table *t, struct str namespace, struct str pod, struct str service)
{
	struct workload *w;
	bool fresh;

	pthread_mutex_lock(&t->lock);
	note_namespace(t, namespace);
	if (pod.len > 0) {
		w = set_workload(t, namespace, pod, service, false, &fresh);
		if (w != NULL && fresh)
			note_pod(t, pod, w);
	}
	pthread_mutex_unlock(&t->lock);
}

/* Rows may come in any order: a pod that is not known yet has no service. */
static void
set_datadog_of(struct source_table *t, const struct workload_row *row)
{
	struct workload *w;
	bool fresh;

	pthread_mutex_lock(&t->lock);
	w = (struct workload *)(uintptr_t)find_workload(t, row->namespace, row->pod);
	if (w == NULL)
		w = set_workload(
			t, row->namespace, row->pod, (struct str){ 0 }, true, &fresh);
	if (w != NULL)
		set_datadog(t, w, row->pod, row->container, row->datadog);
	pthread_mutex_unlock(&t->lock);
}

void
source_table_set_datadog(struct source_table *t, struct str namespace, struct str pod,
	struct str container, struct str service)
{
	const struct workload_row row = { .namespace = namespace,
		.pod = pod,
		.container = container,
		.datadog = service };

	if (service.len > 0)
		set_datadog_of(t, &row);
}

void
source_table_restore(struct source_table *t, const struct workload_row *row)
{
	bool fresh;

	if (row->of_container) {
		set_datadog_of(t, row);
		return;
	}
	if (!row->guessed) {
		source_table_set_workload(t, row->namespace, row->pod, row->service);
		return;
	}
	pthread_mutex_lock(&t->lock);
	(void)set_workload(t, row->namespace, row->pod, row->service, true, &fresh);
	pthread_mutex_unlock(&t->lock);
}

bool
source_table_workload(const struct source_table *t, size_t n, struct workload_row *out)
{
	struct source_table *m = (struct source_table *)(uintptr_t)t;
	bool found;

	pthread_mutex_lock(&m->lock);
	found = n < t->n_said;
	if (found)
		*out = t->said[n];
	pthread_mutex_unlock(&m->lock);
	return found;
}

struct str
source_image_name(struct str image)
{
	size_t slash = str_rfind_char(image, '/');
	struct str rest =
		slash == SIZE_MAX ? image : str_sub(image, slash + 1, image.len);

	if (str_starts(image, STR("sha256:")))
		return (struct str){ 0 };
	rest = str_cut(&rest, '@');
	return str_cut(&rest, ':');
}

struct str
source_table_only_namespace(const struct source_table *t)
{
	struct source_table *m = (struct source_table *)(uintptr_t)t;
	struct str s = { 0 };

	pthread_mutex_lock(&m->lock);
	if (!t->several_namespaces)
		s = t->only_namespace;
	pthread_mutex_unlock(&m->lock);
	return s;
}

static bool
all_of(struct str s, const char *alphabet_z)
{
	for (size_t i = 0; i < s.len; i++)
		if (str_find_char(str_z(alphabet_z), s.ptr[i]) == SIZE_MAX)
			return false;
	return s.len > 0;
}

static bool
is_suffix(struct str part)
{
	return part.len == SERVICE_SUFFIX_LEN &&
	       all_of(part, "bcdfghjklmnpqrstvwxz2456789");
}

static bool
is_number(struct str part)
{
	return all_of(part, "0123456789");
}

/*
 * A pod-template hash: up to ten digits of a number, spelled with ten letters. "db" would
 * be one, too: a short one must have a digit.
 */
static bool
is_hash(struct str part)
{
	bool digit = false;

	if (part.len > SERVICE_HASH_MAX || !all_of(part, "456789bcdf"))
		return false;
	for (size_t i = 0; i < part.len; i++)
		digit |= char_is_digit(part.ptr[i]);
	return digit || part.len >= SERVICE_HASH_LONG;
}

/* The part behind the last dash; *head is what is before. Empty: no such part. */
static struct str
last_part(struct str s, struct str *head)
{
	size_t dash = str_rfind_char(s, '-');

	if (dash == SIZE_MAX || dash == 0)
		return (struct str){ 0 };
	*head = str_sub(s, 0, dash);
	return str_sub(s, dash + 1, s.len);
}

struct str
source_guess_service(struct str pod)
{
	struct str head = pod;
	struct str owner;
	struct str part = last_part(pod, &head);

	if (is_number(part) && !is_suffix(part))
		return head;
	if (!is_suffix(part))
		return pod;
	owner = head;
	part = last_part(head, &owner);
	return is_hash(part) || is_number(part) ? owner : head;
}
