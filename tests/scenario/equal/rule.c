/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules made after the texts of records, so that they match some: all modifiers, all
 * shapes of selections, conditions over them.
 */
#include <stdlib.h>
#include <string.h>

#include "smith.h"

/* --- items --- */

static struct str
some_text(struct smith *s, struct str mine)
{
	if (mine.len > 0 && !one_in(s->c, 5))
		return mine;
	return line_words(s->a, s->c, below(s->c, 3));
}

static void
fill_values(struct smith *s, struct plain_item *item, struct str text)
{
	bool head, tail;

	item->n = item->all         ? 2 + below(s->c, 2)
		  : one_in(s->c, 3) ? 2 + below(s->c, 3)
				    : 1;
	for (size_t i = 0; i < item->n; i++) {
		struct str mine = i == 0 || item->all ? text : some_text(s, text);
		struct plain_value *v = &item->value[i];

		if (item->op >= OP_LT && item->op <= OP_GTE) {
			smith_number(s, mine, v);
		} else if (item->op == OP_RE) {
			*v = (struct plain_value){ .regex = smith_regex(s, mine) };
		} else if (!item->before && !item->after && one_in(s->c, 6) &&
			   !item->cased) {
			smith_number(s, mine, v);
		} else if (item->field.len > 0 && !item->before && !item->after) {
			smith_value(s, str_sub(mine, 0, 300), v);
			if (mine.len > 300)
				smith_any(v);
		} else {
			struct str part = smith_part(s, mine, &head, &tail);

			if (item->after && !item->before)
				part = str_sub(mine, 0, part.len);
			if (item->before && !item->after)
				part = str_sub(mine, mine.len - part.len, part.len);
			smith_value(s, part, v);
		}
	}
}

static void
make_item(struct smith *s, struct plain_item *item, struct str field, struct str text)
{
	struct chance *c = s->c;
	double number;

	*item = (struct plain_item){ .field = field };
	switch (below(c, str_to_double(text, &number) ? 16 : 12)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		item->before = item->after = field.len > 0 || one_in(c, 2);
		break;
	case 5:
		item->after = field.len > 0;
		break;
	case 6:
		item->before = field.len > 0;
		break;
	case 7:
	case 8:
	case 9:
		item->op = OP_RE;
		break;
	case 10:
		if (field.len > 0)
			item->op = one_in(c, 3) ? OP_NULL : OP_EXISTS;
		break;
	case 11:
		break;
	default:
		if (field.len > 0)
			item->op = (enum op)(OP_LT + below(c, 4));
		break;
	}
	if (item->op == OP_EXISTS || item->op == OP_NULL) {
		item->exists = !one_in(c, 4);
		return;
	}
	item->negated = one_in(c, 12);
	item->all = one_in(c, 5);
	if (item->op == OP_EQUALS)
		item->cased = one_in(c, 8);
	if (item->op == OP_RE) {
		item->i = one_in(c, 3);
		item->m = one_in(c, 4);
		item->s = one_in(c, 4);
	}
	fill_values(s, item, text);
}

/* A path in the body to a leaf, and one of its values. */
static bool
find_leaf(struct smith *s, const struct jnode *n, struct buf *path, struct str *text)
{
	const struct jnode *child;

	while (n->kind == J_LIST && n->n > 0)
		n = n->child[below(s->c, n->n)];
	if (n->kind != J_MAP) {
		*text = n->text;
		return path->len > 0;
	}
	if (n->n == 0)
		return false;
	child = n->child[below(s->c, n->n)];
	if (path->len > 0)
		buf_add_char(path, '.');
	buf_add(path, child->key);
	return find_leaf(s, child, path, text);
}

static void
make_body_item(struct smith *s, struct plain_item *item)
{
	struct str text = { 0 }, field;
	struct buf path;
	bool deep;

	buf_init(&path, 1000);
	if (!find_leaf(s, s->t->body, &path, &text)) {
		buf_reset(&path);
		buf_add(&path, STR("ctx.msg"));
	}
	deep = one_in(s->c, 8) || str_eq(buf_str(&path), STR("message"));
	field = smith_keep(s, &path);
	if (deep) {
		buf_init(&path, 1000);
		buf_add(&path, STR("body."));
		buf_add(&path, field);
		field = smith_keep(s, &path);
	}
	if (one_in(s->c, 15)) { /* a map: only that it exists */
		*item = (struct plain_item){ .field = one_in(s->c, 2) ? STR("ctx")
								      : STR("http"),
			.op = OP_EXISTS,
			.exists = one_in(s->c, 2) };
		return;
	}
	make_item(s, item, field, text);
}

static void
make_label_item(struct smith *s, struct plain_item *item)
{
	enum label label = (enum label)below(s->c, LABEL_COUNT);
	struct str text = s->t->stream->label[label], field = label_names[label];

	if (one_in(s->c, 3)) {
		field = STR("stream");
		text = s->t->stream->name;
	}
	if (text.len == 0)
		text = one_in(s->c, 2) ? STR("orders") : STR("sock-shop");
	make_item(s, item, field, text);
}

