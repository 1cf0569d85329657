/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One finding at a time, always the oldest: two requests, both answered before its row
 * goes. Nothing is skipped, so a destination that fails stops the drain, not the program.
 */
#include "output/sender.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/http.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "output/backoff.h"
#include "output/credential.h"
#include "output/datadog_event.h"
#include "output/datadog_log.h"
#include "output/finding.h"

#define DESTINATION STR("datadog")
#define TIMEOUT_NS  (10 * TIME_S)
#define REPLY_MAX   ((size_t)64 << 10)
#define SHOWN_MAX   ((size_t)300)     /* of a reply, in messages and gaps */
#define BODY_MAX    ((size_t)1000000) /* Datadog cuts one log silently over this */
#define URL_MAX_B   ((size_t)4096)
#define REQUESTS    2

/* One finding on its way. */
struct package {
	int64_t row, at_ns;
	struct buf id;
	struct buf url[REQUESTS], body[REQUESTS];
	struct buf why; /* what was rejected, empty: nothing */
};

struct sender {
	struct store *store;
	const struct sender_conf *conf;
	struct sender_counts *counts;
	struct http *http;
	struct credential key;
	char header_z[sizeof("DD-API-KEY: ") + CREDENTIAL_MAX];
};

enum outcome { DONE, REJECTED, RETRY, PAUSE };

static enum outcome
judge(long status)
{
	if (status >= 200 && status < 300)
		return DONE;
	if (status == 400 || status == 413)
		return REJECTED;
	if (status == 0 || status == 408 || status == 429 || status >= 500)
		return RETRY;
	return PAUSE;
}

static void
parcel_init(struct package *p)
{
	*p = (struct package){ 0 };
	buf_init(&p->id, 256);
	buf_init(&p->why, 4096);
	for (size_t i = 0; i < REQUESTS; i++) {
		buf_init(&p->url[i], URL_MAX_B);
		buf_init(&p->body[i], BODY_MAX);
	}
}

static void
parcel_fini(struct package *p)
{
	buf_fini(&p->id);
	buf_fini(&p->why);
	for (size_t i = 0; i < REQUESTS; i++) {
		buf_fini(&p->url[i]);
		buf_fini(&p->body[i]);
	}
}

static int
write_requests(const struct output_settings *conf, const json_t *body, int64_t wall_ns,
	struct package *p)
{
	const struct finding f = { .body = body,
		.id = finding_id(body),
		.seq = finding_seq(body),
		.kind = finding_kind(body) };
	const struct parcel one = {
		.key = f.id, .kind = f.kind, .findings = &f, .n = 1, .open = 1
	};
	int err;

	datadog_url(conf, conf->api_url, "api", &p->url[0]);
	buf_add(&p->url[0], STR("/api/v1/events"));
	datadog_url(conf, conf->logs_url, "http-intake.logs", &p->url[1]);
	buf_add(&p->url[1], STR("/api/v2/logs"));
	err = datadog_event(conf, &one, wall_ns, &p->body[0]);
	buf_add_char(&p->body[1], '[');
	if (err == 0)
		err = datadog_log(conf, &f, wall_ns, &p->body[1]);
	buf_add_char(&p->body[1], ']');
	return err;
}

/* A row that is no finding is rejected here: nobody can ever send it. */
static int
pack(const struct sender_conf *conf, const struct outbox_row *row, struct package *p)
{
	int64_t wall_ns = clock_wall_ns();
	json_t *finding = NULL;
	size_t used;
	int err = -EINVAL;

	parcel_init(p);
	p->row = row->row;
	p->at_ns = row->at_ns;
	buf_add(&p->id, str_sub(row->finding, 0, 64));
	if (json_read(row->body, &finding, &used) == JSON_OK && json_is_object(finding))
		err = write_requests(&conf->datadog, finding, wall_ns, p);
	json_decref(finding);
	if (err == -EINVAL) {
		buf_add(&p->why, STR("not a finding"));
		err = 0;
	}
	return err;
}

