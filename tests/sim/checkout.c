/* SPDX-License-Identifier: Apache-2.0 */
#include "checkout.h"

#include "frontend.h"
#include "people.h"

static void
say(struct world *w, int64_t at_ns)
{
	world_say(w, FRONT_END, at_ns, STDOUT);
}

void
checkout_begin(struct world *w, int64_t at_ns, struct person *p)
{
	struct text *t = world_line(w);

	text_str(t, "Request received with body: {}");
	say(w, at_ns);
	t = world_line(w);
	text_fmt(t,
		"Received response: {\"firstName\":\"%s\",\"lastName\":\"%s\",\"username\":"
		"\"%s\",\"id\":\"%s\",\"_links\":{\"self\":{\"href\":"
		"\"http://user/customers/%s\"}}}",
		p->first, p->last, p->username, p->id, p->id);
	say(w, at_ns + 5 * NS_PER_MS);
	text_fmt(world_line(w), "GET Request to: http://user/customers/%s/addresses",
		p->id);
	say(w, at_ns + 6 * NS_PER_MS);
	text_fmt(world_line(w), "GET Request to: http://user/customers/%s/cards", p->id);
	say(w, at_ns + 7 * NS_PER_MS);
	t = world_line(w);
	text_fmt(t,
		"Received response: {\"_embedded\":{\"card\":[{\"longNum\":\"%s\","
		"\"expires\":\"%s\",\"ccv\":\"%s\",\"id\":\"%s\"}]}}",
		p->card, p->expires, p->ccv, p->card_id);
	say(w, at_ns + 11 * NS_PER_MS);
	p->card_shown = true;
	t = world_line(w);
	text_fmt(t,
		"Posting Order: {\"customer\":\"http://user/customers/%s\",\"address\":"
		"\"http://user/addresses/%s\",\"card\":\"http://user/cards/%s\",",
		p->id, p->address_id, p->card_id);
	text_fmt(t, "\"items\":\"http://carts/carts/%s/items\"}", p->id);
	say(w, at_ns + 14 * NS_PER_MS);
}

void
checkout_done(struct world *w, int64_t at_ns, const struct order *o)
{
	struct text *t = world_line(w);

	people_get(w->people, o->person)->card_shown = true;
	text_str(t, "Order response: {\"statusCode\":201,\"body\":");
	order_json(w, t, o, false);
	text_str(t,
		",\"headers\":{\"x-application-context\":\"orders:80\",\"content-type\":"
		"\"application/json;charset=UTF-8\",\"connection\":\"close\"},\"request\":"
		"{\"uri\":{\"protocol\":\"http:\",\"slashes\":true,\"host\":\"orders\",\"port\":80,"
		"\"path\":\"/orders\"},\"method\":\"POST\"}}");
	say(w, at_ns);
	t = world_line(w);
	text_str(t, "Order response: ");
	order_json(w, t, o, false);
	say(w, at_ns + 90000);
	text_fmt(
		world_line(w), "Deleting cart: %s", people_get(w->people, o->person)->id);
	say(w, at_ns + NS_PER_MS);
	text_str(world_line(w), "Cart deleted with status: 202");
	say(w, at_ns + 6 * NS_PER_MS);
	frontend_morgan(w, at_ns + 7 * NS_PER_MS, "POST", "/orders",
		(struct reply){ 201, -1, 0 });
}

void
checkout_failed(struct world *w, int64_t at_ns, const char *message)
{
	for (unsigned i = 0; i < 2; i++) {
		struct text *t = world_line(w);

		text_str(t, i == 0 ? "Order response: {\"statusCode\":500,\"body\":"
				   : "Order response: ");
		text_fmt(t,
			"{\"timestamp\":%lld,\"status\":500,\"error\":\"Internal Server "
			"Error\",\"exception\":\"java.lang.IllegalStateException\",",
			(long long)(at_ns / NS_PER_MS));
		text_fmt(t, "\"message\":\"%s\",\"path\":\"/orders\"}%s", message,
			i == 0 ? ",\"headers\":{\"connection\":\"close\"}}" : "");
		say(w, at_ns + i * 90000);
	}
	frontend_morgan(w, at_ns + 2 * NS_PER_MS, "POST", "/orders",
		(struct reply){ 500, -1, 0 });
}

void
checkout_declined(struct world *w, int64_t at_ns)
{
	for (unsigned i = 0; i < 2; i++) {
		text_str(world_line(w),
			"Order response: {\"timestamp\":1,\"status\":406,"
			"\"error\":\"Not Acceptable\",\"message\":\"Payment "
			"declined\",\"path\":\"/orders\"}");
		say(w, at_ns + i * 90000);
	}
	frontend_morgan(
		w, at_ns + NS_PER_MS, "POST", "/orders", (struct reply){ 406, -1, 0 });
}
