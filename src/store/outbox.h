/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was sent outlives a replacement of the store: the same scan again sends nothing
 * again. The store's thread.
 */
#pragma once

#include "base/compiler.h"
#include "store/store.h"

/*
 * Copies what old says was delivered, the newest first, as one transaction of s. What was
 * shown to somebody ("stdout") is shown again. STORE_CORRUPT if old could not be read to
 * its end: what could is copied, old->error says why. Else 0, or an error of s.
 */
MUST_USE int outbox_carry(struct store *s, struct store *old);
