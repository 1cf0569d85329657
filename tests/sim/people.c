/* SPDX-License-Identifier: Apache-2.0 */
#include "people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE_FIRST 40
#define PEOPLE_MAX   20000
#define TOKENS_MAX   256
#define TOKEN_BYTES  72

struct people {
	struct rng rng;
	bool canaries;
	struct person **all;
	unsigned len;
	char tokens[TOKENS_MAX][TOKEN_BYTES];
	unsigned tokens_len;
};

static const char *const firsts[] = { "Eve", "Alan", "Grace", "Linus", "Zoë", "Bjørn",
	"Mina", "Omar", "Ying", "Pavel", "Nia", "Tomás", "Ida", "Kofi", "Lena", "Ravi" };
static const char *const lasts[] = { "Example", "Muster", "Sample", "Doe", "Specimen",
	"Placeholder", "Nobody", "O'Test", "Mock-Smith", "Demo", "Fixture", "Stubbe" };
static const char *const streets[] = { "Main St", "Harbour Rd", "Elm Street",
	"Kirchgasse", "Rue de l'Essai", "Long Lane" };
static const char *const cities[] = { "Springfield", "Testville", "Musterstadt",
	"Port Example", "Sampleton" };

/* The sixteenth digit that makes the first fifteen pass Luhn's check. */
static char
luhn(const char *digits)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < 15; i++) {
		unsigned d = (unsigned)(digits[i] - '0') * (i % 2 == 0 ? 2 : 1);

		sum += d > 9 ? d - 9 : d;
	}
	return (char)('0' + (10 - sum % 10) % 10);
}

static void
invent_secrets(struct people *p, struct person *who)
{
	if (!p->canaries) {
		(void)snprintf(who->card, sizeof(who->card), "0000000000000001");
		(void)snprintf(who->password, sizeof(who->password), "changeme");
		return;
	}
	(void)snprintf(who->card, sizeof(who->card), "4%03u%06u%05u",
		rng_below(&p->rng, 1000), p->len * 17 + 100000,
		rng_below(&p->rng, 100000));
	who->card[15] = luhn(who->card);
	(void)snprintf(who->password, sizeof(who->password), "Sock!%08x%u",
		(unsigned)rng_next(&p->rng), p->len);
}

static void
invent(struct people *p, struct person *who)
{
	unsigned n = p->len;

	who->first = firsts[rng_below(&p->rng, sizeof(firsts) / sizeof(firsts[0]))];
	who->last = lasts[rng_below(&p->rng, sizeof(lasts) / sizeof(lasts[0]))];
	who->street = streets[rng_below(&p->rng, sizeof(streets) / sizeof(streets[0]))];
	who->city = cities[rng_below(&p->rng, sizeof(cities) / sizeof(cities[0]))];
	who->house = 1 + rng_below(&p->rng, 180);
	(void)snprintf(who->username, sizeof(who->username), "shopper%u", n);
	(void)snprintf(who->email, sizeof(who->email), "shopper%u.%04x@example.com", n,
		(unsigned)rng_below(&p->rng, 65536));
	invent_secrets(p, who);
	(void)snprintf(who->ccv, sizeof(who->ccv), "%03u", 100 + rng_below(&p->rng, 900));
	(void)snprintf(who->expires, sizeof(who->expires), "%02u/%02u",
		1 + rng_below(&p->rng, 12), 27 + rng_below(&p->rng, 5));
	(void)snprintf(
		who->id, sizeof(who->id), "69004a83%s%06x", "9c10d30001", 0x94fa98 + n);
	(void)snprintf(who->address_id, sizeof(who->address_id), "69004a83%s%06x",
		"9c10d30001", 0xa00000 + n);
	(void)snprintf(who->card_id, sizeof(who->card_id), "69004a83%s%06x", "9c10d30001",
		0xb00000 + n);
}

unsigned
people_join(struct people *p)
{
	struct person *who;

	if (p->len == PEOPLE_MAX)
		return rng_below(&p->rng, PEOPLE_MAX);
	who = calloc(1, sizeof(*who));
	if (who == NULL)
		die("out of memory");
	invent(p, who);
	p->all[p->len] = who;
	return p->len++;
}

struct people *
people_new(uint64_t seed, bool canaries)
{
	struct people *p = calloc(1, sizeof(*p));

	if (p == NULL)
		die("out of memory");
	p->rng = rng_make(seed, "people");
	p->canaries = canaries;
	p->all = calloc(PEOPLE_MAX, sizeof(struct person *));
	if (p->all == NULL)
		die("out of memory");
	while (p->len < PEOPLE_FIRST)
		(void)people_join(p);
	return p;
}

void
people_free(struct people **pp)
{
	struct people *p = *pp;

	while (p->len > 0)
		free(p->all[--p->len]);
	free(p->all);
	free(p);
	*pp = NULL;
}

unsigned
people_any(struct people *p, struct rng *r)
{
	return rng_below(r, p->len);
}

struct person *
people_get(struct people *p, unsigned i)
{
	return p->all[i];
}

void
people_set_id(struct people *p, unsigned i, const char *id)
{
	(void)snprintf(p->all[i]->id, sizeof(p->all[i]->id), "%s", id);
}

const char *
people_token(struct people *p)
{
	char *t = p->tokens[p->tokens_len];

	if (!p->canaries)
		return "none";
	if (p->tokens_len == TOKENS_MAX - 1)
		return p->tokens[0];
	(void)snprintf(t, TOKEN_BYTES, "eyJhbGciOiJIUzI1NiJ9.eyJ%08x%08xIn0.%08x%08xQw",
		(unsigned)rng_next(&p->rng), (unsigned)rng_next(&p->rng),
		(unsigned)rng_next(&p->rng), p->tokens_len);
	p->tokens_len++;
	return t;
}

static void
canary(struct text *out, bool shown, const char *s)
{
	if (!shown)
		return;
	if (out->len > 0)
		text_char(out, ',');
	text_json(out, s);
}

void
people_canaries(const struct people *p, struct text *out)
{
	struct text list = { 0 };

	for (unsigned i = 0; i < p->len && p->canaries; i++) {
		canary(&list, p->all[i]->card_shown, p->all[i]->card);
		canary(&list, p->all[i]->password_shown, p->all[i]->password);
		canary(&list, p->all[i]->email_shown, p->all[i]->email);
	}
	for (unsigned i = 0; i < p->tokens_len; i++)
		canary(&list, true, p->tokens[i]);
	text_str(out, text_cstr(&list));
	text_free(&list);
}
