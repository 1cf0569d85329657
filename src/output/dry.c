/* SPDX-License-Identifier: Apache-2.0 */
/* A courier that is told that all went well, in a time of its own. */
#include "output/dry.h"

#include <errno.h>

#include "output/courier.h"

static void
print(const struct request *r, FILE *out)
{
	struct buf b;

	buf_init(&b, 2 * REQUEST_BODY_MAX);
	request_show(r, &b);
	fwrite(b.data, 1, b.len, out);
	buf_fini(&b);
}

/* Everything that was put, however long its group would wait. */
static void
print_all(struct courier *c, int64_t *mono_ns, int64_t wall_ns, FILE *out)
{
	static const struct reply good = {
		.status = 200, .body = STR_INIT("ok"), .wait_ns = -1
	};
	const struct request *r;
	struct letters done;
	int64_t wait_ns = 0;

	letters_init(&done);
	while (wait_ns != INT64_MAX) {
		r = courier_next(c, *mono_ns, wall_ns, &wait_ns);
		if (r != NULL) {
			print(r, out);
			courier_answer(c, r, &good, *mono_ns, wall_ns);
		} else if (wait_ns != INT64_MAX) {
			*mono_ns += wait_ns;
		}
		courier_ended(c, &done);
		letters_fini(&done);
	}
}

static int
print_outbox(
	struct courier *c, struct str name, struct store *s, int64_t wall_ns, FILE *out)
{
	struct store_query *q = store_outbox(s, name, 0);
	struct outbox_row row;
	int64_t mono_ns = 0;
	int err = q == NULL ? -EIO : 0;

	while (err == 0 && store_next_outbox(q, &row)) {
		struct letter *l = letter_new(&row);

		if (l == NULL) {
			err = -ENOMEM;
			break;
		}
		courier_put(c, l, mono_ns);
		if (courier_room(c) == 0)
			print_all(c, &mono_ns, wall_ns, out);
	}
	if (err == 0 && store_query_failed(q))
		err = -EIO;
	if (q != NULL)
		store_query_free(&q);
	if (err == 0)
		print_all(c, &mono_ns, wall_ns, out);
	return err;
}

int
dry_print(
	const struct output_settings *output, struct store *s, int64_t wall_ns, FILE *out)
{
	const struct destination_type *type = destination_types[output->type];
	struct destination_conf dc = { .output = output, .dry = true };
	struct courier_conf cc = { .name = output->name, .type = type, .output = output };
	struct courier *c;
	struct buf name;
	int err;

	if (type == NULL)
		return -ENOTSUP;
	if (output->urls.n > 0)
		dc.url = output->urls.items[0];
	err = destination_new(type, &dc, &cc.destination);
	if (err != 0)
		return err;
	buf_init(&name, 4096);
	destination_name(output, 0, &name);
	c = courier_new(&cc, 0);
	err = c == NULL ? -ENOMEM : print_outbox(c, buf_str(&name), s, wall_ns, out);
	if (c != NULL)
		courier_free(&c);
	destination_free(type, &cc.destination);
	buf_fini(&name);
	return err;
}
