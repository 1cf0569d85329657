/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Money is never guessed: an amount or a status that is not understood ends the reading
 * with its place in the file.
 */
#include "reconcile/charges.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/money.h"
#include "base/time.h"
#include "reconcile/csv.h"

#define FILE_MAX    ((size_t)512 << 20)
#define CHARGES_MAX ((size_t)4000000)

enum column {
	COL_ORDER,
	COL_AMOUNT,
	COL_CURRENCY,
	COL_STATUS,
	COL_CREATED,
	COL_ID,
	COLUMNS
};

static const struct str column_names[COLUMNS] = { { "order_id", 8 }, { "amount", 6 },
	{ "currency", 8 }, { "status", 6 }, { "created", 7 }, { "charge_id", 9 } };

enum status { STATUS_CAPTURED, STATUS_AUTHORISED, STATUS_REFUNDED, STATUS_FAILED };

static const struct {
	struct str name;
	enum status status;
} statuses[] = {
	{ { "captured", 8 }, STATUS_CAPTURED },
	{ { "succeeded", 9 }, STATUS_CAPTURED },
	{ { "paid", 4 }, STATUS_CAPTURED },
	{ { "settled", 7 }, STATUS_CAPTURED },
	{ { "authorized", 10 }, STATUS_AUTHORISED },
	{ { "authorised", 10 }, STATUS_AUTHORISED },
	{ { "requires_capture", 16 }, STATUS_AUTHORISED },
	{ { "uncaptured", 10 }, STATUS_AUTHORISED },
	{ { "pending", 7 }, STATUS_AUTHORISED },
	{ { "refunded", 8 }, STATUS_REFUNDED },
	{ { "refund", 6 }, STATUS_REFUNDED },
	{ { "failed", 6 }, STATUS_FAILED },
	{ { "declined", 8 }, STATUS_FAILED },
	{ { "canceled", 8 }, STATUS_FAILED },
	{ { "cancelled", 9 }, STATUS_FAILED },
	{ { "voided", 6 }, STATUS_FAILED },
	{ { "expired", 7 }, STATUS_FAILED },
};

struct load {
	struct diag *diag;
	struct arena *arena;
	struct charges *out;
	struct csv csv;
	struct str wanted[COLUMNS]; /* names in the file */
	size_t at[COLUMNS];         /* SIZE_MAX: not there */
	size_t n_header;
};

struct row {
	struct str order_id, currency, id;
	int64_t cents, created_ns;
	enum status status;
};

static void
tell_unknown(struct diag *d, struct str where, struct str name)
{
	struct str near = str_nearest(name, column_names, COLUMNS);

	diag_error(d, where, "no column of ours is called \"%.*s\"", STR_ARG(name));
	if (near.len > 0)
		diag_hint(d, "did you mean \"%.*s\"?", STR_ARG(near));
	else
		diag_hint(d, "ours are order_id, amount, currency, status, "
			     "created and charge_id");
}

/* order_id=Order,amount=Total: errors name the option as their file. False after them. */
static bool
map_columns(const char *columns_z, FILE *out, struct str wanted[COLUMNS])
{
	const struct diag_source src = { .name = "--charges-columns",
		.text = str_z(columns_z) };
	struct diag d = { .src = &src, .out = out };
	struct str rest = src.text;

	while (rest.len > 0) {
		struct str pair = str_cut(&rest, ',');
		struct str value = pair, name = str_trim(str_cut(&value, '='));
		size_t i = 0;

		while (i < COLUMNS && !str_eq(name, column_names[i]))
			i++;
		value = str_trim(value);
		if (i == COLUMNS)
			tell_unknown(&d, name.len > 0 ? name : pair, name);
		else if (value.len == 0)
			diag_error(&d, name,
				"which column of the file is \"%.*s\"? NAME=COLUMN is wanted",
				STR_ARG(name));
		else
			wanted[i] = value;
	}
	return d.errors == 0;
}

bool
charges_check_columns(const char *columns_z, FILE *err)
{
	struct str wanted[COLUMNS];

	return map_columns(columns_z, err, wanted);
}

static void
find_column(struct load *l, size_t i)
{
	struct str header[CSV_FIELDS_MAX], near;
	size_t n = l->csv.n;

	l->at[i] = SIZE_MAX;
	for (size_t k = 0; k < n; k++) {
		header[k] = str_trim(l->csv.field[k].value);
		if (str_eq_fold(header[k], l->wanted[i]) && l->at[i] == SIZE_MAX)
			l->at[i] = k;
	}
	if (l->at[i] != SIZE_MAX ||
		(i == COL_ID && str_eq(l->wanted[i], column_names[i])))
		return;
	diag_error(l->diag, l->csv.field[0].where, "there is no column \"%.*s\"",
		STR_ARG(l->wanted[i]));
	near = str_nearest(l->wanted[i], header, n);
	diag_hint(l->diag,
		near.len > 0 ? "did you mean --charges-columns %.*s=%.*s?"
			     : "name it: --charges-columns %.*s=%.*s",
		STR_ARG(column_names[i]), STR_ARG(near.len > 0 ? near : STR("COLUMN")));
}

