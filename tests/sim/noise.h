/* SPDX-License-Identifier: Apache-2.0 */
/* What every service mutters all day: health checks, checkpoints, metrics, saves. */
#pragma once

#include "world.h"

void noise_begin(struct world *w);
