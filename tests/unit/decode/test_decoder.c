/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder against a plain line-by-line evaluator: same records for every way of
 * cutting the input and every set of hits. "test_decoder SEED" repeats one run.
 */
#include "decode/decoder.h"

#include "decode/multiline.h"
#include "decode/run.h"
#include "feed.h"
#include "tap.h"

struct text {
	char *p;
	size_t len, cap;
};

static void
add_bytes(struct text *t, const char *p, size_t n)
{
	if (t->len + n + 1 > t->cap) {
		t->cap = 2 * (t->len + n) + 100;
		t->p = realloc(t->p, t->cap);
	}
	if (n > 0)
		memcpy(t->p + t->len, p, n);
	t->len += n;
	t->p[t->len] = '\0';
}

static void
add(struct text *t, const char *s_z)
{
	add_bytes(t, s_z, strlen(s_z));
}

/* A line-by-line evaluator without laziness: one open record per stream. */
struct open {
	struct str key;
	struct run run;
	uint64_t part_end, last_next;
	struct text text;
	size_t from;       /* in text: the line whose pieces come */
	struct text whole; /* ... from its first piece on */
	char blank[200];   /* blank lines behind it, each after a LF */
	size_t blank_len;
	size_t lines;
	bool used, has_word, pending_word;
	uint64_t first;
	bool continued;
};

struct expected {
	uint64_t offset;
	char *text;
	size_t len;
	bool continued, has_word;
};

struct evaluator {
	struct lines lines;
	struct reading rd;
	char *scratch;
	struct open open[8];
	size_t n_open;
	struct expected *out;
	size_t n, cap;
	const char *word_z;
};

/* The line's text without its colours. */
static void
strip(struct open *o)
{
	struct str rest = { o->text.p + o->from, o->text.len - o->from };

	o->text.len = o->from;
	while (rest.len > 0) {
		size_t n = wrap_sgr_len(rest);

		if (n == 0)
			o->text.p[o->text.len++] = rest.ptr[0];
		rest = str_sub(rest, n ? n : 1, rest.len);
	}
}

static void
close_open(struct evaluator *e, struct open *o)
{
	if (o->run.partial)
		strip(o);
	if (o->used && o->run.m.last.kind != LINE_BLANK) {
		if (e->n == e->cap) {
			e->cap = e->cap ? 2 * e->cap : 64;
			e->out = realloc(e->out, e->cap * sizeof(e->out[0]));
		}
		e->out[e->n++] = (struct expected){ o->first, o->text.p, o->text.len,
			o->continued, o->has_word };
		o->text = (struct text){ 0 };
	}
	free(o->text.p);
	o->text = (struct text){ 0 };
	o->lines = o->blank_len = o->from = 0;
	o->used = o->has_word = o->pending_word = false;
}

static bool
is_open(struct str line)
{
	bool open = false;

	while (line.len > 0) {
		size_t n = wrap_sgr_len(line);

		if (n == 0 && strchr(" \t\r", line.ptr[0]) == NULL)
			open = line.ptr[0] == ':';
		line = str_sub(line, n ? n : 1, line.len);
	}
	return open;
}

static void
put_content(struct open *o, const struct line *l, bool piece)
{
	struct str c = l->wrap.content;

	if (!piece || o->lines == 0)
		o->from = o->text.len;
	add_bytes(&o->text, o->blank, o->blank_len);
	o->blank_len = 0;
	if (o->lines > 0 && !piece)
		add(&o->text, "\n");
	add_bytes(&o->text, c.ptr, c.len);
	if (!l->wrap.partial)
		strip(o);
}

/* Behind what is known of the run so far. */
static void
add_line(struct open *o, const struct line *l, bool first)
{
	if (!o->run.partial)
		o->whole.len = 0;
	add_bytes(&o->whole, l->wrap.content.ptr, l->wrap.content.len);
	if (first)
		multiline_begin(&o->run.m, l->shape);
	else if (!o->run.partial)
		multiline_add(&o->run.m, l->shape);
	else if (!l->wrap.partial)
		o->run.m.last.open = is_open((struct str){ o->whole.p, o->whole.len });
}

