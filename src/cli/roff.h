/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text as input of troff with the man macros (groff_man(7)): escaped, filled, and so
 * written that a hyphen of an option stays one that can be copied. Main thread.
 */
#pragma once

#include <stdio.h>

#include "base/str.h"

/* The head of a page, e.g. "gumshoe-scan" and 1, with the line of its NAME section. */
void roff_head(FILE *out, const char *name_z, int section, const char *brief_z);

void roff_section(FILE *out, const char *name_z);

/* Prose: an empty line starts a paragraph, `backquotes` make bold. */
void roff_text(FILE *out, const char *text_z);

/* A paragraph with a bold tag in front of it. */
void roff_tagged(FILE *out, const char *tag_z, const char *text_z);

/* Lines as they are, for code. */
void roff_code(FILE *out, const char *text_z);

/* The escaped text alone, without line breaks. */
void roff_escaped(FILE *out, struct str text);
