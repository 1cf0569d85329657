/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two generations: what is asked for in the old one moves on to the young one, and when
 * that is full the old one goes as a whole.
 */
#include "record/workloads.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"

#define CONTAINERS_MAX 32 /* of a pod */
#define BYTES_PER_NEWS ((size_t)2048)
#define ARENA_LEAST    ((size_t)1 << 20)

struct container {
	struct container *next;
	struct str name, datadog;
};

/* What the API said of a pod of a namespace, or what a log of it was labelled with. */
struct workload {
	struct str namespace, pod;
	struct str service; /* empty: only the pod's namespace is known */
	struct container *containers;
	bool guessed;
	bool named; /* in names */
};

/* A pod's name without its namespace. */
struct pod_name {
	const struct workload *workload;
	bool ambiguous; /* more than one namespace has such a pod */
};

struct generation {
	struct arena *arena;
	struct map *known;         /* namespace NUL pod -> struct workload */
	struct map *names;         /* pod -> struct pod_name */
	struct workload_row *said; /* all that was news */
	size_t n_said, cap_said;
	uint64_t first; /* number of said[0] */
};

struct workloads {
	size_t max_news;
	struct generation young, old;
	struct buf key;
	struct buf only_namespace;
	bool several_namespaces;
};

static void
generation_fini(struct generation *g)
{
	if (g->known != NULL)
		map_free(&g->known);
	if (g->names != NULL)
		map_free(&g->names);
	if (g->arena != NULL)
		arena_free(&g->arena);
	free(g->said);
	*g = (struct generation){ 0 };
}

static bool
generation_init(struct generation *g, size_t max_news, uint64_t first)
{
	*g = (struct generation){ .first = first };
	g->arena = arena_new("pods", ARENA_LEAST + max_news * BYTES_PER_NEWS);
	g->known = map_new(SIZE_MAX);
	g->names = map_new(SIZE_MAX);
	if (g->arena != NULL && g->known != NULL && g->names != NULL)
		return true;
	generation_fini(g);
	return false;
}

struct workloads *
workloads_new(size_t max_news)
{
	struct workloads *ws = calloc(1, sizeof(*ws));

	if (ws == NULL)
		return NULL;
	ws->max_news = max_news;
	buf_init(&ws->key, (size_t)64 << 10);
	buf_init(&ws->only_namespace, LABEL_MAX_BYTES);
	if (!generation_init(&ws->young, max_news, 0))
		workloads_free(&ws);
	return ws;
}

void
workloads_free(struct workloads **pws)
{
	struct workloads *ws = *pws;

	*pws = NULL;
	if (ws == NULL)
		return;
	generation_fini(&ws->young);
	generation_fini(&ws->old);
	buf_fini(&ws->key);
	buf_fini(&ws->only_namespace);
	free(ws);
}

/* Before anything is looked up: pointers are good until the next call of this. */
static void
make_room(struct workloads *ws)
{
	struct generation g;

	if (ws->young.n_said < ws->max_news &&
		arena_used(ws->young.arena) <= ws->max_news * BYTES_PER_NEWS)
		return;
	if (!generation_init(&g, ws->max_news, ws->young.first + ws->young.n_said))
		return;
	generation_fini(&ws->old);
	ws->old = ws->young;
	ws->young = g;
}

static struct str
bounded(struct str s)
{
	return str_sub(s, 0, LABEL_MAX_BYTES);
}

static void *
find(struct map *m, struct str key)
{
	void **slot = m != NULL ? map_get(m, key) : NULL;

	return slot != NULL ? *slot : NULL;
}

/* Without memory it is known all the same, but not told to who keeps it. */
static void
note_said(struct workloads *ws, const struct workload_row *row)
{
	struct generation *g = &ws->young;
	size_t cap = g->cap_said ? g->cap_said * 2 : 64;
	struct workload_row *p = g->said;

	if (g->n_said == g->cap_said) {
		p = realloc(g->said, cap * sizeof(*p));
		if (p == NULL)
			return;
		g->said = p;
		g->cap_said = cap;
	}
	p[g->n_said++] = *row;
}

static void
say(struct workloads *ws, const struct workload *w)
{
	note_said(ws, &(struct workload_row){ .namespace = w->namespace,
			      .pod = w->pod,
			      .service = w->service,
			      .guessed = w->guessed });
}

