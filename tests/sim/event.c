/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define EVENTS_MAX 4096

struct event {
	char kind[20], object[80], object_uid[37], field[64];
	char reason[32], component[32], host[24];
	char name[112], uid[37];
	char *message;
	int64_t first_ns, last_ns;
	uint64_t version;
	unsigned count;
	bool warning;
};

struct events {
	const char *out;
	FILE *lines, *watch;
	struct event *all[EVENTS_MAX];
	size_t len;
	struct text json, pretty;
};

struct events *
events_new(const char *out)
{
	struct events *e = calloc(1, sizeof(*e));

	if (e == NULL)
		die("out of memory");
	e->out = out;
	e->lines = fdopen(world_open(out, "events.jsonl"), "w");
	e->watch = fdopen(world_open(out, "events-watch.json"), "w");
	if (e->lines == NULL || e->watch == NULL)
		die("cannot write events");
	return e;
}

void
events_free(struct events **pe)
{
	for (size_t i = 0; i < (*pe)->len; i++) {
		free((*pe)->all[i]->message);
		free((*pe)->all[i]);
	}
	text_free(&(*pe)->json);
	text_free(&(*pe)->pretty);
	free(*pe);
	*pe = NULL;
}

static void
quoted_time(struct text *t, const char *key, int64_t at_ns, int digits)
{
	text_fmt(t, "\"%s\":\"", key);
	text_time(t, at_ns, digits);
	text_char(t, '"');
}

static void
json_object(struct text *t, const struct event *e)
{
	static const struct {
		const char *kind, *version;
	} versions[] = { { "Deployment", "apps/v1" }, { "ReplicaSet", "apps/v1" } };
	const char *version = "v1";

	for (size_t i = 0; i < 2; i++)
		if (strcmp(versions[i].kind, e->kind) == 0)
			version = versions[i].version;
	text_fmt(t, "\"involvedObject\":{\"kind\":\"%s\",", e->kind);
	if (strcmp(e->kind, "Node") != 0)
		text_fmt(
			t, "\"namespace\":\"sock-shop\",\"apiVersion\":\"%s\",", version);
	text_fmt(t, "\"name\":\"%s\",\"uid\":\"%s\"", e->object, e->object_uid);
	if (e->field[0] != '\0')
		text_fmt(t, ",\"fieldPath\":\"spec.containers{%s}\"", e->field);
	text_str(t, "},");
}

static void
json_times(struct text *t, const struct event *e)
{
	if (strcmp(e->component, "default-scheduler") == 0) {
		text_str(t,
			"\"source\":{},\"firstTimestamp\":null,\"lastTimestamp\":null,");
		quoted_time(t, "eventTime", e->first_ns, TEXT_MICROS);
		text_str(t, ",\"action\":\"Binding\",");
		return;
	}
	text_fmt(t, "\"source\":{\"component\":\"%s\"", e->component);
	if (e->host[0] != '\0')
		text_fmt(t, ",\"host\":\"%s\"", e->host);
	text_str(t, "},");
	quoted_time(t, "firstTimestamp", e->first_ns, TEXT_SECONDS);
	text_char(t, ',');
	quoted_time(t, "lastTimestamp", e->last_ns, TEXT_SECONDS);
	text_fmt(t, ",\"count\":%u,\"eventTime\":null,", e->count);
}

static void
json_event(struct text *t, const struct event *e)
{
	text_str(t, "{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"metadata\":{");
	text_fmt(t, "\"name\":\"%s\",\"namespace\":\"%s\",\"uid\":\"%s\",", e->name,
		strcmp(e->kind, "Node") == 0 ? "default" : "sock-shop", e->uid);
	text_fmt(t, "\"resourceVersion\":\"%llu\",", (unsigned long long)e->version);
	quoted_time(t, "creationTimestamp", e->first_ns, TEXT_SECONDS);
	text_str(t, "},");
	json_object(t, e);
	text_fmt(t, "\"reason\":\"%s\",\"message\":", e->reason);
	text_json(t, e->message);
	text_char(t, ',');
	json_times(t, e);
	text_fmt(t, "\"type\":\"%s\",", e->warning ? "Warning" : "Normal");
	text_fmt(t, "\"reportingComponent\":\"%s\",\"reportingInstance\":\"%s\"}",
		e->component, e->host);
}

static void
publish(struct world *w, struct event *e)
{
	struct events *all = w->events;

	e->version = kube_version(w->kube);
	text_clear(&all->json);
	json_event(&all->json, e);
	fprintf(all->lines, "{\"type\":\"%s\",\"object\":%s}\n",
		e->count == 1 ? "ADDED" : "MODIFIED", text_cstr(&all->json));
	text_clear(&all->pretty);
	json_layout(&all->pretty, text_cstr(&all->json), JSON_KUBECTL, 0);
	fprintf(all->watch, "%s\n", text_cstr(&all->pretty));
}

