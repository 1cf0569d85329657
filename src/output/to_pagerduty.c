/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PagerDuty's Events API v2 (datadog.md §9.3): an incident triggers and resolves the same
 * alert, whose dedup_key is made of its id.
 */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "output/alertmanager.h"
#include "output/auth.h"
#include "output/body.h"
#include "output/destination.h"
#include "output/finding.h"
#include "output/note.h"
#include "output/weburl.h"

#define PARCELS_MAX 1000 /* findings; those of a group are one message */
#define ENQUEUE     "https://events.pagerduty.com/v2/enqueue"
#define DRY_KEY     "(not shown)"
#define SUMMARY_MAX ((size_t)1024)
#define NAME_MAX_B  ((size_t)255)
#define STORY_MAX   ((size_t)8000) /* all of the event: 512 KB are taken */

struct destination {
	struct weburl url;
	struct auth auth;
	struct credential key;
};

static int
pagerduty_init(struct destination *d, const struct destination_conf *conf)
{
	int err = weburl_open(&d->url, conf->output, conf->dry, STR(ENQUEUE));

	if (err == 0)
		err = auth_open(&d->auth, conf->output, conf->dry,
			"Content-Type: application/json");
	if (conf->dry)
		memcpy(d->key.text_z, DRY_KEY, sizeof(DRY_KEY));
	else if (err == 0)
		err = credential_read(
			conf->output->routing_key_file, NULL, "routing key", &d->key);
	return err;
}

static json_t *
details(const struct parcel *p)
{
	static const char *const names_z[] = { "rule", "level", "count", "first_at",
		"last_at", "remediation", "runbook" };
	static const char *const impact_z[] = { "orders", "customers", "amount_cents",
		"minutes" };
	static const struct note_form form = {
		.style = NOTE_PLAIN, .max = STORY_MAX, .no_title = true
	};
	const json_t *finding = p->findings[0].body;
	json_t *out = json_object();
	struct buf b;

	body_set(out, "incident", body_text(finding_id(finding), FINDING_ID_MAX));
	body_copy(out, finding, names_z, ARRAY_LEN(names_z), SUMMARY_MAX);
	body_copy(out, json_member(finding, "impact"), impact_z, ARRAY_LEN(impact_z),
		SUMMARY_MAX);
	if (p->is_group)
		body_set(out, "incidents", json_integer((json_int_t)p->n));
	buf_init(&b, 2 * STORY_MAX);
	note_write(p, &form, &b);
	body_set(out, "story", body_text_of(&b, STORY_MAX));
	buf_fini(&b);
	return out;
}

static void
add_name(json_t *to, const char *name_z, struct str value)
{
	if (value.len > 0)
		body_set(to, name_z, body_text(value, NAME_MAX_B));
}

/* The parcel's first of the highest severity says it. */
static const char *
severity_z(const struct parcel *p)
{
	const json_t *worst = p->findings[0].body;

	for (size_t i = 1; i < p->n; i++)
		if (finding_level(p->findings[i].body) > finding_level(worst))
			worst = p->findings[i].body;
	return alertmanager_severity_z(worst);
}

static json_t *
payload(const struct parcel *p, bool small)
{
	const json_t *finding = p->findings[0].body;
	struct str namespace = finding_label(finding, "namespace");
	int64_t at_ns = finding_at(finding);
	json_t *out = json_object();
	struct buf b;

	buf_init(&b, 2 * SUMMARY_MAX);
	note_title(p, SUMMARY_MAX, &b);
	if (b.len == 0)
		buf_add(&b, STR("incident"));
	body_set(out, "summary", body_text_of(&b, SUMMARY_MAX));
	buf_fini(&b);
	add_name(out, "source", namespace.len > 0 ? namespace : STR("gumshoe"));
	body_set(out, "severity", json_string(severity_z(p)));
	if (at_ns != TIME_NONE)
		body_set(out, "timestamp", body_time(at_ns, 3));
	add_name(out, "component", finding_label(finding, "service"));
	add_name(out, "group", namespace);
	add_name(out, "class", json_member_text(finding, "rule"));
	if (!small)
		body_set(out, "custom_details", details(p));
	return out;
}

static void
add_links(json_t *event, const json_t *finding)
{
	struct str runbook = json_member_text(finding, "runbook");
	json_t *link, *list;

	if (!str_starts(runbook, STR("https://")) && !str_starts(runbook, STR("http://")))
		return;
	link = json_object();
	list = json_array();
	body_set(link, "href", body_text(runbook, SUMMARY_MAX));
	body_set(link, "text", json_string("Runbook"));
	(void)json_array_append_new(list, link);
	body_set(event, "links", list);
}

static json_t *
make_event(const struct destination *d, const struct parcel *p, bool small)
{
	bool over = p->kind == FINDING_RESOLVED;
	json_t *out = json_object();

	body_set(out, "routing_key", json_string(d->key.text_z));
	body_set(out, "event_action", json_string(over ? "resolve" : "trigger"));
	body_set(out, "dedup_key",
		json_sprintf("gumshoe:%.*s", STR_ARG(body_cut(p->key, FINDING_ID_MAX))));
	if (over)
		return out;
	body_set(out, "client", json_string("Gumshoe"));
	body_set(out, "payload", payload(p, small));
	add_links(out, p->findings[0].body);
	return out;
}

static int
pagerduty_build(struct destination *d, const struct build *b, struct requests *out)
{
	int err = 0;

	for (size_t p = 0; p < b->n && err == 0; p++) {
		struct request *r = requests_add(out, "POST");

		if (r == NULL)
			return -ENOMEM;
		weburl_apply(&d->url, r);
		auth_apply(&d->auth, r);
		r->secret_z = d->key.text_z;
		r->from = p;
		r->to = p + 1;
		err = body_print(make_event(d, &b->parcels[p], b->small), &r->body);
	}
	return err;
}

/* A 400 that is no event's fault: every other one would be refused as well. */
static bool
is_of_key(struct str body)
{
	return str_find(body, STR("routing_key")) != SIZE_MAX ||
	       str_find(body, STR("outing key")) != SIZE_MAX;
}

static enum verdict
pagerduty_judge(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *why)
{
	bool of_key = reply->status == 400 && is_of_key(reply->body);

	(void)r;
	if (of_key)
		buf_printf(why, "HTTP 400: the routing key is not known: put that of an "
				"Events API v2 integration into routing_key_file");
	else if (credential_is_in(&d->key, reply->body))
		buf_printf(why, "HTTP %ld (reply not shown: it repeats the key)",
			reply->status);
	return of_key ? VERDICT_PAUSE : destination_judge_status(reply->status);
}

const struct destination_type destination_pagerduty = { .name_z = "pagerduty",
	.max_parcels = PARCELS_MAX,
	.size = sizeof(struct destination),
	.init = pagerduty_init,
	.build = pagerduty_build,
	.judge = pagerduty_judge };
