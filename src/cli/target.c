/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/configure.h"
#include "cli/place.h"
#include "output/sender.h"

#define DATADOG STR("datadog")

static int
drain(struct store *s, const struct options *o, bool dry_run)
{
	struct sender_conf conf = { .key_file_z = o->key_file_z,
		.give_up_ns = 60 * TIME_S,
		.dry_run = dry_run,
		.out = stdout };
	struct sender_counts counts = { 0 };
	struct buf key;
	int err;

	buf_init(&key, 4096);
	datadog_from_env(&conf.datadog);
	configure_datadog(o, &conf, &key);
	err = sender_drain(s, &conf, &counts);
	buf_fini(&key);
	if (!o->quiet && !dry_run)
		fprintf(stderr,
			"gumshoe: datadog: %" PRIu64 " sent, %" PRIu64
			" rejected, %" PRIu64 " left\n",
			counts.sent, counts.rejected, counts.left);
	if (err == -EAGAIN)
		return EXIT_TEMPORARY;
	return err == 0 ? 0 : place_fail("datadog", err);
}

static uint64_t
count_unsent(struct store *s)
{
	struct store_query *q = store_outbox(s, DATADOG, INT64_MAX);
	struct outbox_row row;
	uint64_t n = 0;

	while (q != NULL && store_next_outbox(q, &row))
		n++;
	if (q != NULL)
		store_query_free(&q);
	return n;
}

/* What was only printed is not sent later, unless a scan finds it again. */
static int
forget(struct store *s)
{
	struct store_query *q;
	struct outbox_row row;
	int err = 0;

	while (err == 0 && (q = store_outbox(s, DATADOG, INT64_MAX)) != NULL) {
		bool any = store_next_outbox(q, &row);
		int64_t id = any ? row.row : 0;

		store_query_free(&q);
		if (!any)
			break;
		err = store_forget_outbox(s, id);
	}
	return err == 0 ? 0 : place_fail("store", err);
}

int
target_send(struct store *s, const struct options *o)
{
	int status = o->send_z == NULL ? 0 : drain(s, o, o->dry_run);

	if (status == 0 && o->send_z != NULL && o->dry_run)
		status = forget(s);
	return status;
}

static int
send_last(const struct options *o, const char *path_z)
{
	struct store *s = NULL;
	int err = store_open(path_z, STORE_WRITE, false, &s);
	int status;

	if (err != 0)
		return place_fail(path_z, err);
	status = drain(s, o, false);
	store_close(&s);
	return status;
}

static int
refuse(const char *path_z, uint64_t n)
{
	fprintf(stderr,
		"gumshoe: %s: %" PRIu64 " findings of the last scan are not sent yet\n"
		"send them with this scan's:  gumshoe scan --send datadog ...\n"
		"or keep this scan elsewhere: gumshoe scan --store FILE ...\n"
		"or give them up:             rm %s\n",
		path_z, n, path_z);
	return EXIT_TEMPORARY;
}

/* Anything there that is no store of ours is not for us to write over. */
static int
check_last(const struct options *o, const char *path_z)
{
	struct store *s = NULL;
	struct stat st;
	uint64_t n = 0;
	int err;

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
	n = count_unsent(s);
	store_close(&s);
	if (n == 0)
		return 0;
	if (o->send_z == NULL || o->dry_run)
		return refuse(path_z, n);
	return send_last(o, path_z);
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
	err = store_open(buf_z(&path), mode, mode == STORE_REPLACE, s);
	if (err != 0)
		err = place_fail(buf_z(&path), err);
	buf_fini(&path);
	return err;
}

int
target_open(const struct options *o, struct store **s)
{
	return open_as(o, STORE_REPLACE, s);
}

int
target_open_live(const struct options *o, struct store **s)
{
	int status = 0, err;

	if (o->store_z == NULL) {
		status = target_open(o, s);
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
	store_close(s);
	return open_as(o, o->send_z != NULL ? STORE_WRITE : STORE_READ, s);
}
