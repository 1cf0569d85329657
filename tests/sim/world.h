/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated cluster: one clock, things that will happen (the agenda), lines that will
 * be written, and the mood of the shop. Everything happens in event time on one thread;
 * nothing reads the wall clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rng.h"
#include "text.h"

struct agenda;
struct container;
struct events;
struct kube;
struct layout;
struct lines;
struct people;
struct shop;
struct truth;
struct world;

enum { LAYOUT_PODS = 1, LAYOUT_PIPE = 2, LAYOUT_DOCKER = 4, LAYOUT_ALL = 7 };

enum service {
	FRONT_END,
	ORDERS,
	PAYMENT,
	CATALOGUE,
	USER,
	CARTS,
	SHIPPING,
	QUEUE_MASTER,
	ORDERS_DB,
	CARTS_DB,
	USER_DB,
	CATALOGUE_DB,
	SESSION_DB,
	RABBITMQ,
	RABBITMQ_EXPORTER, /* a second container in rabbitmq's pod */
	SERVICE_MAX,
};

enum stream { STDOUT, STDERR };

/* How fast /login answers. */
enum speed { SPEED_NORMAL, SPEED_SLOWING, SPEED_SLOW, SPEED_DROWNING };

struct options {
	uint64_t seed;
	const char *out;
	const char *scenarios;
	unsigned layouts;
	int64_t duration_ns; /* 0: as long as the scenarios need */
	int64_t start_ns;    /* 0: the default day */
	double rate;
	uint64_t bytes; /* 0: no filling up */
	bool canaries;
};

struct world {
	const struct options *opt;
	int64_t from_ns, to_ns, now_ns;
	struct rng rng;   /* background */
	struct rng fate;  /* orders and incidents */
	struct text line; /* the line being made */
	struct agenda *agenda;
	struct lines *lines;
	struct layout *layout;
	struct kube *kube;
	struct events *events;
	struct people *people;
	struct shop *shop;
	struct truth *truth;
	struct container *run[SERVICE_MAX]; /* what runs now, NULL when scaled to 0 */
	enum speed speed;
	bool hold_orders;        /* no background orders */
	double crowd;            /* extra page views per second */
	double fill;             /* page views per second to reach --bytes */
	double logins;           /* extra logins per second */
	uint64_t records, bytes; /* written so far; bytes as CRI files */
};

typedef void actor_fn(struct world *w, void *arg);

struct world *world_new(const struct options *opt);
void world_free(struct world **pw);

/* Has fn called at at_ns (not before now) with arg. */
void world_at(struct world *w, int64_t at_ns, actor_fn *fn, void *arg);

/* Lets everything happen until w->to_ns and writes the lines of it. */
void world_run(struct world *w);

/* Zeroed memory that lives as long as the world. */
void *world_keep(struct world *w, size_t size);

/* Empties w->line and returns it. */
struct text *world_line(struct world *w);

/*
 * What w->line holds is written by the service at at_ns, unless its container has ended
 * by then. The line itself has no LF.
 */
void world_say(struct world *w, enum service s, int64_t at_ns, enum stream stream);

/* world_line, text_fmt and world_say in one. */
void world_sayf(struct world *w, enum service s, int64_t at_ns, enum stream stream,
	const char *fmt, ...) TEXT_PRINTF(5, 6);

/* The service's last words: no LF follows. */
void world_say_torn(struct world *w, enum service s, int64_t at_ns, enum stream stream);

/*
 * The time the application itself writes into a line stamped at_ns: a little earlier, and
 * now and then a clock step earlier.
 */
int64_t world_app_clock(struct world *w, int64_t at_ns);

/* Opens NAME below the output folder for writing; ends the program if it cannot. */
int world_open(const char *dir, const char *name);
