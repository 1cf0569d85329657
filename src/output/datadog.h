/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all that Datadog is told has in common: addresses, levels, ages, keys. Bodies are
 * built in output/datadog_event.h, datadog_log.h and datadog_series.h;
 * output/to_datadog.c puts them into requests. Source of the contract: Datadog's public
 * API reference and the generated clients (datadog.md §1-5). Pure functions.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "output/destination.h"

/* Datadog takes events and logs of the last 18 h, two ahead; retries need some of it. */
#define DATADOG_AGE_MAX   (17 * TIME_H)
#define DATADOG_AHEAD_MAX (2 * TIME_H - 5 * TIME_MIN)

/* What a destination without a file of settings has: DD_SITE, DD_URL,
 * DD_LOGS_CONFIG_LOGS_DD_URL, DD_ENV, DD_CLUSTER_NAME, DD_PROXY_HTTPS; views of the
 * environment. */
void datadog_from_env(struct output_settings *out);

/* One of the sites that Datadog's own clients know; others may be right, too. */
bool datadog_knows_site(struct str site);

/* base, or https://HOST.SITE when it is empty; without a slash at the end. */
void datadog_url(const struct output_settings *conf, struct str base, const char *host_z,
	struct buf *url);

struct datadog_level {
	const char *alert_z;    /* alert_type of a v1 event */
	const char *priority_z; /* of a v1 event */
	const char *log_z;      /* status of a log */
	const char *alert2_z;   /* status of a v2 alert event */
	const char *urgency_z;  /* priority of a v2 alert event */
};

/* Of the highest level among the findings; of one that is over, that it is. */
const struct datadog_level *datadog_level(
	const struct finding *findings, size_t n, unsigned kind);

/* An older time is refused (event) or lost behind a 202 (log): then the arrival counts.
 */
bool datadog_may_say(int64_t at_ns, int64_t wall_ns);

/* "gumshoe:" and the parcel's key: the same for all that is told of it. */
#define DATADOG_KEY_MAX ((size_t)100)
json_t *datadog_key(const struct parcel *p);

/* "[gumshoe] 4 orders failed to pay in sock-shop", "[gumshoe] resolved: ..." */
json_t *datadog_title(const struct parcel *p);

/* hostname of the settings, else this machine's. */
json_t *datadog_host(const struct output_settings *conf);
