/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of all settings: it makes the loader, its diagnostics, the commented
 * gumshoe.yaml, the JSON Schema and the manual. Constant; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum setting_type {          /* what it is in its struct */
	SETTING_BOOL,        /* bool */
	SETTING_NUMBER,      /* int64_t */
	SETTING_BYTES,       /* int64_t; written with a unit: 10GiB */
	SETTING_SPAN,        /* int64_t ns; written with a unit: 30s */
	SETTING_TEXT,        /* struct str, as the types down to SECRET_FILE */
	SETTING_NAME,        /* letters, digits, _ and - */
	SETTING_PATH,        /* absolute, or - */
	SETTING_FILE,        /* absolute */
	SETTING_URL,         /* http or https, without user and password */
	SETTING_ZONE,        /* of the zone database */
	SETTING_LISTEN,      /* loopback address and port, or unix:/path */
	SETTING_SECRET_FILE, /* absolute, or $CREDENTIALS_DIRECTORY/NAME */
	SETTING_WORD,        /* int: place in words */
	SETTING_WORDS,       /* unsigned: bits by place in words */
	SETTING_TEXTS,       /* struct setting_texts */
	SETTING_PATHS,       /* the same, each absolute or - */
	SETTING_URLS,        /* the same, each a URL */
	SETTING_PAIRS,       /* struct setting_pairs: a map of texts; names among words */
	SETTING_LIST         /* pointer and size_t n: maps by items */
};

enum setting_flags {
	SETTING_RELOAD = 1, /* takes effect on reload, else on start */
	SETTING_REQUIRED = 2
};

struct setting_table;

struct setting {
	const char *name_z; /* dotted: "store.keep_for" */
	enum setting_type type;
	unsigned flags;
	size_t offset;         /* into the struct of its table */
	int64_t min, max;      /* of numbers, in the type's unit; of texts: max bytes */
	const char *default_z; /* as written in the file; NULL: none */
	const char *example_z; /* where there is no default */
	const char *help_z;    /* sentences, `backquotes` for what is typed */
	const char *env_z;     /* variables that give a default, the first that is set */
	const struct str *words;
	size_t n_words;
	const struct setting_table *items;
	size_t n_offset; /* LIST: of its size_t */
	unsigned only;   /* bits of the kinds of map it is for; 0: all */
	unsigned needed; /* bits of the kinds it is required for */
};

/* Settings of one map, in the order of the file. */
struct setting_table {
	const char *what_z; /* "the file", "an output" */
	const struct setting *rows;
	size_t n;
	size_t size;        /* of its struct */
	const char *kind_z; /* the setting whose word is the kind of map, or NULL */
};

/* A map inside a map, for comments. */
struct setting_section {
	const char *name_z;
	const char *help_z;
};

extern const struct setting_table settings_table, inputs_table, outputs_table;
extern const struct setting_section settings_sections[];
extern const size_t settings_sections_n;

#define SETTING_LEVELS  5
#define SETTING_FORMATS 6
#define SETTING_LABELS  8

/* Words that other rooms have, too: a test holds them together. */
extern const struct str setting_levels[SETTING_LEVELS];
extern const struct str setting_formats[SETTING_FORMATS];
extern const struct str setting_labels[SETTING_LABELS];

/* The row whose word is the kind of map, or NULL. */
const struct setting *setting_kind(const struct setting_table *t);

/* "1 to 1000000", "100ms to 1h": of a number, a size, a span. */
void setting_bounds(const struct setting *s, struct buf *out);

/*
 * The variables of a setting, one after the other: those of env_z, and for the file's own
 * single values GUMSHOE_ and the name in capitals. False at the end; *i starts at 0.
 */
bool setting_env(const struct setting_table *t, const struct setting *s, size_t *i,
	char *name, size_t size);
