/* SPDX-License-Identifier: Apache-2.0 */
/* Each way of wrapping, as the tools really print it. */
#include "decode/wrap.h"

#include "base/compiler.h"
#include "feed.h"
#include "tap.h"

#define STAMP "2026-03-14T09:42:10.118034571Z"

static void
test_look(void)
{
	OK(decoder_look(STR(STAMP " stdout F x\n" STAMP " stderr P y\n")) == FORMAT_CRI);
	OK(decoder_look(STR("2026-03-14T11:42:10.11803+02:00 stderr F \n")) ==
		FORMAT_CRI);
	OK(decoder_look(STR("{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"" STAMP
			    "\"}\n")) == FORMAT_DOCKER);
	OK(decoder_look(STR("[pod/orders-6c9f7b5d8-4xk2p/orders] x\n")) ==
		FORMAT_KUBECTL);
	OK(decoder_look(STR(STAMP " order 8841\n")) == FORMAT_KUBECTL);
	OK(decoder_look(STR("order 8841\n")) == FORMAT_PLAIN);
	OK(decoder_look(STR("")) == FORMAT_PLAIN);
	OK(decoder_look(STR("{\n    \"apiVersion\": \"v1\",\n    \"items\": [")) ==
		FORMAT_OBJECTS);
	OK(decoder_look(STR("{\"type\":\"ADDED\",\"object\":{\"kind\":\"Event\"")) ==
		FORMAT_OBJECTS);
	OK(decoder_look(STR("{\"kind\":\"PodList\",\"apiVersion\":\"v1\"")) ==
		FORMAT_OBJECTS);
	OK(decoder_look(STR("{\"t\":{\"$date\":\"2025-10-18T07:38:30.067+00:00\"}}\n")) ==
		FORMAT_PLAIN);
	OK(decoder_look(STR("{\"kind\":\"order\",\"type\":\"x\"}\n")) == FORMAT_PLAIN);
}

/* A first line that is longer than what is looked at. */
static void
test_look_long(void)
{
	static char text[200000];
	size_t n = 0;

	n += (size_t)snprintf(text, sizeof(text), "{\"log\":\"");
	memset(text + n, 'x', 100000);
	n += 100000;
	n += (size_t)snprintf(text + n, sizeof(text) - n,
		"\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-14T09:42:10Z\"}\n");
	OK(decoder_look((struct str){ text, n }) == FORMAT_DOCKER);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "plain\nplain\n");
	OK(decoder_look((struct str){ text, n }) == FORMAT_DOCKER);
}

static void
test_cri(void)
{
	struct feed f;

	feed_init(&f, FORMAT_CRI);
	f.conf.label[LABEL_POD] = STR("orders-6c9f7b5d8-4xk2p");
	feed(&f, STR("2026-03-14T09:42:10.1Z stdout P one \n"
		     "2026-03-14T09:42:10.2Z stderr F \tat x\n"
		     "2026-03-14T09:42:10.3Z stdout P two \n"
		     "2026-03-14T09:42:10.4Z stdout F three\n"
		     "2026-03-14T09:42:10.5Z stdout F \n"
		     "2026-03-14T09:42:10.6Z stdout F\n"
		     "2026-03-14T09:42:10.7Z stdout F:x tagged\n"
		     "broken line\n"
		     "2026-03-14T11:42:11+02:00 stderr P last words"));
	OK(f.n == 5);
	OK(feed_is(&f, 0, "one two three") && feed_at(&f, 0, "2026-03-14T09:42:10.100Z"));
	OK(str_eq(f.got[0].r.stream, STR("stdout")));
	OK(feed_is(&f, 1, "\tat x") && str_eq(f.got[1].r.stream, STR("stderr")));
	OK(feed_is(&f, 2, "tagged"));
	OK(feed_is(&f, 3, "broken line") && f.got[3].r.quality == TIME_NEAREST);
	OK(feed_at(&f, 3, "2026-03-14T09:42:10.700Z"));
	OK(feed_is(&f, 4, "last words") && f.got[4].r.truncated);
	OK(f.counts.open_pieces == 1 && f.counts.broken_lines == 1);
	OK(str_eq(f.got[0].r.label[LABEL_SERVICE], STR("orders")));
	feed_fini(&f);
}

