/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "input/reader.h"
#include "pipeline/pipe_source.h"

#define PAUSE_NS   (200 * TIME_MS)
#define SILENT_NS  (10 * TIME_MIN)
#define READS_MAX  16 /* of one call: commits are looked at in between */
#define READ_BYTES ((size_t)64 * 1024)

struct pipe_input {
	struct pipe_conf conf;
	struct reader *reader;
	struct pipe_source *source;
	struct follow *follow;
	bool ended, idle, awake, told_silent, told_error;
	int error;
	uint64_t position; /* bytes read */
	int64_t quiet_ns;  /* monotonic: the last bytes */
};

struct pipe_hold {
	struct reader *reader;
	struct pipe_source *source; /* NULL: the rest is of no use */
	struct follow_rest rest;
	uint64_t position;
	bool ended;
};

struct pipe_hold *
pipe_hold_new(void)
{
	struct pipe_hold *h = calloc(1, sizeof(*h));

	if (h != NULL)
		follow_rest_init(&h->rest);
	return h;
}

void
pipe_hold_free(struct pipe_hold **ph)
{
	struct pipe_hold *h = *ph;

	*ph = NULL;
	if (h == NULL)
		return;
	FREE_IF(reader_close, h->reader);
	FREE_IF(pipe_source_free, h->source);
	follow_rest_fini(&h->rest);
	free(h);
}

/* Goes on with what the last session left, if that ended in order. */
static int
open_follow(struct pipe_input *p, struct follow_conf *fc, struct pipe_hold *h)
{
	const struct follow_shared *shared = &p->conf.shared;
	uint64_t id = hash_stable(fc->name);
	int err;

	if (h != NULL && h->source != NULL) {
		fc->pipe = p->source = h->source;
		h->source = NULL;
		pipe_source_set_store(p->source, shared->store);
		return follow_take(shared, fc, id, &h->rest, &p->follow);
	}
	err = pipe_source_open(shared->store, fc->name, &p->source);
	if (err != 0)
		return err;
	fc->pipe = p->source;
	p->follow = follow_new(shared, fc, id);
	return p->follow == NULL ? -ENOMEM : 0;
}

int
pipe_input_open(const struct pipe_conf *conf, int64_t wall_ns, struct pipe_input **out)
{
	struct pipe_input *p = calloc(1, sizeof(*p));
	struct pipe_hold *h = conf->hold;
	struct follow_conf fc = { .name = str_z(conf->path_z),
		.format = conf->format,
		.zone = conf->zone,
		.date_ns = wall_ns,
		.date_quality = TIME_ARRIVAL };
	int err;

	*out = NULL;
	if (p == NULL)
		return -ENOMEM;
	p->conf = *conf;
	p->quiet_ns = TIME_NONE;
	memcpy(fc.label, conf->label, sizeof(fc.label));
	err = open_follow(p, &fc, h);
	if (err == 0 && h != NULL && h->reader != NULL) {
		p->reader = h->reader;
		h->reader = NULL;
		p->ended = h->ended;
		p->position = h->position;
	} else if (err == 0) {
		err = reader_open(conf->path_z, &p->reader);
	}
	if (err == 0 && follow_last_time(p->follow) != TIME_NONE)
		err = engine_watermark(conf->shared.engine, follow_id(p->follow),
			follow_last_time(p->follow), p->ended);
	if (err != 0)
		pipe_input_free(&p);
	*out = p;
	return err;
}

void
pipe_input_leave(struct pipe_input *p)
{
	struct pipe_hold *h = p->conf.hold;

	if (h == NULL)
		return;
	h->source = p->source;
	p->source = NULL;
	follow_leave(p->follow, &h->rest);
}

void
pipe_input_free(struct pipe_input **pp)
{
	struct pipe_input *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	if (p->conf.hold != NULL && p->reader != NULL) {
		p->conf.hold->reader = p->reader;
		p->conf.hold->ended = p->ended;
		p->conf.hold->position = p->position;
		p->reader = NULL;
	}
	FREE_IF(reader_close, p->reader);
	FREE_IF(follow_free, p->follow);
	FREE_IF(pipe_source_free, p->source);
	free(p);
}

/* Its time stands still from here on, and holds no other back. */
int
pipe_input_finish(struct pipe_input *p)
{
	int err;

	if (p->ended)
		return 0;
	p->ended = true;
	err = follow_finish(p->follow);
	return err != 0 ? err
			: engine_watermark(p->conf.shared.engine, follow_id(p->follow),
				  follow_last_time(p->follow), true);
}

