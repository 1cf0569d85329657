/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "kube.h"
#include "noise.h"
#include "scenario.h"
#include "traffic.h"

#define STEPS_MAX 64
#define LEAD_S    300 /* before the first scenario */
#define GAP_S     960 /* between two, so that their windows do not meet */
#define TAIL_S    780 /* after the last, so that absences can be judged */

static const struct kind {
	const char *name;
	void (*fn)(struct world *w, int64_t at_ns);
	int64_t span_s;
} kinds[] = {
	{ "seed", scenario_seed, 700 },
	{ "normal", NULL, 300 },
	{ "crash", scenario_crash, 480 },
	{ "oom", scenario_oom, 480 },
	{ "payment", scenario_payment, 900 },
	{ "latency", scenario_latency, 500 },
	{ "stuck", scenario_stuck, 120 },
	{ "near", scenario_near, 720 },
};

struct steps {
	const struct kind *kind[STEPS_MAX];
	size_t len;
};

void
plan_names(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		puts(kinds[i].name);
	puts("day");
}

static bool
add(struct steps *s, const char *name, size_t len)
{
	static const char day[] = "crash,payment,latency,stuck,near";
	size_t i = 0;

	if (len == 3 && memcmp(name, "day", 3) == 0) {
		for (const char *p = day; *p != '\0';
			p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
			if (!add(s, p, strcspn(p, ",")))
				return false;
		return true;
	}
	while (i < sizeof(kinds) / sizeof(kinds[0]) &&
		(strlen(kinds[i].name) != len || memcmp(kinds[i].name, name, len) != 0))
		i++;
	if (i == sizeof(kinds) / sizeof(kinds[0]) || s->len == STEPS_MAX) {
		fprintf(stderr, "sockshop-sim: no scenario \"%.*s\"\n", (int)len, name);
		return false;
	}
	s->kind[s->len++] = &kinds[i];
	return true;
}

static bool
parse(struct steps *s, const char *names)
{
	while (*names != '\0') {
		size_t len = strcspn(names, ",");

		if (!add(s, names, len))
			return false;
		names += len + (names[len] == ',');
	}
	return s->len > 0;
}

/* The historic outage has its own date and must come first: its ids follow each other. */
static bool
sort_seed(struct steps *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->kind[i]->fn == scenario_seed && i > 0) {
			fprintf(stderr,
				"sockshop-sim: \"seed\" must be the first scenario\n");
			return false;
		}
	return true;
}

static int64_t
needed_s(const struct steps *s)
{
	int64_t sum = LEAD_S + TAIL_S;

	for (size_t i = 0; i < s->len; i++)
		sum += s->kind[i]->span_s + (i + 1 < s->len ? GAP_S : 0);
	return sum;
}

bool
plan_lay(struct world *w)
{
	struct steps s = { .len = 0 };
	int64_t at, need;
	bool seed;

	if (!parse(&s, w->opt->scenarios) || !sort_seed(&s))
		return false;
	seed = s.kind[0]->fn == scenario_seed;
	need = needed_s(&s) * NS_PER_S;
	if (w->opt->duration_ns != 0 && w->opt->duration_ns < need)
		fprintf(stderr, "sockshop-sim: the scenarios need %llds\n",
			(long long)(need / NS_PER_S));
	if (need < 1800 * NS_PER_S)
		need = 1800 * NS_PER_S;
	w->from_ns = time_parse("2025-11-10T09:00:00Z");
	if (w->opt->start_ns != 0)
		w->from_ns = w->opt->start_ns;
	if (seed)
		w->from_ns = time_parse("2025-10-28T10:03:00Z") - LEAD_S * NS_PER_S;
	w->to_ns = w->from_ns + (w->opt->duration_ns > need ? w->opt->duration_ns : need);
	w->now_ns = w->from_ns;
	at = w->from_ns + LEAD_S * NS_PER_S;
	kube_begin(w);
	for (size_t i = 0; i < s.len; i++) {
		if (s.kind[i]->fn != NULL)
			s.kind[i]->fn(w, at);
		at += (s.kind[i]->span_s + GAP_S) * NS_PER_S;
	}
	traffic_begin(w);
	noise_begin(w);
	if (!seed)
		scenario_books(w);
	return true;
}
