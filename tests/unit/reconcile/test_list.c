/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store, a shop and a gateway's file go in; a list comes out, in every form.
 */
#include "reconcile/reconcile.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../tap.h"

#define T0 (INT64_C(1761645885) * TIME_S) /* 2025-10-28T10:04:45Z */

static char folder_z[] = "/tmp/test_list.XXXXXX";
static char store_z[64], shop_z[64], charges_z[64];
static struct arena *arena;
static struct order_list list;
static char *said_z, *printed_z;

static void
mark(struct store *s, const char *id_z, const char *state_z, int64_t at_ns)
{
	static uint64_t entry;
	struct mark_row m = { .entity = STR("order"),
		.entity_id = str_z(id_z),
		.state = str_z(state_z),
		.at_ns = at_ns,
		.entry_id = ++entry };

	if (strcmp(state_z, "failed") == 0)
		m.reason = STR("=Connection refused");
	if (m.entity_id.len == 0)
		m.fallback = STR("trace_id=26e8cab6a03d9eb9");
	OK(store_put_mark(s, &m) == 0);
}

static void
fill(struct store *s)
{
	struct incident_row i = { .id = STR("00000000000000aa"),
		.rule = STR("payment_outage"),
		.state = STR("open"),
		.level = 5 };
	struct gap_row g = { .from_ns = T0,
		.to_ns = T0 + TIME_S,
		.source = STR("orders.log"),
		.reason = STR("rotation"),
		.n = 7 };

	mark(s, "a1", "created", T0);
	mark(s, "a1", "pending", T0);
	mark(s, "a1", "failed", T0 + TIME_S);
	mark(s, "a1", "failed", T0 + TIME_S + 1);
	mark(s, "a2", "created", T0 + TIME_MIN);
	mark(s, "a2", "failed", T0 + TIME_MIN);
	mark(s, "a2", "pending", T0 + 2 * TIME_MIN);
	mark(s, "a2", "paid", T0 + 2 * TIME_MIN);
	mark(s, "a2", "shipped", T0 + 2 * TIME_MIN);
	mark(s, "a3", "created", T0 - 5);
	mark(s, "a3", "unknown", T0 + 5);
	mark(s, "a4", "created", T0 + 55 * TIME_MIN);
	mark(s, "a5", "paid", T0 - 5);
	mark(s, "", "lost", T0 + 3 * TIME_MIN);
	mark(s, "", "lost", T0 + 3 * TIME_MIN + 1);
	OK(store_put_incident(s, &i) == 0);
	OK(store_put_incident_value(s, i.id, STR("a1")) == 0);
	OK(store_put_gap(s, &g) == 0);
	OK(store_put_meta_i64(s, STR("complete_from"), T0 - TIME_H) == 0);
	OK(store_put_meta_i64(s, STR("complete_to"), T0 + TIME_H) == 0);
}

static void
write_file(const char *path_z, const char *text_z)
{
	FILE *f = fopen(path_z, "w");

	if (f == NULL || fputs(text_z, f) < 0 || fclose(f) != 0)
		abort();
}

static int
run(const struct reconcile_conf *conf)
{
	struct store *s = NULL;
	size_t size;
	FILE *err;
	int code;

	free(said_z);
	said_z = NULL;
	err = open_memstream(&said_z, &size);
	arena_reset(arena);
	OK(store_open(store_z, STORE_READ, false, &s) == 0);
	code = reconcile_run(s, conf, arena, err, &list);
	fclose(err);
	store_close(&s);
	return code;
}

static void
print_in(enum list_format format, size_t width)
{
	struct store *s = NULL;
	size_t size;
	FILE *out, *err;

	free(printed_z);
	free(said_z);
	printed_z = said_z = NULL;
	out = open_memstream(&printed_z, &size);
	err = open_memstream(&said_z, &size);
	OK(store_open(store_z, STORE_READ, false, &s) == 0);
	reconcile_print(&list, s, &(struct list_form){ .format = format, .width = width },
		out, err);
	fclose(out);
	fclose(err);
	store_close(&s);
}

static void
print(enum list_format format)
{
	print_in(format, 0);
}

static const struct order_line none;

static const struct order_line *
line(const char *id_z)
{
	for (size_t i = 0; i < list.n; i++)
		if (str_eq(list.lines[i].order_id, str_z(id_z)))
			return &list.lines[i];
	return &none;
}

