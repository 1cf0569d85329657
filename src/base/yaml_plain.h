/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What type a plain YAML scalar has: under YAML 1.1 (as PyYAML and libyaml's users read
 * it) and under the core schema of YAML 1.2. Pure functions.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/* Names for messages ("a boolean"); the same type is the same pointer. */
struct yaml_plain_types {
	const char *v11;
	const char *v12;
};

struct yaml_plain_types yaml_plain_types(struct str s);

/* The core schema of 1.2. *out is set on true only; no infinity, no NaN. */
bool yaml_plain_is_null(struct str s);
bool yaml_plain_bool(struct str s, bool *out);
bool yaml_plain_double(struct str s, double *out);
