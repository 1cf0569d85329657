/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Back from a hit to a line that surely starts a record, then forward with the state of
 * the run. Every decision depends on offsets of the source and on lines not further away
 * than the limits of run.h: that is why neither the cutting of the input nor the set of
 * hits changes a record (tests/unit/decode/test_decoder.c shows it).
 */
#include "decode/run.h"

#define GROUP_BYTES ((uint64_t)1 << 20)

/* The bytes between two offsets, without padding. */
static inline struct str
begin_line(const struct reading *rd, uint64_t at, uint64_t next, struct line *out)
{
	struct str text = lines_known(rd->lines, at, next);

	out->at = at;
	out->next = next;
	out->padding = 0;
	out->shaped = false;
	if (text.len == 0 || text.ptr[0] != '\0')
		return text;
	while (out->padding < text.len && text.ptr[out->padding] == '\0')
		out->padding++;
	return str_sub(text, out->padding, text.len);
}

/* It is unwrapped. */
static inline void
end_line(const struct reading *rd, struct line *line)
{
	struct str *content = &line->wrap.content;

	line->cut = lines_is_cut(rd->lines, line->next);
	if (line->cut) {
		line->wrap.partial = false;
		line->wrap.head = 0; /* which may say otherwise */
	}
	if (!line->wrap.partial && content->len > 0 &&
		content->ptr[content->len - 1] == '\r')
		content->len--;
}

void
run_read_until(const struct reading *rd, uint64_t at, uint64_t next, char *scratch,
	struct line *out)
{
	const struct wrapping *w = rd->wrapping;
	struct str text = begin_line(rd, at, next, out);

	if (w->like == NULL || !w->like(text, rd->like, &out->wrap))
		w->unwrap(text, scratch, &out->wrap);
	end_line(rd, out);
}

void
run_read(const struct reading *rd, uint64_t at, struct line *out)
{
	uint64_t next;

	lines_at(rd->lines, at, &next);
	run_read_until(rd, at, next, rd->scratch, out);
}

/* No line of this stream that could join with what stands at at is a piece. */
static bool
has_no_pieces(const struct reading *rd, uint64_t at)
{
	return !rd->wrapping->pieces || at > rd->pieces_end + RUN_GAP_MAX;
}

void
run_time(const struct reading *rd, struct line *line)
{
	struct line again;
	int64_t at_ns;

	/* What was made of docker's line may be gone. */
	run_read_until(rd, line->at, line->next, rd->scratch, &again);
	if (linetime_find(wrap_skip_sgr(again.wrap.content), &rd->time, &at_ns))
		line->shape = multiline_timed(line->shape);
}

void
run_shape(const struct reading *rd, struct line *line)
{
	line->shape = multiline_shape(line->wrap.content);
	if (line->shape.kind == LINE_BLANK && line->wrap.partial)
		line->shape.kind = LINE_PLAIN;
	line->shaped = true;
	if (multiline_asks_time(line->shape, NULL, 0))
		run_time(rd, line);
}

/* Reads the line between two offsets; false: it is of another stream than cur. */
static bool
read_same(const struct reading *rd, uint64_t at, uint64_t next, const struct line *cur,
	struct line *out)
{
	const struct wrapping *w = rd->wrapping;
	struct str text = begin_line(rd, at, next, out);
	struct str key = cur->wrap.key;

	if (w->like == NULL || !w->like(text, &cur->wrap, &out->wrap)) {
		if (w->is_other != NULL && w->is_other(text, key))
			return false;
		w->unwrap(text, rd->scratch, &out->wrap);
	}
	end_line(rd, out);
	return out->wrap.key.ptr == key.ptr || str_eq(out->wrap.key, key);
}

/* Where lines begin that may join with the line at at, and where they end. */
static uint64_t
floor_of(const struct reading *rd, uint64_t at)
{
	uint64_t begin = lines_begin(rd->lines);

	return at >= rd->barrier && rd->barrier > begin ? rd->barrier : begin;
}

static uint64_t
end_of(const struct reading *rd, uint64_t at)
{
	return at < rd->barrier ? rd->barrier : lines_end(rd->lines);
}

/* The line before cur in its stream. */
static bool
before(const struct reading *rd, const struct line *cur, struct line *out)
{
	uint64_t floor = floor_of(rd, cur->at);
	uint64_t end = cur->at;

	while (end > floor && cur->at - end <= RUN_GAP_MAX) {
		uint64_t at = lines_before(rd->lines, end);

		if (read_same(rd, at, end, cur, out))
			return true;
		end = at;
	}
	return false;
}

enum after { AFTER_LINE, AFTER_NONE, AFTER_WAIT };

