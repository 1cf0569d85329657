/* SPDX-License-Identifier: Apache-2.0 */
#include "output/letter.h"

#include <stdlib.h>
#include <string.h>

#include "conf/settings.h"

static unsigned
kind_of(struct str name)
{
	if (str_eq(name, STR("resolved")))
		return FINDING_RESOLVED;
	return str_eq(name, STR("updated")) ? FINDING_UPDATED : FINDING_OPENED;
}

struct letter *
letter_new(const struct outbox_row *row)
{
	struct letter *l = malloc(sizeof(*l) + row->finding.len + row->body.len);
	char *at = (char *)(l + 1);

	if (l == NULL)
		return NULL;
	*l = (struct letter){ .row = row->row,
		.seq = row->seq,
		.at_ns = row->at_ns,
		.put_ns = row->put_ns,
		.kind = kind_of(row->kind) };
	l->id = str_put(&at, row->finding);
	l->body = str_put(&at, row->body);
	return l;
}

void
letter_free(struct letter **pl)
{
	struct letter *l = *pl;

	*pl = NULL;
	if (l == NULL)
		return;
	json_decref(l->finding);
	free(l);
}

void
letters_init(struct letters *list)
{
	list->first = NULL;
	list->end = &list->first;
	list->n = 0;
}

void
letters_add(struct letters *list, struct letter *l)
{
	l->next = NULL;
	*list->end = l;
	list->end = &l->next;
	list->n++;
}

struct letter *
letters_take(struct letters *list)
{
	struct letter *l = list->first;

	if (l == NULL)
		return NULL;
	list->first = l->next;
	if (list->first == NULL)
		list->end = &list->first;
	list->n--;
	l->next = NULL;
	return l;
}

void
letters_move(struct letters *to, struct letters *from)
{
	if (from->first == NULL)
		return;
	*to->end = from->first;
	to->end = from->end;
	to->n += from->n;
	letters_init(from);
}

void
letters_fini(struct letters *list)
{
	struct letter *l;

	while ((l = letters_take(list)) != NULL)
		letter_free(&l);
}
