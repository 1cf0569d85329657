/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records become the bytes of a file: CRI, docker's JSON, kubectl's output or nothing
 * around them, colours in them, lines of several streams taking turns.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define BASE_NS    (INT64_C(1761645600) * TIME_S)
#define FAR_BYTES  ((uint64_t)12 << 10) /* nearest times further back are not judged */
#define FAR_LINES  50
#define GAP_BYTES  ((uint64_t)20 << 10) /* a stream's lines are never further apart */
#define PART_LINES 1000
#define HEAD_BYTES 60 /* what tells how a line joins is in its first piece */

/* One physical line before its header is known. */
struct unit {
	struct unit *next;
	const struct rec *rec;
	size_t line;
	struct str content;
	bool more; /* a piece with others behind it */
	bool first;
};

/* A stream on its way into the file. */
struct queue {
	struct unit *first, **last;
	uint64_t end;    /* of its last line */
	int64_t time_ns; /* its nearest time, how far back that is */
	uint64_t time_at;
};

struct wrapping {
	const struct world *w;
	const struct file *f;
	struct chance c;
	struct buf *out;
	struct queue queue[STREAMS_MAX];
	int64_t clock_ns, time_ns;
	uint64_t time_at;
	size_t since; /* lines without a time */
	struct truth *truth;
	size_t n, max;
};

static bool
may(const struct wrapping *x, enum trick trick)
{
	return (x->w->tricks & trick) != 0;
}

static void
colour(struct buf *b, struct chance *c)
{
	static const char *const colours_z[] = { "\x1b[0m", "\x1b[31m", "\x1b[1;33m",
		"\x1b[38;5;12m", "\x1b[m", "\x1b[38:2:1:2:3m" };

	buf_add(b, str_z(PICK(c, colours_z)));
}

/* Whether a colour may stand before byte i of a line. */
static bool
takes_colour(const struct wrapping *x, const struct rec *r, size_t line, size_t i)
{
	struct str s = r->line[line];
	size_t level = r->level.len > 0 ? (size_t)(r->level.ptr - r->line[0].ptr) : 0;

	if (i == 0 || i == s.len)
		return true;
	if (((unsigned char)s.ptr[i] & 0xc0) == 0x80)
		return false;
	if (line > 0 || (r->body != NULL && i < s.len))
		return false;
	if (r->level.len > 0 && (i == level || i == level + r->level.len))
		return true;
	if (i <= r->head)
		return false;
	return may(x, TRICK_SPLIT_WORDS) || s.ptr[i - 1] == ' ' || s.ptr[i] == ' ';
}

static struct str
paint(struct wrapping *x, struct chance *c, const struct rec *r, size_t line)
{
	struct str s = r->line[line], painted;
	size_t rate = 2 + below(c, 60);
	struct buf b;

	if (!may(x, TRICK_COLOURS) || !one_in(c, 3) || s.len == 0 ||
		str_find_char(s, '\x1b') != SIZE_MAX)
		return s;
	buf_init(&b, (size_t)16 << 20);
	for (size_t i = 0; i <= s.len; i++) {
		if (takes_colour(x, r, line, i) && one_in(c, i == 0 ? 3 : rate))
			colour(&b, c);
		if (i < s.len)
			buf_add_char(&b, s.ptr[i]);
	}
	painted = arena_copy(x->w->arena, buf_str(&b));
	buf_fini(&b);
	return painted;
}

static void
push(struct wrapping *x, const struct rec *r, size_t line, struct str content, bool more,
	bool first)
{
	struct queue *q = &x->queue[r->stream];
	struct unit *u = arena_alloc(x->w->arena, sizeof(*u));

	if (u == NULL)
		abort();
	*u = (struct unit){ NULL, r, line, content, more, first };
	*q->last = u;
	q->last = &u->next;
}

static bool
has_pieces(const struct wrapping *x, const struct rec *r)
{
	return (x->f->format == FORMAT_CRI || x->f->format == FORMAT_DOCKER) &&
	       !x->f->stream[r->stream].broken && r->kind != KIND_BIG;
}

