/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents that stay open are told again (repeat_interval): as an update with the next
 * seq, put into the outbox like any other. When the last telling was is not kept: after a
 * restart the interval begins anew. The store's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "conf/settings.h"
#include "store/store.h"

struct repeat;

/* output and destination (its name in the outbox) are borrowed. NULL: out of memory. */
struct repeat *repeat_new(const struct output_settings *output, struct str destination);
void repeat_free(struct repeat **pr);

/* A finding of the incident was delivered; kind: enum finding_kinds. */
void repeat_told(struct repeat *r, struct str id, unsigned kind, int64_t mono_ns);

/*
 * Puts what is due, once a minute at most; then *touched. In a transaction. 0 or a store
 * error.
 */
MUST_USE int repeat_work(struct repeat *r, struct store *s, int64_t mono_ns,
	int64_t wall_ns, bool *touched);
