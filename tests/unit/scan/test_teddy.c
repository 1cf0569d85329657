/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random sets of phrases in random lines, with colours and escapes, against a search in
 * what each line reads as: in any cut of the text, whatever it was learned from.
 */
#include "scan/teddy.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "rules/load.h"
#include "tap.h"

static uint32_t seed = 2463534242;

static uint32_t
roll(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

static const char *const words[] = { "failed", "login", "LogIn", "for", "order", "abc",
	"Payment", "1234", "SIGTERM", "u003", "ordem", "xP", "u00" };
static const char *const glue[] = { " ", " ", " ", "/", ": ", ".", "-" };
/* Between words of a line; the first six read as " ", "/" and nothing. */
static const char *const tears[] = { " ", "\x1b[0m ", " \x1b[1;31m", "\\/", "\x1b[m",
	"\\u001b[0m ", "\\u0020", "\\n", "\n", "\n", "", "\\\\/", "\x1b[K", "\xc3\xa9",
	"/", ": ", "\x1b[38;5;208m", "m", "5m", "/\x1b[1m", "/\\u001b[m", "\\u002f" };

static void
add_phrase(struct buf *b)
{
	for (uint32_t i = 1 + roll(3); i > 0; i--) {
		buf_add(b, str_z(words[roll(ARRAY_LEN(words))]));
		if (i > 1)
			buf_add(b, str_z(glue[roll(ARRAY_LEN(glue))]));
	}
}

static struct ruleset *
make_rules(struct buf *b)
{
	struct ruleset *rs;

	buf_reset(b);
	buf_add(b, STR("title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
		       "  s: {message|contains"));
	buf_add(b, roll(2) == 0 ? STR("|cased: [") : STR(": ["));
	for (uint32_t i = roll(6) + 1; i > 0; i--) {
		buf_add_char(b, '\'');
		add_phrase(b);
		buf_add(b, i > 1 ? STR("', ") : STR("'"));
	}
	buf_add(b, STR("]}\n  condition: s\n"));
	if (rules_load_text("test.yaml", (struct str){ b->data, b->len }, stdout, &rs) !=
		0)
		exit(99);
	return rs;
}

static void
make_text(struct buf *b)
{
	buf_reset(b);
	for (uint32_t i = roll(60); i > 0; i--) {
		if (roll(4) == 0) {
			add_phrase(b);
		} else {
			struct str w = str_z(words[roll(ARRAY_LEN(words))]);

			buf_add(b, str_sub(w, roll(3), w.len));
		}
		buf_add(b, str_z(roll(3) == 0 ? " " : tears[roll(ARRAY_LEN(tears))]));
	}
	buf_add_char(b, '\n');
}

static size_t
colour_len(struct str s)
{
	struct str rest = s;

	if (!str_starts(rest, STR("\x1b[")) && !str_starts(rest, STR("\\u001b[")))
		return 0;
	rest = str_sub(rest, str_find_char(rest, '[') + 1, rest.len);
	while (rest.len > 0 && (char_is_digit(rest.ptr[0]) || rest.ptr[0] == ';'))
		rest = str_sub(rest, 1, rest.len);
	return rest.len > 0 && rest.ptr[0] == 'm' ? s.len - rest.len + 1 : 0;
}

/* The line as JSON and a terminal would show it. */
static void
show(struct str line, struct buf *b)
{
	buf_reset(b);
	while (line.len > 0) {
		size_t n = colour_len(line);

		if (n == 0 && str_starts(line, STR("\\u0020"))) {
			buf_add_char(b, ' ');
			n = 6;
		} else if (n == 0 && str_starts(line, STR("\\u002f"))) {
			buf_add_char(b, '/');
			n = 6;
		} else if (n == 0 && str_starts(line, STR("\\/"))) {
			n = 1;
		} else if (n == 0) {
			buf_add_char(b, line.ptr[0]);
			n = 1;
		}
		line = str_sub(line, n, line.len);
	}
}

static bool
is_hit(const struct hits *h, size_t from, size_t to, uint32_t cue, bool all)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->hit[i].at >= from && h->hit[i].at < to &&
			(h->hit[i].cue == cue || (all && h->hit[i].cue == HIT_ALL)))
			return true;
	return false;
}

