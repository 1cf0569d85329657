/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conservation: a program appends lines with numbers and rotates, copies, truncates,
 * compresses and deletes at random, while the tail reads by bits and is killed at random.
 * Each line comes once, whole, or its file was destroyed and its bytes are counted. The
 * seed of a failure is printed; give it as the argument.
 */
#include "input/tail.h"

#include <inttypes.h>

#include "kit.h"

#define LOGS      3
#define LINES_MAX 4000
#define FILES_MAX 400
#define OLDER_MAX 6

/* Seeds from here on. */
#define HOLDS_FROM 100000

struct line {
	int log, file;
	bool at_risk; /* its file was destroyed */
	bool copied;  /* it is in a copy of a file that was cut */
	unsigned got;
	size_t len;
};

struct file {
	char name[64];
	bool gzip;
};

struct older {
	int file[OLDER_MAX]; /* newest first */
	size_t n;
};

struct world {
	struct kit *k;
	uint64_t x; /* of the generator */
	struct line line[LINES_MAX];
	size_t n_lines;
	struct file file[FILES_MAX];
	int n_files;
	int live[LOGS]; /* -1: none */
	struct older older[LOGS];
	unsigned stamp;
	bool stamps; /* kubelet's names, else numbers */
	bool exact;  /* whatever is destroyed was seen before, so the count is exact */
	bool holds;  /* now and then another tail goes on with what is open */
	bool down;
	bool trace;
	uint64_t written[LOGS];
	int64_t rotated_at[LOGS];
};

static unsigned
draw(struct world *w, unsigned n)
{
	w->x ^= w->x << 13, w->x ^= w->x >> 7, w->x ^= w->x << 17;
	return (unsigned)((w->x >> 11) % n);
}

/* The text of line i, its end included: made from its number alone. */
static size_t
make_line(size_t i, char *out)
{
	size_t n = (size_t)sprintf(out, "%zu ", i);
	/* Long enough for a file of one line to be known by it. */
	size_t len = FINGERPRINT_SURE + (i % 7 == 0 ? 700 + i % 400 : i % 23);

	for (size_t j = 0; j < len; j++)
		out[n++] = (char)('a' + (i + j) % 26);
	out[n++] = '\n';
	return n;
}

/* What it does, when one seed is looked at. */
static void
trace(const struct world *w, const char *what, const char *name, size_t n)
{
	if (w->trace)
		printf("# %5.1f%s %s %s %zu\n", (double)(w->k->now - 1000 * TIME_S) / 1e9,
			w->down ? " down" : "", what, name, n);
}

static void
live_name(int log, char name[64])
{
	snprintf(name, 64, "log%d/x.log", log);
}

static void
look(struct world *w)
{
	if (w->exact && !w->down)
		tail_poll(w->k->tail, w->k->now += 2 * TIME_S);
}

static int
new_file(struct world *w, const char *name)
{
	if (w->n_files == FILES_MAX)
		abort();
	snprintf(w->file[w->n_files].name, sizeof(w->file[0].name), "%s", name);
	w->file[w->n_files].gzip = false;
	return w->n_files++;
}

static void
ensure_live(struct world *w, int log)
{
	char name[64];

	if (w->live[log] >= 0)
		return;
	live_name(log, name);
	kit_append(w->k, name, "");
	w->live[log] = new_file(w, name);
}

static void
add_line(struct world *w, int log, int file)
{
	struct line *l = &w->line[w->n_lines];
	char text[2048];
	size_t len, half;

	if (w->n_lines == LINES_MAX)
		return;
	len = make_line(w->n_lines, text);
	*l = (struct line){ .log = log, .file = file, .len = len };
	w->n_lines++;
	w->written[log] += len;
	trace(w, "append", w->file[file].name, w->n_lines - 1);
	half = draw(w, 4) == 0 ? draw(w, (unsigned)len) : 0;
	kit_write(w->k, w->file[file].name, O_APPEND, text, half);
	if (half > 0 && !w->down && draw(w, 2) == 0)
		kit_run(w->k, 200 * TIME_MS);
	kit_write(w->k, w->file[file].name, O_APPEND, text + half, len - half);
}

