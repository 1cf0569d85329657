/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe run: the daemon. Sessions one after the other (pipeline/daemon.h), each with
 * the configuration and rules of its time; between them nothing is lost, since a session
 * begins with what was committed.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/notify.h"
#include "cli/answer.h"
#include "cli/commands.h"
#include "cli/configure.h"
#include "cli/generation.h"
#include "cli/place.h"
#include "cli/topics.h"
#include "conf/settings.h"
#include "pipeline/daemon.h"
#include "web/listen.h"
#include "web/server.h"

#define ANSWER_NS  (2 * TIME_S) /* for which the status waits for the engine */
#define HOLD_NS    TIME_S       /* between two tries while the disk is full */
#define STATUS_NS  (10 * TIME_S)
#define ROOM_BYTES ((uint64_t)8 << 20) /* free space with which we go on */
#define RUNNING    "running"
#define MAPPED     (128 * 1024) /* larger pieces of memory are mapped one by one */

static const struct option_row *const options[] = { &option_conf, &option_input,
	&option_rules, &option_store_of_run, &option_format, &option_listen, &option_help,
	NULL };

/* Set by signals: why the session is to end, and that a reload is wanted. */
static volatile sig_atomic_t stopped, hung_up;
static int wake_fd = -1;

static void
on_signal(int sig)
{
	const uint64_t one = 1;
	int saved = errno;

	if (sig == SIGHUP)
		hung_up = 1;
	else
		stopped = sig;
	if (write(wake_fd, &one, sizeof(one)) < 0)
		hung_up = hung_up; /* a full counter wakes as well */
	errno = saved;
}

struct run {
	const struct options *o;
	struct settings overlay; /* what the command line says instead */
	struct input_settings input;
	struct str paths[OPTION_REPEATS];
	struct generation now, next; /* next: loaded, and waits for the session's end */
	struct store *store;
	struct buf store_path, inflight_path;
	struct hash_key redact_key;
	struct outputs *outputs;
	struct pipe_hold *pipe_hold;
	struct tail_hold tail_hold;
	struct server *server;
	struct answer answer;
	volatile sig_atomic_t end_session;
	const char *state_z; /* "running", "holding" ... */
	char reload_error[512];
	int64_t start_ns, watchdog_ns, status_ns; /* monotonic */
	bool said_ready;
	bool over; /* the only input, a pipe, has ended */
};

/* What the command line says counts instead of what the file says. */
static const struct settings *
overlay(struct run *r, const struct settings *file)
{
	const struct options *o = r->o;
	struct settings *s = &r->overlay;

	*s = *file;
	if (o->n_inputs > 0) {
		for (size_t i = 0; i < o->n_inputs; i++)
			r->paths[i] = str_z(o->inputs_z[i]);
		r->input = (struct input_settings){ .paths = { r->paths, o->n_inputs },
			.format = (int)o->format,
			.poll_ns = TIME_S,
			.max_files = 4096 };
		s->inputs = &r->input;
		s->n_inputs = 1;
	}
	if (o->listen_z != NULL)
		s->listen = str_z(o->listen_z);
	return s;
}

/* Beside: the old generation goes on whatever happens here. */
static void
reload(struct run *r)
{
	struct generation next = { .number = r->now.number + 1 };

	hung_up = 0;
	notify_reloading();
	log_info("reload", "asked for");
	if (generation_load(r->o, &next) == 0) {
		r->reload_error[0] = '\0';
		r->next = next;
		r->end_session = 1;
		return;
	}
	(void)snprintf(r->reload_error, sizeof(r->reload_error),
		"the configuration or a rule has errors, the old ones go on; see `gumshoe check`");
	log_error("reload", "%s", r->reload_error);
	notify_status("reload failed: %s", r->reload_error);
	notify_ready();
}

static struct outputs_conf
outputs_of(const struct settings *s)
{
	return (struct outputs_conf){ .outputs = s->outputs,
		.n = s->n_outputs,
		.pulses = true,
		.heartbeat_ns = s->heartbeat_ns };
}

static int
take_next(struct run *r)
{
	struct outputs_conf oc;
	int err;

	if (r->next.settings == NULL)
		return 0;
	oc = outputs_of(r->next.settings);
	err = outputs_reload(r->outputs, &oc, r->store);
	log_set_level((enum log_level)r->next.settings->log.level);
	generation_tell(&r->now, &r->next);
	generation_fini(&r->now);
	r->now = r->next;
	r->next = (struct generation){ 0 };
	notify_ready();
	return err;
}

