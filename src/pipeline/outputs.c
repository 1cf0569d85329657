/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel per destination: how far its rows were handed over, and its courier. Rows are
 * handed over in their order; a row is deleted, or set aside as a gap, by its id.
 */
#include "pipeline/outputs.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "incident/report.h"
#include "output/post.h"
#include "pipeline/held.h"
#include "pipeline/pulse.h"
#include "pipeline/repeat.h"

#define CHANNEL_BYTES ((size_t)1 << 20)
#define CHECK_NS      TIME_S /* between two looks at max_findings */
#define STOP_NS       TIME_S
#define STEP_NS       (200 * TIME_MS)
#define GRACE_NS      (2 * TIME_S)

struct channel {
	struct arena *arena; /* of all below */
	struct output_settings output;
	struct str name;   /* of the destination in the outbox */
	struct str url;    /* alertmanager: the member */
	struct post *post; /* NULL: it could not be opened */
	int error;         /* why */
	int64_t after_row; /* rows up to it were handed over */
	int64_t checked_ns;
	struct repeat *repeat;  /* NULL: what runs once */
	bool knows;             /* its groups */
	struct held held;       /* not handed over yet */
	struct letters back;    /* taken back, not in a transaction yet */
	struct letters applied; /* in the open transaction */
	uint64_t sent, muted, rejected, stuck, dropped; /* since the start */
};

struct outputs {
	struct channel **channels; /* owned, as are they */
	size_t n;
	struct str *names;
	const struct output_settings **routes;
	struct tally *tally; /* since the start */
	char *key_file_z;
	bool pulses;
	int64_t heartbeat_ns;
	int64_t committed_row;
	int fd;
};

/* --- opening --- */

static void
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

static struct channel *
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
static int
channel_open(struct outputs *o, struct channel *c)
{
	struct post_conf pc = { .output = &c->output,
		.name = c->name,
		.url = c->url,
		.key_file_z = o->key_file_z,
		.pulses = o->pulses,
		.heartbeat_ns = o->heartbeat_ns,
		.wake_fd = o->fd };

	if (o->pulses) {
		c->repeat = repeat_new(&c->output, c->name);
		if (c->repeat == NULL)
			return -ENOMEM;
	}
	c->error = -ENOTSUP;
	if (destination_types[c->output.type] != NULL)
		c->error = post_start(&pc, &c->post);
	if (c->error != 0 && c->error != -ENOMEM)
		log_error("outputs",
			"%.*s cannot be opened (%s): its findings stay in the store",
			STR_ARG(c->name), strerror(-c->error));
	return c->error == -ENOMEM ? -ENOMEM : 0;
}

static int
add_channel(struct outputs *o, const struct output_settings *output, size_t member)
{
	struct channel **channels =
		reallocarray(o->channels, o->n + 1, sizeof(struct channel *));

	if (channels == NULL)
		return -ENOMEM;
	o->channels = channels;
	o->channels[o->n] = channel_new(output, member);
	if (o->channels[o->n] == NULL)
		return -ENOMEM;
	o->n++;
	return 0;
}

/* Every member of a cluster is a destination of its own. */
static int
add_output(struct outputs *o, const struct output_settings *output)
{
	int err = add_channel(o, output, 0);
	for (size_t i = 1; i < output->urls.n && err == 0; i++)
		err = add_channel(o, output, i);
	return err;
}

static int
set_names(struct outputs *o)
{
	struct str *names = calloc(o->n + 1, sizeof(*names));
	const struct output_settings **routes = calloc(o->n + 1, sizeof(*routes));

	if (names == NULL || routes == NULL) {
		free(names);
		free(routes);
		return -ENOMEM;
	}
	for (size_t i = 0; i < o->n; i++) {
		names[i] = o->channels[i]->name;
		routes[i] = &o->channels[i]->output;
	}
	free(o->names);
	free(o->routes);
	o->names = names;
	o->routes = routes;
	return 0;
}

static void
outputs_free(struct outputs *o)
{
	for (size_t i = 0; i < o->n; i++)
		channel_free(&o->channels[i]);
	free(o->channels);
	free(o->names);
	free(o->routes);
	free(o->key_file_z);
	tally_free(&o->tally);
	if (o->fd >= 0)
		close(o->fd);
	free(o);
}

static int end_all(struct outputs *o, struct store *s);

