/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML trees from libyaml's events. What we refuse is refused here, as the events come:
 * libyaml itself has no limits, and its cost is quadratic in the depth it is let into.
 */
#include "base/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/map.h"
#include "base/yaml_plain.h"

#define DEPTH_MAX  32
#define NODES_MAX  100000
#define BYTES_MAX  ((size_t)1024 * 1024)
#define LINEAR_MAX 16 /* pairs of a map that are searched one by one */

/* A list or map that is open. */
struct frame {
	struct yaml_node *node;
	size_t cap;
	bool has_key;
	bool is_duplicate; /* of the key: its value is dropped */
	struct str key;
	struct str key_where;
	struct map *seen; /* owned; key → number of its pair, for large maps */
};

struct reader {
	struct diag *d;
	struct arena *a;
	yaml_parser_t parser;
	struct str text;   /* without a byte order mark */
	bool ascii;        /* the text is: a mark is a position */
	size_t mark_chars; /* the last mark looked up, in characters … */
	size_t mark_bytes; /* … and in bytes: libyaml counts characters */
	struct frame frames[DEPTH_MAX];
	size_t depth;
	size_t nodes;
	struct yaml_node **docs;
	size_t n_docs;
	size_t cap_docs;
};

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool
is_ascii(struct str s)
{
	uint64_t all = 0, word;
	size_t i = 0;

	for (; i + sizeof(word) <= s.len; i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		all |= word;
	}
	for (; i < s.len; i++)
		all |= (unsigned char)s.ptr[i];
	return (all & UINT64_C(0x8080808080808080)) == 0;
}

/* Byte position of the character with this number. Marks mostly go forward. */
static size_t
byte_pos(struct reader *r, size_t chars)
{
	if (r->ascii)
		return chars < r->text.len ? chars : r->text.len;
	while (r->mark_chars < chars && r->mark_bytes < r->text.len) {
		r->mark_bytes++;
		while (r->mark_bytes < r->text.len &&
			is_continuation(r->text.ptr[r->mark_bytes]))
			r->mark_bytes++;
		r->mark_chars++;
	}
	while (r->mark_chars > chars && r->mark_bytes > 0) {
		r->mark_bytes--;
		while (r->mark_bytes > 0 && is_continuation(r->text.ptr[r->mark_bytes]))
			r->mark_bytes--;
		r->mark_chars--;
	}
	return r->mark_bytes;
}

static struct str
place(struct reader *r, const yaml_mark_t *start, const yaml_mark_t *end)
{
	size_t from = byte_pos(r, start->index);
	size_t to = byte_pos(r, end->index);

	return str_sub(r->text, from, to > from ? to - from : 0);
}

static struct str
event_place(struct reader *r, const yaml_event_t *ev)
{
	return place(r, &ev->start_mark, &ev->end_mark);
}

static struct str
first_line(struct str s)
{
	return str_trim(str_cut(&s, '\n'));
}

static int
fail_memory(struct reader *r, struct str where)
{
	diag_error(r->d, where, "this file needs more memory than is allowed");
	return -1;
}

/* Room for one more in an array of pointers or pairs. NULL when the arena is full. */
static void *
grow(struct arena *a, void *old, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap > 0 ? *cap * 2 : 4;
	void *p;

	if (n < *cap)
		return old;
	p = arena_alloc(a, more * size);
	if (p == NULL)
		return NULL;
	if (n > 0)
		memcpy(p, old, n * size);
	*cap = more;
	return p;
}

/* The earlier pair with this key, or NULL. *out_full: out of memory. */
static const struct yaml_pair *
find_pair(struct frame *f, struct str key, bool *out_full)
{
	const struct yaml_node *node = f->node;
	void **slot;

	if (node->n < LINEAR_MAX) {
		for (size_t i = 0; i < node->n; i++)
			if (str_eq(node->pairs[i].key, key))
				return &node->pairs[i];
		return NULL;
	}
	if (f->seen == NULL)
		f->seen = map_new(NODES_MAX);
	if (f->seen == NULL)
		goto full;
	for (size_t i = map_len(f->seen); i < node->n; i++) {
		slot = map_put(f->seen, node->pairs[i].key, NULL);
		if (slot == NULL)
			goto full;
		*slot = (void *)(uintptr_t)i;
	}
	slot = map_get(f->seen, key);
	return slot == NULL ? NULL : &node->pairs[(uintptr_t)*slot];
full:
	*out_full = true;
	return NULL;
}

