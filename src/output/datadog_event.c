/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only the keys that v1 events knows are sent: it refuses others. The host is given only
 * where the settings name one, as Datadog adds all tags of a host.
 */
#include "output/datadog_event.h"

#include "base/json.h"
#include "output/body.h"
#include "output/datadog.h"
#include "output/finding.h"
#include "output/links.h"
#include "output/note.h"
#include "output/tags.h"

#define TEXT_MAX    ((size_t)4000)
#define HOST_MAX    ((size_t)255)
#define NAME_MAX_B  ((size_t)300)
#define RUNBOOK_MAX ((size_t)2048)

static json_t *
note(const struct output_settings *conf, const struct parcel *p, enum note_style style)
{
	const struct note_form form = { .style = style, .max = TEXT_MAX, .links = conf };
	struct buf b;
	json_t *out;

	buf_init(&b, 2 * TEXT_MAX);
	note_write(p, &form, &b);
	out = body_text_of(&b, TEXT_MAX);
	buf_fini(&b);
	return out;
}

int
datadog_event(const struct output_settings *conf, const struct parcel *p, int64_t wall_ns,
	struct buf *body)
{
	const struct datadog_level *level = datadog_level(p->findings, p->n, p->kind);
	int64_t at_ns = finding_at(p->findings[0].body);
	json_t *e = json_object();

	body_set(e, "title", datadog_title(p));
	body_set(e, "text", note(conf, p, NOTE_DATADOG));
	if (datadog_may_say(at_ns, wall_ns))
		body_set(e, "date_happened", json_integer(at_ns / TIME_S));
	body_set(e, "priority", json_string(level->priority_z));
	body_set(e, "alert_type", json_string(level->alert_z));
	body_set(e, "aggregation_key", datadog_key(p));
	if (conf->hostname.len > 0)
		body_set(e, "host", body_text(conf->hostname, HOST_MAX));
	body_set(e, "tags", tags_make(conf, p->findings, p->n, TAGS_SUBJECT));
	return body_print(e, body);
}

static void
add_link(json_t *list, const char *category_z, const char *title_z, struct str url)
{
	json_t *link = json_object();

	body_set(link, "category", json_string(category_z));
	body_set(link, "title", json_string(title_z));
	body_set(link, "url", body_text(url, LINK_MAX));
	(void)json_array_append_new(list, link);
}

static json_t *
alert_links(const struct output_settings *conf, const json_t *finding)
{
	struct str runbook = json_member_text(finding, "runbook");
	json_t *list = json_array();
	struct buf url;

	buf_init(&url, 2 * LINK_MAX);
	for (int i = 0; i < LINK_KINDS; i++) {
		buf_reset(&url);
		if (links_make(conf, finding, (enum link_kind)i, &url))
			add_link(list, "resource", link_names_z[i], buf_str(&url));
	}
	buf_fini(&url);
	if (runbook.len <= RUNBOOK_MAX && (str_starts(runbook, STR("https://")) ||
						  str_starts(runbook, STR("http://"))))
		add_link(list, "runbook", "Runbook", runbook);
	return list;
}

/* Numbers and names only: at most a few members, two levels deep. */
static json_t *
alert_custom(const struct parcel *p)
{
	static const char *const names_z[] = { "rule", "level", "count", "first_at",
		"last_at", "opened_at", "resolved_at" };
	static const char *const impact_z[] = { "orders", "customers", "amount_cents",
		"minutes" };
	const struct finding *f = &p->findings[0];
	json_t *custom = json_object();
	json_t *own = json_object();

	body_set(own, "finding_id", body_text(finding_id(f->body), FINDING_ID_MAX));
	body_set(own, "seq", json_integer(f->seq));
	body_copy(own, f->body, names_z, ARRAY_LEN(names_z), NAME_MAX_B);
	body_copy(own, json_member(f->body, "impact"), impact_z, ARRAY_LEN(impact_z),
		NAME_MAX_B);
	if (p->is_group)
		body_set(own, "incidents", json_integer((json_int_t)p->n));
	body_set(custom, "gumshoe", own);
	return custom;
}

static json_t *
alert_attributes(const struct output_settings *conf, const struct parcel *p)
{
	const struct datadog_level *level = datadog_level(p->findings, p->n, p->kind);
	json_t *a = json_object();

	body_set(a, "status", json_string(level->alert2_z));
	body_set(a, "priority", json_string(level->urgency_z));
	body_set(a, "links", alert_links(conf, p->findings[0].body));
	body_set(a, "custom", alert_custom(p));
	return a;
}

int
datadog_alert(const struct output_settings *conf, const struct parcel *p, int64_t wall_ns,
	struct buf *body)
{
	int64_t at_ns = finding_at(p->findings[0].body);
	json_t *root = json_object();
	json_t *data = json_object();
	json_t *a = json_object();

	body_set(a, "category", json_string("alert"));
	body_set(a, "title", datadog_title(p));
	body_set(a, "message", note(conf, p, NOTE_PLAIN));
	if (datadog_may_say(at_ns, wall_ns))
		body_set(a, "timestamp", body_time(at_ns, 3));
	body_set(a, "aggregation_key", datadog_key(p));
	if (conf->hostname.len > 0)
		body_set(a, "host", body_text(conf->hostname, HOST_MAX));
	body_set(a, "tags", tags_make(conf, p->findings, p->n, TAGS_SUBJECT));
	body_set(a, "attributes", alert_attributes(conf, p));
	body_set(data, "type", json_string("event"));
	body_set(data, "attributes", a);
	body_set(root, "data", data);
	return body_print(root, body);
}
