/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's own messages, on stderr: "gumshoe: AREA: text". When journald reads it
 * they go to the journal with fields instead (base/journald.h), or with a "<N>" priority
 * where that has no socket. Any thread; one line per call, control bytes escaped.
 */
#pragma once

#include "base/compiler.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Default LOG_LEVEL_WARN. Any thread. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/*
 * Auto: as said above. Text: that without priorities and fields, always on stderr. JSON:
 * an object per line there, {"at", "level", "area", "message"}. Before the first message.
 */
enum log_format { LOG_AUTO, LOG_TEXT, LOG_JSON };
void log_set_format(enum log_format format);

/* The journal's socket: JOURNAL_SOCKET unless said. Before the first message. */
void log_set_journal(const char *socket_z);

/* error: the operator must act now; warn: some day; info: a change of state. */
void log_error(const char *area, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_warn(const char *area, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_info(const char *area, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_debug(const char *area, const char *fmt, ...) PRINTF_LIKE(2, 3);
