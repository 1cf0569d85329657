/* SPDX-License-Identifier: Apache-2.0 */
/* Whole texts through the decoder: which lines make a record. */
#include "decode/multiline.h"

#include "base/compiler.h"
#include "decode/wrap.h"
#include "feed.h"
#include "tap.h"

#define ERR \
	"2025-10-18 09:24:03.805 ERROR [orders,,,] 1 --- [nio-8080-exec-3] o.a.c.x : y"

/* records: the number of lines of each, ended by 0. */
static bool
cuts(const char *text_z, const size_t *lines)
{
	struct feed f;
	size_t n = 0;
	bool same = true;

	feed_init(&f, FORMAT_PLAIN);
	feed(&f, str_z(text_z));
	for (; lines[n] != 0 && n < f.n; n++) {
		size_t got = 1;

		for (size_t i = 0; i < f.got[n].r.message.len; i++)
			got += f.got[n].text[i] == '\n';
		same &= got == lines[n];
	}
	same &= lines[n] == 0 && n == f.n;
	for (size_t i = 0; i < f.n && !same; i++)
		printf("# [%zu] %s\n", i, f.got[i].text);
	feed_fini(&f);
	return same;
}

#define CUTS(text, ...) OK(cuts(text, (const size_t[]){ __VA_ARGS__, 0 }))

static void
test_java(void)
{
	char text[20000];
	size_t n = 0;

	/* One failed checkout: 147 lines of which the first 73 are printed by hand. */
	n += (size_t)snprintf(
		text, sizeof(text), "java.util.concurrent.TimeoutException\n");
	for (int i = 0; i < 71; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "\tat a.B.c(B.java:%d)\n", i);
	n += (size_t)snprintf(text + n, sizeof(text) - n,
		ERR "\n\njava.lang.IllegalStateException: Unable to create order\n");
	for (int i = 0; i < 71; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"\tat a.B.c(B.java:%d) ~[x.jar!/:8.5.11]\n", i);
	snprintf(text + n, sizeof(text) - n, "\n2025-10-18 09:24:04.000  INFO next\n");
	CUTS(text, 72, 74, 1);
	CUTS("java.lang.A$BException: x\nCaused by: java.io.IOException\n\t... 12 more\nz\n",
		3, 1);
	CUTS("java.lang.AException: x\ncaused BY: y\n... 3 common frames omitted\n", 3);
	CUTS("some info\njava.lang.AException: x\n\tat y\n", 1, 2);
	CUTS(ERR "\n\n\n\n\n\njava.lang.AException: x\n", 1, 1);
	CUTS(ERR "\njava.lang.AException: x\n\tat y\n\njava.lang.BException\n", 3, 1);
	CUTS("x \x1b[31mERROR\x1b[0;39m 1\n\njava.lang.AException: x\n", 3);
	CUTS("x \x1b[31mmERROR\x1b[0;39m 1\n\njava.lang.AException: x\n", 1, 1);
	CUTS("  WARN x\n\nException in thread \"main\" a.b.C\n\tat x\n", 4);
}

static void
test_blocks(void)
{
	CUTS("GET /login 401\nnpm ERR! path /usr/src/app\nnpm ERR! command failed\n"
	     "npm ERR! signal SIGTERM\nnpm ERR! command sh -c node server.js\n\n"
	     "npm ERR! Log files were not written\n\n"
	     "> microservices-demo-front-end@0.0.1 start\n> node server.js\n\nApp now\n",
		1, 6, 1, 1, 1);
	CUTS("npm error signal SIGTERM\nnpm error path x\n", 2);
	CUTS("undefined:1\nundefined\n^\n\nSyntaxError: \"undefined\" is not valid JSON\n"
	     "    at JSON.parse (<anonymous>)\n    at x\n\nNode.js v18.1\n",
		1, 1, 1, 3, 1);
	CUTS("panic: runtime error: invalid memory address\n[signal SIGSEGV: x]\n\n"
	     "goroutine 1 [running]:\nmain.main()\n\t/app/main.go:10 +0x1d\n"
	     "created by main.start\n\t/app/main.go:2 +0x1\n\ngoroutine 7 [select]:\n"
	     "net/http.(*T).f(0xc000, {0x1, 0x2})\n\t/x.go:1\nexit status 2\nnext line\n",
		13, 1);
	CUTS("Traceback (most recent call last):\n  File \"x.py\", line 1, in f\n    g()\n"
	     "KeyError: 'a'\n\nDuring handling of the above exception, another exception "
	     "occurred:\n\nTraceback (most recent call last):\n  File \"x.py\", line 3\n"
	     "my.mod.Fault: b\nnext\n",
		10, 1);
	CUTS("ERROR in job\nTraceback (most recent call last):\n  File \"x\"\nValueError\n",
		4);
}

