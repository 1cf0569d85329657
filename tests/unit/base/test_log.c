/* SPDX-License-Identifier: Apache-2.0 */
/* log: levels, the journal's prefix, escaping. Stderr is a pipe here. */
#include "base/log.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../tap.h"

/* As systemd does for a service whose stderr is the journal's. */
static void
set_stream(bool is_journal)
{
	char stream_z[64];
	struct stat st;

	unsetenv("JOURNAL_STREAM");
	if (!is_journal || fstat(STDERR_FILENO, &st) != 0)
		return;
	(void)snprintf(stream_z, sizeof(stream_z), "%ju:%ju", (uintmax_t)st.st_dev,
		(uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream_z, 1);
}

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
		set_stream(has_journal);
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
hostile_json(void)
{
	log_set_format(LOG_JSON);
	hostile();
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

static void
redirected(void)
{
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_error("a", "b");
}

/* With a journal that listens: fields, and nothing on stderr. */
static void
test_fields(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char folder_z[] = "/tmp/gumshoe-test-XXXXXX", got[8192];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ssize_t n;

	OK(mkdtemp(folder_z) != NULL);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/journal", folder_z);
	OK(bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0);
	log_set_journal(at.sun_path);
	OK(strcmp(said(true, hostile), "") == 0);
	n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);
	got[n > 0 ? n : 0] = '\0';
	OK(strcmp(got, "PRIORITY=3\nSYSLOG_IDENTIFIER=gumshoe\nGUMSHOE_AREA=input\n"
		       "MESSAGE=input: pod \"a\\x0a<0>gumshoe: forged\\x1b[2J\"\n") == 0);
	close(fd);
	OK(unlink(at.sun_path) == 0 && rmdir(folder_z) == 0);
}

int
main(void)
{
	const char *text;

	log_set_journal("/nonexistent/journal");
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
	text = strstr(said(false, hostile_json), "Z\",");
	OK(text != NULL &&
		strcmp(text,
			"Z\",\"level\":\"error\",\"area\":\"input\",\"message\":"
			"\"pod \\\"a\\\\x0a<0>gumshoe: forged\\\\x1b[2J\\\"\"}\n") == 0);
	OK(strcmp(said(false, redirected), "gumshoe: a: b\n") == 0);
	test_fields();
	return tap_done();
}