static bool
is(const char *id_z, enum verdict v, enum action a)
{
	const struct order_line *l = line(id_z);

	if (l == &none)
		printf("# no line %s\n", id_z);
	else if (l->verdict != v || l->action != a)
		printf("# %s is %.*s\n", id_z, STR_ARG(verdict_names[l->verdict]));
	return l != &none && l->verdict == v && l->action == a;
}

static void
logs_alone(void)
{
	struct reconcile_conf conf = { .since_ns = TIME_NONE, .until_ns = TIME_NONE };

	OK(run(&conf) == 0);
	OK(list.n == 5 && list.total[VERDICT_OK].orders == 1);
	OK(is("a1", VERDICT_FAILED_CHARGE_UNKNOWN, ACTION_ASK) &&
		line("a1")->attempts == 1);
	OK(str_eq(line("a1")->incident_id, STR("00000000000000aa")));
	OK(line("a1")->first_failed_ns == T0 + TIME_S &&
		line("a1")->last_ns == T0 + TIME_S + 1);
	OK(is("a2", VERDICT_RECOVERED, ACTION_NONE) && line("a2")->attempts == 2);
	OK(str_eq(line("a2")->ledger_state, STR("shipped")));
	OK(is("a3", VERDICT_STUCK, ACTION_ASK) &&
		str_eq(line("a3")->shop_state, STR("unknown")));
	OK(is("a4", VERDICT_UNKNOWN, ACTION_ASK));
	OK(is("", VERDICT_UNIDENTIFIED, ACTION_ASK));
	OK(str_eq(line("")->trace_id, STR("26e8cab6a03d9eb9")) && line("")->last_ns > T0);
	OK(str_eq(list.lines[0].order_id, STR("a1")) &&
		str_eq(list.lines[1].order_id, STR("a2")));
	conf.all = true;
	OK(run(&conf) == 0 && list.n == 6 && is("a5", VERDICT_OK, ACTION_NONE));
	conf.since_ns = T0 + TIME_MIN + 1;
	OK(run(&conf) == 0 && list.n == 3 && line("a1") == &none);
	conf.since_ns = TIME_NONE;
	conf.until_ns = T0 + TIME_MIN;
	OK(run(&conf) == 0 && list.n == 4 &&
		str_eq(line("a2")->ledger_state, STR("failed")));
	OK(is("a3", VERDICT_UNKNOWN, ACTION_ASK));
}

static void
all_three(void)
{
	struct reconcile_conf conf = { .orders_z = shop_z,
		.charges_z = charges_z,
		.since_ns = TIME_NONE,
		.until_ns = TIME_NONE };

	write_file(shop_z,
		"["
		"{\"id\":\"a1\",\"status\":\"PAYMENT_FAILED\",\"total\":104.979996,\"shipment\":null,"
		"\"customerId\":\"c1\",\"date\":\"2025-10-28T10:04:45.000+0000\"},"
		"{\"id\":\"a2\",\"status\":\"SHIPPED\",\"total\":104.98,\"customerId\":\"c1\","
		"\"date\":\"2025-10-28T10:05:45.000+0000\"},"
		"{\"id\":\"a5\",\"status\":\"PAID\",\"total\":10,\"shipment\":{}},"
		"{\"id\":\"a6\",\"status\":\"PAYMENT_FAILED\",\"total\":7,"
		"\"date\":\"2024-10-28T10:04:45.000+0000\"}]");
	write_file(charges_z, "order_id,amount,currency,status,created,charge_id\n"
			      "a1,104.98,USD,captured,2025-10-28T10:04:46Z,ch_1\n"
			      "a2,104.98,USD,captured,2025-10-28T10:06:46Z,ch_2\n"
			      "a5,10.00,USD,captured,2025-10-28T10:04:45Z,ch_3\n"
			      "a5,10.00,USD,captured,2025-10-28T10:04:46Z,ch_4\n"
			      "zz,3.00,USD,captured,2025-10-28T10:04:46Z,ch_5\n"
			      ",4.00,USD,captured,2025-10-28T10:04:46Z,ch_6\n");
	OK(run(&conf) == 0);
	OK(is("a1", VERDICT_CHARGED_NOT_FULFILLED, ACTION_REFUND));
	OK(line("a1")->has_amount && line("a1")->amount_cents == 10498);
	OK(str_eq(line("a1")->charge_id, STR("ch_1")) &&
		str_eq(line("a1")->customer_id, STR("c1")));
	OK(str_eq(line("a1")->currency, STR("USD")));
	OK(line("a1")->group == 1 && str_eq(line("a1")->retried_as, STR("a2")));
	OK(is("a2", VERDICT_RECOVERED, ACTION_NONE) && line("a2")->group == 1);
	OK(is("a5", VERDICT_CHARGED_TWICE, ACTION_REFUND));
	OK(str_eq(line("a5")->charge_id, STR("ch_3 ch_4")));
	OK(str_eq(line("a5")->reason,
		STR("charged 20.00 in 2 charges, the order costs 10.00")));
	OK(is("a6", VERDICT_FAILED_ONLY_IN_SHOP, ACTION_ASK));
	OK(str_eq(line("a6")->ledger_state, STR("none")));
	OK(is("zz", VERDICT_CHARGED_NO_ORDER, ACTION_REFUND) &&
		line("zz")->amount_cents == 300);
	OK(str_eq(line("zz")->ledger_state, STR("none")) &&
		str_eq(line("zz")->shop_state, STR("none")));
	OK(list.total[VERDICT_CHARGED_NO_ORDER].orders == 2);
	OK(list.total[VERDICT_CHARGED_NO_ORDER].cents == 700);
	OK(list.total[VERDICT_UNIDENTIFIED].orders == 1 && list.shop_orders == 4);
	conf.orders_z = NULL;
	OK(run(&conf) == 0 && is("zz", VERDICT_CHARGED_NO_ORDER, ACTION_ASK));
}

