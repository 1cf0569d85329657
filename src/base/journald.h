/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to journald with fields, by its native protocol: one datagram of NAME=value
 * lines (systemd's page "Native Journal Protocol"). Opened before threads start; sending
 * is for any thread.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/*
 * Whether stderr is a stream of the journal's: $JOURNAL_STREAM names its device and
 * inode. One that was redirected is not, whatever the environment says.
 */
bool journald_is_stderr(void);

/* A socket, or -1: nobody listens at path_z. */
int journald_open(const char *path_z);

/*
 * MESSAGE="area: text", PRIORITY, SYSLOG_IDENTIFIER and GUMSHOE_AREA. text has no line
 * ends. Never waits; false when it was not taken.
 */
bool journald_send(int fd, int priority, const char *area_z, struct str text);
