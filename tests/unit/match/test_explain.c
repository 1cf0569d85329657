/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations name the part that decided, and show no secret. */
#include "kit.h"
#include "tap.h"

static const char yaml[] =
	"title: T\nname: refused\nlogsource: {category: log, service: orders}\ndetection:\n"
	"  line:\n    message|re: 'order (?P<order_id>[0-9]+)'\n    status: 500\n"
	"  quiet: {message|contains: dry run}\n"
	"  condition: line and not quiet\n";

/* Owned by the caller. */
static char *
explain(struct kit *k, struct record *r)
{
	char *text_z = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text_z, &n);

	eval_explain(k->eval, 0, r, f);
	fclose(f);
	return text_z;
}

static bool
says(struct kit *k, struct record *r, const char *what_z)
{
	char *text_z = explain(k, r);
	bool good = strstr(text_z, what_z) != NULL;

	if (!good)
		printf("# not said: %s\n# %s\n", what_z, text_z);
	free(text_z);
	return good;
}

static bool
hides(struct kit *k, struct record *r, const char *what_z)
{
	char *text_z = explain(k, r);
	bool good = strstr(text_z, what_z) == NULL;

	free(text_z);
	return good;
}

int
main(void)
{
	struct kit k;
	struct record r = { .count = 1,
		.message = STR("order 42 password=hunter2 \x1b[0m") };

	kit_open(&k, yaml);
	OK(says(&k, &r, "refused: no match\n"));
	OK(says(&k, &r, "no    line all of\n"));
	OK(says(&k, &r, "yes   message|re: 'order (?P<order_id>[0-9]+)'\n"));
	OK(says(&k, &r, "no    status: '500'\n"));
	OK(says(&k, &r, "the record has none\n"));
	OK(says(&k, &r, "no    quiet: message|contains: 'dry run'\n"));
	OK(says(&k, &r, "\\x1b"));
	OK(hides(&k, &r, "hunter2"));
	OK(hides(&k, &r, "\x1b"));
	record_reset(&r);
	r.message = STR("{\"m\":\"x\",\"status\":500,\"order 7\":1}");
	OK(says(&k, &r, "refused: match\n"));
	OK(says(&k, &r, "order_id = \"7\"\n"));
	OK(says(&k, &r, "saw \"500\"\n"));
	r.label[LABEL_SERVICE] = STR("carts");
	OK(says(&k, &r, "its service is carts, the rule wants orders\n"));
	OK(says(&k, &r, "refused: no match\n"));
	r.category = RECORD_EVENT;
	OK(says(&k, &r, "it is of category event, the rule wants log\n"));
	record_reset(&r);
	kit_close(&k);
	return tap_done();
}