static json_t *
rules_json(const struct run *r)
{
	return json_pack("{s:I,s:i,s:s}", "generation", (json_int_t)r->now.number, "n",
		(int)(r->now.rules->n_rules + r->now.rules->n_corrs), "error",
		r->reload_error);
}

static json_t *
document(struct run *r, struct daemon *d)
{
	int64_t up_ns = clock_mono_ns() - r->start_ns;
	json_t *reasons = d != NULL ? daemon_not_ready(d) : json_array();
	json_t *doc;

	if (d == NULL || strcmp(r->state_z, RUNNING) != 0)
		json_array_append_new(reasons, json_string(r->state_z));
	doc = json_pack("{s:s,s:s,s:I,s:b,s:o,s:o}", "version", PACKAGE_VERSION, "state",
		r->state_z, "uptime_s", (json_int_t)(up_ns / TIME_S), "ready",
		json_array_size(reasons) == 0, "not_ready", reasons, "rules",
		rules_json(r));
	if (d != NULL && doc != NULL)
		daemon_status(d, doc);
	if (doc != NULL)
		(void)json_object_set_new(
			doc, "outbox", outputs_status(r->outputs, r->store));
	return doc;
}

/* The web thread's question, answered by the engine's thread. */
static void
give_answer(struct run *r, struct daemon *d)
{
	if (answer_is_wanted(&r->answer))
		answer_give(&r->answer, document(r, d));
}

static json_t *
ask_engine(void *arg)
{
	struct run *r = arg;

	return answer_ask(&r->answer, ANSWER_NS);
}

static void
feed_manager(struct run *r, struct daemon *d)
{
	int64_t now_ns = clock_mono_ns(), every_ns = notify_watchdog_ns();
	struct buf line;

	if (every_ns > 0 && now_ns - r->watchdog_ns >= every_ns / 2) {
		r->watchdog_ns = now_ns;
		notify_watchdog();
	}
	if (d == NULL || now_ns - r->status_ns < STATUS_NS || r->reload_error[0] != '\0')
		return;
	r->status_ns = now_ns;
	buf_init(&line, 4096);
	daemon_summary(d, &line);
	notify_status("%.*s", STR_ARG(buf_str(&line)));
	buf_fini(&line);
}

static void
drain_wake(void)
{
	uint64_t n;

	while (read(wake_fd, &n, sizeof(n)) > 0)
		;
}

/* Between two looks at the inputs: everything that is not reading. */
static void
tick(void *arg, struct daemon *d, bool committed)
{
	struct run *r = arg;

	if (committed)
		return;
	drain_wake();
	if (stopped != 0)
		r->end_session = 1;
	if (hung_up != 0 && r->end_session == 0)
		reload(r);
	give_answer(r, d);
	feed_manager(r, d);
}

static bool
has_room(const struct run *r)
{
	struct statvfs st;
	struct buf folder;
	struct str path = buf_str(&r->store_path);
	bool room = false;

	buf_init(&folder, 4096);
	buf_add(&folder, str_sub(path, 0, str_rfind_char(path, '/') + 1));
	if (buf_z(&folder) != NULL && statvfs(buf_z(&folder), &st) == 0)
		room = (uint64_t)st.f_bavail * st.f_frsize >= ROOM_BYTES;
	buf_fini(&folder);
	return room;
}

static void
wait_for_room(struct daemon *d)
{
	struct pollfd p = { .fd = wake_fd, .events = POLLIN };

	if (d != NULL)
		daemon_hold(d, HOLD_NS);
	else
		(void)poll(&p, 1, (int)(HOLD_NS / TIME_MS));
}

/* Nothing is read while nothing can be kept: the inputs keep it for us. d: the session
 * that met it, NULL if it did not begin. */
static void
hold(struct run *r, struct daemon *d)
{
	store_rollback(r->store); /* who asks sees what was committed */
	r->state_z = "holding: the disk is full";
	log_error("store", "the disk is full: nothing is read until there is room");
	notify_status("%s", r->state_z);
	do {
		wait_for_room(d);
		drain_wake();
		give_answer(r, d);
		feed_manager(r, NULL);
	} while (stopped == 0 && !has_room(r));
	if (stopped == 0)
		log_warn("store", "there is room again");
	r->state_z = RUNNING;
}

static bool
is_full(int err)
{
	return err == STORE_FULL || err == -ENOSPC;
}