/* The line behind it, with its shape. */
static enum after
after(const struct reading *rd, const struct line *cur, struct line *out)
{
	uint64_t end = end_of(rd, cur->at);
	uint64_t at = cur->next;
	bool closed = rd->finished || cur->at < rd->barrier;

	while (at - cur->next <= RUN_GAP_MAX) {
		uint64_t next;

		if (at >= end)
			return closed ? AFTER_NONE : AFTER_WAIT;
		lines_at(rd->lines, at, &next);
		if (read_same(rd, at, next, cur, out)) {
			run_shape(rd, out);
			return AFTER_LINE;
		}
		at = next;
	}
	return AFTER_NONE;
}

/* The piece before cur in its line, of which last is the last one. */
static bool
piece_before(const struct reading *rd, const struct line *last, const struct line *cur,
	struct line *out)
{
	return last->at - cur->at < RUN_WALK_MAX && before(rd, cur, out) &&
	       out->wrap.partial;
}

/* The shape of the whole line that ends with the piece last: it begins like its first. */
static struct shape
whole_shape(const struct reading *rd, const struct line *last)
{
	struct shape shape = last->shape;
	struct ending end = { 0 };
	struct line cur, prev;
	bool ends;

	if (has_no_pieces(rd, last->at))
		return shape;
	ends = multiline_ends(&end, last->wrap.content);
	for (cur = *last; piece_before(rd, last, &cur, &prev); cur = prev) {
		run_shape(rd, &prev);
		ends = ends || multiline_ends(&end, prev.wrap.content);
		shape = prev.shape;
		shape.open = end.open;
	}
	return shape;
}

/* Whether the whole line ends open that ends with the piece last. */
static bool
ends_open(const struct reading *rd, const struct line *last)
{
	struct ending end = { 0 };
	struct line cur = *last, prev;

	while (!multiline_ends(&end, cur.wrap.content) &&
		piece_before(rd, last, &cur, &prev))
		cur = prev;
	return end.open;
}

/* Whether cur, which is no piece, starts a record as far as the lines before it tell. */
static bool
surely_starts(const struct reading *rd, struct line *cur, const struct line *prev)
{
	struct line at = *prev, more;
	unsigned blanks = 0;
	struct shape shape;

	if (cur->shape.kind == LINE_TIMED)
		return true;
	for (shape = whole_shape(rd, &at); shape.kind == LINE_BLANK;
		shape = whole_shape(rd, &at)) {
		if (++blanks > MULTILINE_BLANKS || !before(rd, &at, &more))
			return cur->shape.kind != LINE_BLANK;
		run_shape(rd, &more);
		at = more;
	}
	if (multiline_asks_time(cur->shape, &shape, blanks))
		run_time(rd, cur);
	return multiline_surely_starts(cur->shape, shape, blanks);
}

/* Behind such a line a plain one without a name starts a record: for a quick yes. */
static bool
ends_closed(const struct line *prev)
{
	return !prev->wrap.partial && multiline_is_closed(prev->wrap.content);
}

static struct run
fresh(uint64_t at)
{
	return (struct run){ .known = true, .at = at, .start = at };
}

/* Groups of lines in a flood: whole MiB of the source. */
static uint64_t
group_of(const struct reading *rd, uint64_t at)
{
	return lines_place(rd->lines, at) / GROUP_BYTES;
}

/* The first line of the hit's group in a flood, not before offset from. */
static struct run
flood(const struct reading *rd, const struct line *hit, uint64_t from)
{
	uint64_t group = group_of(rd, hit->at);
	struct run run = { .known = true, .flood = true, .continued = true };
	struct line cur = *hit, prev;
	bool has_prev;

	run.at = hit->at;
	do {
		has_prev = before(rd, &cur, &prev);
		if (has_prev)
			run_shape(rd, &prev);
		if (cur.shape.kind != LINE_BLANK) {
			run.at = cur.at;
			run.partial = has_prev && prev.wrap.partial;
		}
		cur = prev;
	} while (has_prev && group_of(rd, prev.at) == group && prev.at >= from);
	return run;
}

static struct run
find_start(const struct reading *rd, const struct line *hit, const struct run *known)
{
	struct line cur = *hit, prev;

	for (;;) {
		if (known->known && known->at == cur.at)
			return *known;
		if (!before(rd, &cur, &prev) ||
			(cur.shape.kind == LINE_PLAIN && !cur.shape.named &&
				ends_closed(&prev)))
			break;
		run_shape(rd, &prev);
		if (!prev.wrap.partial && surely_starts(rd, &cur, &prev))
			break;
		if (hit->at - prev.at > RUN_WALK_MAX)
			return flood(rd, hit, 0);
		cur = prev;
	}
	if (hit->at - cur.at > RUN_EXACT_MAX)
		return flood(rd, hit, cur.at + RUN_EXACT_MAX + 1);
	return fresh(cur.at);
}

