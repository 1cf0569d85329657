/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of docker's json-file that go on in the next one. Private to scan/; one thread.
 */
#pragma once

#include "scan/hits.h"

/* Adds every line of h->text, which has so many LFs, whose log text does not end with an
 * escaped one. */
void pieces_find(struct hits *h, uint64_t lines);
