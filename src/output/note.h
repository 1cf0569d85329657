/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finding as text: the markdown of an event and the one line of a log. What comes from
 * logs is escaped: it cannot end the markdown, make a link or a line. Pure functions.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

/* In bytes, which are never fewer than the 4000 characters Datadog counts. */
#define NOTE_MAX ((size_t)4000)

/* Markdown in its wrapper, at most NOTE_MAX bytes, cut between lines. */
void note_event(const json_t *finding, struct buf *out);

/* Without line ends and control bytes. */
void note_line(const json_t *finding, struct buf *out);

/* At most max bytes of s, cut between characters. */
struct str note_cut(struct str s, size_t max);