static void
note_name(struct workloads *ws, struct workload *w)
{
	struct generation *g = &ws->young;
	void **slot = map_put(g->names, w->pod, NULL);
	struct pod_name *p;

	if (slot == NULL)
		return;
	p = *slot != NULL ? *slot : arena_alloc(g->arena, sizeof(*p));
	if (p == NULL) {
		map_del(g->names, w->pod);
		return;
	}
	if (*slot != NULL)
		p->ambiguous |= !str_eq(p->workload->namespace, w->namespace);
	else
		p->workload = w;
	*slot = p;
	w->named = true;
}

static struct str
key_of(struct workloads *ws, struct str namespace, struct str pod)
{
	buf_reset(&ws->key);
	buf_add(&ws->key, bounded(namespace));
	buf_add_char(&ws->key, '\0');
	buf_add(&ws->key, bounded(pod));
	return buf_str(&ws->key);
}

/* NULL: no memory. */
static struct workload *
add(struct workloads *ws, struct str namespace, struct str pod)
{
	struct generation *g = &ws->young;
	struct workload *w = arena_alloc(g->arena, sizeof(*w));
	void **slot =
		w != NULL ? map_put(g->known, key_of(ws, namespace, pod), NULL) : NULL;

	if (slot == NULL)
		return NULL;
	w->namespace = arena_copy(g->arena, bounded(namespace));
	w->pod = arena_copy(g->arena, bounded(pod));
	*slot = w;
	return w;
}

/* The first word stands, also that there was none when a source asked. */
static void
set_datadog(struct workloads *ws, struct workload *w, struct str name, struct str service)
{
	struct arena *a = ws->young.arena;
	struct container **at = &w->containers;
	size_t n = 0;

	for (; *at != NULL; at = &(*at)->next)
		if (str_eq((*at)->name, name) || ++n >= CONTAINERS_MAX)
			return;
	*at = arena_alloc(a, sizeof(**at));
	if (*at == NULL)
		return;
	(*at)->name = arena_copy(a, bounded(name));
	(*at)->datadog = arena_copy(a, bounded(service));
	note_said(ws, &(struct workload_row){ .namespace = w->namespace,
			      .pod = w->pod,
			      .container = (*at)->name,
			      .datadog = (*at)->datadog,
			      .of_container = true });
}

/* Out of the old generation, and told once more: NULL: no memory. */
static struct workload *
move_on(struct workloads *ws, const struct workload *old)
{
	struct workload *w = add(ws, old->namespace, old->pod);

	if (w == NULL)
		return NULL;
	w->service = arena_copy(ws->young.arena, old->service);
	w->guessed = old->guessed;
	say(ws, w);
	for (const struct container *c = old->containers; c != NULL; c = c->next)
		set_datadog(ws, w, c->name, c->datadog);
	if (old->named)
		note_name(ws, w);
	return w;
}

static struct workload *
find_workload(struct workloads *ws, struct str namespace, struct str pod)
{
	struct workload *w = find(ws->young.known, key_of(ws, namespace, pod));
	const struct workload *old =
		w == NULL ? find(ws->old.known, buf_str(&ws->key)) : NULL;

	return old != NULL ? move_on(ws, old) : w;
}

/* Of the only pod of this name, or empty. */
static struct str
namespace_of(struct workloads *ws, struct str pod)
{
	const struct pod_name *young = find(ws->young.names, pod);
	const struct pod_name *old = find(ws->old.names, pod);
	const struct pod_name *p = young != NULL ? young : old;

	if (p == NULL || p->ambiguous ||
		(young != NULL && old != NULL &&
			(old->ambiguous || !str_eq(old->workload->namespace,
						   young->workload->namespace))))
		return (struct str){ 0 };
	return p->workload->namespace;
}

/* The first service stands. NULL: no news, or no memory. */
static struct workload *
set_workload(struct workloads *ws, struct str namespace, struct str pod,
	struct str service, bool guessed, bool *fresh)
{
	struct workload *w = find_workload(ws, namespace, pod);

	*fresh = w == NULL;
	if (w == NULL)
		w = add(ws, namespace, pod);
	else if (w->service.len > 0 || service.len == 0)
		return NULL;
	if (w == NULL)
		return NULL;
	w->service = arena_copy(ws->young.arena, bounded(service));
	w->guessed = guessed;
	say(ws, w);
	return w;
}

