/* SPDX-License-Identifier: Apache-2.0 */
/* A checkout as the front-end logs it. */
#pragma once

#include "shop.h"
#include "world.h"

struct person;

void checkout_begin(struct world *w, int64_t at_ns, struct person *p);

/* 201, 500 with the exception's message, 406. */
void checkout_done(struct world *w, int64_t at_ns, const struct order *o);
void checkout_failed(struct world *w, int64_t at_ns, const char *message);
void checkout_declined(struct world *w, int64_t at_ns);
