/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine for rule sets of usual size: one reading of a text finds fragments of
 * phrases, escapes, colours and CRI pieces, and counts lines; what it finds is looked
 * at byte by byte. Needs no other pass for texts with colours or escapes. Private to
 * scan/; read only.
 */
#pragma once

#include <stdint.h>

#include "scan/cues.h"
#include "scan/hits.h"
#include "scan/nibbles.h"

struct teddy;

/*
 * For texts like the sample, which may be empty. c is borrowed. NULL: the cues are too
 * many for it, or, without a sample, too common; or no memory.
 */
struct teddy *teddy_new(const struct cues *c, struct str sample, enum nibbles_form form);
void teddy_free(struct teddy **pt);

/* What a scan counted. */
struct teddy_counts {
	uint64_t lines, ends; /* as nibbles do */
	size_t looks;         /* places looked at */
};

/* Adds to h what is in h->text. */
struct teddy_counts teddy_scan(
	const struct teddy *t, struct hits *h, enum nibbles_form form);

/* Places it would look at in so many bytes of texts like the sample. */
uint64_t teddy_expects(const struct teddy *t, uint64_t bytes);
