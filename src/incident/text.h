/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from outside as JSON values. Any thread.
 */
#pragma once

#include <jansson.h>

#include "base/str.h"

/* A new string; invalid UTF-8 becomes U+FFFD. NULL when out of memory. */
json_t *text_json(struct str s);

/* Sets obj[key] to value, taking it over. Keys that are no UTF-8 are mended too. */
void text_set(json_t *obj, struct str key, json_t *value);
