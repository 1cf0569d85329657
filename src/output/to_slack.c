/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An incoming webhook as Slack has them, and those that speak like it (datadog.md §9.2).
 * A message cannot be changed later: one when an incident opens, one when it is over.
 */
#include <errno.h>

#include "base/json.h"
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

/*
 * Slack's own texts, whatever status they come with: of the message, which would be
 * refused again, or of the hook, which somebody must mend before any message gets
 * through.
 */
static const struct answer_text {
	struct str text;
	enum verdict verdict;
} answer_texts[] = {
	{ STR_INIT("invalid_payload"), VERDICT_REJECTED },
	{ STR_INIT("invalid_blocks"), VERDICT_REJECTED },
	{ STR_INIT("no_text"), VERDICT_REJECTED },
	{ STR_INIT("msg_too_long"), VERDICT_REJECTED },
	{ STR_INIT("too_many_attachments"), VERDICT_REJECTED },
	{ STR_INIT("no_service"), VERDICT_PAUSE },
	{ STR_INIT("no_active_hooks"), VERDICT_PAUSE },
	{ STR_INIT("no_team"), VERDICT_PAUSE },
	{ STR_INIT("team_disabled"), VERDICT_PAUSE },
	{ STR_INIT("invalid_token"), VERDICT_PAUSE },
	{ STR_INIT("action_prohibited"), VERDICT_PAUSE },
	{ STR_INIT("posting_to_general_channel_denied"), VERDICT_PAUSE },
	{ STR_INIT("user_not_found"), VERDICT_PAUSE },
	{ STR_INIT("channel_not_found"), VERDICT_PAUSE },
	{ STR_INIT("channel_is_archived"), VERDICT_PAUSE },
};

static const struct answer_text *
find_text(struct str body)
{
	for (size_t i = 0; i < ARRAY_LEN(answer_texts); i++)
		if (str_starts(body, answer_texts[i].text))
			return &answer_texts[i];
	return NULL;
}

/* "ok", or what Rocket.Chat says: {"success": true}. */
static bool
is_taken(struct str body)
{
	json_t *v = NULL;
	bool good = str_eq(body, STR("ok"));
	size_t used;

	if (!good && json_read(body, &v, &used) == JSON_OK)
		good = json_is_true(json_member(v, "success"));
	json_decref(v);
	return good;
}

static enum verdict
judge_answer(long status, struct str body)
{
	const struct answer_text *known = find_text(body);

	if (known != NULL && status >= 200 && status < 500)
		return known->verdict;
	if (status == 200)
		return is_taken(body) ? VERDICT_DONE : VERDICT_REJECTED;
	if (status >= 200 && status < 300)
		return VERDICT_PAUSE; /* nobody who speaks like Slack: a proxy, a typo */
	return destination_judge_status(status);
}

static enum verdict
slack_judge(struct destination *d, const struct request *r, const struct reply *reply,
	struct buf *why)
{
	struct str body = str_trim(reply->body);
	enum verdict v;

	(void)r;
	while (body.len > 0 && body.ptr[body.len - 1] == '\n')
		body = str_trim(str_sub(body, 0, body.len - 1));
	v = judge_answer(reply->status, body);
	if (weburl_is_in(&d->url, body))
		buf_printf(why, "HTTP %ld (reply not shown: it repeats the address)",
			reply->status);
	else if (v == VERDICT_PAUSE && find_text(body) != NULL)
		buf_printf(why,
			"HTTP %ld: %.*s: mend the hook, or put another one's address "
			"into url_file",
			reply->status, STR_ARG(find_text(body)->text));
	return v;
}

const struct destination_type destination_slack = { .name_z = "slack",
	.max_parcels = PARCELS_MAX,
	.size = sizeof(struct destination),
	.init = slack_init,
	.build = slack_build,
	.judge = slack_judge };
