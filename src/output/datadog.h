/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as Datadog wants them: one v1 event and one v2 log each (datadog.md §2-3).
 * Pure building of requests here; output/sender.h sends them. Source of the contract:
 * Datadog's public API reference, v1 events and v2 logs.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"

struct datadog_conf {
	struct str site;     /* datadoghq.com */
	struct str api_url;  /* override of https://api.SITE, or empty */
	struct str logs_url; /* override of https://http-intake.logs.SITE, or empty */
	struct str env;      /* tag env:..., or empty */
	struct str cluster;  /* kube_cluster_name, or empty */
};

/* Reads DD_SITE, DD_URL, DD_LOGS_CONFIG_LOGS_DD_URL, DD_ENV, DD_CLUSTER_NAME. */
void datadog_conf_from_env(struct datadog_conf *conf);

/*
 * Bodies for one finding (the JSON of report_incident() with "kind" and "seq" beside it).
 * wall_ns decides the age rule: older than 17 h carries no official time but the true one
 * in the text. 0, or -EINVAL when the finding is no object.
 */
MUST_USE int datadog_event(const struct datadog_conf *conf, const json_t *finding,
	int64_t wall_ns, struct buf *url, struct buf *body);
MUST_USE int datadog_log(const struct datadog_conf *conf, const json_t *finding,
	int64_t wall_ns, struct buf *url, struct buf *body);
