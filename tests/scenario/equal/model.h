/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of the scenario: records that are known before they are wrapped, and rules
 * as trees. Everything lives in one arena per world; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "decode/decoder.h"
#include "record/record.h"

#define FILES_MAX   4
#define STREAMS_MAX 4
#define RECORDS_MAX 60
#define RULES_MAX   5

/* --- chance --- */

struct chance {
	uint64_t state;
};

struct chance chance_new(uint64_t seed);
uint64_t chance_next(struct chance *c);
size_t below(struct chance *c, size_t n); /* 0 ... n - 1 */
bool one_in(struct chance *c, size_t n);

#define PICK(c, list) ((list)[below((c), sizeof(list) / sizeof((list)[0]))])

/* What wrapping may do; the shrinker turns them off one by one. */
enum trick {
	TRICK_COLOURS = 1,
	TRICK_SPLIT_WORDS = 2, /* colours inside of words */
	TRICK_PIECES = 4,
	TRICK_ESCAPES = 8, /* JSON escapes nobody needs */
	TRICK_CRLF = 16,
	TRICK_PADDING = 32,
	TRICK_MIX = 64,    /* lines of several streams take turns */
	TRICK_PACK = 128,  /* gzip, UTF-16 */
	TRICK_SHORT = 256, /* pieces of any size */
	TRICKS = 511
};

/* --- records --- */

enum json_kind { J_TEXT, J_NUMBER, J_TRUE, J_FALSE, J_NULL, J_LIST, J_MAP };

struct jnode {
	enum json_kind kind;
	struct str key;  /* in a map */
	struct str text; /* of a text; of a number as a field's value is spelt */
	struct str raw;  /* of a number as it stands in the JSON */
	struct jnode *child[8];
	size_t n;
};

enum kind {
	KIND_PLAIN,
	KIND_JSON,
	KIND_INDENT,
	KIND_CAUSED, /* an error, then a bare exception */
	KIND_EXCEPTION,
	KIND_NPM,
	KIND_PYTHON,
	KIND_PANIC,
	KIND_OPEN,
	KIND_BIG,
	KIND_BLANK, /* blank lines: no record */
	KINDS
};

struct rec {
	enum kind kind;
	struct str *line; /* without wrapping, colours and line ends */
	size_t n_lines;
	int64_t own_ns;   /* written in the first line, or TIME_NONE */
	struct str level; /* ERROR ...: a view into the first line */
	size_t head;      /* bytes of the first line that tell what it is */
	struct jnode *body;
	unsigned stream;
	uint64_t seed;
	bool gone; /* by the shrinker */
};

struct stream {
	struct str name; /* "stdout", "stderr", empty */
	struct str key;  /* of kubectl: "pod/P/C" */
	struct str label[LABEL_COUNT];
	bool broken; /* lines without the wrapping */
};

struct file {
	const char *path_z;
	enum format format;
	bool stamps; /* kubectl --timestamps */
	struct stream stream[STREAMS_MAX];
	size_t n_streams;
	struct rec *rec[RECORDS_MAX];
	size_t n_recs;
	int64_t date_ns;
	uint64_t seed;
	bool gone;
};

/* One record as it must come out. */
struct truth {
	const struct file *file;
	const struct stream *stream;
	struct str message;
	struct jnode *body;
	uint64_t place;
	int64_t at_ns;
	enum time_quality quality;
	bool any_time; /* too far from a time to say */
};

/* --- rules --- */

enum token_kind { T_TEXT, T_ANY, T_ONE };

struct token {
	enum token_kind kind;
	struct str text;
};

struct plain_value {
	struct token token[12];
	size_t n;
	bool plain; /* without quotes: a number */
	double number;
	struct str regex;
	bool gone;
};

enum op { OP_EQUALS, OP_RE, OP_EXISTS, OP_LT, OP_LTE, OP_GT, OP_GTE, OP_NULL };

struct plain_item {
	struct str field; /* empty: keywords */
	enum op op;
	bool before, after; /* open at that end */
	bool all, cased, negated, exists, i, m, s;
	struct plain_value value[4];
	size_t n;
	bool gone;
};

/* AND of its items. */
struct group {
	struct plain_item item[3];
	size_t n;
	bool gone;
};

