/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files full of records whose bounds are sure: no record's first line could join the
 * record before it by the rules of the design.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define BASE_NS (INT64_C(1761645600) * TIME_S) /* 2025-10-28T10:00:00Z */
#define LINES   2600

/* What fills one record. */
struct maker {
	struct arena *a;
	struct chance *c;
	struct rec *r;
};

static void
add(struct maker *m, struct str line)
{
	struct rec *r = m->r;

	if (r->line == NULL)
		r->line = arena_alloc(
			m->a, (r->kind == KIND_BIG ? LINES : 40) * sizeof(r->line[0]));
	if (r->line == NULL)
		abort();
	r->line[r->n_lines++] = line;
}

static void
addf(struct maker *m, const char *format_z, struct str words)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	buf_add(&b, str_z(format_z));
	buf_add(&b, words);
	add(m, arena_copy(m->a, buf_str(&b)));
	buf_fini(&b);
}

static struct str
words(struct maker *m)
{
	return line_words(m->a, m->c, below(m->c, 5));
}

static void
blanks(struct maker *m, size_t max)
{
	for (size_t n = below(m->c, max + 1); n > 0; n--)
		add(m, one_in(m->c, 4) ? STR("  ") : STR(""));
}

static void
first_line(struct maker *m, struct str level)
{
	struct rec *r = m->r;
	int64_t at_ns = BASE_NS + (int64_t)below(m->c, 86400) * (TIME_S / 3);

	r->level = level;
	if (one_in(m->c, 2)) {
		add(m, line_timed(m->a, m->c, at_ns, &r->level, &r->head, &r->own_ns));
		return;
	}
	add(m, line_plain(m->a, m->c, level));
	r->level = str_sub(r->line[0], 0, level.len);
	r->head = level.len;
}

static void
frames(struct maker *m)
{
	static const char *const starts_z[] = {
		"\tat works.weave.Orders.create(Orders.java:12) ",
		"    at process (internal/next_tick.js:181:9) ", "\t", "  "
	};
	static const char *const causes_z[] = { "Caused by: java.net.ConnectException: ",
		"caused by: ", "... 12 more ", "... 35 common frames omitted " };

	for (size_t n = below(m->c, 4); n > 0; n--)
		addf(m, PICK(m->c, starts_z), words(m));
	if (one_in(m->c, 2)) {
		addf(m, PICK(m->c, causes_z), words(m));
		addf(m, PICK(m->c, starts_z), words(m));
	}
}

static void
exception(struct maker *m)
{
	static const char *const names_z[] = { "java.lang.IllegalStateException: ",
		"Error: ", "TypeError: ",
		"Exception in thread \"main\" java.lang.Error: ",
		"works.weave.socks.UnitFailure: " };

	addf(m, PICK(m->c, names_z), words(m));
	frames(m);
}

static void
npm(struct maker *m)
{
	for (size_t n = 2 + below(m->c, 4); n > 0; n--)
		addf(m, one_in(m->c, 6) ? "npm error " : "npm ERR! ", words(m));
}

static void
traceback(struct maker *m)
{
	add(m, STR("Traceback (most recent call last):"));
	for (size_t n = 1 + below(m->c, 3); n > 0; n--) {
		add(m, STR("  File \"app.py\", line 3, in main"));
		addf(m, "    ", words(m));
	}
	addf(m, "ValueError: ", words(m));
}

static void
python(struct maker *m)
{
	traceback(m);
	if (!one_in(m->c, 3))
		return;
	add(m, STR(""));
	add(m, STR("During handling of the above exception, another exception occurred:"));
	add(m, STR(""));
	traceback(m);
}

static void
panic(struct maker *m)
{
	addf(m, one_in(m->c, 2) ? "panic: " : "fatal error: ", words(m));
	add(m, STR(""));
	add(m, STR("goroutine 1 [running]:"));
	add(m, STR("main.main()"));
	addf(m, "\t/app/main.go:12 +0x1d ", words(m));
	if (one_in(m->c, 2))
		add(m, STR("exit status 2"));
}

static struct str
severe(struct maker *m)
{
	static const struct str levels[] = { STR_INIT("ERROR"), STR_INIT("WARN"),
		STR_INIT("FATAL"), STR_INIT("SEVERE"), STR_INIT("CRITICAL") };

	return PICK(m->c, levels);
}

