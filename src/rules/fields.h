/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which field names rules may use, by the kind of record. Pure functions; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "record/record.h"

/* The fields such a record always can have, labels included: for hints. */
const struct str *fields_of(enum record_category category, size_t *n);

/* Those of them that are labels of the source. */
const struct str *fields_labels(size_t *n);

bool field_is_known(enum record_category category, struct str name);

/* Whether it is one of the numbers of a volume record. */
bool field_is_volume(struct str name);

/* Looked up in a JSON body (LOG) or in the API object by its dotted name (EVENT, POD). */
bool field_is_body(enum record_category category, struct str name);
