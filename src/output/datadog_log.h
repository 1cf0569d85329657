/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as Datadog's logs, v2 (datadog.md §2). All of ours is under "gumshoe": a root
 * "level" or "status" would be taken for Datadog's own. Pure functions.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "output/destination.h"

/*
 * One JSON object of far less than the million bytes Datadog cuts silently at: what a
 * finding tells, as a log of our own service. Its tags have its subject's place, not its
 * service, and its message none of the subject's lines: searches of an operator find what
 * they found before. wall_ns decides the age rule. 0 or -ENOMEM.
 */
MUST_USE int datadog_log(const struct output_settings *conf, const struct finding *f,
	int64_t wall_ns, struct buf *item);

/*
 * Entry i of its timeline as one JSON object, a log of our own service: what it says is
 * in an attribute, nothing of the subject in message or tags. Each entry belongs to one
 * finding: those until the incident opened to that which opened it, the others to that
 * which resolved it. 0, -ENOENT (not of this finding, or no such entry) or -ENOMEM.
 */
MUST_USE int datadog_log_entry(const struct output_settings *conf,
	const struct finding *f, size_t i, int64_t wall_ns, struct buf *item);
