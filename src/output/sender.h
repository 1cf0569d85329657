/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drains the outbox to a destination: at least once, the same bytes each time, in order;
 * a row goes only after success. Retry classes, waits and the pause on 401/403 are those
 * of datadog.md §7.3. One thread, with the store's writer connection.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"
#include "output/datadog.h"
#include "store/store.h"

struct sender_conf {
	struct output_settings datadog;
	const char *key_file_z; /* the API key; never on argv, in a log or the store */
	int64_t give_up_ns;     /* monotonic time from the first try; 0: one try each */
	bool dry_run; /* print the requests to out, without the key; keep rows */
	FILE *out;
};

struct sender_counts {
	uint64_t sent, retried, rejected /* 400: set aside as a gap */, left;
};

/* 0 when the outbox is empty (or printed), -EAGAIN when rows are left, else an error. */
MUST_USE int sender_drain(
	struct store *s, const struct sender_conf *conf, struct sender_counts *counts);
