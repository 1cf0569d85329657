/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows are handed over in their order; a row is deleted, or set aside as a gap, by its
 * id.
 */
#include "pipeline/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "incident/report.h"
#include "output/backoff.h"
#include "output/credential.h"
#include "pipeline/losses.h"

#define CHANNEL_BYTES ((size_t)1 << 20)
#define OPENS_FAST    2            /* of the curve of probes: the first are 4 s apart */
#define CHECK_NS      TIME_S       /* between two looks at max_findings */
#define SECRETS_NS    (5 * TIME_S) /* between two looks at the files of secrets */
#define CLOSE_NS      (200 * TIME_MS) /* for what is on its way with the old ones */

void
channel_free(struct channel **pc)
{
	struct channel *c = *pc;

	*pc = NULL;
	if (c == NULL)
		return;
	if (c->repeat != NULL)
		repeat_free(&c->repeat);
	held_fini(&c->held);
	letters_fini(&c->back);
	letters_fini(&c->applied);
	arena_free(&c->arena);
	free(c);
}

static bool
name_channel(struct channel *c, size_t member)
{
	struct buf b;
	bool good;

	if (c->output.urls.n > 0)
		c->url = c->output.urls.items[member];
	buf_init(&b, 4096);
	destination_name(&c->output, member, &b);
	c->name = arena_copy(c->arena, buf_str(&b));
	good = !buf_failed(&b) && c->name.len == b.len;
	buf_fini(&b);
	return good;
}

struct channel *
channel_new(const struct output_settings *output, size_t member)
{
	struct channel *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->checked_ns = TIME_NONE;
	held_init(&c->held, &c->output);
	letters_init(&c->back);
	letters_init(&c->applied);
	c->arena = arena_new("output", CHANNEL_BYTES);
	if (c->arena == NULL || !output_settings_copy(c->arena, output, &c->output) ||
		!name_channel(c, member))
		channel_free(&c);
	return c;
}

/* What cannot be opened keeps its findings, and others go on. -ENOMEM is for all. */
int
channel_open(struct channel *c, const struct channel_env *env)
{
	struct post_conf pc = { .output = &c->output,
		.name = c->name,
		.url = c->url,
		.key_file_z = env->key_file_z,
		.pulses = env->pulses,
		.heartbeat_ns = env->heartbeat_ns,
		.wake_fd = env->wake_fd };

	if (env->pulses && c->repeat == NULL) {
		c->repeat = repeat_new(&c->output, c->name);
		if (c->repeat == NULL)
			return -ENOMEM;
	}
	c->stamp = credential_stamp(&c->output, env->key_file_z);
	c->looked_ns = clock_mono_ns();
	c->error = -ENOTSUP;
	if (destination_types[c->output.type] != NULL)
		c->error = post_start(&pc, &c->post);
	if (c->error == 0 && c->opens > 0)
		log_warn("outputs", "%.*s is open now", STR_ARG(c->name));
	else if (c->error != 0 && c->error != -ENOMEM)
		log_error("outputs",
			"%.*s cannot be opened (%s): its findings stay in the store",
			STR_ARG(c->name), strerror(-c->error));
	if (c->error != 0)
		c->open_ns =
			clock_mono_ns() + backoff_probe(OPENS_FAST + c->opens++, 0, -1);
	return c->error == -ENOMEM ? -ENOMEM : 0;
}

void
channel_renew(struct channel *c, const struct channel_env *env)
{
	int64_t now_ns = clock_mono_ns();

	if (now_ns - c->looked_ns < SECRETS_NS)
		return;
	c->looked_ns = now_ns;
	if (credential_stamp(&c->output, env->key_file_z) == c->stamp)
		return;
	log_warn("outputs", "%.*s: its secrets have changed", STR_ARG(c->name));
	post_ask_to_stop(c->post, now_ns + CLOSE_NS);
	post_stop(&c->post, &c->back);
	/* What was not sent is handed over again. */
	held_fini(&c->held);
	held_init(&c->held, &c->output);
	c->after_row = 0;
	c->knows = false;
	c->opens = 0;
	c->open_ns = now_ns;
}

/* What is in c->back becomes part of the open transaction. */
int
channel_apply(struct channel *c, struct store *s, bool *touched)
{
	struct loss loss = { 0 };
	int err = 0;

	*touched |= c->back.n > 0;
	while (err == 0 && c->back.first != NULL) {
		err = loss_take(s, c->name, c->back.first, &loss);
		if (err == 0)
			letters_add(&c->applied, letters_take(&c->back));
	}
	return err != 0 ? err : loss_tell(s, c->name, &loss);
}

/* The transaction is committed: it counts. */
void
channel_settle(struct channel *c)
{
	struct letter *l;

	while ((l = letters_take(&c->applied)) != NULL) {
		c->sent += l->fate == LETTER_SENT;
		if (l->fate == LETTER_SENT && c->repeat != NULL)
			repeat_told(c->repeat, l->id, l->kind, clock_mono_ns());
		c->muted += l->fate == LETTER_MUTED;
		c->rejected += l->fate == LETTER_REJECTED;
		c->stuck += l->fate == LETTER_STUCK;
		c->dropped += l->fate == LETTER_TOO_OLD || l->fate == LETTER_TOO_MANY;
		letter_free(&l);
	}
}

