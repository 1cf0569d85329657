/* SPDX-License-Identifier: Apache-2.0 */
/* What is put is what is got; places are used again; a folder that is none is an error.
 */
#include "engine/spillfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/checkpoint.h"
#include "tap.h"

enum { MANY = 500, BIG = 300000 };

static char dir[] = "/tmp/gumshoe-test-XXXXXX";
static uint64_t seed = 20251028;

static unsigned
below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

struct state {
	uint64_t where;
	size_t len;
	char first;
};

static char bytes[BIG];

static void
put(const struct spill *to, struct state *s)
{
	s->len = 1 + (below(20) == 0 ? below(BIG) : below(400));
	s->first = (char)below(256);
	for (size_t i = 0; i < s->len; i++)
		bytes[i] = (char)(s->first + (char)i);
	if (to->put(to->arg, (struct str){ bytes, s->len }, &s->where) != 0)
		OK(!"it is put");
}

static bool
is_there(const struct spill *from, const struct state *s)
{
	struct buf b;
	bool good;

	buf_init(&b, BIG + 1);
	buf_add_char(&b, '!');
	good = from->get(from->arg, s->where, s->len, &b) == 0 && b.len == s->len + 1;
	for (size_t i = 0; good && i < s->len; i++)
		good = b.data[i + 1] == (char)(s->first + (char)i);
	buf_fini(&b);
	return good;
}

/* Room for about as much as was there at a time, whatever comes and goes. */
static void
test_places(void)
{
	static struct state all[MANY];
	struct spillfile *f = spillfile_new(dir, NULL, 0);
	const struct spill *s = spillfile_spill(f);
	uint64_t end = 0, once = 0;
	unsigned wrong = 0;

	OK(s->max_bytes == SPILLFILE_BYTES);
	for (unsigned i = 0; i < MANY; i++) {
		put(s, &all[i]);
		once = all[i].where > once ? all[i].where : once;
	}
	for (unsigned i = 0; i < 20 * MANY; i++) {
		struct state *x = &all[below(MANY)];

		wrong += !is_there(s, x);
		s->drop(s->arg, x->where, x->len);
		put(s, x);
		end = x->where > end ? x->where : end;
	}
	OK(wrong == 0 && end < 3 * once);
	for (unsigned i = 0; i < MANY; i++) {
		wrong += !is_there(s, &all[i]);
		s->drop(s->arg, all[i].where, all[i].len);
	}
	put(s, &all[0]);
	OK(wrong == 0 && all[0].where == 0 && is_there(s, &all[0]));
	spillfile_free(&f);
}

static void
test_failures(void)
{
	struct spillfile *f = spillfile_new("/nonexistent", NULL, 5000);
	const struct spill *s = spillfile_spill(f);
	struct buf b;
	uint64_t where;

	OK(s->max_bytes == 5000);
	OK(s->put(s->arg, STR("x"), &where) == -ENOENT);
	spillfile_free(&f);
	f = spillfile_new(dir, NULL, 0);
	s = spillfile_spill(f);
	buf_init(&b, 100);
	OK(s->put(s->arg, STR("x"), &where) == 0);
	OK(s->get(s->arg, where, 2, &b) == -EIO);
	buf_fini(&b);
	spillfile_free(&f);
}

/* Of the windows that a checkpoint wrote. */
static void
test_kept(void)
{
	char path[64];
	struct store *store;
	struct spillfile *f;
	const struct spill *s;
	struct buf b;

	(void)snprintf(path, sizeof(path), "%s/store", dir);
	OK(store_open(path, STORE_WRITE, true, &store) == 0);
	OK(store_begin(store) == 0);
	OK(store_put_checkpoint(store, PART_WINDOWS, 7, STR("seven")) == 0);
	f = spillfile_new(NULL, store, 0);
	s = spillfile_spill(f);
	buf_init(&b, 100);
	OK(s->kept(s->arg, 7, &b) == 0 && str_eq(buf_str(&b), STR("seven")));
	OK(s->kept(s->arg, 8, &b) != 0);
	buf_fini(&b);
	spillfile_free(&f);
	store_rollback(store);
	store_close(&store);
	OK(unlink(path) == 0);
	(void)snprintf(path, sizeof(path), "%s/store.lock", dir);
	(void)unlink(path);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 99;
	test_places();
	test_failures();
	test_kept();
	OK(rmdir(dir) == 0);
	return tap_done();
}
