/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `correlation` map: what is counted or joined, by which key, in which time. Private
 * to rules/.
 */
#pragma once

#include "rules/loader.h"

#define CORRELATION_REFS_MAX  256
#define CORRELATION_DEPTH_MAX 10

/* The keys that may stand in it, for hints. */
extern const struct str correlation_keys[];
extern const size_t correlation_keys_n;

/* Fills c and doc->ref_where; names must be known to l. False after errors. */
bool correlation_parse(struct loader *l, const struct yaml_node *map,
	struct document *doc, struct correlation *c);

/*
 * When all are read: sets depth (an error for a cycle or more than the limit), named, and
 * generate of what is named.
 */
void correlation_link_all(struct loader *l);
