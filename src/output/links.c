/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs are searched by words, never by status: an Agent takes it from the stream, not
 * from what the line says.
 */
#include "output/links.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/compiler.h"
#include "base/json.h"
#include "base/time.h"
#include "output/finding.h"
#include "output/tags.h"

#define GRID       (15 * TIME_MIN)
#define MARGIN     TIME_MIN
#define QUERY_MAX  ((size_t)600)
#define PHRASE_MAX ((size_t)120)
#define WORDS_MIN  ((size_t)2)
#define WORDS_GOOD ((size_t)3)

const char *const link_names_z[LINK_KINDS] = { "Logs", "Events", "Containers",
	"Metrics" };

static const struct {
	const char *path_z;
	const char *head_z; /* of the query string, before the query */
	bool timed;
	const char *tail_z;
} forms[LINK_KINDS] = {
	[LINK_LOGS] = { "/logs", "?query=", true, "" },
	[LINK_EVENTS] = { "/event/explorer", "?query=", true, "" },
	[LINK_CONTAINERS] = { "/containers", "?query=", false, "" },
	[LINK_METRICS] = { "/metric/explorer",
		"?exp_metric=kubernetes.containers.restarts&exp_scope=", true,
		"&exp_agg=sum" },
};

void
links_base(const struct output_settings *conf, struct buf *out)
{
	struct str base = conf->app_url;
	struct str domain;

	while (base.len > 0 && base.ptr[base.len - 1] == '/')
		base.len--;
	if (base.len > 0) {
		buf_add(out, base);
		return;
	}
	domain = conf->site;
	(void)str_cut(&domain, '.');
	buf_add(out, str_find_char(domain, '.') == SIZE_MAX ? STR("https://app.")
							    : STR("https://"));
	buf_add(out, conf->site);
}

/* RFC 3986: all but its unreserved characters. */
static void
add_encoded(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (char_is_alnum(c) || strchr("-._~", c) != NULL)
			buf_add_char(out, c);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
	}
}

/* A value as the search wants it when it is not in quotes. */
static void
add_value(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '\0' || (unsigned char)c < 0x20)
			continue;
		if (strchr("+=&|><!(){}[]^\"~*?:\\# ", c) != NULL)
			buf_add_char(out, '\\');
		buf_add_char(out, c);
	}
}

static void
add_term(struct buf *out, struct str name, struct str value)
{
	if (value.len == 0 || str_eq(value, STR("unknown")))
		return;
	if (out->len > 0)
		buf_add_char(out, ' ');
	buf_add(out, name);
	buf_add_char(out, ':');
	add_value(out, str_sub(value, 0, 200));
}

static bool
is_word(struct str w)
{
	for (size_t i = 0; i < w.len; i++)
		if (!char_is_alpha(w.ptr[i]))
			return false;
	return w.len > 0;
}

/* The next words with nothing but letters, blanks between: no ids, numbers,
 * punctuation, placeholders. */
static struct str
next_run(struct str *rest, size_t *words)
{
	struct str run = STR("");

	*words = 0;
	while (rest->len > 0) {
		struct str w = str_cut(rest, ' ');

		if (!is_word(w) || (run.len > 0 && run.len + 1 + w.len > PHRASE_MAX)) {
			if (*words > 0)
				break;
			continue;
		}
		if (*words == 0)
			run = w;
		run.len = (size_t)(w.ptr - run.ptr) + w.len;
		(*words)++;
	}
	return run;
}

/* What a line says first, mostly: the first run of some words, else the longest. */
static struct str
main_words(struct str text)
{
	struct str best = STR("");
	size_t most = WORDS_MIN - 1;
	size_t words;

	while (text.len > 0 && most < WORDS_GOOD) {
		struct str run = next_run(&text, &words);

		if (words > most) {
			most = words;
			best = run;
		}
	}
	return best;
}

/* Words that all lines of the leading rule have; without, the search is by place. */
static struct str
phrase(const json_t *finding)
{
	const json_t *lead = finding_lead(finding);
	const json_t *timeline = json_member(finding, "timeline");
	struct str rule = json_member_text(lead, "rule");
	struct str words = main_words(json_member_text(lead, "text"));

	for (size_t i = 0; words.len > 0 && i < json_array_size(timeline); i++) {
		const json_t *e = json_array_get(timeline, i);

		if (str_eq(json_member_text(e, "rule"), rule) &&
			str_find(json_member_text(e, "text"), words) == SIZE_MAX)
			return STR("");
	}
	return words;
}

static void
add_logs(const json_t *finding, const json_t *source, struct buf *out)
{
	struct str words = phrase(finding);

	add_term(out, STR("service"), tags_service(source));
	if (words.len == 0)
		return;
	buf_add(out, out->len > 0 ? STR(" \"") : STR("\""));
	buf_add(out, words);
	buf_add_char(out, '"');
}

void
links_query(const json_t *finding, enum link_kind kind, struct buf *out)
{
	const json_t *source = json_member(finding_lead(finding), "source");
	struct str namespace = finding_label(finding, "namespace");
	struct str workload = tags_workload(source);
	struct str service = json_member_text(source, "service");

	if (kind == LINK_EVENTS)
		buf_add(out, STR("source:kubernetes"));
	add_term(out, STR("kube_namespace"), namespace);
	if (kind == LINK_LOGS)
		add_logs(finding, source, out);
	else if (workload.len > 0 && kind == LINK_EVENTS)
		add_term(out, workload, service);
}

/* Whole quarters of an hour, so that the same incident keeps its link while it grows. */
static bool
window(const json_t *finding, int64_t *from_ns, int64_t *to_ns)
{
	int64_t first_ns = finding_time(finding, "first_at");
	int64_t last_ns = finding_time(finding, "last_at");

	if (first_ns < GRID || last_ns > INT64_MAX - 2 * GRID)
		return false;
	if (last_ns < first_ns)
		last_ns = first_ns;
	*from_ns = (first_ns - MARGIN) / GRID * GRID;
	*to_ns = (last_ns + MARGIN + GRID - 1) / GRID * GRID;
	return true;
}

bool
links_make(const struct output_settings *conf, const json_t *finding, enum link_kind kind,
	struct buf *out)
{
	size_t start = out->len;
	int64_t from_ns, to_ns;
	struct buf query;

	buf_init(&query, LINK_MAX);
	links_query(finding, kind, &query);
	if (query.len == 0 || query.len > QUERY_MAX ||
		!window(finding, &from_ns, &to_ns)) {
		buf_fini(&query);
		return false;
	}
	links_base(conf, out);
	buf_add(out, str_z(forms[kind].path_z));
	buf_add(out, str_z(forms[kind].head_z));
	add_encoded(out, buf_str(&query));
	if (forms[kind].timed)
		buf_printf(out, "&from_ts=%" PRId64 "&to_ts=%" PRId64 "&live=false",
			from_ns / TIME_MS, to_ns / TIME_MS);
	buf_add(out, str_z(forms[kind].tail_z));
	buf_fini(&query);
	if (out->len - start <= LINK_MAX)
		return true;
	out->len = start;
	return false;
}
