/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as OTLP's logs in JSON (datadog.md §9.5; source of the contract: OpenTelemetry
 * protocol, opentelemetry/proto/logs/v1). 64-bit integers are texts there, enums numbers.
 * Pure functions.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "output/destination.h"

/* Everything up to the records, and what closes it. */
void otlp_begin(const struct output_settings *conf, struct buf *out);
void otlp_end(struct buf *out);

/*
 * One record: its body is a line for people, every member of the finding an attribute
 * "gumshoe.NAME", cut to about max bytes. wall_ns: when it is told. 0 or -ENOMEM.
 */
MUST_USE int otlp_record(
	const struct finding *f, size_t max, int64_t wall_ns, struct buf *out);

/* A record that says that Gumshoe runs. 0 or -ENOMEM. */
MUST_USE int otlp_heartbeat(int64_t wall_ns, struct buf *out);

/* Records that an answer says were not taken, and why (in *why); 0: all were. */
int64_t otlp_rejected(struct str reply, struct buf *why);
