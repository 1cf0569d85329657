/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tags of a finding, in the grammar and with the names of Datadog's Agent, so that it
 * lines up with the logs already there (datadog.md §6). Never an id of an order or a pod.
 * Pure functions.
 */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "conf/settings.h"

/* A new array of strings, lower-case, each at most 200 bytes; NULL: out of memory. */
json_t *tags_make(const struct output_settings *conf, const json_t *finding);

/* As one text with commas between: what ddtags wants. */
void tags_join(const json_t *tags, struct buf *out);
