/* SPDX-License-Identifier: Apache-2.0 */
#include "input/loss.h"

const char *const loss_names[LOSS_COUNT] = {
	[LOSS_TRUNCATED] = "truncated",
	[LOSS_GONE] = "gone",
	[LOSS_UNREADABLE] = "unreadable",
};
