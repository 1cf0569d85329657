/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/counts.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "record/source.h"

static void
print_stats(const struct batch_counts *c)
{
	static const struct {
		const char *name_z;
		size_t offset;
	} rows[] = {
		{ "files", offsetof(struct batch_counts, files) },
		{ "unreadable files", offsetof(struct batch_counts, unreadable) },
		{ "bytes", offsetof(struct batch_counts, bytes) },
		{ "lines", offsetof(struct batch_counts, lines) },
		{ "records looked at", offsetof(struct batch_counts, records) },
		{ "matches", offsetof(struct batch_counts, matches) },
		{ "events", offsetof(struct batch_counts, events) },
		{ "pod states", offsetof(struct batch_counts, pods) },
		{ "documents not understood",
			offsetof(struct batch_counts, bad_documents) },
		{ "lines not in their format",
			offsetof(struct batch_counts, broken_lines) },
		{ "lines cut", offsetof(struct batch_counts, cut_lines) },
		{ "pieces without an end", offsetof(struct batch_counts, open_pieces) },
		{ "matches without a clock", offsetof(struct batch_counts, undated) },
		{ "matches without a key", offsetof(struct batch_counts, no_key) },
		{ "keys moved to disk", offsetof(struct batch_counts, keys_spilled) },
		{ "keys read back", offsetof(struct batch_counts, keys_returned) },
		{ "keys and entries without room",
			offsetof(struct batch_counts, keys_full) },
		{ "sums of containers without room",
			offsetof(struct batch_counts, volumes_full) },
		{ "failures of keys on disk",
			offsetof(struct batch_counts, spill_failed) },
		{ "rules switched off", offsetof(struct batch_counts, rules_off) },
		{ "regex limits hit", offsetof(struct batch_counts, regex_errors) },
		{ "timers not judged", offsetof(struct batch_counts, not_judged) },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const uint64_t *v = (const uint64_t *)(const void *)((const char *)c +
								     rows[i].offset);

		fprintf(stderr, "%12" PRIu64 "  %s\n", *v, rows[i].name_z);
	}
}

static void
hint(uint64_t n, const char *one_z, const char *many_z, const char *what_to_do_z)
{
	if (n > 0)
		fprintf(stderr, "gumshoe: %" PRIu64 " %s%s\n", n, n == 1 ? one_z : many_z,
			what_to_do_z);
}

/* What a person should know even without --stats. */
static void
print_hints(const struct batch_counts *c)
{
	if (c->bytes == 0)
		fputs("gumshoe: nothing was read: no file, or nothing in it\n", stderr);
	hint(c->undated, "match has no clock: no window counts it",
		"matches have no clock: no window counts them",
		"; ask for it: kubectl logs --timestamps");
	hint(c->not_judged, "timer lies beyond the end of the input and was not judged",
		"timers lie beyond the end of the input and were not judged",
		" (see --until)");
	hint(c->bad_documents, "document was not understood",
		"documents were not understood", "");
}

void
counts_print(const struct options *o, const struct batch_counts *c)
{
	if (o->stats)
		print_stats(c);
	if (!o->quiet)
		print_hints(c);
}

static bool
is_of_rules(const struct ruleset *rs, struct str service)
{
	for (size_t i = 0; i < rs->n_rules; i++)
		if (str_eq_fold(rs->rules[i].logsource.service, service))
			return true;
	return false;
}

/* A file's name alone is a guess; what names a pod, too, is none. */
static bool
is_stranger(const struct options *o, const struct ruleset *rs, const struct source *s)
{
	struct str service = s->label[LABEL_SERVICE];

	for (size_t i = 0; i < o->n_labels; i++)
		if (o->labels[i].label == LABEL_SERVICE)
			return false;
	return service.len > 0 && s->label[LABEL_POD].len == 0 &&
	       !is_of_rules(rs, service);
}

void
counts_strangers(const struct options *o, const struct ruleset *rs, const struct batch *b)
{
	const struct source_table *t = batch_sources(b);
	const struct source *first = NULL;
	size_t n = 0;

	if (o->quiet || batch_counts(b)->matches > 0)
		return;
	for (uint32_t i = 0; i < source_table_len(t); i++) {
		const struct source *s = source_table_at(t, i);

		if (!is_stranger(o, rs, s))
			continue;
		if (n++ == 0)
			first = s;
	}
	if (n == 0)
		return;
	fprintf(stderr,
		"gumshoe: %.*s counts as a log of the service \"%.*s\", which no "
		"rule is for",
		STR_ARG(first->name), STR_ARG(first->label[LABEL_SERVICE]));
	if (n > 1)
		fprintf(stderr, " (%zu more are like that)", n - 1);
	fputs("; if it is another's: -l service=orders\n", stderr);
}