static void
append(struct world *w, int log)
{
	ensure_live(w, log);
	for (unsigned n = 1 + draw(w, 6); n > 0; n--)
		add_line(w, log, w->live[log]);
}

static void
destroy(struct world *w, int file)
{
	for (size_t i = 0; i < w->n_lines; i++)
		if (w->line[i].file == file)
			w->line[i].at_risk = true;
}

static void
rename_file(struct world *w, int file, const char *name)
{
	trace(w, w->file[file].name, name, 0);
	kit_rename(w->k, w->file[file].name, name);
	snprintf(w->file[file].name, sizeof(w->file[file].name), "%s", name);
}

static void
drop_oldest(struct world *w, int log)
{
	struct older *o = &w->older[log];
	int file;

	if (o->n == 0)
		return;
	file = o->file[--o->n];
	look(w);
	trace(w, "unlink", w->file[file].name, 0);
	kit_unlink(w->k, w->file[file].name);
	destroy(w, file);
}

/* Makes room for a newest older part and gives its name. */
static void
shift(struct world *w, int log, int file, char name[64])
{
	struct older *o = &w->older[log];

	if (o->n == OLDER_MAX)
		drop_oldest(w, log);
	for (size_t i = o->n; i > 0; i--) {
		char to[64];

		o->file[i] = o->file[i - 1];
		snprintf(to, sizeof(to), "log%d/x.log.%zu%s", log, i + 1,
			w->file[o->file[i]].gzip ? ".gz" : "");
		if (!w->stamps)
			rename_file(w, o->file[i], to);
	}
	o->n++;
	o->file[0] = file;
	if (w->stamps)
		snprintf(name, 64, "log%d/x.log.20250101-%06u", log, ++w->stamp);
	else
		snprintf(name, 64, "log%d/x.log.1", log);
}

static void
rotate(struct world *w, int log)
{
	char name[64];
	int file = w->live[log];

	if (file < 0)
		return;
	shift(w, log, file, name);
	rename_file(w, file, name);
	w->live[log] = -1;
	w->rotated_at[log] = w->k->now;
	if (draw(w, 3) > 0)
		ensure_live(w, log);
}

static void
compress_one(struct world *w, int log)
{
	struct older *o = &w->older[log];
	struct file *f;
	size_t i;

	if (o->n == 0)
		return;
	i = draw(w, (unsigned)o->n);
	f = &w->file[o->file[i]];
	if (f->gzip)
		return;
	trace(w, "gzip", f->name, 0);
	kit_gzip(w->k, f->name);
	f->gzip = true;
	snprintf(f->name + strlen(f->name), 4, ".gz");
}

static void
copytruncate(struct world *w, int log)
{
	char name[64];
	int file = w->live[log], copy;

	if (file < 0)
		return;
	w->rotated_at[log] = 0;
	copy = new_file(w, "");
	shift(w, log, copy, name);
	snprintf(w->file[copy].name, sizeof(name), "%s", name);
	trace(w, "copy", name, 0);
	kit_copy(w->k, w->file[file].name, name);
	for (size_t i = 0; i < w->n_lines; i++)
		if (w->line[i].file == file) {
			w->line[i].file = copy;
			w->line[i].copied = true;
		}
	if (draw(w, 2) == 0)
		append(w, log);
	look(w);
	trace(w, "cut", w->file[file].name, 0);
	kit_put(w->k, w->file[file].name, "");
	destroy(w, file);
	if (draw(w, 2) == 0)
		append(w, log);
	/* A cut and what came after it are told apart by looking in between. */
	look(w);
}

static void
truncate_file(struct world *w, int log)
{
	if (w->live[log] < 0)
		return;
	look(w);
	trace(w, "truncate", w->file[w->live[log]].name, 0);
	kit_put(w->k, w->file[w->live[log]].name, "");
	destroy(w, w->live[log]);
	look(w);
}

static void
recreate(struct world *w, int log)
{
	if (w->live[log] < 0)
		return;
	w->rotated_at[log] = 0;
	look(w);
	trace(w, "recreate", w->file[w->live[log]].name, 0);
	kit_unlink(w->k, w->file[w->live[log]].name);
	destroy(w, w->live[log]);
	w->live[log] = -1;
	ensure_live(w, log);
	look(w);
}

