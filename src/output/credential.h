/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret of a destination: a key, a token, an address. Read from a file, sent in a
 * header, shown nowhere. Any thread.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"
#include "conf/settings.h"

#define CREDENTIAL_MAX 2048

struct credential {
	char text_z[CREDENTIAL_MAX + 1];
};

/*
 * From file, a path or $CREDENTIALS_DIRECTORY/NAME as settings have it, or from path_z
 * when that is not NULL. White space around it is dropped. what_z: "API key", for
 * messages. 0, or a negative errno value after a message that tells the ways to give one;
 * the message never has the secret.
 */
MUST_USE int credential_read(
	struct str file, const char *path_z, const char *what_z, struct credential *out);

/*
 * Changes when a file with a secret of the output, or ca_file, is another one or was
 * written: it is to be read again. path_z as above.
 */
uint64_t credential_stamp(const struct output_settings *output, const char *path_z);

/* Wipes the memory. */
void credential_forget(struct credential *k);

/* Whether the secret stands in s: then s is not to be shown. */
bool credential_is_in(const struct credential *k, struct str s);
