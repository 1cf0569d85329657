/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dockerlog.h"
#include "kube.h"

#define SINK_BYTES  ((size_t)128 << 10)
#define PIECE_BYTES ((size_t)16384) /* containerd's and docker's limit alike */

struct layout {
	const char *out;
	unsigned kinds;
	struct sink merged;
	struct text json;
};

static void
sink_open(struct sink *s, const char *out, const char *name)
{
	s->fd = world_open(out, name);
	s->buf = malloc(SINK_BYTES);
	if (s->buf == NULL)
		die("out of memory");
}

static void
sink_write(struct sink *s, const char *ptr, size_t len)
{
	while (len > 0) {
		ssize_t n = write(s->fd, ptr, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			die("write: %s", strerror(errno));
		ptr += n;
		len -= (size_t)n;
	}
}

static void
sink_flush(struct sink *s)
{
	sink_write(s, s->buf, s->len);
	s->len = 0;
}

static void
sink_put(struct sink *s, const char *ptr, size_t len)
{
	if (len > SINK_BYTES - s->len)
		sink_flush(s);
	if (len > SINK_BYTES) {
		sink_write(s, ptr, len);
		return;
	}
	memcpy(s->buf + s->len, ptr, len);
	s->len += len;
}

static void
sink_close(struct sink *s)
{
	if (s->buf == NULL)
		return;
	sink_flush(s);
	if (close(s->fd) != 0)
		die("close: %s", strerror(errno));
	free(s->buf);
	*s = (struct sink){ .fd = -1 };
}

struct layout *
layout_new(const char *out, unsigned kinds)
{
	struct layout *l = calloc(1, sizeof(*l));

	if (l == NULL)
		die("out of memory");
	l->out = out;
	l->kinds = kinds;
	if (kinds & LAYOUT_PIPE)
		sink_open(&l->merged, out, "pipe/merged.log");
	return l;
}

void
layout_free(struct layout **pl)
{
	text_free(&(*pl)->json);
	free(*pl);
	*pl = NULL;
}

static void
part_name(struct text *name, const struct container *c)
{
	text_clear(name);
	text_fmt(name, "pipe/.part-%s-%s-%u", c->pod->name, c->name, c->restarts);
}

static void
start_docker(struct layout *l, struct container *c)
{
	struct text name = { 0 };
	struct sink config = { .fd = -1 };

	text_fmt(&name, "docker/containers/%s/%s-json.log", c->id, c->id);
	sink_open(&c->docker, l->out, text_cstr(&name));
	text_clear(&name);
	text_fmt(&name, "docker/containers/%s/config.v2.json", c->id);
	sink_open(&config, l->out, text_cstr(&name));
	text_clear(&name);
	dockerlog_config(&name, c);
	sink_put(&config, name.ptr, name.len);
	sink_close(&config);
	text_free(&name);
}

void
layout_start(struct layout *l, struct container *c)
{
	struct text name = { 0 };

	if (l->kinds & LAYOUT_PODS) {
		text_fmt(&name, "pods/sock-shop_%s_%s/%s/%u.log", c->pod->name,
			c->pod->uid, c->name, c->restarts);
		sink_open(&c->cri, l->out, text_cstr(&name));
	}
	if (l->kinds & LAYOUT_PIPE) {
		part_name(&name, c);
		sink_open(&c->part, l->out, text_cstr(&name));
	}
	if (l->kinds & LAYOUT_DOCKER)
		start_docker(l, c);
	text_free(&name);
}

/* containerd stamps each piece on its own. Returns the bytes written. */
static size_t
line_cri(struct container *c, int64_t at_ns, enum stream stream, const struct piece *p)
{
	size_t at = 0, bytes = 0;

	do {
		size_t n = p->len - at < PIECE_BYTES ? p->len - at : PIECE_BYTES;
		bool last = at + n == p->len;
		char head[48];
		size_t len = time_write(head, at_ns, TEXT_TRIMMED);

		memcpy(head + len, stream == STDOUT ? " stdout F " : " stderr F ", 10);
		if (!last || p->torn)
			head[len + 8] = 'P';
		len += 10;
		if (c->cri.buf != NULL) {
			sink_put(&c->cri, head, len);
			sink_put(&c->cri, p->ptr + at, n);
			sink_put(&c->cri, "\n", 1);
		}
		bytes += len + n + 1;
		at += n;
		at_ns += 13 * NS_PER_US + (int64_t)(n % 977);
	} while (at < p->len);
	return bytes;
}

static void
line_pipe(struct layout *l, struct container *c, int64_t at_ns, const struct piece *p)
{
	char head[192];
	int n = snprintf(head, sizeof(head) - 32, "[pod/%s/%s] ", c->pod->name, c->name);
	size_t len = (size_t)n + time_write(head + n, at_ns, TEXT_NANOS);
	struct sink *both[] = { &c->part, &l->merged };

	head[len++] = ' ';
	for (size_t i = 0; i < 2; i++) {
		sink_put(both[i], head, len);
		sink_put(both[i], p->ptr, p->len);
		sink_put(both[i], "\n", 1);
	}
}

static void
line_docker(struct layout *l, struct container *c, int64_t at_ns, enum stream stream,
	const struct piece *p)
{
	size_t at = 0;

	do {
		size_t n = p->len - at < PIECE_BYTES ? p->len - at : PIECE_BYTES;
		struct piece one = { p->ptr + at, n, p->torn || at + n < p->len };

		text_clear(&l->json);
		dockerlog_line(&l->json, &one, stream, at_ns);
		sink_put(&c->docker, l->json.ptr, l->json.len);
		at += n;
	} while (at < p->len);
}

void
layout_line(struct world *w, struct container *c, int64_t at_ns, enum stream stream,
	const struct piece *p)
{
	struct layout *l = w->layout;

	w->records++;
	w->bytes += line_cri(c, at_ns, stream, p);
	if (l->kinds & LAYOUT_PIPE)
		line_pipe(l, c, at_ns, p);
	if (l->kinds & LAYOUT_DOCKER)
		line_docker(l, c, at_ns, stream, p);
}

static void
append_part(struct layout *l, struct sink *all, const struct container *c)
{
	struct text name = { 0 }, path = { 0 };
	char *buf = malloc(SINK_BYTES);
	ssize_t n;
	int fd;

	part_name(&name, c);
	text_fmt(&path, "%s/%s", l->out, text_cstr(&name));
	fd = open(text_cstr(&path), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || buf == NULL)
		die("%s: %s", text_cstr(&path), strerror(errno));
	while ((n = read(fd, buf, SINK_BYTES)) > 0)
		sink_put(all, buf, (size_t)n);
	if (n < 0 || close(fd) != 0 || unlink(text_cstr(&path)) != 0)
		die("%s: %s", text_cstr(&path), strerror(errno));
	free(buf);
	text_free(&name);
	text_free(&path);
}

void
layout_finish(struct world *w)
{
	struct layout *l = w->layout;
	struct sink all = { .fd = -1 };

	if (l->kinds & LAYOUT_PIPE)
		sink_open(&all, l->out, "pipe/all.log");
	for (size_t i = 0; i < kube_containers(w->kube); i++) {
		struct container *c = kube_container(w->kube, i);

		bool printed = c->part.buf != NULL;

		sink_close(&c->cri);
		sink_close(&c->part);
		sink_close(&c->docker);
		if (printed)
			append_part(l, &all, c);
	}
	sink_close(&all);
	sink_close(&l->merged);
}
