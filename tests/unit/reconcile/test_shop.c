/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shop's list in every shape it comes in: HAL pages, plain JSON, folders; and what is
 * not all of it.
 */
#include "reconcile/shop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"

#include "../../tap.h"

#define SELF(id) "\"_links\":{\"self\":{\"href\":\"http://orders/orders/" id "\"}}"
#define PAGE(orders, total)                                          \
	"{\"_embedded\":{\"customerOrders\":[" orders "]},\"page\":" \
	"{\"size\":20,\"totalElements\":" total ",\"totalPages\":2,\"number\":0}}"

static struct arena *arena;
static struct shop shop;
static char *said_z;

static FILE *
begin(void)
{
	static size_t size;

	shop_fini(&shop);
	free(said_z);
	said_z = NULL;
	return open_memstream(&said_z, &size);
}

static int
parse_next(const char *text_z, struct str *next)
{
	FILE *err = begin();
	int code = shop_init(&shop);

	if (code == 0)
		code = shop_parse(&shop, "o.json", str_z(text_z), arena, err, next);
	if (code == 0)
		shop_end(&shop, "o.json", err);
	fclose(err);
	return code;
}

static int
parse(const char *text_z)
{
	return parse_next(text_z, NULL);
}

static const struct shop_order *
of(const char *id_z)
{
	static const struct shop_order none;
	const struct shop_order *o = shop_find(&shop, str_z(id_z));

	return o != NULL ? o : &none;
}

static void
hal_pages(void)
{
	struct str next;

	OK(parse_next(
		   "{\"_embedded\" : {\"customerOrders\" : [ {\"customerId\" : \"c1\","
		   "\"shipment\" : null,\"date\" : \"2025-10-28T10:04:42.603+0000\","
		   "\"total\" : 104.979996,\"status\" : \"PAYMENT_FAILED\"," SELF(
			   "a1") "}]},"
				 "\"_links\":{\"next\":{\"href\":\"http://orders/orders?page=1\"}},"
				 "\"page\":{\"totalElements\":1}}",
		   &next) == 0);
	OK(shop.seen == 1 && !shop.incomplete && of("a1")->state == SHOP_FAILED);
	OK(of("a1")->total == 10498 && str_eq(of("a1")->customer_id, STR("c1")));
	OK(of("a1")->date_ns == INT64_C(1761645882603) * TIME_MS);
	OK(str_eq(next, STR("http://orders/orders?page=1")));
	OK(parse(PAGE("{" SELF("a") "}", "1") "\n" PAGE("{" SELF("b") "}", "2")) == 0);
	OK(shop.seen == 2 && !shop.incomplete);
	OK(parse("{\"_links\":{},\"page\":{\"totalElements\":0}}") == 0 &&
		shop.seen == 0);
	OK(parse("{\"_embedded\":{\"customerOrders\":[]},\"_links\":{}}") == 0 &&
		!shop.incomplete);
	OK(parse("{\"_embedded\":{\"other\":[{\"id\":\"x\"}]}}") == 0 && shop.seen == 1);
}

static void
plain_json(void)
{
	OK(parse("[{\"id\":\"a\",\"status\":\"PAID\",\"total\":\"104.98\",\"shipment\":null},"
		 "{\"id\":\"b\",\"status\":\"PAID\"},{\"id\":\"b\",\"status\":\"SHIPPED\"}]") ==
		0);
	OK(shop.seen == 2 && of("a")->state == SHOP_PAID && of("a")->total == 10498);
	OK(of("b")->state == SHOP_DONE && !of("b")->has_total &&
		of("b")->date_ns == TIME_NONE);
	OK(parse("{\"id\":\"a\",\"status\":\"PENDING\"}\n{\"_id\":{\"$oid\":\"b\"}}\n") ==
		0);
	OK(of("a")->state == SHOP_OPEN && of("b")->state == SHOP_OPEN && shop.seen == 2);
	OK(parse("{\"orders\":[{\"id\":\"a\",\"status\":\"CANCELLED\"}]}") == 0);
	OK(of("a")->state == SHOP_CANCELLED);
	OK(parse("[{\"id\":\"a\",\"shipment\":{\"name\":\"c\"}},"
		 "{\"id\":\"b\",\"status\":\"PAID\",\"shipment\":{}},"
		 "{\"id\":\"c\",\"status\":\"CREATED\"},{\"id\":\"d\",\"status\":\"DELIVERED\"}]") ==
		0);
	OK(of("a")->state == SHOP_DONE && of("b")->state == SHOP_DONE);
	OK(of("c")->state == SHOP_OPEN && of("d")->state == SHOP_DONE);
	OK(parse("[]") == 0 && shop.seen == 0);
}