static bool
is_same(const struct event *e, const struct happening *h)
{
	return strcmp(e->object_uid, h->uid) == 0 && strcmp(e->reason, h->reason) == 0 &&
	       strcmp(e->message, h->message) == 0 &&
	       strcmp(e->field, h->field == NULL ? "" : h->field) == 0;
}

static void
copy(char *out, size_t cap, const char *s)
{
	int n = snprintf(out, cap, "%s", s == NULL ? "" : s);

	if (n < 0 || (size_t)n >= cap)
		die("too long for an event: %s", s);
}

static struct event *
add(struct world *w, const struct happening *h)
{
	struct event *e = calloc(1, sizeof(*e));
	struct text name = { 0 };

	if (e == NULL || w->events->len == EVENTS_MAX)
		die("too many events");
	w->events->all[w->events->len++] = e;
	copy(e->kind, sizeof(e->kind), h->kind);
	copy(e->object, sizeof(e->object), h->name);
	copy(e->object_uid, sizeof(e->object_uid), h->uid);
	copy(e->field, sizeof(e->field), h->field);
	copy(e->reason, sizeof(e->reason), h->reason);
	copy(e->component, sizeof(e->component), h->component);
	copy(e->host, sizeof(e->host), h->host);
	e->message = strdup(h->message);
	e->warning = h->warning;
	e->first_ns = w->now_ns;
	kube_uid(w->kube, e->uid);
	text_fmt(&name, "%s.%llx", h->name, (unsigned long long)w->now_ns);
	copy(e->name, sizeof(e->name), text_cstr(&name));
	text_free(&name);
	return e;
}

void
event_tell(struct world *w, const struct happening *h)
{
	struct events *all = w->events;
	struct event *e = NULL;

	for (size_t i = 0; i < all->len && e == NULL; i++)
		if (is_same(all->all[i], h))
			e = all->all[i];
	if (e == NULL)
		e = add(w, h);
	e->count++;
	e->last_ns = w->now_ns;
	publish(w, e);
}

void
event_container(struct world *w, const struct container *c, bool warning,
	const char *reason, const char *message)
{
	event_tell(w, &(struct happening){ "Pod", c->pod->name, c->pod->uid, c->name,
			      reason, message, "kubelet", c->pod->node, warning });
}

void
event_scheduled(struct world *w, const struct pod *p)
{
	struct text t = { 0 };

	text_fmt(&t, "Successfully assigned sock-shop/%s to %s", p->name, p->node);
	event_tell(w, &(struct happening){ "Pod", p->name, p->uid, NULL, "Scheduled",
			      text_cstr(&t), "default-scheduler", NULL, false });
	text_free(&t);
}

void
event_scale(struct world *w, const struct pod *p, unsigned from, unsigned to)
{
	struct text t = { 0 };
	char uid[37];

	(void)snprintf(uid, sizeof(uid), "5c1f5f83-0a7d-4b0f-b0d8-2d1f1fd4c7%02x",
		(unsigned)p->service);
	text_fmt(&t, "Scaled %s replica set %s from %u to %u", to > from ? "up" : "down",
		p->set, from, to);
	event_tell(w, &(struct happening){ "Deployment", service_name(p->service), uid,
			      NULL, "ScalingReplicaSet", text_cstr(&t),
			      "deployment-controller", NULL, false });
	text_clear(&t);
	text_fmt(&t, "%s pod: %s", to > from ? "Created" : "Deleted", p->name);
	event_tell(w, &(struct happening){ "ReplicaSet", p->set, p->set_uid, NULL,
			      to > from ? "SuccessfulCreate" : "SuccessfulDelete",
			      text_cstr(&t), "replicaset-controller", NULL, false });
	text_free(&t);
}

static int
by_name(const void *a, const void *b)
{
	const struct event *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

void
events_finish(struct world *w)
{
	struct events *all = w->events;
	struct text list = { 0 };
	FILE *f = fdopen(world_open(all->out, "events-list.json"), "w");

	qsort(all->all, all->len, sizeof(all->all[0]), by_name);
	text_str(&list, "{\"apiVersion\":\"v1\",\"items\":[");
	for (size_t i = 0; i < all->len; i++) {
		text_str(&list, i == 0 ? "" : ",");
		json_event(&list, all->all[i]);
	}
	text_str(&list, "],\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"\"}}");
	text_clear(&all->pretty);
	json_layout(&all->pretty, text_cstr(&list), JSON_KUBECTL, 0);
	if (f == NULL || fprintf(f, "%s\n", text_cstr(&all->pretty)) < 0 ||
		fclose(f) != 0 || fclose(all->lines) != 0 || fclose(all->watch) != 0)
		die("cannot write events");
	text_free(&list);
}
