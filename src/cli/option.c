/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/option.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/configure.h"

#define OPTIONS_MAX 40
#define FIRST_LONG  256

static const struct str outputs[] = { STR_INIT("text"), STR_INIT("json"),
	STR_INIT("ndjson"), STR_INIT("csv"), STR_INIT("markdown") };
static const struct str colors[] = { STR_INIT("auto"), STR_INIT("always"),
	STR_INIT("never") };

/* What was meant, perhaps, by a word that is none of the names. */
static void
suggest(struct str v, const struct str *names, size_t n, const char *before_z)
{
	struct str near = str_nearest(v, names, n);

	for (size_t i = 0; i < n && near.len == 0 && v.len > 0; i++)
		if (str_starts(names[i], v))
			near = names[i];
	if (near.len > 0)
		fprintf(stderr, "did you mean %s%.*s?\n", before_z, STR_ARG(near));
}

static bool
to_choice(struct str v, const struct str *names, size_t n, void *out)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], v)) {
			*(int *)out = (int)i;
			return true;
		}
	return false;
}

/* RFC 3339, or a span before now. */
static bool
to_time(struct str v, const struct time_zone *zone, int64_t *out)
{
	int64_t span_ns;
	struct str rest = v;

	if (time_parse_duration(v, &span_ns)) {
		*out = clock_wall_ns() - span_ns;
		return true;
	}
	return time_parse(&rest, zone, out) && rest.len == 0;
}

/* Powers of 1024, written as people do: 4G, 4GB, 4GiB. */
static bool
to_bytes(struct str v, int64_t *out)
{
	static const char units_z[] = "KMGT";
	size_t n = 0, unit;
	struct str rest;

	while (n < v.len && char_is_digit(v.ptr[n]))
		n++;
	rest = str_sub(v, n, v.len);
	if (!str_to_i64(str_sub(v, 0, n), 1, INT64_C(1) << 40, out))
		return false;
	if (rest.len == 0)
		return true;
	unit = str_find_char(str_z(units_z), rest.ptr[0]);
	rest = str_sub(rest, 1, rest.len);
	if (unit == SIZE_MAX ||
		(rest.len > 0 && !str_eq(rest, STR("B")) && !str_eq(rest, STR("iB"))))
		return false;
	for (; unit != SIZE_MAX; unit--) {
		if (*out > INT64_MAX / 1024)
			return false;
		*out *= 1024;
	}
	return true;
}

static bool
to_label(struct options *o, const char *value_z)
{
	struct str rest = str_z(value_z);
	struct str name = str_cut(&rest, '=');
	size_t colon = str_find_char(rest, ':');
	struct batch_label l = { .label = label_find(name), .value = rest };

	if (l.label == LABEL_COUNT || o->n_labels == OPTION_REPEATS || rest.len == 0)
		return false;
	if (colon != SIZE_MAX) {
		l.value = str_sub(rest, 0, colon);
		l.path_z = rest.ptr + colon + 1;
	}
	o->labels[o->n_labels++] = l;
	return true;
}

static void
suggest_label(struct str name)
{
	if (label_find(name) == LABEL_COUNT)
		suggest(name, label_names, LABEL_COUNT, "");
}

/* The same for a value. */
static void
suggest_value(const struct option_row *row, const char *value_z)
{
	struct str v = str_z(value_z);

	if (row->kind == OPTION_OUTPUT)
		suggest(v, outputs, row->formats, "");
	else if (row->kind == OPTION_COLOR)
		suggest(v, colors, ARRAY_LEN(colors), "");
	else if (row->kind == OPTION_FORMAT)
		suggest(v, format_names, FORMAT_OBJECTS + 1, "");
	else if (row->kind == OPTION_LABEL)
		suggest_label(str_cut(&v, '='));
}

/* NULL, or what the value should have been. */
static const char *
set(struct options *o, const struct option_row *row, const char *value_z)
{
	void *at = (char *)o + row->offset;
	struct str v = str_z(value_z);

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return NULL;
	case OPTION_COUNT:
		++*(int *)at;
		return NULL;
	case OPTION_TEXT:
	case OPTION_CONF:
		*(const char **)at = value_z;
		return NULL;
	case OPTION_NUMBER:
		return str_to_i64(v, 1, INT64_C(1) << 40, at) ? NULL
							      : "a number from 1 on";
	case OPTION_SPAN:
		return time_parse_duration(v, at) ? NULL
						  : "a span of time such as 30s or 5m";
	case OPTION_BYTES:
		return to_bytes(v, at) ? NULL : "a number of bytes such as 500M or 4GiB";
	case OPTION_TIME:
		return to_time(v, o->zone, at)
			       ? NULL
			       : "a time such as 2025-10-28T10:00:00Z or 2h";
	case OPTION_RULES:
		if (o->n_rules == OPTION_REPEATS)
			return "within the 64 that may be given";
		o->rules_z[o->n_rules++] = value_z;
		return NULL;
	case OPTION_INPUTS:
		if (o->n_inputs == OPTION_REPEATS)
			return "within the 64 that may be given";
		o->inputs_z[o->n_inputs++] = value_z;
		return NULL;
	case OPTION_LABEL:
		return to_label(o, value_z)
			       ? NULL
			       : "NAME=VALUE, as in service=orders or namespace=sock-shop";
	case OPTION_ZONE:
		time_zone_free(&o->zone);
		o->zone = time_zone_new(v);
		return o->zone != NULL
			       ? NULL
			       : "a time zone such as UTC, +05:30 or Asia/Kolkata";
	case OPTION_OUTPUT:
		return to_choice(v, outputs, row->formats, at) ? NULL : row->help_z;
	case OPTION_COLOR:
		return to_choice(v, colors, ARRAY_LEN(colors), at)
			       ? NULL
			       : "auto, always or never";
	case OPTION_FORMAT:
		return to_choice(v, format_names, FORMAT_OBJECTS + 1, at)
			       ? NULL
			       : "auto, cri, docker, kubectl, plain or objects";
	}
	return "known";
}

