/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world on disk, through the program's own batch reader, and through the plain
 * evaluator. Each match becomes one line of text; the lines are compared. Of what is only
 * made for windows that is what they look at.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "model.h"
#include "pipeline/batch.h"
#include "rules/load.h"
#include "rules/ruleset.h"

#define TEXT_BYTES ((size_t)64 << 20)

/* Less than is kept: where exactly text is cut that is no UTF-8 is not compared. */
#define TEXT_SEEN    ((size_t)1000)
#define CAPTURE_SEEN ((size_t)240)

static void
die(const char *what_z)
{
	printf("Bail out! %s: %s\n", what_z, strerror(errno));
	exit(99);
}

void
trial_init(struct trial *t)
{
	*t = (struct trial){ 0 };
	t->truth = calloc(TRUTHS_MAX, sizeof(*t->truth));
	buf_init(&t->yaml, TEXT_BYTES);
	buf_init(&t->expected.text, TEXT_BYTES);
	buf_init(&t->got.text, TEXT_BYTES);
	if (t->truth == NULL)
		die("memory");
}

void
trial_fini(struct trial *t)
{
	free(t->truth);
	free(t->expected.at);
	free(t->got.at);
	buf_fini(&t->yaml);
	buf_fini(&t->expected.text);
	buf_fini(&t->got.text);
}

/* --- files --- */

static void
make_folders(const char *path_z)
{
	char copy[1024];

	snprintf(copy, sizeof(copy), "%s", path_z);
	for (char *p = strchr(copy + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(copy, 0700) != 0 && errno != EEXIST)
			die(copy);
		*p = '/';
	}
}

/* False: it is no UTF-8. */
static bool
to_utf16(struct buf *b, struct str s)
{
	buf_add(b, STR("\xff\xfe"));
	while (s.len > 0) {
		size_t len = str_utf8_len(s);
		uint32_t cp = (unsigned char)s.ptr[0];
		uint32_t unit[2];

		if (len == 0)
			return false;
		cp &= len > 1 ? 0x7fu >> len : 0x7fu;
		for (size_t i = 1; i < len; i++)
			cp = cp << 6 | ((unsigned char)s.ptr[i] & 0x3fu);
		unit[0] = cp < 0x10000 ? cp : 0xd800 + ((cp - 0x10000) >> 10);
		unit[1] = 0xdc00 + ((cp - 0x10000) & 0x3ff);
		for (size_t i = 0; i < (cp < 0x10000 ? 1u : 2u); i++) {
			buf_add_char(b, (char)(unit[i] & 0xff));
			buf_add_char(b, (char)(unit[i] >> 8));
		}
		s = str_sub(s, len, s.len);
	}
	return true;
}

static void
write_file(const struct world *w, const struct file *f, const struct buf *text)
{
	struct timespec date = { .tv_sec = (time_t)(f->date_ns / TIME_S) };
	struct timespec times[2] = { date, date };
	bool pack = (w->tricks & TRICK_PACK) != 0;
	const char *mode_z = pack && f->seed % 5 == 0 ? "wb1" : "wbT";
	struct buf wide;
	struct str bytes = buf_str(text);
	gzFile out;

	buf_init(&wide, TEXT_BYTES);
	if (pack && f->seed % 7 == 0 && to_utf16(&wide, bytes))
		bytes = buf_str(&wide);
	make_folders(f->path_z);
	out = gzopen(f->path_z, mode_z);
	if (out == NULL ||
		(bytes.len > 0 && gzwrite(out, bytes.ptr, (unsigned)bytes.len) <= 0) ||
		gzclose(out) != Z_OK || utimensat(AT_FDCWD, f->path_z, times, 0) != 0)
		die(f->path_z);
	buf_fini(&wide);
}

void
world_write(struct world *w, struct trial *t)
{
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	t->n_truths = 0;
	for (size_t i = 0; i < w->n_files; i++) {
		if (w->file[i].gone)
			continue;
		buf_reset(&text);
		t->n_truths += wrap_file(w, &w->file[i], &text, t->truth + t->n_truths,
			TRUTHS_MAX - t->n_truths);
		if (buf_failed(&text))
			die("file too large");
		write_file(w, &w->file[i], &text);
	}
	buf_fini(&text);
}

