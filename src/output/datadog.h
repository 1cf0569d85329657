/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as Datadog wants them: one v1 event and one v2 log each (datadog.md §2-3).
 * Pure building of bodies here; output/to_datadog.c sends them. Source of the contract:
 * Datadog's public API reference, v1 events and v2 logs.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "conf/settings.h"

/* What a destination without a file of settings has: DD_SITE, DD_URL,
 * DD_LOGS_CONFIG_LOGS_DD_URL, DD_ENV, DD_CLUSTER_NAME; views of the environment. */
void datadog_from_env(struct output_settings *out);

/* base, or https://HOST.SITE when it is empty; without a slash at the end. */
void datadog_url(const struct output_settings *conf, struct str base, const char *host_z,
	struct buf *url);

/*
 * Bodies for one finding (the JSON of report_incident() with "kind" and "seq" beside it).
 * wall_ns decides the age rule: older than 17 h carries no official time but the true one
 * in the text. 0, or -EINVAL when the finding is no object.
 */
MUST_USE int datadog_event(const struct output_settings *conf, const json_t *finding,
	int64_t wall_ns, struct buf *url, struct buf *body);
MUST_USE int datadog_log(const struct output_settings *conf, const json_t *finding,
	int64_t wall_ns, struct buf *url, struct buf *body);
