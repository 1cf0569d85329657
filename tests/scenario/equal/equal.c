/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scan-first against the plain evaluator, match for match: random rules, random records,
 * every wrapping, any chunk size and number of workers.
 *
 *   equal           a fixed set of worlds; EQUAL_WORLDS=N makes it N, EQUAL_SEED=S others
 *   equal SEED      one world again
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model.h"
#include "scan/prefilter.h"
#include "tap.h"

#define WORLDS      100
#define RULE_SETS   8
#define WORLD_BYTES ((size_t)512 << 20)

static struct {
	size_t worlds, rule_sets, differ, illegal, matches, wordy, wordy_matches;
	uint64_t truths, not_judged;
} counts;

static void
choose_run(struct world *w, struct chance *c)
{
	static const size_t jobs[] = { 1, 2, 5 };
	static const size_t chunks[] = { 1, 50, 400, 4096, 65536, 0 };
	static const char *const asked_z[] = { "order_id", "who", "rest", "n1" };

	w->jobs = PICK(c, jobs);
	w->chunk = PICK(c, chunks);
	if (w->chunk > 0)
		w->chunk += below(c, w->chunk);
	w->asked = one_in(c, 3) ? str_z(PICK(c, asked_z)) : (struct str){ 0 };
}

/* Small chunks of large files would take minutes. */
static void
limit_chunk(struct world *w)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < w->n_files; i++)
		for (size_t k = 0; k < w->file[i].n_recs; k++)
			for (size_t l = 0; l < w->file[i].rec[k]->n_lines; l++)
				bytes += w->file[i].rec[k]->line[l].len + 50;
	if (w->chunk > 0 && w->chunk < bytes / 1000)
		w->chunk = (size_t)(bytes / 1000);
}

static void
report(struct world *w, struct trial *t, size_t set)
{
	printf("# seed %llu, rules %zu, %s: differs\n", (unsigned long long)w->seed, set,
		prefilter_engine_z());
	shrink(w, t);
	shrink_print(w, t);
	fflush(stdout);
}

static bool
run_rules(struct world *w, struct trial *t)
{
	bool good = world_try(w, t);

	counts.rule_sets++;
	counts.illegal += !t->loaded;
	counts.matches += t->expected.n;
	counts.not_judged += t->regex_errors > 0 || t->rules_off > 0;
	counts.wordy += t->wordless == 0;
	counts.wordy_matches += t->wordless == 0 ? t->expected.n : 0;
	return good;
}

/* One rule without a required word makes all lines candidates: again without those. */
static bool
run_wordy(struct world *w, struct trial *t)
{
	if (t->wordless == 0 || t->wordless == w->n_rules || !t->loaded)
		return true;
	for (size_t i = 0; i < w->n_rules; i++)
		w->rule[i].gone = t->is_wordless[i];
	return run_rules(w, t);
}

/* Its rule sets one after the other. False: some differ. */
static bool
run_world(uint64_t seed, const char *root_z, struct trial *t)
{
	struct chance c = chance_new(seed);
	struct world w = { .arena = arena_new("world", WORLD_BYTES), .seed = seed };
	bool good = true;

	if (w.arena == NULL)
		exit(99);
	w.tricks = one_in(&c, 4) ? 0 : TRICKS & (unsigned)chance_next(&c);
	corpus_make(&w, &c, root_z);
	world_write(&w, t);
	counts.worlds++;
	counts.truths += t->n_truths;
	for (size_t i = 0; i < RULE_SETS && good && t->n_truths > 0; i++) {
		rule_make(&w, &c, t->truth, t->n_truths);
		choose_run(&w, &c);
		limit_chunk(&w);
		good = run_rules(&w, t) && run_wordy(&w, t);
		if (!good)
			report(&w, t, i);
	}
	counts.differ += !good;
	arena_free(&w.arena);
	return good;
}

static uint64_t
number_of(const char *text_z, uint64_t otherwise)
{
	return text_z != NULL ? strtoull(text_z, NULL, 10) : otherwise;
}

static void
run_all(int argc, char **argv, const char *root_z)
{
	uint64_t first = number_of(getenv("EQUAL_SEED"), 1);
	uint64_t n = number_of(getenv("EQUAL_WORLDS"), WORLDS);
	struct trial t;

	if (argc > 1) {
		first = number_of(argv[1], 1);
		n = 1;
	}
	trial_init(&t);
	for (uint64_t i = 0; i < n && counts.differ < 3; i++)
		(void)run_world(first + i, root_z, &t);
	trial_fini(&t);
}

int
main(int argc, char **argv)
{
	char root_z[] = "/tmp/equal-XXXXXX", command_z[100];

	if (mkdtemp(root_z) == NULL)
		return 99;
	run_all(argc, argv, root_z);
	snprintf(command_z, sizeof(command_z), "rm -rf %s", root_z);
	if (system(command_z) != 0)
		return 99;
	printf("# %s: %zu worlds, %llu records, %zu sets of rules (%zu with words only), "
	       "%zu matches (%zu), %llu sets too costly\n",
		prefilter_engine_z(), counts.worlds, (unsigned long long)counts.truths,
		counts.rule_sets, counts.wordy, counts.matches, counts.wordy_matches,
		(unsigned long long)counts.not_judged);
	OK(counts.differ == 0);
	OK(counts.illegal == 0);
	OK(counts.rule_sets > 0);
	OK(argc > 1 || counts.not_judged <= 1 + counts.rule_sets / 20);
	OK(argc > 1 || counts.wordy > counts.rule_sets / 4);
	OK(argc > 1 || counts.wordy_matches > counts.wordy);
	return tap_done();
}
