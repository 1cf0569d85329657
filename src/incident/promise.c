/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/promise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "incident/birth.h"
#include "incident/index.h"
#include "incident/mute.h"
#include "incident/publish.h"
#include "incident/row.h"
#include "incident/supersede.h"

static struct str
id_of(const struct incident *x)
{
	return (struct str){ x->id, INCIDENT_ID_LEN };
}

static void
drop(struct incidents *i, struct incident *p)
{
	map_del(i->promises, buf_str(&p->table_key));
	birth_undo(i, p);
}

static int
put_values(struct incidents *i, struct incident *p, const struct outcome *out)
{
	int err = 0;

	for (size_t k = 0; err == 0 && p->values != NULL && k < out->n_values; k++) {
		if (map_put(p->values, out->values[k], NULL) == NULL)
			continue;
		err = store_put_incident_value(i->store, id_of(p), out->values[k]);
	}
	return err;
}

int
promise_make(struct incidents *i, const struct plan_opener *o, const struct outcome *out)
{
	struct incident *p;
	int err;

	if (!i->conf.at_once || o->conf->hold_ns > 0 || index_find(i) != NULL ||
		map_get(i->promises, buf_str(&i->scratch)) != NULL ||
		map_len(i->promises) >= i->conf.max_open)
		return 0;
	p = birth_new(i, o, out, true);
	if (p == NULL)
		return -ENOMEM;
	if (supersede_find(i, p, p->first_ns) != NULL || !index_add_promise(i, p)) {
		birth_undo(i, p);
		return 0; /* somebody else tells it */
	}
	p->state = INCIDENT_OPEN;
	p->count = out->count;
	p->detected_ns = row_detected(i, p);
	mute_check(i, p);
	err = put_values(i, p, out);
	if (err == 0)
		err = row_write(i, p);
	if (err == 0)
		err = mute_begin(i, p);
	return err != 0 ? err : publish_now(i, p, "opened");
}

/* Whether p told of x all that there is. */
static bool
tells_all(const struct incident *p, const struct incident *x)
{
	size_t pos = 0;
	struct str value;

	if (p->untold || p->count != x->count || p->first_ns != x->first_ns ||
		p->last_ns != x->last_ns || p->opened_ns != x->opened_ns ||
		p->n_captures != x->n_captures)
		return false;
	for (size_t k = 0; k < x->n_captures; k++)
		if (!str_eq(p->capture[k].name, x->capture[k].name) ||
			!str_eq(p->capture[k].value, x->capture[k].value))
			return false;
	while (x->values != NULL && map_next(x->values, &pos, &value, NULL))
		if (map_get(p->values, value) == NULL)
			return false;
	return true;
}

int
promise_keep(struct incidents *i, struct incident *x, bool *as_told)
{
	void **slot = map_get(i->promises, buf_str(&x->table_key));
	struct incident *p = slot != NULL ? *slot : NULL;
	int err;

	if (p == NULL)
		return 0;
	if (strcmp(x->id, p->id) != 0)
		i->taken[i->n_taken++ % INCIDENT_TAKEN] = birth_id(p);
	memcpy(x->id, p->id, sizeof(x->id));
	x->kept = true;
	x->seq = p->seq;
	x->told = p->told;
	x->told_ns = p->told_ns;
	x->detected_ns = p->detected_ns;
	*as_told = tells_all(p, x);
	mute_inherit(i, x, p);
	err = store_del_incident(i->store, id_of(p));
	drop(i, p);
	return err;
}

static int
take_back(struct incidents *i, struct incident *p)
{
	const struct plan_opener *o;
	int err;

	p->state = INCIDENT_RESOLVED;
	p->resolved_ns = p->last_ns;
	err = row_write(i, p);
	if (err == 0)
		err = publish_now(i, p, "resolved");
	if (err == 0)
		err = store_del_incident(i->store, id_of(p));
	o = p->opener;
	drop(i, p);
	mute_end(i, o);
	return err;
}

int
promise_break(struct incidents *i, int64_t at_ns)
{
	int err = 0;

	while (err == 0 && i->due_first != NULL &&
		index_promise_due(i->due_first) < at_ns)
		err = take_back(i, i->due_first);
	return err;
}

void
promise_free_all(struct incidents *i)
{
	while (i->promised != NULL)
		birth_undo(i, i->promised);
}