/* Hit if it shows the phrase; not hit if nothing is torn and it does not. */
static bool
is_right(const struct cues *c, const struct hits *h, struct str line, struct buf *shown,
	struct buf *lower)
{
	size_t from = (size_t)(line.ptr - h->text.ptr);
	bool torn = str_find_char(line, '\\') != SIZE_MAX ||
		    str_find_char(line, '\x1b') != SIZE_MAX;

	show(line, shown);
	buf_reset(lower);
	for (size_t i = 0; i < shown->len; i++)
		buf_add_char(lower, char_lower(shown->data[i]));
	for (uint32_t i = 0; i < c->n; i++) {
		bool cased = c->exact[i].len > 0;
		bool has = str_find(buf_str(cased ? shown : lower),
				   cased ? c->exact[i] : c->phrase[i]) != SIZE_MAX;

		if (has && !is_hit(h, from, from + line.len, i, true))
			return false;
		if (!has && !torn && is_hit(h, from, from + line.len, i, true))
			return false;
	}
	return true;
}

static enum nibbles_form
roll_form(void)
{
	return roll(2) == 0 ? NIBBLES_RAW : NIBBLES_DOCKER;
}

static bool
scan(const struct teddy *t, const struct cues *c, struct str text, struct buf *shown,
	struct buf *lower)
{
	struct teddy_counts n;
	struct hits h;
	bool good = true;

	hits_init(&h);
	hits_begin(&h, text, NULL);
	n = teddy_scan(t, &h, roll_form());
	hits_end(&h);
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');

		good = good && n.lines-- > 0 && is_right(c, &h, line, shown, lower);
	}
	hits_fini(&h);
	return good && n.lines == 0;
}

static bool
round_of(struct buf *rules, struct buf *text, struct buf *shown, struct buf *lower)
{
	struct ruleset *rs = make_rules(rules);
	struct cues c;
	struct teddy *t;
	bool good = cues_init(&c, rs);

	make_text(text);
	t = good ? teddy_new(&c, (struct str){ text->data, roll(2) * text->len },
			   roll_form())
		 : NULL;
	for (int i = 0; i < 20 && t != NULL && good; i++) {
		struct str all = { text->data, text->len };

		make_text(text);
		all.len = text->len;
		all.ptr = text->data;
		while (good && all.len > 0) { /* whole lines, cut anywhere */
			size_t cut = roll((uint32_t)all.len);
			size_t lf = str_find_char(str_sub(all, cut, all.len), '\n');
			size_t n = cut + lf + 1;

			good = scan(t, &c, str_sub(all, 0, n), shown, lower);
			all = str_sub(all, n, all.len);
		}
	}
	good = good && t != NULL;
	teddy_free(&t);
	cues_fini(&c);
	ruleset_free(&rs);
	return good;
}

static void
test_random(void)
{
	struct buf rules, text, shown, lower;
	unsigned round = 0;

	buf_init(&rules, 1 << 16);
	buf_init(&text, 1 << 16);
	buf_init(&shown, 1 << 16);
	buf_init(&lower, 1 << 16);
	while (round < 600 && round_of(&rules, &text, &shown, &lower))
		round++;
	OK(round == 600);
	if (round < 600)
		printf("# rules:\n%.*s\n# text:\n%.*s\n", (int)rules.len, rules.data,
			(int)text.len, text.data);
	buf_fini(&rules);
	buf_fini(&text);
	buf_fini(&shown);
	buf_fini(&lower);
}

/* Each line of a text is hit, whatever was learned. */
static bool
hits_each(const struct cues *c, struct str text, struct str sample)
{
	bool good = true;

	for (int form = NIBBLES_RAW; form <= NIBBLES_DOCKER && good; form++) {
		struct teddy *t = teddy_new(c, sample, (enum nibbles_form)form);
		struct str rest = text;
		struct hits h;

		hits_init(&h);
		hits_begin(&h, text, NULL);
		good = t != NULL;
		if (good)
			teddy_scan(t, &h, (enum nibbles_form)form);
		hits_end(&h);
		while (good && rest.len > 0) {
			struct str line = str_cut(&rest, '\n');
			size_t from = (size_t)(line.ptr - text.ptr);

			good = is_hit(&h, from, from + line.len, 0, true);
		}
		hits_fini(&h);
		teddy_free(&t);
	}
	return good;
}