int
outputs_open(const struct outputs_conf *conf, int *refused, struct outputs **out)
{
	struct outputs *o = calloc(1, sizeof(*o));
	int err = 0;

	*out = NULL;
	if (o == NULL)
		return -ENOMEM;
	o->pulses = conf->pulses;
	o->heartbeat_ns = conf->heartbeat_ns;
	o->tally = tally_new();
	o->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (o->fd < 0)
		err = -errno;
	if (o->tally == NULL)
		err = -ENOMEM;
	if (conf->key_file_z != NULL &&
		(o->key_file_z = strdup(conf->key_file_z)) == NULL)
		err = -ENOMEM;
	for (size_t i = 0; i < conf->n && err == 0; i++)
		err = add_output(o, &conf->outputs[i]);
	if (err == 0)
		err = set_names(o);
	for (size_t i = 0; i < o->n && err == 0; i++) {
		err = channel_open(o, o->channels[i]);
		if (refused != NULL && o->channels[i]->error != 0)
			*refused = o->channels[i]->error;
	}
	if (err == 0)
		*out = o;
	else
		(void)end_all(o, NULL);
	return err;
}

const struct str *
outputs_names(const struct outputs *o, size_t *n)
{
	*n = o != NULL ? o->n : 0;
	return o != NULL ? o->names : NULL;
}

const struct output_settings *const *
outputs_routes(const struct outputs *o)
{
	return o != NULL ? o->routes : NULL;
}

struct tally *
outputs_tally(const struct outputs *o)
{
	return o != NULL ? o->tally : NULL;
}

int
outputs_fd(const struct outputs *o)
{
	return o != NULL ? o->fd : -1;
}

/* --- what comes back --- */

static int
put_gap(struct store *s, const struct channel *c, const char *what_z, struct str source,
	int64_t from_ns, int64_t to_ns, struct str detail, uint64_t n)
{
	char reason_z[128];

	(void)snprintf(reason_z, sizeof(reason_z), "%.*s_%s", STR_ARG(c->name), what_z);
	return store_put_gap(s, &(struct gap_row){ .from_ns = from_ns,
					.to_ns = to_ns,
					.source = source,
					.reason = str_z(reason_z),
					.detail = detail,
					.n = n });
}

/* Dropped findings of one look, as one gap. */
struct loss {
	uint64_t n;
	int64_t from_ns, to_ns;
	const char *why_z;
};

static void
lose(struct loss *loss, int64_t at_ns, const char *why_z)
{
	if (loss->n++ == 0)
		loss->from_ns = loss->to_ns = at_ns;
	if (at_ns < loss->from_ns)
		loss->from_ns = at_ns;
	if (at_ns > loss->to_ns)
		loss->to_ns = at_ns;
	loss->why_z = why_z;
}

static int
tell_loss(struct store *s, struct channel *c, const struct loss *loss)
{
	if (loss->n == 0)
		return 0;
	log_error("outputs", "%.*s: %llu findings are dropped: %s", STR_ARG(c->name),
		(unsigned long long)loss->n, loss->why_z);
	return put_gap(s, c, "dropped", c->name, loss->from_ns, loss->to_ns,
		str_z(loss->why_z), loss->n);
}

static int
take_letter(struct store *s, struct channel *c, const struct letter *l, struct loss *loss)
{
	int err = 0;

	switch (l->fate) {
	case LETTER_SENT:
	case LETTER_FOLDED:
		return store_del_outbox(s, l->row);
	case LETTER_MUTED:
		return store_withdraw_outbox(s, c->name, l->id);
	case LETTER_REJECTED:
	case LETTER_STUCK:
		err = put_gap(s, c, l->fate == LETTER_STUCK ? "stuck" : "rejected", l->id,
			l->at_ns, l->at_ns, str_z(l->why_z), 1);
		return err != 0 ? err : store_del_outbox(s, l->row);
	case LETTER_TOO_OLD:
		lose(loss, l->at_ns, "waited longer than max_age");
		return store_forget_outbox(s, l->row);
	case LETTER_TOO_MANY:
		lose(loss, l->at_ns, "more than max_findings wait");
		return store_forget_outbox(s, l->row);
	case LETTER_WAITS:
		break;
	}
	return 0;
}

/* What is in c->back becomes part of the open transaction. */
static int
apply(struct store *s, struct channel *c, bool *touched)
{
	struct loss loss = { 0 };
	int err = 0;

	*touched |= c->back.n > 0;
	while (err == 0 && c->back.first != NULL) {
		err = take_letter(s, c, c->back.first, &loss);
		if (err == 0)
			letters_add(&c->applied, letters_take(&c->back));
	}
	return err != 0 ? err : tell_loss(s, c, &loss);
}

/* The transaction is committed: it counts. */
static void
settle(struct channel *c)
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

