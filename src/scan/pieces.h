/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of docker's json-file that go on in the next one. Private to scan/; one thread.
 */
#pragma once

#include "scan/hits.h"

/* Adds every line of h->text whose log text does not end with an escaped LF. */
void pieces_find(struct hits *h);
