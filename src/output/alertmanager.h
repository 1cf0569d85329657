/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as alerts of Alertmanager's API v2, and in the shape of its own webhook
 * (datadog.md §9.1; source of the contract: Prometheus Alertmanager,
 * api/v2/openapi.yaml). The labels are what an alert is: they stay the same for the life
 * of an incident, all that changes is in annotations and times. Pure functions.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "output/destination.h"

/*
 * One alert: {"labels", "annotations", "startsAt", "endsAt"}. An open one ends lasts_ns
 * from now unless it is sent again, one that is over has ended.
 */
json_t *alertmanager_alert(const struct finding *f, int64_t wall_ns, int64_t lasts_ns);

/*
 * The alert that fires while Gumshoe runs, as the Watchdog of Prometheus does. Its labels
 * are those of this machine, whatever it is told at.
 */
json_t *alertmanager_heartbeat(
	const struct output_settings *conf, int64_t since_ns, int64_t until_ns);

/* The same in the body of alertmanager_webhook(). */
json_t *alertmanager_webhook_heartbeat(
	const struct output_settings *conf, int64_t since_ns);

/* The body that Alertmanager posts to a webhook ("version": "4") for a parcel; receiver
 * is the name of the output. */
json_t *alertmanager_webhook(
	const struct parcel *p, struct str receiver, int64_t wall_ns);

/* "critical", "error", "warning" or "info". */
const char *alertmanager_severity_z(const json_t *finding);