static int
session(struct run *r)
{
	struct daemon_conf dc = { .settings = overlay(r, r->now.settings),
		.rules = r->now.rules,
		.store = r->store,
		.outputs = r->outputs,
		.inflight_z = buf_z(&r->inflight_path),
		.redact_key = r->redact_key,
		.stop = &r->end_session,
		.pipe_hold = r->pipe_hold,
		.tail_hold = &r->tail_hold,
		.wake_fd = wake_fd,
		.tick = tick,
		.arg = r };
	struct daemon *d = NULL;
	bool over;
	int err;

	r->end_session = stopped != 0;
	err = daemon_open(&dc, &d);
	if (err == 0 && r->now.settings->n_inputs == 0)
		log_warn("run",
			"no inputs: nothing is read; name some in the configuration or with -i");
	if (err == 0 && !r->said_ready) {
		r->said_ready = true;
		notify_ready();
		log_info("run", "ready");
	}
	if (err == 0)
		err = daemon_run(d);
	over = r->end_session == 0; /* the pipe has ended */
	if (err == 0 && (over || stopped != 0))
		err = daemon_end(d);
	r->over = err == 0 && over;
	if (is_full(err))
		hold(r, d);
	daemon_free(&d);
	return err;
}

/* A store that cannot be used is set aside, never in a loop, and its loss is a gap. */
static int
set_aside(struct run *r)
{
	struct buf aside;
	int err;

	buf_init(&aside, 8192);
	buf_printf(&aside, "%s.corrupt-%lld", buf_z(&r->store_path),
		(long long)(clock_wall_ns() / TIME_S));
	log_error("store", "%s is damaged: set aside as %s, a new one is begun",
		buf_z(&r->store_path), buf_z(&aside));
	err = rename(buf_z(&r->store_path), buf_z(&aside)) == 0 ? 0 : -errno;
	buf_fini(&aside);
	buf_init(&aside, 8192);
	for (size_t i = 0; i < 2; i++) {
		static const char *const ends_z[] = { "-wal", "-shm" };

		buf_reset(&aside);
		buf_printf(&aside, "%s%s", buf_z(&r->store_path), ends_z[i]);
		(void)unlink(buf_z(&aside));
	}
	buf_fini(&aside);
	if (err == 0)
		err = store_open(buf_z(&r->store_path), STORE_WRITE, false, &r->store);
	if (err == 0)
		err = store_begin(r->store);
	if (err == 0)
		err = store_put_gap(
			r->store, &(struct gap_row){ .from_ns = TIME_NONE,
					  .to_ns = TIME_NONE,
					  .source = STR("store"),
					  .reason = STR("store_damaged"),
					  .detail = STR("all that was kept before"),
					  .n = 1 });
	return err == 0 ? store_commit(r->store) : err;
}

static int
open_store(struct run *r)
{
	struct options o = *r->o;
	int err;

	o.settings = r->now.settings;
	o.conf_arena = r->now.arena;
	buf_init(&r->store_path, 4096);
	buf_init(&r->inflight_path, 4096);
	if (o.store_z != NULL)
		buf_add(&r->store_path, str_z(o.store_z));
	else if (!configure_store(&o, &r->store_path))
		return EXIT_IO;
	buf_printf(&r->inflight_path, "%s.inflight", buf_z(&r->store_path));
	err = store_open(buf_z(&r->store_path), STORE_WRITE, false, &r->store);
	if (err == STORE_CORRUPT)
		err = set_aside(r);
	if (err == 0)
		return 0;
	if (err != STORE_NEWER)
		return place_fail(buf_z(&r->store_path), err);
	(void)place_fail(buf_z(&r->store_path), err);
	log_error("store", "an older gumshoe cannot use it: run the newer one again, or "
			   "begin anew with another store.file");
	return EXIT_CONFIG; /* no restart cures it */
}

/* The same file, opened again after an error left it in an unknown state. */
static int
reopen_store(struct run *r)
{
	store_close(&r->store);
	return store_open(buf_z(&r->store_path), STORE_WRITE, false, &r->store);
}

