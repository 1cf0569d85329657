/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is at the other end, as a table per type: how findings become requests and what an
 * answer means. Pure: no sockets, no clocks, no threads of its own; output/courier.h
 * decides when, output/post.h sends. One thread at a time per destination.
 *
 * Adding a type: one file, one table, one row in destination_types.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"
#include "conf/settings.h"
#include "output/request.h"

struct destination;

struct destination_conf {
	const struct output_settings *output; /* lives as long as the destination */
	struct str url;         /* alertmanager: this member of its urls; else empty */
	const char *key_file_z; /* instead of the type's first secret file; NULL: none */
	int64_t heartbeat_ns;   /* between signs of life; 0: none */
	bool dry;               /* only shown: secrets are not read */
};

/* A finding: the JSON of report_incident() with "kind" and "seq" beside it, an object. */
struct finding {
	const json_t *body;
	struct str id; /* of the incident */
	int64_t seq;
	unsigned kind; /* enum finding_kinds */
};

/*
 * What goes out as one: an incident, or those of a group (output_settings.group_by) of
 * one kind, the oldest first. A type that tells every incident by itself in one request
 * (alerts, logs, lines) looks at all of them; one that pages says how many there are and
 * lists the first.
 */
struct parcel {
	struct str
		key;   /* the incident's id or "group-" and a hash: stable for its life */
	unsigned kind; /* of a group: resolved when no incident of it is open */
	bool is_group;
	const struct finding *findings;
	size_t n;    /* 1 or more */
	size_t open; /* incidents of the group that are open now, these counted in */
};

struct build {
	const struct parcel *parcels;
	size_t n;
	unsigned parts;  /* bits of request.part to make; UINT_MAX: all */
	bool small;      /* it was too large as it was: as little as is useful */
	int64_t wall_ns; /* now: for rules about the age of what is told */
};

/* What is told without a finding. */
struct pulse {
	int64_t wall_ns;
	bool alive; /* a sign of life is due (heartbeat.interval), else what has a period
		     */

	/* With a period: findings routed here whose incidents are open, or were till a
	 * few minutes ago. */
	const struct finding *findings; /* kind: opened or resolved */
	size_t n;

	/*
	 * Numbers of the whole program, or NULL (a sign of life has them where
	 * always_alive): {"incidents": [{"rule", "level", "namespace", "open"}],
	 * "money_at_risk_cents", "findings_waiting"} and, as totals since it started,
	 * {"orders_failed": [{"reason", "namespace", "n"}], "restarts": [{"namespace",
	 * "service", "n"}]}. Members may be missing.
	 */
	const json_t *numbers;
};

struct reply {
	long status; /* HTTP's; 0: none came */
	struct str body;
	int64_t wait_ns;     /* what the server asked for, clamped; -1: nothing */
	const char *error_z; /* why status is 0 */
};

enum verdict {
	VERDICT_DONE,
	VERDICT_PART,     /* taken in part: never again, and counted */
	VERDICT_RETRY,    /* the same again, later */
	VERDICT_SPLIT,    /* too large: in halves */
	VERDICT_REJECTED, /* never again: halves find the one, which is set aside */
	VERDICT_PAUSE,    /* nothing more until a probe is answered with DONE */
	VERDICT_STOP      /* nothing more: the receiver is gone for good */
};

struct destination_type {
	const char *name_z; /* as in settings */
	size_t max_parcels; /* of one build */
	size_t lanes;       /* requests on the way at once, at most; 0: one */

	size_t size; /* of its struct destination, which is all zero before init() */

	/*
	 * Reads secrets into d. 0 or a negative errno value after a message that says
	 * what to do; fini(), which may be NULL, frees what d owns either way.
	 */
	int (*init)(struct destination *d, const struct destination_conf *conf);
	void (*fini)(struct destination *d);

	/*
	 * Adds requests in the order they are to be sent. A parcel is delivered when all
	 * that carry it are; none carries it: at once. 0, -EINVAL (of one parcel: it can
	 * never be sent) or -ENOMEM.
	 */
	int (*build)(struct destination *d, const struct build *b, struct requests *out);

	/* why: what to tell of the answer, without secrets; empty: the answer itself. */
	enum verdict (*judge)(struct destination *d, const struct request *r,
		const struct reply *reply, struct buf *why);

	/*
	 * Adds the address of a page that shows what was taken; nothing, when the answer
	 * has none. May be NULL.
	 */
	void (*link)(struct destination *d, const struct request *r,
		const struct reply *reply, struct buf *out);

	/* Adds the request that tells whether it works. NULL: what waits is tried. */
	int (*probe)(struct destination *d, struct requests *out);

	/* How often periodic() is due, besides signs of life; 0: never. May be NULL. */
	int64_t (*period_ns)(const struct destination *d);
	bool wants_open;   /* a pulse has findings */
	bool always_alive; /* signs of life also without output_settings.heartbeat */

	/* Adds requests; what fails is not repeated before the next pulse. May be NULL.
	 */
	int (*periodic)(
		struct destination *d, const struct pulse *p, struct requests *out);
};

/* By enum output_type; NULL: this gumshoe cannot send there. */
extern const struct destination_type *const destination_types[DEST_TYPES];

/* 0, or an error of init() or -ENOMEM, after which *out is NULL. */
MUST_USE int destination_new(const struct destination_type *type,
	const struct destination_conf *conf, struct destination **out);

/* Wipes its secrets. */
void destination_free(const struct destination_type *type, struct destination **pd);

/*
 * The name of a member (of output->urls; 0 when there are none) in the outbox: that of
 * the output, and where there are more "NAME@HOST:PORT".
 */
void destination_name(
	const struct output_settings *output, size_t member, struct buf *out);

/* What most services mean: 2xx, 408/429/5xx/none, 413, 400 and 422, the rest pauses. */
enum verdict destination_judge_status(long status);

extern const struct destination_type destination_datadog, destination_alertmanager,
	destination_webhook, destination_slack, destination_pagerduty, destination_otlp,
	destination_file;
