/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways a line lies on disk: a node's /var/log/pods tree, docker's json-file, and what
 * kubectl logs prints. Owns all files of log lines. Single thread.
 */
#pragma once

#include "world.h"

struct piece {
	const char *ptr;
	size_t len;
	bool torn; /* no LF follows, ever */
};

/* A container's files; embedded in struct container. */
struct sink {
	int fd;
	size_t len;
	char *buf;
};

struct layout *layout_new(const char *out, unsigned kinds);
void layout_free(struct layout **pl);

/* Opens the files of a container that starts. */
void layout_start(struct layout *l, struct container *c);

/* Writes one line everywhere, in order of time within its container. */
void layout_line(struct world *w, struct container *c, int64_t at_ns, enum stream stream,
	const struct piece *p);

/* Closes everything and puts pipe/all.log together. */
void layout_finish(struct world *w);
