/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys out of memory: whatever is spilled, and when, no outcome differs from those of a
 * correlator that has room for all, across restarts too. SEED says where it begins.
 */
#include <errno.h>

#include "story.h"

enum { PLACES = 32768 };

/* A place to spill to, and who keeps what correlator_changed() tells. */
struct bytes {
	char *ptr; /* owned; NULL: nothing */
	size_t len;
};
struct disk {
	struct bytes put[PLACES], kept[PLACES];
	size_t n_put, n_live, n_kept;
	unsigned gets, fails_put, fails_get; /* in how many of a hundred calls it fails */
	struct spill spill;
};
static struct disk disk;

static struct bytes
copy(struct str bytes)
{
	struct bytes b = { malloc(bytes.len + 1), bytes.len };

	if (b.ptr == NULL)
		abort();
	if (bytes.len > 0)
		memcpy(b.ptr, bytes.ptr, bytes.len);
	return b;
}

static void
clear(struct bytes *b)
{
	free(b->ptr);
	*b = (struct bytes){ 0 };
}

static int
disk_put(void *arg, struct str bytes, uint64_t *where)
{
	struct disk *d = arg;

	if (below(100) < d->fails_put)
		return -ENOSPC;
	if (d->n_put == PLACES)
		abort();
	d->put[d->n_put] = copy(bytes);
	*where = d->n_put++;
	d->n_live++;
	return 0;
}

static int
disk_get(void *arg, uint64_t where, size_t len, struct buf *to)
{
	struct disk *d = arg;

	d->gets++;
	if (where >= d->n_put || d->put[where].len != len || d->put[where].ptr == NULL)
		abort();
	if (below(100) < d->fails_get)
		return -EIO;
	buf_add(to, (struct str){ d->put[where].ptr, len });
	return 0;
}

static void
disk_drop(void *arg, uint64_t where, size_t len)
{
	struct disk *d = arg;

	if (where >= d->n_put || d->put[where].len != len || d->put[where].ptr == NULL)
		abort();
	clear(&d->put[where]);
	d->n_live--;
}

static int
disk_kept(void *arg, uint64_t id, struct buf *to)
{
	struct disk *d = arg;

	d->gets++;
	if (id >= PLACES || d->kept[id].ptr == NULL)
		abort();
	buf_add(to, (struct str){ d->kept[id].ptr, d->kept[id].len });
	return 0;
}

/* What was put does not outlive a process; what is kept does. */
static void
disk_begin(struct disk *d, bool keeps)
{
	while (d->n_put > 0)
		clear(&d->put[--d->n_put]);
	while (!keeps && d->n_kept > 0)
		clear(&d->kept[--d->n_kept]);
	d->n_live = 0;
	d->spill = (struct spill){ disk_put, disk_get, disk_drop, disk_kept, d,
		(size_t)1 << 30 };
}

static void
keep(struct correlator *c, struct disk *d)
{
	struct correlate_state s;

	while (correlator_changed(c, &s)) {
		if (s.id >= PLACES)
			abort();
		d->n_kept = s.id < d->n_kept ? d->n_kept : s.id + 1;
		clear(&d->kept[s.id]);
		if (s.bytes.len > 0)
			d->kept[s.id] = copy(s.bytes);
	}
}

static bool
put_back(struct correlator *c, const struct disk *d)
{
	bool good = true;

	for (size_t i = 0; i < d->n_kept; i++)
		if (d->kept[i].ptr != NULL)
			good = good &&
			       correlator_restore(c, (struct str){ d->kept[i].ptr,
							     d->kept[i].len }) == 0;
	return good;
}

static void
feed(struct correlator *c, const struct one *o)
{
	if (o->gap_ns != TIME_NONE)
		correlator_gap(c, o->gap_ns - TIME_S, o->gap_ns);
	correlator_match(c, &o->m);
}

/* every: matches between two looks of a keeper, 0: there is none. */
struct run {
	const struct one *list;
	struct correlate_conf conf;
	size_t every;
	unsigned kills; /* in a hundred matches */
	struct correlate_counts counts;
	uint64_t spills, returns; /* of all lives together */
};

