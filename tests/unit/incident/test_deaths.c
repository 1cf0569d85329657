/* SPDX-License-Identifier: Apache-2.0 */
/* Seventeen witnesses, six deaths. */
#include "kit.h"

#include "incident/deaths.h"

static struct death
death(enum record_category witness, const char *pod_z, const char *once_z)
{
	struct death d = { .witness = witness,
		.namespace = STR("sock-shop"),
		.pod = str_z(pod_z),
		.container = STR("front-end"),
		.once = str_z(once_z),
		.weight = 1 };

	return d;
}

static void
test_sum(void)
{
	struct deaths *d = deaths_new();
	struct death one;
	char once[] = "0";

	for (unsigned n = 0; n < 6; n++) {
		once[0] = (char)('0' + (int)n);
		one = death(RECORD_POD, "a", once);
		deaths_add(d, &one);
		deaths_add(d, &one);
		if (n < 5) {
			one = death(RECORD_LOG, "a", once);
			deaths_add(d, &one);
		}
		one = death(RECORD_EVENT, "a", "");
		one.container.len = 0;
		deaths_add(d, &one);
	}
	OK(deaths_sum(d) == 6);
	one = death(RECORD_LOG, "b", "9");
	deaths_add(d, &one);
	OK(deaths_sum(d) == 7);
	/* A log without a pod: the same deaths, as far as one can tell, until it has
	 * more. */
	for (unsigned n = 0; n < 3; n++) {
		one = death(RECORD_LOG, "", "");
		deaths_add(d, &one);
		OK(deaths_sum(d) == (n < 1 ? 7 : 7 + n));
	}
	deaths_free(&d);
}

/* Through an incident: restarts 42 to 48 in one object, log lines, killings. */
static void
test_incident(void)
{
	struct kit k;
	struct outcome o;
	size_t not_judged = 0;
	char captures[80];
	json_t *r;

	kit_init(&k);
	kit_open(&k);
	for (unsigned n = 0; n < 6; n++) {
		(void)snprintf(captures, sizeof(captures),
			"pod=o-1;container=orders;instance=%u", 42 + n);
		(void)kit_match(&k, R_KILLING, AT(10 * n), "pod=o-1;container=orders");
		if (n < 5)
			(void)kit_match(&k, R_NPM, AT(10 * n + 1), captures);
		(void)kit_match(&k, R_RESTART, AT(10 * n + 2), captures);
		if (n == 1) {
			uint64_t id = kit_match(&k, R_BACKOFF, AT(10 * n + 3),
				"pod=o-1;container=orders;weight=2");

			o = kit_fired(C_CRASH, AT(1), AT(10 * n + 3), id, 5);
			kit_outcome(&k, &o);
		}
	}
	OK(incidents_end(k.incidents, AT(3600), &not_judged) == 0);
	r = kit_report(&k, 0);
	OK(kit_number(r, "count") == 6);
	OK(kit_is(r, "title", "orders died 6 times (2 back-offs)"));
	json_decref(r);
	kit_fini(&k);
}

int
main(void)
{
	test_sum();
	test_incident();
	return tap_done();
}
