/* SPDX-License-Identifier: Apache-2.0 */
#include "web/metrics.h"

#include <math.h>

#include "base/compiler.h"
#include "base/json.h"

/* One metric: a number of the document, or one per row of a list. */
struct metric {
	const char *name_z, *type_z, *help_z;
	const char *list_z;     /* dotted path of the list; NULL: one sample */
	const char *value_z;    /* dotted path in the row or the document */
	const char *label_z[2]; /* members of the row that become labels of that name */
	double scale;           /* what the number is multiplied by; 0: 1 */
};

static const struct metric metrics[] = {
	{ "gumshoe_up_seconds", "gauge", "Seconds since the start.", NULL, "uptime_s",
		{ NULL, NULL }, 0 },
	{ "gumshoe_ready", "gauge",
		"1 when every input can be read and the store written.", NULL, "ready",
		{ NULL, NULL }, 0 },
	{ "gumshoe_rules_generation", "gauge", "Grows with each reload of the rules.",
		NULL, "rules.generation", { NULL, NULL }, 0 },
	{ "gumshoe_rule_matches_total", "counter", "Matches of each rule.", "rules.rows",
		"matches", { "rule", NULL }, 0 },
	{ "gumshoe_rule_records_total", "counter",
		"Records that each rule was asked about.", "rules.rows", "records",
		{ "rule", NULL }, 0 },
	{ "gumshoe_rule_slow_steps_total", "counter",
		"Steps of each rule's regexes beyond what is anybody's due.",
		"rules.rows", "slow_steps", { "rule", NULL }, 0 },
	{ "gumshoe_rule_off", "gauge", "1 when a rule was switched off for its cost.",
		"rules.rows", "off", { "rule", NULL }, 0 },
	{ "gumshoe_bytes_read_total", "counter", "Bytes read from all sources.", NULL,
		"read.bytes", { NULL, NULL }, 0 },
	{ "gumshoe_lines_read_total", "counter", "Lines read from all sources.", NULL,
		"read.lines", { NULL, NULL }, 0 },
	{ "gumshoe_records_total", "counter", "Records that were looked at.", NULL,
		"read.records", { NULL, NULL }, 0 },
	{ "gumshoe_sources", "gauge", "Sources by what they do now.", "source_states",
		"n", { "state", NULL }, 0 },
	{ "gumshoe_lag_bytes", "gauge", "Bytes that are written and not yet read.", NULL,
		"read.lag_bytes", { NULL, NULL }, 0 },
	{ "gumshoe_watermark_timestamp_seconds", "gauge",
		"Event time up to which results are settled.", NULL, "time.watermark_s",
		{ NULL, NULL }, 0 },
	{ "gumshoe_incidents_open", "gauge", "Open incidents by rule.", "incidents.open",
		"n", { "rule", "level" }, 0 },
	{ "gumshoe_incidents_total", "counter", "Incidents opened since the start.", NULL,
		"incidents.opened", { NULL, NULL }, 0 },
	{ "gumshoe_outbox_findings", "gauge", "Findings that wait to be sent.", "outbox",
		"waiting", { "destination", NULL }, 0 },
	{ "gumshoe_findings_sent_total", "counter", "Findings sent.", "outbox", "sent",
		{ "destination", NULL }, 0 },
	{ "gumshoe_findings_failed_total", "counter", "Attempts to send that failed.",
		"outbox", "failed", { "destination", NULL }, 0 },
	{ "gumshoe_findings_muted_total", "counter",
		"Openings taken back before they were sent: another incident explains "
		"them.",
		"outbox", "muted", { "destination", NULL }, 0 },
	{ "gumshoe_findings_rejected_total", "counter",
		"Findings a destination refused for good: set aside.", "outbox",
		"rejected", { "destination", NULL }, 0 },
	{ "gumshoe_findings_stuck_total", "counter",
		"Findings that failed again and again while others were taken: set "
		"aside.",
		"outbox", "stuck", { "destination", NULL }, 0 },
	{ "gumshoe_requests_partial_total", "counter",
		"Requests of which a destination took a part only.", "outbox", "partial",
		{ "destination", NULL }, 0 },
	{ "gumshoe_findings_dropped_total", "counter",
		"Findings given up: too old, or more than may wait.", "outbox", "dropped",
		{ "destination", NULL }, 0 },
	{ "gumshoe_outbox_oldest_seconds", "gauge",
		"For how long the oldest finding has waited.", "outbox", "oldest_s",
		{ "destination", NULL }, 0 },
	{ "gumshoe_destination_up", "gauge",
		"1 unless the last try failed or the destination is paused.", "outbox",
		"up", { "destination", NULL }, 0 },
	{ "gumshoe_lost_total", "counter", "What could not be kept, by reason.", "losses",
		"n", { "reason", NULL }, 0 },
	{ "gumshoe_keys_on_disk", "gauge",
		"Keys of windows that found no room in memory.", NULL, "keys.on_disk",
		{ NULL, NULL }, 0 },
	{ "gumshoe_keys_spilled_total", "counter", "Keys moved to disk.", NULL,
		"keys.spilled", { NULL, NULL }, 0 },
	{ "gumshoe_keys_read_back_total", "counter", "Keys that came back from disk.",
		NULL, "keys.read_back", { NULL, NULL }, 0 },
	{ "gumshoe_table_entries", "gauge", "Entries of each bounded table.", "limits",
		"now", { "table", NULL }, 0 },
	{ "gumshoe_table_limit", "gauge", "Limit of each bounded table.", "limits",
		"limit", { "table", NULL }, 0 },
	{ "gumshoe_commits_total", "counter", "Transactions committed.", NULL,
		"store.commits", { NULL, NULL }, 0 },
	{ "gumshoe_commit_seconds_total", "counter", "Time spent in commits.", NULL,
		"store.commit_ms", { NULL, NULL }, 1e-3 },
	{ "gumshoe_store_bytes", "gauge", "Size of the store's file.", NULL,
		"store.bytes", { NULL, NULL }, 0 },
};