static void
fill(struct maker *m)
{
	struct rec *r = m->r;
	struct str level = one_in(m->c, 4) ? severe(m) : (struct str){ 0 };

	switch (r->kind) {
	case KIND_PLAIN:
		first_line(m, level);
		break;
	case KIND_JSON:
		r->own_ns = one_in(m->c, 3) ? BASE_NS + TIME_S : TIME_NONE;
		add(m, (struct str){ 0 });
		r->body = line_json(m->a, m->c, r->own_ns, &r->line[0]);
		r->head = r->line[0].len;
		if (one_in(m->c, 8))
			frames(m);
		break;
	case KIND_INDENT:
		first_line(m, level);
		frames(m);
		break;
	case KIND_CAUSED:
		first_line(m, severe(m));
		blanks(m, 2);
		exception(m);
		break;
	case KIND_EXCEPTION:
		exception(m);
		break;
	case KIND_NPM:
		npm(m);
		break;
	case KIND_PYTHON:
		python(m);
		break;
	case KIND_PANIC:
		panic(m);
		break;
	case KIND_OPEN:
		add(m, one_in(m->c, 2) ? STR("Request headers failed:")
				       : STR("The payment queue said:  "));
		add(m, line_plain(m->a, m->c, (struct str){ 0 }));
		break;
	case KIND_BIG:
		first_line(m, level);
		for (size_t n = 900 + below(m->c, LINES - 900); r->n_lines < n;)
			add(m, one_in(m->c, 50) ? STR("\tat payment failed")
						: STR("\tx"));
		break;
	case KIND_BLANK:
		blanks(m, 6);
		break;
	case KINDS:
		break;
	}
	if (r->head == 0 && r->n_lines > 0 && r->kind != KIND_PLAIN &&
		r->kind != KIND_INDENT && r->kind != KIND_OPEN)
		r->head = r->line[0].len;
}

/* A very long line: more than a piece, more than a regex looks at. */
static void
lengthen(struct maker *m)
{
	struct rec *r = m->r;
	struct str more = line_words(m->a, m->c, 500 + below(m->c, 16000));
	size_t level_at = r->level.len > 0 ? (size_t)(r->level.ptr - r->line[0].ptr) : 0;
	struct buf b;

	buf_init(&b, (size_t)4 << 20);
	buf_add(&b, r->line[0]);
	buf_add_char(&b, ' ');
	buf_add(&b, more);
	r->line[0] = arena_copy(m->a, buf_str(&b));
	r->level = str_sub(r->line[0], level_at, r->level.len);
	buf_fini(&b);
}

bool
corpus_parts(const struct rec *before, const struct rec *next)
{
	if (before == NULL)
		return true;
	if (next->kind == KIND_NPM)
		return before->kind != KIND_NPM;
	if (next->kind == KIND_EXCEPTION || next->kind == KIND_PYTHON)
		return before->level.len == 0 && before->kind != KIND_CAUSED &&
		       before->kind != KIND_BIG;
	return true;
}

static enum kind
any_kind(struct chance *c, bool broken, bool alone)
{
	static const enum kind often[] = { KIND_PLAIN, KIND_PLAIN, KIND_PLAIN, KIND_JSON,
		KIND_JSON, KIND_INDENT };

	if (broken)
		return KIND_PLAIN;
	if (one_in(c, 2))
		return PICK(c, often);
	if (alone && one_in(c, 60))
		return KIND_BIG;
	for (;;) {
		enum kind kind = (enum kind)below(c, KINDS);

		if (kind != KIND_BIG)
			return kind;
	}
}

/* Docker writes U+FFFD for what is no UTF-8. */
static void
mend(struct world *w, struct rec *r)
{
	size_t level_at = r->level.len > 0 ? (size_t)(r->level.ptr - r->line[0].ptr) : 0;

	for (size_t i = 0; i < r->n_lines; i++)
		r->line[i] = line_mend(w->arena, r->line[i]);
	if (r->n_lines > 0)
		r->level = str_sub(r->line[0], level_at, r->level.len);
}

static struct rec *
make(struct world *w, struct chance *c, struct file *f, unsigned stream)
{
	struct rec *r = arena_alloc(w->arena, sizeof(*r));
	struct maker m = { w->arena, c, r };

	if (r == NULL)
		abort();
	r->kind = any_kind(c, f->stream[stream].broken, f->n_streams == 1);
	r->own_ns = TIME_NONE;
	r->stream = stream;
	r->seed = chance_next(c);
	fill(&m);
	if (r->kind == KIND_PLAIN && f->n_streams == 1 && one_in(c, 40))
		lengthen(&m);
	if (f->format == FORMAT_DOCKER)
		mend(w, r);
	return r;
}

static void
fill_file(struct world *w, struct chance *c, struct file *f)
{
	struct rec *last[STREAMS_MAX] = { NULL };
	size_t n = 1 + below(c, one_in(c, 4) ? RECORDS_MAX : 12);

	while (f->n_recs < n) {
		unsigned stream = (unsigned)below(c, f->n_streams);
		struct rec *r;

		if (f->stream[stream].broken && !one_in(c, 4))
			continue;
		r = f->n_recs > 0 && one_in(c, 12) && last[stream] != NULL &&
				    last[stream]->kind == KIND_PLAIN
			    ? last[stream]
			    : make(w, c, f, stream);
		if (r == last[stream]) { /* the same line again */
			struct rec *twin = arena_alloc(w->arena, sizeof(*twin));

			*twin = *r;
			twin->seed = chance_next(c);
			r = twin;
		}
		if (!corpus_parts(last[stream], r))
			continue;
		f->rec[f->n_recs++] = r;
		if (r->kind != KIND_BLANK)
			last[stream] = r;
	}
}

/* --- where they lie --- */