static bool
head_is_severe(const struct reading *rd, const struct run *run)
{
	struct line head;

	if (run->start < lines_begin(rd->lines))
		return false;
	run_read(rd, run->start, &head);
	return multiline_is_severe(head.wrap.content);
}

enum step { STEP_JOIN, STEP_START, STEP_BLANK };

static enum step
decide(const struct reading *rd, const struct run *run, struct line *line)
{
	bool severe = false;

	if (run->partial)
		return STEP_JOIN;
	if (line->shape.kind == LINE_BLANK)
		return run->m.blanks >= MULTILINE_BLANKS ? STEP_START : STEP_BLANK;
	if (run->m.last.kind == LINE_BLANK)
		return STEP_START;
	if (multiline_asks_time(line->shape, &run->m.last, run->m.blanks))
		run_time(rd, line);
	if (run->flood)
		return multiline_surely_starts(line->shape, run->m.last, run->m.blanks)
			       ? STEP_START
			       : STEP_JOIN;
	if (multiline_asks_severe(&run->m, line->shape))
		severe = head_is_severe(rd, run);
	return multiline_joins(&run->m, line->shape, severe) ? STEP_JOIN : STEP_START;
}

/* line belongs to the run. */
static void
take(const struct reading *rd, struct run *run, const struct line *line, bool first)
{
	if (!run->partial && first)
		multiline_begin(&run->m, line->shape);
	else if (!run->partial)
		multiline_add(&run->m, line->shape);
	else if (!line->wrap.partial)
		run->m.last.open = ends_open(rd, line);
	if (run->partial && run->m.last.kind == LINE_BLANK)
		run->m.last.kind = LINE_PLAIN;
	run->partial = line->wrap.partial;
}

/* A part that would be too long ends before line. */
static bool
must_cut(const struct reading *rd, const struct run *run, const struct part *part,
	const struct line *line)
{
	if (part->n >= RUN_LINES_MAX || line->next - 1 - run->at > rd->part_bytes)
		return true;
	if (run->flood)
		return group_of(rd, line->at) != group_of(rd, run->at);
	return line->at - run->start > RUN_EXACT_MAX;
}

static struct run
cut_before(const struct run *run, const struct line *line)
{
	struct run next = *run;

	next.at = line->at;
	next.continued = true;
	next.flood = run->flood || line->at - run->start > RUN_EXACT_MAX;
	return next;
}

static void
begin_part(
	const struct reading *rd, struct run *run, struct part *part, struct line *line)
{
	if (line->at != run->at) {
		run_read(rd, run->at, line);
		run_shape(rd, line);
	}
	part->continued = run->continued;
	part->open_piece = false;
	part->n = 0;
	part->line[part->n++] = line->at;
	take(rd, run, line, !run->continued || run->m.last.kind == LINE_BLANK);
}

/* The part is complete: without the blank lines at its end. */
static enum run_answer
close_part(const struct run *run, struct part *part, uint64_t hit)
{
	size_t blanks = run->m.blanks < part->n ? run->m.blanks : part->n;

	part->n -= blanks;
	part->open_piece = run->partial;
	if (run->m.last.kind == LINE_BLANK)
		return RUN_NONE;
	for (size_t i = part->n; i > 0; i--)
		if (part->line[i - 1] == hit)
			return RUN_PART;
	return RUN_NONE;
}

/*
 * The part in work ends before line, which begins the next one. True: the hit is behind
 * it, go on there.
 */
static bool
goes_on(struct run *run, struct part *part, uint64_t hit, const struct run *then,
	enum run_answer *answer)
{
	bool cut = then->continued;

	if (then->at <= hit) {
		*run = *then;
		return true;
	}
	*answer = close_part(run, part, hit);
	if (cut)
		part->open_piece = false;
	return false;
}

/* What is in a line at a glance that is right beside line; false: one must look. */
static inline bool
glance(const struct reading *rd, const struct line *line, struct str text,
	struct str *content)
{
	wrap_glance_fn *at_a_glance = rd->wrapping->glance;
	size_t head = at_a_glance != NULL ? at_a_glance(text, &line->wrap) : SIZE_MAX;

	if (head == SIZE_MAX)
		return false;
	*content = (struct str){ text.ptr + head, text.len - head };
	return true;
}

