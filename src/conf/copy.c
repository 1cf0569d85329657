/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the settings of an output: it may outlive its configuration. */
#include <string.h>

#include "conf/schema.h"
#include "conf/settings.h"

static bool
copy_text(struct arena *a, const struct str *from, struct str *to)
{
	*to = arena_copy(a, *from);
	return to->len == from->len;
}

static bool
copy_texts(struct arena *a, const struct setting_texts *from, struct setting_texts *to)
{
	struct str *items = arena_alloc(a, (from->n + 1) * sizeof(*items));

	if (items == NULL)
		return false;
	for (size_t i = 0; i < from->n; i++)
		if (!copy_text(a, &from->items[i], &items[i]))
			return false;
	*to = (struct setting_texts){ items, from->n };
	return true;
}

static bool
copy_pairs(struct arena *a, const struct setting_pairs *from, struct setting_pairs *to)
{
	struct setting_pair *items = arena_alloc(a, (from->n + 1) * sizeof(*items));

	if (items == NULL)
		return false;
	for (size_t i = 0; i < from->n; i++)
		if (!copy_text(a, &from->items[i].name, &items[i].name) ||
			!copy_text(a, &from->items[i].value, &items[i].value))
			return false;
	*to = (struct setting_pairs){ items, from->n };
	return true;
}

/* What is no view was copied with its struct. */
static bool
copy_value(struct arena *a, const struct setting *s, const char *from, char *to)
{
	const void *vf = from + s->offset;
	void *vt = to + s->offset;

	switch (s->type) {
	case SETTING_BOOL:
	case SETTING_NUMBER:
	case SETTING_BYTES:
	case SETTING_SPAN:
	case SETTING_WORD:
	case SETTING_WORDS:
	case SETTING_LIST: /* an output has none */
		return true;
	case SETTING_TEXTS:
	case SETTING_PATHS:
	case SETTING_URLS:
		return copy_texts(a, vf, vt);
	case SETTING_PAIRS:
		return copy_pairs(a, vf, vt);
	default:
		return copy_text(a, vf, vt);
	}
}

bool
output_settings_copy(
	struct arena *a, const struct output_settings *from, struct output_settings *to)
{
	*to = *from;
	for (size_t i = 0; i < outputs_table.n; i++)
		if (!copy_value(
			    a, &outputs_table.rows[i], (const char *)from, (char *)to))
			return false;
	return true;
}
