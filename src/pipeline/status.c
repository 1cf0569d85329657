/* SPDX-License-Identifier: Apache-2.0 */
/* What the session says of itself: one document for people, programs and metrics. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/time.h"
#include "pipeline/session.h"
#include "store/store.h"

static void
set(json_t *obj, const char *name_z, json_t *v)
{
	(void)json_object_set_new(obj, name_z, v);
}

static void
set_time(json_t *obj, const char *name_z, int64_t at_ns)
{
	struct buf b;

	if (at_ns == TIME_NONE)
		return;
	buf_init(&b, 64);
	time_format(&b, at_ns, NULL, 3);
	set(obj, name_z, json_stringn(b.data, b.len));
	buf_fini(&b);
}

static void
set_number(json_t *obj, const char *name_z, uint64_t n)
{
	set(obj, name_z, json_integer((json_int_t)n));
}

static const char *
state_z(const struct intake_row *row)
{
	if (row->tail.error != 0)
		return "unreadable";
	if (row->tail.missing)
		return "gone";
	return row->idle ? "idle" : "reading";
}

struct totals {
	uint64_t bytes, lines, records, lag, skipped;
	uint64_t broken_lines, cut_lines, open_pieces, bad_documents;
	uint64_t reading, idle, gone, unreadable;
};

static void
add_counts(struct totals *t, const struct follow_counts *c)
{
	t->bytes += c->bytes;
	t->lines += c->lines;
	t->records += c->records;
	t->skipped += c->skipped;
	t->broken_lines += c->broken_lines;
	t->cut_lines += c->cut_lines;
	t->open_pieces += c->open_pieces;
	t->bad_documents += c->bad_documents;
}

static json_t *
source_json(const struct intake_row *row, struct totals *t)
{
	json_t *obj = json_object();
	const char *s = state_z(row);

	set(obj, "name", json_string(row->tail.path_z));
	set(obj, "format", json_string(row->format_z));
	set(obj, "state", json_string(s));
	set_number(obj, "offset", row->tail.position);
	set_number(obj, "lag_bytes", row->tail.unread);
	set_number(obj, "records", row->counts.records);
	set_number(obj, "matches", row->counts.matches);
	set_time(obj, "last_record_at", row->last_ns);
	if (row->tail.error != 0)
		set(obj, "error", json_string(strerror(-row->tail.error)));
	add_counts(t, &row->counts);
	t->lag += row->tail.unread;
	t->reading += s[0] == 'r';
	t->idle += s[0] == 'i';
	t->gone += s[0] == 'g';
	t->unreadable += s[0] == 'u';
	return obj;
}

static void
add_pipe(const struct daemon *d, json_t *list, struct totals *t)
{
	struct follow_counts c;
	json_t *obj;

	if (d->pipe == NULL)
		return;
	c = pipe_input_counts(d->pipe);
	obj = json_object();
	set(obj, "name", json_string("-"));
	set(obj, "format", json_string(pipe_input_format_z(d->pipe)));
	set(obj, "state",
		json_string(pipe_input_has_ended(d->pipe) ? "ended"
			    : pipe_input_is_silent(d->pipe, clock_mono_ns())
				    ? "silent"
				    : "reading"));
	set_number(obj, "offset", pipe_input_position(d->pipe));
	set_number(obj, "lag_bytes", 0);
	set_number(obj, "records", c.records);
	set_number(obj, "matches", c.matches);
	set_time(obj, "last_record_at", pipe_input_last_time(d->pipe));
	add_counts(t, &c);
	t->reading++;
	json_array_append_new(list, obj);
}

static json_t *
sources_json(const struct daemon *d, struct totals *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n_intakes; i++) {
		struct intake_row row;
		size_t pos = 0;

		while (intake_row(d->intakes[i], &pos, &row))
			json_array_append_new(list, source_json(&row, t));
	}
	add_pipe(d, list, t);
	return list;
}

static void
add_row(json_t *list, const char *label_z, const char *value_z, const char *name_z,
	uint64_t n)
{
	json_t *row = json_object();

	set(row, label_z, json_string(value_z));
	set_number(row, name_z, n);
	json_array_append_new(list, row);
}

static json_t *
states_json(const struct totals *t)
{
	json_t *list = json_array();

	add_row(list, "state", "reading", "n", t->reading);
	add_row(list, "state", "idle", "n", t->idle);
	add_row(list, "state", "gone", "n", t->gone);
	add_row(list, "state", "unreadable", "n", t->unreadable);
	return list;
}

static json_t *
losses_json(const struct daemon *d, const struct totals *t)
{
	const struct engine_counts *ec = engine_counts(d->engine);
	const struct correlate_counts *cc = engine_correlate_counts(d->engine);
	uint64_t lost[LOSS_COUNT] = { 0 };
	json_t *list = json_array();

	for (size_t i = 0; i < d->n_intakes; i++) {
		struct tail_counts tc = intake_counts(d->intakes[i]);

		for (size_t k = 0; k < LOSS_COUNT; k++)
			lost[k] += tc.lost[k];
	}
	add_row(list, "reason", "bytes_truncated", "n", lost[LOSS_TRUNCATED]);
	add_row(list, "reason", "bytes_gone", "n", lost[LOSS_GONE]);
	add_row(list, "reason", "bytes_unreadable", "n", lost[LOSS_UNREADABLE]);
	add_row(list, "reason", "lines_broken", "n", t->broken_lines);
	add_row(list, "reason", "lines_cut", "n", t->cut_lines);
	add_row(list, "reason", "pieces_open", "n", t->open_pieces);
	add_row(list, "reason", "documents_bad", "n", t->bad_documents);
	add_row(list, "reason", "records_skipped", "n", t->skipped);
	add_row(list, "reason", "matches_late", "n", ec->late);
	add_row(list, "reason", "matches_over_pending", "n", ec->full);
	add_row(list, "reason", "sums_over_writers", "n", ec->volumes_full);
	add_row(list, "reason", "matches_without_key", "n", cc->no_key);
	add_row(list, "reason", "matches_without_clock", "n", cc->no_clock);
	add_row(list, "reason", "keys_evicted", "n", cc->full);
	add_row(list, "reason", "spill_failures", "n", cc->spill_failed);
	add_row(list, "reason", "objects_forgotten", "n",
		past_counts(recall_past(d->recall)).forgotten);
	return list;
}

static void
add_limit(json_t *list, const char *table_z, uint64_t now, int64_t limit)
{
	add_row(list, "table", table_z, "now", now);
	set_number(json_array_get(list, json_array_size(list) - 1), "limit",
		(uint64_t)limit);
}

static json_t *
limits_json(const struct daemon *d)
{
	const struct limit_settings *l = &d->conf.settings->limits;
	const struct correlate_counts *cc = engine_correlate_counts(d->engine);
	json_t *list = json_array();

	add_limit(list, "keys", cc->keys, l->max_keys);
	add_limit(list, "spilled_bytes", cc->spilled_bytes, l->spill_bytes);
	add_limit(list, "sources", source_table_got(d->sources), l->max_sources);
	return list;
}

/* Of all windows. */
static json_t *
keys_json(const struct daemon *d)
{
	const struct correlate_counts *cc = engine_correlate_counts(d->engine);
	json_t *obj = json_object();

	set_number(obj, "in_memory", cc->keys);
	set_number(obj, "on_disk", cc->spilled_keys);
	set_number(obj, "spilled", cc->spills);
	set_number(obj, "read_back", cc->returns);
	return obj;
}

