/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two loaded configurations. */
#include <string.h>

#include "base/compiler.h"
#include "conf/schema.h"
#include "conf/settings.h"

static bool
same_texts(const struct setting_texts *x, const struct setting_texts *y)
{
	if (x->n != y->n)
		return false;
	for (size_t i = 0; i < x->n; i++)
		if (!str_eq(x->items[i], y->items[i]))
			return false;
	return true;
}

/* In any order: it is a map. */
static bool
same_pairs(const struct setting_pairs *x, const struct setting_pairs *y)
{
	if (x->n != y->n)
		return false;
	for (size_t i = 0; i < x->n; i++) {
		size_t k = 0;

		while (k < y->n && (!str_eq(x->items[i].name, y->items[k].name) ||
					   !str_eq(x->items[i].value, y->items[k].value)))
			k++;
		if (k == y->n)
			return false;
	}
	return true;
}

static bool same_map(const struct setting_table *t, const char *x, const char *y);

static bool
same_list(const struct setting *s, const char *x, const char *y)
{
	const char *xs, *ys;
	size_t nx, ny;

	memcpy(&xs, x + s->offset, sizeof(xs));
	memcpy(&ys, y + s->offset, sizeof(ys));
	memcpy(&nx, x + s->n_offset, sizeof(nx));
	memcpy(&ny, y + s->n_offset, sizeof(ny));
	if (nx != ny)
		return false;
	for (size_t i = 0; i < nx; i++)
		if (!same_map(s->items, xs + i * s->items->size, ys + i * s->items->size))
			return false;
	return true;
}

static bool
same_value(const struct setting *s, const char *x, const char *y)
{
	const void *vx = x + s->offset, *vy = y + s->offset;

	switch (s->type) {
	case SETTING_BOOL:
		return *(const bool *)vx == *(const bool *)vy;
	case SETTING_NUMBER:
	case SETTING_BYTES:
	case SETTING_SPAN:
		return memcmp(vx, vy, sizeof(int64_t)) == 0;
	case SETTING_WORD:
		return memcmp(vx, vy, sizeof(int)) == 0;
	case SETTING_WORDS:
		return memcmp(vx, vy, sizeof(unsigned)) == 0;
	case SETTING_TEXTS:
	case SETTING_PATHS:
	case SETTING_URLS:
		return same_texts(vx, vy);
	case SETTING_PAIRS:
		return same_pairs(vx, vy);
	case SETTING_LIST:
		return same_list(s, x, y);
	default:
		return str_eq(*(const struct str *)vx, *(const struct str *)vy);
	}
}

static bool
same_map(const struct setting_table *t, const char *x, const char *y)
{
	for (size_t i = 0; i < t->n; i++)
		if (!same_value(&t->rows[i], x, y))
			return false;
	return true;
}

bool
output_settings_same(const struct output_settings *x, const struct output_settings *y)
{
	return same_map(&outputs_table, (const char *)x, (const char *)y);
}

size_t
settings_changes(const struct settings *old, const struct settings *new,
	struct setting_change out[SETTING_CHANGES_MAX])
{
	const struct setting_table *t = &settings_table;
	size_t n = 0;

	for (size_t i = 0; i < t->n && n < SETTING_CHANGES_MAX; i++) {
		const struct setting *s = &t->rows[i];

		if (same_value(s, (const char *)old, (const char *)new))
			continue;
		out[n++] = (struct setting_change){ .name_z = s->name_z,
			.can_reload = (s->flags & SETTING_RELOAD) != 0 };
	}
	return n;
}
