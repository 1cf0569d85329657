/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which findings a destination takes, as its settings say. Pure functions.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "conf/settings.h"

/*
 * Whether the finding (the JSON of report.h with "kind") is for the output: its kind,
 * level, rule, namespace and the labels of its key. A namespace that its key does not
 * have is that of its timeline.
 */
bool route_takes(const struct output_settings *output, const json_t *finding);

/* Whether all of s is what the pattern says: * stands for any text, ? for a character. */
bool route_matches(struct str pattern, struct str s);
