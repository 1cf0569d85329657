/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the daemon: shared by the files that run a session (daemon.c) and that tell
 * how it is (status.c). Not for other rooms.
 */
#pragma once

#include <poll.h>

#include "engine/gaps.h"
#include "match/quarantine.h"
#include "pipeline/daemon.h"
#include "pipeline/intake.h"
#include "pipeline/pipe.h"
#include "pipeline/recall.h"

struct daemon {
	struct daemon_conf conf;
	struct time_zone *zone;
	struct source_table *sources;
	struct prefilter *prefilter;
	struct evaluate *evaluate;
	struct quarantine *quarantine;
	struct engine *engine;
	struct inflight *inflight;
	struct recall *recall;
	struct intake **intakes; /* one per input of files */
	size_t n_intakes;
	size_t turn;                 /* of them, so far */
	struct pipe_input *pipe;     /* standard input, or NULL */
	int64_t silence_ns, tick_ns; /* monotonic: the last ones */
	struct gaps_live gaps;
	struct pollfd *fds;
	bool told_followed;
	uint64_t commits;
	int64_t commit_ns; /* spent in them */
};
