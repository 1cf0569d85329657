/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datadog as a destination: first one log per finding, many to a request, then an event
 * per parcel. The logs are cheap and answer a search; an answered event ends a parcel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "output/credential.h"
#include "output/datadog.h"
#include "output/destination.h"

#define PARCELS_MAX 1000
#define LOGS_BYTES  ((size_t)4250000) /* of one request; 5,000,000 are refused */
#define LOGS_MAX    1000

enum { PART_LOGS = 1, PART_EVENT = 2 };

struct destination {
	const struct output_settings *conf;
	struct credential key;
	char key_z[sizeof("DD-API-KEY: ") + CREDENTIAL_MAX];
	struct request_header headers[3];
};

static int
datadog_open(const struct destination_conf *conf, struct destination **out)
{
	struct destination *d = calloc(1, sizeof(*d));
	struct str file = conf->output->api_key_file;
	int err;

	*out = NULL;
	if (d == NULL)
		return -ENOMEM;
	if (file.len == 0)
		file = STR("$CREDENTIALS_DIRECTORY/datadog-api-key");
	d->conf = conf->output;
	err = credential_read(file, conf->key_file_z, "API key", &d->key);
	if (err != 0) {
		free(d);
		return err;
	}
	(void)snprintf(d->key_z, sizeof(d->key_z), "DD-API-KEY: %s", d->key.text_z);
	d->headers[0] = (struct request_header){ d->key_z, true };
	d->headers[1] =
		(struct request_header){ "Content-Type: application/json", false };
	d->headers[2] = (struct request_header){ "Accept: application/json", false };
	*out = d;
	return 0;
}

static void
datadog_free(struct destination **pd)
{
	struct destination *d = *pd;

	*pd = NULL;
	if (d == NULL)
		return;
	explicit_bzero(d, sizeof(*d));
	free(d);
}

static struct request *
add(struct destination *d, struct requests *out, unsigned part, size_t from)
{
	struct request *r = requests_add(out, "POST");

	if (r == NULL)
		return NULL;
	r->headers = d->headers;
	r->n_headers = ARRAY_LEN(d->headers);
	r->part = part;
	r->from = from;
	r->to = from;
	return r;
}

/* Joins the arrays of single logs; begins a new request when one is full. */
struct joiner {
	struct destination *d;
	struct requests *out;
	struct request *r; /* the open one */
	size_t n;          /* logs in it */
};

static int
join(struct joiner *j, struct str url, struct str item, size_t parcel)
{
	if (j->r != NULL &&
		(j->n >= LOGS_MAX || j->r->body.len + item.len + 2 > LOGS_BYTES)) {
		buf_add_char(&j->r->body, ']');
		j->r = NULL;
	}
	if (j->r == NULL) {
		j->r = add(j->d, j->out, PART_LOGS, parcel);
		if (j->r == NULL)
			return -ENOMEM;
		j->r->gzip = true;
		j->n = 0;
		buf_add(&j->r->url, url);
	}
	buf_add_char(&j->r->body, j->n++ == 0 ? '[' : ',');
	buf_add(&j->r->body, item);
	j->r->to = parcel + 1;
	return buf_failed(&j->r->body) ? -ENOMEM : 0;
}

static int
add_logs(struct destination *d, const struct build *b, struct requests *out)
{
	struct joiner j = { .d = d, .out = out };
	struct buf url, body;
	int err = 0;

	buf_init(&url, REQUEST_URL_MAX);
	buf_init(&body, REQUEST_BODY_MAX);
	for (size_t p = 0; p < b->n && err == 0; p++) {
		for (size_t i = 0; i < b->parcels[p].n && err == 0; i++) {
			buf_reset(&url);
			buf_reset(&body);
			err = datadog_log(d->conf, b->parcels[p].findings[i].body,
				b->wall_ns, &url, &body);
			if (err == 0) /* without the brackets of its own array */
				err = join(&j, buf_str(&url),
					str_sub(buf_str(&body), 1, body.len - 2), p);
		}
	}
	if (j.r != NULL)
		buf_add_char(&j.r->body, ']');
	buf_fini(&url);
	buf_fini(&body);
	return err;
}

static int
add_events(struct destination *d, const struct build *b, struct requests *out)
{
	int err = 0;

	for (size_t p = 0; p < b->n && err == 0; p++) {
		struct request *r = add(d, out, PART_EVENT, p);

		if (r == NULL)
			return -ENOMEM;
		r->to = p + 1;
		err = datadog_event(d->conf, b->parcels[p].findings[0].body, b->wall_ns,
			&r->url, &r->body);
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
		err = add_events(d, b, out);
	return err;
}

static enum verdict
datadog_judge(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *why)
{
	(void)r;
	if (credential_is_in(&d->key, reply->body))
		buf_printf(why, "HTTP %ld (reply not shown: it repeats the key)",
			reply->status);
	return destination_judge_status(reply->status);
}

static int
datadog_probe(struct destination *d, struct requests *out)
{
	struct request *r = add(d, out, 0, 0);

	if (r == NULL)
		return -ENOMEM;
	r->method_z = "GET";
	datadog_url(d->conf, d->conf->api_url, "api", &r->url);
	buf_add(&r->url, STR("/api/v1/validate"));
	return 0;
}

const struct destination_type destination_datadog = { .name_z = "datadog",
	.max_parcels = PARCELS_MAX,
	.open = datadog_open,
	.free = datadog_free,
	.build = datadog_build,
	.judge = datadog_judge,
	.probe = datadog_probe };
