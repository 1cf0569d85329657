/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rows.h"

#include "record/record.h"
#include "store/db.h"
#include "store/names.h"

#define LINE_BYTES 32 /* a line that matches is mostly longer */

int64_t
rows_home(int64_t at_ns, uint64_t id)
{
	return (at_ns & ~ROWS_SLOTS) | ((int64_t)id & ROWS_SLOTS);
}

/* Files of one date begin far apart. */
int64_t
rows_first(const struct entry_row *e, int64_t file)
{
	uint64_t begin = (uint64_t)file * UINT64_C(0x9e3779b97f4a7c15) >> 32;
	uint64_t place = (begin + e->offset / LINE_BYTES) % (ROWS_TRIES * ROWS_STEP);

	return e->quality == TIME_FILE_DATE
		       ? (int64_t)((uint64_t)rows_home(e->at_ns, 0) + place)
		       : rows_home(e->at_ns, e->id);
}

bool
rows_next(const struct entry_row *e, int n, int64_t *row)
{
	bool dated = e->quality != TIME_FILE_DATE;

	if (n > ROWS_TRIES || (!dated && *row > INT64_MAX - ROWS_STEP))
		return false;
	if (dated)
		*row = (*row & ~ROWS_SLOTS) | ((*row + 1) & ROWS_SLOTS);
	else
		*row += ROWS_STEP;
	return true;
}

int
store_put_entry(struct store *s, const struct entry_row *e, int64_t *row)
{
	struct str fields;
	int64_t rule, file;
	int err;

	*row = 0;
	if (s->muted)
		return 0;
	err = names_put(s, e->rule, &rule);
	if (err == 0)
		err = names_put(s, e->file, &file);
	if (err == 0)
		err = names_encode(s, e->fields, e->n_fields, &fields);
	if (err == 0)
		err = entries_put(s, e, rule, file, fields, row);
	if (err == 0 && entries_is_fresh(s, *row))
		err = touches_put(s,
			&(struct packs_entity){ .kind = TOUCHES_RULE, .name = rule },
			*row, false);
	return err;
}

int
store_put_touch(struct store *s, struct str entity, struct str entity_id, int64_t row)
{
	bool again = !entries_is_fresh(s, row);
	struct packs_entity e = { 0 };
	int err;

	if (s->muted)
		return 0;
	err = names_put(s, entity, &e.kind);
	if (err == 0 && names_interns(s, entity, e.kind))
		err = names_put(s, entity_id, &e.name);
	if (e.name == 0)
		e.id = entity_id;
	return err != 0 ? err : touches_put(s, &e, row, again);
}
