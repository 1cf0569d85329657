/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cli/configure.h"
#include "cli/place.h"
#include "output/destination.h"
#include "output/dry.h"

#define NAMES_BYTES ((size_t)1 << 20)
#define GIVE_UP_NS  (60 * TIME_S) /* without any success */

static void
say(const struct options *o, struct outputs_counts counts)
{
	if (!o->quiet)
		fprintf(stderr,
			"gumshoe: %s: %" PRIu64 " sent, %" PRIu64 " rejected, %" PRIu64
			" left\n",
			o->send_z, counts.sent, counts.rejected, counts.waiting);
}

static bool
add_name(struct target_names *names, const struct output_settings *output, size_t member)
{
	struct buf b;
	bool good;

	buf_init(&b, 4096);
	destination_name(output, member, &b);
	names->items[names->n] = arena_copy(names->arena, buf_str(&b));
	good = !buf_failed(&b) && names->items[names->n].len == b.len;
	names->routes[names->n] = output;
	names->n += good;
	buf_fini(&b);
	return good;
}

int
target_names_init(struct target_names *names, const struct options *o, struct str first)
{
	const struct output_settings *one = &names->output;
	size_t n = 0;
	int status = 0;
	bool good;

	*names = (struct target_names){ .arena = arena_new("destinations", NAMES_BYTES) };
	if (o->send_z != NULL) {
		status = configure_send(o, o->send_z, &names->output);
		n = one->urls.n > 0 ? one->urls.n : 1;
	}
	if (status != 0)
		return status;
	if (names->arena != NULL) {
		names->items = arena_alloc(names->arena, (n + 1) * sizeof(*names->items));
		names->routes =
			arena_alloc(names->arena, (n + 1) * sizeof(*names->routes));
	}
	good = names->items != NULL && names->routes != NULL;
	if (good && first.len > 0)
		names->items[names->n++] = first;
	for (size_t i = 0; i < n && good; i++)
		good = add_name(names, one, i);
	return good ? 0 : place_fail("start", -ENOMEM);
}

void
target_names_fini(struct target_names *names)
{
	if (names->arena != NULL)
		arena_free(&names->arena);
}

int
target_outputs(const struct options *o, struct outputs **out)
{
	struct output_settings one;
	struct outputs_conf conf = {
		.outputs = &one, .n = 1, .key_file_z = o->key_file_z
	};
	int status = configure_send(o, o->send_z, &one);
	int refused = 0;
	int err;

	*out = NULL;
	if (status != 0)
		return status;
	err = outputs_open(&conf, &refused, out);
	if (err == 0 && refused == 0)
		return 0;
	if (err == 0)
		err = outputs_close(out, NULL);
	return place_fail(o->send_z, err != 0 ? err : refused);
}

int
target_finish(struct outputs **po, struct store *s, const struct options *o,
	const volatile sig_atomic_t *stop)
{
	int err = outputs_drain(*po, s, GIVE_UP_NS, stop);
	int close_err;

	say(o, outputs_counts(*po, s));
	close_err = outputs_close(po, s);
	if (err == -EAGAIN && close_err == 0)
		return EXIT_TEMPORARY;
	if (err == 0)
		err = close_err;
	return err == 0 ? 0 : place_fail(o->send_z, err);
}

static int
send_all(struct store *s, const struct options *o)
{
	static const volatile sig_atomic_t never;
	struct outputs *outputs;
	int status = target_outputs(o, &outputs);

	return status != 0 ? status : target_finish(&outputs, s, o, &never);
}

/* What was only printed is not sent later, unless a scan finds it again. */
static int
forget(struct store *s)
{
	int err = 0;

	for (;;) {
		struct store_query *q = store_outbox(s, STR(""), 0);
		struct outbox_row row;
		bool any = q != NULL && store_next_outbox(q, &row);
		int64_t id = any ? row.row : 0;

		if (q != NULL)
			store_query_free(&q);
		if (!any)
			break;
		err = store_forget_outbox(s, id);
		if (err != 0)
			break;
	}
	return err == 0 ? 0 : place_fail("store", err);
}

static int
print_all(struct store *s, const struct options *o)
{
	struct output_settings one;
	int status = configure_send(o, o->send_z, &one);
	int err;

	if (status != 0)
		return status;
	err = dry_print(&one, s, clock_wall_ns(), stdout);
	return err != 0 ? place_fail(o->send_z, err) : forget(s);
}

