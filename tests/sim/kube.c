/* SPDX-License-Identifier: Apache-2.0 */
#include "kube.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "json.h"
#include "podjson.h"

#define PODS_MAX       256
#define CONTAINERS_MAX 1024

struct kube {
	const char *out;
	FILE *lines;
	struct rng rng;
	uint64_t version;
	struct pod *pods[PODS_MAX];
	size_t len;
	struct container *containers[CONTAINERS_MAX];
	size_t containers_len;
	struct container *past[SERVICE_MAX]; /* what ended before the beginning */
	struct text json, pretty;
};

static const char *const names[SERVICE_MAX] = {
	[FRONT_END] = "front-end",
	[ORDERS] = "orders",
	[PAYMENT] = "payment",
	[CATALOGUE] = "catalogue",
	[USER] = "user",
	[CARTS] = "carts",
	[SHIPPING] = "shipping",
	[QUEUE_MASTER] = "queue-master",
	[ORDERS_DB] = "orders-db",
	[CARTS_DB] = "carts-db",
	[USER_DB] = "user-db",
	[CATALOGUE_DB] = "catalogue-db",
	[SESSION_DB] = "session-db",
	[RABBITMQ] = "rabbitmq",
	[RABBITMQ_EXPORTER] = "rabbitmq-exporter",
};

const char *
service_name(enum service s)
{
	return names[s];
}

struct kube *
kube_new(const char *out, uint64_t seed)
{
	struct kube *k = calloc(1, sizeof(*k));

	if (k == NULL)
		die("out of memory");
	k->out = out;
	k->rng = rng_make(seed, "kube");
	k->version = 418000 + rng_below(&k->rng, 1000);
	k->lines = fdopen(world_open(out, "pods.jsonl"), "w");
	if (k->lines == NULL)
		die("cannot write pods");
	return k;
}

void
kube_free(struct kube **pk)
{
	struct kube *k = *pk;

	for (size_t i = 0; i < k->len; i++)
		free(k->pods[i]);
	for (size_t i = 0; i < k->containers_len; i++)
		free(k->containers[i]);
	for (size_t i = 0; i < SERVICE_MAX; i++)
		free(k->past[i]);
	text_free(&k->json);
	text_free(&k->pretty);
	free(k);
	*pk = NULL;
}

uint64_t
kube_version(struct kube *k)
{
	return k->version += 1 + rng_below(&k->rng, 7);
}

