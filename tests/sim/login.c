/* SPDX-License-Identifier: Apache-2.0 */
#include "login.h"

#include "frontend.h"
#include "gokit.h"
#include "people.h"

int64_t
login_time(struct world *w)
{
	static const struct {
		int64_t min, max;
	} range[] = {
		[SPEED_NORMAL] = { 2600000, 13000000 },
		[SPEED_SLOWING] = { 900000000, 1850000000 },
		[SPEED_SLOW] = { 1500000000, 5200000000 },
		[SPEED_DROWNING] = { 1800000000, 9000000000 },
	};
	int64_t ns = rng_range(&w->rng, range[w->speed].min, range[w->speed].max);

	if (w->speed == SPEED_NORMAL && rng_once_in(&w->rng, 40))
		ns += 40 * NS_PER_MS;
	return ns;
}

static void
say(struct world *w, int64_t at_ns, const char *s)
{
	text_str(world_line(w), s);
	world_say(w, FRONT_END, at_ns, STDOUT);
}

static void
refuse(struct world *w, int64_t done_ns, int64_t ns, bool credentials)
{
	say(w, w->now_ns, "Received login request");
	if (credentials) {
		gokit_say(w, USER, done_ns - NS_PER_MS, "middlewares.go:31",
			"method=Login", rng_range(&w->rng, 500000, 1500000));
		gokit_say(w, USER, done_ns - NS_PER_MS / 2, "server.go:110",
			"err=\"not found\"", 0);
	} else {
		gokit_say(w, USER, done_ns - NS_PER_MS, "server.go:110",
			"err=Unauthorized", 0);
	}
	say(w, done_ns - 200000, credentials ? "500" : "401");
	say(w, done_ns - 100000, "Error with log in: true");
	frontend_morgan(
		w, done_ns, "GET", "/login", (struct reply){ 401, (double)ns / 1e6, 0 });
}

static void
session_id(struct world *w, char out[33])
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	for (unsigned i = 0; i < 32; i++)
		out[i] = alphabet[rng_below(&w->rng, 64)];
	out[32] = '\0';
}

static void
admit(struct world *w, int64_t done_ns, int64_t ns)
{
	const struct person *p = people_get(w->people, people_any(w->people, &w->rng));
	struct text *t;
	char session[33];

	session_id(w, session);
	say(w, w->now_ns, "Received login request");
	gokit_say(w, USER, done_ns - NS_PER_MS, "middlewares.go:31", "method=Login",
		rng_range(&w->rng, 500000, 1500000));
	t = world_line(w);
	text_fmt(t, "{\"user\":{\"id\":\"%s\",\"username\":\"%s\"}}", p->id, p->username);
	world_say(w, FRONT_END, done_ns - 400000, STDOUT);
	say(w, done_ns - 390000, "");
	say(w, done_ns - 380000, p->id);
	t = world_line(w);
	text_fmt(t, "Merging carts for customer id: %s and session id: %s", p->id,
		session);
	world_say(w, FRONT_END, done_ns - 300000, STDOUT);
	say(w, done_ns - 100000, "Carts merged.");
	frontend_morgan(
		w, done_ns, "GET", "/login", (struct reply){ 200, (double)ns / 1e6, 27 });
}

void
login_try(struct world *w)
{
	int64_t ns = login_time(w), done = w->now_ns + ns;
	uint32_t n = rng_below(&w->rng, 10);

	if (n < 4)
		refuse(w, done, ns, false);
	else if (n < 7)
		refuse(w, done, ns, true);
	else
		admit(w, done, ns);
}

static void
join(struct world *w, struct person *p)
{
	int64_t at = w->now_ns;
	struct text *t = world_line(w), fields = { 0 };

	text_fmt(t,
		"Posting Customer: {\"username\":\"%s\",\"password\":\"%s\",\"email\":\"%s\",",
		p->username, p->password, p->email);
	text_fmt(t, "\"firstName\":\"%s\",\"lastName\":\"%s\"}", p->first, p->last);
	world_say(w, FRONT_END, at, STDOUT);
	p->password_shown = p->email_shown = true;
	text_fmt(&fields, "method=Register username=%s email=%s", p->username, p->email);
	gokit_say(w, USER, at + 5 * NS_PER_MS, "middlewares.go:41", text_cstr(&fields),
		rng_range(&w->rng, 4000000, 7000000));
	text_free(&fields);
}

static void
welcome(struct world *w, const struct person *p)
{
	int64_t at = w->now_ns + 7 * NS_PER_MS;
	struct text *t = world_line(w);

	text_fmt(t, "{\"id\":\"%s\"}", p->id);
	world_say(w, FRONT_END, at, STDOUT);
	say(w, at + 5000, "");
	say(w, at + 10000, p->id);
	t = world_line(w);
	text_fmt(t, "set cookie%s", p->id);
	world_say(w, FRONT_END, at + 20000, STDOUT);
	say(w, at + 90000, "Carts merged.");
	frontend_morgan(
		w, at + 200000, "POST", "/register", (struct reply){ 200, 7.902, 0 });
}

void
login_register(struct world *w, bool duplicate)
{
	unsigned i = duplicate ? people_any(w->people, &w->rng) : people_join(w->people);
	struct person *p = people_get(w->people, i);
	struct text fields = { 0 };

	join(w, p);
	if (!duplicate) {
		welcome(w, p);
		return;
	}
	text_fmt(&fields,
		"err=\"E11000 duplicate key error collection: users.customers index: "
		"username_1 dup key: { : \\\"%s\\\" }\"",
		p->username);
	gokit_say(w, USER, w->now_ns + 6 * NS_PER_MS, "server.go:110", text_cstr(&fields),
		0);
	text_free(&fields);
	say(w, w->now_ns + 7 * NS_PER_MS,
		"Error with log in: true"); /* so it says, also for a registration */
	frontend_morgan(w, w->now_ns + 8 * NS_PER_MS, "POST", "/register",
		(struct reply){ 500, 8.101, 0 });
}
