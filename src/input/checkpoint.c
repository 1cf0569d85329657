/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash at the end finds what a disk did to it; everything is bounded all the same.
 */
#include "input/checkpoint.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/unpack.h"

#define STATE_VERSION 2
#define PATH_MAX_     ((size_t)4096)
#define PARTS_MAX     4096

enum { PART_HAS_GAP = 1, PART_LATE = 2, PART_SPLIT = 4, PART_CLOSED = 8 };

static void
put_print(struct buf *b, const struct fingerprint *f)
{
	buf_add_varint(b, f->dev);
	buf_add_varint(b, f->ino);
	buf_add_varint(b, (uint64_t)f->born_ns);
	buf_add_varint(b, f->head_len);
	buf_add_fixed(b, f->head_hash);
	buf_add_varint(b, f->read_len);
	buf_add_fixed(b, f->read_hash);
	buf_add_varint(b, f->at);
	buf_add_varint(b, f->tail_len);
	buf_add_fixed(b, f->tail_hash);
}

/* Open ends stay open; a part that was read on after position ends where it is now. A gap
 * that lies before position is not in it. */
static void
put_part(struct buf *b, const struct stretch *p, uint64_t position)
{
	uint64_t read = p->position < position ? position - p->position : 0;
	bool has_gap = p->has_gap && !(p->told && part_behind(p) <= position);
	struct stretch now = *p;
	unsigned flags = (has_gap ? PART_HAS_GAP : 0) | (p->late ? PART_LATE : 0) |
			 (p->split ? PART_SPLIT : 0) |
			 (p->end != PART_OPEN_END ? PART_CLOSED : 0);

	if (read > p->offset - p->start)
		read = p->offset - p->start;
	part_seal(&now);
	/* What is read again is not known by that it was read. */
	if (p->head_len > 0)
		fingerprint_set_read(&now.print, p->head, p->head_len, p->start + read);
	put_print(b, &now.print);
	buf_add_varint(b, flags);
	buf_add_varint(b, p->start);
	buf_add_varint(b, p->end != PART_OPEN_END ? p->end - p->start : 0);
	buf_add_varint(b, p->size);
	buf_add_varint(b, has_gap ? p->lost : 0);
	buf_add_varint(b, has_gap ? p->again : 0);
	buf_add_varint(b, (uint64_t)p->why);
	buf_add_varint(b, read);
}

/* The part that has position; at a border the later one, if it has begun. */
static const struct stretch *
part_at(const struct trail *tr, uint64_t position)
{
	const struct stretch *p = tr->parts;

	while (p != NULL && p != tr->cur && p->next->position <= position)
		p = p->next;
	return p;
}

static size_t
count_parts(const struct stretch *p)
{
	size_t n = 0;

	for (; p != NULL; p = p->next)
		n++;
	return n;
}

void
checkpoint_encode(const struct trail *tr, uint64_t position, struct buf *out)
{
	const struct stretch *p = part_at(tr, position);
	size_t from = out->len;
	struct fingerprint retired;

	assert(position >= tr->committed && position <= tr->position);
	buf_add_varint(out, STATE_VERSION);
	buf_add_text(out, str_z(tr->path_z));
	buf_add_text(out, str_z(tr->alias_z));
	buf_add_varint(out, position);
	buf_add_varint(out, count_parts(p));
	for (; p != NULL; p = p->next)
		put_part(out, p, position);
	buf_add_varint(out, tr->n_known + (tr->retired != NULL));
	for (size_t i = 0; i < tr->n_known; i++)
		put_print(out, &tr->known[i]);
	if (tr->retired != NULL) {
		part_seal(tr->retired);
		retired = tr->retired->print;
		put_print(out, &retired);
	}
	buf_add_hash(out, from);
}

/* Into a text with room for PATH_MAX_ bytes and a NUL. */
static void
take_path(struct unpack *in, char *out)
{
	struct str s = unpack_text(in);

	if (s.len > PATH_MAX_ || str_find_char(s, '\0') != SIZE_MAX) {
		in->bad = true;
		return;
	}
	if (s.len > 0)
		memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
}

