/* SPDX-License-Identifier: Apache-2.0 */
#include "store/feed.h"

#include <stdlib.h>

#include "store/db.h"

struct feed_table {
	sqlite3_vtab base; /* SQLite's: first */
	struct store *store;
};

struct feed_cursor {
	sqlite3_vtab_cursor base; /* SQLite's: first */
	struct feed *feed;
	bool ended;
	sqlite3_int64 number;
	struct feed_value row[FEED_COLUMNS];
};

static int
connect(sqlite3 *db, void *store, int argc, const char *const *argv, sqlite3_vtab **out,
	char **error_z)
{
	struct feed_table *t;
	int rc = sqlite3_declare_vtab(db,
		"CREATE TABLE feed(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q)");

	(void)argc;
	(void)argv;
	(void)error_z;
	if (rc != SQLITE_OK)
		return rc;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return SQLITE_NOMEM;
	t->store = store;
	*out = &t->base;
	return SQLITE_OK;
}

static int
disconnect(sqlite3_vtab *base)
{
	free(base);
	return SQLITE_OK;
}

/* There is one way to read it: from the first to the last. */
static int
plan(sqlite3_vtab *base, sqlite3_index_info *info)
{
	(void)base;
	info->estimatedCost = 1;
	info->estimatedRows = 1;
	return SQLITE_OK;
}

static int
open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	struct feed_cursor *c = calloc(1, sizeof(*c));

	(void)base;
	if (c == NULL)
		return SQLITE_NOMEM;
	*out = &c->base;
	return SQLITE_OK;
}

static int
close_cursor(sqlite3_vtab_cursor *base)
{
	free(base);
	return SQLITE_OK;
}

static int
next(sqlite3_vtab_cursor *base)
{
	struct feed_cursor *c = (struct feed_cursor *)base;

	c->number++;
	c->ended = !c->feed->next(c->feed, c->row);
	return SQLITE_OK;
}

static int
begin(sqlite3_vtab_cursor *base, int plan_number, const char *plan_z, int argc,
	sqlite3_value **argv)
{
	struct feed_cursor *c = (struct feed_cursor *)base;
	struct feed_table *t = (struct feed_table *)base->pVtab;

	(void)plan_number;
	(void)plan_z;
	(void)argc;
	(void)argv;
	c->feed = t->store->feed;
	return c->feed != NULL ? next(base) : SQLITE_MISUSE;
}

static int
is_ended(sqlite3_vtab_cursor *base)
{
	return ((struct feed_cursor *)base)->ended;
}

static int
column(sqlite3_vtab_cursor *base, sqlite3_context *to, int at)
{
	const struct feed_value *v = &((struct feed_cursor *)base)->row[at];
	const char *bytes = v->bytes.len > 0 ? v->bytes.ptr : "";

	if (v->kind == FEED_NUMBER)
		sqlite3_result_int64(to, v->number);
	else if (v->kind == FEED_TEXT)
		sqlite3_result_text64(
			to, bytes, v->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
	else
		sqlite3_result_blob64(to, bytes, v->bytes.len, SQLITE_STATIC);
	return SQLITE_OK;
}

static int
row_number(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
	*out = ((struct feed_cursor *)base)->number;
	return SQLITE_OK;
}

int
feed_register(struct store *s)
{
	static const sqlite3_module module = {
		.xConnect = connect,
		.xBestIndex = plan,
		.xDisconnect = disconnect,
		.xOpen = open_cursor,
		.xClose = close_cursor,
		.xFilter = begin,
		.xNext = next,
		.xEof = is_ended,
		.xColumn = column,
		.xRowid = row_number,
	};

	return db_error(s, sqlite3_create_module_v2(s->db, "feed", &module, s, NULL));
}