static bool
read_header(struct load *l)
{
	if (!csv_next(&l->csv)) {
		if (l->diag->errors == 0)
			diag_error(l->diag, str_sub(l->diag->src->text, 0, 0),
				"an empty file: a line of column names is wanted");
		return false;
	}
	l->n_header = l->csv.n;
	for (size_t i = 0; i < COLUMNS; i++)
		find_column(l, i);
	return l->diag->errors == 0;
}

static struct csv_field
field(const struct load *l, enum column c)
{
	static const struct csv_field none;

	return l->at[c] == SIZE_MAX ? none : l->csv.field[l->at[c]];
}

static bool
read_status(struct load *l, enum status *out)
{
	struct csv_field f = field(l, COL_STATUS);
	struct str name = str_trim(f.value);

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (str_eq_fold(name, statuses[i].name)) {
			*out = statuses[i].status;
			return true;
		}
	diag_error(l->diag, f.where, "not a status of a charge: \"%.*s\"", STR_ARG(name));
	diag_hint(l->diag,
		"known: captured, succeeded, paid, authorized, refunded, failed, declined");
	return false;
}

static int64_t
read_time(struct str s)
{
	int64_t at_ns, seconds;

	s = str_trim(s);
	if (str_to_i64(s, 0, INT64_C(9000000000), &seconds))
		return seconds * TIME_S;
	return time_parse(&s, NULL, &at_ns) ? at_ns : TIME_NONE;
}

static bool
read_row(struct load *l, struct row *r)
{
	struct csv_field amount = field(l, COL_AMOUNT);

	*r = (struct row){ .order_id = str_trim(field(l, COL_ORDER).value),
		.currency = str_trim(field(l, COL_CURRENCY).value),
		.id = str_trim(field(l, COL_ID).value),
		.created_ns = read_time(field(l, COL_CREATED).value) };
	if (!money_parse(str_trim(amount.value), &r->cents)) {
		diag_error(l->diag, amount.where, "not an amount: \"%.*s\"",
			STR_ARG(str_sub(amount.value, 0, 40)));
		diag_hint(l->diag,
			"digits with a decimal point are wanted, such as 104.98");
		return false;
	}
	if (!read_status(l, &r->status))
		return false;
	if (r->cents < 0 && r->status == STATUS_CAPTURED)
		r->status = STATUS_REFUNDED;
	if (r->cents < 0)
		r->cents = -r->cents;
	return true;
}

/* The same charge in two overlapping exports. Without an id nobody can tell. */
static bool
came_already(struct load *l, const struct row *r)
{
	char text[512];
	struct str key = { .ptr = text };
	bool fresh = true;
	int n;

	if (r->id.len == 0 || r->id.len > 200)
		return false;
	n = snprintf(text, sizeof(text), "%.*s|%d|%lld|%lld", STR_ARG(r->id),
		(int)r->status, (long long)r->cents, (long long)r->created_ns);
	key.len = n > 0 ? (size_t)n : 0;
	return map_put(l->out->seen, key, &fresh) != NULL && !fresh;
}