/* Of the container, or where none is named, of the only one. */
static struct str
find_datadog(
	struct workloads *ws, struct str namespace, struct str pod, struct str container)
{
	struct workload *w = find_workload(ws, namespace, pod);

	if (w == NULL)
		return (struct str){ 0 };
	if (container.len == 0 && w->containers != NULL && w->containers->next == NULL)
		return w->containers->datadog;
	for (const struct container *c = w->containers; c != NULL; c = c->next)
		if (str_eq(c->name, container))
			return c->datadog;
	set_datadog(ws, w, container, (struct str){ 0 });
	return (struct str){ 0 };
}

/* From what the API said, else from the pod's name; what a pod was given once stands. */
static void
fill_service(struct workloads *ws, struct str label[LABEL_COUNT])
{
	struct str pod = label[LABEL_POD];
	const struct workload *w = NULL;
	bool fresh;

	if (pod.len == 0 || label[LABEL_SERVICE].len > 0)
		return;
	w = find_workload(ws, label[LABEL_NAMESPACE], pod);
	if (w != NULL && w->service.len > 0) {
		label[LABEL_SERVICE] = w->service;
		return;
	}
	label[LABEL_SERVICE] = workload_of_pod(pod);
	if (label[LABEL_NAMESPACE].len > 0)
		(void)set_workload(ws, label[LABEL_NAMESPACE], pod, label[LABEL_SERVICE],
			true, &fresh);
}

void
workloads_fill(struct workloads *ws, struct str label[LABEL_COUNT])
{
	struct str pod = label[LABEL_POD];

	make_room(ws);
	if (label[LABEL_NAMESPACE].len == 0 && pod.len > 0)
		label[LABEL_NAMESPACE] = namespace_of(ws, pod);
	if (label[LABEL_NAMESPACE].len == 0)
		label[LABEL_NAMESPACE] = workloads_only_namespace(ws);
	fill_service(ws, label);
	if (pod.len > 0 && label[LABEL_DATADOG].len == 0)
		label[LABEL_DATADOG] = find_datadog(
			ws, label[LABEL_NAMESPACE], pod, label[LABEL_CONTAINER]);
}

static void
note_namespace(struct workloads *ws, struct str namespace)
{
	if (namespace.len == 0)
		return;
	if (ws->only_namespace.len == 0)
		buf_add(&ws->only_namespace, bounded(namespace));
	else if (!str_eq(buf_str(&ws->only_namespace), bounded(namespace)))
		ws->several_namespaces = true;
}

void
workloads_set(
	struct workloads *ws, struct str namespace, struct str pod, struct str service)
{
	struct workload *w;
	bool fresh;

	make_room(ws);
	note_namespace(ws, namespace);
	if (pod.len == 0)
		return;
	w = set_workload(ws, namespace, pod, service, false, &fresh);
	if (w != NULL && fresh)
		note_name(ws, w);
}

void
workloads_set_datadog(struct workloads *ws, struct str namespace, struct str pod,
	struct str container, struct str service)
{
	struct workload *w;
	bool fresh;

	make_room(ws);
	w = find_workload(ws, namespace, pod);
	if (w == NULL)
		w = set_workload(ws, namespace, pod, (struct str){ 0 }, true, &fresh);
	if (w != NULL)
		set_datadog(ws, w, container, service);
}

void
workloads_restore(struct workloads *ws, const struct workload_row *row)
{
	bool fresh;

	if (row->of_container) {
		workloads_set_datadog(
			ws, row->namespace, row->pod, row->container, row->datadog);
	} else if (row->guessed) {
		make_room(ws);
		(void)set_workload(
			ws, row->namespace, row->pod, row->service, true, &fresh);
	} else {
		workloads_set(ws, row->namespace, row->pod, row->service);
	}
}

bool
workloads_said(const struct workloads *ws, uint64_t *n, struct workload_row *out)
{
	const struct generation *g = ws->old.known != NULL ? &ws->old : &ws->young;

	if (*n < g->first)
		*n = g->first;
	if (*n >= ws->young.first)
		g = &ws->young;
	if (*n - g->first >= g->n_said)
		return false;
	*out = g->said[*n - g->first];
	++*n;
	return true;
}

struct str
workloads_only_namespace(const struct workloads *ws)
{
	return ws->several_namespaces ? (struct str){ 0 } : buf_str(&ws->only_namespace);
}
