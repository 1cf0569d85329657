/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line on the terminal while a batch takes over a second.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base/queue.h"

/* Prints bytes read and files left until files is empty. Called on the main thread. */
void progress_watch(_Atomic uint64_t *bytes, struct queue *files);