static void
test_docker(void)
{
	struct feed f;
	struct str want = STR("a\tb \"q\" \\ <&> \xe2\x80\xa8 \xf0\x9f\x98\x80\0z");

	feed_init(&f, FORMAT_DOCKER);
	feed(&f,
		STR("{\"log\":\"a\\u0009b \\\"q\\\" \\\\ \\u003c\\u0026\\u003e \\u2028 "
		    "\\ud83d\\ude00\\u0000z\\n\",\"stream\":\"stdout\",\"time\":\"" STAMP
		    "\"}\n"
		    "{\"log\":\"piece \",\"stream\":\"stdout\",\"attrs\":{\"a\":[\"}\"]},"
		    "\"time\":\"2026-03-14T09:42:11Z\"}\n"
		    "{\"log\":\"err\\r\\n\",\"stream\":\"stderr\",\"time\":\"" STAMP
		    "\"}\n"
		    "{\"log\":\"rest\\n\",\"stream\":\"stdout\",\"time\":\"" STAMP "\"}\n"
		    "{\"log\":\"bad \\u12 \\ud800 \\x\\n\",\"time\":\"" STAMP "\"}\n"
		    "{\"nolog\":1}\n"));
	OK(f.n == 5);
	OK(f.n == 5 && str_eq(f.got[0].r.message, want));
	OK(feed_is(&f, 1, "piece rest") && feed_at(&f, 1, "2026-03-14T09:42:11.000Z"));
	OK(feed_is(&f, 2, "err") && str_eq(f.got[2].r.stream, STR("stderr")));
	OK(feed_is(&f, 3, "bad \\u12 \xef\xbf\xbd \\x"));
	OK(feed_is(&f, 4, "{\"nolog\":1}") && f.counts.broken_lines == 1);
	feed_fini(&f);
}

static void
test_kubectl(void)
{
	struct feed f;

	feed_init(&f, FORMAT_KUBECTL);
	f.conf.label[LABEL_SERVICE] = STR("all");
	feed(&f,
		STR("[pod/orders-6c9f7b5d8-4xk2p/orders] " STAMP " ERROR x\n"
		    "[pod/user-0/user] no clock\n"
		    "[pod/orders-6c9f7b5d8-4xk2p/orders] \tat y\n"
		    "\x1b[32m[pod/user-0/user]\x1b[0m 2026-03-14T09:42:10.118034571+02:00 z\n"
		    "error: no prefix\n"
		    "[pod/user-0/user] \x1b[0mGET /cart \x1b[32m200 \x1b[0m- ms\x1b[0m\n"
		    "2026-03-14T09:42:10Z short stamp\n"));
	OK(f.n == 6);
	OK(feed_is(&f, 0, "ERROR x\n\tat y") &&
		feed_at(&f, 0, "2026-03-14T09:42:10.118Z"));
	OK(str_eq(f.got[0].r.label[LABEL_SERVICE], STR("orders")));
	OK(str_eq(f.got[0].r.label[LABEL_CONTAINER], STR("orders")));
	OK(feed_is(&f, 1, "no clock") && f.got[1].r.quality == TIME_FILE_DATE);
	OK(f.n == 6 && f.got[1].r.source != f.got[0].r.source);
	OK(feed_is(&f, 2, "z") && feed_at(&f, 2, "2026-03-14T07:42:10.118Z"));
	OK(str_eq(f.got[2].r.label[LABEL_POD], STR("user-0")));
	OK(feed_is(&f, 3, "error: no prefix") && f.got[3].r.label[LABEL_POD].len == 0);
	OK(feed_is(&f, 4, "GET /cart 200 - ms") && f.got[4].r.quality == TIME_NEAREST);
	OK(feed_is(&f, 5, "2026-03-14T09:42:10Z short stamp"));
	OK(f.got[4].r.source == f.got[1].r.source && f.counts.no_time == 2);
	feed_fini(&f);
}

