/* SPDX-License-Identifier: Apache-2.0 */
/* arena: alignment, zeroing, the limit, reset. */
#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "../../tap.h"

static bool
is_zero(const void *p, size_t n)
{
	const unsigned char *c = p;

	for (size_t i = 0; i < n; i++)
		if (c[i] != 0)
			return false;
	return true;
}

int
main(void)
{
	struct arena *a = arena_new("test", 1u << 20);
	struct arena *small = arena_new("small", 32);
	bool good = true;
	struct str copy;
	char *p;

	for (size_t i = 0; i < 2000; i++) {
		p = arena_alloc(a, i % 300);
		good = good && p != NULL && (uintptr_t)p % alignof(max_align_t) == 0;
		good = good && is_zero(p, i % 300);
		memset(p, 0xaa, i % 300);
	}
	OK(good);
	p = arena_alloc(a, 300000);
	OK(p != NULL && is_zero(p, 300000));
	OK(arena_used(a) > 300000 && arena_alloc(a, 1u << 20) == NULL);
	OK(arena_alloc(a, SIZE_MAX) == NULL && arena_alloc(a, SIZE_MAX - 7) == NULL);
	arena_reset(a);
	OK(arena_used(a) == 0);
	p = arena_alloc(a, 1u << 20);
	OK(p != NULL && is_zero(p, 1u << 20) && arena_alloc(a, 1) == NULL);
	arena_reset(a);
	copy = arena_copy(a, STR("abc"));
	OK(str_eq(copy, STR("abc")) && arena_copy(a, STR("")).ptr != NULL);
	OK(arena_alloc(small, 17) != NULL && arena_alloc(small, 1) == NULL);
	OK(arena_copy(small, STR("x")).ptr == NULL &&
		arena_copy(small, STR("x")).len == 0);
	arena_free(&a);
	arena_free(&small);
	OK(a == NULL);
	arena_free(&a);
	return tap_done();
}
