/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agenda.h"
#include "event.h"
#include "kube.h"
#include "layout.h"
#include "lines.h"
#include "people.h"
#include "shop.h"
#include "truth.h"

struct world *
world_new(const struct options *opt)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		die("out of memory");
	w->opt = opt;
	w->rng = rng_make(opt->seed, "background");
	w->fate = rng_make(opt->seed, "fate");
	w->agenda = agenda_new();
	w->lines = lines_new();
	w->layout = layout_new(opt->out, opt->layouts);
	w->kube = kube_new(opt->out, opt->seed);
	w->events = events_new(opt->out);
	w->people = people_new(opt->seed, opt->canaries);
	w->shop = shop_new(opt->seed);
	w->truth = truth_new();
	return w;
}

void
world_free(struct world **pw)
{
	struct world *w = *pw;

	truth_free(&w->truth);
	shop_free(&w->shop);
	people_free(&w->people);
	events_free(&w->events);
	kube_free(&w->kube);
	layout_free(&w->layout);
	lines_free(&w->lines);
	agenda_free(&w->agenda);
	text_free(&w->line);
	free(w);
	*pw = NULL;
}

void
world_at(struct world *w, int64_t at_ns, actor_fn *fn, void *arg)
{
	agenda_add(w->agenda, at_ns < w->now_ns ? w->now_ns : at_ns, fn, arg);
}

void
world_run(struct world *w)
{
	struct entry e;

	while (agenda_next(w->agenda, w->to_ns, &e)) {
		lines_flush(w, e.at_ns);
		w->now_ns = e.at_ns;
		e.fn(w, e.arg);
	}
	lines_flush(w, w->to_ns + NS_PER_S);
	w->now_ns = w->to_ns;
}

void *
world_keep(struct world *w, size_t size)
{
	return agenda_keep(w->agenda, size);
}

struct text *
world_line(struct world *w)
{
	text_clear(&w->line);
	return &w->line;
}

void
world_say(struct world *w, enum service s, int64_t at_ns, enum stream stream)
{
	lines_add(w, w->run[s], at_ns, stream, false);
}

void
world_sayf(struct world *w, enum service s, int64_t at_ns, enum stream stream,
	const char *fmt, ...)
{
	char b[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(b, sizeof(b), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(b))
		die("line too long: %s", fmt);
	text_put(world_line(w), b, (size_t)n);
	world_say(w, s, at_ns, stream);
}

void
world_say_torn(struct world *w, enum service s, int64_t at_ns, enum stream stream)
{
	lines_add(w, w->run[s], at_ns, stream, true);
}

int64_t
world_app_clock(struct world *w, int64_t at_ns)
{
	uint64_t n = rng_next(&w->rng);
	int64_t app = at_ns - 150 * NS_PER_US - (int64_t)(n & 0x7ffff);

	if ((n >> 20) % 600 == 0)
		app -= 500 * NS_PER_MS + (int64_t)((n >> 32) % 1000) * NS_PER_MS;
	return app;
}

int
world_open(const char *dir, const char *name)
{
	struct text path = { 0 };
	int fd;

	text_fmt(&path, "%s/%s", dir, name);
	for (char *p = path.ptr + 1; *text_cstr(&path) != '\0' && *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path.ptr, 0755) != 0 && errno != EEXIST)
			die("%s: %s", path.ptr, strerror(errno));
		*p = '/';
	}
	fd = open(path.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		die("%s: %s", path.ptr, strerror(errno));
	text_free(&path);
	return fd;
}
