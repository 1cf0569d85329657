/* SPDX-License-Identifier: Apache-2.0 */
/* One look at the incidents; those that are told as a whole are read one by one. */
#include "pipeline/pulse.h"

#include "base/json.h"
#include "base/time.h"
#include "incident/report.h"
#include "rules/ruleset.h"

#define FINDINGS_MAX 1000
#define MONEY_MAX    100 /* reports that are read for what is at risk */
#define RECENT_NS    (15 * TIME_MIN)

struct maker {
	struct store *store;
	struct str destination;
	bool with_findings;
	int64_t wall_ns;
	json_t *ids;       /* of incidents that are told as a whole */
	json_t *open_ids;  /* of all that are open */
	json_t *incidents; /* counts */
};

static json_t *
text(struct str s)
{
	return json_stringn(s.ptr, s.len);
}

static struct str
namespace_of(const struct incident_row *row)
{
	for (size_t i = 0; i < row->n_key; i++)
		if (str_eq(row->key[i].name, STR("namespace")))
			return row->key[i].value;
	return STR("");
}

static void
count(struct maker *m, const struct incident_row *row)
{
	struct str name = namespace_of(row);
	json_t *found = NULL, *r;
	size_t i;

	json_array_foreach(m->incidents, i, r)
	{
		if (str_eq(json_member_text(r, "rule"), row->rule) &&
			str_eq(json_member_text(r, "namespace"), name))
			found = r;
	}
	if (found == NULL) {
		found = json_pack("{s:o,s:o,s:o,s:i}", "rule", text(row->rule), "level",
			text(level_names[row->level]), "namespace", text(name), "open",
			0);
		(void)json_array_append_new(m->incidents, found);
	}
	(void)json_object_set_new(
		found, "open", json_integer(json_i64(json_member(found, "open"), 0) + 1));
}

/* It was told, and is open or ended a moment ago. */
static bool
is_wanted(struct maker *m, const struct incident_row *row)
{
	enum finding_told told;

	if (!m->with_findings || json_array_size(m->ids) >= FINDINGS_MAX ||
		str_eq(row->state, STR("superseded")))
		return false;
	if (row->resolved_ns != TIME_NONE && row->resolved_ns < m->wall_ns - RECENT_NS)
		return false;
	(void)store_last_finding(m->store, m->destination, row->id, &told);
	return told == TOLD_OPEN || told == TOLD_ENDED;
}

static bool
look(struct maker *m)
{
	struct store_query *q = store_incidents(m->store, STR(""));
	struct incident_row row;
	bool good;

	while (q != NULL && store_next_incident(q, &row)) {
		bool open = str_eq(row.state, STR("open"));

		if (open)
			count(m, &row);
		if (open && json_array_size(m->open_ids) <= MONEY_MAX)
			(void)json_array_append_new(m->open_ids, text(row.id));
		if (is_wanted(m, &row))
			(void)json_array_append_new(m->ids, text(row.id));
	}
	good = q != NULL && !store_query_failed(q);
	if (q != NULL)
		store_query_free(&q);
	return good;
}

static json_t *
findings(struct maker *m)
{
	json_t *list = json_array();
	const json_t *id;
	size_t i;

	json_array_foreach(m->ids, i, id)
	{
		json_t *body = report_incident(m->store, json_text(id));
		bool over = json_member_text(body, "resolved_at").len > 0;
		enum finding_told told;

		if (body == NULL)
			continue;
		(void)json_object_set_new(
			body, "kind", json_string(over ? "resolved" : "opened"));
		(void)json_object_set_new(body, "seq",
			json_integer(store_last_finding(
				m->store, m->destination, json_text(id), &told)));
		(void)json_array_append_new(list, body);
	}
	return list;
}

/* -1: too many to add up. */
static int64_t
money(struct maker *m)
{
	const json_t *id;
	int64_t cents = 0;
	size_t i;

	if (json_array_size(m->open_ids) > MONEY_MAX)
		return -1;
	json_array_foreach(m->open_ids, i, id)
	{
		json_t *body = report_incident(m->store, json_text(id));

		cents += json_i64(
			json_member(json_member(body, "impact"), "amount_cents"), 0);
		json_decref(body);
	}
	return cents;
}

json_t *
pulse_make(struct store *s, struct str destination, bool with_findings,
	const struct tally *tally, uint64_t waiting, int64_t wall_ns)
{
	struct maker m = { .store = s,
		.destination = destination,
		.with_findings = with_findings,
		.wall_ns = wall_ns,
		.ids = json_array(),
		.open_ids = json_array(),
		.incidents = json_array() };
	json_t *doc = NULL, *numbers;
	int64_t cents;

	if (look(&m)) {
		cents = money(&m);
		numbers = json_pack("{s:O,s:I}", "incidents", m.incidents,
			"findings_waiting", (json_int_t)waiting);
		if (cents >= 0)
			(void)json_object_set_new(
				numbers, "money_at_risk_cents", json_integer(cents));
		if (tally != NULL)
			tally_add_to(tally, numbers);
		doc = json_pack("{s:o}", "numbers", numbers);
		if (with_findings)
			(void)json_object_set_new(doc, "findings", findings(&m));
	}
	json_decref(m.ids);
	json_decref(m.open_ids);
	json_decref(m.incidents);
	return doc;
}