/* --- lines --- */

static void
add_field(struct buf *b, struct str s)
{
	buf_add_char(b, ' ');
	buf_add_json(b, s);
}

struct told {
	const struct truth *truth;
	size_t file, rule;
	uint64_t place;
	int64_t at_ns;
	enum time_quality quality;
	const struct str *label;
	struct str service;
	struct str text;
	const struct field *capture;
	size_t n_captures;
};

static void
tell(const struct world *w, struct lines_of *l, const struct told *m)
{
	bool all = w->asked.len == 0;
	struct buf *b = &l->text;

	buf_printf(b, "file %zu byte %06llu r%zu", m->file, (unsigned long long)m->place,
		m->rule);
	if (m->truth != NULL && m->truth->any_time)
		buf_add(b, STR(" any time"));
	else
		buf_printf(b, " %lld quality %d", (long long)m->at_ns, (int)m->quality);
	for (size_t i = 0; i < LABEL_COUNT; i++)
		add_field(b, i == LABEL_SERVICE ? m->service : m->label[i]);
	if (all)
		add_field(b, judge_cut(m->text, TEXT_SEEN));
	for (size_t i = 0; i < m->n_captures; i++) {
		if (!all && !str_eq(m->capture[i].name, w->asked))
			continue;
		buf_printf(b, " %.*s=", STR_ARG(m->capture[i].name));
		buf_add_json(b, judge_cut(m->capture[i].value, CAPTURE_SEEN));
	}
	buf_add_char(b, '\n');
}

