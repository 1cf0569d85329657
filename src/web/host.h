/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which requests a loopback server may answer: a browser that was lured to a name that
 * now resolves to 127.0.0.1 sends that name as Host (DNS rebinding), so only the names of
 * loopback pass. Pure functions; any thread.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/*
 * Host as RFC 9110 7.2 has it: localhost, 127.0.0.1 or [::1], with or without a port, in
 * any case. Anything else is refused: other names and addresses, a trailing dot, user
 * information, an empty value.
 */
bool host_is_loopback(struct str host);

/* Origin is absent (empty), or http:// or https:// of such a host. "null" is refused. */
bool host_origin_is_ours(struct str origin);
