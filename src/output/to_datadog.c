/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datadog as a destination: first one log per finding, many to a request, then an event
 * per parcel, and an alert where there is an application key. The logs are cheap and
 * answer a search; an answered event ends a parcel.
 */
#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "base/log.h"
#include "output/credential.h"
#include "output/datadog.h"
#include "output/datadog_event.h"
#include "output/datadog_log.h"
#include "output/datadog_series.h"
#include "output/destination.h"
#include "output/links.h"

#define PARCELS_MAX 1000
#define LOGS_BYTES  ((size_t)4250000) /* of one request; 5,000,000 are refused */
#define LOGS_MAX    1000
#define LANES       8        /* events go one by one */
#define PERIOD_NS   TIME_MIN /* of numbers */
#define HEADERS     4

enum { PART_LOGS = 1, PART_EVENT = 2, PART_ALERT = 4, PART_SERIES = 8, PART_CHECK = 16 };

struct destination {
	const struct output_settings *conf;
	struct credential key, app_key; /* the second may be empty */
	char key_z[sizeof("DD-API-KEY: ") + CREDENTIAL_MAX];
	char app_key_z[sizeof("DD-APPLICATION-KEY: ") + CREDENTIAL_MAX];
	struct request_header headers[HEADERS]; /* the last: of alerts only */
	json_t *told, *tried; /* numbers: what was taken, and what is on its way */
};

static int
read_keys(struct destination *d, const struct destination_conf *conf)
{
	const struct output_settings *o = conf->output;
	struct str file = o->api_key_file;
	int err;

	if (file.len == 0)
		file = STR("$CREDENTIALS_DIRECTORY/datadog-api-key");
	err = credential_read(file, conf->key_file_z, "API key", &d->key);
	if (err == 0 && o->app_key_file.len > 0)
		err = credential_read(
			o->app_key_file, NULL, "application key", &d->app_key);
	return err;
}

static int
datadog_init(struct destination *d, const struct destination_conf *conf)
{
	int err = conf->dry ? 0 : read_keys(d, conf);

	if (err != 0)
		return err;
	d->conf = conf->output;
	if (d->conf->api_url.len == 0 && !datadog_knows_site(d->conf->site))
		log_warn("datadog", "%.*s: is no site of Datadog known here, used anyway",
			STR_ARG(d->conf->site));
	(void)snprintf(d->key_z, sizeof(d->key_z), "DD-API-KEY: %s", d->key.text_z);
	(void)snprintf(d->app_key_z, sizeof(d->app_key_z), "DD-APPLICATION-KEY: %s",
		d->app_key.text_z);
	d->headers[0] = (struct request_header){ d->key_z, true };
	d->headers[1] =
		(struct request_header){ "Content-Type: application/json", false };
	d->headers[2] = (struct request_header){ "Accept: application/json", false };
	d->headers[3] = (struct request_header){ d->app_key_z, true };
	return 0;
}

static void
datadog_fini(struct destination *d)
{
	json_decref(d->told);
	json_decref(d->tried);
}

/* A request of that part to that path; the caller fills in the body. */
static struct request *
add(struct destination *d, struct requests *out, unsigned part, const char *path_z)
{
	struct request *r = requests_add(out, "POST");

	if (r == NULL)
		return NULL;
	r->headers = d->headers;
	r->n_headers = part == PART_ALERT ? HEADERS : HEADERS - 1;
	r->part = part;
	if (part == PART_LOGS)
		datadog_url(d->conf, d->conf->logs_url, "http-intake.logs", &r->url);
	else if (part == PART_ALERT)
		datadog_url(
			d->conf, d->conf->event_url, "event-management-intake", &r->url);
	else
		datadog_url(d->conf, d->conf->api_url, "api", &r->url);
	buf_add(&r->url, str_z(path_z));
	return r;
}

/* Logs go into the open request; a new one begins when it is full. */
struct joiner {
	struct destination *d;
	struct requests *out;
	struct request *r; /* the open one */
	size_t n;          /* logs in it */
};

static void
finish(struct joiner *j)
{
	if (j->r != NULL)
		buf_add_char(&j->r->body, ']');
	j->r = NULL;
}

static int
join(struct joiner *j, struct str item, size_t parcel)
{
	if (j->r != NULL &&
		(j->n >= LOGS_MAX || j->r->body.len + item.len + 2 > LOGS_BYTES))
		finish(j);
	if (j->r == NULL) {
		j->r = add(j->d, j->out, PART_LOGS, "/api/v2/logs");
		if (j->r == NULL)
			return -ENOMEM;
		j->r->gzip = true;
		j->r->from = parcel;
		j->n = 0;
	}
	buf_add_char(&j->r->body, j->n++ == 0 ? '[' : ',');
	buf_add(&j->r->body, item);
	j->r->to = parcel + 1;
	return buf_failed(&j->r->body) ? -ENOMEM : 0;
}

static int
join_entries(struct joiner *j, const struct build *b, size_t parcel,
	const struct finding *f, struct buf *item)
{
	size_t n = json_array_size(json_member(f->body, "timeline"));
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++) {
		buf_reset(item);
		err = datadog_log_entry(j->d->conf, f, i, b->wall_ns, item);
		if (err == -ENOENT)
			err = 0;
		else if (err == 0)
			err = join(j, buf_str(item), parcel);
	}
	return err;
}

static int
join_parcel(struct joiner *j, const struct build *b, size_t parcel, struct buf *item)
{
	const struct parcel *p = &b->parcels[parcel];
	int err = 0;

	for (size_t i = 0; i < p->n && err == 0; i++) {
		buf_reset(item);
		err = datadog_log(j->d->conf, &p->findings[i], b->wall_ns, item);
		if (err == 0)
			err = join(j, buf_str(item), parcel);
		if (err == 0 && j->d->conf->timeline_logs && !b->small)
			err = join_entries(j, b, parcel, &p->findings[i], item);
	}
	return err;
}