/* 1: *p has the oldest row (parcel_fini it), 0: none, else an error. */
static int
take_first(struct sender *x, struct package *p)
{
	struct store_query *q = store_outbox(x->store, DESTINATION, INT64_MAX);
	struct outbox_row row;
	int err = 0;
	int got = 0;

	if (q == NULL)
		return -EIO;
	if (store_next_outbox(q, &row)) {
		got = 1;
		err = pack(x->conf, &row, p);
		if (err != 0)
			parcel_fini(p);
	} else if (store_query_failed(q)) {
		err = -EIO;
	}
	store_query_free(&q);
	return err != 0 ? err : got;
}

/* The start of a reply, unless it repeats the key. */
static void
add_reply(struct sender *x, struct buf *b, const struct http_reply *reply)
{
	struct str body = buf_str(&reply->body);

	if (reply->status == 0)
		buf_add(b, str_z(reply->error));
	else
		buf_printf(b, "HTTP %ld", reply->status);
	if (str_find(body, str_z(x->key.text_z)) != SIZE_MAX)
		buf_add(b, STR(" (reply not shown: it repeats the key)"));
	else if (body.len > 0) {
		buf_add(b, STR(": "));
		buf_add_visible(b, str_sub(body, 0, SHOWN_MAX));
	}
}

static void
tell(struct sender *x, const struct package *p, size_t i, const struct http_reply *reply,
	const char *what_z)
{
	struct buf b;

	buf_init(&b, 8192);
	add_reply(x, &b, reply);
	log_warn("datadog", "%.*s: %.*s: %s", STR_ARG(buf_str(&p->url[i])),
		STR_ARG(buf_str(&b)), what_z);
	buf_fini(&b);
}

/* The last digits of a clock, stirred: enough to spread the tries of many senders. */
static uint64_t
noise(void)
{
	return ((uint64_t)clock_mono_ns() * UINT64_C(0x9e3779b97f4a7c15)) >> 20;
}

/* False: a signal wants the program to go on without the rest. */
static bool
pause_for(int64_t ns)
{
	struct timespec ts = { .tv_sec = (time_t)(ns / TIME_S),
		.tv_nsec = (long)(ns % TIME_S) };

	return nanosleep(&ts, NULL) == 0;
}

/* Errors that are not the network's: the same again would fail the same way. */
static bool
is_final(int err)
{
	return err == -EINVAL || err == -ENOMEM;
}

static int
post(struct sender *x, struct package *p, size_t i, struct http_reply *reply)
{
	const char *const headers_z[] = { x->header_z, "Content-Type: application/json",
		"Accept: application/json", NULL };
	struct http_request req = { .method_z = "POST",
		.url_z = buf_z(&p->url[i]),
		.headers_z = headers_z,
		.body = buf_str(&p->body[i]),
		.timeout_ns = TIMEOUT_NS,
		.max_reply = REPLY_MAX };
	int err;

	if (req.url_z == NULL)
		return -ENOMEM;
	err = http_do(x->http, &req, reply);
	if (!is_final(err))
		return 0;
	log_error("datadog", "%s: %s", req.url_z, reply->error);
	return err;
}

static void
note_rejected(
	struct sender *x, struct package *p, size_t i, const struct http_reply *reply)
{
	tell(x, p, i, reply, "set aside as a gap");
	if (p->why.len > 0)
		buf_add(&p->why, STR("; "));
	add_reply(x, &p->why, reply);
}

/* 0: answered for good, -EAGAIN: the row stays, else an error. */
static int
deliver(struct sender *x, struct package *p, size_t i)
{
	int64_t start_ns = clock_mono_ns();

	for (unsigned tries = 0;; tries++) {
		struct http_reply reply;
		int64_t wait_ns;
		int err = post(x, p, i, &reply);
		enum outcome v;

		if (err != 0)
			return err;
		v = judge(reply.status);
		if (v == REJECTED)
			note_rejected(x, p, i, &reply);
		if (v == DONE || v == REJECTED)
			return 0;
		if (v == PAUSE) {
			tell(x, p, i, &reply, "findings stay in the store");
			return -EAGAIN;
		}
		wait_ns = backoff_wait(tries, noise(), reply.retry_after_ns);
		if (clock_mono_ns() - start_ns + wait_ns > x->conf->give_up_ns ||
			!pause_for(wait_ns)) {
			tell(x, p, i, &reply, "gave up, findings stay in the store");
			return -EAGAIN;
		}
		x->counts->retried++;
	}
}

