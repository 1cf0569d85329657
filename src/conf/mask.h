/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that somebody wrote into a configuration: found by the names of their keys, so
 * that no message shows them. Pure functions; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * Overwrites with x what stands behind a secret's key, between :// and @, and in a Slack
 * hook's path, on each line. A *_FILE key keeps its value when it is a path.
 */
void mask_secrets(char *text, size_t len);

/* The key under which a file with this secret is named ("api_key" → "api_key_file");
 * empty: key is no name of a secret. */
struct str mask_file_key(struct str key);