static void
test_plain(void)
{
	struct feed f;

	feed_init(&f, FORMAT_AUTO);
	feed(&f,
		STR("no time yet\n2025-10-18 09:24:28.407 first\nbare\n"
		    "\x1b[31mred\x1b[0m bytes \xff\xfe\n2025-10-18 09:24:29.000 last\n"));
	OK(f.n == 5);
	OK(feed_is(&f, 0, "no time yet") && f.got[0].r.at_ns == FEED_DATE);
	OK(feed_is(&f, 1, "2025-10-18 09:24:28.407 first"));
	OK(f.got[1].r.quality == TIME_WRITTEN && f.got[2].r.quality == TIME_NEAREST);
	OK(f.got[2].r.at_ns == f.got[1].r.at_ns);
	OK(feed_is(&f, 3, "red bytes \xff\xfe"));
	OK(f.first_ns == f.got[1].r.at_ns && f.last_ns == f.got[4].r.at_ns);
	OK(f.counts.lines == 5 && f.counts.records == 5 && f.counts.no_time == 1);
	feed_fini(&f);
}

/* Text and colours, whole and broken, of every length; what is left of it in *plain. */
static void
make_coloured(uint32_t *seed, struct buf *line, struct buf *plain)
{
	static const char *const bits_z[] = { WRAP_RESET, "\x1b[32m", "\x1b[m",
		"\x1b[1;4", "\x1b[38;2;255;255;255;1;1m", "\x1b[;:9m", "\x1b", "[",
		"\x1b[mm", "m", "0", "\x1b\x1b[0m", "\x1b[3 1m", "a word",
		"of some more letters than sixteen" };
	struct str s;
	size_t from = line->len;

	buf_add(line, STR("x"));
	for (uint32_t n = feed_random(seed) % 9; n > 0; n--)
		buf_add(line, str_z(bits_z[feed_random(seed) % ARRAY_LEN(bits_z)]));
	buf_add(line, STR("."));
	for (s = str_sub(buf_str(line), from, line->len); s.len > 0;) {
		size_t n = wrap_sgr_len(s);

		if (n == 0)
			buf_add_char(plain, s.ptr[0]);
		s = str_sub(s, n > 0 ? n : 1, s.len);
	}
}

/* Records of one line and of two, without their colours. */
static void
test_colours(void)
{
	struct buf text, plain;
	struct str rest;
	size_t wrong = 0;
	uint32_t seed = 1;
	struct feed f;

	buf_init(&text, (size_t)4 << 20);
	buf_init(&plain, (size_t)4 << 20);
	for (unsigned i = 0; i < 4000; i++) {
		make_coloured(&seed, &text, &plain);
		if (i % 2 == 0) {
			buf_add(&text, STR("\n\t"));
			buf_add(&plain, STR("\n\t"));
			make_coloured(&seed, &text, &plain);
		}
		buf_add_char(&text, '\n');
		buf_add_char(&plain, '\n');
	}
	feed_init(&f, FORMAT_PLAIN);
	feed(&f, buf_str(&text));
	rest = buf_str(&plain);
	for (size_t i = 0; i < f.n; i++) {
		struct str r = f.got[i].r.message;

		wrong += !str_starts(rest, r);
		rest = str_sub(rest, r.len + 1, rest.len);
	}
	OK(f.n == 4000 && wrong == 0 && rest.len == 0);
	feed_fini(&f);
	buf_fini(&text);
	buf_fini(&plain);
}

static bool
is_same_wrap(const struct wrap *a, const struct wrap *b)
{
	return a->broken == b->broken && a->partial == b->partial &&
	       a->prefixed == b->prefixed && str_eq(a->key, b->key) &&
	       str_eq(a->stream, b->stream) && str_eq(a->time, b->time) &&
	       str_eq(a->content, b->content) && a->content.ptr == b->content.ptr &&
	       a->head == b->head;
}

