/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend.h"

#include <stdio.h>
#include <string.h>

#include "gokit.h"
#include "login.h"
#include "people.h"

static void
say(struct world *w, int64_t at_ns, const char *s)
{
	text_str(world_line(w), s);
	world_say(w, FRONT_END, at_ns, STDOUT);
}

void
frontend_started(struct world *w, int64_t at_ns)
{
	say(w, at_ns, "");
	say(w, at_ns + 10000, "> microservices-demo-front-end@0.0.1 start");
	say(w, at_ns + 20000, "> node server.js");
	say(w, at_ns + 30000, "");
	say(w, at_ns + 900 * NS_PER_MS, "Using the redis based session manager");
	say(w, at_ns + 930 * NS_PER_MS,
		"App now running in production mode on port 8079");
	world_sayf(w, FRONT_END, at_ns + 1900 * NS_PER_MS, STDERR,
		"(node:20) [DEP0066] DeprecationWarning: OutgoingMessage.prototype._headers is "
		"deprecated");
}

void
frontend_sigterm(struct world *w, int64_t at_ns)
{
	static const char *const block[] = { "npm ERR! path /usr/src/app",
		"npm ERR! command failed", "npm ERR! signal SIGTERM",
		"npm ERR! command sh -c node server.js", "",
		"npm ERR! Log files were not written due to an error writing to the directory: "
		"/opt/app-root/src/.npm/_logs",
		"npm ERR! You can rerun the command with `--loglevel=verbose` to see the logs in "
		"your terminal" };

	for (size_t i = 0; i < sizeof(block) / sizeof(block[0]); i++)
		world_sayf(
			w, FRONT_END, at_ns + (int64_t)i * 21000, STDERR, "%s", block[i]);
}

void
frontend_exception(struct world *w, int64_t at_ns)
{
	static const char *const stack[] = { "undefined:1", "undefined", "^", "",
		"SyntaxError: \"undefined\" is not valid JSON",
		"    at JSON.parse (<anonymous>)",
		"    at Request._callback (/usr/src/app/api/cart/index.js:79:25)",
		"    at self.callback (/usr/src/app/node_modules/request/request.js:185:22)",
		"    at Request.emit (node:events:517:28)",
		"    at Request.onRequestError "
		"(/usr/src/app/node_modules/request/request.js:877:8)",
		"    at ClientRequest.emit (node:events:517:28)",
		"    at process.processTicksAndRejections (node:internal/process/task_queues:82:21)",
		"", "Node.js v18.20.4" };

	for (size_t i = 0; i < sizeof(stack) / sizeof(stack[0]); i++)
		world_sayf(
			w, FRONT_END, at_ns + (int64_t)i * 12000, STDERR, "%s", stack[i]);
}

void
frontend_morgan(struct world *w, int64_t at_ns, const char *method, const char *url,
	struct reply r)
{
	static const char *const colours[] = { "32", "36", "33", "31" };
	struct text *t = world_line(w);

	text_str(t, "\x1b[0m");
	text_str(t, method);
	text_char(t, ' ');
	text_str(t, url);
	text_str(t, " \x1b[");
	text_str(t, colours[(r.status / 100 - 2) & 3]);
	text_char(t, 'm');
	text_u64(t, r.status);
	text_str(t, " \x1b[0m");
	if (r.ms < 0)
		text_str(t, "- ms - ");
	else
		text_fmt(t, "%.3f ms - ", r.ms);
	if (r.bytes > 0)
		text_u64(t, r.bytes);
	else
		text_char(t, '-');
	text_str(t, "\x1b[0m");
	world_say(w, FRONT_END, at_ns, STDOUT);
}

static void
visit_catalogue(struct world *w)
{
	static const char *const urls[] = { "/catalogue?size=5",
		"/catalogue?size=3&tags=sport",
		"/catalogue?page=1&size=6&tags=", "/catalogue/size?tags=" };

	catalogue_list(w, w->now_ns + 4 * NS_PER_MS);
	frontend_morgan(w, w->now_ns + 6 * NS_PER_MS, "GET", urls[rng_below(&w->rng, 4)],
		(struct reply){ 200, -1, 0 });
}

static void
visit_item(struct world *w)
{
	const char *id = item_id(rng_below(&w->rng, shop_items()));
	char url[64];

	(void)snprintf(url, sizeof(url), "/catalogue/%s", id);
	catalogue_get(w, w->now_ns + 3 * NS_PER_MS, id);
	frontend_morgan(
		w, w->now_ns + 5 * NS_PER_MS, "GET", url, (struct reply){ 200, -1, 0 });
}

static void
visit_image(struct world *w)
{
	static const char *const urls[] = { "/catalogue/images/holy_2.jpeg",
		"/catalogue/images/cat_socks.jpeg", "/catalogue/images/bit_of_leg_1.jpeg",
		"/catalogue/images/colourful_socks.jpg" };
	int64_t ns = login_time(w) * 2;

	frontend_morgan(w, w->now_ns + ns, "GET", urls[rng_below(&w->rng, 4)],
		(struct reply){
			200, (double)ns / 1e6, 20000 + rng_below(&w->rng, 40000) });
}