static struct str
keyword_text(struct smith *s)
{
	struct str text = s->t->message;
	struct buf path;

	if (s->t->body != NULL) {
		buf_init(&path, 1000);
		(void)find_leaf(s, s->t->body, &path, &text);
		buf_fini(&path);
	}
	return text;
}

static void
make_any_item(struct smith *s, struct plain_item *item)
{
	size_t dice = below(s->c, 20);

	if (s->t->body != NULL && dice < 9)
		make_body_item(s, item);
	else if (dice < 11)
		make_label_item(s, item);
	else if (dice == 11)
		make_item(s, item, STR("missing"), STR("payment"));
	else if (dice < 14)
		make_item(s, item, (struct str){ 0 }, keyword_text(s));
	else
		make_item(s, item, STR("message"), s->t->message);
}

/* YAML refuses the same key twice. */
static bool
is_twin(const struct group *g, size_t n)
{
	struct buf a, b;
	bool twin = false;

	buf_init(&a, 1000);
	buf_init(&b, 1000);
	rule_print_key(&a, &g->item[n]);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&b);
		rule_print_key(&b, &g->item[i]);
		twin = twin || str_eq(buf_str(&a), buf_str(&b));
	}
	buf_fini(&a);
	buf_fini(&b);
	return twin;
}

static void
make_group(struct smith *s, struct group *g)
{
	size_t n = 1 + below(s->c, one_in(s->c, 2) ? 1 : 3);

	g->n = 0;
	while (g->n < n) {
		struct plain_item *item = &g->item[g->n];

		make_any_item(s, item);
		if (item->field.len == 0 && !item->all && item->op == OP_EQUALS)
			item->before = item->after = item->all = true;
		if (is_twin(g, g->n))
			n--;
		else
			g->n++;
	}
}

static void
make_keywords(struct smith *s, struct plain_item *item, bool one)
{
	*item = (struct plain_item){ .op = OP_EQUALS };
	fill_values(s, item, keyword_text(s));
	if (one)
		item->n = 1;
}

static void
make_selection(struct smith *s, struct selection *sel, size_t number)
{
	static const char *const names_z[] = { "sel_a", "sel_b", "filter", "_hidden" };

	*sel = (struct selection){ .name = str_z(names_z[number]) };
	sel->shape = one_in(s->c, 2) ? SHAPE_MAP : (enum shape)below(s->c, 5);
	sel->n = sel->shape == SHAPE_MAPS || sel->shape == SHAPE_MIXED
			 ? 1 + below(s->c, 2)
		 : sel->shape == SHAPE_MAP ? 1
					   : 0;
	for (size_t i = 0; i < sel->n; i++)
		make_group(s, &sel->group[i]);
	if (sel->shape >= SHAPE_KEYWORDS)
		make_keywords(s, &sel->keywords, sel->shape == SHAPE_WORD);
}

static struct cond *
make_cond(struct smith *s, size_t n, unsigned depth)
{
	struct cond *k = arena_alloc(s->a, sizeof(*k));
	size_t dice = below(s->c, depth > 2 ? 5 : 12);

	if (k == NULL)
		abort();
	if (dice < 4) {
		k->kind = C_NAME;
		k->selection = below(s->c, n);
	} else if (dice == 4) {
		k->kind = one_in(s->c, 2) ? C_ONE_OF : C_ALL_OF;
		k->pattern = one_in(s->c, 2) ? STR("sel_*") : STR("them");
	} else if (dice < 6) {
		k->kind = C_NOT;
		k->n = 1;
		k->child[0] = make_cond(s, n, depth + 1);
	} else {
		k->kind = dice < 10 ? C_AND : C_OR;
		k->n = 2 + below(s->c, 2);
		for (size_t i = 0; i < k->n; i++)
			k->child[i] = make_cond(s, n, depth + 1);
	}
	return k;
}

void
rule_make(struct world *w, struct chance *c, const struct truth *t, size_t n)
{
	static const char *const services_z[] = { "orders", "Payment", "user-db",
		"other" };

	w->n_rules = 1 + below(c, RULES_MAX);
	w->rule = arena_alloc(w->arena, w->n_rules * sizeof(w->rule[0]));
	for (size_t i = 0; i < w->n_rules; i++) {
		struct plain_rule *r = &w->rule[i];
		struct smith s = { w->arena, c, &t[below(c, n)], 0 };

		*r = (struct plain_rule){ .n = 1 + below(c, one_in(c, 2) ? 1 : 4) };
		r->category = one_in(c, 20) ? STR("event") : STR("log");
		if (one_in(c, 3))
			r->product = STR("kubernetes");
		if (r->product.len > 0 && one_in(c, 2))
			r->category = (struct str){ 0 };
		if (one_in(c, 3))
			r->service = str_z(PICK(c, services_z));
		for (size_t k = 0; k < r->n; k++) {
			if (one_in(c, 3))
				s.t = &t[below(c, n)];
			make_selection(&s, &r->selection[k], k);
		}
		r->cond = make_cond(&s, r->n, one_in(c, 2) ? 3 : 0);
	}
}
