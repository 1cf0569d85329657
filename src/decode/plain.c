/* SPDX-License-Identifier: Apache-2.0 */
/* No wrapping. */
#include "decode/wrap.h"

void
wrap_plain(struct str line, char *scratch, struct wrap *out)
{
	(void)scratch;
	*out = (struct wrap){ .content = line };
}

/* There is one stream. */
static size_t
glance(struct str line, const struct wrap *as)
{
	(void)as;
	return line.len == 0 || line.ptr[0] != '\0' ? 0 : SIZE_MAX;
}

static size_t
all_same(const char *text, size_t from, const size_t *lf, size_t n, const struct wrap *as)
{
	(void)text, (void)from, (void)lf, (void)as;
	return n;
}

const struct wrapping wrapping_plain = {
	.unwrap = wrap_plain, .glance = glance, .same = all_same, .brief = true
};
