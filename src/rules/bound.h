/* SPDX-License-Identifier: Apache-2.0 */
/* A correlation's condition as a map: {field: f, percentile: p, gte: n}. Private to
 * rules/. */
#pragma once

#include "rules/loader.h"

/* Sets c's bounds, field and percentile; its type is known. False after errors. */
bool bound_parse(struct loader *l, const struct yaml_node *map, struct correlation *c);
