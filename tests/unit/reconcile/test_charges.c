/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway's CSV: the grammar of RFC 4180, the columns, the money, and where an error
 * is.
 */
#include "reconcile/charges.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"

#include "../../tap.h"

#define HEAD "order_id,amount,currency,status,created,charge_id\n"

static struct arena *arena;
static struct charges charges;
static char *said_z;

static int
parse(const char *text_z, const char *columns_z)
{
	struct diag_source src = { .name = "c.csv", .text = str_z(text_z) };
	size_t size;
	FILE *out;
	struct diag d = { .src = &src };
	int code;

	charges_fini(&charges);
	free(said_z);
	said_z = NULL;
	out = open_memstream(&said_z, &size);
	d.out = out;
	code = charges_parse(&d, columns_z, arena, &charges);
	fclose(out);
	return code;
}

static bool
said(const char *want_z)
{
	if (strstr(said_z, want_z) != NULL)
		return true;
	printf("# said: %s\n", said_z);
	return false;
}

static const struct charge *
of(const char *id_z)
{
	static const struct charge none;
	const struct charge *c = charges_find(&charges, str_z(id_z));

	return c != NULL ? c : &none;
}

static void
rows_add_up_per_order(void)
{
	OK(parse(HEAD "a,104.98,USD,captured,2025-10-28T10:04:45Z,ch_1\n"
		      "a,104.98,USD,refunded,2025-10-28T11:04:45Z,ch_2\n"
		      "b,10,USD,Succeeded,1761645885,ch_3\n"
		      "b,10,USD,paid,,ch_4\n"
		      "c,5.00,EUR,authorised,x,ch_5\n"
		      "d,7,USD,declined,,\n"
		      "e,7.00,USD,refunded,,\n"
		      "f,-3,USD,captured,,\n",
		   NULL) == 0);
	OK(of("a")->captured == 10498 && of("a")->refunded == 10498 &&
		charge_net(of("a")) == 0);
	OK(of("a")->captures == 1 && of("a")->refunds == 1 &&
		str_eq(of("a")->ids, STR("ch_1")));
	OK(of("a")->last_ns - of("a")->first_ns == TIME_H);
	OK(charge_net(of("b")) == 2000 && of("b")->captures == 2);
	OK(str_eq(of("b")->ids, STR("ch_3 ch_4")));
	OK(of("b")->first_ns == INT64_C(1761645885) * TIME_S);
	OK(of("c")->authorised && charge_net(of("c")) == 0 &&
		str_eq(of("c")->ids, STR("ch_5")));
	OK(of("c")->first_ns == TIME_NONE && str_eq(of("c")->currency, STR("EUR")));
	OK(of("d")->failed && of("d")->largest == 0);
	OK(charge_net(of("e")) == 0 && of("e")->refunds == 1);
	OK(charge_net(of("f")) == 0 && of("f")->refunds == 1);
	OK(charges_find(&charges, STR("nobody")) == NULL && charges.rows == 8);
}

static void
the_grammar_of_csv(void)
{
	OK(parse("\xef\xbb\xbf\"order_id\",\"amount\",currency,status,created\r\n"
		 "\"a,\"\"b\"\"\",\"1.50\",\"USD\",captured,\"\"\r\n"
		 "\r\n"
		 "\"two\nlines\",2,USD,captured,\r\n"
		 ",3,USD,captured,\r\n"
		 "last,4,USD,captured,",
		   NULL) == 0);
	OK(charge_net(of("a,\"b\"")) == 150 && charge_net(of("two\nlines")) == 200);
	OK(charge_net(of("last")) == 400 && charges.n == 4 && charges.rows == 4);
	OK(charges.list[2]->order_id.len == 0 && charge_net(charges.list[2]) == 300);
	OK(parse("ORDER_ID;Amount;currency;status;created;extra\na;5;USD;paid;;x\n",
		   NULL) == 0);
	OK(charge_net(of("a")) == 500);
	OK(parse("order_id\tamount\tcurrency\tstatus\tcreated\na\t5\tUSD\tpaid\t\n",
		   NULL) == 0);
	OK(charge_net(of("a")) == 500);
	OK(parse(HEAD, NULL) == 0 && charges.n == 0);
}

static void
a_row_that_comes_twice_counts_once(void)
{
	OK(parse(HEAD
		   "a,5,USD,captured,1,ch_1\na,5,USD,captured,1,ch_1\n"
		   "a,5,USD,captured,1,ch_2\nb,5,USD,captured,1,\nb,5,USD,captured,1,\n",
		   NULL) == 0);
	OK(charge_net(of("a")) == 1000 && charges.repeated == 1 &&
		charge_net(of("b")) == 1000);
	OK(parse(HEAD "a,5,USD,captured,1,ch_1\na,5,EUR,captured,1,ch_2\n", NULL) == 0);
	OK(of("a")->mixed);
}

static void
columns_may_have_other_names(void)
{
	const char *text_z =
		"id,Order No,Total,Curr,State,Created (UTC)\nch_1,a,5,USD,Paid,\n";

	OK(parse(text_z, NULL) == -1 &&
		said("c.csv:1:1: error: there is no column \"order_id\""));
	OK(parse(text_z, "order_id=Order No,amount=Total,currency=Curr,status=State,"
			 "created=Created (UTC),charge_id=id") == 0);
	OK(charge_net(of("a")) == 500 && str_eq(of("a")->ids, STR("ch_1")));
	OK(parse(text_z, "order=Order No") == -1 && said("--charges-columns:1:1: error"));
	OK(parse(text_z, "amount") == -1 && said("--charges-columns:1:1: error"));
	OK(parse(HEAD, "charge_id=nowhere") == -1 && said("\"nowhere\""));
	OK(parse("order_id,amount,currency,created\n", NULL) == -1 && said("\"status\""));
	OK(parse("order_id,amonut,currency,status,created\n", NULL) == -1);
	OK(said("did you mean --charges-columns amount=amonut"));
}

static void
errors_name_their_place(void)
{
	OK(parse(HEAD "a,5,USD,captured,,\na,5x,USD,captured,,\n", NULL) == -1);
	OK(said("c.csv:3:3: error: not an amount: \"5x\""));
	OK(parse(HEAD "a,5,USD,sold,,\nb,,USD,captured,,\n", NULL) == -1);
	OK(said("c.csv:2:9: error: not a status of a charge: \"sold\"") &&
		said("c.csv:3:3: error"));
	OK(parse(HEAD "a,5,USD\n", NULL) == -1 &&
		said("c.csv:2:1: error: 3 fields, but 6"));
	OK(parse(HEAD "\"a,5,USD,captured,,\n", NULL) == -1 &&
		said("c.csv:2:1: error: a quote"));
	OK(parse(HEAD "\"a\"b,5,USD,captured,,\n", NULL) == -1 &&
		said("c.csv:2:4: error"));
	OK(parse("", NULL) == -1 && said("an empty file"));
	OK(parse("\n\n", NULL) == -1 && said("an empty file"));
	OK(parse(HEAD, NULL) == 0 && said("warning: no charges"));
}

int
main(void)
{
	arena = arena_new("test", (size_t)64 << 20);
	rows_add_up_per_order();
	the_grammar_of_csv();
	a_row_that_comes_twice_counts_once();
	columns_may_have_other_names();
	errors_name_their_place();
	charges_fini(&charges);
	free(said_z);
	arena_free(&arena);
	return tap_done();
}
