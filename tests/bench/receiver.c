/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receiver: takes every HTTP request on a port of loopback and answers it with 202 {}, as
 * fast as one thread can. Prints "port N", then with each SIGUSR1 one line: requests,
 * bytes of their bodies, and the monotonic seconds of the first and the last.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX 16384

struct client {
	int fd;
	size_t len;  /* of the head so far */
	size_t body; /* bytes of it that are still to come */
	char head[HEAD_MAX + 1];
};

static unsigned long requests, bytes;
static double first_s, last_s;

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
answer(const struct client *c)
{
	static const char text[] =
		"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
		"Content-Length: 2\r\n\r\n{}";

	last_s = now_s();
	if (requests++ == 0)
		first_s = last_s;
	return write(c->fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1 ? 0 : -1;
}

/* 1: a request is complete, and answered; 0: more is to come; -1: an error. */
static int
take_head(struct client *c)
{
	char *end, *length;
	size_t after, body;

	c->head[c->len] = '\0';
	end = strstr(c->head, "\r\n\r\n");
	if (end == NULL)
		return c->len < HEAD_MAX ? 0 : -1;
	length = strcasestr(c->head, "\r\nContent-Length: ");
	body = length != NULL && length < end ? strtoul(length + 18, NULL, 10) : 0;
	after = c->len - (size_t)(end + 4 - c->head);
	bytes += body;
	if (after > body)
		return -1; /* nobody asked for more at once */
	c->body = body - after;
	c->len = 0;
	return c->body == 0 ? answer(c) : 0;
}

static int
take(struct client *c)
{
	static char rest[1 << 16];
	ssize_t n;

	if (c->body > 0) {
		n = read(c->fd, rest, c->body < sizeof(rest) ? c->body : sizeof(rest));
		if (n <= 0)
			return -1;
		c->body -= (size_t)n;
		return c->body == 0 ? answer(c) : 0;
	}
	n = read(c->fd, c->head + c->len, HEAD_MAX - c->len);
	if (n <= 0)
		return -1;
	c->len += (size_t)n;
	return take_head(c);
}

static int
listen_somewhere(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) != 0 || listen(fd, 64) != 0 ||
		getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		return -1;
	printf("port %d\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

static void
watch(int ep, int fd, void *who)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = who };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) != 0)
		perror("epoll_ctl");
}

static void
take_client(int ep, int listener)
{
	struct client *c = calloc(1, sizeof(*c));
	const int one = 1;

	if (c == NULL)
		return;
	c->fd = accept(listener, NULL, NULL);
	if (c->fd < 0) {
		free(c);
		return;
	}
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	watch(ep, c->fd, c);
}

static void
tell(int signals)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return;
	printf("%lu %lu %.6f %.6f\n", requests, bytes, first_s, last_s);
	fflush(stdout);
}

int
main(void)
{
	int listener = listen_somewhere(), ep = epoll_create1(EPOLL_CLOEXEC), signals;
	struct epoll_event events[64];
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (listener < 0 || ep < 0 || signals < 0) {
		perror("receiver");
		return 1;
	}
	watch(ep, listener, &listener);
	watch(ep, signals, &signals);
	for (;;) {
		int n = epoll_wait(ep, events, 64, -1);

		for (int i = 0; i < n; i++) {
			struct client *c = events[i].data.ptr;

			if (events[i].data.ptr == &listener) {
				take_client(ep, listener);
			} else if (events[i].data.ptr == &signals) {
				tell(signals);
			} else if (take(c) < 0) {
				close(c->fd);
				free(c);
			}
		}
	}
}
