/* SPDX-License-Identifier: Apache-2.0 */
#include "output/health.h"

#include <stdio.h>

#include "base/log.h"
#include "output/backoff.h"

#define LOUD_TRIES 3 /* failures in a row that are worth a message */

void
health_init(
	struct health *h, struct str name, size_t lanes, uint64_t noise, int64_t mono_ns)
{
	*h = (struct health){ .name = name,
		.try_ns = mono_ns,
		.window = 1,
		.lanes = lanes > 0 ? lanes : 1,
		.noise = noise | 1 };
}

/* xorshift64: enough to spread the tries of many senders. */
uint64_t
health_noise(struct health *h)
{
	h->noise ^= h->noise << 13;
	h->noise ^= h->noise >> 7;
	h->noise ^= h->noise << 17;
	return h->noise;
}

static void
set_why(struct health *h, struct str why)
{
	(void)snprintf(h->why_z, sizeof(h->why_z), "%.*s", STR_ARG(why));
}

void
health_works(struct health *h, uint64_t round, size_t waiting, int64_t mono_ns)
{
	if (round != h->round || h->state == HEALTH_STOPPED)
		return;
	if (h->state == HEALTH_PAUSED || h->tries >= LOUD_TRIES)
		log_warn("outputs", "%.*s: works again, %zu findings wait",
			STR_ARG(h->name), waiting);
	h->state = HEALTH_UP;
	h->why_z[0] = '\0';
	h->tries = 0;
	h->try_ns = mono_ns;
}

void
health_widen(struct health *h, uint64_t round)
{
	if (round == h->round && h->window < h->lanes)
		h->window++;
}

void
health_fails(struct health *h, uint64_t round, int64_t asked_ns, struct str why,
	int64_t mono_ns)
{
	if (round != h->round || h->state == HEALTH_STOPPED)
		return;
	if (h->state == HEALTH_UP)
		h->state = HEALTH_FAILING;
	set_why(h, why);
	h->round++;
	h->window = 1;
	h->try_ns = mono_ns + backoff_wait(h->tries, health_noise(h), asked_ns);
	if (++h->tries == LOUD_TRIES)
		log_warn("outputs", "%.*s: %.*s: tried again and again, findings wait",
			STR_ARG(h->name), STR_ARG(why));
}

void
health_pauses(struct health *h, uint64_t round, int64_t asked_ns, struct str why,
	int64_t mono_ns)
{
	if (round != h->round || h->state == HEALTH_STOPPED)
		return;
	set_why(h, why);
	h->round++;
	h->window = 1;
	if (h->state != HEALTH_PAUSED) {
		h->state = HEALTH_PAUSED;
		h->tries = 0;
		log_warn("outputs", "%.*s: %.*s: paused, findings stay in the store",
			STR_ARG(h->name), STR_ARG(why));
	}
	h->try_ns = mono_ns + backoff_probe(h->tries++, health_noise(h), asked_ns);
}

void
health_stops(struct health *h, struct str why)
{
	if (h->state == HEALTH_STOPPED)
		return;
	h->state = HEALTH_STOPPED;
	set_why(h, why);
	log_error("outputs",
		"%.*s: %.*s: it wants nothing more: findings stay in the store; change "
		"or remove this output and reload",
		STR_ARG(h->name), STR_ARG(why));
}

bool
health_allows(const struct health *h, size_t n, int64_t mono_ns)
{
	return h->state != HEALTH_STOPPED && n < h->window && h->try_ns <= mono_ns;
}

const char *
health_state_z(enum health_state state)
{
	switch (state) {
	case HEALTH_UP:
		return "up";
	case HEALTH_FAILING:
		return "failing";
	case HEALTH_PAUSED:
		return "paused";
	case HEALTH_STOPPED:
		return "stopped";
	}
	return "";
}
