/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "input/reader.h"

#define NAME      STR("-")
#define PAUSE_NS  (200 * TIME_MS)
#define SILENT_NS (10 * TIME_MIN)
#define READS_MAX 16 /* of one call */

struct pipe_input {
	struct intake_conf conf;
	struct reader *reader;
	struct follow *follow;
	int64_t before_ns; /* where the pipe before this one was, or TIME_NONE */
	bool had_before;
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
	p->before_ns = p->quiet_ns = TIME_NONE;
	apply_labels(&conf->input->labels, fc.label);
	err = reader_open("-", &p->reader);
	if (err == 0) {
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
	free(p);
}

void
pipe_input_restore(struct pipe_input *p, const struct source_row *row)
{
	p->had_before = true;
	p->before_ns = row->watermark_ns;
}

/* Once there is a time again: what came between is not known. */
static int
tell_gap(struct pipe_input *p)
{
	int64_t now_ns = follow_last_time(p->follow);
	struct gap_row g = { .from_ns = p->before_ns,
		.to_ns = now_ns,
		.source = NAME,
		.reason = STR("pipe_killed"),
		.detail = STR("what came while nobody read it"),
		.n = 1 };
	int err;

	if (!p->had_before || now_ns == TIME_NONE)
		return 0;
	p->had_before = false;
	log_warn("input",
		"-: the pipe before this one did not end: what it lost is a gap");
	err = store_put_gap(p->conf.store, &g);
	if (err == 0 && g.from_ns != TIME_NONE && g.from_ns < g.to_ns)
		err = engine_gap(p->conf.shared.engine, g.from_ns, g.to_ns);
	return err;
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
	return err != 0 ? err : tell_gap(p);
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
	int err;

	if (n <= 0)
		return end(p, (int)n);
	p->quiet_ns = mono_ns;
	p->awake = true;
	p->idle = p->told_silent = false;
	err = follow_filled(p->follow, (size_t)n, mono_ns);
	return err != 0 ? err : tell_gap(p);
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
	struct source_row row = { .name = NAME,
		.id = follow_id(p->follow),
		.offset = follow_needs(p->follow),
		.watermark_ns = follow_last_time(p->follow) };

	if (p->ended)
		return store_del_source(p->conf.store, row.id);
	if (!follow_has_moved(p->follow))
		return 0;
	if (row.watermark_ns == TIME_NONE)
		row.watermark_ns = p->before_ns;
	follow_saved(p->follow);
	return store_put_source(p->conf.store, &row);
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