static int
cmp_lines(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void
sort_lines(struct lines_of *l)
{
	struct str rest = buf_str(&l->text);
	size_t n = 0;

	for (size_t i = 0; i < rest.len; i++)
		n += rest.ptr[i] == '\n';
	free(l->at);
	l->at = calloc(n + 1, sizeof(*l->at));
	if (l->at == NULL || buf_failed(&l->text))
		die("memory");
	for (l->n = 0; l->n < n;)
		l->at[l->n++] = str_cut(&rest, '\n');
	qsort(l->at, n, sizeof(*l->at), cmp_lines);
}

static void
expect(const struct world *w, struct trial *t)
{
	for (size_t r = 0, n = 0; r < w->n_rules; r++) {
		for (size_t i = 0; i < t->n_truths && !w->rule[r].gone; i++) {
			const struct truth *x = &t->truth[i];
			struct verdict v;
			struct told m = { .truth = x,
				.file = (size_t)(x->file - w->file),
				.rule = n,
				.place = x->place,
				.at_ns = x->at_ns,
				.quality = x->quality,
				.label = x->stream->label,
				.service = x->stream->label[LABEL_SERVICE],
				.capture = v.capture };

			judge(w->arena, &w->rule[r], x, &v);
			t->regex_errors += v.regex_errors;
			if (!v.match)
				continue;
			if (m.service.len == 0)
				m.service = w->rule[r].service;
			m.text = judge_text(x, &v);
			m.n_captures = v.n_captures;
			tell(w, &t->expected, &m);
		}
		n += !w->rule[r].gone;
	}
}

static size_t
file_of(const struct world *w, struct str path)
{
	for (size_t i = 0; i < w->n_files; i++)
		if (str_eq(path, str_z(w->file[i].path_z)))
			return i;
	return SIZE_MAX;
}

static const struct truth *
truth_of(const struct world *w, const struct trial *t, size_t file, uint64_t place)
{
	for (size_t i = 0; i < t->n_truths; i++)
		if (t->truth[i].file == &w->file[file] && t->truth[i].place == place)
			return &t->truth[i];
	return NULL;
}

static void
take_matches(const struct world *w, struct trial *t, struct batch *b)
{
	const struct match *m;
	int64_t last_ns = INT64_MIN;

	while (batch_next_match(b, &m) > 0) {
		const struct source *s = source_table_at(batch_sources(b), m->source);
		size_t file = file_of(w, s->name);
		struct told told = { .truth = truth_of(w, t, file, m->place.offset),
			.file = file,
			.rule = m->rule,
			.place = m->place.offset,
			.at_ns = m->at_ns,
			.quality = m->quality,
			.label = m->label,
			.service = m->label[LABEL_SERVICE],
			.text = m->text,
			.capture = m->capture,
			.n_captures = m->n_captures };

		if (m->at_ns < last_ns)
			buf_add(&t->got.text, STR("not in the order of time\n"));
		last_ns = m->at_ns;
		tell(w, &t->got, &told);
	}
}

static void
run_batch(const struct world *w, struct trial *t, const struct ruleset *rs)
{
	const char *paths_z[FILES_MAX];
	struct batch_conf conf = { .paths_z = paths_z,
		.format = w->format,
		.since_ns = TIME_NONE,
		.until_ns = TIME_NONE,
		.jobs = w->jobs,
		.chunk = w->chunk,
		.lean = w->asked.len > 0,
		.temp_dir_z = "/tmp" };
	struct batch *b;

	for (size_t i = 0; i < w->n_files; i++)
		if (!w->file[i].gone)
			paths_z[conf.n_paths++] = w->file[i].path_z;
	b = batch_new(&conf, rs);
	if (b == NULL || batch_read(b) != 0)
		die("the batch reader");
	t->regex_errors = batch_counts(b)->regex_errors;
	t->rules_off = batch_counts(b)->rules_off;
	take_matches(w, t, b);
	batch_free(&b);
}

static bool
same_lines(const struct lines_of *a, const struct lines_of *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (!str_eq(a->at[i], b->at[i]))
			return false;
	return a->n == b->n;
}

/* The samples of a value need no entry, so no more is made of them than it asks for. */
static void
add_window(struct buf *b, struct str asked, size_t n_rules)
{
	buf_add(b, STR("---\ntitle: Window\nname: window\ncorrelation:\n"
		       "  type: value_sum\n  rules: ["));
	for (size_t i = 0; i < n_rules; i++)
		buf_printf(b, "%sr%zu", i > 0 ? ", " : "", i);
	buf_printf(b,
		"]\n  group-by: [namespace]\n  timespan: 1m\n"
		"  condition: {field: %.*s, gte: 1}\n",
		STR_ARG(asked));
}

static struct ruleset *
load(const struct world *w, struct trial *t)
{
	struct ruleset *rs = NULL;
	size_t n = 0, size = 0;
	char *messages_z = NULL;
	FILE *out = open_memstream(&messages_z, &size);

	buf_reset(&t->yaml);
	for (size_t i = 0; i < w->n_rules; i++) {
		if (w->rule[i].gone)
			continue;
		if (n > 0)
			buf_add(&t->yaml, STR("---\n"));
		rule_print(&t->yaml, &w->rule[i], n++);
	}
	if (w->asked.len > 0)
		add_window(&t->yaml, w->asked, n);
	t->loaded = rules_load_text("world.yaml", buf_str(&t->yaml), out, &rs) == 0;
	fclose(out);
	if (!t->loaded)
		printf("# %s\n", messages_z);
	free(messages_z);
	return rs;
}

static bool
is_too_costly(const struct trial *t)
{
	return t->regex_errors > 0 || t->rules_off > 0;
}

bool
world_try(struct world *w, struct trial *t)
{
	struct ruleset *rs = load(w, t);

	if (rs == NULL)
		return true;
	t->wordless = 0;
	for (size_t i = 0; i < rs->n_rules; i++) {
		t->is_wordless[i] =
			rs->rules[i].n_words == 0 && rs->rules[i].category == RECORD_LOG;
		t->wordless += t->is_wordless[i];
	}
	buf_reset(&t->got.text);
	buf_reset(&t->expected.text);
	run_batch(w, t, rs);
	ruleset_free(&rs);
	if (!is_too_costly(t))
		expect(w, t);
	sort_lines(&t->got);
	sort_lines(&t->expected);
	return is_too_costly(t) || same_lines(&t->expected, &t->got);
}
