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

#define NAME      STR("-")
#define PAUSE_NS  (200 * TIME_MS)
#define SILENT_NS (10 * TIME_MIN)
#define READS_MAX 16 /* of one call */

struct pipe_input {
	struct intake_conf conf;
	struct reader *reader;
	struct pipe_source *source;
	struct follow *follow;
	bool ended, idle, awake, told_silent;
	int64_t quiet_ns; /* monotonic: the last bytes */
};

static void
apply_labels(const struct setting_pairs *pairs, struct str label[LABEL_COUNT])
{
	for (size_t k = 0; k < pairs->n; k++) {
		enum label l = label_find(pairs->items[k].name);

		if (l != LABEL_COUNT)
			label[l] = pairs->items[k].value;
	}
}

int
pipe_input_open(const struct intake_conf *conf, struct pipe_input **out)
{
	struct pipe_input *p = calloc(1, sizeof(*p));
	struct follow_conf fc = { .name = NAME,
		.format = (enum format)conf->input->format,
		.zone = conf->zone,
		.date_quality = TIME_ARRIVAL };
	int err;

	*out = NULL;
	if (p == NULL)
		return -ENOMEM;
	p->conf = *conf;
	p->quiet_ns = TIME_NONE;
	apply_labels(&conf->input->labels, fc.label);
	err = reader_open("-", &p->reader);
	if (err == 0)
		err = pipe_source_open(conf->store, NAME, &p->source);
	if (err == 0) {
		fc.pipe = p->source;
		p->follow = follow_new(&conf->shared, &fc, hash_stable(NAME));
		err = p->follow == NULL ? -ENOMEM : 0;
	}
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
	if (p->reader != NULL)
		reader_close(&p->reader);
	if (p->follow != NULL)
		follow_free(&p->follow);
	if (p->source != NULL)
		pipe_source_free(&p->source);
	free(p);
}

static int
end(struct pipe_input *p, int err)
{
	if (err != 0)
		log_error("input", "-: %s", strerror(-err));
	else
		log_info("input", "-: ended");
	p->ended = true;
	err = follow_finish(p->follow);
	engine_source_gone(p->conf.shared.engine, follow_id(p->follow));
	return err;
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
	ssize_t n = reader_read(p->reader, room, cap);

	if (n <= 0)
		return end(p, (int)n);
	p->quiet_ns = mono_ns;
	p->awake = true;
	p->idle = p->told_silent = false;
	return follow_filled(p->follow, (size_t)n, mono_ns);
}

int
pipe_input_work(struct pipe_input *p, int64_t mono_ns, int64_t wall_ns, bool *more)
{
	int err = 0;

	(void)wall_ns;
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
	p->idle = mono_ns - p->quiet_ns >= p->conf.time->idle_after_ns;
	p->awake = !p->idle;
	if (!p->told_silent && pipe_input_is_silent(p, mono_ns)) {
		p->told_silent = true;
		log_warn("input",
			"-: nothing came for 10 minutes; kubectl's follow can stop "
			"without a word when the log is rotated");
	}
	return follow_silence(p->follow, mono_ns, wall_ns, PAUSE_NS, p->idle);
}

int
pipe_input_save(struct pipe_input *p)
{
	struct engine *e = p->conf.shared.engine;
	int64_t first_ns = follow_first_time(p->follow);
	int err = first_ns == TIME_NONE
			  ? 0
			  : pipe_source_begins(p->source, e, first_ns, false);

	if (err != 0 || (!p->ended && !follow_has_moved(p->follow)))
		return err;
	follow_saved(p->follow);
	return pipe_source_reached(p->source, e, follow_needs(p->follow),
		follow_last_time(p->follow), p->ended);
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

bool
pipe_input_is_awake(const struct pipe_input *p)
{
	return p->awake;
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
