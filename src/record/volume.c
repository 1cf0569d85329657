/* SPDX-License-Identifier: Apache-2.0 */
#include "record/volume.h"

#include <string.h>

#define NO_RULE UINT32_MAX

int64_t
volume_slice(int64_t at_ns)
{
	return at_ns / VOLUME_SLICE_NS - (at_ns % VOLUME_SLICE_NS < 0);
}

int64_t
volume_end(int64_t slice)
{
	return (slice + 1) * VOLUME_SLICE_NS;
}

void
volume_to_match(const struct volume_sum *s, struct match *out)
{
	*out = (struct match){ .rule = NO_RULE,
		.source = s->source->index,
		.source_id = s->source->writer,
		.id = s->lines,
		.at_ns = volume_end(s->slice) - 1,
		.quality = TIME_WRITTEN,
		.category = RECORD_VOLUME,
		.place = { .offset = s->bytes },
		.weight = 1,
		.text = s->source->name };
	memcpy(out->label, s->source->label, sizeof(out->label));
	out->label[LABEL_INSTANCE] = (struct str){ 0 };
}

bool
volume_is_sum(const struct match *m)
{
	return m->rule == NO_RULE;
}

uint64_t
volume_lines(const struct match *m)
{
	return m->id;
}

uint64_t
volume_bytes(const struct match *m)
{
	return m->place.offset;
}
