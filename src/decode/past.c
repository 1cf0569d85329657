/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots in blocks, a block is a row; an index finds a slot by the hash of its key. When
 * all slots are taken, a hand goes round: who was seen again since it came by last stays.
 */
#include "decode/past.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/unpack.h"

#define ROW_VERSION 1
#define BLOCK_SLOTS ((size_t)32) /* bits of a row's mask */
#define INDEX_MIN   ((size_t)256)
#define HEAD_ROW    0 /* a block's row is its number + 1 */
#define NONE        SIZE_MAX

struct slot {
	uint64_t id; /* 0: empty */
	struct past_item item;
	bool used; /* again, since the hand came by */
};

struct block {
	struct slot slots[BLOCK_SLOTS];
	bool changed;
};

struct past {
	struct hash_key key;
	struct block **blocks;
	uint32_t *changed; /* numbers of blocks */
	size_t n_changed;
	size_t n, max;   /* slots: those below n were taken once */
	uint32_t *index; /* slot + 1, 0: none */
	size_t mask;     /* of the index */
	size_t hand;
	uint64_t serial;
	bool head_changed;
	bool has_head; /* restored */
	struct past_counts counts;
};

struct past *
past_new(size_t max_items, struct hash_key key)
{
	struct past *p = calloc(1, sizeof(*p));
	size_t n_blocks = (max_items + BLOCK_SLOTS - 1) / BLOCK_SLOTS;

	if (p == NULL)
		return NULL;
	p->key = key;
	p->max = n_blocks * BLOCK_SLOTS;
	p->head_changed = true;
	p->mask = INDEX_MIN - 1;
	p->blocks = calloc(n_blocks + 1, sizeof(struct block *));
	p->changed = calloc(n_blocks + 1, sizeof(*p->changed));
	p->index = calloc(INDEX_MIN, sizeof(*p->index));
	if (p->blocks == NULL || p->changed == NULL || p->index == NULL)
		past_free(&p);
	return p;
}

void
past_free(struct past **pp)
{
	struct past *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	for (size_t i = 0; p->blocks != NULL && p->blocks[i] != NULL; i++)
		free(p->blocks[i]); /* they were made one after the other */
	free(p->blocks);
	free(p->changed);
	free(p->index);
	free(p);
}

/* --- slots --- */

static struct slot *
slot_at(const struct past *p, size_t at)
{
	return &p->blocks[at / BLOCK_SLOTS]->slots[at % BLOCK_SLOTS];
}

static uint64_t
id_of(const struct past *p, enum past_kind kind, struct str key)
{
	uint64_t id = hash_mix(hash_bytes(p->key, key), kind);

	return id != 0 ? id : 1;
}

static size_t
find(const struct past *p, uint64_t id)
{
	for (size_t i = id & p->mask; p->index[i] != 0; i = (i + 1) & p->mask)
		if (slot_at(p, p->index[i] - 1)->id == id)
			return p->index[i] - 1;
	return NONE;
}

static void
index_add(struct past *p, size_t at)
{
	size_t i = slot_at(p, at)->id & p->mask;

	while (p->index[i] != 0)
		i = (i + 1) & p->mask;
	p->index[i] = (uint32_t)(at + 1);
}

/* Those behind it move up, so that no search ends at the hole. */
static void
index_remove(struct past *p, size_t at)
{
	size_t hole = slot_at(p, at)->id & p->mask;

	while (p->index[hole] != at + 1)
		hole = (hole + 1) & p->mask;
	for (size_t i = (hole + 1) & p->mask; p->index[i] != 0; i = (i + 1) & p->mask) {
		size_t home = slot_at(p, p->index[i] - 1)->id & p->mask;

		if (((i - home) & p->mask) < ((i - hole) & p->mask))
			continue;
		p->index[hole] = p->index[i];
		hole = i;
	}
	p->index[hole] = 0;
}

