/* SPDX-License-Identifier: Apache-2.0 */
/* A request on its way through a courier, and what it is for. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "output/bundle.h"
#include "output/request.h"
#include "output/trouble.h"

enum errand_kind { FOR_FINDINGS, FOR_PULSE, FOR_PROBE };

struct errand {
	struct errand *next; /* lists own theirs */
	struct request request;
	enum errand_kind kind;
	struct bundle *bundle; /* of findings; borrowed */
	bool small;            /* as little as is useful */
	int64_t built_ns;      /* wall */
	uint64_t round;        /* of health, when it was sent */
	struct trouble trouble;
};

/* Takes r out of its list. NULL: out of memory. */
struct errand *errand_new(struct request *r, enum errand_kind kind, int64_t wall_ns);
void errand_free(struct errand **pe);

/*
 * Whether it waits for another: a finding of the same incident that comes earlier and has
 * not ended.
 */
bool errand_is_blocked(const struct errand *e);

/* The one at *at, taken out of its list. */
struct errand *errands_take(struct errand **at);
void errands_free(struct errand **list);
