/* SPDX-License-Identifier: Apache-2.0 */
/* No wrapping; and the colours that any text may carry. */
#include "decode/wrap.h"

void
wrap_plain(struct str line, char *scratch, struct wrap *out)
{
	(void)scratch;
	*out = (struct wrap){ .content = line };
}

/* Behind its first two bytes. */
size_t
wrap_sgr_rest(struct str s)
{
	size_t i = 2;

	/* Digits, and ":" and ";" right behind them. */
	while (i < s.len && (unsigned char)(s.ptr[i] - '0') <= ';' - '0')
		i++;
	return i < s.len && s.ptr[i] == 'm' ? i + 1 : 0;
}

const struct wrapping wrapping_plain = { .unwrap = wrap_plain };
