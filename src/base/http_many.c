/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_many.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/http_easy.h"
#include "base/time.h"

#define LOOK_NS TIME_S /* at what is on the way: whether it is to be given up */

struct slot {
	struct http *http; /* owned */
	void *tag;
	bool busy, ended;
	struct http_reply reply;
};

struct http_many {
	CURLM *multi; /* owned; NULL before the first request */
	struct slot *slots;
	size_t n, busy, ended;
	int wake_fd;
};

struct http_many *
http_many_new(size_t max)
{
	struct http_many *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	m->slots = calloc(max, sizeof(*m->slots));
	for (; m->slots != NULL && m->n < max; m->n++) {
		m->slots[m->n].http = http_new();
		if (m->slots[m->n].http == NULL)
			break;
	}
	if (m->wake_fd < 0 || m->n < max)
		http_many_free(&m);
	return m;
}

void
http_many_free(struct http_many **pm)
{
	struct http_many *m = *pm;

	*pm = NULL;
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++) {
		if (m->slots[i].busy && !m->slots[i].ended)
			curl.multi_remove_handle(m->multi, http_easy(m->slots[i].http));
		http_free(&m->slots[i].http);
	}
	free(m->slots);
	if (m->multi != NULL)
		curl.multi_cleanup(m->multi);
	if (m->wake_fd >= 0)
		close(m->wake_fd);
	free(m);
}

static void
end(struct http_many *m, struct slot *s)
{
	s->ended = true;
	m->ended++;
}

/* What http_begin() has set up goes. */
static CURLcode
add(struct http_many *m, struct slot *s)
{
	CURL *easy = http_easy(s->http);

	if (m->multi == NULL) {
		m->multi = curl.multi_init();
		if (m->multi == NULL)
			return CURLE_OUT_OF_MEMORY;
		(void)curl.multi_setopt(m->multi, CURLMOPT_MAXCONNECTS, (long)m->n);
	}
	if (curl.easy_setopt(easy, CURLOPT_PRIVATE, s) != CURLE_OK ||
		curl.multi_add_handle(m->multi, easy) != CURLM_OK)
		return CURLE_OUT_OF_MEMORY;
	return CURLE_OK;
}

bool
http_many_begin(struct http_many *m, const struct http_request *req, void *tag)
{
	struct slot *s = m->slots;
	CURLcode code;
	int err;

	while (s < m->slots + m->n && s->busy)
		s++;
	if (s == m->slots + m->n)
		return false;
	s->busy = true;
	s->ended = false;
	s->tag = tag;
	m->busy++;
	err = http_begin(s->http, req, &s->reply);
	code = err == 0 ? add(m, s) : CURLE_OK;
	if (code != CURLE_OK)
		err = http_end(s->http, code, &s->reply);
	if (err != 0)
		end(m, s);
	return true;
}

/* Takes note of those that have ended by now. */
static void
go_on(struct http_many *m)
{
	struct slot *s;
	CURLMsg *msg;
	int n;

	if (m->multi == NULL)
		return;
	(void)curl.multi_perform(m->multi, &n);
	while ((msg = curl.multi_info_read(m->multi, &n)) != NULL) {
		CURLcode code = msg->data.result;
		CURL *easy = msg->easy_handle;

		if (msg->msg != CURLMSG_DONE ||
			curl.easy_getinfo(easy, CURLINFO_PRIVATE, &s) != CURLE_OK)
			continue;
		curl.multi_remove_handle(m->multi, easy);
		if (http_end(s->http, code, &s->reply) != 0)
			s->reply.status = 0;
		end(m, s);
	}
}

void
http_many_wait(struct http_many *m, int64_t wait_ns)
{
	struct curl_waitfd extra = { .fd = m->wake_fd, .events = CURL_WAIT_POLLIN };
	struct pollfd alone = { .fd = m->wake_fd, .events = POLLIN };
	uint64_t woken;
	int wait_ms;

	go_on(m);
	if (m->ended > 0)
		return;
	if (wait_ns > (m->busy > 0 ? LOOK_NS : TIME_H))
		wait_ns = m->busy > 0 ? LOOK_NS : TIME_H;
	wait_ms = (int)((wait_ns + TIME_MS - 1) / TIME_MS);
	if (m->multi != NULL)
		(void)curl.multi_poll(m->multi, &extra, 1, wait_ms, NULL);
	else
		(void)poll(&alone, 1, wait_ms);
	while (read(m->wake_fd, &woken, sizeof(woken)) > 0)
		;
	go_on(m);
}

bool
http_many_take(struct http_many *m, void **tag, struct http_reply *reply)
{
	struct slot *s = m->slots;

	if (m->ended == 0)
		return false;
	while (!s->ended)
		s++;
	*tag = s->tag;
	*reply = s->reply;
	s->busy = s->ended = false;
	m->busy--;
	m->ended--;
	return true;
}

void
http_many_wake(struct http_many *m)
{
	const uint64_t one = 1;

	/* A full counter wakes as well. */
	if (write(m->wake_fd, &one, sizeof(one)) < 0)
		return;
}