static int
start_server(struct run *r)
{
	struct str address = overlay(r, r->now.settings)->listen;
	struct server_conf sc = { .status = ask_engine, .arg = r };
	int err;

	if (address.len == 0)
		return 0;
	sc.listen_fd = listen_open(address);
	err = sc.listen_fd < 0 ? sc.listen_fd : server_start(&sc, &r->server);
	if (err != 0) {
		log_error("http", "%.*s: %s", STR_ARG(address),
			err == -EINVAL ? "no address such as 127.0.0.1:9464 or unix:PATH"
			: err == -EACCES
				? "not permitted: only loopback is served, as in "
				  "127.0.0.1:9464"
				: strerror(-err));
		return EXIT_UNAVAILABLE;
	}
	if (str_starts(address, STR("unix:")))
		log_info("http", "listening on %.*s", STR_ARG(address));
	else
		log_info("http", "listening on %.*s, port %d", STR_ARG(address),
			listen_port(sc.listen_fd));
	return 0;
}

static int
sessions(struct run *r)
{
	int err = 0;

	while (stopped == 0 && !r->over) {
		err = session(r);
		if (is_full(err))
			err = reopen_store(r);
		if (err == 0)
			err = take_next(r);
		if (err != 0)
			break;
	}
	notify_stopping();
	return err;
}

static void
catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

static int
start_outputs(struct run *r)
{
	struct outputs_conf oc = outputs_of(r->now.settings);
	int err = outputs_open(&oc, NULL, &r->outputs);

	return err == 0 ? 0 : place_fail("outputs", err);
}

static int
serve(struct run *r)
{
	int status = generation_load(r->o, &r->now);
	int err, close_err;

	if (status == 0) {
		log_set_level((enum log_level)r->now.settings->log.level);
		log_set_format((enum log_format)r->now.settings->log.format);
		status = open_store(r);
	}
	if (status == 0)
		status = start_server(r);
	if (status == 0)
		status = start_outputs(r);
	if (status != 0)
		return status;
	err = sessions(r);
	close_err = outputs_close(&r->outputs, r->store);
	if (err == 0)
		err = close_err;
	if (err != 0)
		return place_fail(buf_z(&r->store_path), err);
	return stopped == SIGINT ? 130 : stopped != 0 ? 143 : 0;
}

/*
 * The windows of logs that end go back to the system. Without this the allocator learns
 * from the first of them to keep such pieces, and holes grow with each pod that comes and
 * goes.
 */
static void
set_allocator(void)
{
#ifdef M_MMAP_THRESHOLD
	(void)mallopt(M_MMAP_THRESHOLD, MAPPED);
#endif
}

static int
run(const struct options *o)
{
	struct run r = { .o = o,
		.state_z = RUNNING,
		.start_ns = clock_mono_ns(),
		.redact_key = place_redact_key(),
		.now = { .number = 1 } };
	int status;

	set_allocator();
	notify_init();
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return place_fail("start", -errno);
	r.pipe_hold = pipe_hold_new();
	if (r.pipe_hold == NULL)
		return place_fail("start", -ENOMEM);
	answer_init(&r.answer, wake_fd);
	catch_signals();
	status = serve(&r);
	server_stop(&r.server);
	answer_fini(&r.answer);
	pipe_hold_free(&r.pipe_hold);
	tail_hold_clear(&r.tail_hold);
	if (r.store != NULL)
		store_close(&r.store);
	generation_fini(&r.next);
	generation_fini(&r.now);
	buf_fini(&r.store_path);
	buf_fini(&r.inflight_path);
	return status;
}

static const struct example examples[] = {
	{ "A node's logs, as the service does",
		"gumshoe run -c /etc/gumshoe/gumshoe.yaml" },
	{ "A live pipe that survives restarts of gumshoe",
		"kubectl logs -f -l app=orders --prefix --timestamps | gumshoe run -i -" },
	{ 0 }
};

static const struct topic exits[] = { { "0", "the pipe ended" }, EXIT_ROW_USAGE,
	EXIT_ROW_UNAVAILABLE, EXIT_ROW_IO, EXIT_ROW_TEMPORARY, EXIT_ROW_PERMISSION,
	EXIT_ROW_CONFIG, { "130, 143", "ended by a signal" }, { 0 } };

const struct command command_run = { .name_z = "run",
	.args_z = "",
	.brief_z = "the daemon: follow logs through rotation and restarts",
	.text_z =
		"Follows files, folders and pipes through rotation and restarts, keeps incidents "
		"in its store and sends findings. `kill -9` at any moment changes no result.",
	.more_z =
		"SIGHUP reads the configuration and the rules again: rules that did not change "
		"keep their windows, and after an error the old ones go on. SIGTERM ends it in "
		"order. As a service it tells systemd when it is ready and feeds its watchdog.",
	.examples = examples,
	.exits = exits,
	.see_z = "status check",
	.options = options,
	.run = run };
