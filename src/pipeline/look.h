/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the inputs of a batch are: events and pods are read and matched at once, since
 * they name the workloads; logs wait for the workers. One thread, before those start.
 */
#pragma once

#include "base/compiler.h"
#include "pipeline/batch_state.h"

/* Opens each once; b->logs is set. 0 or -ENOMEM. */
MUST_USE int look_at_inputs(struct batch *b);

/* Matches the objects that were read, into the first worker's runs. 0 or an error. */
MUST_USE int look_match(struct batch *b);