/* What is seen of a line at a glance is what unwrapping it says, whatever the line is. */
static void
test_glance(const struct wrapping *w, const char *const *lines_z, size_t n,
	const char *bytes_z)
{
	char scratch[200], other[200], line[200];
	uint32_t x = 20260314;
	size_t n_like = 0, n_glance = 0, n_same = 0, n_wrong = 0;

	for (unsigned i = 0; i < 300000; i++) {
		struct wrap as, want, got;
		struct str a, b;
		size_t content;

		x = x * 1664525 + 1013904223;
		a = str_z(lines_z[x / 65536 % n]);
		b = str_z(lines_z[x / 1024 % n]);
		if (x / 128 % 4 == 0)
			b = a;
		memcpy(line, b.ptr, b.len);
		for (unsigned k = 0; k < x / 64 % 3; k++) {
			x = x * 1664525 + 1013904223;
			line[x / 256 % b.len] = bytes_z[x / 65536 % strlen(bytes_z)];
		}
		b = (struct str){ line, b.len - x / 4096 % 3 };
		w->unwrap(a, other, &as);
		w->unwrap(b, scratch, &want);
		if (w->same(line, 0, &b.len, 1, &as) == 1) {
			n_same++;
			n_wrong += want.broken || !str_eq(want.key, as.key);
		}
		if (w->like != NULL && w->like(b, &as, &got)) {
			n_like++;
			n_wrong += got.broken || !is_same_wrap(&got, &want);
		}
		content = w->glance != NULL ? w->glance(b, &as) : SIZE_MAX;
		if (content != SIZE_MAX) {
			n_glance++;
			n_wrong += want.broken || !str_eq(want.key, as.key) ||
				   want.partial != as.partial ||
				   want.content.ptr != b.ptr + content ||
				   want.content.len != b.len - content;
		}
	}
	OK(n_same > 3000);
	OK(w->like == NULL || n_like > 10000);
	OK(n_glance == n_like);
	OK(n_wrong == 0);
}

static void
test_glances(void)
{
	static const char *const cri[] = { STAMP " stdout F x", STAMP " stdout F ",
		STAMP " stdout F", STAMP " stderr P yy", STAMP " stdout F:a b",
		"2026-03-14T09:42:10Z stdout F z", "2026-03-14T09:42:10.1Z stderr F z",
		"2026-03-14T09:42:10.11803+02:00 stderr F a b c",
		"2026-03-14T09:42 stdout F" };
	static const char *const docker[] = {
		"{\"log\":\"text\\n\",\"stream\":\"stdout\",\"time\":\"" STAMP "\"}",
		"{\"log\":\"more\\\"\\n\",\"stream\":\"stderr\",\"time\":\"" STAMP "\"}",
		"{\"log\":\"half\",\"stream\":\"stdout\",\"time\":\"" STAMP "\"}",
		"{\"log\":\"x\\n\",\"time\":\"" STAMP "\",\"stream\":\"stderr\"}",
		"{\"log\":\"a\",\"b\":\"\\n\",\"stream\":\"stderr\",\"time\":\"1\"}",
		"{\"log\":\"torn{\"log\":\"x\\n\",\"stream\":\"stderr\",\"time\":\"1\"}",
		"plain"
	};
	static const char *const kubectl[] = { STAMP " text",
		"[pod/a-1/x] " STAMP " text", "[pod/a-1/x] text", "[pod/b-2/x] " STAMP,
		"[pod/a-1/x]" STAMP " text", "\x1b[3m[pod/a-1/x]\x1b[0m " STAMP " y",
		"[pod/a-1] text", "2026-03-14T09:42:10.118034571+02:00 text",
		"text [pod/a-1/x] more" };

	test_glance(&wrapping_cri, cri, ARRAY_LEN(cri), " :PF2dT");
	test_glance(&wrapping_docker, docker, ARRAY_LEN(docker), "\"\\n,:{}e");
	test_glance(
		&wrapping_kubectl, kubectl, ARRAY_LEN(kubectl), "[]/ -:.TZ0:;@9a\x1b");
}

/* A stamp with one byte that is another: only a digit for a digit is one, too. */
static void
test_stamp(void)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < sizeof(STAMP) - 2; i++)
		for (unsigned c = 0; c < 256; c++) {
			char text[] = STAMP;
			bool good = char_is_digit(text[i]) ? char_is_digit((char)c)
							   : text[i] == (char)c;

			text[i] = (char)c;
			n_wrong += wrap_stamp_len(str_z(text)) !=
				   (good ? sizeof(STAMP) - 1 : 0);
		}
	OK(n_wrong == 0);
}

int
main(void)
{
	test_glances();
	test_stamp();
	test_look();
	test_look_long();
	test_cri();
	test_docker();
	test_kubectl();
	test_plain();
	test_colours();
	return tap_done();
}
