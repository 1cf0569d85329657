/* SPDX-License-Identifier: Apache-2.0 */
/* Titles with names in them. */
#include "incident/template.h"

#include "base/time.h"
#include "tap.h"

static bool
renders(const char *text_z, const char *want_z, bool known)
{
	static const struct field fields[] = { { { "namespace", 9 }, { "sock-shop", 9 } },
		{ { "reason", 6 }, { "{count}", 7 } }, { { "count", 5 }, { "99", 2 } } };
	static const struct field counts[] = { { { "killed", 6 }, { "3", 1 } } };
	struct template_values v = { .fields = fields,
		.n_fields = 3,
		.count = 4,
		.counts = counts,
		.n_counts = 1,
		.first_ns = 0,
		.last_ns = 90 * TIME_S };
	struct buf b;
	bool same;

	buf_init(&b, 1000);
	same = template_render(&b, str_z(text_z), &v) == known &&
	       str_eq(buf_str(&b), str_z(want_z));
	if (!same)
		printf("# got \"%.*s\"\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
	return same;
}

int
main(void)
{
	OK(renders("", "", true));
	OK(renders("plain", "plain", true));
	OK(renders("{count} orders in {namespace}", "4 orders in sock-shop", true));
	/* What a log says is no template, and no capture replaces the count. */
	OK(renders("{reason}", "{count}", true));
	OK(renders("{count:killed} and {count:other}", "3 and 0", true));
	OK(renders("{first} to {last}",
		"1970-01-01T00:00:00.000Z to 1970-01-01T00:01:30.000Z", true));
	OK(renders("in {duration}", "in 1m 30s", true));
	OK(renders("{nobody}", "unknown", false));
	OK(renders("{{count}", "{count}", true));
	OK(renders("open {count", "open {count", true));
	OK(renders("{}", "", true));
	OK(template_uses(STR("a {x} b {y}"), STR("y")));
	OK(!template_uses(STR("a {x} b {y}"), STR("z")));
	OK(template_counts(STR("{count:a}")));
	OK(!template_counts(STR("{count}")));
	OK(template_cut(STR("abc"), 5).len == 3);
	OK(template_cut(STR("ab\xc3\xa4"), 3).len == 2);
	OK(template_cut(STR("ab\xc3\xa4"), 4).len == 4);
	return tap_done();
}
