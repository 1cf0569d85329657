/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sockshop-sim: writes what a Sock Shop cluster would have logged while named things
 * happened to it, and the truth about it. The same seed and options give the same bytes.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "kube.h"
#include "layout.h"
#include "plan.h"
#include "shop.h"
#include "truth.h"
#include "world.h"

#define PIPE_BYTES_MAX ((uint64_t)1 << 30)

static const char usage[] =
	"usage: sockshop-sim --seed N --out DIR [--scenario NAME[,NAME...]] [--duration 30m]\n"
	"\t[--layout pods|pipe|docker|all] [--start RFC3339] [--rate X] [--bytes 10G]\n"
	"\t[--canaries|--no-canaries] [--list]\n";

static double
number(const char *s, const char *units, const double *factors)
{
	char *end;
	double n = strtod(s, &end);
	const char *unit = *end == '\0' ? NULL : strchr(units, *end);

	if (end == s || !(n >= 0) || (*end != '\0' && (unit == NULL || end[1] != '\0')))
		die("not a number: %s", s);
	return unit == NULL ? n : n * factors[unit - units];
}

static int64_t
duration(const char *s)
{
	static const double factors[] = { 1, 60, 3600 };
	double n = number(s, "smh", factors);

	if (n > 30 * 86400)
		die("too long: %s", s);
	return (int64_t)(n * (double)NS_PER_S);
}

static uint64_t
bytes(const char *s)
{
	static const double factors[] = { 1024, 1048576, 1073741824 };
	double n = number(s, "KMG", factors);

	if (n > 1e13)
		die("too many bytes: %s", s);
	return (uint64_t)n;
}

static unsigned
layouts(const char *s)
{
	static const struct {
		const char *name;
		unsigned bits;
	} names[] = { { "pods", LAYOUT_PODS }, { "pipe", LAYOUT_PIPE },
		{ "docker", LAYOUT_DOCKER }, { "all", LAYOUT_ALL } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, s) == 0)
			return names[i].bits;
	die("no layout \"%s\"", s);
}

static int64_t
start_time(const char *s)
{
	int64_t at = time_parse(s);

	if (at <= 86400 * NS_PER_S)
		die("not a time like 2025-11-10T09:00:00Z: %s", s);
	return at;
}

static void
take(struct options *o, int name, const char *arg)
{
	static const double none[] = { 1 };

	switch (name) {
	case 's':
		o->seed = strtoull(arg, NULL, 10);
		break;
	case 'o':
		o->out = arg;
		break;
	case 'n':
		o->scenarios = arg;
		break;
	case 'd':
		o->duration_ns = duration(arg);
		break;
	case 'l':
		o->layouts |= layouts(arg);
		break;
	case 't':
		o->start_ns = start_time(arg);
		break;
	case 'r':
		o->rate = number(arg, "x", none);
		break;
	case 'b':
		o->bytes = bytes(arg);
		break;
	case 'c':
	case 'C':
		o->canaries = name == 'c';
		break;
	case 'L':
		plan_names();
		exit(EXIT_SUCCESS);
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

static struct options
parse(int argc, char **argv)
{
	static const struct option table[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "out", required_argument, NULL, 'o' },
		{ "scenario", required_argument, NULL, 'n' },
		{ "duration", required_argument, NULL, 'd' },
		{ "layout", required_argument, NULL, 'l' },
		{ "start", required_argument, NULL, 't' },
		{ "rate", required_argument, NULL, 'r' },
		{ "bytes", required_argument, NULL, 'b' },
		{ "canaries", no_argument, NULL, 'c' },
		{ "no-canaries", no_argument, NULL, 'C' },
		{ "list", no_argument, NULL, 'L' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .scenarios = "day", .rate = 1, .canaries = true };
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1)
		take(&o, c, optarg);
	if (o.out == NULL || *o.out == '\0' || optind != argc || !(o.rate > 0)) {
		fputs(usage, stderr);
		exit(2);
	}
	if (o.layouts == 0)
		o.layouts = LAYOUT_ALL;
	if (o.bytes > PIPE_BYTES_MAX && o.layouts & LAYOUT_PIPE) {
		fputs("sockshop-sim: no pipe above 1 GB\n", stderr);
		o.layouts &= ~(unsigned)LAYOUT_PIPE;
	}
	return o;
}

int
main(int argc, char **argv)
{
	struct options opt = parse(argc, argv);
	struct world *w = world_new(&opt);
	bool good = plan_lay(w);

	if (good) {
		world_run(w);
		layout_finish(w);
		kube_finish(w);
		events_finish(w);
		shop_finish(w);
		truth_finish(w);
		fprintf(stderr, "%llu lines, %llu bytes\n",
			(unsigned long long)w->records, (unsigned long long)w->bytes);
	}
	world_free(&w);
	return good ? EXIT_SUCCESS : 2;
}
