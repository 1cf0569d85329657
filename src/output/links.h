/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links into Datadog's explorers that open the searches an operator would type
 * (datadog.md §8; source of the forms: Datadog's documentation of its explorers and of
 * monitor variables). Pure functions.
 */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "conf/settings.h"

enum link_kind { LINK_LOGS, LINK_EVENTS, LINK_CONTAINERS, LINK_METRICS, LINK_KINDS };

/* "Logs", "Events", "Containers", "Metrics" */
extern const char *const link_names_z[LINK_KINDS];

/* Bytes of a link at most; v2 events take no longer one. */
#define LINK_MAX ((size_t)2048)

/*
 * app_url, else https://app.SITE, or https://SITE when the site has a part before its
 * domain. Without a slash at the end.
 */
void links_base(const struct output_settings *conf, struct buf *out);

/*
 * The link for a finding: namespace, service as Datadog knows it, the words its leading
 * lines have in common; whole quarters of an hour around it, at least a minute on either
 * side. False: the finding has no time or place for it; out is unchanged.
 */
bool links_make(const struct output_settings *conf, const json_t *finding,
	enum link_kind kind, struct buf *out);

/* What is searched, as typed; empty when there is nothing to search by. */
void links_query(const json_t *finding, enum link_kind kind, struct buf *out);
