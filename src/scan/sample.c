/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/sample.h"

#include <stdlib.h>
#include <string.h>

#include "scan/nibbles.h"

#define COUNTS ((size_t)1 << 16)
#define COMMON 32 /* so often */

/* The same for both cases, and for a key and what it was made of. */
static size_t
look_of(uint32_t key)
{
	unsigned char c[4];

	memcpy(c, &key, sizeof(c));
	return nibbles_half(c[0]) | nibbles_half(c[1]) << 4 | nibbles_half(c[2]) << 8 |
	       (c[3] & 15U) << 12;
}

static unsigned
count_one(uint16_t *n)
{
	*n = (uint16_t)(*n + (*n < UINT16_MAX));
	return *n;
}

static void
count_key(struct sample *s, uint32_t key)
{
	if (count_one(&s->keys[sample_hash(key)]) == COMMON &&
		s->n_common < SAMPLE_COMMON)
		s->common[s->n_common++] = key;
	count_one(&s->keys[sample_hash(sample_short_key(key))]);
	count_one(&s->looks[look_of(key)]);
}

bool
sample_init(struct sample *s, struct str text)
{
	s->len = text.len;
	s->n_common = 0;
	s->keys = malloc(2 * COUNTS * sizeof(*s->keys));
	if (s->keys == NULL)
		return false;
	/* A page that is read before it is written is mapped twice: all threads wait. */
	memset(s->keys, 0, 2 * COUNTS * sizeof(*s->keys));
	s->looks = s->keys + COUNTS;
	for (size_t i = 0; i + 4 <= text.len; i++)
		count_key(s, sample_key(text.ptr + i));
	return true;
}

void
sample_fini(struct sample *s)
{
	free(s->keys);
	s->keys = s->looks = NULL;
}

size_t
sample_count(const struct sample *s, uint32_t key)
{
	return s->keys[sample_hash(key)];
}

static size_t
sum_row(const uint16_t *row, uint16_t half)
{
	size_t sum = 0;

	for (unsigned bits = half; bits != 0; bits &= bits - 1)
		sum += row[__builtin_ctz(bits)];
	return sum;
}

size_t
sample_looks(const struct sample *s, const uint16_t half[3], uint16_t low)
{
	size_t sum = 0;

	for (unsigned d = low; d != 0; d &= d - 1)
		for (unsigned c = half[2]; c != 0; c &= c - 1)
			for (unsigned b = half[1]; b != 0; b &= b - 1)
				sum += sum_row(&s->looks[__builtin_ctz(d) << 12 |
							 __builtin_ctz(c) << 8 |
							 __builtin_ctz(b) << 4],
					half[0]);
	return sum;
}
