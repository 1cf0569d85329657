/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a log, in any format and cut anywhere: the same records as in one piece.
 * The first byte chooses the format, the second the size of the chunks.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "decode/decoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All records, by a hash of what they are. */
static uint64_t
decode(enum format format, struct str text, size_t chunk)
{
	struct source_table *sources = source_table_new(100, SOURCES_GO);
	struct decoder_conf conf = { .sources = sources,
		.name = STR("fuzz"),
		.format = format,
		.date_ns = INT64_C(1761696000000000000),
		.date_quality = TIME_FILE_DATE };
	struct decoder *d = decoder_new(&conf);
	bool finished = false;
	uint64_t h = 0;

	while (d != NULL && !finished) {
		struct record *r;
		size_t cap;
		char *room = decoder_space(d, &cap);
		size_t n = chunk < cap ? chunk : cap;

		n = n < text.len ? n : text.len;
		if (n > 0)
			memcpy(room, text.ptr, n);
		text = str_sub(text, n, text.len);
		finished = n == 0;
		if (finished)
			decoder_finish(d);
		else
			decoder_filled(d, n);
		decoder_hit_all(d);
		while ((r = decoder_next(d)) != NULL) {
			assert(r->message.len <= DECODER_MESSAGE_MAX);
			h = hash_mix(h, hash_stable(r->message));
			h = hash_mix(h, r->place.offset);
			h = hash_mix(h, (uint64_t)r->at_ns);
		}
	}
	decoder_free(&d);
	assert(source_table_len(sources) == 0); /* nobody holds one still */
	source_table_free(&sources);
	return h;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	enum format format;
	size_t chunk;

	if (size < 2)
		return 0;
	format = (enum format)(data[0] % FORMAT_OBJECTS);
	chunk = 1 + data[1];
	text = str_sub(text, 2, text.len);
	/* Order between streams may differ: one key of a source at a time comes in order.
	 */
	if (format == FORMAT_PLAIN)
		assert(decode(format, text, chunk) == decode(format, text, SIZE_MAX));
	else
		(void)decode(format, text, chunk);
	return 0;
}
