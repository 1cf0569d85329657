/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the files in a log's folder is which part of the log: after a rotation, a
 * truncation and a restart. One thread. For trail.c.
 */
#pragma once

#include "input/trail.h"

/*
 * Looks at the live file and its older files, gives parts their names, appends files that
 * are newer than all parts, and gives up parts whose file is nowhere. tr->look stays set
 * when something could not be looked at.
 */
void lineup_look(struct trail *tr, int64_t now_ns);