static int
set_key(struct reader *r, struct frame *f, const struct yaml_node *node)
{
	const struct yaml_pair *first;
	bool full = false;
	unsigned row, col;

	if (node->kind != YAML_SCALAR) {
		diag_error(r->d, first_line(node->where),
			"a key must be a single word or quoted text");
		diag_hint(
			r->d, "if it starts with { or [ and is meant as text, quote it");
		return -1;
	}
	if (node->plain && str_eq(node->value, STR("<<")))
		diag_error(r->d, node->where, "merge keys (<<) are not allowed");
	first = find_pair(f, node->value, &full);
	if (full)
		return fail_memory(r, node->where);
	if (first != NULL) {
		diag_locate(r->d->src, first->key_where, &row, &col);
		diag_error(r->d, node->where, "duplicate key \"%.*s\"",
			STR_ARG(node->value));
		diag_hint(r->d, "first at line %u", row);
	}
	f->has_key = true;
	f->is_duplicate = first != NULL;
	f->key = node->value;
	f->key_where = node->where;
	return 0;
}

static int
add_pair(struct reader *r, struct frame *f, struct yaml_node *node)
{
	struct yaml_node *map = f->node;
	void *p;

	f->has_key = false;
	if (f->is_duplicate)
		return 0;
	p = grow(r->a, map->pairs, map->n, &f->cap, sizeof(*map->pairs));
	if (p == NULL)
		return fail_memory(r, node->where);
	map->pairs = p;
	map->pairs[map->n++] = (struct yaml_pair){
		.key = f->key,
		.key_where = f->key_where,
		.value = node,
	};
	return 0;
}

static bool
is_empty(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && node->plain && node->value.len == 0;
}

/* Hands a new node to what it is in. */
static int
attach(struct reader *r, struct yaml_node *node)
{
	struct frame *f = r->depth > 0 ? &r->frames[r->depth - 1] : NULL;
	void *p;

	if (f == NULL) {
		if (is_empty(node))
			return 0;
		p = grow(r->a, r->docs, r->n_docs, &r->cap_docs, sizeof(*r->docs));
		if (p == NULL)
			return fail_memory(r, node->where);
		r->docs = p;
		r->docs[r->n_docs++] = node;
		return 0;
	}
	if (f->node->kind == YAML_MAP && f->has_key)
		return add_pair(r, f, node);
	if (f->node->kind == YAML_MAP)
		return set_key(r, f, node);
	p = grow(r->a, f->node->items, f->node->n, &f->cap, sizeof(*f->node->items));
	if (p == NULL)
		return fail_memory(r, node->where);
	f->node->items = p;
	f->node->items[f->node->n++] = node;
	return 0;
}

static struct yaml_node *
new_node(struct reader *r, enum yaml_kind kind, struct str where)
{
	struct yaml_node *node;

	if (++r->nodes > NODES_MAX) {
		diag_error(r->d, first_line(where), "more than %d values in one file",
			NODES_MAX);
		return NULL;
	}
	node = arena_alloc(r->a, sizeof(*node));
	if (node == NULL) {
		fail_memory(r, first_line(where));
		return NULL;
	}
	node->kind = kind;
	node->where = where;
	return node;
}

static void
refuse_marks(struct reader *r, struct str where, const yaml_char_t *anchor,
	const yaml_char_t *tag)
{
	if (anchor != NULL)
		diag_error(r->d, first_line(where), "anchors (&name) are not allowed");
	if (tag != NULL)
		diag_error(r->d, first_line(where), "tags (!name) are not allowed");
}

static void
warn_ambiguous(struct reader *r, const struct yaml_node *node)
{
	struct yaml_plain_types t = yaml_plain_types(node->value);

	if (t.v11 == t.v12)
		return;
	diag_warn(r->d, node->where, "plain %.*s is %s in YAML 1.1 but %s in YAML 1.2",
		STR_ARG(node->value), t.v11, t.v12);
	diag_hint(r->d, "put it in quotes");
}

