/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/member.h"

#include "base/time.h"
#include "rules/ruleset.h"

void
member_time(struct buf *b, struct str name, int64_t at_ns)
{
	member_name(b, name);
	if (at_ns == TIME_NONE) {
		buf_add(b, STR("null"));
		return;
	}
	buf_add_char(b, '"');
	time_format(b, at_ns, NULL, 3);
	buf_add_char(b, '"');
}

void
member_level(struct buf *b, int level)
{
	bool known = level > LEVEL_NONE && level <= LEVEL_CRITICAL;

	member_text(b, STR("level"), known ? level_names[level] : STR(""));
}

void
member_foreign_name(struct buf *b, struct str name)
{
	member_item(b);
	buf_add_json(b, name);
	buf_add_char(b, ':');
}

void
member_null(struct buf *b, struct str name)
{
	member_foreign_name(b, name);
	buf_add(b, STR("null"));
}

void
member_field(struct buf *b, struct str name, struct str value)
{
	member_foreign_name(b, name);
	buf_add_json(b, value);
}
