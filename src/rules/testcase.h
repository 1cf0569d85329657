/* SPDX-License-Identifier: Apache-2.0 */
/* The top-level key `tests` of a rule. Private to rules/. */
#pragma once

#include "rules/loader.h"

/* Fills r's tests; its captures and category are known. False after errors. */
bool testcase_parse_all(struct loader *l, const struct yaml_node *list, struct rule *r);