/* The gap and the end of the row are one change. */
static int
set_aside(struct sender *x, struct package *p)
{
	struct gap_row gap = { .from_ns = p->at_ns,
		.to_ns = p->at_ns,
		.source = buf_str(&p->id),
		.reason = STR("datadog_rejected"),
		.detail = buf_str(&p->why),
		.n = 1 };
	int err = store_begin(x->store);

	if (err != 0)
		return err;
	err = store_put_gap(x->store, &gap);
	if (err == 0)
		err = store_del_outbox(x->store, p->row);
	if (err == 0)
		err = store_commit(x->store);
	if (err != 0)
		store_rollback(x->store);
	else
		x->counts->rejected++;
	return err;
}

static int
send_one(struct sender *x, struct package *p)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < REQUESTS && p->body[i].len > 0; i++)
		err = deliver(x, p, i);
	if (err == -EAGAIN && store_retry_outbox(x->store, p->row, clock_wall_ns()) != 0)
		return -EIO;
	if (err != 0)
		return err;
	if (p->why.len > 0)
		return set_aside(x, p);
	err = store_del_outbox(x->store, p->row);
	x->counts->sent += err == 0;
	return err;
}

static int
count_left(struct sender *x)
{
	struct store_query *q = store_outbox(x->store, DESTINATION, INT64_MAX);
	struct outbox_row row;
	int err;

	if (q == NULL)
		return -EIO;
	while (store_next_outbox(q, &row))
		x->counts->left++;
	err = store_query_failed(q) ? -EIO : 0;
	store_query_free(&q);
	return err;
}

static int
send_all(struct sender *x)
{
	struct package p;
	int got;
	int err = 0;

	while (err == 0 && (got = take_first(x, &p)) != 0) {
		if (got < 0)
			return got;
		err = send_one(x, &p);
		parcel_fini(&p);
	}
	if (err == -EAGAIN) {
		int count_err = count_left(x);

		if (count_err != 0)
			err = count_err;
	}
	return err;
}

static int
print_one(struct sender *x, const struct outbox_row *row)
{
	struct package p;
	int err = pack(x->conf, row, &p);

	for (size_t i = 0; err == 0 && i < REQUESTS; i++) {
		if (p.body[i].len == 0)
			continue;
		fprintf(x->conf->out,
			"POST %.*s\nDD-API-KEY: (not shown)\nContent-Type: application/json\n\n"
			"%.*s\n\n",
			STR_ARG(buf_str(&p.url[i])), STR_ARG(buf_str(&p.body[i])));
	}
	x->counts->left++;
	parcel_fini(&p);
	return err;
}

static int
print_all(struct sender *x)
{
	struct store_query *q = store_outbox(x->store, DESTINATION, INT64_MAX);
	struct outbox_row row;
	int err = 0;

	if (q == NULL)
		return -EIO;
	while (err == 0 && store_next_outbox(q, &row))
		err = print_one(x, &row);
	if (err == 0 && store_query_failed(q))
		err = -EIO;
	store_query_free(&q);
	return err;
}

int
sender_drain(
	struct store *s, const struct sender_conf *conf, struct sender_counts *counts)
{
	struct sender x = { .store = s, .conf = conf, .counts = counts };
	int err;

	*counts = (struct sender_counts){ 0 };
	if (conf->dry_run)
		return print_all(&x);
	err = credential_read(STR("$CREDENTIALS_DIRECTORY/datadog-api-key"),
		conf->key_file_z, "API key", &x.key);
	if (err != 0)
		return err;
	(void)snprintf(x.header_z, sizeof(x.header_z), "DD-API-KEY: %s", x.key.text_z);
	x.http = http_new();
	err = x.http == NULL ? -ENOMEM : send_all(&x);
	http_free(&x.http);
	credential_forget(&x.key);
	explicit_bzero(x.header_z, sizeof(x.header_z));
	return err;
}
