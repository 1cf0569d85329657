/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema as text for people and for other programs. Pure functions of the table; any
 * thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "conf/schema.h"

/*
 * What may be written and what is taken without it, as sentences: "1h to 3660d. Not
 * set: $GUMSHOE_STORE_KEEP_FOR, else 30d. Takes effect on reload."
 */
void describe_setting(
	const struct setting_table *t, const struct setting *s, struct buf *out);

/* The same as a remark: "[1h to 3660d; reload]". */
void describe_briefly(const struct setting *s, struct buf *out);

/* The kinds of map a setting is for ("datadog, webhook"); empty: for all. */
void describe_kinds(
	const struct setting_table *t, const struct setting *s, struct buf *out);

/* gumshoe.yaml with every setting in it, as a comment with its meaning. */
void describe_sample(struct buf *out);

/* JSON Schema (2020-12) of gumshoe.yaml: a new object. NULL: out of memory. */
json_t *describe_json(void);