static json_t *
open_json(struct store *s)
{
	json_t *list = json_array();
	struct store_query *q = store_incidents(s, STR(""));
	struct incident_row row;

	while (q != NULL && store_next_incident(q, &row)) {
		json_t *found = NULL;
		size_t i;
		json_t *r;

		if (!str_eq(row.state, STR("open")))
			continue;
		json_array_foreach(list, i, r)
		{
			if (str_eq(row.rule,
				    str_z(json_string_value(json_object_get(r, "rule")))))
				found = r;
		}
		if (found == NULL) {
			found = json_object();
			set(found, "rule", json_stringn(row.rule.ptr, row.rule.len));
			set(found, "level",
				json_stringn(level_names[row.level].ptr,
					level_names[row.level].len));
			set_number(found, "n", 0);
			json_array_append_new(list, found);
		}
		set_number(found, "n",
			(uint64_t)json_integer_value(json_object_get(found, "n")) + 1);
	}
	if (q != NULL)
		store_query_free(&q);
	return list;
}

static json_t *
rules_json(const struct daemon *d)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < d->conf.rules->n_rules; i++) {
		const struct rule *rule = &d->conf.rules->rules[i];
		struct eval_cost cost = evaluate_cost(d->evaluate, i);
		json_t *row = json_object();

		set(row, "rule", json_stringn(rule->name.ptr, rule->name.len));
		set_number(row, "matches", evaluate_matches(d->evaluate, i));
		set_number(row, "records", cost.records);
		set_number(row, "slow_steps", cost.slow_steps);
		set(row, "off", json_boolean(quarantine_is_out(d->quarantine, i)));
		json_array_append_new(list, row);
	}
	return list;
}

