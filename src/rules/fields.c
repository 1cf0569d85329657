/* SPDX-License-Identifier: Apache-2.0 */
/* The names of record_values(), as tables. */
#include "rules/fields.h"

#include "rules/loader.h"

static const struct str log_fields[] = {
	WORD("message"),
	WORD("stream"),
	WORD("count"),
	WORD("namespace"),
	WORD("pod"),
	WORD("container"),
	WORD("service"),
	WORD("node"),
	WORD("instance"),
	WORD("uid"),
};

static const struct str event_fields[] = {
	WORD("message"),
	WORD("count"),
	WORD("namespace"),
	WORD("pod"),
	WORD("container"),
	WORD("service"),
	WORD("node"),
	WORD("instance"),
	WORD("uid"),
	WORD("reason"),
	WORD("type"),
	WORD("kind"),
	WORD("name"),
	WORD("component"),
};

static const struct str pod_fields[] = {
	WORD("message"),
	WORD("count"),
	WORD("namespace"),
	WORD("pod"),
	WORD("container"),
	WORD("service"),
	WORD("node"),
	WORD("instance"),
	WORD("uid"),
	WORD("reason"),
	WORD("exit_code"),
	WORD("state"),
	WORD("restarts"),
	WORD("kind"),
	WORD("name"),
};

const struct str *
fields_of(enum record_category category, size_t *n)
{
	if (category == RECORD_EVENT) {
		*n = ARRAY_LEN(event_fields);
		return event_fields;
	}
	if (category == RECORD_POD) {
		*n = ARRAY_LEN(pod_fields);
		return pod_fields;
	}
	*n = ARRAY_LEN(log_fields);
	return log_fields;
}

bool
field_is_known(enum record_category category, struct str name)
{
	size_t n;
	const struct str *fields = fields_of(category, &n);

	return word_find(name, fields, n) < n;
}

bool
field_is_body(enum record_category category, struct str name)
{
	return name.len > 0 && !field_is_known(category, name);
}
