/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pipe that stays open: findings as soon as nothing can falsify them, the rest when the
 * watermark (the newest time read less the lateness) has passed. One thread does all.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "decode/decoder.h"
#include "pipeline/batch.h"
#include "pipeline/outputs.h"
#include "rules/ruleset.h"
#include "store/store.h"

struct live_conf {
	const char *path_z; /* "-" or a fifo */
	enum format format;
	const struct time_zone *zone;
	struct str label[LABEL_COUNT];
	int64_t since_ns, until_ns; /* TIME_NONE: open */
	int64_t lateness_ns;
	size_t max_keys, spill_bytes; /* 0: default */
	uint64_t record_bytes;        /* of joined lines; 0: default */
	struct hash_key redact_key;   /* of placeholders */
	const struct str *destinations;
	size_t n_destinations;
	const struct output_settings *const *routes; /* what each takes; NULL: all */
	struct outputs *outputs;           /* sends while it flows; NULL: nobody does */
	const volatile sig_atomic_t *stop; /* set by a signal: ends as at end of input */

	int64_t keep_ns, keep_bytes; /* retention; 0: none */
	bool quiet;                  /* say nothing on stderr */

	/*
	 * Called after each commit that may have brought findings, and now and then:
	 * print, send. True: it put or deleted rows.
	 */
	bool (*committed)(void *arg, struct store *s);
	void *arg;
};

/* Runs to the end of the pipe. 0 or a negative errno value or store error. */
MUST_USE int live_run(const struct live_conf *conf, const struct ruleset *rs,
	struct store *s, struct batch_counts *counts);
