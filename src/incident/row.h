/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An incident's row in the store: its title as of now and the body that the queries of
 * timeline.h read.
 */
#pragma once

#include "incident/state.h"

/* Counts deaths and rules where its texts want them, then puts the row. 0 or an error. */
MUST_USE int row_write(struct incidents *i, struct incident *x);

/* When x was found out: now, or earlier if the store knows it already. */
int64_t row_detected(const struct incidents *i, const struct incident *x);
