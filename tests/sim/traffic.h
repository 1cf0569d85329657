/* SPDX-License-Identifier: Apache-2.0 */
/* The background: visitors, ordinary orders, registrations. */
#pragma once

#include "world.h"

void traffic_begin(struct world *w);