int
target_send(struct store *s, const struct options *o)
{
	if (o->send_z == NULL)
		return 0;
	return o->dry_run ? print_all(s, o) : send_all(s, o);
}

/* What waits to be sent, and to whom the first is; those for people are none. */
static uint64_t
count_unsent(struct store *s, struct buf *to)
{
	struct store_query *q = store_outbox(s, STR(""), 0);
	struct outbox_row row;
	uint64_t n = 0;

	while (q != NULL && store_next_outbox(q, &row)) {
		if (str_eq(row.destination, STR("stdout")))
			continue;
		if (n++ == 0)
			buf_add(to, row.destination);
	}
	if (q != NULL)
		store_query_free(&q);
	return n;
}

static int
send_last(const struct options *o, const char *path_z)
{
	struct store *s = NULL;
	int err = store_open(path_z, STORE_WRITE, false, &s);
	int status;

	if (err != 0)
		return place_fail(path_z, err);
	status = send_all(s, o);
	store_close(&s);
	return status;
}

static int
refuse(const char *path_z, uint64_t n, const struct buf *to)
{
	fprintf(stderr,
		"gumshoe: %s: %" PRIu64 " findings of the last scan are not sent yet\n"
		"send them with this scan's:  gumshoe scan --send %.*s ...\n"
		"or keep this scan elsewhere: gumshoe scan --store FILE ...\n"
		"or give them up:             rm %s\n",
		path_z, n, STR_ARG(buf_str(to)), path_z);
	return EXIT_TEMPORARY;
}

/* Anything there that is no store of ours is not for us to write over. */
static int
check_last(const struct options *o, const char *path_z)
{
	struct store *s = NULL;
	struct stat st;
	struct buf to;
	uint64_t n;
	int status, err;

	if (stat(path_z, &st) != 0 || st.st_size == 0)
		return 0;
	err = store_open(path_z, STORE_READ, false, &s);
	if (err == STORE_OLDER)
		err = store_open(path_z, STORE_WRITE, false, &s);
	if (err != 0) {
		place_fail(path_z, err);
		fprintf(stderr,
			"it is not replaced; give another --store, or remove it\n");
		return err == STORE_BUSY ? EXIT_TEMPORARY : EXIT_IO;
	}
	buf_init(&to, 4096);
	n = count_unsent(s, &to);
	store_close(&s);
	if (n == 0)
		status = 0;
	else if (o->send_z == NULL || o->dry_run)
		status = refuse(path_z, n, &to);
	else
		status = send_last(o, path_z);
	buf_fini(&to);
	return status;
}

int
target_check(const struct options *o)
{
	struct buf path;
	int status = EXIT_IO;

	if (place_store_path(o, &path, true))
		status = check_last(o, buf_z(&path));
	buf_fini(&path);
	return status;
}

static int
open_as(const struct options *o, enum store_mode mode, struct store **s)
{
	struct buf path;
	int err;

	*s = NULL;
	if (!place_store_path(o, &path, mode != STORE_READ)) {
		buf_fini(&path);
		return EXIT_IO;
	}
	err = store_open(buf_z(&path), mode, false, s);
	if (err != 0)
		err = place_fail(buf_z(&path), err);
	buf_fini(&path);
	return err;
}

int
target_open_live(const struct options *o, struct store **s)
{
	int status = 0, err;

	if (o->store_z == NULL) {
		status = open_as(o, STORE_REPLACE, s);
		if (status != 0)
			return status;
		err = store_finish(*s);
		store_close(s);
		if (err != 0)
			return place_fail("store", err);
	}
	return open_as(o, STORE_WRITE, s);
}

int
target_retain(struct store *s, const struct options *o, int64_t now_ns)
{
	int64_t before_ns = INT64_MIN;
	uint64_t deleted;
	int err;

	if (o->keep_ns == 0 && o->keep_bytes == 0)
		return 0;
	if (o->keep_ns > 0 && now_ns > INT64_MIN + o->keep_ns)
		before_ns = now_ns - o->keep_ns;
	err = store_retain(
		s, before_ns, o->keep_bytes > 0 ? o->keep_bytes : INT64_MAX, &deleted);
	return err == 0 ? 0 : place_fail("store", err);
}

int
target_keep(const struct options *o, struct store **s)
{
	int err;

	if (o->send_z != NULL) {
		store_close(s);
		return open_as(o, STORE_WRITE, s);
	}
	err = store_place(*s);
	if (err == 0)
		return 0;
	err = place_fail("store", err);
	store_close(s);
	return err;
}
