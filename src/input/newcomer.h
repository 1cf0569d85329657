/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a log that are neither a part nor known yet: where they are put, and where
 * reading begins in them. One thread. For lineup.c, after the candidates were matched.
 */
#pragma once

#include "input/candidate.h"
#include "input/trail.h"

void newcomer_take(struct trail *tr, struct candidates *l, int64_t now_ns);
