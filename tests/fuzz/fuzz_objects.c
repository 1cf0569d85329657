/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what the API says, live and gathered, cut in two places. */
#include <assert.h>
#include <stdint.h>

#include "decode/objects.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
feed(struct str text, bool live)
{
	struct source_table *sources = source_table_new(20, SOURCES_GO);
	struct past *past = past_new(20, (struct hash_key){ 1, 2 });
	struct objects *o = objects_new(sources, past, 20, live);
	const struct record *r;
	size_t half = text.len / 2;

	objects_feed(o, STR("a"), str_sub(text, 0, half));
	if (!live)
		objects_end(o);
	objects_feed(o, STR("b"), str_sub(text, live ? half : 0, text.len));
	objects_end(o);
	if (!live)
		objects_settle(o);
	while ((r = objects_next(o)) != NULL)
		assert(r->count > 0 && r->source != NULL);
	assert(objects_needs(o) <= text.len + half);
	objects_free(&o);
	past_free(&past);
	assert(source_table_len(sources) == 0); /* nobody holds one still */
	source_table_free(&sources);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };

	feed(text, true);
	feed(text, false);
	return 0;
}
