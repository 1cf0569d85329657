/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard input as an input of the daemon: kubectl logs -f ... | gumshoe run -i -. It
 * cannot be read again, so what a killed one lost is a gap, told when the next has a
 * time. Like intake.h in everything else. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "pipeline/intake.h"

struct pipe_input;

/* 0 or a negative errno value. */
MUST_USE int pipe_input_open(const struct intake_conf *conf, struct pipe_input **out);
void pipe_input_free(struct pipe_input **pp);

MUST_USE int pipe_input_work(
	struct pipe_input *p, int64_t mono_ns, int64_t wall_ns, bool *more);
MUST_USE int pipe_input_silence(struct pipe_input *p, int64_t mono_ns, int64_t wall_ns);

/* How far it is and what may be missing since the last one: part of the next commit. */
MUST_USE int pipe_input_save(struct pipe_input *p);

int pipe_input_fd(const struct pipe_input *p); /* -1 once it has ended */
bool pipe_input_has_ended(const struct pipe_input *p);
bool pipe_input_is_awake(const struct pipe_input *p);
int64_t pipe_input_first_time(const struct pipe_input *p);
int64_t pipe_input_last_time(const struct pipe_input *p);
struct follow_counts pipe_input_counts(const struct pipe_input *p);
const char *pipe_input_format_z(const struct pipe_input *p);

/* Silent for longer than is usual for a live pipe: kubectl's follow can stop at a
 * rotation without a word. */
bool pipe_input_is_silent(const struct pipe_input *p, int64_t mono_ns);
