/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The condition of a temporal_ordered as an automaton: a chain takes refs in the order of
 * `rules`; those it steps over it never has. Two chains that leave the same to be asked
 * are one state. What is left is compared as text: names already decided are folded away.
 */
#include "rules/chain_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define TEXT_MAX ((size_t)64 * 1024)

enum folded { FOLDED_FALSE, FOLDED_TRUE, FOLDED_OPEN };

struct maker {
	const struct correlation *co;
	struct chain_plan *out;
	struct str *rest; /* what each state leaves to be asked, as text */
	struct buf text;
	bool failed;
};

static bool
node_holds(const struct node *n, const struct refset *set)
{
	switch (n->kind) {
	case NODE_AND:
		for (size_t i = 0; i < n->n; i++)
			if (!node_holds(n->child[i], set))
				return false;
		return true;
	case NODE_OR:
		for (size_t i = 0; i < n->n; i++)
			if (node_holds(n->child[i], set))
				return true;
		return false;
	case NODE_NOT:
		return !node_holds(n->child[0], set);
	case NODE_NAME:
		return refset_has(set, n->ref);
	case NODE_ITEM:
	case NODE_TRUE:
		break;
	}
	return true;
}

bool
refset_meets(const struct refset *set, const struct correlation *co)
{
	if (co->condition != NULL)
		return node_holds(co->condition, set);
	for (uint32_t i = 0; i < co->n_refs; i++)
		if (!refset_has(set, i))
			return false;
	return true;
}

static enum folded
fold_name(struct buf *to, const struct correlation *co, uint32_t ref,
	const struct chain_state *s)
{
	if (!co->refs[ref].negated && refset_has(&s->taken, ref))
		return FOLDED_TRUE;
	if (!co->refs[ref].negated && ref < s->next)
		return FOLDED_FALSE;
	buf_add_char(to, 'r');
	buf_add_varint(to, ref);
	return FOLDED_OPEN;
}

static enum folded fold(struct buf *to, const struct correlation *co,
	const struct node *n, const struct chain_state *s);

/* Writes what is left of an AND or OR; one decided child may decide all. */
static enum folded
fold_list(struct buf *to, const struct correlation *co, const struct node *n,
	const struct chain_state *s)
{
	enum folded decides = n->kind == NODE_AND ? FOLDED_FALSE : FOLDED_TRUE;
	size_t from = to->len, left = 0;

	buf_add_char(to, n->kind == NODE_AND ? '&' : '|');
	for (size_t i = 0; i < n->n; i++) {
		enum folded f = fold(to, co, n->child[i], s);

		if (f == decides) {
			to->len = from;
			return f;
		}
		left += f == FOLDED_OPEN;
	}
	if (left == 0) {
		to->len = from;
		return n->kind == NODE_AND ? FOLDED_TRUE : FOLDED_FALSE;
	}
	if (left == 1 && !buf_failed(to)) {
		memmove(to->data + from, to->data + from + 1, to->len - from - 1);
		to->len--;
	} else
		buf_add_char(to, ';');
	return FOLDED_OPEN;
}

static enum folded
fold(struct buf *to, const struct correlation *co, const struct node *n,
	const struct chain_state *s)
{
	size_t from = to->len;
	enum folded f;

	switch (n->kind) {
	case NODE_AND:
	case NODE_OR:
		return fold_list(to, co, n, s);
	case NODE_NOT:
		buf_add_char(to, '!');
		f = fold(to, co, n->child[0], s);
		if (f == FOLDED_OPEN)
			return f;
		to->len = from;
		return f == FOLDED_TRUE ? FOLDED_FALSE : FOLDED_TRUE;
	case NODE_NAME:
		return fold_name(to, co, n->ref, s);
	case NODE_ITEM:
	case NODE_TRUE:
		break;
	}
	return FOLDED_TRUE;
}

/* All refs, as without a condition. */
static enum folded
fold_all(struct buf *to, const struct correlation *co, const struct chain_state *s)
{
	enum folded all = FOLDED_TRUE;

	for (uint32_t i = 0; i < co->n_refs; i++) {
		enum folded f = fold_name(to, co, i, s);

		if (f == FOLDED_FALSE)
			return f;
		if (f == FOLDED_OPEN)
			all = f;
	}
	return all;
}

static enum folded
rest_of(struct maker *m, const struct chain_state *s)
{
	buf_reset(&m->text);
	return m->co->condition != NULL ? fold(&m->text, m->co, m->co->condition, s)
					: fold_all(&m->text, m->co, s);
}

/* Whether the rest still asks for the ref. */
static bool
asks(struct str rest, uint32_t ref)
{
	while (rest.len > 0) {
		char c = rest.ptr[0];
		uint64_t r;

		rest = str_sub(rest, 1, rest.len);
		if (c == 'r' && buf_take_varint(&rest, &r) && r == ref)
			return true;
	}
	return false;
}

