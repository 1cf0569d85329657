/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipe.h"

#include <assert.h>
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
#define OPEN_BYTES ((size_t)8 << 20) /* read since the last commit: no more before it */
#define HELD_BYTES ((size_t)64 << 20)

/* As of the last commit, but for the reader, its end, and what it gave since. */
struct pipe_hold {
	struct reader *reader;
	struct pipe_source *source;
	struct follow_mark mark;
	struct buf bytes; /* that the mark needs again, and those that came since */
	uint64_t position;
	bool ended; /* the reader; why: */
	int error;
	bool finished, told_error;
};

struct pipe_input {
	struct pipe_conf conf;
	struct pipe_hold *hold; /* of conf, or own */
	struct pipe_hold *own;
	struct follow *follow;
	size_t taken; /* of the hold's bytes, by this session */
	bool finished, idle, awake, moved, told_silent, told_error;
	int64_t quiet_ns; /* monotonic: the last bytes */
};

struct pipe_hold *
pipe_hold_new(void)
{
	struct pipe_hold *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	follow_mark_init(&h->mark);
	buf_init(&h->bytes, HELD_BYTES);
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
	follow_mark_fini(&h->mark);
	buf_fini(&h->bytes);
	free(h);
}

/* Nothing is kept of what nobody goes on with. */
static bool
keeps(const struct pipe_input *p)
{
	return p->own == NULL;
}

static int
open_hold(struct pipe_input *p)
{
	struct pipe_hold *h = p->hold;
	int err = 0;

	if (h->source == NULL)
		err = pipe_source_open(
			p->conf.shared.store, str_z(p->conf.path_z), &h->source);
	if (err == 0 && h->reader == NULL)
		err = reader_open(p->conf.path_z, &h->reader);
	if (err != 0)
		return err;
	pipe_source_set_store(h->source, p->conf.shared.store);
	pipe_source_rolled_back(h->source);
	p->finished = h->finished;
	p->told_error = h->told_error;
	return 0;
}

/* Goes on with what the last session committed. */
static int
open_follow(struct pipe_input *p, int64_t wall_ns)
{
	const struct follow_shared *shared = &p->conf.shared;
	struct follow_conf fc = { .name = str_z(p->conf.path_z),
		.format = p->conf.format,
		.zone = p->conf.zone,
		.date_ns = wall_ns,
		.date_quality = TIME_ARRIVAL,
		.pipe = p->hold->source };
	uint64_t id = hash_stable(fc.name);
	int64_t last_ns;
	int err = 0;

	memcpy(fc.label, p->conf.label, sizeof(fc.label));
	if (p->hold->mark.state.len > 0)
		err = follow_resume(shared, &fc, id, &p->hold->mark, &p->follow);
	else
		p->follow = follow_new(shared, &fc, id);
	if (err != 0 || p->follow == NULL)
		return err != 0 ? err : -ENOMEM;
	last_ns = follow_last_time(p->follow);
	return last_ns == TIME_NONE
		       ? 0
		       : engine_watermark(shared->engine, id, last_ns, p->finished);
}

int
pipe_input_open(const struct pipe_conf *conf, int64_t wall_ns, struct pipe_input **out)
{
	struct pipe_input *p = calloc(1, sizeof(*p));
	int err;

	*out = NULL;
	if (p == NULL)
		return -ENOMEM;
	p->conf = *conf;
	p->quiet_ns = TIME_NONE;
	if (conf->hold == NULL)
		p->own = pipe_hold_new();
	p->hold = p->own != NULL ? p->own : conf->hold;
	err = p->hold != NULL ? open_hold(p) : -ENOMEM;
	if (err == 0)
		err = open_follow(p, wall_ns);
	if (err != 0)
		pipe_input_free(&p);
	*out = p;
	return err;
}

void
pipe_input_free(struct pipe_input **pp)
{
	struct pipe_input *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	FREE_IF(follow_free, p->follow);
	pipe_hold_free(&p->own);
	free(p);
}

/* Its time stands still from here on, and holds no other back. */
static int
complete(struct pipe_input *p)
{
	int err = follow_finish(p->follow);

	p->finished = p->moved = true;
	return err != 0 ? err
			: engine_watermark(p->conf.shared.engine, follow_id(p->follow),
				  follow_last_time(p->follow), true);
}

static int
end(struct pipe_input *p)
{
	if (p->hold->error != 0)
		log_error("input", "%s: %s", p->conf.path_z, reader_why(p->hold->error));
	else
		log_info("input", "%s: ended", p->conf.path_z);
	return complete(p);
}

/* Of what was read before and not committed. */
static bool
has_held(const struct pipe_input *p)
{
	return p->taken < p->hold->bytes.len;
}

bool
pipe_input_is_full(const struct pipe_input *p)
{
	return keeps(p) && !has_held(p) &&
	       p->hold->bytes.len - p->hold->mark.open >= OPEN_BYTES;
}