static void
start(struct evaluator *e, struct open *o, const struct line *l, bool go_on, bool word)
{
	struct run keep = o->run;

	close_open(e, o);
	o->used = true;
	o->first = l->at;
	o->run.at = l->at;
	o->continued = go_on;
	if (!go_on) {
		o->run = (struct run){ .at = l->at, .start = l->at };
	} else {
		o->run.flood = keep.flood || l->at - keep.start > RUN_EXACT_MAX;
	}
	add_line(o, l, !go_on);
	put_content(o, l, true);
	o->lines = 1;
	o->has_word = word;
	o->run.partial = l->wrap.partial;
}

static void
join(struct open *o, const struct line *l, bool word)
{
	bool piece = o->run.partial;

	o->lines += o->run.m.blanks + 1;
	add_line(o, l, false);
	put_content(o, l, piece);
	o->has_word |= word || o->pending_word;
	o->pending_word = false;
	o->run.partial = l->wrap.partial;
}

static bool
joins(struct evaluator *e, struct open *o, const struct line *l)
{
	struct line head;
	bool severe = false;

	if (o->run.partial)
		return true;
	if (o->run.m.last.kind == LINE_BLANK)
		return false;
	if (o->run.flood)
		return !multiline_surely_starts(l->shape, o->run.m.last, o->run.m.blanks);
	if (o->run.start >= lines_begin(&e->lines)) {
		run_read(&e->rd, o->run.start, &head);
		severe = multiline_is_severe(head.wrap.content);
		/* docker's content lives in scratch: read the line again */
		run_read(&e->rd, l->at, &head);
	}
	return multiline_joins(&o->run.m, l->shape, severe);
}

static void
evaluate_line(struct evaluator *e, uint64_t at, bool word)
{
	struct open *o = NULL;
	struct line l;
	bool cut;

	run_read(&e->rd, at, &l);
	run_shape(&e->rd, &l);
	if (l.shape.kind != LINE_BLANK && l.shape.kind != LINE_INDENTED)
		run_time(&e->rd, &l); /* whether it matters or not */
	for (size_t i = 0; i < e->n_open && o == NULL; i++)
		if (str_eq(e->open[i].key, l.wrap.key))
			o = &e->open[i];
	if (o == NULL) {
		o = &e->open[e->n_open++];
		o->key = l.wrap.key;
	}
	if (o->used && l.at - o->last_next > RUN_GAP_MAX)
		close_open(e, o);
	o->last_next = l.next;
	if (!o->used) {
		start(e, o, &l, false, word);
		return;
	}
	if (l.shape.kind == LINE_BLANK && !o->run.partial) {
		if (o->run.m.blanks >= MULTILINE_BLANKS) {
			start(e, o, &l, false, word);
			return;
		}
		o->run.m.blanks++;
		o->blank[o->blank_len++] = '\n';
		memcpy(o->blank + o->blank_len, l.wrap.content.ptr, l.wrap.content.len);
		o->blank_len += l.wrap.content.len;
		o->pending_word |= word;
		return;
	}
	if (!joins(e, o, &l)) {
		start(e, o, &l, false, word);
		return;
	}
	cut = o->lines + o->run.m.blanks >= RUN_LINES_MAX ||
	      l.next - 1 - o->first > RUN_BYTES_MAX;
	if (o->run.flood)
		cut |= l.at >> 20 != o->first >> 20;
	else
		cut |= l.at - o->run.start > RUN_EXACT_MAX;
	if (cut)
		start(e, o, &l, true, word);
	else
		join(o, &l, word);
}

