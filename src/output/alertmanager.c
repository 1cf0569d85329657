/* SPDX-License-Identifier: Apache-2.0 */
#include "output/alertmanager.h"

#include <inttypes.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/time.h"
#include "output/body.h"
#include "output/datadog.h"
#include "output/finding.h"
#include "output/note.h"
#include "rules/ruleset.h"

#define LABEL_MAX   ((size_t)500)
#define LABELS_MAX  ((size_t)20)
#define SUMMARY_MAX ((size_t)500)
#define STORY_MAX   ((size_t)3500)
#define ALERTS_MAX  ((size_t)100) /* in one webhook */
#define NEVER_ENDED "0001-01-01T00:00:00Z"

const char *
alertmanager_severity_z(const json_t *finding)
{
	static const char *const names_z[] = { [LEVEL_NONE] = "info",
		[LEVEL_INFORMATIONAL] = "info",
		[LEVEL_LOW] = "info",
		[LEVEL_MEDIUM] = "warning",
		[LEVEL_HIGH] = "error",
		[LEVEL_CRITICAL] = "critical" };

	return names_z[finding_level(finding)];
}

/* "payment_outage" -> "GumshoePaymentOutage" */
static json_t *
alert_name(struct str rule)
{
	struct buf b;
	json_t *out;
	bool upper = true;

	buf_init(&b, 2 * LABEL_MAX);
	buf_add(&b, STR("Gumshoe"));
	rule = str_sub(rule, 0, LABEL_MAX);
	for (size_t i = 0; i < rule.len; i++) {
		char c = rule.ptr[i];

		if (!char_is_alnum(c)) {
			upper = true;
			continue;
		}
		buf_add_char(
			&b, upper && c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c);
		upper = false;
	}
	out = body_text_of(&b, 2 * LABEL_MAX);
	buf_fini(&b);
	return out;
}

/* An empty value would be dropped by the receiver. */
static void
add_label(json_t *labels, const char *name_z, struct str value)
{
	if (value.len > 0 && json_object_size(labels) < LABELS_MAX)
		body_set(labels, name_z, body_text(value, LABEL_MAX));
}

/* A field of the key under a name that old servers take; one of ours stands. */
static void
add_key(json_t *labels, struct str name, struct str value)
{
	struct buf b;

	buf_init(&b, 256);
	if (name.len > 0 && char_is_digit(name.ptr[0]))
		buf_add_char(&b, '_');
	name = str_sub(name, 0, 100);
	for (size_t i = 0; i < name.len; i++)
		buf_add_char(&b, char_is_alnum(name.ptr[i]) ? name.ptr[i] : '_');
	if (buf_z(&b) != NULL && json_object_get(labels, buf_z(&b)) == NULL)
		add_label(labels, buf_z(&b), value);
	buf_fini(&b);
}

static json_t *
make_labels(const json_t *finding)
{
	json_t *key = json_member(finding, "key");
	json_t *labels = json_object();

	body_set(labels, "alertname", alert_name(json_member_text(finding, "rule")));
	body_set(labels, "severity", json_string(alertmanager_severity_z(finding)));
	add_label(labels, "level", json_member_text(finding, "level"));
	add_label(labels, "rule", json_member_text(finding, "rule"));
	add_label(labels, "incident", finding_id(finding));
	for (void *i = json_object_iter(key); i != NULL;
		i = json_object_iter_next(key, i))
		add_key(labels, str_z(json_object_iter_key(i)),
			json_text(json_object_iter_value(i)));
	return labels;
}

static bool
is_url(struct str s)
{
	return str_starts(s, STR("https://")) || str_starts(s, STR("http://"));
}

static json_t *
make_annotations(const struct finding *f)
{
	static const struct note_form story = {
		.style = NOTE_PLAIN, .max = STORY_MAX, .no_title = true
	};
	const struct parcel p = {
		.key = f->id, .kind = f->kind, .findings = f, .n = 1, .open = 1
	};
	struct str runbook = json_member_text(f->body, "runbook");
	json_t *notes = json_object();
	struct buf b;

	buf_init(&b, 2 * STORY_MAX);
	note_title(&p, SUMMARY_MAX, &b);
	body_set(notes, "summary", body_text_of(&b, SUMMARY_MAX));
	buf_reset(&b);
	note_write(&p, &story, &b);
	body_set(notes, "description", body_text_of(&b, STORY_MAX));
	buf_fini(&b);
	if (runbook.len > 0)
		body_set(notes, is_url(runbook) ? "runbook_url" : "runbook",
			body_text(runbook, SUMMARY_MAX));
	return notes;
}

