/* SPDX-License-Identifier: Apache-2.0 */
/* From a world that differs to a small one that still does. */
#include <stdio.h>

#include "model.h"

static bool
differs(struct world *w, struct trial *t)
{
	world_write(w, t);
	return !world_try(w, t) && t->loaded;
}

/* Whether all records that are left stay apart. */
static bool
is_sound(const struct file *f)
{
	const struct rec *last[STREAMS_MAX] = { NULL };

	for (size_t i = 0; i < f->n_recs; i++) {
		const struct rec *r = f->rec[i];

		if (r->gone)
			continue;
		if (!corpus_parts(last[r->stream], r))
			return false;
		if (r->kind != KIND_BLANK)
			last[r->stream] = r;
	}
	return true;
}

static bool
try_flag(struct world *w, struct trial *t, bool *gone)
{
	if (*gone)
		return false;
	*gone = true;
	if (differs(w, t))
		return true;
	*gone = false;
	return false;
}

static void
shrink_records(struct world *w, struct trial *t)
{
	for (size_t i = 0; i < w->n_files; i++) {
		struct file *f = &w->file[i];

		if (try_flag(w, t, &f->gone) || f->gone)
			continue;
		for (size_t k = f->n_recs; k > 0; k--) {
			struct rec *r = f->rec[k - 1];

			if (r->gone)
				continue;
			r->gone = true;
			if (!is_sound(f) || !differs(w, t))
				r->gone = false;
		}
	}
}

static void
shrink_tricks(struct world *w, struct trial *t)
{
	size_t jobs = w->jobs, chunk = w->chunk;
	struct str asked = w->asked;

	w->jobs = 1;
	if (!differs(w, t))
		w->jobs = jobs;
	w->chunk = 0;
	if (!differs(w, t))
		w->chunk = chunk;
	w->asked = (struct str){ 0 };
	if (!differs(w, t))
		w->asked = asked;
	for (unsigned trick = 1; trick < TRICKS; trick <<= 1) {
		if (!(w->tricks & trick))
			continue;
		w->tricks &= ~trick;
		if (!differs(w, t))
			w->tricks |= trick;
	}
}

static size_t
left(const bool *gone, size_t n, size_t stride)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !*(const bool *)((const char *)gone + i * stride);
	return count;
}

static void
shrink_item(struct world *w, struct trial *t, struct plain_item *item)
{
	for (size_t i = 0; i < item->n; i++)
		if (left(&item->value[0].gone, item->n, sizeof(item->value[0])) > 1)
			(void)try_flag(w, t, &item->value[i].gone);
}

static void
shrink_selection(struct world *w, struct trial *t, struct selection *sel)
{
	for (size_t i = 0; i < sel->n; i++) {
		struct group *g = &sel->group[i];

		if (left(&sel->group[0].gone, sel->n, sizeof(sel->group[0])) > 1)
			(void)try_flag(w, t, &g->gone);
		for (size_t k = 0; k < g->n && !g->gone; k++) {
			if (left(&g->item[0].gone, g->n, sizeof(g->item[0])) > 1)
				(void)try_flag(w, t, &g->item[k].gone);
			if (!g->item[k].gone)
				shrink_item(w, t, &g->item[k]);
		}
	}
	if (sel->shape >= SHAPE_KEYWORDS)
		shrink_item(w, t, &sel->keywords);
}

/* A condition by one of its parts, as often as that helps. */
static void
shrink_cond(struct world *w, struct trial *t, struct cond **k)
{
	struct cond *whole = *k;

	for (size_t i = 0; i < whole->n; i++) {
		*k = whole->child[i];
		if (differs(w, t)) {
			shrink_cond(w, t, k);
			return;
		}
	}
	*k = whole;
	for (size_t i = 0; i < whole->n; i++)
		shrink_cond(w, t, &whole->child[i]);
}

static bool
uses(const struct cond *k, size_t selection)
{
	bool used = k->kind == C_NAME ? k->selection == selection
				      : k->kind == C_ONE_OF || k->kind == C_ALL_OF;

	for (size_t i = 0; i < k->n; i++)
		used = used || uses(k->child[i], selection);
	return used;
}

static void
shrink_rules(struct world *w, struct trial *t)
{
	for (size_t i = 0; i < w->n_rules; i++) {
		struct plain_rule *r = &w->rule[i];

		if (left(&w->rule[0].gone, w->n_rules, sizeof(w->rule[0])) > 1 &&
			try_flag(w, t, &r->gone))
			continue;
		shrink_cond(w, t, &r->cond);
		while (r->n > 1 && !uses(r->cond, r->n - 1))
			r->n--;
		for (size_t k = 0; k < r->n; k++)
			shrink_selection(w, t, &r->selection[k]);
	}
}

void
shrink(struct world *w, struct trial *t)
{
	shrink_records(w, t);
	shrink_tricks(w, t);
	shrink_rules(w, t);
	shrink_records(w, t);
	shrink_tricks(w, t);
	(void)differs(w, t);
}

/* --- what is left --- */

static void
print_lines(struct buf *b, const char *head_z, struct str text, bool visible)
{
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		struct str seen = str_sub(line, 0, 2000);

		buf_add(b, str_z(head_z));
		if (visible)
			buf_add_visible(b, seen);
		else
			buf_add(b, seen);
		if (seen.len < line.len)
			buf_printf(b, " ... %zu bytes", line.len);
		buf_add_char(b, '\n');
	}
}

static void
print_missing(struct buf *b, const char *head_z, const struct lines_of *a,
	const struct lines_of *from)
{
	for (size_t i = 0; i < a->n; i++) {
		bool there = false;

		for (size_t k = 0; k < from->n && !there; k++)
			there = str_eq(a->at[i], from->at[k]);
		if (!there)
			print_lines(b, head_z, a->at[i], false);
	}
}

void
shrink_print(struct world *w, struct trial *t)
{
	struct buf b, text;

	buf_init(&b, (size_t)64 << 20);
	buf_init(&text, (size_t)64 << 20);
	buf_printf(&b, "# format %d, tricks %u, jobs %zu, chunk %zu\n", (int)w->format,
		w->tricks, w->jobs, w->chunk);
	print_lines(&b, "#   ", buf_str(&t->yaml), false);
	for (size_t i = 0; i < w->n_files; i++) {
		if (w->file[i].gone)
			continue;
		buf_reset(&text);
		(void)wrap_file(w, &w->file[i], &text, t->truth, TRUTHS_MAX);
		buf_printf(&b, "# file %zu, format %d: %s\n", i, (int)w->file[i].format,
			w->file[i].path_z);
		print_lines(&b, "#   ", buf_str(&text), true);
	}
	print_missing(&b, "# expected ", &t->expected, &t->got);
	print_missing(&b, "# but got  ", &t->got, &t->expected);
	fwrite(b.data, 1, b.len, stdout);
	buf_fini(&b);
	buf_fini(&text);
}