/* At most half full. */
static bool
index_grow(struct past *p)
{
	size_t len = p->mask + 1;
	uint32_t *index;

	if (p->counts.items * 2 < len)
		return true;
	index = calloc(len * 2, sizeof(*index));
	if (index == NULL)
		return false;
	free(p->index);
	p->index = index;
	p->mask = len * 2 - 1;
	for (size_t at = 0; at < p->n; at++)
		if (slot_at(p, at)->id != 0)
			index_add(p, at);
	return true;
}

static struct block *
make_block(struct past *p, size_t number)
{
	if (p->blocks[number] == NULL)
		p->blocks[number] = calloc(1, sizeof(struct block));
	return p->blocks[number];
}

/* A slot for a new item: one that was never taken, else of who was idle. */
static size_t
free_slot(struct past *p)
{
	if (p->n < p->max)
		return make_block(p, p->n / BLOCK_SLOTS) != NULL ? p->n++ : NONE;
	for (;;) {
		size_t at = p->hand;
		struct slot *s = slot_at(p, at);

		p->hand = (p->hand + 1) % p->max;
		p->head_changed = true;
		if (s->used) {
			s->used = false;
			continue;
		}
		if (s->id != 0) {
			index_remove(p, at);
			p->counts.items--;
			p->counts.forgotten++;
		}
		return at;
	}
}

static size_t
add(struct past *p, uint64_t id)
{
	size_t at = p->max > 0 && index_grow(p) ? free_slot(p) : NONE;

	if (at == NONE)
		return NONE;
	*slot_at(p, at) = (struct slot){ .id = id };
	index_add(p, at);
	p->counts.items++;
	return at;
}

bool
past_get(struct past *p, enum past_kind kind, struct str key, struct past_item *out)
{
	size_t at = find(p, id_of(p, kind, key));

	*out = (struct past_item){ 0 };
	if (at == NONE)
		return false;
	slot_at(p, at)->used = true;
	*out = slot_at(p, at)->item;
	return true;
}

static bool
is_same(const struct past_item *a, const struct past_item *b)
{
	return a->version == b->version && a->count == b->count &&
	       a->counted == b->counted && a->known_ns == b->known_ns &&
	       a->finished_ns == b->finished_ns;
}

static void
mark(struct past *p, size_t number)
{
	if (p->blocks[number]->changed)
		return;
	p->blocks[number]->changed = true;
	p->changed[p->n_changed++] = (uint32_t)number;
}

bool
past_put(
	struct past *p, enum past_kind kind, struct str key, const struct past_item *item)
{
	uint64_t id = id_of(p, kind, key);
	size_t at = find(p, id);
	bool fresh = at == NONE;
	struct slot *s;

	if (fresh)
		at = add(p, id);
	if (at == NONE)
		return false;
	s = slot_at(p, at);
	s->used |= !fresh;
	if (fresh || !is_same(&s->item, item))
		mark(p, at / BLOCK_SLOTS);
	s->item = *item;
	return true;
}

uint32_t
past_next_serial(struct past *p)
{
	p->head_changed = true;
	return (uint32_t)++p->serial;
}

struct past_counts
past_counts(const struct past *p)
{
	return p->counts;
}

/* --- rows --- */

/* Says under which key the ids were made, and nothing about the key. */
static uint64_t
key_check(const struct past *p)
{
	return hash_bytes(p->key, STR("what was seen of objects"));
}

static void
put_head(const struct past *p, struct buf *out)
{
	buf_add_fixed(out, key_check(p));
	buf_add_varint(out, p->hand);
	buf_add_varint(out, p->serial);
}

static void
put_block(const struct block *b, struct buf *out)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < BLOCK_SLOTS; i++)
		mask |= (uint64_t)(b->slots[i].id != 0) << i;
	buf_add_varint(out, mask);
	for (size_t i = 0; i < BLOCK_SLOTS; i++) {
		const struct slot *s = &b->slots[i];

		if (s->id == 0)
			continue;
		buf_add_fixed(out, s->id);
		buf_add_varint(out, s->item.version);
		buf_add_varint(out, s->item.count);
		buf_add_varint(out, s->item.counted);
		buf_add_varint(out, (uint64_t)s->item.known_ns);
		buf_add_varint(out, (uint64_t)s->item.finished_ns);
	}
}

