/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line per message, escaped, by one write(2) to stderr, so that threads cannot mix
 * their lines and no input can forge one.
 */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"

#define TEXT_MAX       2048
#define LINE_MAX_BYTES ((size_t)16 * 1024)

/* Set before threads start, then only read. */
static enum log_level level = LOG_LEVEL_WARN;

/* Written once under journal_once, then only read: any thread. */
static bool has_journal;
static pthread_once_t journal_once = PTHREAD_ONCE_INIT;

static void
look_for_journal(void)
{
	has_journal = getenv("JOURNAL_STREAM") != NULL;
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

static void PRINTF_LIKE(3, 0)
	say(enum log_level at, const char *area, const char *fmt, va_list ap)
{
	/* the numbers of syslog: err, warning, info, debug */
	static const int priority[] = { 3, 4, 6, 7 };
	int saved = errno;
	char text[TEXT_MAX];
	struct buf b;
	int n;

	n = vsnprintf(text, sizeof(text), fmt, ap);
	pthread_once(&journal_once, look_for_journal);
	buf_init(&b, LINE_MAX_BYTES);
	if (has_journal)
		buf_printf(&b, "<%d>", priority[at]);
	buf_printf(&b, "gumshoe: %s: ", area);
	if (n >= 0)
		buf_add_visible(&b, str_z(text));
	if (n >= (int)sizeof(text))
		buf_add(&b, STR("..."));
	buf_add_char(&b, '\n');
	write_all(buf_str(&b));
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