/* 1: bytes can be taken without waiting, or their end. */
static bool
is_readable(struct pipe_input *p)
{
	struct pollfd fd = { .fd = reader_fd(p->hold->reader), .events = POLLIN };

	if (p->finished || pipe_input_is_full(p))
		return false;
	return has_held(p) || p->hold->ended || reader_has_more(p->hold->reader) ||
	       poll(&fd, 1, 0) > 0;
}

static size_t
take_held(struct pipe_input *p, char *room, size_t cap)
{
	size_t n = p->hold->bytes.len - p->taken;

	n = n < cap ? n : cap;
	memcpy(room, p->hold->bytes.data + p->taken, n);
	p->taken += n;
	return n;
}

/* Bytes that nobody had yet; 0: it ended. */
static size_t
take_new(struct pipe_input *p, char *room, size_t cap)
{
	struct pipe_hold *h = p->hold;
	ssize_t n = h->ended ? 0 : reader_read(h->reader, room, cap);

	if (n <= 0) {
		h->ended = true;
		h->error = n < 0 ? (int)n : h->error;
		return 0;
	}
	h->position += (uint64_t)n;
	if (keeps(p)) {
		buf_add(&h->bytes, (struct str){ room, (size_t)n });
		p->taken += (size_t)n;
	}
	return (size_t)n;
}

static int
read_some(struct pipe_input *p, int64_t mono_ns)
{
	size_t cap, n;
	char *room = follow_space(p->follow, &cap);

	cap = cap < READ_BYTES ? cap : READ_BYTES;
	n = has_held(p) ? take_held(p, room, cap) : take_new(p, room, cap);
	if (buf_failed(&p->hold->bytes))
		return -ENOMEM;
	if (n == 0)
		return end(p);
	p->quiet_ns = mono_ns;
	p->awake = p->moved = true;
	p->idle = p->told_silent = false;
	return follow_filled(p->follow, n, mono_ns);
}

int
pipe_input_work(struct pipe_input *p, int64_t mono_ns, bool *more)
{
	int err = 0;

	for (int i = 0; i < READS_MAX && err == 0 && is_readable(p); i++)
		err = read_some(p, mono_ns);
	*more |= err == 0 && is_readable(p);
	return err;
}

int
pipe_input_finish(struct pipe_input *p)
{
	int err = 0;

	while (err == 0 && !p->finished && has_held(p))
		err = read_some(p, p->quiet_ns);
	return err != 0 || p->finished ? err : complete(p);
}

int
pipe_input_silence(struct pipe_input *p, int64_t mono_ns, int64_t wall_ns)
{
	if (p->quiet_ns == TIME_NONE)
		p->quiet_ns = mono_ns;
	if (p->finished)
		return 0;
	p->moved = true; /* what is open may be complete */
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
		.detail = str_z(reader_why(p->hold->error)),
		.n = 1 };

	if (!p->finished || p->hold->error == 0 || p->told_error)
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
	struct pipe_source *source = p->hold->source;
	int64_t first_ns = follow_first_time(p->follow);
	int err = first_ns == TIME_NONE
			  ? 0
			  : pipe_source_begins(source, e, first_ns, p->conf.quiet);

	if (err == 0)
		err = put_error(p);
	if (err != 0 || (!p->finished && !follow_has_moved(p->follow)))
		return err;
	follow_saved(p->follow);
	return pipe_source_reached(source, e, follow_needs(p->follow),
		follow_last_time(p->follow), p->finished && p->hold->error == 0);
}

/* What comes from now on is not committed. */
static int
mark(struct pipe_input *p)
{
	struct pipe_hold *h = p->hold;
	int err = follow_mark_set(&h->mark, p->follow);
	size_t done;

	if (err != 0)
		return err;
	if (p->finished)
		h->mark.open = 0;
	assert(h->mark.open <= p->taken);
	done = p->taken - h->mark.open;
	if (done > 0)
		memmove(h->bytes.data, h->bytes.data + done, h->bytes.len - done);
	h->bytes.len -= done;
	p->taken = h->mark.open;
	return 0;
}

int
pipe_input_committed(struct pipe_input *p)
{
	bool moved = p->moved;

	pipe_source_committed(p->hold->source);
	p->hold->finished = p->finished;
	p->hold->told_error = p->told_error;
	p->moved = false;
	return moved && keeps(p) ? mark(p) : 0;
}

int
pipe_input_fd(const struct pipe_input *p)
{
	return p->finished ? -1 : reader_fd(p->hold->reader);
}

bool
pipe_input_has_ended(const struct pipe_input *p)
{
	return p->finished;
}

int
pipe_input_error(const struct pipe_input *p)
{
	return p->finished ? p->hold->error : 0;
}

bool
pipe_input_is_awake(const struct pipe_input *p)
{
	return p->awake;
}

uint64_t
pipe_input_position(const struct pipe_input *p)
{
	return p->hold->position;
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
	return !p->finished && p->quiet_ns != TIME_NONE &&
	       mono_ns - p->quiet_ns >= SILENT_NS;
}