bool
past_changed(struct past *p, uint64_t *row, struct buf *out)
{
	size_t from = out->len;

	if (!p->head_changed && p->n_changed == 0)
		return false;
	buf_add_char(out, ROW_VERSION);
	if (p->head_changed) {
		p->head_changed = false;
		*row = HEAD_ROW;
		put_head(p, out);
	} else {
		uint32_t number = p->changed[--p->n_changed];

		p->blocks[number]->changed = false;
		*row = (uint64_t)number + 1;
		put_block(p->blocks[number], out);
	}
	buf_add_hash(out, from);
	return true;
}

void
past_touch(struct past *p)
{
	p->head_changed = true;
	for (size_t i = 0; i < p->max / BLOCK_SLOTS; i++)
		if (p->blocks[i] != NULL)
			mark(p, i);
}

static void
take_slot(struct unpack *in, struct slot *out)
{
	out->id = unpack_fixed(in);
	out->item.version = unpack_u64(in, UINT64_MAX);
	out->item.count = (uint32_t)unpack_u64(in, UINT32_MAX);
	out->item.counted = (uint32_t)unpack_u64(in, UINT32_MAX);
	out->item.known_ns = unpack_cast(in);
	out->item.finished_ns = unpack_cast(in);
}

/* No id of the block is another one's. */
static bool
is_new(const struct past *p, const struct block *b, size_t at)
{
	uint64_t id = b->slots[at].id;

	if (find(p, id) != NONE)
		return false;
	while (at-- > 0)
		if (b->slots[at].id == id)
			return false;
	return true;
}

static bool
take_block(const struct past *p, struct unpack *in, struct block *out)
{
	uint64_t mask = unpack_u64(in, UINT32_MAX);

	for (size_t i = 0; i < BLOCK_SLOTS && !in->bad; i++) {
		if ((mask >> i & 1) == 0)
			continue;
		take_slot(in, &out->slots[i]);
		if (out->slots[i].id == 0 || !is_new(p, out, i))
			in->bad = true;
	}
	return unpack_ended(in);
}

static int
restore_block(struct past *p, size_t number, struct unpack *in)
{
	struct block taken = { 0 };

	if (!p->has_head || number >= p->max / BLOCK_SLOTS || p->blocks[number] != NULL ||
		number * BLOCK_SLOTS < p->n || !take_block(p, in, &taken))
		return -EINVAL;
	for (size_t i = p->n / BLOCK_SLOTS; i <= number; i++)
		if (make_block(p, i) == NULL)
			return -ENOMEM;
	for (size_t i = 0; i < BLOCK_SLOTS; i++) {
		if (taken.slots[i].id == 0)
			continue;
		if (!index_grow(p))
			return -ENOMEM;
		p->n = number * BLOCK_SLOTS + i + 1;
		p->blocks[number]->slots[i] = taken.slots[i];
		index_add(p, p->n - 1);
		p->counts.items++;
	}
	return 0;
}

static int
restore_head(struct past *p, struct unpack *in)
{
	uint64_t check = unpack_fixed(in), hand = unpack_u64(in, UINT64_MAX),
		 serial = unpack_u64(in, UINT64_MAX);

	if (p->has_head || p->n > 0 || !unpack_ended(in) || check != key_check(p))
		return -EINVAL;
	p->hand = p->max > 0 ? hand % p->max : 0;
	p->serial = serial;
	p->has_head = true;
	p->head_changed = false;
	return 0;
}

int
past_restore(struct past *p, uint64_t row, struct str bytes)
{
	struct unpack in = unpack_hashed(bytes);

	if (unpack_byte(&in) != ROW_VERSION)
		return -EINVAL;
	return row == HEAD_ROW ? restore_head(p, &in)
			       : restore_block(p, (size_t)(row - 1), &in);
}
