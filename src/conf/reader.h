/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the loader share: where messages go, and the memory of the result.
 * Private to conf/; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/yaml.h"
#include "conf/schema.h"

struct reader {
	struct diag diag;
	struct arena *a;
};

/* Zeroed, n of size bytes. NULL after an error: the settings are too large. */
void *reader_alloc(struct reader *r, size_t n, size_t size);

/* Adds 'did you mean "x"?' if a word is near. True when one was. */
bool reader_hint(struct reader *r, struct str word, const struct str *words, size_t n);

/* A node's value at its place in a struct. False after an error. */
bool value_from_node(struct reader *r, const struct setting *s,
	const struct yaml_node *node, void *at);

/*
 * The same from a default or a variable: lists are divided by commas and blanks, with or
 * without brackets. text must be the text of r->diag.src.
 */
bool value_from_text(
	struct reader *r, const struct setting *s, struct str text, void *at);

/* One value of a text's kind: a path, a URL, an address. False after an error. */
bool value_check_text(
	struct reader *r, const struct setting *s, struct str value, struct str where);

struct settings;
struct output_settings;

/* What only the settings of a destination together show; where: for messages. */
bool output_check(struct reader *r, const struct output_settings *o, struct str where);

/* Gives each of list's outputs a name; false after errors where two are the same. */
bool output_check_names(
	struct reader *r, struct output_settings *outputs, const struct yaml_node *list);

/* False after errors of outputs that want a heartbeat, of which there is none. map: of
 * the whole configuration. */
bool output_check_heartbeats(
	struct reader *r, const struct settings *s, const struct yaml_node *map);
