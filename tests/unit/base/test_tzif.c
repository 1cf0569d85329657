/* SPDX-License-Identifier: Apache-2.0 */
/* tzif: hand-made files, their rules, and every kind of damage. */
#include "base/tzif.h"

#include <string.h>

#include "../../tap.h"

static char file[512];

static size_t
put(size_t at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		file[at + i] = (char)(unsigned char)(v >> (8 * (n - 1 - i)));
	return at + n;
}

static size_t
put_header(size_t at, uint64_t timecnt, uint64_t typecnt)
{
	memset(file + at, 0, 44);
	memcpy(file + at, "TZif2", 5);
	put(at + 32, timecnt, 4);
	put(at + 36, typecnt, 4);
	put(at + 40, 1, 4);
	return at + 44;
}

/* Two types (+1 h, +2 h), turning to the second at 1000 s, then this rule. */
static struct str
make(const char *rule_z)
{
	size_t at = put_header(0, 0, 1);

	memset(file + at, 0, 7);
	at = put_header(at + 7, 1, 2);
	at = put(at, 1000, 8);
	at = put(at, 1, 1);
	at = put(at, 3600, 4);
	at = put(at, 0, 2);
	at = put(at, 7200, 4);
	at = put(at, 0, 2);
	at = put(at, 0, 1);
	at += (size_t)snprintf(file + at, sizeof(file) - at, "\n%s\n", rule_z);
	return (struct str){ file, at };
}

static int32_t
offset(const char *rule_z, int64_t at_s)
{
	struct tzif *t = tzif_new(make(rule_z));
	int32_t v;

	if (t == NULL)
		return INT32_MIN;
	v = tzif_offset(t, at_s);
	tzif_free(&t);
	return v;
}

static void
rules(void)
{
	static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";
	static const char sydney[] = "AEST-10AEDT,M10.1.0,M4.1.0/3";

	OK(offset("", 999) == 3600 && offset("", 1000) == 7200 &&
		offset("", 1 << 30) == 7200);
	OK(offset("IST-5:30", 999) == 3600 && offset("IST-5:30", 1000) == 19800);
	OK(offset("<-03>3", 2000) == -10800 && offset("<+1245>-12:45", 2000) == 45900);
	/* 2025-03-30T01:00:00Z and 2025-10-26T01:00:00Z */
	OK(offset(berlin, 1743296399) == 3600 && offset(berlin, 1743296400) == 7200);
	OK(offset(berlin, 1761440399) == 7200 && offset(berlin, 1761440400) == 3600);
	/* 2025-04-05T16:00:00Z and 2025-10-04T16:00:00Z, summer over new year */
	OK(offset(sydney, 1743868799) == 39600 && offset(sydney, 1743868800) == 36000);
	OK(offset(sydney, 1759593599) == 36000 && offset(sydney, 1759593600) == 39600);
	/* 2024-03-01T00:00:00Z is J60 in a leap year too, but day 60 without J */
	OK(offset("A0B,J60/0,J365", 1709251199) == 0 &&
		offset("A0B,J60/0,J365", 1709251200) == 3600);
	OK(offset("A0B,60/0,364", 1709251199) == 0 &&
		offset("A0B,60/0,364", 1709251200) == 3600);
	OK(offset("A0B-3,J1/0,J365", 1709251200) == 10800);
	OK(offset("EET-2EEST,M3.4.4/50,M10.4.4/50", 1750000000) == 10800);
	OK(offset("CET-1CEST,M3.5.0", 0) == INT32_MIN && offset("CET", 0) == INT32_MIN);
	OK(offset("CET-1CEST,M0.5.0,M10.5.0", 0) == INT32_MIN &&
		offset("CET-99", 0) == INT32_MIN);
	OK(offset("CET-1x", 0) == INT32_MIN && offset("<CET-1", 0) == INT32_MIN);
}

/* Cut short anywhere: refused. With any byte changed: refused or usable, never worse. */
static void
damage(void)
{
	struct str whole = make("CET-1CEST,M3.5.0,M10.5.0/3");
	bool good = true;

	for (size_t len = 0; len < whole.len; len++) {
		struct tzif *t = tzif_new(str_sub(whole, 0, len));

		good = good && t == NULL;
		tzif_free(&t);
	}
	OK(good);
	good = true;
	for (size_t i = 0; i < 256 * whole.len; i++) {
		struct tzif *t;

		make("CET-1CEST,M3.5.0,M10.5.0/3");
		file[i / 256] = (char)(unsigned char)(i % 256);
		t = tzif_new(whole);
		if (t != NULL)
			good = good && tzif_offset(t, 1743296400) >= -26 * 3600 &&
			       tzif_offset(t, -1743296400) <= 27 * 3600;
		tzif_free(&t);
	}
	OK(good);
	OK(tzif_new(STR("")) == NULL && tzif_new(STR("no zone file")) == NULL);
}

int
main(void)
{
	rules();
	damage();
	return tap_done();
}
