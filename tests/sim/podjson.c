/* SPDX-License-Identifier: Apache-2.0 */
#include "podjson.h"

#include <string.h>

static const char *const images[SERVICE_MAX] = {
	[FRONT_END] = "quay.io/powercloud/sock-shop-front-end:latest",
	[ORDERS] = "quay.io/powercloud/sock-shop-orders:v1.0-status-fix",
	[PAYMENT] = "quay.io/powercloud/sock-shop-payment:latest",
	[CATALOGUE] = "quay.io/powercloud/sock-shop-catalogue:latest",
	[USER] = "quay.io/powercloud/sock-shop-user:latest",
	[CARTS] = "quay.io/powercloud/sock-shop-carts:latest",
	[SHIPPING] = "quay.io/powercloud/sock-shop-shipping:latest",
	[QUEUE_MASTER] = "quay.io/powercloud/sock-shop-queue-master:latest",
	[ORDERS_DB] = "quay.io/mongodb/mongodb-community-server:4.4.29",
	[CARTS_DB] = "quay.io/mongodb/mongodb-community-server:4.4.29",
	[USER_DB] = "quay.io/powercloud/sock-shop-user-db:latest",
	[CATALOGUE_DB] = "quay.io/powercloud/sock-shop-catalogue-db:latest",
	[SESSION_DB] = "registry.redhat.io/rhel9/redis-7:latest",
	[RABBITMQ] = "quay.io/powercloud/rabbitmq:3.12",
	[RABBITMQ_EXPORTER] = "docker.io/kbudde/rabbitmq-exporter:latest",
};

const char *
podjson_image(enum service s)
{
	return images[s];
}

static void
time_member(struct text *t, const char *key, int64_t at_ns)
{
	text_fmt(t, "\"%s\":\"", key);
	text_time(t, at_ns, TEXT_SECONDS);
	text_char(t, '"');
}

static void
metadata(struct text *t, const struct pod *p, uint64_t version)
{
	const char *name = service_name(p->service), *hash = p->set + strlen(name) + 1;

	text_fmt(t, "\"metadata\":{\"name\":\"%s\",\"generateName\":\"%s-\",", p->name,
		p->set);
	text_fmt(t, "\"namespace\":\"sock-shop\",\"uid\":\"%s\",", p->uid);
	text_fmt(t, "\"resourceVersion\":\"%llu\",", (unsigned long long)version);
	time_member(t, "creationTimestamp", p->created_ns);
	if (p->deleting_ns != 0) {
		text_char(t, ',');
		time_member(t, "deletionTimestamp", p->deleting_ns + 30 * NS_PER_S);
		text_str(t, ",\"deletionGracePeriodSeconds\":30");
	}
	text_fmt(t, ",\"labels\":{\"name\":\"%s\",\"pod-template-hash\":\"%s\"},", name,
		hash);
	text_str(t,
		"\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",");
	text_fmt(t, "\"name\":\"%s\",\"uid\":\"%s\",", p->set, p->set_uid);
	text_str(t, "\"controller\":true,\"blockOwnerDeletion\":true}]},");
}

static void
spec(struct text *t, const struct pod *p)
{
	text_fmt(t, "\"spec\":{\"nodeName\":\"%s\",\"restartPolicy\":\"Always\",",
		p->node);
	text_str(t, "\"terminationGracePeriodSeconds\":30,\"containers\":[");
	for (size_t i = 0; i < p->len; i++) {
		text_fmt(t, "%s{\"name\":\"%s\",\"image\":\"%s\",", i == 0 ? "" : ",",
			p->containers[i]->name, images[p->service + i]);
		text_str(t,
			"\"resources\":{\"limits\":{\"cpu\":\"300m\",\"memory\":\"1000Mi\"},");
		text_str(t, "\"requests\":{\"cpu\":\"100m\",\"memory\":\"300Mi\"}}}");
	}
	text_str(t, "]},");
}

static void
terminated(struct text *t, const struct container *c)
{
	text_fmt(t, "{\"terminated\":{\"exitCode\":%d,\"reason\":\"%s\",", c->exit_code,
		c->exit_reason);
	time_member(t, "startedAt", c->started_ns);
	text_char(t, ',');
	time_member(t, "finishedAt", c->dead_ns);
	text_fmt(t, ",\"containerID\":\"containerd://%s\"}}", c->id);
}

static void
waiting(struct text *t, const struct container *c)
{
	text_fmt(t, "{\"waiting\":{\"reason\":\"%s\",\"message\":\"", c->waiting);
	if (c->backoff_s >= 60)
		text_fmt(t, "back-off %um%us", c->backoff_s / 60, c->backoff_s % 60);
	else if (c->backoff_s > 0)
		text_fmt(t, "back-off %us", c->backoff_s);
	if (c->backoff_s > 0)
		text_fmt(t, " restarting failed container=%s pod=%s_sock-shop(%s)",
			c->name, c->pod->name, c->pod->uid);
	text_str(t, "\"}}");
}

static void
status_of(struct text *t, const struct container *c)
{
	const struct container *last = c->before;

	text_fmt(t, "{\"name\":\"%s\",\"state\":", c->name);
	if (c->waiting != NULL) {
		waiting(t, c);
		last = c->started_ns == 0 ? NULL : c;
	} else if (c->dead_ns != INT64_MAX) {
		terminated(t, c);
	} else if (c->started_ns == 0) {
		text_str(t, "{\"waiting\":{\"reason\":\"ContainerCreating\"}}");
	} else {
		text_str(t, "{\"running\":{");
		time_member(t, "startedAt", c->started_ns);
		text_str(t, "}}");
	}
	text_str(t, ",\"lastState\":");
	if (last == NULL)
		text_str(t, "{}");
	else
		terminated(t, last);
	text_fmt(t, ",\"ready\":%s,\"restartCount\":%u,\"started\":%s,",
		c->pod->ready ? "true" : "false", c->restarts,
		c->dead_ns == INT64_MAX && c->waiting == NULL ? "true" : "false");
}

static void
conditions(struct text *t, const struct pod *p)
{
	const char *is = p->ready ? "True" : "False";

	text_str(t, "\"conditions\":[{\"type\":\"Initialized\",\"status\":\"True\"},");
	text_fmt(t, "{\"type\":\"Ready\",\"status\":\"%s\"},", is);
	text_fmt(t, "{\"type\":\"ContainersReady\",\"status\":\"%s\"},", is);
	text_str(t, "{\"type\":\"PodScheduled\",\"status\":\"True\"}],");
}

void
podjson(struct text *t, const struct pod *p, uint64_t version)
{
	text_str(t, "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",");
	metadata(t, p, version);
	spec(t, p);
	text_fmt(t, "\"status\":{\"phase\":\"%s\",",
		p->gone                             ? "Succeeded"
		: p->containers[0]->started_ns == 0 ? "Pending"
						    : "Running");
	conditions(t, p);
	text_fmt(t, "\"hostIP\":\"10.0.12.4%c\",\"podIP\":\"%s\",", p->node[7], p->ip);
	time_member(t, "startTime", p->created_ns);
	text_str(t, ",\"containerStatuses\":[");
	for (size_t i = 0; i < p->len; i++) {
		text_str(t, i == 0 ? "" : ",");
		status_of(t, p->containers[i]);
		text_fmt(t, "\"image\":\"%s\",\"containerID\":\"containerd://%s\"}",
			images[p->service + i], p->containers[i]->id);
	}
	text_str(t, "],\"qosClass\":\"Burstable\"}}");
}
