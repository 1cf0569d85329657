/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All channels together: the configuration, one look at each of them, and the end.
 */
#include "pipeline/outputs.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "pipeline/channel.h"
#include "pipeline/pulse.h"

#define STOP_NS  TIME_S
#define STEP_NS  (200 * TIME_MS)
#define GRACE_NS (2 * TIME_S)

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

static struct channel_env
env_of(const struct outputs *o)
{
	return (struct channel_env){ .key_file_z = o->key_file_z,
		.pulses = o->pulses,
		.heartbeat_ns = o->heartbeat_ns,
		.wake_fd = o->fd };
}

static int
open_channel(const struct outputs *o, struct channel *c)
{
	const struct channel_env env = env_of(o);

	return channel_open(c, &env);
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
		err = open_channel(o, o->channels[i]);
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

void
outputs_rolled_back(struct outputs *o)
{
	for (size_t i = 0; o != NULL && i < o->n; i++)
		letters_move(&o->channels[i]->back, &o->channels[i]->applied);
}

/* --- what is handed over --- */

int
outputs_committed(struct outputs *o, struct store *s)
{
	int err;

	if (o == NULL)
		return 0;
	err = store_outbox_last(s, &o->committed_row);
	for (size_t i = 0; i < o->n && err == 0; i++) {
		channel_settle(o->channels[i]);
		if (o->channels[i]->post == NULL)
			continue;
		channel_know_groups(o->channels[i], s);
		err = channel_hand_over(o->channels[i], s, o->committed_row);
	}
	return err;
}

static json_t *
make_pulse(struct outputs *o, struct store *s, struct channel *c)
{
	uint64_t waiting = 0, n;

	for (size_t i = 0; i < o->n; i++)
		if (store_outbox_count(s, o->channels[i]->name, &n) == 0)
			waiting += n;
	return pulse_make(s, c->name, destination_types[c->output.type]->wants_open,
		o->tally, waiting, clock_wall_ns());
}

/* What it tells without a finding, when it is time for it: of most, that it is alive. */
static void
give_pulse(struct outputs *o, struct store *s, struct channel *c)
{
	json_t *doc;
	bool alive;

	if (!post_wants_pulse(c->post, &alive))
		return;
	doc = alive && !destination_types[c->output.type]->always_alive
		      ? json_object()
		      : make_pulse(o, s, c);
	if (doc != NULL)
		post_pulse(c->post, alive, doc);
}

/* Without memory for it as without its key: later again. */
static void
reopen(struct outputs *o, struct store *s, struct channel *c)
{
	if (open_channel(o, c) == 0 && c->post != NULL)
		channel_know_groups(c, s);
}

static int
work_channel(struct outputs *o, struct store *s, struct channel *c, bool *touched)
{
	const struct channel_env env = env_of(o);
	int err;

	if (c->post != NULL) {
		channel_take_back(c, s);
		channel_renew(c, &env);
	}
	if (c->post == NULL && clock_mono_ns() >= c->open_ns)
		reopen(o, s, c);
	err = channel_apply(c, s, touched);
	if (err == 0)
		err = channel_keep_bound(c, s, o->committed_row, touched);
	if (err == 0 && c->post != NULL)
		err = channel_hand_over(c, s, o->committed_row);
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
			err = channel_apply(channels[i], s, &touched);
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
			err = open_channel(o, o->channels[i]);
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
	set_number(obj, "partial", r.partial);
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