static void
visit_tags(struct world *w)
{
	catalogue_tags(w, w->now_ns + 2 * NS_PER_MS);
	frontend_morgan(w, w->now_ns + 4 * NS_PER_MS, "GET", "/tags",
		(struct reply){ 200, -1, 0 });
}

static void
visit_cart(struct world *w)
{
	const struct person *p = people_get(w->people, people_any(w->people, &w->rng));

	say(w, w->now_ns, "Request received: /cart, undefined");
	text_str(world_line(w), "Customer ID: ");
	text_str(&w->line, p->id);
	world_say(w, FRONT_END, w->now_ns + NS_PER_MS / 4, STDOUT);
	frontend_morgan(w, w->now_ns + 9 * NS_PER_MS, "GET", "/cart",
		(struct reply){ 200, -1, 0 });
}

static void
visit_add(struct world *w)
{
	const struct person *p = people_get(w->people, people_any(w->people, &w->rng));
	unsigned n = rng_below(&w->rng, shop_items());
	bool load = w->crowd > 0;
	const char *id = load ? "test-item" : item_id(n);
	int64_t at = w->now_ns;
	struct text *t = world_line(w);

	text_fmt(t, "Attempting to add to cart: {\"id\":\"%s\"}", id);
	world_say(w, FRONT_END, at, STDOUT);
	catalogue_get(w, at + 3 * NS_PER_MS, id);
	if (load)
		say(w, at + 4 * NS_PER_MS,
			"{\"error\":\"not found\",\"status_code\":404,"
			"\"status_text\":\"Not Found\"}");
	say(w, at + 4 * NS_PER_MS + 9000, "");
	t = world_line(w);
	text_fmt(t, "POST to carts: http://carts/carts/%s/items body: ", p->id);
	if (load)
		text_str(t, "{}");
	else
		text_fmt(t, "{\"itemId\":\"%s\",\"unitPrice\":%u.%02u}", id,
			item_cents(n) / 100, item_cents(n) % 100);
	world_say(w, FRONT_END, at + 5 * NS_PER_MS, STDOUT);
	frontend_morgan(
		w, at + 14 * NS_PER_MS, "POST", "/cart", (struct reply){ 201, -1, 0 });
}

/* The list of one's orders: JSON lines of one to two kilobytes. */
static void
visit_orders(struct world *w)
{
	size_t n = shop_orders(w->shop), take = n < 2 ? n : 2;
	struct text *t;

	say(w, w->now_ns, "Request received with body: {}");
	t = world_line(w);
	text_str(t, "{\"_embedded\":{\"customerOrders\":[");
	for (size_t i = 0; i < take; i++) {
		struct order *o = shop_get(w->shop, n - 1 - i);

		text_str(t, i == 0 ? "" : ",");
		order_json(w, t, o, true);
		people_get(w->people, o->person)->card_shown = true;
	}
	text_str(t, "]},\"_links\":{\"self\":{\"href\":\"http://orders/orders/search/"
		    "customerId?sort=date\"}}}");
	world_say(w, FRONT_END, w->now_ns + 12 * NS_PER_MS, STDOUT);
	say(w, w->now_ns + 12 * NS_PER_MS + 8000, "");
	frontend_morgan(w, w->now_ns + 13 * NS_PER_MS, "GET", "/orders",
		(struct reply){ 201, -1, 0 });
}

static void
visit_missing(struct world *w)
{
	frontend_morgan(w, w->now_ns + 2 * NS_PER_MS, "GET", "/favicon.ico",
		(struct reply){ 404, 1.204, 150 });
	if (rng_once_in(&w->rng, 2))
		frontend_morgan(w, w->now_ns + 9 * NS_PER_MS, "GET", "/topbar.html/",
			(struct reply){ 301, 0.913, 0 });
}

void
frontend_visit(struct world *w)
{
	uint32_t n = rng_below(&w->rng, 100);

	if (n < 34)
		visit_catalogue(w);
	else if (n < 54)
		visit_item(w);
	else if (n < 64)
		visit_image(w);
	else if (n < 69)
		visit_tags(w);
	else if (n < 77)
		visit_cart(w);
	else if (n < 86)
		visit_add(w);
	else if (n < 96)
		login_try(w);
	else if (n < 98)
		visit_missing(w);
	else if (w->fill <= 0 || rng_once_in(&w->rng, 16))
		visit_orders(w);
}

void
frontend_long_line(struct world *w)
{
	struct text *t = world_line(w);
	unsigned n = 70 + rng_below(&w->rng, 80);

	text_str(t, "Received response: [");
	for (unsigned i = 0; i < n; i++)
		text_fmt(t,
			"%s{\"id\":\"%s\",\"name\":\"Sock & <Boot> %u\",\"description\":\"warm, "
			"50 \xc2\xb5m wool; \\\"the\\\" sock \xe2\x98\x83 of the year\","
			"\"imageUrl\":[\"/catalogue/images/holy_1.jpeg\","
			"\"/catalogue/images/holy_2.jpeg\"],\"price\":99.99,\"count\":%u}",
			i == 0 ? "" : ",", item_id(i % shop_items()), i, i * 3);
	text_str(t, "]");
	world_say(w, FRONT_END, w->now_ns, STDOUT);
}