/* Ids of incidents whose opening still waits: a new object. */
static json_t *
still_to_open(struct store *s, const struct channel *c)
{
	struct store_query *q = store_outbox(s, c->name, 0);
	json_t *ids = json_object();
	struct outbox_row row;

	while (q != NULL && store_next_outbox(q, &row))
		if (str_eq(row.kind, STR("opened")))
			(void)json_object_setn_new(
				ids, row.finding.ptr, row.finding.len, json_true());
	if (q != NULL)
		store_query_free(&q);
	return ids;
}

/* A group is over when all of it is: what was told before the start is part of it. */
void
channel_know_groups(struct channel *c, struct store *s)
{
	struct store_query *q;
	struct incident_row row;
	json_t *later;
	enum finding_told told;

	if (c->knows || c->output.group_by.n == 0)
		return;
	c->knows = true;
	q = store_incidents(s, STR(""));
	later = still_to_open(s, c);
	while (q != NULL && store_next_incident(q, &row))
		if (str_eq(row.state, STR("open")) &&
			store_last_finding(s, c->name, row.id, &told) >= 0 &&
			told != TOLD_WITHDRAWN &&
			json_object_getn(later, row.id.ptr, row.id.len) == NULL)
			post_know(c->post, report_head(&row));
	if (q != NULL)
		store_query_free(&q);
	json_decref(later);
}

/* Those whose time has come: told, or taken back. */
static void
release(struct channel *c, struct store *s, int64_t until_ns)
{
	struct letters list;

	letters_init(&list);
	held_release(&c->held, s, until_ns, &list, &c->back);
	if (list.n > 0)
		post_put(c->post, &list);
}

void
channel_take_back(struct channel *c, struct store *s)
{
	post_take(c->post, &c->back);
	release(c, s, clock_mono_ns());
}

int
channel_hand_over(struct channel *c, struct store *s, int64_t committed_row)
{
	size_t room = post_room(c->post);
	struct letters list;
	struct store_query *q;
	struct outbox_row row;
	int err = 0;

	letters_init(&list);
	if (room == 0 || c->after_row >= committed_row)
		return 0;
	q = store_outbox(s, c->name, c->after_row);
	if (q == NULL)
		return -EIO;
	while (room > 0 && store_next_outbox(q, &row) && row.row <= committed_row) {
		struct letter *l = letter_new(&row);

		if (l == NULL) {
			err = -ENOMEM;
			break;
		}
		c->after_row = row.row;
		/* Not of a scan, whose end would have to wait. */
		if (c->repeat != NULL && held_take(&c->held, &row, l, clock_mono_ns()))
			continue;
		letters_add(&list, l);
		room--;
	}
	if (err == 0 && store_query_failed(q))
		err = -EIO;
	if (err == 0 && room > 0)
		c->after_row = committed_row; /* all of them */
	post_put(c->post, &list);
	store_query_free(&q);
	return err;
}

/* The oldest that were not handed over yet are given up. */
static int
drop_rows(struct channel *c, struct store *s, int64_t committed_row, uint64_t n,
	bool *touched)
{
	struct store_query *q = store_outbox(s, c->name, c->after_row);
	struct loss loss = { 0 };
	struct outbox_row row;
	int err = q == NULL ? -EIO : 0;

	while (err == 0 && n > 0 && store_next_outbox(q, &row) &&
		row.row <= committed_row) {
		int64_t id = row.row;

		loss_add(&loss, row.at_ns, "more than max_findings wait");
		c->after_row = id;
		err = store_forget_outbox(s, id);
		n--;
	}
	if (q != NULL)
		store_query_free(&q);
	*touched |= loss.n > 0;
	c->dropped += loss.n;
	return err != 0 ? err : loss_tell(s, c->name, &loss);
}

/* Whether more may be waiting than may; counting rows takes a look at all of them. */
static bool
may_be_over(const struct channel *c, int64_t committed_row, size_t handed)
{
	return c->output.max_findings > 0 &&
	       (c->after_row < committed_row || handed > (size_t)c->output.max_findings);
}

/* More than may wait: the oldest go, wherever they are. */
int
channel_keep_bound(
	struct channel *c, struct store *s, int64_t committed_row, bool *touched)
{
	int64_t now_ns = clock_mono_ns();
	struct courier_report report = { 0 };
	uint64_t n, over, first;
	int err;

	if (c->checked_ns != TIME_NONE && now_ns - c->checked_ns < CHECK_NS)
		return 0;
	c->checked_ns = now_ns;
	if (c->post != NULL)
		post_report(c->post, &report);
	report.waiting += held_n(&c->held);
	if (!may_be_over(c, committed_row, report.waiting))
		return 0;
	err = store_outbox_count(s, c->name, &n);
	if (err != 0 || n <= (uint64_t)c->output.max_findings)
		return err;
	if (c->post != NULL) {
		release(c, s, INT64_MAX);
		post_report(c->post, &report);
	}
	over = n - (uint64_t)c->output.max_findings;
	first = over < report.waiting ? over : report.waiting;
	if (first > 0)
		post_drop(c->post, first);
	return over > first ? drop_rows(c, s, committed_row, over - first, touched) : 0;
}