void
outputs_rolled_back(struct outputs *o)
{
	for (size_t i = 0; o != NULL && i < o->n; i++)
		letters_move(&o->channels[i]->back, &o->channels[i]->applied);
}

/* --- what is handed over --- */

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
static void
know_groups(struct store *s, struct channel *c)
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

static int
hand_over(struct outputs *o, struct store *s, struct channel *c)
{
	size_t room = post_room(c->post);
	struct letters list;
	struct store_query *q;
	struct outbox_row row;
	int err = 0;

	letters_init(&list);
	if (room == 0 || c->after_row >= o->committed_row)
		return 0;
	q = store_outbox(s, c->name, c->after_row);
	if (q == NULL)
		return -EIO;
	while (room > 0 && store_next_outbox(q, &row) && row.row <= o->committed_row) {
		struct letter *l = letter_new(&row);

		if (l == NULL) {
			err = -ENOMEM;
			break;
		}
		c->after_row = row.row;
		/* Not of a scan, whose end would have to wait. */
		if (o->pulses && held_take(&c->held, &row, l, clock_mono_ns()))
			continue;
		letters_add(&list, l);
		room--;
	}
	if (err == 0 && store_query_failed(q))
		err = -EIO;
	if (err == 0 && room > 0)
		c->after_row = o->committed_row; /* all of them */
	post_put(c->post, &list);
	store_query_free(&q);
	return err;
}

/* The oldest that were not handed over yet are given up. */
static int
drop_rows(
	struct outputs *o, struct store *s, struct channel *c, uint64_t n, bool *touched)
{
	struct store_query *q = store_outbox(s, c->name, c->after_row);
	struct loss loss = { 0 };
	struct outbox_row row;
	int err = q == NULL ? -EIO : 0;

	while (err == 0 && n > 0 && store_next_outbox(q, &row) &&
		row.row <= o->committed_row) {
		int64_t id = row.row;

		lose(&loss, row.at_ns, "more than max_findings wait");
		c->after_row = id;
		err = store_forget_outbox(s, id);
		n--;
	}
	if (q != NULL)
		store_query_free(&q);
	*touched |= loss.n > 0;
	c->dropped += loss.n;
	return err != 0 ? err : tell_loss(s, c, &loss);
}

/* Whether more may be waiting than may; counting rows takes a look at all of them. */
static bool
may_be_over(const struct outputs *o, const struct channel *c, size_t handed)
{
	return c->output.max_findings > 0 &&
	       (c->after_row < o->committed_row ||
		       handed > (size_t)c->output.max_findings);
}

/* More than may wait: the oldest go, wherever they are. */
static int
keep_bound(struct outputs *o, struct store *s, struct channel *c, bool *touched)
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
	if (!may_be_over(o, c, report.waiting))
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
	return over > first ? drop_rows(o, s, c, over - first, touched) : 0;
}

int
outputs_committed(struct outputs *o, struct store *s)
{
	int err;

	if (o == NULL)
		return 0;
	err = store_outbox_last(s, &o->committed_row);
	for (size_t i = 0; i < o->n && err == 0; i++) {
		settle(o->channels[i]);
		if (o->channels[i]->post == NULL)
			continue;
		know_groups(s, o->channels[i]);
		err = hand_over(o, s, o->channels[i]);
	}
	return err;
}

/* What it tells without a finding, when it is time for it. */
static void
give_pulse(struct outputs *o, struct store *s, struct channel *c)
{
	uint64_t waiting = 0, n;
	json_t *doc;
	bool alive;

	if (!post_wants_pulse(c->post, &alive))
		return;
	for (size_t i = 0; i < o->n; i++)
		if (store_outbox_count(s, o->channels[i]->name, &n) == 0)
			waiting += n;
	doc = pulse_make(s, c->name, destination_types[c->output.type]->wants_open,
		o->tally, waiting, clock_wall_ns());
	if (doc != NULL)
		post_pulse(c->post, alive, doc);
}

static int
work_channel(struct outputs *o, struct store *s, struct channel *c, bool *touched)
{
	int err;

	if (c->post != NULL) {
		post_take(c->post, &c->back);
		release(c, s, clock_mono_ns());
	}
	err = apply(s, c, touched);
	if (err == 0)
		err = keep_bound(o, s, c, touched);
	if (err == 0 && c->post != NULL)
		err = hand_over(o, s, c);
	if (err == 0 && c->post != NULL)
		give_pulse(o, s, c);
	if (err == 0 && c->repeat != NULL &&
		!destination_types[c->output.type]->wants_open)
		err = repeat_work(
			c->repeat, s, clock_mono_ns(), clock_wall_ns(), touched);
	return err;
}

