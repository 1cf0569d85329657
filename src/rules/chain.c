/* SPDX-License-Identifier: Apache-2.0 */
/* Correlations over correlations: depth, cycles, and who is named by whom. */
#include "rules/correlation.h"

enum visit { VISIT_NOT, VISIT_OPEN, VISIT_DONE };

struct walk {
	struct loader *l;
	enum visit *state;      /* of each correlation */
	struct document **docs; /* of each correlation */
	unsigned level;         /* of recursion */
};

static void
complain(struct walk *w, size_t corr, size_t ref, const char *why_z)
{
	struct document *doc = w->docs[corr];
	struct correlation *c = &w->l->rs->corrs[corr];

	w->l->diag.src = doc->src;
	diag_error(&w->l->diag, doc->ref_where[ref], "\"%.*s\" %s",
		STR_ARG(ruleset_name(w->l->rs, c->refs[ref].rule)), why_z);
}

/* False once something was wrong below. */
static bool
visit(struct walk *w, size_t corr)
{
	struct correlation *c = &w->l->rs->corrs[corr];
	bool good = true;

	w->state[corr] = VISIT_OPEN;
	w->level++;
	for (size_t i = 0; i < c->n_refs && good; i++) {
		size_t inner = c->refs[i].rule & ~CORRELATION_BIT;
		struct correlation *ic;

		if ((c->refs[i].rule & CORRELATION_BIT) == 0)
			continue;
		ic = &w->l->rs->corrs[inner];
		if (w->state[inner] == VISIT_OPEN) {
			complain(w, corr, i, "leads back to this correlation");
			good = false;
		} else if (w->state[inner] == VISIT_NOT &&
			   w->level > CORRELATION_DEPTH_MAX) {
			complain(w, corr, i, "makes a chain of over 10 correlations");
			good = false;
		} else if (w->state[inner] == VISIT_NOT) {
			good = visit(w, inner);
		}
		if (good && ic->depth + 1 > c->depth)
			c->depth = ic->depth + 1;
		if (good && c->depth > CORRELATION_DEPTH_MAX) {
			complain(w, corr, i, "makes a chain of over 10 correlations");
			good = false;
		}
	}
	w->state[corr] = VISIT_DONE;
	w->level--;
	return good;
}

static void
name_refs(struct loader *l, const struct correlation *c)
{
	for (size_t i = 0; i < c->n_refs; i++) {
		uint32_t number = c->refs[i].rule;

		if (number & CORRELATION_BIT)
			loader_correlation(l, number)->named = true;
		else
			loader_rule(l, number)->named = true;
	}
}

/* generate at a correlation is for what it names (Sigma); on itself it also holds. */
static void
pass_generate(struct loader *l, const struct correlation *c)
{
	for (size_t i = 0; i < c->n_refs && c->generate; i++) {
		uint32_t number = c->refs[i].rule;

		if ((number & CORRELATION_BIT) == 0)
			loader_rule(l, number)->generate = true;
	}
}

void
correlation_link_all(struct loader *l)
{
	size_t n = l->rs->n_corrs;
	struct walk w = { .l = l };

	w.state = loader_alloc(l, n + 1, sizeof(*w.state));
	w.docs = loader_alloc(l, n + 1, sizeof(*w.docs));
	for (size_t i = 0; i < l->n_docs; i++)
		if (l->docs[i].number != NUMBER_NONE &&
			(l->docs[i].number & CORRELATION_BIT))
			w.docs[l->docs[i].number & ~CORRELATION_BIT] = &l->docs[i];
	for (size_t i = 0; i < n; i++)
		if (w.state[i] == VISIT_NOT)
			(void)visit(&w, i);
	for (size_t i = 0; i < n; i++) {
		name_refs(l, &l->rs->corrs[i]);
		pass_generate(l, &l->rs->corrs[i]);
	}
}