/* From the last look on, as a journal would: what is told again is not listened to. */
static struct correlator *
restart(struct ruleset *rs, struct run *r, struct correlator *c, size_t i, bool *good)
{
	struct outcome o;
	size_t from = i - i % r->every;

	r->spills += correlator_counts(c)->spills;
	r->returns += correlator_counts(c)->returns;
	correlator_free(&c);
	disk_begin(&disk, true);
	c = correlator_new(rs, &r->conf);
	*good = put_back(c, &disk) && *good;
	for (; from < i; from++)
		feed(c, &r->list[from]);
	while (correlator_next(c, &o))
		;
	return c;
}

static bool
run(struct ruleset *rs, struct run *r, struct buf *out)
{
	struct correlator *c = correlator_new(rs, &r->conf);
	bool good = true;

	for (size_t i = 0; i < LIST; i++) {
		if (r->every > 0 && i % r->every == 0)
			keep(c, &disk);
		if (r->every > 0 && below(100) < r->kills)
			c = restart(rs, r, c, i, &good);
		feed(c, &r->list[i]);
		listen(c, out);
	}
	buf_printf(
		out, "%zu\n", correlator_end(c, r->list[LIST - 1].m.at_ns + 3 * TIME_S));
	listen(c, out);
	r->counts = *correlator_counts(c);
	r->spills += r->counts.spills;
	r->returns += r->counts.returns;
	buf_printf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", r->counts.matches,
		r->counts.full, r->counts.no_key);
	correlator_free(&c);
	return good;
}

static struct correlate_conf
room_for_all(void)
{
	return (struct correlate_conf){ .max_keys = 1000, .max_entries = 100000 };
}

static struct correlate_conf
tiny(struct disk *d)
{
	return (struct correlate_conf){ .max_keys = 1 + below(6),
		.max_entries = below(3) == 0 ? 12 : 1000,
		.spill = &d->spill };
}

static void
first_difference(struct str a, struct str b)
{
	while (a.len > 0 || b.len > 0) {
		struct str x = str_cut(&a, '\n'), y = str_cut(&b, '\n');

		if (str_eq(x, y))
			continue;
		printf("# want: %.*s\n# got:  %.*s\n", STR_ARG(x), STR_ARG(y));
		return;
	}
}

/* One story, with room for all and without. */
static void
test_random(unsigned rounds, bool keeps)
{
	static struct one list[LIST];
	unsigned wrong = 0;
	uint64_t spills = 0, returns = 0;
	struct buf want, got;

	buf_init(&want, (size_t)1 << 20);
	buf_init(&got, (size_t)1 << 20);
	for (unsigned i = 0; i < rounds; i++) {
		uint64_t from = seed;
		struct ruleset *rs = make_rules();
		struct run calm = { .list = list, .conf = room_for_all() };
		struct run wild = { .list = list,
			.conf = tiny(&disk),
			.every = keeps ? 1 + below(20) : 0,
			.kills = keeps ? below(10) : 0 };

		disk_begin(&disk, false);
		make_list(list, rs, 2 + below(14));
		buf_reset(&want);
		buf_reset(&got);
		run(rs, &calm, &want);
		if (!run(rs, &wild, &got) || !str_eq(buf_str(&want), buf_str(&got))) {
			printf("# SEED=%" PRIu64 "\n", from);
			first_difference(buf_str(&want), buf_str(&got));
			wrong++;
		}
		spills += wild.spills;
		returns += wild.returns;
		ruleset_free(&rs);
	}
	printf("# %" PRIu64 " spills, %" PRIu64 " returns\n", spills, returns);
	OK(wrong == 0 && spills > 10 * rounds && returns > 5 * rounds);
	buf_fini(&want);
	buf_fini(&got);
}

/* A disk that fails: keys are lost and counted, and nothing else happens. */
static void
test_failing(unsigned rounds)
{
	static struct one list[LIST];
	struct buf out;
	uint64_t failed = 0, lost = 0, broken = 0;

	buf_init(&out, (size_t)1 << 20);
	for (unsigned i = 0; i < rounds; i++) {
		struct ruleset *rs = make_rules();
		struct run r = { .list = list,
			.conf = tiny(&disk),
			.every = below(2) == 0 ? 0 : 1 + below(20) };

		disk_begin(&disk, false);
		disk.fails_put = below(3) * 30;
		disk.fails_get = below(3) * 30;
		make_list(list, rs, 2 + below(14));
		buf_reset(&out);
		broken += !run(rs, &r, &out);
		failed += r.counts.spill_failed;
		lost += r.counts.full;
		ruleset_free(&rs);
	}
	OK(broken == 0 && failed > rounds && lost > rounds);
	disk.fails_put = disk.fails_get = 0;
	buf_fini(&out);
}

