/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's own messages, on stderr: "gumshoe: AREA: text", with a "<N>" priority
 * prefix when journald reads it. Any thread; one line per call, control bytes escaped.
 */
#pragma once

#include "base/compiler.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Default LOG_LEVEL_WARN. Set before threads start. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* error: the operator must act now; warn: some day; info: a change of state. */
void log_error(const char *area, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_warn(const char *area, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_info(const char *area, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_debug(const char *area, const char *fmt, ...) PRINTF_LIKE(2, 3);
