/* SPDX-License-Identifier: Apache-2.0 */
#include "record/match.h"

#include "tap.h"

static struct match
sample(void)
{
	struct match m = { .rule = 7,
		.source = 3,
		.source_id = UINT64_MAX,
		.id = 1,
		.at_ns = -5,
		.quality = TIME_NEAREST,
		.category = RECORD_POD,
		.place = { .offset = 1234567, .ordinal = 9 },
		.weight = 2,
		.text = STR("text"),
		.n_captures = 1 };

	m.label[LABEL_POD] = STR("p");
	m.capture[0] = (struct field){ STR("order_id"), STR("6900") };
	return m;
}

static void
test_bytes(void)
{
	struct match m = sample(), back;
	struct buf b;
	struct str s, v;

	buf_init(&b, 10000);
	match_encode(&b, &m);
	s = buf_str(&b);
	OK(match_decode(&s, &back) && s.len == 0);
	OK(match_cmp(&m, &back) == 0 && back.at_ns == -5 && back.source_id == UINT64_MAX);
	OK(back.quality == TIME_NEAREST && back.category == RECORD_POD &&
		back.weight == 2);
	OK(match_field(&back, STR("order_id"), &v) && str_eq(v, STR("6900")));
	OK(match_field(&back, STR("pod"), &v) && str_eq(v, STR("p")));
	OK(!match_field(&back, STR("node"), &v));
	for (size_t n = 0; n < b.len; n++) {
		s = str_sub(buf_str(&b), 0, n);
		if (match_decode(&s, &back))
			OK(!"a cut one must not be read");
	}
	buf_fini(&b);
}

static void
test_order(void)
{
	struct match a = sample(), b = sample();

	b.at_ns++;
	OK(match_cmp(&a, &b) < 0 && match_cmp(&b, &a) > 0);
	b = a;
	b.place.ordinal++;
	OK(match_cmp(&a, &b) < 0);
	b = a;
	b.source_id--;
	OK(match_cmp(&a, &b) > 0);
	b = a;
	b.rule++;
	OK(match_cmp(&a, &b) < 0);
}

int
main(void)
{
	test_bytes();
	test_order();
	return tap_done();
}