static void
gaps_are_told(void)
{
	OK(parse(PAGE("{" SELF("a") "}", "23")) == 0 && shop.incomplete);
	OK(strstr(said_z, "1 of 23 orders are here: a page is missing") != NULL);
	OK(parse("[{\"id\":\"a\"},{\"status\":\"PAID\"}]") == 0 && shop.incomplete);
	OK(strstr(said_z, "orders without an id, left out: 1") != NULL);
}

static void
errors_name_their_place(void)
{
	OK(parse("{\"a\":\n nonsense}") == -1 && strstr(said_z, "o.json:2:") != NULL);
	OK(parse("") == -1 && strstr(said_z, "no JSON here") != NULL);
	OK(parse("[1]") == -1 && strstr(said_z, "neither orders nor a page") != NULL);
	OK(parse("{\"a\":1}") == -1 && parse("[{\"id\":\"a\"}") == -1);
	OK(parse("[{\"id\":\"a\"}] x") == -1 && strstr(said_z, "o.json:1:14") != NULL);
}

static void
put(const char *folder_z, const char *name_z, const char *text_z)
{
	char path_z[128];
	FILE *f;

	(void)snprintf(path_z, sizeof(path_z), "%s/%s", folder_z, name_z);
	f = fopen(path_z, "w");
	if (f == NULL || fputs(text_z, f) < 0 || fclose(f) != 0)
		abort();
}

static void
drop(const char *folder_z, const char *name_z)
{
	char path_z[128];

	(void)snprintf(path_z, sizeof(path_z), "%s/%s", folder_z, name_z);
	(void)unlink(path_z);
}

static int
load(const char *from_z)
{
	FILE *err = begin();
	int code = shop_load(from_z, arena, err, &shop);

	fclose(err);
	return code;
}

static void
folders_and_files(void)
{
	char folder_z[] = "/tmp/test_shop.XXXXXX", path_z[64];

	if (mkdtemp(folder_z) == NULL)
		abort();
	OK(load(folder_z) == -1 && strstr(said_z, "no page-*.json") != NULL);
	put(folder_z, "page-0.json",
		PAGE("{\"status\":\"PAID\",\"shipment\":{}," SELF("a") "}", "2"));
	put(folder_z, "page-10.json",
		PAGE("{\"status\":\"PENDING\"," SELF("a") "}", "2"));
	put(folder_z, "all.json", "[{\"id\":\"c\"}]");
	OK(load(folder_z) == 0 && shop.seen == 1 && shop.incomplete &&
		of("a")->state == SHOP_OPEN);
	put(folder_z, "page-2.json", PAGE("{" SELF("b") "}", "2"));
	OK(load(folder_z) == 0 && shop.seen == 2 && !shop.incomplete);
	(void)snprintf(path_z, sizeof(path_z), "%s/all.json", folder_z);
	OK(load(path_z) == 0 && shop.seen == 1);
	drop(folder_z, "page-0.json");
	drop(folder_z, "page-2.json");
	drop(folder_z, "page-10.json");
	OK(load(folder_z) == 0 && shop.seen == 1 && of("c")->state == SHOP_OPEN);
	drop(folder_z, "all.json");
	OK(load(path_z) == -1 && strstr(said_z, "No such file") != NULL);
	OK(rmdir(folder_z) == 0);
}

int
main(void)
{
	arena = arena_new("test", (size_t)16 << 20);
	hal_pages();
	plain_json();
	gaps_are_told();
	errors_name_their_place();
	folders_and_files();
	shop_fini(&shop);
	free(said_z);
	arena_free(&arena);
	return tap_done();
}
