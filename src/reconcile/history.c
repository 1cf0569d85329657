/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/history.h"

#include <string.h>

#include "base/buf.h"
#include "base/time.h"

#define ORDERS_MAX     ((size_t)4000000)
#define STUCK_AFTER_NS (10 * TIME_MIN)

/* In the order in which they win when two have the same time. */
enum kind {
	KIND_OTHER,
	KIND_CREATED,
	KIND_PENDING,
	KIND_STUCK,
	KIND_DECLINED,
	KIND_FAILED,
	KIND_LOST,
	KIND_PAID,
	KIND_SHIPPED
};

static const struct {
	struct str name;
	enum kind kind;
} kinds[] = {
	{ { "created", 7 }, KIND_CREATED },
	{ { "pending", 7 }, KIND_PENDING },
	{ { "stuck", 5 }, KIND_STUCK },
	{ { "declined", 8 }, KIND_DECLINED },
	{ { "failed", 6 }, KIND_FAILED },
	{ { "lost", 4 }, KIND_LOST },
	{ { "paid", 4 }, KIND_PAID },
	{ { "shipped", 7 }, KIND_SHIPPED },
};

/* What is needed while the marks of one order come in. */
struct fold {
	struct history_order order;
	enum kind kind;   /* the state so far */
	enum kind before; /* of the last mark, for counting attempts */
	uint32_t tries, outcomes;
	bool ever_failed;
	int64_t state_ns;
};

static enum kind
kind_of(struct str state)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(kinds[i].name, state))
			return kinds[i].kind;
	return KIND_OTHER;
}

/* A failure is written twice, at ERROR and at WARN: neighbours of one kind are one try.
 */
static void
count_attempt(struct fold *f, enum kind kind)
{
	if (kind == f->before)
		return;
	f->before = kind;
	if (kind == KIND_PENDING)
		f->tries++;
	if (kind == KIND_DECLINED || kind == KIND_FAILED || kind == KIND_PAID)
		f->outcomes++;
	f->order.attempts = f->tries > f->outcomes ? f->tries : f->outcomes;
}

static void
keep_text(struct arena *a, struct str *out, struct str text)
{
	if (text.len > 0 && !str_eq(*out, text))
		*out = arena_copy(a, text);
}

static void
add_mark(struct fold *f, const struct mark_row *m, struct arena *a)
{
	struct history_order *o = &f->order;
	enum kind kind = kind_of(m->state);
	bool failure = kind == KIND_FAILED || kind == KIND_LOST || kind == KIND_DECLINED;

	keep_text(a, &o->amount, m->amount);
	keep_text(a, &o->customer, m->customer);
	if (str_eq(m->state, STR("unknown")))
		return; /* an absence that nobody could judge is no state */
	if (o->first_ns == TIME_NONE)
		o->first_ns = m->at_ns;
	o->last_ns = m->at_ns;
	count_attempt(f, kind);
	if (failure || (kind == KIND_OTHER && o->reason.len == 0))
		keep_text(a, &o->reason, m->reason);
	if (failure && o->first_failed_ns == TIME_NONE)
		o->first_failed_ns = m->at_ns;
	f->ever_failed |= kind == KIND_FAILED || kind == KIND_LOST;
	if (o->state.len > 0 && m->at_ns == f->state_ns && kind < f->kind)
		return;
	f->kind = kind;
	f->state_ns = m->at_ns;
	keep_text(a, &o->state, m->state);
}

static enum ledger_state
ledger_of(const struct fold *f, int64_t now_ns)
{
	switch (f->kind) {
	case KIND_STUCK:
		return LEDGER_STUCK;
	case KIND_DECLINED:
		return LEDGER_DECLINED;
	case KIND_FAILED:
	case KIND_LOST:
		return LEDGER_FAILED;
	case KIND_PAID:
		return f->ever_failed ? LEDGER_RECOVERED : LEDGER_PAID;
	case KIND_SHIPPED:
		return f->ever_failed ? LEDGER_RECOVERED : LEDGER_SHIPPED;
	case KIND_OTHER:
	case KIND_CREATED:
	case KIND_PENDING:
		break;
	}
	if (f->order.first_ns == TIME_NONE || now_ns == TIME_NONE)
		return LEDGER_OPEN;
	return now_ns - STUCK_AFTER_NS >= f->order.first_ns ? LEDGER_STUCK : LEDGER_OPEN;
}

