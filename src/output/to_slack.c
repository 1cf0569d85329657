/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An incoming webhook as Slack has them, and those that speak like it (datadog.md §9.2).
 * A message cannot be changed later: one when an incident opens, one when it is over.
 */
#include <errno.h>

#include "output/auth.h"
#include "output/body.h"
#include "output/destination.h"
#include "output/note.h"
#include "output/weburl.h"

#define PARCELS_MAX 1000           /* findings; those of a group are one message */
#define TEXT_MAX    ((size_t)2900) /* of a section; 3000 are taken */
#define TITLE_MAX   ((size_t)300)

struct destination {
	struct weburl url;
	struct auth auth;
};

static int
slack_init(struct destination *d, const struct destination_conf *conf)
{
	int err = weburl_open(&d->url, conf->output, conf->dry, STR(""));

	return err != 0 ? err
			: auth_open(&d->auth, conf->output, conf->dry,
				  "Content-Type: application/json");
}

/* What a notification shows. */
static json_t *
fallback(const struct parcel *p)
{
	struct buf title, text;
	json_t *out;

	buf_init(&title, 2 * TITLE_MAX);
	buf_init(&text, 16 * TITLE_MAX);
	note_title(p, TITLE_MAX, &title);
	if (p->kind == FINDING_RESOLVED)
		buf_add(&text, STR("resolved: "));
	note_mrkdwn(&text, buf_str(&title));
	out = body_text_of(&text, 16 * TITLE_MAX);
	buf_fini(&title);
	buf_fini(&text);
	return out;
}

static json_t *
section(const struct parcel *p)
{
	static const struct note_form form = { .style = NOTE_SLACK, .max = TEXT_MAX };
	json_t *text = json_object();
	json_t *block = json_object();
	struct buf b;

	buf_init(&b, 2 * TEXT_MAX);
	note_write(p, &form, &b);
	body_set(text, "type", json_string("mrkdwn"));
	body_set(text, "text", body_text_of(&b, TEXT_MAX));
	buf_fini(&b);
	body_set(block, "type", json_string("section"));
	body_set(block, "text", text);
	return block;
}

static json_t *
message(const struct parcel *p, bool small)
{
	json_t *out = json_object();
	json_t *blocks;

	body_set(out, "text", fallback(p));
	if (small)
		return out;
	blocks = json_array();
	(void)json_array_append_new(blocks, section(p));
	body_set(out, "blocks", blocks);
	return out;
}

static int
slack_build(struct destination *d, const struct build *b, struct requests *out)
{
	int err = 0;

	for (size_t p = 0; p < b->n && err == 0; p++) {
		struct request *r;

		if (b->parcels[p].kind == FINDING_UPDATED)
			continue;
		r = requests_add(out, "POST");
		if (r == NULL)
			return -ENOMEM;
		weburl_apply(&d->url, r);
		auth_apply(&d->auth, r);
		r->from = p;
		r->to = p + 1;
		err = body_print(message(&b->parcels[p], b->small), &r->body);
	}
	return err;
}

/* What Slack's own texts say is for good: this message, or the hook, the same again would
 * be answered so, too. */
static bool
is_for_good(struct str body)
{
	static const struct str texts[] = { STR_INIT("invalid_payload"),
		STR_INIT("no_text"), STR_INIT("too_many_attachments"),
		STR_INIT("invalid_blocks"), STR_INIT("msg_too_long"),
		STR_INIT("no_service"), STR_INIT("no_active_hooks"), STR_INIT("no_team"),
		STR_INIT("channel_not_found"), STR_INIT("channel_is_archived"),
		STR_INIT("action_prohibited"), STR_INIT("invalid_token") };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (str_starts(body, texts[i]))
			return true;
	return false;
}

/* Only 200 with "ok" is success. What says nothing of Slack's pauses: a proxy, a typo. */
static enum verdict
slack_judge(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *why)
{
	struct str body = str_trim(reply->body);

	(void)r;
	while (body.len > 0 && body.ptr[body.len - 1] == '\n')
		body = str_trim(str_sub(body, 0, body.len - 1));
	if (weburl_is_in(&d->url, body))
		buf_printf(why, "HTTP %ld (reply not shown: it repeats the address)",
			reply->status);
	if (reply->status == 200)
		return str_eq(body, STR("ok")) ? VERDICT_DONE : VERDICT_REJECTED;
	if (reply->status >= 400 && reply->status < 500 && is_for_good(body))
		return VERDICT_REJECTED;
	if (reply->status >= 200 && reply->status < 300)
		return VERDICT_PAUSE;
	return destination_judge_status(reply->status);
}

const struct destination_type destination_slack = { .name_z = "slack",
	.max_parcels = PARCELS_MAX,
	.size = sizeof(struct destination),
	.init = slack_init,
	.build = slack_build,
	.judge = slack_judge };
