/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One death seen three ways is one: per container the largest of restarts, deaths in the
 * log and killings. What does not name its pod cannot be told apart from what does, so it
 * adds only where one kind of witness alone saw more. One thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "record/record.h"

struct deaths;

/* What one record says. Views are copied. */
struct death {
	enum record_category
		witness; /* POD: a restart, LOG: a last line, EVENT: a killing */
	struct str namespace, pod, container; /* empty: unknown */
	struct str once; /* the same again is the same death; empty: never */
	uint32_t weight;
};

struct deaths *deaths_new(void);
void deaths_free(struct deaths **pd);

/* Containers over the limit are not told apart any more. */
void deaths_add(struct deaths *d, const struct death *one);
uint64_t deaths_sum(const struct deaths *d);