static int
on_scalar(struct reader *r, const yaml_event_t *ev)
{
	yaml_scalar_style_t style = ev->data.scalar.style;
	struct str where = event_place(r, ev);
	struct str raw = {
		.ptr = (const char *)ev->data.scalar.value,
		.len = ev->data.scalar.length,
	};
	struct yaml_node *node;

	if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE)
		where = first_line(where);
	node = new_node(r, YAML_SCALAR, where);
	if (node == NULL)
		return -1;
	refuse_marks(r, where, ev->data.scalar.anchor, ev->data.scalar.tag);
	node->plain = style == YAML_PLAIN_SCALAR_STYLE;
	node->value = arena_copy(r->a, raw);
	if (node->value.ptr == NULL)
		return fail_memory(r, where);
	if (str_find_char(node->value, '\0') != SIZE_MAX)
		diag_error(r->d, first_line(where), "NUL bytes are not allowed");
	if (node->plain)
		warn_ambiguous(r, node);
	return attach(r, node);
}

static int
on_start(struct reader *r, const yaml_event_t *ev, enum yaml_kind kind)
{
	struct str where = event_place(r, ev);
	struct yaml_node *node = new_node(r, kind, where);

	if (node == NULL)
		return -1;
	if (kind == YAML_LIST)
		refuse_marks(r, where, ev->data.sequence_start.anchor,
			ev->data.sequence_start.tag);
	else
		refuse_marks(r, where, ev->data.mapping_start.anchor,
			ev->data.mapping_start.tag);
	if (r->depth == DEPTH_MAX) {
		diag_error(r->d, first_line(where), "nested deeper than %d", DEPTH_MAX);
		return -1;
	}
	if (attach(r, node) != 0)
		return -1;
	r->frames[r->depth++] = (struct frame){ .node = node };
	return 0;
}

static int
on_end(struct reader *r, const yaml_event_t *ev)
{
	struct frame *f = &r->frames[--r->depth];
	const char *from = f->node->where.ptr;
	struct str end = event_place(r, ev);
	const char *to = end.ptr + end.len;
	struct str span = { .ptr = from, .len = to > from ? (size_t)(to - from) : 0 };

	/* a block ends where the next thing starts: without the white space between */
	while (span.len > 0 && strchr(" \t\r\n", span.ptr[span.len - 1]) != NULL)
		span.len--;
	f->node->where = span;
	map_free(&f->seen);
	return 0;
}