static int
cmp_expected(const void *a, const void *b)
{
	const struct expected *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static void
evaluate(struct evaluator *e, enum format format, struct str text, const char *word_z)
{
	/* Every line is looked at, none at a glance. */
	static const struct wrapping wrappings[] = { [FORMAT_CRI] = { .unwrap = wrap_cri,
							     .pieces = true },
		[FORMAT_DOCKER] = { .unwrap = wrap_docker, .pieces = true },
		[FORMAT_KUBECTL] = { .unwrap = wrap_kubectl, .pieces = true },
		[FORMAT_PLAIN] = { .unwrap = wrap_plain, .pieces = true } };
	uint64_t next;
	size_t cap;

	*e = (struct evaluator){ .word_z = word_z };
	(void)!lines_init(&e->lines, text.len + ((size_t)4 << 20), 0);
	e->scratch = malloc(LINES_LINE_MAX + 64);
	e->rd = (struct reading){ .lines = &e->lines,
		.wrapping = &wrappings[format],
		.scratch = e->scratch,
		.time.date_ns = FEED_DATE };
	memcpy(lines_space(&e->lines, 0, &cap), text.ptr, text.len);
	lines_filled(&e->lines, text.len);
	lines_finish(&e->lines);
	for (uint64_t at = 0; at < lines_end(&e->lines); at = next) {
		struct str line = lines_at(&e->lines, at, &next);

		evaluate_line(e, at,
			word_z == NULL || str_find(line, str_z(word_z)) != SIZE_MAX);
	}
	for (size_t i = 0; i < e->n_open; i++) {
		close_open(e, &e->open[i]);
		free(e->open[i].whole.p);
	}
	for (size_t i = 0; i < e->n; i++)
		e->out[i].offset = lines_place(&e->lines, e->out[i].offset);
	if (e->n > 0)
		qsort(e->out, e->n, sizeof(e->out[0]), cmp_expected);
}

static void
evaluate_fini(struct evaluator *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->out[i].text);
	free(e->out);
	free(e->scratch);
	lines_fini(&e->lines);
}

static int
cmp_got(const void *a, const void *b)
{
	const struct got *x = a, *y = b;

	return (x->r.place.offset > y->r.place.offset) -
	       (x->r.place.offset < y->r.place.offset);
}

static bool
same_records(const struct evaluator *e, struct feed *f)
{
	size_t n = 0;

	if (f->n > 0)
		qsort(f->got, f->n, sizeof(f->got[0]), cmp_got);
	for (size_t i = 0; i < e->n; i++) {
		const struct expected *x = &e->out[i];
		const struct got *g = n < f->n ? &f->got[n] : NULL;

		if (!x->has_word)
			continue;
		if (g == NULL || g->r.place.offset != x->offset ||
			g->r.continued != x->continued ||
			!str_eq(g->r.message, (struct str){ x->text, x->len })) {
			printf("# record %zu of %zu: want %llu+%zu%s, got %llu+%zu\n", n,
				f->n, (unsigned long long)x->offset, x->len,
				x->continued ? " continued" : "",
				g ? (unsigned long long)g->r.place.offset : 0,
				g ? g->r.message.len : 0);
			printf("# want \"%.*s\"\n# got  \"%.*s\"\n", (int)x->len, x->text,
				g ? str_prec(g->r.message) : 0, g ? g->text : "");
			return false;
		}
		n++;
	}
	if (n != f->n)
		printf("# %zu records too many\n", f->n - n);
	return n == f->n;
}

static const char *const samples[] = {
	"2025-10-18 09:24:03.805 ERROR [orders,,,] 1 --- [x] Servlet.service() failed",
	"2025-10-18 09:24:03.805  WARN something WORD odd",
	"",
	"",
	"   ",
	"java.lang.IllegalStateException: WORD Unable to create order",
	"java.util.concurrent.TimeoutException",
	"\tat a.b.C.d(C.java:1)",
	"    at JSON.parse (<anonymous>) WORD",
	"Caused by: java.io.IOException: x",
	"\t... 12 more",
	"npm ERR! signal SIGTERM",
	"npm ERR! path WORD",
	"Traceback (most recent call last):",
	"  File \"x.py\", line 1, in <module>",
	"ValueError: WORD",
	"KeyError",
	"During handling of the above exception, another exception occurred:",
	"panic: runtime error WORD",
	"goroutine 1 [running]:",
	"main.main()",
	"exit status 2",
	"closing AMQP connection <0.1> (a -> b):",
	"Adding shipment WORD",
	"Adding shipment to queue...",
	"{\"a\":1}",
	"\x1b[0mGET /cart \x1b[32m200\x1b[0m",
	"ts=2025-10-18T09:23:58.673903293Z caller=x WORD",
	"a: b",
	"\r",
	"x WORD:",
	"y WORD:\x1b",
	"[0m",
	"z:\x1b[3",
	"1m",
	"\x1b[m",
};

