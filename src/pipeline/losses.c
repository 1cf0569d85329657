/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/losses.h"

#include <stdio.h>

#include "base/log.h"

static int
put_gap(struct store *s, struct str name, const char *what_z, struct str source,
	int64_t from_ns, int64_t to_ns, struct str detail, uint64_t n)
{
	char reason_z[128];

	(void)snprintf(reason_z, sizeof(reason_z), "%.*s_%s", STR_ARG(name), what_z);
	return store_put_gap(s, &(struct gap_row){ .from_ns = from_ns,
					.to_ns = to_ns,
					.source = source,
					.reason = str_z(reason_z),
					.detail = detail,
					.n = n });
}

void
loss_add(struct loss *loss, int64_t at_ns, const char *why_z)
{
	if (loss->n++ == 0)
		loss->from_ns = loss->to_ns = at_ns;
	if (at_ns < loss->from_ns)
		loss->from_ns = at_ns;
	if (at_ns > loss->to_ns)
		loss->to_ns = at_ns;
	loss->why_z = why_z;
}

int
loss_tell(struct store *s, struct str name, const struct loss *loss)
{
	if (loss->n == 0)
		return 0;
	log_error("outputs", "%.*s: %llu findings are dropped: %s", STR_ARG(name),
		(unsigned long long)loss->n, loss->why_z);
	return put_gap(s, name, "dropped", name, loss->from_ns, loss->to_ns,
		str_z(loss->why_z), loss->n);
}

int
loss_take(struct store *s, struct str name, const struct letter *l, struct loss *loss)
{
	int err = 0;

	switch (l->fate) {
	case LETTER_SENT:
	case LETTER_FOLDED:
		return store_del_outbox(s, l->row, str_z(l->link_z));
	case LETTER_MUTED:
		return store_withdraw_outbox(s, name, l->id);
	case LETTER_REJECTED:
	case LETTER_STUCK:
		err = put_gap(s, name, l->fate == LETTER_STUCK ? "stuck" : "rejected",
			l->id, l->at_ns, l->at_ns, str_z(l->why_z), 1);
		return err != 0 ? err : store_del_outbox(s, l->row, STR(""));
	case LETTER_TOO_OLD:
		loss_add(loss, l->at_ns, "waited longer than max_age");
		return store_forget_outbox(s, l->row);
	case LETTER_TOO_MANY:
		loss_add(loss, l->at_ns, "more than max_findings wait");
		return store_forget_outbox(s, l->row);
	case LETTER_WAITS:
		break;
	}
	return 0;
}