static int
on_event(struct reader *r, const yaml_event_t *ev)
{
	struct yaml_node *node;

	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		node = new_node(r, YAML_SCALAR, event_place(r, ev));
		if (node == NULL)
			return -1;
		diag_error(r->d, node->where, "aliases (*name) are not allowed");
		diag_hint(r->d, "if it is meant as text, put it in quotes");
		node->value = arena_copy(r->a, node->where);
		if (node->value.ptr == NULL)
			return fail_memory(r, node->where);
		return attach(r, node);
	case YAML_SCALAR_EVENT:
		return on_scalar(r, ev);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(r, ev, YAML_LIST);
	case YAML_MAPPING_START_EVENT:
		return on_start(r, ev, YAML_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(r, ev);
	case YAML_DOCUMENT_START_EVENT:
		if (ev->data.document_start.tag_directives.start !=
			ev->data.document_start.tag_directives.end)
			diag_error(r->d, first_line(event_place(r, ev)),
				"%%TAG is not allowed");
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

/* What most often is behind it. */
static const char *
slip_of(const char *problem_z)
{
	static const struct {
		const char *problem_z, *slip_z;
	} slips[] = {
		{ "mapping values are not allowed in this context",
			"a text with \": \" in it needs quotes; keys of one map stand below "
			"each other" },
		{ "did not find expected key", "keys of one map stand below each other" },
		{ "did not find expected '-' indicator",
			"items of one list stand below each other, each behind a \"- \"" },
		{ "did not find expected alphabetic or numeric character",
			"a text that begins with * or & needs quotes" },
		{ "found character that cannot start any token",
			"a text that begins with @, % or ` needs quotes" },
		{ "found unknown escape character",
			"write a regex in single quotes: in double ones a backslash is YAML's" },
	};

	for (size_t i = 0; problem_z != NULL && i < ARRAY_LEN(slips); i++)
		if (strcmp(problem_z, slips[i].problem_z) == 0)
			return slips[i].slip_z;
	return NULL;
}

/* What libyaml says, where it says it. */
static int
fail_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct str at;
	unsigned row, col;

	if (p->error == YAML_MEMORY_ERROR)
		return fail_memory(r, (struct str){ 0 });
	if (p->error == YAML_READER_ERROR)
		at = str_sub(r->text, p->problem_offset, 1);
	else
		at = str_sub(r->text, byte_pos(r, p->problem_mark.index), 1);
	diag_error(r->d, at, "%s", p->problem != NULL ? p->problem : "not YAML");
	if (str_eq(at, STR("\t"))) {
		diag_hint(r->d, "YAML is indented with blanks, not with tabs");
		return -1;
	}
	if (slip_of(p->problem) != NULL)
		diag_hint(r->d, "%s", slip_of(p->problem));
	if (p->context != NULL && p->error != YAML_READER_ERROR) {
		at = str_sub(r->text, byte_pos(r, p->context_mark.index), 0);
		diag_locate(r->d->src, at, &row, &col);
		diag_hint(r->d, "%s at line %u, column %u", p->context, row, col);
	}
	return -1;
}

static int
read_events(struct reader *r)
{
	for (;;) {
		yaml_event_t ev;
		yaml_event_type_t type;
		int err;

		if (yaml_parser_parse(&r->parser, &ev) == 0)
			return fail_syntax(r);
		type = ev.type;
		err = on_event(r, &ev);
		yaml_event_delete(&ev);
		if (err != 0)
			return err;
		if (type == YAML_STREAM_END_EVENT)
			return 0;
	}
}

/* What can be told from the bytes alone. */
static int
check_bytes(struct diag *d)
{
	struct str text = d->src->text;
	size_t nul = str_find_char(text, '\0');

	if (text.len > BYTES_MAX) {
		diag_error(d, str_sub(text, 0, 0), "larger than %zu bytes", BYTES_MAX);
		return -1;
	}
	if (nul != SIZE_MAX) {
		diag_error(d, str_sub(text, nul, 1), "NUL bytes are not allowed");
		return -1;
	}
	return 0;
}

int
yaml_parse(struct diag *d, struct arena *a, struct yaml_node ***out, size_t *n)
{
	struct reader r = {
		.d = d, .a = a, .text = d->src->text.len > 0 ? d->src->text : STR("")
	};
	unsigned errors = d->errors;
	int err = check_bytes(d);

	if (err != 0)
		return err;
	if (str_starts(r.text, STR("\xef\xbb\xbf")))
		r.text = str_sub(r.text, 3, r.text.len);
	r.ascii = is_ascii(r.text);
	if (yaml_parser_initialize(&r.parser) == 0)
		return fail_memory(&r, (struct str){ 0 });
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&r.parser, (const unsigned char *)r.text.ptr, r.text.len);
	err = read_events(&r);
	yaml_parser_delete(&r.parser);
	while (r.depth > 0)
		map_free(&r.frames[--r.depth].seen);
	if (err != 0 || d->errors > errors)
		return -1;
	*out = r.docs;
	*n = r.n_docs;
	return 0;
}

struct yaml_node *
yaml_get(const struct yaml_node *map, struct str key)
{
	for (size_t i = 0; map->kind == YAML_MAP && i < map->n; i++)
		if (str_eq(map->pairs[i].key, key))
			return map->pairs[i].value;
	return NULL;
}

bool
yaml_is_null(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && node->plain &&
	       yaml_plain_is_null(node->value);
}

bool
yaml_to_bool(const struct yaml_node *node, bool *out)
{
	return node->kind == YAML_SCALAR && node->plain &&
	       yaml_plain_bool(node->value, out);
}

bool
yaml_to_double(const struct yaml_node *node, double *out)
{
	return node->kind == YAML_SCALAR && node->plain &&
	       yaml_plain_double(node->value, out);
}