static void
wrap_line(struct text *t, enum format format, uint32_t *seed, const char *line_z)
{
	static const char *const pods[] = { "[pod/orders-6c9f7b5d8-4xk2p/orders] ",
		"[pod/front-end-1/front-end] ", "" };
	char buf[200];
	uint32_t r = feed_random(seed);

	if (format == FORMAT_CRI) {
		snprintf(buf, sizeof(buf), "2026-03-14T09:42:%02u.1180%02uZ %s %s ",
			r % 60, r % 97, r % 7 == 0 ? "stderr" : "stdout",
			r % 5 == 0 ? "P" : "F");
		add(t, r % 101 == 0 ? "" : buf);
	} else if (format == FORMAT_KUBECTL) {
		add(t, pods[r % 3]);
		if (r % 2 == 0)
			add(t, "2026-03-14T09:42:10.118034571Z ");
	}
	add(t, line_z);
	add(t, "\n");
}

static void
docker_line(struct text *t, uint32_t *seed, const char *line_z)
{
	char one[8];
	uint32_t r = feed_random(seed);

	add(t, "{\"log\":\"");
	for (; *line_z != '\0'; line_z++) {
		snprintf(one, sizeof(one), "%c", *line_z);
		if (*line_z == '"' || *line_z == '\\')
			snprintf(one, sizeof(one), "\\%c", *line_z);
		else if (*line_z < 0x20 || *line_z == '<')
			snprintf(one, sizeof(one), "\\u%04x", (unsigned)*line_z);
		add(t, one);
	}
	add(t, r % 5 == 0 ? "\"," : "\\n\",");
	add(t, r % 7 == 0 ? "\"stream\":\"stderr\"," : "\"stream\":\"stdout\",");
	add(t, "\"time\":\"2026-03-14T09:42:10.118034571Z\"}\n");
}

/* Random lines, now and then a long run of one kind. */
static void
generate(struct text *t, enum format format, uint32_t *seed, size_t lines)
{
	while (lines > 0) {
		const char *line_z = samples[feed_random(seed) %
					     (sizeof(samples) / sizeof(samples[0]))];
		size_t times = feed_random(seed) % 50 == 0 ? feed_random(seed) % 3000 : 1;

		for (; times > 0 && lines > 0; times--, lines--)
			if (format == FORMAT_DOCKER)
				docker_line(t, seed, line_z);
			else
				wrap_line(t, format, seed, line_z);
	}
}

static void
check_text(enum format format, struct str text, uint32_t *seed)
{
	static const char *const words[] = { NULL, "WORD", "signal", "b.C" };

	for (size_t w = 0; w < 4; w++) {
		struct evaluator e;
		struct feed f;
		bool same;

		evaluate(&e, format, text, words[w]);
		feed_init(&f, format);
		f.word_z = words[w];
		f.chunk_seed = seed;
		f.chunk = text.len > 100000 ? 70000 : 1 + feed_random(seed) % 3000;
		feed(&f, text);
		same = same_records(&e, &f);
		if (!same)
			printf("# format %d, word %s\n", (int)format,
				words[w] ? words[w] : "-");
		OK(same);
		feed_fini(&f);
		evaluate_fini(&e);
	}
}

static void
test_property(uint32_t seed)
{
	printf("# seed %u\n", seed);
	for (unsigned i = 0; i < 24; i++) {
		enum format format = FORMAT_CRI + (int)(i % 4);
		struct text t = { 0 };

		add(&t, "");
		generate(&t, format, &seed,
			i < 16   ? 60
			: i < 20 ? TRIALS(4000U)
				 : TRIALS(16000U));
		check_text(format, (struct str){ t.p, t.len }, &seed);
		free(t.p);
	}
}

/* A run of many MiB: the parts are the same however it is entered. */
static void
test_flood(uint32_t seed)
{
	struct text t = { 0 };

	add(&t, "first line\n");
	for (unsigned i = 0; i < 60000; i++) {
		char line[200];

		snprintf(line, sizeof(line),
			"\tat some.frame.number%06u(Long.java:%u) %s%0100d\n", i, i,
			i % 1777 == 0 ? "WORD" : "", 0);
		add(&t, line);
	}
	add(&t, "last line WORD\n");
	check_text(FORMAT_PLAIN, (struct str){ t.p, t.len }, &seed);
	free(t.p);
}