static int
add_logs(struct destination *d, const struct build *b, struct requests *out)
{
	struct joiner j = { .d = d, .out = out };
	struct buf item;
	int err = 0;

	buf_init(&item, REQUEST_BODY_MAX);
	for (size_t p = 0; p < b->n && err == 0; p++)
		err = join_parcel(&j, b, p, &item);
	finish(&j);
	buf_fini(&item);
	return err;
}

static int
add_events(
	struct destination *d, const struct build *b, unsigned part, struct requests *out)
{
	int err = 0;

	for (size_t p = 0; p < b->n && err == 0; p++) {
		struct request *r = add(d, out, part,
			part == PART_ALERT ? "/api/v2/events" : "/api/v1/events");

		if (r == NULL)
			return -ENOMEM;
		r->from = p;
		r->to = p + 1;
		err = part == PART_ALERT ? datadog_alert(d->conf, &b->parcels[p],
						   b->wall_ns, &r->body)
					 : datadog_event(d->conf, &b->parcels[p],
						   b->wall_ns, &r->body);
	}
	return err;
}

static int
datadog_build(struct destination *d, const struct build *b, struct requests *out)
{
	int err = 0;

	if ((b->parts & PART_LOGS) != 0)
		err = add_logs(d, b, out);
	if (err == 0 && (b->parts & PART_EVENT) != 0)
		err = add_events(d, b, PART_EVENT, out);
	if (err == 0 && (b->parts & PART_ALERT) != 0 && d->app_key.text_z[0] != '\0')
		err = add_events(d, b, PART_ALERT, out);
	return err;
}

static bool
has_secret(const struct destination *d, struct str s)
{
	return credential_is_in(&d->key, s) ||
	       (d->app_key.text_z[0] != '\0' && credential_is_in(&d->app_key, s));
}

/* A 202 of metrics may say what it did not take: {"errors":["..."]}. */
static void
add_errors(struct str body, struct buf *why)
{
	json_t *v = NULL;
	size_t used;

	if (json_read(body, &v, &used) == JSON_OK &&
		json_array_size(json_member(v, "errors")) > 0) {
		buf_add(why, STR("accepted with errors: "));
		buf_add_visible(why, str_sub(body, 0, 300));
	}
	json_decref(v);
}

/* Totals that were not taken go with the next: a count twice after an answer that was
 * lost, rather than never. */
static void
keep_told(struct destination *d)
{
	if (d->tried == NULL)
		return;
	json_decref(d->told);
	d->told = d->tried;
	d->tried = NULL;
}

static enum verdict
datadog_judge(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *why)
{
	enum verdict v = destination_judge_status(reply->status);

	if (v == VERDICT_DONE && r->part == PART_SERIES)
		keep_told(d);
	if (has_secret(d, reply->body))
		buf_printf(why, "HTTP %ld (reply not shown: it repeats the key)",
			reply->status);
	else if (v == VERDICT_DONE && r->part == PART_SERIES)
		add_errors(reply->body, why);
	return v;
}

static bool
is_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!char_is_digit(s.ptr[i]))
			return false;
	return s.len > 0;
}

/* Of an event. Its numeric id is rounded: only id_str is right. */
static void
datadog_link(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *out)
{
	json_t *v = NULL;
	struct str id;
	size_t used;

	if (r->part == PART_EVENT && json_read(reply->body, &v, &used) == JSON_OK) {
		id = json_member_text(json_member(v, "event"), "id_str");
		if (is_digits(id)) {
			links_base(d->conf, out);
			buf_add(out, STR("/event/event?id="));
			buf_add(out, id);
		}
	}
	json_decref(v);
}

static int
datadog_probe(struct destination *d, struct requests *out)
{
	struct request *r = add(d, out, 0, "/api/v1/validate");

	if (r == NULL)
		return -ENOMEM;
	r->method_z = "GET";
	return 0;
}

static int64_t
datadog_period(const struct destination *d)
{
	return d->conf->metrics ? PERIOD_NS : 0;
}

static int
add_check(struct destination *d, const struct pulse *p, struct requests *out)
{
	struct request *r = add(d, out, PART_CHECK, "/api/v1/check_run");

	if (r == NULL)
		return -ENOMEM;
	return series_check(d->conf, 0, STR(""), p->wall_ns, &r->body);
}

static int
datadog_periodic(struct destination *d, const struct pulse *p, struct requests *out)
{
	json_t *since = d->conf->metrics && p->numbers != NULL
				? series_since(p->numbers, d->told)
				: NULL;
	const struct series_numbers n = { .numbers = since,
		.alive = p->alive,
		.at_ns = p->wall_ns,
		.interval_ns = PERIOD_NS };
	struct request *r = add(d, out, PART_SERIES, "/api/v2/series");

	if (r == NULL) {
		json_decref(since);
		return -ENOMEM;
	}
	r->gzip = true;
	if (!series_make(d->conf, &n, p->wall_ns, &r->body))
		requests_drop(out);
	if (since != NULL) {
		json_decref(d->tried);
		d->tried = json_deep_copy(p->numbers);
	}
	json_decref(since);
	return p->alive ? add_check(d, p, out) : 0;
}

const struct destination_type destination_datadog = { .name_z = "datadog",
	.max_parcels = PARCELS_MAX,
	.lanes = LANES,
	.size = sizeof(struct destination),
	.init = datadog_init,
	.fini = datadog_fini,
	.build = datadog_build,
	.judge = datadog_judge,
	.link = datadog_link,
	.probe = datadog_probe,
	.period_ns = datadog_period,
	.always_alive = true,
	.periodic = datadog_periodic };
