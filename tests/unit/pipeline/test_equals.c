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
	equals_free(&e);
	return tap_done();
}
