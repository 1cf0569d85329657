/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the Go services (payment, catalogue, user): logfmt on stderr. */
#pragma once

#include "shop.h"
#include "world.h"

struct person;

void gokit_health(struct world *w, enum service s, int64_t at_ns);

/* fields is everything between caller and took; took_ns 0 writes none. */
void gokit_say(struct world *w, enum service s, int64_t at_ns, const char *caller,
	const char *fields, int64_t took_ns);

void catalogue_list(struct world *w, int64_t at_ns);
void catalogue_get(struct world *w, int64_t at_ns, const char *id);
void catalogue_tags(struct world *w, int64_t at_ns);

/* The lookups of a checkout: logfmt and the debug dumps on stdout. */
void user_lookups(struct world *w, int64_t at_ns, struct person *p);