enum shape { SHAPE_MAP, SHAPE_MAPS, SHAPE_KEYWORDS, SHAPE_MIXED, SHAPE_WORD };

struct selection {
	struct str name;
	enum shape shape;
	struct group group[2];
	size_t n;
	struct plain_item keywords;
};

enum cond_kind { C_AND, C_OR, C_NOT, C_NAME, C_ONE_OF, C_ALL_OF };

struct cond {
	enum cond_kind kind;
	struct cond *child[3];
	size_t n;
	size_t selection;   /* C_NAME */
	struct str pattern; /* C_ONE_OF, C_ALL_OF */
};

struct plain_rule {
	struct str category, product, service;
	struct selection selection[4];
	size_t n;
	struct cond *cond;
	bool gone;
};

struct world {
	struct arena *arena;
	uint64_t seed;
	struct file file[FILES_MAX];
	size_t n_files;
	enum format format; /* what the reader is told */
	struct plain_rule *rule;
	size_t n_rules;
	unsigned tricks;
	size_t jobs, chunk;
	struct str asked; /* the capture that windows look at; empty: all is made */
};

/* corpus.c: files full of records. */
void corpus_make(struct world *w, struct chance *c, const char *root_z);

/* Whether next, right behind before in its stream, is a record of its own. */
bool corpus_parts(const struct rec *before, const struct rec *next);

/* line.c: texts. The level is a view into the result, or empty. */
struct str line_plain(struct arena *a, struct chance *c, struct str level);
struct str line_timed(struct arena *a, struct chance *c, int64_t at_ns, struct str *level,
	size_t *head, int64_t *written_ns);
struct jnode *line_json(
	struct arena *a, struct chance *c, int64_t at_ns, struct str *text);
struct str line_words(struct arena *a, struct chance *c, size_t n);

/* What is no UTF-8 as U+FFFD. */
struct str line_mend(struct arena *a, struct str s);

/* Appends s as the inside of a JSON string: with every legal escape, or few. */
void line_escape(struct buf *b, struct chance *c, struct str s, bool all);
void line_stamp(struct buf *b, int64_t at_ns, const char *shape_z, unsigned digits);

/* wrap.c: appends the bytes of a file to b, and its records to out; returns how many. */
size_t wrap_file(const struct world *w, const struct file *f, struct buf *b,
	struct truth *out, size_t max);

/* rule.c, value.c: rules made after the texts of some records; print.c: their YAML. */
void rule_make(struct world *w, struct chance *c, const struct truth *t, size_t n);
void rule_print(struct buf *b, const struct plain_rule *r, size_t number);

/* The key of an item: field and modifiers. */
void rule_print_key(struct buf *b, const struct plain_item *item);

/* judge.c: the plain evaluator. */
struct verdict {
	bool match;
	size_t hit; /* place in message, or SIZE_MAX */
	struct field capture[64];
	size_t n_captures;
	size_t regex_errors; /* searches beyond PCRE2's limits or, of a match, ours */
};
void judge(struct arena *a, const struct plain_rule *r, const struct truth *t,
	struct verdict *v);
struct str judge_text(const struct truth *t, const struct verdict *v);
struct str judge_cut(struct str s, size_t max);

/* world.c: files on disk, and what both evaluators say of them as sorted lines. */
struct lines_of {
	struct buf text;
	struct str *at;
	size_t n;
};

struct trial {
	struct truth *truth;
	size_t n_truths;
	struct buf yaml;
	struct lines_of expected, got;
	bool loaded;     /* the rules are legal */
	size_t wordless; /* rules that look at every line */
	bool is_wordless[RULES_MAX];
	uint64_t regex_errors; /* searches beyond the limits: nothing to compare */
	uint64_t rules_off;    /* they cost too much: nothing to compare */
};

#define TRUTHS_MAX 4000

/* Writes the files and sets t->truth. */
void world_write(struct world *w, struct trial *t);

/* Runs the rules both ways. True: the same matches. */
bool world_try(struct world *w, struct trial *t);
void trial_init(struct trial *t);
void trial_fini(struct trial *t);

/* shrink.c: makes a world that differs smaller as long as it differs; prints it. */
void shrink(struct world *w, struct trial *t);
void shrink_print(struct world *w, struct trial *t);