static int
end(struct pipe_input *p, int error)
{
	p->error = error;
	if (error != 0)
		log_error("input", "%s: %s", p->conf.path_z, strerror(-error));
	else
		log_info("input", "%s: ended", p->conf.path_z);
	return pipe_input_finish(p);
}

/* 1: bytes can be read without waiting. */
static bool
is_readable(struct pipe_input *p)
{
	struct pollfd fd = { .fd = reader_fd(p->reader), .events = POLLIN };

	return reader_has_more(p->reader) || poll(&fd, 1, 0) > 0;
}

static int
read_some(struct pipe_input *p, int64_t mono_ns)
{
	size_t cap;
	char *room = follow_space(p->follow, &cap);
	ssize_t n = reader_read(p->reader, room, cap < READ_BYTES ? cap : READ_BYTES);

	if (n <= 0)
		return end(p, (int)n);
	p->position += (uint64_t)n;
	p->quiet_ns = mono_ns;
	p->awake = true;
	p->idle = p->told_silent = false;
	return follow_filled(p->follow, (size_t)n, mono_ns);
}

int
pipe_input_work(struct pipe_input *p, int64_t mono_ns, bool *more)
{
	int err = 0;

	for (int i = 0; i < READS_MAX && err == 0 && !p->ended && is_readable(p); i++)
		err = read_some(p, mono_ns);
	*more |= err == 0 && !p->ended && is_readable(p);
	return err;
}

int
pipe_input_silence(struct pipe_input *p, int64_t mono_ns, int64_t wall_ns)
{
	if (p->quiet_ns == TIME_NONE)
		p->quiet_ns = mono_ns;
	if (p->ended)
		return 0;
	p->idle = mono_ns - p->quiet_ns >= p->conf.idle_after_ns;
	p->awake = !p->idle;
	if (!p->told_silent && pipe_input_is_silent(p, mono_ns)) {
		p->told_silent = true;
		log_warn("input",
			"%s: nothing came for 10 minutes; kubectl's follow can stop "
			"without a word when the log is rotated",
			p->conf.path_z);
	}
	return follow_silence(p->follow, mono_ns, wall_ns, PAUSE_NS, p->idle);
}

/* From where it broke on nobody knows; the next pipe tells until when. */
static int
put_error(struct pipe_input *p)
{
	int64_t last_ns = follow_last_time(p->follow);
	struct gap_row g = { .from_ns = last_ns,
		.to_ns = TIME_NONE,
		.source = str_z(p->conf.path_z),
		.reason = STR("unreadable"),
		.detail = str_z(strerror(-p->error)),
		.n = 1 };

	if (p->error == 0 || p->told_error)
		return 0;
	p->told_error = true;
	if (last_ns != TIME_NONE)
		engine_gap(p->conf.shared.engine, last_ns, last_ns);
	return store_put_gap(p->conf.shared.store, &g);
}

int
pipe_input_save(struct pipe_input *p)
{
	struct engine *e = p->conf.shared.engine;
	int64_t first_ns = follow_first_time(p->follow);
	int err = first_ns == TIME_NONE
			  ? 0
			  : pipe_source_begins(p->source, e, first_ns, p->conf.quiet);

	if (err == 0)
		err = put_error(p);
	if (err != 0 || (!p->ended && !follow_has_moved(p->follow)))
		return err;
	follow_saved(p->follow);
	return pipe_source_reached(p->source, e, follow_needs(p->follow),
		follow_last_time(p->follow), p->ended && p->error == 0);
}

int
pipe_input_fd(const struct pipe_input *p)
{
	return p->ended ? -1 : reader_fd(p->reader);
}

bool
pipe_input_has_ended(const struct pipe_input *p)
{
	return p->ended;
}

int
pipe_input_error(const struct pipe_input *p)
{
	return p->error;
}

bool
pipe_input_is_awake(const struct pipe_input *p)
{
	return p->awake;
}

uint64_t
pipe_input_position(const struct pipe_input *p)
{
	return p->position;
}

int64_t
pipe_input_first_time(const struct pipe_input *p)
{
	return follow_first_time(p->follow);
}

int64_t
pipe_input_last_time(const struct pipe_input *p)
{
	return follow_last_time(p->follow);
}

struct follow_counts
pipe_input_counts(const struct pipe_input *p)
{
	return follow_counts(p->follow);
}

const char *
pipe_input_format_z(const struct pipe_input *p)
{
	return follow_format_z(p->follow);
}

bool
pipe_input_is_silent(const struct pipe_input *p, int64_t mono_ns)
{
	return !p->ended && p->quiet_ns != TIME_NONE &&
	       mono_ns - p->quiet_ns >= SILENT_NS;
}
