/* SPDX-License-Identifier: Apache-2.0 */
/* map: against a plain array under random puts and removals, order, limit, churn. */
#include "base/map.h"

#include "../../tap.h"

#define KEYS 3000

static uint32_t state = 12345; /* the seed: the same run every time */

static uint32_t
draw(uint32_t n)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

static struct str
key_of(char text[16], unsigned n)
{
	return (struct str){ text, (size_t)snprintf(text, 16, "key-%u", n) };
}

static void
random_run(void)
{
	static char there[KEYS];
	struct map *m = map_new(KEYS);
	size_t live = 0;
	bool good = true;
	char text[16];

	for (int i = 0; i < 100000; i++) {
		unsigned n = draw(KEYS);
		struct str key = key_of(text, n);
		bool fresh;
		void **slot;

		if (draw(3) == 0) {
			good = good && map_del(m, key) == (there[n] == 1);
			live -= there[n] == 1;
			there[n] = 0;
			continue;
		}
		slot = map_put(m, key, &fresh);
		good = good && slot != NULL && fresh == (there[n] == 0);
		good = good && (fresh ? *slot == NULL : *slot == &there[n]);
		*slot = &there[n];
		live += there[n] == 0;
		there[n] = 1;
		good = good && map_len(m) == live;
	}
	OK(good);
	for (unsigned n = 0; n < KEYS; n++) {
		void **slot = map_get(m, key_of(text, n));

		good = good && (there[n] == 1 ? slot != NULL && *slot == &there[n]
					      : slot == NULL);
	}
	OK(good && live > 0);
	map_free(&m);
	OK(m == NULL);
}

static void
order(void)
{
	struct map *m = map_new(1000);
	struct str key;
	void *value;
	size_t pos = 0, seen = 0;
	bool good = true;
	char text[16];

	for (unsigned n = 0; n < 1000; n++)
		*map_put(m, key_of(text, n), NULL) = &text[n % 16];
	OK(map_put(m, STR("one more"), NULL) == NULL &&
		map_put(m, STR("key-5"), NULL) != NULL);
	for (; map_next(m, &pos, &key, &value); seen++) {
		good = good && value == &text[seen % 16];
		good = good && str_eq(key, key_of(text, (unsigned)seen));
	}
	OK(good && seen == 1000);
	pos = 0;
	while (map_next(m, &pos, &key, NULL))
		good = good && map_del(m, key);
	OK(good && map_len(m) == 0);
	OK(map_put(m, STR(""), NULL) != NULL && map_get(m, (struct str){ 0 }) != NULL);
	OK(map_put(m, STR("a\0b"), NULL) != NULL && map_get(m, STR("a\0c")) == NULL);
	map_clear(m);
	pos = 0;
	OK(map_len(m) == 0 && !map_next(m, &pos, &key, NULL));
	OK(map_get(m, STR("a\0b")) == NULL && map_put(m, STR("a\0b"), NULL) != NULL);
	OK(map_len(m) == 1 && map_next(m, &pos, &key, NULL));
	map_free(&m);
}

/* A full table that loses one and takes one, often. */
static void
churn(void)
{
	struct map *m = map_new(100);
	bool good = true;
	char text[16];

	for (unsigned n = 0; n < 50000; n++) {
		if (n >= 100)
			good = good && map_del(m, key_of(text, n - 100));
		good = good && map_put(m, key_of(text, n), NULL) != NULL;
	}
	OK(good && map_len(m) == 100);
	map_free(&m);
	m = map_new(0);
	OK(map_get(m, STR("x")) == NULL && map_put(m, STR("x"), NULL) == NULL);
	OK(!map_del(m, STR("x")));
	map_clear(m);
	map_free(&m);
}

int
main(void)
{
	random_run();
	order();
	churn();
	return tap_done();
}
