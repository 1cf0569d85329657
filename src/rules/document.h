/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One YAML document: what kind it is, its top-level keys, and its parts. Private to
 * rules/.
 */
#pragma once

#include "rules/loader.h"

/* Says which kind doc is: false after an error (neither, both, or one we refuse). */
bool document_classify(
	struct loader *l, const struct document *doc, bool *is_correlation);

/* The top-level keys, and all that needs no other document. doc->number is set. */
bool document_parse(struct loader *l, struct document *doc);

/* The correlation map, when all rules are parsed. */
bool document_parse_correlation(struct loader *l, struct document *doc);
