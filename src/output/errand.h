/* SPDX-License-Identifier: Apache-2.0 */
/* A request on its way through a courier, and what it is for. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "output/request.h"

enum errand_kind { FOR_FINDINGS, FOR_PULSE, FOR_PROBE };

struct errand {
	struct errand *next; /* lists own theirs */
	struct request request;
	enum errand_kind kind;
	bool small;       /* as little as is useful */
	int64_t built_ns; /* wall */
};

/* Takes r out of its list. NULL: out of memory. */
struct errand *errand_new(struct request *r, enum errand_kind kind, int64_t wall_ns);
void errand_free(struct errand **pe);

/* The first, taken out of a list that is not empty. */
struct errand *errands_take(struct errand **list);
void errands_free(struct errand **list);