static const char uid_z[] = "2f6c1b7e-8d34-4c1a-9f0b-6b1f6f1f9a10";
static const char id_z[] =
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const char *const pods_z[][2] = { { "orders-6c9f7b5d8-4xk2p", "orders" },
	{ "payment-7c5d9f8b6-x2x4v", "payment" }, { "user-db-0", "user-db" } };

static void
set_label(struct str *label, enum label which, const char *text_z)
{
	label[which] = str_z(text_z);
}

static const char *
place_file(struct world *w, struct chance *c, const char *root_z, size_t number,
	enum format format, struct str *label)
{
	const char *const *pod = pods_z[below(c, 3)];
	struct buf b;
	const char *path_z;

	buf_init(&b, 4096);
	buf_printf(&b, "%s/%zu", root_z, number);
	switch (format == FORMAT_KUBECTL ? 2 + below(c, 2) : below(c, 4)) {
	case 0:
		buf_printf(&b, "/sock-shop_%s_%s/main/3.log", pod[0], uid_z);
		set_label(label, LABEL_NAMESPACE, "sock-shop");
		set_label(label, LABEL_POD, pod[0]);
		set_label(label, LABEL_UID, uid_z);
		set_label(label, LABEL_CONTAINER, "main");
		set_label(label, LABEL_INSTANCE, "3");
		set_label(label, LABEL_SERVICE, pod[1]);
		break;
	case 1:
		buf_printf(&b, "/%s_prod_app-%s.log", pod[0], id_z);
		set_label(label, LABEL_NAMESPACE, "prod");
		set_label(label, LABEL_POD, pod[0]);
		set_label(label, LABEL_CONTAINER, "app");
		set_label(label, LABEL_SERVICE, pod[1]);
		break;
	case 2:
		buf_printf(&b, "/%s.log", pod[1]);
		set_label(label, LABEL_SERVICE, pod[1]);
		break;
	default:
		buf_add(&b, STR("/some.dat"));
		break;
	}
	buf_add_char(&b, '\0');
	path_z = arena_copy(w->arena, buf_str(&b)).ptr;
	buf_fini(&b);
	return path_z;
}

static void
prefix_stream(struct world *w, struct chance *c, struct stream *s)
{
	const char *const *pod = pods_z[below(c, 3)];
	struct buf b;

	memset(s->label, 0, sizeof(s->label));
	set_label(s->label, LABEL_POD, pod[0]);
	set_label(s->label, LABEL_SERVICE, pod[1]);
	set_label(s->label, LABEL_CONTAINER, one_in(c, 2) ? "main" : "side");
	buf_init(&b, 4096);
	buf_printf(&b, "pod/%s/%s", pod[0], s->label[LABEL_CONTAINER].ptr);
	s->key = arena_copy(w->arena, buf_str(&b));
	buf_fini(&b);
}

static bool
has_stream(const struct file *f, struct str key)
{
	for (size_t i = 0; i < f->n_streams; i++)
		if (str_eq(f->stream[i].key, key))
			return true;
	return false;
}

static void
make_streams(struct world *w, struct chance *c, struct file *f, const struct str *label)
{
	struct stream s = { 0 };
	size_t want = f->format == FORMAT_PLAIN ? 1 : 1 + below(c, 2);

	memcpy(s.label, label, sizeof(s.label));
	if (f->format == FORMAT_KUBECTL) {
		f->stamps = one_in(c, 2);
		want = f->stamps && one_in(c, 2) ? 0 : want;
		if (want == 0)
			f->stream[f->n_streams++] = s;
		while (f->n_streams < want) {
			prefix_stream(w, c, &s);
			if (!has_stream(f, s.key))
				f->stream[f->n_streams++] = s;
		}
		return;
	}
	for (size_t i = 0; i < want; i++) {
		if (f->format != FORMAT_PLAIN)
			s.name = i == 0 ? STR("stdout") : STR("stderr");
		f->stream[f->n_streams++] = s;
	}
	if (f->format != FORMAT_PLAIN && w->format == f->format && one_in(c, 4)) {
		s.name = (struct str){ 0 };
		s.broken = true;
		f->stream[f->n_streams++] = s;
	}
}

void
corpus_make(struct world *w, struct chance *c, const char *root_z)
{
	static const enum format formats[] = { FORMAT_CRI, FORMAT_CRI, FORMAT_DOCKER,
		FORMAT_DOCKER, FORMAT_KUBECTL, FORMAT_PLAIN };

	w->format = one_in(c, 2) ? FORMAT_AUTO : PICK(c, formats);
	w->n_files = 1 + below(c, FILES_MAX);
	for (size_t i = 0; i < w->n_files; i++) {
		struct file *f = &w->file[i];
		struct str label[LABEL_COUNT] = { { 0 } };

		f->format = w->format == FORMAT_AUTO ? PICK(c, formats) : w->format;
		f->path_z = place_file(w, c, root_z, i, f->format, label);
		f->date_ns = BASE_NS + 2 * TIME_DAY;
		f->seed = chance_next(c);
		make_streams(w, c, f, label);
		fill_file(w, c, f);
	}
}