/* Where the next piece ends. Docker cuts at 16 KiB only; here never in a character. */
static size_t
piece_len(const struct wrapping *x, struct chance *c, struct str rest, size_t least)
{
	bool docker = x->f->format == FORMAT_DOCKER;
	size_t n = least + 800 + below(c, 9000);

	if (may(x, TRICK_SHORT) && rest.len < 4000)
		n = least + 1 + below(c, 40);
	if (docker || rest.len > 40000)
		n = 16384;
	if (n >= rest.len)
		return rest.len;
	while (docker && n < rest.len && ((unsigned char)rest.ptr[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static void
queue_line(struct wrapping *x, struct chance *c, const struct rec *r, size_t line)
{
	struct str rest = paint(x, c, r, line);
	bool pieces = has_pieces(x, r) && may(x, TRICK_PIECES) &&
		      (rest.len > 40000 || one_in(c, 5));
	bool first = true;

	do {
		size_t n =
			pieces ? piece_len(x, c, rest, first ? HEAD_BYTES : 0) : rest.len;

		push(x, r, line, str_sub(rest, 0, n), n < rest.len, first);
		rest = str_sub(rest, n, rest.len);
		first = false;
	} while (rest.len > 0);
}

static void
queue_all(struct wrapping *x)
{
	for (size_t i = 0; i < STREAMS_MAX; i++)
		x->queue[i].last = &x->queue[i].first;
	for (size_t i = 0; i < x->f->n_recs; i++) {
		const struct rec *r = x->f->rec[i];
		struct chance c = chance_new(r->seed);

		for (size_t k = 0; k < r->n_lines && !r->gone; k++)
			queue_line(x, &c, r, k);
	}
}

/* The stream whose line comes next, or SIZE_MAX. */
static size_t
choose(struct wrapping *x, size_t before)
{
	size_t most = SIZE_MAX, n = 0;
	size_t waiting[STREAMS_MAX];

	for (size_t i = 0; i < x->f->n_streams; i++) {
		if (x->queue[i].first == NULL)
			continue;
		waiting[n++] = i;
		if (x->out->len - x->queue[i].end > GAP_BYTES && x->queue[i].end > 0)
			most = i;
	}
	if (n == 0)
		return SIZE_MAX;
	if (most != SIZE_MAX)
		return most;
	if (before != SIZE_MAX && x->queue[before].first != NULL &&
		(!may(x, TRICK_MIX) || one_in(&x->c, 2)))
		return before;
	return waiting[below(&x->c, n)];
}

/* --- headers --- */

static void
cri(struct wrapping *x, const struct stream *s, const struct unit *u, bool more)
{
	static const char *const zones_z[] = { "Z", "+00:00" };
	struct buf *b = x->out;

	line_stamp(b, x->clock_ns, "Y-m-dTH:M:S.f", 9);
	buf_printf(b, "%s %.*s %s ", PICK(&x->c, zones_z), STR_ARG(s->name),
		more                ? "P"
		: one_in(&x->c, 20) ? "F:x"
				    : "F");
	buf_add(b, u->content);
}

static void
member(struct wrapping *x, unsigned which, struct str log, const struct stream *s)
{
	struct buf *b = x->out;

	if (which == 0) {
		buf_add(b, STR("\"log\":\""));
		line_escape(b, &x->c, log, may(x, TRICK_ESCAPES) && one_in(&x->c, 2));
		buf_add_char(b, '"');
	} else if (which == 1) {
		buf_printf(b, "\"stream\":%s\"%.*s\"", one_in(&x->c, 9) ? " " : "",
			STR_ARG(s->name));
	} else if (which == 2) {
		buf_add(b, STR("\"time\":\""));
		line_stamp(b, x->clock_ns, "Y-m-dTH:M:S.fZ", 9);
		buf_add_char(b, '"');
	} else {
		buf_add(b, STR("\"attrs\":{\"payment\":\"fai}led\",\"n\":[1,{}]}"));
	}
}

static void
docker(struct wrapping *x, const struct stream *s, const struct unit *u, bool more)
{
	unsigned from = one_in(&x->c, 4) ? (unsigned)below(&x->c, 4) : 0;
	unsigned n = from > 0 || one_in(&x->c, 5) ? 4 : 3;
	struct buf log;

	buf_init(&log, (size_t)16 << 20);
	buf_add(&log, u->content);
	if (!more && one_in(&x->c, 10))
		buf_add_char(&log, '\r');
	if (!more)
		buf_add_char(&log, '\n');
	buf_add_char(x->out, '{');
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			buf_add(x->out, one_in(&x->c, 9) ? STR(", ") : STR(","));
		member(x, (from + i) % n, buf_str(&log), s);
	}
	buf_add_char(x->out, '}');
	buf_fini(&log);
}

static void
kubectl(struct wrapping *x, const struct stream *s, const struct unit *u)
{
	struct buf *b = x->out;

	if (s->key.len > 0)
		buf_printf(b, "[%.*s] ", STR_ARG(s->key));
	if (x->f->stamps) {
		line_stamp(b, x->clock_ns, "Y-m-dTH:M:S.f", 9);
		buf_add(b, one_in(&x->c, 2) ? STR("Z ") : STR("+00:00 "));
	}
	buf_add(b, u->content);
}

/* Whether the line carries the clock's time in its wrapping. */
static bool
is_stamped(const struct wrapping *x, const struct stream *s)
{
	if (s->broken || x->f->format == FORMAT_PLAIN)
		return false;
	return x->f->format != FORMAT_KUBECTL || x->f->stamps;
}

static void
write_line(struct wrapping *x, const struct stream *s, const struct unit *u, bool last)
{
	bool more = u->more || (last && !s->broken && one_in(&x->c, 4) &&
				       u->rec->kind != KIND_BLANK && u->content.len > 0);
	bool json = x->f->format == FORMAT_DOCKER && !s->broken;

	if (may(x, TRICK_PADDING) && one_in(&x->c, 30) && u->content.len > 0)
		for (size_t n = 1 + below(&x->c, 5); n > 0; n--)
			buf_add_char(x->out, '\0');
	if (s->broken || x->f->format == FORMAT_PLAIN)
		buf_add(x->out, u->content);
	else if (x->f->format == FORMAT_CRI)
		cri(x, s, u, more);
	else if (json)
		docker(x, s, u, more);
	else
		kubectl(x, s, u);
	if (last && one_in(&x->c, 2))
		return;
	if (may(x, TRICK_CRLF) && x->f->seed % 4 == 0 && (!more || json))
		buf_add_char(x->out, '\r');
	buf_add_char(x->out, '\n');
}

/* --- what must come out --- */

static struct str
join(struct wrapping *x, const struct rec *r, size_t from, size_t to)
{
	struct str s;
	struct buf b;

	while (to > from && str_trim(r->line[to - 1]).len == 0)
		to--;
	buf_init(&b, (size_t)16 << 20);
	for (size_t i = from; i < to; i++) {
		if (i > from)
			buf_add_char(&b, '\n');
		buf_add(&b, r->line[i]);
	}
	s = arena_copy(x->w->arena, buf_str(&b));
	buf_fini(&b);
	return s;
}

static void
set_time(struct wrapping *x, const struct stream *s, const struct queue *q,
	const struct unit *u, struct truth *t)
{
	bool own = x->f->format == FORMAT_KUBECTL;
	int64_t near_ns = own ? q->time_ns : x->time_ns;
	uint64_t near_at = own ? q->time_at : x->time_at;

	t->quality = TIME_WRITTEN;
	if (is_stamped(x, s)) {
		t->at_ns = x->clock_ns;
	} else if (u->rec->own_ns != TIME_NONE && u->line == 0) {
		t->at_ns = u->rec->own_ns;
	} else if (near_ns != TIME_NONE) {
		t->at_ns = near_ns;
		t->quality = TIME_NEAREST;
		t->any_time =
			t->place - near_at > FAR_BYTES || (!own && x->since > FAR_LINES);
	} else {
		t->at_ns = x->f->date_ns;
		t->quality = TIME_FILE_DATE;
		t->any_time = t->place > ((uint64_t)1 << 20);
	}
}

static void
note_time(struct wrapping *x, const struct stream *s, struct queue *q,
	const struct unit *u, uint64_t at)
{
	int64_t at_ns = TIME_NONE;

	if (is_stamped(x, s))
		at_ns = x->clock_ns;
	else if (u->line == 0 && u->first)
		at_ns = u->rec->own_ns;
	x->since++;
	if (at_ns == TIME_NONE)
		return;
	x->time_ns = q->time_ns = at_ns;
	x->time_at = q->time_at = at;
	x->since = 0;
}

static void
begin_truth(struct wrapping *x, const struct stream *s, const struct queue *q,
	const struct unit *u)
{
	const struct rec *r = u->rec;
	struct truth *t;

	if (!u->first || u->line % PART_LINES != 0 || r->kind == KIND_BLANK ||
		x->n == x->max)
		return;
	t = &x->truth[x->n++];
	*t = (struct truth){ .file = x->f, .stream = s, .place = x->out->len };
	t->message = join(x, r, u->line,
		u->line + PART_LINES < r->n_lines ? u->line + PART_LINES : r->n_lines);
	t->body = u->line == 0 ? r->body : NULL;
	set_time(x, s, q, u, t);
}

size_t
wrap_file(const struct world *w, const struct file *f, struct buf *b, struct truth *out,
	size_t max)
{
	struct wrapping x = { .w = w,
		.f = f,
		.c = chance_new(f->seed),
		.out = b,
		.clock_ns = BASE_NS,
		.time_ns = TIME_NONE,
		.truth = out,
		.max = max };
	size_t i = SIZE_MAX;

	for (size_t k = 0; k < STREAMS_MAX; k++)
		x.queue[k].time_ns = TIME_NONE;
	queue_all(&x);
	while ((i = choose(&x, i)) != SIZE_MAX) {
		struct queue *q = &x.queue[i];
		struct unit *u = q->first;
		bool last = u->next == NULL;
		uint64_t at = b->len;

		for (size_t k = 0; k < f->n_streams; k++)
			last = last && (k == i || x.queue[k].first == NULL);
		q->first = u->next;
		x.clock_ns += (int64_t)below(&x.c, 2 * TIME_S);
		if (one_in(&x.c, 20))
			x.clock_ns -= 5 * TIME_S;
		begin_truth(&x, &f->stream[i], q, u);
		note_time(&x, &f->stream[i], q, u, at);
		write_line(&x, &f->stream[i], u, last);
		q->end = b->len;
	}
	return x.n;
}