static int
push(struct history *h, struct history_order *o, struct arena *a)
{
	if (h->n == h->cap) {
		size_t cap = h->cap == 0 ? 64 : h->cap * 2;
		struct history_order **grown = arena_alloc(a, cap * sizeof(*h->list));

		if (grown == NULL)
			return -1;
		if (h->n > 0)
			memcpy(grown, h->list, h->n * sizeof(*h->list));
		h->list = grown;
		h->cap = cap;
	}
	h->list[h->n++] = o;
	return 0;
}

/* The fold of the mark's order: in the arena, in the map, and (as its order) in the list.
 */
static struct fold *
fold_of(struct history *h, const struct mark_row *m, struct arena *a)
{
	struct buf key;
	struct fold *f = NULL;
	void **slot;

	buf_init(&key, 1 << 16);
	buf_add(&key, m->entity_id.len > 0 ? m->entity_id : STR("\n"));
	if (m->entity_id.len == 0)
		buf_add(&key, m->fallback);
	slot = buf_failed(&key) ? NULL : map_put(h->by_id, buf_str(&key), NULL);
	if (slot != NULL && *slot == NULL) {
		f = arena_alloc(a, sizeof(*f));
		*slot = f;
		if (f != NULL) {
			f->order.id = arena_copy(a, m->entity_id);
			f->order.fallback = arena_copy(a, m->fallback);
			f->order.first_ns = f->order.last_ns = TIME_NONE;
			f->order.first_failed_ns = TIME_NONE;
			if (push(h, &f->order, a) != 0)
				f = NULL;
		}
	} else if (slot != NULL) {
		f = *slot;
	}
	buf_fini(&key);
	return f;
}

/* The order is the first member of its fold: see fold_of(). */
static struct fold *
fold_at(const struct history *h, size_t i)
{
	return (struct fold *)h->list[i];
}

int
history_load(struct store *s, int64_t until_ns, struct arena *a, struct history *out)
{
	struct store_query *q = store_marks(s, STR("order"), (struct str){ 0 });
	struct mark_row m;
	int64_t now_ns;
	int err = 0;

	*out = (struct history){ .by_id = map_new(ORDERS_MAX),
		.from_ns = store_meta_i64(s, STR("complete_from"), TIME_NONE),
		.to_ns = store_meta_i64(s, STR("complete_to"), TIME_NONE) };
	if (q == NULL || out->by_id == NULL) {
		store_query_free(&q);
		return -1;
	}
	now_ns = until_ns != TIME_NONE ? until_ns : out->to_ns;
	while (err == 0 && store_next_mark(q, &m)) {
		struct fold *f;

		if (until_ns != TIME_NONE && m.at_ns > until_ns)
			continue;
		f = fold_of(out, &m, a);
		if (f == NULL)
			err = -1;
		else
			add_mark(f, &m, a);
	}
	if (store_query_failed(q))
		err = -1;
	store_query_free(&q);
	for (size_t i = 0; i < out->n; i++)
		out->list[i]->ledger = ledger_of(fold_at(out, i), now_ns);
	return err;
}

void
history_fini(struct history *h)
{
	if (h->by_id != NULL)
		map_free(&h->by_id);
}

const struct history_order *
history_find(const struct history *h, struct str id)
{
	void **slot = h->by_id != NULL && id.len > 0 ? map_get(h->by_id, id) : NULL;

	return slot == NULL ? NULL : &((const struct fold *)*slot)->order;
}

enum ledger_state
history_absent(const struct history *h, int64_t at_ns)
{
	if (at_ns == TIME_NONE || h->from_ns == TIME_NONE || h->to_ns == TIME_NONE)
		return LEDGER_UNKNOWN;
	return at_ns >= h->from_ns && at_ns <= h->to_ns ? LEDGER_NONE : LEDGER_UNKNOWN;
}