int
outputs_work(struct outputs *o, struct store *s, bool *touched)
{
	uint64_t n;
	int err = 0;

	if (o == NULL)
		return 0;
	while (read(o->fd, &n, sizeof(n)) > 0)
		;
	for (size_t i = 0; i < o->n && err == 0; i++)
		err = work_channel(o, s, o->channels[i], touched);
	return err;
}

/* --- the end --- */

/* Changes of its own, or none. */
static int
work_alone(struct outputs *o, struct store *s)
{
	bool touched = false;
	int err = store_begin(s);

	if (err == 0)
		err = outputs_work(o, s, &touched);
	if (err == 0 && touched)
		err = store_commit(s);
	else
		store_rollback(s);
	return err != 0 ? err : outputs_committed(o, s);
}

/* How it is with all of them together. */
struct mood {
	uint64_t waiting, ended;
	bool paused;
};

static int
look(struct outputs *o, struct store *s, struct mood *m)
{
	*m = (struct mood){ 0 };
	for (size_t i = 0; i < o->n; i++) {
		struct channel *c = o->channels[i];
		struct courier_report report = { 0 };
		uint64_t n;
		int err = store_outbox_count(s, c->name, &n);

		if (err != 0)
			return err;
		if (c->post != NULL)
			post_report(c->post, &report);
		m->waiting += n;
		m->ended += c->sent + c->rejected + c->stuck + c->dropped;
		m->paused |= n > 0 && (c->post == NULL || report.state == HEALTH_PAUSED ||
					      report.state == HEALTH_STOPPED);
	}
	return 0;
}

/* Monotonic: when the drain ends though findings are left. */
struct patience {
	int64_t give_up_ns, last_ns, stop_ns;
	uint64_t ended;
};

static bool
is_over(struct patience *p, const struct mood *m, bool stopped)
{
	int64_t now_ns = clock_mono_ns();

	if (m->ended > p->ended)
		p->last_ns = now_ns;
	p->ended = m->ended;
	if (stopped && p->stop_ns == TIME_NONE)
		p->stop_ns = now_ns + GRACE_NS;
	return m->paused || now_ns - p->last_ns > p->give_up_ns ||
	       (p->stop_ns != TIME_NONE && now_ns >= p->stop_ns);
}

int
outputs_drain(struct outputs *o, struct store *s, int64_t give_up_ns,
	const volatile sig_atomic_t *stop)
{
	struct patience patience = {
		.give_up_ns = give_up_ns, .last_ns = clock_mono_ns(), .stop_ns = TIME_NONE
	};
	struct pollfd p = { .fd = o->fd, .events = POLLIN };
	int err = outputs_committed(o, s);

	while (err == 0) {
		struct mood m;

		err = work_alone(o, s);
		if (err == 0)
			err = look(o, s, &m);
		if (err != 0 || m.waiting == 0)
			break;
		if (is_over(&patience, &m, *stop != 0))
			err = -EAGAIN;
		else if (poll(&p, 1, (int)(STEP_NS / TIME_MS)) < 0 && errno != EINTR)
			err = -errno;
	}
	return err;
}

/* s NULL: what they give back is forgotten, and so sent again. */
static int
stop_channels(struct channel **channels, size_t n, struct store *s)
{
	int64_t until_ns = clock_mono_ns() + STOP_NS;
	bool touched = false;
	int err = s != NULL ? store_begin(s) : 0;

	for (size_t i = 0; i < n; i++)
		if (channels[i]->post != NULL)
			post_ask_to_stop(channels[i]->post, until_ns);
	for (size_t i = 0; i < n; i++) {
		if (channels[i]->post != NULL)
			post_stop(&channels[i]->post, &channels[i]->back);
		if (err == 0 && s != NULL)
			err = apply(s, channels[i], &touched);
	}
	if (s != NULL && err == 0)
		err = store_commit(s);
	else if (s != NULL)
		store_rollback(s);
	return err;
}

static int
end_all(struct outputs *o, struct store *s)
{
	int err = stop_channels(o->channels, o->n, s);

	outputs_free(o);
	return err;
}

int
outputs_close(struct outputs **po, struct store *s)
{
	struct outputs *o = *po;

	*po = NULL;
	return o == NULL ? 0 : end_all(o, s);
}

static bool
is_same(const struct channel *x, const struct channel *y)
{
	return x->post != NULL && str_eq(x->name, y->name) && str_eq(x->url, y->url) &&
	       output_settings_same(&x->output, &y->output);
}

