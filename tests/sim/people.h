/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Customers, all invented. Their card numbers, passwords, e-mail addresses and tokens are
 * unique, so that one that leaks is found by a plain search: they are the canaries.
 * Single thread.
 */
#pragma once

#include "world.h"

struct person {
	const char *first, *last, *street, *city;
	char username[32], email[64], password[32];
	char card[17], ccv[4], expires[6];
	char id[25], address_id[25], card_id[25];
	unsigned house;
	bool card_shown, password_shown, email_shown; /* written to a log */
};

struct people *people_new(uint64_t seed, bool canaries);
void people_free(struct people **pp);

/* Anyone who has an account; r decides. */
unsigned people_any(struct people *p, struct rng *r);

struct person *people_get(struct people *p, unsigned i);

/* Someone who registers now (or, past a limit, someone who did before). */
unsigned people_join(struct people *p);

/* The customer of the historic outage. */
void people_set_id(struct people *p, unsigned i, const char *id);

/* A token nobody has seen; valid until the next call. */
const char *people_token(struct people *p);

/* Appends what was shown as JSON strings with commas between. */
void people_canaries(const struct people *p, struct text *out);
