/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML files as trees whose nodes know their place in the text. libyaml's event API is
 * behind it; the only place that includes yaml.h of the library.
 *
 * Refused with a diagnostic: aliases, anchors, merge keys, tags, duplicate keys, nesting
 * over 32, over 100,000 nodes, over 1 MiB, NUL bytes. Scalars stay untyped text; a plain
 * scalar whose YAML 1.1 and 1.2 types differ (no, yes, on, 010, 1:30, ...) is a warning.
 * One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/diag.h"
#include "base/str.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	bool plain;               /* a scalar without quotes */
	struct str where;         /* the node in the source text, for diagnostics */
	struct str value;         /* SCALAR: its text, unquoted, in the arena */
	size_t n;                 /* LIST: items; MAP: pairs */
	struct yaml_node **items; /* LIST */
	struct yaml_pair *pairs;  /* MAP */
};

struct yaml_pair {
	struct str key; /* unquoted */
	struct str key_where;
	struct yaml_node *value;
};

/*
 * All documents of d->src->text; empty ones are left out. 0, or -1 with errors reported
 * (then *out is unset). Nodes live in a.
 */
MUST_USE int yaml_parse(
	struct diag *d, struct arena *a, struct yaml_node ***out, size_t *n);

/* The value of key in a map, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, struct str key);

/* null, ~ or empty and plain. */
bool yaml_is_null(const struct yaml_node *node);

/* A plain true/false of YAML 1.2. */
bool yaml_to_bool(const struct yaml_node *node, bool *out);

/* A plain number of YAML 1.2 (integers, floats). */
bool yaml_to_double(const struct yaml_node *node, double *out);
