/* SPDX-License-Identifier: Apache-2.0 */
#include "gokit.h"

#include <string.h>

#include "people.h"

static struct text *
begin(struct world *w, int64_t at_ns, const char *caller)
{
	struct text *t = world_line(w);

	text_str(t, "ts=");
	text_time(t, world_app_clock(w, at_ns), TEXT_TRIMMED);
	text_str(t, " caller=");
	text_str(t, caller);
	text_char(t, ' ');
	return t;
}

void
gokit_say(struct world *w, enum service s, int64_t at_ns, const char *caller,
	const char *fields, int64_t took_ns)
{
	struct text *t = begin(w, at_ns, caller);

	text_str(t, fields);
	if (took_ns > 0) {
		text_str(t, " took=");
		text_took(t, took_ns);
	}
	world_say(w, s, at_ns, STDERR);
}

void
gokit_health(struct world *w, enum service s, int64_t at_ns)
{
	const char *caller = "middlewares.go:153", *fields = "method=Health result=2";
	int64_t took = rng_range(&w->rng, 400000, 900000);

	if (s == PAYMENT) {
		caller = "logging.go:36";
		fields = "method=Health result=1";
		took = rng_range(&w->rng, 5000, 14000);
	} else if (s == CATALOGUE) {
		caller = "logging.go:81";
		took = rng_range(&w->rng, 9000, 30000);
	}
	gokit_say(w, s, at_ns, caller, fields, took);
}

void
catalogue_list(struct world *w, int64_t at_ns)
{
	static const char *const fields[] = {
		"method=List tags= order=id pageNum=1 pageSize=5 result=5 err=null",
		"method=List tags=sport order=id pageNum=1 pageSize=3 result=1 err=null",
		"method=List tags= order=id pageNum=1 pageSize=6 result=6 err=null",
		"method=Count tags= result=10 err=null",
	};
	uint32_t n = rng_below(&w->rng, 4);

	gokit_say(w, CATALOGUE, at_ns, n == 3 ? "logging.go:43" : "logging.go:27",
		fields[n], rng_range(&w->rng, 1500000, 9000000));
}

void
catalogue_get(struct world *w, int64_t at_ns, const char *id)
{
	struct text *t = begin(w, at_ns, "logging.go:56");
	bool found = strcmp(id, "test-item") != 0;

	text_str(t, "method=Get id=");
	text_str(t, id);
	text_str(t, " sock=");
	text_str(t, found ? id : "");
	text_str(t, found ? " err=null took=" : " err=\"not found\" took=");
	text_took(t, rng_range(&w->rng, 900000, 4000000));
	world_say(w, CATALOGUE, at_ns, STDERR);
}

void
catalogue_tags(struct world *w, int64_t at_ns)
{
	gokit_say(w, CATALOGUE, at_ns, "logging.go:69", "method=Tags result=11 err=null",
		rng_range(&w->rng, 500000, 2000000));
}

static void
dump_cards(struct world *w, int64_t at_ns, struct person *p)
{
	for (unsigned i = 0; i < 5; i++) {
		struct text *t = world_line(w);

		text_fmt(t,
			"%sCard is [ {Card:{LongNum:%s Expires:%s CCV:%s ID: Links:map[]}",
			i % 2 == 1 ? " " : "", p->card, p->expires, p->ccv);
		text_fmt(t, " ID:ObjectIdHex(\"%s\")} ]", p->card_id);
		world_say(w, USER, at_ns + i * 17000, STDOUT);
	}
	for (unsigned i = 0; i < 4; i++) {
		struct text *t = world_line(w);

		text_fmt(t,
			"%sAddress is [ {Address:{Street:%s Number:%u Country:US City:%s",
			i % 2 == 1 ? " " : "", p->street, p->house, p->city);
		text_fmt(t, " PostCode:12345 ID: Links:map[]} ID:ObjectIdHex(\"%s\")} ]",
			p->address_id);
		world_say(w, USER, at_ns + 90000 + i * 15000, STDOUT);
	}
	p->card_shown = true;
}

void
user_lookups(struct world *w, int64_t at_ns, struct person *p)
{
	static const char *const methods[] = { "GetAddresses", "GetUsers", "GetCards" };
	static const char *const callers[] = { "middlewares.go:100", "middlewares.go:70",
		"middlewares.go:126" };

	for (unsigned i = 0; i < 3; i++) {
		int64_t at = at_ns + (1 + i * 3) * NS_PER_MS;
		struct text *t = begin(w, at, callers[i]);

		text_fmt(t, "method=%s id=%s result=1 took=", methods[i],
			i == 0   ? p->address_id
			: i == 1 ? p->id
				 : p->card_id);
		text_took(t, rng_range(&w->rng, 900000, 3000000));
		world_say(w, USER, at, STDERR);
	}
	dump_cards(w, at_ns + 4 * NS_PER_MS, p);
}
