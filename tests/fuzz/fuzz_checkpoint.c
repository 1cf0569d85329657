/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a saved state, with the right hash put behind them so that what is inside
 * is looked at. What is taken is written back, taken again and the same.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "input/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct str bytes)
{
	struct trail_conf conf = { 0 };
	struct trail *tr = checkpoint_decode(&conf, bytes), *again;
	struct buf once, twice;

	if (tr == NULL)
		return;
	buf_init(&once, CHECKPOINT_MAX * 2);
	buf_init(&twice, CHECKPOINT_MAX * 2);
	checkpoint_encode(tr, tr->position, &once);
	assert(!buf_failed(&once));
	again = checkpoint_decode(&conf, buf_str(&once));
	if (again != NULL) {
		checkpoint_encode(again, again->position, &twice);
		assert(str_eq(buf_str(&once), buf_str(&twice)));
		trail_free(&again);
	} else {
		assert(once.len > CHECKPOINT_MAX);
	}
	trail_free(&tr);
	assert(conf.n_open == 0);
	buf_fini(&once);
	buf_fini(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = { (const char *)data, size };
	struct buf b;
	uint64_t hash;

	check(bytes);
	if (size < 8 || size > CHECKPOINT_MAX)
		return 0;
	bytes.len -= 8;
	hash = hash_stable(bytes);
	buf_init(&b, CHECKPOINT_MAX * 2);
	buf_add(&b, bytes);
	for (unsigned i = 0; i < 8; i++)
		buf_add_char(&b, (char)(unsigned char)(hash >> (8 * i)));
	check(buf_str(&b));
	buf_fini(&b);
	return 0;
}
