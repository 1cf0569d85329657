/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `detection` map of a rule: selections, and the condition over them. Private to
 * rules/.
 */
#pragma once

#include "rules/loader.h"

/*
 * Sets r->condition and the captures it can bind; r->category must be known. False after
 * errors.
 */
bool detection_parse(struct loader *l, const struct yaml_node *map, struct rule *r);