/* Whether line starts a record plainly: the one before it may be at hand already. */
static inline bool
starts_here(const struct reading *rd, const struct line *line)
{
	const struct line *seen = rd->ahead;
	struct str content;
	struct line prev;
	uint64_t at;

	if (line->shaped && line->shape.named)
		return false;
	if (line->at == floor_of(rd, line->at))
		return true;
	at = lines_before(rd->lines, line->at);
	if (glance(rd, line, lines_known(rd->lines, at, line->at), &content))
		return multiline_is_closed(content) ||
		       (has_no_pieces(rd, at) && multiline_is_blank(content));
	if (seen->next == line->at && seen->shaped &&
		str_eq(seen->wrap.key, line->wrap.key))
		return !seen->wrap.partial && !seen->shape.open && !seen->shape.torn &&
		       seen->shape.kind != LINE_BLANK;
	return !before(rd, line, &prev) || ends_closed(&prev);
}

/* Whether what follows starts a record plainly, at *next. */
static inline bool
ends_here(const struct reading *rd, const struct line *line, uint64_t *next)
{
	uint64_t end = end_of(rd, line->at), at = line->next, then;
	struct str content;

	if (rd->wrapping->brief && at < end &&
		glance(rd, line, lines_peek(rd->lines, at), &content) &&
		multiline_begins_plain(content)) {
		*next = at;
		return true;
	}
	for (unsigned i = 0; i <= MULTILINE_BLANKS && at < end; i++) {
		if (!glance(rd, line, lines_at(rd->lines, at, &then), &content))
			break;
		if (multiline_is_plain(content)) {
			*next = at;
			return true;
		}
		if (!multiline_is_blank(content))
			break;
		at = then;
	}
	if (after(rd, line, rd->ahead) != AFTER_LINE) {
		rd->ahead->next = 0;
		return false;
	}
	*next = rd->ahead->at;
	return rd->ahead->shape.kind == LINE_PLAIN;
}

/* It gets its shape if it must. */
static bool
is_plain(const struct reading *rd, struct line *line)
{
	if (line->wrap.partial)
		return false;
	if (!line->shaped && multiline_is_plain(line->wrap.content))
		return true;
	if (!line->shaped)
		run_shape(rd, line);
	return line->shape.kind == LINE_PLAIN && !line->shape.open;
}

/*
 * The usual case, in short: a plain line between two others, neither of which it joins or
 * is joined by. False: one must look.
 */
static bool
is_alone(const struct reading *rd, struct line *line, struct run *known)
{
	uint64_t next;

	if (!is_plain(rd, line))
		return false;
	if (known->known && known->at == line->at) {
		if (known->continued || known->partial)
			return false;
	} else if (!starts_here(rd, line)) {
		return false;
	}
	if (!ends_here(rd, line, &next))
		return false;
	*known = fresh(next);
	return true;
}

static enum run_answer
find_part(const struct reading *rd, const struct line *hit_line, struct run *known,
	struct part *part)
{
	enum run_answer answer = RUN_WAIT;
	uint64_t hit = hit_line->at;
	struct line line = *hit_line, next;
	enum after more;
	struct run run;

	*known = run = find_start(rd, &line, known);
	begin_part(rd, &run, part, &line);
	while ((more = after(rd, &line, &next)) == AFTER_LINE) {
		enum step step = decide(rd, &run, &next);

		*rd->ahead = next;
		if (step == STEP_START ||
			(step == STEP_JOIN && must_cut(rd, &run, part, &next))) {
			*known = step == STEP_START ? fresh(next.at)
						    : cut_before(&run, &next);
			if (!goes_on(&run, part, hit, known, &answer))
				return answer;
			begin_part(rd, &run, part, &line);
			continue;
		}
		part->line[part->n++] = next.at;
		take(rd, &run, &next, false);
		line = next;
	}
	if (more == AFTER_WAIT)
		return RUN_WAIT;
	*known = (struct run){ 0 };
	return close_part(&run, part, hit);
}

enum run_answer
run_find(const struct reading *rd, struct line *hit_line, struct run *known,
	struct part *part)
{
	if (!is_alone(rd, hit_line, known)) {
		if (!hit_line->shaped)
			run_shape(rd, hit_line);
		return find_part(rd, hit_line, known, part);
	}
	part->line[0] = hit_line->at;
	part->n = 1;
	part->continued = part->open_piece = false;
	return RUN_PART;
}

bool
run_start(const struct reading *rd, const struct line *line, uint64_t *at)
{
	const struct run none = { 0 };
	struct line from = *line;
	struct run run;

	run_shape(rd, &from);
	run = find_start(rd, &from, &none);
	*at = run.at;
	return !run.flood;
}
