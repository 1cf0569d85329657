/* SPDX-License-Identifier: Apache-2.0 */
#include "record/workloads.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/map.h"

#define CONTAINERS_MAX 32 /* of a pod */

struct container {
	struct container *next;
	struct str name, datadog;
};

/* What the API said of a pod of a namespace, or what a log of it was labelled with. */
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

struct workloads {
	struct arena *arena;       /* borrowed */
	struct map *known;         /* namespace NUL pod -> struct workload */
	struct map *pods;          /* pod -> struct pod_name */
	struct workload_row *said; /* all that was news */
	size_t n_said, cap_said;
	struct buf key;
	struct str only_namespace;
	bool several_namespaces;
};

struct workloads *
workloads_new(struct arena *a, size_t max)
{
	struct workloads *ws = calloc(1, sizeof(*ws));

	if (ws == NULL)
		return NULL;
	ws->arena = a;
	ws->known = map_new(max);
	ws->pods = map_new(max);
	buf_init(&ws->key, (size_t)64 << 10);
	if (ws->known == NULL || ws->pods == NULL)
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
	if (ws->known != NULL)
		map_free(&ws->known);
	if (ws->pods != NULL)
		map_free(&ws->pods);
	buf_fini(&ws->key);
	free(ws->said);
	free(ws);
}

static struct str
bounded(struct str s)
{
	return str_sub(s, 0, LABEL_MAX_BYTES);
}

static const struct pod_name *
find_pod(const struct workloads *ws, struct str pod)
{
	void **slot = map_get(ws->pods, pod);

	return slot != NULL ? *slot : NULL;
}

static struct workload *
find_workload(struct workloads *ws, struct str namespace, struct str pod)
{
	void **slot;

	buf_reset(&ws->key);
	buf_add(&ws->key, bounded(namespace));
	buf_add_char(&ws->key, '\0');
	buf_add(&ws->key, bounded(pod));
	slot = map_get(ws->known, buf_str(&ws->key));
	return slot != NULL ? *slot : NULL;
}

/* Without memory it is known all the same, but not told to who keeps it. */
static void
note_said(struct workloads *ws, const struct workload_row *row)
{
	size_t cap = ws->cap_said ? ws->cap_said * 2 : 64;
	struct workload_row *p = ws->said;

	if (ws->n_said == ws->cap_said) {
		p = realloc(ws->said, cap * sizeof(*p));
		if (p == NULL)
			return;
		ws->said = p;
		ws->cap_said = cap;
	}
	p[ws->n_said] = *row;
	p[ws->n_said++].pod = arena_copy(ws->arena, bounded(row->pod));
}

/* The first service stands. NULL: no news, or the table is full. */
static struct workload *
set_workload(struct workloads *ws, struct str namespace, struct str pod,
	struct str service, bool guessed, bool *fresh)
{
	struct workload *w = find_workload(ws, namespace, pod);
	void **slot;

	*fresh = w == NULL;
	if (w == NULL) {
		w = arena_alloc(ws->arena, sizeof(*w));
		slot = w != NULL ? map_put(ws->known, buf_str(&ws->key), NULL) : NULL;
		if (slot == NULL)
			return NULL;
		w->namespace = arena_copy(ws->arena, bounded(namespace));
		*slot = w;
	} else if (w->service.len > 0 || service.len == 0) {
		return NULL;
	}
	w->service = arena_copy(ws->arena, bounded(service));
	note_said(ws, &(struct workload_row){ .namespace = w->namespace,
			      .pod = pod,
			      .service = w->service,
			      .guessed = guessed });
	return w;
}

/* The first word stands, also that there was none when a source asked. */
static void
set_datadog(struct workloads *ws, struct workload *w, struct str pod, struct str name,
	struct str service)
{
	struct container **at = &w->containers;
	size_t n = 0;

	for (; *at != NULL; at = &(*at)->next)
		if (str_eq((*at)->name, name) || ++n >= CONTAINERS_MAX)
			return;
	*at = arena_alloc(ws->arena, sizeof(**at));
	if (*at == NULL)
		return;
	(*at)->name = arena_copy(ws->arena, bounded(name));
	(*at)->datadog = arena_copy(ws->arena, bounded(service));
	note_said(ws, &(struct workload_row){ .namespace = w->namespace,
			      .pod = pod,
			      .container = (*at)->name,
			      .datadog = (*at)->datadog,
			      .of_container = true });
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
	set_datadog(ws, w, pod, container, (struct str){ 0 });
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

	if (label[LABEL_NAMESPACE].len == 0 && pod.len > 0) {
		const struct pod_name *p = find_pod(ws, pod);

		if (p != NULL && !p->ambiguous)
			label[LABEL_NAMESPACE] = p->workload->namespace;
	}
	if (label[LABEL_NAMESPACE].len == 0 && !ws->several_namespaces)
		label[LABEL_NAMESPACE] = ws->only_namespace;
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
		ws->only_namespace = arena_copy(ws->arena, bounded(namespace));
	else if (!str_eq(ws->only_namespace, bounded(namespace)))
		ws->several_namespaces = true;
}

static void
note_pod(struct workloads *ws, struct str pod, struct workload *w)
{
	void **slot = map_put(ws->pods, bounded(pod), NULL);
	struct pod_name *p;

	if (slot == NULL)
		return;
	p = *slot;
	if (p != NULL) {
		p->ambiguous |= !str_eq(p->workload->namespace, w->namespace);
		return;
	}
	p = arena_alloc(ws->arena, sizeof(*p));
	if (p == NULL) {
		map_del(ws->pods, bounded(pod));
		return;
	}
	p->workload = w;
	*slot = p;
}

void
workloads_set(
	struct workloads *ws, struct str namespace, struct str pod, struct str service)
{
	struct workload *w;
	bool fresh;

	note_namespace(ws, namespace);
	if (pod.len == 0)
		return;
	w = set_workload(ws, namespace, pod, service, false, &fresh);
	if (w != NULL && fresh)
		note_pod(ws, pod, w);
}

void
workloads_set_datadog(struct workloads *ws, struct str namespace, struct str pod,
	struct str container, struct str service)
{
	struct workload *w = find_workload(ws, namespace, pod);
	bool fresh;

	if (w == NULL)
		w = set_workload(ws, namespace, pod, (struct str){ 0 }, true, &fresh);
	if (w != NULL)
		set_datadog(ws, w, pod, container, service);
}

void
workloads_restore(struct workloads *ws, const struct workload_row *row)
{
	bool fresh;

	if (row->of_container)
		workloads_set_datadog(
			ws, row->namespace, row->pod, row->container, row->datadog);
	else if (row->guessed)
		(void)set_workload(
			ws, row->namespace, row->pod, row->service, true, &fresh);
	else
		workloads_set(ws, row->namespace, row->pod, row->service);
}

bool
workloads_said(const struct workloads *ws, size_t n, struct workload_row *out)
{
	if (n >= ws->n_said)
		return false;
	*out = ws->said[n];
	return true;
}

struct str
workloads_only_namespace(const struct workloads *ws)
{
	return ws->several_namespaces ? (struct str){ 0 } : ws->only_namespace;
}
