/* SPDX-License-Identifier: Apache-2.0 */
/* log: levels, the journal's prefix, escaping. Stderr is a pipe here. */
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../tap.h"

/* What one child process says on stderr, with or without a journal. */
static const char *
said(bool has_journal, void (*talk)(void))
{
	static char text[8192];
	size_t len = 0;
	ssize_t n;
	int ends[2];
	pid_t child;

	fflush(stdout);
	if (pipe(ends) != 0 || (child = fork()) < 0)
		return "";
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		if (has_journal)
			setenv("JOURNAL_STREAM", "8:1", 1);
		else
			unsetenv("JOURNAL_STREAM");
		talk();
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	waitpid(child, NULL, 0);
	text[len] = '\0';
	return text;
}

static void
all_levels(void)
{
	log_error("store", "disk %s", "full");
	log_warn("kafka", "slow");
	log_info("main", "started");
	log_debug("main", "x");
}

static void
all_levels_debug(void)
{
	log_set_level(LOG_LEVEL_DEBUG);
	all_levels();
}

static void
hostile(void)
{
	log_error("input", "pod \"%s\"", "a\n<0>gumshoe: forged\x1b[2J");
}

static void
endless(void)
{
	log_error("input", "%5000d", 1);
}

static void
keeps_errno(void)
{
	errno = 42;
	log_error("a", "b");
	log_error("c", "%d", errno);
}

int
main(void)
{
	const char *text;

	OK(log_get_level() == LOG_LEVEL_WARN);
	OK(strcmp(said(false, all_levels), "gumshoe: store: disk full\n"
					   "gumshoe: kafka: slow\n") == 0);
	OK(strcmp(said(true, all_levels_debug), "<3>gumshoe: store: disk full\n"
						"<4>gumshoe: kafka: slow\n"
						"<6>gumshoe: main: started\n"
						"<7>gumshoe: main: x\n") == 0);
	OK(strcmp(said(false, hostile),
		   "gumshoe: input: pod \"a\\x0a<0>gumshoe: forged\\x1b[2J\"\n") == 0);
	text = said(false, endless);
	OK(strlen(text) < 2100 && strcmp(text + strlen(text) - 4, "...\n") == 0);
	OK(strcmp(said(false, keeps_errno), "gumshoe: a: b\ngumshoe: c: 42\n") == 0);
	return tap_done();
}
