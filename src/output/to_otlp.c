/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receiver of OTLP/HTTP: a log record per finding, many to a request (datadog.md §9.5).
 */
#include <errno.h>

#include "base/json.h"
#include "output/auth.h"
#include "output/destination.h"
#include "output/otlp.h"

#define PARCELS_MAX  500
#define BODY_MAX     ((size_t)4 << 20)
#define RECORD_MAX   ((size_t)16000) /* of a finding, before it is wrapped */
#define RECORD_SMALL ((size_t)2048)

struct destination {
	const struct output_settings *conf;
	struct auth auth;
};

static int
otlp_init(struct destination *d, const struct destination_conf *conf)
{
	d->conf = conf->output;
	return auth_open(
		&d->auth, conf->output, conf->dry, "Content-Type: application/json");
}

/* An endpoint without a path has its logs under /v1/logs. */
static void
add_path(struct buf *url)
{
	struct str s = buf_str(url);
	size_t host = str_find(s, STR("://"));
	struct str rest = str_sub(s, host == SIZE_MAX ? 0 : host + 3, s.len);
	size_t slash = str_find_char(rest, '/');

	if (slash == SIZE_MAX)
		buf_add(url, STR("/v1/logs"));
	else if (slash + 1 == rest.len)
		buf_add(url, STR("v1/logs"));
}

static struct request *
begin(struct destination *d, struct requests *out, size_t from)
{
	struct request *r = requests_add(out, "POST");

	if (r == NULL)
		return NULL;
	buf_add(&r->url, d->conf->url);
	add_path(&r->url);
	auth_apply(&d->auth, r);
	r->gzip = true;
	r->from = from;
	otlp_begin(d->conf, &r->body);
	return r;
}

/* *r is the open request, if any; a new one begins when it is full. */
static int
add_finding(struct destination *d, const struct build *b, size_t parcel,
	const struct finding *f, struct request **r, struct requests *out)
{
	if (*r != NULL && (*r)->body.len > BODY_MAX) {
		otlp_end(&(*r)->body);
		*r = NULL;
	}
	if (*r != NULL)
		buf_add_char(&(*r)->body, ',');
	else
		*r = begin(d, out, parcel);
	if (*r == NULL)
		return -ENOMEM;
	(*r)->to = parcel + 1;
	return otlp_record(
		f, b->small ? RECORD_SMALL : RECORD_MAX, b->wall_ns, &(*r)->body);
}

static int
otlp_periodic(struct destination *d, const struct pulse *p, struct requests *out)
{
	struct request *r = begin(d, out, 0);
	int err;

	if (r == NULL)
		return -ENOMEM;
	err = otlp_heartbeat(p->wall_ns, &r->body);
	otlp_end(&r->body);
	return err;
}

static int
otlp_build(struct destination *d, const struct build *b, struct requests *out)
{
	struct request *r = NULL;
	int err = 0;

	for (size_t p = 0; p < b->n; p++)
		for (size_t i = 0; i < b->parcels[p].n && err == 0; i++)
			err = add_finding(d, b, p, &b->parcels[p].findings[i], &r, out);
	if (r != NULL)
		otlp_end(&r->body);
	return err;
}

/* Only four answers are to be tried again; what was taken in part never is. */
static enum verdict
otlp_judge(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *why)
{
	enum verdict v = destination_judge_status(reply->status);

	(void)r;
	if (v == VERDICT_RETRY && reply->status >= 500 && reply->status != 502 &&
		reply->status != 503 && reply->status != 504)
		v = VERDICT_REJECTED;
	if (auth_is_in(&d->auth, reply->body))
		buf_printf(why, "HTTP %ld (reply not shown: it repeats the secret)",
			reply->status);
	else if (v == VERDICT_DONE && otlp_rejected(reply->body, why) > 0)
		v = VERDICT_PART;
	return v;
}

const struct destination_type destination_otlp = { .name_z = "otlp",
	.max_parcels = PARCELS_MAX,
	.size = sizeof(struct destination),
	.init = otlp_init,
	.build = otlp_build,
	.judge = otlp_judge,
	.periodic = otlp_periodic };