static void
test_plain(void)
{
	CUTS("Adding shipment to queue...\nAdding shipment to queue...\n"
	     "Adding shipment to queue...\n",
		1, 1, 1);
	CUTS("closing AMQP connection <0.1> (a -> b):\nclient unexpectedly closed\nnext\n",
		2, 1);
	CUTS("open\x1b[0m: \x1b[0m\njoined\n", 2);
	CUTS("open:\x1b[38;2;255;255;255m\njoined\n", 2);
	CUTS("not open:[0m\nnot joined\n", 1, 1);
	CUTS("[0m\nnot joined\n", 1, 1);
	CUTS("open:\n2025-10-18 09:24:04.000  INFO next\n", 1, 1);
	CUTS("open:\n\nnot joined\n", 1, 1);
	CUTS("Traceback (most recent call last):\n  File x\nKeyError: y\nz\n", 3, 1);
	CUTS("Traceback (most recent call last):\n  File x\napp.Oops: y\nz\n", 3, 1);
	CUTS("Traceback (most recent call last):\n  File x\n"
	     "app.Oops: 2025-10-18 09:24:04.000 y\nz\n",
		2, 1, 1);
	CUTS("Card is [\n Address\nCard is\n", 2, 1);
	CUTS("one\r\n\ttwo\r\nthree\r\n", 2, 1);
	CUTS("\n\n   \none\n\n", 1);
}

/* Nothing but blanks and colours, from the front. */
static bool
is_blank_slowly(struct str s)
{
	while (s.len > 0) {
		size_t n = wrap_sgr_len(s);

		if (n == 0 && s.ptr[0] != ' ' && s.ptr[0] != '\t' && s.ptr[0] != '\r')
			return false;
		s = str_sub(s, n > 0 ? n : 1, s.len);
	}
	return true;
}

/* Whether an end of all colours on both sides changes nothing. */
static bool
is_same_coloured(const char *line, struct shape shape)
{
	char text[100];
	struct shape other;

	snprintf(text, sizeof(text), WRAP_RESET "%s" WRAP_RESET, line);
	other = multiline_shape(str_z(text));
	return other.kind == shape.kind && other.open == shape.open &&
	       other.named == shape.named && other.torn == shape.torn &&
	       multiline_is_plain(str_z(text)) == multiline_is_plain(str_z(line));
}

/* What is told of a line at a glance is true of its shape, whatever the line is. */
static void
test_glances(void)
{
	static const char *const bits_z[] = { " ", "\t", "\r", ":", ")", "(", "m", "[",
		"\x1b", "\x1b[0m", "\x1b[1;32m", "0", "text", "Name", "Error", "at ",
		"npm ERR!", "panic: ", "Caused by:", "x.y", "{", "GET /a", "... 3 more" };
	uint32_t x = 20260314;
	size_t n_plain = 0, n_blank = 0, n_closed = 0, n_begun = 0, n_wrong = 0;

	for (unsigned i = 0; i < 200000; i++) {
		char line[80] = "";
		struct shape shape;
		struct str s;

		for (unsigned k = 0; k < i % 6; k++) {
			x = x * 1664525 + 1013904223;
			strcat(line, bits_z[x / 65536 % ARRAY_LEN(bits_z)]);
		}
		s = str_z(line);
		shape = multiline_shape(s);
		n_blank += multiline_is_blank(s);
		n_wrong += multiline_is_blank(s) != is_blank_slowly(s);
		n_wrong += !is_same_coloured(line, shape);
		n_wrong += multiline_is_blank(s) != (shape.kind == LINE_BLANK);
		if (multiline_begins_plain(str_sub(s, 0, i % 64))) {
			n_begun++;
			n_wrong += shape.kind != LINE_PLAIN;
		}
		if (multiline_is_closed(s)) {
			n_closed++;
			n_wrong += shape.kind == LINE_BLANK || shape.open || shape.torn;
		}
		if (multiline_is_plain(s)) {
			n_plain++;
			n_wrong += shape.kind != LINE_PLAIN || shape.named ||
				   !multiline_is_closed(s);
		}
	}
	OK(n_plain > 10000 && n_blank > 10000 && n_closed > n_plain && n_begun > 1000);
	OK(n_wrong == 0);
}

int
main(void)
{
	test_glances();
	test_java();
	test_blocks();
	test_plain();
	return tap_done();
}