/* A fragment may begin with a slash, in every spelling of it. */
static void
test_slash(void)
{
	const struct str text = STR("GET /login\nGET \\/login\nGET \\\\/login\n"
				    "GET \\u002flogin\nGET \\\\u002Flogin\n"
				    "GET /\x1b[1mlogin\nGET /\x1b[mlogin\n"
				    "GET /\\u001b[1mlogin\nGET \\/\\u001b[mlogin\n"
				    "GET \x1b[1m/login\nGET /lo\x1b[1mgin\n");
	const struct str sample = STR("login logic ordering login\n");
	struct ruleset *rs;
	struct cues c;

	if (rules_load_text("test.yaml",
		    STR("title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
			"  s: {message|contains: 'GET /login'}\n  condition: s\n"),
		    stdout, &rs) != 0)
		exit(99);
	OK(cues_init(&c, rs));
	OK(hits_each(&c, text, (struct str){ 0 }));
	OK(hits_each(&c, text, sample));
	cues_fini(&c);
	ruleset_free(&rs);
}

/* n phrases of two words, of 40 that differ in each round. */
static struct ruleset *
make_many(unsigned n, struct buf *b)
{
	char word[40][8];
	struct ruleset *rs;

	for (size_t i = 0; i < ARRAY_LEN(word); i++)
		for (size_t k = 0; k < sizeof(word[0]); k++)
			word[i][k] = (char)('a' + roll(26));
	buf_reset(b);
	buf_add(b, STR("title: A\nname: a\nlogsource: {category: log}\ndetection:\n"
		       "  s: {message|contains: ["));
	for (unsigned i = 0; i < n; i++)
		buf_printf(b, "'%.*s %.*s'%s", 4 + (int)roll(4), word[roll(40)],
			4 + (int)roll(4), word[roll(40)], i + 1 < n ? ", " : "");
	buf_add(b, STR("]}\n  condition: s\n"));
	if (rules_load_text("test.yaml", (struct str){ b->data, b->len }, stdout, &rs) !=
		0)
		exit(99);
	return rs;
}

/* Each phrase of a large set, in a line of its own. */
static bool
finds_all(const struct cues *c, const struct teddy *t)
{
	struct buf text;
	struct hits h;
	bool good = true;

	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < c->n; i++)
		buf_printf(&text, "%.*s\n", STR_ARG(c->phrase[i]));
	hits_init(&h);
	hits_begin(&h, buf_str(&text), NULL);
	good = teddy_scan(t, &h, NIBBLES_RAW).lines == c->n;
	hits_end(&h);
	for (size_t i = 0, at = 0; i < c->n && good; i++) {
		good = is_hit(&h, at, at + c->phrase[i].len, (uint32_t)i, true);
		at += c->phrase[i].len + 1;
	}
	hits_fini(&h);
	buf_fini(&text);
	return good;
}

/* Some fragments of many phrases have the hash of another one. */
static void
test_many(void)
{
	unsigned round = 0, made = 0;
	struct buf b;
	bool good = true;

	buf_init(&b, 1 << 20);
	for (; round < 100 && good; round++) {
		struct ruleset *rs = make_many(1 + roll(1500), &b);
		struct cues c;
		struct teddy *t = cues_init(&c, rs)
					  ? teddy_new(&c, (struct str){ 0 }, NIBBLES_RAW)
					  : NULL;

		made += t != NULL;
		good = t == NULL || finds_all(&c, t);
		teddy_free(&t);
		cues_fini(&c);
		ruleset_free(&rs);
	}
	OK(good);
	OK(made > round / 5);
	printf("# %u of %u rounds\n", made, round);
	buf_fini(&b);
}

int
main(void)
{
	test_random();
	test_slash();
	test_many();
	return tap_done();
}
