/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of all subcommands: one table makes the parser, --help (help.h) and the manual
 * (manual.h). Main thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"
#include "base/time.h"
#include "decode/decoder.h"
#include "pipeline/batch.h"

/* Exit codes: design §6 and sysexits.h. */
enum {
	EXIT_FOUND = 1,
	EXIT_USAGE_ERROR = 2,
	EXIT_UNAVAILABLE = 69,
	EXIT_SOFTWARE = 70,
	EXIT_IO = 74,
	EXIT_TEMPORARY = 75,
	EXIT_PERMISSION = 77,
	EXIT_CONFIG = 78
};

#define OPTION_REPEATS 64

struct settings;

enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_NDJSON, OUTPUT_CSV, OUTPUT_MARKDOWN };
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Every option's value; a command reads those of its own table. Views into argv. */
struct options {
	const char *rules_z[OPTION_REPEATS];
	size_t n_rules;
	struct batch_label labels[OPTION_REPEATS];
	size_t n_labels;
	const char *store_z;
	int64_t since_ns, until_ns;
	struct time_zone *zone; /* owned; NULL: UTC */
	enum output output;
	enum color color;
	enum format format;
	int64_t jobs, chunk, max_keys, spill_bytes, record_bytes;
	int64_t keep_ns, keep_bytes; /* 0: not given */
	int64_t lateness_ns;
	bool stats, quiet, follow, matches, dry_run, all, offline;
	int verbose;
	const char *send_z, *key_file_z, *send_test_z;
	const char *orders_z, *charges_z, *columns_z;
	const char *rule_z;
	const char *conf_z;
	const struct settings *settings; /* of conf_z; NULL: none */
	struct arena *conf_arena;        /* owned; theirs */
	const char *address_z, *listen_z;
	const char *inputs_z[OPTION_REPEATS];
	size_t n_inputs;
	bool help;
	const char *const *args_z; /* what is left */
	size_t n_args;
};

enum option_kind {
	OPTION_FLAG,
	OPTION_COUNT,
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_SPAN,
	OPTION_BYTES,
	OPTION_TIME,
	OPTION_RULES,
	OPTION_INPUTS,
	OPTION_LABEL,
	OPTION_ZONE,
	OPTION_CONF,
	OPTION_OUTPUT,
	OPTION_COLOR,
	OPTION_FORMAT
};

struct option_row {
	const char *name_z;
	char letter;         /* 0: none */
	const char *value_z; /* its name in the help; NULL: takes none */
	enum option_kind kind;
	size_t offset;      /* into struct options */
	const char *help_z; /* one line, without a full stop */
	const char *more_z; /* sentences that only the manual has; NULL: none */
	size_t formats;     /* OPTION_OUTPUT: so many of enum output are taken */
};

/* A word and what it means: an exit code, a file, a variable. */
struct topic {
	const char *name_z;
	const char *text_z;
};

struct example {
	const char *what_z; /* what it is for */
	const char *line_z; /* a line of the shell */
};

/*
 * A subcommand. Texts are prose without line breaks: an empty line ends a paragraph,
 * `backquotes` mark what is typed. Lists end with an all-zero row and may be NULL.
 */
struct command {
	const char *name_z;
	const char *args_z;             /* "[FILE|DIR|-]..." */
	const char *brief_z;            /* one line */
	const char *text_z;             /* what --help and the manual say */
	const char *more_z;             /* what only the manual says, or NULL */
	const struct example *examples; /* each must run: a test does it */
	const struct topic *exits;      /* exit codes */
	const struct topic *files;
	const struct topic *environment;
	const char *see_z;                       /* "incidents show": other commands */
	const struct option_row *const *options; /* ended by NULL */
	int (*run)(const struct options *o);
};

/* Rows that several commands share. */
extern const struct option_row option_rules, option_store, option_since, option_until,
	option_tz, option_output, option_color, option_quiet, option_verbose, option_help;
extern const struct option_row option_format, option_label, option_jobs, option_stats,
	option_follow, option_matches, option_send, option_send_test, option_dry_run, option_key_file,
	option_lateness, option_chunk, option_max_keys, option_orders, option_charges,
	option_columns, option_all, option_all_rows, option_rule, option_store_of_run,
	option_output_tree, option_output_schema, option_keep_for, option_keep_bytes,
	option_conf, option_address, option_listen, option_input;

/* 0, or EXIT_USAGE_ERROR or EXIT_CONFIG with the reason on stderr. argv[0] is the
 * command's name. */
MUST_USE int options_parse(
	const struct command *c, int argc, char **argv, struct options *o);
void options_fini(struct options *o);
