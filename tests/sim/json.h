/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lays out compact JSON the way a program would: kubectl (sorted keys, four spaces) or
 * Jackson (two spaces, "key" : value, arrays not broken). The input must be valid.
 */
#pragma once

#include "text.h"

enum json_style { JSON_KUBECTL, JSON_JACKSON };

/* Appends in, laid out, to out; level is the indentation the value starts at. */
void json_layout(struct text *out, const char *in, enum json_style style, unsigned level);