/* A writer that still has the file before. */
static void
append_late(struct world *w, int log)
{
	struct older *o = &w->older[log];

	if (o->n == 0 || w->file[o->file[0]].gzip || w->rotated_at[log] == 0 ||
		w->k->now - w->rotated_at[log] > 20 * TIME_S)
		return;
	if (w->exact && w->down)
		return;
	add_line(w, log, o->file[0]);
	if (!w->down)
		kit_run(w->k, 2 * TIME_S);
}

static void
read_some(struct world *w)
{
	w->k->budget = draw(w, 3) == 0 ? SIZE_MAX : draw(w, 3000);
	w->k->chunk = 1 + draw(w, 2000);
	trace(w, "read", "", w->k->budget);
	kit_run(w->k, (int64_t)draw(w, 25) * 100 * TIME_MS);
	w->k->budget = SIZE_MAX;
}

static void change(struct world *w);

static void
crash(struct world *w)
{
	struct kit *k = w->k;

	look(w);
	/* What was seen of pending files is in the state of the last commit. */
	for (size_t i = 0; w->exact && i < k->n; i++)
		kit_commit_at(&k->log[i], draw(w, 300));
	trace(w, "crash", "", 0);
	kit_stop(k);
	w->down = true;
	for (unsigned n = draw(w, 5); n > 0 && !w->exact; n--)
		change(w);
	for (unsigned n = draw(w, 3); n > 0; n--)
		append(w, (int)draw(w, LOGS));
	w->down = false;
	kit_start(k, NULL);
	kit_turn(k);
}

static void
change(struct world *w)
{
	int log = (int)draw(w, LOGS);

	switch (draw(w, 16)) {
	case 0:
	case 1:
		rotate(w, log);
		break;
	case 2:
		compress_one(w, log);
		break;
	case 3:
		copytruncate(w, log);
		break;
	case 4:
		append_late(w, log);
		break;
	case 5:
		drop_oldest(w, log);
		break;
	case 6:
		if (draw(w, 3) == 0)
			truncate_file(w, log);
		break;
	case 7:
		if (draw(w, 3) == 0)
			recreate(w, log);
		break;
	default:
		append(w, log);
		break;
	}
}

/* A full disk: nothing is read or kept for a while, then all since the last commit is
 * read again. */
static void
hand_over(struct world *w)
{
	struct kit *k = w->k;

	trace(w, "hand over", "", 0);
	k->budget = 0;
	for (unsigned n = draw(w, 8); n > 0; n--) {
		int log = (int)draw(w, LOGS);

		if (draw(w, 2) == 0)
			append(w, log);
		else if (draw(w, 2) == 0)
			drop_oldest(w, log);
		else
			rotate(w, log);
	}
	look(w);
	k->budget = SIZE_MAX;
	kit_hand_over(k);
	kit_turn(k);
}

static void
step(struct world *w)
{
	unsigned what = draw(w, 10);

	if (w->holds && draw(w, 15) == 0)
		hand_over(w);
	if (what < 5)
		change(w);
	else if (what < 8)
		read_some(w);
	else if (what == 8)
		kit_commit_at(&w->k->log[draw(w, (unsigned)(w->k->n > 0 ? w->k->n : 1))],
			draw(w, 2000));
	else if (draw(w, 3) == 0)
		crash(w);
}

static void
complain(const char *what, size_t i, struct str line)
{
	printf("# %s %zu: \"%.*s\"\n", what, i, line.len > 60 ? 60 : (int)line.len,
		line.ptr);
}

/* One line of the text. False: nobody wrote it. */
static bool
count_line(struct world *w, int log, struct str line)
{
	struct str rest = line, number = str_cut(&rest, ' ');
	char text[2048];
	int64_t i;
	size_t len;

	if (!str_to_i64(number, 0, (int64_t)w->n_lines - 1, &i))
		return false;
	len = make_line((size_t)i, text);
	if (w->line[i].log != log || !str_eq(line, (struct str){ text, len - 1 }))
		return false;
	w->line[i].got++;
	return true;
}

