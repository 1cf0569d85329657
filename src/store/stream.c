/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stream.h"

#include <errno.h>

#include "store/db.h"
#include "store/shelf.h"

/* From the row of the table in which the first one may be. */
static const char sql_z[] =
	"SELECT body FROM touch WHERE key <= ?2 AND key >="
	" ifnull((SELECT max(key) FROM touch WHERE key <= ?1), ?1) ORDER BY key";

static int
step(struct store *s, struct stream *t)
{
	int rc = sqlite3_step(t->st);

	t->has_row = rc == SQLITE_ROW;
	if (!t->has_row)
		t->bound = INT64_MAX;
	return db_error(s, rc);
}

static int
bind_key(struct stream *t, int at, int64_t row)
{
	struct buf key;
	int rc = SQLITE_NOMEM;

	buf_init(&key, (size_t)4 << 20);
	packs_key(&key, &t->e, row);
	if (!buf_failed(&key))
		rc = sqlite3_bind_blob64(t->st, at, key.data, key.len, SQLITE_TRANSIENT);
	buf_fini(&key);
	return rc;
}

int
stream_begin(struct store *s, struct stream *t, const struct packs_entity *e,
	int64_t from, int64_t to)
{
	int rc = SQLITE_OK;

	db_await(s);
	t->e = *e;
	t->bound = INT64_MIN;
	if (t->st == NULL)
		rc = sqlite3_prepare_v2(s->db, sql_z, -1, &t->st, NULL);
	if (rc == SQLITE_OK)
		rc = bind_key(t, 1,
			from < INT64_MIN + PACKS_SPAN ? INT64_MIN : from - PACKS_SPAN);
	if (rc == SQLITE_OK)
		rc = bind_key(t, 2, to);
	return rc != SQLITE_OK ? db_error(s, rc) : step(s, t);
}

int
stream_take(struct store *s, struct stream *t, struct buf *rows)
{
	struct str body = db_text(t->st, 0);
	struct shelf_item x;

	while (shelf_take(&body, &x)) {
		int64_t first;

		if (!packs_is_of(x.key, &t->e, &first))
			continue;
		packs_decode(first, x.value, rows);
		t->bound = first;
	}
	if (buf_failed(rows))
		return db_fail(s, -ENOMEM, "out of memory");
	return step(s, t);
}

void
stream_end(struct stream *t)
{
	sqlite3_reset(t->st);
	t->has_row = false;
}

void
stream_fini(struct stream *t)
{
	sqlite3_finalize(t->st);
	*t = (struct stream){ 0 };
}
