/* SPDX-License-Identifier: Apache-2.0 */
/* One courier, asked until it wants nothing more; its waits are not waited for. */
#include "output/trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/time.h"
#include "output/courier.h"
#include "output/transport.h"

#define SHOWN_MAX ((size_t)300)

struct trial {
	const struct output_settings *output;
	const struct destination_type *type;
	struct destination *destination;
	struct courier *courier;
	struct transport *transport;
	FILE *out;
};

/* New; NULL: out of memory. */
static struct letter *
make_letter(bool resolved, int64_t wall_ns)
{
	struct outbox_row row = { .finding = STR("gumshoe-send-test"),
		.seq = resolved,
		.kind = resolved ? STR("resolved") : STR("opened"),
		.at_ns = wall_ns,
		.put_ns = wall_ns };
	struct letter *l;
	struct buf at, body;

	buf_init(&at, 64);
	buf_init(&body, 4096);
	time_format(&at, wall_ns, NULL, 3);
	buf_printf(&body,
		"{\"id\":\"gumshoe-send-test\",\"rule\":\"gumshoe_send_test\","
		"\"title\":\"This is a test of gumshoe, nothing happened\","
		"\"level\":\"informational\",\"state\":\"%s\",\"key\":{},"
		"\"first_at\":\"%.*s\",\"last_at\":\"%.*s\",\"opened_at\":\"%.*s\","
		"\"resolved_at\":",
		resolved ? "resolved" : "open", STR_ARG(buf_str(&at)),
		STR_ARG(buf_str(&at)), STR_ARG(buf_str(&at)));
	if (resolved)
		buf_add_json(&body, buf_str(&at));
	else
		buf_add(&body, STR("null"));
	buf_printf(&body,
		",\"count\":1,\"impact\":{\"orders\":0,\"customers\":0},\"causes\":[],"
		"\"timeline\":[],\"complete\":{\"gaps\":[]},\"kind\":\"%.*s\","
		"\"seq\":%" PRId64 "}",
		STR_ARG(row.kind), row.seq);
	row.body = buf_str(&body);
	l = buf_failed(&body) ? NULL : letter_new(&row);
	buf_fini(&body);
	buf_fini(&at);
	return l;
}

static void
print(struct trial *t, const struct request *r, const struct reply *reply, struct str why)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 16);
	buf_printf(&b, "%s ", r->method_z);
	buf_add(&b, buf_str(&r->url));
	if (why.len > 0) {
		buf_add(&b, STR(": "));
		buf_add(&b, why);
	} else if (reply->status == 0) {
		buf_printf(&b, ": no answer: %s", reply->error_z);
	} else {
		buf_printf(&b, ": %ld ", reply->status);
		buf_add_visible(&b, str_sub(reply->body, 0, SHOWN_MAX));
	}
	buf_add_char(&b, '\n');
	fwrite(b.data, 1, b.len, t->out);
	buf_fini(&b);
}

/* The courier is told so, too. */
static bool
send_one(struct trial *t, const struct request *r, int64_t mono_ns)
{
	struct http_reply got;
	struct reply reply;
	enum verdict v;
	struct buf why;

	transport_send(t->transport, r, &got);
	reply = (struct reply){ .status = got.status,
		.body = buf_str(&got.body),
		.wait_ns = got.retry_after_ns,
		.error_z = got.error };
	buf_init(&why, 8192);
	v = t->type->judge(t->destination, r, &reply, &why);
	print(t, r, &reply, buf_str(&why));
	buf_fini(&why);
	if (v == VERDICT_DONE)
		courier_answer(t->courier, r, &reply, mono_ns, clock_wall_ns());
	return v == VERDICT_DONE;
}

static int
send_all(struct trial *t)
{
	int64_t mono_ns = clock_mono_ns(), wait_ns = 0;

	for (int i = 0; i < 2; i++) {
		struct letter *l = make_letter(i == 1, clock_wall_ns());

		if (l == NULL)
			return -ENOMEM;
		courier_put(t->courier, l, mono_ns);
		for (;;) {
			const struct request *r = courier_next(
				t->courier, mono_ns, clock_wall_ns(), &wait_ns);

			if (r != NULL && !send_one(t, r, mono_ns))
				return -EIO;
			if (r == NULL && wait_ns == INT64_MAX)
				break;
			if (r == NULL)
				mono_ns += wait_ns;
		}
	}
	return 0;
}

static int
try_member(struct trial *t, size_t member, const char *key_file_z)
{
	struct destination_conf dc = { .output = t->output, .key_file_z = key_file_z };
	struct courier_conf cc = {
		.name = t->output->name, .type = t->type, .output = t->output
	};
	int err;

	if (t->output->urls.n > 0)
		dc.url = t->output->urls.items[member];
	err = destination_new(t->type, &dc, &t->destination);
	if (err != 0)
		return err;
	cc.destination = t->destination;
	t->courier = courier_new(&cc, clock_mono_ns());
	t->transport = transport_new(t->output, 1);
	err = t->courier != NULL && t->transport != NULL ? send_all(t) : -ENOMEM;
	if (t->courier != NULL)
		courier_free(&t->courier);
	transport_free(&t->transport);
	destination_free(t->type, &t->destination);
	return err;
}

int
trial_send(const struct output_settings *output, const char *key_file_z, FILE *out)
{
	struct trial t = {
		.output = output, .type = destination_types[output->type], .out = out
	};
	size_t n = output->urls.n > 0 ? output->urls.n : 1;
	int err = t.type == NULL ? -ENOTSUP : 0;

	for (size_t i = 0; i < n && err == 0; i++)
		err = try_member(&t, i, key_file_z);
	return err;
}
