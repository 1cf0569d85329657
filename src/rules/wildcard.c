/* SPDX-License-Identifier: Apache-2.0 */
/* The tokenizer of plain values. */
#include "rules/wildcard.h"

static void
append(struct loader *l, struct value *v, enum part_kind kind, struct str text)
{
	if (kind == PART_TEXT && text.len == 0)
		return;
	if (kind == PART_ANY && v->n_parts > 0 &&
		v->parts[v->n_parts - 1].kind == PART_ANY)
		return;
	v->parts = loader_grow(l, v->parts, v->n_parts, sizeof(*v->parts));
	v->parts[v->n_parts].kind = kind;
	v->parts[v->n_parts].text = text;
	v->n_parts++;
}

static bool
is_special(char c)
{
	return c == '*' || c == '?' || c == '\\';
}

void
wildcard_parse(struct loader *l, struct str text, struct value *out)
{
	char *copy = loader_alloc(l, text.len + 1, 1);
	size_t from = 0, n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '\\' && i + 1 < text.len && is_special(text.ptr[i + 1])) {
			copy[n++] = text.ptr[++i];
		} else if (c == '*' || c == '?') {
			append(l, out, PART_TEXT, (struct str){ copy + from, n - from });
			append(l, out, c == '*' ? PART_ANY : PART_ONE, (struct str){ 0 });
			from = n;
		} else {
			copy[n++] = c;
		}
	}
	append(l, out, PART_TEXT, (struct str){ copy + from, n - from });
}

void
wildcard_open(struct loader *l, struct value *v, bool before, bool after)
{
	const struct value old = *v;

	v->parts = NULL;
	v->n_parts = 0;
	if (before)
		append(l, v, PART_ANY, (struct str){ 0 });
	for (size_t i = 0; i < old.n_parts; i++)
		append(l, v, old.parts[i].kind, old.parts[i].text);
	if (after)
		append(l, v, PART_ANY, (struct str){ 0 });
}
