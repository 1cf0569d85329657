/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at the files of one log: is the path still the file that is read, what are their
 * sizes, did something come late to the file before. One thread. For tail.c.
 */
#pragma once

#include "input/trail.h"

/* Never blocks longer than the file system does. Says when to look again (due_ns). */
void lookout_poll(struct trail *tr, int64_t now_ns);
