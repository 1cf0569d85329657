/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/index.h"

#include "base/time.h"

bool
index_key(struct incidents *i, uint32_t opener, const struct str *key, size_t n_key)
{
	struct buf *b = &i->scratch;

	buf_reset(b);
	buf_add_varint(b, opener);
	for (size_t k = 0; k < n_key; k++) {
		buf_add_varint(b, key[k].len);
		buf_add(b, key[k]);
	}
	return !buf_failed(b);
}

struct incident *
index_find(const struct incidents *i)
{
	void **slot = map_get(i->table, buf_str(&i->scratch));

	return slot ? *slot : NULL;
}

int
index_timer_cmp(const void *a, const void *b)
{
	const struct incident *x = a;
	const struct incident *y = b;

	if (x->due_ns != y->due_ns)
		return x->due_ns < y->due_ns ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static void
unlist_dirty(struct incidents *i, const struct incident *x)
{
	for (struct incident **at = &i->dirty; *at != NULL; at = &(*at)->next_dirty)
		if (*at == x) {
			*at = x->next_dirty;
			return;
		}
}

static struct incident **
list_of(struct incidents *i, const struct incident *x)
{
	return x->promise ? &i->promised
			  : &i->by_opener[plan_index(i->plan, x->opener->number)];
}

void
index_join(struct incidents *i, struct incident *x)
{
	struct incident **head = list_of(i, x);

	x->next = *head;
	if (*head != NULL)
		(*head)->prev = x;
	*head = x;
}

void
index_add_dirty(struct incidents *i, struct incident *x)
{
	if (x->in_dirty)
		return;
	x->in_dirty = true;
	x->next_dirty = i->dirty;
	i->dirty = x;
}

void
index_touch(struct incidents *i, struct incident *x)
{
	if (x->state != INCIDENT_OPEN)
		return;
	x->dirty = x->untold = true;
	if (i->conf.at_once)
		index_add_dirty(i, x);
}

/* Most often at the end of the list. */
void
index_add_freed(struct incidents *i, struct incident *x, int64_t at_ns)
{
	struct incident *after = i->freed_last;

	x->freed_ns = at_ns;
	while (after != NULL &&
		(after->freed_ns > x->freed_ns ||
			(after->freed_ns == x->freed_ns && after->order > x->order)))
		after = after->prev_freed;
	x->prev_freed = after;
	x->next_freed = after != NULL ? after->next_freed : i->freed;
	*(after != NULL ? &after->next_freed : &i->freed) = x;
	*(x->next_freed != NULL ? &x->next_freed->prev_freed : &i->freed_last) = x;
}

void
index_del_freed(struct incidents *i, struct incident *x)
{
	if (x->freed_ns == TIME_NONE)
		return;
	x->freed_ns = TIME_NONE;
	*(x->prev_freed != NULL ? &x->prev_freed->next_freed : &i->freed) = x->next_freed;
	*(x->next_freed != NULL ? &x->next_freed->prev_freed : &i->freed_last) =
		x->prev_freed;
	x->prev_freed = x->next_freed = NULL;
}

int64_t
index_promise_due(const struct incident *x)
{
	return time_after(x->opened_ns, x->opener->conf->hold_ns);
}

/* Among the others, which mostly are due before it. */
static void
list_due(struct incidents *i, struct incident *p)
{
	struct incident *before = i->due_last;

	while (before != NULL && index_promise_due(before) > index_promise_due(p))
		before = before->due_before;
	p->due_before = before;
	p->due_after = before != NULL ? before->due_after : i->due_first;
	if (p->due_after != NULL)
		p->due_after->due_before = p;
	else
		i->due_last = p;
	if (before != NULL)
		before->due_after = p;
	else
		i->due_first = p;
}

static void
unlist_due(struct incidents *i, struct incident *p)
{
	if (p->due_before == NULL && i->due_first != p)
		return; /* nobody was told */
	if (p->due_before != NULL)
		p->due_before->due_after = p->due_after;
	else
		i->due_first = p->due_after;
	if (p->due_after != NULL)
		p->due_after->due_before = p->due_before;
	else
		i->due_last = p->due_before;
	p->due_before = p->due_after = NULL;
}

bool
index_add_promise(struct incidents *i, struct incident *x)
{
	bool fresh;
	void **slot = map_put(i->promises, buf_str(&x->table_key), &fresh);

	if (slot == NULL || !fresh)
		return false;
	*slot = x;
	list_due(i, x);
	return true;
}

void
index_leave(struct incidents *i, struct incident *x)
{
	unlist_due(i, x);
	index_del_freed(i, x);
	if (x->in_dirty)
		unlist_dirty(i, x);
	if (x->prev != NULL)
		x->prev->next = x->next;
	else
		*list_of(i, x) = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
}