/* What is given back is what was taken; money of two currencies has no sum. */
static void
of_currencies(void)
{
	struct reconcile_conf conf = { .since_ns = TIME_NONE, .until_ns = TIME_NONE };

	conf.orders_z = shop_z;
	conf.charges_z = charges_z;
	write_file(charges_z, "order_id,amount,currency,status,created,charge_id\n"
			      "a1,15748,JPY,captured,2025-10-28T10:04:45Z,ch_1\n"
			      "zz,3.00,USD,captured,2025-10-28T10:04:46Z,ch_5\n"
			      ",4.00,EUR,captured,2025-10-28T10:04:46Z,ch_6\n");
	OK(run(&conf) == 0);
	OK(is("a1", VERDICT_CHARGED_NOT_FULFILLED, ACTION_REFUND));
	OK(line("a1")->amount_cents == 1574800);
	OK(str_eq(line("a1")->reason,
		STR("=Connection refused; charged 15748.00, the order costs 104.98")));
	OK(list.total[VERDICT_CHARGED_NO_ORDER].mixed);
	OK(str_eq(list.total[VERDICT_CHARGED_NOT_FULFILLED].currency, STR("JPY")));
	print(LIST_TEXT);
	OK(strstr(printed_z, "\ncharged_not_fulfilled: 1 (15748.00 JPY)\n") != NULL);
	OK(strstr(printed_z, "\ncharged_no_order: 2 (several currencies)\n") != NULL);
	OK(strstr(printed_z, "\nunidentified: 1\n") != NULL);
	print(LIST_JSON);
	OK(strstr(printed_z, "\"charged_no_order\":{\"orders\":2,\"amount\":null") !=
		NULL);
}

/* A missing page must not make refunds. */
static void
a_shop_with_a_gap_accuses_nobody(void)
{
	struct reconcile_conf conf = { .orders_z = shop_z,
		.charges_z = charges_z,
		.since_ns = TIME_NONE,
		.until_ns = TIME_NONE };

	write_file(shop_z,
		"{\"_embedded\":{\"customerOrders\":[]},\"page\":{\"totalElements\":2}}");
	write_file(charges_z, "order_id,amount,currency,status,created\n"
			      "zz,3.00,USD,captured,2024-10-28T10:04:46Z\n");
	OK(run(&conf) == 0 && list.shop_incomplete && list.shop_expected == 2);
	OK(is("zz", VERDICT_UNKNOWN, ACTION_ASK));
	print(LIST_TEXT);
	OK(strstr(printed_z, "INCOMPLETE, 0 of 2 orders") != NULL);
	write_file(charges_z,
		"order_id,amount,currency,status,created\nzz,x,USD,captured,\n");
	OK(run(&conf) == -1 &&
		strstr(said_z, "charges.csv:2:4: error: not an amount") != NULL);
	conf.orders_z = conf.charges_z = "-";
	OK(run(&conf) == -1 && strstr(said_z, "only one of") != NULL);
	conf.orders_z = shop_z;
	conf.charges_z = "/nowhere/charges.csv";
	OK(run(&conf) == -1 && strstr(said_z, "/nowhere/charges.csv") != NULL);
}

