/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person is told while a batch takes long: a line on the terminal after a second,
 * and after five a hint about a pipe that stays open.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base/queue.h"

/* Prints bytes read and files left until files is empty. Called on the main thread. */
void progress_watch(_Atomic uint64_t *bytes, struct queue *files);

/*
 * Says hint_z on stderr once when five seconds have gone by and so few bytes came that
 * somebody still writes them (a live pipe). Both are borrowed. NULL: no thread, no hint.
 */
struct patience;
struct patience *patience_start(_Atomic uint64_t *bytes, const char *hint_z);
void patience_end(struct patience **pp);
