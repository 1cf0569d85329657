/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/choice.h"

#include <stdlib.h>
#include <string.h>

#define RECENT  256
#define UNKNOWN 0 /* nobody knows the service */
#define OTHER   1 /* no rule names it */
#define NAMED   2

/* The choice of one source; sources come and go, their indices do not come again. */
struct recent {
	uint32_t index;
	uint32_t place; /* in choices, from 1; 0: not set */
};

struct choices {
	const struct ruleset *rs;  /* borrowed */
	const struct prefilter *p; /* borrowed, or NULL */
	struct str *services;      /* that rules name; views */
	size_t n_services;
	struct choice *choices; /* NAMED + n_services */
	struct recent recent[RECENT];
};

static size_t
find_service(const struct choices *c, struct str service)
{
	size_t i = 0;

	while (i < c->n_services && !str_eq_fold(c->services[i], service))
		i++;
	return i;
}

struct choices *
choices_new(const struct ruleset *rs, const struct prefilter *p)
{
	struct choices *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->rs = rs;
	c->p = p;
	c->services = calloc(rs->n_rules + 1, sizeof(*c->services));
	for (size_t i = 0; c->services != NULL && i < rs->n_rules; i++) {
		struct str s = rs->rules[i].logsource.service;

		if (s.len > 0 && find_service(c, s) == c->n_services)
			c->services[c->n_services++] = s;
	}
	c->choices = calloc(NAMED + c->n_services, sizeof(*c->choices));
	if (c->services == NULL || c->choices == NULL)
		choices_free(&c);
	return c;
}

void
choices_free(struct choices **pc)
{
	struct choices *c = *pc;

	*pc = NULL;
	if (c == NULL)
		return;
	for (size_t i = 0; c->choices != NULL && i < NAMED + c->n_services; i++) {
		free(c->choices[i].rules);
		free(c->choices[i].wordless);
		free(c->choices[i].takes);
		free(c->choices[i].wanted);
	}
	free(c->choices);
	free(c->services);
	free(c);
}

static bool
takes(const struct choices *c, const struct rule *r, size_t place)
{
	struct str service = r->logsource.service;

	if (r->category != RECORD_LOG)
		return false;
	if (place == UNKNOWN || service.len == 0)
		return true;
	return place >= NAMED && str_eq_fold(service, c->services[place - NAMED]);
}

static void
find_wanted(const struct prefilter *p, struct choice *one)
{
	const uint32_t *rules;
	size_t n;

	for (uint32_t cue = 0; cue < prefilter_cues(p); cue++) {
		rules = prefilter_rules(p, cue, &n);
		for (size_t i = 0; i < n && one->wanted[cue] == 0; i++)
			one->wanted[cue] = one->takes[rules[i]];
		one->n_wanted += one->wanted[cue];
	}
	rules = prefilter_wordless(p, &n);
	for (size_t i = 0; i < n; i++)
		if (one->takes[rules[i]])
			one->wordless[one->n_wordless++] = rules[i];
}

static bool
make(const struct choices *c, size_t place)
{
	struct choice *one = &c->choices[place];
	size_t n = c->rs->n_rules + 1;
	size_t cues = c->p != NULL ? prefilter_cues(c->p) : 0;

	one->rules = calloc(n, sizeof(*one->rules));
	one->wordless = calloc(n, sizeof(*one->wordless));
	one->takes = calloc(n, 1);
	one->wanted = calloc(cues + 1, 1);
	if (one->rules == NULL || one->wordless == NULL || one->takes == NULL ||
		one->wanted == NULL)
		return false;
	for (uint32_t i = 0; i < c->rs->n_rules; i++) {
		if (!takes(c, &c->rs->rules[i], place))
			continue;
		one->takes[i] = 1;
		one->rules[one->n++] = i;
	}
	if (c->p != NULL)
		find_wanted(c->p, one);
	one->made = true;
	return true;
}

static uint32_t
place_of(const struct choices *c, struct str service)
{
	size_t i;

	if (service.len == 0)
		return UNKNOWN;
	i = find_service(c, service);
	return i == c->n_services ? OTHER : (uint32_t)(NAMED + i);
}

static uint32_t
find_place(struct choices *c, const struct source *s)
{
	struct recent *r = &c->recent[s->index % RECENT];

	if (r->place == 0 || r->index != s->index)
		*r = (struct recent){ s->index,
			place_of(c, s->label[LABEL_SERVICE]) + 1 };
	return r->place - 1;
}

const struct choice *
choices_get(struct choices *c, const struct source *s)
{
	uint32_t place = s != NULL ? find_place(c, s) : UNKNOWN;

	if (!c->choices[place].made && !make(c, place))
		return NULL;
	return &c->choices[place];
}