static struct kit
open_spilling(const char *map_z, size_t max_keys)
{
	struct kit k = { .rs = kit_one(map_z) };
	struct correlate_conf conf = {
		.max_keys = max_keys, .max_entries = 1000, .spill = &disk.spill
	};

	k.c = correlator_new(k.rs, &conf);
	if (k.c == NULL)
		abort();
	return k;
}

#define COUNT "type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}"

/* Over with its window: never read, and nothing of it stays anywhere. */
static void
test_forgets(void)
{
	struct kit k;

	disk_begin(&disk, false);
	disk.gets = 0;
	k = open_spilling(COUNT, 2);
	kit_run(&k, "a0/v a1/w a2/x a3/y a4/z");
	OK(correlator_counts(k.c)->spilled_keys == 3 && disk.n_live == 3);
	OK(correlator_counts(k.c)->spilled_bytes == 3 * SPILL_LEAST);
	kit_run(&k, "a5/v >40");
	OK(kit_says(&k, "F5/v#2 C10+/v"));
	OK(disk.gets == 1 && disk.n_live == 0);
	OK(correlator_counts(k.c)->keys == 0 && correlator_counts(k.c)->full == 0);
	OK(correlator_counts(k.c)->spilled_keys == 0 &&
		correlator_counts(k.c)->spilled_bytes == 0);
	OK(correlator_counts(k.c)->spills == 4 && correlator_counts(k.c)->returns == 1);
	kit_close(&k);
}

/* What has not changed since it was told of is not written again. */
static void
test_unchanged(void)
{
	struct kit k;

	disk_begin(&disk, false);
	k = open_spilling(COUNT, 2);
	kit_run(&k, "a0/v a1/w");
	keep(k.c, &disk);
	kit_run(&k, "a2/x a3/y");
	OK(correlator_counts(k.c)->spills == 2 && disk.n_put == 0);
	kit_run(&k, "a4/v a5/w");
	OK(kit_says(&k, "F4/v#2 F5/w#2") && disk.n_put == 2);
	keep(k.c, &disk);
	OK(disk.n_live == 0);
	kit_run(&k, "a6/x");
	OK(kit_says(&k, "F4/v#2 F5/w#2 F6/x#2"));
	kit_close(&k);
}

/* No more than it may take; an absence that waits is not dropped for a newcomer. */
static void
test_limit(void)
{
	struct kit k;

	disk_begin(&disk, false);
	disk.spill.max_bytes = 2 * SPILL_LEAST + 1;
	k = open_spilling(COUNT, 2);
	kit_run(&k, "a0/u a0/v a0/w a0/x a0/y");
	OK(correlator_counts(k.c)->spilled_keys == 2);
	OK(correlator_counts(k.c)->full == 1 && correlator_counts(k.c)->keys == 2);
	kit_run(&k, "a1/u a1/w");
	OK(kit_says(&k, "F1/u#2")); /* w was idle for longest when the limit was met */
	kit_close(&k);
	k = open_spilling("type: temporal_ordered, rules: [a, b], timespan: 10s, "
			  "condition: a and not b",
		1);
	kit_run(&k, "a0/u a1/v a2/w a3/x b4/v $60");
	OK(kit_says(&k, "F10/u#1 F12/w#1"));
	OK(correlator_counts(k.c)->full == 1);
	kit_close(&k);
}

int
main(void)
{
	const char *given = getenv("SEED");

	seed = given != NULL ? strtoull(given, NULL, 10) : 20251028;
	printf("# SEED=%" PRIu64 "\n", seed);
	test_random(TRIALS(200), false);
	test_random(TRIALS(200), true);
	test_failing(TRIALS(100));
	test_forgets();
	test_unchanged();
	test_limit();
	disk_begin(&disk, false);
	return tap_done();
}
