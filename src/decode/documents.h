/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes cut into the text of JSON objects: documents one after the other, lines of a
 * watch, and the members of a list's "items" one by one, so that a list of any length
 * needs the memory of its largest member. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define DOCUMENTS_DEPTH 512

struct documents {
	struct buf text; /* the object being read */
	uint64_t bad;    /* no JSON between objects, or too large */
	uint64_t taken;  /* bytes of the input */
	uint64_t begin;  /* of the last document or list */
	unsigned depth;
	unsigned item_depth; /* 0: a document of its own; else depth of a list's items */
	bool in_string, escaped;
	bool junk;   /* no object: up to the end of the line */
	bool is_key; /* the string being read is a member's name */
	bool expects_key;
	char key[8]; /* the last name of the outermost object */
	size_t key_len;
};

void documents_init(struct documents *d, size_t max_object);
void documents_fini(struct documents *d);

/*
 * Takes bytes from *p up to the end of an object: true, and *out is its text, valid until
 * the next call; false: *p is empty now.
 */
bool documents_next(struct documents *d, struct str *p, struct str *out);

/* Makes to, which was initialised, what from is. False: out of memory. */
bool documents_copy(struct documents *to, const struct documents *from);

/* The first byte that is asked for again when the input is read on later. */
uint64_t documents_open_at(const struct documents *d);

/* Counts bytes from there on. */
void documents_begin_at(struct documents *d);

/* The input ends: an unfinished object is bad. */
void documents_end(struct documents *d);
