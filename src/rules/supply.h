/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rule can give which field to group-by, condition.field, keys, marks and
 * templates; and what the evaluator has to take along for them (rule.wanted). Private to
 * rules/.
 */
#pragma once

#include "rules/loader.h"

/* For all documents, when all are parsed without an error. Mostly warns. */
void supply_check_all(struct loader *l);
