/* SPDX-License-Identifier: Apache-2.0 */
/* Sigma's plain values: text with the wildcards * and ?. Private to rules/. */
#pragma once

#include "rules/loader.h"

/*
 * Splits text at its wildcards. Before * ? and \ a backslash makes them literal and goes;
 * before anything else it stays. Anything is a legal text.
 */
void wildcard_parse(struct loader *l, struct str text, struct value *out);

/* Adds * at either end unless it is there. */
void wildcard_open(struct loader *l, struct value *v, bool before, bool after);