static void
test_long_line(void)
{
	struct text t = { 0 };
	struct feed f;
	size_t big = (size_t)10 << 20;

	add(&t, "before\n");
	t.p = realloc(t.p, big + 100);
	memset(t.p + t.len, 'x', big);
	t.len += big;
	t.cap = big + 100;
	t.p[t.len] = '\0';
	add(&t, "\nbehind\n");
	for (size_t chunk = 1; chunk < 9000000; chunk = chunk * 7 + 5000) {
		feed_init(&f, FORMAT_PLAIN);
		f.chunk = chunk == 1 ? 4096 : chunk;
		feed(&f, (struct str){ t.p, t.len });
		OK(f.n == 3);
		OK(feed_is(&f, 0, "before") && feed_is(&f, 2, "behind"));
		OK(f.got[1].r.message.len == DECODER_MESSAGE_MAX && f.got[1].r.truncated);
		OK(!f.got[2].r.truncated);
		OK(f.got[2].r.place.offset == 7 + big + 1);
		OK(f.counts.cut_lines == 1 &&
			f.counts.cut_bytes == big - DECODER_MESSAGE_MAX);
		OK(f.counts.bytes == t.len && f.counts.lines == 3);
		feed_fini(&f);
	}
	free(t.p);
}

static void
test_padding(void)
{
	struct feed f;
	size_t big = (size_t)3 << 20;
	char *p = calloc(1, big + 100);
	const char tail[] = "one\n\0\0\0two\n";

	memcpy(p, "zero\n", 5);
	memcpy(p + 5 + big, tail, sizeof(tail) - 1);
	feed_init(&f, FORMAT_PLAIN);
	f.chunk = 65536;
	feed(&f, (struct str){ p, 5 + big + sizeof(tail) - 1 });
	OK(f.n == 3);
	OK(feed_is(&f, 0, "zero") && feed_is(&f, 1, "one") && feed_is(&f, 2, "two"));
	OK(f.counts.nul_bytes == big + 3);
	OK(f.got[2].r.place.offset == 5 + big + 4);
	feed_fini(&f);
	free(p);
}

/* The lines of a record over the limit are records of their own. */
static void
test_record_bytes(void)
{
	static const uint64_t limits[] = { 0, 4096, (uint64_t)1 << 30 };
	struct text t = { 0 };

	add(&t, "2025-10-28T10:00:00Z ERROR boom\n");
	for (unsigned i = 0; i < 300; i++)
		add(&t, "    at some.java.Frame(x)\n");
	add(&t, "2025-10-28T10:00:01Z INFO calm\n");
	for (size_t i = 0; i < 3; i++) {
		struct feed f;

		feed_init(&f, FORMAT_AUTO);
		f.conf.record_bytes = limits[i];
		feed(&f, (struct str){ t.p, t.len });
		OK(f.n == (limits[i] == 4096 ? 3 : 2));
		OK(f.got[0].r.message.len <= (limits[i] == 4096 ? 4096 : 8192) &&
			!f.got[0].r.continued);
		OK(f.got[1].r.continued == (limits[i] == 4096));
		feed_fini(&f);
	}
	free(t.p);
}

static void
test_pause(void)
{
	struct feed f;
	struct decoder *d;

	feed_init(&f, FORMAT_PLAIN);
	f.conf.date_quality = TIME_ARRIVAL;
	d = decoder_new(&f.conf);
	feed_bytes(&f, d, STR("one\nhead\n\tat x\n"));
	OK(f.n == 1);
	(void)decoder_pause(d, FEED_DATE + TIME_S, true);
	feed_drain(&f, d);
	OK(f.n == 2 && feed_is(&f, 1, "head\n\tat x"));
	OK(f.got[1].r.at_ns == FEED_DATE + TIME_S && f.got[1].r.quality == TIME_ARRIVAL);
	feed_bytes(&f, d, STR("\tat y\nnext\n"));
	OK(f.n == 3 && feed_is(&f, 2, "\tat y"));
	decoder_finish(d);
	feed_drain(&f, d);
	OK(f.n == 4 && feed_is(&f, 3, "next"));
	decoder_free(&d);
	feed_fini(&f);
}

/* The word is cut in two, and a colour, too. */
static void
test_pieces(void)
{
	static const char head[] = "2026-03-14T09:42:10.118034571Z stdout ";
	static char piece[16 << 10];
	struct text t = { 0 };
	struct feed f;

	memset(piece, 'x', sizeof(piece) - 1);
	for (unsigned i = 0; i < 3; i++) {
		add(&t, head);
		add(&t, "F short\n");
	}
	add(&t, head);
	add(&t, "P ");
	add(&t, piece);
	add(&t, "pay\x1b[3\n");
	add(&t, head);
	add(&t, "F 1mment\n");
	for (size_t chunk = 0; chunk < 3; chunk++) {
		feed_init(&f, FORMAT_CRI);
		f.word_z = "stdout P";
		f.chunk = chunk * 7000;
		feed(&f, (struct str){ t.p, t.len });
		OK(f.n == 1 && f.got[0].r.message.len == sizeof(piece) - 1 + 7);
		OK(f.n == 1 && str_ends(f.got[0].r.message, STR("payment")));
		feed_fini(&f);
	}
	free(t.p);
}

