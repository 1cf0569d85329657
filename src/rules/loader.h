/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the rule loader share: the documents read so far, their names, and
 * the small steps from YAML nodes to values, each of which reports its own errors.
 * Private to rules/; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/map.h"
#include "base/str.h"
#include "base/yaml.h"
#include "rules/ruleset.h"

/* An element of a constant table of words. */
#define WORD(lit)                                        \
	{                                                \
		.ptr = "" lit, .len = sizeof("" lit) - 1 \
	}

#define NUMBER_NONE UINT32_MAX

struct document {
	const struct diag_source *src; /* in the ruleset's arena, as everything here */
	struct yaml_node *root;        /* a map */
	struct str name;               /* its name, else its title; empty: it has none */
	struct str *ref_where;         /* correlations: for each of its refs */
	uint32_t number;
};

struct loader {
	struct ruleset *rs;
	struct diag diag;        /* src changes with the document at work */
	struct diag_cursor rows; /* of documents */
	struct document *docs;
	size_t n_docs, cap_docs;
	struct map *by_name; /* name or id -> struct document */
	struct str *names;   /* for hints */
	size_t n_names;
	bool incomplete; /* something was not readable: names may be missing */
};

/* n elements of size bytes, zeroed, as long as the ruleset. Ends the program without
 * memory. */
void *loader_alloc(struct loader *l, size_t n, size_t size);

/* The element array with room for one more behind n; grows in powers of two. */
void *loader_grow(struct loader *l, void *array, size_t n, size_t size);

/* Where value[pos, pos + len) stands in the text, as near as can be said. */
struct str loader_at(struct str where, struct str value, size_t pos, size_t len);

/* Adds 'did you mean "x"?' if a word is near. True when one was. */
bool loader_hint(struct loader *l, struct str word, const struct str *words, size_t n);

/* A scalar that is not null; else an error that starts with what_z. */
bool loader_text(struct loader *l, const struct yaml_node *node, const char *what_z,
	struct str *out);

/* A scalar as a list of one, or a list of scalars without nulls; may be empty. */
bool loader_list(struct loader *l, const struct yaml_node *node, const char *what_z,
	struct yaml_node ***items, size_t *n);

/* The same as texts. */
bool loader_texts(struct loader *l, const struct yaml_node *node, const char *what_z,
	struct str **out, size_t *n);

/* A positive duration (or zero when zero_ok), in ns. */
bool loader_duration(struct loader *l, const struct yaml_node *node, const char *what_z,
	bool zero_ok, int64_t *out);

/* node must be a map and its keys among words: false after errors for all that are not.
 */
bool loader_keys(struct loader *l, const struct yaml_node *node, const char *what_z,
	const struct str *words, size_t n);

/* The rule or correlation called name; NUMBER_NONE after an error at where. */
uint32_t loader_ref(struct loader *l, struct str name, struct str where);

/* The same for names that must be rules. */
uint32_t loader_rule_ref(
	struct loader *l, struct str name, struct str where, const char *what_z);

struct rule *loader_rule(const struct loader *l, uint32_t number);
struct correlation *loader_correlation(const struct loader *l, uint32_t number);

/* Position of word in words, or n. */
size_t word_find(struct str word, const struct str *words, size_t n);
