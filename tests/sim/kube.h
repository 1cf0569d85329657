/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster's side: pods, their containers, and what the API says about both. Pods and
 * containers live until kube_free, also when they have ended. Single thread.
 */
#pragma once

#include "layout.h"
#include "world.h"

#define POD_CONTAINERS_MAX 2

struct pod;

struct container {
	struct pod *pod;
	const char *name;
	char id[65];
	unsigned restarts;
	int64_t started_ns, dead_ns; /* dead_ns is INT64_MAX while it runs */
	int exit_code;
	const char *exit_reason;
	const char *waiting; /* the reason while it waits to be started, else NULL */
	unsigned backoff_s;
	struct container *before; /* the instance before, NULL for the first seen */
	struct sink cri, part, docker;
};

struct pod {
	enum service service;
	char set[48], name[64], uid[37], set_uid[37];
	char ip[20];
	const char *node;
	int64_t created_ns, deleting_ns; /* deleting_ns is 0 while it is wanted */
	bool gone, ready;
	size_t len;
	struct container *containers[POD_CONTAINERS_MAX];
};

struct kube *kube_new(const char *out, uint64_t seed);
void kube_free(struct kube **pk);

/* Every service gets its pod and starts; the watches send what exists. */
void kube_begin(struct world *w);

/* Writes the lists of the end. */
void kube_finish(struct world *w);

/*
 * A new pod of the service, running; same_set says whether it belongs to the replica set
 * of the one before. With a waiting_reason its container does not start. Does not touch
 * w->run.
 */
struct pod *kube_pod_create(
	struct world *w, enum service s, bool same_set, const char *waiting_reason);

/* The pod ends in order and is deleted. */
void kube_pod_delete(struct world *w, struct pod *p);

/* The container ends at now. */
void kube_container_end(
	struct world *w, struct container *c, int exit_code, const char *reason);

/* Ended and not started yet: CrashLoopBackOff. */
void kube_container_wait(struct world *w, struct container *c, unsigned backoff_s);

/* The next instance of an ended container starts; restarts is one more. */
struct container *kube_container_restart(struct world *w, struct container *c);

/* The next resourceVersion. */
uint64_t kube_version(struct kube *k);

/* A uid of 36 characters and NUL into out. */
void kube_uid(struct kube *k, char out[37]);

size_t kube_containers(const struct kube *k);
struct container *kube_container(const struct kube *k, size_t i);

/* "front-end" and so on. */
const char *service_name(enum service s);
