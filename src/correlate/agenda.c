/* SPDX-License-Identifier: Apache-2.0 */
/* Timers in event time. */
#include <stdlib.h>

#include "correlate/engine.h"

bool
agenda_add(struct correlator *c, struct key *k, int64_t at_ns, enum phase phase)
{
	struct timer *t = malloc(sizeof(*t));

	if (t == NULL)
		return false;
	*t = (struct timer){ at_ns, phase, k->corr, c->seq++, k };
	if (!heap_push(c->agenda, t)) {
		free(t);
		c->counts.full++;
		return false;
	}
	k->timers++;
	return true;
}