static struct charge *
add_charge(struct load *l, const struct row *r)
{
	struct charges *out = l->out;
	struct charge *c;

	if (out->n == out->cap) {
		size_t cap = out->cap == 0 ? 64 : out->cap * 2;
		struct charge **grown =
			arena_alloc(l->arena, cap * sizeof(struct charge *));

		if (grown == NULL)
			return NULL;
		if (out->n > 0)
			memcpy(grown, out->list, out->n * sizeof(struct charge *));
		out->list = grown;
		out->cap = cap;
	}
	c = arena_alloc(l->arena, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->order_id = r->order_id;
	c->currency = r->currency;
	c->first_ns = c->last_ns = TIME_NONE;
	out->list[out->n++] = c;
	return c;
}

static struct charge *
charge_of(struct load *l, const struct row *r)
{
	void **slot;

	if (r->order_id.len == 0)
		return add_charge(l, r);
	slot = map_put(l->out->by_order, r->order_id, NULL);
	if (slot != NULL && *slot == NULL)
		*slot = add_charge(l, r);
	return slot == NULL ? NULL : *slot;
}

/* "a b": false when the arena is full. */
static bool
add_id(struct arena *a, struct str *ids, struct str id)
{
	char *p;

	if (id.len == 0 || ids->len > 400)
		return true;
	if (ids->len == 0) {
		*ids = id;
		return true;
	}
	if (str_find(*ids, id) != SIZE_MAX)
		return true;
	p = arena_alloc(a, ids->len + 1 + id.len);
	if (p == NULL)
		return false;
	memcpy(p, ids->ptr, ids->len);
	p[ids->len] = ' ';
	memcpy(p + ids->len + 1, id.ptr, id.len);
	*ids = (struct str){ .ptr = p, .len = ids->len + 1 + id.len };
	return true;
}

static void
add_amount(struct charge *c, const struct row *r)
{
	if (r->status != STATUS_FAILED && r->cents > c->largest)
		c->largest = r->cents;
	switch (r->status) {
	case STATUS_CAPTURED:
		c->captured = money_add(c->captured, r->cents);
		c->captures++;
		break;
	case STATUS_REFUNDED:
		c->refunded = money_add(c->refunded, r->cents);
		c->refunds++;
		break;
	case STATUS_AUTHORISED:
		c->authorised = true;
		break;
	case STATUS_FAILED:
		c->failed = true;
		break;
	}
}

static bool
add_row(struct load *l, const struct row *r)
{
	struct charge *c;

	l->out->rows++;
	if (came_already(l, r)) {
		l->out->repeated++;
		return true;
	}
	c = charge_of(l, r);
	if (c == NULL) {
		diag_error(l->diag, l->csv.field[0].where,
			"too many charges to hold in memory");
		return false;
	}
	add_amount(c, r);
	if (!str_eq_fold(c->currency, r->currency) && r->currency.len > 0)
		c->mixed = c->currency.len > 0;
	if (r->created_ns != TIME_NONE &&
		(c->first_ns == TIME_NONE || r->created_ns < c->first_ns))
		c->first_ns = r->created_ns;
	if (r->created_ns > c->last_ns)
		c->last_ns = r->created_ns;
	return add_id(
		l->arena, r->status == STATUS_CAPTURED ? &c->ids : &c->other_ids, r->id);
}

static void
read_rows(struct load *l)
{
	struct row r;

	while (csv_next(&l->csv)) {
		if (l->csv.n != l->n_header) {
			diag_error(l->diag, l->csv.field[0].where,
				"%zu fields, but %zu column names", l->csv.n,
				l->n_header);
			return;
		}
		if (read_row(l, &r) && !add_row(l, &r))
			return;
	}
	if (l->out->rows == 0 && l->diag->errors == 0)
		diag_warn(l->diag, str_sub(l->diag->src->text, 0, 0),
			"no charges below the column names: every order counts as not "
			"charged");
}

int
charges_parse(struct diag *d, const char *columns_z, struct arena *a, struct charges *out)
{
	struct load *l = arena_alloc(a, sizeof(*l));

	*out = (struct charges){ .by_order = map_new(CHARGES_MAX),
		.seen = map_new(CHARGES_MAX) };
	if (l == NULL || out->by_order == NULL || out->seen == NULL) {
		diag_error(d, str_sub(d->src->text, 0, 0), "out of memory");
		return -1;
	}
	l->diag = d;
	l->arena = a;
	l->out = out;
	for (size_t i = 0; i < COLUMNS; i++)
		l->wanted[i] = column_names[i];
	if (columns_z != NULL && !map_columns(columns_z, d->out, l->wanted))
		d->errors++;
	csv_init(&l->csv, d, a);
	if (d->errors == 0 && read_header(l))
		read_rows(l);
	for (size_t i = 0; i < out->n; i++)
		if (out->list[i]->ids.len == 0)
			out->list[i]->ids = out->list[i]->other_ids;
	return d->errors == 0 ? 0 : -1;
}

int
charges_load(const char *path_z, const char *columns_z, struct arena *a, FILE *err,
	struct charges *out)
{
	bool is_stdin = strcmp(path_z, "-") == 0;
	struct diag_source *src = arena_alloc(a, sizeof(*src));
	struct diag d = { .src = src, .out = err, .max_shown = 20 };
	int code;

	*out = (struct charges){ 0 };
	if (src == NULL) {
		fputs("gumshoe: charges: out of memory\n", err);
		return -1;
	}
	src->name = is_stdin ? "<stdin>" : path_z;
	code = is_stdin ? file_read_fd(a, STDIN_FILENO, FILE_MAX, &src->text)
			: file_read(a, path_z, FILE_MAX, &src->text);
	if (code != 0) {
		fprintf(err, "gumshoe: %s: %s\n", src->name, strerror(-code));
		return -1;
	}
	return charges_parse(&d, columns_z, a, out);
}

void
charges_fini(struct charges *c)
{
	if (c->by_order != NULL)
		map_free(&c->by_order);
	if (c->seen != NULL)
		map_free(&c->seen);
}

const struct charge *
charges_find(const struct charges *c, struct str order_id)
{
	void **slot = c->by_order != NULL && order_id.len > 0
			      ? map_get(c->by_order, order_id)
			      : NULL;

	return slot == NULL ? NULL : *slot;
}

int64_t
charge_net(const struct charge *c)
{
	return c->captured > c->refunded ? c->captured - c->refunded : 0;
}