/* The bytes given, without marks. */
static uint64_t
check_text(struct world *w, int log, struct str text, bool *good)
{
	uint64_t n = 0;
	bool after_gap = false;

	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		bool gap = line.len > 0 && line.ptr[line.len - 1] == '\2';

		n += line.len - gap + !gap;
		if (!gap && !count_line(w, log, line) && !after_gap) {
			complain("invented", 0, line);
			*good = false;
		}
		after_gap = gap;
	}
	return n;
}

static bool
check_log(struct world *w, int log)
{
	char name[64];
	struct kit_log *l;
	uint64_t got, lost = 0;
	bool good = true;

	live_name(log, name);
	l = kit_log(w->k, name);
	got = check_text(w, log, buf_str(&l->text), &good);
	for (size_t i = 0; i < LOSS_COUNT; i++)
		lost += l->lost[i];
	for (size_t i = 0; i < w->n_lines; i++) {
		bool may_miss;

		if (w->line[i].log != log)
			continue;
		if (w->line[i].got == 0)
			trace(w, "not given", w->file[w->line[i].file].name, i);
		may_miss = w->line[i].at_risk || (w->line[i].copied && l->gaps > 0);
		if (w->line[i].got > 1 || (w->line[i].got == 0 && !may_miss)) {
			complain(w->line[i].got > 1 ? "twice" : "missing", i,
				(struct str){ w->file[w->line[i].file].name,
					strlen(w->file[w->line[i].file].name) });
			good = false;
		}
	}
	if (w->exact && got + lost != w->written[log]) {
		printf("# log %d: %" PRIu64 " written, %" PRIu64 " given, %" PRIu64
		       " counted as lost\n",
			log, w->written[log], got, lost);
		good = false;
	}
	return good;
}

static bool
run(uint64_t seed, unsigned steps, bool is_traced)
{
	static struct kit k;
	static struct world w;
	bool good = true;

	memset(&w, 0, sizeof(w));
	kit_open(&k);
	k.mark_gaps = true;
	k.trace = is_traced;
	k.conf.max_open = seed % 5 == 0 ? 2 : 0;
	k.conf.no_watch = seed % 2 == 0;
	w.k = &k;
	w.trace = is_traced;
	w.x = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	w.stamps = draw(&w, 2) == 0;
	w.exact = seed % 3 != 0 && k.conf.max_open == 0;
	w.holds = seed > HOLDS_FROM;
	for (int i = 0; i < LOGS; i++) {
		w.live[i] = -1;
		ensure_live(&w, i);
	}
	kit_start(&k, "*/x.log");
	kit_turn(&k);
	kit_commit(&k);
	for (unsigned i = 0; i < steps; i++)
		step(&w);
	/* A last rotation brings to light what came late. */
	k.chunk = 65536;
	kit_run(&k, 10 * TIME_S);
	for (int i = 0; i < LOGS; i++) {
		rotate(&w, i);
		ensure_live(&w, i);
	}
	kit_run(&k, 30 * TIME_S);
	for (int i = 0; i < LOGS; i++)
		good = check_log(&w, i) && good;
	if (!good)
		printf("# seed %" PRIu64 "%s\n", seed, w.exact ? " (exact)" : "");
	kit_close(&k);
	return good;
}

/* They broke once. */
static const uint64_t broken[] = { 72, 392, 852, 895, 920, 945, 1206, 1375, 1404, 1488,
	1803, 1865, 1953, 1977, 2037, 2061, 2424, 2637, 100792, 100857, 102365 };

int
main(int argc, char **argv)
{
	uint64_t from = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : argc > 1 ? 1 : 30;
	unsigned bad = 0;

	kit_quiet = true;
	for (uint64_t seed = from; seed < from + n; seed++)
		bad += !run(seed, 150, n == 1);
	for (uint64_t seed = 1; argc == 1 && seed <= 10; seed++)
		bad += !run(HOLDS_FROM + seed, 150, false);
	for (size_t i = 0; argc == 1 && i < sizeof(broken) / sizeof(broken[0]); i++)
		bad += !run(broken[i], 150, false);
	OK(bad == 0);
	OK(kit_bad == 0);
	return tap_done();
}
