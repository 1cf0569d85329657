/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any web service: the JSON that Alertmanager posts to its own webhooks, or structured
 * CloudEvents 1.0 (datadog.md §9.4). One request per parcel; what is sent again keeps its
 * id.
 */
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/time.h"
#include "output/alertmanager.h"
#include "output/auth.h"
#include "output/body.h"
#include "output/datadog.h"
#include "output/destination.h"
#include "output/finding.h"
#include "output/weburl.h"

#define PARCELS_MAX 1000 /* findings; those of a group are one message */
#define LANES       4
#define DATA_MAX    ((size_t)60000) /* 64 KiB are passed on by everybody */
#define DATA_GROUP  ((size_t)30000) /* beside the ids of the others */
#define DATA_SMALL  ((size_t)8000)
#define IDS_MAX     ((size_t)500) /* of a group, listed */

struct destination {
	const struct output_settings *conf;
	struct weburl url;
	struct auth auth;
	char source_z[300]; /* URI reference */
	int64_t alive_ns;   /* wall: the first sign of life; 0: none yet */
};

static int
webhook_init(struct destination *d, const struct destination_conf *conf)
{
	bool events = conf->output->body == WEBHOOK_CLOUDEVENTS;
	char host_z[256] = "";
	int err;

	d->conf = conf->output;
	if (gethostname(host_z, sizeof(host_z) - 1) != 0)
		host_z[0] = '\0';
	(void)snprintf(d->source_z, sizeof(d->source_z), "/gumshoe/%s", host_z);
	err = weburl_open(&d->url, conf->output, conf->dry, STR(""));
	return err != 0 ? err
			: auth_open(&d->auth, conf->output, conf->dry,
				  events ? "Content-Type: application/cloudevents+json; "
					   "charset=UTF-8"
					 : "Content-Type: application/json");
}

static json_t *
event_data(const struct parcel *p, bool small)
{
	size_t max = p->is_group ? DATA_GROUP : DATA_MAX;
	json_t *first = finding_small(p->findings[0].body, small ? DATA_SMALL : max);
	json_t *data, *ids;

	if (!p->is_group)
		return first;
	data = json_object();
	ids = json_array();
	for (size_t i = 0; i < p->n && i < IDS_MAX; i++)
		(void)json_array_append_new(ids, body_text(p->findings[i].id, 64));
	body_set(data, "group", body_text(p->key, 64));
	body_set(data, "incidents", json_integer((json_int_t)p->n));
	body_set(data, "open", json_integer((json_int_t)p->open));
	body_set(data, "ids", ids);
	body_set(data, "first", first);
	return data;
}

/* "io.gumshoe.finding.opened.v1" */
static json_t *
event_type(const struct parcel *p)
{
	const char *kind_z = "updated";

	if (p->kind == FINDING_OPENED)
		kind_z = "opened";
	else if (p->kind == FINDING_RESOLVED)
		kind_z = "resolved";
	return json_sprintf(
		"io.gumshoe.%s.%s.v1", p->is_group ? "group" : "finding", kind_z);
}

/* "sock-shop/orders", as much of it as is known; NULL: nothing is. */
static json_t *
event_subject(const json_t *finding)
{
	struct str namespace = body_cut(finding_label(finding, "namespace"), 100);
	struct str service = body_cut(finding_label(finding, "service"), 100);

	if (namespace.len + service.len == 0)
		return NULL;
	return json_sprintf("%.*s%s%.*s", STR_ARG(namespace),
		namespace.len > 0 && service.len > 0 ? "/" : "", STR_ARG(service));
}

static json_t *
cloud_event(const struct destination *d, const struct parcel *p, bool small)
{
	const struct finding *last = &p->findings[p->n - 1];
	int64_t at_ns = finding_at(p->findings[0].body);
	json_t *subject = event_subject(p->findings[0].body);
	json_t *e = json_object();

	body_set(e, "specversion", json_string("1.0"));
	body_set(e, "id",
		p->is_group ? json_sprintf("%.*s-%.*s-%" PRId64, STR_ARG(p->key),
				      STR_ARG(body_cut(last->id, 64)), last->seq)
			    : json_sprintf("%.*s-%" PRId64, STR_ARG(p->key), last->seq));
	body_set(e, "source", json_string(d->source_z));
	body_set(e, "type", event_type(p));
	if (at_ns != TIME_NONE)
		body_set(e, "time", body_time(at_ns, 3));
	if (subject != NULL)
		body_set(e, "subject", subject);
	body_set(e, "datacontenttype", json_string("application/json"));
	body_set(e, "data", event_data(p, small));
	return e;
}

static json_t *
heartbeat_event(const struct destination *d, int64_t wall_ns)
{
	json_t *e = json_object();
	json_t *data = json_object();

	body_set(data, "kind", json_string("heartbeat"));
	body_set(data, "host", datadog_host(d->conf));
	body_set(e, "specversion", json_string("1.0"));
	body_set(e, "id", json_sprintf("heartbeat-%" PRId64, wall_ns));
	body_set(e, "source", json_string(d->source_z));
	body_set(e, "type", json_string("io.gumshoe.heartbeat.v1"));
	body_set(e, "time", body_time(wall_ns, 3));
	body_set(e, "datacontenttype", json_string("application/json"));
	body_set(e, "data", data);
	return e;
}

/* A request of no parcel; NULL: out of memory. */
static struct request *
add(struct destination *d, struct requests *out)
{
	struct request *r = requests_add(out, "POST");

	if (r == NULL)
		return NULL;
	weburl_apply(&d->url, r);
	auth_apply(&d->auth, r);
	return r;
}

static int
webhook_periodic(struct destination *d, const struct pulse *p, struct requests *out)
{
	struct request *r = add(d, out);

	if (r == NULL)
		return -ENOMEM;
	if (d->alive_ns == 0)
		d->alive_ns = p->wall_ns;
	return body_print(d->conf->body == WEBHOOK_CLOUDEVENTS
				  ? heartbeat_event(d, p->wall_ns)
				  : alertmanager_webhook_heartbeat(d->conf, d->alive_ns),
		&r->body);
}

static int
webhook_build(struct destination *d, const struct build *b, struct requests *out)
{
	int err = 0;

	for (size_t p = 0; p < b->n && err == 0; p++) {
		struct request *r = add(d, out);
		const struct parcel *one = &b->parcels[p];

		if (r == NULL)
			return -ENOMEM;
		r->from = p;
		r->to = p + 1;
		err = body_print(
			d->conf->body == WEBHOOK_CLOUDEVENTS
				? cloud_event(d, one, b->small)
				: alertmanager_webhook(one, d->conf->name, b->wall_ns),
			&r->body);
	}
	return err;
}

static enum verdict
webhook_judge(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *why)
{
	(void)r;
	if (reply->status == 410) /* CloudEvents' webhooks: stop */
		return VERDICT_STOP;
	if (auth_is_in(&d->auth, reply->body) || weburl_is_in(&d->url, reply->body))
		buf_printf(why, "HTTP %ld (reply not shown: it repeats the secret)",
			reply->status);
	return destination_judge_status(reply->status);
}

const struct destination_type destination_webhook = { .name_z = "webhook",
	.max_parcels = PARCELS_MAX,
	.lanes = LANES,
	.size = sizeof(struct destination),
	.init = webhook_init,
	.build = webhook_build,
	.judge = webhook_judge,
	.periodic = webhook_periodic };
