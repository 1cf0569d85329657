/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status document as Prometheus metrics: text format 0.0.4, names by its conventions
 * (base units, _total for counters), never an id as a label.
 * Source: prometheus.io/docs/instrumenting/exposition_formats, .../practices/naming.
 */
#pragma once

#include <jansson.h>

#include "base/buf.h"

/* doc is pipeline/status.h's. Members that are absent give no sample. */
void metrics_write(const json_t *doc, struct buf *out);
