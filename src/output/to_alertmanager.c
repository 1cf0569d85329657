/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One member of an Alertmanager cluster. What is open is sent again and again, what is
 * over for a few minutes more: a member may have restarted and forgotten it.
 */
#include <errno.h>

#include "base/time.h"
#include "output/alertmanager.h"
#include "output/auth.h"
#include "output/body.h"
#include "output/destination.h"

#define PARCELS_MAX 64
#define ALERTS_MAX  ((size_t)500) /* of one request that sends again */
#define LASTS_MIN   (4 * TIME_MIN)
#define LASTS_TIMES 4 /* resends that may be lost before an alert ends */
#define ALIVE_MIN   (5 * TIME_MIN)
#define ALIVE_TIMES 3 /* the same of signs of life */

struct destination {
	const struct output_settings *conf;
	struct str url; /* of the member */
	struct auth auth;
	int64_t heartbeat_ns;
	int64_t alive_ns; /* wall: the first sign of life; 0: none yet */
};

static int
alertmanager_init(struct destination *d, const struct destination_conf *conf)
{
	d->conf = conf->output;
	d->heartbeat_ns = conf->heartbeat_ns;
	d->url = conf->url.len > 0 ? conf->url : conf->output->urls.items[0];
	return auth_open(
		&d->auth, conf->output, conf->dry, "Content-Type: application/json");
}

static int64_t
lasts(const struct destination *d)
{
	int64_t ns = LASTS_TIMES * d->conf->resend_ns;

	return ns > LASTS_MIN ? ns : LASTS_MIN;
}

/* Takes alerts over. */
static int
add(struct destination *d, struct requests *out, size_t from, size_t to, json_t *alerts)
{
	struct request *r = requests_add(out, "POST");
	struct str url = d->url;

	if (r == NULL) {
		json_decref(alerts);
		return -ENOMEM;
	}
	while (url.len > 0 && url.ptr[url.len - 1] == '/')
		url.len--;
	buf_add(&r->url, url);
	buf_add(&r->url, STR("/api/v2/alerts"));
	auth_apply(&d->auth, r);
	r->from = from;
	r->to = to;
	return body_print(alerts, &r->body);
}

static json_t *
alerts_of(const struct destination *d, const struct finding *findings, size_t n,
	int64_t wall_ns)
{
	json_t *alerts = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(
			alerts, alertmanager_alert(&findings[i], wall_ns, lasts(d)));
	return alerts;
}

static int
alertmanager_build(struct destination *d, const struct build *b, struct requests *out)
{
	json_t *alerts = json_array();

	for (size_t p = 0; p < b->n; p++) {
		json_t *more =
			alerts_of(d, b->parcels[p].findings, b->parcels[p].n, b->wall_ns);

		(void)json_array_extend(alerts, more);
		json_decref(more);
	}
	return add(d, out, 0, b->n, alerts);
}

static enum verdict
alertmanager_judge(struct destination *d, const struct request *r,
	const struct reply *reply, struct buf *why)
{
	(void)r;
	if (auth_is_in(&d->auth, reply->body))
		buf_printf(why, "HTTP %ld (reply not shown: it repeats the secret)",
			reply->status);
	return destination_judge_status(reply->status);
}

static int64_t
alertmanager_period(const struct destination *d)
{
	return d->conf->resend_ns;
}

/* It ends by itself when Gumshoe falls silent. */
static int
add_heartbeat(struct destination *d, int64_t wall_ns, struct requests *out)
{
	int64_t lasts_ns = ALIVE_TIMES * d->heartbeat_ns;
	json_t *alerts = json_array();

	if (lasts_ns < ALIVE_MIN)
		lasts_ns = ALIVE_MIN;
	if (d->alive_ns == 0 || d->alive_ns > wall_ns)
		d->alive_ns = wall_ns;
	(void)json_array_append_new(
		alerts, alertmanager_heartbeat(d->conf, d->alive_ns, wall_ns + lasts_ns));
	return add(d, out, 0, 0, alerts);
}

static int
alertmanager_periodic(struct destination *d, const struct pulse *p, struct requests *out)
{
	int err = 0;

	if (p->alive)
		return add_heartbeat(d, p->wall_ns, out);
	for (size_t i = 0; i < p->n && err == 0; i += ALERTS_MAX) {
		size_t n = p->n - i < ALERTS_MAX ? p->n - i : ALERTS_MAX;

		err = add(d, out, 0, 0, alerts_of(d, &p->findings[i], n, p->wall_ns));
	}
	return err;
}

const struct destination_type destination_alertmanager = { .name_z = "alertmanager",
	.max_parcels = PARCELS_MAX,
	.size = sizeof(struct destination),
	.init = alertmanager_init,
	.build = alertmanager_build,
	.judge = alertmanager_judge,
	.period_ns = alertmanager_period,
	.wants_open = true,
	.periodic = alertmanager_periodic };
