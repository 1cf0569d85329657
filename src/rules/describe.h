/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files for editors: the words of vocabulary.h as a JSON Schema. Any thread. */
#pragma once

#include <jansson.h>

/*
 * JSON Schema (2020-12) of one document of a rule file: a new object. It takes whatever
 * the loader takes without a word; the loader knows more mistakes than it does. NULL: out
 * of memory.
 */
json_t *rules_describe_json(void);
