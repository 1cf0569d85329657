/* SPDX-License-Identifier: Apache-2.0 */
/* Each one's number, as long as it is not long ago. */
#include "pipeline/equals.h"

#include <stdlib.h>

#include "tap.h"

enum { MOST = 65536, FEWER = MOST - 10 };

int
main(void)
{
	struct equals *e = equals_new();
	unsigned wrong = 0;

	OK(equals_count(e, 7) == 0 && equals_count(e, 7) == 1 && equals_count(e, 8) == 0);
	OK(equals_count(e, 0) == 0 && equals_count(e, 0) == 1);
	for (uint64_t i = 0; i < FEWER; i++)
		wrong += equals_count(e, 100 + i) != 0;
	OK(wrong == 0 && equals_count(e, 7) == 2);
	for (uint64_t i = 0; i < FEWER; i++)
		wrong += equals_count(e, 100 + i) != 1;
	OK(wrong == 0 && equals_count(e, 7) == 3);
	/* Two generations later nothing is known of the first. */
	for (uint64_t i = 0; i < 3 * MOST; i++)
		wrong += equals_count(e, 1000000 + i) != 0;
	OK(wrong == 0 && equals_count(e, 7) == 0);
	/* Undone to where it was kept, also what came to be of the older generation. */
	equals_count(e, 5);
	equals_keep(e);
	OK(equals_count(e, 5) == 1 && equals_count(e, 6) == 0 && equals_count(e, 5) == 2);
	for (uint64_t i = 0; i < MOST - 3; i++)
		wrong += equals_count(e, 2 * (uint64_t)1000000000 + i) != 0;
	OK(wrong == 0 && equals_count(e, 5) == 3);
	equals_undo(e);
	OK(equals_count(e, 6) == 0 && equals_count(e, 5) == 1);
	equals_keep(e);
	equals_undo(e);
	OK(equals_count(e, 6) == 1 && equals_count(e, 5) == 2);
	equals_free(&e);
	return tap_done();
}
