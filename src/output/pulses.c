/* SPDX-License-Identifier: Apache-2.0 */
#include "output/pulses.h"

#include "base/time.h"

void
pulses_init(struct pulses *p, const struct destination_type *type,
	struct destination *destination, int64_t heartbeat_ns)
{
	*p = (struct pulses){ .type = type,
		.destination = destination,
		.heartbeat_ns = heartbeat_ns,
		.last_ns = TIME_NONE,
		.life_ns = TIME_NONE };
}

static bool
is_due(int64_t last_ns, int64_t every_ns, int64_t mono_ns)
{
	return every_ns > 0 && (last_ns == TIME_NONE || mono_ns - last_ns >= every_ns);
}

bool
pulses_are_due(const struct pulses *p, int64_t mono_ns, bool *alive)
{
	const struct destination_type *t = p->type;
	int64_t every_ns = t->period_ns != NULL ? t->period_ns(p->destination) : 0;

	*alive = false;
	if (p->heartbeat_ns < 0 || t->periodic == NULL || p->waiting != NULL ||
		p->on_the_way)
		return false;
	*alive = is_due(p->life_ns, p->heartbeat_ns, mono_ns);
	return *alive || is_due(p->last_ns, every_ns, mono_ns);
}

void
pulses_make(struct pulses *p, const struct pulse *what, int64_t mono_ns)
{
	struct requests list = { 0 };
	struct errand **at = &p->waiting;
	int err;

	if (what->alive)
		p->life_ns = mono_ns;
	else
		p->last_ns = mono_ns;
	pulses_drop(p);
	err = p->type->periodic(p->destination, what, &list);
	for (size_t i = 0; i < list.n && err == 0; i++) {
		*at = errand_new(&list.items[i], FOR_PULSE, what->wall_ns);
		if (*at == NULL)
			break;
		at = &(*at)->next;
	}
	requests_fini(&list);
}

struct errand *
pulses_take(struct pulses *p)
{
	if (p->waiting == NULL || p->on_the_way)
		return NULL;
	p->on_the_way = true;
	return errands_take(&p->waiting);
}

void
pulses_drop(struct pulses *p)
{
	errands_free(&p->waiting);
}