/* What is the same changes places with its copy in next, which then is what ends. */
static void
keep_same(struct outputs *o, struct outputs *next)
{
	for (size_t i = 0; i < next->n; i++) {
		for (size_t k = 0; k < o->n; k++) {
			struct channel *old = o->channels[k];

			if (!is_same(old, next->channels[i]))
				continue;
			o->channels[k] = next->channels[i];
			next->channels[i] = old;
			break;
		}
	}
}

static void
swap_channels(struct outputs *x, struct outputs *y)
{
	struct channel **channels = x->channels;
	size_t n = x->n;
	struct str *names = x->names;
	const struct output_settings **routes = x->routes;

	x->channels = y->channels;
	x->n = y->n;
	x->names = y->names;
	x->routes = y->routes;
	y->channels = channels;
	y->n = n;
	y->names = names;
	y->routes = routes;
}

int
outputs_reload(struct outputs *o, const struct outputs_conf *conf, struct store *s)
{
	struct outputs *next = calloc(1, sizeof(*next));
	int err = next == NULL ? -ENOMEM : 0;

	if (err != 0)
		return err;
	next->fd = -1;
	for (size_t i = 0; i < conf->n && err == 0; i++)
		err = add_output(next, &conf->outputs[i]);
	if (err == 0)
		err = set_names(next);
	if (err != 0) {
		outputs_free(next);
		return err;
	}
	if (o->heartbeat_ns == conf->heartbeat_ns)
		keep_same(o, next);
	o->heartbeat_ns = conf->heartbeat_ns;
	swap_channels(o, next);
	err = end_all(next, s);
	for (size_t i = 0; i < o->n && err == 0; i++)
		if (o->channels[i]->post == NULL)
			err = channel_open(o, o->channels[i]);
	return err != 0 ? err : set_names(o);
}

/* --- what is told of it --- */

struct outputs_counts
outputs_counts(struct outputs *o, struct store *s)
{
	struct outputs_counts sum = { 0 };

	for (size_t i = 0; o != NULL && i < o->n; i++) {
		const struct channel *c = o->channels[i];
		uint64_t n;

		sum.sent += c->sent;
		sum.rejected += c->rejected + c->stuck;
		sum.dropped += c->dropped;
		if (store_outbox_count(s, c->name, &n) == 0)
			sum.waiting += n;
	}
	return sum;
}

static void
set_number(json_t *obj, const char *name_z, uint64_t n)
{
	(void)json_object_set_new(obj, name_z, json_integer((json_int_t)n));
}

static void
set_text(json_t *obj, const char *name_z, struct str s)
{
	(void)json_object_set_new(obj, name_z, json_stringn(s.ptr, s.len));
}

static json_t *
channel_status(const struct channel *c, struct store *s)
{
	json_t *obj = json_object();
	struct courier_report r = { .state = HEALTH_PAUSED };
	int64_t wall_ns = clock_wall_ns();
	uint64_t waiting = 0;

	if (c->post != NULL)
		post_report(c->post, &r);
	else
		(void)snprintf(r.why_z, sizeof(r.why_z), "cannot be opened: %s",
			strerror(-c->error));
	if (store_outbox_count(s, c->name, &waiting) != 0)
		waiting = r.waiting;
	set_text(obj, "destination", c->name);
	set_text(obj, "type",
		str_z(destination_types[c->output.type] != NULL
				? destination_types[c->output.type]->name_z
				: ""));
	set_text(obj, "state", str_z(health_state_z(r.state)));
	set_text(obj, "error", str_z(r.why_z));
	set_number(obj, "up", r.state == HEALTH_UP);
	set_number(obj, "waiting", waiting);
	set_number(obj, "oldest_s",
		waiting > 0 && r.oldest_put_ns > 0 && wall_ns > r.oldest_put_ns
			? (uint64_t)((wall_ns - r.oldest_put_ns) / TIME_S)
			: 0);
	set_number(obj, "sent", c->sent);
	set_number(obj, "folded", r.folded);
	set_number(obj, "muted", c->muted);
	set_number(obj, "failed", r.retried);
	set_number(obj, "rejected", c->rejected);
	set_number(obj, "stuck", c->stuck);
	set_number(obj, "dropped", c->dropped);
	set_number(obj, "requests", r.requests);
	return obj;
}

json_t *
outputs_status(struct outputs *o, struct store *s)
{
	json_t *list = json_array();

	for (size_t i = 0; o != NULL && i < o->n; i++)
		(void)json_array_append_new(list, channel_status(o->channels[i], s));
	return list;
}