static void
take_print(struct unpack *in, struct fingerprint *f)
{
	*f = (struct fingerprint){ .dev = unpack_u64(in, UINT64_MAX) };
	f->ino = unpack_u64(in, UINT64_MAX);
	f->born_ns = unpack_cast(in);
	f->head_len = (uint32_t)unpack_u64(in, FINGERPRINT_HEAD);
	f->head_hash = unpack_fixed(in);
	f->read_len = (uint32_t)unpack_u64(in, f->head_len);
	f->read_hash = unpack_fixed(in);
	f->at = unpack_u64(in, INT64_MAX);
	f->tail_len = (uint32_t)unpack_u64(in, FINGERPRINT_TAIL);
	f->tail_hash = unpack_fixed(in);
	if (f->tail_len > f->at)
		in->bad = true;
}

static void
take_part(struct unpack *in, struct stretch *p)
{
	uint64_t flags, len, read;

	take_print(in, &p->print);
	flags = unpack_u64(in, 15);
	p->start = unpack_u64(in, INT64_MAX);
	len = unpack_u64(in, INT64_MAX);
	p->size = unpack_u64(in, INT64_MAX);
	p->lost = unpack_u64(in, INT64_MAX);
	p->again = unpack_u64(in, p->lost);
	p->why = (enum loss)unpack_u64(in, LOSS_COUNT - 1);
	read = unpack_u64(in, INT64_MAX);
	p->has_gap = flags & PART_HAS_GAP;
	p->late = flags & PART_LATE;
	p->split = flags & PART_SPLIT;
	p->end = flags & PART_CLOSED ? p->start + len : PART_OPEN_END;
	p->offset = p->start + read;
	p->restored = true;
	if (p->start + len > INT64_MAX || p->offset > INT64_MAX || p->offset > p->end)
		in->bad = true;
}

static bool
take_parts(struct trail *tr, struct unpack *in)
{
	uint64_t n = unpack_u64(in, PARTS_MAX);

	for (uint64_t i = 0; i < n; i++) {
		struct stretch *p = part_new(NULL, &tr->conf->n_open);

		if (p == NULL)
			return false;
		take_part(in, p);
		if (in->bad || (i > 0 && p->offset != p->start)) {
			part_free(&p);
			return false;
		}
		trail_append(tr, p);
	}
	if (tr->cur == NULL)
		return true;
	if (tr->position < tr->cur->offset - tr->cur->start)
		return false;
	tr->cur->position = tr->position - (tr->cur->offset - tr->cur->start);
	return true;
}

static void
take_known(struct trail *tr, struct unpack *in)
{
	uint64_t n = unpack_u64(in, TRAIL_KNOWN_MAX + 1);

	for (; n > 0 && !in->bad; n--) {
		struct fingerprint f;

		take_print(in, &f);
		if (!in->bad)
			trail_know(tr, &f);
	}
}

struct trail *
checkpoint_decode(struct trail_conf *conf, struct str bytes)
{
	char path_z[PATH_MAX_ + 1] = "", alias_z[PATH_MAX_ + 1] = "";
	struct unpack in = unpack_hashed(bytes);
	struct trail *tr;
	uint64_t position;

	if (bytes.len > CHECKPOINT_MAX || unpack_u64(&in, STATE_VERSION) != STATE_VERSION)
		return NULL;
	take_path(&in, path_z);
	take_path(&in, alias_z);
	position = unpack_u64(&in, INT64_MAX);
	if (in.bad || path_z[0] != '/')
		return NULL;
	tr = trail_new(conf, path_z, alias_z[0] != '\0' ? alias_z : NULL);
	if (tr == NULL)
		return NULL;
	tr->restored = tr->was_restored = tr->watch_before = true;
	tr->position = tr->committed = position;
	if (take_parts(tr, &in))
		take_known(tr, &in);
	else
		in.bad = true;
	if (!unpack_ended(&in))
		trail_free(&tr);
	return tr;
}
