/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of one time zone, read from the bytes of a TZif file (RFC 8536). Pure: no
 * file is opened here, the environment is not asked. Any thread once made.
 */
#pragma once

#include <stdint.h>

#include "base/str.h"

struct tzif;

/* NULL: not a TZif file, too large, with leap seconds, or out of memory. */
struct tzif *tzif_new(struct str bytes);
void tzif_free(struct tzif **pt);

/* Seconds east of UTC at a moment given in seconds since the epoch. */
int32_t tzif_offset(const struct tzif *t, int64_t at_s);
