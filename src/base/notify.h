/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling the service manager (sd_notify(3), the datagram protocol of NOTIFY_SOCKET).
 * Without a manager every call does nothing. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

/* Reads NOTIFY_SOCKET and WATCHDOG_USEC and removes them: children are not the service. */
void notify_init(void);
bool notify_wanted(void);

/* How often the watchdog wants to be fed (half its limit), or 0: not at all. */
int64_t notify_watchdog_ns(void);

void notify_ready(void);
void notify_reloading(void); /* with MONOTONIC_USEC; notify_ready() ends it */
void notify_stopping(void);
void notify_watchdog(void);

/* The line of `systemctl status`; control bytes are shown as \xNN. */
void notify_status(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Asks for more time to start or stop than the unit allows. */
void notify_extend(int64_t span_ns);
