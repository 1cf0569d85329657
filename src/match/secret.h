/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that are known by their shape: tokens, keys, passwords in URLs, e-mail
 * addresses. Private to match/; pure, any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* A secret is s[from, to); kind_z is the placeholder's word. */
struct secret {
	const char *kind_z;
	size_t from, to;
};

/* What starts at s[at], the first letter of a word: a JWT, a known prefix, "Bearer
 * TOKEN". */
bool secret_word(struct str s, size_t at, struct secret *out);

/* s[at] is the "-" of "-----BEGIN ... PRIVATE KEY-----"; an end that is missing is far
 * off. */
bool secret_pem(struct str s, size_t at, struct secret *out);

/* s[at] is the ":" of "://": the password before the host. */
bool secret_url(struct str s, size_t at, struct secret *out);

/*
 * s[at, at + len) is "@" or "%40": an e-mail address around it. Looks back no further
 * than to from.
 */
bool secret_email(struct str s, size_t at, size_t len, size_t from, struct secret *out);
