/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line per message, escaped, by one write(2) or send(2), so that threads cannot mix
 * their lines and no input can forge one.
 */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/journald.h"
#include "base/time.h"

#define TEXT_MAX       2048
#define LINE_MAX_BYTES ((size_t)16 * 1024)

/* Set before threads start, then only read. */
static _Atomic(enum log_level) level = LOG_LEVEL_WARN;
static enum log_format format = LOG_AUTO;

/* Written once under journal_once, then only read: any thread. */
static const char *journal_z = JOURNAL_SOCKET;
static bool has_journal;
static int journal = -1;
static pthread_once_t journal_once = PTHREAD_ONCE_INIT;

static void
look_for_journal(void)
{
	has_journal = format == LOG_AUTO && journald_is_stderr();
	if (has_journal)
		journal = journald_open(journal_z);
}

void
log_set_format(enum log_format new_format)
{
	format = new_format;
}

void
log_set_journal(const char *socket_z)
{
	journal_z = socket_z;
}

void
log_set_level(enum log_level new_level)
{
	level = new_level;
}

enum log_level
log_get_level(void)
{
	return level;
}

static void
write_all(struct str s)
{
	while (s.len > 0) {
		ssize_t n = write(STDERR_FILENO, s.ptr, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		s = str_sub(s, (size_t)n, s.len);
	}
}

/* {"at":"2025-10-28T10:04:45.548Z","level":"error","area":"store","message":"..."} */
static void
add_json(struct buf *b, enum log_level at, const char *area_z, struct str text)
{
	static const char *const levels_z[] = { "error", "warn", "info", "debug" };

	buf_add(b, STR("{\"at\":\""));
	time_format(b, clock_wall_ns(), NULL, 3);
	buf_printf(b, "\",\"level\":\"%s\",\"area\":", levels_z[at]);
	buf_add_json(b, str_z(area_z));
	buf_add(b, STR(",\"message\":"));
	buf_add_json(b, text);
	buf_add(b, STR("}\n"));
}

static void
put(enum log_level at, const char *area_z, struct str text)
{
	/* the numbers of syslog: err, warning, info, debug */
	static const int priority[] = { 3, 4, 6, 7 };
	struct buf b;

	if (journal >= 0 && journald_send(journal, priority[at], area_z, text))
		return;
	buf_init(&b, 4 * LINE_MAX_BYTES);
	if (format == LOG_JSON) {
		add_json(&b, at, area_z, text);
	} else {
		if (has_journal)
			buf_printf(&b, "<%d>", priority[at]);
		buf_printf(&b, "gumshoe: %s: ", area_z);
		buf_add(&b, text);
		buf_add_char(&b, '\n');
	}
	write_all(buf_str(&b));
	buf_fini(&b);
}

static void PRINTF_LIKE(3, 0)
	say(enum log_level at, const char *area, const char *fmt, va_list ap)
{
	int saved = errno;
	char text[TEXT_MAX];
	struct buf b;
	int n;

	n = vsnprintf(text, sizeof(text), fmt, ap);
	pthread_once(&journal_once, look_for_journal);
	buf_init(&b, LINE_MAX_BYTES);
	if (n >= 0)
		buf_add_visible(&b, str_z(text));
	if (n >= (int)sizeof(text))
		buf_add(&b, STR("..."));
	put(at, area, buf_str(&b));
	buf_fini(&b);
	errno = saved;
}

void
log_error(const char *area, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_LEVEL_ERROR, area, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *area, const char *fmt, ...)
{
	va_list ap;

	if (level < LOG_LEVEL_WARN)
		return;
	va_start(ap, fmt);
	say(LOG_LEVEL_WARN, area, fmt, ap);
	va_end(ap);
}

void
log_info(const char *area, const char *fmt, ...)
{
	va_list ap;

	if (level < LOG_LEVEL_INFO)
		return;
	va_start(ap, fmt);
	say(LOG_LEVEL_INFO, area, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *area, const char *fmt, ...)
{
	va_list ap;

	if (level < LOG_LEVEL_DEBUG)
		return;
	va_start(ap, fmt);
	say(LOG_LEVEL_DEBUG, area, fmt, ap);
	va_end(ap);
}