/* Label values escape backslash, quote and newline, nothing else. */
static void
add_label_value(struct buf *out, struct str v)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < v.len; i++) {
		if (v.ptr[i] == '\\' || v.ptr[i] == '"')
			buf_add_char(out, '\\');
		if (v.ptr[i] == '\n')
			buf_add(out, STR("\\n"));
		else
			buf_add_char(out, v.ptr[i]);
	}
	buf_add_char(out, '"');
}

static void
add_labels(struct buf *out, const struct metric *m, const json_t *row)
{
	for (size_t i = 0; i < ARRAY_LEN(m->label_z); i++) {
		if (m->label_z[i] == NULL)
			continue;
		buf_printf(out, "%s%s=", i == 0 ? "{" : ",", m->label_z[i]);
		add_label_value(out, json_member_text(row, m->label_z[i]));
	}
	if (m->label_z[0] != NULL)
		buf_add_char(out, '}');
}

static void
add_sample(struct buf *out, const struct metric *m, const json_t *row)
{
	const json_t *v = json_at(row, str_z(m->value_z));
	double n = json_is_boolean(v) ? (json_is_true(v) ? 1 : 0) : json_number_value(v);

	if (!json_is_number(v) && !json_is_boolean(v))
		return;
	n *= m->scale != 0 ? m->scale : 1;
	buf_add(out, str_z(m->name_z));
	add_labels(out, m, row);
	if (n == floor(n) && fabs(n) < 9e15)
		buf_printf(out, " %.0f\n", n);
	else
		buf_printf(out, " %.9g\n", n);
}

void
metrics_write(const json_t *doc, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
		const struct metric *m = &metrics[i];
		const json_t *list, *row;
		size_t k;

		buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name_z, m->help_z,
			m->name_z, m->type_z);
		if (m->list_z == NULL) {
			add_sample(out, m, doc);
			continue;
		}
		list = json_at(doc, str_z(m->list_z));
		json_array_foreach(list, k, row)
		{
			add_sample(out, m, row);
		}
	}
}
