/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as text for people: the markdown of an event, the text of a chat message,
 * plain lines, one line. What comes from logs is escaped: it cannot end the markdown,
 * make a link or a line. Pure functions.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "output/destination.h"

enum note_style {
	NOTE_DATADOG, /* markdown in its wrapper */
	NOTE_SLACK,   /* mrkdwn */
	NOTE_PLAIN
};

struct note_form {
	enum note_style style;
	size_t max; /* bytes, which are never fewer than characters; cut between lines */
	const struct output_settings *links; /* with links into Datadog; may be NULL */
	bool no_title;                       /* it stands elsewhere */
};

/* What it is, when, whom it hit, what to do, causes and timeline; of a group the list of
 * its incidents and the story of the first. */
void note_write(const struct parcel *p, const struct note_form *form, struct buf *out);

/* "4 orders failed to pay in sock-shop", of a group "12 incidents: ..."; one line of at
 * most max bytes without control bytes. */
void note_title(const struct parcel *p, size_t max, struct buf *out);

/* "opened: TITLE: 4 counted from ... to ...; 4 orders": one line, without control bytes.
 */
void note_line(const json_t *finding, struct buf *out);

/* s on one line: at most max bytes, control bytes as blanks, a mark when it was cut. */
void note_plain(struct buf *out, struct str s, size_t max);

/* s on one line, escaped as chat messages want it. */
void note_mrkdwn(struct buf *out, struct str s);
