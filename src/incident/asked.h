/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "incident/plan.h"

/* Sets p->asked of a plan that has all else. False: out of memory. */
bool asked_fill(struct plan *p);