void
daemon_status(struct daemon *d, json_t *doc)
{
	struct totals t = { 0 };
	json_t *sources = sources_json(d, &t);
	json_t *read = json_object(), *time = json_object(), *store = json_object();
	json_t *incidents = json_object();
	json_t *rules = json_object_get(doc, "rules");

	set_number(read, "bytes", t.bytes);
	set_number(read, "lines", t.lines);
	set_number(read, "records", t.records);
	set_number(read, "lag_bytes", t.lag);
	set_time(time, "watermark", engine_settled(d->engine));
	if (engine_settled(d->engine) != TIME_NONE)
		set(time, "watermark_s",
			json_real((double)engine_settled(d->engine) / TIME_S));
	set_time(time, "newest",
		store_meta_i64(d->conf.store, STR("complete_to"), TIME_NONE));
	set(incidents, "open", open_json(d->conf.store));
	set_number(store, "commits", d->commits);
	set_number(store, "commit_ms", (uint64_t)(d->commit_ns / TIME_MS));
	set(doc, "source_states", states_json(&t));
	set(doc, "losses", losses_json(d, &t));
	set(doc, "limits", limits_json(d));
	set(doc, "keys", keys_json(d));
	set(doc, "sources", sources);
	set(doc, "read", read);
	set(doc, "time", time);
	set(doc, "incidents", incidents);
	set(doc, "store", store);
	if (rules != NULL)
		set(rules, "rows", rules_json(d));
}

json_t *
daemon_not_ready(struct daemon *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n_intakes; i++) {
		struct intake_row row;
		size_t pos = 0;

		while (intake_row(d->intakes[i], &pos, &row)) {
			struct buf b;

			if (row.tail.error == 0)
				continue;
			buf_init(&b, 8192);
			buf_printf(&b, "cannot read %s: %s", row.tail.path_z,
				strerror(-row.tail.error));
			json_array_append_new(list, json_stringn(b.data, b.len));
			buf_fini(&b);
		}
	}
	return list;
}

void
daemon_summary(struct daemon *d, struct buf *out)
{
	struct totals t = { 0 };
	json_t *sources = sources_json(d, &t);
	json_t *open = open_json(d->conf.store);
	json_t *reasons = daemon_not_ready(d);
	json_int_t n = 0;
	size_t i;
	json_t *r;

	json_array_foreach(open, i, r)
	{
		n += json_integer_value(json_object_get(r, "n"));
	}
	buf_add_count(out, (int64_t)json_array_size(sources), "source");
	buf_add(out, STR(", "));
	buf_add_count(out, (int64_t)t.lag, "byte");
	buf_add(out, STR(" behind, "));
	buf_add_count(out, n, "incident");
	buf_add(out, STR(" open"));
	if (json_array_size(reasons) > 0)
		buf_printf(out, "; %s", json_string_value(json_array_get(reasons, 0)));
	json_decref(sources);
	json_decref(open);
	json_decref(reasons);
}