json_t *
alertmanager_alert(const struct finding *f, int64_t wall_ns, int64_t lasts_ns)
{
	int64_t starts_ns = finding_time(f->body, "first_at");
	bool over = f->kind == FINDING_RESOLVED;
	json_t *alert = json_object();

	if (starts_ns == TIME_NONE || starts_ns > wall_ns)
		starts_ns = wall_ns;
	body_set(alert, "labels", make_labels(f->body));
	body_set(alert, "annotations", make_annotations(f));
	body_set(alert, "startsAt", body_time(starts_ns, 3));
	body_set(alert, "endsAt", body_time(over ? wall_ns : wall_ns + lasts_ns, 3));
	return alert;
}

static json_t *
fingerprint(const json_t *labels)
{
	struct buf b;
	json_t *out;

	buf_init(&b, (size_t)1 << 20);
	if (body_print(json_deep_copy(labels), &b) != 0)
		buf_reset(&b);
	out = json_sprintf("%016" PRIx64, hash_stable(buf_str(&b)));
	buf_fini(&b);
	return out;
}

json_t *
alertmanager_heartbeat(
	const struct output_settings *conf, int64_t since_ns, int64_t until_ns)
{
	json_t *labels = json_object();
	json_t *notes = json_object();
	json_t *alert = json_object();

	body_set(labels, "alertname", json_string("GumshoeHeartbeat"));
	body_set(labels, "severity", json_string("none"));
	body_set(labels, "host", datadog_host(conf));
	body_set(notes, "summary",
		json_string("Gumshoe is running: this alert always fires, its absence "
			    "is the problem"));
	body_set(alert, "labels", labels);
	body_set(alert, "annotations", notes);
	body_set(alert, "startsAt", body_time(since_ns, 3));
	body_set(alert, "endsAt", body_time(until_ns, 3));
	return alert;
}

/* What a webhook is told beside; takes alert over. */
static json_t *
webhook_alert(json_t *alert, bool over)
{
	if (!over)
		body_set(alert, "endsAt", json_string(NEVER_ENDED));
	body_set(alert, "status", json_string(over ? "resolved" : "firing"));
	body_set(alert, "generatorURL", json_string(""));
	body_set(alert, "fingerprint", fingerprint(json_member(alert, "labels")));
	return alert;
}

/* What all alerts have under the same name. */
static json_t *
common(const json_t *alerts, const char *member_z)
{
	json_t *all = json_deep_copy(json_member(json_array_get(alerts, 0), member_z));
	const char *name_z;
	json_t *value;
	void *next;

	for (size_t i = 1; i < json_array_size(alerts); i++) {
		const json_t *other = json_member(json_array_get(alerts, i), member_z);

		json_object_foreach_safe(all, next, name_z, value)
		{
			if (!json_equal(value, json_object_get(other, name_z)))
				(void)json_object_del(all, name_z);
		}
	}
	return all;
}

/* Takes alerts and key over; left_out: alerts more. */
static json_t *
webhook(json_t *alerts, json_t *key, size_t left_out, bool over, struct str receiver)
{
	json_t *out = json_object();

	body_set(out, "version", json_string("4"));
	body_set(out, "groupKey", key);
	body_set(out, "truncatedAlerts", json_integer((json_int_t)left_out));
	body_set(out, "status", json_string(over ? "resolved" : "firing"));
	body_set(out, "receiver", body_text(receiver, LABEL_MAX));
	body_set(out, "groupLabels", json_object());
	body_set(out, "commonLabels", common(alerts, "labels"));
	body_set(out, "commonAnnotations", common(alerts, "annotations"));
	body_set(out, "externalURL", json_string(""));
	body_set(out, "alerts", alerts);
	return out;
}

json_t *
alertmanager_webhook(const struct parcel *p, struct str receiver, int64_t wall_ns)
{
	json_t *alerts = json_array();
	json_t *key = json_sprintf(
		"{}:{incident=\"%.*s\"}", STR_ARG(body_cut(p->key, FINDING_ID_MAX)));
	size_t n = p->n < ALERTS_MAX ? p->n : ALERTS_MAX;

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(alerts,
			webhook_alert(alertmanager_alert(&p->findings[i], wall_ns, 0),
				p->findings[i].kind == FINDING_RESOLVED));
	return webhook(alerts, key, p->n - n, p->kind == FINDING_RESOLVED, receiver);
}

json_t *
alertmanager_webhook_heartbeat(const struct output_settings *conf, int64_t since_ns)
{
	json_t *alerts = json_array();
	json_t *alert = alertmanager_heartbeat(conf, since_ns, since_ns);

	(void)json_array_append_new(alerts, webhook_alert(alert, false));
	return webhook(alerts, json_string("{}:{alertname=\"GumshoeHeartbeat\"}"), 0,
		false, conf->name);
}