void
kube_uid(struct kube *k, char out[37])
{
	uint64_t a = rng_next(&k->rng), b = rng_next(&k->rng);

	(void)snprintf(out, 37, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
		(unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
		0x8000 | ((unsigned)(b >> 48) & 0x3fff),
		(unsigned long long)(b & 0xffffffffffff));
}

size_t
kube_containers(const struct kube *k)
{
	return k->containers_len;
}

struct container *
kube_container(const struct kube *k, size_t i)
{
	return k->containers[i];
}

static void
letters(struct kube *k, char *out, size_t n, const char *alphabet)
{
	for (size_t i = 0; i < n; i++)
		out[i] = alphabet[rng_below(&k->rng, (uint32_t)strlen(alphabet))];
	out[n] = '\0';
}

static void
publish(struct world *w, const struct pod *p, const char *type)
{
	struct kube *k = w->kube;

	text_clear(&k->json);
	podjson(&k->json, p, kube_version(k));
	fprintf(k->lines, "{\"type\":\"%s\",\"object\":%s}\n", type, text_cstr(&k->json));
}

static struct container *
container_add(struct kube *k, struct pod *p, const char *name)
{
	struct container *c = calloc(1, sizeof(*c));

	if (c == NULL || k->containers_len == CONTAINERS_MAX)
		die("too many containers");
	k->containers[k->containers_len++] = c;
	c->pod = p;
	c->name = name;
	c->dead_ns = INT64_MAX;
	letters(k, c->id, 64, "0123456789abcdef");
	return c;
}

/* A pod of the service with its names; nothing runs in it yet. */
static struct pod *
pod_add(struct world *w, enum service s, const struct pod *sibling)
{
	struct kube *k = w->kube;
	struct pod *p = calloc(1, sizeof(*p));
	char hash[11], end[6];

	if (p == NULL || k->len == PODS_MAX)
		die("too many pods");
	k->pods[k->len++] = p;
	p->service = s;
	letters(k, hash, 9 + rng_below(&k->rng, 2), "456789bcdf");
	letters(k, end, 5, "bcdfghjklmnpqrstvwxz2456789");
	(void)snprintf(p->set, sizeof(p->set), "%.24s-%.10s", names[s], hash);
	kube_uid(k, p->set_uid);
	if (sibling != NULL) {
		memcpy(p->set, sibling->set, sizeof(p->set));
		memcpy(p->set_uid, sibling->set_uid, sizeof(p->set_uid));
	}
	(void)snprintf(p->name, sizeof(p->name), "%s-%s", p->set, end);
	kube_uid(k, p->uid);
	p->node = rng_below(&k->rng, 2) == 0 ? "worker-1" : "worker-2";
	(void)snprintf(p->ip, sizeof(p->ip), "10.244.%u.%u",
		(unsigned)(p->node[7] - (char)48), (unsigned)(10 + k->len));
	p->created_ns = w->now_ns;
	p->len = s == RABBITMQ ? 2 : 1;
	p->containers[0] = container_add(k, p, names[s]);
	if (s == RABBITMQ)
		p->containers[1] = container_add(k, p, names[RABBITMQ_EXPORTER]);
	return p;
}

/* The instance whose end the status still shows when the watch begins. */
static struct container *
past_of(struct kube *k, const struct container *c, enum service s)
{
	struct container *old = calloc(1, sizeof(*old));

	if (old == NULL)
		die("out of memory");
	*old = *c;
	k->past[s] = old;
	letters(k, old->id, 64, "0123456789abcdef");
	old->restarts = c->restarts - 1;
	old->started_ns = c->started_ns - 3 * 3600 * NS_PER_S;
	old->dead_ns = c->started_ns - NS_PER_S;
	old->exit_code = 1;
	old->exit_reason = "Error";
	return old;
}

static void
begin_service(struct world *w, enum service s)
{
	struct kube *k = w->kube;
	struct pod *p = pod_add(w, s, NULL);

	p->created_ns = w->from_ns - rng_range(&k->rng, 2, 20) * 86400 * NS_PER_S;
	p->ready = true;
	for (size_t i = 0; i < p->len; i++) {
		struct container *c = p->containers[i];

		c->restarts = s == FRONT_END ? 42 : s == CARTS || s == USER ? 1 : 0;
		c->started_ns = p->created_ns + 4 * NS_PER_S;
		if (c->restarts > 0) {
			c->started_ns =
				w->from_ns - rng_range(&k->rng, 4, 9) * 3600 * NS_PER_S;
			c->before = past_of(k, c, s);
		}
		w->run[s + i] = c;
		layout_start(w->layout, c);
	}
	publish(w, p, "ADDED");
}

void
kube_begin(struct world *w)
{
	for (enum service s = FRONT_END; s <= RABBITMQ; s++)
		begin_service(w, s);
}

static void
start(struct world *w, struct container *c)
{
	struct text t = { 0 };

	text_fmt(&t, "Container image \"%s\" already present on machine",
		podjson_image(c->pod->service));
	event_container(w, c, false, "Pulled", text_cstr(&t));
	text_clear(&t);
	text_fmt(&t, "Created container: %s", c->name);
	event_container(w, c, false, "Created", text_cstr(&t));
	text_clear(&t);
	text_fmt(&t, "Started container %s", c->name);
	event_container(w, c, false, "Started", text_cstr(&t));
	text_free(&t);
	c->started_ns = w->now_ns;
	layout_start(w->layout, c);
}

struct pod *
kube_pod_create(
	struct world *w, enum service s, bool same_set, const char *waiting_reason)
{
	const struct pod *sibling = NULL;
	struct pod *p;

	for (size_t i = w->kube->len; i-- > 0 && same_set && sibling == NULL;)
		if (w->kube->pods[i]->service == s)
			sibling = w->kube->pods[i];
	p = pod_add(w, s, sibling);
	event_scale(w, p, 0, 1);
	publish(w, p, "ADDED");
	event_scheduled(w, p);
	for (size_t i = 0; i < p->len; i++) {
		p->containers[i]->waiting = waiting_reason;
		if (waiting_reason == NULL)
			start(w, p->containers[i]);
	}
	p->ready = waiting_reason == NULL;
	publish(w, p, "MODIFIED");
	return p;
}

static void
pod_vanish(struct world *w, void *arg)
{
	struct pod *p = arg;

	for (size_t i = 0; i < p->len; i++)
		if (p->containers[i]->dead_ns == INT64_MAX)
			kube_container_end(w, p->containers[i], 0, "Completed");
	p->gone = true;
	publish(w, p, "DELETED");
}

void
kube_pod_delete(struct world *w, struct pod *p)
{
	struct text t = { 0 };

	p->deleting_ns = w->now_ns;
	p->ready = false;
	for (size_t i = 0; i < p->len; i++) {
		text_clear(&t);
		text_fmt(&t, "Stopping container %s", p->containers[i]->name);
		if (p->containers[i]->waiting == NULL)
			event_container(
				w, p->containers[i], false, "Killing", text_cstr(&t));
		if (w->run[p->service + i] == p->containers[i])
			w->run[p->service + i] = NULL;
	}
	text_free(&t);
	publish(w, p, "MODIFIED");
	world_at(w, w->now_ns + 700 * NS_PER_MS, pod_vanish, p);
}

void
kube_container_end(
	struct world *w, struct container *c, int exit_code, const char *reason)
{
	c->dead_ns = w->now_ns;
	c->exit_code = exit_code;
	c->exit_reason = reason;
	c->pod->ready = false;
	publish(w, c->pod, "MODIFIED");
}

void
kube_container_wait(struct world *w, struct container *c, unsigned backoff_s)
{
	c->waiting = "CrashLoopBackOff";
	c->backoff_s = backoff_s;
	publish(w, c->pod, "MODIFIED");
}

static void
pod_ready(struct world *w, void *arg)
{
	struct pod *p = arg;

	for (size_t i = 0; i < p->len; i++)
		if (p->containers[i]->dead_ns != INT64_MAX)
			return;
	p->ready = true;
	publish(w, p, "MODIFIED");
}

struct container *
kube_container_restart(struct world *w, struct container *c)
{
	struct container *next = container_add(w->kube, c->pod, c->name);

	next->restarts = c->restarts + 1;
	next->before = c;
	c->waiting = NULL;
	for (size_t i = 0; i < c->pod->len; i++)
		if (c->pod->containers[i] == c) {
			c->pod->containers[i] = next;
			w->run[c->pod->service + i] = next;
		}
	start(w, next);
	publish(w, c->pod, "MODIFIED");
	world_at(w, w->now_ns + 4 * NS_PER_S, pod_ready, c->pod);
	return next;
}

void
kube_finish(struct world *w)
{
	struct kube *k = w->kube;
	struct text list = { 0 };
	FILE *f = fdopen(world_open(k->out, "pods-list.json"), "w");
	bool first = true;

	text_str(&list, "{\"apiVersion\":\"v1\",\"items\":[");
	for (size_t i = 0; i < k->len; i++) {
		if (k->pods[i]->gone)
			continue;
		text_str(&list, first ? "" : ",");
		podjson(&list, k->pods[i], k->version);
		first = false;
	}
	text_str(&list, "],\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"\"}}");
	text_clear(&k->pretty);
	json_layout(&k->pretty, text_cstr(&list), JSON_KUBECTL, 0);
	if (f == NULL || fprintf(f, "%s\n", text_cstr(&k->pretty)) < 0 ||
		fclose(f) != 0 || fclose(k->lines) != 0)
		die("cannot write pods");
	text_free(&list);
}