static void
every_form(void)
{
	struct reconcile_conf conf = { .since_ns = TIME_NONE, .until_ns = TIME_NONE };
	json_t *v;

	OK(run(&conf) == 0);
	print(LIST_CSV);
	OK(strncmp(printed_z,
		   "order_id,verdict,action,reason,amount,currency,customer_id,charge_id,"
		   "first_failed_at,last_at,attempts,ledger_state,shop_state,charge_state,incident_id\r\n",
		   150) == 0);
	OK(strstr(printed_z,
		   "\r\na1,failed_charge_unknown,ask,\"'=Connection refused\",,,,,"
		   "2025-10-28T10:04:46.000Z,2025-10-28T10:04:46.000Z,1,failed,unknown,unknown,"
		   "00000000000000aa\r\n") != NULL);
	OK(strstr(said_z, "except orders.log: rotation (7)") != NULL);
	print(LIST_JSON);
	v = json_loads(printed_z, 0, NULL);
	OK(json_array_size(json_object_get(v, "orders")) == 5);
	OK(json_array_size(json_object_get(json_object_get(v, "complete"), "gaps")) == 1);
	OK(json_is_null(json_object_get(json_object_get(v, "complete"), "shop")));
	OK(json_object_size(json_object_get(v, "totals")) == 6);
	json_decref(v);
	print(LIST_NDJSON);
	v = json_loads(printed_z, JSON_DISABLE_EOF_CHECK, NULL);
	OK(strcmp(json_string_value(json_object_get(v, "reason")),
		   "=Connection refused") == 0);
	OK(json_is_null(json_object_get(v, "amount")));
	json_decref(v);
	OK(strstr(printed_z, "\n{\"totals\":{") != NULL);
	print(LIST_MARKDOWN);
	OK(strstr(printed_z,
		   "| a1 | failed_charge_unknown | ask | =Connection refused |") != NULL);
	OK(strstr(printed_z, "- logs: complete from 2025-10-28T09:04:45Z to ") != NULL);
	print(LIST_TEXT);
	OK(strstr(printed_z, "failed_charge_unknown: 1\n") != NULL);
	OK(strstr(printed_z, "trace 26e8cab6a03d9eb9") != NULL);
	OK(strcmp(said_z, "") == 0);
}

/* The table only: what follows it says where logs come from. */
static size_t
longest_row(void)
{
	size_t most = 0;

	for (const char *p_z = printed_z; *p_z != '\n' && *p_z != '\0';) {
		size_t n = strcspn(p_z, "\n");

		OK(n > 0 && p_z[n - 1] != ' ');
		most = n > most ? n : most;
		p_z += n + 1;
	}
	return most;
}

static void
fits_a_window(void)
{
	struct reconcile_conf conf = { .since_ns = TIME_NONE, .until_ns = TIME_NONE };

	OK(run(&conf) == 0);
	print_in(LIST_TEXT, 200);
	OK(longest_row() <= 200 && strcmp(said_z, "") == 0);
	print_in(LIST_TEXT, 80);
	OK(longest_row() <= 80);
	OK(strstr(said_z, " columns have no room here: a wider window, or -o csv, has "
			  "them\n") != NULL);
	OK(strncmp(printed_z, "ORDER", 5) == 0 && strstr(printed_z, "REASON\n") != NULL);
	OK(strstr(printed_z, "INCIDENT") == NULL);
}

int
main(void)
{
	struct store *s = NULL;

	if (mkdtemp(folder_z) == NULL)
		abort();
	(void)snprintf(store_z, sizeof(store_z), "%s/s.db", folder_z);
	(void)snprintf(shop_z, sizeof(shop_z), "%s/shop.json", folder_z);
	(void)snprintf(charges_z, sizeof(charges_z), "%s/charges.csv", folder_z);
	arena = arena_new("test", (size_t)16 << 20);
	OK(store_open(store_z, STORE_REPLACE, true, &s) == 0 && store_begin(s) == 0);
	fill(s);
	OK(store_commit(s) == 0 && store_finish(s) == 0);
	store_close(&s);
	logs_alone();
	all_three();
	of_currencies();
	a_shop_with_a_gap_accuses_nobody();
	every_form();
	fits_a_window();
	free(said_z);
	free(printed_z);
	arena_free(&arena);
	(void)unlink(shop_z);
	(void)unlink(charges_z);
	(void)unlink(store_z);
	OK(rmdir(folder_z) == 0);
	return tap_done();
}
