/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finding as all destinations read it: the JSON of incident/report.h with "kind" and
 * "seq" beside it. Views live as long as the finding. Pure functions.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* enum finding_kinds; what is neither opened nor resolved is an update. */
unsigned finding_kind(const json_t *finding);

/* enum level of rules/ruleset.h; LEVEL_NONE when there is none. */
int finding_level(const json_t *finding);

/* The member of that name as a time, or TIME_NONE. */
int64_t finding_time(const json_t *finding, const char *name_z);

/* When what the finding tells happened, or TIME_NONE. */
int64_t finding_at(const json_t *finding);

/* The entry that shows best what it is about: the first of the highest level, or NULL. */
const json_t *finding_lead(const json_t *finding);

/* A label of the key, else of the first source that has it; may be empty. */
struct str finding_label(const json_t *finding, const char *label_z);

/* "0123456789abcdef": at most FINDING_ID_MAX bytes. */
#define FINDING_ID_MAX ((size_t)64)
struct str finding_id(const json_t *finding);
int64_t finding_seq(const json_t *finding);

/*
 * A copy whose compact JSON has at most max bytes (2 KiB or more): its texts are cut,
 * then its lists halved; "timeline_more", "causes_more" and "explains_more" say what is missing. NULL: out
 * of memory.
 */
json_t *finding_small(const json_t *finding, size_t max);
