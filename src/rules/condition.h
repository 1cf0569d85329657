/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language of conditions: and, or, not, parentheses, and for detections "1 of",
 * "any of", "all of" with a pattern or "them". One grammar for the conditions of rules
 * (names are selections) and of correlations (names are rules). Private to rules/.
 */
#pragma once

#include "rules/loader.h"

struct condition_names {
	const struct str *name;
	struct node **node; /* what it stands for; shared wherever it is named */
	bool *used;         /* set for each name that the condition uses */
	size_t n;
	bool quantifiers;   /* "1 of x*" is allowed */
	const char *what_z; /* "selection", "rule" */
};

/* text is a scalar. NULL after an error. */
struct node *condition_parse(struct loader *l, const struct yaml_node *text,
	const struct condition_names *names);

/* The names in a condition, each once, in order: for correlations without `rules`. */
void condition_words(struct loader *l, const struct yaml_node *text,
	struct yaml_node ***items, size_t *n);

/* A new inner node (AND, OR, NOT). */
struct node *node_new(struct loader *l, enum node_kind kind);
void node_add(struct loader *l, struct node *parent, struct node *child);

/* The only child of an AND or OR that has one, else the node itself. */
struct node *node_simple(struct node *node);
