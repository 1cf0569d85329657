/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API key: read from a file, sent in a header, shown nowhere. Any thread.
 */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

#define APIKEY_MAX 128

struct apikey {
	char text_z[APIKEY_MAX + 1];
};

/*
 * From path_z, or when that is NULL from $CREDENTIALS_DIRECTORY/datadog-api-key. White
 * space around it is dropped. 0, or a negative errno value after a message that tells the
 * ways to give one; the message never has the key.
 */
MUST_USE int apikey_read(const char *path_z, struct apikey *out);

/* Wipes the memory. */
void apikey_forget(struct apikey *k);
