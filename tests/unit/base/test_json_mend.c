/* SPDX-License-Identifier: Apache-2.0 */
/* json_mend: where a value ends, and that sound JSON passes unchanged. */
#include "base/json_mend.h"

#include "../../tap.h"

static void
extents(void)
{
	static const struct {
		struct str text;
		size_t start, end, depth;
		bool closed;
	} t[] = {
		{ STR_INIT(""), 0, 0, 0, false },
		{ STR_INIT("  "), 2, 2, 0, false },
		{ STR_INIT(" {} {}"), 1, 3, 1, true },
		{ STR_INIT("[[1],[2]]x"), 0, 9, 2, true },
		{ STR_INIT("{\"}\":\"\\\"}\"}x"), 0, 11, 1, true },
		{ STR_INIT("-1.5e+3,"), 0, 7, 0, true },
		{ STR_INIT("\"a\\"), 0, 3, 0, false },
		{ STR_INIT("[\"a"), 0, 3, 1, false },
		{ STR_INIT("[[["), 0, 3, 3, false },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct json_extent x = json_extent(t[i].text);

		OK(x.start == t[i].start && x.end == t[i].end &&
			x.depth_max == t[i].depth && x.closed == t[i].closed);
	}
}

static void
unchanged(void)
{
	static const struct str t[] = {
		STR_INIT("{\"a\": [1, -2.5e3, true, null, \"\\u00e4\xc3\xa4\\n\\\\\"]}"),
		STR_INIT("[9223372036854775807, -9223372036854775808, 1e308]"),
		STR_INIT("[01, 1., 1e, --5, 1.2.3, \"open"),
		STR_INIT("\"\\"),
		STR_INIT("\"\\u12"),
		STR_INIT(""),
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b;

		buf_init(&b, 1000);
		OK(!json_mend(t[i], &b) && str_eq(buf_str(&b), t[i]));
		buf_fini(&b);
	}
}

/* Any bytes at all: nothing is read behind the end, mending twice changes nothing more.
 */
static void
random_bytes(void)
{
	static const char alphabet[] =
		"\"\"\"\\\\ud800DC[]{}:,-+.eE19 \t\n\xff\xc3\xa4\0";
	uint32_t state = 7;
	bool good = true;

	for (int run = 0; run < 20000; run++) {
		char text[24];
		size_t len = (size_t)(run % 24);
		struct buf once, twice;

		for (size_t i = 0; i < len; i++) {
			state = state * 1664525u + 1013904223u;
			text[i] = alphabet[(state >> 8) % sizeof(alphabet)];
		}
		buf_init(&once, 1000);
		buf_init(&twice, 1000);
		json_mend((struct str){ text, len }, &once);
		good = good && !json_mend(buf_str(&once), &twice) && !buf_failed(&once);
		good = good && str_eq(buf_str(&once), buf_str(&twice));
		json_extent((struct str){ text, len });
		buf_fini(&once);
		buf_fini(&twice);
	}
	OK(good);
}

int
main(void)
{
	extents();
	unchanged();
	random_bytes();
	return tap_done();
}