/* The state with this rest; refs before `next` are no part of any rest. */
static size_t
find(const struct maker *m, struct str rest)
{
	size_t i = 0;

	while (i < m->out->n_states && !str_eq(m->rest[i], rest))
		i++;
	return i;
}

static size_t
add_state(struct maker *m, const struct chain_state *s)
{
	struct chain_plan *p = m->out;
	size_t n = p->n_states, len = m->text.len;
	struct chain_state *states = realloc(p->states, (n + 1) * sizeof(*states));
	struct str *rest = realloc(m->rest, (n + 1) * sizeof(*rest));
	char *copy = malloc(len + 1);

	if (states != NULL)
		p->states = states;
	if (rest != NULL)
		m->rest = rest;
	if (states == NULL || rest == NULL || copy == NULL || buf_failed(&m->text)) {
		free(copy);
		m->failed = true;
		return n;
	}
	if (len > 0)
		memcpy(copy, m->text.data, len);
	p->states[n] = *s;
	p->states[n].whole = refset_meets(&s->taken, m->co);
	m->rest[n] = (struct str){ copy, len };
	p->n_states++;
	return n;
}

static void
add_move(struct maker *m, uint32_t ref, size_t from, size_t to)
{
	struct chain_plan *p = m->out;
	struct chain_move *moves = realloc(p->moves, (p->n_moves + 1) * sizeof(*moves));

	if (moves == NULL) {
		m->failed = true;
		return;
	}
	p->moves = moves;
	p->moves[p->n_moves++] = (struct chain_move){ ref, (uint32_t)from, (uint32_t)to };
}

/* From one state: each ref that it still asks for. */
static void
expand(struct maker *m, size_t from)
{
	for (uint32_t r = m->out->states[from].next; !m->failed && r < m->co->n_refs;
		r++) {
		struct chain_state s = m->out->states[from];
		size_t to;

		if (m->co->refs[r].negated || !asks(m->rest[from], r))
			continue;
		refset_add(&s.taken, r);
		s.next = r + 1;
		if (rest_of(m, &s) == FOLDED_FALSE)
			continue;
		to = find(m, buf_str(&m->text));
		if (to == m->out->n_states && to < CHAIN_STATES_MAX)
			to = add_state(m, &s);
		if (to < m->out->n_states)
			add_move(m, r, from, to);
		else
			m->out->cut = true;
	}
}

static int
by_ref(const void *a, const void *b)
{
	const struct chain_move *x = a, *y = b;

	if (x->ref != y->ref)
		return x->ref < y->ref ? -1 : 1;
	if (x->from != y->from)
		return x->from > y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

static bool
sort_moves(const struct correlation *co, struct chain_plan *p)
{
	size_t i = 0;

	p->first = calloc(co->n_refs + 1, sizeof(*p->first));
	if (p->first == NULL)
		return false;
	if (p->n_moves > 1)
		qsort(p->moves, p->n_moves, sizeof(*p->moves), by_ref);
	for (uint32_t r = 0; r <= co->n_refs; r++) {
		while (i < p->n_moves && p->moves[i].ref < r)
			i++;
		p->first[r] = (uint32_t)i;
	}
	return true;
}

static bool
any_one_ends(const struct correlation *co)
{
	struct refset all = { 0 };

	for (uint32_t r = 0; r < co->n_refs; r++)
		if (!co->refs[r].negated)
			refset_add(&all, r);
	for (uint32_t r = 0; r < co->n_refs; r++) {
		struct refset with = all;

		refset_add(&with, r);
		if (co->refs[r].negated && refset_meets(&with, co))
			return false;
	}
	return true;
}

bool
chain_plan_make(const struct correlation *co, struct chain_plan *out)
{
	struct maker m = { .co = co, .out = out };
	struct chain_state start = { 0 };

	buf_init(&m.text, TEXT_MAX);
	(void)rest_of(&m, &start);
	add_state(&m, &start);
	for (size_t i = 0; !m.failed && !out->cut && i < out->n_states; i++)
		expand(&m, i);
	for (size_t i = 0; i < out->n_states; i++)
		free((void *)(uintptr_t)m.rest[i].ptr);
	free(m.rest);
	buf_fini(&m.text);
	out->one_ends = co->has_not && any_one_ends(co);
	for (size_t i = 0; i < co->n_refs; i++)
		out->spans = out->spans || (co->refs[i].rule & CORRELATION_BIT) != 0;
	return !m.failed && sort_moves(co, out);
}

void
chain_plan_fini(struct chain_plan *p)
{
	free(p->states);
	free(p->moves);
	free(p->first);
}