/* One record per line of text but "joined" behind what ends open, however it is torn. */
static void
test_torn_end(void)
{
	static const struct {
		const char *piece_z[4];
		bool joins;
	} cases[] = {
		{ { "failed:\x1b", "[m" }, true },
		{ { "failed:\x1b[", "31", ";1m" }, true },
		{ { "failed:\x1b[38;2;255;128;10", "0m " }, true },
		{ { "failed:\x1b", "[m\x1b[0", "m" }, true },
		{ { "failed:", "\x1b[m", "  " }, true },
		{ { "failed\x1b[m", ":" }, true },
		{ { "failed:\x1b ", "[m" }, false },
		{ { "failed:\x1b", "x[m" }, false },
		{ { "failed:\x1b", "m" }, false },
		{ { "failed:", "[m" }, false },
		{ { "failed:", "m" }, false },
		{ { "failed\x1b[3", "1m" }, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text t = { 0 };
		struct feed f;

		for (size_t k = 0; k < 4 && cases[i].piece_z[k] != NULL; k++) {
			bool more = k < 3 && cases[i].piece_z[k + 1] != NULL;

			add(&t, "2026-03-14T09:42:10.118034571Z stdout ");
			add(&t, more ? "P " : "F ");
			add(&t, cases[i].piece_z[k]);
			add(&t, "\n");
		}
		add(&t, "2026-03-14T09:42:10.118034571Z stdout F follows WORD\n");
		for (unsigned way = 0; way < 4; way++) {
			feed_init(&f, FORMAT_CRI);
			f.word_z = way < 2 ? "stdout" : "WORD";
			f.chunk = way % 2;
			feed(&f, (struct str){ t.p, t.len });
			OK(f.n == (cases[i].joins || way >= 2 ? 1 : 2));
			OK(f.n > 0 && str_starts(f.got[f.n - 1].r.message,
					      STR("failed")) == cases[i].joins);
			feed_fini(&f);
		}
		free(t.p);
	}
}

/* The cues of a record are those of all its lines, of no other line, each once. */
static void
test_cues(void)
{
	static const char text[] = "2025-10-28T10:00:00Z stdout F a\n"
				   "2025-10-28T10:00:00Z stderr F b\n"
				   "2025-10-28T10:00:00Z stdout F   c\n"
				   "2025-10-28T10:00:00Z stdout F d\n";
	const struct hit hits[] = { { 0, 5, 31 }, { 32, 6, 31 }, { 64, 5, 33 },
		{ 64, 9, 33 } };
	struct feed f;
	struct decoder *d;
	const uint32_t *cues;
	size_t n, cap;

	feed_init(&f, FORMAT_CRI);
	d = decoder_new(&f.conf);
	memcpy(decoder_space(d, &cap), text, sizeof(text) - 1);
	decoder_filled(d, sizeof(text) - 1);
	decoder_finish(d);
	OK(decoder_fresh(d).len == sizeof(text) - 1);
	decoder_hits(d, &(struct found){ hits, 4, 3, false }, true);
	OK(decoder_next(d) != NULL);
	cues = decoder_cues(d, &n);
	OK(n == 2 && cues[0] == 5 && cues[1] == 9);
	OK(decoder_next(d) != NULL);
	cues = decoder_cues(d, &n);
	OK(n == 1 && cues[0] == 6);
	OK(decoder_next(d) != NULL);
	OK(decoder_cues(d, &n) != NULL && n == 0);
	OK(decoder_next(d) == NULL);
	decoder_free(&d);
	feed_fini(&f);
}

int
main(int argc, char **argv)
{
	uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20251028;

	test_cues();
	test_property(seed);
	test_flood(seed);
	test_long_line();
	test_padding();
	test_pieces();
	test_torn_end();
	test_record_bytes();
	test_pause();
	return tap_done();
}