static size_t
build(const struct command *c, struct option *longs, char *shorts)
{
	size_t n = 0, k = 0;

	shorts[k++] = ':';
	for (; c->options[n] != NULL; n++) {
		const struct option_row *row = c->options[n];

		longs[n] = (struct option){ .name = row->name_z,
			.has_arg = row->value_z ? required_argument : no_argument,
			.val = FIRST_LONG + (int)n };
		if (row->letter != 0) {
			shorts[k++] = row->letter;
			if (row->value_z != NULL)
				shorts[k++] = ':';
		}
	}
	shorts[k] = '\0';
	longs[n] = (struct option){ 0 };
	return n;
}

static const struct option_row *
find_row(const struct command *c, int got)
{
	for (size_t i = 0; c->options[i] != NULL; i++)
		if (got == FIRST_LONG + (int)i || got == c->options[i]->letter)
			return c->options[i];
	return NULL;
}

static int
unknown(const struct command *c, const char *arg_z, bool missing)
{
	struct str names[OPTIONS_MAX];
	struct str given = str_z(arg_z);
	size_t n = 0;

	if (missing) {
		fprintf(stderr, "gumshoe %s: %s needs a value\n", c->name_z, arg_z);
		return EXIT_USAGE_ERROR;
	}
	while (given.len > 0 && given.ptr[0] == '-')
		given = str_sub(given, 1, given.len);
	for (; c->options[n] != NULL; n++)
		names[n] = str_z(c->options[n]->name_z);
	fprintf(stderr, "gumshoe %s: unknown option %s\n", c->name_z, arg_z);
	suggest(str_cut(&given, '='), names, n, "--");
	fprintf(stderr, "try: gumshoe %s --help\n", c->name_z);
	return EXIT_USAGE_ERROR;
}

/* getopt_long() also takes the start of a name; a script should not. NULL: it is whole.
 */
static const char *
cut_short(const struct option_row *row, char **argv)
{
	const char *arg_z = argv[optind - 1];
	struct str given;

	if (row->value_z != NULL && optarg == arg_z && optind > 2)
		arg_z = argv[optind - 2];
	given = str_z(arg_z);
	if (!str_starts(given, STR("--")))
		return NULL;
	given = str_sub(given, 2, given.len);
	return str_eq(str_cut(&given, '='), str_z(row->name_z)) ? NULL : arg_z;
}

/* The zone has to be known before a time is read, and the configuration may name it. */
static int
parse_once(const struct command *c, int argc, char **argv, struct options *o, bool first)
{
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 2];
	int got;

	build(c, longs, shorts);
	optind = 0;
	opterr = 0;
	while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row = find_row(c, got);
		const char *wanted, *cut_z;

		if (row == NULL)
			return unknown(c, argv[optind > 1 ? optind - 1 : 1], got == ':');
		cut_z = got >= FIRST_LONG ? cut_short(row, argv) : NULL;
		if (cut_z != NULL)
			return unknown(c, cut_z, false);
		if ((row->kind == OPTION_ZONE || row->kind == OPTION_CONF) != first)
			continue;
		wanted = set(o, row, optarg);
		if (wanted != NULL) {
			fprintf(stderr, "gumshoe %s: --%s: \"%s\" is not %s\n", c->name_z,
				row->name_z, optarg, wanted);
			suggest_value(row, optarg);
			return EXIT_USAGE_ERROR;
		}
	}
	return 0;
}

int
options_parse(const struct command *c, int argc, char **argv, struct options *o)
{
	int err;

	*o = (struct options){
		.since_ns = TIME_NONE, .until_ns = TIME_NONE, .lateness_ns = 30 * TIME_S
	};
	err = parse_once(c, argc, argv, o, true);
	if (err == 0)
		err = configure(o);
	if (err == 0)
		err = parse_once(c, argc, argv, o, false);
	o->args_z = (const char *const *)(argv + optind);
	o->n_args = (size_t)(argc - optind);
	if (err == 0 && c->args_z[0] == '\0' && o->n_args > 0 && !o->help) {
		fprintf(stderr, "gumshoe %s: takes no arguments, but got %s\n", c->name_z,
			o->args_z[0]);
		err = EXIT_USAGE_ERROR;
	}
	if (err == 0 && o->since_ns != TIME_NONE && o->until_ns != TIME_NONE &&
		o->since_ns > o->until_ns) {
		fprintf(stderr, "gumshoe %s: --since is later than --until\n", c->name_z);
		err = EXIT_USAGE_ERROR;
	}
	if (o->quiet)
		log_set_level(LOG_LEVEL_ERROR);
	else if (o->verbose > 0)
		log_set_level(o->verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	return err;
}

void
options_fini(struct options *o)
{
	time_zone_free(&o->zone);
	configure_fini(o);
}
