/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that grows, or standard output: one line per finding, as JSON or for people. The
 * file is opened for each write, so one that was renamed goes on under its old name.
 */
#include <errno.h>

#include "base/json.h"
#include "output/body.h"
#include "output/datadog.h"
#include "output/destination.h"
#include "output/finding.h"
#include "output/note.h"

#define PARCELS_MAX 256
#define HOST_SHOWN  ((size_t)255)

struct destination {
	const struct output_settings *conf;
};

static int
file_init(struct destination *d, const struct destination_conf *conf)
{
	d->conf = conf->output;
	return 0;
}

/* "2025-10-28T10:05:54.411Z critical opened: 4 orders failed ... (acdb210d93a58999)" */
static void
add_text(const json_t *finding, struct buf *line)
{
	static const char *const times_z[] = { [FINDING_OPENED] = "opened_at",
		[FINDING_UPDATED] = "last_at",
		[FINDING_RESOLVED] = "resolved_at" };

	note_plain(line, json_member_text(finding, times_z[finding_kind(finding)]), 40);
	buf_add_char(line, ' ');
	note_plain(line, json_member_text(finding, "level"), 40);
	buf_add_char(line, ' ');
	note_line(finding, line);
	buf_add(line, STR(" ("));
	note_plain(line, json_member_text(finding, "id"), FINDING_ID_MAX);
	buf_add_char(line, ')');
}

static int
add_line(const struct destination *d, const struct finding *f, struct buf *out)
{
	int err = 0;

	if (d->conf->lines == FILE_TEXT)
		add_text(f->body, out);
	else
		err = body_print(json_incref((json_t *)(uintptr_t)f->body), out);
	buf_add_char(out, '\n');
	return err;
}

/* Some findings may be large: a request that is half full goes. */
static int
file_build(struct destination *d, const struct build *b, struct requests *out)
{
	struct request *r = NULL;
	int err = 0;

	for (size_t p = 0; p < b->n && err == 0; p++) {
		if (r == NULL || r->body.len > REQUEST_BODY_MAX / 4) {
			r = requests_add(out, REQUEST_APPEND);
			if (r == NULL)
				return -ENOMEM;
			r->from = p;
			buf_add(&r->url, d->conf->path);
		}
		r->to = p + 1;
		for (size_t i = 0; i < b->parcels[p].n && err == 0; i++)
			err = add_line(d, &b->parcels[p].findings[i], &r->body);
		if (buf_failed(&r->body))
			err = -ENOMEM;
	}
	return err;
}

static int
file_periodic(struct destination *d, const struct pulse *p, struct requests *out)
{
	struct request *r = requests_add(out, REQUEST_APPEND);
	json_t *line = json_object();
	int err = 0;

	body_set(line, "kind", json_string("heartbeat"));
	body_set(line, "at", body_time(p->wall_ns, 3));
	body_set(line, "host", datadog_host(d->conf));
	if (r == NULL) {
		json_decref(line);
		return -ENOMEM;
	}
	buf_add(&r->url, d->conf->path);
	if (d->conf->lines == FILE_TEXT) {
		buf_add(&r->body, json_member_text(line, "at"));
		buf_add(&r->body, STR(" heartbeat: gumshoe runs on "));
		note_plain(&r->body, json_member_text(line, "host"), HOST_SHOWN);
		json_decref(line);
	} else {
		err = body_print(line, &r->body);
	}
	buf_add_char(&r->body, '\n');
	return err;
}

static enum verdict
file_judge(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *why)
{
	(void)d;
	(void)r;
	(void)why;
	return destination_judge_status(reply->status);
}

const struct destination_type destination_file = { .name_z = "file",
	.max_parcels = PARCELS_MAX,
	.size = sizeof(struct destination),
	.init = file_init,
	.build = file_build,
	.judge = file_judge,
	.periodic = file_periodic };
