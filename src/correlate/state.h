/* SPDX-License-Identifier: Apache-2.0 */
/* The first two bytes of a state. Private to correlate/. */
#pragma once

#define STATE_VERSION '\1'
#define STATE_KEY     'K'
#define STATE_OWN     'O'
